package models

import (
	"context"
	"fmt"
	"time"
)

// MergePreview is what a merge would do, for the page that asks for it.
type MergePreview struct {
	Kept, Other                       Client
	KeptResponsible, OtherResponsible string
	Moves                             []Hanging // what moves to the client that is kept; nothing for none
	Lapses                            []string  // products of which both may have another trial: one of the two lapses
	Obstacles                         []Error   // why it can't be done now
}

// Hanging is how many rows of a table hang on a client.
type Hanging struct {
	Table  string // of ClientTables
	Number int
}

// PreviewMerge tells what MergeClients would do now, and does nothing.
func (s *Store) PreviewMerge(ctx context.Context, actor Actor, keptID, otherID string) (MergePreview, error) {
	var p MergePreview
	if err := actor.require(ManageClients); err != nil {
		return p, err
	}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	var err error
	if p.Kept, err = reading.livingClient(ctx, actor.AccountID, keptID); err != nil {
		return p, err
	}
	if p.Other, err = mergeable(ctx, reading, actor.AccountID, keptID, otherID); err != nil {
		return p, err
	}
	if p.Other, err = reading.livingClient(ctx, actor.AccountID, otherID); err != nil {
		return p, err
	}
	if p.KeptResponsible, err = reading.userName(ctx, p.Kept.ResponsibleID); err != nil {
		return p, err
	}
	if p.OtherResponsible, err = reading.userName(ctx, p.Other.ResponsibleID); err != nil {
		return p, err
	}
	if p.Moves, err = hanging(ctx, reading, p.Other); err != nil {
		return p, err
	}
	if p.Lapses, err = doubleAllowances(ctx, reading, p.Kept, p.Other); err != nil {
		return p, err
	}
	p.Obstacles, err = mergeObstacles(ctx, reading, p.Kept, p.Other)
	return p, err
}

// hanging counts what would move from a client.
func hanging(ctx context.Context, tx *tx, c Client) (all []Hanging, err error) {
	for _, table := range ClientTables {
		h := Hanging{Table: table}
		if err := tx.WithContext(ctx).Raw("SELECT COUNT(*) FROM "+table+" WHERE account_id = ? AND client_id = ?", c.AccountID, c.ID).Scan(&h.Number).Error; err != nil {
			return nil, err
		}
		if h.Number > 0 {
			all = append(all, h)
		}
	}
	return all, nil
}

// mergeObstacles are why two clients can't be one yet, each with what to do about it.
func mergeObstacles(ctx context.Context, tx *tx, kept, other Client) ([]Error, error) {
	onTrial, err := doubleTrials(ctx, tx, kept, other)
	if err != nil {
		return nil, err
	}
	asked, err := doubleRequests(ctx, tx, kept, other)
	return append(onTrial, asked...), err
}

// doubleTrials: a client who has a product gets no trial of it. Two paid licences
// of one product stay beside each other, as two orders would have left them.
func doubleTrials(ctx context.Context, tx *tx, kept, other Client) (all []Error, err error) {
	type double struct {
		Product               string
		KeptTrial, OtherTrial string
		KeptEnds, OtherEnds   time.Time
	}
	found, err := rowsOf[double](tx.DB).Raw(`SELECT p.name AS product, COALESCE(tk.id, '') AS kept_trial, COALESCE(tot.id, '') AS other_trial, k.ends_at AS kept_ends, o.ends_at AS other_ends
		FROM licenses k JOIN licenses o ON o.product_id = k.product_id AND o.client_id = ? AND o.account_id = k.account_id JOIN products p ON p.id = k.product_id
		LEFT JOIN trials tk ON tk.license_id = k.id AND tk.converted_at IS NULL LEFT JOIN trials tot ON tot.license_id = o.id AND tot.converted_at IS NULL
		WHERE k.account_id = ? AND k.client_id = ? AND k.revoked_at IS NULL AND k.ends_at > ? AND o.revoked_at IS NULL AND o.ends_at > ? AND (tk.id IS NOT NULL OR tot.id IS NOT NULL)
		ORDER BY p.name, k.id, o.id`, other.ID, kept.AccountID, kept.ID, tx.now, tx.now).Find(ctx)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	zone, err := zoneAt(ctx, tx.DB, kept.AccountID, tx.now)
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		company, trial, ends := other.Company, d.OtherTrial, d.OtherEnds
		if trial == "" {
			company, trial, ends = kept.Company, d.KeptTrial, d.KeptEnds
		}
		all = append(all, Error{Kind: Conflict, Code: MergeBlocked, Subject: trial, Message: fmt.Sprintf(
			"Both clients have %s now, and a client who has a product can't have a trial of it. Revoke the trial of %s, or wait until it ends on %s, then merge them.",
			d.Product, company, ends.In(zone).Format("2 January 2006"))})
	}
	return all, nil
}

// doubleRequests: of one client and product, one request for another trial waits at most.
func doubleRequests(ctx context.Context, tx *tx, kept, other Client) (all []Error, err error) {
	type double struct{ ID, Product string }
	found, err := rowsOf[double](tx.DB).Raw(`SELECT o.id, p.name AS product FROM requests k JOIN requests o ON o.product_id = k.product_id AND o.kind = k.kind AND o.client_id = ? AND o.account_id = k.account_id
		JOIN products p ON p.id = k.product_id WHERE k.account_id = ? AND k.client_id = ? AND k.kind = ?
		AND k.decided_at IS NULL AND k.withdrawn_at IS NULL AND o.decided_at IS NULL AND o.withdrawn_at IS NULL ORDER BY p.name`, other.ID, kept.AccountID, kept.ID, AnotherTrial).Find(ctx)
	for _, d := range found {
		all = append(all, Error{Kind: Conflict, Code: MergeBlocked, Subject: d.ID, Message: fmt.Sprintf(
			"For both clients, another trial of %s is asked for. Withdraw one of the two requests, then merge them.", d.Product)})
	}
	return all, err
}

// doubleAllowances are the products of which either client may have another trial.
func doubleAllowances(ctx context.Context, tx *tx, kept, other Client) (products []string, err error) {
	err = tx.WithContext(ctx).Raw(`SELECT p.name FROM trial_allowances k JOIN trial_allowances o ON o.product_id = k.product_id AND o.client_id = ? JOIN products p ON p.id = k.product_id
		WHERE k.account_id = ? AND k.client_id = ? AND k.trial_id IS NULL AND o.trial_id IS NULL ORDER BY p.name`, other.ID, kept.AccountID, kept.ID).Scan(&products).Error
	return products, err
}

// MergeCandidates are clients with which one may be merged.
type MergeCandidates struct {
	Client  Client
	Similar []ClientMatch // the likeliest
	Found   []Client      // by name, address or reference, archived ones too; for an empty query none
	More    bool          // there are more than Found
}

const mostCandidates = 20

// MergeCandidates returns the clients of the actor's account that may be the same
// as one, and those that query finds.
func (s *Store) MergeCandidates(ctx context.Context, actor Actor, id, query string) (MergeCandidates, error) {
	var c MergeCandidates
	if err := actor.require(ManageClients); err != nil {
		return c, err
	}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	var err error
	if c.Client, err = reading.livingClient(ctx, actor.AccountID, id); err != nil {
		return c, err
	}
	if c.Similar, err = similarClients(ctx, s.reader, actor.AccountID, c.Client.Fields(), id); err != nil || query == "" {
		return c, err
	}
	c.Found, err = rowsOf[Client](s.reader).Raw(`SELECT * FROM clients WHERE account_id = ? AND merged_into IS NULL AND id <> ? AND search LIKE ? ESCAPE '\'
		ORDER BY company_key, id LIMIT ?`, actor.AccountID, id, like(query), mostCandidates+1).Find(ctx)
	c.More = len(c.Found) > mostCandidates
	c.Found = c.Found[:min(len(c.Found), mostCandidates)]
	return c, err
}

package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// TrialConflict is the same end client on trial at two accounts: the same mail
// address or, unless it is a free-mail one, the same domain. Accounts never learn of it.
type TrialConflict struct {
	ID            string
	Shared        string // "mail address" or "domain"
	Pair          string // both clients' ids in order
	FirstTrialID  string // the trial that was there before
	SecondTrialID string
	FoundAt       time.Time
	SettledAt     *time.Time
	SettledBy     string
	Note          string // how it was settled
}

// ConflictStatus is derived from facts and times.
type ConflictStatus string

// The states of a conflict.
const (
	ConflictOpen    ConflictStatus = "open"
	ConflictOver    ConflictStatus = "over" // one of the trials has ended by itself
	ConflictSettled ConflictStatus = "settled"
)

// ConflictStatuses lists the states in the order in which they need attention.
var ConflictStatuses = []ConflictStatus{ConflictOpen, ConflictOver, ConflictSettled}

// mostConflicts is with how many clients of other accounts one is compared: a
// domain that more share is no company's own.
const mostConflicts = 20

// findConflicts notes with whom c, a client with a running trial, is on trial at
// other accounts. What is open for two clients already is not noted again; what
// was settled is, for the new trial.
func (tx *tx) findConflicts(ctx context.Context, c Client, trialID, product string) error {
	shared := c.EmailDomain
	condition := "c.email_domain <> '' AND c.email_domain = ?"
	if shared == "" {
		shared, condition = c.EmailKey, "c.email_key = ?"
	}
	// Two accounts that take in the same client at once would not see each
	// other's trial; SQLite has one writer anyway.
	if tx.store.Dialect() == "postgres" {
		if _, err := tx.Statement.ConnPool.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", "end client "+shared); err != nil {
			return err
		}
	}
	type rival struct {
		TrialID, ClientID, EmailKey string
	}
	rivals, err := rowsOf[rival](tx.DB).Raw(`SELECT MIN(t.id) AS trial_id, t.client_id, c.email_key FROM clients c JOIN trials t ON t.client_id = c.id
		WHERE `+condition+` AND c.account_id <> ? AND t.ends_at > ? AND t.revoked_at IS NULL AND t.converted_at IS NULL
		GROUP BY t.client_id, c.email_key ORDER BY t.client_id LIMIT ?`, shared, c.AccountID, tx.now, mostConflicts).Find(ctx)
	if err != nil {
		return fmt.Errorf("the client's trials at other accounts: %w", err)
	}
	for _, r := range rivals {
		by := byDomain
		if r.EmailKey == c.EmailKey {
			by = byEmail
		}
		k := TrialConflict{ID: newID(), Shared: by, Pair: pairOf(c.ID, r.ClientID), FirstTrialID: r.TrialID, SecondTrialID: trialID, FoundAt: tx.now}
		if isNew, err := tx.noteConflict(ctx, &k); err != nil {
			return err
		} else if !isNew {
			continue
		}
		// Without an account, so that no account reads of it; by nobody, since nobody was looking.
		about := subject{kind: "conflict", id: k.ID, name: product + " for " + c.Company}
		if err := tx.record(ctx, System, "conflict.found", about, nil, map[string]any{"shared": by}); err != nil {
			return err
		}
	}
	return nil
}

// noteConflict keeps k, in the place of one that was over without being settled.
// It keeps nothing while one of the two clients is open.
func (tx *tx) noteConflict(ctx context.Context, k *TrialConflict) (isNew bool, err error) {
	found, err := rowsOf[ConflictRow](tx.DB).Raw(conflictRows+" WHERE k.pair = ? AND k.settled_at IS NULL", k.Pair).Find(ctx)
	switch {
	case err != nil:
	case len(found) == 0:
		err = rowsOf[TrialConflict](tx.DB).Create(ctx, k)
	case found[0].Status(tx.now) == ConflictOpen:
		return false, nil
	default:
		k.ID = found[0].ID
		err = changed(rowsOf[TrialConflict](tx.DB).Where("id = ? AND settled_at IS NULL", k.ID).
			Select("shared", "first_trial_id", "second_trial_id", "found_at").Updates(ctx, *k))
	}
	if err != nil {
		return false, fmt.Errorf("note a conflict: %w", err)
	}
	return true, nil
}

func pairOf(a, b string) string { return min(a, b) + " " + max(a, b) }

// findConflictsOf is findConflicts for a client whose address has changed, by the
// first of their running trials.
func (tx *tx) findConflictsOf(ctx context.Context, c Client) error {
	type running struct{ ID, Name string }
	trials, err := rowsOf[running](tx.DB).Raw(`SELECT t.id, p.name FROM trials t LEFT JOIN products p ON p.id = t.product_id
		WHERE t.client_id = ? AND t.account_id = ? AND t.ends_at > ? AND t.revoked_at IS NULL AND t.converted_at IS NULL ORDER BY t.issued_at, t.id LIMIT 1`, c.ID, c.AccountID, tx.now).Find(ctx)
	if err != nil || len(trials) == 0 {
		return err
	}
	return tx.findConflicts(ctx, c, trials[0].ID, trials[0].Name)
}

// SettleConflict notes how a conflict was settled. Conflict if somebody did so first.
func (s *Store) SettleConflict(ctx context.Context, actor Actor, id, note string) error {
	if err := actor.require(DecideRequests); err != nil {
		return err
	}
	p := Problems{}
	note = cleanText(note)
	p.fill("note", note, "Say how it was settled: colleagues will read it.", maxReason)
	return s.write(ctx, func(tx *tx) error {
		row, err := conflictRow(ctx, tx.DB, id)
		if err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		rows, err := rowsOf[TrialConflict](tx.DB).Where("id = ? AND settled_at IS NULL", id).
			Select("settled_at", "settled_by", "note").Updates(ctx, TrialConflict{SettledAt: &tx.now, SettledBy: actor.UserID, Note: note})
		if err == nil && rows == 0 {
			return refusal("settled", "Somebody has settled this conflict already. Reload the page to read how.")
		}
		if err != nil {
			return err
		}
		return tx.record(ctx, actor, "conflict.settled", row.subject(), nil, map[string]any{"note": note})
	})
}

func (r ConflictRow) subject() subject {
	return subject{kind: "conflict", id: r.ID, name: r.SecondProduct + " for " + r.SecondCompany}
}

// conflictRow returns a conflict with both sides.
func conflictRow(ctx context.Context, db *gorm.DB, id string) (ConflictRow, error) {
	row, err := rowsOf[ConflictRow](db).Raw(conflictRows+" WHERE k.id = ?", id).Take(ctx)
	return row, orNotFound(err, "Conflict")
}

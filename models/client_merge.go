package models

import (
	"context"
	"slices"
)

// ClientTables are the tables whose rows hang on a client by a column client_id.
// A merge moves all of them; a test compares the list with the schema.
var ClientTables = []string{"trials", "licenses", "orders", "client_invoices", "requests", "trial_allowances"}

// MergeFields are the fields of a client of which a merge keeps one of two values.
var MergeFields = []string{"company", "email", "contact_name", "country", "tax_id", "website", "address", "reference", "notes"}

// MergeChoice is whose value of a field stays after a merge.
type MergeChoice string

// The choices. Without one, the kept client's value stays unless it has none.
const (
	OwnValue   MergeChoice = "own"   // of the client that is kept
	OtherValue MergeChoice = "other" // of the one that goes
	BothValues MergeChoice = "both"  // notes only: one below the other
)

// ClientMerge is what a person confirms to make two clients one.
type ClientMerge struct {
	OtherID      string // the client that goes
	Version      int    // of the client that is kept, as looked at
	OtherVersion int
	Choices      map[string]MergeChoice // by the name of the field
	Responsible  string                 // the user who looks after it from now on; empty: as before
}

// The codes of refusals that the page of a merge answers in its own way.
const (
	MergeBlocked = "merge_blocked" // Subject is a trial or a request that must be settled first
)

// MergeClients makes two clients of the actor's account one: everything that
// hangs on the other one moves to the one that is kept, which takes the chosen
// values. The other stays as an archived alias that leads there; nothing is
// deleted, and issued invoices keep what is printed on them. Conflict if either
// was changed since it was looked at (ClientChanged), became another one
// (ClientMerged), or a rule would break (MergeBlocked). Done twice it changes nothing more.
func (s *Store) MergeClients(ctx context.Context, actor Actor, keptID string, m ClientMerge) (Client, error) {
	var kept Client
	if err := actor.require(ManageClients); err != nil {
		return kept, err
	}
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		other, err := mergeable(ctx, tx, actor.AccountID, keptID, m.OtherID)
		if err != nil {
			return err
		}
		if kept, err = tx.livingClient(ctx, actor.AccountID, keptID); err != nil {
			return err
		}
		if other.MergedInto != nil && *other.MergedInto == kept.ID { // sent twice
			return nil
		}
		if other, err = tx.livingClient(ctx, actor.AccountID, other.ID); err != nil {
			return err
		}
		if kept.Version != m.Version || other.Version != m.OtherVersion {
			return &Error{Kind: Conflict, Code: ClientChanged, Subject: kept.ID, Message: "Somebody changed one of the two clients since you looked at them. Nothing was merged: look at both again, then confirm."}
		}
		obstacles, err := mergeObstacles(ctx, tx, kept, other)
		if err != nil {
			return err
		}
		if len(obstacles) > 0 {
			return &obstacles[0]
		}
		kept, err = tx.mergeClients(ctx, actor, kept, other, m)
		return err
	})
	return kept, err
}

// mergeable returns the other client of a merge, whatever has become of it.
func mergeable(ctx context.Context, tx *tx, accountID, keptID, otherID string) (Client, error) {
	refuse := func(message string) error { return Problems{"with": message}.Err() }
	if otherID == "" {
		return Client{}, refuse("Choose the client that is the same.")
	}
	if otherID == keptID {
		return Client{}, refuse("Choose another client: these are one already.")
	}
	other, err := client(ctx, tx.DB, accountID, otherID)
	if KindOf(err) == NotFound {
		err = refuse("Choose one of your clients.")
	}
	return other, err
}

// mergeClients is MergeClients for a caller who has locked the account and checked both.
func (tx *tx) mergeClients(ctx context.Context, actor Actor, kept, other Client, m ClientMerge) (Client, error) {
	moved, err := hanging(ctx, tx, other)
	if err != nil {
		return kept, err
	}
	formerCarers := []string{kept.ResponsibleID, other.ResponsibleID}
	if err := tx.makeAlias(ctx, actor, other, kept.ID); err != nil {
		return kept, err
	}
	if err := tx.moveToClient(ctx, other, kept); err != nil {
		return kept, err
	}
	facts := map[string]any{"merged": other.Company}
	for _, c := range moved {
		facts[c.Table] = c.Number
	}
	if err := tx.record(ctx, actor, "client.merged", kept.subject(), nil, facts); err != nil {
		return kept, err
	}
	if err := tx.record(ctx, actor, "client.merged_into", other.subject(), nil, map[string]any{"into": kept.Company}); err != nil {
		return kept, err
	}
	if kept.IsArchived() && !other.IsArchived() {
		kept.ArchivedAt, kept.ArchivedBy = nil, ""
		if err := changed(rowsOf[Client](tx.DB).Where("account_id = ? AND id = ?", kept.AccountID, kept.ID).Select("archived_at", "archived_by").Updates(ctx, kept)); err != nil {
			return kept, err
		}
		if err := tx.record(ctx, actor, "client.restored", kept.subject(), nil, nil); err != nil {
			return kept, err
		}
	}
	fields, problems := m.fields(kept.Fields(), other.Fields()).clean()
	if err := problems.Err(); err != nil {
		return kept, err
	}
	address := kept.EmailKey
	if kept, err = tx.changeClient(ctx, actor, kept, fields); err != nil {
		return kept, err
	}
	if kept, err = tx.entrustMerged(ctx, actor, kept, m.Responsible, formerCarers); err != nil {
		return kept, err
	}
	if kept.EmailKey == address { // changeClient looks for a new one
		err = tx.findConflictsOf(ctx, kept)
	}
	return kept, err
}

// makeAlias leaves other as a name of the client with the id into, like the names that it had itself.
func (tx *tx) makeAlias(ctx context.Context, actor Actor, other Client, into string) error {
	version := other.Version
	if other.ArchivedAt == nil {
		other.ArchivedAt, other.ArchivedBy = &tx.now, actor.UserID
	}
	other.MergedInto, other.Version = &into, version+1
	if err := changed(rowsOf[Client](tx.DB).Where("account_id = ? AND id = ? AND version = ? AND merged_into IS NULL", other.AccountID, other.ID, version).
		Select("archived_at", "archived_by", "merged_into", "version").Updates(ctx, other)); err != nil {
		return err
	}
	_, err := rowsOf[Client](tx.DB).Where("account_id = ? AND merged_into = ?", other.AccountID, other.ID).Update(ctx, "merged_into", into)
	return err
}

// moveToClient hangs on kept what hangs on other. An allowance stays where it is
// when kept has one of the product: a client can use one at a time.
func (tx *tx) moveToClient(ctx context.Context, other, kept Client) error {
	db := tx.WithContext(ctx)
	for _, table := range ClientTables {
		statement, args := "UPDATE "+table+" SET client_id = ? WHERE account_id = ? AND client_id = ?", []any{kept.ID, other.AccountID, other.ID}
		switch table {
		case "requests":
			statement, args = `UPDATE requests SET client_id = ?, about = CASE kind WHEN 'another' THEN ? || ' ' || product_id ELSE about END
				WHERE account_id = ? AND client_id = ?`, []any{kept.ID, kept.ID, other.AccountID, other.ID}
		case "trial_allowances":
			statement += ` AND (trial_id IS NOT NULL OR product_id NOT IN (SELECT product_id FROM trial_allowances WHERE client_id = ? AND trial_id IS NULL))`
			args = append(args, kept.ID)
		}
		if err := db.Exec(statement, args...).Error; err != nil {
			return err
		}
	}
	return tx.moveConflicts(ctx, other, kept)
}

// moveConflicts names kept in the conflicts of other. Where that makes two open
// ones between the same two clients, the later one is settled.
func (tx *tx) moveConflicts(ctx context.Context, other, kept Client) error {
	found, err := rowsOf[TrialConflict](tx.DB).Where("pair LIKE ? OR pair LIKE ?", other.ID+" %", "% "+other.ID).Order("found_at, id").Find(ctx)
	if err != nil {
		return err
	}
	for _, k := range found {
		rival := k.Pair[:len(k.Pair)-len(other.ID)-1]
		if k.Pair[:len(other.ID)] == other.ID {
			rival = k.Pair[len(other.ID)+1:]
		}
		k.Pair = pairOf(kept.ID, rival)
		if k.SettledAt == nil {
			open, err := rowsOf[TrialConflict](tx.DB).Where("pair = ? AND settled_at IS NULL", k.Pair).Count(ctx, "id")
			if err != nil {
				return err
			}
			if open > 0 {
				k.SettledAt, k.Note = &tx.now, "There was a conflict of the same two clients already: the account found that two entries were one client."
			}
		}
		if err := changed(rowsOf[TrialConflict](tx.DB).Where("id = ?", k.ID).Select("pair", "settled_at", "note").Updates(ctx, k)); err != nil {
			return err
		}
	}
	return nil
}

// entrustMerged makes one person responsible for the merged client, and for the
// running trials that those who were responsible before looked after.
func (tx *tx) entrustMerged(ctx context.Context, actor Actor, kept Client, chosen string, former []string) (Client, error) {
	if chosen == "" {
		chosen = kept.ResponsibleID
	}
	kept, err := tx.entrust(ctx, actor, kept, chosen)
	if err != nil {
		return kept, err
	}
	former = slices.DeleteFunc(former, func(id string) bool { return id == chosen })
	if len(former) == 0 {
		return kept, nil
	}
	_, err = rowsOf[Trial](tx.DB).Where("account_id = ? AND client_id = ? AND responsible_id IN ? AND revoked_at IS NULL AND converted_at IS NULL AND ends_at > ?", kept.AccountID, kept.ID, former, tx.now).
		Update(ctx, "responsible_id", chosen)
	return kept, err
}

// fields are the values that stay.
func (m ClientMerge) fields(kept, other ClientFields) ClientFields {
	pick := func(name, own, others string) string {
		switch c := m.Choices[name]; {
		case c == OtherValue, c != OwnValue && own == "":
			return others
		case c == BothValues && name == "notes" && others != "":
			return own + "\n\n" + others
		}
		return own
	}
	return ClientFields{
		Company: pick("company", kept.Company, other.Company), ContactName: pick("contact_name", kept.ContactName, other.ContactName),
		Email: pick("email", kept.Email, other.Email), Country: pick("country", kept.Country, other.Country), TaxID: pick("tax_id", kept.TaxID, other.TaxID),
		Website: pick("website", kept.Website, other.Website), Address: pick("address", kept.Address, other.Address),
		Reference: pick("reference", kept.Reference, other.Reference), Notes: pick("notes", kept.Notes, other.Notes),
	}
}

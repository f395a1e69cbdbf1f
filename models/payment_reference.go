package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"

	"reselling/models/bankcsv"
)

// reference checks the reference of a receipt and returns the key by which it
// counts once: an account's receipts of one method that have the same are one.
func (p Problems) reference(field, reference string) (key string) {
	p.fill(field, reference, "Enter the reference that the bank shows, so that the receipt counts once.", maxName)
	switch key = bankcsv.ReferenceKey(reference); {
	case reference == "":
	case !bankcsv.IsKey(key):
		p.Add(field, "Enter a reference with letters or digits: by them the receipt counts once.")
	case bankcsv.IsMixed(reference):
		p.Add(field, "Write the reference in one script: it has letters that only look like Latin ones.")
	}
	return key
}

// referenceKeys is the migration since which references are compared by letters and
// digits, and a line of a bank is told from others also by what else it says.
func (s *Store) referenceKeys() *goose.Migration {
	return goose.NewGoMigration(50, &goose.GoFunc{RunTx: s.rekeyReferences}, nil)
}

// rekeyReferences gives receipts and lines of statements their keys. Where receipts
// were recorded that are one by now, the first one has the key, which refuses any
// further one; the others keep keys of their own, with their id.
func (s *Store) rekeyReferences(ctx context.Context, tx *sql.Tx) error {
	return s.thawReceipts(ctx, tx, func() error {
		if err := execAll(ctx, tx, "DROP INDEX IF EXISTS bank_lines_recorded", "DROP INDEX IF EXISTS bank_lines_once",
			"UPDATE payments SET reference_key = '~' || id"); err != nil {
			return err
		}
		if err := rekey(ctx, tx, "payments", "SELECT id, account_id || ' ' || method, reference FROM payments ORDER BY recorded_at, id"); err != nil {
			return err
		}
		if err := rekey(ctx, tx, "bank_lines", `SELECT id, CASE WHEN payment_id IS NULL THEN id ELSE day || ' ' || amount || ' ' || currency || ' ' || payer END, reference
			FROM bank_lines WHERE kind <> 'unreadable' ORDER BY id`); err != nil {
			return err
		}
		// Payers are of any length, and an index is not.
		return execAll(ctx, tx, "CREATE UNIQUE INDEX bank_lines_once ON bank_lines (reference_key, day, amount, currency, substr(payer, 1, 100)) WHERE payment_id IS NOT NULL")
	})
}

// keyed is a row with the key of its reference.
type keyed struct{ id, key string }

// rekey writes the keys of the rows of a query: id, among which keys differ, reference.
func rekey(ctx context.Context, tx *sql.Tx, table, query string) error {
	all, err := keysOf(ctx, tx, query)
	if err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	for _, r := range all {
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET reference_key = $1 WHERE id = $2", r.key, r.id); err != nil { //nolint:gosec // the names of tables are ours
			return fmt.Errorf("write the key of %s %s: %w", table, r.id, err)
		}
	}
	return nil
}

func keysOf(ctx context.Context, tx *sql.Tx, query string) (all []keyed, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	seen := map[string]bool{}
	for rows.Next() {
		var r keyed
		var among, reference string
		if err := rows.Scan(&r.id, &among, &reference); err != nil {
			return nil, err
		}
		r.key = bankcsv.ReferenceKey(reference)
		if seen[among+" "+r.key] {
			r.key += " " + r.id
		}
		seen[among+" "+r.key] = true
		all = append(all, r)
	}
	return all, rows.Err()
}

// thawReceipts runs fn while receipts can be changed, which else the database refuses.
func (s *Store) thawReceipts(ctx context.Context, tx *sql.Tx, fn func() error) error {
	thaw, freeze := "ALTER TABLE payments DISABLE TRIGGER payments_frozen", "ALTER TABLE payments ENABLE TRIGGER payments_frozen"
	if s.Dialect() != "postgres" {
		if err := tx.QueryRowContext(ctx, "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'payments_frozen'").Scan(&freeze); err != nil {
			return fmt.Errorf("read the trigger: %w", err)
		}
		thaw = "DROP TRIGGER payments_frozen"
	}
	if err := execAll(ctx, tx, thaw); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	return execAll(ctx, tx, freeze)
}

func execAll(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

package models

import (
	"context"
	"database/sql"
	"errors"
)

// RekeyReferences does to receipts and lines what the migration does.
func RekeyReferences(ctx context.Context, s *Store) error {
	return s.inTransaction(ctx, func(tx *sql.Tx) error { return s.rekeyReferences(ctx, tx) })
}

// ThawAndExec runs statements while receipts can be changed.
func ThawAndExec(ctx context.Context, s *Store, statements ...string) error {
	return s.inTransaction(ctx, func(tx *sql.Tx) error {
		return s.thawReceipts(ctx, tx, func() error { return execAll(ctx, tx, statements...) })
	})
}

func (s *Store) inTransaction(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := pool(s.db).BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

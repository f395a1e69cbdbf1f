package models

import (
	"context"
	"database/sql"
	"errors"
)

// RekeyReferences does to receipts and lines what the migration does.
func (s *Store) RekeyReferences(ctx context.Context) error {
	return s.inTransaction(ctx, func(tx *sql.Tx) error { return s.rekeyReferences(ctx, tx) })
}

// ThawAndExec runs statements while receipts can be changed.
func (s *Store) ThawAndExec(ctx context.Context, statements ...string) error {
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

package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Backup writes the whole database, as it is at one instant, into a new file
// that only its owner can read. Others go on reading and writing meanwhile. It
// works for SQLite; PostgreSQL has pg_dump.
func (s *Store) Backup(ctx context.Context, actor Actor, path string) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	if s.Dialect() == "postgres" {
		return errors.New("backups of PostgreSQL are made by its own pg_dump: see docs/operations.md")
	}
	return create(path, func(part string) error {
		if _, err := pool(s.db).ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
			return fmt.Errorf("write the backup: %w", err)
		}
		return checkFile(ctx, part)
	})
}

// Restore puts a backup where no database is yet. What it makes is a copy: its
// sessions are over, and it sends no mail until it is promoted.
func Restore(ctx context.Context, backup, database string, o Options) error {
	for _, beside := range []string{"", "-wal", "-journal"} {
		if _, err := os.Stat(database + beside); err == nil {
			return fmt.Errorf("%s exists: restore into an empty place, and move the old database away first", database+beside)
		}
	}
	return create(database, func(part string) error {
		if err := copyFile(backup, part); err != nil {
			return err
		}
		if err := checkFile(ctx, part); err != nil {
			return err
		}
		return markRestored(ctx, part, o)
	})
}

// markRestored marks the restored file, which will lie elsewhere: wherever that
// is, it is a copy.
func markRestored(ctx context.Context, part string, o Options) error {
	s, err := Open("file:"+part, o)
	if err != nil {
		return err
	}
	if err = s.CheckSchema(ctx); err != nil {
		err = fmt.Errorf("the backup does not fit this program: %w", err)
	} else {
		err = s.write(ctx, func(tx *tx) error { return tx.markCopy(ctx, "restored") })
	}
	return errors.Join(err, s.Close()) // which brings all of it into the one file
}

// create lets write make the file beside path and moves it there once it is
// complete and on the disk. It returns an error if path exists.
func create(path string, write func(part string) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists: name a new file", path)
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".reselling-") // on the same disk, readable by us alone
	if err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	defer os.RemoveAll(folder)
	part := filepath.Join(folder, filepath.Base(path))
	if err := write(part); err != nil {
		return err
	}
	if err := os.Chmod(part, 0o600); err != nil {
		return err
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := os.Link(part, path); err != nil { // unlike a rename it replaces nothing
		return fmt.Errorf("make %s: %w", path, err)
	}
	return syncFile(filepath.Dir(path))
}

func syncFile(path string) error {
	f, err := os.Open(path) // #nosec G304 -- named by whoever runs the program
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func copyFile(from, to string) error {
	source, err := os.Open(from) // #nosec G304 -- named by whoever runs the program
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- likewise
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// checkFile makes sure that a file is a whole database.
func checkFile(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro&_query_only=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("%s is not a whole database: %w", filepath.Base(path), err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%s is damaged: %s", filepath.Base(path), verdict)
	}
	var broken int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%s is damaged: %d rows refer to what is not there", filepath.Base(path), broken)
	}
	return nil
}

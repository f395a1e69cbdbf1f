package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// installation says which database this is. A copy, restored from a backup or
// made for a test, sends no mail until it is told that it is the real one: the
// original may still be at work, and people would hear of everything twice.
type installation struct {
	ID       int
	Place    string // where the database lies, as place tells
	Since    time.Time
	CopiedAt *time.Time // when it was found to be a copy; nil for the real one
}

// TableName is singular: there is one installation.
func (installation) TableName() string { return "installation" }

// Settle tells whether the database is where it was, and notes where it is the
// first time. One that has come from elsewhere is a copy from now on, and all
// its sessions end. Every process that works on a database settles first.
func (s *Store) Settle(ctx context.Context, actor Actor) (isCopy bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return false, err
	}
	here, err := s.place(ctx)
	if err != nil {
		return false, err
	}
	err = s.write(ctx, func(tx *tx) error {
		was, err := rowsOf[installation](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			first := installation{ID: 1, Place: here, Since: tx.now}
			return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&first).Error
		}
		if err != nil {
			return err
		}
		isCopy = was.CopiedAt != nil || was.Place != here
		switch {
		case was.Place == here:
			return nil
		case was.CopiedAt != nil:
			_, err := rowsOf[installation](tx.DB).Where("id = ?", 1).Update(ctx, "place", here)
			return err
		}
		return tx.markCopy(ctx, here)
	})
	return isCopy, err
}

// markCopy makes the database a copy that lies at place.
func (tx *tx) markCopy(ctx context.Context, place string) error {
	copied := installation{ID: 1, Place: place, Since: tx.now, CopiedAt: &tx.now}
	if err := rowsOf[installation](tx.DB, clause.OnConflict{UpdateAll: true}).Create(ctx, &copied); err != nil {
		return err
	}
	n, err := rowsOf[Session](tx.DB).Where("ended_at IS NULL").Update(ctx, "ended_at", tx.now)
	if err != nil {
		return err
	}
	return tx.record(ctx, System, "installation.copied", subject{kind: "installation", id: "1", name: "Reselling"}, nil, map[string]any{"sessions": n})
}

// Promote makes a copy the real one: from now on it sends mail, also what has
// waited. It returns Conflict for one that is not a copy.
func (s *Store) Promote(ctx context.Context, actor Actor) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	here, err := s.place(ctx)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		n, err := rowsOf[installation](tx.DB).Where("id = ? AND copied_at IS NOT NULL", 1).Select("place", "since", "copied_at").
			Updates(ctx, installation{Place: here, Since: tx.now})
		if err != nil {
			return err
		}
		if n == 0 {
			return Errorf(Conflict, "This database is the real one already.")
		}
		return tx.record(ctx, actor, "installation.promoted", subject{kind: "installation", id: "1", name: "Reselling"}, nil, nil)
	})
}

// IsCopy reports whether the database is a copy that must not send mail. It is for jobs.
func (s *Store) IsCopy(ctx context.Context, actor Actor) (bool, error) {
	if err := actor.requireSystem(); err != nil {
		return false, err
	}
	copied, err := rowsOf[installation](s.reader).Where("copied_at IS NOT NULL").Find(ctx)
	return len(copied) > 0, err
}

// place names where the database lies so that a copy lies elsewhere: file and
// inode, or PostgreSQL's cluster and the database in it. Both outlast restarts.
func (s *Store) place(ctx context.Context) (string, error) {
	if s.Dialect() == "postgres" {
		var place string
		err := pool(s.db).QueryRowContext(ctx, `SELECT 'postgres ' || (SELECT system_identifier FROM pg_control_system()) || ' ' ||
			(SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&place)
		if err != nil {
			return "", fmt.Errorf("find out which database this is: %w", err)
		}
		return place, nil
	}
	path, err := s.file(ctx)
	if err != nil {
		return "", err
	}
	return filePlace(path)
}

func filePlace(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	about, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("find out which database this is: %w", err)
	}
	inode := uint64(0)
	if unix, ok := about.Sys().(*syscall.Stat_t); ok {
		inode = unix.Ino
	}
	return fmt.Sprintf("file %s %d", path, inode), nil
}

// file is the file of a SQLite database.
func (s *Store) file(ctx context.Context) (path string, err error) {
	if err := pool(s.db).QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
		return "", fmt.Errorf("find the database file: %w", err)
	}
	return path, nil
}

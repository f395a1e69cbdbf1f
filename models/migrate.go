package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

// riverVersions are River's own migrations, which take the numbers 1 to 6 of ours.
const riverVersions = 6

// riverLines is the migration of River's that gives its table of migrations the column line.
const riverLines = 5

// Migrate brings the schema up to date. Several callers at once apply each
// migration once; the others wait.
func (s *Store) Migrate(ctx context.Context) error {
	unlock, err := s.lockMigration(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := s.migrations()
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// CheckSchema returns an error unless the schema is exactly the one of this program.
func (s *Store) CheckSchema(ctx context.Context) error {
	p, err := s.migrations()
	if err != nil {
		return err
	}
	var has int64
	err = pool(s.db).QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&has)
	if err != nil {
		if strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "does not exist") {
			return ErrNoSchema
		}
		return err
	}
	sources := p.ListSources()
	switch want := sources[len(sources)-1].Version; {
	case has < want:
		return fmt.Errorf("the database has schema %d, this program needs %d: run `reselling migrate`", has, want)
	case has > want:
		return fmt.Errorf("the database has schema %d, which is newer than this program's %d: run a newer program", has, want)
	}
	return nil
}

// ErrNoSchema says that the database is empty.
var ErrNoSchema = errors.New("the database has no schema yet: run `reselling migrate`")

func (s *Store) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+s.Dialect())
	if err != nil {
		return nil, err
	}
	river, err := s.riverMigrations()
	if err != nil {
		return nil, err
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithGoMigrations(append(river, s.referenceKeys())...), goose.WithDisableGlobalRegistry(true)}
	if s.Dialect() == "postgres" {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, pool(s.db), files, options...)
}

// riverMigrations makes each of River's migrations one of ours: its statements,
// River's note of it and goose's are one transaction. River's own Migrate would
// commit by itself, and an interruption could fall between its note and goose's.
func (s *Store) riverMigrations() ([]*goose.Migration, error) {
	m, err := rivermigrate.New(s.jobDriver(), nil)
	if err != nil {
		return nil, err
	}
	var all []*goose.Migration
	for v := 1; v <= riverVersions; v++ {
		theirs, err := m.GetVersion(v)
		if err != nil {
			return nil, err
		}
		all = append(all, goose.NewGoMigration(int64(v), &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			statements := strings.ReplaceAll(theirs.SQLUp, "/* TEMPLATE: schema */", "")
			if _, err := tx.ExecContext(ctx, statements); err != nil {
				return fmt.Errorf("apply River's migration %d: %w", v, err)
			}
			note := "INSERT INTO river_migration (line, version) VALUES ('main', $1)"
			if v < riverLines {
				note = "INSERT INTO river_migration (version) VALUES ($1)"
			}
			_, err := tx.ExecContext(ctx, note, v)
			return err
		}}, nil))
	}
	return all, nil
}

func (s *Store) jobDriver() riverdriver.Driver[*sql.Tx] {
	if s.Dialect() == "postgres" {
		return riverdatabasesql.New(pool(s.db))
	}
	return riversqlite.New(pool(s.db))
}

// lockMigration holds a lock file beside a SQLite database. On PostgreSQL
// goose's session lock does the same.
func (s *Store) lockMigration(ctx context.Context) (unlock func(), err error) {
	if s.Dialect() == "postgres" {
		return func() {}, nil
	}
	path, err := s.file(ctx)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+".migrate", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the migration: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock the migration: %w", errors.Join(err, f.Close()))
	}
	return func() { _ = f.Close() }, nil
}

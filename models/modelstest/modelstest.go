// Package modelstest gives tests a migrated store with a fixed clock and a named cast.
package modelstest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"reselling/models"
)

// Now is the Monday on which every test begins.
var Now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// Secret is the secret key of every test.
var Secret = []byte("a secret key of tests, 32+ bytes long")

// BaseURL is the portal's address in tests.
const BaseURL = "http://portal.example"

// Clock is a clock that only a test moves.
type Clock struct{ at atomic.Pointer[time.Time] }

// NewClock returns a clock that stands at t.
func NewClock(t time.Time) *Clock {
	c := &Clock{}
	c.Set(t)
	return c
}

// Now is the instant at which the clock stands.
func (c *Clock) Now() time.Time { return *c.at.Load() }

// Set moves the clock to t.
func (c *Clock) Set(t time.Time) { c.at.Store(&t) }

// Advance moves the clock by d.
func (c *Clock) Advance(d time.Duration) { c.Set(c.Now().Add(d)) }

// World is a store with the cast in it.
type World struct {
	*models.Store
	DB    *gorm.DB // the same database without rules, to look at rows and to set scenes
	Clock *Clock
	URL   string // of the database
}

// Options are how every store of a test is opened; replicas share them.
func (w *World) Options() models.Options {
	return models.Options{Now: w.Clock.Now, Secret: Secret, BaseURL: BaseURL}
}

// Replica opens a second store on the same database, as another process would.
func (w *World) Replica(t testing.TB) *models.Store {
	t.Helper()
	s, err := models.Open(w.URL, w.Options())
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// New returns the world with the cast: a SQLite file, or a database of its own
// on the server of $TEST_DATABASE_URL if that is set.
func New(t testing.TB) *World {
	t.Helper()
	p, err := migrated()
	must(t, err)
	return newWorld(t, p)
}

// Empty returns a world without a schema.
func Empty(t testing.TB) *World {
	t.Helper()
	return newWorld(t, pattern{name: "template1"})
}

// Fill returns the world in the empty database at url.
func Fill(t testing.TB, url string) *World {
	t.Helper()
	w := &World{Clock: NewClock(Now), URL: url}
	must(t, w.fill())
	return On(t, url, w.Clock)
}

// FillTablespace returns the world in a new database of the server of
// $TEST_DATABASE_URL whose tables lie in folder, which the server can write.
func FillTablespace(t testing.TB, folder string) *World {
	t.Helper()
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))
	db, err := admin()
	must(t, err)
	do := func(statement string) {
		_, err := db.ExecContext(context.Background(), statement)
		must(t, err)
	}
	do("CREATE TABLESPACE " + name + " LOCATION '" + folder + "'")
	t.Cleanup(func() { do("DROP TABLESPACE " + name) })
	do("CREATE DATABASE " + name + " TEMPLATE template1 TABLESPACE " + name)
	t.Cleanup(func() { dropDatabase(t, name) })
	url, err := databaseURL(os.Getenv("TEST_DATABASE_URL"), name)
	must(t, err)
	return Fill(t, url)
}

// On returns the world on a database that is there already.
func On(t testing.TB, url string, clock *Clock) *World {
	t.Helper()
	w := &World{Clock: clock, URL: url}
	must(t, w.open())
	t.Cleanup(w.close)
	return w
}

func newWorld(t testing.TB, p pattern) *World {
	t.Helper()
	w := &World{Clock: NewClock(Now)}
	if server := os.Getenv("TEST_DATABASE_URL"); server != "" {
		name := fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))
		var err error
		w.URL, err = createDatabase(server, name, p.name)
		must(t, err)
		t.Cleanup(func() { dropDatabase(t, name) })
	} else {
		path := filepath.Join(t.TempDir(), "reselling.db")
		if p.file != nil {
			must(t, os.WriteFile(path, p.file, 0o600))
		}
		w.URL = "file:" + path
	}
	must(t, w.open())
	t.Cleanup(func() { w.close() })
	return w
}

func (w *World) open() (err error) {
	config := &gorm.Config{Logger: logger.Discard, TranslateError: true, SkipDefaultTransaction: true, NowFunc: w.Clock.Now}
	if strings.HasPrefix(w.URL, "file:") {
		w.DB, err = gorm.Open(sqlite.Open(w.URL+"?_txlock=immediate&_journal_mode=WAL&_busy_timeout=10000&_foreign_keys=1&_synchronous=OFF"), config)
	} else {
		w.DB, err = gorm.Open(postgres.Open(w.URL), config)
	}
	if err != nil {
		return err
	}
	w.Store, err = models.Open(w.URL, w.Options())
	return err
}

func (w *World) close() {
	_ = w.Store.Close()
	closeDB(w.DB)
}

// pattern is the database that every world is a copy of.
type pattern struct {
	name string // on a server
	file []byte // of SQLite
}

// migrated makes the pattern, once a process: migrating takes far longer than
// copying. The one on a server stays there; .ci/postgres throws the whole server away.
var migrated = sync.OnceValues(func() (pattern, error) {
	w := &World{Clock: NewClock(Now)}
	var p pattern
	if server := os.Getenv("TEST_DATABASE_URL"); server != "" {
		p.name = fmt.Sprintf("pattern_%d", os.Getpid())
		var err error
		if w.URL, err = createDatabase(server, p.name, "template1"); err != nil {
			return p, err
		}
	} else {
		folder, err := os.MkdirTemp("", "reselling-pattern-")
		if err != nil {
			return p, err
		}
		defer os.RemoveAll(folder)
		w.URL = "file:" + filepath.Join(folder, "reselling.db")
	}
	if err := w.fill(); err != nil {
		return p, err
	}
	if path, ok := strings.CutPrefix(w.URL, "file:"); ok {
		var err error
		p.file, err = os.ReadFile(path) // #nosec G304 -- made above
		return p, err
	}
	return p, nil
})

// fill migrates and populates an empty database and closes it, so that it can be copied.
func (w *World) fill() error {
	if err := w.open(); err != nil {
		return err
	}
	defer w.close()
	if err := w.Migrate(context.Background()); err != nil {
		return err
	}
	return populate(w.DB)
}

var databases atomic.Int64

var admin = sync.OnceValues(func() (*sql.DB, error) {
	db, err := gorm.Open(postgres.Open(os.Getenv("TEST_DATABASE_URL")), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		return nil, err
	}
	return db.DB()
})

func createDatabase(server, name, template string) (url string, err error) {
	db, err := admin()
	if err != nil {
		return "", err
	}
	if _, err := db.ExecContext(context.Background(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		return "", err
	}
	return databaseURL(server, name)
}

func dropDatabase(t testing.TB, name string) {
	t.Helper()
	db, err := admin()
	must(t, err)
	if _, err := db.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
		t.Errorf("drop %s: %v", name, err)
	}
}

func databaseURL(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

func closeDB(db *gorm.DB) {
	if d, err := db.DB(); err == nil {
		_ = d.Close()
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Exec runs a statement that sets a scene.
func (w *World) Exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	must(t, w.DB.Exec(statement, args...).Error)
}

// Count returns how many rows of a table meet a condition.
func (w *World) Count(t testing.TB, table, condition string, args ...any) int {
	t.Helper()
	var n int64
	must(t, w.DB.Table(table).Where(condition, args...).Count(&n).Error)
	return int(n)
}

// Events returns the actions recorded about a subject, oldest first.
func (w *World) Events(t testing.TB, subjectID string) []string {
	t.Helper()
	var actions []string
	must(t, w.DB.Table("events").Where("subject_id = ?", subjectID).Order("at, id").Pluck("action", &actions).Error)
	return actions
}

// Jobs returns the arguments of the queued jobs of a kind, oldest first.
func (w *World) Jobs(t testing.TB, kind string) []string {
	t.Helper()
	var args []string
	must(t, w.DB.Raw("SELECT CAST(args AS TEXT) FROM river_job WHERE kind = ? ORDER BY id", kind).Scan(&args).Error)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], `": `, `":`)
	}
	return args
}

// Schema is what the database says about the tables whose names are like pattern.
func (w *World) Schema(t testing.TB, pattern string) string {
	t.Helper()
	query := "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master WHERE tbl_name LIKE @like ORDER BY 1"
	if w.Dialect() == "postgres" {
		query = `SELECT * FROM (SELECT table_name || ' ' || column_name || ' ' || udt_name || ' ' || is_nullable || ' ' || COALESCE(column_default, '') AS line
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE @like
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE @like
			UNION ALL SELECT conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r ON r.oid = conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
				WHERE n.nspname = 'public' AND r.relname LIKE @like
			UNION ALL SELECT p.oid::regproc::text || ' ' || prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE n.nspname = 'public' AND p.proname LIKE @like) all_lines ORDER BY 1`
	}
	var lines []string
	must(t, w.DB.Raw(query, sql.Named("like", pattern)).Scan(&lines).Error)
	return strings.Join(lines, "\n")
}

// Race runs f n times at once and counts how it ended.
func Race(n int, f func(i int) error) (ok, conflict int, other []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			err := f(i)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				ok++
			case models.KindOf(err) == models.Conflict:
				conflict++
			default:
				other = append(other, err)
			}
		})
	}
	close(start)
	wg.Wait()
	return ok, conflict, other
}

// RaceBehind is Race while somebody else holds the account: it lets go when as
// many as fit have come as far as they can. Who counts before locking the
// account has counted by then; on PostgreSQL, where that is possible, the race
// is lost every time.
func (w *World) RaceBehind(t testing.TB, accountID string, n int, f func(i int) error) (ok, conflict int, other []error) {
	t.Helper()
	held := w.DB.Begin()
	must(t, held.Error)
	if w.Dialect() == "postgres" { // on SQLite, the transaction itself keeps others from writing
		must(t, held.Exec("SELECT id FROM accounts WHERE id = ? FOR UPDATE", accountID).Error)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		ok, conflict, other = Race(n, f)
	}()
	for w.Dialect() == "postgres" && w.waiting(t) < min(n, 16) {
		select {
		case <-done: // nobody waits for the account: the counts show what came of it
			must(t, held.Rollback().Error)
			return ok, conflict, other
		case <-time.After(time.Millisecond):
		}
	}
	must(t, held.Rollback().Error)
	<-done
	return ok, conflict, other
}

// waiting counts who waits for a lock in the world's database.
func (w *World) waiting(t testing.TB) (n int) {
	t.Helper()
	must(t, w.DB.Raw("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&n).Error)
	return n
}

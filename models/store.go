// Package models holds the rules of Reselling and the only code that touches
// the database. Every exported method on Store that takes an Actor is one use case.
package models

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	_ "reselling/models/sqliteplan" // plans of prepared statements are kept
)

// Store runs use cases against one database.
type Store struct {
	db      *gorm.DB // the writer: one connection on SQLite, 16 on PostgreSQL
	reader  *gorm.DB // read-only connections
	writer  *writer  // of SQLite; PostgreSQL groups commits itself
	now     func() time.Time
	secret  []byte
	baseURL string
	keys    *keys

	keyQuery string // of keyState
	jobs     *river.Client[*sql.Tx]
	hasher   *hasher

	webhookNetworks []netip.Prefix
}

// Options are what a Store needs besides its database.
type Options struct {
	Now     func() time.Time // the clock
	Secret  []byte           // at least 32 bytes; links, form tokens and the signing key derive from it
	BaseURL string           // scheme and host of the portal, for links in mails

	WebhookNetworks []netip.Prefix // that are not public and that webhooks may reach all the same, also without TLS; none but for development
}

// Open opens the database at rawURL (file:PATH or postgres://…). It neither
// creates nor migrates a schema.
func Open(rawURL string, o Options) (*Store, error) {
	if len(o.Secret) < 32 {
		return nil, fmt.Errorf("the secret key has %d bytes, at least 32 are needed", len(o.Secret))
	}
	s := &Store{
		now: o.Now, secret: o.Secret, baseURL: strings.TrimSuffix(o.BaseURL, "/"),
		keys: &keys{secret: o.Secret}, hasher: newHasher(),
		webhookNetworks: o.WebhookNetworks,
	}
	var err error
	if s.db, s.reader, err = openDatabase(rawURL, s.Now); err != nil {
		return nil, err
	}
	s.keyQuery = s.numbered(keyStateQuery)
	if s.Dialect() == "sqlite" {
		s.writer = &writer{db: s.db}
	}
	if s.jobs, err = s.NewJobClient(&river.Config{}); err != nil {
		return nil, err
	}
	return s, nil
}

func openDatabase(rawURL string, now func() time.Time) (writer, reader *gorm.DB, err error) {
	config := func() *gorm.Config {
		return &gorm.Config{
			Logger: logger.Discard, TranslateError: true, SkipDefaultTransaction: true,
			NowFunc: now,
		}
	}
	switch {
	case strings.HasPrefix(rawURL, "file:"):
		path, query, _ := strings.Cut(strings.TrimPrefix(rawURL, "file:"), "?")
		if query != "" || path == "" {
			return nil, nil, fmt.Errorf("the database address %q is not file:PATH", rawURL)
		}
		busy := strconv.FormatInt(lockTimeout.Milliseconds(), 10)
		escaped := "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
		writer, err = gorm.Open(sqlite.Open(escaped+"?_txlock=immediate&_journal_mode=WAL&_busy_timeout="+busy+"&_foreign_keys=1&_synchronous=FULL&_stmt_cache_size=200"), config())
		if err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", path, err)
		}
		pool(writer).SetMaxOpenConns(1)
		reader, err = gorm.Open(sqlite.Open(escaped+"?_query_only=1&_busy_timeout="+busy+"&_foreign_keys=1&_synchronous=FULL&_stmt_cache_size=200"), config())
		if err != nil {
			return nil, nil, fmt.Errorf("open %s: %w", path, err)
		}
		pool(reader).SetMaxOpenConns(6)
		pool(reader).SetMaxIdleConns(6)
		return writer, reader, nil
	case strings.HasPrefix(rawURL, "postgres://"), strings.HasPrefix(rawURL, "postgresql://"):
		// Whoever writes may wait for an account's turn; nobody who reads waits behind them.
		for _, side := range []struct {
			db       **gorm.DB
			most     int
			settings map[string]string
		}{{&writer, 16, map[string]string{}}, {&reader, 8, map[string]string{"default_transaction_read_only": "on"}}} {
			address, err := withDefaults(rawURL, side.settings)
			if err != nil {
				return nil, nil, err
			}
			if *side.db, err = gorm.Open(postgres.Open(address), config()); err != nil {
				return nil, nil, fmt.Errorf("connect to PostgreSQL: %w", err)
			}
			pool(*side.db).SetMaxOpenConns(side.most)
			pool(*side.db).SetMaxIdleConns(side.most)
		}
		return writer, reader, nil
	}
	return nil, nil, fmt.Errorf("the database address must start with file: or postgres://")
}

// lockTimeout is how long a use case waits for what another one holds, on SQLite
// the database. It then answers that it could not save.
const lockTimeout = 5 * time.Second

// withDefaults adds settings and limits on waiting to an address of PostgreSQL,
// unless it names its own.
func withDefaults(rawURL string, settings map[string]string) (string, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "", errors.New("the database address is not one that PostgreSQL understands: write it as postgres://USER:PASSWORD@HOST/NAME")
	}
	settings["connect_timeout"] = "5" // seconds
	for name, limit := range map[string]time.Duration{"lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": time.Minute} {
		settings[name] = strconv.FormatInt(limit.Milliseconds(), 10)
	}
	query := u.Query()
	for name, value := range settings {
		if !query.Has(name) {
			query.Set(name, value)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

func pool(db *gorm.DB) *sql.DB {
	d, err := db.DB()
	if err != nil {
		panic(err) // only for a *gorm.DB that is not on a *sql.DB
	}
	return d
}

// Close releases the database.
func (s *Store) Close() error {
	return errors.Join(pool(s.db).Close(), pool(s.reader).Close())
}

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.db.Name() }

// Ready returns an error while the database does not answer or its schema is not current.
func (s *Store) Ready(ctx context.Context) error {
	if err := pool(s.db).PingContext(ctx); err != nil {
		return err
	}
	return s.CheckSchema(ctx)
}

// Now is the clock of s, in UTC and whole microseconds, as stored.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// URL returns the absolute address of a path of the portal.
func (s *Store) URL(path string) string { return s.baseURL + path }

// tx is a write transaction and the single instant at which it happens.
type tx struct {
	*gorm.DB
	now   time.Time
	store *Store
	quiet bool // no mails and no webhooks: for what the demo's past holds

	ending *ending // what is written before the commit; nil where nothing is

	webhooks map[string][]Webhook // that get the events of an account, once they were looked up
}

// write runs fn in a transaction, which it commits only if fn returns nil. Where
// the database could not, it returns Unavailable, and nothing has changed.
func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	run := func(db *gorm.DB) error {
		tx := &tx{DB: db, now: s.Now(), store: s, ending: new(ending)}
		if err := fn(tx); err != nil {
			return err
		}
		return tx.end(ctx)
	}
	if s.writer != nil {
		return unsaved(s.writer.run(ctx, run))
	}
	return unsaved(s.db.WithContext(ctx).Transaction(run))
}

// lockAccount makes other transactions that use up what an account has wait
// until this one ends, and returns the account. Call it once, first, before
// counting anything scarce. SQLite has no row locks: there, _txlock=immediate
// makes all writers queue.
func (tx *tx) lockAccount(ctx context.Context, id string) (Account, error) {
	a, err := rowsOf[Account](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(ctx)
	return a, orNotFound(err, "Account")
}

// claimed is what a form has done before.
type claimed struct {
	id      string // of what it created; empty if it is new
	differs bool   // it held something else then
}

// told returns err, or that the form held something else when it did what done says.
func (c claimed) told(err error, done string, args ...any) error {
	if err == nil && c.differs {
		return usedKey(done, args...)
	}
	return err
}

// claim reserves a form's request key for newID. Where the key was used before, it
// returns what that form has created, and whether it held something else than form
// does now, which claimed.told then says; a rolled back one leaves the key free.
func (tx *tx) claim(ctx context.Context, actor Actor, kind, key, newID string, form any) (claimed, error) {
	if key == "" {
		return claimed{}, nil
	}
	if len(key) > 100 {
		return claimed{}, Errorf(Invalid, "This form is damaged. Open it again.")
	}
	held, err := json.Marshal(form)
	if err != nil {
		return claimed{}, fmt.Errorf("read what the form holds: %w", err)
	}
	content := sha256Hex(held)
	claimant := cmp.Or(actor.TokenID, actor.UserID) // a token stays itself when its account gets another Owner
	row := requestKey{UserID: claimant, Kind: kind, Key: key, SubjectID: newID, Content: content, CreatedAt: tx.now}
	isNew, err := rowsOf[requestKey](tx.DB).CreateOnce(ctx, &row)
	if err != nil || isNew {
		return claimed{}, err
	}
	used, err := rowsOf[requestKey](tx.DB).Where("user_id = ? AND kind = ? AND key = ?", claimant, kind, key).Take(ctx)
	return claimed{id: used.SubjectID, differs: used.Content != "" && used.Content != content}, err
}

// UsedKey is the code of a refusal: a form was sent before, with other content.
const UsedKey = "used_key"

// usedKey says what the first form with the key has done. Its answer would pass
// for that of the second, which has done nothing.
func usedKey(done string, args ...any) error {
	return refusal(UsedKey, "This form was sent before, and "+done+". What it holds now was not saved yet: send it once more if you want that as well.", args...)
}

type requestKey struct {
	UserID    string // or the id of an API token
	Kind      string
	Key       string
	SubjectID string
	Content   string // SHA-256 of what the form held; empty for keys from before it was kept
	CreatedAt time.Time
}

// newID returns a UUIDv7: opaque, and in the order of creation.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// changed returns Conflict if no row was updated because somebody else changed it first.
func changed(rows int, err error) error {
	if err == nil && rows == 0 {
		return Errorf(Conflict, "Somebody else changed this in the meantime. Reload the page to see their version, then make your change again.")
	}
	return err
}

package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"
)

// The sign-in of every account of the benchmark: password and its hash by argon2id.
const (
	password     = "violet tractor hums at noon"
	passwordHash = /* #nosec G101 -- of the password above */ "$argon2id$v=19$m=19456,t=2,p=1$4cVvPZZ56V/iqNUtnc0m8Q$5gr04ReXwNa4dxKOLpluyM522nfLLzgMM93ee/ANAt0"
)

// world is a database filled for the benchmark.
type world struct {
	db       *sql.DB
	postgres bool
}

func openWorld(url string) (*world, error) {
	if path, ok := strings.CutPrefix(url, "file:"); ok {
		db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_busy_timeout=10000&_synchronous=FULL&_txlock=immediate")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		return &world{db: db}, nil
	}
	db, err := sql.Open("pgx", url)
	return &world{db: db, postgres: true}, err
}

func id(kind, n int) string { return fmt.Sprintf("00000000-0000-7%03d-8000-%012d", kind, n) }

// fill adds an account number k with as many clients, trials and users as named:
// a trial every 90 minutes, the last one two months ago, a client every minute.
func (w *world) fill(ctx context.Context, k, clients, trials, users int, now time.Time) error {
	account, owner := id(1, k), id(2, k*10_000_000)
	past := now.AddDate(0, -2, 0)
	one := func(table string, columns string, values ...any) error {
		return w.insert(ctx, table, strings.Fields(columns), 1, func(int) []any { return values })
	}
	if err := one("accounts", "id name legal_name currency plan search created_at created_by", account, fmt.Sprintf("Bench %d", k), "Bench", "EUR", "gold", "bench", past, ""); err != nil {
		return err
	}
	if err := one("account_zones", "account_id holds_from zone", account, past.AddDate(-5, 0, 0), "Europe/Madrid"); err != nil {
		return err
	}
	name := func(i int) string { return fmt.Sprintf("Person %08d", i) }
	mail := func(i int) string { return fmt.Sprintf("person%d@bench%d.example", i, k) }
	userID := func(i int) string { return id(2, k*10_000_000+i) }
	if err := w.insert(ctx, "users", strings.Fields("id email email_key name search password_hash created_at password_changed_at"), users, func(i int) []any {
		return []any{userID(i), mail(i), mail(i), name(i), strings.ToLower(name(i) + " " + mail(i)), passwordHash, past, past}
	}); err != nil {
		return err
	}
	if err := w.insert(ctx, "memberships", strings.Fields("id account_id user_id role joined_at"), users, func(i int) []any {
		role := "member"
		if i == 0 {
			role = "owner"
		}
		return []any{id(3, k*10_000_000+i), account, userID(i), role, past.Add(time.Duration(i) * time.Second)}
	}); err != nil {
		return err
	}
	countries := []string{"DE", "ES", "FR", "GB", "IT", "PL", "US"}
	clientID := func(i int) string { return id(4, k*10_000_000+i) }
	company := func(i int) string { return fmt.Sprintf("Company %08d", i) }
	address := func(i int) string { return fmt.Sprintf("it@company%d.example", i) }
	if err := w.insert(ctx, "clients", strings.Fields("id account_id company contact_name email country email_key email_domain company_key search created_at created_by responsible_id"), clients, func(i int) []any {
		return []any{clientID(i), account, company(i), "Robin Example", address(i), countries[i%len(countries)], address(i), fmt.Sprintf("company%d.example", i),
			strings.ToLower(company(i)), strings.ToLower(company(i)) + " " + address(i), past.Add(time.Duration(i-clients) * time.Minute), owner, owner}
	}); err != nil {
		return err
	}
	if err := w.insert(ctx, "licenses", strings.Fields("id account_id client_id product_id key kid seats starts_at ends_at page_token_hash created_at"), trials, func(i int) []any {
		return []any{id(5, k*10_000_000+i), account, clientID(i), "01920000-0000-7000-8000-000000000011", id(6, k*10_000_000+i), "bench", 1,
			past.Add(time.Duration(i-trials) * 90 * time.Minute), past.Add(time.Duration(i-trials)*90*time.Minute + 45*24*time.Hour), id(7, k*10_000_000+i), past}
	}); err != nil {
		return err
	}
	return w.insert(ctx, "trials", strings.Fields("id account_id client_id product_id license_id plan terms_id month days issued_at issued_by responsible_id ends_at"), trials, func(i int) []any {
		issued := past.Add(time.Duration(i-trials) * 90 * time.Minute)
		return []any{id(8, k*10_000_000+i), account, clientID(i), "01920000-0000-7000-8000-000000000011", id(5, k*10_000_000+i), "gold", "01920000-0000-7000-8000-000000000003",
			issued.Format("2006-01"), 45, issued, owner, owner, issued.Add(45 * 24 * time.Hour)}
	})
}

// prepare lifts the limit of trials a month, so that the quota stops nothing,
// and adds the key that the licences name.
func (w *world) prepare(ctx context.Context, now time.Time) error {
	if _, err := w.db.ExecContext(ctx, "UPDATE plan_terms SET trials_per_month = 100000"); err != nil {
		return err
	}
	return w.insert(ctx, "signing_keys", []string{"kid", "public_key", "created_at", "withdrawn_at"}, 1, func(int) []any { return []any{"bench", "", now, now} })
}

// analyze lets PostgreSQL know how much there is, as it would in time by itself.
// SQLite gathers nothing unless told to, and nobody tells it.
func (w *world) analyze(ctx context.Context) error {
	if !w.postgres {
		return nil
	}
	_, err := w.db.ExecContext(ctx, "ANALYZE")
	return err
}

func (w *world) insert(ctx context.Context, table string, columns []string, n int, row func(i int) []any) error {
	if n == 0 {
		return nil
	}
	if w.postgres {
		return w.copy(ctx, table, columns, n, row)
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit there is nothing to roll back
	statement, err := tx.PrepareContext(ctx /* #nosec G202 -- our own names */, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")")
	if err != nil {
		return err
	}
	defer statement.Close()
	for i := range n {
		if _, err := statement.ExecContext(ctx, row(i)...); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return tx.Commit()
}

func (w *world) copy(ctx context.Context, table string, columns []string, n int, row func(i int) []any) error {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		c := driver.(*stdlib.Conn).Conn()
		_, err := c.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil }))
		return err
	})
}

// column returns the texts of a query's only column.
func (w *world) column(ctx context.Context, query string) (all []string, err error) {
	rows, err := w.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// numbers returns a function that counts from 0, for many callers at once.
func numbers() func() int {
	var n atomic.Int64
	return func() int { return int(n.Add(1)) - 1 }
}

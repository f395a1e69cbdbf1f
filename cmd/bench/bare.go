package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "reselling/models/sqliteplan" // as the portal: prepared statements are not planned again
)

// The reads of the portal's pages, as one would write them by hand.
const (
	sessionQuery = `SELECT s.id, u.id, u.name, u.email, u.time_zone, u.staff_role, a.id, a.name, m.role, m.reselling_role, o.name,
		(SELECT z.zone FROM account_zones z WHERE z.account_id = a.id AND z.holds_from <= $1 ORDER BY z.holds_from DESC LIMIT 1),
		v.name, s.created_at, s.last_used_at, s.reauthenticated_at
	FROM sessions s JOIN users u ON u.id = s.user_id AND u.removed_at IS NULL JOIN vendor v ON v.id = 1
	JOIN memberships m ON m.user_id = u.id AND m.account_id = s.account_id JOIN accounts a ON a.id = m.account_id
	JOIN memberships om ON om.account_id = a.id AND om.role = 'owner' JOIN users o ON o.id = om.user_id
	WHERE s.token_hash = $2 AND s.ended_at IS NULL`
	membersQuery = `SELECT m.id, m.user_id, u.name, u.email, m.role, m.reselling_role, m.reselling_since, m.joined_at, u.last_sign_in_at
	FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.account_id = $1 ORDER BY m.search, m.id LIMIT 26`
	clientsQuery = `SELECT c.id, c.company, c.contact_name, c.email, c.country, c.created_at, c.archived_at, u.name,
		(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id),
		(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id AND t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > $1)
	FROM clients c JOIN users u ON u.id = c.responsible_id WHERE c.account_id = $2 AND c.archived_at IS NULL ORDER BY c.created_at DESC, c.id DESC LIMIT 26`
	trialsQuery = `SELECT t.id, t.client_id, c.company, c.email, p.name, t.month, t.days, t.issued_at, u.name, t.ends_at, t.revoked_at, t.converted_at
	FROM trials t JOIN clients c ON c.id = t.client_id JOIN products p ON p.id = t.product_id JOIN users u ON u.id = t.issued_by
	WHERE t.account_id = $1 ORDER BY t.issued_at DESC, t.id DESC LIMIT 26`
	quotaQuery = `SELECT a.plan, (SELECT COUNT(*) FROM trials t WHERE t.account_id = a.id AND t.month = $1),
		(SELECT p.trials_per_month FROM plan_terms p WHERE p.plan = a.plan ORDER BY p.holds_from DESC LIMIT 1) FROM accounts a WHERE a.id = $2`
)

// bare serves files as pages after the reads that the portal would do for them:
// net/http and prepared SQL, nothing else. It is what the portal is measured by.
func bare(address, database, folder string) error {
	db, err := openBare(database)
	if err != nil {
		return err
	}
	ctx := context.Background()
	prepare := func(query string) *sql.Stmt {
		statement, e := db.PrepareContext(ctx, query)
		if e != nil && err == nil {
			err = e
		}
		return statement
	}
	session, members, clients, trials, quota := prepare(sessionQuery), prepare(membersQuery), prepare(clientsQuery), prepare(trialsQuery), prepare(quotaQuery)
	if err != nil {
		return err
	}
	pages := map[string]func(account string, now time.Time) error{
		"/team/users": func(account string, _ time.Time) error { return scan(members.QueryContext(ctx, account)) },
		"/clients":    func(account string, now time.Time) error { return scan(clients.QueryContext(ctx, now, account)) },
		"/trials": func(account string, now time.Time) error {
			if err := scan(quota.QueryContext(ctx, now.Format("2006-01"), account)); err != nil {
				return err
			}
			return scan(trials.QueryContext(ctx, account))
		},
	}
	mux := http.NewServeMux()
	for path, read := range pages {
		body, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(path, "/", "_"))) // #nosec G703 -- the benchmark's own folder
		if err != nil {
			return err
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			now := time.Now().UTC()
			cookie, err := r.Cookie("session")
			if err != nil {
				http.Error(w, "no session", http.StatusForbidden)
				return
			}
			var row [16]any
			into := make([]any, len(row))
			for i := range row {
				into[i] = &row[i]
			}
			if err := session.QueryRowContext(ctx, now, cookie.Value).Scan(into...); err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
			if err := read(fmt.Sprint(row[6]), now); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body) // #nosec G705 -- a page of the portal
		})
	}
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

// scan reads all rows into variables of their own.
func scan(rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
	}
	return rows.Err()
}

func openBare(url string) (*sql.DB, error) {
	path, sqlite := strings.CutPrefix(url, "file:")
	driver, source := "pgx", url
	if sqlite {
		driver, source = "sqlite3", "file:"+path+"?_query_only=1&_busy_timeout=5000"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	open := 16
	if sqlite {
		open = 6
	}
	db.SetMaxOpenConns(open)
	db.SetMaxIdleConns(open)
	return db, nil
}

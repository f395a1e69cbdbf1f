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

// What a page shows, read as one would write it by hand: who is there, the list,
// and whatever else stands around it, each by one statement at most. No list
// is empty: what is read is what the page shows.
const (
	sessionQuery = `SELECT s.id, u.id, u.name, u.email, u.time_zone, u.staff_role, a.id, a.name, m.role, m.reselling_role, o.name,
		(SELECT z.zone FROM account_zones z WHERE z.account_id = a.id AND z.holds_from <= $1 ORDER BY z.holds_from DESC LIMIT 1),
		v.name, s.created_at, s.last_used_at, s.reauthenticated_at, v.time_zone, i.copied_at, (SELECT COUNT(*) FROM memberships x WHERE x.user_id = u.id)
	FROM sessions s JOIN users u ON u.id = s.user_id AND u.removed_at IS NULL JOIN vendor v ON v.id = 1 LEFT JOIN installation i ON i.id = 1
	JOIN memberships m ON m.user_id = u.id AND m.account_id = s.account_id JOIN accounts a ON a.id = m.account_id
	JOIN memberships om ON om.account_id = a.id AND om.role = 'owner' JOIN users o ON o.id = om.user_id
	WHERE s.token_hash = $2 AND s.ended_at IS NULL`
	membersQuery = `SELECT m.id, m.user_id, u.name, u.email, m.role, m.reselling_role, m.joined_at, u.last_sign_in_at, m.search
	FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.account_id = $1 ORDER BY m.search, m.id LIMIT 26`
	offerQuery = `SELECT o.id, o.from_user_id, f.name, o.to_user_id, t.name, o.offered_at
	FROM ownership_offers o JOIN users f ON f.id = o.from_user_id JOIN users t ON t.id = o.to_user_id
	WHERE o.account_id = $1 AND (o.from_user_id = $2 OR o.to_user_id = $2) AND o.accepted_at IS NULL AND o.declined_at IS NULL AND o.withdrawn_at IS NULL`
	pendingQuery = `SELECT i.id, i.email, i.role, i.reselling_role, i.sent_at, i.expires_at, u.name, (SELECT f.failure FROM mails f
		WHERE f.subject_id = i.id AND f.kind = 'invitation_mail' AND f.failed_at IS NOT NULL AND f.created_at >= i.sent_at ORDER BY f.failed_at DESC LIMIT 1)
	FROM invitations i LEFT JOIN users u ON u.id = i.invited_by
	WHERE i.account_id = $1 AND i.role <> 'owner' AND i.accepted_at IS NULL AND i.revoked_at IS NULL ORDER BY i.sent_at DESC, i.id DESC LIMIT 200`
	clientsQuery = `SELECT c.id, c.company, c.contact_name, c.email, c.country, c.created_at, c.archived_at, u.name,
		(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id),
		(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id AND t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > $2)
	FROM clients c JOIN users u ON u.id = c.responsible_id WHERE c.account_id = $1 AND c.archived_at IS NULL ORDER BY c.created_at DESC, c.id DESC LIMIT 26`
	countriesQuery = `WITH RECURSIVE hops (value) AS (
		SELECT * FROM (SELECT country FROM clients WHERE account_id = $1 AND country > '' ORDER BY country LIMIT 1) AS first
		UNION ALL SELECT (SELECT country FROM clients WHERE account_id = $1 AND country > hops.value ORDER BY country LIMIT 1) FROM hops WHERE hops.value <> ''
	) SELECT value FROM hops WHERE value <> ''`
	colleaguesQuery = `SELECT u.id, u.name FROM memberships m JOIN users u ON u.id = m.user_id
	WHERE m.account_id = $1 AND (m.role = 'owner' OR m.reselling_role = 'seller') ORDER BY m.search, m.id LIMIT 200`
	trialsQuery = `SELECT t.id, t.client_id, c.company, c.email, p.name, t.month, t.days, t.issued_at, u.name, t.ends_at, t.revoked_at, t.converted_at
	FROM trials t JOIN clients c ON c.id = t.client_id JOIN products p ON p.id = t.product_id JOIN users u ON u.id = t.issued_by
	WHERE t.account_id = $1 ORDER BY t.issued_at DESC, t.id DESC LIMIT 26`
	quotaQuery = `SELECT a.plan, (SELECT COUNT(*) FROM trials t WHERE t.account_id = a.id AND t.month = $2),
		(SELECT COALESCE(SUM(g.number), 0) FROM trial_grants g WHERE g.account_id = a.id AND g.month = $2), p.trials_per_month, p.trial_days,
		(SELECT z.zone FROM account_zones z WHERE z.account_id = a.id AND z.holds_from > $3 ORDER BY z.holds_from LIMIT 1)
	FROM accounts a LEFT JOIN plan_terms p ON p.id = (SELECT id FROM plan_terms WHERE plan = a.plan AND holds_from <= $4 ORDER BY holds_from DESC LIMIT 1) WHERE a.id = $1`
	productsQuery = `SELECT id, code, name FROM products WHERE archived_at IS NULL ORDER BY position, id`
	monthsQuery   = `WITH RECURSIVE hops (value) AS (
		SELECT * FROM (SELECT month FROM trials WHERE account_id = $1 AND month > '' ORDER BY month DESC LIMIT 1) AS first
		UNION ALL SELECT (SELECT month FROM trials WHERE account_id = $1 AND month < hops.value ORDER BY month DESC LIMIT 1) FROM hops WHERE hops.value <> ''
	) SELECT value FROM hops WHERE value <> ''`
	requestsQuery = `SELECT r.id, r.reason, r.requested_at, u.name, r.decided_at, r.granted, r.answer, r.withdrawn_at
	FROM requests r LEFT JOIN users u ON u.id = r.requested_by WHERE r.account_id = $1 AND r.about = $2 ORDER BY r.requested_at DESC, r.id DESC LIMIT 10`
)

// read is a prepared statement with its arguments for whoever asks.
type read struct {
	query string
	args  func(account, user string, now time.Time) []any
}

func ofAccount(account, _ string, _ time.Time) []any { return []any{account} }

func ofMonth(account, _ string, now time.Time) []any { return []any{account, now.Format("2006-01")} }

// bareReads are what each page reads after the session. The list alone (and the
// quota, the number on top of trials) is what the bare handler read at first:
// less than its bytes show. It is measured too, so that both are known.
var bareReads = map[string][]read{
	"/team/users": {
		{membersQuery, ofAccount},
		{offerQuery, func(account, user string, _ time.Time) []any { return []any{account, user} }},
		{pendingQuery, ofAccount},
	},
	"/clients": {
		{clientsQuery, func(account, _ string, now time.Time) []any { return []any{account, now} }},
		{countriesQuery, ofAccount},
		{colleaguesQuery, ofAccount},
	},
	"/trials": {
		{trialsQuery, ofAccount},
		{quotaQuery, func(account, _ string, now time.Time) []any {
			return []any{account, now.Format("2006-01"), now, now.Format(time.DateOnly)}
		}},
		{productsQuery, func(string, string, time.Time) []any { return nil }},
		{monthsQuery, ofAccount},
		{requestsQuery, ofMonth},
	},
}

// listAlone is how many of a page's reads are its list.
var listAlone = map[string]int{"/team/users": 1, "/clients": 1, "/trials": 2}

// bare serves files as pages after the reads that the portal would do for them:
// net/http and prepared SQL, nothing else. It is what the portal is measured by.
func bare(address, database, folder string) error {
	db, err := openBare(database)
	if err != nil {
		return err
	}
	ctx := context.Background()
	prepare := func(query string) *sql.Stmt {
		if strings.HasPrefix(database, "file:") {
			query = strings.ReplaceAll(query, "$", "?") // SQLite numbers $1 by where it first stands
		}
		statement, e := db.PrepareContext(ctx, query)
		if e != nil && err == nil {
			err = fmt.Errorf("%w: %s", e, query)
		}
		return statement
	}
	session := prepare(sessionQuery)
	mux := http.NewServeMux()
	serve := func(path string, body []byte, reads []read) {
		statements := make([]*sql.Stmt, len(reads))
		for i, r := range reads {
			statements[i] = prepare(r.query)
		}
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			now := time.Now().UTC()
			cookie, err := r.Cookie("session")
			if err != nil {
				http.Error(w, "no session", http.StatusForbidden)
				return
			}
			var row [19]any
			into := make([]any, len(row))
			for i := range row {
				into[i] = &row[i]
			}
			if err := session.QueryRowContext(ctx, now, cookie.Value).Scan(into...); err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
			user, account := fmt.Sprint(row[1]), fmt.Sprint(row[6])
			for i, read := range reads {
				if err := scan(statements[i].QueryContext(ctx, read.args(account, user, now)...)); err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body) // #nosec G705 -- a page of the portal
		})
	}
	for path, reads := range bareReads {
		body, e := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(path, "/", "_"))) // #nosec G703 -- the benchmark's own folder
		if e != nil {
			return e
		}
		serve(path, body, reads)
		serve("/list-alone"+path, body, reads[:listAlone[path]])
	}
	if err != nil {
		return err
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

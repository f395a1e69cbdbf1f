package models

import (
	"context"
	"strings"
	"time"
)

// ConflictRow is a conflict with both sides, the trial that was there before first.
type ConflictRow struct {
	TrialConflict
	FirstAccountID, SecondAccountID     string
	FirstAccount, SecondAccount         string // names
	FirstCompany, SecondCompany         string
	FirstEmail, SecondEmail             string
	FirstProduct, SecondProduct         string
	FirstSeller, SecondSeller           string // who issued the trial
	FirstIssuedAt, SecondIssuedAt       time.Time
	FirstEndsAt, SecondEndsAt           time.Time
	FirstRevokedAt, SecondRevokedAt     *time.Time
	FirstConvertedAt, SecondConvertedAt *time.Time
	SettledName                         string
}

// FirstStatus is the state of the trial that was there before.
func (r ConflictRow) FirstStatus(now time.Time) TrialStatus {
	return trialStatus(r.FirstRevokedAt, r.FirstConvertedAt, r.FirstEndsAt, now)
}

// SecondStatus is the state of the trial that brought the conflict.
func (r ConflictRow) SecondStatus(now time.Time) TrialStatus {
	return trialStatus(r.SecondRevokedAt, r.SecondConvertedAt, r.SecondEndsAt, now)
}

// Status is settled, else over once either trial does not run, else open.
func (r ConflictRow) Status(now time.Time) ConflictStatus {
	switch {
	case r.SettledAt != nil:
		return ConflictSettled
	case r.FirstStatus(now) != TrialActive || r.SecondStatus(now) != TrialActive:
		return ConflictOver
	}
	return ConflictOpen
}

// conflictRows reads both sides by the same joins.
var conflictRows = func() string {
	columns, joins := []string{"k.*", "COALESCE(s.name, '') AS settled_name"}, "FROM trial_conflicts k LEFT JOIN users s ON s.id = k.settled_by"
	for _, side := range []string{"first", "second"} {
		on := strings.NewReplacer("{side}", side, "{n}", side[:1])
		columns = append(columns, on.Replace(`{n}t.account_id AS {side}_account_id, {n}a.name AS {side}_account, {n}c.company AS {side}_company, {n}c.email AS {side}_email,
	{n}p.name AS {side}_product, {n}u.name AS {side}_seller, {n}t.issued_at AS {side}_issued_at, {n}t.ends_at AS {side}_ends_at,
	{n}t.revoked_at AS {side}_revoked_at, {n}t.converted_at AS {side}_converted_at`))
		joins += on.Replace(`
	LEFT JOIN trials {n}t ON {n}t.id = k.{side}_trial_id LEFT JOIN accounts {n}a ON {n}a.id = {n}t.account_id LEFT JOIN clients {n}c ON {n}c.id = {n}t.client_id
	LEFT JOIN products {n}p ON {n}p.id = {n}t.product_id LEFT JOIN users {n}u ON {n}u.id = {n}t.issued_by`)
	}
	return "SELECT " + strings.Join(columns, ", ") + " " + joins
}()

// ConflictFilter narrows the list of conflicts; zero fields don't.
type ConflictFilter struct {
	Query  string // in clients and accounts of both sides
	State  ConflictStatus
	Shared string // "mail address" or "domain"
	Sort   string // "found": the oldest first; else the newest first
}

const bothRun = "ft.revoked_at IS NULL AND ft.converted_at IS NULL AND ft.ends_at > ? AND st.revoked_at IS NULL AND st.converted_at IS NULL AND st.ends_at > ?"

func (f ConflictFilter) listing(now time.Time) listing {
	l := listing{selects: conflictRows, order: order{column: "k.found_at", id: "k.id", desc: f.Sort != "found", isTime: true}}
	if f.Query != "" {
		l.and(`(fc.search LIKE ? ESCAPE '\' OR sc.search LIKE ? ESCAPE '\' OR fa.search LIKE ? ESCAPE '\' OR sa.search LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query), like(f.Query), like(f.Query))
	}
	if f.Shared != "" {
		l.and("k.shared = ?", f.Shared)
	}
	switch f.State {
	case "":
	case ConflictOpen:
		l.and("k.settled_at IS NULL AND "+bothRun, now, now)
	case ConflictOver:
		l.and("k.settled_at IS NULL AND NOT ("+bothRun+")", now, now)
	case ConflictSettled:
		l.and("k.settled_at IS NOT NULL")
	default:
		l.and("1 = 0")
	}
	return l
}

func conflictKey(r ConflictRow) (any, string) { return r.FoundAt, r.ID }

// Conflicts returns one page of the end clients on trial at two accounts.
func (s *Store) Conflicts(ctx context.Context, actor Actor, f ConflictFilter, p Paging) (Page[ConflictRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[ConflictRow]{}, err
	}
	return list(ctx, s.reader, f.listing(s.Now()), p, conflictKey)
}

// EachConflict runs fn for every conflict that Conflicts would list.
func (s *Store) EachConflict(ctx context.Context, actor Actor, f ConflictFilter, fn func(ConflictRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(s.Now()), conflictKey, fn)
}

// ConflictView is a conflict with what was settled between the same clients before.
type ConflictView struct {
	ConflictRow
	Earlier []ConflictRow // the latest first
	Events  []Event
}

// Conflict returns one conflict.
func (s *Store) Conflict(ctx context.Context, actor Actor, id string) (ConflictView, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return ConflictView{}, err
	}
	row, err := conflictRow(ctx, s.reader, id)
	if err != nil {
		return ConflictView{}, err
	}
	v := ConflictView{ConflictRow: row}
	if v.Earlier, err = rowsOf[ConflictRow](s.reader).Raw(conflictRows+" WHERE k.pair = ? AND k.id <> ? ORDER BY k.found_at DESC, k.id DESC LIMIT 10", row.Pair, id).Find(ctx); err != nil {
		return v, err
	}
	v.Events, err = rowsOf[Event](s.reader).Where("subject_id = ? AND account_id = ''", id).Order("at DESC, id DESC").Limit(20).Find(ctx)
	return v, err
}

package models

import (
	"context"
	"time"
)

// TrialRow is a trial in the lists of the vendor's staff.
type TrialRow struct {
	Trial
	AccountName string
	Company     string
	ClientEmail string
	ProductName string
	IssuedName  string
}

const trialRows = `SELECT t.*, a.name AS account_name, c.company, c.email AS client_email, p.name AS product_name, u.name AS issued_name
	FROM trials t LEFT JOIN accounts a ON a.id = t.account_id LEFT JOIN clients c ON c.id = t.client_id
	LEFT JOIN products p ON p.id = t.product_id LEFT JOIN users u ON u.id = t.issued_by`

// StaffTrialFilter narrows the list of all accounts' trials.
type StaffTrialFilter struct {
	Query   string // in client and account
	State   TrialStatus
	Product string // its code
	Account string // its id
	Month   Month
	Sort    string // "issued", "ends" or "-ends"; anything else is the newest first
}

// AllTrials returns the trials of all accounts.
func (s *Store) AllTrials(ctx context.Context, actor Actor, f StaffTrialFilter, p Paging) (Page[TrialRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[TrialRow]{}, err
	}
	return list(ctx, s.reader, f.listing(s.Now()), p, f.key)
}

// EachTrialOfAll runs fn for every trial of the filtered list.
func (s *Store) EachTrialOfAll(ctx context.Context, actor Actor, f StaffTrialFilter, fn func(TrialRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(s.Now()), f.key, fn)
}

func (f StaffTrialFilter) byEnd() bool { return f.Sort == "ends" || f.Sort == "-ends" }

func (f StaffTrialFilter) key(t TrialRow) (any, string) {
	if f.byEnd() {
		return t.EndsAt, t.ID
	}
	return t.IssuedAt, t.ID
}

func (f StaffTrialFilter) listing(now time.Time) listing {
	l := listing{
		selects: trialRows,
		order:   order{column: "t.issued_at", id: "t.id", desc: f.Sort != "issued", isTime: true},
	}
	if f.byEnd() {
		l.order = order{column: "t.ends_at", id: "t.id", desc: f.Sort == "-ends", isTime: true}
	}
	if f.Query != "" {
		l.and(`(c.search LIKE ? ESCAPE '\' OR a.search LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	}
	if f.Product != "" {
		l.and("p.code = ?", f.Product)
	}
	if f.Account != "" {
		l.and("t.account_id = ?", f.Account)
	}
	if f.Month != "" {
		l.and("t.month = ?", string(f.Month))
	}
	switch f.State {
	case TrialRevoked:
		l.and("t.revoked_at IS NOT NULL")
	case TrialConverted:
		l.and("t.revoked_at IS NULL AND t.converted_at IS NOT NULL")
	case TrialExpired:
		l.and("t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at <= ?", now)
	case TrialActive:
		l.and("t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > ?", now)
	}
	return l
}

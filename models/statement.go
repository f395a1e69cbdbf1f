package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// Statement is what an account owed the vendor, and what changed it, over days.
type Statement struct {
	Account  Account
	From, To Date // inclusive, in the account's zone
	Opening  money.Amount
	Closing  money.Amount
	Page     Page[StatementLine]
	Credit   money.Amount // what of payments pays nothing yet
	Zone     *time.Location
}

// StatementLine is a posting with the balance after it.
type StatementLine struct {
	Posting    `gorm:"embedded"`
	ClientName string
	Balance    int64
}

// Saldo is the balance after the line.
func (l StatementLine) Saldo() money.Amount { return money.Of(l.Balance, l.Currency) }

// StatementFilter says which days a statement is of; empty ones: all.
type StatementFilter struct {
	AccountID string // for staff
	From, To  Date
}

func statementKey(l StatementLine) (any, string) { return l.At, l.ID }

func (f StatementFilter) listing() listing {
	q := listing{
		selects: "SELECT p.*, c.company AS client_name FROM postings p LEFT JOIN orders o ON o.id = p.order_id LEFT JOIN clients c ON c.id = o.client_id",
		order:   order{column: "p.at", id: "p.id", desc: true, isTime: true},
	}
	q.and("p.account_id = ?", f.AccountID)
	if f.From != "" {
		q.and("p.day >= ?", string(f.From))
	}
	if f.To != "" {
		q.and("p.day <= ?", string(f.To))
	}
	return q
}

// Statement returns one page of the statement of the actor's account, the newest
// line first.
func (s *Store) Statement(ctx context.Context, actor Actor, f StatementFilter, p Paging) (Statement, error) {
	if err := actor.require(ReadInvoices); err != nil {
		return Statement{}, err
	}
	f.AccountID = actor.AccountID
	return s.statement(ctx, f, p)
}

// AccountStatement is Statement of any account, for the vendor's staff.
func (s *Store) AccountStatement(ctx context.Context, actor Actor, f StatementFilter, p Paging) (Statement, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Statement{}, err
	}
	return s.statement(ctx, f, p)
}

func (s *Store) statement(ctx context.Context, f StatementFilter, p Paging) (Statement, error) {
	v := Statement{From: f.From, To: f.To}
	db := s.reader
	var err error
	if v.Account, err = rowsOf[Account](db).Where("id = ?", f.AccountID).Take(ctx); err != nil {
		return v, orNotFound(err, "Account")
	}
	if v.Zone, err = zoneAt(ctx, db, f.AccountID, s.Now()); err != nil {
		return v, err
	}
	last := f.To
	if last == "" {
		last = "9999-12-31"
	}
	for _, b := range []struct {
		into  *money.Amount
		query string
		args  []any
	}{
		{&v.Opening, "SELECT COALESCE(" + sumOf("amount") + ", 0) FROM posting_days WHERE account_id = ? AND day < ?", []any{f.AccountID, string(f.From)}},
		{&v.Closing, "SELECT COALESCE(" + sumOf("amount") + ", 0) FROM posting_days WHERE account_id = ? AND day <= ?", []any{f.AccountID, string(last)}},
		{&v.Credit, "SELECT COALESCE(" + sumOf("p.amount - "+allocatedSum) + ", 0) FROM payments p WHERE p.account_id = ? AND p.reversed_at IS NULL", []any{f.AccountID}},
	} {
		var minor int64
		if err := db.WithContext(ctx).Raw(b.query, b.args...).Scan(&minor).Error; err != nil {
			return v, err
		}
		*b.into = money.Of(minor, v.Account.Currency)
	}
	if v.Page, err = list(ctx, db, f.listing(), p, statementKey); err != nil {
		return v, err
	}
	var run balances
	for i := range v.Page.Items {
		if err := run.add(ctx, db, &v.Page.Items[i]); err != nil {
			return v, err
		}
	}
	return v, nil
}

// balances puts the balance on one line after the other, from the newest on: it
// is summed up once, then each line takes itself off it.
type balances struct {
	next  int64
	begun bool
}

// balanceAt is the balance after a posting: what whole days sum up to that ended
// before it in any time zone, and the postings of the days around it.
var balanceAt = `SELECT COALESCE((SELECT ` + sumOf("amount") + ` FROM posting_days WHERE account_id = ? AND day < ?), 0)
	+ COALESCE((SELECT ` + sumOf("amount") + ` FROM postings WHERE account_id = ? AND day BETWEEN ? AND ? AND (at < ? OR at = ? AND id <= ?)), 0)`

func (b *balances) add(ctx context.Context, db *gorm.DB, l *StatementLine) error {
	if !b.begun {
		first, last := string(l.Day.AddDays(-3)), string(l.Day.AddDays(3))
		if err := db.WithContext(ctx).Raw(balanceAt, l.AccountID, first, l.AccountID, first, last, l.At, l.At, l.ID).Scan(&b.next).Error; err != nil {
			return err
		}
		b.begun = true
	}
	l.Balance = b.next
	b.next -= l.Amount
	return nil
}

// sumOf is the SQL of a sum of amounts that never fails: beyond 4 × 10^18 minor
// units it stays there. Billions and the rest are summed up by
// themselves, as whole numbers, which sums within amount are not on PostgreSQL.
func sumOf(amount string) string {
	return strings.NewReplacer("@high", "SUM(CAST("+amount+" AS BIGINT) / 1000000000)", "@low", "SUM(CAST("+amount+" AS BIGINT) % 1000000000)").Replace(
		"CASE WHEN @high > 4000000000 THEN 4000000000000000000 WHEN @high < -4000000000 THEN -4000000000000000000 ELSE CAST(@high * 1000000000 + @low AS BIGINT) END")
}

// StatementDays reads the days that a statement is to be of; either may be empty.
func StatementDays(from, to string) (StatementFilter, error) {
	var f StatementFilter
	p := Problems{}
	if clean(from) != "" {
		f.From = p.day("from", from, "This is no day. Choose the first one, or leave it empty.")
	}
	if clean(to) != "" {
		f.To = p.day("to", to, "This is no day. Choose the last one, or leave it empty.")
	}
	if f.From != "" && f.To != "" && f.To < f.From {
		p.Add("to", "The last day can't be before the first one.")
	}
	return f, p.Err()
}

func (s *Store) eachStatementLine(ctx context.Context, f StatementFilter, fn func(StatementLine) error) error {
	var run balances
	return each(ctx, s.reader, f.listing(), statementKey, func(l StatementLine) error {
		if err := run.add(ctx, s.reader, &l); err != nil {
			return err
		}
		return fn(l)
	})
}

// EachStatementLine runs fn for every line of the statement of the actor's account.
func (s *Store) EachStatementLine(ctx context.Context, actor Actor, f StatementFilter, fn func(StatementLine) error) error {
	if err := actor.require(ReadInvoices); err != nil {
		return err
	}
	f.AccountID = actor.AccountID
	return s.eachStatementLine(ctx, f, fn)
}

// EachAccountStatementLine is the same of any account, for the vendor's staff.
func (s *Store) EachAccountStatementLine(ctx context.Context, actor Actor, f StatementFilter, fn func(StatementLine) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return s.eachStatementLine(ctx, f, fn)
}

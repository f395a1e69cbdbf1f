package models

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"reselling/models/money"
)

// InvoiceRow is an invoice in a list.
type InvoiceRow struct {
	Invoice     `gorm:"embedded"`
	AccountName string
}

// InvoiceFilter narrows a list of invoices; zero fields don't.
type InvoiceFilter struct {
	Query     string // in number, reference, client and PO number; for staff in the account, too
	State     InvoiceStatus
	Claimed   bool // the account said that it has paid, and something is open
	Unclaimed bool // and it didn't
	ClientID  string
	AccountID string // for staff
	Sort      string // "due": what is due first; else the newest first
}

// invoiceStates are the conditions of InvoiceStatus on invoices i; @now is the instant.
var invoiceStates = map[InvoiceStatus]string{
	InvoiceVoid:     "i.voided_at IS NOT NULL",
	InvoiceCredited: "i.voided_at IS NULL AND i.total > 0 AND i.credited = i.total",
	InvoicePaid:     "i.voided_at IS NULL AND i.paid_at IS NOT NULL AND (i.total = 0 OR i.credited < i.total)",
	InvoiceOverdue:  "i.voided_at IS NULL AND i.paid_at IS NULL AND i.overdue_at <= @now",
	InvoiceDue:      "i.voided_at IS NULL AND i.paid_at IS NULL AND i.overdue_at > @now",
}

func (f InvoiceFilter) listing(actor Actor, now time.Time) (listing, func(InvoiceRow) (any, string)) {
	q := listing{
		selects: "SELECT i.*, a.name AS account_name FROM invoices i LEFT JOIN accounts a ON a.id = i.account_id",
		order:   order{column: "i.issued_at", id: "i.id", desc: true, isTime: true},
	}
	key := func(r InvoiceRow) (any, string) { return r.IssuedAt, r.ID }
	if f.Sort == "due" {
		q.order = order{column: "i.due_on", id: "i.id"}
		key = func(r InvoiceRow) (any, string) { return string(r.DueOn), r.ID }
	}
	switch {
	case f.Query == "":
	case actor.IsStaff():
		q.and(`(i.search LIKE ? ESCAPE '\' OR a.search LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	default:
		q.and(`i.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if condition, ok := invoiceStates[f.State]; ok {
		q.and(strings.ReplaceAll(condition, "@now", "?"), slices.Repeat([]any{now}, strings.Count(condition, "@now"))...)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	if f.Claimed {
		q.and("i.claimed_at IS NOT NULL AND i.paid_at IS NULL AND i.voided_at IS NULL")
	}
	if f.Unclaimed {
		q.and("i.claimed_at IS NULL")
	}
	if f.ClientID != "" {
		q.and("i.order_id IN (SELECT id FROM orders WHERE client_id = ?)", f.ClientID)
	}
	if f.AccountID != "" {
		q.and("i.account_id = ?", f.AccountID)
	}
	return q, key
}

// Invoices returns one page of the invoices to the actor's account.
func (s *Store) Invoices(ctx context.Context, actor Actor, f InvoiceFilter, p Paging) (Page[InvoiceRow], error) {
	if err := actor.require(ReadInvoices); err != nil {
		return Page[InvoiceRow]{}, err
	}
	f.AccountID = actor.AccountID
	return s.invoices(ctx, actor, f, p)
}

// AccountInvoices returns one page of the invoices to all accounts, for the vendor's staff.
func (s *Store) AccountInvoices(ctx context.Context, actor Actor, f InvoiceFilter, p Paging) (Page[InvoiceRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[InvoiceRow]{}, err
	}
	return s.invoices(ctx, actor, f, p)
}

func (s *Store) invoices(ctx context.Context, actor Actor, f InvoiceFilter, p Paging) (Page[InvoiceRow], error) {
	q, key := f.listing(actor, s.Now())
	return list(ctx, s.reader, q, p, key)
}

// EachInvoice runs fn for every invoice that Invoices would list.
func (s *Store) EachInvoice(ctx context.Context, actor Actor, f InvoiceFilter, fn func(InvoiceRow) error) error {
	if err := actor.require(ReadInvoices); err != nil {
		return err
	}
	f.AccountID = actor.AccountID
	q, key := f.listing(actor, s.Now())
	return each(ctx, s.reader, q, key, fn)
}

// EachAccountInvoice runs fn for every invoice that AccountInvoices would list.
func (s *Store) EachAccountInvoice(ctx context.Context, actor Actor, f InvoiceFilter, fn func(InvoiceRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	q, key := f.listing(actor, s.Now())
	return each(ctx, s.reader, q, key, fn)
}

// InvoiceDueSums are what an account still has to pay, and what of it is overdue.
type InvoiceDueSums struct {
	Currency                string
	OpenMinor, OverdueMinor int64
	OpenCount, OverdueCount int
	NextDueOn               Date // of what is not overdue
}

// Open is what is still to be paid.
func (d InvoiceDueSums) Open() money.Amount { return money.Of(d.OpenMinor, d.Currency) }

// Overdue is what of it is overdue.
func (d InvoiceDueSums) Overdue() money.Amount { return money.Of(d.OverdueMinor, d.Currency) }

// InvoicesDue sums up what the actor's account has to pay, by currency.
func (s *Store) InvoicesDue(ctx context.Context, actor Actor) ([]InvoiceDueSums, error) {
	if err := actor.require(ReadInvoices); err != nil {
		return nil, err
	}
	now := s.Now()
	return rowsOf[InvoiceDueSums](s.reader).Raw(`SELECT currency, `+sumOf("total - credited - allocated")+` AS open_minor, COUNT(*) AS open_count,
		`+sumOf("CASE WHEN overdue_at <= @now THEN total - credited - allocated ELSE 0 END")+` AS overdue_minor,
		SUM(CASE WHEN overdue_at <= @now THEN 1 ELSE 0 END) AS overdue_count, COALESCE(MIN(CASE WHEN overdue_at > @now THEN due_on END), '') AS next_due_on
		FROM invoices WHERE account_id = @account AND paid_at IS NULL AND voided_at IS NULL GROUP BY currency ORDER BY currency`, sql.Named("now", now), sql.Named("account", actor.AccountID)).Find(ctx)
}

package models

import (
	"context"
	"strings"
	"time"

	"reselling/models/money"
)

// LedgerRow is both sides of one placed order: what the account owes and has paid
// to the vendor, and what it has billed to its client and got. All with tax.
type LedgerRow struct {
	OrderID         string
	Company         string
	Currency        string
	PlacedAt        time.Time
	ActivatedAt     *time.Time
	CancelledAt     *time.Time
	InvoiceID       string
	InvoiceNumber   string
	OwedMinor       int64 // to the vendor: nothing of a void invoice, less of a credited one
	PaidMinor       int64 // to the vendor
	ClientInvoiceID *string
	ClientNumber    *string
	BilledMinor     int64 // to the client, unless a credit note has taken it back
	ReceivedMinor   int64 // from the client
	IsUnbilled      bool
	IsBilledEarly   bool
	IsVendorUnpaid  bool
}

// Owed is what is owed to the vendor for the order, paid or not.
func (r LedgerRow) Owed() money.Amount { return money.Of(r.OwedMinor, r.Currency) }

// Paid is what of it was paid.
func (r LedgerRow) Paid() money.Amount { return money.Of(r.PaidMinor, r.Currency) }

// Billed is what was billed to the client, paid or not.
func (r LedgerRow) Billed() money.Amount { return money.Of(r.BilledMinor, r.Currency) }

// Received is what of it the client has paid.
func (r LedgerRow) Received() money.Amount { return money.Of(r.ReceivedMinor, r.Currency) }

// LedgerAlarm is what somebody should look at.
type LedgerAlarm string

// The alarms.
const (
	UnbilledAlarm     LedgerAlarm = "unbilled"      // active, but not billed to the client
	BilledEarlyAlarm  LedgerAlarm = "billed_early"  // billed to the client, but not active
	VendorUnpaidAlarm LedgerAlarm = "vendor_unpaid" // the client has paid, the vendor waits
)

// LedgerAlarms lists them in the order of a menu.
var LedgerAlarms = []LedgerAlarm{UnbilledAlarm, BilledEarlyAlarm, VendorUnpaidAlarm}

// Alarms are those of the row.
func (r LedgerRow) Alarms() []LedgerAlarm {
	var all []LedgerAlarm
	is := map[LedgerAlarm]bool{UnbilledAlarm: r.IsUnbilled, BilledEarlyAlarm: r.IsBilledEarly, VendorUnpaidAlarm: r.IsVendorUnpaid}
	for _, alarm := range LedgerAlarms {
		if is[alarm] {
			all = append(all, alarm)
		}
	}
	return all
}

// ledgerAlarms are the conditions of the alarms. Active is what has given a
// licence a term that no credit note has ended.
var ledgerAlarms = map[LedgerAlarm]string{
	UnbilledAlarm: `(ci.id IS NULL AND EXISTS (SELECT 1 FROM license_terms t JOIN order_lines l ON l.id = t.line_id
		WHERE t.order_id = o.id AND t.ended_at IS NULL AND l.full_price > 0))`,
	BilledEarlyAlarm:  `(ci.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM license_terms t WHERE t.order_id = o.id AND t.ended_at IS NULL))`,
	VendorUnpaidAlarm: `(ci.id IS NOT NULL AND ci.paid_at IS NOT NULL AND i.paid_at IS NULL AND i.voided_at IS NULL)`,
}

var ledgerRows = `SELECT o.id AS order_id, c.company, o.currency, o.placed_at, o.activated_at, o.cancelled_at, i.id AS invoice_id, i.number AS invoice_number,
	CASE WHEN i.voided_at IS NULL THEN i.total - i.credited ELSE 0 END AS owed_minor, i.allocated AS paid_minor, ci.id AS client_invoice_id, ci.number AS client_number,
	COALESCE(ci.total, 0) AS billed_minor, CASE WHEN ci.paid_at IS NOT NULL THEN ci.total ELSE 0 END AS received_minor,
	` + ledgerAlarms[UnbilledAlarm] + ` AS is_unbilled, ` + ledgerAlarms[BilledEarlyAlarm] + ` AS is_billed_early, ` + ledgerAlarms[VendorUnpaidAlarm] + ` AS is_vendor_unpaid
FROM orders o JOIN invoices i ON i.order_id = o.id JOIN clients c ON c.id = o.client_id
	LEFT JOIN client_invoices ci ON ci.order_id = o.id AND ci.credited_at IS NULL`

// LedgerFilter narrows the ledger; zero fields don't.
type LedgerFilter struct {
	Query    string // in client, products and numbers
	Alarm    LedgerAlarm
	AnyAlarm bool
	ClientID string
}

func (f LedgerFilter) listing(accountID string) (listing, func(LedgerRow) (any, string)) {
	q := listing{selects: ledgerRows, order: order{column: "o.placed_at", id: "o.id", desc: true, isTime: true}}
	q.and("o.account_id = ? AND o.placed_at IS NOT NULL", accountID)
	if f.Query != "" {
		q.and(`(o.search LIKE ? ESCAPE '\' OR i.search LIKE ? ESCAPE '\' OR ci.search LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query), like(f.Query))
	}
	if condition, ok := ledgerAlarms[f.Alarm]; ok {
		q.and(condition)
	} else if f.Alarm != "" {
		q.and("1 = 0")
	}
	if f.AnyAlarm {
		q.and("(" + ledgerAlarms[UnbilledAlarm] + " OR " + ledgerAlarms[BilledEarlyAlarm] + " OR " + ledgerAlarms[VendorUnpaidAlarm] + ")")
	}
	if f.ClientID != "" {
		q.and("o.client_id = ?", f.ClientID)
	}
	return q, func(r LedgerRow) (any, string) { return r.PlacedAt, r.OrderID }
}

// Ledger returns one page of both sides of the orders of the actor's account, the
// one placed last first.
func (s *Store) Ledger(ctx context.Context, actor Actor, f LedgerFilter, p Paging) (Page[LedgerRow], error) {
	if err := actor.require(ReadLedger); err != nil {
		return Page[LedgerRow]{}, err
	}
	q, key := f.listing(actor.AccountID)
	return list(ctx, s.reader, q, p, key)
}

// EachLedgerRow runs fn for every row that Ledger would list.
func (s *Store) EachLedgerRow(ctx context.Context, actor Actor, f LedgerFilter, fn func(LedgerRow) error) error {
	if err := actor.require(ReadLedger); err != nil {
		return err
	}
	q, key := f.listing(actor.AccountID)
	return each(ctx, s.reader, q, key, fn)
}

// LedgerSums are the sums of all orders in a currency, and how many ring an alarm.
type LedgerSums struct {
	Currency                                         string
	OwedMinor, PaidMinor, BilledMinor, ReceivedMinor int64
	Orders, Unbilled, BilledEarly, VendorUnpaid      int
}

// LedgerSums sums up what Ledger would list, by currency.
func (s *Store) LedgerSums(ctx context.Context, actor Actor, f LedgerFilter) ([]LedgerSums, error) {
	if err := actor.require(ReadLedger); err != nil {
		return nil, err
	}
	q, _ := f.listing(actor.AccountID)
	statement := `SELECT currency, CAST(SUM(owed_minor) AS BIGINT) AS owed_minor, CAST(SUM(paid_minor) AS BIGINT) AS paid_minor, CAST(SUM(billed_minor) AS BIGINT) AS billed_minor,
		CAST(SUM(received_minor) AS BIGINT) AS received_minor, COUNT(*) AS orders, SUM(CASE WHEN is_unbilled THEN 1 ELSE 0 END) AS unbilled,
		SUM(CASE WHEN is_billed_early THEN 1 ELSE 0 END) AS billed_early, SUM(CASE WHEN is_vendor_unpaid THEN 1 ELSE 0 END) AS vendor_unpaid
		FROM (` + q.selects + " WHERE " + strings.Join(q.where, " AND ") + `) AS r GROUP BY currency ORDER BY currency`
	return rowsOf[LedgerSums](s.reader).Raw(statement, q.args...).Find(ctx)
}

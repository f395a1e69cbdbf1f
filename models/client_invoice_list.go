package models

import (
	"context"
	"slices"
	"strings"
	"time"
)

// ClientInvoiceFilter narrows a list of client invoices; zero fields don't.
type ClientInvoiceFilter struct {
	Query    string // in number, client and PO number
	State    ClientInvoiceStatus
	ClientID string
	OrderID  string
	Sort     string // "due": what is due first; else the newest first
}

// clientInvoiceStates are the conditions of ClientInvoiceStatus on client invoices i; @now is the instant.
var clientInvoiceStates = map[ClientInvoiceStatus]string{
	ClientInvoiceCredited: "i.credited_at IS NOT NULL",
	ClientInvoicePaid:     "i.credited_at IS NULL AND i.paid_at IS NOT NULL",
	ClientInvoiceOverdue:  "i.credited_at IS NULL AND i.paid_at IS NULL AND i.overdue_at <= @now",
	ClientInvoiceOpen:     "i.credited_at IS NULL AND i.paid_at IS NULL AND i.overdue_at > @now",
}

func (f ClientInvoiceFilter) listing(accountID string, now time.Time) (listing, func(ClientInvoice) (any, string)) {
	q := listing{
		selects: "SELECT i.* FROM client_invoices i",
		order:   order{column: "i.issued_at", id: "i.id", desc: true, isTime: true},
	}
	q.and("i.account_id = ?", accountID)
	key := func(i ClientInvoice) (any, string) { return i.IssuedAt, i.ID }
	if f.Sort == "due" {
		q.order = order{column: "i.due_on", id: "i.id"}
		key = func(i ClientInvoice) (any, string) { return string(i.DueOn), i.ID }
	}
	if f.Query != "" {
		q.and(`i.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if condition, ok := clientInvoiceStates[f.State]; ok {
		q.and(strings.ReplaceAll(condition, "@now", "?"), slices.Repeat([]any{now}, strings.Count(condition, "@now"))...)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	if f.ClientID != "" {
		q.and("i.client_id = ?", f.ClientID)
	}
	if f.OrderID != "" {
		q.and("i.order_id = ?", f.OrderID)
	}
	return q, key
}

// ClientInvoices returns one page of the invoices of the actor's account.
func (s *Store) ClientInvoices(ctx context.Context, actor Actor, f ClientInvoiceFilter, p Paging) (Page[ClientInvoice], error) {
	if err := actor.require(ReadClientInvoices); err != nil {
		return Page[ClientInvoice]{}, err
	}
	q, key := f.listing(actor.AccountID, s.Now())
	page, err := list(ctx, s.reader, q, p, key)
	for i := range page.Items {
		page.Items[i].hideMargin(actor)
	}
	return page, err
}

// EachClientInvoice runs fn for every invoice that ClientInvoices would list.
func (s *Store) EachClientInvoice(ctx context.Context, actor Actor, f ClientInvoiceFilter, fn func(ClientInvoice) error) error {
	if err := actor.require(ReadClientInvoices); err != nil {
		return err
	}
	q, key := f.listing(actor.AccountID, s.Now())
	return each(ctx, s.reader, q, key, func(i ClientInvoice) error {
		i.hideMargin(actor)
		return fn(i)
	})
}

// hideMargin takes from i what only those who see amounts may know.
func (i *ClientInvoice) hideMargin(actor Actor) {
	if !actor.Can(SeeAmounts) {
		i.Share = 0
	}
}

// mostBillable is how many orders somebody is offered to bill.
const mostBillable = 50

// BillableOrders returns the placed orders of the actor's account that are not
// billed to their client, the one placed last first.
func (s *Store) BillableOrders(ctx context.Context, actor Actor) ([]OrderRow, error) {
	if err := actor.require(IssueClientInvoices); err != nil {
		return nil, err
	}
	return rowsOf[OrderRow](s.reader).Raw(orderRows+` WHERE o.account_id = ? AND o.placed_at IS NOT NULL AND o.cancelled_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM client_invoices ci WHERE ci.order_id = o.id AND ci.credited_at IS NULL) ORDER BY o.placed_at DESC, o.id DESC LIMIT ?`, actor.AccountID, mostBillable).Find(ctx)
}

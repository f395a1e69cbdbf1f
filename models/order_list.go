package models

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// OrderRow is an order in a list.
type OrderRow struct {
	Order         `gorm:"embedded"`
	AccountName   string
	Company       string
	ClientEmail   string
	ProductName   string // of the first line
	Lines         int
	FullMinor     *int64 // nil until quoted
	RequestedName string
	InvoiceID     *string
	InvoiceNumber *string
	ClaimedAt     *time.Time // when the account said that it has paid
	ReopenedAt    *time.Time // when the payment of an active order was taken back
	IsFollowed    bool       // it was asked for again
}

// Products names what the order is of: "Studio Pro and 1 more".
func (r OrderRow) Products() string {
	lines := make([]OrderLineOf, r.Lines)
	if r.Lines > 0 {
		lines[0].ProductName = r.ProductName
	}
	return productsOf(lines)
}

// Full is the full price of a quoted order.
func (r OrderRow) Full() money.Amount { return money.Of(*r.FullMinor, r.Currency) }

// OrderFilter narrows a list of orders; zero fields don't.
type OrderFilter struct {
	Query     string // in client and products; for staff in the account, too
	State     OrderStatus
	Next      NextStep
	Product   string // its code
	ClientID  string
	AccountID string // for staff
	Mine      bool   // requested by the actor
	Sort      string // "requested": the one that waits longest first; else the newest first
}

const orderRows = `SELECT o.*, a.name AS account_name, c.company, c.email AS client_email, u.name AS requested_name,
	(SELECT p.name FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = o.id AND l.position = 1) AS product_name,
	(SELECT COUNT(*) FROM order_lines l WHERE l.order_id = o.id) AS lines,
	(SELECT CAST(SUM(COALESCE(l.full_price, l.unit_price * l.seats * l.quarters)) AS BIGINT) FROM order_lines l WHERE l.order_id = o.id) AS full_minor,
	i.id AS invoice_id, i.number AS invoice_number, i.claimed_at, i.reopened_at, EXISTS (SELECT 1 FROM orders f WHERE f.account_id = o.account_id AND f.follows_id = o.id) AS is_followed
FROM orders o LEFT JOIN invoices i ON i.order_id = o.id LEFT JOIN accounts a ON a.id = o.account_id LEFT JOIN clients c ON c.id = o.client_id LEFT JOIN users u ON u.id = o.requested_by`

func orderRowKey(r OrderRow) (any, string) { return r.RequestedAt, r.ID }

func (f OrderFilter) listing(actor Actor, now time.Time) listing {
	q := listing{selects: orderRows, order: order{column: "o.requested_at", id: "o.id", desc: f.Sort != "requested", isTime: true}}
	switch {
	case f.Query == "":
	case actor.IsStaff():
		q.and(`(o.search LIKE ? ESCAPE '\' OR a.search LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	default:
		q.and(`o.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if condition, ok := orderStates[f.State]; ok {
		q.and(strings.ReplaceAll(condition, "@now", "?"), slices.Repeat([]any{now}, strings.Count(condition, "@now"))...)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	if condition, ok := nextSteps[f.Next]; ok {
		q.and(strings.ReplaceAll(condition, "@now", "?"), slices.Repeat([]any{now}, strings.Count(condition, "@now"))...)
	} else if f.Next != "" {
		q.and("1 = 0")
	}
	if f.Product != "" {
		q.and("EXISTS (SELECT 1 FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = o.id AND p.code = ?)", f.Product)
	}
	if f.ClientID != "" {
		q.and("o.client_id = ?", f.ClientID)
	}
	if f.AccountID != "" {
		q.and("o.account_id = ?", f.AccountID)
	}
	if f.Mine {
		q.and("o.requested_by = ?", actor.UserID)
	}
	return q
}

// Orders returns one page of the orders of the actor's account.
func (s *Store) Orders(ctx context.Context, actor Actor, f OrderFilter, p Paging) (Page[OrderRow], error) {
	if err := actor.require(ReadReselling); err != nil {
		return Page[OrderRow]{}, err
	}
	f.AccountID = actor.AccountID
	page, err := list(ctx, s.reader, f.listing(actor, s.Now()), p, orderRowKey)
	for i := range page.Items {
		if err := s.cotermRow(ctx, &page.Items[i]); err != nil {
			return page, err
		}
		page.Items[i].hideAmounts(actor)
	}
	return page, err
}

// cotermRow gives an open order of seats its price by the days that are left today.
func (s *Store) cotermRow(ctx context.Context, r *OrderRow) error {
	if r.Kind != SeatsOrder || r.PlacedAt != nil || r.FullMinor == nil {
		return nil
	}
	o, err := s.order(ctx, s.reader, r.AccountID, r.ID)
	if err != nil {
		return err
	}
	sum, err := full(o.order.Currency, o.lines)
	r.FullMinor = &sum.Minor
	return err
}

// EachOrder runs fn for every order that Orders would list.
func (s *Store) EachOrder(ctx context.Context, actor Actor, f OrderFilter, fn func(OrderRow) error) error {
	if err := actor.require(ReadReselling); err != nil {
		return err
	}
	f.AccountID = actor.AccountID
	return each(ctx, s.reader, f.listing(actor, s.Now()), orderRowKey, func(r OrderRow) error {
		if err := s.cotermRow(ctx, &r); err != nil {
			return err
		}
		r.hideAmounts(actor)
		return fn(r)
	})
}

func (r *OrderRow) hideAmounts(actor Actor) {
	if !actor.Can(SeeAmounts) {
		r.FullMinor = nil
	}
}

// AccountOrders returns one page of the orders of all accounts, for the vendor's staff.
func (s *Store) AccountOrders(ctx context.Context, actor Actor, f OrderFilter, p Paging) (Page[OrderRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[OrderRow]{}, err
	}
	page, err := list(ctx, s.reader, f.listing(actor, s.Now()), p, orderRowKey)
	for i := range page.Items {
		if err := s.cotermRow(ctx, &page.Items[i]); err != nil {
			return page, err
		}
	}
	return page, err
}

// EachAccountOrder runs fn for every order that AccountOrders would list.
func (s *Store) EachAccountOrder(ctx context.Context, actor Actor, f OrderFilter, fn func(OrderRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(actor, s.Now()), orderRowKey, func(r OrderRow) error {
		if err := s.cotermRow(ctx, &r); err != nil {
			return err
		}
		return fn(r)
	})
}

// waitingOrders are the price requests that wait for a quote, the longest first.
func waitingOrders(ctx context.Context, db *gorm.DB, now time.Time, n int) ([]OrderRow, error) {
	page, err := list(ctx, db, OrderFilter{State: OrderRequested, Sort: "requested"}.listing(Actor{}, now), Paging{Size: n}, orderRowKey)
	return page.Items, err
}

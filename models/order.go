package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// Order is the resale of products to one client. It begins as a price request.
//
//	requested ──► quoted ──► placed ──► active   once the vendor's invoice is paid
//	    │            │          └─────► cancelled   before any payment
//	    │            ├─────► lapsed      the last day of the quote has passed
//	    │            └─────► cancelled   withdrawn by the account
//	    ├──► declined                    by the vendor
//	    └──► cancelled
type Order struct {
	ID            string
	AccountID     string
	ClientID      string
	TrialID       *string // of which it continues the licence
	FollowsID     *string // the one that is asked for again
	Kind          OrderKind
	Currency      string // the account's
	Note          string
	RequestedAt   time.Time
	RequestedBy   string
	QuotedAt      *time.Time
	QuotedBy      *string    // nil also where the price list answered
	ValidUntil    Date       // the quote's last day in the account's zone
	LapsesAt      *time.Time // when the day after it begins there
	QuoteNote     string
	DeclinedAt    *time.Time
	DeclinedBy    *string
	DeclineReason string
	CancelledAt   *time.Time
	CancelledBy   *string
	CancelReason  string
	PlacedAt      *time.Time
	PlacedBy      *string
	Plan          Plan // this and the next three are frozen at placing
	TermsID       *string
	Percentage    *int // hundredths of a percent
	AnnexID       *string
	PONumber      string     `gorm:"column:po_number"`
	ActivatedAt   *time.Time // when its licences became active
	Search        string     // folded: client and products
	Version       int
}

// OrderKind is what an order does to licences.
type OrderKind string

// The kinds of orders.
const (
	NewOrder     OrderKind = "new"     // new licences, or that of a trial goes on
	RenewalOrder OrderKind = "renewal" // paid licences go on
	SeatsOrder   OrderKind = "seats"   // a running licence gets seats
)

// OrderKinds are all of them.
var OrderKinds = []OrderKind{NewOrder, RenewalOrder, SeatsOrder}

// OrderStatus is derived from facts and the clock; no job has to run for a quote to lapse.
type OrderStatus string

// The states of an order.
const (
	OrderRequested OrderStatus = "requested"
	OrderQuoted    OrderStatus = "quoted"
	OrderPlaced    OrderStatus = "placed"
	OrderActive    OrderStatus = "active"
	OrderLapsed    OrderStatus = "lapsed"
	OrderDeclined  OrderStatus = "declined"
	OrderCancelled OrderStatus = "cancelled"
)

// OrderStatuses lists the states in the order of a menu.
var OrderStatuses = []OrderStatus{OrderRequested, OrderQuoted, OrderPlaced, OrderActive, OrderLapsed, OrderDeclined, OrderCancelled}

// Status is the state of o at now: cancelled, else declined, else active or
// placed, else requested while there is no quote, else lapsed, else quoted.
func (o Order) Status(now time.Time) OrderStatus {
	switch {
	case o.CancelledAt != nil:
		return OrderCancelled
	case o.DeclinedAt != nil:
		return OrderDeclined
	case o.ActivatedAt != nil:
		return OrderActive
	case o.PlacedAt != nil:
		return OrderPlaced
	case o.QuotedAt == nil:
		return OrderRequested
	case !now.Before(*o.LapsesAt):
		return OrderLapsed
	}
	return OrderQuoted
}

// orderStates are the conditions of OrderStatus on orders o; @now is the instant.
var orderStates = map[OrderStatus]string{
	OrderRequested: "o.quoted_at IS NULL AND o.declined_at IS NULL AND o.cancelled_at IS NULL",
	OrderQuoted:    "o.quoted_at IS NOT NULL AND o.placed_at IS NULL AND o.cancelled_at IS NULL AND o.lapses_at > @now",
	OrderPlaced:    "o.placed_at IS NOT NULL AND o.activated_at IS NULL AND o.cancelled_at IS NULL",
	OrderActive:    "o.activated_at IS NOT NULL AND o.cancelled_at IS NULL",
	OrderLapsed:    "o.quoted_at IS NOT NULL AND o.placed_at IS NULL AND o.cancelled_at IS NULL AND o.lapses_at <= @now",
	OrderDeclined:  "o.declined_at IS NOT NULL",
	OrderCancelled: "o.cancelled_at IS NOT NULL",
}

// OrderLine is seats of one product for some quarters.
type OrderLine struct {
	ID        string
	OrderID   string
	Position  int // from 1 on
	ProductID string
	Seats     int
	Quarters  int
	UnitPrice *int64  // per licence and quarter, in minor units; nil until quoted
	PriceID   *string // the price list's that was taken
	LicenseID *string // that goes on or gets seats; else known from activation on
	TermID    *string // to which seats are added, from placing on
	Coterm    string  // of added seats: the days left of the days of each quarter, "45/90 92/92"
	FullPrice *int64  // this and the next two are frozen at placing
	Share     *int64
	Due       *int64
}

// IsPriced reports whether l has a price.
func (l OrderLine) IsPriced() bool { return l.UnitPrice != nil }

// line is what l is reckoned from, once it has a price.
func (l OrderLine) line(currency string) (money.Line, error) {
	left, err := money.ParseCoterm(l.Coterm)
	return money.Line{Unit: money.Of(*l.UnitPrice, currency), Seats: l.Seats, Quarters: l.Quarters, Coterm: left}, err
}

// settle divides the full price of a priced line.
func (l OrderLine) settle(currency string, percentage int) (money.Settlement, error) {
	line, err := l.line(currency)
	if err != nil {
		return money.Settlement{}, err
	}
	return line.Settle(money.Percentage(percentage))
}

// OrderLineOf is a line with its product.
type OrderLineOf struct {
	OrderLine   `gorm:"embedded"`
	ProductName string
	ProductCode string
	Currency    string `gorm:"-"`
}

// Settled is what was settled of a line of a placed order.
func (l OrderLineOf) Settled() money.Settlement {
	return money.Settlement{Full: money.Of(*l.FullPrice, l.Currency), Share: money.Of(*l.Share, l.Currency), Due: money.Of(*l.Due, l.Currency)}
}

// Full is the full price of a priced line.
func (l OrderLineOf) Full() (money.Amount, error) {
	line, err := l.line(l.Currency)
	if err != nil {
		return money.Amount{}, err
	}
	return line.Full()
}

// Unit is the price per licence and quarter of a priced line.
func (l OrderLineOf) Unit() money.Amount { return money.Of(*l.UnitPrice, l.Currency) }

// orderOf is an order with what it is of.
type orderOf struct {
	order   Order
	client  Client
	lines   []OrderLineOf
	blocked *Error // why seats can't be added any more; of an open order of seats
}

func (o orderOf) subject() subject {
	return subject{kind: "order", id: o.order.ID, name: productsOf(o.lines) + " for " + o.client.Company, accountID: o.order.AccountID}
}

// productsOf names what lines are of: "Studio Pro", "Studio Pro and 2 more".
func productsOf(lines []OrderLineOf) string {
	switch n := len(lines); n {
	case 0:
		return "Nothing"
	case 1:
		return lines[0].ProductName
	case 2:
		return lines[0].ProductName + " and 1 more"
	default:
		return lines[0].ProductName + " and " + number(n-1) + " more"
	}
}

// order returns an order of an account with its client and lines; another
// account's is not found.
func (s *Store) order(ctx context.Context, db *gorm.DB, accountID, id string) (o orderOf, err error) {
	if o.order, err = rowsOf[Order](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx); err != nil {
		return o, orNotFound(err, "Order")
	}
	if o.client, err = client(ctx, db, accountID, o.order.ClientID); err != nil {
		return o, err
	}
	if o.lines, err = orderLines(ctx, db, o.order); err != nil {
		return o, err
	}
	o.blocked, err = o.cotermIfOpen(ctx, db, s.Now())
	return o, err
}

func orderLines(ctx context.Context, db *gorm.DB, o Order) ([]OrderLineOf, error) {
	lines, err := rowsOf[OrderLineOf](db).Raw(`SELECT l.*, p.name AS product_name, p.code AS product_code
		FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = ? ORDER BY l.position`, o.ID).Find(ctx)
	for i := range lines {
		lines[i].Currency = o.Currency
	}
	return lines, err
}

// settled returns Conflict, saying what became of the order, unless it is in one
// of some states.
func (o orderOf) settled(now time.Time, allowed ...OrderStatus) error {
	status := o.order.Status(now)
	for _, s := range allowed {
		if s == status {
			return nil
		}
	}
	words := map[OrderStatus]string{
		OrderRequested: "This price request has no quote yet.",
		OrderQuoted:    "This price request was quoted in the meantime.",
		OrderPlaced:    "This order was placed already.",
		OrderActive:    "This order was placed already, and its licences are active.",
		OrderLapsed:    "The quote has lapsed: ask for the price again.",
		OrderDeclined:  "This price request was declined already.",
		OrderCancelled: "This price request was withdrawn already.",
	}
	if status == OrderCancelled && o.order.PlacedAt != nil {
		words[status] = "This order was cancelled already, and its invoice is void."
	}
	e := refusal("settled", "%s", words[status])
	e.Subject = o.order.ID
	return e
}

// PlanSettlement is how an order would be divided on one plan, by its terms in
// force today.
type PlanSettlement struct {
	Plan  Plan
	Terms PlanTerms
	Lines []money.Settlement // in the order of the priced lines
	Total money.Settlement
}

// settlements divides the priced lines on each plan, from the smallest up.
func settlements(ctx context.Context, db *gorm.DB, currency string, lines []OrderLineOf, day Date) ([]PlanSettlement, error) {
	var all []PlanSettlement
	for _, plan := range Plans {
		p := PlanSettlement{Plan: plan}
		var err error
		if p.Terms, err = termsOn(ctx, db, plan, day); err != nil {
			return nil, err
		}
		for _, l := range lines {
			if !l.IsPriced() {
				continue
			}
			s, err := l.settle(currency, p.Terms.Percentage)
			if err != nil {
				return nil, err
			}
			p.Lines = append(p.Lines, s)
		}
		if p.Total, err = money.Sum(currency, p.Lines...); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// full is the sum of the full prices of priced lines.
func full(currency string, lines []OrderLineOf) (money.Amount, error) {
	sum := money.Of(0, currency)
	for _, l := range lines {
		if !l.IsPriced() {
			continue
		}
		one, err := l.Full()
		if err == nil {
			sum, err = sum.Plus(one)
		}
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// OrderView is an order with everything that its page shows.
type OrderView struct {
	Order         Order
	Client        Client
	Account       Account
	Lines         []OrderLineOf // without prices for who may not see amounts
	RequestedName string
	QuotedName    string // empty where the price list answered
	DeclinedName  string
	CancelledName string
	Trial         *Trial            // of which it continues the licence
	License       *License          // that is renewed or gets seats
	Term          *LicenseTerm      // to which seats are added
	Blocked       *Error            // why the seats can't be had any more; nil where they can
	FollowedBy    string            // the id of the order that asked again, or empty
	Settlements   []PlanSettlement  // of each plan; empty until quoted, and for who may not see amounts
	Payable       *Payable          // by placing it now; nil where it can't be placed, and for who may not see amounts
	Frozen        *money.Settlement // what was settled at placing
	PlacedName    string
	Chain         Chain
	Billed        *ClientInvoice // to the client and not credited
	Zone          *time.Location // the account's
	Events        []Event
}

// Payable is what an account pays for an order: what is due to the vendor, the
// tax on it, and both together.
type Payable struct{ Due, Tax, Total money.Amount }

// taxed returns the tax on an amount, and both together.
func taxed(net money.Amount, rate int) (tax, total money.Amount, err error) {
	if tax, err = money.Percentage(rate).Of(net); err != nil {
		return tax, total, err
	}
	total, err = net.Plus(tax)
	return tax, total, err
}

// Products names what the order is of: "Studio Pro and 1 more".
func (v OrderView) Products() string { return productsOf(v.Lines) }

// Own is the settlement on the account's plan, if it has one.
func (v OrderView) Own() (PlanSettlement, bool) { return ownSettlement(v.Settlements, v.Account.Plan) }

func ownSettlement(all []PlanSettlement, plan Plan) (PlanSettlement, bool) {
	for _, s := range all {
		if s.Plan == plan {
			return s, true
		}
	}
	return PlanSettlement{}, false
}

// Order returns one order of the actor's account.
func (s *Store) Order(ctx context.Context, actor Actor, id string) (OrderView, error) {
	if err := actor.require(ReadReselling); err != nil {
		return OrderView{}, err
	}
	return s.orderView(ctx, actor.AccountID, id, actor.Can(SeeAmounts))
}

// AccountOrder returns one order of any account, for the vendor's staff.
func (s *Store) AccountOrder(ctx context.Context, actor Actor, id string) (OrderView, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return OrderView{}, err
	}
	o, err := rowsOf[Order](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return OrderView{}, orNotFound(err, "Order")
	}
	return s.orderView(ctx, o.AccountID, id, true)
}

func (s *Store) orderView(ctx context.Context, accountID, id string, amounts bool) (OrderView, error) {
	o, err := s.order(ctx, s.reader, accountID, id)
	if err != nil {
		return OrderView{}, err
	}
	v := OrderView{Order: o.order, Client: o.client, Lines: o.lines}
	if v.Account, err = rowsOf[Account](s.reader).Where("id = ?", accountID).Take(ctx); err != nil {
		return v, err
	}
	if v.Zone, err = zoneAt(ctx, s.reader, accountID, s.Now()); err != nil {
		return v, err
	}
	if err := s.nameOrderPeople(ctx, &v); err != nil {
		return v, err
	}
	if o.order.TrialID != nil {
		trial, err := rowsOf[Trial](s.reader).Where("account_id = ? AND id = ?", accountID, *o.order.TrialID).Take(ctx)
		if err != nil {
			return v, err
		}
		v.Trial = &trial
	}
	if err := s.viewLicense(ctx, o, &v); err != nil {
		return v, err
	}
	next, err := rowsOf[Order](s.reader).Where("account_id = ? AND follows_id = ?", accountID, id).Order("requested_at DESC").Limit(1).Find(ctx)
	if err != nil {
		return v, err
	}
	if len(next) > 0 {
		v.FollowedBy = next[0].ID
	}
	if v.Chain, err = readChain(ctx, s.reader, v.Account, o.order, o.lines, s.Now()); err != nil {
		return v, err
	}
	if o.order.PlacedAt != nil {
		if v.Billed, err = billOf(ctx, s.reader, id); err != nil {
			return v, err
		}
	}
	switch {
	case !amounts:
		for i := range v.Lines {
			v.Lines[i].UnitPrice = nil
		}
	case o.order.PlacedAt != nil:
		sum, err := o.frozen()
		if err != nil {
			return v, err
		}
		v.Frozen = &sum
	case o.order.QuotedAt != nil:
		if v.Settlements, err = settlements(ctx, s.reader, o.order.Currency, o.lines, DateIn(s.Now(), v.Zone)); err != nil {
			return v, err
		}
		if own, ok := v.Own(); ok && v.Blocked == nil {
			v.Payable = &Payable{Due: own.Total.Due}
			if v.Payable.Tax, v.Payable.Total, err = taxed(own.Total.Due, v.Account.TaxRate); err != nil {
				return v, err
			}
		}
	}
	v.Events, err = rowsOf[Event](s.reader).Where("account_id = ? AND subject_id = ?", accountID, id).Order("at DESC, id DESC").Limit(100).Find(ctx)
	return v, err
}

func (s *Store) nameOrderPeople(ctx context.Context, v *OrderView) error {
	for _, p := range []struct {
		into *string
		id   *string
	}{{&v.RequestedName, &v.Order.RequestedBy}, {&v.QuotedName, v.Order.QuotedBy}, {&v.DeclinedName, v.Order.DeclinedBy}, {&v.CancelledName, v.Order.CancelledBy}, {&v.PlacedName, v.Order.PlacedBy}} {
		name, err := userName(ctx, s.reader, p.id)
		if err != nil {
			return err
		}
		*p.into = name
	}
	return nil
}

// userName is how a user is called; empty for nobody.
func userName(ctx context.Context, db *gorm.DB, id *string) (string, error) {
	if id == nil {
		return "", nil
	}
	users, err := rowsOf[User](db).Where("id = ?", *id).Limit(1).Find(ctx)
	if err != nil || len(users) == 0 {
		return "", err
	}
	return users[0].Name, nil
}

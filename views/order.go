package views

import (
	"reselling/models"
	"reselling/models/money"
	"time"
)

// OrderForm is a price request as typed: the rows of its lines side by side.
type OrderForm struct {
	ClientID    string   `form:"client_id"`
	ClientQuery string   `form:"client_q"`
	TrialID     string   `form:"trial_id"`
	RenewsID    string   `form:"renews_id"`
	AddsToID    string   `form:"adds_to_id"`
	FollowsID   string   `form:"follows_id"`
	Product     []string `form:"product"`
	Seats       []string `form:"seats"`
	Quarters    []string `form:"quarters"`
	Note        string   `form:"note"`
	RequestKey  string   `form:"request_key"`
}

// OrderFormLine is a row of an OrderForm.
type OrderFormLine struct{ Product, Seats, Quarters string }

const (
	mostRows  = 50 // of a form that somebody has made up
	spareRows = 3
)

// Rows is how many rows were typed.
func (f OrderForm) Rows() int {
	return min(mostRows, max(len(f.Product), len(f.Seats), len(f.Quarters)))
}

// Line is a row, from 0 on; empty behind the last one.
func (f OrderForm) Line(i int) OrderFormLine {
	at := func(column []string) string {
		if i < len(column) {
			return column[i]
		}
		return ""
	}
	return OrderFormLine{at(f.Product), at(f.Seats), at(f.Quarters)}
}

// WithSpareRows is f with an empty row at its end, and three rows at least.
func (f OrderForm) WithSpareRows() OrderForm {
	last := 0
	for i := range f.Rows() {
		if f.Line(i) != (OrderFormLine{}) {
			last = i + 1
		}
	}
	rows := max(spareRows, last+1)
	grown := func(column []string) []string {
		all := make([]string, rows)
		copy(all, column)
		return all
	}
	f.Product, f.Seats, f.Quarters = grown(f.Product), grown(f.Seats), grown(f.Quarters)
	return f
}

// rowProblem is p as the fields of one row of a form know it.
func rowProblem(p *models.Error, i int, fields ...string) *models.Error {
	if p == nil {
		return nil
	}
	row := *p
	row.Fields = map[string]string{}
	for _, name := range fields {
		if message := p.Fields[models.Row(name, i)]; message != "" {
			row.Fields[name] = message
		}
	}
	return &row
}

// OrdersPage is the list of an account's orders.
type OrdersPage struct {
	Page          models.Page[models.OrderRow]
	Nav           ListNav
	Products      []models.Product
	MayRequest    bool
	MaySeeAmounts bool
	Now           time.Time
}

// NewOrderPage is the form of a price request.
type NewOrderPage struct {
	Form     OrderForm
	Problem  *models.Error
	Clients  []models.Client
	Products []models.Product
	Vendor   models.Vendor
	Adds     models.LicenseView   // the licence that gets seats, if the form is about that
	Preview  *models.PricePreview // nil while something is missing
	Refusal  *models.Error        // why the account can't ask at all
}

// OrderPage is one order with what can be done about it.
type OrderPage struct {
	models.OrderView
	Vendor          models.Vendor
	MayAct          bool
	MayPlace        bool
	MayReadInvoices bool
	MaySign         bool
	Now             time.Time
	Place           PlacementForm
	Discount        string            // for the client, as typed
	Margin          *money.Discounted // with that discount; nil for who may not see amounts, or if it is wrong
	WrongDiscount   *models.Error
	Reason          string // of a withdrawal that was refused
	Sent            string // "placement" or "cancellation": the form that Problem is about
	Problem         *models.Error
}

// CancellationForm is what is typed to withdraw or cancel an order.
type CancellationForm struct {
	Reason  string `form:"reason"`
	Version int    `form:"version"`
}

// PlacementForm is what is typed to place an order.
type PlacementForm struct {
	PONumber   string `form:"po_number"`
	ToPay      string `form:"to_pay"` // as the page said
	Days       string `form:"days"`   // of added seats: what was left when the price was looked at
	Version    int    `form:"version"`
	RequestKey string `form:"request_key"`
}

func (p OrderPage) status() models.OrderStatus { return p.Order.Status(p.Now) }

func (p OrderPage) problemOf(form string) *models.Error {
	if p.Sent == form {
		return p.Problem
	}
	return nil
}

// mayCancel reports whether the order can still be withdrawn, or cancelled
// because nothing is paid.
func (p OrderPage) mayCancel() bool {
	switch p.status() {
	case models.OrderRequested, models.OrderQuoted:
		return true
	case models.OrderPlaced:
		return p.Chain.Invoice == nil || p.Chain.Invoice.Allocated == 0 && p.Chain.Invoice.Credited == 0
	}
	return false
}

func (p OrderPage) mayAskAgain() bool {
	switch p.status() {
	case models.OrderLapsed, models.OrderDeclined, models.OrderCancelled:
		return true
	}
	return false
}

// QuoteForm is a quote as typed.
type QuoteForm struct {
	UnitPrice  []string `form:"unit_price"`
	ValidUntil string   `form:"valid_until"`
	Note       string   `form:"note"`
	Version    int      `form:"version"`
	RequestKey string   `form:"request_key"`
}

func (f QuoteForm) unit(i int) string {
	if i < len(f.UnitPrice) {
		return f.UnitPrice[i]
	}
	return ""
}

// AdminOrdersPage is the list of all accounts' orders.
type AdminOrdersPage struct {
	Page     models.Page[models.OrderRow]
	Nav      ListNav
	Products []models.Product
	Accounts []models.EventPerson
	Now      time.Time
}

// AdminOrderPage is one order for staff.
type AdminOrderPage struct {
	models.OrderView
	MayQuote       bool
	MayCountersign bool
	MayRecord      bool // payments
	Now            time.Time
	Quote          QuoteForm
	Reason         string
	Sent           string // "quote" or "refusal": the form that Problem is about
	Problem        *models.Error
}

func (p AdminOrderPage) status() models.OrderStatus { return p.Order.Status(p.Now) }

func (p AdminOrderPage) problemOf(form string) *models.Error {
	if p.Sent == form {
		return p.Problem
	}
	return nil
}

// OrderStateName is an order's state in words.
func OrderStateName(s models.OrderStatus) string { return wordsOf(string(s)) }

func orderTone(s models.OrderStatus) Tone {
	switch s {
	case models.OrderRequested, models.OrderQuoted, models.OrderPlaced:
		return Info
	case models.OrderActive:
		return Success
	case models.OrderLapsed:
		return Warning
	}
	return Neutral
}

func orderStateOptions() []Option {
	options := []Option{{"", "Any state", ""}}
	for _, s := range models.OrderStatuses {
		options = append(options, Option{Value: string(s), Label: OrderStateName(s)})
	}
	return options
}

// lineText is what a line asks for: "10 seats, 4 quarters".
func lineText(seats, quarters int) string {
	return Plural(seats, "seat", "seats") + ", " + Plural(quarters, "quarter", "quarters")
}

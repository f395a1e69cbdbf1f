package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// ClientInvoice is the account's to its client: the full price less a discount
// out of the account's share. It is a snapshot; after its issue only facts are
// added to it.
type ClientInvoice struct {
	ID             string
	AccountID      string
	OrderID        string
	ClientID       string
	Number         string // INV-2026-00001
	Year           int    // of the series, in the account's zone
	Sequence       int
	IssuedAt       time.Time
	IssuedBy       string
	IssuedOn       Date // in the account's zone
	DueOn          Date
	OverdueAt      time.Time // when the day after DueOn begins there
	Currency       string
	PONumber       string `gorm:"column:po_number"`
	LegalName      string // of the account, like the next seven
	Address        string
	TaxID          string
	Country        string
	BankDetails    string
	Note           string
	Colour         string
	LogoID         *string
	ClientCompany  string
	ClientContact  string
	ClientAddress  string
	ClientTaxID    string
	ClientCountry  string
	FullPrice      int64
	Share          int64 // the account's, of which the discount is taken
	Discount       int64
	TaxRate        int // hundredths of a percent
	Tax            int64
	Total          int64
	TokenHash      string // of the link in the mail
	LinkGeneration int    // of that link: a new one makes those before useless
	SentAt         *time.Time
	SentBy         *string
	SentTo         string
	SentCount      int
	PaidAt         *time.Time // when it was marked as paid
	PaidBy         *string
	PaidOn         Date // when the money came
	CreditedAt     *time.Time
	Search         string
	Version        int
}

// ClientInvoiceLine is a line as it was billed.
type ClientInvoiceLine struct {
	ID              string
	ClientInvoiceID string
	Position        int
	LineID          string // of the order
	ProductCode     string
	ProductName     string
	Seats           int
	Quarters        int
	Coterm          string // as in OrderLine
	UnitPrice       int64
	FullPrice       int64
	Share           int64
	Discount        int64
}

// Amount is an amount of the invoice in its currency.
func (i ClientInvoice) Amount(minor int64) money.Amount { return money.Of(minor, i.Currency) }

// Net is what the client pays before tax.
func (i ClientInvoice) Net() money.Amount { return i.Amount(i.FullPrice - i.Discount) }

// Margin is what remains to the account: its share less the discount.
func (i ClientInvoice) Margin() money.Amount { return i.Amount(i.Share - i.Discount) }

// ClientInvoiceStatus is derived from facts and the clock.
type ClientInvoiceStatus string

// The states of a client invoice.
const (
	ClientInvoiceCredited ClientInvoiceStatus = "credited"
	ClientInvoicePaid     ClientInvoiceStatus = "paid"
	ClientInvoiceOverdue  ClientInvoiceStatus = "overdue"
	ClientInvoiceOpen     ClientInvoiceStatus = "open"
)

// ClientInvoiceStatuses lists the states in the order of a menu.
var ClientInvoiceStatuses = []ClientInvoiceStatus{ClientInvoiceOpen, ClientInvoiceOverdue, ClientInvoicePaid, ClientInvoiceCredited}

// Status is the state of i at now: credited, else paid, else overdue from the day
// after its due date on, else open.
func (i ClientInvoice) Status(now time.Time) ClientInvoiceStatus {
	switch {
	case i.CreditedAt != nil:
		return ClientInvoiceCredited
	case i.PaidAt != nil:
		return ClientInvoicePaid
	case !now.Before(i.OverdueAt):
		return ClientInvoiceOverdue
	}
	return ClientInvoiceOpen
}

func (i ClientInvoice) subject() subject {
	return subject{kind: "client_invoice", id: i.ID, name: i.Number, accountID: i.AccountID}
}

// ClientInvoiceEntry is the form of a client invoice as filled in.
type ClientInvoiceEntry struct {
	OrderID    string
	Discounts  []string // of each line in their order, or a single one of the whole; an amount, or "10 %" of the full price
	TaxRate    string
	DueOn      string
	RequestKey string
}

// ClientInvoiceDraft is what the form of a client invoice shows beside its fields.
type ClientInvoiceDraft struct {
	Order     Order
	Client    Client
	Lines     []OrderLineOf
	Full      money.Amount
	Share     money.Amount // the largest discount
	Due       money.Amount // to the vendor, whatever the discount
	Discounts []money.Amount
	Discount  money.Amount
	Net       money.Amount
	Tax       money.Amount
	TaxRate   int
	Total     money.Amount
	Margin    money.Amount
	DueOn     Date
	Branding  Branding
	Zone      *time.Location
}

// DraftClientInvoice begins the form for an order: with a discount of the whole as
// typed, if it is possible, the branding's tax rate and days. Conflict where the order can't be billed (now).
func (s *Store) DraftClientInvoice(ctx context.Context, actor Actor, orderID, discount string) (ClientInvoiceEntry, error) {
	if err := actor.require(IssueClientInvoices); err != nil {
		return ClientInvoiceEntry{}, err
	}
	o, err := s.order(ctx, s.reader, actor.AccountID, orderID)
	if err != nil {
		return ClientInvoiceEntry{}, err
	}
	b, err := branding(ctx, s.reader, actor.AccountID)
	if err != nil {
		return ClientInvoiceEntry{}, err
	}
	zone, err := zoneAt(ctx, s.reader, actor.AccountID, s.Now())
	if err != nil {
		return ClientInvoiceEntry{}, err
	}
	e := ClientInvoiceEntry{OrderID: orderID, TaxRate: typedRateOf(b.TaxRate), DueOn: string(DateIn(s.Now(), zone).AddDays(b.PaymentDays))}
	for range o.lines {
		e.Discounts = append(e.Discounts, "0")
	}
	if discount == "" || o.order.PlacedAt == nil {
		return e, nil
	}
	sum, err := o.frozen()
	if err != nil {
		return e, err
	}
	p := Problems{}
	whole, err := p.discount("discount", discount, sum)
	if err != nil || len(p) > 0 || whole.Minor > sum.Share.Minor {
		return e, err
	}
	var lines []money.Settlement
	for _, l := range o.lines {
		lines = append(lines, l.Settled())
	}
	parts, err := money.Spread(whole, lines...)
	for i := range parts {
		e.Discounts[i] = parts[i].Typed()
	}
	return e, err
}

// PreviewClientInvoice reckons what a form would bill. Its Invalid and Conflict
// errors are those of IssueClientInvoice; the draft then has all that is known.
func (s *Store) PreviewClientInvoice(ctx context.Context, actor Actor, e ClientInvoiceEntry) (ClientInvoiceDraft, error) {
	if err := actor.require(IssueClientInvoices); err != nil {
		return ClientInvoiceDraft{}, err
	}
	return s.draftClientInvoice(ctx, &tx{DB: s.reader, now: s.Now(), store: s}, actor.AccountID, e)
}

// draftClientInvoice checks and reckons a form.
func (s *Store) draftClientInvoice(ctx context.Context, tx *tx, accountID string, e ClientInvoiceEntry) (d ClientInvoiceDraft, err error) {
	if e.OrderID == "" {
		return d, Problems{"order_id": "Choose the order to bill."}.Err()
	}
	o, err := s.order(ctx, tx.DB, accountID, e.OrderID)
	if err != nil {
		return d, err
	}
	taken, err := takenBack(ctx, tx.DB, o.order.ID)
	if err != nil {
		return d, err
	}
	whole := o
	o = o.without(taken)
	d.Order, d.Client, d.Lines = o.order, o.client, o.lines
	if d.Branding, err = branding(ctx, tx.DB, accountID); err != nil {
		return d, err
	}
	if d.Zone, err = zoneAt(ctx, tx.DB, accountID, tx.now); err != nil {
		return d, err
	}
	if err := tx.billable(ctx, o); err != nil {
		return d, err
	}
	if len(o.lines) == 0 && len(whole.lines) > 0 {
		return d, refusal("taken_back", "Everything of this order was taken back by credit notes: there is nothing to bill.")
	}
	sum, err := o.frozen()
	if err != nil {
		return d, err
	}
	d.Full, d.Share, d.Due = sum.Full, sum.Share, sum.Due
	p := Problems{}
	d.TaxRate = p.rate("tax_rate", e.TaxRate)
	d.DueOn = p.day("due_on", e.DueOn, "Choose the last day to pay.")
	if today := DateIn(tx.now, d.Zone); d.DueOn != "" && (d.DueOn < today || d.DueOn > today.AddDays(366)) {
		p.Add("due_on", "Choose a day from today on, within a year.")
	}
	if d.Discounts, err = o.discounts(p, e.Discounts); err != nil {
		return d, err
	}
	d.Discount = money.Of(0, o.order.Currency)
	for _, one := range d.Discounts {
		if d.Discount, err = d.Discount.Plus(one); err != nil {
			return d, err
		}
	}
	reckoned, err := sum.Discounted(d.Discount)
	if errors.Is(err, money.ErrDiscount) {
		p.Add(Row("discount", 0), tooMuch(d.Discount, sum, *o.order.Percentage))
	} else if err != nil {
		return d, err
	}
	if err := p.Err(); err != nil {
		return d, err
	}
	d.Net, d.Margin = reckoned.Billed, reckoned.Margin
	if d.Tax, err = money.Percentage(d.TaxRate).Of(d.Net); err != nil {
		return d, err
	}
	d.Total, err = d.Net.Plus(d.Tax)
	return d, err
}

// tooMuch says how large a discount can be, and why.
func tooMuch(discount money.Amount, s money.Settlement, percentage int) string {
	return fmt.Sprintf("The discounts add up to %s. The most is %s: your share, %s of %s. What is due to the vendor stays %s.",
		discount, s.LargestDiscount(), money.Percentage(percentage), s.Full, s.Due)
}

// billable returns why an order can't be billed to its client, if it can't.
func (tx *tx) billable(ctx context.Context, o orderOf) error {
	switch {
	case o.order.PlacedAt == nil:
		return refusal("not_placed", "This order is not placed yet. Place it first: then its prices are settled and can be billed.")
	case o.order.CancelledAt != nil:
		return refusal("cancelled", "This order was cancelled: there is nothing to bill.")
	}
	bill, err := billOf(ctx, tx.DB, o.order.ID)
	if err != nil || bill == nil {
		return err
	}
	e := refusal("billed", "This order was billed already, by invoice %s. To bill it anew, issue a credit note of that one first.", bill.Number)
	e.Subject = bill.ID
	return e
}

// billOf is the invoice to the client of an order that no credit note has taken
// back, or nil.
func billOf(ctx context.Context, db *gorm.DB, orderID string) (*ClientInvoice, error) {
	issued, err := rowsOf[ClientInvoice](db).Where("order_id = ? AND credited_at IS NULL", orderID).Limit(1).Find(ctx)
	if err != nil || len(issued) == 0 {
		return nil, err
	}
	return &issued[0], nil
}

// discounts reads what was typed of each line. A single one for several lines is
// of the whole order. A percentage is rounded half up, then capped at the share.
func (o orderOf) discounts(p Problems, typed []string) ([]money.Amount, error) {
	all := make([]money.Amount, len(o.lines))
	if len(typed) == 1 && len(o.lines) > 1 {
		sum, err := o.frozen()
		if err != nil {
			return nil, err
		}
		whole, err := p.discount(Row("discount", 0), typed[0], sum)
		if err != nil {
			return nil, err
		}
		if whole.Minor > sum.Share.Minor { // to be refused by the sum
			whole.Minor = min(whole.Minor, sum.Full.Minor)
			p.Add(Row("discount", 0), tooMuch(whole, sum, *o.order.Percentage))
		}
		var lines []money.Settlement
		for _, l := range o.lines {
			lines = append(lines, l.Settled())
		}
		return money.Spread(whole, lines...)
	}
	for i, l := range o.lines {
		all[i] = money.Of(0, o.order.Currency)
		if i >= len(typed) {
			continue
		}
		var err error
		if all[i], err = p.discount(Row("discount", i), typed[i], l.Settled()); err != nil {
			return nil, err
		}
		if all[i].Minor > *l.FullPrice {
			p.Add(Row("discount", i), "This is more than the line costs: "+l.Settled().Full.String()+".")
		}
	}
	return all, nil
}

// discount reads an amount, or a percentage of the full price.
func (p Problems) discount(field, typed string, of money.Settlement) (money.Amount, error) {
	typed = clean(typed)
	switch {
	case typed == "":
		return money.Of(0, of.Full.Currency), nil
	case strings.HasSuffix(typed, "%"):
		return of.DiscountOf(money.Percentage(p.rate(field, typed)))
	}
	return p.discountAmount(field, typed, of.Full.Currency), nil
}

func (p Problems) discountAmount(field, typed, currency string) money.Amount {
	d, err := money.Parse(typed, currency)
	if err != nil {
		p.Add(field, "Enter an amount in "+currency+" such as "+money.Of(1250, currency).Typed()+", or a percentage such as 10 %.")
		return money.Of(0, currency)
	}
	return d
}

// IssueClientInvoice bills a placed order to its client: numbered in the account's
// own series, with both sides' particulars. Invalid above the largest discount;
// Conflict once the order is billed or cancelled.
func (s *Store) IssueClientInvoice(ctx context.Context, actor Actor, e ClientInvoiceEntry) (ClientInvoice, error) {
	if err := actor.require(IssueClientInvoices); err != nil {
		return ClientInvoice{}, err
	}
	var issued ClientInvoice
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, actor.AccountID)
		if err != nil {
			return err
		}
		id := newID()
		earlier, err := tx.claim(ctx, actor, "client_invoice", e.RequestKey, id, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			issued, err = clientInvoice(ctx, tx.DB, account.ID, earlier.id)
			return earlier.told(err, "invoice %s was issued", issued.Number)
		}
		d, err := s.draftClientInvoice(ctx, tx, account.ID, e)
		if err != nil {
			return err
		}
		issued, err = tx.issueClientInvoice(ctx, actor, account, d, id)
		return err
	})
	return issued, err
}

// issueClientInvoice writes what was reckoned. The account is locked.
func (tx *tx) issueClientInvoice(ctx context.Context, actor Actor, account Account, d ClientInvoiceDraft, id string) (i ClientInvoice, err error) {
	i = ClientInvoice{
		ID: id, AccountID: account.ID, OrderID: d.Order.ID, ClientID: d.Client.ID, IssuedAt: tx.now, IssuedBy: actor.UserID,
		IssuedOn: DateIn(tx.now, d.Zone), DueOn: d.DueOn, OverdueAt: d.DueOn.AddDays(1).StartIn(d.Zone), Currency: d.Order.Currency, PONumber: d.Order.PONumber,
		LegalName: account.LegalName, Address: account.Address, TaxID: account.TaxID, Country: account.Country,
		BankDetails: d.Branding.BankDetails, Note: d.Branding.Note, Colour: d.Branding.Colour, LogoID: d.Branding.LogoID,
		ClientCompany: d.Client.Company, ClientContact: d.Client.ContactName, ClientAddress: d.Client.Address, ClientTaxID: d.Client.TaxID, ClientCountry: d.Client.Country,
		FullPrice: d.Full.Minor, Share: d.Share.Minor, Discount: d.Discount.Minor, TaxRate: d.TaxRate, Tax: d.Tax.Minor, Total: d.Total.Minor, Version: 1,
	}
	i.renewLink(tx.store)
	i.Year = i.IssuedOn.Time().Year()
	if i.Sequence, err = tx.nextNumber(ctx, account.ID, seriesClientInvoice, i.Year); err != nil {
		return i, err
	}
	i.Number = documentNumber(d.Branding.Prefix, i.Year, i.Sequence)
	i.Search = fold(strings.Join([]string{i.Number, i.ClientCompany, i.PONumber}, " "))
	if err := rowsOf[ClientInvoice](tx.DB).Create(ctx, &i); err != nil {
		return i, fmt.Errorf("create client invoice: %w", err)
	}
	for n, l := range d.Lines {
		line := ClientInvoiceLine{
			ID: newID(), ClientInvoiceID: id, Position: l.Position, LineID: l.ID, ProductCode: l.ProductCode, ProductName: l.ProductName, Seats: l.Seats,
			Quarters: l.Quarters, Coterm: l.Coterm, UnitPrice: *l.UnitPrice, FullPrice: *l.FullPrice, Share: *l.Share, Discount: d.Discounts[n].Minor,
		}
		if err := rowsOf[ClientInvoiceLine](tx.DB).Create(ctx, &line); err != nil {
			return i, fmt.Errorf("create line of client invoice: %w", err)
		}
	}
	return i, tx.record(ctx, actor, "client_invoice.issued", i.subject(), nil, map[string]any{
		"total": d.Total.String(), "discount": d.Discount.String(), "due_on": string(i.DueOn), "client": i.ClientCompany, "order": i.OrderID,
	})
}

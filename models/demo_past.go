package models

import (
	"slices"
	"time"

	"reselling/models/bankcsv"
)

// demoPast is what has happened with the orders of the demo. Its deeds are done in
// the order of time, as documents are numbered, and take the way of the use cases.
type demoPast struct {
	until time.Time // nothing happens after it
	deeds []demoDeed
}

type demoDeed struct {
	at time.Time
	do func(demo) error
}

// at lets something happen at an instant, after what was to happen then before.
func (d demo) at(at time.Time, do func(demo) error) {
	if at.After(d.past.until) {
		return
	}
	n, _ := slices.BinarySearchFunc(d.past.deeds, at, func(e demoDeed, at time.Time) int {
		if e.at.After(at) {
			return 1
		}
		return -1
	})
	d.past.deeds = slices.Insert(d.past.deeds, n, demoDeed{at, do})
}

// live does what has happened until now, and what followed from it.
func (d demo) live() error {
	for len(d.past.deeds) > 0 {
		next := d.past.deeds[0]
		d.past.deeds = d.past.deeds[1:]
		then, past := *d.tx, d
		then.now, then.quiet = next.at, true
		past.tx = &then
		if err := next.do(past); err != nil {
			return err
		}
	}
	return nil
}

// after is at, counted in days from the deed that is done.
func (d demo) after(days int, do func(demo) error) { d.at(d.now.Add(time.Duration(days)*oneDay), do) }

// demoSale is an order of the demo and what becomes of it.
type demoSale struct {
	account Account
	seller  Actor
	client  Client
	product Product
	trial   *Trial   // of which the licence goes on
	license *License // that is renewed, or gets seats
	adds    int      // how many seats it gets
	order   orderOf
	fate    string // of its invoice: a word of demoMoney
}

// request asks for the price of a trial's conversion or of a renewal; the quote is
// there the next day, and is mostly taken.
func (s demoSale) request(d demo) error {
	zone, err := zoneAt(d.ctx, d.DB, s.account.ID, d.now)
	if err != nil {
		return err
	}
	price, err := rowsOf[Price](d.DB).Where("product_id = ? AND currency = ?", s.product.ID, s.account.Currency).Limit(1).Find(d.ctx)
	if err != nil {
		return err
	}
	unit := int64(9900)
	switch {
	case len(price) > 0:
		unit = price[0].UnitPrice
	case s.account.Currency == "DKK":
		unit *= 7
	}
	o := Order{
		Kind: NewOrder, AccountID: s.account.ID, ClientID: s.client.ID, Currency: s.account.Currency, RequestedAt: d.now, RequestedBy: s.seller.UserID, Version: 1,
	}
	line := OrderLine{Position: 1, ProductID: s.product.ID, UnitPrice: &unit, Seats: 1 + d.random.IntN(6), Quarters: []int{1, 1, 2, 4}[d.random.IntN(4)]}
	if s.adds > 0 {
		license, err := rowsOf[License](d.DB).Where("id = ?", s.license.ID).Take(d.ctx)
		if err != nil {
			return err
		}
		term, left, err := addable(d.ctx, d.DB, license, zone, d.now)
		if KindOf(err) == Conflict { // it has ended, or its payment was returned
			return nil
		}
		if err != nil {
			return err
		}
		o.ID, o.Kind = d.id("seats", s.license.ID, d.now.Unix()), SeatsOrder
		line.LicenseID, line.TermID, line.Seats, line.Quarters, line.Coterm = &s.license.ID, &term.ID, s.adds, len(left), left.String()
	} else if s.trial != nil {
		o.ID, o.TrialID = d.id("conversion", s.trial.ID), &s.trial.ID
	} else {
		o.ID, o.Kind = d.id("renewal", s.license.ID, s.license.EndsAt.Unix()), RenewalOrder
		line.LicenseID, line.Seats = &s.license.ID, s.license.Seats
	}
	line.ID, line.OrderID = d.id("line", o.ID), o.ID
	s.order = orderOf{order: o, client: s.client, lines: []OrderLineOf{{OrderLine: line, ProductName: s.product.Name, ProductCode: s.product.Code, Currency: o.Currency}}}
	s.order.order.Search = fold(s.client.Company + " " + s.client.Email + " " + s.product.Name)
	state, answered := OrderPlaced, d.now.Add(20*time.Hour)
	if answered.After(d.past.until) {
		state, s.order.lines[0].UnitPrice = OrderRequested, nil
	}
	success := Actor{UserID: d.id("user", demoStaff[1].email), Name: demoStaff[1].name, StaffRole: CustomerSuccess}
	if err := d.settleOrder(&s.order, state, answered, zone, success, s.seller); err != nil || state == OrderRequested {
		return err
	}
	s.fate = "paid"
	d.after(2, s.place)
	return nil
}

// place places an order; its fate comes four days later.
func (s demoSale) place(d demo) error {
	o := &s.order
	if err := d.placeableSeats(d.ctx, o, ""); err != nil {
		if KindOf(err) == Conflict {
			return nil
		}
		return err
	}
	if err := d.freeze(d.ctx, s.seller, s.account, o); err != nil {
		return err
	}
	i, err := d.issueInvoice(d.ctx, s.seller, s.account, *o)
	if err != nil {
		return err
	}
	if err := d.record(d.ctx, s.seller, "order.placed", o.subject(), nil, map[string]any{"invoice": i.Number, "percentage": *o.order.Percentage, "due": i.Amount(i.Net).String()}); err != nil {
		return err
	}
	d.after(4, func(d demo) error { return s.settle(d, i) })
	return nil
}

// settle writes what has happened to a vendor's invoice.
func (s demoSale) settle(d demo, i Invoice) error {
	finance := Actor{UserID: d.id("user", demoStaff[2].email), Name: demoStaff[2].name, StaffRole: Finance}
	receive := func(amount int64) error {
		pay := Payment{
			ID: d.id("payment", i.Number), AccountID: i.AccountID, Amount: amount, Currency: i.Currency, Method: BankTransfer, Reference: "Wire " + i.Number,
			ReceivedOn: DateIn(d.now, time.UTC), RecordedAt: d.now, RecordedBy: finance.UserID,
		}
		pay.ReferenceKey = bankcsv.ReferenceKey(pay.Reference)
		return d.receive(d.ctx, finance, pay, []share{{i, amount}})
	}
	switch s.fate {
	case "claimed":
		i.ClaimedAt, i.ClaimedBy, i.ClaimNote = &d.now, &s.seller.UserID, "Sent by wire this morning."
		if err := d.updateInvoice(d.ctx, &i, "claimed_at", "claimed_by", "claim_note"); err != nil {
			return err
		}
		d.after(1, func(d demo) error { return s.bill(d, "0") })
		return d.record(d.ctx, s.seller, "invoice.claimed_paid", i.subject(), nil, map[string]any{"note": i.ClaimNote})
	case "part":
		d.after(1, func(d demo) error { return s.bill(d, "0") }) // billed but not active
		return receive(i.Total / 2)
	case "paid", "corrected":
		if err := receive(i.Total); err != nil {
			return err
		}
		return s.goOn(d, i, finance)
	case "void":
		o, err := d.store.order(d.ctx, d.DB, i.AccountID, i.OrderID)
		if err != nil {
			return err
		}
		return d.cancelOrder(d.ctx, s.seller, &o, "The client has chosen another size.")
	}
	return nil
}

// goOn is what follows once the licences are active: the client is billed, the
// vendor corrects an invoice, and what ends is mostly renewed.
func (s demoSale) goOn(d demo, i Invoice, finance Actor) error {
	if s.fate == "corrected" {
		d.after(3, func(d demo) error {
			now, err := invoice(d.ctx, d.DB, i.AccountID, i.ID)
			if err != nil {
				return err
			}
			_, err = d.creditInvoice(d.ctx, finance, now, d.id("credit note", i.Number), CreditEntry{Nets: []string{now.Amount(now.Net / 10).Typed()}, Reason: "10 % less, as agreed for the delayed set-up."})
			return err
		})
	}
	if chance := d.random.IntN(10); chance < 9 {
		d.after(1, func(d demo) error { return s.bill(d, []string{"0", "0", "5 %", "10 %"}[chance%4]) })
	}
	o, err := d.store.order(d.ctx, d.DB, i.AccountID, i.OrderID)
	if err != nil {
		return err
	}
	if o.order.Kind == SeatsOrder {
		return nil
	}
	for n, l := range o.lines {
		license, err := d.store.license(d.ctx, d.DB, i.AccountID, *l.LicenseID)
		if err != nil {
			return err
		}
		if o.order.Kind == NewOrder {
			s.machines(d, license.license, license.product)
		}
		if license.license.Seats > 3 {
			d.after(17+n*5, demoSale{account: s.account, seller: s.seller, client: o.client, product: license.product, license: &license.license, adds: 1 + license.license.Seats%3}.request)
		}
		if d.random.IntN(10) < 7 {
			days := 8 + d.random.IntN(17)
			d.at(license.license.EndsAt.AddDate(0, 0, -days), demoSale{account: s.account, seller: s.seller, client: o.client, product: license.product, license: &license.license}.request)
		}
	}
	return nil
}

// bill issues a client invoice, which most clients pay; now and then it is taken
// back and issued anew.
func (s demoSale) bill(d demo, discount string) error {
	b, err := branding(d.ctx, d.DB, s.account.ID)
	if err != nil {
		return err
	}
	zone, err := zoneAt(d.ctx, d.DB, s.account.ID, d.now)
	if err != nil {
		return err
	}
	e := ClientInvoiceEntry{OrderID: s.order.order.ID, TaxRate: typedRateOf(b.TaxRate), DueOn: string(DateIn(d.now, zone).AddDays(b.PaymentDays))}
	for range s.order.lines {
		e.Discounts = append(e.Discounts, discount)
	}
	draft, err := d.store.draftClientInvoice(d.ctx, d.tx, s.account.ID, e)
	if err != nil {
		return err
	}
	i, err := d.issueClientInvoice(d.ctx, s.seller, s.account, draft, newID())
	if err != nil {
		return err
	}
	i.SentAt, i.SentBy, i.SentTo, i.SentCount = &d.now, &s.seller.UserID, s.order.client.Email, 1
	if err := d.updateClientInvoice(d.ctx, &i, "sent_at", "sent_by", "sent_to", "sent_count"); err != nil {
		return err
	}
	if err := d.record(d.ctx, s.seller, "client_invoice.sent", i.subject(), nil, map[string]any{"email": i.SentTo}); err != nil {
		return err
	}
	switch chance := d.random.IntN(10); {
	case s.fate == "claimed": // it stays open
	case chance < 7:
		d.after(5+d.random.IntN(20), func(d demo) error { return d.payClientInvoice(d.ctx, s.seller, i, DateIn(d.now, zone)) })
	case chance == 9:
		d.after(2, func(d demo) error {
			d.after(1, func(d demo) error { return s.bill(d, discount) })
			_, err := d.creditClientInvoice(d.ctx, s.seller, i, "The client's purchase order number was missing.")
			return err
		})
	}
	return nil
}

// renewalsKnown notes the reminders of licences that are about to end as of the
// past, so that a demo begins without mails.
func (d demo) renewalsKnown() error {
	licenses, err := rowsOf[License](d.DB).Where("ends_at > ?", d.now).Find(d.ctx)
	if err != nil {
		return err
	}
	for _, l := range licenses {
		step, ok := l.dueStep(d.now)
		for _, s := range licenseSteps {
			if !ok || s < step {
				continue
			}
			if _, err := d.noteLicenseReminder(d.ctx, l, s, reminderPassedOver); err != nil {
				return err
			}
		}
	}
	return nil
}

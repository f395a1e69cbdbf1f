package models

import (
	"time"

	"reselling/models/money"
)

// prices publishes a price list in each currency of the demo's accounts: Studio
// Pro is answered at once, Orchestrator SaaS waits for a quote.
func (d demo) prices() error {
	success := Actor{UserID: d.id("user", demoStaff[1].email), Name: demoStaff[1].name, StaffRole: CustomerSuccess}
	products, err := d.products()
	if err != nil {
		return err
	}
	for currency, unit := range map[string]int64{"USD": 30000, "EUR": 28000, "DKK": 210000} {
		at := d.days(45)
		p := Price{ID: d.id("price", currency), ProductID: products[0].ID, Currency: currency, UnitPrice: unit, ValidFrom: DateIn(at, time.UTC), CreatedAt: at, CreatedBy: success.UserID}
		if err := rowsOf[Price](d.DB).Create(d.ctx, &p); err != nil {
			return err
		}
		if err := d.event(at, success, "price.added", p.subject(products[0]), p.facts(products[0])); err != nil {
			return err
		}
	}
	return nil
}

func (d demo) products() ([]Product, error) {
	return rowsOf[Product](d.DB).Where("archived_at IS NULL").Order("position, id").Find(d.ctx)
}

// demoOrders are orders in every state; the days are counted back from now.
var demoOrders = []struct {
	state           OrderStatus
	requested       int
	quarters, seats int
	unit            int64
}{
	{OrderRequested, 1, 4, 25, 0},
	{OrderRequested, 4, 2, 8, 0},
	{OrderQuoted, 6, 4, 12, 9900},
	{OrderQuoted, 9, 1, 40, 8750},
	{OrderLapsed, 60, 4, 5, 10500},
	{OrderDeclined, 20, 12, 1, 0},
	{OrderCancelled, 33, 4, 15, 9900},
	{OrderPlaced, 5, 4, 10, 9900},
	{OrderPlaced, 24, 2, 6, 9900},
	{OrderPlaced, 12, 1, 3, 10500},
	{OrderPlaced, 40, 4, 20, 9500},
	{OrderPlaced, 74, 1, 8, 9900},
	{OrderPlaced, 130, 4, 30, 8900},
	{OrderPlaced, 18, 1, 2, 10500},
}

// demoMoney is what has happened to the placed ones of demoOrders, in their order.
var demoMoney = []string{"due", "overdue", "claimed", "part", "paid", "corrected", "void"}

// orders writes price requests of an account's clients in every state.
func (d demo) orders(account Account, seller Actor, zone *time.Location) error {
	products, err := d.products()
	if err != nil {
		return err
	}
	clients, err := rowsOf[Client](d.DB).Where("account_id = ? AND archived_at IS NULL", account.ID).Order("created_at, id").Limit(len(demoOrders)).Find(d.ctx)
	if err != nil {
		return err
	}
	success := Actor{UserID: d.id("user", demoStaff[1].email), Name: demoStaff[1].name, StaffRole: CustomerSuccess}
	fates := demoMoney
	for i, e := range demoOrders[:min(len(clients), len(demoOrders))] {
		if e.state == OrderPlaced && account.Plan == Bronze {
			continue // its Annex waits for the vendor's signature
		}
		at := d.days(e.requested)
		if at.Before(clients[i].CreatedAt) {
			at = clients[i].CreatedAt.Add(time.Hour)
		}
		answered := at.Add(d.now.Sub(at) / 4)
		o := orderOf{client: clients[i], order: Order{
			Kind: NewOrder,
			ID:   d.id("order", account.ID, i), AccountID: account.ID, ClientID: clients[i].ID, Currency: account.Currency, Note: "They would like to start next month.",
			RequestedAt: at, RequestedBy: seller.UserID, Version: 1,
		}}
		for n, p := range products[max(0, len(products)-1-i%2):] { // one or two lines
			line := OrderLine{ID: d.id("line", o.order.ID, n), OrderID: o.order.ID, Position: n + 1, ProductID: p.ID, Seats: e.seats, Quarters: e.quarters}
			if e.unit > 0 {
				unit := e.unit
				if account.Currency == "DKK" {
					unit *= 7
				}
				line.UnitPrice = &unit
			}
			o.lines = append(o.lines, OrderLineOf{OrderLine: line, ProductName: p.Name, Currency: account.Currency})
		}
		o.order.Search = fold(o.client.Company + " " + o.client.Email + " " + productsOf(o.lines))
		if e.state == OrderPlaced {
			answered = at.Add(20 * time.Hour)
		}
		if err := d.settleOrder(&o, e.state, answered, zone, success, seller); err != nil {
			return err
		}
		if e.state == OrderPlaced {
			d.at(answered.Add(3*time.Hour), demoSale{account: account, seller: seller, order: o, fate: fates[0]}.place)
			fates = fates[1:]
		}
	}
	return nil
}

func (d demo) settleOrder(o *orderOf, state OrderStatus, at time.Time, zone *time.Location, success, seller Actor) error {
	action, actor, facts := "", success, map[string]any{}
	if o.lines[0].IsPriced() {
		until := DateIn(d.now, zone).AddDays(21)
		switch state {
		case OrderLapsed:
			until = DateIn(d.now, zone).AddDays(-3)
		case OrderPlaced:
			until = DateIn(at, zone).AddDays(14)
		}
		lapses := until.AddDays(1).StartIn(zone)
		o.order.QuotedAt, o.order.QuotedBy, o.order.ValidUntil, o.order.LapsesAt, o.order.Version = &at, &success.UserID, until, &lapses, 2
		sum, err := full(o.order.Currency, o.lines)
		if err != nil {
			return err
		}
		action, facts["full"], facts["unit_prices"], facts["valid_until"] = "order.quoted", sum.String(), []string{money.Of(*o.lines[0].UnitPrice, o.order.Currency).String()}, string(until)
	}
	switch state {
	case OrderDeclined:
		o.order.DeclinedAt, o.order.DeclinedBy, o.order.DeclineReason = &at, &success.UserID, "Orchestrator SaaS is not sold for three years ahead. Please ask for four quarters."
		action, facts = "order.declined", map[string]any{"reason": o.order.DeclineReason}
	case OrderCancelled:
		o.order.CancelledAt, o.order.CancelledBy, o.order.CancelReason = &at, &seller.UserID, "The client postponed the project."
	case OrderRequested, OrderQuoted, OrderLapsed:
	}
	if err := rowsOf[Order](d.DB).Create(d.ctx, &o.order); err != nil {
		return err
	}
	for _, l := range o.lines {
		if err := rowsOf[OrderLine](d.DB).Create(d.ctx, &l.OrderLine); err != nil {
			return err
		}
	}
	if err := d.event(o.order.RequestedAt, seller, "order.requested", o.subject(), map[string]any{"client": o.client.Company, "lines": linesText(o.lines)}); err != nil {
		return err
	}
	if action != "" {
		if err := d.event(at, actor, action, o.subject(), facts); err != nil {
			return err
		}
	}
	if state == OrderCancelled {
		return d.event(at, seller, "order.cancelled", o.subject(), map[string]any{"reason": o.order.CancelReason})
	}
	return nil
}

package models

import (
	"context"
	"fmt"

	"reselling/models/money"
)

// Placement is what is filled in to place an order.
type Placement struct {
	PONumber   string // of the client's or the account's own; printed on the invoice
	Version    int    // of the order that was looked at
	Days       string // that were left of added seats' term when it was looked at; empty: whatever is left
	ToPay      string // what the page said is to be paid, typed; empty where nothing was shown
	RequestKey string
}

// PlaceOrder orders what was quoted: it freezes percentage, prices and Annex,
// and issues the vendor's invoice; where nothing is payable the licences become
// active at once. Conflict without an Annex in force, for a suspended account,
// once the quote has lapsed or changed, or when somebody has placed it already.
func (s *Store) PlaceOrder(ctx context.Context, actor Actor, id string, e Placement) (Order, error) {
	if err := actor.require(PlaceOrders); err != nil {
		return Order{}, err
	}
	p := Problems{}
	e.PONumber = clean(e.PONumber)
	p.fit("po_number", e.PONumber, 100)
	if err := p.Err(); err != nil {
		return Order{}, err
	}
	var placed Order
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, actor.AccountID)
		if err != nil {
			return err
		}
		o, err := s.order(ctx, tx.DB, account.ID, id)
		if err != nil {
			return err
		}
		placed = o.order
		earlier, err := tx.claim(ctx, actor, "placement", e.RequestKey, id, e)
		if err != nil || earlier.id == id {
			return earlier.told(err, "the order was placed")
		}
		if err := tx.placeable(ctx, account, o, e.Version); err != nil {
			return err
		}
		if err := tx.placeableSeats(ctx, &o, e.Days); err != nil {
			return err
		}
		o.order.PONumber = e.PONumber
		if err := tx.freeze(ctx, actor, account, &o); err != nil {
			return err
		}
		invoice, err := tx.issueInvoice(ctx, actor, account, o)
		if err != nil {
			return err
		}
		if total := invoice.Amount(invoice.Total); e.ToPay != "" && e.ToPay != total.Typed() { // by another percentage or tax rate
			return refusal("changed", "What is to be paid has changed since you looked at it: it is %s now. Look at the settlement again, then place the order.", total)
		}
		if err := tx.record(ctx, actor, "order.placed", o.subject(), nil, map[string]any{
			"invoice": invoice.Number, "percentage": *o.order.Percentage, "due": invoice.Amount(invoice.Net).String(),
		}); err != nil {
			return err
		}
		placed = o.order
		if invoice.Total == 0 {
			err = tx.activate(ctx, actor, &o)
			placed = o.order
		} else {
			err = tx.grantGrace(ctx, actor, o.order)
		}
		if err != nil {
			return err
		}
		return tx.tellOfOrder(ctx, actor, o, invoice)
	})
	return placed, err
}

// placeable returns why an order can't be placed, if it can't.
func (tx *tx) placeable(ctx context.Context, account Account, o orderOf, version int) error {
	if err := o.settled(tx.now, OrderQuoted); err != nil {
		return err
	}
	switch {
	case account.IsSuspended():
		return refusal("suspended", "%s is suspended and places no orders. Running licences continue. Ask Customer Success what to do.", account.Name)
	case account.Plan == "":
		return refusal("no_plan", "%s has no plan. Only Bronze, Silver and Gold accounts resell: ask Customer Success for a plan.", account.Name)
	case o.client.IsArchived():
		return refusal("archived", "%s is archived. Restore the client first, then place the order.", o.client.Company)
	case o.order.Version != version:
		return refusal("changed", "The quote was changed in the meantime. Look at the new prices, then place the order.")
	}
	return nil
}

// freeze settles the lines of o by the terms in force and writes them, the
// percentage and the Annex on the order.
func (tx *tx) freeze(ctx context.Context, actor Actor, account Account, o *orderOf) error {
	annex, err := tx.annexInForce(ctx, account)
	if err != nil {
		return err
	}
	zone, err := zoneAt(ctx, tx.DB, account.ID, tx.now)
	if err != nil {
		return err
	}
	terms, err := termsOn(ctx, tx.DB, account.Plan, DateIn(tx.now, zone))
	if err != nil {
		return err
	}
	for i := range o.lines {
		l := &o.lines[i]
		s, err := l.settle(o.order.Currency, terms.Percentage)
		if err != nil {
			return fmt.Errorf("settle line %d of order %s: %w", l.Position, o.order.ID, err)
		}
		l.FullPrice, l.Share, l.Due = &s.Full.Minor, &s.Share.Minor, &s.Due.Minor
		if err := changed(rowsOf[OrderLine](tx.DB).Where("order_id = ? AND id = ?", o.order.ID, l.ID).
			Select("full_price", "share", "due", "coterm", "quarters", "term_id").Updates(ctx, l.OrderLine)); err != nil {
			return err
		}
	}
	o.order.PlacedAt, o.order.PlacedBy, o.order.Plan = &tx.now, &actor.UserID, account.Plan
	o.order.TermsID, o.order.Percentage, o.order.AnnexID = &terms.ID, &terms.Percentage, &annex.ID
	return tx.changeOrder(ctx, &o.order, "placed_at", "placed_by", "plan", "terms_id", "percentage", "annex_id", "po_number")
}

// frozen is the sum of what was settled of a placed order.
func (o orderOf) frozen() (money.Settlement, error) {
	var all []money.Settlement
	for _, l := range o.lines {
		all = append(all, l.Settled())
	}
	return money.Sum(o.order.Currency, all...)
}

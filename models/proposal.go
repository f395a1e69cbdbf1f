package models

import (
	"context"
	"time"

	"reselling/models/money"
)

// Proposal is what an account shows its client of a quoted order: full prices,
// nothing of the vendor's side.
type Proposal struct {
	Order    Order
	Client   Client
	Account  Account
	Lines    []OrderLineOf
	Full     money.Amount
	Discount money.Amount // for the client, out of the account's share
	Net      money.Amount
	TaxRate  int // hundredths of a percent
	Tax      money.Amount
	Total    money.Amount
	Branding Branding
	Logo     Logo // without an id: none
	From     User // who makes it
	Zone     *time.Location
}

// Proposal returns the proposal for the client of an order of the actor's account.
// with a discount as typed: an amount, or a percentage of the full price. Invalid
// above the account's share, Conflict unless its quote holds.
func (s *Store) Proposal(ctx context.Context, actor Actor, orderID, discount string) (v Proposal, err error) {
	if err := actor.require(RequestPrices); err != nil {
		return v, err
	}
	o, err := s.order(ctx, s.reader, actor.AccountID, orderID)
	if err != nil {
		return v, err
	}
	if err := o.settled(s.Now(), OrderQuoted); err != nil {
		return v, err
	}
	v.Order, v.Client, v.Lines = o.order, o.client, o.lines
	view, err := s.orderView(ctx, actor.AccountID, orderID, true)
	if err != nil {
		return v, err
	}
	if v.Full, err = full(o.order.Currency, o.lines); err != nil {
		return v, err
	}
	v.Discount, v.Net = money.Of(0, o.order.Currency), v.Full
	if view.HasMargin() {
		d, err := view.Discounted(discount)
		if err != nil {
			return v, err
		}
		v.Discount, v.Net = d.Discount, d.Billed
	}
	if v.Account, err = rowsOf[Account](s.reader).Where("id = ?", actor.AccountID).Take(ctx); err != nil {
		return v, err
	}
	if v.Branding, err = branding(ctx, s.reader, actor.AccountID); err != nil {
		return v, err
	}
	if v.Logo, err = logo(ctx, s.reader, actor.AccountID, v.Branding.LogoID); err != nil {
		return v, err
	}
	v.TaxRate = v.Branding.TaxRate
	if v.Tax, err = money.Percentage(v.TaxRate).Of(v.Net); err != nil {
		return v, err
	}
	if v.Total, err = v.Net.Plus(v.Tax); err != nil {
		return v, err
	}
	if v.From, err = rowsOf[User](s.reader).Where("id = ?", actor.UserID).Take(ctx); err != nil {
		return v, err
	}
	v.Zone, err = zoneAt(ctx, s.reader, actor.AccountID, s.Now())
	return v, err
}

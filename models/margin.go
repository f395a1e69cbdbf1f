package models

import (
	"reselling/models/money"
)

// settledSum is what an order was settled to, or would be by placing it today on
// the account's plan, with the percentage; false for who may not see amounts.
func (v OrderView) settledSum() (sum money.Settlement, percentage int, ok bool) {
	if v.Frozen != nil {
		return *v.Frozen, *v.Order.Percentage, true
	}
	own, ok := v.Own()
	return own.Total, own.Terms.Percentage, ok
}

// HasMargin reports whether the reader may see what the order brings.
func (v OrderView) HasMargin() bool {
	_, _, ok := v.settledSum()
	return ok && len(v.Lines) > 0 && v.Order.QuotedAt != nil
}

// Discounted reckons the order with a discount for the client, as typed: an amount,
// or a percentage of the full price. Invalid above the account's share. It changes
// nothing, least of all what is due to the vendor.
func (v OrderView) Discounted(typed string) (money.Discounted, error) {
	sum, percentage, ok := v.settledSum()
	if !ok {
		return money.Discounted{}, Errorf(Forbidden, "You may not see the amounts of this order.")
	}
	p := Problems{}
	discount, err := p.discount("discount", typed, sum)
	if err != nil {
		return money.Discounted{}, err
	}
	if discount.Minor > sum.Share.Minor {
		p.Add("discount", tooMuch(discount, sum, percentage))
	}
	if err := p.Err(); err != nil {
		return money.Discounted{}, err
	}
	return sum.Discounted(discount)
}

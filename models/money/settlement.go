package money

import "math/bits"

// Line is what one line of an order is reckoned from.
type Line struct {
	Unit     Amount // per licence per quarter
	Seats    int
	Quarters int
	Coterm   Coterm // of seats that are added to a running licence: instead of Quarters
}

// Settlement is how a full price is divided between the vendor and the account
// (DOMAIN.md "Money"): Share + Due = Full, always and to the minor unit.
type Settlement struct {
	Full  Amount // what the client pays without a discount
	Share Amount // the account's, by its reselling percentage
	Due   Amount // to the vendor; no discount changes it
}

// Full is unit price × seats × quarters; of added seats × what is left of each
// quarter, rounded once.
func (l Line) Full() (Amount, error) {
	perQuarter, err := l.Unit.Times(l.Seats)
	if err != nil {
		return Amount{}, err
	}
	if len(l.Coterm) > 0 {
		return l.Coterm.Of(perQuarter)
	}
	return perQuarter.Times(l.Quarters)
}

// Settle divides the line's full price: the share is rounded half up, the rest is due.
func (l Line) Settle(p Percentage) (Settlement, error) {
	full, err := l.Full()
	if err != nil {
		return Settlement{}, err
	}
	return Settle(full, p)
}

// Settle divides a full price.
func Settle(full Amount, p Percentage) (Settlement, error) {
	share, err := p.Of(full)
	if err != nil {
		return Settlement{}, err
	}
	due, err := full.Minus(share)
	return Settlement{Full: full, Share: share, Due: due}, err
}

// Sum adds up lines that were each settled and rounded; of none it is nothing of the currency.
func Sum(currency string, lines ...Settlement) (Settlement, error) {
	sum := Settlement{Full: Of(0, currency), Share: Of(0, currency), Due: Of(0, currency)}
	for _, l := range lines {
		for _, part := range []struct {
			into *Amount
			add  Amount
		}{{&sum.Full, l.Full}, {&sum.Share, l.Share}, {&sum.Due, l.Due}} {
			var err error
			if *part.into, err = part.into.Plus(part.add); err != nil {
				return Settlement{}, err
			}
		}
	}
	return sum, nil
}

// LargestDiscount is the most that the account can grant its client: all of its share.
func (s Settlement) LargestDiscount() Amount { return s.Share }

// Discounted is a settlement after a discount for the client.
type Discounted struct {
	Settlement
	Discount Amount
	Billed   Amount // to the client: Full − Discount, before tax
	Margin   Amount // what remains to the account: Share − Discount
}

// Discounted takes a discount out of the account's share. It refuses one below
// nothing (ErrNegative) or above the share (ErrDiscount).
func (s Settlement) Discounted(discount Amount) (Discounted, error) {
	d := Discounted{Settlement: s, Discount: discount}
	var err error
	if discount.Minor < 0 {
		return d, ErrNegative
	}
	if d.Billed, err = s.Full.Minus(discount); err != nil {
		return d, err
	}
	if d.Margin, err = s.Share.Minus(discount); err != nil {
		return d, err
	}
	if d.Margin.Minor < 0 {
		return d, ErrDiscount
	}
	return d, nil
}

// DiscountOf is a typed percentage of the full price as a discount: rounded half
// up, then capped at the largest.
func (s Settlement) DiscountOf(p Percentage) (Amount, error) {
	d, err := p.Of(s.Full)
	if err != nil {
		return d, err
	}
	return Of(min(d.Minor, s.Share.Minor), d.Currency), nil
}

// Spread divides a discount of the whole over the lines that sum up to it, in
// the proportion of their full prices and to the minor unit: what rounding down
// leaves goes to the first lines that have room. No line gets more than its full
// price, as long as the discount is not above the sum of them.
func Spread(discount Amount, lines ...Settlement) ([]Amount, error) {
	sum, err := Sum(discount.Currency, lines...)
	if err != nil {
		return nil, err
	}
	if discount.Minor < 0 {
		return nil, ErrNegative
	}
	if discount.Minor > sum.Full.Minor {
		return nil, ErrDiscount
	}
	parts, rest := make([]Amount, len(lines)), discount.Minor
	for i, l := range lines {
		parts[i] = Of(0, discount.Currency)
		if sum.Full.Minor > 0 {
			high, low := bits.Mul64(uint64(discount.Minor), uint64(l.Full.Minor)) // #nosec G115 -- not negative
			part, _ := bits.Div64(high, low, uint64(sum.Full.Minor))              // never above the line's full price
			parts[i].Minor = int64(part)                                          // #nosec G115
		}
		rest -= parts[i].Minor
	}
	for i, l := range lines {
		if rest > 0 && parts[i].Minor < l.Full.Minor {
			parts[i].Minor++
			rest--
		}
	}
	return parts, nil
}

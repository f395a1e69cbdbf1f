package money

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// ErrDays says that no days, or impossible ones, are left of a quarter.
var ErrDays = errors.New("no days are left of the term")

// Part is how many days are left of the days of one quarter.
type Part struct{ Left, Days int }

// Coterm is what is left of each quarter of a running term, the one that runs
// first: of what seats that are added to it are reckoned. None is whole quarters.
type Coterm []Part

// ParseCoterm reads what String writes.
func ParseCoterm(s string) (Coterm, error) {
	var c Coterm
	for word := range strings.FieldsSeq(s) {
		left, days, ok := strings.Cut(word, "/")
		var p Part
		var errLeft, errDays error
		p.Left, errLeft = strconv.Atoi(left)
		p.Days, errDays = strconv.Atoi(days)
		if !ok || errLeft != nil || errDays != nil || p.Left < 1 || p.Left > p.Days {
			return nil, fmt.Errorf("%.30q: %w", word, ErrDays)
		}
		c = append(c, p)
	}
	return c, nil
}

// String writes c as it is stored: "45/90 92/92".
func (c Coterm) String() string {
	var words []string
	for _, p := range c {
		words = append(words, fmt.Sprintf("%d/%d", p.Left, p.Days))
	}
	return strings.Join(words, " ")
}

// Of is a price for one quarter × what is left of each, added up and then rounded
// once, half up to the minor unit. It refuses parts without days (ErrDays).
func (c Coterm) Of(perQuarter Amount) (Amount, error) {
	if perQuarter.Minor < 0 {
		return Amount{}, ErrNegative
	}
	sum := new(big.Rat)
	for _, p := range c {
		if p.Left < 1 || p.Left > p.Days {
			return Amount{}, ErrDays
		}
		sum.Add(sum, big.NewRat(int64(p.Left), int64(p.Days)))
	}
	if sum.Sign() == 0 {
		return Amount{}, ErrDays
	}
	sum.Mul(sum, new(big.Rat).SetInt64(perQuarter.Minor))
	sum.Add(sum, big.NewRat(1, 2))
	rounded := new(big.Int).Quo(sum.Num(), sum.Denom())
	if !rounded.IsInt64() {
		return Amount{}, ErrTooLarge
	}
	return Amount{rounded.Int64(), perQuarter.Currency}, nil
}

// Package money reckons with amounts in whole minor units of one currency. It
// never uses floating point, and refuses what would overflow or mix currencies.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"regexp"
	"strconv"
	"strings"

	gomoney "github.com/Rhymond/go-money"
)

// Amount is a number of minor units, such as cents, of an ISO 4217 currency.
// The zero Amount is nothing of no currency.
type Amount struct {
	Minor    int64
	Currency string
}

// The reasons why there is no result.
var (
	ErrTooLarge   = errors.New("the amount is too large")
	ErrCurrencies = errors.New("the amounts are in different currencies")
	ErrNegative   = errors.New("the amount is less than nothing")
	ErrDiscount   = errors.New("the discount is larger than the share")
	ErrNoAmount   = errors.New("this is no amount of the currency")
)

// Of is minor units of a currency.
func Of(minor int64, currency string) Amount { return Amount{minor, currency} }

// IsZero reports whether a is nothing.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Whole is a in whole units of its currency; the rest is dropped.
func (a Amount) Whole() int64 {
	whole := a.Minor
	for range Digits(a.Currency) {
		whole /= 10
	}
	return whole
}

// Plus is a + b.
func (a Amount) Plus(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, ErrCurrencies
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) {
		return Amount{}, ErrTooLarge
	}
	return Amount{sum, a.Currency}, nil
}

// Minus is a − b.
func (a Amount) Minus(b Amount) (Amount, error) {
	if b.Minor == math.MinInt64 {
		return Amount{}, ErrTooLarge
	}
	return a.Plus(Amount{-b.Minor, b.Currency})
}

// Times is a × n, for n from 0 on.
func (a Amount) Times(n int) (Amount, error) {
	if a.Minor < 0 || n < 0 {
		return Amount{}, ErrNegative
	}
	high, low := bits.Mul64(uint64(a.Minor), uint64(n))
	if high != 0 || low > math.MaxInt64 {
		return Amount{}, ErrTooLarge
	}
	return Amount{int64(low), a.Currency}, nil // #nosec G115 -- compared above
}

// Percentage is in hundredths of a percent: 5000 is 50 %.
type Percentage int

// String writes p for people: "12.5 %".
func (p Percentage) String() string {
	s := strconv.Itoa(int(p / 100))
	if rest := p % 100; rest != 0 {
		s += "." + strings.TrimRight(fmt.Sprintf("%02d", rest), "0")
	}
	return s + " %"
}

const whole = 10000 // 100 % as a Percentage

// Of is p of a, rounded half up to the minor unit. It needs 0 ≤ p ≤ 100 % and a ≥ 0.
func (p Percentage) Of(a Amount) (Amount, error) {
	if a.Minor < 0 || p < 0 {
		return Amount{}, ErrNegative
	}
	if p > whole {
		return Amount{}, ErrTooLarge
	}
	// Whole ten thousands first: a product of large amounts would overflow.
	rest := a.Minor % whole * int64(p)
	return Amount{a.Minor/whole*int64(p) + (rest+whole/2)/whole, a.Currency}, nil
}

// String writes a for people: "1,234.50 EUR".
func (a Amount) String() string {
	if a.Currency == "" {
		return strconv.FormatInt(a.Minor, 10)
	}
	return gomoney.NewFormatter(Digits(a.Currency), ".", ",", a.Currency, "1 $").Format(a.Minor)
}

// Typed writes a as one types it into a form: "1234.50".
func (a Amount) Typed() string {
	return gomoney.NewFormatter(Digits(a.Currency), ".", "", "", "1").Format(a.Minor)
}

// Digits is how many digits the minor unit of a currency has: 2 for cents.
func Digits(currency string) int {
	if c := gomoney.GetCurrency(currency); c != nil {
		return c.Fraction
	}
	return 2
}

var typed = regexp.MustCompile(`^([0-9]{1,15})(?:[.,]([0-9]+))?$`)

// Parse reads an amount as typed: "1234", "1234.5" or "1234,50". It refuses more
// digits than the currency has, and separators of thousands, which could be
// taken for the decimal one.
func Parse(s, currency string) (Amount, error) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), currency))
	parts, digits := typed.FindStringSubmatch(s), Digits(currency)
	if parts == nil || len(parts[2]) > digits || digits > 2 && strings.Contains(s, ",") {
		return Amount{}, fmt.Errorf("%.30q: %w", s, ErrNoAmount)
	}
	minor, err := strconv.ParseInt(parts[1]+parts[2]+strings.Repeat("0", digits-len(parts[2])), 10, 64)
	if err != nil {
		return Amount{}, ErrTooLarge
	}
	return Amount{minor, currency}, nil
}

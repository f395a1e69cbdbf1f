package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"reselling/models/money"
)

const (
	bronze money.Percentage = 1000
	silver money.Percentage = 5000
	gold   money.Percentage = 7500
)

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

// The figures of DOMAIN.md, and what follows from them.
func TestSettlementOfEachPlan(t *testing.T) {
	for _, c := range []struct {
		name       string
		unit       int64
		seats, qs  int
		percentage money.Percentage
		full       int64
		share, due int64
	}{
		{"of 100.00 Bronze owes 90.00", 10000, 1, 1, bronze, 10000, 1000, 9000},
		{"of 100.00 Silver owes 50.00", 10000, 1, 1, silver, 10000, 5000, 5000},
		{"of 100.00 Gold owes 25.00", 10000, 1, 1, gold, 10000, 7500, 2500},
		{"99.99 on Bronze", 9999, 1, 1, bronze, 9999, 1000, 8999},
		{"99.99 on Silver rounds half up", 9999, 1, 1, silver, 9999, 5000, 4999},
		{"99.99 on Gold", 9999, 1, 1, gold, 9999, 7499, 2500},
		{"seats and quarters multiply before the percentage", 9999, 3, 4, bronze, 119988, 11999, 107989},
		{"half a cent goes to the account", 5, 1, 1, bronze, 5, 1, 4},
		{"less than half a cent does not", 4, 1, 1, bronze, 4, 0, 4},
		{"for nothing", 0, 10, 12, gold, 0, 0, 0},
		{"no share", 9999, 1, 1, 0, 9999, 0, 9999},
		{"all of it", 9999, 1, 1, 10000, 9999, 9999, 0},
		{"an odd percentage", 9999, 1, 1, 1234, 9999, 1234, 8765},
	} {
		got, err := money.Line{Unit: eur(c.unit), Seats: c.seats, Quarters: c.qs}.Settle(c.percentage)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if want := (money.Settlement{Full: eur(c.full), Share: eur(c.share), Due: eur(c.due)}); got != want {
			t.Errorf("%s: %+v, want %+v", c.name, got, want)
		}
		if got.LargestDiscount() != eur(c.share) {
			t.Errorf("%s: the largest discount is %v", c.name, got.LargestDiscount())
		}
	}
}

// Shares are rounded line by line: the total is a sum, not a percentage of a sum.
func TestSumRoundsPerLine(t *testing.T) {
	var lines []money.Settlement
	for range 3 {
		line, err := money.Line{Unit: eur(5), Seats: 1, Quarters: 1}.Settle(bronze)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	sum, err := money.Sum("EUR", lines...)
	if want := (money.Settlement{Full: eur(15), Share: eur(3), Due: eur(12)}); err != nil || sum != want {
		t.Errorf("%+v, %v, want %+v", sum, err, want)
	}
	if none, err := money.Sum("EUR"); err != nil || none.Full != eur(0) || none.Due != eur(0) || none.Share != eur(0) {
		t.Errorf("nothing adds up to %+v, %v", none, err)
	}
	if _, err := money.Sum("USD", lines...); !errors.Is(err, money.ErrCurrencies) {
		t.Errorf("euros and dollars: %v", err)
	}
}

func TestDiscountComesOutOfTheShare(t *testing.T) {
	for _, c := range []struct {
		percentage     money.Percentage
		discount       int64
		billed, margin int64
		err            error
		percent        money.Percentage // the same, typed as a percentage
		capped         int64
	}{
		{bronze, 0, 9999, 1000, nil, 0, 0},
		{bronze, 1000, 8999, 0, nil, 1000, 1000},
		{bronze, 1001, 0, 0, money.ErrDiscount, 1001, 1000},
		{gold, 1001, 8998, 6498, nil, 1001, 1001},
		{gold, 7499, 2500, 0, nil, 10000, 7499},
		{gold, 7500, 0, 0, money.ErrDiscount, 7500, 7499},
		{silver, -1, 0, 0, money.ErrNegative, 5, 5},
	} {
		s, err := money.Settle(eur(9999), c.percentage)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Discounted(eur(c.discount))
		if !errors.Is(err, c.err) {
			t.Errorf("%d off at %d: %v, want %v", c.discount, c.percentage, err, c.err)
		}
		if c.err == nil && (d.Billed != eur(c.billed) || d.Margin != eur(c.margin) || d.Due != s.Due) {
			t.Errorf("%d off at %d: %+v", c.discount, c.percentage, d)
		}
		if got, err := s.DiscountOf(c.percent); err != nil || got != eur(c.capped) {
			t.Errorf("%d of a hundredth percent off at %d: %v, %v, want %d", c.percent, c.percentage, got, err, c.capped)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		line money.Line
		p    money.Percentage
		want error
	}{
		"negative price":      {money.Line{Unit: eur(-1), Seats: 1, Quarters: 1}, bronze, money.ErrNegative},
		"negative seats":      {money.Line{Unit: eur(1), Seats: -1, Quarters: 1}, bronze, money.ErrNegative},
		"negative quarters":   {money.Line{Unit: eur(1), Seats: 1, Quarters: -1}, bronze, money.ErrNegative},
		"overflow":            {money.Line{Unit: eur(math.MaxInt64), Seats: 2, Quarters: 1}, bronze, money.ErrTooLarge},
		"overflow later":      {money.Line{Unit: eur(math.MaxInt64/2 + 1), Seats: 1, Quarters: 2}, bronze, money.ErrTooLarge},
		"a large overflow":    {money.Line{Unit: eur(math.MaxInt64), Seats: math.MaxInt, Quarters: 1}, bronze, money.ErrTooLarge},
		"more than all":       {money.Line{Unit: eur(1), Seats: 1, Quarters: 1}, 10001, money.ErrTooLarge},
		"negative percentage": {money.Line{Unit: eur(1), Seats: 1, Quarters: 1}, -1, money.ErrNegative},
	} {
		if _, err := c.line.Settle(c.p); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := eur(math.MaxInt64).Plus(eur(1)); !errors.Is(err, money.ErrTooLarge) {
		t.Errorf("overflow by adding: %v", err)
	}
	if _, err := eur(0).Minus(eur(math.MinInt64)); !errors.Is(err, money.ErrTooLarge) {
		t.Errorf("overflow by taking: %v", err)
	}
	if got, err := eur(math.MaxInt64).Plus(eur(0)); err != nil || got != eur(math.MaxInt64) {
		t.Errorf("the most and nothing: %v, %v", got, err)
	}
}

func TestWritingAndReading(t *testing.T) {
	for _, c := range []struct {
		amount      money.Amount
		text, typed string
		alsoTyped   []string
	}{
		{eur(123450), "1,234.50 EUR", "1234.50", []string{"1234.5", "1234,5", " 1234,50 ", "1234.50 EUR"}},
		{eur(5), "0.05 EUR", "0.05", []string{"0,05", "00.05"}},
		{eur(0), "0.00 EUR", "0.00", []string{"0", "0.0"}},
		{money.Of(1234, "JPY"), "1,234 JPY", "1234", []string{"01234"}},
		{money.Of(1234, "KWD"), "1.234 KWD", "1.234", nil},
	} {
		if got := c.amount.String(); got != c.text {
			t.Errorf("%+v is written %q, want %q", c.amount, got, c.text)
		}
		if got := c.amount.Typed(); got != c.typed {
			t.Errorf("%+v is typed %q, want %q", c.amount, got, c.typed)
		}
		for _, s := range append(c.alsoTyped, c.typed) {
			if got, err := money.Parse(s, c.amount.Currency); err != nil || got != c.amount {
				t.Errorf("%q is read as %v, %v", s, got, err)
			}
		}
	}
	for _, c := range []struct{ s, currency string }{
		{"", "EUR"}, {"-1", "EUR"}, {"1.234", "EUR"}, {"1,234.50", "EUR"}, {"1 234", "EUR"}, {"1e3", "EUR"}, {"0x10", "EUR"}, {".5", "EUR"}, {"5.", "EUR"},
		{"1.5", "JPY"}, {"1,234", "KWD"}, {"½", "EUR"}, {"٣", "EUR"}, {"12345678901234567890", "EUR"}, {"NaN", "EUR"}, {"1 USD", "EUR"},
	} {
		if got, err := money.Parse(c.s, c.currency); err == nil {
			t.Errorf("%q is read as %v of %s", c.s, got, c.currency)
		}
	}
	if got := eur(-123456).String(); got != "-1,234.56 EUR" {
		t.Errorf("a negative amount is written %q", got)
	}
}

// rapid draws random orders.
var (
	lines = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) money.Line {
		return money.Line{
			Unit: eur(rapid.Int64Range(0, 1e11).Draw(t, "unit")), Seats: rapid.IntRange(1, 100000).Draw(t, "seats"),
			Quarters: rapid.IntRange(1, 12).Draw(t, "quarters"),
		}
	}), 0, 20)
	percentages = rapid.OneOf(rapid.SampledFrom([]money.Percentage{bronze, silver, gold}), rapid.Custom(func(t *rapid.T) money.Percentage {
		return money.Percentage(rapid.IntRange(0, 10000).Draw(t, "percentage"))
	}))
)

func settle(t *rapid.T, order []money.Line, p money.Percentage) (money.Settlement, []money.Settlement) {
	var all []money.Settlement
	for _, l := range order {
		s, err := l.Settle(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	sum, err := money.Sum("EUR", all...)
	if err != nil {
		t.Fatal(err)
	}
	return sum, all
}

// Nothing is lost or invented: on every line and in the sum, share and due make
// the full price, and no share is further than half a cent from the exact one.
func TestShareAndDueMakeTheFullPrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order, p := lines.Draw(t, "lines"), percentages.Draw(t, "percentage")
		sum, all := settle(t, order, p)
		var full, share, due int64
		for i, s := range all {
			if s.Share.Minor+s.Due.Minor != s.Full.Minor || s.Share.Minor < 0 || s.Due.Minor < 0 {
				t.Fatalf("line %d: %+v", i, s)
			}
			if want := order[i].Unit.Minor * int64(order[i].Seats) * int64(order[i].Quarters); s.Full.Minor != want {
				t.Fatalf("line %d: full %d, want %d", i, s.Full.Minor, want)
			}
			// half up: −5000 < 10000 × share − full × p ≤ 5000
			off := new(big.Int).Mul(big.NewInt(s.Share.Minor), big.NewInt(10000))
			off.Sub(off, new(big.Int).Mul(big.NewInt(s.Full.Minor), big.NewInt(int64(p))))
			if off.Cmp(big.NewInt(-5000)) <= 0 || off.Cmp(big.NewInt(5000)) > 0 {
				t.Fatalf("line %d: %+v at %d is off by %v ten thousandths", i, s, p, off)
			}
			full, share, due = full+s.Full.Minor, share+s.Share.Minor, due+s.Due.Minor
		}
		if sum.Full != eur(full) || sum.Share != eur(share) || sum.Due != eur(due) || share+due != full {
			t.Fatalf("the sum is %+v of %d, %d, %d", sum, full, share, due)
		}
	})
}

// A discount never touches the amount due: what the client pays covers it.
func TestDiscountNeverTouchesTheAmountDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sum, _ := settle(t, lines.Draw(t, "lines"), percentages.Draw(t, "percentage"))
		discount := eur(rapid.Int64Range(0, sum.LargestDiscount().Minor).Draw(t, "discount"))
		d, err := sum.Discounted(discount)
		if err != nil {
			t.Fatal(err)
		}
		if d.Due != sum.Due || d.Billed.Minor < d.Due.Minor || d.Billed.Minor != d.Due.Minor+d.Margin.Minor || d.Margin.Minor < 0 {
			t.Fatalf("%+v", d)
		}
		if _, err := sum.Discounted(eur(sum.LargestDiscount().Minor + 1)); !errors.Is(err, money.ErrDiscount) {
			t.Fatalf("a cent more: %v", err)
		}
		capped, err := sum.DiscountOf(money.Percentage(rapid.IntRange(0, 10000).Draw(t, "typed")))
		if err != nil || capped.Minor > sum.Share.Minor || capped.Minor < 0 {
			t.Fatalf("a typed percentage gives %v, %v", capped, err)
		}
	})
}

// A better plan never makes the vendor's part larger.
func TestMorePercentNeverCostsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		order, p, q := lines.Draw(t, "lines"), percentages.Draw(t, "p"), percentages.Draw(t, "q")
		less, _ := settle(t, order, min(p, q))
		more, _ := settle(t, order, max(p, q))
		if more.Due.Minor > less.Due.Minor || more.Full != less.Full {
			t.Fatalf("%+v at %d, %+v at %d", less, min(p, q), more, max(p, q))
		}
	})
}

func TestWhatIsTypedIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := money.Of(rapid.Int64Range(0, 1e15-1).Draw(t, "minor"), rapid.SampledFrom([]string{"EUR", "USD", "JPY", "KWD", "CLF"}).Draw(t, "currency"))
		if got, err := money.Parse(a.Typed(), a.Currency); err != nil || got != a {
			t.Fatalf("%+v is typed %q and read %v, %v", a, a.Typed(), got, err)
		}
	})
}

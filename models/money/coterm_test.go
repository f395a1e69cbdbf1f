package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"reselling/models/money"
)

func TestCotermedPrices(t *testing.T) {
	for _, c := range []struct {
		name   string
		unit   int64
		seats  int
		left   string
		full   int64
		bronze int64 // due
		gold   int64
	}{
		{"half a quarter", 10000, 1, "45/90", 5000, 4500, 1250},
		{"all of a quarter", 10000, 2, "92/92", 20000, 18000, 5000},
		{"its last day, rounded down", 10000, 1, "1/92", 109, 98, 27},
		{"half a cent is rounded up", 45, 1, "1/90", 1, 1, 0},
		{"less is not", 44, 1, "1/90", 0, 0, 0},
		{"a part and whole quarters", 9999, 3, "45/90 92/92", 44996, 40496, 11249},
		{"thirds are rounded once, not per quarter", 1, 1, "30/90 30/90 30/90", 1, 1, 0},
		{"for nothing", 0, 5, "1/90", 0, 0, 0},
	} {
		left, err := money.ParseCoterm(c.left)
		if err != nil || left.String() != c.left {
			t.Errorf("%s: %q, %v", c.name, left, err)
		}
		line := money.Line{Unit: eur(c.unit), Seats: c.seats, Quarters: len(left), Coterm: left}
		b, err := line.Settle(bronze)
		g, err2 := line.Settle(gold)
		if err != nil || err2 != nil || b.Full != eur(c.full) || b.Due != eur(c.bronze) || g.Due != eur(c.gold) {
			t.Errorf("%s: %+v, %+v, %v", c.name, b, g, err)
		}
	}
}

func TestCotermRefusals(t *testing.T) {
	for _, s := range []string{"0/92", "-1/92", "93/92", "1/0", "1", "1/", "/92", "x/92", "45/90 0/92", "1/92/3"} {
		if _, err := money.ParseCoterm(s); !errors.Is(err, money.ErrDays) {
			t.Errorf("%q is read: %v", s, err)
		}
	}
	for _, c := range []money.Coterm{{{0, 92}}, {{93, 92}}, {{45, 90}, {0, 92}}} {
		if _, err := (money.Line{Unit: eur(100), Seats: 1, Quarters: 1, Coterm: c}).Full(); !errors.Is(err, money.ErrDays) {
			t.Errorf("%v has a price: %v", c, err)
		}
	}
	if _, err := (money.Coterm{}).Of(eur(1)); !errors.Is(err, money.ErrDays) {
		t.Errorf("no days have a price: %v", err)
	}
	all := money.Coterm{{92, 92}, {92, 92}}
	if _, err := all.Of(eur(math.MaxInt64)); !errors.Is(err, money.ErrTooLarge) {
		t.Errorf("it overflows: %v", err)
	}
	if _, err := all.Of(eur(-1)); !errors.Is(err, money.ErrNegative) {
		t.Errorf("less than nothing: %v", err)
	}
}

var coterms = rapid.Custom(func(t *rapid.T) (c money.Coterm) {
	for range rapid.IntRange(1, 12).Draw(t, "quarters") {
		days := rapid.IntRange(89, 92).Draw(t, "days")
		c = append(c, money.Part{Left: rapid.IntRange(1, days).Draw(t, "left"), Days: days})
	}
	return c
})

// Added seats never cost more than the whole quarters would, nor less with more
// days; what they cost is the exact price but for half a minor unit, and share
// and due make it up.
func TestCotermProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, p := coterms.Draw(t, "left"), percentages.Draw(t, "percentage")
		line := money.Line{Unit: eur(rapid.Int64Range(0, 1e11).Draw(t, "unit")), Seats: rapid.IntRange(1, 100000).Draw(t, "seats"), Quarters: len(c), Coterm: c}
		s, err := line.Settle(p)
		if err != nil {
			t.Fatal(err)
		}
		if s.Share.Minor+s.Due.Minor != s.Full.Minor || s.Share.Minor < 0 || s.Due.Minor < 0 {
			t.Fatalf("%+v", s)
		}
		whole := line
		whole.Coterm = nil
		if full, err := whole.Full(); err != nil || s.Full.Minor > full.Minor {
			t.Fatalf("%v for %v of quarters that cost %v, %v", s.Full, c, full, err)
		}
		exact := new(big.Rat)
		for _, part := range c {
			exact.Add(exact, big.NewRat(int64(part.Left), int64(part.Days)))
		}
		exact.Mul(exact, new(big.Rat).SetInt64(line.Unit.Minor*int64(line.Seats)))
		off := new(big.Rat).Sub(new(big.Rat).SetInt64(s.Full.Minor), exact)
		if off.Cmp(big.NewRat(1, 2)) > 0 || off.Cmp(big.NewRat(-1, 2)) <= 0 {
			t.Fatalf("%v is off by %v", s.Full, off)
		}
		again, err := money.ParseCoterm(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%v is read as %v, %v", c, again, err)
		}
		if c[0].Left > 1 {
			c[0].Left--
			if less, err := line.Full(); err != nil || less.Minor > s.Full.Minor {
				t.Fatalf("a day less costs %v, more than %v, %v", less, s.Full, err)
			}
		}
	})
}

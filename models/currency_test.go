package models

import (
	"slices"
	"strings"
	"testing"

	money "github.com/Rhymond/go-money"
)

func TestCurrencies(t *testing.T) {
	list := Currencies()
	if len(list) != 153 || !slices.IsSortedFunc(list, func(a, b Currency) int { return strings.Compare(a.Code, b.Code) }) {
		t.Errorf("%d currencies", len(list))
	}
	names := map[string]string{}
	for _, c := range list {
		if known := money.GetCurrency(c.Code); known == nil || known.Code != c.Code || known.Fraction != c.Digits {
			t.Errorf("%+v, but amounts are formatted as %+v", c, known)
		}
		if c.Name == "" || names[c.Name] != "" {
			t.Errorf("%s and %s are both called %q", c.Code, names[c.Name], c.Name)
		}
		names[c.Name] = c.Code
		if got, ok := CurrencyOf(c.Code); !ok || got != c {
			t.Errorf("CurrencyOf(%s) = %+v, %v", c.Code, got, ok)
		}
	}
	for code, want := range map[string]Currency{"EUR": {"EUR", "Euro", 2}, "JPY": {"JPY", "Japanese Yen", 0}, "KWD": {"KWD", "Kuwaiti Dinar", 3}} {
		if got, ok := CurrencyOf(code); !ok || got != want {
			t.Errorf("CurrencyOf(%s) = %+v, %v", code, got, ok)
		}
	}
	for _, code := range []string{"", "eur", "EURO", "XXX", "XAU", "DEM", "EUR ", "ZZZ", "AAA"} {
		if got, ok := CurrencyOf(code); ok {
			t.Errorf("CurrencyOf(%q) = %+v", code, got)
		}
	}
	list[0].Name = "changed"
	if Currencies()[0].Name == "changed" {
		t.Error("a caller can change the list")
	}
}

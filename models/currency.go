package models

import (
	_ "embed"
	"slices"
	"strings"
)

// Currency is one of ISO 4217's that people pay with; funds, metals and
// currencies that are no more are left out.
type Currency struct {
	Code   string // three capitals
	Name   string // in English
	Digits int    // of the minor unit: 2 for cents
}

// Currencies are all currencies, sorted by code.
func Currencies() []Currency { return slices.Clone(currencies) }

// CurrencyOf returns the currency with code, if there is one.
func CurrencyOf(code string) (Currency, bool) {
	i, ok := slices.BinarySearchFunc(currencies, code, func(c Currency, code string) int { return strings.Compare(c.Code, code) })
	if !ok {
		return Currency{}, false
	}
	return currencies[i], true
}

//go:embed lists/currencies.txt
var currenciesFile string

var currencies = readCurrencies(currenciesFile)

func readCurrencies(file string) []Currency {
	var list []Currency
	for line := range strings.Lines(file) {
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		digits, name, _ := strings.Cut(rest, " ")
		list = append(list, Currency{Code: code, Name: name, Digits: int(digits[0] - '0')})
	}
	return list
}

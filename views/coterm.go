package views

import (
	"fmt"
	"strings"

	"reselling/models"
	"reselling/models/money"
)

// quartersText is for how long a line is bought: "4", or of added seats what is
// left of each quarter, "46/92 + 1".
func quartersText(quarters int, coterm string) string {
	left, err := money.ParseCoterm(coterm)
	if err != nil || len(left) == 0 {
		return Number(quarters)
	}
	return strings.Join(leftWords(left, "/"), " + ")
}

// leftWords writes each part as a fraction, and whole quarters together as their number.
func leftWords(left money.Coterm, stroke string) (words []string) {
	whole := 0
	for _, p := range left {
		if p.Left == p.Days {
			whole++
			continue
		}
		words = append(words, fmt.Sprintf("%d%s%d", p.Left, stroke, p.Days))
	}
	if whole > 0 {
		words = append(words, Number(whole))
	}
	return words
}

// cotermFormula shows how the full price of added seats was reckoned, with its
// inputs: "99.99 EUR × 3 × (46 ÷ 92 + 1) = 449.96 EUR".
func cotermFormula(unit money.Amount, seats int, coterm string, full money.Amount) string {
	left, _ := money.ParseCoterm(coterm)
	words := leftWords(left, " ÷ ")
	if len(words) == 0 {
		return full.String()
	}
	days := words[0]
	if len(words) > 1 || strings.Contains(days, "÷") {
		days = "(" + strings.Join(words, " + ") + ")"
	}
	return fmt.Sprintf("%s × %s × %s = %s", unit, Plural(seats, "seat", "seats"), days, full)
}

// daysLeftText says in words what is left of the term: "46 of the 92 days of the
// running quarter, and 1 whole quarter after it".
func daysLeftText(coterm string) string {
	left, _ := money.ParseCoterm(coterm)
	if len(left) == 0 {
		return ""
	}
	s := fmt.Sprintf("%d of the %s of the licence’s running quarter", left[0].Left, Plural(left[0].Days, "day", "days"))
	if more := len(left) - 1; more > 0 {
		s += ", and " + Plural(more, "whole quarter", "whole quarters") + " after it"
	}
	return s
}

// cotermLine is what the formula of a line needs.
type cotermLine struct {
	Product string
	Unit    money.Amount
	Seats   int
	Coterm  string
	Full    money.Amount
}

// cotermLines are the priced lines of added seats.
func cotermLines(lines []models.OrderLineOf) (all []cotermLine) {
	for _, l := range lines {
		if l.Coterm == "" || !l.IsPriced() {
			continue
		}
		if full, err := l.Full(); err == nil {
			all = append(all, cotermLine{l.ProductName, l.Unit(), l.Seats, l.Coterm, full})
		}
	}
	return all
}

func invoiceCotermLines(v models.InvoiceView) (all []cotermLine) {
	for _, l := range v.Lines {
		if l.Coterm != "" {
			all = append(all, cotermLine{l.ProductName, v.Invoice.Amount(l.UnitPrice), l.Seats, l.Coterm, v.Invoice.Amount(l.FullPrice)})
		}
	}
	return all
}

func clientInvoiceCotermLines(v models.ClientInvoiceView) (all []cotermLine) {
	for _, l := range v.Lines {
		if l.Coterm != "" {
			all = append(all, cotermLine{l.ProductName, v.Invoice.Amount(l.UnitPrice), l.Seats, l.Coterm, v.Invoice.Amount(l.FullPrice)})
		}
	}
	return all
}

// lineHint is what a line asks for, where its price is typed.
func lineHint(l models.OrderLineOf) string {
	if l.Coterm == "" {
		return lineText(l.Seats, l.Quarters)
	}
	return Plural(l.Seats, "seat", "seats") + " more, for what is left of the term today: " + daysLeftText(l.Coterm)
}

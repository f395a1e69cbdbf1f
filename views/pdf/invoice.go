package pdf

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"reselling/models"
	"reselling/models/money"
)

// Invoice is the vendor's invoice to an account.
func Invoice(v models.InvoiceView, paper models.Paper) ([]byte, error) {
	i := v.Invoice
	s := sheet{title: "Invoice " + i.Number, foot: i.VendorLegalName + " · Invoice " + i.Number, paper: paper, issued: i.IssuedAt, author: i.VendorLegalName}
	return draw(s, func(d *document) {
		d.head("Invoice", i.Number, nil)
		d.columns(
			[2]string{"From", party(i.VendorLegalName, i.VendorAddress, i.VendorCountry, i.VendorTaxID)},
			[2]string{"To", party(i.LegalName, i.Address, i.Country, i.TaxID)},
			[2]string{"Dates", block("Issued "+formatted(i.IssuedOn), "Due "+formatted(i.DueOn))},
		)
		d.facts([][2]string{{"Resold to", i.ClientName}, {"PO number", i.PONumber}, {"Payment reference", i.PaymentReference}})
		d.skip(3)
		rows := make([][]string, len(v.Lines))
		for n, l := range v.Lines {
			rows[n] = []string{
				block(l.ProductName, coterm(l.Coterm)), i.Amount(l.UnitPrice).String(), strconv.Itoa(l.Seats), strconv.Itoa(l.Quarters),
				i.Amount(l.FullPrice).String(), i.Amount(l.Share).String(), i.Amount(l.Due).String(),
			}
		}
		d.table([]column{
			{title: "Product", share: 2.2}, {title: "Per licence and quarter", share: 1.5, right: true}, {title: "Seats", share: 0.8, right: true},
			{title: "Quarters", share: 0.9, right: true}, {title: "Full price", share: 1.5, right: true}, {title: "Your share", share: 1.5, right: true},
			{title: "Due", share: 1.5, right: true},
		}, rows)
		d.skip(3)
		d.totals([][2]string{
			{"Net", i.Amount(i.Net).String()}, {"Tax " + money.Percentage(i.TaxRate).String(), i.Amount(i.Tax).String()}, {"To pay", i.Amount(i.Total).String()},
		})
		d.heading("How to pay")
		if i.Total == 0 {
			d.text("Nothing is to be paid.")
		} else {
			d.facts([][2]string{
				{"Amount", i.Amount(i.Total).String()}, {"Until", formatted(i.DueOn)}, {"Reference", i.PaymentReference}, {"Pay to", i.BankDetails},
			})
		}
		d.heading("How it was settled")
		if addsSeats(v.Lines) {
			d.note("Added seats: full price = price × seats × days left ÷ days of the quarter, added up over the quarters and rounded half up once. The days are those that were left when the order was placed.")
		}
		d.note(fmt.Sprintf("Per line: full price = price × seats × quarters; share = full price × %s, rounded half up to the smallest unit of %s; due = full price − share. "+
			"Tax = net × %s, rounded half up. By the %s terms from %s on, and version %d of the Annex.",
			money.Percentage(i.Percentage), i.Currency, money.Percentage(i.TaxRate), v.Terms.Plan.Name(), formatted(v.Terms.HoldsFrom), v.AnnexVersion))
	})
}

// party is one side's block of an invoice.
func party(name, address, country, taxID string) string {
	lines := []string{name, address, models.CountryName(country)}
	if taxID != "" {
		lines = append(lines, "Tax id "+taxID)
	}
	return block(lines...)
}

func addsSeats(lines []models.InvoiceLine) bool {
	return slices.ContainsFunc(lines, func(l models.InvoiceLine) bool { return l.Coterm != "" })
}

// coterm says how added seats were reckoned.
func coterm(days string) string {
	if days == "" {
		return ""
	}
	return "Seats added to a running licence. Days left of the days of each quarter: " + strings.ReplaceAll(days, " ", ", ")
}

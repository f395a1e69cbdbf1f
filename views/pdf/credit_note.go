package pdf

import (
	"reselling/models"
	"reselling/models/money"
)

// CreditNote is the vendor's credit note to an account; it says what it corrects.
func CreditNote(v models.CreditNoteView, paper models.Paper) ([]byte, error) {
	n, i := v.Note, v.Invoice
	number := *n.Number
	s := sheet{title: "Credit note " + number, foot: i.VendorLegalName + " · Credit note " + number, paper: paper, issued: *n.IssuedAt, author: i.VendorLegalName}
	return draw(s, func(d *document) {
		d.head("Credit note", number, nil)
		d.columns(
			[2]string{"From", party(i.VendorLegalName, i.VendorAddress, i.VendorCountry, i.VendorTaxID)},
			[2]string{"To", party(i.LegalName, i.Address, i.Country, i.TaxID)},
			[2]string{"Date", "Issued " + formatted(*n.IssuedOn)},
		)
		d.facts([][2]string{
			{"Corrects", "Invoice " + i.Number + " of " + formatted(i.IssuedOn)}, {"Reason", n.Reason}, {"Resold to", i.ClientName}, {"PO number", i.PONumber},
		})
		d.skip(3)
		rows := make([][]string, len(v.Lines))
		for k, l := range v.Lines {
			rows[k] = []string{l.ProductName, i.Amount(l.Net).String()}
		}
		d.table([]column{{title: "Taken back of", share: 3}, {title: "Net", share: 1, right: true}}, rows)
		d.skip(3)
		d.totals([][2]string{
			{"Net", n.Amount(n.Net).String()}, {"Tax " + money.Percentage(n.TaxRate).String(), n.Amount(n.Tax).String()}, {"Credited", n.Amount(n.Total).String()},
		})
		d.skip(4)
		d.text("This amount is taken back from invoice " + i.Number + ". What was paid of it already is your credit.")
		if n.EndsLicense {
			d.text("The licences of these lines ended with this credit note.")
		}
		d.heading("How it was settled")
		d.note("Tax is that on everything that was taken back of the invoice so far, at " + money.Percentage(n.TaxRate).String() + " and rounded half up, less the tax taken back before.")
	})
}

package pdf

import (
	"strconv"

	"reselling/models"
	"reselling/models/money"
)

// ClientInvoice is an account's invoice to its client, or the credit note that
// takes it back. Nothing of the vendor's side stands on it.
func ClientInvoice(v models.ClientInvoiceView, which models.ClientPaper, paper models.Paper) ([]byte, error) {
	i := v.Invoice
	s := sheet{
		title: "Invoice " + i.Number, foot: i.LegalName + " · Invoice " + i.Number, paper: paper, issued: i.IssuedAt, author: i.LegalName, accent: colourOf(i.Colour),
	}
	note := v.CreditNote
	if which == models.ClientCreditNotePaper {
		s.title, s.foot, s.issued = "Credit note "+note.Number, i.LegalName+" · Credit note "+note.Number, note.IssuedAt
	} else {
		note = nil
	}
	return draw(s, func(d *document) {
		from := [2]string{"From", party(i.LegalName, i.Address, i.Country, i.TaxID)}
		to := [2]string{"To", party(block(i.ClientCompany, i.ClientContact), i.ClientAddress, i.ClientCountry, i.ClientTaxID)}
		if note != nil {
			d.head("Credit note", note.Number, v.Logo.PNG)
			d.columns(from, to, [2]string{"Date", "Issued " + formatted(note.IssuedOn)})
			d.facts([][2]string{{"Takes back", "Invoice " + i.Number + " of " + formatted(i.IssuedOn)}, {"Reason", note.Reason}, {"PO number", i.PONumber}})
		} else {
			d.head("Invoice", i.Number, v.Logo.PNG)
			d.columns(from, to, [2]string{"Dates", block("Issued "+formatted(i.IssuedOn), "Due "+formatted(i.DueOn))})
			d.facts([][2]string{{"PO number", i.PONumber}})
		}
		d.skip(3)
		d.clientLines(v)
		d.skip(3)
		sums := [][2]string{{"Net", i.Net().String()}, {"Tax " + money.Percentage(i.TaxRate).String(), i.Amount(i.Tax).String()}}
		if i.Discount > 0 {
			sums = append([][2]string{{"Full price", i.Amount(i.FullPrice).String()}, {"Discount", "−" + i.Amount(i.Discount).String()}}, sums...)
		}
		if note != nil {
			d.totals(append(sums, [2]string{"Credited", i.Amount(i.Total).String()}))
			return
		}
		d.totals(append(sums, [2]string{"To pay", i.Amount(i.Total).String()}))
		d.heading("How to pay")
		if i.Total == 0 {
			d.text("Nothing is to be paid.")
		} else {
			d.facts([][2]string{{"Amount", i.Amount(i.Total).String()}, {"Until", formatted(i.DueOn)}, {"State the number", i.Number}, {"Pay to", i.BankDetails}})
		}
		if i.Note != "" {
			d.skip(4)
			d.text(i.Note)
		}
	})
}

// clientLines writes the lines of a client invoice; discounts where there are any.
func (d *document) clientLines(v models.ClientInvoiceView) {
	i := v.Invoice
	cols := []column{
		{title: "Product", share: 2.4}, {title: "Per licence and quarter", share: 1.6, right: true}, {title: "Seats", share: 0.8, right: true},
		{title: "Quarters", share: 0.9, right: true}, {title: "Full price", share: 1.5, right: true},
	}
	if i.Discount > 0 {
		cols = append(cols, column{title: "Discount", share: 1.5, right: true}, column{title: "Net", share: 1.5, right: true})
	}
	rows := make([][]string, len(v.Lines))
	for n, l := range v.Lines {
		rows[n] = []string{block(l.ProductName, coterm(l.Coterm)), i.Amount(l.UnitPrice).String(), strconv.Itoa(l.Seats), strconv.Itoa(l.Quarters), i.Amount(l.FullPrice).String()}
		if i.Discount > 0 {
			rows[n] = append(rows[n], i.Amount(l.Discount).String(), i.Amount(l.FullPrice-l.Discount).String())
		}
	}
	d.table(cols, rows)
}

// Proposal is what an account offers its client: full prices, and nothing of the
// vendor's side.
func Proposal(v models.Proposal, paper models.Paper) ([]byte, error) {
	s := sheet{
		title: "Proposal for " + v.Client.Company, foot: v.Account.LegalName + " · Proposal", paper: paper, issued: *v.Order.QuotedAt, author: v.Account.LegalName, accent: colourOf(v.Branding.Colour),
	}
	return draw(s, func(d *document) {
		d.head("Proposal", v.Client.Company, v.Logo.PNG)
		d.columns(
			[2]string{"From", party(block(v.Account.LegalName, v.From.Name, v.From.Email), v.Account.Address, v.Account.Country, v.Account.TaxID)},
			[2]string{"For", party(block(v.Client.Company, v.Client.ContactName), v.Client.Address, v.Client.Country, v.Client.TaxID)},
			[2]string{"Dates", block("Made "+formatted(models.DateIn(*v.Order.QuotedAt, v.Zone)), "Valid until "+formatted(v.Order.ValidUntil))},
		)
		d.skip(3)
		rows := make([][]string, len(v.Lines))
		for n, l := range v.Lines {
			full, err := l.Full()
			if err != nil && d.err == nil {
				d.err = err
			}
			rows[n] = []string{block(l.ProductName, coterm(l.Coterm)), l.Unit().String(), strconv.Itoa(l.Seats), strconv.Itoa(l.Quarters), full.String()}
		}
		d.table([]column{
			{title: "Product", share: 2.4}, {title: "Per licence and quarter", share: 1.6, right: true}, {title: "Seats", share: 0.8, right: true},
			{title: "Quarters", share: 0.9, right: true}, {title: "Price", share: 1.5, right: true},
		}, rows)
		d.skip(3)
		sums := [][2]string{{"Net", v.Net.String()}, {"Tax " + money.Percentage(v.TaxRate).String(), v.Tax.String()}, {"Total", v.Total.String()}}
		if v.Discount.Minor > 0 {
			sums = append([][2]string{{"Full price", v.Full.String()}, {"Discount", "−" + v.Discount.String()}}, sums...)
		}
		d.totals(sums)
		if v.Branding.Note != "" {
			d.skip(4)
			d.text(v.Branding.Note)
		}
	})
}

// colourOf reads "#1f5fbf"; what is none is ink. Colours too light for white paper
// are darkened until they can be read.
func colourOf(s string) colour {
	if len(s) != 7 || s[0] != '#' {
		return ink
	}
	n, err := strconv.ParseUint(s[1:], 16, 24)
	if err != nil {
		return ink
	}
	c := colour{int(n >> 16 & 0xff), int(n >> 8 & 0xff), int(n & 0xff)}
	for brightness(c) > 140 {
		c = colour{c[0] * 9 / 10, c[1] * 9 / 10, c[2] * 9 / 10}
	}
	return c
}

// brightness is how light a colour looks, to 255.
func brightness(c colour) int { return (c[0]*299 + c[1]*587 + c[2]*114) / 1000 }

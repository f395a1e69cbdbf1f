package pdf

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/money"
)

func logoPNG(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		m.Set(x, x%h, color.NRGBA{R: 200, A: uint8(x)})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func clientInvoiceView(t *testing.T, lines int) models.ClientInvoiceView {
	t.Helper()
	v := models.ClientInvoiceView{
		Invoice: models.ClientInvoice{
			Number: "ACME-2026-00017", IssuedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), IssuedOn: "2026-11-23", DueOn: "2026-12-07", Currency: "EUR", PONumber: "PO-4711",
			LegalName: "Acme GmbH", Address: "Straße 1\n10115 Berlin", TaxID: "DE123", Country: "DE", BankDetails: "Example Bank\nIBAN DE02 1203", Note: "Thank you.", Colour: "#1f5fbf",
			ClientCompany: "Müller & Söhne", ClientContact: "Anna Müller", ClientAddress: "Weg 2", ClientTaxID: "DE999", ClientCountry: "AT",
			FullPrice: 9999, Share: 7499, Discount: 1001, TaxRate: 1900, Tax: 1710, Total: 10708,
		},
		CreditNote: &models.ClientCreditNote{Number: "ACME-CN-2026-00003", IssuedAt: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), IssuedOn: "2026-11-24", Currency: "EUR", Reason: "Wrong address"},
		Logo:       models.Logo{PNG: logoPNG(t, 120, 40)},
	}
	for range lines {
		v.Lines = append(v.Lines, models.ClientInvoiceLine{ProductName: "Studio Pro", Seats: 1, Quarters: 1, UnitPrice: 9999, FullPrice: 9999, Share: 7499, Discount: 1001})
	}
	return v
}

func TestClientInvoice(t *testing.T) {
	for _, paper := range []models.Paper{models.A4Paper, models.LetterPaper} {
		content, err := ClientInvoice(clientInvoiceView(t, 1), models.ClientInvoicePaper, paper)
		if err != nil {
			t.Fatal(err)
		}
		text := checkPDF(t, content)
		for _, want := range []string{
			"ACME-2026-00017", "Acme GmbH", "Straße 1", "Müller & Söhne", "Anna Müller", "Austria", "DE999", "PO-4711", "99.99", "10.01", "89.98", "17.10", "107.08", "19 %", "7 December 2026",
			"IBAN DE02", "Thank you.", "Page 1 of 1",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the invoice does not say %q:\n%s", paper, want, text)
			}
		}
		if strings.Contains(text, "74.99") || strings.Contains(text, "64.98") {
			t.Error("the client reads the account's share or margin")
		}
		if again, err := ClientInvoice(clientInvoiceView(t, 1), models.ClientInvoicePaper, paper); err != nil || !bytes.Equal(content, again) {
			t.Errorf("%s: the same invoice gave other bytes (%v)", paper, err)
		}
		note, err := ClientInvoice(clientInvoiceView(t, 1), models.ClientCreditNotePaper, paper)
		if err != nil {
			t.Fatal(err)
		}
		text = checkPDF(t, note)
		for _, want := range []string{"Credit note", "ACME-CN-2026-00003", "Takes back", "ACME-2026-00017", "Wrong address", "107.08", "24 November 2026"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the credit note does not say %q:\n%s", paper, want, text)
			}
		}
	}
}

func TestHostileClientInvoice(t *testing.T) {
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			v := clientInvoiceView(t, 2)
			i := &v.Invoice
			i.PONumber, i.LegalName, i.Address, i.TaxID, i.BankDetails, i.Note, i.Colour = s, s, s, s, s, s, s
			i.ClientCompany, i.ClientContact, i.ClientAddress, i.ClientTaxID = s, s, s, s
			v.Lines[0].ProductName, v.Lines[1].Coterm, v.CreditNote.Reason = s, s, s
			for _, which := range []models.ClientPaper{models.ClientInvoicePaper, models.ClientCreditNotePaper} {
				content, err := ClientInvoice(v, which, models.LetterPaper)
				if err != nil {
					t.Fatal(err)
				}
				if text := checkPDF(t, content); !strings.Contains(text, "107.08") {
					t.Errorf("the total is missing:\n%s", text)
				}
			}
		})
	}
}

// Logos of any shape fit, and an invoice without one or without a discount is whole.
func TestClientInvoiceLogos(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2000, 1}, {1, 2000}, {300, 300}} {
		v := clientInvoiceView(t, 1)
		v.Logo.PNG = logoPNG(t, size[0], size[1])
		content, err := ClientInvoice(v, models.ClientInvoicePaper, models.A4Paper)
		if err != nil {
			t.Fatal(err)
		}
		checkPDF(t, content)
	}
	v := clientInvoiceView(t, 80)
	v.Logo, v.Invoice.Discount = models.Logo{}, 0
	content, err := ClientInvoice(v, models.ClientInvoicePaper, models.A4Paper)
	if err != nil {
		t.Fatal(err)
	}
	if text := checkPDF(t, content); strings.Contains(text, "Discount") || !strings.Contains(text, "Page 2 of ") {
		t.Errorf("%s", text)
	}
}

func TestProposal(t *testing.T) {
	at, unit := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), int64(9999)
	for name, s := range hostile {
		v := models.Proposal{
			Order: models.Order{QuotedAt: &at, ValidUntil: "2026-12-31", Currency: "EUR"}, Client: models.Client{Company: s, Address: s}, Account: models.Account{LegalName: s, Address: s},
			Lines: []models.OrderLineOf{{OrderLine: models.OrderLine{Seats: 2, Quarters: 4, UnitPrice: &unit}, ProductName: s, Currency: "EUR"}},
			Full:  money.Of(89992, "EUR"), Discount: money.Of(10000, "EUR"), Net: money.Of(79992, "EUR"), TaxRate: 1900, Tax: money.Of(15198, "EUR"), Total: money.Of(95190, "EUR"), Branding: models.Branding{Colour: "#ffffff", Note: s}, Zone: time.UTC,
		}
		content, err := Proposal(v, models.A4Paper)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text := checkPDF(t, content)
		for _, want := range []string{"Proposal", "31 December 2026", "899.92", "−100.00", "799.92", "151.98", "951.90"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the proposal does not say %q:\n%s", name, want, text)
			}
		}
	}
}

func TestColours(t *testing.T) {
	for s, want := range map[string]colour{"#1f5fbf": {31, 95, 191}, "#000000": {}, "": ink, "red": ink, "#12345g": ink} {
		if got := colourOf(s); got != want {
			t.Errorf("%q is %v, want %v", s, got, want)
		}
	}
	if got := colourOf("#ffffff"); brightness(got) > 140 {
		t.Errorf("white on white: %v", got)
	}
}

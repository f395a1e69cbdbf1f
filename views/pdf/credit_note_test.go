package pdf

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"reselling/models"
)

func creditNoteView(lines int) models.CreditNoteView {
	number, year, sequence, on, at := "C-2026-00003", 2026, 3, models.Date("2026-11-25"), time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	v := models.CreditNoteView{Invoice: invoiceView(1).Invoice}
	v.Note.CreditNote = models.CreditNote{
		Number: &number, Year: &year, Sequence: &sequence, IssuedAt: &at, IssuedOn: &on, Currency: "EUR", Reason: "10 % less, as agreed", Net: 900, TaxRate: 1900, Tax: 171, Total: 1071, EndsLicense: true,
	}
	for n := range lines {
		v.Lines = append(v.Lines, models.CreditNoteLine{Position: n + 1, ProductName: "Studio Pro", Net: 900})
	}
	return v
}

func TestCreditNote(t *testing.T) {
	for _, paper := range []models.Paper{models.A4Paper, models.LetterPaper} {
		content, err := CreditNote(creditNoteView(1), paper)
		if err != nil {
			t.Fatal(err)
		}
		text := checkPDF(t, content)
		for _, want := range []string{
			"Credit note", "C-2026-00003", "Corrects", "Invoice V-2026-00017 of 23 November 2026", "10 % less, as agreed", "ElectroNeek Robotics Inc.", "Acme GmbH", "Müller & Söhne", "PO-4711",
			"9.00", "1.71", "10.71", "19 %", "25 November 2026", "ended with this credit note", "Page 1 of 1",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the credit note does not say %q:\n%s", paper, want, text)
			}
		}
		again, err := CreditNote(creditNoteView(1), paper)
		if err != nil || !bytes.Equal(content, again) {
			t.Errorf("%s: the same credit note gave other bytes (%v)", paper, err)
		}
	}
	content, err := CreditNote(creditNoteView(120), models.A4Paper)
	if err != nil {
		t.Fatal(err)
	}
	if text := checkPDF(t, content); strings.Count(text, "Studio Pro") != 120 || !strings.Contains(text, "Page 2 of ") {
		t.Errorf("%s", text)
	}
}

func TestHostileCreditNote(t *testing.T) {
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			v := creditNoteView(2)
			i := &v.Invoice
			i.PONumber, i.VendorLegalName, i.VendorAddress, i.VendorTaxID, i.LegalName, i.Address, i.TaxID, i.ClientName = s, s, s, s, s, s, s, s
			v.Note.Reason, v.Lines[0].ProductName = s, s
			content, err := CreditNote(v, models.LetterPaper)
			if err != nil {
				t.Fatal(err)
			}
			if text := checkPDF(t, content); !strings.Contains(text, "10.71") {
				t.Errorf("the total is missing:\n%s", text)
			}
		})
	}
}

// Nothing is lost of long notes: each of 300 lines is on paper once, and no line
// is written below the foot of a page.
func TestThreeHundredLines(t *testing.T) {
	var lines strings.Builder
	for n := range 300 {
		lines.WriteString("Remark No. " + strings.Repeat("7", 1+n%7) + "\n")
	}
	v := clientInvoiceView(t, 1)
	v.Invoice.Note, v.CreditNote.Reason = lines.String(), lines.String()
	annex := annexView()
	annex.Annex.Text = lines.String()
	invoice := invoiceView(1)
	invoice.Invoice.BankDetails = lines.String()
	note := creditNoteView(1)
	note.Note.Reason = lines.String()
	for name, draw := range map[string]func() ([]byte, error){
		"invoice":            func() ([]byte, error) { return Invoice(invoice, models.A4Paper) },
		"credit note":        func() ([]byte, error) { return CreditNote(note, models.A4Paper) },
		"client invoice":     func() ([]byte, error) { return ClientInvoice(v, models.ClientInvoicePaper, models.LetterPaper) },
		"client credit note": func() ([]byte, error) { return ClientInvoice(v, models.ClientCreditNotePaper, models.A4Paper) },
		"Annex":              func() ([]byte, error) { return Annex(annex, models.LetterPaper) },
	} {
		content, err := draw()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text := checkPDF(t, content)
		if n := strings.Count(text, "Remark No. 7"); n != 300 {
			t.Errorf("%s: %d of 300 lines are on paper", name, n)
		}
		pages := strings.Split(strings.TrimRight(text, "\f\n "), "\f")
		for n, page := range pages {
			words := strings.Split(strings.TrimSpace(page), "\n")
			if foot := words[len(words)-1]; len(pages) < 5 || !strings.Contains(foot, "Page ") {
				t.Errorf("%s: page %d of %d ends with %q", name, n+1, len(pages), foot)
			}
		}
	}
}

package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"reselling/models"
)

// hostile is what people and programs put into fields.
var hostile = map[string]string{
	"markup":     `<script>alert(1)</script> "quoted" & 'so' on \ (parens) %PDF-1.4 endobj`,
	"emoji":      "Café 🚀👩‍👩‍👧‍👦 déjà vu e\u0301 ﷺ",
	"scripts":    "Ελληνικά Кириллица 中文公司 عربى हिन्दी 日本語 한국어 ไทย",
	"directions": "abc\u202Edef\u202C \u200Bzero\u200Dwidth \u0000nul \u0007bell \x7f",
	"broken":     "bad \xff\xfe utf-8 \xc3",
	"long word":  strings.Repeat("Donaudampfschifffahrtsgesellschaft", 30),
	"long text":  strings.Repeat("One line of many words. ", 400),
	"lines":      strings.Repeat("line\r\n\tof\tmany\n", 200),
	"wide":       strings.Repeat("W", 255),
	"astral":     "𝕬𝖇𝖈 𐍈 \U0001F468 \U000E0041",
	"formula":    "=HYPERLINK(\"http://example.com\")",
	"alias":      "{nb} {n} Page 1 of 2",
	"empty":      "",
	"spaces":     "   \u00a0 \u3000 ",
}

func checkPDF(t *testing.T, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "it.pdf")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "qpdf", "--check", file).CombinedOutput(); err != nil {
		t.Fatalf("qpdf --check: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}

func invoiceView(lines int) models.InvoiceView {
	v := models.InvoiceView{
		Invoice: models.Invoice{
			Number: "V-2026-00017", IssuedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), IssuedOn: "2026-11-23", DueOn: "2026-12-07", Currency: "EUR",
			PONumber: "PO-4711", PaymentReference: "RF18V202600017", VendorLegalName: "ElectroNeek Robotics Inc.", VendorAddress: "1 Main Street\nAustin",
			VendorTaxID: "12-345", VendorCountry: "US", BankDetails: "Example Bank\nIBAN DE02 1203 0000 0000 2020 51", LegalName: "Acme GmbH",
			Address: "Straße 1\n10115 Berlin", TaxID: "DE123", Country: "DE", ClientName: "Müller & Söhne", Percentage: 1000, TaxRate: 1900,
			Net: 8999, Tax: 1710, Total: 10709,
		},
		Terms: models.PlanTerms{Plan: models.Bronze, HoldsFrom: "2026-01-01"}, AnnexVersion: 2,
	}
	for range lines {
		v.Lines = append(v.Lines, models.InvoiceLine{ProductName: "Studio Pro", Seats: 1, Quarters: 1, UnitPrice: 9999, FullPrice: 9999, Share: 1000, Due: 8999})
	}
	return v
}

func TestInvoice(t *testing.T) {
	for _, paper := range []models.Paper{models.A4Paper, models.LetterPaper} {
		content, err := Invoice(invoiceView(1), paper)
		if err != nil {
			t.Fatal(err)
		}
		text := checkPDF(t, content)
		for _, want := range []string{
			"V-2026-00017", "ElectroNeek Robotics Inc.", "Acme GmbH", "Straße 1", "Müller & Söhne", "PO-4711", "RF18V202600017", "99.99", "10.00", "89.99",
			"107.09", "17.10", "19 %", "7 December 2026", "Page 1 of 1", "Bronze", "IBAN DE02",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the invoice does not say %q:\n%s", paper, want, text)
			}
		}
		again, err := Invoice(invoiceView(1), paper)
		if err != nil || !bytes.Equal(content, again) {
			t.Errorf("%s: the same invoice gave other bytes (%v)", paper, err)
		}
	}
}

func TestInvoiceBreaksOverPages(t *testing.T) {
	content, err := Invoice(invoiceView(120), models.A4Paper)
	if err != nil {
		t.Fatal(err)
	}
	text := checkPDF(t, content)
	if n := strings.Count(text, "89.99"); n != 121 { // lines, and the sum that the sample has
		t.Errorf("%d amounts, want 121", n)
	}
	pages := strings.Count(text, "\f")
	if heads := strings.Count(text, "Your share"); pages < 3 || heads < pages-1 {
		t.Errorf("%d heads of the table on %d pages", heads, pages)
	}
	if !strings.Contains(text, "Page 2 of ") {
		t.Error("the pages are not numbered")
	}
}

func TestHostileInvoice(t *testing.T) {
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			v := invoiceView(2)
			i := &v.Invoice
			i.PONumber, i.VendorLegalName, i.VendorAddress, i.VendorTaxID, i.BankDetails = s, s, s, s, s
			i.LegalName, i.Address, i.TaxID, i.ClientName, i.PaymentReference = s, s, s, s, s
			v.Lines[0].ProductName, v.Lines[1].Coterm = s, s
			content, err := Invoice(v, models.LetterPaper)
			if err != nil {
				t.Fatal(err)
			}
			if text := checkPDF(t, content); !strings.Contains(text, "107.09") {
				t.Errorf("the total is missing:\n%s", text)
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"Straße Łódź Ελλάδα Київ": "Straße Łódź Ελλάδα Київ",
		"e\u0301":                 "é",
		"a\r\nb\tc":               "a\nb c",
		"中文":                      "ZhongWen",
		"🚀!":                      "?!",
		"a\u202Eb\u0000c":         "abc",
	} {
		if got, err := printable(in); err != nil || got != want {
			t.Errorf("printable(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

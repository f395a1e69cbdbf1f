package handlers_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"reselling/models/modelstest"
)

// sendFile sends the multipart form of p with a file.
func (b *browser) sendFile(p *page, action, name string, content []byte, fields url.Values) *page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	p.Find(`form[action="` + action + `"] input[type=hidden]`).Each(func(_ int, i *goquery.Selection) {
		if name := i.AttrOr("name", ""); fields[name] == nil {
			fine(b.t, w.WriteField(name, i.AttrOr("value", "")))
		}
	})
	for field, values := range fields {
		for _, v := range values {
			fine(b.t, w.WriteField(field, v))
		}
	}
	part, err := w.CreateFormFile("file", name)
	fine(b.t, err)
	_, err = part.Write(content)
	fine(b.t, err)
	fine(b.t, w.Close())
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.base+action, &body)
	fine(b.t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(req)
}

// A file is uploaded, its columns corrected, its lines chosen and confirmed: what
// is named is paid, and the same file again is led to the first.
func TestABankStatementThroughThePages(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	first, second := s.invoiceFor(t, "100"), s.invoiceFor(t, "10") // 484.00 and 48.40
	finance := s.as(t, modelstest.VendorFinance)
	finance.get("/admin/payments").wants(200, "/admin/payments").says(t, "Bank statements")
	finance.get("/admin/payments/imports").wants(200, "/admin/payments/imports").says(t, "No statements yet")
	form := finance.get("/admin/payments/imports/new").wants(200, "/admin/payments/imports/new")
	bad := finance.sendFile(form, "/admin/payments/imports", "a.csv", []byte("Hello"), nil).wants(422, "/admin/payments/imports")
	if !strings.Contains(bad.fieldError("statement"), "no statement in CSV") {
		t.Errorf("%q", bad.fieldError("statement"))
	}
	pasted := finance.submit(form, url.Values{"statement": {"nothing, here\n"}}).wants(422, "/admin/payments/imports")
	if pasted.value("statement") != "nothing, here\n" {
		t.Errorf("%q", pasted.value("statement"))
	}
	if huge := finance.sendFile(form, "/admin/payments/imports", "a.csv", bytes.Repeat([]byte("a,b\n"), 140_000), nil); huge.status != 422 || !strings.Contains(huge.fieldError("statement"), "too large") {
		t.Errorf("%d %q", huge.status, huge.fieldError("statement"))
	}
	// Windows-1252: é is one byte.
	file := []byte("Datum;Auftraggeber;Verwendungszweck;Betrag\n02/03/2026;Acm\xe9;Rechnung V-2026-00001;484,00\n01/03/2026;Acme Services;danke;48,40\n01/02/2026;Strom AG;Februar;-80,00\n02/01/2026;Anna;?;5,00\n")
	lines := finance.sendFile(form, "/admin/payments/imports", `C:\märz.csv`, file, url.Values{"currency": {"EUR"}})
	lines.says(t, "Do days or months stand first?")
	link := lines.path
	if lines.status != 200 || lines.heading() == "" {
		t.Fatalf("%d %s", lines.status, lines.path)
	}
	columns := finance.get(link+"/columns").wants(200, link+"/columns")
	columns.says(t, "Auftraggeber", "Rechnung V-2026-00001")
	if columns.value("payer") != "2" || columns.value("amount_column") != "4" || columns.value("decimal") != "," || columns.value("day_order") != "" {
		t.Errorf("%q %q %q", columns.value("payer"), columns.value("amount_column"), columns.value("decimal"))
	}
	wrong := finance.submit(columns, url.Values{"day": {""}, "day_order": {"dmy"}}).wants(422, link+"/columns")
	if wrong.fieldError("day") == "" || wrong.value("day_order") != "dmy" {
		t.Errorf("%q", wrong.fieldError("day"))
	}
	lines = finance.submit(wrong, url.Values{"day": {"1"}}).wants(200, link)
	lines.says(t, "Acmé", "Certain", "Likely", "Unknown", "484.00 EUR", "2 Mar 2026")
	if lines.Find(`input[name=take][checked]`).Length() != 2 || lines.Find(`input[name=account]`).First().AttrOr("value", "") != "Acme" {
		t.Error("what is certain is not ticked")
	}
	finance.get(link+"?state=left_out").wants(200, link).says(t, "Strom AG", "Money that went out")

	// Choices outlive a reload; a name that nobody has is marked.
	versions, ids := attributes(lines, "version"), attributes(lines, "line")
	choices := url.Values{"line": ids, "version": versions, "account": {"Acme", "Acme", "Nobody"}, "invoices": {"V-2026-00001", "V-2026-00002", ""}, "take": {ids[0], ids[2]}, "csrf": {lines.value("csrf")}}
	saved := finance.post(link+"/choices", choices).wants(200, link)
	saved.says(t, "The choices are saved.", "No account is called “Nobody”")
	if saved.Find("input[name=account][aria-invalid=true]").Length() != 1 || saved.Find(`input[name=take][checked]`).Length() != 2 {
		t.Error("the choices are lost")
	}
	stale := finance.post(link+"/choices", url.Values{"line": ids[:1], "version": {"1"}, "account": {"Globex"}, "invoices": {""}, "csrf": {lines.value("csrf")}}).wants(409, link+"/choices")
	stale.says(t, "Somebody else has changed row", "You had: Globex")

	finance.submitTo(finance.get(link), link+"/receipts", nil)
	done := finance.get(link).wants(200, link)
	done.says(t, "Not recorded: No account is called “Nobody”", "Acme Services")
	if done.Find("input[name=line]").Length() != 2 {
		t.Errorf("%d lines are open", done.Find("input[name=line]").Length())
	}
	finance.get("/admin/invoices/"+first).says(t, "Paid in full")
	finance.get(link+"?state=recorded").wants(200, link).says(t, "Receipt of Acme")
	if p := finance.get(link+"/columns").wants(200, link+"/columns"); finance.submit(p, nil).status != 409 {
		t.Error("the columns change under a receipt")
	}
	ids = attributes(done, "line")
	choices = url.Values{"line": ids, "version": attributes(done, "version"), "account": {"Acme", ""}, "invoices": {"V-2026-00002", ""}, "take": {ids[0]}, "csrf": {done.value("csrf")}}
	finance.post(link+"/receipts", choices).wants(200, link).says(t, "1 receipt is recorded.")
	finance.get("/admin/invoices/"+second).says(t, "Paid in full")
	finance.post(link+"/receipts", choices).wants(200, link) // sent twice
	if n := s.Count(t, "payments", "1 = 1"); n != 2 {
		t.Errorf("%d receipts", n)
	}
	again := finance.sendFile(form, "/admin/payments/imports", "again.csv", file, url.Values{"request_key": {"another"}}).wants(409, "/admin/payments/imports")
	if again.Find(`a[href="`+link+`"]`).Length() != 1 || !strings.Contains(again.problem(), "this very file") {
		t.Errorf("%q", again.problem())
	}
	if csv := finance.get(link + "?format=csv&state=recorded").body; strings.Count(csv, "\n") != 3 || !strings.Contains(csv, "484.00") {
		t.Errorf("%s", csv)
	}
	if csv := finance.get("/admin/payments/imports?format=csv").body; !strings.Contains(csv, "märz.csv") {
		t.Errorf("%s", csv)
	}
	s.Clock.Advance(20 * 60e9)
	asked := finance.get(link).wants(200, link)
	if finance.submitTo(asked, link+"/receipts", nil).wants(422, link+"/receipts").fieldError("password") == "" {
		t.Error("records without a fresh password")
	}
	if s.as(t, modelstest.VendorSupport).get(link).status != 403 {
		t.Error("Support reads the bank's statement")
	}
}

func attributes(p *page, name string) (all []string) {
	p.Find(`main input[name="` + name + `"]`).Each(func(_ int, i *goquery.Selection) { all = append(all, i.AttrOr("value", "")) })
	return all
}

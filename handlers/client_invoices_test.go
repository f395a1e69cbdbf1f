package handlers_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// billableOrder is the path of an order for 800.00 EUR that is placed.
func (s *site) billableOrder(t *testing.T) (id string) {
	t.Helper()
	if s.Count(t, "annexes", "account_id = ?", modelstest.Acme) == 0 {
		s.SignAnnex(t, modelstest.Acme)
	}
	id = lastPart(s.quote(t, "100"))
	_, err := s.PlaceOrder(t.Context(), modelstest.AcmeSeller, id, models.Placement{Version: 2})
	fine(t, err)
	return id
}

// From the placed order to the client's mail, payment and credit note, through the pages.
func TestClientInvoiceThroughThePages(t *testing.T) {
	s := newSite(t)
	seller, billing, viewer := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeBilling), s.as(t, modelstest.AcmeViewer)
	order := s.billableOrder(t)
	choose := seller.get("/client-invoices/new").wants(200, "/client-invoices/new")
	choose.says(t, "Which order?", "Initrode")
	form := seller.get(choose.Find(`table a[href*="order="]`).AttrOr("href", "")).wants(200, "/client-invoices/new")
	form.says(t, "Full price 800.00 EUR, your share 400.00 EUR", "The client pays", "Due to the vendor", "Your margin")
	typed := url.Values{"discount": {"10 %"}, "tax_rate": {"21"}, "due_on": {"2026-03-20"}}
	preview := seller.post("/client-invoices/new", url.Values{ // the button “Preview” of a browser without scripts
		"csrf": {form.value("csrf")}, "order_id": {order}, "discount": {"11.005 %"}, "tax_rate": {"21"}, "due_on": {"2026-03-20"},
	}).wants(200, "/client-invoices/new")
	if preview.value("discount") != "11.005 %" || !strings.Contains(words(preview), "Enter a percentage") {
		t.Errorf("%q", preview.value("discount"))
	}
	for discount, problem := range map[string]string{"400.01": "The most is 400.00 EUR", "a lot": "Enter an amount in EUR", "101 %": "percentage"} {
		bad := seller.submitTo(form, "/client-invoices", url.Values{"discount": {discount}, "tax_rate": {"x"}, "due_on": {"2026-03-20"}, "request_key": {"refused"}}).wants(422, "/client-invoices")
		if bad.value("discount") != discount || bad.value("tax_rate") != "x" || bad.fieldError("tax_rate") == "" || !strings.Contains(words(bad), problem) {
			t.Errorf("%s: %q, %q", discount, bad.value("discount"), bad.problem())
		}
	}
	typed.Set("request_key", "refused") // a refusal does not use it up
	done := seller.submitTo(form, "/client-invoices", typed)
	done.says(t, "INV-2026-00001", "720.00 EUR", "151.20 EUR", "871.20 EUR", "320.00 EUR", "not yet")
	if !strings.Contains(done.flash(), "INV-2026-00001 is issued") {
		t.Errorf("%q", done.flash())
	}
	path := done.path
	again := seller.get("/client-invoices/new?order="+order).wants(200, "/client-invoices/new")
	again.says(t, "billed already, by invoice INV-2026-00001")

	list := viewer.get("/client-invoices?state=open").wants(200, "/client-invoices")
	list.says(t, "INV-2026-00001", "871.20 EUR", "320.00 EUR", "not mailed")
	if csv := viewer.get("/client-invoices?format=csv").body; !strings.Contains(csv, "INV-2026-00001") || !strings.Contains(csv, ",800.00,80.00,720.00,151.20,871.20,320.00,") {
		t.Error(csv)
	}
	if page := viewer.get(path).wants(200, path); page.Find("main form").Length() != 0 {
		t.Error("a Viewer may change something")
	}

	seen := billing.get(path)
	sent := seller.submitTo(done, path+"/sending", nil).wants(200, path)
	if !strings.Contains(sent.flash(), "ingrid@initrode.example") {
		t.Errorf("%q", sent.flash())
	}
	stale := billing.submitTo(seen, path+"/payment", url.Values{"paid_on": {"2026-03-01"}}).wants(409, path+"/payment")
	if !strings.Contains(stale.problem(), "Somebody has changed") || stale.value("paid_on") != "2026-03-01" {
		t.Errorf("%q, %q", stale.problem(), stale.value("paid_on"))
	}
	future := billing.submitTo(stale, path+"/payment", url.Values{"paid_on": {"2027-01-01"}}).wants(422, path+"/payment")
	if future.fieldError("paid_on") == "" || future.value("paid_on") != "2027-01-01" {
		t.Errorf("%q", future.problem())
	}
	paid := billing.submitTo(future, path+"/payment", url.Values{"paid_on": {"2026-03-01"}}).wants(200, path)
	paid.says(t, "Paid on 1 Mar 2026", "Bea Billing noted it")

	ledger := viewer.get("/ledger?alarm=any").wants(200, "/ledger")
	ledger.says(t, "484.00 EUR", "871.20 EUR", "Billed, not active", "Client paid, vendor not", "1 billed, not active")
	if page := viewer.get("/ledger?alarm=unbilled").wants(200, "/ledger"); !strings.Contains(page.Text(), "No order fits") {
		t.Error("the filter for alarms does nothing")
	}
	if csv := viewer.get("/ledger?format=csv").body; !strings.Contains(csv, ",V-2026-00001,484.00,0.00,INV-2026-00001,871.20,871.20,false,true,true") {
		t.Error(csv)
	}

	open := billing.submitTo(paid, path+"/reopening", nil).wants(200, path)
	empty := billing.submitTo(open, path+"/credit-note", nil).wants(422, path+"/credit-note")
	if empty.fieldError("reason") == "" {
		t.Errorf("%q", empty.problem())
	}
	credited := billing.submitTo(empty, path+"/credit-note", url.Values{"reason": {"Wrong address"}}).wants(200, path)
	credited.says(t, "Taken back by credit note INV-CN-2026-00001", "Wrong address", "Bill the order anew")

	l, ok, err := s.ClientInvoiceForMail(t.Context(), models.System, models.ClientInvoiceMail{ClientInvoiceID: lastPart(path), Number: 1})
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	public := strings.TrimSuffix(strings.TrimPrefix(l.Link, modelstest.BaseURL), "/credit-note")
	stranger := s.visit(t)
	billing.submitTo(billing.get(path), path+"/link", nil).wants(200, path)
	if old := stranger.get(public + "/pdf"); old.status != 404 {
		t.Errorf("the old link answers %d", old.status)
	}
	if l, ok, err = s.ClientInvoiceForMail(t.Context(), models.System, models.ClientInvoiceMail{ClientInvoiceID: lastPart(path), Number: 1}); err != nil || !ok || strings.Contains(l.Link, public) {
		t.Fatalf("%q, %v, %v", l.Link, ok, err)
	}
	public = strings.TrimSuffix(strings.TrimPrefix(l.Link, modelstest.BaseURL), "/credit-note")
	for address, name := range map[string]string{path + "/pdf": "INV-2026-00001", path + "/pdf?paper=letter": "INV-2026-00001", path + "/credit-note/pdf": "INV-CN-2026-00001"} {
		file := seller.get(address)
		if file.status != 200 || file.header.Get("Content-Disposition") != `inline; filename="`+name+`.pdf"` || !strings.HasPrefix(file.body, "%PDF-") {
			t.Errorf("%s: %d %v", address, file.status, file.header)
		}
	}
	for _, which := range []string{"/pdf", "/credit-note"} {
		if file := stranger.get(public + which); file.status != 200 || !strings.HasPrefix(file.body, "%PDF-") {
			t.Errorf("%s: %d", which, file.status)
		}
		if file := stranger.get("/i/nothing" + which); file.status != 404 {
			t.Errorf("%s: %d", which, file.status)
		}
	}
}

// Two people who bill one order in two windows get one invoice, and the second is led to it.
func TestClientInvoiceTwice(t *testing.T) {
	s := newSite(t)
	order := s.billableOrder(t)
	seller, owner := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeOwner)
	first, second := seller.get("/client-invoices/new?order="+order), owner.get("/client-invoices/new?order="+order)
	done := seller.submitTo(first, "/client-invoices", nil)
	late := owner.submitTo(second, "/client-invoices", url.Values{"discount": {"7"}}).wants(409, "/client-invoices")
	if !strings.Contains(late.problem(), "billed already") || late.value("discount") != "7" || late.Find(`main a[href="`+done.path+`"]`).Length() == 0 {
		t.Errorf("%q", late.problem())
	}
}

// Everything hostile comes back as it was typed, and breaks nothing.
func TestHostileClientInvoice(t *testing.T) {
	s := newSite(t)
	form := "/client-invoices/new?order=" + s.billableOrder(t)
	seller := s.as(t, modelstest.AcmeSeller)
	for _, field := range []string{"discount", "tax_rate", "due_on"} {
		for _, evil := range append(hostileStrings, junk...) {
			page := seller.submitTo(seller.get(form), "/client-invoices", url.Values{field: {evil}})
			wholesome(t, page)
			if page.status == 200 && s.Count(t, "client_invoices", "credited_at IS NULL") == 1 { // an empty discount, for one
				s.Exec(t, "UPDATE client_invoices SET credited_at = ?", modelstest.Now)
				continue
			}
			if page.status != 422 || text(page.value(field)) != text(evil) {
				t.Errorf("%s in %s: %d, %q", short([]string{evil}), field, page.status, short([]string{page.value(field)}))
			}
		}
	}
	for _, id := range junk {
		if page := seller.get("/client-invoices/new?order=" + url.QueryEscape(id)); page.status >= 500 {
			t.Errorf("%d", page.status)
		}
		if page := seller.submitTo(seller.get(form), "/client-invoices", url.Values{"order_id": {id}}); page.status != 404 && page.status != 422 {
			t.Errorf("%s: %d", short([]string{id}), page.status)
		}
	}
}

// upload sends a file as a browser does.
func (b *browser) upload(t *testing.T, p *page, path, field string, content []byte) *page {
	t.Helper()
	form := p.Find(`form[action="` + path + `"]`)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range []string{"csrf", "version"} {
		fine(t, w.WriteField(name, form.Find(`[name=`+name+`]`).AttrOr("value", "")))
	}
	part, err := w.CreateFormFile(field, "../../logo.png")
	fine(t, err)
	_, err = part.Write(content)
	fine(t, err)
	fine(t, w.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.base+path, &body)
	fine(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(req)
}

func TestBrandingThroughThePages(t *testing.T) {
	s := newSite(t)
	owner := s.as(t, modelstest.AcmeOwner)
	page := owner.get("/settings/branding").wants(200, "/settings/branding")
	page.says(t, "There is no logo yet")
	colleague := owner.get("/settings/branding")
	bad := owner.submitTo(page, "/settings/branding", url.Values{"colour": {"blue"}, "prefix": {"A B"}, "note": {"Thanks"}}).wants(422, "/settings/branding")
	if bad.value("colour") != "blue" || bad.value("prefix") != "A B" || bad.value("note") != "Thanks" || bad.fieldError("colour") == "" || bad.fieldError("prefix") == "" {
		t.Errorf("%q", bad.problem())
	}
	saved := owner.submitTo(bad, "/settings/branding", url.Values{"colour": {"#1f5fbf"}, "prefix": {"ACME"}}).wants(200, "/settings/branding")
	if !strings.Contains(saved.flash(), "saved") || saved.value("note") != "Thanks" {
		t.Errorf("%q", saved.flash())
	}
	late := owner.submitTo(colleague, "/settings/branding", url.Values{"note": {"Mine"}}).wants(409, "/settings/branding")
	if late.value("note") != "Mine" {
		t.Errorf("%q", late.value("note"))
	}
	late.says(t, "Thanks") // their version

	var out bytes.Buffer
	fine(t, png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, 60, 20))))
	for name, content := range map[string][]byte{"text": []byte("<svg onload=alert(1)>"), "nothing": nil, "large": make([]byte, models.MaxLogoBytes+1)} {
		refused := owner.upload(t, saved, "/settings/branding/logo", "logo", content)
		if refused.status != 422 || !strings.Contains(refused.Text(), "file") || refused.Find("#logo[aria-invalid=true]").Length() != 1 {
			t.Errorf("%s: %d", name, refused.status)
		}
	}
	if huge := owner.upload(t, saved, "/settings/branding/logo", "logo", make([]byte, 2<<20)); huge.status != 413 {
		t.Errorf("%d", huge.status)
	}
	if empty := owner.get("/settings/branding/logo"); empty.status != 204 {
		t.Errorf("%d", empty.status)
	}
	with := owner.upload(t, saved, "/settings/branding/logo", "logo", out.Bytes()).wants(200, "/settings/branding")
	if src := with.Find("img").AttrOr("src", ""); src == "" || owner.get(src).header.Get("Content-Type") != "image/png" {
		t.Errorf("%q", src)
	}
	if sample := owner.get("/settings/branding/pdf"); sample.status != 200 || !strings.HasPrefix(sample.body, "%PDF-") {
		t.Errorf("%d", sample.status)
	}
	owner.submitTo(with, "/settings/branding/logo-removal", nil).wants(200, "/settings/branding").says(t, "There is no logo yet")
}

func TestProposalPDF(t *testing.T) {
	s := newSite(t)
	order := s.quote(t, "100")
	if file := s.as(t, modelstest.AcmeSeller).get(order + "/proposal/pdf"); file.status != 200 || !strings.HasPrefix(file.body, "%PDF-") {
		t.Errorf("%d", file.status)
	}
	if file := s.as(t, modelstest.AcmeViewer).get(order + "/proposal/pdf"); file.status != 403 {
		t.Errorf("%d", file.status)
	}
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// Renew stands on a paid licence for who may ask for prices, and leads to a
// price request that begins with the licence; a second one leads to the first.
func TestRenewingThroughThePages(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	seller, finance := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.VendorFinance)
	trial := seller.submitTo(seller.get("/trials/new"), "/trials", newTrial)
	unpaid := trial.Find(`a[href^="/licenses/"]`).AttrOr("href", "")
	if seller.get(unpaid).wants(200, unpaid).Find(`a[href^="/orders/new?license="]`).Length() != 0 {
		t.Error("a trial's licence can be renewed")
	}

	invoice := "/admin/invoices/" + s.invoiceFor(t, "100")
	finance.submitTo(finance.get(invoice), invoice+"/payments", url.Values{"amount": {"484"}, "reference": {"WIRE"}, "received_on": {"2026-03-02"}}).wants(200, invoice)
	var l models.License
	fine(t, s.DB.Where("EXISTS (SELECT 1 FROM license_terms t WHERE t.license_id = licenses.id)").Take(&l).Error)
	page := "/licenses/" + l.ID
	for _, who := range []models.Actor{modelstest.AcmeViewer, modelstest.AcmeBilling} {
		if s.as(t, who).get(page).wants(200, page).Find(`a[href^="/orders/new"]`).Length() != 0 {
			t.Errorf("%s may renew", who.Name)
		}
	}
	link := seller.get(page).wants(200, page).Find(`a[href^="/orders/new?license="]`).AttrOr("href", "")
	form := seller.get(link).wants(200, "/orders/new")
	if form.Find("#product_0 option[selected]").AttrOr("value", "") != "studio-pro" || form.Find("#seats_0").AttrOr("value", "") != "2" || form.Find("#quarters_0").AttrOr("value", "") != "4" {
		t.Errorf("the form begins with %s", words(form))
	}
	order := seller.submitTo(form, "/orders", url.Values{"seats": {"3", "", ""}, "quarters": {"1", "", ""}})
	if order.status != 200 || !strings.HasPrefix(order.path, "/orders/") {
		t.Fatalf("%d at %s: %q", order.status, order.path, order.problem())
	}
	var o models.Order
	fine(t, s.DB.Where("id = ?", strings.TrimPrefix(order.path, "/orders/")).Take(&o).Error)
	if o.Kind != models.RenewalOrder || s.Count(t, "order_lines", "order_id = ? AND license_id = ? AND seats = 3 AND quarters = 1", o.ID, l.ID) != 1 {
		t.Errorf("%+v", o)
	}
	again := seller.submitTo(seller.get(link), "/orders", nil).wants(409, "/orders")
	if !strings.Contains(again.problem(), "asked for already") || again.Find(`a[href="`+order.path+`"]`).Length() == 0 {
		t.Errorf("%q", again.problem())
	}
}

// From the licence's page to seats that are active: the formula stands on the
// order before and after placing, and on the invoice.
func TestAddingSeatsThroughThePages(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	seller, finance := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.VendorFinance)
	pay := func(id, reference string) {
		t.Helper()
		var i models.Invoice
		fine(t, s.DB.Where("id = ?", id).Take(&i).Error)
		finance.submitTo(finance.get("/admin/invoices/"+id), "/admin/invoices/"+id+"/payments", url.Values{"amount": {i.Amount(i.Total).Typed()}, "reference": {reference}, "received_on": {"2026-03-02"}}).wants(200, "/admin/invoices/"+id)
	}
	pay(s.invoiceFor(t, "100"), "first")
	var l models.License
	fine(t, s.DB.Where("EXISTS (SELECT 1 FROM license_terms t WHERE t.license_id = licenses.id)").Take(&l).Error)
	page := "/licenses/" + l.ID
	if s.as(t, modelstest.AcmeViewer).get(page).wants(200, page).Find(`a[href*="adds_to="]`).Length() != 0 {
		t.Error("a Viewer may add seats")
	}
	link := seller.get(page).wants(200, page).Find(`a[href*="adds_to="]`).AttrOr("href", "")
	form := seller.get(link).wants(200, "/orders/new")
	if form.Find("h1").Text() != "Add seats" || form.Find("[name=seats]").Length() != 1 || form.Find("[name=product], [name=client_id]").Length() != 0 {
		t.Errorf("the form is %s", words(form))
	}
	wrong := seller.submitTo(form, "/orders", url.Values{"seats": {"0"}}).wants(422, "/orders")
	if wrong.Find("#seats_0[aria-invalid]").AttrOr("value", "") != "0" || wrong.Find("h1").Text() != "Add seats" {
		t.Errorf("refused with %s", words(wrong))
	}
	order := seller.submitTo(wrong, "/orders", url.Values{"seats": {"3"}})
	if order.status != 200 || !strings.HasPrefix(order.path, "/orders/") {
		t.Fatalf("%d at %s: %q", order.status, order.path, order.problem())
	}
	id := strings.TrimPrefix(order.path, "/orders/")
	if p := seller.get(page); p.Find(`a[href*="adds_to="]`).Length() != 0 || p.Find(`a[href="`+order.path+`"]`).Length() == 0 {
		t.Errorf("the licence does not say that seats are being added: %s", words(p))
	}
	again := seller.submitTo(seller.get(link), "/orders", url.Values{"seats": {"3"}}).wants(409, "/orders")
	if !strings.Contains(again.problem(), "asked for already") {
		t.Errorf("%q", again.problem())
	}
	success := s.as(t, modelstest.VendorSuccess)
	success.submitTo(success.get("/admin/orders/"+id), "/admin/orders/"+id+"/quote", url.Values{"unit_price": {"92"}, "valid_until": {"2026-12-31"}}).wants(200, "/admin/orders/"+id)
	offer := seller.get(order.path)
	for _, want := range []string{"92.00 EUR × 3 seats × ", "days of the licence’s running quarter", "fixed when the order is placed"} {
		if !strings.Contains(words(offer), want) {
			t.Errorf("the offer does not say %q: %s", want, words(offer))
		}
	}
	days := offer.Find("[name=days]").AttrOr("value", "")
	s.Clock.Advance(24 * time.Hour)
	seller, finance = s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.VendorFinance)
	late := seller.submitTo(seller.get(order.path), order.path+"/placement", url.Values{"days": {days}}).wants(409, order.path+"/placement")
	if !strings.Contains(late.problem(), "fewer days left") || late.Find("[name=days]").AttrOr("value", "") == days {
		t.Errorf("%q, %s", late.problem(), words(late))
	}
	placed := seller.submitTo(late, order.path+"/placement", nil).wants(200, order.path)
	if !strings.Contains(words(placed), "as it was when the order was placed") {
		t.Errorf("placed: %s", words(placed))
	}
	var i models.Invoice
	fine(t, s.DB.Where("order_id = ?", id).Take(&i).Error)
	if p := s.as(t, modelstest.AcmeOwner).get("/invoices/" + i.ID); !strings.Contains(words(p), "92.00 EUR × 3 seats × ") {
		t.Errorf("the invoice has no formula: %s", words(p))
	}
	pay(i.ID, "second")
	if p := seller.get(page); !strings.Contains(words(p), "3 seats added") || !strings.Contains(words(p), "+3") || !strings.Contains(words(p), "Bought") {
		t.Errorf("its history does not tell: %s", words(p))
	}
}

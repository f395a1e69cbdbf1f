package handlers_test

import (
	"net/url"
	"strings"
	"testing"

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

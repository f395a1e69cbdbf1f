package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// Finance records what arrived: in parts, with a suggestion, once; lets the credit
// pay and takes a receipt back, all through the pages.
func TestPaymentsThroughThePages(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	finance := s.as(t, modelstest.VendorFinance)
	place := func() models.Invoice {
		t.Helper()
		id := lastPart(s.quote(t, "100"))
		_, err := s.PlaceOrder(t.Context(), modelstest.AcmeSeller, id, models.Placement{Version: 2})
		fine(t, err)
		var i models.Invoice
		fine(t, s.DB.Where("order_id = ?", id).Take(&i).Error)
		return i
	}
	first, second := place(), place() // 484.00 each
	finance.get("/admin/payments").wants(200, "/admin/payments").says(t, "No payments yet")
	choose := finance.get("/admin/payments/new").wants(200, "/admin/payments/new")
	choose.says(t, "Which account has paid?")
	form := finance.get("/admin/payments/new?account="+modelstest.Acme).wants(200, "/admin/payments/new")
	form.says(t, "V-2026-00001 for Initrode: 484.00 EUR open", "V-2026-00002")
	draft := finance.get("/admin/payments/new?account=" + modelstest.Acme)
	draft.Find(`form[action="/admin/payments"]`).SetAttr("action", "/admin/payments/new") // as its button does
	early := finance.submitTo(draft, "/admin/payments/new", url.Values{"reference": {"thanks"}}).wants(422, "/admin/payments/new")
	if early.fieldError("amount") == "" || early.value("reference") != "thanks" {
		t.Errorf("%q %q", early.fieldError("amount"), early.value("reference"))
	}
	suggested := finance.submitTo(draft, "/admin/payments/new", url.Values{"amount": {"500"}, "reference": {"your V-2026-00002"}}).wants(200, "/admin/payments/new")
	if suggested.Find("#allocation_1").AttrOr("value", "") != "484.00" || suggested.Find("#allocation_0").AttrOr("value", "") != "" || suggested.value("amount") != "500" {
		t.Errorf("suggested are %q and %q", suggested.Find("#allocation_0").AttrOr("value", ""), suggested.Find("#allocation_1").AttrOr("value", ""))
	}
	bad := finance.submitTo(form, "/admin/payments", url.Values{"amount": {"500"}, "reference": {"R 1"}, "invoice_id": {first.ID, second.ID}, "allocation": {"", "484.01"}}).wants(422, "/admin/payments")
	if bad.Find("#allocation_1").AttrOr("value", "") != "484.01" || !strings.Contains(words(bad), "Only 484.00 EUR of invoice V-2026-00002 are open.") {
		t.Errorf("%q", bad.Find("#allocation_1").AttrOr("value", ""))
	}
	done := finance.submitTo(form, "/admin/payments", url.Values{"amount": {"500"}, "reference": {"R 1"}, "invoice_id": {first.ID, second.ID}, "allocation": {"", "484.00"}})
	done.wants(200, done.path)
	done.says(t, "V-2026-00002", "16.00 EUR are left", "Has credit")
	if s.Count(t, "orders", "activated_at IS NOT NULL") != 1 {
		t.Error("what is paid in full is not active")
	}
	again := finance.get("/admin/payments/new?account=" + modelstest.Acme)
	twice := finance.submitTo(again, "/admin/payments", url.Values{"amount": {"500"}, "reference": {"r  1"}}).wants(409, "/admin/payments")
	if twice.Find(`a[href="`+done.path+`"]`).Length() != 1 || twice.value("reference") != "r  1" {
		t.Error("the first receipt is not linked, or what was typed is lost")
	}
	paid := finance.submitTo(done, done.path+"/allocation", url.Values{"invoice_id": {first.ID}, "allocation": {"16"}}).wants(200, done.path)
	paid.says(t, "V-2026-00001", "Allocated")
	short := finance.submitTo(done, done.path+"/allocation", url.Values{"invoice_id": {first.ID}, "allocation": {"1"}, "request_key": {"new"}}).wants(422, done.path+"/allocation")
	if !strings.Contains(words(short), "More is allocated") {
		t.Error(short.problem())
	}
	invoice := finance.get("/admin/invoices/"+first.ID).wants(200, "/admin/invoices/"+first.ID)
	if invoice.value("amount") != "468.00" {
		t.Errorf("%q is to be paid", invoice.value("amount"))
	}
	empty := finance.submitTo(invoice, "/admin/invoices/"+first.ID+"/payment", url.Values{"amount": {"468"}, "reference": {""}}).wants(422, "/admin/invoices/"+first.ID+"/payment")
	if empty.fieldError("reference") == "" || empty.value("amount") != "468" {
		t.Errorf("%q", empty.fieldError("reference"))
	}
	last := finance.submitTo(empty, "/admin/invoices/"+first.ID+"/payment", url.Values{"reference": {"R 2"}})
	last.wants(200, last.path)
	if s.Count(t, "orders", "activated_at IS NOT NULL") != 2 {
		t.Error("the last part does not activate")
	}
	unreasoned := finance.submitTo(last, last.path+"/reversal", nil).wants(422, last.path+"/reversal")
	if unreasoned.fieldError("reason") == "" {
		t.Error("a reversal has no reason")
	}
	finance.submitTo(unreasoned, last.path+"/reversal", url.Values{"reason": {"Called back"}}).wants(200, last.path).says(t, "Reversed", "Called back", "Released")
	finance.get("/admin/payments?state=credit").says(t, "No payment fits")
	finance.get("/admin/payments?state=reversed").says(t, "R 2")
	if csv := finance.get("/admin/payments?format=csv").body; !strings.Contains(csv, "R 1,bank_transfer,allocated,2026-03-02,EUR,500.00,500.00,0.00") {
		t.Error(csv)
	}
	if p := s.as(t, modelstest.VendorSupport).get(done.path); p.Find(`form[action$="/reversal"]`).Length() != 0 {
		t.Error("support may reverse")
	}
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// invoiceFor places the order of a quote and returns the id of its invoice.
func (s *site) invoiceFor(t *testing.T, unit string) string {
	t.Helper()
	order := strings.TrimPrefix(s.quote(t, unit), "/orders/")
	_, err := s.PlaceOrder(t.Context(), modelstest.AcmeSeller, order, models.Placement{Version: 2})
	fine(t, err)
	var i models.Invoice
	fine(t, s.DB.Where("order_id = ?", order).Take(&i).Error)
	return i.ID
}

// Finance records a part, then the rest: the licences are active, the statement
// of the account says so, and a returned payment opens everything again.
func TestPayingThroughThePages(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	id := s.invoiceFor(t, "100") // 484.00 to pay
	finance, billing := s.as(t, modelstest.VendorFinance), s.as(t, modelstest.AcmeBilling)
	link := "/admin/invoices/" + id
	form := finance.get(link).wants(200, link)
	if form.value("amount") != "484.00" {
		t.Errorf("the form begins with %q", form.value("amount"))
	}
	bad := finance.submitTo(form, link+"/payments", url.Values{"amount": {"a lot"}, "reference": {""}, "received_on": {"2099-01-01"}}).wants(422, link+"/payments")
	if bad.fieldError("amount") == "" || bad.fieldError("reference") == "" || bad.fieldError("received_on") == "" || bad.value("amount") != "a lot" {
		t.Errorf("%q %q %q", bad.fieldError("amount"), bad.fieldError("reference"), bad.fieldError("received_on"))
	}
	part := finance.submitTo(bad, link+"/payments", url.Values{"amount": {"400"}, "reference": {"WIRE 1"}, "received_on": {"2026-03-02"}}).wants(200, link)
	part.says(t, "WIRE 1", "400.00 EUR", "84.00 EUR")
	twice := finance.submitTo(form, link+"/payments", url.Values{"amount": {"400"}, "reference": {"wire  1"}, "received_on": {"2026-03-02"}, "request_key": {"other"}}).wants(409, link+"/payments")
	if !strings.Contains(twice.problem(), "recorded already") || twice.Find(`a[href^="/admin/payments/"]`).Length() == 0 {
		t.Errorf("%q", twice.problem())
	}
	whole := finance.submitTo(finance.get(link), link+"/payments", url.Values{"amount": {"100"}, "reference": {"WIRE 2"}, "received_on": {"2026-03-02"}}).wants(200, link)
	whole.says(t, "Paid in full")
	if whole.Find(`form[action$="/payments"]`).Length() != 0 {
		t.Error("a paid invoice can be paid")
	}
	order := finance.get(link).Find(`a[href^="/admin/orders/"]`).AttrOr("href", "")
	s.as(t, modelstest.AcmeSeller).get(strings.TrimPrefix(order, "/admin")).says(t, "The licences are active", "Active")
	list := finance.get("/admin/payments").wants(200, "/admin/payments")
	list.says(t, "With credit left", "16.00 EUR", "Allocated")
	if csv := finance.get("/admin/payments?format=csv&state=credit").body; !strings.Contains(csv, "WIRE 2") || strings.Contains(csv, "WIRE 1") {
		t.Errorf("%s", csv)
	}
	statement := billing.get("/statement").wants(200, "/statement")
	statement.says(t, "Invoice V-2026-00001", "Payment WIRE 1", "-16.00 EUR", "16.00 EUR")
	if csv := billing.get("/statement?format=csv").body; strings.Count(csv, "\n") != 4 || !strings.Contains(csv, ",484.00,484.00") {
		t.Errorf("%s", csv)
	}
	if empty := billing.get("/statement?from=2027-01-01").wants(200, "/statement"); !strings.Contains(empty.Text(), "Nothing in these days") {
		t.Error("the days are ignored")
	}

	second := s.invoiceFor(t, "1")
	credit := finance.get("/admin/payments?state=credit").Find(`table a[href^="/admin/payments/"]`).AttrOr("href", "")
	page := finance.get(credit).wants(200, credit)
	over := finance.submitTo(page, credit+"/allocations", url.Values{"allocation": {"999"}}).wants(422, credit+"/allocations")
	if over.fieldError("allocation_0") == "" || over.Find("#allocation_0").AttrOr("value", "") != "999" {
		t.Errorf("%q", over.fieldError("allocation_0"))
	}
	finance.submitTo(over, credit+"/allocations", url.Values{"allocation": {"4.84"}}).wants(200, credit).says(t, "11.16 EUR")
	finance.get("/admin/invoices/"+second).says(t, "Paid in full")

	first := finance.get("/admin/payments?q=wire+1").Find(`table a[href^="/admin/payments/"]`).AttrOr("href", "")
	asked := finance.submitTo(finance.get(first), first+"/reversal", nil).wants(422, first+"/reversal")
	if asked.fieldError("reason") == "" {
		t.Error("reversed without a reason")
	}
	finance.submitTo(asked, first+"/reversal", url.Values{"reason": {"Returned by the bank"}}).wants(200, first).says(t, "Reversed by", "Returned by the bank")
	finance.get(link).says(t, "400.00 EUR", "reversed, pays nothing any more")
	if support := s.as(t, modelstest.VendorSupport).get(credit).wants(200, credit); support.Find(`form[action$="/reversal"]`).Length() != 0 {
		t.Error("Support may reverse")
	}
	if s.as(t, modelstest.VendorSupport).get("/admin/payments/new").status != 403 {
		t.Error("Support opens the form")
	}
}

// A receipt of an account pays several invoices; nothing typed is lost.
func TestPayingSeveralInvoices(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	s.invoiceFor(t, "100")
	s.invoiceFor(t, "10")
	finance := s.as(t, modelstest.VendorFinance)
	choose := finance.get("/admin/payments/new").wants(200, "/admin/payments/new")
	choose.says(t, "Who has paid?", "Acme")
	form := finance.get("/admin/payments/new?account="+modelstest.Acme).wants(200, "/admin/payments/new")
	bad := finance.submitTo(form, "/admin/payments", url.Values{"amount": {"500"}, "method": {"card"}, "reference": {"CH 1"}, "allocation": {"484", "48.41"}}).wants(422, "/admin/payments")
	if bad.fieldError("allocation_1") == "" || bad.Find("#allocation_0").AttrOr("value", "") != "484" || bad.Find("#allocation_1").AttrOr("value", "") != "48.41" || bad.value("reference") != "CH 1" {
		t.Errorf("%q", bad.fieldError("allocation_1"))
	}
	more := finance.submitTo(bad, "/admin/payments", url.Values{"allocation": {"484", "48.40"}}).wants(422, "/admin/payments")
	if !strings.Contains(more.fieldError("amount"), "More is allocated") {
		t.Errorf("%q", more.fieldError("amount"))
	}
	more.Find(`form[action="/admin/payments"]`).SetAttr("action", "/admin/payments/new")
	suggested := finance.submitTo(more, "/admin/payments/new", url.Values{"reference": {"Invoice v-2026-00002, thanks"}, "allocation": {"", ""}}).wants(200, "/admin/payments/new")
	if got := suggested.Find("#allocation_1").AttrOr("value", ""); got != "48.40" || suggested.Find("#allocation_0").AttrOr("value", "") != "" || s.Count(t, "payments", "1 = 1") != 0 {
		t.Errorf("suggested %q", got)
	}
	more.Find(`form[action="/admin/payments/new"]`).SetAttr("action", "/admin/payments")
	done := finance.submitTo(more, "/admin/payments", url.Values{"amount": {"540"}})
	done.says(t, "V-2026-00001", "V-2026-00002", "7.60 EUR", "Card")
	if n := s.Count(t, "orders", "activated_at IS NOT NULL"); n != 2 {
		t.Errorf("%d orders are active", n)
	}
}

// A credit note by line, one above the limit that somebody else approves, and the
// statement that shows it all.
func TestCreditNotesThroughThePages(t *testing.T) {
	s := newSite(t)
	s.Exec(t, "UPDATE vendor SET credit_note_limit = 10000")
	s.SignAnnex(t, modelstest.Acme)
	finance, administrator, billing := s.as(t, modelstest.VendorFinance), s.as(t, modelstest.VendorAdministrator), s.as(t, modelstest.AcmeBilling)
	_, err := s.PlaceOrder(t.Context(), modelstest.AcmeSeller, lastPart(s.quote(t, "100")), models.Placement{Version: 2})
	fine(t, err)
	var i models.Invoice
	fine(t, s.DB.Take(&i).Error)
	link := "/admin/invoices/" + i.ID
	page := finance.get(link).wants(200, link)
	bad := finance.submitTo(page, link+"/credit-note", url.Values{"net": {"400.01"}, "credit_reason": {"Too many"}}).wants(422, link+"/credit-note")
	if bad.Find("#net_0").AttrOr("value", "") != "400.01" || bad.Find("#credit_reason").AttrOr("value", "") != "Too many" || !strings.Contains(words(bad), "Only 400.00 EUR of this line are left") {
		t.Error("a refused credit note has lost what was typed, or does not say why")
	}
	finance.submitTo(bad, link+"/credit-note", url.Values{"net": {"10"}, "credit_reason": {"A discount"}}).wants(200, link).says(t, "C-2026-00001", "12.10 EUR", "A discount")
	large := finance.submitTo(finance.get(link), link+"/credit-note", url.Values{"net": {""}, "credit_reason": {"All of it"}}).wants(200, link)
	large.says(t, "a second staff member", "Waits")
	if large.Find(`form[action$="/approval"]`).Length() != 0 {
		t.Error("who drafted a note can approve it")
	}
	if strings.Contains(billing.get("/invoices/"+i.ID).wants(200, "/invoices/"+i.ID).Text(), "All of it") {
		t.Error("the account reads a draft")
	}
	administrator.get("/admin").says(t, "Credit notes that need a second staff member")
	waits := administrator.get(link)
	administrator.submitTo(waits, link+"/credit-note/approval", nil).wants(200, link).says(t, "C-2026-00002", "Credited in full")
	administrator.submitTo(waits, link+"/credit-note/refusal", nil).wants(409, link+"/credit-note/refusal").says(t, "issued or dropped already")
	billing.get("/statement").wants(200, "/statement").says(t, "V-2026-00001", "C-2026-00001", "C-2026-00002", "471.90 EUR")
	billing.get("/invoices/"+i.ID).says(t, "C-2026-00002", "All of it")
}

// A statement of days that are none, or that end before they begin, is the form
// again with what is wrong; so is its CSV.
func TestDaysOfAStatement(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	s.invoiceFor(t, "100")
	for link, who := range map[string]models.Actor{"/statement": modelstest.AcmeBilling, "/admin/accounts/" + modelstest.Acme + "/statement": modelstest.VendorFinance} {
		b := s.as(t, who)
		for query, want := range map[string][2]string{
			"?from=2026-03-05&to=2026-03-01": {"", "The last day can't be before the first one."},
			"?from=yesterday":                {"This is no day. Choose the first one, or leave it empty.", ""},
			"?to=2026-02-30":                 {"", "This is no day. Choose the last one, or leave it empty."},
			"?from=x&to=y":                   {"This is no day. Choose the first one, or leave it empty.", "This is no day. Choose the last one, or leave it empty."},
		} {
			for _, format := range []string{"", "&format=csv"} {
				p := b.get(link+query+format).wants(422, link)
				if p.fieldError("from") != want[0] || p.fieldError("to") != want[1] || p.value("from") != p.query.Get("from") || p.value("to") != p.query.Get("to") {
					t.Errorf("%s: %q %q, %q %q", query+format, p.fieldError("from"), p.fieldError("to"), p.value("from"), p.value("to"))
				}
				if (p.Find(`[name=from][aria-invalid=true]`).Length() == 1) != (want[0] != "") || (p.Find(`[name=to][aria-invalid=true]`).Length() == 1) != (want[1] != "") || strings.Contains(p.Text(), "Closing balance") {
					t.Errorf("%s: the field is not marked, or there are balances", query+format)
				}
			}
		}
		b.get(link+"?from=2026-03-01&to=2026-03-05").wants(200, link).says(t, "Closing balance", "Invoice V-2026-00001")
		b.get(link+"?from=&to=").wants(200, link).says(t, "Invoice V-2026-00001")
	}
}

package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// Whoever has to wait before they may sign in need not type their address again.
func TestTooManySignInsKeepTheAddress(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	form := b.get("/login?next=/trials")
	for range 10 {
		b.submit(form, url.Values{"email": {modelstest.AcmeSeller.Email}, "password": {"wrong"}})
	}
	p := b.submit(form, url.Values{"email": {modelstest.AcmeSeller.Email}, "password": {"wrong"}}).wants(http.StatusTooManyRequests, "/login")
	if p.value("email") != modelstest.AcmeSeller.Email || p.value("next") != "/trials" || p.value("password") != "" || p.header.Get("Retry-After") == "" || !strings.Contains(p.problem(), "Too many attempts") {
		t.Errorf("%q, %q, %q", p.value("email"), p.problem(), p.header.Get("Retry-After"))
	}
}

// A sign-in ends the session that the browser had.
func TestSignInEndsTheFormerSession(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	for _, who := range []models.Actor{modelstest.AcmeSeller, modelstest.AcmeViewer} {
		page := b.get("/login") // once signed in, the start page, with the form to sign out
		p := b.post("/login", url.Values{"csrf": {page.Find("input[name=csrf]").AttrOr("value", "")}, "email": {who.Email}, "password": {modelstest.Password}})
		p.wants(200, "/")
	}
	if open := s.Count(t, "sessions", "user_id = ? AND ended_at IS NULL AND token_hash NOT LIKE 'none-%'", modelstest.AcmeSeller.UserID); open != 0 {
		t.Errorf("%d sessions of who was signed in before are open", open)
	}
	if open := s.Count(t, "sessions", "user_id = ? AND ended_at IS NULL AND token_hash NOT LIKE 'none-%'", modelstest.AcmeViewer.UserID); open != 1 {
		t.Errorf("%d sessions of who signed in", open)
	}
	if n := s.Count(t, "events", "action = 'session.ended' AND actor_id = ?", modelstest.AcmeSeller.UserID); n != 1 {
		t.Errorf("%d events", n)
	}
}

// A version that is no number is one that nobody looked at: the form comes back as typed.
func TestADamagedVersionLosesNothing(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	path := "/clients/" + modelstest.AcmeClient
	for _, version := range []string{"x", "1e9", "99999999999999999999", "-5", "1 OR 1=1"} {
		p := b.submit(b.get(path+"/edit"), url.Values{"version": {version}, "notes": {"Typed"}}).wants(http.StatusConflict, path)
		if p.value("notes") != "Typed" {
			t.Errorf("%q loses what was typed: %q", version, p.problem())
		}
		if p := b.submit(p, nil); p.status != 200 {
			t.Errorf("sent again: %d", p.status)
		}
		s.Exec(t, "UPDATE clients SET notes = ''")
	}
}

// An end client, who has no sign-in, is not asked to sign in by an error page.
func TestErrorsForEndClientsLeadBack(t *testing.T) {
	s := newSite(t)
	issued, err := s.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	fine(t, err)
	trial, err := s.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID)
	fine(t, err)
	_, token, _ := strings.Cut(trial.PageURL, "/l/")
	page := "/l/" + token
	b := s.visit(t)
	form := b.get(page)
	s.Exec(t, "UPDATE trials SET converted_at = ?", modelstest.Now)
	p := b.post(page+"/interest", url.Values{"csrf": {form.Find("input[name=csrf]").AttrOr("value", "")}})
	if p.status != http.StatusConflict || p.Find(`a[href="/login"]`).Length() != 0 || p.Find(`a[href="`+page+`"]`).Length() != 1 {
		t.Errorf("%d: %s", p.status, p.Find("main").Text())
	}
}

// A form that is sent again with other content is not answered as if it had been
// saved; sent once more, it is.
func TestAFormSentAgainWithOtherContent(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	form := b.get("/clients/new")
	first := b.submit(form, url.Values{"company": {"First"}, "email": {"a@first.example"}})
	if p := b.submit(form, url.Values{"company": {"First"}, "email": {"a@first.example"}}); p.path != first.path {
		t.Errorf("sent twice: %d at %s", p.status, p.path)
	}
	noted := b.submit(form, url.Values{"company": {"First"}, "email": {"a@first.example"}, "notes": {"typed later"}}).wants(http.StatusConflict, "/clients")
	if !strings.Contains(noted.problem(), "First was added") || noted.value("notes") != "typed later" {
		t.Errorf("%q, notes %q", noted.problem(), noted.value("notes"))
	}
	other := b.submit(form, url.Values{"company": {"Second"}, "email": {"b@second.example"}}).wants(http.StatusConflict, "/clients")
	if !strings.Contains(other.problem(), "First was added") || other.value("company") != "Second" {
		t.Errorf("%q, %q", other.problem(), other.value("company"))
	}
	if p := b.submit(other, nil); p.heading() != "Second" || s.Count(t, "clients", "company IN ('First', 'Second')") != 2 {
		t.Errorf("%d %q", p.status, p.heading())
	}
	trial := b.get("/trials/new?client=" + modelstest.AcmeClient)
	values := url.Values{"product": {"studio-pro"}, "who": {"existing"}, "client_id": {modelstest.AcmeClient}}
	issued := b.submitTo(trial, "/trials", values)
	if p := b.submitTo(trial, "/trials", values); p.path != issued.path {
		t.Errorf("sent twice: %d at %s", p.status, p.path)
	}
	values.Set("product", "orchestrator-saas")
	again := b.submitTo(trial, "/trials", values).wants(http.StatusConflict, "/trials")
	if !strings.Contains(again.problem(), "a trial of Studio Pro was issued for Initrode") || s.Count(t, "trials", "1 = 1") != 1 {
		t.Errorf("%q, %d trials", again.problem(), s.Count(t, "trials", "1 = 1"))
	}
	if p := b.submitTo(again, "/trials", nil); p.status != 200 || s.Count(t, "trials", "1 = 1") != 2 {
		t.Errorf("%d: %q", p.status, p.problem())
	}
}

// So it is where money is at stake: what was typed after going back is neither lost
// nor taken for what was done.
func TestMoneySentAgainWithOtherContent(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	seller, finance := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.VendorFinance)

	form := seller.get("/orders/new?client=" + modelstest.AcmeClient)
	values := url.Values{"product": {"studio-pro"}, "seats": {"2"}, "quarters": {"1"}}
	first := seller.submitTo(form, "/orders", values)
	if again := seller.submitTo(form, "/orders", values); again.path != first.path {
		t.Errorf("sent twice: %d at %s", again.status, again.path)
	}
	values = url.Values{"product": {"orchestrator-saas"}, "seats": {"3"}, "quarters": {"4"}}
	other := seller.submitTo(form, "/orders", values).wants(http.StatusConflict, "/orders")
	if !strings.Contains(other.problem(), "a price was requested for Initrode") || other.Find("#seats_0").AttrOr("value", "") != "3" || s.Count(t, "orders", "1 = 1") != 1 {
		t.Errorf("%q, seats %q", other.problem(), other.Find("#seats_0").AttrOr("value", ""))
	}
	if p := seller.submitTo(other, "/orders", nil); p.status != 200 || s.Count(t, "orders", "1 = 1") != 2 {
		t.Errorf("%d: %q", p.status, p.problem())
	}

	id := s.invoiceFor(t, "100")
	link := "/admin/invoices/" + id
	receipt := finance.get(link)
	values = url.Values{"amount": {"100"}, "reference": {"WIRE 1"}, "received_on": {"2026-03-02"}}
	finance.submitTo(receipt, link+"/payments", values).wants(200, link)
	finance.submitTo(receipt, link+"/payments", values).wants(200, link)
	values = url.Values{"amount": {"200"}, "reference": {"WIRE 2"}, "received_on": {"2026-03-02"}}
	late := finance.submitTo(receipt, link+"/payments", values).wants(http.StatusConflict, link+"/payments")
	if !strings.Contains(late.problem(), "the receipt WIRE 1 was recorded") || late.value("amount") != "200" || s.Count(t, "payments", "1 = 1") != 1 {
		t.Errorf("%q, amount %q", late.problem(), late.value("amount"))
	}
	finance.submitTo(late, link+"/payments", nil).wants(200, link)
	if n := s.Count(t, "payments", "1 = 1"); n != 2 {
		t.Errorf("%d receipts", n)
	}

	bill := "/client-invoices/new?order=" + s.orderOf(t, id)
	invoice := seller.get(bill)
	issued := seller.submitTo(invoice, "/client-invoices", url.Values{"discount": {"1"}})
	seller.submitTo(invoice, "/client-invoices", url.Values{"discount": {"1"}}).wants(200, issued.path)
	dearer := seller.submitTo(invoice, "/client-invoices", url.Values{"discount": {"2"}}).wants(http.StatusConflict, "/client-invoices")
	if !strings.Contains(dearer.problem(), "was issued") || s.Count(t, "client_invoices", "1 = 1") != 1 {
		t.Errorf("%q", dearer.problem())
	}
}

// orderOf is the id of the order that an invoice is of.
func (s *site) orderOf(t *testing.T, invoice string) string {
	t.Helper()
	var i models.Invoice
	fine(t, s.DB.Where("id = ?", invoice).Take(&i).Error)
	return i.OrderID
}

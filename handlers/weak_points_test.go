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
	if p := b.submit(form, url.Values{"company": {"First"}, "email": {"a@first.example"}, "notes": {"sent twice"}}); p.path != first.path {
		t.Errorf("sent twice: %d at %s", p.status, p.path)
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

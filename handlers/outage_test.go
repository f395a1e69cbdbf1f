package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gorm.io/gorm"

	"reselling/models/modelstest"
)

// hold keeps everybody from writing clients until the function that it returns is called.
func (s *site) hold(t *testing.T) (release func()) {
	t.Helper()
	tx := s.DB.Begin() // on SQLite this takes the only lock there is
	fine(t, tx.Error)
	if s.Dialect() == "postgres" {
		fine(t, tx.Exec("LOCK TABLE clients IN EXCLUSIVE MODE").Error)
	}
	return func() { fine(t, tx.Session(&gorm.Session{}).Rollback().Error) }
}

// While another program holds the database, what was typed comes back on a page
// that sends it again; reading goes on; afterwards it is saved once.
func TestWhatCannotBeSavedIsKept(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	form := b.get("/clients/new")
	release := s.hold(t)
	p := b.submit(form, url.Values{"company": {"Kept & Sons <b>"}, "contact_name": {"Kim Kept"}, "email": {"kim@kept.example"}, "notes": {"one\ntwo"}})
	if p.status != http.StatusServiceUnavailable || p.header.Get("Retry-After") == "" {
		t.Fatalf("while the database is held: %d, Retry-After %q", p.status, p.header.Get("Retry-After"))
	}
	again := p.Find(`main form[action="/clients"]`)
	if got := again.Find("input[name=company]").AttrOr("value", ""); got != "Kept & Sons <b>" {
		t.Errorf("the page keeps %q as the company", got)
	}
	if !strings.Contains(again.Text(), "Kim Kept") || again.Find("button[type=submit]").Length() != 1 {
		t.Errorf("the page does not show what was typed, or how to send it: %s", again.Text())
	}
	if read := b.get("/clients"); read.status != http.StatusOK {
		t.Errorf("reading meanwhile: %d", read.status)
	}
	release()
	if n := s.Count(t, "clients", "company LIKE 'Kept%'"); n != 0 {
		t.Errorf("%d clients were saved although the portal said that none was", n)
	}
	if done := b.send(again, nil); done.status != http.StatusOK || !strings.HasPrefix(done.path, "/clients/") {
		t.Errorf("sent again: %d at %s", done.status, done.path)
	}
	b.send(again, nil)
	if n := s.Count(t, "clients", "company = 'Kept & Sons <b>' AND notes LIKE 'one%two'"); n != 1 {
		t.Errorf("%d clients are there, want one", n)
	}
}

func TestPasswordsAreNotKept(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	form := b.get("/login")
	fine(t, s.Store.Close())
	p := b.submit(form, url.Values{"email": {"sam@acme.example"}, "password": {modelstest.Password}})
	if p.status != http.StatusServiceUnavailable || strings.Contains(p.body, modelstest.Password) {
		t.Errorf("%d, and the password is on the page: %t", p.status, strings.Contains(p.body, modelstest.Password))
	}
	if !strings.Contains(p.Find("main").Text(), "type it again") {
		t.Errorf("the page does not say what to do about the password: %s", p.Find("main").Text())
	}
}

package handlers_test

import (
	"net/url"
	"testing"

	"reselling/models/modelstest"
)

func TestSignInAndOut(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	bad := b.submit(b.get("/login?next=/me"), url.Values{"email": {"sam@acme.example"}, "password": {"wrong"}}).wants(422, "/login")
	if bad.value("email") != "sam@acme.example" || bad.value("password") != "" || bad.problem() == "" {
		t.Errorf("email %q, password %q, problem %q", bad.value("email"), bad.value("password"), bad.problem())
	}
	good := b.submit(bad, url.Values{"password": {modelstest.Password}})
	if good.path != "/me" {
		t.Errorf("landed at %s, want /me", good.path)
	}
	b.post("/logout", url.Values{}).wants(403, "/logout")
}

func TestSignInStopsGuessing(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	form := b.get("/login")
	for range 10 {
		b.submit(form, url.Values{"email": {"sam@acme.example"}, "password": {"wrong"}}).wants(422, "/login")
	}
	p := b.submit(form, url.Values{"email": {"sam@acme.example"}, "password": {modelstest.Password}}).wants(429, "/login")
	if p.header.Get("Retry-After") != "901" {
		t.Errorf("Retry-After = %q", p.header.Get("Retry-After"))
	}
	s.Clock.Advance(15 * 60e9)
	if p := b.submit(form, url.Values{"email": {"sam@acme.example"}, "password": {modelstest.Password}}); p.path != "/" {
		t.Errorf("after 15 minutes: %d at %s", p.status, p.path)
	}
}

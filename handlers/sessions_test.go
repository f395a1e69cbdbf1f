package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
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

// A browser that never shows a page, such as a script, must not fill the cookie
// until a sign-in no longer fits into it.
func TestMessagesNeverCrowdOutTheSession(t *testing.T) {
	s := newSite(t)
	s.Exec(t, "UPDATE clients SET company = ? WHERE id = ?", strings.Repeat("ü", 200), modelstest.AcmeClient)
	b := s.as(t, modelstest.AcmeSeller)
	csrf := b.get("/me").Find("input[name=csrf]").AttrOr("value", "")
	b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for i := range 20 {
		act := []string{"/archival", "/restoration"}[i%2]
		b.post("/clients/"+modelstest.AcmeClient+act, url.Values{"csrf": {csrf}}).wants(303, "/clients/"+modelstest.AcmeClient+act)
	}
	p := b.get("/clients").wants(200, "/clients")
	if n := p.Find(".flashes [role], .flashes .alert").Length(); n > 2 || !strings.Contains(p.flash(), "is back among your clients") {
		t.Errorf("%d messages: %.100s", n, p.flash())
	}
	if n := len(p.header.Get("Set-Cookie")); n > 4096 {
		t.Errorf("a cookie of %d bytes", n)
	}
}

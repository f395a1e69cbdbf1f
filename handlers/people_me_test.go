package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"reselling/models/modelstest"
)

const hostile = "<script>alert(1)</script> 🎈 \u202eright to left"

func TestForgottenPassword(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	var answers []string
	for _, email := range []string{"mia@acme.example", "stranger@example.com"} {
		p := b.submit(b.get("/password/forgot"), url.Values{"email": {email}}).wants(200, "/login")
		answers = append(answers, p.flash())
	}
	if answers[0] != answers[1] || !strings.Contains(answers[0], "30 minutes") {
		t.Errorf("answers: %q", answers)
	}
	for _, email := range []string{hostile, strings.Repeat("x", 10000), "a@example.com\r\nBcc: b@example.com"} {
		p := b.submit(b.get("/password/forgot"), url.Values{"email": {email}}).wants(422, "/password/forgot")
		if p.fieldError("email") == "" || p.value("email") == "" {
			t.Errorf("%.20q: %q", email, p.problem())
		}
	}
	b.get("/password/reset/unknown").wants(404, "/password/reset/unknown")
}

func TestProfilePages(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeMember)
	p := b.get("/me").wants(200, "/me")
	if p.heading() != "Your profile" || p.value("name") != "Mia Member" || p.value("time_zone") != "" {
		t.Errorf("%q, %q, %q", p.heading(), p.value("name"), p.value("time_zone"))
	}
	p = b.submit(p, url.Values{"name": {strings.Repeat("🎈", 10000)}}).wants(422, "/me")
	if p.fieldError("name") == "" || p.value("name") != strings.Repeat("🎈", 10000) {
		t.Error("the name does not come back")
	}
	p = b.submit(p, url.Values{"name": {hostile}, "time_zone": {"Asia/Tokyo"}}).wants(200, "/me")
	if !strings.Contains(p.flash(), "saved") || p.Find("main script").Length() != 0 || p.value("time_zone") != "Asia/Tokyo" || strings.Contains(p.body, "\u202e") {
		t.Errorf("%q, %q", p.flash(), p.value("time_zone"))
	}
	s.visit(t).get("/me").wants(200, "/login")
}

func TestEmailChangePages(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeMember)
	p := b.submit(b.get("/me/email"), url.Values{"email": {"mia@new.example"}, "password": {"not " + modelstest.Password}}).wants(422, "/me/email")
	if p.value("email") != "mia@new.example" || p.value("password") != "" || strings.Contains(p.body, modelstest.Password) {
		t.Errorf("email %q, password %q", p.value("email"), p.value("password"))
	}
	p = b.submit(p, url.Values{"email": {"mia@new.example"}, "password": {modelstest.Password}}).wants(200, "/me")
	if !strings.Contains(p.Find("main").Text(), "mia@new.example waits to be confirmed") {
		t.Error(p.Find("main").Text())
	}
	p = b.submitTo(p, "/me/email/cancellation", nil).wants(200, "/me")
	if strings.Contains(p.Find("main .card").Text(), "mia@new.example") {
		t.Error("still waiting")
	}
	b.get("/me/email/unknown").wants(404, "/me/email/unknown")
}

func TestPasswordPage(t *testing.T) {
	s := newSite(t)
	b, other := s.as(t, modelstest.AcmeMember), s.as(t, modelstest.AcmeMember)
	p := b.submit(b.get("/me/password"), url.Values{"current_password": {"wrong one"}, "password": {"seven green bottles of ink"}}).wants(422, "/me/password")
	if p.fieldError("current_password") == "" || strings.Contains(p.body, "seven green") || strings.Contains(p.body, "wrong one") {
		t.Errorf("%q", p.problem())
	}
	p = b.submit(p, url.Values{"current_password": {modelstest.Password}, "password": {"seven green bottles of ink"}}).wants(200, "/me/security")
	if !strings.Contains(p.flash(), "changed") {
		t.Error(p.flash())
	}
	other.get("/me").wants(200, "/login")
}

func TestSecurityPage(t *testing.T) {
	s := newSite(t)
	b, other := s.as(t, modelstest.AcmeMember), s.as(t, modelstest.AcmeMember)
	p := b.get("/me/security").wants(200, "/me/security")
	if rows := p.Find("main tbody tr"); rows.Length() != 3 || p.Find("main tbody .badge").Length() != 1 {
		t.Errorf("%d sessions", rows.Length())
	}
	form := p.Find(`main form[action^="/me/sessions/"][action$="/ending"]`).FilterFunction(func(_ int, f *goquery.Selection) bool { return f.AttrOr("action", "") != "/me/sessions/ending" }).First()
	if p := b.send(form, nil).wants(200, "/me/security"); p.Find("main tbody tr").Length() != 2 {
		t.Error("not ended")
	}
	if p := b.submitTo(b.get("/me/security"), "/me/sessions/ending", nil).wants(200, "/me/security"); p.Find("main tbody tr").Length() != 1 {
		t.Error("others go on")
	}
	other.get("/me").wants(200, "/login")
}

func TestCookieReplayedAfterSignOut(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeMember)
	base, err := url.Parse(s.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	kept := b.c.Jar.Cookies(base)
	b.submitTo(b.get("/me"), "/logout", nil).wants(200, "/login")
	thief := s.visit(t)
	thief.c.Jar.SetCookies(base, kept)
	thief.get("/me").wants(http.StatusOK, "/login")
}

func TestReauthenticationPage(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeOwner)
	s.Clock.Advance(time.Hour)
	p := b.submit(b.get("/me/reauthentication?next=/me/security"), url.Values{"password": {"wrong"}}).wants(422, "/me/reauthentication")
	b.submit(p, url.Values{"password": {modelstest.Password}}).wants(200, "/me/security")
	p = b.get("/me/reauthentication?next=" + url.QueryEscape("//evil.example/"))
	b.submit(p, url.Values{"password": {modelstest.Password}}).wants(200, "/")
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/views/paths"
)

// staffLink invites an address to the staff and returns the path of the link.
func staffLink(t *testing.T, s *site, email string) string {
	t.Helper()
	_, link, err := s.InviteStaff(t.Context(), models.System, models.StaffInvitation{Email: email, Name: "Nia Staff", Role: models.Support})
	if err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(link, modelstest.BaseURL)
	if token := path[strings.LastIndex(path, "/")+1:]; !ok || path != paths.Invitation(token) {
		t.Fatalf("link %q", link)
	}
	return path
}

func TestInvitationOfANewUser(t *testing.T) {
	s := newSite(t)
	path := staffLink(t, s, "nia@vendor.example")
	b := s.visit(t)
	p := b.get(path).wants(200, path)
	if p.heading() != "Join the staff of ElectroNeek" || p.value("name") != "Nia Staff" || !strings.Contains(p.body, "nia@vendor.example") || !strings.Contains(p.body, "Support") {
		t.Errorf("%s: %s", p.heading(), p.Find("main").Text())
	}
	if got := p.header.Get("Referrer-Policy") + " " + p.header.Get("Cache-Control"); got != "no-referrer no-store" {
		t.Errorf("headers %q", got)
	}
	bad := b.submit(p, url.Values{"name": {"<script>alert(1)</script> 🎈 \u202eright to left"}, "password": {"short"}}).wants(422, path)
	if bad.value("password") != "" || !strings.HasPrefix(bad.value("name"), "<script>") || bad.fieldError("password") == "" {
		t.Errorf("name %q, password %q, %q", bad.value("name"), bad.value("password"), bad.fieldError("password"))
	}
	in := b.submit(bad, url.Values{"name": {"Nia"}, "password": {"seven green bottles of ink"}})
	if in.path != "/admin" {
		t.Fatalf("landed at %s: %d", in.path, in.status)
	}
	if me := s.Count(t, "sessions s JOIN users u ON u.id = s.user_id", "u.name = 'Nia' AND u.staff_role = 'support' AND s.ended_at IS NULL"); me != 1 {
		t.Errorf("%d sessions", me)
	}
	again := b.get(path).wants(410, path)
	if again.heading() != "This invitation is accepted already" {
		t.Error(again.heading())
	}
}

func TestInvitationWithTheWrongUser(t *testing.T) {
	s := newSite(t)
	path := staffLink(t, s, "nia@vendor.example")
	b := s.as(t, modelstest.AcmeSeller)
	p := b.get(path).wants(200, path)
	if !strings.Contains(p.Find("main").Text(), "You are signed in as sam@acme.example") || p.Find("main input[name=password]").Length() != 0 {
		t.Error(p.Find("main").Text())
	}
	out := b.submit(p, nil).wants(200, path)
	if out.Find("main input[name=password]").Length() != 1 || !strings.Contains(out.flash(), "signed out") {
		t.Error("no form after signing out")
	}
	b = s.as(t, modelstest.AcmeSeller)
	csrf := b.get("/login").Find("input[name=csrf]").AttrOr("value", "")
	b.post(path, url.Values{"csrf": {csrf}}).wants(403, path)
}

func TestDeadInvitationLinks(t *testing.T) {
	s := newSite(t)
	b := s.visit(t)
	if p := b.get("/invitations/unknown").wants(404, "/invitations/unknown"); !strings.Contains(p.body, "cut short") {
		t.Error(p.Find("main").Text())
	}
	path := staffLink(t, s, "nia@vendor.example")
	form := b.get(path)
	staffLink(t, s, "nia@vendor.example") // revokes the earlier one
	if p := b.submit(form, url.Values{"password": {"seven green bottles of ink"}}).wants(410, path); p.heading() != "This invitation was revoked" {
		t.Error(p.heading())
	}
	path = staffLink(t, s, "late@vendor.example")
	s.Clock.Advance(7 * 24 * time.Hour)
	if p := b.get(path).wants(410, path); p.heading() != "This invitation has expired" || !strings.Contains(p.body, "9 Mar 2026, 06:00 (New York)") {
		t.Error(p.Find("main").Text())
	}
}

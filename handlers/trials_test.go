package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

var newTrial = url.Values{"product": {"studio-pro"}, "who": {"new"}, "company": {"Hooli"}, "email": {"gavin@hooli.example"}}

func TestIssueTrialThroughTheForm(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	bad := b.submitTo(b.get("/trials/new"), "/trials", url.Values{"product": {"studio-pro"}, "who": {"new"}, "company": {"Hooli"}, "email": {"nope"}}).wants(422, "/trials")
	if bad.fieldError("email") == "" || bad.value("company") != "Hooli" || bad.value("email") != "nope" {
		t.Errorf("error %q, company %q, email %q", bad.fieldError("email"), bad.value("company"), bad.value("email"))
	}
	good := b.submitTo(bad, "/trials", newTrial)
	if good.status != 200 || !strings.HasPrefix(good.path, "/trials/") || good.heading() != "Hooli" || !strings.Contains(good.flash(), "gavin@hooli.example gets a mail") {
		t.Fatalf("%d at %s, %q, %q", good.status, good.path, good.heading(), good.flash())
	}
	key := good.value("key")
	if len(key) < 100 && good.Find("#key").AttrOr("value", "") == "" {
		t.Error("the page shows no key")
	}

	link := good.Find("#page-link").AttrOr("value", "")
	client := s.visit(t)
	page := client.get(strings.TrimPrefix(link, modelstest.BaseURL)).wants(200, strings.TrimPrefix(link, modelstest.BaseURL))
	if page.heading() != "Studio Pro" || page.Find("#key").AttrOr("value", "") != good.Find("#key").AttrOr("value", "") || !strings.Contains(page.Text(), "14 days left") || page.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("client's page: %q, referrer %q", page.heading(), page.header.Get("Referrer-Policy"))
	}
	if said := client.submitTo(page, page.path+"/interest", nil); !strings.Contains(said.flash(), "They have been told") || said.Find(`form[action$="/interest"]`).Length() != 0 {
		t.Errorf("after I want to buy: %q", said.flash())
	}
}

func TestTrialFormSentTwiceLandsOnOneTrial(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	form := b.get("/trials/new")
	first, second := b.submitTo(form, "/trials", newTrial), b.submitTo(form, "/trials", newTrial)
	if first.path != second.path || s.Count(t, "trials", "1 = 1") != 1 {
		t.Errorf("%s, then %s", first.path, second.path)
	}
}

func TestQuotaOnThePages(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.GlobexSeller)
	for _, company := range []string{"One", "Two"} {
		v := url.Values{"product": {"studio-pro"}, "who": {"new"}, "company": {company}, "email": {"boss@" + strings.ToLower(company) + ".example"}}
		if p := b.submitTo(b.get("/trials/new"), "/trials", v); p.status != 200 {
			t.Fatalf("%s: %d %s", company, p.status, p.problem())
		}
	}
	form := b.get("/trials/new").wants(200, "/trials/new")
	if !strings.Contains(form.Text(), "All 2 trials of March are used") || !strings.Contains(form.Text(), "1 April, 00:00 (New York)") {
		t.Error("the form does not say that the quota is used, and until when")
	}
	p := b.submitTo(form, "/trials", newTrial).wants(409, "/trials")
	if !strings.Contains(p.problem(), "New ones from 1 April, 00:00 (New York)") || p.value("company") != "Hooli" {
		t.Errorf("%q, company %q", p.problem(), p.value("company"))
	}
}

func TestDuplicateClientOffersTheExistingOne(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	v := url.Values{"product": {"studio-pro"}, "who": {"new"}, "company": {"INITRODE"}, "email": {"new@elsewhere.example"}}
	p := b.submitTo(b.get("/trials/new"), "/trials", v).wants(409, "/trials")
	if p.Find(`a[href*="client=`+modelstest.AcmeClient+`"]`).Length() == 0 {
		t.Error("no way to the existing client")
	}
	if p = b.submitTo(p, "/trials", url.Values{"duplicate": {"accept"}}); p.status != 200 || !strings.HasPrefix(p.path, "/trials/") {
		t.Errorf("accepted: %d at %s: %s", p.status, p.path, p.problem())
	}
}

func TestTrialDraftPreviewsAndFinds(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	form := b.get("/trials/new?client=" + modelstest.AcmeClient + "&product=orchestrator-saas")
	if !strings.Contains(form.Find("#preview").Text(), "ingrid@initrode.example") {
		t.Errorf("preview = %q", form.Find("#preview").Text())
	}
	form.Find(`form[action="/trials"]`).SetAttr("action", "/trials/new")
	found := b.submitTo(form, "/trials/new", url.Values{"client_id": {""}, "client_q": {"rode"}}).wants(200, "/trials/new")
	if n := found.Find("#client_id option[value='" + modelstest.AcmeClient + "']").Length(); n != 1 || found.value("product") == "" {
		t.Errorf("%d found", n)
	}
	if s.Count(t, "trials", "1 = 1") != 0 {
		t.Error("a draft issued a trial")
	}
}

// TestTheLastTrialOverHTTP: 50 forms at once, one free trial.
func TestTheLastTrialOverHTTP(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.GlobexSeller)
	b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	token := b.get("/trials/new").Find("main [name=csrf]").First().AttrOr("value", "")
	b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var mu sync.Mutex
	statuses := map[int]int{}
	modelstest.Race(50, func(i int) error {
		c := string(rune('A'+i%26)) + strings.Repeat("x", i/26+1)
		p := b.post("/trials", url.Values{"csrf": {token}, "product": {"studio-pro"}, "company": {c}, "email": {c + "@" + c + ".example"}})
		mu.Lock()
		defer mu.Unlock()
		statuses[p.status]++
		return nil
	})
	if statuses[303] != 1 || statuses[409] != 49 {
		t.Errorf("statuses = %v", statuses)
	}
}

func TestTrialActions(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	p := b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	path := p.path
	bad := b.submitTo(p, path+"/address", url.Values{"email": {"nope"}}).wants(422, path+"/address")
	if bad.value("email") != "nope" || bad.problem() == "" {
		t.Errorf("email %q, problem %q", bad.value("email"), bad.problem())
	}
	if p = b.submitTo(bad, path+"/address", url.Values{"email": {"right@hooli.example"}}); !strings.Contains(p.flash(), "corrected") {
		t.Errorf("flash %q", p.flash())
	}
	if p = b.submitTo(p, path+"/resending", nil); !strings.Contains(p.flash(), "again") {
		t.Errorf("flash %q", p.flash())
	}
	p = b.submitTo(p, path+"/revocation", url.Values{"reason": {"A mistake"}})
	if !strings.Contains(p.flash(), "revoked") || !strings.Contains(p.Text(), "A mistake") || p.Find(`form[action$="/revocation"]`).Length() != 0 {
		t.Errorf("after revoking: %q", p.flash())
	}
	if p := s.as(t, modelstest.GlobexOwner).get(path); p.status != 404 {
		t.Errorf("another account sees %d", p.status)
	}
	viewer := s.as(t, modelstest.AcmeViewer)
	if p := viewer.get(path).wants(200, path); p.Find("#page-link").Length() != 0 || p.Find(`form[action^="/trials"]`).Length() != 0 {
		t.Error("a Viewer sees what only Sellers may use")
	}
	if p := viewer.get("/trials/new"); p.status != 403 || !strings.Contains(p.Text(), "Olivia Owner") {
		t.Errorf("a Viewer gets %d", p.status)
	}
}

func TestLicensePages(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	p := b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	link := strings.TrimPrefix(p.Find("#page-link").AttrOr("value", ""), modelstest.BaseURL)
	list := b.get("/licenses").wants(200, "/licenses")
	path := list.Find("td.main a").AttrOr("href", "")
	l := b.get(path).wants(200, path)
	l = b.submitTo(l, path+"/page-renewal", nil)
	if p := s.visit(t).get(link); p.status != 410 || !strings.Contains(p.Text(), "replaced by a newer one") {
		t.Errorf("old link: %d", p.status)
	}
	link = strings.TrimPrefix(l.Find("#page-link").AttrOr("value", ""), modelstest.BaseURL)
	b.submitTo(l, path+"/page-revocation", nil)
	if p := s.visit(t).get(link); p.status != 410 || !strings.Contains(p.Text(), "switched off by Acme") {
		t.Errorf("switched off: %d", p.status)
	}
	if p := s.visit(t).get("/l/nonsense"); p.status != 404 {
		t.Errorf("unknown link: %d", p.status)
	}
	if p := s.visit(t).get("/.well-known/jwks.json"); p.status != 200 || !strings.Contains(p.body, `"kty":"OKP"`) || p.header.Get("Set-Cookie") != "" {
		t.Errorf("keys: %d %s", p.status, p.body)
	}
}

func TestTrialsAsCSV(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	v := url.Values{"product": {"studio-pro"}, "who": {"new"}, "company": {"=HYPERLINK(1)"}, "email": {"x@y.example"}}
	b.submitTo(b.get("/trials/new"), "/trials", v)
	for _, path := range []string{"/trials?format=csv", "/licenses?format=csv"} {
		p := b.get(path)
		if p.status != 200 || !strings.HasPrefix(p.header.Get("Content-Type"), "text/csv") || !strings.Contains(p.body, "'=HYPERLINK(1)") {
			t.Errorf("%s: %d %q", path, p.status, p.body)
		}
	}
}

func TestDashboardAndHelp(t *testing.T) {
	s := newSite(t)
	for name, want := range map[string]string{"seller": "Dashboard", "owner": "Dashboard", "viewer": "Dashboard", "member": "Welcome", "admin": "Welcome"} {
		b := s.as(t, modelstest.Cast[name])
		if p := b.get("/").wants(200, "/"); p.heading() != want {
			t.Errorf("%s sees %q, want %q", name, p.heading(), want)
		}
		help := b.get("/help").wants(200, "/help")
		if !strings.Contains(help.Text(), "50 %") || !strings.Contains(help.Text(), "25.00") || !strings.Contains(help.Text(), "Olivia Owner") {
			t.Errorf("%s: help lacks the figures", name)
		}
	}
	if p := s.as(t, models.Actor(modelstest.VendorSupport)).get("/"); p.path != "/admin" {
		t.Errorf("staff land at %s", p.path)
	}
}

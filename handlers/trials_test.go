package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

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
		help.says(t, "the full price less your share of 50 %, due within 14 days of the invoice", "Nothing renews by itself")
		if links := help.Find(`main a[href="/team/reselling"]`).Length(); (links == 1) != (name == "owner") {
			t.Errorf("%s: help has %d links to Team → Reselling", name, links)
		}
		if links := help.Find(`main a[href="/settings/api-tokens"], main a[href="/api/docs"]`).Length(); (links == 2) != (name == "owner") || links == 1 {
			t.Errorf("%s: help has %d links to the API", name, links)
		}
	}
	if p := s.as(t, modelstest.VendorSupport).get("/"); p.path != "/admin" {
		t.Errorf("staff land at %s", p.path)
	}
	for name, want := range map[string]int{"administrator": 2, "support": 0} {
		help := s.as(t, modelstest.Cast[name]).get("/help").wants(200, "/help")
		if links := help.Find(`main a[href="/admin/api-tokens"], main a[href="/api/docs"]`).Length(); links != want {
			t.Errorf("%s: help has %d links to the API, want %d", name, links, want)
		}
	}
}

// TestOneFormOverHTTP: one form sent 50 times at once, to two processes, lands on one trial.
func TestOneFormOverHTTP(t *testing.T) {
	s := newSite(t)
	second := *s.World
	second.Store = s.Replica(t)
	other := siteOf(t, &second)
	here, there := s.as(t, modelstest.AcmeSeller), other.as(t, modelstest.AcmeSeller)
	key := here.get("/trials/new").value("request_key")
	var mu sync.Mutex
	answers := map[string]int{}
	var browsers []*browser
	for _, b := range []*browser{here, there} {
		b.c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		browsers = append(browsers, b)
	}
	tokens := []string{here.get("/trials/new").value("csrf"), there.get("/trials/new").value("csrf")}
	modelstest.Race(50, func(i int) error {
		values := url.Values{"csrf": {tokens[i%2]}, "request_key": {key}}
		for name, v := range newTrial {
			values[name] = v
		}
		p := browsers[i%2].post("/trials", values)
		mu.Lock()
		defer mu.Unlock()
		answers[strconv.Itoa(p.status)+" "+p.header.Get("Location")]++
		return nil
	})
	if len(answers) != 1 || s.Count(t, "trials", "1 = 1") != 1 || s.Count(t, "clients", "account_id = ?", modelstest.Acme) != 2 {
		t.Errorf("answers: %v", answers)
	}
	for answer := range answers {
		if !strings.HasPrefix(answer, "303 /trials/") {
			t.Errorf("answer: %s", answer)
		}
	}
}

// TestHostileTrials types what breaks programs into every field.
func TestHostileTrials(t *testing.T) {
	hostile := map[string]string{
		"script": `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`, "emoji": "👩‍👩‍👧‍👦🏳️‍🌈", "right to left": "\u202eshalom שלום\u2066", "long": strings.Repeat("x", 10000),
		"formula": "=1+1", "line ends": "a\r\nBcc: all@everybody.example\r\n\r\nb", "zero": "a\x00b", "no text": "\xff\xfe", "sql": `'; DROP TABLE trials; --`, "pattern": `%_\`,
	}
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			b := s.as(t, modelstest.AcmeSeller)
			for _, path := range []string{"/trials/new?client=" + url.QueryEscape(text) + "&product=" + url.QueryEscape(text), "/trials?q=" + url.QueryEscape(text) + "&state=" + url.QueryEscape(text) + "&product=" + url.QueryEscape(text) + "&month=" + url.QueryEscape(text) + "&sort=" + url.QueryEscape(text), "/licenses?q=" + url.QueryEscape(text) + "&state=" + url.QueryEscape(text) + "&product=" + url.QueryEscape(text)} {
				if p := b.get(path); p.status != 200 || p.Find("main script, main img").Length() > 0 {
					t.Errorf("%s: %d", path[:20], p.status)
				}
			}
			all := url.Values{}
			for _, field := range []string{"product", "who", "client_id", "client_q", "company", "contact_name", "email", "country", "tax_id", "website", "address", "reference", "notes", "duplicate"} {
				all.Set(field, text)
			}
			for _, who := range []string{"new", "existing"} {
				all.Set("who", who)
				for _, action := range []string{"/trials", "/trials/new"} {
					if p := b.send(b.get("/trials/new").Find(`form[action="/trials"]`).SetAttr("action", action), all); p.status >= 500 || p.Find("main script, main img").Length() > 0 {
						t.Errorf("%s, %s: %d", action, who, p.status)
					}
				}
			}
			p := b.submitTo(b.get("/trials/new"), "/trials", url.Values{"product": {"studio-pro"}, "who": {"new"}, "company": {"A " + text}, "contact_name": {text}, "email": {"x@y.example"}, "notes": {text}, "request_key": {text}})
			if name == "long" {
				p.wants(422, "/trials")
				return
			}
			if p.status != 200 || !strings.HasPrefix(p.path, "/trials/") || p.Find("main script, main img").Length() > 0 {
				t.Fatalf("issued: %d at %s, %s", p.status, p.path, p.problem())
			}
			link := strings.TrimPrefix(p.Find("#page-link").AttrOr("value", ""), modelstest.BaseURL)
			if c := s.visit(t).get(link); c.status != 200 || c.Find("main script, main img").Length() > 0 {
				t.Errorf("client's page: %d", c.status)
			}
			for _, act := range []string{"/address", "/revocation"} {
				if p := b.submitTo(p, p.path+act, url.Values{"email": {text}, "reason": {text}, "duplicate": {text}}); p.status >= 500 || p.Find("main script, main img").Length() > 0 {
					t.Errorf("%s: %d", act, p.status)
				}
			}
		})
	}
}

func TestDeadLinkSaysWhomToAsk(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	p := b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	link := strings.TrimPrefix(p.Find("#page-link").AttrOr("value", ""), modelstest.BaseURL)
	b.submitTo(p, p.path+"/address", url.Values{"email": {"right@hooli.example"}})
	gone := s.visit(t).get(link).wants(410, link)
	if !strings.Contains(gone.Text(), "sam@acme.example") || strings.Contains(gone.Text(), "Hooli") || gone.header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("page: %s", gone.Find("main").Text())
	}
}

func TestNewTrialSaysUpFrontWhatStandsAgainstIt(t *testing.T) {
	s := newSite(t)
	if p := s.as(t, modelstest.InitechOwner).get("/trials/new").wants(200, "/trials/new"); !strings.Contains(p.Find("main").Text(), "Initech has no plan") || p.Find(`main a[href^="mailto:customer-success"]`).Length() == 0 {
		t.Error("no plan: the page does not say so")
	}
	s.Exec(t, "UPDATE plan_terms SET trials_per_month = 1 WHERE plan = 'silver'")
	b := s.as(t, modelstest.AcmeSeller)
	b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	if p := b.get("/trials/new").wants(200, "/trials/new"); !strings.Contains(p.Find("main").Text(), "The one trial of March is used") {
		t.Error("used up: the page does not say so")
	}
	s.Exec(t, "UPDATE accounts SET suspended_at = ?, suspension_reason = 'They owe us money'", modelstest.Now)
	if p := b.get("/").wants(200, "/"); !strings.Contains(p.Find("main").Text(), "Acme is suspended") || strings.Contains(p.body, "owe us") {
		t.Error("the dashboard does not say that the account is suspended, or says the vendor's own words about it")
	}
	if p := b.get("/trials/new").wants(200, "/trials/new"); !strings.Contains(p.Find("main").Text(), "Acme is suspended") {
		t.Error("suspended: the page does not say so")
	}
}

// What the trial's page refuses it says at its top, also where the form that was
// sent is no longer there: in another tab, or by a colleague, the trial has ended.
func TestTheTrialPageSaysWhyItRefuses(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	open := b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	path := open.path
	long := b.submitTo(open, path+"/revocation", url.Values{"reason": {strings.Repeat("x", 201)}}).wants(422, path+"/revocation")
	if _, isOpen := long.Find("#revoke").Attr("open"); !strings.Contains(long.problem(), "at most 200 characters") || long.fieldError("reason") == "" || len(long.value("reason")) != 201 || !isOpen {
		t.Errorf("a reason that is too long: %q, %q", long.problem(), long.fieldError("reason"))
	}
	b.submitTo(long, path+"/revocation", url.Values{"reason": {"A mistake"}}).wants(200, path)
	for form, fields := range map[string]url.Values{"/revocation": {"reason": {"Again"}}, "/resending": nil, "/address": {"email": {"right@hooli.example"}}} {
		if p := b.submitTo(open, path+form, fields).wants(409, path+form); p.problem() != "This trial was revoked already." || p.Find("main .alert").Length() != 1 {
			t.Errorf("%s in another tab: %q", form, p.problem())
		}
	}
}

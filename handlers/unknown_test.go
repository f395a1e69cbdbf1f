package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"reselling/models/modelstest"
)

// ask sends a request of any method, without following redirects.
func (b *browser) ask(method, path string) *page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

func TestWrongMethods(t *testing.T) {
	h := newHouse(t)
	routes := h.routes()
	for _, route := range routes {
		_, pattern, _ := strings.Cut(route, " ")
		path := strings.NewReplacer(":id", modelstest.AcmeClient, ":terms", "x", ":token", "x", "*", "x").Replace(pattern)
		allow := methodsOf(routes, path)
		for _, name := range []string{"visitor", "member", "administrator"} {
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
				if slices.Contains(allow, method) {
					continue
				}
				p := h.enter(t, name).browser.ask(method, path)
				if want := strings.Join(allow, ", "); p.status != http.StatusMethodNotAllowed || p.header.Get("Allow") != want || p.path != path {
					t.Errorf("%s %s as %s: %d at %s, Allow %q, want 405 and %q", method, path, name, p.status, p.path, p.header.Get("Allow"), want)
				}
			}
		}
	}
}

// methodsOf lists what a path answers, of all routes that it fits: a POST to
// /clients/new is one to /clients/:id.
func methodsOf(routes []string, path string) []string {
	var all []string
	for _, route := range routes {
		method, pattern, _ := strings.Cut(route, " ")
		expression := regexp.MustCompile(`:\w+|\*`).ReplaceAllString(pattern, "[^/]+")
		if !regexp.MustCompile("^" + expression + "$").MatchString(path) {
			continue
		}
		all = append(all, method)
		if method == http.MethodGet {
			all = append(all, http.MethodHead)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestUnknownPaths(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"visitor", "member", "administrator"} {
		b := h.enter(t, name).browser
		for _, path := range []string{"/nowhere", "/team/nowhere", "/admin/nowhere", "/admin/nowhere/at/all", "/clients/x/y", "/.env", "/static"} {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				p := b.ask(method, path)
				if p.status != http.StatusNotFound || p.path != path || p.heading() != "This page does not exist" {
					t.Errorf("%s %s as %s: %d at %s, %q", method, path, name, p.status, p.path, p.heading())
				}
			}
		}
	}
}

func TestHeadAnswersLikeGet(t *testing.T) {
	h := newHouse(t)
	b := h.enter(t, "seller").browser
	for _, path := range []string{"/clients", "/healthz", "/nowhere", "/team/reselling"} {
		head, get := b.ask("HEAD", path), b.get(path)
		if head.status != get.status || head.header.Get("Content-Type") != get.header.Get("Content-Type") || head.body != "" {
			t.Errorf("HEAD %s: %d %q, %d bytes; GET: %d", path, head.status, head.header.Get("Content-Type"), len(head.body), get.status)
		}
	}
}

// TestErrorPages has each error happen, signed in and signed out.
func TestErrorPages(t *testing.T) {
	h := newHouse(t)
	long := url.Values{"email": {strings.Repeat("x", 2<<20)}}
	for _, name := range []string{"visitor", "member", "finance"} {
		k := h.enter(t, name)
		wrong := url.Values{"email": {name + "@nobody.example"}, "password": {"wrong"}, "csrf": {k.csrf}}
		h.checkErrorPage(t, name, 403, k.browser.post("/login", url.Values{"csrf": {"forged"}}))
		h.checkErrorPage(t, name, 404, k.browser.get("/nowhere"))
		h.checkErrorPage(t, name, 405, k.browser.get("/logout"))
		h.checkErrorPage(t, name, 413, k.browser.post("/login", long))
		h.Exec(t, "ALTER TABLE attempts RENAME TO attempts_away")
		h.checkErrorPage(t, name, 500, k.browser.post("/login", wrong))
		h.Exec(t, "ALTER TABLE attempts_away RENAME TO attempts")
		for range 10 {
			k.browser.post("/login", wrong).wants(422, "/login")
		}
		p := k.browser.post("/login", wrong).wants(429, "/login") // the form itself, with the address
		if wait := p.header.Get("Retry-After"); wait != "901" {
			t.Errorf("429 says to try again after %q", wait)
		}
	}
	// A 422 is the form itself: what is wrong stands above it and at the fields.
	seller := h.enter(t, "seller")
	p := seller.browser.post("/clients", url.Values{"csrf": {seller.csrf}}).wants(422, "/clients")
	if p.problem() == "" || p.fieldError("company") == "" || len(p.header.Get("X-Request-Id")) != 16 || p.Find("nav").Length() == 0 {
		t.Errorf("a form without anything in it: %q, %q", p.problem(), p.fieldError("company"))
	}
}

func TestDatabaseAwayIs503(t *testing.T) {
	h := newHouse(t)
	fine(t, h.Store.Close())
	for name, path := range map[string]string{"visitor": "/password/reset/unknown", "member": "/team/users", "administrator": "/admin/jobs"} {
		p := h.enter(t, name).browser.get(path)
		h.keys[name], h.cast[name] = nil, modelstest.Visitor // nobody can know who it is
		h.checkErrorPage(t, name, 503, p)
		if p.header.Get("Retry-After") == "" {
			t.Errorf("%s: no word on when to try again", path)
		}
	}
	if p := h.visit(t).get("/readyz"); p.status != 503 || p.body != "not ready\n" {
		t.Errorf("/readyz: %d %q", p.status, p.body)
	}
	if p := h.visit(t).get("/healthz"); p.status != 200 {
		t.Errorf("/healthz: %d", p.status)
	}
}

// checkErrorPage holds a page against what every error page must have.
func (h *house) checkErrorPage(t *testing.T, name string, code int, p *page) {
	t.Helper()
	if p.status != code || p.Find("main .code").Text() != "Error "+strconv.Itoa(code) {
		t.Errorf("%s: %d, want %d: %s", name, p.status, code, p.heading())
	}
	id := p.header.Get("X-Request-Id")
	if len(id) != 16 || p.Find("main .mono").Text() != id {
		t.Errorf("%d for %s: request id %q, the page shows %q", code, name, id, p.Find("main .mono").Text())
	}
	if p.heading() == "" || len(p.Find("main h1 + p").Text()) < 30 || p.Find("main .actions a").Length() == 0 {
		t.Errorf("%d for %s does not say what to do: %q, %q", code, name, p.heading(), p.Find("main").Text())
	}
	if title := p.Find("title").Text(); !strings.Contains(title, p.heading()) || p.Find(`link[rel=stylesheet][href^="/static/"]`).Length() == 0 {
		t.Errorf("%d for %s is not in the look of the portal: title %q", code, name, title)
	}
	if signed := h.cast[name].SignedIn(); signed != (p.Find("nav").Length() > 0) {
		t.Errorf("%d for %s: signed in is %t, the page thinks otherwise", code, name, signed)
	}
}

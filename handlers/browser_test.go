package handlers_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"reselling/handlers"
	"reselling/models"
	"reselling/models/modelstest"
)

// site is the portal over HTTP, on a world with the cast.
type site struct {
	*modelstest.World
	*httptest.Server
	portal *handlers.Portal
}

func newSite(t *testing.T) *site {
	t.Helper()
	w := modelstest.New(t)
	return siteOf(t, w)
}

func siteOf(t *testing.T, w *modelstest.World) *site {
	t.Helper()
	return siteWith(t, w, handlers.Config{})
}

// siteWith serves w; address, secret and log of the configuration are the test's.
func siteWith(t *testing.T, w *modelstest.World, config handlers.Config) *site {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	base := &url.URL{Scheme: "http", Host: server.Listener.Addr().String()}
	config.BaseURL, config.Secret, config.Log = base, modelstest.Secret, slog.New(slog.NewTextHandler(io.Discard, nil))
	portal, err := handlers.New(w.Store, config)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = portal
	server.Start()
	t.Cleanup(server.Close)
	return &site{World: w, Server: server, portal: portal}
}

// browser is one person's browser: it keeps cookies and follows redirects.
type browser struct {
	t    *testing.T
	c    *http.Client
	base string
}

// page is what a browser shows.
type page struct {
	*goquery.Document
	t      *testing.T
	status int
	path   string // after redirects, without the query
	query  url.Values
	header http.Header
	body   string
}

// visit opens a browser that is not signed in.
func (s *site) visit(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar}, s.Server.URL}
}

// as opens a browser in which who has signed in through the form.
func (s *site) as(t *testing.T, who models.Actor) *browser {
	t.Helper()
	b := s.visit(t)
	if p := b.submit(b.get("/login"), url.Values{"email": {who.Email}, "password": {modelstest.Password}}); p.path == "/login" {
		t.Fatalf("%s could not sign in: %d %s", who.Name, p.status, p.Find("[role=alert]").Text())
	}
	return b
}

func (b *browser) get(path string) *page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

// submit sends the first form of p that has all the fields (or the one at
// action, if p has several), with what stands in it and with fields on top.
func (b *browser) submit(p *page, fields url.Values) *page {
	b.t.Helper()
	form := p.Find("main form[method=post]").First()
	return b.send(form, fields)
}

// submitTo sends the form of p whose action is path.
func (b *browser) submitTo(p *page, path string, fields url.Values) *page {
	b.t.Helper()
	form := p.Find(`form[action="` + path + `"]`).First()
	if form.Length() == 0 {
		b.t.Fatalf("%s has no form for %s", p.path, path)
	}
	return b.send(form, fields)
}

func (b *browser) send(form *goquery.Selection, fields url.Values) *page {
	b.t.Helper()
	values := url.Values{}
	form.Find("input, textarea, select").Each(func(_ int, input *goquery.Selection) {
		name, ok := input.Attr("name")
		if !ok {
			return
		}
		switch kind, _ := input.Attr("type"); {
		case goquery.NodeName(input) == "select":
			input.Find("option[selected]").Each(func(_ int, option *goquery.Selection) { values.Add(name, option.AttrOr("value", option.Text())) })
		case goquery.NodeName(input) == "textarea":
			values.Add(name, input.Text())
		case kind == "checkbox" || kind == "radio":
			if _, checked := input.Attr("checked"); checked {
				values.Add(name, input.AttrOr("value", "on"))
			}
		default:
			values.Add(name, input.AttrOr("value", ""))
		}
	})
	for name, v := range fields {
		values[name] = v
	}
	return b.post(form.AttrOr("action", ""), values)
}

// post sends values as they are.
func (b *browser) post(path string, values url.Values) *page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.base+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

func (b *browser) do(req *http.Request) *page {
	b.t.Helper()
	resp, err := b.c.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	return &page{doc, b.t, resp.StatusCode, resp.Request.URL.Path, resp.Request.URL.Query(), resp.Header, string(body)}
}

// heading is the page's one h1.
func (p *page) heading() string {
	p.t.Helper()
	if n := p.Find("h1").Length(); n != 1 {
		p.t.Errorf("%s has %d h1", p.path, n)
	}
	return strings.TrimSpace(p.Find("h1").First().Text())
}

// flash is what the page says has just happened.
func (p *page) flash() string { return strings.TrimSpace(p.Find(".flashes").Text()) }

// problem is the error summary of the page's form.
func (p *page) problem() string {
	return strings.Join(strings.Fields(p.Find("main [role=alert]").Text()), " ")
}

// fieldError is what the page says about one input.
func (p *page) fieldError(name string) string {
	return strings.TrimSpace(p.Find("#" + name + "-error").Text())
}

// value is what an input holds.
func (p *page) value(name string) string {
	return valueOf(p.Find(`main [name="` + name + `"]`).First())
}

// valueOf is what a field holds.
func valueOf(input *goquery.Selection) string {
	switch goquery.NodeName(input) {
	case "textarea":
		return input.Text()
	case "select":
		return input.Find("option[selected]").AttrOr("value", "")
	}
	return input.AttrOr("value", "")
}

// wants fails the test unless the page has the status and the address.
func (p *page) wants(status int, path string) *page {
	p.t.Helper()
	if p.status != status || p.path != path {
		p.t.Fatalf("got %d at %s, want %d at %s: %s %s", p.status, p.path, status, path, p.heading(), p.problem())
	}
	return p
}

package handlers_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/labstack/echo/v4"

	"reselling/handlers/api"
	"reselling/models"
)

// call is one operation of the API, how it is called and who may.
type call struct {
	scheme string            // "account" or "vendor"; empty: anybody, without a token
	scope  models.TokenScope // that the token needs
	body   string
	status int // of the answer to who may; 0 is 200
}

// operations is the whole of the API. An operation that is not here fails the test.
var operations = map[string]call{
	"GET /api/v1/service":        {},
	"POST /api/v1/validations":   {body: aKeyQuestion},
	"POST /api/v1/activations":   {body: aKeyQuestion},
	"POST /api/v1/heartbeats":    {body: aKeyQuestion},
	"POST /api/v1/deactivations": {body: aKeyQuestion},
	"POST /api/v1/license-files": {body: aKeyQuestion},
}

// aKeyQuestion asks about a key that is none.
const aKeyQuestion = `{"key":"none","product":"studio-pro","fingerprint":"a-machine","nonce":"a-nonce-of-a-test"}`

func TestEveryOperationForEveryToken(t *testing.T) {
	s := newSite(t)
	var all []string
	for _, r := range s.portal.Routes() {
		if r.Method != echo.RouteNotFound && strings.HasPrefix(r.Path, api.Prefix+"/") {
			all = append(all, r.Method+" "+r.Path)
		}
	}
	slices.Sort(all)
	for _, name := range all {
		o, ok := operations[name]
		if !ok {
			t.Errorf("%s is not in the table: who may call it?", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(name, " ")
			if o.scheme == "" {
				if a := s.call(t, method, path, "", o.body); a.status != max(o.status, http.StatusOK) {
					t.Errorf("without a token: %d %s", a.status, a.body)
				}
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		if !slices.Contains(all, name) {
			t.Errorf("%s is in the table, but there is no such operation", name)
		}
	}
}

// answer is what the API says.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// call calls an operation with a token and, unless it is empty, a JSON body.
func (s *site) call(t *testing.T, method, path, token, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.Server.URL+path, strings.NewReader(body))
	fine(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	fine(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	fine(t, err)
	return answer{t, resp.StatusCode, resp.Header, string(b)}
}

// wants fails the test unless the answer is a problem with a status and a code.
func (a answer) wants(status int, code string) api.Problem {
	a.t.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		a.t.Fatalf("%d is no problem: %v: %s", a.status, err, a.body)
	}
	if kind := a.header.Get("Content-Type"); kind != "application/problem+json" || a.status != status || p.Status != status || p.Code != code || p.Detail == "" || p.Title == "" {
		a.t.Fatalf("got %d %s %s, want %d %s", a.status, kind, a.body, status, code)
	}
	if p.RequestID == "" || p.RequestID != a.header.Get("X-Request-Id") || !strings.HasSuffix(p.Type, "/api/docs#code-"+code) {
		a.t.Errorf("the problem does not name its request or its explanation: %s", a.body)
	}
	return p
}

// TestProblemsOfTheAPI: whatever goes wrong below /api is problem+json, sets no
// cookie and has a code.
func TestProblemsOfTheAPI(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		name, method, path, body, code string
		headers                        []string
		status                         int
	}{
		{name: "no such operation", method: "GET", path: "/api/v1/nothing", status: 404, code: "not_found"},
		{name: "outside of the version", method: "GET", path: "/api/v2/clients", status: 404, code: "not_found"},
		{name: "another method", method: "POST", path: "/api/v1/service", body: "{}", status: 405, code: "method_not_allowed"},
		{name: "an invented method", method: "BREW", path: "/api/v1/service", status: 405, code: "method_not_allowed"},
		{name: "an unknown parameter", method: "GET", path: "/api/v1/service?x=1", status: 422, code: "invalid"},
		{name: "too large", method: "POST", path: "/api/v1/service", body: strings.Repeat("x", 2<<20), status: 413, code: "too_large"},
		{name: "another host", method: "GET", path: "/api/v1/service", headers: []string{"Host", "evil.example"}, status: 421, code: "wrong_host"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), c.method, s.Server.URL+c.path, strings.NewReader(c.body))
			fine(t, err)
			for i := 0; i < len(c.headers); i += 2 {
				req.Host = c.headers[i+1]
			}
			resp, err := http.DefaultClient.Do(req)
			fine(t, err)
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			a := answer{t, resp.StatusCode, resp.Header, string(b)}
			a.wants(c.status, c.code)
			if cookies := a.header.Values("Set-Cookie"); len(cookies) > 0 {
				t.Errorf("it sets %q", cookies)
			}
		})
	}
	if a := s.call(t, "POST", "/api/v1/service", "", "{}"); a.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("Allow is %q", a.header.Get("Allow"))
	}
}

// TestAPIDocs: the reference shows every operation, also to a visitor, and asks nobody else.
func TestAPIDocs(t *testing.T) {
	s := newSite(t)
	page := s.visit(t).get("/api/docs").wants(http.StatusOK, "/api/docs")
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string `json:"summary"`
			Tags        []string
		} `json:"paths"`
	}
	fine(t, json.Unmarshal([]byte(s.call(t, "GET", "/api/openapi.json", "", "").body), &doc))
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) == 0 {
		t.Fatalf("the document is %+v", doc)
	}
	for path, item := range doc.Paths {
		for method, op := range item {
			section := page.Find("#" + op.OperationID)
			if section.Find("h3").Text() != op.Summary || section.Find(".api-line code").Text() != path || section.Find(".api-line .badge").Text() != strings.ToUpper(method) {
				t.Errorf("%s %s is not on the page, or its tag is not in the document: %q", method, path, section.Text())
			}
		}
	}
	page.Find("a[href^='#']").Each(func(_ int, a *goquery.Selection) {
		if target := a.AttrOr("href", ""); page.Find(target).Length() != 1 {
			t.Errorf("%s leads nowhere", target)
		}
	})
	page.Find("script[src], link[href], img[src]").Each(func(_ int, e *goquery.Selection) {
		if address := e.AttrOr("src", e.AttrOr("href", "")); !strings.HasPrefix(address, "/static/") {
			t.Errorf("the page loads %s", address)
		}
	})
}

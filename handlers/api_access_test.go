package handlers_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"reselling/handlers/api"
	"reselling/models"
	"reselling/models/modelstest"
)

// call is one operation of the API, how it is called and who may.
type call struct {
	vendor bool
	scope  models.TokenScope // that the token needs; empty: anybody may, without a token
	status int               // of the answer to who may; 0 is 200
	row    func(*testing.T, *scenes) string
	body   string                           // # stands for a new number
	make   func(*testing.T, *scenes) string // the body, where it names rows
}

func clientRow(t *testing.T, s *scenes) string  { return s.client(t) }
func trialRow(t *testing.T, s *scenes) string   { return s.trial(t).Trial.ID }
func requestRow(t *testing.T, s *scenes) string { return s.request(t) }
func orderRow(t *testing.T, s *scenes) string   { return s.quotedOrder(t) }
func licenseRow(t *testing.T, s *scenes) string { return s.trial(t).Trial.LicenseID }
func billRow(t *testing.T, s *scenes) string    { return s.clientInvoice(t).ID }
func receiptRow(t *testing.T, s *scenes) string { return s.payment(t) }

// freshAccount is one that is neither suspended nor on a plan.
func freshAccount(t *testing.T, s *scenes) string {
	s.Exec(t, "UPDATE accounts SET plan = '', suspended_at = NULL, suspended_by = '', suspension_reason = '', version = 1 WHERE id = ?", modelstest.Initech)
	return modelstest.Initech
}

func suspendedAccount(t *testing.T, s *scenes) string {
	freshAccount(t, s)
	s.Exec(t, "UPDATE accounts SET suspended_at = ?, suspended_by = ?, suspension_reason = 'A test' WHERE id = ?", modelstest.Now, modelstest.VendorSuccess.UserID, modelstest.Initech)
	return modelstest.Initech
}

const (
	read    = models.ScopeRead
	clients = models.ScopeClients
	trials  = models.ScopeTrials
	orders  = models.ScopeOrders
	bills   = models.ScopeClientInvoices
	manage  = models.ScopeAccounts
	receive = models.ScopeReceipts
)

// operations is the whole of the API. An operation that is not here fails the test.
var operations = map[string]call{
	"GET /api/v1/service":        {},
	"POST /api/v1/validations":   {body: aKeyQuestion},
	"POST /api/v1/activations":   {body: aKeyQuestion},
	"POST /api/v1/heartbeats":    {body: aKeyQuestion},
	"POST /api/v1/deactivations": {body: aKeyQuestion},
	"POST /api/v1/license-files": {body: aKeyQuestion},

	"GET /api/v1/clients":                  {scope: read},
	"POST /api/v1/clients":                 {scope: clients, status: 201, body: `{"company":"API #","email":"boss@api#.example","country":"ES"}`},
	"GET /api/v1/clients/:id":              {scope: read, row: clientRow},
	"PATCH /api/v1/clients/:id":            {scope: clients, row: clientRow, body: `{"version":1,"contact_name":"Carla"}`},
	"POST /api/v1/clients/:id/archival":    {scope: clients, row: clientRow},
	"POST /api/v1/clients/:id/restoration": {scope: clients, row: clientRow},
	"GET /api/v1/products":                 {scope: read},
	"GET /api/v1/colleagues":               {scope: read},
	"POST /api/v1/clients/:id/merge": {scope: clients, row: clientRow, make: func(t *testing.T, s *scenes) string {
		return `{"other_id":"` + clientRow(t, s) + `","version":1,"other_version":1,"take_other":["company"]}`
	}},

	"GET /api/v1/quota":                          {scope: read},
	"GET /api/v1/trials":                         {scope: read},
	"POST /api/v1/trials":                        {scope: trials, status: 201, body: `{"product":"studio-pro","client":{"company":"Trial #","email":"boss@trial#.example"}}`},
	"GET /api/v1/trials/:id":                     {scope: read, row: trialRow},
	"POST /api/v1/trials/:id/revocation":         {scope: trials, row: trialRow, body: `{"reason":"A test"}`},
	"POST /api/v1/trials/:id/address":            {scope: trials, row: trialRow, body: `{"email":"right#@address#.example"}`},
	"POST /api/v1/trials/:id/resending":          {scope: trials, row: trialRow},
	"GET /api/v1/trial-requests":                 {scope: read},
	"GET /api/v1/trial-requests/:id":             {scope: read, row: requestRow},
	"POST /api/v1/trial-requests/:id/withdrawal": {scope: trials, row: requestRow},
	"POST /api/v1/trial-requests": {scope: trials, status: 201, make: func(t *testing.T, s *scenes) string {
		return `{"kind":"extension","trial_id":"` + trialRow(t, s) + `","days":7,"reason":"A test"}`
	}},

	"GET /api/v1/orders":                   {scope: read},
	"GET /api/v1/orders/:id":               {scope: read, row: orderRow},
	"GET /api/v1/orders/:id/proposal/pdf":  {scope: orders, row: orderRow},
	"POST /api/v1/orders/:id/placement":    {scope: orders, row: orderRow, body: `{"version":2,"po_number":"PO 1"}`},
	"POST /api/v1/orders/:id/cancellation": {scope: orders, row: orderRow, body: `{"reason":"A test"}`},
	"POST /api/v1/orders": {scope: orders, status: 201, make: func(t *testing.T, s *scenes) string {
		return `{"client_id":"` + clientRow(t, s) + `","lines":[{"product":"studio-pro","seats":10,"quarters":4}]}`
	}},

	"GET /api/v1/licenses":                      {scope: read},
	"GET /api/v1/licenses/:id":                  {scope: read, row: licenseRow},
	"POST /api/v1/licenses/:id/page-renewal":    {scope: trials, row: licenseRow},
	"POST /api/v1/licenses/:id/page-revocation": {scope: trials, row: licenseRow},
	"POST /api/v1/licenses/:id/files":           {scope: trials, row: licenseRow, body: `{"fingerprint":"machine-#-of-a-test","name":"ROBOT-#"}`},
	"POST /api/v1/licenses/:id/deactivations": {scope: trials, row: func(t *testing.T, s *scenes) string { return s.machine(t)[0] }, make: func(t *testing.T, s *scenes) string {
		var id string
		fine(t, s.DB.Raw("SELECT id FROM activations ORDER BY id DESC LIMIT 1").Scan(&id).Error)
		return `{"machine_id":"` + id + `"}`
	}},
	"GET /api/v1/client-invoices":                  {scope: read},
	"GET /api/v1/client-invoices/:id":              {scope: read, row: billRow},
	"GET /api/v1/client-invoices/:id/pdf":          {scope: read, row: billRow},
	"POST /api/v1/client-invoices/:id/payment":     {scope: bills, row: billRow, body: `{"version":1,"paid_on":"2026-03-01"}`},
	"POST /api/v1/client-invoices/:id/sending":     {scope: bills, row: billRow, body: `{"version":1}`},
	"POST /api/v1/client-invoices/:id/credit-note": {scope: bills, row: billRow, body: `{"version":1,"reason":"A test"}`},
	"POST /api/v1/client-invoices/:id/reopening": {scope: bills, body: `{"version":2}`, row: func(t *testing.T, s *scenes) string {
		i := s.clientInvoice(t)
		fine(t, s.MarkClientInvoicePaid(t.Context(), modelstest.AcmeSeller, i.ID, "2026-03-01", i.Version))
		return i.ID
	}},
	"GET /api/v1/client-invoices/:id/credit-note/pdf": {scope: read, row: func(t *testing.T, s *scenes) string { return s.creditedInvoice(t).ID }},
	"POST /api/v1/client-invoices": {scope: bills, status: 201, make: func(t *testing.T, s *scenes) string {
		return `{"order_id":"` + s.placedOrder(t) + `","discount":{"amount":1000,"currency":"EUR"},"tax_basis_points":2150}`
	}},

	"GET /api/v1/vendor/plans":                    {vendor: true, scope: read},
	"GET /api/v1/vendor/accounts":                 {vendor: true, scope: read},
	"POST /api/v1/vendor/accounts":                {vendor: true, scope: manage, status: 201, body: `{"name":"New #","legal_name":"New # Ltd","country":"ES","currency":"EUR","time_zone":"Europe/Madrid","plan":"gold","owner_email":"boss@new#.example"}`},
	"GET /api/v1/vendor/accounts/:id":             {vendor: true, scope: read, row: freshAccount},
	"PUT /api/v1/vendor/accounts/:id/plan":        {vendor: true, scope: manage, row: freshAccount, body: `{"plan":"gold","version":1}`},
	"POST /api/v1/vendor/accounts/:id/suspension": {vendor: true, scope: manage, row: freshAccount, body: `{"reason":"A test"}`},
	"POST /api/v1/vendor/accounts/:id/resumption": {vendor: true, scope: manage, row: suspendedAccount, body: `{"reason":"A test"}`},
	"GET /api/v1/vendor/invoices":                 {vendor: true, scope: read},
	"GET /api/v1/vendor/receipts":                 {vendor: true, scope: read},
	"GET /api/v1/vendor/receipts/:id":             {vendor: true, scope: read, row: receiptRow},
	"GET /api/v1/vendor/entitlements":             {vendor: true, scope: read},
	"POST /api/v1/vendor/receipts": {vendor: true, scope: receive, status: 201, make: func(t *testing.T, s *scenes) string {
		return `{"account_id":"` + modelstest.Acme + `","amount":{"amount":100,"currency":"EUR"},"method":"bank_transfer","reference":"API ` + s.next() + `","received_on":"2026-03-01","allocations":[{"invoice_id":"` + s.invoice(t) + `","amount":{"amount":60,"currency":"EUR"}}]}`
	}},
}

// ring is a token for every lock: by the scope that is asked for.
type ring struct {
	account, vendor map[models.TokenScope]string // with that scope alone
	accountLess     map[models.TokenScope]string // with all but that one
	vendorLess      map[models.TokenScope]string
	other           string // of Globex, with all scopes
	revoked         string
	expired         string
}

func (s *site) ring(t *testing.T) ring {
	t.Helper()
	make1 := func(who models.Actor, scopes ...models.TokenScope) (id, secret string) {
		var words []string
		for _, scope := range scopes {
			words = append(words, string(scope))
		}
		token, secret, err := s.CreateAPIToken(t.Context(), who, models.APITokenEntry{Name: "Ring", Scopes: words, ExpiresOn: "2026-12-31"})
		fine(t, err)
		return token.ID, secret
	}
	r := ring{map[models.TokenScope]string{}, map[models.TokenScope]string{}, map[models.TokenScope]string{}, map[models.TokenScope]string{}, "", "", ""}
	but := func(all []models.TokenScope, one models.TokenScope) []models.TokenScope {
		return slices.DeleteFunc(slices.Clone(all), func(s models.TokenScope) bool { return s == one })
	}
	for _, scope := range models.AccountScopes {
		_, r.account[scope] = make1(modelstest.AcmeOwner, scope)
		_, r.accountLess[scope] = make1(modelstest.AcmeOwner, but(models.AccountScopes, scope)...)
	}
	for _, scope := range models.VendorScopes {
		_, r.vendor[scope] = make1(modelstest.VendorAdministrator, scope)
		_, r.vendorLess[scope] = make1(modelstest.VendorAdministrator, but(models.VendorScopes, scope)...)
	}
	_, r.other = make1(modelstest.GlobexOwner, models.AccountScopes...)
	id, secret := make1(modelstest.AcmeOwner, models.AccountScopes...)
	s.Exec(t, "UPDATE api_tokens SET revoked_at = ?, revoked_by = created_by WHERE id = ?", modelstest.Now, id)
	r.revoked = secret
	id, r.expired = make1(modelstest.AcmeOwner, models.AccountScopes...)
	s.Exec(t, "UPDATE api_tokens SET created_at = ?, expires_at = ? WHERE id = ?", modelstest.Now.Add(-time.Hour), modelstest.Now, id)
	s.Exec(t, "UPDATE api_tokens SET last_used_at = ?", modelstest.Now) // so that a use writes nothing
	return r
}

// aKeyQuestion asks about a key that is none.
const aKeyQuestion = `{"key":"none","product":"studio-pro","fingerprint":"a-machine","nonce":"a-nonce-of-a-test"}`

func TestEveryOperationForEveryToken(t *testing.T) {
	s := newSite(t)
	sc, keys := newScenes(s), s.ring(t)
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
		t.Run(name, func(t *testing.T) { sc.operate(t, keys, name, o) })
	}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		if !slices.Contains(all, name) {
			t.Errorf("%s is in the table, but there is no such operation", name)
		}
	}
}

// operate calls an operation with every token that is none for it, which changes
// nothing, and then with the right one, whose answer is as the document says.
func (s *scenes) operate(t *testing.T, keys ring, name string, o call) {
	method, pattern, _ := strings.Cut(name, " ")
	path, body := pattern, strings.ReplaceAll(o.body, "#", s.next())
	if o.row != nil {
		path = strings.Replace(pattern, ":id", o.row(t, s), 1)
	}
	if o.make != nil {
		body = o.make(t, s)
	}
	token := ""
	if o.scope != "" {
		mine, less, stranger := keys.account[o.scope], keys.accountLess[o.scope], keys.vendor[read]
		if o.vendor {
			mine, less, stranger = keys.vendor[o.scope], keys.vendorLess[o.scope], keys.other
		}
		token = mine
		before := s.fingerprint(t)
		for _, c := range []struct {
			token, code string
			status      int
		}{
			{"", "token_missing", 401}, {"nonsense", "token_unknown", 401}, {"rsla_nonsense", "token_unknown", 401},
			{keys.revoked, "token_revoked", 401}, {keys.expired, "token_expired", 401}, {less, "scope_missing", 403}, {stranger, "wrong_token", 403},
		} {
			a := s.call(t, method, path, c.token, body)
			a.wants(c.status, c.code)
			if c.status == 401 && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s: no WWW-Authenticate", c.code)
			}
			s.conforms(t, method, pattern, a)
		}
		if o.row != nil && !o.vendor {
			theirs := s.call(t, method, path, keys.other, body)
			theirs.wants(404, "not_found")
			nowhere := s.call(t, method, strings.Replace(pattern, ":id", uuid.NewString(), 1), keys.other, body)
			if a, b := theirs.wants(404, "not_found"), nowhere.wants(404, "not_found"); a.Detail != b.Detail {
				t.Errorf("another account is told %q of Acme's, %q of nothing", a.Detail, b.Detail)
			}
		}
		if after := s.fingerprint(t); after != before {
			t.Fatalf("who was refused has changed %s", difference(before, after))
		}
	}
	a := s.call(t, method, path, token, body)
	if a.status != max(o.status, http.StatusOK) {
		t.Fatalf("who may gets %d %s", a.status, a.body)
	}
	s.conforms(t, method, pattern, a)
	if cookies := a.header.Values("Set-Cookie"); len(cookies) > 0 {
		t.Errorf("it sets %q", cookies)
	}
	if place := a.header.Get("Location"); (a.status == http.StatusCreated) != (place != "") {
		t.Errorf("%d with the location %q", a.status, place)
	} else if place != "" {
		with := keys.account[read]
		if o.vendor {
			with = keys.vendor[read]
		}
		if there := s.call(t, http.MethodGet, place, with, ""); there.status != http.StatusOK {
			t.Errorf("%s answers %d", place, there.status)
		}
	}
}

// conforms checks an answer against what the OpenAPI document promises of it.
func (s *site) conforms(t *testing.T, method, pattern string, a answer) {
	t.Helper()
	doc := s.portal.OpenAPI()
	item := doc.Paths[strings.ReplaceAll(strings.TrimPrefix(pattern, api.Prefix), ":id", "{id}")]
	if item == nil {
		t.Fatalf("%s is not in the document", pattern)
	}
	op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}[method]
	promised := op.Responses[strconv.Itoa(a.status)]
	if promised == nil {
		t.Fatalf("the document does not know that it answers %d", a.status)
	}
	media := promised.Content[strings.Split(a.header.Get("Content-Type"), ";")[0]]
	if media == nil {
		t.Fatalf("%d is %s, which the document does not know", a.status, a.header.Get("Content-Type"))
	}
	if !strings.HasSuffix(a.header.Get("Content-Type"), "json") {
		return
	}
	var value any
	fine(t, json.Unmarshal([]byte(a.body), &value))
	result := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, media.Schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, value, result)
	for _, err := range result.Errors {
		t.Errorf("%d: %v", a.status, err)
	}
}

// TestTheContractSeesAnError is the negative control of conforms.
func TestTheContractSeesAnError(t *testing.T) {
	doc := newSite(t).portal.OpenAPI()
	result := &huma.ValidateResult{}
	schema := doc.Paths["/service"].Get.Responses["200"].Content["application/json"].Schema
	huma.Validate(doc.Components.Schemas, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, map[string]any{"version": 1, "more": true}, result)
	if len(result.Errors) < 2 {
		t.Errorf("only %v", result.Errors)
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
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	fine(t, json.Unmarshal([]byte(s.call(t, "GET", "/api/openapi.json", "", "").body), &doc))
	if doc.OpenAPI != "3.1.0" || len(doc.Paths) == 0 {
		t.Fatalf("the document is %+v", doc)
	}
	for name := range doc.Components.Schemas { // generators make types of them
		if !regexp.MustCompile(`^[A-Z][A-Za-z]+$`).MatchString(name) {
			t.Errorf("a schema is called %q: give its body a type with a name", name)
		}
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

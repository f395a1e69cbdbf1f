package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"reselling/handlers/api"
	"reselling/models"
	"reselling/models/modelstest"
)

// TestSentAgainWithOneKey: 20 at once with one Idempotency-Key, on two replicas,
// create one thing, and all get the same answer in the end.
func TestSentAgainWithOneKey(t *testing.T) {
	s := newSite(t)
	other := siteOf(t, modelstest.On(t, s.World.URL, s.Clock))
	_, token := newScenes(s).token(t, modelstest.AcmeOwner, "read", "trials")
	const body = `{"product":"studio-pro","client":{"company":"Once Ltd","email":"boss@once.example"}}`
	var mu sync.Mutex
	var all sync.WaitGroup
	answers, replays := map[string]int{}, 0
	for i := range 20 {
		all.Go(func() {
			at := []*site{s, other}[i%2]
			for range 1000 {
				a := at.call(t, http.MethodPost, "/api/v1/trials", token, body, "Idempotency-Key", "one")
				if a.status == http.StatusConflict && strings.Contains(a.body, "idempotency_key_in_use") {
					if a.header.Get("Retry-After") == "" {
						t.Error("it is not told when to try again")
					}
					time.Sleep(10 * time.Millisecond)
					continue
				}
				mu.Lock()
				defer mu.Unlock()
				answers[fmt.Sprint(a.status, a.header.Get("Location"), a.header.Get("Content-Type"), a.body)]++
				if a.header.Get("Idempotent-Replayed") == "true" {
					replays++
				}
				return
			}
		})
	}
	all.Wait()
	if len(answers) != 1 || replays != 19 {
		t.Errorf("%d answers, %d of them again: %v", len(answers), replays, answers)
	}
	if n := s.Count(t, "trials", "1 = 1"); n != 1 {
		t.Errorf("%d trials", n)
	}
	for answer, n := range answers {
		if n != 20 || !strings.HasPrefix(answer, "201/api/v1/trials/") {
			t.Errorf("%d times %s", n, answer)
		}
	}
	s.call(t, http.MethodPost, "/api/v1/trials", token, strings.Replace(body, "Once", "Twice", 1), "Idempotency-Key", "one").wants(422, "idempotency_key_reused")
	s.call(t, http.MethodPost, "/api/v1/trial-requests", token, body, "Idempotency-Key", "one").wants(422, "idempotency_key_reused")
	_, second := newScenes(s).token(t, modelstest.AcmeOwner, "trials")
	s.call(t, http.MethodPost, "/api/v1/trials", second, body, "Idempotency-Key", "one").wants(409, "licensed")
}

// TestSentAgainWithoutAKey is how the race is lost.
func TestSentAgainWithoutAKey(t *testing.T) {
	s := newSite(t)
	_, token := newScenes(s).token(t, modelstest.AcmeOwner, "orders")
	body := `{"client_id":"` + modelstest.AcmeClient + `","lines":[{"product":"studio-pro","seats":1,"quarters":1}]}`
	for range 3 {
		if a := s.call(t, http.MethodPost, "/api/v1/orders", token, body); a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if n := s.Count(t, "orders", "1 = 1"); n != 3 {
		t.Errorf("%d orders without a key", n)
	}
	for range 3 {
		if a := s.call(t, http.MethodPost, "/api/v1/orders", token, body, "Idempotency-Key", "k"); a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if n := s.Count(t, "orders", "1 = 1"); n != 4 {
		t.Errorf("%d orders, the last three with one key", n)
	}
}

// TestAProcessDiesBetweenTheTrialAndItsAnswer: whoever sends it again gets the trial.
func TestAProcessDiesBetweenTheTrialAndItsAnswer(t *testing.T) {
	s := newSite(t)
	_, token := newScenes(s).token(t, modelstest.AcmeOwner, "read", "trials")
	body := `{"product":"studio-pro","client_id":"` + modelstest.AcmeClient + `"}`
	who, err := s.AuthenticateToken(t.Context(), modelstest.Visitor, token)
	fine(t, err)
	begun, err := s.BeginIdempotent(t.Context(), who, "k", []byte("POST /api/v1/trials\n"+body))
	fine(t, err)
	issued, err := s.IssueTrial(t.Context(), who, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient, RequestKey: begun.RequestKey})
	fine(t, err)
	s.call(t, http.MethodPost, "/api/v1/trials", token, body, "Idempotency-Key", "k").wants(409, "idempotency_key_in_use")
	s.Clock.Advance(31 * time.Second)
	a := s.call(t, http.MethodPost, "/api/v1/trials", token, body, "Idempotency-Key", "k")
	if a.status != http.StatusCreated || a.header.Get("Location") != "/api/v1/trials/"+issued.Trial.ID || s.Count(t, "trials", "1 = 1") != 1 {
		t.Errorf("%d %s %s", a.status, a.header.Get("Location"), a.body)
	}
	if again := s.call(t, http.MethodPost, "/api/v1/trials", token, body, "Idempotency-Key", "k"); again.body != a.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("and again: %d %s", again.status, again.body)
	}
}

// TestARefusalDoesNotUseAKeyUp, as with the portal's forms.
func TestARefusalDoesNotUseAKeyUp(t *testing.T) {
	s := newSite(t)
	_, token := newScenes(s).token(t, modelstest.AcmeOwner, "clients")
	p := s.call(t, http.MethodPost, "/api/v1/clients", token, `{"company":"Typo Ltd","email":"typo"}`, "Idempotency-Key", "k").wants(422, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].In != "body" || p.Errors[0].Field != "email" || p.Errors[0].Message == "" {
		t.Errorf("the field is %+v", p.Errors)
	}
	if a := s.call(t, http.MethodPost, "/api/v1/clients", token, `{"company":"Typo Ltd","email":"typo@typo.example"}`, "Idempotency-Key", "k"); a.status != http.StatusCreated {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestListsPage by the cursor, each item once.
func TestListsPage(t *testing.T) {
	s := newSite(t)
	sc := newScenes(s)
	for range 6 {
		sc.client(t)
	}
	_, token := sc.token(t, modelstest.AcmeOwner, "read")
	seen, cursor, pages := map[string]bool{}, "", 0
	for {
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		a := s.call(t, http.MethodGet, "/api/v1/clients?limit=3&cursor="+cursor, token, "")
		fine(t, json.Unmarshal([]byte(a.body), &page))
		for _, item := range page.Items {
			if seen[item.ID] {
				t.Errorf("%s comes twice", item.ID)
			}
			seen[item.ID] = true
		}
		pages++
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 7 || pages != 3 {
		t.Errorf("%d clients on %d pages", len(seen), pages)
	}
	s.call(t, http.MethodGet, "/api/v1/clients?cursor=nonsense", token, "").wants(404, "not_found")
	s.call(t, http.MethodGet, "/api/v1/clients?limit=101", token, "").wants(422, "invalid")
	s.call(t, http.MethodGet, "/api/v1/trials?state=nonsense", token, "").wants(422, "invalid")
}

// TestATokenIsLimited to its requests a minute, and told how many are left.
func TestATokenIsLimited(t *testing.T) {
	s := newSite(t)
	_, token := newScenes(s).token(t, modelstest.AcmeOwner, "read")
	for n := 299; n >= 0; n-- {
		a := s.call(t, http.MethodGet, "/api/v1/quota", token, "")
		if a.status != http.StatusOK || a.header.Get("RateLimit-Policy") != `"token";q=300;w=60` || !strings.HasPrefix(a.header.Get("RateLimit"), fmt.Sprintf(`"token";r=%d;t=`, n)) {
			t.Fatalf("with %d left: %d %q", n, a.status, a.header.Get("RateLimit"))
		}
	}
	a := s.call(t, http.MethodGet, "/api/v1/quota", token, "")
	a.wants(429, "rate_limited")
	if a.header.Get("Retry-After") != "1" || a.header.Get("RateLimit") != `"token";r=0;t=1` {
		t.Errorf("Retry-After %q, RateLimit %q", a.header.Get("Retry-After"), a.header.Get("RateLimit"))
	}
	s.Clock.Advance(time.Second)
	for range 5 {
		if a := s.call(t, http.MethodGet, "/api/v1/quota", token, ""); a.status != http.StatusOK {
			t.Errorf("after a second: %d", a.status)
		}
	}
	s.call(t, http.MethodGet, "/api/v1/quota", token, "").wants(429, "rate_limited")
}

// TestBodiesThatAreNone.
func TestBodiesThatAreNone(t *testing.T) {
	s := newSite(t)
	_, token := newScenes(s).token(t, modelstest.AcmeOwner, "read", "clients", "trials")
	for body, want := range map[string]int{
		"": 400, "{": 400, "[]": 422, "null": 422, `{"company":1,"email":[]}`: 422, `{"company":"A","email":"a@a.example","more":1}`: 422,
		`{"company":"A\u0000","email":"a@a.example","responsible_id":"\u0000"}`: 400, "{\"company\":\"\xff\",\"email\":\"a\"}": 422, strings.Repeat("[", 10000): 400,
	} {
		if a := s.call(t, http.MethodPost, "/api/v1/clients", token, body); a.status != want {
			t.Errorf("%.40q: %d %s", body, a.status, a.body)
		}
	}
	if p := s.call(t, http.MethodPost, "/api/v1/clients", token, "a=1", "Content-Type", "application/x-www-form-urlencoded").wants(415, "unsupported_media_type"); p.Detail != "Send application/json." {
		t.Errorf("it says %q", p.Detail)
	}
	if p := s.call(t, http.MethodPost, "/api/v1/validations", "", "{").wants(400, "malformed"); p.Detail != "The request is not what HTTP or JSON promise." {
		t.Errorf("it says %q", p.Detail)
	}
	s.call(t, http.MethodPost, "/api/v1/clients", token, `{"company":"`+strings.Repeat("x", 300<<10)+`"}`).wants(413, "too_large")
	s.call(t, http.MethodPost, "/api/v1/clients", token, `{"company":"`+strings.Repeat("x", 300<<10)+`"}`, "Idempotency-Key", "k").wants(413, "too_large")
	s.call(t, http.MethodGet, "/api/v1/clients/%00", token, "").wants(404, "not_found")
	s.call(t, http.MethodGet, "/api/v1/clients/%ff", token, "").wants(404, "not_found")
	if n := s.Count(t, "clients", "company <> 'Initrode'"); n != 0 {
		t.Errorf("%d clients were created", n)
	}
}

// TestAnAPITokenOnItsPage: made by the Owner, shown once, used, revoked.
func TestAnAPITokenOnItsPage(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeOwner)
	form := b.get("/settings/api-tokens/new").wants(http.StatusOK, "/settings/api-tokens/new")
	if form.value("expires_on") != "2027-03-02" {
		t.Errorf("the usual end is %q", form.value("expires_on"))
	}
	refused := b.submit(form, map[string][]string{"name": {""}, "scopes": {"trials"}}).wants(http.StatusUnprocessableEntity, "/settings/api-tokens")
	if refused.fieldError("name") == "" || refused.Find("#scope-trials[checked]").Length() != 1 || refused.Find("#scope-read[checked]").Length() != 0 {
		t.Error("the form does not come back as it was")
	}
	made := b.submit(form, map[string][]string{"name": {"Ticket system"}, "scopes": {"read", "trials"}}).wants(http.StatusOK, "/settings/api-tokens")
	secret := made.Find("#secret").AttrOr("value", "")
	if !strings.HasPrefix(secret, "rsla_") || made.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page shows %q, Cache-Control %q", secret, made.header.Get("Cache-Control"))
	}
	if again := b.submit(form, map[string][]string{"name": {"Ticket system"}, "scopes": {"read", "trials"}}); again.Find("#secret").Length() != 0 || !strings.Contains(again.body, "was made already") {
		t.Error("sent twice, it shows a secret again")
	}
	if a := s.call(t, http.MethodGet, "/api/v1/quota", secret, ""); a.status != http.StatusOK {
		t.Errorf("the token gets %d", a.status)
	}
	list := b.get("/settings/api-tokens")
	if strings.Contains(list.body, secret) {
		t.Error("the secret is shown twice")
	}
	row := strings.Join(strings.Fields(list.Find("tbody tr").First().Text()), " ")
	for _, part := range []string{"Ticket system", "…" + secret[len(secret)-4:], "Read and Trials", "Olivia Owner", "127.0.0.1", "2 Mar 2027"} {
		if !strings.Contains(row, part) {
			t.Errorf("the row %q lacks %q", row, part)
		}
	}
	gone := b.submit(list, nil).wants(http.StatusOK, "/settings/api-tokens")
	if !strings.Contains(gone.flash(), "Ticket system is revoked") || !strings.Contains(gone.Find("main").Text(), "Revoked") {
		t.Errorf("after revoking: %q", gone.flash())
	}
	s.call(t, http.MethodGet, "/api/v1/quota", secret, "").wants(401, "token_revoked")
	s.Clock.Advance(16 * time.Minute)
	if form = b.get("/settings/api-tokens/new"); form.Find("input[name=password]").Length() != 1 {
		t.Error("the password is not asked for again")
	}
	b.submit(form, map[string][]string{"name": {"Another"}}).wants(http.StatusUnprocessableEntity, "/settings/api-tokens")
	if page := b.submit(form, map[string][]string{"name": {"Another"}, "password": {modelstest.Password}}); page.Find("#secret").Length() != 1 {
		t.Errorf("with the password: %d %s", page.status, page.problem())
	}
}

// pagesOnly are refusals of use cases that no operation runs.
var pagesOnly = strings.Fields("currency left_out not_suspended published rotating uploaded withdrawn in_force not_for_sale nothing over overlap reauthentication replaced reversed same second signed stale too_many_tokens unknown unsigned")

// TestEveryCodeIsExplained: whatever models refuse with a code is in the
// reference, or is a matter of pages alone.
func TestEveryCodeIsExplained(t *testing.T) {
	known := map[string]bool{}
	for _, code := range api.Codes() {
		if known[code.Code] || code.Meaning == "" {
			t.Errorf("%s is explained twice, or not at all", code.Code)
		}
		known[code.Code] = true
	}
	names, err := filepath.Glob("../models/*.go")
	fine(t, err)
	said, found := regexp.MustCompile(`refusal\("([a-z_]+)"|Code: "([a-z_]+)"`), 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		fine(t, err)
		for _, m := range said.FindAllStringSubmatch(string(source), -1) {
			found++
			if code := m[1] + m[2]; known[code] == slices.Contains(pagesOnly, code) {
				t.Errorf("%s refuses with %s: explain it in codes.go, or name it in pagesOnly", name, code)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d refusals were looked at", found)
	}
}

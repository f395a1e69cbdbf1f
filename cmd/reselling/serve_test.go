package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"reselling/models/modelstest"
)

func TestStaffAddPrintsALinkThatWorks(t *testing.T) {
	w := modelstest.New(t)
	p := start(t, onDatabase(w.URL))
	stdout, stderr, code := ended(t, command(t, onDatabase(w.URL), "staff", "add", "nia@vendor.example", "--role", "finance", "--name", "Nia"))
	if code != 0 || stderr != "" || !strings.Contains(stdout, "nia@vendor.example is invited") {
		t.Fatalf("exit code %d, %q, %q", code, stdout, stderr)
	}
	path := stdout[strings.Index(stdout, base)+len(base):]
	path, _, _ = strings.Cut(path, "\n")
	c := p.visit(t)
	page := c.get(path)
	if page.status != 200 || !strings.Contains(page.body, "nia@vendor.example") {
		t.Fatalf("%s: %d", path, page.status)
	}
	if a := c.post(path, url.Values{"csrf": {page.token()}, "name": {"Nia"}, "password": {"seven green bottles of ink"}}); a.status != 303 || a.location != "/admin" {
		t.Fatalf("%d to %q", a.status, a.location)
	}
	if a := c.get("/admin"); a.status != 200 || !strings.Contains(a.body, "Finance") {
		t.Errorf("/admin: %d", a.status)
	}
	if a := p.visit(t).signIn("nia@vendor.example", "seven green bottles of ink"); a.location != "/admin" {
		t.Errorf("signing in again: %d to %q", a.status, a.location)
	}
	_, stderr, code = ended(t, command(t, onDatabase(w.URL), "staff", "add", "nia@vendor.example"))
	if code == 0 || strings.Count(stderr, "\n") != 1 {
		t.Errorf("invited twice: exit code %d, %q", code, stderr)
	}
}

func TestDemo(t *testing.T) {
	w := modelstest.Empty(t)
	variables := []string{"RESELLING_DATABASE_URL=" + w.URL, "RESELLING_ADDR=127.0.0.1:0", "RESELLING_BASE_URL=" + base}
	stdout, stderr, code := ended(t, command(t, variables, "demo", "--json"))
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	var users []map[string]string
	if err := json.Unmarshal([]byte(stdout), &users); err != nil || len(users) < 10 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	loaded := rowsOf(t, w)
	if loaded["clients"] != 200 {
		t.Errorf("%d clients", loaded["clients"])
	}

	// Twice on the same database: nothing is loaded again, and the same people are told.
	for range 2 {
		p := start(t, variables, "--demo", "--no-worker")
		for _, user := range users {
			if !strings.Contains(p.visit(t).get("/login").body, user["email"]) {
				t.Errorf("the sign-in page does not offer %s", user["email"])
			}
		}
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		p.exits(t, patience)
		if out := p.stdout.String(); !strings.Contains(out, "Reselling is at "+base) || !strings.Contains(out, users[0]["email"]) || !strings.Contains(out, users[0]["password"]) {
			t.Errorf("it greets with %q", out)
		}
	}
	again, _, _ := ended(t, command(t, variables, "demo", "--json"))
	if again != stdout {
		t.Error("the sign-ins have changed")
	}
	if now := rowsOf(t, w); !maps.Equal(now, loaded) {
		t.Errorf("loaded again: %v, before %v", now, loaded)
	}

	keys := []string{"account", "email", "password", "plan", "reselling_role", "role", "staff_role"}
	seen := map[string]bool{}
	p := start(t, variables, "--demo")
	for _, user := range users {
		if got := slices.Sorted(maps.Keys(user)); !slices.Equal(got, keys) {
			t.Errorf("keys %v", got)
		}
		if (user["account"] == "") == (user["staff_role"] == "") || (user["account"] == "") != (user["role"] == "") {
			t.Errorf("%v is neither staff nor of an account", user)
		}
		home := "/"
		if user["staff_role"] != "" {
			home = "/admin"
		}
		c := p.visit(t)
		if a := c.signIn(user["email"], user["password"]); a.status != 303 || a.location != home {
			t.Errorf("%s: %d to %q", user["email"], a.status, a.location)
		}
		if a := c.get(home); a.status != 200 {
			t.Errorf("%s at %s: %d", user["email"], home, a.status)
		}
		for _, key := range []string{"plan", "role", "reselling_role", "staff_role"} {
			seen[key+" "+user[key]] = true
		}
	}
	for _, want := range []string{
		"plan bronze", "plan silver", "plan gold", "role owner", "role admin", "role member", "role billing_contact",
		"reselling_role seller", "reselling_role billing", "reselling_role viewer",
		"staff_role administrator", "staff_role customer_success", "staff_role finance", "staff_role support",
	} {
		if !seen[want] {
			t.Errorf("no sign-in with %s", want)
		}
	}
}

func rowsOf(t *testing.T, w *modelstest.World) map[string]int {
	t.Helper()
	rows := map[string]int{}
	for _, table := range []string{"accounts", "users", "memberships", "clients", "trials", "licenses", "events", "mails"} {
		rows[table] = w.Count(t, table, "1 = 1")
	}
	return rows
}

func TestSIGTERMLetsARequestFinish(t *testing.T) {
	w := modelstest.New(t)
	p := start(t, onDatabase(w.URL))
	c := p.visit(t)
	form := url.Values{"csrf": {c.get("/login").token()}, "email": {modelstest.AcmeSeller.Email}, "password": {modelstest.Password}}.Encode()
	home, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	var cookies []string
	for _, cookie := range c.Jar.Cookies(home) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: portal.test\r\nCookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", strings.Join(cookies, "; "), len(form))
	reader := bufio.NewReader(conn)
	// The server asks for the body: it is in the middle of the request now.
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := reader.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	signalled := time.Now()
	for { // until nobody new is let in
		other, err := net.Dial("tcp", p.address)
		if err != nil {
			break
		}
		other.Close()
		if time.Since(signalled) > patience {
			t.Fatal("it still takes connections")
		}
		time.Sleep(5 * time.Millisecond)
	}
	select {
	case err := <-p.ended:
		t.Fatalf("it ended in the middle of a request: %v", err)
	default:
	}
	if _, err := conn.Write([]byte(form)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/" {
		t.Errorf("the request ends with %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	p.exits(t, drain-time.Since(signalled))
	if n := w.Count(t, "sessions", "user_id = ? AND ended_at IS NULL", modelstest.AcmeSeller.UserID); n != 2 {
		t.Errorf("%d sessions, want the one of the cast and the new one", n)
	}
}

func TestHealthReadinessAndMetrics(t *testing.T) {
	w := modelstest.New(t)
	p := start(t, append(onDatabase(w.URL), "RESELLING_METRICS_ADDR=127.0.0.1:0"))
	probe := func(address, path string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := p.visit(t)
		c.Transport = http.DefaultTransport
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body := new(strings.Builder)
		if _, err := bufio.NewReader(resp.Body).WriteTo(body); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body.String()
	}
	ready := func(what string, want int) {
		t.Helper()
		if code, _ := probe(p.address, "/readyz"); code != want {
			t.Errorf("/readyz with %s: %d, want %d", what, code, want)
		}
		if code, _ := probe(p.address, "/healthz"); code != 200 {
			t.Errorf("/healthz with %s: %d", what, code)
		}
	}
	ready("the schema of this program", 200)
	w.Exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
	ready("a newer schema", 503)
	w.Exec(t, "DELETE FROM goose_db_version WHERE version_id = 99999")
	ready("its schema again", 200)
	w.Exec(t, "ALTER TABLE goose_db_version RENAME TO away")
	ready("no schema", 503)
	w.Exec(t, "ALTER TABLE away RENAME TO goose_db_version")
	ready("its schema once more", 200)

	if code, body := probe(p.metrics, "/metrics"); code != 200 || !strings.Contains(body, `reselling_http_request_duration_seconds_count{method="GET",route="/readyz",status="503"} 2`) {
		t.Errorf("/metrics: %d %s", code, body)
	}
	if a := p.visit(t).get("/metrics"); a.status != 404 {
		t.Errorf("/metrics at the portal: %d", a.status)
	}
	if code, _ := probe(p.address, "/login"); code != 421 {
		t.Errorf("under a name that is not the portal's: %d", code)
	}
}

// TestTwoReplicas asks two processes on one database as if they were one.
func TestTwoReplicas(t *testing.T) {
	w := modelstest.New(t)
	a, b := start(t, onDatabase(w.URL)), start(t, onDatabase(w.URL))

	c := a.visit(t)
	form := c.get("/login")
	c.at = b // whose form came from the other
	if in := c.post("/login", url.Values{"csrf": {form.token()}, "email": {modelstest.AcmeSeller.Email}, "password": {modelstest.Password}}); in.location != "/" {
		t.Fatalf("a form of one, sent to the other: %d to %q", in.status, in.location)
	}
	c.at = a // who has not seen the sign-in
	token := c.get("/trials/new").token()
	if token == "" {
		t.Fatal("the session of one is unknown to the other")
	}

	issue := func(at *process, n int) (answer, error) {
		return c.ask(at, http.MethodPost, "/trials", url.Values{
			"csrf": {token}, "request_key": {fmt.Sprint("key-", n)}, "product": {"studio-pro"}, "who": {"new"},
			"company": {fmt.Sprint("Company ", n)}, "email": {fmt.Sprintf("boss@company%d.example", n)},
		})
	}
	for n := range 4 { // of Silver's five
		if got, err := issue([]*process{a, b}[n%2], 1000+n); err != nil || got.status != 303 {
			t.Fatalf("trial %d: %d, %v: %s", n, got.status, err, got.Find("[role=alert]").Text())
		}
	}
	answers := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for n := range 50 {
		wg.Go(func() {
			<-begin
			got, err := issue([]*process{a, b}[n%2], n)
			if err != nil {
				t.Error(err)
				return
			}
			if got.status == 409 && !strings.Contains(got.Find("[role=alert]").Text(), "All 5 trials of ") {
				t.Errorf("refused with %q", got.Find("[role=alert]").Text())
			}
			mu.Lock()
			defer mu.Unlock()
			answers[got.status]++
		})
	}
	close(begin)
	wg.Wait()
	if want := map[int]int{303: 1, 409: 49}; !maps.Equal(answers, want) {
		t.Errorf("answers by status %v, want %v", answers, want)
	}
	if n := w.Count(t, "trials", "account_id = ?", modelstest.Acme); n != 5 {
		t.Errorf("%d trials", n)
	}

	// Ended at one, over at the other.
	c.at = b
	c.post("/logout", url.Values{"csrf": {token}})
	c.at = a
	if out := c.get("/trials/new"); out.status != 303 || !strings.HasPrefix(out.location, "/login") {
		t.Errorf("signed out at one, the other answers %d to %q", out.status, out.location)
	}

	guesser := a.visit(t)
	for n := range 10 {
		guesser.at = []*process{a, b}[n%2]
		if wrong := guesser.signIn("mia@acme.example", "a wrong password"); wrong.status != 422 {
			t.Fatalf("attempt %d: %d", n+1, wrong.status)
		}
	}
	for _, at := range []*process{a, b} {
		guesser.at = at
		if late := guesser.signIn("mia@acme.example", modelstest.Password); late.status != 429 {
			t.Errorf("attempt 11: %d", late.status)
		}
	}
}

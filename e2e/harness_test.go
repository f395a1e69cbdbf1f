//go:build e2e

package e2e

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// These tests hold the harness itself: a check that finds nothing anywhere is
// worth nothing, so each is shown something to find.

// recorder is a test that is meant to fail.
type recorder struct {
	testing.TB
	said  []string
	after []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.after = append(r.after, f) }
func (r *recorder) Failed() bool     { return false }
func (r *recorder) Error(a ...any)   { r.said = append(r.said, fmt.Sprint(a...)) }
func (r *recorder) Errorf(format string, a ...any) {
	r.said = append(r.said, fmt.Sprintf(format, a...))
}

func (r *recorder) Fatalf(format string, a ...any) {
	r.Errorf(format, a...)
	runtime.Goexit()
}

func (r *recorder) Fatal(a ...any) {
	r.Error(a...)
	runtime.Goexit()
}

// complaints is what a test that does this would say.
func complaints(t *testing.T, do func(testing.TB)) string {
	t.Helper()
	r, done := &recorder{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := len(r.after) - 1; i >= 0; i-- {
				r.after[i]()
			}
		}()
		do(r)
	}()
	<-done
	return strings.Join(r.said, "\n")
}

func expectComplaint(t *testing.T, said string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("%q was not reported, only:\n%s", part, said)
		}
	}
}

const style = `
:root { color-scheme: light dark; --ink: #111; --ground: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --ground: #111 } .dim { color: #333 } }
body { color: var(--ink); background: var(--ground); font: 16px/1.5 sans-serif; margin: 1rem }
a { color: inherit } a, button, input, select { min-height: 24px } button { padding: 6px 12px }
:focus-visible { outline: 3px solid #38f } main:focus { outline: 0 } .bare :focus-visible { outline: 0 }
.wide { width: 900px } .half { width: 700px } .cover { position: fixed; inset: 0; background: var(--ground) }`

// site is a small portal with one fault per page.
func site(t testing.TB) string {
	t.Helper()
	pages := map[string]string{
		"/":         `<p>Nobody is here.</p><a href="/form">To the form</a> <a href="/form">To the form</a> <button type="button" popovertarget="more">More</button><div id="more" popover>Hello from within</div>`,
		"/form":     form(""),
		"/script":   `<p id="who">Without script</p><script nonce="n">document.getElementById("who").textContent = "With script"</script>`,
		"/rows":     `<table><thead><tr><th>Name</th><th>What to do</th></tr></thead><tbody><tr><td>Mia</td><td><a href="/form">Change</a></td></tr><tr><td>Sam</td><td><a href="/script">Change</a></td></tr></tbody></table>`,
		"/no-label": `<form><input name="q"></form>`,
		"/dim":      `<p class="dim">This can't be read in the dark.</p>`,
		"/spill":    `<div class="half"><table class="wide"><tr><th scope="row">This</th><td>is wider than its place.</td></tr></table></div>`,
		"/wide":     `<p class="wide">This is wider than a phone.</p>`,
		"/inline":   `<p style="color: red">Inline style</p>`,
		"/foreign":  `<img alt="" src="http://elsewhere.example/pixel.png">`,
		"/throws":   `<script nonce="n">throw new Error("this script fails")</script>`,
		"/covered":  `<p>Under</p><a href="/form">To the form</a><div class="cover">Over</div>`,
		"/bare":     `<p class="bare"><a href="/form">To the form</a></p>`,
		"/broken":   `<form method="post" action="/crash"><button>Go</button></form>`,
		"/heavy":    `<p>Heavy</p><link rel="stylesheet" href="/filler.css">`,
		"/many":     `<p>Many</p>` + strings.Repeat(`<img alt="" src="/dot?%d">`, 6),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, known := pages[r.URL.Path]
		if !known {
			write(w, http.StatusNotFound, "Not found", `<p>No such page.</p>`)
			return
		}
		if r.URL.Path == "/many" {
			body = fmt.Sprintf(body, 1, 2, 3, 4, 5, 6)
		}
		write(w, http.StatusOK, "Harness", body)
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("name") == "" {
			write(w, http.StatusUnprocessableEntity, "Harness", form("Write a name."))
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "said", Value: r.PostFormValue("plan"), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		http.Redirect(w, r, "/thanks?name="+url.QueryEscape(r.PostFormValue("name")), http.StatusSeeOther)
	})
	mux.HandleFunc("/thanks", func(w http.ResponseWriter, r *http.Request) {
		write(w, http.StatusOK, "Thanks", "<p>"+html.EscapeString(r.FormValue("name"))+` came.</p><p>Go to http://links.example/invitations/abc-1 now</p>`)
	})
	mux.HandleFunc("/said", func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie("said")
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(c.Value))
	})
	mux.HandleFunc("POST /crash", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusInternalServerError, "Broken", `<p>This broke.</p>`)
	})
	mux.HandleFunc("/style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write([]byte(style))
	})
	mux.HandleFunc("/filler.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write([]byte("/*" + strings.Repeat("filler ", 10<<10) + "*/"))
	})
	mux.HandleFunc("/dot", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write([]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func form(problem string) string {
	return `<p role="alert">` + problem + `</p><form method="post" novalidate>
		<p><label>Name <input name="name" required></label></p>
		<p><label for="plan">Plan</label> <select id="plan" name="plan"><option>Bronze</option><option>Silver</option></select></p>
		<p><label><input type="checkbox" name="sure"> I am sure</label></p>
		<p><button>Send</button></p></form>`
}

func write(w http.ResponseWriter, status int, title, body string) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-n'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>%[1]s</title><meta name="viewport" content="width=device-width, initial-scale=1">
		<link rel="icon" href="/dot"><link rel="stylesheet" href="/style.css"></head><body><main id="main"><h1>%[1]s</h1>%[2]s</main></body></html>`, title, body)
}

func TestABrowserFindsItsWay(t *testing.T) {
	for name, ways := range map[string][]Way{"wide": nil, "phone": {Phone, Dark}, "without scripts": {NoScript}} {
		t.Run(name, func(t *testing.T) {
			b := Open(t, site(t), ways...)
			b.Visit("/")
			b.Heading("Harness")
			b.See("Nobody is here.")
			b.DontSee("Hello from within")
			b.Click("More")
			b.See("Hello from within")
			b.Click("To the form")
			b.Click("Send")
			b.See("Write a name.")
			if got := b.Status(); got != http.StatusUnprocessableEntity {
				t.Errorf("status = %d, want 422", got)
			}
			b.Fill("Name", "Zoë <b>")
			b.Fill("Name", "Zoë")
			b.Choose("Plan", "Silver")
			b.Click("I am sure")
			if got := b.Value("Name"); got != "Zoë" {
				t.Errorf("name = %q", got)
			}
			b.Click("Send")
			b.Heading("Thanks")
			b.See("Zoë came.")
			if got := b.LinkMatching(`http\S+/invitations/\S+`); got != "http://links.example/invitations/abc-1" {
				t.Errorf("link = %q", got)
			}
			if got := b.Path(); got != "/thanks?name=Zo%C3%AB" {
				t.Errorf("path = %q", got)
			}
			if got := b.Fetch("/said"); got.Status != http.StatusOK || got.Body != "Silver" {
				t.Errorf("fetched %d %q", got.Status, got.Body)
			}
			b.Back()
			b.See("Write a name.")
			b.VisitRefused("/nowhere", http.StatusNotFound)
		})
	}
}

func TestBrowsersShareNothing(t *testing.T) {
	address := site(t)
	one, other := Open(t, address), Open(t, address)
	one.Visit("/form")
	one.Fill("Name", "Ada")
	one.Click("Send")
	if got := one.Fetch("/said").Status; got != http.StatusOK {
		t.Errorf("the one is told %d", got)
	}
	if got := other.Fetch("/said").Status; got != http.StatusUnauthorized {
		t.Errorf("the other is told %d", got)
	}
}

func TestScriptsCanBeOff(t *testing.T) {
	address := site(t)
	on, off := Open(t, address), Open(t, address, NoScript)
	on.Visit("/script")
	on.See("With script")
	off.Visit("/script")
	off.See("Without script")
}

func TestStepsKeepToAPart(t *testing.T) {
	b := Open(t, site(t))
	b.Visit("/rows")
	b.Within("Sam").Click("Change")
	if got := b.Path(); got != "/script" {
		t.Errorf("Sam's link leads to %s", got)
	}
}

func TestTheKeyboardIsEnough(t *testing.T) {
	b := Open(t, site(t))
	b.Visit("/")
	b.TabTo("More")
	b.Enter()
	b.See("Hello from within")
	b.Press(kb.Escape)
	b.DontSee("Hello from within")
	b.Visit("/form")
	b.TabTo("Name")
	b.Type("Kay")
	b.TabTo("Plan")
	b.Press("s")
	b.TabTo("I am sure")
	b.Press(" ")
	b.TabTo("Send")
	b.Enter()
	b.See("Kay came.")
	if got := b.Fetch("/said").Body; got != "Silver" {
		t.Errorf("plan = %q", got)
	}
}

func TestFaultsAreReported(t *testing.T) {
	address := site(t)
	for _, c := range []struct {
		what string
		do   func(*Browser)
		want []string
	}{
		{"a field without a label", func(b *Browser) { b.Visit("/no-label") }, []string{"axe: label (critical)", "light, 1440 px", "dark, 390 px", `<input name="q">`}},
		{"bad contrast in the dark", func(b *Browser) { b.Visit("/dim") }, []string{"dark, 1440 px): axe: color-contrast", `class="dim"`, "#333333"}},
		{"sideways on a phone", func(b *Browser) { b.Visit("/wide") }, []string{"light, 390 px): the page is wider", `class="wide"`}},
		{"a table over its neighbour", func(b *Browser) { b.Visit("/spill") }, []string{"dark, 1440 px): these tables are wider than their place", `<table class="wide"`}},
		{"an inline style", func(b *Browser) { b.Visit("/inline") }, []string{"Content Security Policy"}},
		{"another host", func(b *Browser) { b.Visit("/foreign") }, []string{"elsewhere.example"}},
		{"a script that fails", func(b *Browser) { b.Visit("/throws") }, []string{"this script fails"}},
		{"a wrong status", func(b *Browser) { b.Visit("/nowhere") }, []string{"answered 404, not 200"}},
		{"a server that fails", func(b *Browser) { b.Visit("/broken"); b.Click("Go") }, []string{`clicking on "Go" was answered with 500`}},
		{"something that lies over it", func(b *Browser) { b.Visit("/covered"); b.Click("To the form") }, []string{"over it lies", `class="cover"`}},
		{"focus that can't be seen", func(b *Browser) { b.Visit("/bare"); b.TabTo("To the form") }, []string{"shows no outline"}},
		{"a page that is too large", func(b *Browser) { b.ExpectLight("/heavy") }, []string{"too heavy", "4 requests", "/filler.css"}},
		{"too many requests", func(b *Browser) { b.ExpectLight("/many") }, []string{"too heavy", "9 requests"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			said := complaints(t, func(t testing.TB) { c.do(Open(t, address)) })
			expectComplaint(t, said, c.want...)
		})
	}
}

func TestALightPageIsLight(t *testing.T) {
	b := Open(t, site(t))
	for range 3 { // a warm cache must not count
		b.Visit("/")
	}
	w := b.Weigh("/")
	if w.Requests != 3 || w.Bytes < 500 || w.Bytes > 5000 {
		t.Errorf("the page costs %s", w)
	}
	b.ExpectLight("/")
}

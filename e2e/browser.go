//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long a step waits for what it needs; a loaded build machine is slow.
const patience = 30 * time.Second

// Way is how somebody uses a browser.
type Way int

// The ways; without any it is a wide, light window with JavaScript.
const (
	Phone    Way = iota // 390 px wide
	Dark                // the dark look
	NoScript            // JavaScript is off
)

// Browser is somebody's own browser. Its methods are steps; each fails the test
// where it can't be done.
type Browser struct {
	t        testing.TB
	ctx      context.Context
	base     string
	look     look
	noScript bool
	watch    *watch
	within   string // the text of the part that steps keep to, "" for the page
}

// Open opens a browser at a base address. Portal.Open is the usual way here.
func Open(t testing.TB, base string, ways ...Way) *Browser {
	t.Helper()
	parent, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{t: t, base: strings.TrimSuffix(base, "/"), look: looks[0], watch: newWatch(base)}
	var closeTab context.CancelFunc
	b.ctx, closeTab = chromedp.NewContext(parent, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.watch.notice))
	t.Cleanup(func() {
		b.finish()
		closeTab()
	})
	if err := chromedp.Do(b.ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	// Every window takes itself for the one in front: focus works in all of them.
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	for _, w := range ways {
		switch w {
		case Phone:
			b.look.width = narrow
		case Dark:
			b.look.scheme = "dark"
		case NoScript:
			b.noScript = true
		}
	}
	b.wear(b.look)
	b.allowScripts(!b.noScript)
	return b
}

func (b *Browser) allowScripts(allow bool) {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !allow})
}

// Visit goes to an address of the portal and expects a page that is no error.
func (b *Browser) Visit(address string) {
	b.t.Helper()
	b.VisitRefused(address, http.StatusOK)
}

// VisitRefused goes to an address and expects this status, as 403 or 404. The
// error page is looked at like any other.
func (b *Browser) VisitRefused(address string, status int) {
	b.t.Helper()
	b.navigate(address)
	if got := b.Status(); got != status {
		b.fatalf("%s answered %d, not %d", address, got, status)
	}
	b.CheckLooks()
}

func (b *Browser) navigate(address string) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.base + address
	}
	to := call(b, page.Navigate, page.NavigateParams{URL: address})
	if to.ErrorText != "" {
		b.fatalf("go to %s: %s", address, to.ErrorText)
	}
	if !b.watch.await(func() bool { return b.watch.arrivedAt(to.LoaderID) }) {
		b.fatalf("%s did not load within %v", address, patience)
	}
}

// SignIn signs somebody in by the sign-in page.
func (b *Browser) SignIn(u User) {
	b.t.Helper()
	b.Visit("/login")
	b.Fill("Mail address", u.Email)
	b.Fill("Password", u.Password)
	b.Click("Sign in")
	if strings.HasPrefix(b.Path(), "/login") {
		b.fatalf("%s could not sign in", u.Email)
	}
}

// Click clicks what has this name: a button, a link, a box, a tab, a summary.
// Where that leads to another page it waits for the page and looks at it.
func (b *Browser) Click(name string) {
	b.t.Helper()
	e := b.find(name, clickable)
	b.act(e, fmt.Sprintf("clicking on %q", name), func() { b.clickOn(e, name) })
}

// Fill types a value into the field with this label, instead of what was there.
func (b *Browser) Fill(label, value string) {
	b.t.Helper()
	b.fill(b.find(label, fillable), label, value)
}

// Choose chooses the option with this text in the list with this label.
func (b *Browser) Choose(label, option string) {
	b.t.Helper()
	b.choose(b.find(label, choosable), label, option)
}

// Heading waits until the page's one h1 says this.
func (b *Browser) Heading(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the heading %q", text), func() bool {
		all := evaluate[[]string](b, `[...document.querySelectorAll("h1")].map(h => h.innerText.trim())`)
		return len(all) == 1 && fold(all[0]) == fold(text)
	})
}

// See waits until this text can be read.
func (b *Browser) See(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("the text %q", text), func() bool { return strings.Contains(b.words(), fold(text)) })
}

// DontSee expects that this text can't be read. Call it once what would show it is there.
func (b *Browser) DontSee(text string) {
	b.t.Helper()
	if strings.Contains(b.words(), fold(text)) {
		b.fatalf("%q should not be there", text)
	}
}

// Value is what the field with this label holds.
func (b *Browser) Value(label string) string {
	b.t.Helper()
	return b.value(b.find(label, append(fillable, choosable...)))
}

// Within keeps the steps to the smallest row, card, form or dialog that contains a text:
// b.Within("mia@acme.example").Click("Remove").
func (b *Browser) Within(text string) *Browser {
	part := *b
	part.within = text
	return &part
}

// Back uses the browser's back button.
func (b *Browser) Back() {
	b.t.Helper()
	before := b.watch.page()
	if err := b.do(chromedp.NavigateBack()); err != nil {
		b.fatalf("go back: %v", err)
	}
	if !b.watch.await(func() bool { return b.watch.arrivedElsewhere(before) }) {
		b.fatalf("going back led nowhere")
	}
	b.CheckLooks()
}

// Path is the path and query of the page.
func (b *Browser) Path() string {
	b.t.Helper()
	return evaluate[string](b, `location.pathname + location.search`)
}

// Href is where the link with this name leads.
func (b *Browser) Href(name string) string {
	b.t.Helper()
	return b.href(b.find(name, []string{"link"}))
}

// LinkMatching is the first address on the page, in links or in text, that a pattern
// matches: for links in mails, as `http\S+/invitations/\S+`.
func (b *Browser) LinkMatching(pattern string) string {
	b.t.Helper()
	found := ""
	r := regexp.MustCompile(pattern)
	b.until("a link like "+pattern, func() bool {
		for _, s := range evaluate[[]string](b, `[...document.querySelectorAll("a[href]")].map(a => a.href).concat(document.body.innerText)`) {
			if found = r.FindString(s); found != "" {
				return true
			}
		}
		return false
	})
	return found
}

// Status is the status that the page came with.
func (b *Browser) Status() int {
	b.watch.mu.Lock()
	defer b.watch.mu.Unlock()
	return b.watch.status[b.watch.at]
}

// Screenshot writes a picture of the whole page to e2e/screenshots/NAME.png.
func (b *Browser) Screenshot(name string) {
	b.t.Helper()
	path, err := b.picture(name)
	if err != nil {
		b.t.Fatalf("take a picture: %v", err)
	}
	b.t.Logf("picture: %s", path)
}

func (b *Browser) picture(name string) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](settle)); err != nil {
		return "", err
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return "", err
	}
	path := filepath.Join("screenshots", regexp.MustCompile(`[^\w.-]+`).ReplaceAllString(name, "-")+".png")
	if err := os.MkdirAll("screenshots", 0o755); err != nil {
		return "", err
	}
	return filepath.Join("e2e", path), os.WriteFile(path, png, 0o644)
}

// Answer is what Fetch got.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Fetch gets an address with this browser's cookies but outside it: for
// downloads, as the CSV of a list. Redirects are not followed.
func (b *Browser) Fetch(address string) Answer {
	b.t.Helper()
	cookies := call(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.base + "/"}})
	header := http.Header{}
	for _, c := range cookies.Cookies {
		header.Add("Cookie", c.Name+"="+c.Value)
	}
	answer, err := fetch(b.ctx, b.base+address, header)
	if err != nil {
		b.fatalf("fetch %s: %v", address, err)
	}
	return answer
}

func fetch(ctx context.Context, address string, header http.Header) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Answer{}, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	client := http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return Answer{Status: response.StatusCode, Header: response.Header, Body: string(body)}, err
}

// act does something to an element; where that leads to another page it waits
// for the page and looks at it.
func (b *Browser) act(e element, what string, do func()) {
	b.t.Helper()
	leaves, before := b.leaves(e), b.watch.page()
	do()
	if !leaves {
		return
	}
	if !b.watch.await(func() bool { return b.watch.arrivedElsewhere(before) }) {
		b.fatalf("%s led to no other page within %v", what, patience)
	}
	if status := b.Status(); status >= http.StatusInternalServerError {
		b.fatalf("%s was answered with %d", what, status)
	}
	b.CheckLooks()
}

// words is what can be read in the part that steps keep to, folded.
func (b *Browser) words() string {
	b.t.Helper()
	if b.within == "" {
		return fold(evaluate[string](b, `document.body ? document.body.innerText : ""`))
	}
	return fold(on[string](b, b.part(), `function() { return this.innerText }`))
}

// fold ignores case (style sheets change it) and how white space is laid out.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// until waits for something to become true.
func (b *Browser) until(what string, isTrue func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); !isTrue(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.fatalf("waited %v for %s", patience, what)
		}
	}
}

func (b *Browser) do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// call runs a command of the browser's protocol.
func call[P, R any](b *Browser, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := try(b, command, params)
	if err != nil {
		b.fatalf("%s: %v", command.Method, err)
	}
	return r
}

func try[P, R any](b *Browser, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

// evaluate runs an expression in the page. It works where the page's own scripts are off.
func evaluate[T any](b *Browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.fatalf("evaluate %.200s: %v", expression, err)
	}
	return v
}

// fatalf ends the test and says where the browser was.
func (b *Browser) fatalf(format string, args ...any) {
	b.t.Helper()
	b.t.Fatalf("at %s: %s", b.watch.address(), fmt.Sprintf(format, args...))
}

// finish reports what was noticed on the way, and leaves a picture of a failure.
func (b *Browser) finish() {
	b.t.Helper()
	for _, complaint := range b.watch.complaints() {
		b.t.Error(complaint)
	}
	if !b.t.Failed() {
		return
	}
	if path, err := b.picture("FAILED-" + b.t.Name()); err == nil {
		b.t.Logf("the last page was %s, picture: %s", b.watch.address(), path)
	}
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

package views

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"reselling/models"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

func parse(t *testing.T, ctx context.Context, c templ.Component) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(render(t, ctx, c)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// TestFieldsTieTheirErrors: each kind of field is labelled, keeps what was
// typed and points to its hint and its error.
func TestFieldsTieTheirErrors(t *testing.T) {
	p := &models.Error{Kind: models.Invalid, Message: "Please correct the marked fields.", Fields: map[string]string{"x": "Not like this."}}
	f := Field{Name: "x", Label: "Label", Hint: "A hint.", Value: "typed"}
	for name, c := range map[string]templ.Component{
		"TextField": TextField(p, f), "EmailField": EmailField(p, f), "NumberField": NumberField(p, f), "DateField": DateField(p, f), "PasswordField": PasswordField(p, f),
		"TextArea": TextArea(p, f), "Select": Select(p, f, []Option{{Value: "other"}, {Value: "typed", Label: "Typed"}}),
	} {
		doc := parse(t, signedIn(), c)
		input := doc.Find("#x")
		if input.AttrOr("aria-invalid", "") != "true" || input.AttrOr("aria-describedby", "") != "x-hint x-error" {
			t.Errorf("%s: aria-invalid %q, aria-describedby %q", name, input.AttrOr("aria-invalid", ""), input.AttrOr("aria-describedby", ""))
		}
		if got := words(doc.Find("#x-error")); got != "Not like this." {
			t.Errorf("%s: the error reads %q", name, got)
		}
		if got := words(doc.Find("#x-hint")); got != "A hint." {
			t.Errorf("%s: the hint reads %q", name, got)
		}
		if got := words(doc.Find("label[for=x]")); got != "Label" {
			t.Errorf("%s: the label reads %q", name, got)
		}
		if _, ok := input.Attr("required"); !ok {
			t.Errorf("%s is not required", name)
		}
		value := input.AttrOr("value", input.Text())
		if name == "Select" {
			value = doc.Find("option[selected]").AttrOr("value", "")
		}
		if value != "typed" {
			t.Errorf("%s lost what was typed: %q", name, value)
		}
	}
}

func TestFieldsWithoutAProblem(t *testing.T) {
	doc := parse(t, signedIn(), TextField(nil, Field{ID: "x-1", Name: "x", Label: "Label", Optional: true}))
	input := doc.Find("#x-1")
	for _, a := range []string{"aria-invalid", "aria-describedby", "required", "autofocus"} {
		if v, ok := input.Attr(a); ok {
			t.Errorf("%s is %q, want none", a, v)
		}
	}
	if got := words(doc.Find("label")); got != "Label (optional)" {
		t.Errorf("the label reads %q", got)
	}
}

func TestErrorSummary(t *testing.T) {
	if html := render(t, signedIn(), ErrorSummary(nil)); len(html) != 0 {
		t.Errorf("no problem shows %s", html)
	}
	doc := parse(t, signedIn(), ErrorSummary(&models.Error{Message: "Twice wrong.", Fields: map[string]string{"b": "B is wrong.", "a": "A is wrong.", "c": ""}}))
	box := doc.Find("[role=alert]")
	if box.AttrOr("tabindex", "") != "-1" || box.Is("[data-autofocus]") != true {
		t.Error("the summary can't take the focus")
	}
	var links []string
	box.Find("a").Each(func(_ int, s *goquery.Selection) { links = append(links, s.AttrOr("href", "")+" "+s.Text()) })
	if want := []string{"#a A is wrong.", "#b B is wrong."}; !slices.Equal(links, want) {
		t.Errorf("links %q, want %q", links, want)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	hostile := `"><script>alert(1)</script>` + "\u202e🙂'&"
	p := &models.Error{Message: hostile, Fields: map[string]string{"x": hostile}}
	f := Field{Name: "x", Label: hostile, Hint: hostile, Value: hostile, Placeholder: hostile}
	for name, c := range map[string]templ.Component{
		"TextField": TextField(p, f), "TextArea": TextArea(p, f), "Select": Select(p, f, []Option{{hostile, hostile, hostile}}),
		"RadioCards": RadioCards(p, f, []Choice{{Value: hostile, Label: hostile, Note: hostile, Aside: hostile}}), "Checkbox": Checkbox(p, f, true),
		"ErrorSummary": ErrorSummary(p), "Badge": Badge(Info, hostile), "Person": Person(hostile, hostile), "CopyField": CopyField("k", hostile, hostile),
		"Stat": Stat(StatValue{hostile, hostile, hostile, "/"}), "Meter": Meter(MeterValue{Label: hostile, Used: 1, Limit: 2, Note: hostile}), "EmptyState": EmptyState("x", hostile, hostile, nil),
		"Confirm": Confirm(Question{ID: "q", Label: hostile, Title: hostile, Text: hostile, Submit: hostile}),
		"Filter":  FilterBar(Filter{Query: hostile, Placeholder: hostile, Hidden: map[string]string{"a": hostile}}), "Failure": Failure(500, hostile, hostile, hostile, nil),
		"Page": Page(PageHead{Title: hostile, Lead: hostile, Crumbs: []Crumb{{hostile, "/"}}, Tabs: []Tab{{hostile, "/", true, 1}}}),
	} {
		html := render(t, signedIn(), c)
		if bytes.Contains(html, []byte("<script>")) {
			t.Errorf("%s: a script came through", name)
		}
	}
	doc := parse(t, signedIn(), TextField(p, f))
	if got := doc.Find("#x").AttrOr("value", ""); got != hostile {
		t.Errorf("the value came back as %q", got)
	}
}

func TestLinksToScriptsAreCut(t *testing.T) {
	doc := parse(t, signedIn(), LinkButton(Link{Label: "x", Href: "javascript:alert(1)"}))
	if got := doc.Find("a").AttrOr("href", ""); strings.HasPrefix(got, "javascript:") {
		t.Errorf("href is %q", got)
	}
}

func TestMeter(t *testing.T) {
	for _, c := range []struct {
		used, limit, segments, on int
		words                     string
	}{
		{0, 2, 2, 0, "0 of 2 used · 2 left"}, {3, 5, 5, 3, "3 of 5 used · 2 left"}, {5, 5, 5, 5, "5 of 5 used · 0 left"},
		{7, 5, 5, 5, "7 of 5 used · 0 left"}, // after a change to a smaller plan
		{21, 40, 0, 0, "21 of 40 used · 19 left"}, {0, 0, 0, 0, "0 of 0 used · 0 left"},
	} {
		doc := parse(t, signedIn(), Meter(MeterValue{Label: "Trials", Used: c.used, Limit: c.limit}))
		if got := words(doc.Find(".meter-head span:nth-child(2)").First()); got != c.words {
			t.Errorf("%d of %d reads %q, want %q", c.used, c.limit, got, c.words)
		}
		if n, on := doc.Find(".meter i").Length(), doc.Find(".meter i.on").Length(); n != c.segments || on != c.on {
			t.Errorf("%d of %d has %d segments, %d on; want %d, %d", c.used, c.limit, n, on, c.segments, c.on)
		}
		if c.segments == 0 && doc.Find("progress").Length() != 1 {
			t.Errorf("%d of %d has no bar", c.used, c.limit)
		}
	}
}

func TestThSaysHowItSorts(t *testing.T) {
	doc := parse(t, signedIn(), join(raw("<table><tr>"), Th(Column{Label: "Ends", Href: "?sort=ends", Sort: "descending", Number: true}), Th(Column{Label: "Plain"}), raw("</tr></table>")))
	first := doc.Find("th").First()
	if first.AttrOr("aria-sort", "") != "descending" || first.Find("a").AttrOr("href", "") != "?sort=ends" || !first.HasClass("num") || first.AttrOr("scope", "") != "col" {
		html, _ := goquery.OuterHtml(first)
		t.Errorf("the sorted column is %s", html)
	}
	if _, ok := doc.Find("th").Last().Attr("aria-sort"); ok || doc.Find("th").Last().Find("a").Length() != 0 {
		t.Error("a plain column claims to sort")
	}
}

func TestConfirmAsksByPost(t *testing.T) {
	doc := parse(t, signedIn(), Confirm(Question{ID: "revoke", Label: "Revoke", Title: "Revoke it?", Text: "It stops.", Action: "/trials/1/revocation", Submit: "Revoke the trial"}))
	if _, open := doc.Find("details").Attr("open"); open {
		t.Error("the question is open before it is asked")
	}
	form := doc.Find("details form")
	if form.AttrOr("method", "") != "post" || form.AttrOr("action", "") != "/trials/1/revocation" || form.Find("input[name=csrf]").AttrOr("value", "") != "token" {
		t.Error("the deed is not a POST with the token")
	}
	if words(doc.Find("h2")) != "Revoke it?" || words(form.Find("button[type=submit]")) != "Revoke the trial" || !strings.Contains(words(doc.Selection), "It stops.") {
		t.Errorf("the question reads %q", words(doc.Selection))
	}
}

func TestChrome(t *testing.T) {
	ctx := signedIn(func(c *Chrome) {
		c.Flash = []Flash{{Success, "Done."}, {Danger, "Broken."}}
		c.Banner = "You look as staff."
	})
	doc := parse(t, ctx, Page(PageHead{Title: "Trials", Crumbs: []Crumb{{"Home", "/"}}, Tabs: []Tab{{"A", "/a", true, 2}, {"B", "/b", false, 0}}}))
	for selector, want := range map[string]string{
		"title": "Trials · User Portal", "h1": "Trials", "a.skip": "Skip to the content", ".flashes [role=status] div": "Done.", ".flashes [role=alert] div": "Broken.",
		".banner": "You look as staff.", ".nav a[aria-current=page]": "Trials 3", ".tabs a[aria-current=page]": "A 2", "nav[aria-label=Breadcrumbs] [aria-current=page]": "Trials",
		"form[action='/logout'] button": "Sign out", ".side button[name=account_id][value=a1]": "NNordwind IT",
	} {
		if got := words(doc.Find(selector)); got != want {
			t.Errorf("%s reads %q, want %q", selector, got, want)
		}
	}
	if lang := doc.Find("html").AttrOr("lang", ""); lang != "en" {
		t.Errorf("lang is %q", lang)
	}
	if doc.Find(doc.Find("a.skip").AttrOr("href", "?")).Length() != 1 {
		t.Error("the skip link leads nowhere")
	}
	if n := doc.Find("link,script,img").Length(); n > 5 {
		t.Errorf("a page asks for %d more things, at most 5", n)
	}
	config := doc.Find("meta[name=htmx-config]").AttrOr("content", "")
	for _, want := range []string{`"includeIndicatorStyles":false`, `"allowEval":false`, `"selfRequestsOnly":true`} {
		if !strings.Contains(config, want) {
			t.Errorf("htmx is not told %s", want)
		}
	}
}

func TestOneAccountHasNoSwitch(t *testing.T) {
	ctx := signedIn(func(c *Chrome) { c.Accounts = c.Accounts[:1] })
	if n := parse(t, ctx, Page(PageHead{Title: "x"})).Find("[name=account_id]").Length(); n != 0 {
		t.Errorf("%d accounts to switch to", n)
	}
}

func TestFailuresSayWhatToDo(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 409, 413, 415, 421, 422, 429, 500, 503} {
		for name, ctx := range map[string]context.Context{"in": signedIn(), "out": signedOut()} {
			html := render(t, ctx, Failure(status, "", "", "0193", []Link{{Label: "Go on", Href: "/"}}))
			forbidInline(t, fmt.Sprint(status), html)
			doc, _ := goquery.NewDocumentFromReader(bytes.NewReader(html))
			if got := words(doc.Find("h1")); got != failures[status].title {
				t.Errorf("%d signed %s: the heading is %q", status, name, got)
			}
			body := words(doc.Find("main"))
			for _, want := range []string{fmt.Sprint(status), failures[status].text, "0193", "Go on"} {
				if want == "" || !strings.Contains(body, want) {
					t.Errorf("%d signed %s does not say %q: %s", status, name, want, body)
				}
			}
			if n := doc.Find("nav").Length(); (n > 0) != (name == "in") {
				t.Errorf("%d signed %s has %d navigations", status, name, n)
			}
		}
	}
	doc := parse(t, signedOut(), Failure(418, "", "", "", nil))
	if words(doc.Find("h1")) == "" || strings.Contains(words(doc.Selection), "quote") {
		t.Error("an unforeseen status has no words, or quotes an empty request id")
	}
}

// TestIconsExist: a name that is not drawn would leave a hole.
func TestIconsExist(t *testing.T) {
	names := regexp.MustCompile(`@Icon\("([a-z0-9]+)"\)|Icon: +"([a-z0-9]+)"|@TimelineItem\("([a-z0-9]+)"\)|@EmptyState\("([a-z0-9]+)"|@Menu(?:Link|Action)\([^)]*, "([a-z0-9]+)"\)`)
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal("no templates", err)
	}
	used := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range names.FindAllStringSubmatch(string(b), -1) {
			used[strings.Join(m[1:], "")] = file
		}
	}
	if len(used) < 10 {
		t.Errorf("found only %d icons in the templates", len(used))
	}
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if icons[name] == "" {
			t.Errorf("%s: there is no icon %q", used[name], name)
		}
	}
}

// TestTemplatesNameNoStyles holds every template, not only those of the gallery.
func TestTemplatesNameNoStyles(t *testing.T) {
	inline := regexp.MustCompile(`\s(style|on[a-z]+|hx-on[:a-z-]*)\??=`)
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal("no templates", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for n, line := range strings.Split(string(b), "\n") {
			if m := inline.FindString(line); m != "" {
				t.Errorf("%s:%d: %s", file, n+1, strings.TrimSpace(m))
			}
		}
	}
}

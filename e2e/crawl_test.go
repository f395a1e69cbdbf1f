//go:build e2e

package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

const (
	mostPages    = 120 // that one person is led to
	mostOfAShape = 4   // pages that differ by an id or a query only
)

// pictures asks for a picture of each page in each look:
// go test -tags e2e ./e2e -run EveryLink -pictures
var pictures = flag.Bool("pictures", false, "write pictures of every page to e2e/screenshots")

// TestEveryLinkOfEverybody follows, for one person of each standing, every link
// that the portal shows them: each leads to a page, and none to an error.
func TestEveryLinkOfEverybody(t *testing.T) {
	portal := Start(t)
	seen := map[string]bool{}
	for _, u := range portal.Users {
		standing := strings.Join([]string{u.Role, u.ResellingRole, u.StaffRole}, " ")
		if seen[standing] {
			continue
		}
		seen[standing] = true
		t.Run(strings.Join(strings.Fields(standing), "-"), func(t *testing.T) {
			t.Parallel()
			b := portal.Open(t)
			b.SignIn(u)
			c := &crawl{b: b, t: t, met: map[string]bool{}, shapes: map[string]int{}, shown: map[string]bool{}}
			c.follow("/", "/me", "/help")
			if len(c.queue) < 5 {
				t.Errorf("%s is led to %d pages only: %q", u.Email, len(c.queue), c.queue)
			}
			t.Logf("%d pages: %q", len(c.queue), c.queue)
		})
	}
	if len(seen) < 11 {
		t.Errorf("the demo has people of %d standings only: %v", len(seen), seen)
	}
}

type crawl struct {
	b      *Browser
	t      *testing.T
	queue  []string
	met    map[string]bool
	shapes map[string]int
	shown  map[string]bool // in the browser; others like them are only fetched
}

func (c *crawl) follow(start ...string) {
	c.t.Helper()
	c.add("/", start)
	for i := 0; i < len(c.queue); i++ {
		address := c.queue[i]
		path, _, _ := strings.Cut(address, "?")
		if alike := shape(path); c.shown[alike] || strings.Contains(address, "format=") || strings.HasSuffix(path, "/pdf") || strings.HasSuffix(path, ".json") {
			c.fetch(address)
			continue
		} else {
			c.shown[alike] = true
		}
		c.b.Visit(address)
		if *pictures {
			c.picture(shape(path))
		}
		there := evaluate[outline](c.b, `({
			Title: document.title, Headings: [...document.querySelectorAll("h1")].map(h => h.innerText),
			Crumbs: document.querySelectorAll("[aria-label=Breadcrumbs] a").length, Links: [...document.querySelectorAll("a[href]")].map(a => a.getAttribute("href")),
		})`)
		c.expect(address, there)
	}
}

// picture shows the page in each look, as e2e/screenshots/owner-trials-dark-390.png.
func (c *crawl) picture(alike string) {
	c.t.Helper()
	defer c.b.wear(c.b.look)
	_, who, _ := strings.Cut(c.t.Name(), "/")
	for _, l := range looks {
		c.b.wear(l)
		c.b.Screenshot(fmt.Sprintf("%s-%s-%s-%d", who, strings.Trim(alike, "/?"), l.scheme, l.width))
	}
}

// outline is what every page must have.
type outline struct {
	Title    string
	Headings []string
	Crumbs   int
	Links    []string
}

func (c *crawl) expect(address string, o outline) {
	c.t.Helper()
	if len(o.Headings) != 1 || strings.TrimSpace(o.Headings[0]) == "" || !strings.HasPrefix(o.Title, strings.TrimSpace(o.Headings[0])) {
		c.t.Errorf("%s has the headings %q and the title %q", address, o.Headings, o.Title)
	}
	if c.below(address) && o.Crumbs == 0 {
		c.t.Errorf("%s has no breadcrumbs", address)
	}
	c.add(address, o.Links)
}

// below reports whether a page lies below a page of the navigation.
func (c *crawl) below(address string) bool {
	path, _, _ := strings.Cut(address, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch parts[0] {
	case "team", "admin", "settings":
		return len(parts) > 2
	case "me", "l":
		return false
	}
	return len(parts) > 1
}

// fetch asks for a page that is like one that the browser has shown.
func (c *crawl) fetch(address string) {
	c.t.Helper()
	a := c.b.Fetch(address)
	kind := a.Header.Get("Content-Type")
	switch {
	case a.Status != http.StatusOK:
		c.t.Errorf("%s answers %d", address, a.Status)
	case strings.Contains(address, "format=csv"):
		if !strings.HasPrefix(kind, "text/csv") || !strings.Contains(a.Body, ",") {
			c.t.Errorf("%s is %s: %.100q", address, kind, a.Body)
		}
	case strings.HasSuffix(address, ".json"):
		if !strings.Contains(kind, "json") || !json.Valid([]byte(a.Body)) {
			c.t.Errorf("%s is %s: %.100q", address, kind, a.Body)
		}
	case kind == "application/pdf":
		if !strings.HasPrefix(a.Body, "%PDF-") {
			c.t.Errorf("%s is no document: %.20q", address, a.Body)
		}
	case strings.HasPrefix(kind, "text/html"):
		page, err := goquery.NewDocumentFromReader(strings.NewReader(a.Body))
		if err != nil {
			c.t.Fatal(err)
		}
		o := outline{Title: page.Find("title").First().Text(), Crumbs: page.Find("[aria-label=Breadcrumbs] a").Length()}
		page.Find("h1").Each(func(_ int, h *goquery.Selection) { o.Headings = append(o.Headings, h.Text()) })
		page.Find("a[href]").Each(func(_ int, a *goquery.Selection) { o.Links = append(o.Links, a.AttrOr("href", "")) })
		c.expect(address, o)
	default:
		c.t.Errorf("%s is %s", address, kind)
	}
}

func (c *crawl) add(from string, links []string) {
	c.t.Helper()
	here, err := url.Parse(c.b.base + from)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, l := range links {
		to, err := here.Parse(l)
		if err != nil {
			c.t.Errorf("at %s: %q is no address", here, l)
			continue
		}
		if to.Scheme+"://"+to.Host != c.b.base {
			continue
		}
		address := to.EscapedPath()
		if to.RawQuery != "" {
			address += "?" + to.RawQuery
		}
		alike := shape(address)
		if c.met[address] || c.shapes[alike] == mostOfAShape || len(c.queue) == mostPages {
			continue
		}
		c.met[address] = true
		c.shapes[alike]++
		c.queue = append(c.queue, address)
	}
}

var (
	id    = regexp.MustCompile(`^([0-9a-f]{8}-[0-9a-f-]{27}|\d+|[\w.-]{22,})$`)
	value = regexp.MustCompile(`=[^&]*`)
)

// shape is an address without what tells pages of one kind apart.
func shape(address string) string {
	path, query, _ := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = id.ReplaceAllString(parts[i], ":id")
	}
	names := strings.Split(value.ReplaceAllString(query, ""), "&")
	slices.Sort(names)
	return strings.Join(parts, "/") + "?" + strings.Join(names, "&")
}

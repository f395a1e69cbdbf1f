package views

import (
	"bytes"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// forbidInline fails for what the portal's content security policy refuses:
// style attributes, on… handlers, scripts without a nonce, other hosts.
func forbidInline(t *testing.T, name string, html []byte) {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(html))
	if err != nil {
		t.Fatal(err)
	}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("%s: <%s> has the attribute %s", name, goquery.NodeName(s), a.Key)
			}
			if (a.Key == "href" || a.Key == "src" || a.Key == "action") && (strings.Contains(a.Val, "//") || strings.HasPrefix(a.Val, "javascript:")) {
				t.Errorf("%s: <%s> leads to %s", name, goquery.NodeName(s), a.Val)
			}
		}
	})
	doc.Find("script").Each(func(_ int, s *goquery.Selection) {
		if nonce, _ := s.Attr("nonce"); nonce == "" || s.Text() != "" {
			t.Errorf("%s: a script without a nonce or with code inside", name)
		}
	})
	if n := doc.Find("style").Length(); n > 0 {
		t.Errorf("%s: %d style elements", name, n)
	}
	seen := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		if seen[id] {
			t.Errorf("%s: the id %q stands twice", name, id)
		}
		seen[id] = true
	})
	doc.Find("input:not([type=hidden]),select,textarea").Each(func(_ int, s *goquery.Selection) {
		id, _ := s.Attr("id")
		label, _ := s.Attr("aria-label")
		if label == "" && s.Closest("label").Length() == 0 && (id == "" || doc.Find(`label[for="`+id+`"]`).Length() == 0) {
			t.Errorf("%s: the input %q has no label", name, s.AttrOr("name", id))
		}
		for _, d := range strings.Fields(s.AttrOr("aria-describedby", "")) {
			if doc.Find(`[id="`+d+`"]`).Length() == 0 {
				t.Errorf("%s: aria-describedby names %q, which is not there", name, d)
			}
		}
	})
	doc.Find("form[method=post]").Each(func(_ int, s *goquery.Selection) {
		if s.Find("input[name=csrf]").Length() != 1 {
			t.Errorf("%s: a form to %s without a token", name, s.AttrOr("action", "?"))
		}
	})
}

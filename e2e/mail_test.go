//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// mailTo waits until the mail box has sent somebody a mail with a link that
// matches, opens the newest of them there and returns the link.
func (b *Browser) mailTo(to, pattern string) string {
	b.t.Helper()
	wanted, page, link := regexp.MustCompile(pattern), "", ""
	b.until(fmt.Sprintf("a mail to %s with %s", to, pattern), func() bool {
		box := b.Fetch("/admin/mail?" + url.Values{"q": {to}, "state": {"sent"}}.Encode())
		if box.Status != http.StatusOK {
			b.fatalf("the mail box answers %d", box.Status)
		}
		for _, page = range mailsTo(box.Body, to) {
			if link = wanted.FindString(b.Fetch(page).Body); link != "" {
				return true
			}
		}
		return false
	})
	b.Visit(page)
	b.See(to)
	return link
}

// mailsTo lists the addresses of the mails to somebody, the newest first.
func mailsTo(list, to string) []string {
	page, err := goquery.NewDocumentFromReader(strings.NewReader(list))
	if err != nil {
		return nil
	}
	var all []string
	page.Find("main tbody tr").Each(func(_ int, row *goquery.Selection) {
		if strings.Contains(row.Text(), to) {
			all = append(all, row.Find("a").AttrOr("href", ""))
		}
	})
	return all
}

//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/cdproto/network"
)

// The most that the first load of a page may cost, with everything it needs.
const (
	MostBytes    = 60 << 10
	MostRequests = 6
)

// Weight is what the load of a page cost on the wire, headers included.
type Weight struct {
	Requests int
	Bytes    int64
	Each     []string
}

// String lists the requests, for failures and logs.
func (w Weight) String() string {
	return fmt.Sprintf("%d requests, %d bytes\n  %s", w.Requests, w.Bytes, strings.Join(w.Each, "\n  "))
}

// Weigh loads an address with a cold cache and returns what that cost.
func (b *Browser) Weigh(address string) Weight {
	b.t.Helper()
	call(b, network.ClearBrowserCache, struct{}{})
	call(b, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	defer call(b, network.SetCacheDisabled, network.SetCacheDisabledParams{})
	b.watch.mu.Lock()
	b.watch.requests = nil
	b.watch.mu.Unlock()
	b.navigate(address)
	if status := b.Status(); status != http.StatusOK {
		b.fatalf("%s answered %d", address, status)
	}
	// The browser asks for the icon in its own time.
	icon := evaluate[string](b, `document.querySelector("link[rel~=icon]")?.href ?? ""`)
	if !b.watch.await(func() bool { return b.watch.quiet[b.watch.at] && b.watch.isThrough(icon) }) {
		b.fatalf("%s never stopped asking, or never came to its icon %s", address, icon)
	}
	b.watch.mu.Lock()
	defer b.watch.mu.Unlock()
	var w Weight
	for _, s := range b.watch.requests {
		w.Requests++
		w.Bytes += s.bytes
		w.Each = append(w.Each, fmt.Sprintf("%7d %s", s.bytes, s.url))
	}
	return w
}

// ExpectLight expects that the first load of an address stays within the budget.
func (b *Browser) ExpectLight(address string) {
	b.t.Helper()
	w := b.Weigh(address)
	if w.Requests > MostRequests || w.Bytes > MostBytes {
		b.t.Errorf("%s is too heavy, at most %d requests and %d bytes are allowed: %s", address, MostRequests, MostBytes, w)
		return
	}
	b.t.Logf("%s costs %s", address, w)
}

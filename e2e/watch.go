//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// watch follows what a tab does by the events of the browser's protocol.
type watch struct {
	host string

	mu       sync.Mutex
	changed  chan struct{} // closed at every event that can end a wait
	frame    cdp.FrameID
	at       cdp.LoaderID // the document that the tab shows
	url      string
	loaded   map[cdp.LoaderID]bool
	quiet    map[cdp.LoaderID]bool // half a second without a request
	status   map[cdp.LoaderID]int
	document map[network.RequestID]bool
	requests []*sent
	problems []string
}

type sent struct {
	id    network.RequestID
	url   string
	bytes int64
	done  bool
}

func newWatch(base string) *watch {
	return &watch{
		host: host(base), changed: make(chan struct{}), loaded: map[cdp.LoaderID]bool{}, quiet: map[cdp.LoaderID]bool{},
		status: map[cdp.LoaderID]int{}, document: map[network.RequestID]bool{},
	}
}

// notice is called for each event, in order.
func (w *watch) notice(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			w.frame, w.at, w.url = e.Frame.ID, e.Frame.LoaderID, e.Frame.URL
		}
	case *page.EventNavigatedWithinDocument:
		if e.FrameID == w.frame {
			w.url = e.URL
		}
	case *page.EventLifecycleEvent:
		switch {
		case e.FrameID != w.frame:
		case e.Name == "load":
			w.loaded[e.LoaderID] = true
		case e.Name == "networkIdle":
			w.quiet[e.LoaderID] = true
		}
	case *network.EventRequestWillBeSent:
		w.request(e)
	case *network.EventResponseReceived:
		if w.document[e.RequestID] {
			w.status[e.LoaderID] = int(e.Response.Status)
		}
	case *network.EventLoadingFinished:
		if s := w.running(e.RequestID); s != nil {
			s.bytes, s.done = s.bytes+int64(e.EncodedDataLength), true
		}
	case *network.EventLoadingFailed:
		if s := w.running(e.RequestID); s != nil {
			s.done = true
		}
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		text := d.Text
		if d.Exception != nil {
			text += " " + d.Exception.Description
		}
		w.complain("a script failed: %s", text)
	case *log.EventEntryAdded:
		// Statuses from 400 up are logged too; whether they are right is for the journey to say.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			w.complain("the browser says (%s): %s", e.Entry.Source, e.Entry.Text)
		}
	default:
		return
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watch) request(e *network.EventRequestWillBeSent) {
	if strings.HasPrefix(e.Request.URL, "data:") || strings.HasPrefix(e.Request.URL, "blob:") || strings.HasPrefix(e.Request.URL, "about:") {
		return
	}
	if h := host(e.Request.URL); h != w.host {
		w.complain("a request went to another host: %s", e.Request.URL)
	}
	if s := w.running(e.RequestID); s != nil && e.RedirectResponse != nil {
		s.bytes, s.done = s.bytes+int64(e.RedirectResponse.EncodedDataLength), true
	}
	w.requests = append(w.requests, &sent{id: e.RequestID, url: e.Request.URL})
	if e.Type == network.ResourceTypeDocument {
		w.document[e.RequestID] = true
	}
}

func (w *watch) running(id network.RequestID) *sent {
	i := slices.IndexFunc(w.requests, func(s *sent) bool { return s.id == id && !s.done })
	if i < 0 {
		return nil
	}
	return w.requests[i]
}

func (w *watch) complain(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf("at %s: %s", w.url, fmt.Sprintf(format, args...)))
}

func (w *watch) complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.problems)
}

// page is the document that the tab shows.
func (w *watch) page() cdp.LoaderID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *watch) address() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.url
}

// These are for await, which holds the lock.
func (w *watch) arrivedAt(id cdp.LoaderID) bool            { return w.at == id && w.loaded[id] }
func (w *watch) arrivedElsewhere(before cdp.LoaderID) bool { return w.at != before && w.loaded[w.at] }

// isThrough reports whether every request has ended, that for the icon among them.
func (w *watch) isThrough(icon string) bool {
	asked := icon == ""
	for _, s := range w.requests {
		if !s.done {
			return false
		}
		asked = asked || s.url == icon
	}
	return asked
}

// await waits until something is true of what was noticed; false when it takes too long.
func (w *watch) await(isTrue func() bool) bool {
	late := time.After(patience)
	for {
		w.mu.Lock()
		done, changed := isTrue(), w.changed
		w.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-changed:
		case <-late:
			return false
		}
	}
}

//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// mostTabs is how often somebody presses Tab before giving up.
const mostTabs = 150

// TabTo presses Tab until what has this name is focused, and expects that every
// stop on the way can be seen.
func (b *Browser) TabTo(name string) {
	b.t.Helper()
	var stops []string
	for range mostTabs {
		b.press(kb.Tab)
		stop := b.Focused()
		if stop != "" {
			b.expectVisibleFocus(stop)
		}
		if fold(stop) == fold(name) {
			return
		}
		stops = append(stops, stop)
	}
	slices.Sort(stops)
	b.fatalf("Tab never came to %q, but to %q", name, slices.Compact(stops))
}

// Type types into what is focused.
func (b *Browser) Type(value string) {
	b.t.Helper()
	call(b, input.InsertText, input.InsertTextParams{Text: value})
}

// Enter presses Enter; where that leads to another page it waits for the page
// and looks at it.
func (b *Browser) Enter() {
	b.t.Helper()
	name := b.Focused()
	b.act(b.focused(), fmt.Sprintf("Enter on %q", name), func() { b.press(kb.Enter) })
}

// Press presses other keys, as kb.Escape, kb.ArrowDown or " ".
func (b *Browser) Press(keys ...string) {
	b.t.Helper()
	b.press(strings.Join(keys, ""))
}

// Focused is the accessible name of what is focused, "" where nothing is.
func (b *Browser) Focused() string {
	b.t.Helper()
	r := call(b, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: b.focused()})
	if len(r.Nodes) == 0 || r.Nodes[0].Ignored || evaluate[bool](b, `document.activeElement === document.body`) {
		return ""
	}
	return text(r.Nodes[0].Name)
}

func (b *Browser) focused() element {
	b.t.Helper()
	r := call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: `document.activeElement || document.body`})
	return r.Result.ObjectID
}

func (b *Browser) expectVisibleFocus(name string) {
	b.t.Helper()
	if why := evaluate[string](b, settle+`;(() => {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect()
		const around = e.parentElement ? getComputedStyle(e.parentElement) : s
		const drawn = s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none"
		if (!drawn(s) && !drawn(around)) return "shows no outline"
		if (r.width < 1 || r.height < 1) return "has no size"
		if (r.bottom <= 0 || r.right <= 0 || r.top >= innerHeight || r.left >= innerWidth) return "is outside the window"
		return ""
	})()`); why != "" {
		b.t.Errorf("at %s: %q is focused but %s", b.watch.address(), name, why)
	}
}

func (b *Browser) press(keys string) {
	b.t.Helper()
	if err := b.do(chromedp.KeyEvent(keys)); err != nil {
		b.fatalf("press %q: %v", keys, err)
	}
}

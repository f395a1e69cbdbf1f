//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
)

const (
	wide   = 1440
	narrow = 390
)

// look is one way in which a page presents itself.
type look struct {
	width  int64
	scheme string
}

func (l look) String() string { return fmt.Sprintf("%s, %d px", l.scheme, l.width) }

var looks = []look{{wide, "light"}, {wide, "dark"}, {narrow, "light"}, {narrow, "dark"}}

// wear changes the look of the browser.
func (b *Browser) wear(l look) {
	b.t.Helper()
	height := int64(900)
	if l.width == narrow {
		height = 844
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: l.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: l.width, Height: height, ScreenWidth: l.width, ScreenHeight: height, DeviceScaleFactor: 1, Mobile: l.width == narrow,
	})
	b.until("the look "+l.String(), func() bool {
		return evaluate[bool](b, fmt.Sprintf(`screen.width === %d && matchMedia("(prefers-color-scheme: %s)").matches`, l.width, l.scheme))
	})
}

// axe is the source of axe-core.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("%w (.ci/npm installs it)", err)
	}
	return string(source), nil
})

// finding is a violation of one of axe's rules.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []any
		HTML           string
		FailureSummary string
	}
}

// seen holds the pages that were found to be without fault: many tests pass by them.
var (
	seen    sync.Map
	changes = regexp.MustCompile(` (nonce|value)="[^"]*"`) // of each load
)

// CheckLooks holds the page as it stands to axe-core, in light and dark, wide
// and narrow, and expects that nothing must be scrolled sideways and no table lies
// over what is beside it. Browsers do it
// by themselves on each page that they arrive at.
func (b *Browser) CheckLooks() {
	b.t.Helper()
	html := changes.ReplaceAllString(evaluate[string](b, `document.documentElement.outerHTML`), "")
	if _, known := seen.Load(html); known {
		return
	}
	source, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	if b.noScript { // what the page did not run at its load it does not run now
		b.allowScripts(true)
		defer b.allowScripts(false)
	}
	evaluate[bool](b, `(window.focusedBefore = document.activeElement, true)`)
	defer evaluate[bool](b, `(window.focusedBefore.focus({preventScroll: true}), true)`) // a phone hides what may have it
	defer b.wear(b.look)
	evaluate[bool](b, source+`;true`)
	faultless := true
	for _, l := range looks {
		b.wear(l)
		var result struct {
			Findings []finding
			Sideways []string
			Spilled  []string
		}
		raw := evaluate[string](b, check)
		if err := json.Unmarshal([]byte(raw), &result); err != nil {
			b.fatalf("read what axe found: %v", err)
		}
		faultless = faultless && len(result.Findings)+len(result.Sideways)+len(result.Spilled) == 0
		for _, f := range result.Findings {
			b.t.Errorf("at %s (%s): %s", b.watch.address(), l, f)
		}
		if len(result.Sideways) > 0 {
			b.t.Errorf("at %s (%s): the page is wider than the window, by\n  %s", b.watch.address(), l, strings.Join(result.Sideways, "\n  "))
		}
		if len(result.Spilled) > 0 {
			b.t.Errorf("at %s (%s): these tables are wider than their place\n  %s", b.watch.address(), l, strings.Join(result.Spilled, "\n  "))
		}
	}
	if faultless {
		seen.Store(html, true)
	}
}

// settle finishes what moves. What ends may set off more: children change after
// what they inherit from.
const settle = `for (let n = 0; n < 100 && document.getAnimations().length; n++)
	for (const a of document.getAnimations()) try { a.finish() } catch { a.cancel() }
`

// check asks axe. Its tags are WCAG 2.2 AA and axe's own advice.
const check = settle + `;(async () => {
	const r = await axe.run(document, {
		runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
		resultTypes: ["violations"],
	})
	const width = document.documentElement.clientWidth
	const sticksOut = e => e.getBoundingClientRect().right > width + 0.5
	const outside = document.documentElement.scrollWidth <= width ? [] :
		[...document.querySelectorAll("body *")].filter(e => sticksOut(e) && ![...e.children].some(sticksOut)).slice(0, 5).map(e => e.outerHTML.slice(0, 160))
	const spilled = [...document.querySelectorAll("table")].filter(e => {
		const place = e.parentElement
		return getComputedStyle(place).overflowX === "visible" && e.getBoundingClientRect().right > place.getBoundingClientRect().right + 1
	}).map(e => e.outerHTML.slice(0, 160))
	return JSON.stringify({Findings: r.violations, Sideways: outside, Spilled: spilled})
})()`

func (f finding) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "axe: %s (%s): %s", f.ID, f.Impact, f.Help)
	for _, n := range f.Nodes {
		fmt.Fprintf(&s, "\n  %v\n    %.300s\n    %s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return s.String()
}

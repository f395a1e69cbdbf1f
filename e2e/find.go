//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The roles that each kind of step is about.
var (
	clickable = []string{"button", "link", "checkbox", "radio", "switch", "tab", "menuitem", "menuitemradio", "DisclosureTriangle"}
	fillable  = []string{"textbox", "searchbox", "spinbutton", "slider", "combobox", "Date", "DateTime", "InputTime", "ColorWell"}
	choosable = []string{"combobox", "listbox"}
)

// element is something on the page; it dies with the page.
type element = runtime.RemoteObjectID

// named is something that a screen reader would announce.
type named struct {
	role, name string
	node       cdp.BackendNodeID
}

// find waits until exactly one element has this accessible name and one of the
// roles. A part of the name is enough where it fits one only; several links to
// one address count as one.
func (b *Browser) find(name string, roles []string) element {
	b.t.Helper()
	var all []named
	problem := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if all, err = b.announced(roles); err != nil {
			problem = err.Error() // the page is just changing
			continue
		}
		fits := slices.DeleteFunc(slices.Clone(all), func(n named) bool {
			return strings.TrimSuffix(fold(n.name), " (optional)") != fold(name)
		})
		if len(fits) == 0 {
			fits = slices.DeleteFunc(slices.Clone(all), func(n named) bool { return !strings.Contains(fold(n.name), fold(name)) })
		}
		elements := b.distinct(fits)
		if len(elements) == 1 {
			return elements[0]
		}
		problem = ""
		if len(elements) > 1 {
			problem = fmt.Sprintf("%d of them fit: narrow it with Within", len(elements))
		}
	}
	var there []string
	for _, n := range all {
		there = append(there, fmt.Sprintf("%s %q", n.role, n.name))
	}
	b.fatalf("nothing to use with the name %q. %s\nThere are: %s", name, problem, strings.Join(there, ", "))
	return ""
}

// announced lists what has one of the roles and is not hidden from screen readers.
func (b *Browser) announced(roles []string) ([]named, error) {
	var all []named
	root, err := b.root()
	if err != nil {
		return nil, err
	}
	for _, role := range roles {
		r, err := try(b, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root, Role: role})
		if err != nil {
			return nil, err
		}
		for _, n := range r.Nodes {
			if !n.Ignored {
				all = append(all, named{role, text(n.Name), n.BackendDOMNodeID})
			}
		}
	}
	return all, nil
}

// distinct resolves nodes to elements and merges the links that lead to one address.
func (b *Browser) distinct(nodes []named) []element {
	var elements []element
	addresses := map[string]bool{}
	for _, n := range nodes {
		r, err := try(b, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.node})
		if err != nil {
			return nil
		}
		if n.role == "link" {
			address := b.href(r.Object.ObjectID)
			if addresses[address] {
				continue
			}
			addresses[address] = true
		}
		elements = append(elements, r.Object.ObjectID)
	}
	return elements
}

func text(v *accessibility.Value) string {
	var s string
	if v == nil || json.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return s
}

// root is the document, or the part that steps keep to.
func (b *Browser) root() (element, error) {
	expression := `document`
	if b.within != "" {
		quoted, err := json.Marshal(fold(b.within))
		if err != nil {
			return "", err
		}
		expression = `(() => {
			const fold = e => e.innerText.toLowerCase().split(/\s+/).join(" ")
			return [...document.querySelectorAll("tr,li,dt,dialog,article,fieldset,form,section,.card,[role=group],[role=dialog],[role=region]")]
				.filter(e => e.checkVisibility() && fold(e).includes(` + string(quoted) + `))
				.sort((a, b) => a.innerText.length - b.innerText.length)[0]
		})()`
	}
	r, err := try(b, runtime.Evaluate, runtime.EvaluateParams{Expression: expression})
	switch {
	case err != nil:
		return "", err
	case r.Result == nil || r.Result.ObjectID == "":
		return "", fmt.Errorf("no row, card, form or dialog contains %q", b.within)
	}
	return r.Result.ObjectID, nil
}

// part waits for the part that steps keep to.
func (b *Browser) part() element {
	b.t.Helper()
	var found element
	b.until(fmt.Sprintf("a part with %q", b.within), func() bool {
		var err error
		found, err = b.root()
		return err == nil
	})
	return found
}

// on calls a function of JavaScript on an element.
func on[T any](b *Browser, e element, function string, args ...any) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.CallFunctionOn[T](function, func(p *runtime.CallFunctionOnParams) { p.ObjectID = e }, args...))
	if err != nil {
		b.fatalf("%.120s: %v", function, err)
	}
	return v
}

// leaves reports whether clicking on an element, or pressing Enter in it, leads to another page.
func (b *Browser) leaves(e element) bool {
	b.t.Helper()
	return on[bool](b, e, `function() {
		const htmx = e => {
			const by = window.htmx && e.closest("[hx-get],[hx-post],[hx-boost=true]")
			const trigger = by && by.getAttribute("hx-trigger") // without: a form's submission, a link's click
			return by && (!trigger || /submit|click/.test(trigger))
		}
		const link = this.closest("a[href]")
		if (link) {
			const to = new URL(link.href), here = new URL(location.href)
			const within = to.hash !== "" && to.origin + to.pathname + to.search === here.origin + here.pathname + here.search
			return /^https?:$/.test(to.protocol) && !within && !link.hasAttribute("download") && !htmx(link)
		}
		const control = this.closest("button,input")
		const form = control && control.form
		if (!form || control.disabled) return false
		const isButton = ["submit", "image"].includes(control.type)
		const typed = control.localName === "input" && !["button", "reset", "checkbox", "radio"].includes(control.type)
		if (!isButton && !typed) return false
		if (form.method === "dialog" || control.formMethod === "dialog" || htmx(control) || htmx(form)) return false
		return form.noValidate || control.formNoValidate || form.matches(":valid")
	}`)
}

// clickOn clicks where a person would: in the middle of what can be seen of it.
func (b *Browser) clickOn(e element, name string) {
	b.t.Helper()
	type spot struct {
		X, Y   float64
		Covers string
	}
	at := on[spot](b, e, `function() {
		this.scrollIntoView({block: "center", inline: "center", behavior: "instant"})
		const target = this.getClientRects().length ? this : this.closest("label") || (this.labels || [])[0] || this
		const r = target.getClientRects()[0] || target.getBoundingClientRect()
		const x = r.left + r.width / 2, y = r.top + r.height / 2
		const top = document.elementFromPoint(x, y)
		const same = top && (target.contains(top) || top.contains(target) || [...(this.labels || [])].some(l => l.contains(top)))
		return {X: x, Y: y, Covers: same ? "" : top ? top.outerHTML.slice(0, 200) : "nothing: it is outside the window"}
	}`)
	if at.Covers != "" {
		b.fatalf("%q can't be clicked: over it lies %s", name, at.Covers)
	}
	for _, event := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		p := input.DispatchMouseEventParams{Type: event, X: at.X, Y: at.Y}
		if event != input.DispatchMouseEventTypeMouseMoved {
			p.Button, p.ClickCount = input.MouseButtonLeft, 1
		}
		call(b, input.DispatchMouseEvent, p)
	}
}

func (b *Browser) fill(e element, label, value string) {
	b.t.Helper()
	types := on[bool](b, e, `function(value) {
		this.scrollIntoView({block: "center", behavior: "instant"})
		this.focus()
		if (["date", "time", "month", "datetime-local", "color", "range", "number"].includes(this.type)) {
			this.value = value
			this.dispatchEvent(new Event("input", {bubbles: true}))
			this.dispatchEvent(new Event("change", {bubbles: true}))
			return false
		}
		if (this.select) this.select()
		return true
	}`, value)
	if types && value == "" {
		b.press("\b")
	} else if types {
		call(b, input.InsertText, input.InsertTextParams{Text: value})
	}
	if got := b.value(e); strings.ReplaceAll(got, "\r\n", "\n") != strings.ReplaceAll(value, "\r\n", "\n") {
		b.fatalf("%q holds %.200q after %.200q was typed", label, got, value)
	}
}

func (b *Browser) choose(e element, label, option string) {
	b.t.Helper()
	options := on[[]string](b, e, `function(wanted) {
		const fold = s => s.toLowerCase().split(/\s+/).join(" ").trim()
		const all = [...(this.options || [])]
		const one = all.find(o => fold(o.text) === wanted) || all.find(o => fold(o.text).includes(wanted))
		if (!one) return all.map(o => o.text)
		one.selected = true
		this.dispatchEvent(new Event("input", {bubbles: true}))
		this.dispatchEvent(new Event("change", {bubbles: true}))
		return null
	}`, fold(option))
	if options != nil {
		b.fatalf("%q has no option %q, but %q", label, option, options)
	}
}

func (b *Browser) value(e element) string {
	b.t.Helper()
	return on[string](b, e, `function() { return this.value === undefined ? this.innerText : this.value }`)
}

func (b *Browser) href(e element) string {
	b.t.Helper()
	return on[string](b, e, `function() { return this.href || "" }`)
}

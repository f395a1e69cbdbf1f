// Package views is what people see: pages, the components they are made of and
// the words for dates. It takes values and knows no rule.
//
// A signed-in page starts with Page, a signed-out one with Plain; both read the
// Chrome that a handler has put into the context. Classes that pages may use
// beside the components:
//
//	layout  stack (groups, 24 px apart) · split (main and aside) · tiles · cols (form fields side by side) · actions · prose
//	words   muted · small · sub (second line in a cell) · mono · tnum · num (right, tabular) · link · hush (for screen readers only)
//	lists   table-wrap > table.table; td.main holds the row's link, td.num, td.acts; data-label on every other td (phones stack rows)
//	script  withjs · nojs · data-when="name=value" (shown for that choice) · data-sift="id" (narrows a .picks list)
//
// A page never has a style attribute or an on… handler: the policy of the
// portal refuses both.
package views

import (
	"context"
	"time"
)

// Chrome is what surrounds every page; handlers put it in the context once.
type Chrome struct {
	Signed     bool
	Name       string
	Email      string
	Account    string // the account or, for staff, the vendor
	Standing   string // what the person is there: "Owner", "Seller", "Finance"
	Accounts   []AccountChoice
	Nav        []NavGroup
	CSRF       string
	Nonce      string
	Flash      []Flash
	RequestID  string
	Vendor     string
	PortalName string
	Zone       string // IANA name of the zone in which times are shown
	Banner     string // one sentence above everything, such as "You are viewing as …"
	Path       string
	Now        time.Time
	Home       string // where the mark leads; "/" if empty
}

// AccountChoice is one of the accounts that the person belongs to.
type AccountChoice struct {
	ID      string
	Name    string
	Current bool
}

// NavGroup is a part of the navigation; an empty Label has no heading.
type NavGroup struct {
	Label string
	Items []NavItem
}

// NavItem is a link of the navigation. Icon is a name that Icon knows; a Count
// of 0 is not shown.
type NavItem struct {
	Label, Href, Icon string
	Current           bool
	Count             int
}

// Flash is a message about what has just happened.
type Flash struct {
	Kind Tone
	Text string
}

type chromeKey struct{}

// WithChrome returns a context that carries c to the layout.
func WithChrome(ctx context.Context, c Chrome) context.Context {
	return context.WithValue(ctx, chromeKey{}, c)
}

func chrome(ctx context.Context) Chrome {
	c, _ := ctx.Value(chromeKey{}).(Chrome)
	return c
}

func (c Chrome) portal() string {
	if c.PortalName == "" {
		return "User Portal"
	}
	return c.PortalName
}

func (c Chrome) home() string {
	if c.Home == "" {
		return "/"
	}
	return c.Home
}

func (c Chrome) title(page string) string { return page + " · " + c.portal() }

// Tone colours a badge, an alert or a flash; the words beside it say the same.
type Tone string

// The tones.
const (
	Neutral Tone = "neutral"
	Info    Tone = "info"
	Success Tone = "success"
	Warning Tone = "warning"
	Danger  Tone = "danger"
)

func (t Tone) class() string {
	if t == "" {
		return "tone tone-neutral"
	}
	return "tone tone-" + string(t)
}

func (t Tone) icon() string {
	switch t {
	case Success:
		return "check"
	case Warning, Danger:
		return "warning"
	}
	return "info"
}

func (t Tone) role() string {
	if t == Danger || t == Warning {
		return "alert"
	}
	return "status"
}

// Kind is the weight of a button: one Primary a page.
type Kind string

// The kinds.
const (
	Primary     Kind = "btn btn-primary"
	Secondary   Kind = "btn"
	Ghost       Kind = "btn btn-ghost"
	Destructive Kind = "btn btn-error"  // the deed itself, inside a Confirm
	Careful     Kind = "btn btn-danger" // leads to a Confirm
	Small       Kind = "btn btn-sm"
	Item        Kind = "menu-item"        // inside a Menu
	CarefulItem Kind = "menu-item danger" // inside a Menu, leads to a Confirm
)

func (k Kind) class() string {
	if k == "" {
		return string(Secondary)
	}
	return string(k)
}

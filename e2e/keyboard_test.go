//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

func TestATrialByKeyboardAlone(t *testing.T) {
	portal := Start(t)
	b := portal.Open(t)
	seller := portal.User("Gold", "seller")
	b.Visit("/login")
	expectFocus(t, b, "Mail address")
	b.Type(seller.Email)
	b.TabTo("Password")
	b.Type(seller.Password)
	b.Enter()

	b.TabTo("Skip to the content")
	b.Enter()
	b.TabTo("Issue a trial")
	b.Enter()
	tabInto(b, "Studio Pro")
	b.Press(" ")
	tabInto(b, "A new client")
	b.TabTo("Company")
	b.Type("Keyboard Works")
	b.TabTo("Mail address")
	b.Type("kim@keyboard-works.example")
	b.TabTo("Issue the trial")
	b.Enter()
	b.Heading("Keyboard Works")

	// A dialog keeps the focus and gives it back.
	b.TabTo("Revoke")
	b.Enter()
	b.See("Revoke this trial?")
	b.CheckLooks()
	for range 12 {
		b.Press(kb.Tab)
		if outside := evaluate[string](b, `document.activeElement.closest("dialog") || document.activeElement === document.body ? "" : document.activeElement.outerHTML`); outside != "" {
			t.Fatalf("Tab leaves the dialog for %s", outside)
		}
	}
	b.Press(kb.Escape)
	b.DontSee("Revoke this trial?")
	expectFocus(t, b, "Revoke")
	b.Enter()
	b.TabTo("Revoke the trial")
	b.Enter()
	b.See("Revoked")
}

// An order by keyboard alone: the discount is tried with the slider's arrows, the
// chain's buttons lead on, the invoice is said to be paid, and the client billed.
func TestAnOrderByKeyboardAlone(t *testing.T) {
	portal := Start(t)
	b := portal.Open(t)
	b.SignIn(portal.User("Gold", "owner"))
	b.Visit("/orders?state=quoted")
	b.TabTo("Skip to the content")
	b.Enter()
	tabInto(b, "Ember Energy")
	b.Enter()
	b.See("Quoted, valid through")
	order := b.Path()

	tabInto(b, "Discount in percent of your share")
	b.Press(kb.ArrowRight)
	b.Press(kb.ArrowRight)
	b.See("4,680.72 EUR") // 4,752.00 less 2 % of the share of 3,564.00
	expectFocus(t, b, "Discount in percent of your share")

	b.Visit(order)
	tabInto(b, "Place it")
	b.Enter()
	b.TabTo("PO number (optional)")
	b.Type("PO 77")
	tabInto(b, "Place the order for")
	b.Enter()
	b.See("The order is placed.")
	b.See("PO 77")
	b.TabTo("Pay it")
	b.Enter()
	b.See("How to pay")
	b.TabTo("We have paid")
	b.Enter()
	b.CheckLooks()
	b.Press(kb.Escape)
	expectFocus(t, b, "We have paid")

	b.Visit(order)
	b.TabTo("Bill the client")
	b.Enter()
	b.TabTo("Issue the invoice")
	b.Enter()
	b.See("Your margin")
	b.Visit(order)
	b.See("Billed by")
}

func TestMenusByKeyboard(t *testing.T) {
	portal := Start(t)
	b := portal.Open(t)
	b.SignIn(portal.User("Gold", "owner"))
	for !strings.Contains(b.Focused(), "Owner") {
		b.Press(kb.Tab)
	}
	who := b.Focused()
	b.Enter()
	b.See("Your profile")
	b.CheckLooks()
	b.Press(kb.ArrowDown)
	expectFocus(t, b, "Your profile")
	b.Press(kb.ArrowDown)
	expectFocus(t, b, "Security and sessions")
	b.Press(kb.Escape)
	b.DontSee("Your profile")
	expectFocus(t, b, who)

	phone := portal.Open(t, Phone, Dark)
	phone.SignIn(portal.User("Gold", "viewer"))
	phone.DontSee("Sign out")
	phone.TabTo("Navigation")
	phone.Enter()
	phone.See("Clients")
	phone.CheckLooks()
	phone.Press(kb.Escape)
	expectFocus(t, phone, "Navigation")
	phone.Enter()
	phone.TabTo("Clients")
	phone.Enter()
	phone.Heading("Clients")
}

func expectFocus(t *testing.T, b *Browser, name string) {
	t.Helper()
	b.until("the focus on "+name, func() bool { return fold(b.Focused()) == fold(name) })
}

// tabInto presses Tab until what is focused has a name that begins so, and in a
// group of radio buttons the arrow.
func tabInto(b *Browser, start string) {
	b.t.Helper()
	for range mostTabs {
		b.Press(kb.Tab)
		for range 10 {
			if strings.HasPrefix(fold(b.Focused()), fold(start)) {
				return
			}
			if !evaluate[bool](b, `document.activeElement.type === "radio"`) {
				break
			}
			b.Press(kb.ArrowDown)
		}
	}
	b.fatalf("Tab never came to %q", start)
}

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

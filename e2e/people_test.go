//go:build e2e

package e2e

import (
	"net/http"
	"testing"
)

const newPassword = "eleven quiet otters swim home"

func TestAForgottenPassword(t *testing.T) {
	portal := Start(t)
	staff, b, other := portal.Open(t), portal.Open(t, Phone), portal.Open(t)
	staff.SignIn(portal.User("administrator"))
	user := portal.User("Silver", "seller")
	other.SignIn(user)

	b.Visit("/login")
	b.Click("Forgotten password")
	b.Heading("Forgotten password")
	b.Fill("Mail address", user.Email)
	b.Click("Mail me a link")
	b.See("If a user has that address")
	link := staff.mailTo(user.Email, `http://[\w.:]+/password/reset/[\w.-]+`)

	b.Visit(link)
	b.Heading("Choose a new password")
	b.Fill("New password", "too short")
	b.Click("Save the password")
	if b.Status() != http.StatusUnprocessableEntity {
		t.Errorf("a short password is answered with %d", b.Status())
	}
	b.Fill("New password", newPassword)
	b.Click("Save the password")
	b.See("Your password is changed.")
	b.SignIn(User{Email: user.Email, Password: newPassword})
	b.VisitRefused(link, http.StatusGone)
	b.Heading("This link was used already")

	other.navigate("/me")
	other.Heading("Sign in") // the old password's session is over
	other.Fill("Mail address", user.Email)
	other.Fill("Password", user.Password)
	other.Click("Sign in")
	if other.Path() != "/login" || other.Status() != http.StatusUnprocessableEntity {
		t.Errorf("the old password is answered with %d at %s", other.Status(), other.Path())
	}
}

func TestAnotherMailAddress(t *testing.T) {
	portal := Start(t)
	staff, b := portal.Open(t), portal.Open(t)
	staff.SignIn(portal.User("administrator"))
	user := portal.User("Gold", "viewer")
	b.SignIn(user)
	b.Visit("/me")
	b.Click("Change the address")
	b.Fill("New mail address", "new.name@example.org")
	b.Fill("Your password", user.Password)
	b.Click("Send the link")
	b.See("new.name@example.org waits to be confirmed")
	b.Visit(staff.mailTo("new.name@example.org", `http://[\w.:]+/me/email/[\w.-]+`))
	b.See(user.Email)
	b.Click("Use the new address")
	b.See("From now on you sign in with new.name@example.org.")
	staff.mailTo(user.Email, `new\.name@example\.org`) // told at the old address

	again := portal.Open(t)
	again.SignIn(User{Email: "new.name@example.org", Password: user.Password})
	b.Visit("/me/security")
	b.Click("Sign out everywhere else")
	b.Within("You stay signed in here.").Click("Sign out everywhere else")
	b.See("Signed out of")
	again.navigate("/me")
	again.Heading("Sign in")
}

package mail

import "time"

// PasswordReset sends the link to choose a new password.
type PasswordReset struct {
	Portal    Portal
	To        string
	Name      string
	Link      string
	ExpiresAt time.Time
}

// Message writes m.
func (m PasswordReset) Message() Message {
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Choose a new password for the " + m.Portal.name(),
		heading: "Choose a new password",
		before:  []string{"Somebody, most likely you, asked for a new password for the " + m.Portal.name() + "."},
		action:  action{"Choose a new password", m.Link},
		after:   []string{linkEnds(m.To, m.ExpiresAt), "It wasn't you? Then do nothing: your password stays as it is."},
		reason:  "You get this mail because your address was entered on the page “Forgotten password”.",
	}.message()
}

// PasswordChanged says that the password was changed.
type PasswordChanged struct {
	Portal          Portal
	To              string
	Name            string
	At              time.Time
	Device, Address string // where it was done; empty after a reset
	ForgottenLink   string // for whoever did not do it
}

// Message writes m.
func (m PasswordChanged) Message() Message {
	how := "The password with which you sign in to the " + m.Portal.name() + " was changed, and every other session has ended."
	if m.Device == "" && m.Address == "" {
		how = "A new password for the " + m.Portal.name() + " was chosen with a link sent to this address, and every session has ended."
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Your password was changed",
		heading: "Your password was changed",
		before:  []string{how, "If it was you, there is nothing to do. If not, choose a new password at once, and tell whoever manages your account."},
		action:  action{"It wasn't me: choose a new password", m.ForgottenLink},
		facts:   []fact{{"When", when(m.At)}, {"Device", name(m.Device)}, {"Network address", name(m.Address)}},
		reason:  "You get this mail because your password was changed. It can't be switched off.",
	}.message()
}

package mail

import "time"

// EmailChangeConfirm asks the new address to confirm that it is the user's.
type EmailChangeConfirm struct {
	Portal    Portal
	To        string // the new address
	Name      string
	OldEmail  string
	Link      string
	ExpiresAt time.Time
}

// Message writes m.
func (m EmailChangeConfirm) Message() Message {
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Confirm your new mail address",
		heading: "Confirm your new mail address",
		before:  []string{"You asked to sign in to the " + m.Portal.name() + " with " + m.To + " instead of " + m.OldEmail + ". Until you confirm, nothing changes."},
		action:  action{"Confirm this address", m.Link},
		after:   []string{linkEnds(m.To, m.ExpiresAt)},
		reason:  "You get this mail because the user with the address " + m.OldEmail + " entered yours as the new one. If you don't know why, do nothing.",
	}.message()
}

// EmailChangeTaken tells an address that somebody wanted to sign in with it,
// though it has a user already.
type EmailChangeTaken struct {
	Portal Portal
	To     string
	Link   string // to sign in
}

// Message writes m.
func (m EmailChangeTaken) Message() Message {
	return letter{
		to: m.To, portal: m.Portal,
		subject: "This address already has a sign-in",
		heading: "This address already has a sign-in",
		before: []string{
			"Somebody who signs in to the " + m.Portal.name() + " with another address entered " + m.To + " as the new one. Nothing has changed: this address already has a user of its own.",
			"If it was you, sign in with this address, or choose another one for your other user. If not, there is nothing to do.",
		},
		action: action{"Sign in", m.Link},
		reason: "You get this mail because " + m.To + " is the address of a user of the " + m.Portal.name() + ".",
	}.message()
}

// EmailChangeAnnounced tells the old address that a new one is about to replace it.
type EmailChangeAnnounced struct {
	Portal       Portal
	To           string // the old address
	Name         string
	NewEmail     string
	At           time.Time
	SecurityLink string // for whoever did not do it
}

// Message writes m.
func (m EmailChangeAnnounced) Message() Message {
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Your mail address is about to change",
		heading: "Your mail address is about to change",
		before: []string{
			"Somebody who was signed in as you asked to sign in to the " + m.Portal.name() + " with " + m.NewEmail + " instead of " + m.To + ". The change holds as soon as it is confirmed from the new address.",
			"If it was you, there is nothing to do here. If not, change your password at once: that ends every other session. Cancel the change on the same page.",
		},
		action: action{"It wasn't me: open my security page", m.SecurityLink},
		facts:  []fact{{"When", when(m.At)}, {"New address", name(m.NewEmail)}},
		reason: "You get this mail because " + m.To + " is the address with which you sign in. It can't be switched off.",
	}.message()
}

package mail

import "time"

// NewDevice tells of a sign-in from a browser not seen before.
type NewDevice struct {
	Portal          Portal
	To              string
	Name            string
	Device, Address string
	At              time.Time
	Link            string // to the sessions
}

// Message writes m.
func (m NewDevice) Message() Message {
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "New sign-in to the " + m.Portal.name(),
		heading: "A new sign-in",
		before: []string{
			"Somebody signed in to the " + m.Portal.name() + " as you, in a browser that you have not used there before.",
			"If it was you, there is nothing to do. If not, end that session and change your password.",
		},
		action: action{"Look at my sessions", m.Link},
		facts:  []fact{{"When", when(m.At)}, {"Device", name(m.Device)}, {"Network address", name(m.Address)}},
		reason: "You get this mail because the browser was new to us. It can't be switched off.",
	}.message()
}

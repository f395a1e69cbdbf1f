package mail

import (
	"strings"
	"time"
)

// WebhookEnded tells somebody that a webhook was switched off, and what to do.
type WebhookEnded struct {
	Portal      Portal
	To          string
	Name        string
	Account     string // empty: the vendor's own
	URL         string
	Description string
	Gone        bool      // the receiver said so; else it failed for days
	Since       time.Time // when it began to fail
	Result      string    // of the last attempt
	Link        string
}

// Message writes m.
func (m WebhookEnded) Message() Message {
	whose := or(m.Account, or(m.Portal.Vendor, "the vendor"))
	why, next := "The receiver answered “410 Gone”, which says that it wants no more events.", "If that was a mistake, correct the receiver and switch the webhook on again."
	if !m.Gone {
		why, next = "For five days the receiver has taken nothing.", "Look at the last attempts, mend the receiver, and switch the webhook on again."
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "A webhook of " + whose + " was switched off",
		heading: "A webhook was switched off",
		before:  []string{why, next + " Events that happen until then are not sent later; they stay in the portal’s activity."},
		action:  action{"See the webhook", m.Link},
		facts:   []fact{{"Address", quoted(strings.TrimPrefix(m.URL, "https://"), 200)}, {"Description", quoted(m.Description, 200)}, {"Failing since", when(m.Since)}, {"Last attempt", quoted(m.Result, maxAnswer)}},
		reason:  "You get this mail because you set up the webhooks of " + whose + " on the " + m.Portal.name() + ".",
	}.message()
}

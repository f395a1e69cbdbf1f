package mail

import (
	"time"

	"reselling/models"
)

// RequestDecided tells somebody what Customer Success decided about a request.
type RequestDecided struct {
	Portal  Portal
	To      string
	Name    string
	Kind    models.RequestKind
	Month   string // "March 2026", of an extra trial
	Product string // of the others
	Client  string
	AskedBy string // empty: the reader
	Unasked bool   // nobody asked: the vendor granted it by itself
	Granted bool
	Answer  string    // why
	Days    int       // that an extension was granted
	EndsAt  time.Time // of an extended trial; else zero
	Link    string    // to the request
}

// asked says what was asked for within a sentence, and next what a grant brings.
func (m RequestDecided) asked() (asked, next string) {
	what := or(m.Product, "a product") + " for " + or(m.Client, "a client")
	switch m.Kind {
	case models.Extension:
		return "an extension of " + what, "The trial and its licence have a new end, and the client is told."
	case models.AnotherTrial:
		return "another trial of " + what, "You can issue it now. It counts against the month’s quota."
	case models.ExtraTrial:
	}
	return "an extra trial in " + or(m.Month, "this month"), "The month’s limit is one higher."
}

// Message writes m.
func (m RequestDecided) Message() Message {
	asked, next := m.asked()
	verdict := "granted"
	if !m.Granted {
		verdict, next = "declined", ""
	}
	heading, who := "Your request was "+verdict, "your request for "+asked
	if m.AskedBy != "" {
		heading, who = "The request was "+verdict, "the request of "+or(m.AskedBy, "a colleague")+" for "+asked
	}
	reason := "asked for it"
	if m.Unasked {
		heading, who, reason = capital(asked), asked, "look after clients"
	}
	extension := ""
	if m.Days > 0 {
		extension = days(m.Days)
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: capital(verdict) + ": " + asked,
		heading: heading,
		before:  []string{or(m.Portal.Vendor, "The vendor") + " " + verdict + " " + who + ".", next},
		action:  action{"See the request", m.Link},
		facts:   []fact{{"Reason", quoted(m.Answer, maxAnswer)}, {"More days", extension}, {"Trial ends", when(m.EndsAt)}},
		reason:  "You get this mail because you, or somebody of your Reselling team, " + reason + " on the " + m.Portal.name() + ".",
	}.message()
}

// TrialExtended tells a client the new end of their trial. The account writes it,
// not the vendor.
type TrialExtended struct {
	Portal       Portal
	To           string
	Name         string // of the client's contact
	Account      string
	ContactName  string // who answers questions
	ContactEmail string
	Product      string
	EndsAt       time.Time
	Link         string // to the licence page
}

// Message writes m.
func (m TrialExtended) Message() Message {
	account, product := or(m.Account, "Your IT provider"), or(m.Product, "our software")
	contact := or(m.ContactName, account)
	questions := "Questions? " + contact + " is happy to help."
	if m.ContactEmail != "" {
		questions += " Write to " + oneLine(m.ContactEmail) + "."
	}
	return letter{
		to: m.To, portal: Portal{}, signature: account, greeting: name(m.Name),
		subject: "Your free trial of " + product + " goes on",
		heading: "Your free trial of " + product + " goes on",
		before:  []string{account + " has extended your free trial of " + product + ". There is nothing to do: the licence key stays the same."},
		action:  action{"Open the licence page", m.Link},
		facts:   []fact{{"Product", product}, {"Ends", when(m.EndsAt)}},
		after:   []string{questions},
		reason:  "You get this mail because you have a trial from " + account + ". " + or(m.Portal.Vendor, "The vendor") + ", which makes " + product + ", sent it for " + account + ".",
	}.message()
}

func capital(s string) string { return string(s[0]-'a'+'A') + s[1:] }

package mail

import (
	"strconv"
	"time"
)

// ClientReminder reminds a client of the end of a trial, or tells that it has
// come. The account writes it, not the vendor.
type ClientReminder struct {
	Portal                    Portal
	To                        string
	Name                      string // of the client's contact
	Account                   string
	ContactName, ContactEmail string // who answers questions
	Product                   string
	DaysLeft                  int // 0: it has ended
	EndsAt                    time.Time
	Link                      string // to the licence page
}

// Message writes m.
func (m ClientReminder) Message() Message {
	account, product := or(m.Account, "Your IT provider"), or(m.Product, "our software")
	contact := or(m.ContactName, account)
	heading, label := "Your free trial of "+product+" "+ends(m.DaysLeft), "Ends"
	first := "Your free trial of " + product + " from " + account + " " + ends(m.DaysLeft) + ". After that the licence key no longer works."
	if m.DaysLeft < 1 {
		label, first = "Ended", "Your free trial of "+product+" from "+account+" has ended, and the licence key no longer works."
	}
	ask := "Questions? " + contact + " is happy to help."
	if email := oneLine(m.ContactEmail); email != "" {
		ask = "You can also write to " + contact + " at " + email + ", with questions too."
	}
	otherwise := "If you don't want to go on, there is nothing to do: the trial ends by itself and costs nothing."
	if m.DaysLeft < 1 {
		otherwise = "If you don't want to go on, there is nothing to do: the trial cost nothing."
	}
	return letter{
		to: m.To, portal: Portal{}, signature: account, greeting: name(m.Name),
		subject: heading, heading: heading,
		before: []string{
			first,
			"Do you want to go on with it? Open your licence page and press “I want to buy”: " + account + " hears of it at once and gets in touch with you. You commit to nothing by that.",
		},
		action: action{"Open the licence page", m.Link},
		facts:  []fact{{"Product", product}, {label, when(m.EndsAt)}},
		after:  []string{ask, otherwise},
		reason: "You get this mail because " + account + " has set up the trial for you. " + or(m.Portal.Vendor, "The vendor") + ", which makes " + product + ", sent it for " + account + ".",
	}.message()
}

// TrialReminder reminds a member of the account of the end of a trial, or tells
// that it has come.
type TrialReminder struct {
	Portal                    Portal
	To                        string
	Name                      string
	Account                   string
	Client                    string
	ContactName, ContactEmail string // at the client
	Product                   string
	DaysLeft                  int // 0: it has ended
	EndsAt                    time.Time
	IssuedBy                  string // for a reader who did not issue it but looks after it now
	ClientTold                bool   // the client gets a reminder, too
	Undelivered               string // why mail to the client can't be delivered
	Link                      string // to the trial
	ChoiceLink                string // to the page where the reader chooses mails
}

// Message writes m.
func (m TrialReminder) Message() Message {
	client, product := or(m.Client, "A client"), or(m.Product, "a product")
	heading, label := "The trial of "+product+" for "+client+" "+ends(m.DaysLeft), "Ends"
	next := "Does the client want to buy? Now is the time to ask: after the end their licence key no longer works."
	if m.DaysLeft < 1 {
		label, next = "Ended", "The licence key no longer works. Does the client want to buy, or do they need more time? On the trial's page you see what you can do."
	}
	told := ""
	switch {
	case m.Undelivered != "":
		told = "Our mails to " + or(m.ContactEmail, "the client") + " can't be delivered (" + name(m.Undelivered) + "), so the client was not reminded."
		if m.DaysLeft > 0 {
			told += " Correct the address on the trial's page."
		}
	case m.ClientTold:
		told = "The client gets a reminder, too, with the way to say that they want to buy."
	}
	reason := "You get this mail because you issued the trial."
	if issuer := name(m.IssuedBy); issuer != "" {
		reason = "You get this mail because you look after the trial at " + or(m.Account, "your account") + ", which " + issuer + " has issued."
	}
	if link := oneLine(m.ChoiceLink); link != "" {
		reason += " Choose which mails you get: " + link
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: client + ": the trial of " + product + " " + ends(m.DaysLeft),
		heading: heading,
		before:  []string{heading + ".", next},
		action:  action{"Open the trial", m.Link},
		facts:   []fact{{"Contact", name(m.ContactName)}, {"Mail address", name(m.ContactEmail)}, {label, when(m.EndsAt)}},
		after:   []string{told},
		reason:  reason,
	}.message()
}

// ends says when something ends of which so many days are left, the last of them begun.
func ends(daysLeft int) string {
	switch {
	case daysLeft < 1:
		return "has ended"
	case daysLeft == 1:
		return "ends within a day"
	}
	return "ends in " + days(daysLeft)
}

// Undelivered tells a member that a mail to a client could not be delivered.
type Undelivered struct {
	Portal     Portal
	To         string
	Name       string
	Client     string
	Product    string
	Email      string // the client's address
	Subject    string // of the mail
	Failure    string // what the mail server said
	At         time.Time
	Link       string // to the trial
	ChoiceLink string // to the page where the reader chooses mails
}

// Message writes m.
func (m Undelivered) Message() Message {
	client := or(m.Client, "a client")
	reason := "You get this mail because you issued the trial, or own the account."
	if link := oneLine(m.ChoiceLink); link != "" {
		reason += " Choose which mails you get: " + link
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Our mail to " + client + " could not be delivered",
		heading: "Our mail to " + client + " could not be delivered",
		before: []string{
			"We could not deliver a mail about the trial of " + or(m.Product, "a product") + " to " + client + ", and we don't try it again.",
			"Is the address right? Correct it on the trial's page: the mail goes out again at once and uses no trial of the month. Until then we send no reminders to this address.",
		},
		action: action{"Correct the address and send again", m.Link},
		facts:  []fact{{"Address", name(m.Email)}, {"Mail", name(m.Subject)}, {"Reason", name(m.Failure)}, {"When", when(m.At)}},
		after:  []string{"If the address is right, ask the client whether their mail server refuses our mails, or give them the link of the licence page yourself."},
		reason: reason,
	}.message()
}

// LicenseEnding tells a client, or a member of the account, that a paid licence
// is about to end. To the client the account writes, not the vendor.
type LicenseEnding struct {
	Portal                    Portal
	To                        string
	Name                      string
	ForClient                 bool
	Client                    string
	Account                   string
	ContactName, ContactEmail string // who answers the client's questions
	Product                   string
	Seats                     int
	DaysLeft                  int
	EndsAt                    time.Time
	Link                      string // to the client's licence page, or to the licence in the portal
	RenewalLink               string // for a member: to the order that renews it, if one is under way
	ChoiceLink                string // for a member: to the page where the reader chooses mails
}

// Message writes m.
func (m LicenseEnding) Message() Message {
	account, product := or(m.Account, "Your IT provider"), or(m.Product, "our software")
	facts := []fact{{"Product", product}, {"Seats", strconv.Itoa(m.Seats)}, {"Ends", when(m.EndsAt)}}
	if m.ForClient {
		contact := or(m.ContactName, account)
		ask := "To go on without a break, talk to " + contact + " in time."
		if email := oneLine(m.ContactEmail); email != "" {
			ask = "To go on without a break, write to " + contact + " in time: " + email
		}
		heading := "Your licence of " + product + " " + ends(m.DaysLeft)
		return letter{
			to: m.To, portal: Portal{}, signature: account, greeting: name(m.Name),
			subject: heading, heading: heading,
			before: []string{heading + ". After that the licence key no longer works. Nothing is renewed by itself.", ask},
			action: action{"Open the licence page", m.Link},
			facts:  facts,
			after:  []string{"A renewed licence keeps its key: you will have nothing to install."},
			reason: "You get this mail because " + account + " ordered the licence for you. " + or(m.Portal.Vendor, "The vendor") + ", which makes " + product + ", sent it for " + account + ".",
		}.message()
	}
	client := or(m.Client, "a client")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: client + ": the licence of " + product + " " + ends(m.DaysLeft),
		heading: "The licence of " + product + " for " + client + " " + ends(m.DaysLeft),
		before: []string{
			"Nothing is renewed by itself. “Renew” on the licence's page asks for the price of going on.",
			"Paid before the end or within 14 days after it, the licence goes on from its old end, with the same key.",
		},
		action: action{"Open the licence", m.Link},
		facts:  facts,
		reason: "You get this mail because you look after the client of this licence, or own " + or(m.Account, "the account") + ".",
	}
	if m.RenewalLink != "" {
		l.before[0] = "Its renewal is under way and is not paid yet: open the order to see what comes next."
		l.action = action{"Open the renewal", m.RenewalLink}
	}
	if link := oneLine(m.ChoiceLink); link != "" {
		l.reason += " Choose which mails you get: " + link
	}
	return l.message()
}

package mail

import (
	"strconv"
	"time"
)

// TrialIssued gives a client the licence page of a trial. The account writes it,
// not the vendor.
type TrialIssued struct {
	Portal       Portal
	To           string
	Name         string // of the client's contact
	Company      string // the client
	Account      string
	ContactName  string // who answers questions
	ContactEmail string
	Product      string
	Days         int
	EndsAt       time.Time
	Link         string // to the licence page
}

// Message writes m.
func (m TrialIssued) Message() Message {
	account, product := or(m.Account, "Your IT provider"), or(m.Product, "our software")
	company := ""
	if c := name(m.Company); c != "" {
		company = " for " + c
	}
	contact := or(m.ContactName, account)
	questions := "Questions? " + contact + " of " + account + " is happy to help."
	if contact == account {
		questions = "Questions? " + account + " is happy to help."
	}
	if m.ContactEmail != "" {
		questions += " Write to " + oneLine(m.ContactEmail) + "."
	}
	return letter{
		to: m.To, portal: Portal{}, signature: account, greeting: name(m.Name),
		subject: "Your free trial of " + product + " from " + account,
		heading: "Your free trial of " + product,
		before: []string{
			account + " has set up a free trial of " + product + company + ". It lasts " + days(m.Days) + " and needs no payment.",
			"Your licence page has the licence key, the steps to install it, and the days that are left.",
		},
		action: action{"Open the licence page", m.Link},
		facts:  []fact{{"Product", product}, {"Ends", when(m.EndsAt)}},
		after:  []string{"Whoever has the link can see the key, so pass it on with care.", questions},
		reason: "You get this mail because " + contact + " entered your address for the trial. " + or(m.Portal.Vendor, "The vendor") + ", which makes " + product + ", sent it for " + account + ".",
	}.message()
}

// ClientInterest tells a Seller that a client wants to buy.
type ClientInterest struct {
	Portal                    Portal
	To                        string
	Name                      string
	Client                    string
	ContactName, ContactEmail string // at the client
	Product                   string
	EndsAt                    time.Time // of the trial; zero if it is over
	Link                      string    // to the client
}

// Message writes m.
func (m ClientInterest) Message() Message {
	client, product := or(m.Client, "A client"), or(m.Product, "a product")
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: client + " wants to buy " + product,
		heading: client + " wants to buy " + product,
		before:  []string{"Somebody at " + client + " pressed “I want to buy” on the licence page of " + product + ". They expect to hear from you."},
		action:  action{"Open the client", m.Link},
		facts:   []fact{{"Contact", name(m.ContactName)}, {"Mail address", name(m.ContactEmail)}, {"Trial ends", when(m.EndsAt)}},
		after:   []string{"All Sellers of your account get this mail, at most once a day for each licence: agree on who answers."},
		reason:  "You get this mail because you sell for your account on the " + m.Portal.name() + ".",
	}.message()
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return strconv.Itoa(n) + " days"
}

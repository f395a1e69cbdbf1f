package mail

import (
	"strconv"
	"time"
)

// Payment tells those who pay for an account that a receipt was recorded or reversed.
type Payment struct {
	Portal            Portal
	To                string
	Name              string
	Account           string
	Amount, Reference string
	ReceivedOn        time.Time // by date only
	Invoices          []string  // that it pays
	Credit            string    // what is left of it, or empty
	IsReversed        bool
	Reason            string // why
	Link              string // to the statement
}

// Message writes m.
func (m Payment) Message() Message {
	vendor, amount := or(m.Portal.Vendor, "The vendor"), or(m.Amount, "a payment")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: vendor + " has received " + amount,
		heading: "Thank you for your payment",
		before:  []string{vendor + " has received " + amount + " from " + or(m.Account, "your account") + ". What is paid in full is active now."},
		action:  action{"Open the statement", m.Link},
		facts:   []fact{{"Reference", name(m.Reference)}, {"Received on", m.ReceivedOn.Format("Monday 2 January 2006")}},
		reason:  "You get this mail because you pay for " + or(m.Account, "an account") + " on the " + m.Portal.name() + ".",
	}
	if m.IsReversed {
		l.subject, l.heading = "Your payment of "+amount+" was reversed", "A payment was reversed"
		l.before = []string{"The payment of " + amount + " from " + or(m.Account, "your account") + " was taken back. The invoices that it paid are open again, and their licences are suspended until they are paid."}
		if reason := name(m.Reason); reason != "" {
			l.before = append(l.before, "The reason: "+reason)
		}
		return l.message()
	}
	for _, i := range m.Invoices {
		l.facts = append(l.facts, fact{"Pays", name(i)})
	}
	if m.Credit != "" {
		l.facts = append(l.facts, fact{"Your credit", name(m.Credit)})
	}
	return l.message()
}

// OrderActive brings a member the keys of an order's licences.
type OrderActive struct {
	Portal    Portal
	To        string
	Name      string
	Account   string
	Client    string
	Licenses  []ActiveLicense
	Link      string
	AddsSeats bool // to a licence that was active already
}

// ActiveLicense is a licence with its key.
type ActiveLicense struct {
	Product, Key string
	Seats        int
	EndsAt       time.Time
}

// Message writes m.
func (m OrderActive) Message() Message {
	client := or(m.Client, "your client")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "The licences for " + client + " are active",
		heading: "The licences for " + client + " are active",
		before:  []string{"The order is paid, and its licences are active. The client has a mail with the licence page; these are the keys."},
		action:  action{"Open the order", m.Link},
		reason:  "You get this mail because you asked for the price, placed the order or look after the client for " + or(m.Account, "your account") + " on the " + m.Portal.name() + ".",
	}
	if m.AddsSeats {
		l.subject, l.heading = "The seats for "+client+" are added", "The seats for "+client+" are added"
		l.before = []string{"The order is paid, and the seats count from now on. Key and end of the licence stay: the client has nothing to install."}
	}
	for _, a := range m.Licenses {
		product := or(a.Product, "Licence")
		l.facts = append(l.facts, fact{product, seatsText(a.Seats) + " until " + when(a.EndsAt)}, fact{"Key of " + product, a.Key})
	}
	return l.message()
}

func seatsText(n int) string {
	if n == 1 {
		return "1 seat"
	}
	return strconv.Itoa(n) + " seats"
}

// ClientLicense brings a client a paid licence. The account writes it, not the vendor.
type ClientLicense struct {
	Portal                    Portal
	To                        string
	Name                      string // of the client's contact
	Company                   string
	Account                   string
	ContactName, ContactEmail string
	OrderedBy                 string // who placed the order
	Product                   string
	Seats                     int
	EndsAt                    time.Time
	Link                      string // to the licence page
	IsKnown                   bool   // the client had the licence before
}

// Message writes m.
func (m ClientLicense) Message() Message {
	account, product := or(m.Account, "Your IT provider"), or(m.Product, "our software")
	contact := or(m.ContactName, account)
	questions := "Questions? Write to " + contact
	if m.ContactEmail != "" {
		questions += ": " + oneLine(m.ContactEmail)
	}
	l := letter{
		to: m.To, portal: Portal{}, signature: account, greeting: name(m.Name),
		subject: "Your licence of " + product + " is active",
		heading: "Your licence of " + product + " is active",
		before:  []string{account + " has activated " + product + " for " + or(m.Company, "you") + ".", "Your licence page has the licence key and the steps to install it."},
		action:  action{"Open the licence page", m.Link},
		facts:   []fact{{"Product", product}, {"Seats", strconv.Itoa(m.Seats)}, {"Ends", when(m.EndsAt)}},
		after:   []string{"Whoever has the link can see the key, so pass it on with care.", questions + "."},
		reason:  "You get this mail because " + or(m.OrderedBy, account) + " ordered the licence for you. " + or(m.Portal.Vendor, "The vendor") + ", which makes " + product + ", sent it for " + account + ".",
	}
	if m.IsKnown {
		l.before = []string{account + " has brought your licence of " + product + " up to date. The key stays the same: you have nothing to install."}
	}
	return l.message()
}

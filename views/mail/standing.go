package mail

import "strconv"

// AccountStanding tells those who pay for an account that it was suspended, or
// works again.
type AccountStanding struct {
	Portal                    Portal
	To                        string
	Name                      string
	Account                   string
	IsSuspended               bool
	Reason                    string
	Overdue                   []string // invoices, in words
	ContactName, ContactEmail string
	Link                      string
}

// Message writes m.
func (m AccountStanding) Message() Message {
	account, vendor := or(m.Account, "Your account"), or(m.Portal.Vendor, "The vendor")
	contact := "Questions? Write to " + or(m.ContactName, "Customer Success")
	if m.ContactEmail != "" {
		contact += ": " + oneLine(m.ContactEmail)
	}
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: account + " works again", heading: account + " works again",
		before: []string{vendor + " has ended the suspension. Trials can be issued and orders placed from now on."},
		action: action{"Open the invoices", m.Link},
		after:  []string{contact + "."},
		reason: "You get this mail because you pay for " + or(m.Account, "an account") + " on the " + m.Portal.name() + ".",
	}
	if m.IsSuspended {
		l.subject, l.heading = account+" is suspended", account+" is suspended"
		l.before = []string{vendor + " has suspended the account: it issues no trials and places no orders. Licences that are paid go on."}
		if reason := quoted(m.Reason, maxAnswer); reason != "" {
			l.before = append(l.before, "The reason: "+reason)
		}
		for _, i := range m.Overdue {
			l.facts = append(l.facts, fact{"Overdue", name(i)})
		}
		l.action.label = "Open the overdue invoices"
	}
	return l.message()
}

// AnnexNeeded tells the Owner that the Annex waits for their signature.
type AnnexNeeded struct {
	Portal     Portal
	To         string
	Name       string
	Account    string
	IsStale    bool
	Quotes     int // that wait for it
	Percentage string
	Link       string
}

// Message writes m.
func (m AnnexNeeded) Message() Message {
	account, vendor := or(m.Account, "your account"), or(m.Portal.Vendor, "the vendor")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "The Annex of " + account + " waits for your signature", heading: "The Annex waits for you",
		before: []string{"Before the first order, you and " + vendor + " sign the Annex. You can read it and sign it on the portal."},
		facts:  []fact{{"Account", account}, {"Reselling percentage", name(m.Percentage)}},
		action: action{"Read and sign the Annex", m.Link},
		reason: "You get this mail because you own " + account + " on the " + m.Portal.name() + ".",
	}
	if m.IsStale {
		l.before = []string{"The Annex that you signed no longer holds: the reselling percentage or the text has changed. What has changed is marked on the page. Until you and " + vendor + " have signed again, no order can be placed; placed orders stay as they are."}
	}
	switch m.Quotes {
	case 0:
	case 1:
		l.facts = append(l.facts, fact{"Waits for it", "1 quote"})
	default:
		l.facts = append(l.facts, fact{"Wait for it", strconv.Itoa(m.Quotes) + " quotes"})
	}
	return l.message()
}

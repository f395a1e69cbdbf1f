package mail

// KeyReplaced brings a client the new key of a licence, or asks whoever looks after
// the client to bring it.
type KeyReplaced struct {
	Portal                    Portal
	To                        string
	Name                      string
	ForClient                 bool
	Client                    string
	Product                   string
	Account                   string
	ContactName, ContactEmail string
	Link                      string
}

// Message writes m.
func (m KeyReplaced) Message() Message {
	product, client, account := or(m.Product, "your product"), or(m.Client, "a client"), or(m.Account, "your IT service provider")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Your licence key of " + product + " has changed",
		heading: "You have a new licence key",
		before: []string{
			"For reasons of security the key of " + product + " was replaced. " + product + " no longer accepts the old one.",
			"Please open the licence page, copy the new key and enter it in " + product + ". Nothing else about the licence changes: machines, seats and dates stay.",
		},
		action: action{"Open the licence page", m.Link},
		reason: "You get this mail because " + account + " looks after the licence of " + product + " for " + client + ".",
	}
	if contact := name(m.ContactName); contact != "" && m.ContactEmail != "" {
		l.after = []string{contact + " at " + account + " helps you: " + m.ContactEmail}
	}
	if !m.ForClient {
		l.subject, l.heading = "The licence key of "+client+" has changed", client+" needs a new licence key"
		l.before = []string{
			"For reasons of security the key of " + product + " for " + client + " was replaced. " + product + " no longer accepts the old one.",
			"The client’s licence page is switched off, so they were not told. Please give them the new key.",
		}
		l.action, l.after = action{"Open the licence", m.Link}, nil
		l.reason = "You get this mail because you look after " + client + " on the " + m.Portal.name() + "."
	}
	return l.message()
}

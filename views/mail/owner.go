package mail

// OwnerReplaced tells the former Owner of an account, or the new one, that the
// vendor's staff replace the Owner.
type OwnerReplaced struct {
	Portal    Portal
	To        string
	Name      string
	Account   string
	Step      string // ordered, done or withdrawn
	IsFormer  bool   // the reader was the Owner, or is it still
	Former    string
	Successor string // who is the Owner, or the address that is invited
	Leaves    bool   // the former Owner leaves the account
	Reason    string
	Link      string
}

// Message writes m.
func (m OwnerReplaced) Message() Message {
	account, vendor := or(m.Account, "your account"), or(m.Portal.Vendor, "the vendor")
	former, successor := or(m.Former, "The former Owner"), or(m.Successor, "somebody else")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		facts:  []fact{{"Reason", quoted(m.Reason, 1000)}},
		reason: "You get this mail because you are or were the Owner of " + account + ". If it surprises you, write to Customer Success at once.",
	}
	switch {
	case m.Step == "ordered":
		l.subject = account + " is to get another Owner"
		l.heading = l.subject
		l.before = []string{vendor + " has invited " + successor + " to become the Owner of " + account + " in your place. Until the invitation is accepted, you stay the Owner.", m.then("you")}
	case m.Step == "withdrawn":
		l.subject = "You stay the Owner of " + account
		l.heading = l.subject
		l.before = []string{"The invitation of " + successor + " to become the Owner of " + account + " in your place no longer holds. There is nothing to do."}
	case m.IsFormer:
		l.subject = successor + " is now the Owner of " + account
		l.heading = l.subject
		l.before = []string{vendor + " has made " + successor + " the Owner of " + account + " in your place.", m.now()}
		if !m.Leaves {
			l.action = action{"Open Team", m.Link}
		}
	default:
		l.subject = "You are now the Owner of " + account
		l.heading = l.subject
		l.before = []string{vendor + " has made you the Owner of " + account + " in the place of " + former + ". You manage the Reselling team and the account's settings, and sign the Annex.", m.then(former)}
		l.action = action{"Open Team", m.Link}
		l.reason = "You get this mail because you are the Owner of " + account + "."
	}
	return l.message()
}

// then is what becomes of the former Owner, for whoever is not told it as news.
func (m OwnerReplaced) then(who string) string {
	switch {
	case m.Leaves && m.Step == "ordered":
		return "Then you leave the account, and the new Owner looks after your clients and running trials."
	case m.Leaves:
		return who + " has left the account; you look after their clients and running trials."
	case m.Step == "ordered":
		return "Then you become Admin, and stay in the Reselling team as Seller."
	}
	return who + " is Admin now, and stays in the Reselling team as Seller."
}

func (m OwnerReplaced) now() string {
	if m.Leaves {
		return "You no longer belong to the account and can't see or change anything there. Your clients and running trials are looked after by " + or(m.Successor, "the new Owner") + "."
	}
	return "You are Admin now, and stay in the Reselling team as Seller."
}

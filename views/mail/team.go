package mail

import "time"

// RoleChanged tells somebody what has changed about their roles in an account, or
// on the vendor's staff. Roles are as people read them; what did not change is empty
// on both sides.
type RoleChanged struct {
	Portal                          Portal
	To                              string
	Name                            string
	Account                         string // the vendor's name for staff
	By                              string
	RoleBefore, RoleAfter           string
	ResellingBefore, ResellingAfter string
	At                              time.Time
	Link                            string // to the portal
}

// Message writes m.
func (m RoleChanged) Message() Message {
	account, by := or(m.Account, "your account"), or(m.By, "Somebody")
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Your role at " + account + " has changed",
		heading: "Your role at " + account + " has changed",
		before:  []string{by + " changed what you may do on the " + m.Portal.name() + ". It holds from now on."},
		action:  action{"Open the portal", m.Link},
		facts: []fact{
			{"Role", change(m.RoleBefore, m.RoleAfter, "none")},
			{"Reselling team", change(m.ResellingBefore, m.ResellingAfter, "not in it")},
			{"When", when(m.At)},
		},
		reason: "You get this mail because you have a role at " + account + ". If the change surprises you, ask " + by + ".",
	}.message()
}

// change writes a change of role, or nothing where there was none.
func change(before, after, none string) string {
	if before == after {
		return ""
	}
	return or(after, none) + " (before: " + or(before, none) + ")"
}

// RemovedFromTeam tells somebody that they are no longer in an account, in its
// Reselling team, or on the vendor's staff.
type RemovedFromTeam struct {
	Portal        Portal
	To            string
	Name          string
	Account       string // the vendor's name for staff
	By            string
	FromReselling bool // only from the Reselling team: they stay in the account
	At            time.Time
}

// Message writes m.
func (m RemovedFromTeam) Message() Message {
	account, by := or(m.Account, "your account"), or(m.By, "Somebody")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "You are no longer in " + account,
		heading: "You are no longer in " + account,
		before:  []string{by + " removed you from " + account + " on the " + m.Portal.name() + ". You can't see or change anything there any more."},
		facts:   []fact{{"When", when(m.At)}},
		reason:  "You get this mail because you were in " + account + ". If it surprises you, ask " + by + ".",
	}
	if m.FromReselling {
		l.subject = "You are no longer in the Reselling team of " + account
		l.heading = "You are no longer in the Reselling team"
		l.before = []string{by + " removed you from the Reselling team of " + account + " on the " + m.Portal.name() + ". You stay in the account, but can't see clients, trials or licences any more."}
	}
	return l.message()
}

// OwnershipOffered asks a member to become the Owner.
type OwnershipOffered struct {
	Portal  Portal
	To      string
	Name    string
	Owner   string // who offers
	Account string
	Link    string
}

// Message writes m.
func (m OwnershipOffered) Message() Message {
	account, owner := or(m.Account, "your account"), or(m.Owner, "The Owner")
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: owner + " offers you the ownership of " + account,
		heading: "Become the Owner of " + account,
		before: []string{
			owner + " offers you the ownership of " + account + " on the " + m.Portal.name() + ". The Owner manages the Reselling team and the account's settings, and signs the Annex.",
			"If you accept, " + owner + " becomes Admin. Until you answer, nothing changes.",
		},
		action: action{"Answer the offer", m.Link},
		reason: "You get this mail because " + owner + " chose you as the next Owner of " + account + ".",
	}.message()
}

// OwnershipTransferred tells the former Owner that the offer was accepted.
type OwnershipTransferred struct {
	Portal   Portal
	To       string
	Name     string
	NewOwner string
	Account  string
	Link     string
}

// Message writes m.
func (m OwnershipTransferred) Message() Message {
	account, owner := or(m.Account, "your account"), or(m.NewOwner, "Somebody else")
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: owner + " is now the Owner of " + account,
		heading: owner + " is now the Owner of " + account,
		before:  []string{owner + " accepted your offer. You are Admin now, and stay in the Reselling team as Seller."},
		action:  action{"Open Team", m.Link},
		reason:  "You get this mail because you were the Owner of " + account + ".",
	}.message()
}

// OwnershipDeclined tells the Owner that the offer was declined.
type OwnershipDeclined struct {
	Portal  Portal
	To      string
	Name    string
	Member  string
	Account string
	Link    string
}

// Message writes m.
func (m OwnershipDeclined) Message() Message {
	account, member := or(m.Account, "your account"), or(m.Member, "The member")
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: member + " declined the ownership of " + account,
		heading: member + " declined the ownership",
		before:  []string{member + " declined your offer of the ownership of " + account + ". You remain the Owner, and can offer it to somebody else."},
		action:  action{"Open Team", m.Link},
		reason:  "You get this mail because you offered the ownership of " + account + ".",
	}.message()
}

// OwnershipWithdrawn tells a member that the offer no longer stands.
type OwnershipWithdrawn struct {
	Portal  Portal
	To      string
	Name    string
	Owner   string
	Account string
}

// Message writes m.
func (m OwnershipWithdrawn) Message() Message {
	account, owner := or(m.Account, "your account"), or(m.Owner, "The Owner")
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: owner + " withdrew the offer of the ownership of " + account,
		heading: "The offer was withdrawn",
		before:  []string{owner + " withdrew the offer of the ownership of " + account + ". There is nothing to do: your role stays as it was."},
		reason:  "You get this mail because the ownership of " + account + " was offered to you.",
	}.message()
}

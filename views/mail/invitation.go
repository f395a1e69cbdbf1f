package mail

import "time"

// Invitation asks somebody to join an account.
type Invitation struct {
	Portal        Portal
	To            string
	Name          string // of the invited person, if known
	InvitedBy     string
	Account       string
	Role          string // as people read it: "Member"
	ResellingRole string // likewise; empty without one
	HasUser       bool   // the address can sign in already
	Link          string
	ExpiresAt     time.Time
}

// Message writes m.
func (m Invitation) Message() Message {
	by, account := or(m.InvitedBy, m.Portal.name()), or(m.Account, "an account")
	role := by + " invites you to join " + account + " on the " + m.Portal.name() + ", as " + or(m.Role, "Member") + "."
	team := ""
	if m.ResellingRole != "" {
		team = "You will also be in the Reselling team, as " + name(m.ResellingRole) + "."
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: by + " invites you to join " + account,
		heading: "Join " + account,
		before:  []string{role, team, howToAccept(m.HasUser)},
		action:  action{"Accept the invitation", m.Link},
		after:   []string{linkEnds(m.To, m.ExpiresAt)},
		reason:  "You get this mail because " + by + " entered your address. If you don't want to join, do nothing: without you nothing happens.",
	}.message()
}

// StaffInvitation asks somebody to join the vendor's staff.
type StaffInvitation struct {
	Portal    Portal
	To        string
	Name      string // of the invited person, if known
	InvitedBy string // empty from the command line
	Role      string // as people read it: "Customer Success"
	Link      string
	ExpiresAt time.Time
}

// Message writes m.
func (m StaffInvitation) Message() Message {
	vendor := or(m.Portal.Vendor, "the vendor")
	invited, reason := "You are invited", "You get this mail because somebody who runs the "+m.Portal.name()+" entered your address."
	if by := name(m.InvitedBy); by != "" {
		invited, reason = by+" invites you", "You get this mail because "+by+" entered your address."
	}
	return letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: invited + " to the staff of the " + m.Portal.name(),
		heading: "Join the staff of " + vendor,
		before:  []string{invited + " to work on the " + m.Portal.name() + " as staff of " + vendor + ", in the role " + or(m.Role, "Support") + ".", howToAccept(false)},
		action:  action{"Accept the invitation", m.Link},
		after:   []string{linkEnds(m.To, m.ExpiresAt)},
		reason:  reason + " If you don't want to join, do nothing: without you nothing happens.",
	}.message()
}

func howToAccept(hasUser bool) string {
	if hasUser {
		return "You have a sign-in already: the link asks you to sign in and then to accept."
	}
	return "The link lets you choose a password and accept."
}

// linkEnds says for whom and how long a link works.
func linkEnds(to string, expiresAt time.Time) string {
	ends := "The link is for " + to + " only and works once"
	if at := when(expiresAt); at != "" {
		ends += ", until " + at
	}
	return ends + "."
}

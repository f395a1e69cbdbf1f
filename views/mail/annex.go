package mail

import (
	"reselling/models"
)

// Annex tells Customer Success that an Annex waits for their signature, or the
// Owner what has become of theirs.
type Annex struct {
	Portal     Portal
	To         string
	Name       string
	News       models.AnnexNews
	Account    string
	SignedName string // who has signed for the account
	Percentage string // "50 %"
	Reason     string // why it was declined
	Link       string
}

// Message writes m.
func (m Annex) Message() Message {
	account, vendor := or(m.Account, "an account"), or(m.Portal.Vendor, "the vendor")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "The Annex of " + account + " is in force", heading: "The Annex is in force", before: []string{"Both sides have signed. Your team can place orders now."},
		facts:  []fact{{"Account", account}, {"Reselling percentage", name(m.Percentage)}, {"Signed as", name(m.SignedName)}},
		action: action{"Open the Annex", m.Link},
		reason: "You get this mail because you own " + account + " on the " + m.Portal.name() + ".",
	}
	switch m.News {
	case models.AnnexWasSigned:
		l.subject, l.heading = "The Annex of "+account+" waits for your signature", "An Annex waits for your signature"
		l.before = []string{or(m.SignedName, "The Owner") + " has signed the Annex of " + account + ". Orders can be placed as soon as " + vendor + " has signed, too."}
		l.reason = "You get this mail because your address is the one of Customer Success on the " + m.Portal.name() + "."
	case models.AnnexInForceNow:
	case models.AnnexWasDeclined:
		l.subject, l.heading = "The Annex of "+account+" was sent back", "The Annex was sent back"
		l.before = []string{vendor + " has not signed it.", "The reason: " + quoted(m.Reason, maxAnswer), "You can read the text and sign again."}
	}
	return l.message()
}

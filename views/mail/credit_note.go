package mail

import "time"

// CreditNote brings those who pay for an account a credit note of the vendor.
type CreditNote struct {
	Portal          Portal
	To              string
	Name            string
	Account         string
	Client          string
	Number, Invoice string
	Total, Open     string
	IsSettled       bool // nothing of the invoice is open
	Reason          string
	EndsLicense     bool
	IssuedOn        time.Time // by date only
	Link, PDFLink   string
}

// Message writes m.
func (m CreditNote) Message() Message {
	number, invoice, vendor := or(m.Number, "A credit note"), or(m.Invoice, "an invoice"), or(m.Portal.Vendor, "the vendor")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Credit note " + number + " from " + vendor + " for invoice " + invoice,
		heading: "Credit note " + number,
		before:  []string{"Here is a credit note to " + or(m.Account, "your account") + ": it takes back " + or(m.Total, "a part") + " of invoice " + invoice + " for " + or(m.Client, "your client") + ". What was paid of that already is your credit."},
		action:  action{"Open the invoice", m.Link},
		facts:   []fact{{"Corrects", "Invoice " + invoice}, {"Taken back", name(m.Total)}, {"Issued", m.IssuedOn.Format("Monday 2 January 2006")}, {"Still to pay of the invoice", name(m.Open)}},
		after:   []string{"The credit note as PDF, after you have signed in: " + m.PDFLink},
		reason:  "You get this mail because you pay for " + or(m.Account, "an account") + " on the " + m.Portal.name() + ".",
	}
	if m.IsSettled {
		l.facts[3].value = "Nothing"
	}
	if reason := name(m.Reason); reason != "" {
		l.before = append(l.before, "The reason: "+reason)
	}
	if m.EndsLicense {
		l.before = append(l.before, "The licences that it takes back have ended.")
	}
	return l.message()
}

package mail

import (
	"strings"
	"time"
)

// ClientInvoice brings a client an invoice, or the credit note that takes it
// back. The account writes it, not the vendor.
type ClientInvoice struct {
	Portal       Portal
	To           string
	Name         string // of the client's contact
	Account      string
	ContactName  string // who answers questions
	ContactEmail string
	Number       string
	CreditNote   string // empty unless the invoice was taken back
	Total        string
	DueOn        time.Time // by date only
	BankDetails  string
	IsPaid       bool   // nothing is to be paid
	Link         string // to the PDF
}

// Message writes m.
func (m ClientInvoice) Message() Message {
	account, number := or(m.Account, "your IT provider"), or(m.Number, "your invoice")
	contact := or(m.ContactName, account)
	questions := "Questions? " + contact + " is happy to help."
	if m.ContactEmail != "" {
		questions += " Write to " + oneLine(m.ContactEmail) + "."
	}
	l := letter{
		to: m.To, portal: Portal{}, signature: account, greeting: name(m.Name),
		subject: "Invoice " + number + " from " + account + ", due on " + m.DueOn.Format("2 January 2006"),
		heading: "Invoice " + number,
		before:  []string{"Here is our invoice. Please state its number when you pay."},
		action:  action{"Open the invoice", m.Link},
		facts: []fact{
			{"To pay", name(m.Total)}, {"Due on", m.DueOn.Format("Monday 2 January 2006")}, {"Invoice number", name(m.Number)},
			{"Bank details", quoted(strings.ReplaceAll(strings.TrimSpace(m.BankDetails), "\n", ", "), maxAnswer)},
		},
		after:  []string{"The link opens the document as PDF. Whoever has the link can see it, so pass it on with care.", questions},
		reason: "You get this mail because " + contact + " of " + account + " sent you a document. " + or(m.Portal.Vendor, "The vendor") + " delivered it for " + account + ".",
	}
	switch {
	case m.CreditNote != "":
		l.subject, l.heading = "Credit note "+name(m.CreditNote)+" from "+account, "Credit note "+name(m.CreditNote)
		l.before = []string{"We take back our invoice " + number + ". Nothing is to be paid on it."}
		l.action.label, l.facts = "Open the credit note", []fact{{"Credited", name(m.Total)}, {"Of invoice", name(m.Number)}}
	case m.IsPaid:
		l.subject = "Invoice " + number + " from " + account
		l.before = []string{"Here is our invoice for your records. Nothing is to be paid on it."}
		l.facts = nil
	}
	return l.message()
}

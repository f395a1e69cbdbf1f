package mail

import (
	"strings"
	"time"

	"reselling/models"
)

// OrderPlaced tells Customer Success, or whoever asked for the price, that an
// order was placed.
type OrderPlaced struct {
	Portal    Portal
	To        string
	Name      string
	Account   string
	Client    string
	By        string
	Lines     []PriceLine
	Full      string
	Link      string
	ForVendor bool
}

// Message writes m.
func (m OrderPlaced) Message() Message {
	client, by := or(m.Client, "a client"), or(m.By, "Somebody")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "The order for " + client + " is placed",
		heading: "The order for " + client + " is placed",
		before:  []string{by + " placed the order that you asked the price for. The licences become active once the invoice is paid."},
		action:  action{"Open the order", m.Link},
		facts:   append(priceFacts(m.Lines), fact{"Full price", name(m.Full)}),
		reason:  "You get this mail because the price was requested by you, or for the account that you own, on the " + m.Portal.name() + ".",
	}
	if m.ForVendor {
		account := or(m.Account, "An account")
		l.subject, l.heading = account+" ordered for "+client, account+" placed an order"
		l.before = []string{by + " of " + account + " placed an order for " + client + ". The invoice has gone to those who pay."}
		l.reason = "You get this mail because your address is the one of Customer Success on the " + m.Portal.name() + "."
	}
	return l.message()
}

// Invoice brings those who pay for an account an invoice of the vendor, or
// tells that it is overdue or void.
type Invoice struct {
	Portal      Portal
	To          string
	Name        string
	Account     string
	Client      string
	News        models.InvoiceNews
	Number      string
	Total, Open string
	DueOn       time.Time // by date only
	OverdueDays int
	Reference   string // to pay with
	BankDetails string
	Reason      string // why it is void
	IsPaid      bool   // nothing is to be paid
	Link        string
	PDFLink     string
}

// Message writes m.
func (m Invoice) Message() Message {
	number, vendor, client := or(m.Number, "Your invoice"), or(m.Portal.Vendor, "the vendor"), or(m.Client, "your client")
	due := m.DueOn.Format("Monday 2 January 2006")
	l := letter{
		to: m.To, portal: m.Portal, greeting: name(m.Name),
		subject: "Invoice " + number + " from " + vendor + ", due on " + m.DueOn.Format("2 January 2006"),
		heading: "Invoice " + number,
		before:  []string{"Here is the invoice for the order of " + or(m.Account, "your account") + " for " + client + ". The licences become active once it is paid."},
		action:  action{"Open the invoice", m.Link},
		facts: []fact{
			{"To pay", name(m.Open)}, {"Due on", due}, {"Payment reference", name(m.Reference)}, {"Bank details", quoted(strings.ReplaceAll(strings.TrimSpace(m.BankDetails), "\n", ", "), maxAnswer)},
		},
		after:  []string{"The invoice as PDF, after you have signed in: " + m.PDFLink},
		reason: "You get this mail because you pay for " + or(m.Account, "an account") + " on the " + m.Portal.name() + ".",
	}
	switch {
	case m.News == models.InvoiceIssued && m.IsPaid:
		l.subject = "Invoice " + number + " from " + vendor
		l.before = []string{"Here is the invoice for the order of " + or(m.Account, "your account") + " for " + client + ". Nothing is to be paid on it."}
		l.facts = nil
	case m.News == models.InvoiceIsOverdue:
		l.subject, l.heading = "Invoice "+number+" from "+vendor+" is overdue", "Invoice "+number+" is overdue"
		l.before = []string{
			"It was due on " + due + ", " + days(m.OverdueDays) + " ago, and is not paid in full. The licences for " + client + " become active once it is.",
			"Have you paid it already? Then say so on the page of the invoice.",
		}
	case m.News == models.InvoiceVoided:
		l.subject, l.heading = "Invoice "+number+" from "+vendor+" is void", "Invoice "+number+" is void"
		l.before = []string{"The order for " + client + " was cancelled before anything was paid. Nothing is to be paid on this invoice any more."}
		if reason := name(m.Reason); reason != "" {
			l.before = append(l.before, "The reason: "+reason)
		}
		l.facts, l.after = []fact{{"Was to pay", name(m.Total)}}, nil
	}
	return l.message()
}

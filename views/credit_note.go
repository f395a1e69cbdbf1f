package views

import (
	"time"

	"reselling/models"
	"reselling/views/paths"
)

// CreditNotesPage is a list of credit notes, for the account or for staff.
type CreditNotesPage struct {
	Page     models.Page[models.CreditNoteOf]
	Nav      ListNav
	Accounts []models.EventPerson // for staff
	ForStaff bool
}

func (p CreditNotesPage) path() string {
	if p.ForStaff {
		return paths.AdminCreditNotes()
	}
	return paths.CreditNotes()
}

func (p CreditNotesPage) head() PageHead {
	if p.ForStaff {
		return PageHead{Title: "Credit notes", Crumbs: []Crumb{{"Invoices", paths.AdminInvoices()}}, Lead: "What was taken back of invoices.", Tabs: adminInvoiceTabs("credit-notes")}
	}
	return PageHead{Title: "Credit notes", Crumbs: []Crumb{{"Invoices", paths.Invoices()}}, Lead: "What the vendor has taken back of its invoices.", Tabs: invoiceTabs("credit-notes")}
}

func (p CreditNotesPage) filter() Filter {
	f := Filter{
		Action: p.path(), Query: p.Nav.Value("q"), Placeholder: "Search number, invoice or reason", Active: p.Nav.Narrowed(), Export: p.Nav.Export(),
		Dates: []FilterDate{{"from", "From", p.Nav.Value("from")}, {"to", "To", p.Nav.Value("to")}},
	}
	if p.ForStaff {
		states := []Option{{"", "Any state", ""}}
		for _, s := range models.CreditNoteStates {
			states = append(states, Option{string(s), CreditNoteStateName(s), ""})
		}
		f.Selects = []FilterSelect{{"state", "State", p.Nav.Value("state"), states}, {"account", "Account", p.Nav.Value("account"), people("All accounts", p.Accounts, p.Nav.Value("account"))}}
	}
	return f
}

func (p CreditNotesPage) paper(id string) string {
	if p.ForStaff {
		return paths.AdminCreditNotePDF(id)
	}
	return paths.CreditNotePDF(id)
}

func (p CreditNotesPage) invoice(id string) string {
	if p.ForStaff {
		return paths.AdminInvoice(id)
	}
	return paths.Invoice(id)
}

// CreditNoteStateName is what has become of a credit note, in a word.
func CreditNoteStateName(s models.CreditNoteState) string { return wordsOf(string(s)) }

func creditNoteTone(s models.CreditNoteState) Tone {
	switch s {
	case models.CreditNoteIssued:
		return Success
	case models.CreditNoteWaits:
		return Warning
	case models.CreditNoteDropped:
	}
	return Neutral
}

func invoiceTabs(current string) []Tab {
	return []Tab{{Label: "Invoices", Href: paths.Invoices(), Current: current == "invoices"}, {Label: "Credit notes", Href: paths.CreditNotes(), Current: current == "credit-notes"}}
}

func adminInvoiceTabs(current string) []Tab {
	return []Tab{
		{Label: "Invoices", Href: paths.AdminInvoices(), Current: current == "invoices"}, {Label: "Overdue by account", Href: paths.AdminOverdue(), Current: current == "overdue"},
		{Label: "Credit notes", Href: paths.AdminCreditNotes(), Current: current == "credit-notes"},
	}
}

// OverduePage is the list of the accounts with overdue invoices.
type OverduePage struct {
	Page       models.Page[models.OverdueAccount]
	Nav        ListNav
	MaySuspend bool
	Now        time.Time
}

func licenseChoice(p models.AccountPage, l models.UnpaidLicense) string {
	if p.IsSuspended() {
		return "Resume " + l.ProductName + " for " + l.Company
	}
	return "Suspend " + l.ProductName + " for " + l.Company
}

func licenseChoiceHint(p models.AccountPage, l models.UnpaidLicense) string {
	if p.IsSuspended() {
		return "It was suspended for " + l.InvoiceNumber + ", and goes on by itself as soon as that is paid."
	}
	return "It runs on in its days of grace. It stays suspended until " + l.InvoiceNumber + " is paid."
}

func chosenOf(ids []string) map[string]bool {
	chosen := map[string]bool{}
	for _, id := range ids {
		chosen[id] = true
	}
	return chosen
}

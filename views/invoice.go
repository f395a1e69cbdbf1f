package views

import (
	"time"

	"reselling/models"
)

// InvoicesPage is the list of the vendor's invoices to an account.
type InvoicesPage struct {
	Page models.Page[models.InvoiceRow]
	Nav  ListNav
	Due  []models.InvoiceDueSums
	Now  time.Time
}

// AdminInvoicesPage is the list of the invoices to all accounts.
type AdminInvoicesPage struct {
	Page     models.Page[models.InvoiceRow]
	Nav      ListNav
	Accounts []models.EventPerson
	Now      time.Time
}

// InvoicePage is one invoice for the account.
type InvoicePage struct {
	models.InvoiceView
	Vendor        models.Vendor
	MayPay        bool
	MayReadOrders bool
	Now           time.Time
	Note          string // of a claim that was refused
	Problem       *models.Error
}

// AdminInvoicePage is one invoice for staff.
type AdminInvoicePage struct {
	models.InvoiceView
	MayChange   bool
	AskPassword bool
	Now         time.Time
	Payment     PaymentForm
	Reason      string // of a voiding that was refused
	Credit      CreditForm
	Me          string // whose page it is
	Sent        string // the form that Problem is about: "payment", "voiding", "credit", "approval" or "refusal"
	Problem     *models.Error
}

func (p AdminInvoicePage) problemOf(form string) *models.Error {
	if p.Sent == form {
		return p.Problem
	}
	return nil
}

// mayVoid reports whether nothing was paid or credited yet.
func (p AdminInvoicePage) mayVoid() bool {
	status := p.Invoice.Status(p.Now)
	return p.MayChange && (status == models.InvoiceDue || status == models.InvoiceOverdue) && p.Invoice.Allocated == 0 && p.Invoice.Credited == 0
}

// isOpen reports whether something is still to be paid.
func isOpenInvoice(s models.InvoiceStatus) bool {
	return s == models.InvoiceDue || s == models.InvoiceOverdue
}

// InvoiceStateName is an invoice's state in words.
func InvoiceStateName(s models.InvoiceStatus) string { return wordsOf(string(s)) }

func invoiceTone(s models.InvoiceStatus) Tone {
	switch s {
	case models.InvoiceDue:
		return Info
	case models.InvoiceOverdue:
		return Danger
	case models.InvoicePaid:
		return Success
	}
	return Neutral
}

func invoiceStateOptions() []Option {
	options := []Option{{"", "Any state", ""}}
	for _, s := range models.InvoiceStatuses {
		options = append(options, Option{Value: string(s), Label: InvoiceStateName(s)})
	}
	return options
}

var claimedOptions = []Option{{"", "Said to be paid or not", ""}, {"yes", "Said to be paid", ""}}

// CreditForm is what finance types of a credit note.
type CreditForm struct {
	Net         []string `form:"net"`
	Reason      string   `form:"credit_reason"`
	EndsLicense string   `form:"ends_license"`
	RequestKey  string   `form:"request_key"`
}

func (f CreditForm) net(i int) string {
	if i < len(f.Net) {
		return f.Net[i]
	}
	return ""
}

// mayCredit reports whether something is left to be taken back and nothing waits.
func (p AdminInvoicePage) mayCredit() bool {
	for _, n := range p.CreditNotes {
		if n.Waits() {
			return false
		}
	}
	return p.MayChange && p.Invoice.VoidedAt == nil && p.Invoice.Total > p.Invoice.Credited
}

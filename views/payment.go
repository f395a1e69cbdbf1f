package views

import (
	"time"

	"reselling/models"
	"reselling/views/paths"
)

// PaymentForm is what finance types of a receipt.
type PaymentForm struct {
	AccountID  string   `form:"account_id"`
	Amount     string   `form:"amount"`
	Method     string   `form:"method"`
	Reference  string   `form:"reference"`
	ReceivedOn string   `form:"received_on"`
	Note       string   `form:"note"`
	InvoiceID  []string `form:"invoice_id"`
	Allocation []string `form:"allocation"`
	RequestKey string   `form:"request_key"`
}

// AllocationForm is what of a receipt pays which invoice.
type AllocationForm struct {
	InvoiceID  []string `form:"invoice_id"`
	Allocation []string `form:"allocation"`
	RequestKey string   `form:"request_key"`
}

// Entries are the rows of the form.
func (f AllocationForm) Entries() (all []models.AllocationEntry) {
	for n, id := range f.InvoiceID {
		if n < len(f.Allocation) {
			all = append(all, models.AllocationEntry{InvoiceID: id, Amount: f.Allocation[n]})
		}
	}
	return all
}

// Entry is what the form says of a receipt.
func (f PaymentForm) Entry() models.PaymentEntry {
	return models.PaymentEntry{
		AccountID: f.AccountID, Amount: f.Amount, Method: models.PaymentMethod(f.Method), Reference: f.Reference, ReceivedOn: f.ReceivedOn, Note: f.Note,
		Allocations: AllocationForm{InvoiceID: f.InvoiceID, Allocation: f.Allocation}.Entries(), RequestKey: f.RequestKey,
	}
}

// PaymentsPage is the list of the receipts of all accounts.
type PaymentsPage struct {
	Page      models.Page[models.PaymentRow]
	Nav       ListNav
	Accounts  []models.EventPerson
	MayRecord bool
}

// NewPaymentPage is the form of a receipt; without a draft the account is to be chosen.
type NewPaymentPage struct {
	Form     PaymentForm
	Draft    *models.PaymentDraft
	Accounts []models.EventPerson
	Problem  *models.Error
}

// PaymentPage is one receipt.
type PaymentPage struct {
	models.PaymentView
	MayChange bool
	Now       time.Time
	Form      AllocationForm
	Reason    string // of a reversal that was refused
	Problem   *models.Error
	Reversing bool // what was refused is a reversal
}

// typedFor is what the rows of a form say of an invoice.
func typedFor(ids, amounts []string, id string) string {
	for n := range ids {
		if ids[n] == id && n < len(amounts) {
			return amounts[n]
		}
	}
	return ""
}

// PaymentStateName is what became of a receipt, in words.
func PaymentStateName(s models.PaymentState) string {
	switch s {
	case models.PaymentAllocated:
		return "Allocated"
	case models.PaymentCredit:
		return "Has credit"
	}
	return "Reversed"
}

func paymentTone(s models.PaymentState) Tone {
	switch s {
	case models.PaymentAllocated:
		return Success
	case models.PaymentCredit:
		return Info
	}
	return Danger
}

func paymentStateOptions() []Option {
	options := []Option{{"", "Any state", ""}}
	for _, s := range models.PaymentStates {
		options = append(options, Option{Value: string(s), Label: PaymentStateName(s)})
	}
	return options
}

// MethodName is how money came, in words.
func MethodName(m models.PaymentMethod) string { return wordsOf(string(m)) }

func methodOptions() []Option {
	var options []Option
	for _, m := range models.PaymentMethods {
		options = append(options, Option{Value: string(m), Label: MethodName(m)})
	}
	return options
}

func firstReceipt(p *models.Error) Link {
	return Link{Label: "See the receipt that was recorded", Href: paths.AdminPayment(p.Subject)}
}

func isRecordedAlready(p *models.Error) bool { return p != nil && p.Code == "recorded" }

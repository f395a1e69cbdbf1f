package views

import (
	"reselling/models"
	"reselling/views/paths"
)

// PaymentForm is a payment as typed: the rows of its allocations side by side.
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

// Allocated is what was typed for an invoice.
func (f PaymentForm) Allocated(invoiceID string) string {
	for i, id := range f.InvoiceID {
		if id == invoiceID && i < len(f.Allocation) {
			return f.Allocation[i]
		}
	}
	return ""
}

// PaymentsPage is the list of all accounts' payments.
type PaymentsPage struct {
	Page      models.Page[models.PaymentRow]
	Nav       ListNav
	Accounts  []models.EventPerson
	MayChange bool
}

// NewPaymentPage is the form of a payment.
type NewPaymentPage struct {
	Accounts    []models.EventPerson
	Draft       models.PaymentDraft
	Form        PaymentForm
	AskPassword bool
	Problem     *models.Error
}

// PaymentPage is one payment.
type PaymentPage struct {
	models.PaymentView
	MayChange   bool
	AskPassword bool
	Form        PaymentForm
	Reason      string
	Sent        string // "allocations" or "reversal": the form that Problem is about
	Problem     *models.Error
}

func (p PaymentPage) problemOf(form string) *models.Error {
	if p.Sent == form {
		return p.Problem
	}
	return nil
}

// StatementPage is an account's statement, for the account or for staff.
type StatementPage struct {
	models.Statement
	From, To string        // as typed
	Problem  *models.Error // of the days; then there is nothing but the form
	Nav      ListNav
	ForStaff bool
}

func (p StatementPage) path() string {
	if p.ForStaff {
		return paths.AdminStatement(p.Account.ID)
	}
	return paths.Statement()
}

// PaymentMethodName is how money came, in words.
func PaymentMethodName(m models.PaymentMethod) string { return wordsOf(string(m)) }

// PostingName is what a line of a statement is about.
func PostingName(k models.PostingKind) string {
	return map[models.PostingKind]string{
		models.InvoicePosting: "Invoice", models.VoidPosting: "Void of invoice", models.CreditNotePosting: "Credit note", models.PaymentPosting: "Payment", models.ReversalPosting: "Reversal of payment",
	}[k]
}

func methodOptions() []Option {
	var options []Option
	for _, m := range models.PaymentMethods {
		options = append(options, Option{Value: string(m), Label: PaymentMethodName(m)})
	}
	return options
}

// PaymentStateName is what has become of a receipt, in words.
func PaymentStateName(s models.PaymentState) string {
	return map[models.PaymentState]string{models.PaymentAllocated: "Allocated", models.PaymentCredit: "With credit left", models.PaymentIsBack: "Reversed"}[s]
}

func paymentTone(s models.PaymentState) Tone {
	switch s {
	case models.PaymentAllocated:
		return Success
	case models.PaymentCredit:
		return Warning
	case models.PaymentIsBack:
	}
	return Neutral
}

func paymentStateOptions() []Option {
	options := []Option{{"", "Any state", ""}}
	for _, s := range models.PaymentStates {
		options = append(options, Option{Value: string(s), Label: PaymentStateName(s)})
	}
	return options
}

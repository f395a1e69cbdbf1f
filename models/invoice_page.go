package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
)

// InvoiceView is an invoice with everything that its page and its paper show.
type InvoiceView struct {
	Invoice      Invoice
	Lines        []InvoiceLine
	Account      Account
	Terms        PlanTerms // by which it was settled
	AnnexVersion int
	IssuedName   string
	ClaimedName  string
	VoidedName   string
	Payments     []InvoicePayment // the first allocated first
	CreditNotes  []CreditNoteOf   // for staff also such as wait for a second one
	Zone         *time.Location   // the account's
	Blocked      *Error           // why it can't be paid any more; nil where it can
	Events       []Event
}

// InvoicePayment is what of a payment pays, or paid, an invoice.
type InvoicePayment struct {
	Allocation `gorm:"embedded"`
	Reference  string
	Method     PaymentMethod
	ReceivedOn Date
	ReversedAt *time.Time
}

// Invoice returns one invoice to the actor's account.
func (s *Store) Invoice(ctx context.Context, actor Actor, id string) (InvoiceView, error) {
	if err := actor.require(ReadInvoices); err != nil {
		return InvoiceView{}, err
	}
	v, err := s.invoiceView(ctx, actor.AccountID, id)
	v.CreditNotes = slices.DeleteFunc(v.CreditNotes, func(n CreditNoteOf) bool { return n.Waits() }) // may never be issued
	return v, err
}

// AccountInvoice returns one invoice to any account, for the vendor's staff.
func (s *Store) AccountInvoice(ctx context.Context, actor Actor, id string) (InvoiceView, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return InvoiceView{}, err
	}
	i, err := rowsOf[Invoice](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return InvoiceView{}, orNotFound(err, "Invoice")
	}
	return s.invoiceView(ctx, i.AccountID, id)
}

func (s *Store) invoiceView(ctx context.Context, accountID, id string) (InvoiceView, error) {
	v, err := invoiceView(ctx, s.reader, accountID, id)
	if err == nil && v.Invoice.PaidAt == nil && v.Invoice.VoidedAt == nil {
		v.Blocked, err = late(ctx, s.reader, v.Invoice.OrderID, s.Now())
	}
	return v, err
}

func invoiceView(ctx context.Context, db *gorm.DB, accountID, id string) (v InvoiceView, err error) {
	if v.Invoice, err = invoice(ctx, db, accountID, id); err != nil {
		return v, err
	}
	if v.Lines, err = rowsOf[InvoiceLine](db).Where("invoice_id = ?", id).Order("position").Find(ctx); err != nil {
		return v, err
	}
	if v.Account, err = rowsOf[Account](db).Where("id = ?", accountID).Take(ctx); err != nil {
		return v, err
	}
	if v.Terms, err = rowsOf[PlanTerms](db).Where("id = ?", v.Invoice.TermsID).Take(ctx); err != nil {
		return v, err
	}
	annex, err := rowsOf[Annex](db).Where("id = ?", v.Invoice.AnnexID).Take(ctx)
	if err != nil {
		return v, err
	}
	v.AnnexVersion = annex.Version
	if v.Zone, err = zoneAt(ctx, db, accountID, v.Invoice.IssuedAt); err != nil {
		return v, err
	}
	v.IssuedName, err = userName(ctx, db, &v.Invoice.IssuedBy)
	if err == nil {
		v.ClaimedName, err = userName(ctx, db, v.Invoice.ClaimedBy)
	}
	if err == nil {
		v.VoidedName, err = userName(ctx, db, v.Invoice.VoidedBy)
	}
	if err != nil {
		return v, err
	}
	if v.Payments, err = rowsOf[InvoicePayment](db).Raw(`SELECT l.*, p.reference, p.method, p.received_on, p.reversed_at FROM allocations l JOIN payments p ON p.id = l.payment_id
		WHERE l.invoice_id = ? ORDER BY l.allocated_at, l.id`, id).Find(ctx); err != nil {
		return v, err
	}
	if v.CreditNotes, err = creditNotes(ctx, db, id); err != nil {
		return v, err
	}
	v.Events, err = rowsOf[Event](db).Where("account_id = ? AND subject_id = ?", accountID, id).Order("at DESC, id DESC").Limit(100).Find(ctx)
	return v, err
}

// invoice returns an invoice to an account; one to another is not found.
func invoice(ctx context.Context, db *gorm.DB, accountID, id string) (Invoice, error) {
	i, err := rowsOf[Invoice](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx)
	return i, orNotFound(err, "Invoice")
}

// InvoicePaper returns an invoice to the actor's account as render first put it
// on paper. size is a Paper; any other is what the account's country prints on.
func (s *Store) InvoicePaper(ctx context.Context, actor Actor, id, size string, render func(InvoiceView, Paper) ([]byte, error)) (InvoiceView, []byte, error) {
	v, err := s.Invoice(ctx, actor, id)
	if err != nil {
		return v, nil, err
	}
	return s.invoicePaper(ctx, v, size, render)
}

// AccountInvoicePaper is InvoicePaper for any account, for the vendor's staff.
func (s *Store) AccountInvoicePaper(ctx context.Context, actor Actor, id, size string, render func(InvoiceView, Paper) ([]byte, error)) (InvoiceView, []byte, error) {
	v, err := s.AccountInvoice(ctx, actor, id)
	if err != nil {
		return v, nil, err
	}
	return s.invoicePaper(ctx, v, size, render)
}

func (s *Store) invoicePaper(ctx context.Context, v InvoiceView, size string, render func(InvoiceView, Paper) ([]byte, error)) (InvoiceView, []byte, error) {
	paper := ParsePaper(size, v.Invoice.Country)
	content, err := s.document(ctx, v.Invoice.AccountID, invoiceDocument, v.Invoice.ID, paper, func() ([]byte, error) { return render(v, paper) })
	return v, content, err
}

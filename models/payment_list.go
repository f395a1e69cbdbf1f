package models

import (
	"context"

	"gorm.io/gorm"

	"reselling/models/bankcsv"
	"reselling/models/money"
)

// PaymentRow is a receipt in a list.
type PaymentRow struct {
	Payment     `gorm:"embedded"`
	AccountName string
	Allocated   int64
}

// Credit is what of the receipt pays no invoice; nothing of a reversed one.
func (r PaymentRow) Credit() money.Amount { return r.credit(r.Allocated) }

func (p Payment) credit(allocated int64) money.Amount {
	if p.ReversedAt != nil {
		return p.of(0)
	}
	return p.of(p.Amount - allocated)
}

// PaymentState is what a list of receipts is narrowed to.
type PaymentState string

// The states of a receipt.
const (
	PaymentAllocated PaymentState = "allocated"
	PaymentCredit    PaymentState = "credit" // something is left
	PaymentIsBack    PaymentState = "reversed"
)

// PaymentStates lists the states in the order of a menu.
var PaymentStates = []PaymentState{PaymentAllocated, PaymentCredit, PaymentIsBack}

// State is what became of the receipt.
func (r PaymentRow) State() PaymentState {
	switch {
	case r.ReversedAt != nil:
		return PaymentIsBack
	case r.Allocated < r.Amount:
		return PaymentCredit
	}
	return PaymentAllocated
}

const allocatedSum = "(SELECT COALESCE(SUM(x.amount), 0) FROM allocations x WHERE x.payment_id = p.id AND x.released_at IS NULL)"

// paymentStates are the conditions of PaymentState on payments p.
var paymentStates = map[PaymentState]string{
	PaymentAllocated: "p.reversed_at IS NULL AND p.amount = " + allocatedSum,
	PaymentCredit:    "p.reversed_at IS NULL AND p.amount > " + allocatedSum,
	PaymentIsBack:    "p.reversed_at IS NOT NULL",
}

// PaymentFilter narrows a list of receipts; zero fields don't.
type PaymentFilter struct {
	Query     string // in reference and account
	State     PaymentState
	AccountID string
	Sort      string // "received": what was received last first; else what was recorded last
}

func (f PaymentFilter) listing() (listing, func(PaymentRow) (any, string)) {
	q := listing{
		selects: "SELECT p.*, a.name AS account_name, " + allocatedSum + " AS allocated FROM payments p LEFT JOIN accounts a ON a.id = p.account_id",
		order:   order{column: "p.recorded_at", id: "p.id", desc: true, isTime: true},
	}
	key := func(r PaymentRow) (any, string) { return r.RecordedAt, r.ID }
	if f.Sort == "received" {
		q.order = order{column: "p.received_on", id: "p.id", desc: true}
		key = func(r PaymentRow) (any, string) { return string(r.ReceivedOn), r.ID }
	}
	if f.Query != "" {
		q.and(`(p.reference_key LIKE ? ESCAPE '\' OR a.search LIKE ? ESCAPE '\')`, like(bankcsv.ReferenceKey(f.Query)), like(f.Query))
	}
	if condition, ok := paymentStates[f.State]; ok {
		q.and(condition)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	if f.AccountID != "" {
		q.and("p.account_id = ?", f.AccountID)
	}
	return q, key
}

// AccountPayments returns one page of the receipts of all accounts, for the vendor's staff.
func (s *Store) AccountPayments(ctx context.Context, actor Actor, f PaymentFilter, p Paging) (Page[PaymentRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[PaymentRow]{}, err
	}
	q, key := f.listing()
	return list(ctx, s.reader, q, p, key)
}

// EachAccountPayment runs fn for every receipt that AccountPayments would list.
func (s *Store) EachAccountPayment(ctx context.Context, actor Actor, f PaymentFilter, fn func(PaymentRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	q, key := f.listing()
	return each(ctx, s.reader, q, key, fn)
}

// PaymentView is a receipt with everything that its page shows.
type PaymentView struct {
	Payment      Payment
	Account      Account
	Allocations  []AllocationOf // released ones, too
	RecordedName string
	ReversedName string
	Open         []Invoice // of the account, what is due first
	Events       []Event
}

// AllocationOf is an allocation with what it pays.
type AllocationOf struct {
	Allocation `gorm:"embedded"`
	Number     string
	ClientName string
}

// Credit is what of the receipt pays no invoice; nothing of a reversed one.
func (v PaymentView) Credit() money.Amount {
	var allocated int64
	for _, a := range v.Allocations {
		if a.ReleasedAt == nil {
			allocated += a.Amount
		}
	}
	return v.Payment.credit(allocated)
}

// AccountPayment returns one receipt of any account, for the vendor's staff.
func (s *Store) AccountPayment(ctx context.Context, actor Actor, id string) (PaymentView, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return PaymentView{}, err
	}
	return s.paymentView(ctx, s.reader, id)
}

func (s *Store) paymentView(ctx context.Context, db *gorm.DB, id string) (v PaymentView, err error) {
	if v.Payment, err = rowsOf[Payment](db).Where("id = ?", id).Take(ctx); err != nil {
		return v, orNotFound(err, "Payment")
	}
	if v.Account, err = rowsOf[Account](db).Where("id = ?", v.Payment.AccountID).Take(ctx); err != nil {
		return v, err
	}
	if v.Allocations, err = rowsOf[AllocationOf](db).Raw(`SELECT a.*, i.number, i.client_name FROM allocations a JOIN invoices i ON i.id = a.invoice_id
		WHERE a.payment_id = ? ORDER BY a.id`, id).Find(ctx); err != nil {
		return v, err
	}
	if v.RecordedName, err = userName(ctx, db, &v.Payment.RecordedBy); err != nil {
		return v, err
	}
	if v.ReversedName, err = userName(ctx, db, v.Payment.ReversedBy); err != nil {
		return v, err
	}
	if v.Open, err = openInvoices(ctx, db, v.Account.ID); err != nil {
		return v, err
	}
	v.Events, err = rowsOf[Event](db).Where("account_id = ? AND subject_id = ?", v.Account.ID, id).Order("at DESC, id DESC").Limit(100).Find(ctx)
	return v, err
}

// openInvoices are the invoices to an account of which something is open, what is due first.
func openInvoices(ctx context.Context, db *gorm.DB, accountID string) ([]Invoice, error) {
	return rowsOf[Invoice](db).Where("account_id = ? AND paid_at IS NULL AND voided_at IS NULL", accountID).Order("due_on, id").Limit(maxAllocations).Find(ctx)
}

// PaymentDraft is an account with its open invoices, for whoever records what it has paid.
type PaymentDraft struct {
	Account Account // empty until one is chosen
	Open    []Invoice
	Today   Date // the vendor's
}

// PaymentDraft returns what a receipt of an account can pay; of none that there
// is, only the day.
func (s *Store) PaymentDraft(ctx context.Context, actor Actor, accountID string) (d PaymentDraft, err error) {
	if err := actor.require(ManageInvoices); err != nil {
		return d, err
	}
	zone, err := vendorZone(ctx, s.reader)
	if err != nil {
		return d, err
	}
	d.Today = DateIn(s.Now(), zone)
	chosen, err := rowsOf[Account](s.reader).Where("id = ?", accountID).Find(ctx)
	if err != nil || len(chosen) == 0 {
		return d, err
	}
	d.Account = chosen[0]
	d.Open, err = openInvoices(ctx, s.reader, accountID)
	return d, err
}

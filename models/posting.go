package models

import (
	"context"
	"time"

	"reselling/models/money"
)

// PostingKind is what changed what an account owes the vendor.
type PostingKind string

// The kinds of postings.
const (
	InvoicePosting    PostingKind = "invoice"     // more is owed
	VoidPosting       PostingKind = "void"        // less
	CreditNotePosting PostingKind = "credit_note" // less
	PaymentPosting    PostingKind = "payment"     // less
	ReversalPosting   PostingKind = "reversal"    // more
)

// Posting is one line of an account's statement. It never changes; the
// balance is the sum of all, above 0 where the account owes.
type Posting struct {
	ID        string
	AccountID string
	At        time.Time
	Day       Date // in the account's zone
	Kind      PostingKind
	SubjectID string
	OrderID   *string
	Number    string // of the document, or the payment's reference
	Amount    int64  // minor units; above 0: more is owed
	Currency  string
}

// Sum is the amount with its currency.
func (p Posting) Sum() money.Amount { return money.Of(p.Amount, p.Currency) }

// post writes a posting. The account is locked.
func (tx *tx) post(ctx context.Context, p Posting) error {
	zone, err := zoneAt(ctx, tx.DB, p.AccountID, tx.now)
	if err != nil {
		return err
	}
	p.ID, p.At, p.Day = newID(), tx.now, DateIn(tx.now, zone)
	return rowsOf[Posting](tx.DB).Create(ctx, &p)
}

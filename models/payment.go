package models

import (
	"time"

	"reselling/models/money"
)

// Payment is a receipt of the vendor. The same account, method and reference
// count once.
type Payment struct {
	ID             string
	AccountID      string
	Amount         int64
	Currency       string
	Method         PaymentMethod
	Reference      string
	ReferenceKey   string // see bankcsv.ReferenceKey
	ReceivedOn     Date
	Note           string
	RecordedAt     time.Time
	RecordedBy     string
	ReversedAt     *time.Time
	ReversedBy     *string
	ReversalReason string
}

// PaymentMethod is how money came.
type PaymentMethod string

// The methods of payment.
const (
	BankTransfer PaymentMethod = "bank_transfer"
	Card         PaymentMethod = "card"
	Check        PaymentMethod = "check"
	Cash         PaymentMethod = "cash"
	OtherMethod  PaymentMethod = "other"
)

// PaymentMethods lists the methods in the order of a menu.
var PaymentMethods = []PaymentMethod{BankTransfer, Card, Check, Cash, OtherMethod}

// Sum is the amount with its currency.
func (p Payment) Sum() money.Amount { return money.Of(p.Amount, p.Currency) }

// of is another amount in the payment's currency.
func (p Payment) of(minor int64) money.Amount { return money.Of(minor, p.Currency) }

func (p Payment) subject() subject {
	return subject{kind: "payment", id: p.ID, name: p.Reference, accountID: p.AccountID}
}

// Allocation is what of a payment pays which invoice, until it is released. What
// no allocation takes of a payment that was not reversed is the account's credit.
type Allocation struct {
	ID          string
	AccountID   string
	PaymentID   string
	InvoiceID   string
	Amount      int64
	AllocatedAt time.Time
	AllocatedBy string
	ReleasedAt  *time.Time
	ReleasedBy  *string
}

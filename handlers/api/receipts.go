package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
	"reselling/models/money"
)

const receiptTag = "Vendor: invoices and receipts"

// VendorInvoice is the vendor's to an account.
type VendorInvoice struct {
	ID        string    `json:"id" example:"0198b0c4-be50-7d41-af60-8b9c0d1e2f01"`
	Number    string    `json:"number" example:"V-2026-00001"`
	State     string    `json:"state" enum:"due,overdue,paid,credited,void" example:"due"`
	AccountID string    `json:"account_id" example:"0198b0c4-1a00-7000-8000-0a1b2c3d4e01"`
	OrderID   string    `json:"order_id" example:"0198b0c4-9c30-7b21-8d4e-6f7a8b9c0d01"`
	Reference string    `json:"payment_reference" doc:"ISO 11649: what the account is asked to pay with." example:"RF18V202600001"`
	IssuedAt  time.Time `json:"issued_at" example:"2026-11-23T09:00:00Z"`
	DueOn     string    `json:"due_on" example:"2026-12-07"`
	Net       Money     `json:"net"`
	Tax       Money     `json:"tax"`
	Total     Money     `json:"total"`
	Open      Money     `json:"open" doc:"What is still to be paid."`
}

func (a *API) vendorInvoice(r models.InvoiceRow) VendorInvoice {
	i := r.Invoice
	return VendorInvoice{
		ID: i.ID, Number: i.Number, State: word(i.Status(a.store.Now())), AccountID: i.AccountID, OrderID: i.OrderID, Reference: i.PaymentReference, IssuedAt: i.IssuedAt.UTC(), DueOn: string(i.DueOn),
		Net: moneyOf(i.Amount(i.Net)), Tax: moneyOf(i.Amount(i.Tax)), Total: moneyOf(i.Amount(i.Total)), Open: moneyOf(i.Open()),
	}
}

// Receipt is money that came from an account. The same account, method and
// reference count once.
type Receipt struct {
	ID          string       `json:"id" example:"0198b0c4-cf60-7e51-b071-9c0d1e2f3a01"`
	AccountID   string       `json:"account_id" example:"0198b0c4-1a00-7000-8000-0a1b2c3d4e01"`
	Amount      Money        `json:"amount"`
	Credit      Money        `json:"credit" doc:"What of it pays no invoice."`
	Method      string       `json:"method" enum:"bank_transfer,card,check,cash,other" example:"bank_transfer"`
	Reference   string       `json:"reference" example:"2026-11-23/4711"`
	ReceivedOn  string       `json:"received_on" example:"2026-11-23"`
	Note        string       `json:"note,omitempty"`
	RecordedAt  time.Time    `json:"recorded_at" example:"2026-11-23T09:00:00Z"`
	ReversedAt  *time.Time   `json:"reversed_at,omitempty"`
	Allocations []Allocation `json:"allocations,omitempty" doc:"What it pays; in lists they are left out."`
}

// Allocation is what of a receipt pays which invoice.
type Allocation struct {
	InvoiceID     string     `json:"invoice_id" example:"0198b0c4-be50-7d41-af60-8b9c0d1e2f01"`
	InvoiceNumber string     `json:"invoice_number,omitempty" example:"V-2026-00001"`
	Amount        Money      `json:"amount"`
	ReleasedAt    *time.Time `json:"released_at,omitempty" doc:"Since when it counts no more: the receipt was reversed, or the invoice credited."`
}

func receiptOf(p models.Payment, credit money.Amount) Receipt {
	return Receipt{
		ID: p.ID, AccountID: p.AccountID, Amount: moneyOf(p.Sum()), Credit: moneyOf(credit), Method: string(p.Method), Reference: p.Reference, ReceivedOn: string(p.ReceivedOn), Note: p.Note,
		RecordedAt: p.RecordedAt.UTC(), ReversedAt: utc(p.ReversedAt),
	}
}

func receiptDetail(v models.PaymentView) Receipt {
	r := receiptOf(v.Payment, v.Credit())
	for _, a := range v.Allocations {
		r.Allocations = append(r.Allocations, Allocation{InvoiceID: a.InvoiceID, InvoiceNumber: a.Number, Amount: Money{a.Amount, v.Payment.Currency}, ReleasedAt: utc(a.ReleasedAt)})
	}
	return r
}

// ReceiptCreation is the body that records a receipt.
type ReceiptCreation struct {
	AccountID   string            `json:"account_id" example:"0198b0c4-1a00-7000-8000-0a1b2c3d4e01"`
	Amount      Money             `json:"amount" doc:"In the account's currency."`
	Method      string            `json:"method" enum:"bank_transfer,card,check,cash,other" example:"bank_transfer"`
	Reference   string            `json:"reference" maxLength:"200" doc:"Of the bank or the payment provider. The same account, method and reference count once." example:"2026-11-23/4711"`
	ReceivedOn  string            `json:"received_on" format:"date" example:"2026-11-23"`
	Note        string            `json:"note,omitempty" maxLength:"4000"`
	Allocations []AllocationEntry `json:"allocations,omitempty" maxItems:"200" doc:"What it pays. What is left is the account's credit."`
}

// AllocationEntry is what of a receipt shall pay which invoice.
type AllocationEntry struct {
	InvoiceID string `json:"invoice_id" example:"0198b0c4-be50-7d41-af60-8b9c0d1e2f01"`
	Amount    Money  `json:"amount"`
}

type vendorInvoicesInput struct {
	Paging
	Query     string `query:"query" maxLength:"200" doc:"In number, payment reference, client, PO number and account."`
	State     string `query:"state" enum:"due,overdue,paid,credited,void"`
	AccountID string `query:"account_id" maxLength:"100"`
	Sort      string `query:"sort" enum:"newest,due" default:"newest"`
}

type receiptsInput struct {
	Paging
	Query     string `query:"query" maxLength:"200" doc:"In reference and account."`
	AccountID string `query:"account_id" maxLength:"100"`
}

func (a *API) receiptOperations() {
	register(a, huma.Operation{
		OperationID: "list-invoices", Method: http.MethodGet, Path: "/vendor/invoices", Tags: []string{receiptTag}, Summary: "List or search the invoices to accounts",
	}, withVendorToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *vendorInvoicesInput) (*found[List[VendorInvoice]], error) {
		f := models.InvoiceFilter{Query: in.Query, State: models.InvoiceStatus(in.State), AccountID: in.AccountID}
		if in.Sort == "due" {
			f.Sort = "due"
		}
		page, err := a.store.AccountInvoices(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, a.vendorInvoice), nil
	})
	register(a, huma.Operation{
		OperationID: "list-receipts", Method: http.MethodGet, Path: "/vendor/receipts", Tags: []string{receiptTag}, Summary: "List or search receipts",
	}, withVendorToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *receiptsInput) (*found[List[Receipt]], error) {
		page, err := a.store.AccountPayments(ctx, actor, models.PaymentFilter{Query: in.Query, AccountID: in.AccountID}, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, func(r models.PaymentRow) Receipt { return receiptOf(r.Payment, r.Credit()) }), nil
	})
	register(a, huma.Operation{
		OperationID: "record-receipt", Method: http.MethodPost, Path: "/vendor/receipts", Tags: []string{receiptTag}, Summary: "Record a receipt", DefaultStatus: http.StatusCreated,
		Description: "An invoice that it pays in full activates its licences at once. Refused with the code recorded, and the id of the first as subject, where the receipt was recorded before.",
	}, withVendorToken(models.ScopeReceipts), a.recordReceipt)
	register(a, huma.Operation{
		OperationID: "read-receipt", Method: http.MethodGet, Path: "/vendor/receipts/{id}", Tags: []string{receiptTag}, Summary: "Read a receipt, with what it pays",
	}, withVendorToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[Receipt], error) {
		return show(receiptDetail)(a.store.AccountPayment(ctx, actor, in.ID))
	})
}

func (a *API) recordReceipt(ctx context.Context, actor models.Actor, in *struct{ Body ReceiptCreation }) (*created[Receipt], error) {
	b := in.Body
	draft, err := a.store.PaymentDraft(ctx, actor, b.AccountID)
	if err != nil {
		return nil, err
	}
	problems, currency := models.Problems{}, draft.Account.Currency
	typed := func(field string, m Money) string {
		if m.Currency != currency || m.Amount < 0 {
			problems.Add(field, "An amount is at least 0, and in the currency of the account: "+currency+".")
		}
		return money.Of(m.Amount, currency).Typed()
	}
	if draft.Account.ID == "" {
		return nil, models.Problems{"account_id": "There is no such account."}.Err()
	}
	e := models.PaymentEntry{
		AccountID: b.AccountID, Amount: typed("amount", b.Amount), Method: models.PaymentMethod(b.Method), Reference: b.Reference, ReceivedOn: b.ReceivedOn, Note: b.Note, RequestKey: requestKey(ctx),
	}
	for i, allocation := range b.Allocations {
		e.Allocations = append(e.Allocations, models.AllocationEntry{InvoiceID: allocation.InvoiceID, Amount: typed(models.Row("allocation", i), allocation.Amount)})
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	p, err := a.store.RecordPayment(ctx, actor, e)
	if err != nil {
		return nil, err
	}
	v, err := a.store.AccountPayment(ctx, actor, p.ID)
	if err != nil {
		return nil, err
	}
	return createdAt("/vendor/receipts", p.ID, receiptDetail(v)), nil
}

package models

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"time"

	"reselling/models/money"
)

// Invoice is the vendor's to an account: the full price less the reselling
// share. It is a snapshot; after its issue only facts are added to it.
type Invoice struct {
	ID               string
	AccountID        string
	OrderID          string
	Number           string // V-2026-00001
	Year             int    // of the series, in the vendor's zone
	Sequence         int
	IssuedAt         time.Time
	IssuedBy         string
	IssuedOn         Date // in the vendor's zone
	DueOn            Date
	OverdueAt        time.Time // when the day after DueOn begins in the account's zone
	Currency         string
	PONumber         string `gorm:"column:po_number"`
	PaymentReference string // ISO 11649
	ClientName       string // for whom the order was placed
	VendorLegalName  string
	VendorAddress    string
	VendorTaxID      string
	VendorCountry    string
	BankDetails      string
	LegalName        string // of the account, like the next three
	Address          string
	TaxID            string
	Country          string
	TermsID          string
	AnnexID          string
	Percentage       int // hundredths of a percent
	Net              int64
	TaxRate          int // hundredths of a percent
	Tax              int64
	Total            int64
	Credited         int64 // by credit notes
	Allocated        int64 // from payments
	PaidAt           *time.Time
	ReopenedAt       *time.Time // when the payment that had activated licences was taken back
	ClaimedAt        *time.Time // when the account said that it has paid
	ClaimedBy        *string
	ClaimNote        string
	RemindedAt       *time.Time
	VoidedAt         *time.Time
	VoidedBy         *string
	VoidReason       string
	Search           string
	Version          int
}

// InvoiceLine is a line as it was settled at placing.
type InvoiceLine struct {
	ID          string
	InvoiceID   string
	Position    int
	LineID      string // of the order
	ProductCode string
	ProductName string
	Seats       int
	Quarters    int
	Coterm      string // as in OrderLine
	UnitPrice   int64
	PriceID     *string
	FullPrice   int64
	Share       int64
	Due         int64
}

// Amount is an amount of the invoice in its currency.
func (i Invoice) Amount(minor int64) money.Amount { return money.Of(minor, i.Currency) }

// Open is what is still to be paid; nothing of a void one.
func (i Invoice) Open() money.Amount {
	if i.VoidedAt != nil {
		return i.Amount(0)
	}
	return i.Amount(i.Total - i.Credited - i.Allocated)
}

// InvoiceStatus is derived from facts and the clock.
type InvoiceStatus string

// The states of an invoice.
const (
	InvoiceVoid     InvoiceStatus = "void"
	InvoiceCredited InvoiceStatus = "credited"
	InvoicePaid     InvoiceStatus = "paid"
	InvoiceOverdue  InvoiceStatus = "overdue"
	InvoiceDue      InvoiceStatus = "due"
)

// InvoiceStatuses lists the states in the order of a menu.
var InvoiceStatuses = []InvoiceStatus{InvoiceDue, InvoiceOverdue, InvoicePaid, InvoiceCredited, InvoiceVoid}

// Status is the state of i at now: void, else credited in full, else paid, else
// overdue from the day after its due date on, else due.
func (i Invoice) Status(now time.Time) InvoiceStatus {
	switch {
	case i.VoidedAt != nil:
		return InvoiceVoid
	case i.Total > 0 && i.Credited == i.Total:
		return InvoiceCredited
	case i.PaidAt != nil:
		return InvoicePaid
	case !now.Before(i.OverdueAt):
		return InvoiceOverdue
	}
	return InvoiceDue
}

func (i Invoice) subject() subject {
	return subject{kind: "invoice", id: i.ID, name: i.Number, accountID: i.AccountID}
}

// issueInvoice issues the invoice of an order that is being placed: numbered,
// with both sides' particulars and what was settled. The account is locked.
func (tx *tx) issueInvoice(ctx context.Context, actor Actor, account Account, o orderOf) (Invoice, error) {
	vendor, err := rowsOf[Vendor](tx.DB).Where("id = ?", 1).Take(ctx)
	if err != nil {
		return Invoice{}, err
	}
	vendorZone, err := vendor.zone()
	if err != nil {
		return Invoice{}, err
	}
	zone, err := zoneAt(ctx, tx.DB, account.ID, tx.now)
	if err != nil {
		return Invoice{}, err
	}
	i := Invoice{
		ID: newID(), AccountID: account.ID, OrderID: o.order.ID, IssuedAt: tx.now, IssuedBy: actor.UserID, IssuedOn: DateIn(tx.now, vendorZone),
		Currency: o.order.Currency, PONumber: o.order.PONumber, ClientName: o.client.Company, VendorLegalName: vendor.LegalName, VendorAddress: vendor.Address, VendorTaxID: vendor.TaxID,
		VendorCountry: vendor.Country, BankDetails: vendor.BankDetails, LegalName: account.LegalName, Address: account.Address, TaxID: account.TaxID,
		Country: account.Country, TermsID: *o.order.TermsID, AnnexID: *o.order.AnnexID, Percentage: *o.order.Percentage, TaxRate: account.TaxRate, Version: 1,
	}
	i.DueOn = i.IssuedOn.AddDays(account.PaymentDays)
	i.OverdueAt = i.DueOn.AddDays(1).StartIn(zone)
	i.Year = i.IssuedOn.Time().Year()
	sum, err := o.frozen()
	if err != nil {
		return i, err
	}
	tax, total, err := taxed(sum.Due, i.TaxRate)
	if err != nil {
		return i, err
	}
	i.Net, i.Tax, i.Total = sum.Due.Minor, tax.Minor, total.Minor
	if total.IsZero() {
		i.PaidAt = &tx.now
	}
	if i.Sequence, err = tx.nextNumber(ctx, vendorIssuer, seriesInvoice, i.Year); err != nil {
		return i, err
	}
	i.Number = documentNumber("V", i.Year, i.Sequence)
	i.PaymentReference = creditorReference(i.Number)
	i.Search = fold(strings.Join([]string{i.Number, i.PaymentReference, i.LegalName, i.PONumber, i.ClientName}, " "))
	if err := rowsOf[Invoice](tx.DB).Create(ctx, &i); err != nil {
		return i, fmt.Errorf("create invoice: %w", err)
	}
	for _, l := range o.lines {
		line := InvoiceLine{
			ID: newID(), InvoiceID: i.ID, Position: l.Position, LineID: l.ID, ProductCode: l.ProductCode, ProductName: l.ProductName,
			Seats: l.Seats, Quarters: l.Quarters, Coterm: l.Coterm, UnitPrice: *l.UnitPrice, PriceID: l.PriceID,
			FullPrice: *l.FullPrice, Share: *l.Share, Due: *l.Due,
		}
		if err := rowsOf[InvoiceLine](tx.DB).Create(ctx, &line); err != nil {
			return i, fmt.Errorf("create invoice line: %w", err)
		}
	}
	if err := tx.post(ctx, Posting{AccountID: account.ID, Kind: InvoicePosting, SubjectID: i.ID, OrderID: &i.OrderID, Number: i.Number, Amount: i.Total, Currency: i.Currency}); err != nil {
		return i, err
	}
	return i, tx.record(ctx, actor, "invoice.issued", i.subject(), nil, map[string]any{"total": total.String(), "due_on": string(i.DueOn), "order": o.order.ID})
}

// documentNumber is the n-th number of a year's series: "V-2026-00001".
func documentNumber(prefix string, year, n int) string {
	return fmt.Sprintf("%s-%d-%05d", prefix, year, n)
}

// creditorReference makes a payment reference of a document's number, with the
// check digits of ISO 11649, so that banks notice when it is mistyped.
func creditorReference(number string) string {
	plain := strings.ReplaceAll(strings.ToUpper(number), "-", "")
	var digits strings.Builder
	for _, r := range plain + "RF00" {
		if r >= 'A' && r <= 'Z' {
			fmt.Fprintf(&digits, "%d", r-'A'+10)
		} else {
			digits.WriteRune(r)
		}
	}
	n, _ := new(big.Int).SetString(digits.String(), 10)
	check := 98 - new(big.Int).Mod(n, big.NewInt(97)).Int64()
	return fmt.Sprintf("RF%02d%s", check, plain)
}

// isNamedIn reports whether a text, as banks show it, names the number or the
// payment reference of i.
func (i Invoice) isNamedIn(text string) bool {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
				return r
			}
			return -1
		}, strings.ToUpper(s))
	}
	number, rest, found := plain(i.Number), plain(text), false
	for !found {
		_, after, ok := strings.Cut(rest, number)
		if !ok {
			return false
		}
		found, rest = after == "" || after[0] > '9', after // V-2026-000010 does not name V-2026-00001
	}
	return true
}

package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// InvoiceLetter tells somebody who pays for an account about an invoice.
type InvoiceLetter struct {
	InvoiceID, AccountID string
	To, Name             string
	AccountName          string
	Company              string // of the client
	Number               string
	Total, Open          string
	DueOn                Date
	OverdueDays          int
	Reference            string
	BankDetails          string
	Vendor               string
	Reason               string // why it is void
	IsPaid               bool   // nothing is open
	Link, PDFLink        string
}

// InvoiceForMail returns the mail about an invoice, if what it tells still holds
// and its reader still pays for the account.
func (s *Store) InvoiceForMail(ctx context.Context, actor Actor, job InvoiceMail) (InvoiceLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return InvoiceLetter{}, false, err
	}
	i, err := rowsOf[Invoice](s.reader).Where("id = ?", job.InvoiceID).Take(ctx)
	if err != nil {
		return InvoiceLetter{}, false, noLetter(err)
	}
	status := i.Status(s.Now())
	switch job.News {
	case InvoiceIssued:
		if status == InvoiceVoid {
			return InvoiceLetter{}, false, nil
		}
	case InvoiceIsOverdue:
		if status != InvoiceOverdue || i.RemindedAt == nil || i.RemindedAt.UnixMicro() != job.At {
			return InvoiceLetter{}, false, nil
		}
	}
	v, err := invoiceView(ctx, s.reader, i.AccountID, i.ID)
	if err != nil {
		return InvoiceLetter{}, false, err
	}
	readers, err := rowsOf[User](s.reader).Raw(`SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
		WHERE m.account_id = ? AND u.id = ? AND u.removed_at IS NULL AND (m.role IN ? OR m.reselling_role = ?)`, i.AccountID, job.UserID, []Role{Owner, BillingContact}, Billing).Find(ctx)
	if err != nil || len(readers) == 0 {
		return InvoiceLetter{}, false, err
	}
	vendor, err := s.Vendor(ctx, actor)
	if err != nil {
		return InvoiceLetter{}, false, err
	}
	link := s.URL("/invoices/" + i.ID)
	return InvoiceLetter{
		InvoiceID: i.ID, AccountID: i.AccountID, To: readers[0].Email, Name: readers[0].Name, AccountName: v.Account.Name, Company: i.ClientName,
		Number: i.Number, Total: i.Amount(i.Total).String(), Open: i.Open().String(), DueOn: i.DueOn, OverdueDays: i.overdueDays(s.Now(), v.Zone),
		Reference: i.PaymentReference, BankDetails: i.BankDetails, Vendor: vendor.Name, Reason: i.VoidReason, IsPaid: i.PaidAt != nil, Link: link, PDFLink: link + "/pdf",
	}, true, nil
}

// noLetter is the error that keeps a letter back: what is gone needs none.
func noLetter(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	return err
}

// OrderPlacedForMail returns the mail about an order that was placed.
func (s *Store) OrderPlacedForMail(ctx context.Context, actor Actor, job OrderPlacedMail) (OrderLetter, bool, error) {
	l, o, ok, err := s.orderLetter(ctx, actor, job.OrderID, PriceAnswered)
	if err != nil || !ok || o.PlacedAt == nil || o.CancelledAt != nil {
		return l, false, err
	}
	if l.PlacedBy, err = userName(ctx, s.reader, o.PlacedBy); err != nil {
		return l, false, err
	}
	if job.UserID != "" {
		return l, l.To != "", nil
	}
	vendor, err := s.Vendor(ctx, actor)
	l.To, l.Name, l.Zone, l.Link = vendor.CustomerSuccessEmail, vendor.CustomerSuccessName, vendor.TimeZone, s.URL("/admin/orders/"+o.ID)
	l.ForVendor = true
	return l, l.To != "", err
}

package models

import (
	"context"
	"time"
)

// PaymentLetter tells somebody who pays for an account about a receipt.
type PaymentLetter struct {
	PaymentID, AccountID string
	To, Name             string
	AccountName          string
	Amount, Reference    string
	ReceivedOn           Date
	Invoices             []string // that it pays: "V-2026-00001: 10.00 EUR"
	Credit               string   // what is left; empty for nothing
	Reason               string   // why it was reversed
	Link                 string   // to the statement
}

// PaymentForMail returns the mail about a receipt, if its reader still pays for
// the account and, of one that was received, it has not been reversed.
func (s *Store) PaymentForMail(ctx context.Context, actor Actor, job PaymentMail) (PaymentLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return PaymentLetter{}, false, err
	}
	v, err := s.paymentView(ctx, s.reader, job.PaymentID)
	if err != nil {
		if KindOf(err) == NotFound {
			return PaymentLetter{}, false, nil
		}
		return PaymentLetter{}, false, err
	}
	if (v.Payment.ReversedAt != nil) != (job.News == PaymentReversed) {
		return PaymentLetter{}, false, nil
	}
	readers, err := rowsOf[User](s.reader).Raw(`SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
		WHERE m.account_id = ? AND u.id = ? AND u.removed_at IS NULL AND (m.role IN ? OR m.reselling_role = ?)`, v.Account.ID, job.UserID, []Role{Owner, BillingContact}, Billing).Find(ctx)
	if err != nil || len(readers) == 0 {
		return PaymentLetter{}, false, err
	}
	l := PaymentLetter{
		PaymentID: v.Payment.ID, AccountID: v.Account.ID, To: readers[0].Email, Name: readers[0].Name, AccountName: v.Account.Name, Amount: v.Payment.Sum().String(),
		Reference: v.Payment.Reference, ReceivedOn: v.Payment.ReceivedOn, Reason: v.Payment.ReversalReason, Link: s.URL("/statement"),
	}
	for _, a := range v.Allocations {
		if a.ReleasedAt == nil {
			l.Invoices = append(l.Invoices, a.Number+": "+v.Payment.of(a.Amount).String())
		}
	}
	if credit := v.Credit(); !credit.IsZero() {
		l.Credit = credit.String()
	}
	return l, true, nil
}

// OrderActiveLetter brings a member the keys of an order's licences.
type OrderActiveLetter struct {
	OrderID, AccountID string
	To, Name           string
	AccountName        string
	Company            string
	Licenses           []LicenseLetterLine
	Zone               string
	Link               string // to the order
	AddsSeats          bool   // to a licence that was active already
}

// LicenseLetterLine is a licence in a mail.
type LicenseLetterLine struct {
	Product, Key string
	Seats        int
	EndsAt       time.Time
}

// OrderActiveForMail returns the mail about licences that an order has activated,
// if its reader still acts for the account.
func (s *Store) OrderActiveForMail(ctx context.Context, actor Actor, job OrderActiveMail) (OrderActiveLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return OrderActiveLetter{}, false, err
	}
	order, err := rowsOf[Order](s.reader).Where("id = ?", job.OrderID).Take(ctx)
	if err != nil || order.Status(s.Now()) != OrderActive {
		return OrderActiveLetter{}, false, noLetter(err)
	}
	readers, err := rowsOf[User](s.reader).Raw(`SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
		WHERE m.account_id = ? AND u.id = ? AND u.removed_at IS NULL AND (m.role = ? OR m.reselling_role = ?)`, order.AccountID, job.UserID, Owner, Seller).Find(ctx)
	if err != nil || len(readers) == 0 {
		return OrderActiveLetter{}, false, err
	}
	v, err := s.orderView(ctx, order.AccountID, order.ID, false)
	if err != nil {
		return OrderActiveLetter{}, false, err
	}
	l := OrderActiveLetter{
		OrderID: order.ID, AccountID: order.AccountID, To: readers[0].Email, Name: readers[0].Name, AccountName: v.Account.Name, Company: v.Client.Company,
		Zone: v.Zone.String(), Link: s.URL("/orders/" + order.ID), AddsSeats: order.Kind == SeatsOrder,
	}
	for _, line := range v.Lines {
		o, err := s.license(ctx, s.reader, order.AccountID, *line.LicenseID)
		if err != nil {
			return l, false, err
		}
		seats := line.Seats
		if l.AddsSeats {
			seats = o.license.Seats
		}
		l.Licenses = append(l.Licenses, LicenseLetterLine{Product: o.product.Name, Key: o.license.Key, Seats: seats, EndsAt: o.license.EndsAt.UTC()})
	}
	return l, true, nil
}

// ClientLicenseLetter brings a client a paid licence, or tells until when it now runs.
type ClientLicenseLetter struct {
	LicenseID, AccountID      string
	To, Name                  string // Name is the contact's, or empty
	Company                   string
	Product                   string
	Seats                     int
	EndsAt                    time.Time
	Zone                      string
	Link                      string // the licence page
	AccountName               string
	ContactName, ContactEmail string
	VendorName                string
	OrderedBy                 string // who placed the order; empty if nobody knows any more
	IsKnown                   bool   // the client had the licence before
}

// ClientLicenseForMail returns the mail about a paid term to a client who can use
// the licence, and whose page is open.
func (s *Store) ClientLicenseForMail(ctx context.Context, actor Actor, job ClientLicenseMail) (ClientLicenseLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return ClientLicenseLetter{}, false, err
	}
	term, err := rowsOf[LicenseTerm](s.reader).Where("id = ?", job.TermID).Take(ctx)
	if err != nil || term.EndedAt != nil {
		return ClientLicenseLetter{}, false, noLetter(err)
	}
	o, err := s.license(ctx, s.reader, term.AccountID, term.LicenseID)
	if err != nil || o.license.PageRevokedAt != nil || o.client.IsArchived() || o.license.Status(s.Now()) != LicenseActive {
		return ClientLicenseLetter{}, false, err
	}
	// A renewal may begin later, with other seats than the licence has today.
	if term.StartsAt.After(s.Now()) {
		if err := countSeats(ctx, s.reader, term.StartsAt, &o.license); err != nil {
			return ClientLicenseLetter{}, false, err
		}
	}
	page, err := s.clientPage(ctx, s.reader, s.linkToken(licensePageToken, o.license.ID, o.license.PageGeneration))
	if err != nil {
		return ClientLicenseLetter{}, false, err
	}
	order, err := rowsOf[Order](s.reader).Where("id = ?", term.OrderID).Take(ctx)
	if err != nil {
		return ClientLicenseLetter{}, false, err
	}
	by, err := userName(ctx, s.reader, order.PlacedBy)
	return ClientLicenseLetter{
		LicenseID: o.license.ID, AccountID: o.license.AccountID, To: o.client.Email, Name: o.client.ContactName, Company: o.client.Company,
		Product: o.product.Name, Seats: o.license.Seats, EndsAt: o.license.EndsAt.UTC(), Zone: page.Zone.String(), Link: s.pageURL(o.license),
		AccountName: page.Account.Name, ContactName: page.ContactName, ContactEmail: page.ContactEmail, VendorName: page.Vendor.Name,
		OrderedBy: by, IsKnown: o.license.CreatedAt.Before(term.CreatedAt),
	}, true, err
}

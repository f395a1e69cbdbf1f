package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// LicenseEndingLetter tells a client or a member of the account that a paid
// licence is about to end.
type LicenseEndingLetter struct {
	LicenseID, AccountID      string
	To, Name                  string
	ForClient                 bool
	Company                   string
	Product                   string
	Seats                     int
	EndsAt                    time.Time
	DaysLeft                  int // begun ones
	Zone                      string
	Link                      string // to the client's licence page, or to the licence in the portal
	AccountName               string
	ContactName, ContactEmail string // whom the client can ask
	RenewalLink               string // for a member: to the order that renews it, if one is under way
	VendorName                string
}

// LicenseEndingForMail returns a reminder that still says something true: the
// licence has that end, and it is ahead.
func (s *Store) LicenseEndingForMail(ctx context.Context, actor Actor, job LicenseEndingMail) (l LicenseEndingLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	license, err := rowsOf[License](s.reader).Where("id = ?", job.LicenseID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil || license.EndsAt.UnixMicro() != job.EndsAt || license.Status(s.Now()) != LicenseActive {
		return l, false, err
	}
	o, err := s.license(ctx, s.reader, license.AccountID, license.ID)
	if err != nil || o.client.IsArchived() {
		return l, false, err
	}
	if l, err = s.licenseEndingLetter(ctx, o); err != nil {
		return l, false, err
	}
	if job.UserID == "" {
		l.ForClient, l.To, l.Name, l.Link = true, o.client.Email, o.client.ContactName, s.pageURL(license)
		return l, license.PageRevokedAt == nil, nil
	}
	readers, err := rowsOf[User](s.reader).Raw(`SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
		WHERE m.account_id = ? AND u.id = ? AND u.removed_at IS NULL AND (m.role = ? OR m.reselling_role = ?)`, license.AccountID, job.UserID, Owner, Seller).Find(ctx)
	if err != nil || len(readers) == 0 {
		return l, false, err
	}
	if ok, err = wants(ctx, s.reader, job.UserID, LicenseEnds); err != nil || !ok {
		return l, false, err
	}
	l.To, l.Name, l.Link = readers[0].Email, readers[0].Name, s.URL("/licenses/"+license.ID)
	if readers[0].TimeZone != "" {
		l.Zone = readers[0].TimeZone
	}
	renewals, err := openRenewals(ctx, s.reader, license.AccountID, license.ID, s.Now())
	if len(renewals) > 0 {
		l.RenewalLink = s.URL("/orders/" + renewals[0].ID)
	}
	return l, err == nil, err
}

// KeyReplacedLetter brings a licence's new key.
type KeyReplacedLetter struct {
	LicenseID, AccountID      string
	To, Name                  string
	ForClient                 bool
	Company, Product          string
	Link                      string // to the client's licence page, or to the licence in the portal
	AccountName               string
	ContactName, ContactEmail string // whom the client can ask
	VendorName                string
}

// KeyReplacedForMail returns the mail about a new key that the licence still has.
func (s *Store) KeyReplacedForMail(ctx context.Context, actor Actor, job KeyReplacedMail) (l KeyReplacedLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	license, err := rowsOf[License](s.reader).Where("id = ?", job.LicenseID).Take(ctx)
	if err != nil || license.Kid != job.Kid || license.RevokedAt != nil {
		return l, false, noLetter(err)
	}
	o, err := s.license(ctx, s.reader, license.AccountID, license.ID)
	if err != nil || o.client.IsArchived() {
		return l, false, err
	}
	e, err := s.licenseEndingLetter(ctx, o)
	if err != nil {
		return l, false, err
	}
	l = KeyReplacedLetter{
		LicenseID: license.ID, AccountID: license.AccountID, Company: e.Company, Product: e.Product, AccountName: e.AccountName,
		ContactName: e.ContactName, ContactEmail: e.ContactEmail, VendorName: e.VendorName,
	}
	if job.UserID == "" {
		l.ForClient, l.To, l.Name, l.Link = true, o.client.Email, o.client.ContactName, s.pageURL(license)
		return l, license.PageRevokedAt == nil, nil
	}
	reader, ok, err := readerFor(ctx, s.reader, license.AccountID, job.UserID, o.client.ID)
	l.To, l.Name, l.Link = reader.Email, reader.Name, s.URL("/licenses/"+license.ID)
	return l, ok, err
}

// licenseEndingLetter is what all readers are told.
func (s *Store) licenseEndingLetter(ctx context.Context, o trialOf) (LicenseEndingLetter, error) {
	account, err := rowsOf[Account](s.reader).Where("id = ?", o.license.AccountID).Take(ctx)
	if err != nil {
		return LicenseEndingLetter{}, err
	}
	zone, err := zoneAt(ctx, s.reader, account.ID, s.Now())
	if err != nil {
		return LicenseEndingLetter{}, err
	}
	vendor, err := s.Vendor(ctx, System)
	if err != nil {
		return LicenseEndingLetter{}, err
	}
	contact := ClientPage{Account: account}
	if err := contact.addContact(ctx, s.reader, "", o.client.ID); err != nil {
		return LicenseEndingLetter{}, err
	}
	return LicenseEndingLetter{
		LicenseID: o.license.ID, AccountID: account.ID, Company: o.client.Company, Product: o.product.Name, Seats: o.license.Seats,
		EndsAt: o.license.EndsAt.UTC(), DaysLeft: int((o.license.EndsAt.Sub(s.Now()) + oneDay - 1) / oneDay), Zone: zone.String(),
		AccountName: account.Name, ContactName: contact.ContactName, ContactEmail: contact.ContactEmail, VendorName: vendor.Name,
	}, nil
}

package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// TrialLetter brings a client the licence page of a trial.
type TrialLetter struct {
	TrialID, AccountID        string
	To, Name                  string // Name is the contact's, or empty
	Company                   string
	Product                   string
	Days, Seats               int
	EndsAt                    time.Time
	Zone                      string // the account's
	Link                      string // the licence page
	AccountName               string
	ContactName, ContactEmail string // the member who looks after the trial, or the Owner
	VendorName                string
	IsAgain                   bool // the client was mailed before
}

// TrialForMail returns a mail of a trial that the client can still use. A later
// mail of the trial takes an earlier one's place: that one is no longer to be sent.
func (s *Store) TrialForMail(ctx context.Context, actor Actor, job TrialMail) (l TrialLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	trial, err := rowsOf[Trial](s.reader).Where("id = ?", job.TrialID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil || trial.Status(s.Now()) != TrialActive || trial.MailCount != job.Number {
		return l, false, err
	}
	o, err := s.around(ctx, s.reader, trial)
	if err != nil || o.license.PageRevokedAt != nil {
		return l, false, err
	}
	l, err = s.trialLetter(ctx, o)
	l.IsAgain = job.Number > 1
	return l, err == nil, err
}

// trialLetter is what a client is told of a trial whose page is open.
func (s *Store) trialLetter(ctx context.Context, o trialOf) (TrialLetter, error) {
	var names struct{ AccountName, VendorName, Zone string }
	if err := pool(s.reader).QueryRowContext(ctx, s.numbered(`SELECT a.name, v.name,
			(SELECT z.zone FROM account_zones z WHERE z.account_id = a.id AND z.holds_from <= ? ORDER BY z.holds_from DESC LIMIT 1)
		FROM accounts a JOIN vendor v ON v.id = 1 WHERE a.id = ?`), s.Now(), o.trial.AccountID).Scan(&names.AccountName, &names.VendorName, &names.Zone); err != nil {
		return TrialLetter{}, fmt.Errorf("who writes about a trial: %w", err)
	}
	page := ClientPage{Account: Account{ID: o.trial.AccountID}}
	if err := page.addContact(ctx, s.reader, o.trial.ResponsibleID, o.client.ID); err != nil {
		return TrialLetter{}, err
	}
	return TrialLetter{
		TrialID: o.trial.ID, AccountID: o.trial.AccountID, To: o.client.Email, Name: o.client.ContactName, Company: o.client.Company,
		Product: o.product.Name, Days: o.trial.length(), Seats: o.license.Seats, EndsAt: o.trial.EndsAt, Zone: names.Zone,
		Link: s.pageURL(o.license), AccountName: names.AccountName, ContactName: page.ContactName, ContactEmail: page.ContactEmail,
		VendorName: names.VendorName,
	}, nil
}

// InterestLetter tells a Seller that a client wants to buy.
type InterestLetter struct {
	LicenseID, TrialID, AccountID, UserID string
	To, Name                              string
	Company, ClientName, ClientEmail      string
	Product                               string
	Seats                                 int
	EndsAt                                time.Time
	HasEnded                              bool
	Zone                                  string
	Link                                  string // to the licence in the portal
	AccountName, VendorName               string
}

// InterestForMail returns the mail to a Seller who can still act for the account.
func (s *Store) InterestForMail(ctx context.Context, actor Actor, job InterestMail) (l InterestLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	license, err := rowsOf[License](s.reader).Where("id = ?", job.LicenseID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	seller, err := rowsOf[User](s.reader).Raw(`SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
		WHERE u.id = ? AND u.removed_at IS NULL AND m.account_id = ? AND (m.role = 'owner' OR m.reselling_role = 'seller')`, job.UserID, license.AccountID).Find(ctx)
	if err != nil || len(seller) == 0 {
		return l, false, err
	}
	o, err := s.license(ctx, s.reader, license.AccountID, license.ID)
	if err != nil {
		return l, false, err
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", license.AccountID).Take(ctx)
	if err != nil {
		return l, false, err
	}
	zone, err := zoneAt(ctx, s.reader, account.ID, s.Now())
	if err != nil {
		return l, false, err
	}
	vendor, err := s.Vendor(ctx, actor)
	if err != nil {
		return l, false, err
	}
	trials, err := rowsOf[Trial](s.reader).Where("license_id = ?", license.ID).Find(ctx)
	l = InterestLetter{
		LicenseID: license.ID, AccountID: account.ID, UserID: seller[0].ID, To: seller[0].Email, Name: seller[0].Name,
		Company: o.client.Company, ClientName: o.client.ContactName, ClientEmail: o.client.Email,
		Product: o.product.Name, Seats: license.Seats, EndsAt: license.EndsAt, HasEnded: !s.Now().Before(license.EndsAt), Zone: zone.String(),
		Link: s.URL("/licenses/" + license.ID), AccountName: account.Name, VendorName: vendor.Name,
	}
	if len(trials) > 0 {
		l.TrialID, l.Link = trials[0].ID, s.URL("/trials/"+trials[0].ID)
	}
	return l, err == nil, err
}

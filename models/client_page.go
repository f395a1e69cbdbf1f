package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// ClientPage is what an end client sees of a licence, without signing in.
type ClientPage struct {
	License      License
	Product      Product
	Company      string
	IsTrial      bool // not yet converted
	Account      Account
	ContactName  string // the member who looks after the trial or the client, or the Owner
	ContactEmail string
	Vendor       Vendor
	Zone         *time.Location // the account's
	Interested   bool           // "I want to buy" was said today
	Machines     Machines
	Trials       []Trial       // of the licence; at most one
	Terms        []LicenseTerm // that were paid, the first first
}

// MayBuy reports whether the client can still say at now that they want to buy:
// not once they have bought, and not behind the back of whoever revoked the trial.
func (p ClientPage) MayBuy(now time.Time) bool {
	return p.IsTrial && p.License.Status(now) != LicenseRevoked
}

// ClientPage returns the page behind the token of a licence's link. NotFound
// has a code: replaced by a newer link or revoked, where the page still says
// whose it was and whom to ask, or unknown.
func (s *Store) ClientPage(ctx context.Context, _ Actor, token string) (ClientPage, error) {
	return s.clientPage(ctx, s.reader, token)
}

func (s *Store) clientPage(ctx context.Context, db *gorm.DB, token string) (ClientPage, error) {
	now := s.Now()
	license, replaced, err := licenseBehind(ctx, db, tokenHash(token))
	if err != nil {
		return ClientPage{}, err
	}
	p := ClientPage{License: license}
	if p.Account, err = rowsOf[Account](db).Where("id = ?", p.License.AccountID).Take(ctx); err != nil {
		return p, err
	}
	trials, err := rowsOf[Trial](db).Where("license_id = ?", p.License.ID).Find(ctx)
	if err != nil {
		return p, err
	}
	carer := ""
	p.Trials = trials
	if p.Terms, err = rowsOf[LicenseTerm](db).Where("license_id = ?", p.License.ID).Order("starts_at, id").Find(ctx); err != nil {
		return p, err
	}
	if err := countSeats(ctx, db, now, &p.License); err != nil {
		return p, err
	}
	if len(trials) > 0 {
		p.IsTrial, carer = trials[0].ConvertedAt == nil, trials[0].ResponsibleID
	}
	if err := p.addContact(ctx, db, carer, license.ClientID); err != nil {
		return p, err
	}
	whom := ClientPage{Account: Account{Name: p.Account.Name}, ContactName: p.ContactName, ContactEmail: p.ContactEmail}
	switch {
	case replaced:
		return whom, &Error{Kind: NotFound, Code: "replaced", Message: "This link was replaced by a newer one. Look for a later mail from " + p.Account.Name + ", or ask them for the link."}
	case p.License.PageRevokedAt != nil:
		return whom, &Error{Kind: NotFound, Code: "revoked", Message: "This page was switched off by " + p.Account.Name + ". Please ask them for a new link."}
	}
	if p.Product, err = rowsOf[Product](db).Where("id = ?", p.License.ProductID).Take(ctx); err != nil {
		return p, err
	}
	c, err := client(ctx, db, p.License.AccountID, p.License.ClientID)
	if err != nil {
		return p, err
	}
	p.Company = c.Company
	if p.Vendor, err = rowsOf[Vendor](db).Where("id = ?", 1).Take(ctx); err != nil {
		return p, err
	}
	if p.Zone, err = zoneAt(ctx, db, p.License.AccountID, now); err != nil {
		return p, err
	}
	if p.Machines, err = machinesOf(ctx, db, p.License, now); err != nil {
		return p, err
	}
	n, err := rowsOf[clientInterest](db).Where("license_id = ? AND day = ?", p.License.ID, DateIn(now, p.Zone)).Count(ctx, "*")
	p.Interested = n > 0
	return p, err
}

// licenseBehind returns the licence of a link, also of one that a newer link has replaced.
func licenseBehind(ctx context.Context, db *gorm.DB, hash string) (l License, replaced bool, err error) {
	l, err = rowsOf[License](db).Where("page_token_hash = ?", hash).Take(ctx)
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, err
	}
	old, err := rowsOf[deadToken](db).Where("token_hash = ? AND kind = ?", hash, licensePageToken).Take(ctx)
	if err == nil {
		l, err = rowsOf[License](db).Where("id = ?", old.SubjectID).Take(ctx)
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, &Error{Kind: NotFound, Code: "unknown", Message: "This link is not complete. Copy the whole address from the mail, or ask whoever sent you the licence."}
	}
	return l, true, err
}

// addContact names whoever looks after the trial, or the client, if they are still in the account, else the Owner.
func (p *ClientPage) addContact(ctx context.Context, db *gorm.DB, carer, clientID string) error {
	// A SELECT for each, so that each has its index.
	people, err := rowsOf[User](db).Raw(`SELECT u.* FROM (
			SELECT user_id, 0 AS place FROM memberships WHERE account_id = ? AND user_id = ?
			UNION ALL SELECT m.user_id, 1 FROM clients c JOIN memberships m ON m.account_id = c.account_id AND m.user_id = c.responsible_id WHERE c.account_id = ? AND c.id = ?
			UNION ALL SELECT user_id, 2 FROM memberships WHERE account_id = ? AND role = 'owner'
		) r JOIN users u ON u.id = r.user_id ORDER BY r.place LIMIT 1`, p.Account.ID, carer, p.Account.ID, clientID, p.Account.ID).Find(ctx)
	if err != nil || len(people) == 0 {
		return err
	}
	p.ContactName, p.ContactEmail = people[0].Name, people[0].Email
	return nil
}

type clientInterest struct {
	LicenseID string
	Day       Date
	AccountID string
	At        time.Time
}

// WantToBuy tells the Sellers of the account (the Owner, if there are none)
// that the client behind a licence's link wants to buy. Said again on the same
// day it tells nobody: first is false.
func (s *Store) WantToBuy(ctx context.Context, visitor Actor, token string) (first bool, err error) {
	err = s.write(ctx, func(tx *tx) error {
		p, err := s.clientPage(ctx, tx.DB, token)
		if err != nil {
			return err
		}
		if !p.MayBuy(tx.now) {
			return refusal("not_for_sale", "This licence is not a trial that can be bought any more. Please write to %s.", p.Account.Name)
		}
		day := DateIn(tx.now, p.Zone)
		row := clientInterest{LicenseID: p.License.ID, Day: day, AccountID: p.Account.ID, At: tx.now}
		result := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
		if result.Error != nil || result.RowsAffected == 0 {
			return result.Error
		}
		first = true
		client := Actor{Name: p.Company, Address: visitor.Address, Device: visitor.Device}
		about := licenseSubject(p.License, p.Product, Client{Company: p.Company})
		if err := tx.record(ctx, client, "license.purchase_wanted", about, nil, nil); err != nil {
			return err
		}
		return tx.tellSellers(ctx, p.Account.ID, func(userID string) error {
			return tx.enqueue(ctx, InterestMail{LicenseID: p.License.ID, Day: string(day), UserID: userID})
		})
	})
	return first, err
}

// tellSellers runs tell for each Seller of an account who wants to hear of
// clients that want to buy. If there is none it tells the Owner, wanted or not:
// somebody must know.
func (tx *tx) tellSellers(ctx context.Context, accountID string, tell func(userID string) error) error {
	members, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND (role = 'owner' OR reselling_role = 'seller')", accountID).Order("joined_at, id").Find(ctx)
	if err != nil {
		return err
	}
	told := false
	for _, m := range members {
		if m.Role != Owner {
			wanted, err := wants(ctx, tx.DB, m.UserID, ClientWantsIt)
			if err != nil {
				return err
			}
			if !wanted {
				continue
			}
			told = true
			if err := tell(m.UserID); err != nil {
				return err
			}
		}
	}
	for _, m := range members {
		if m.Role == Owner && !told {
			return tell(m.UserID)
		}
	}
	return nil
}

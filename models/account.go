package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Account is a customer of the vendor: an IT service provider on a plan, which resells.
type Account struct {
	ID               string
	Name             string
	LegalName        string
	Address          string
	TaxID            string
	Country          string // ISO 3166, two letters
	Currency         string // ISO 4217; one for everything of the account
	Plan             Plan   // empty: may not resell
	PaymentDays      int
	TaxRate          int // hundredths of a percent
	SuspendedAt      *time.Time
	SuspendedBy      string
	SuspensionReason string
	Search           string // folded name, legal name and tax id
	CreatedAt        time.Time
	CreatedBy        string
	Version          int
}

// IsSuspended reports whether the account may neither issue trials nor place orders.
func (a Account) IsSuspended() bool { return a.SuspendedAt != nil }

func (a Account) subject() subject {
	return subject{kind: "account", id: a.ID, name: a.Name, accountID: a.ID}
}

// accountZone is the zone of an account from HoldsFrom on.
type accountZone struct {
	AccountID string
	HoldsFrom time.Time
	Zone      string
}

// zoneAt returns the zone in which an account reckons at t.
func zoneAt(ctx context.Context, db *gorm.DB, accountID string, t time.Time) (*time.Location, error) {
	z, err := rowsOf[accountZone](db).Where("account_id = ? AND holds_from <= ?", accountID, t).Order("holds_from DESC").Take(ctx)
	if err != nil {
		return nil, fmt.Errorf("zone of account %s: %w", accountID, err)
	}
	return LoadZone(z.Zone)
}

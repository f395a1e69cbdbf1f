package models

import (
	"context"
	"fmt"
	"time"
)

// License is what a product checks: product, client, seats, validity.
type License struct {
	ID             string
	AccountID      string
	ClientID       string
	ProductID      string
	Key            string // a signed token that names licence and product only
	Kid            string // the key that signed it
	Seats          int
	StartsAt       time.Time
	EndsAt         time.Time // exclusive
	RevokedAt      *time.Time
	RevokedBy      string
	SuspendedAt    *time.Time
	SuspendedBy    string
	UnpaidSince    *time.Time // since a payment for it was reversed, until it is paid again
	GraceEndsAt    *time.Time // until when a placed conversion lets a trial run on; once
	PageGeneration int        // rises when the client's page gets a new link
	PageTokenHash  string
	PageRevokedAt  *time.Time
	CreatedAt      time.Time

	DeactivationsResetAt *time.Time // from when on the month's deactivations count, where staff began anew
	UnpaidInvoiceID      *string    // the overdue invoice for which staff have suspended it, until that is paid
}

// LicenseStatus is derived from times; no job has to run for it to change.
type LicenseStatus string

// The states of a licence, in the order of precedence.
const (
	LicenseRevoked    LicenseStatus = "revoked"
	LicenseSuspended  LicenseStatus = "suspended"
	LicenseNotStarted LicenseStatus = "not started"
	LicenseExpired    LicenseStatus = "expired"
	LicenseActive     LicenseStatus = "active"
)

// LicenseStatuses lists the states in the order of precedence.
var LicenseStatuses = []LicenseStatus{LicenseRevoked, LicenseSuspended, LicenseNotStarted, LicenseExpired, LicenseActive}

// Status is the state of l at now.
func (l License) Status(now time.Time) LicenseStatus {
	switch {
	case l.RevokedAt != nil:
		return LicenseRevoked
	case l.SuspendedAt != nil || l.UnpaidSince != nil:
		return LicenseSuspended
	case now.Before(l.StartsAt):
		return LicenseNotStarted
	case !now.Before(l.EndsAt):
		return LicenseExpired
	}
	return LicenseActive
}

func licenseSubject(l License, product Product, client Client) subject {
	return subject{kind: "license", id: l.ID, name: product.Name + " for " + client.Company, accountID: l.AccountID}
}

// createLicense gives a client a licence that starts now, with the product's
// seats of a trial. The caller has locked the account.
func (tx *tx) createLicense(ctx context.Context, actor Actor, c Client, p Product, endsAt time.Time) (License, error) {
	l := License{
		ID: newID(), AccountID: c.AccountID, ClientID: c.ID, ProductID: p.ID, Seats: p.Seats,
		StartsAt: tx.now, EndsAt: endsAt, PageGeneration: 1, CreatedAt: tx.now,
	}
	l.PageTokenHash = tokenHash(tx.store.linkToken(licensePageToken, l.ID, l.PageGeneration))
	signer, err := tx.signer(ctx)
	if err != nil {
		return l, err
	}
	l.Kid = signer.Kid
	if l.Key, err = signer.Sign(l.ID, p.Code); err != nil {
		return l, fmt.Errorf("sign the licence key: %w", err)
	}
	if err := rowsOf[License](tx.DB).Create(ctx, &l); err != nil {
		return l, fmt.Errorf("create licence: %w", err)
	}
	return l, tx.record(ctx, actor, "license.created", licenseSubject(l, p, c), nil, map[string]any{"seats": l.Seats, "ends_at": l.EndsAt})
}

// pageURL is the address of the client's page of l.
func (s *Store) pageURL(l License) string {
	return s.URL("/l/" + s.linkToken(licensePageToken, l.ID, l.PageGeneration))
}

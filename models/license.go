package models

import "time"

// License is what a product checks: product, client, seats, validity.
type License struct {
	ID             string
	AccountID      string
	ClientID       string
	ProductID      string
	Key            string
	Kid            string
	Seats          int
	StartsAt       time.Time
	EndsAt         time.Time // exclusive
	RevokedAt      *time.Time
	RevokedBy      string
	SuspendedAt    *time.Time
	SuspendedBy    string
	PageGeneration int
	PageTokenHash  string
	PageRevokedAt  *time.Time
	CreatedAt      time.Time
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

// Status is the state of l at now.
func (l License) Status(now time.Time) LicenseStatus {
	switch {
	case l.RevokedAt != nil:
		return LicenseRevoked
	case l.SuspendedAt != nil:
		return LicenseSuspended
	case now.Before(l.StartsAt):
		return LicenseNotStarted
	case !now.Before(l.EndsAt):
		return LicenseExpired
	}
	return LicenseActive
}

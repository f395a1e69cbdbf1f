package models

import "time"

// User is a person who can sign in: of accounts, or of the vendor's staff, never both.
type User struct {
	ID                string
	Email             string
	EmailKey          string // the comparable form, unique
	Name              string
	PasswordHash      string
	StaffRole         StaffRole
	TimeZone          string // empty: the account's
	CreatedAt         time.Time
	PasswordChangedAt time.Time
	LastSignInAt      *time.Time
	RemovedAt         *time.Time // staff who have left
	Version           int
}

func (u User) subject(accountID string) subject {
	return subject{kind: "user", id: u.ID, name: u.Name, accountID: accountID}
}

package models

import "time"

// Client is an end client of one account.
type Client struct {
	ID          string
	AccountID   string
	Company     string
	ContactName string
	Email       string
	Country     string
	TaxID       string
	Website     string
	Address     string
	Reference   string
	Notes       string
	EmailKey    string // comparable forms, for finding the same client twice
	EmailDomain string // empty for a free-mail address
	TaxIDKey    string
	CompanyKey  string
	Search      string
	CreatedAt   time.Time
	CreatedBy   string
	ArchivedAt  *time.Time
	ArchivedBy  string
	Version     int
}

func (c Client) subject() subject {
	return subject{kind: "client", id: c.ID, name: c.Company, accountID: c.AccountID}
}

package models

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"
)

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

// IsArchived reports whether c can get no more trials.
func (c Client) IsArchived() bool { return c.ArchivedAt != nil }

// Fields are what a person can change about c.
func (c Client) Fields() ClientFields {
	return ClientFields{
		Company: c.Company, ContactName: c.ContactName, Email: c.Email, Country: c.Country, TaxID: c.TaxID,
		Website: c.Website, Address: c.Address, Reference: c.Reference, Notes: c.Notes,
	}
}

func (c Client) subject() subject {
	return subject{kind: "client", id: c.ID, name: c.Company, accountID: c.AccountID}
}

// ClientFields is a client as typed into a form.
type ClientFields struct {
	Company, ContactName, Email, Country, TaxID, Website, Address, Reference, Notes string
}

// The most characters of a client's fields; names and notes have maxName and maxText.
const (
	maxTaxID     = 50
	maxWebsite   = 500
	maxAddress   = 1000
	maxReference = 100
)

// clean returns f as it is stored, with what stands against that.
func (f ClientFields) clean() (ClientFields, Problems) {
	p := Problems{}
	f = ClientFields{
		Company: clean(f.Company), ContactName: clean(f.ContactName), Email: clean(f.Email), Country: strings.ToUpper(clean(f.Country)),
		TaxID: clean(f.TaxID), Website: clean(f.Website), Address: cleanText(f.Address), Reference: clean(f.Reference), Notes: cleanText(f.Notes),
	}
	if f.Company == "" {
		p.Add("company", "Enter the client's company name.")
	}
	if f.Email == "" {
		p.Add("email", "Enter the client's mail address: licences are sent there.")
	} else if email, ok := parseClientEmail(f.Email); ok {
		f.Email = email
	} else {
		p.Add("email", "This is not a complete mail address. It looks like name@company.com.")
	}
	if f.Country != "" && !isCountryCode(f.Country) {
		p.Add("country", "Choose a country from the list.")
	}
	if website, ok := parseWebsite(f.Website); ok {
		f.Website = website
	} else {
		p.Add("website", "A website begins with https:// or http:// and a host name, such as https://www.company.com.")
	}
	for _, limit := range []struct {
		field, name, value string
		most               int
	}{
		{"company", "company name", f.Company, maxName},
		{"contact_name", "contact's name", f.ContactName, maxName},
		{"tax_id", "tax id", f.TaxID, maxTaxID},
		{"website", "website's address", f.Website, maxWebsite},
		{"address", "postal address", f.Address, maxAddress},
		{"reference", "reference", f.Reference, maxReference},
		{"notes", "note", f.Notes, maxText},
	} {
		if tooLong(limit.value, limit.most) {
			p.Add(limit.field, fmt.Sprintf("A %s has at most %d characters. Shorten it.", limit.name, limit.most))
		}
	}
	return f, p
}

var bareHost = regexp.MustCompile(`^[\pL\pN.-]+\.\pL{2,}(:\d+)?(/.*)?$`)

// parseWebsite returns the address of a website; https is assumed where only a host was typed.
func parseWebsite(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if bareHost.MatchString(s) {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	return u.String(), true
}

// take gives c the cleaned fields f and the forms in which they are compared and searched.
func (c *Client) take(f ClientFields) {
	c.Company, c.ContactName, c.Email, c.Country, c.TaxID = f.Company, f.ContactName, f.Email, f.Country, f.TaxID
	c.Website, c.Address, c.Reference, c.Notes = f.Website, f.Address, f.Reference, f.Notes
	c.EmailKey, c.EmailDomain = emailKey(f.Email), companyDomain(f.Email)
	c.TaxIDKey, c.CompanyKey = taxIDKey(f.TaxID), companyKey(f.Company)
	c.Search = fold(strings.Join([]string{f.Company, f.ContactName, f.Email, f.TaxID, c.TaxIDKey, f.Reference}, " "))
}

func (f ClientFields) facts() map[string]any {
	return map[string]any{
		"company": f.Company, "contact_name": f.ContactName, "email": f.Email, "country": f.Country, "tax_id": f.TaxID,
		"website": f.Website, "address": f.Address, "reference": f.Reference, "notes": f.Notes,
	}
}

// createClient adds a client to the actor's account. The caller has locked the
// account, and has checked the permission and for duplicates.
func (tx *tx) createClient(ctx context.Context, actor Actor, f ClientFields) (Client, error) {
	return tx.createClientWithID(ctx, actor, newID(), f)
}

func (tx *tx) createClientWithID(ctx context.Context, actor Actor, id string, f ClientFields) (Client, error) {
	f, problems := f.clean()
	if err := problems.Err(); err != nil {
		return Client{}, err
	}
	c := Client{ID: id, AccountID: actor.AccountID, CreatedAt: tx.now, CreatedBy: actor.UserID, Version: 1}
	c.take(f)
	if err := gorm.G[Client](tx.DB).Create(ctx, &c); err != nil {
		return Client{}, fmt.Errorf("create client: %w", err)
	}
	after := f.facts()
	for name, value := range after {
		if value == "" {
			delete(after, name)
		}
	}
	return c, tx.record(ctx, actor, "client.created", c.subject(), nil, after)
}

// changeClient gives c the fields f, unless somebody changed c since it was
// read. The caller has locked the account and checked the permission.
func (tx *tx) changeClient(ctx context.Context, actor Actor, c Client, f ClientFields) (Client, error) {
	f, problems := f.clean()
	if err := problems.Err(); err != nil {
		return Client{}, err
	}
	before, after := difference(c.Fields().facts(), f.facts())
	if len(after) == 0 {
		return c, nil
	}
	version := c.Version
	c.take(f)
	c.Version++
	rows, err := gorm.G[Client](tx.DB).Where("account_id = ? AND id = ? AND version = ?", c.AccountID, c.ID, version).
		Select("company", "contact_name", "email", "country", "tax_id", "website", "address", "reference", "notes",
			"email_key", "email_domain", "tax_id_key", "company_key", "search", "version").Updates(ctx, c)
	if err := changed(rows, err); err != nil {
		return Client{}, err
	}
	return c, tx.record(ctx, actor, "client.changed", c.subject(), before, after)
}

// client returns a client of an account; another account's is not found.
func client(ctx context.Context, db *gorm.DB, accountID, id string) (Client, error) {
	c, err := gorm.G[Client](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx)
	return c, orNotFound(err, "Client")
}

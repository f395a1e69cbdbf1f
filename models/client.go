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

	ResponsibleID string  // the Seller who looks after it, always one of the account
	MergedInto    *string // the client that this one turned out to be
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
	} else if email, ok := parseEmail(f.Email); ok {
		f.Email = email
	} else {
		p.Add("email", "This is not a complete mail address. It looks like name@company.com.")
	}
	p.country("country", f.Country)
	if website, ok := parseWebsite(f.Website); ok {
		f.Website = website
	} else {
		p.Add("website", "A website begins with https:// or http:// and a host name, such as https://www.company.com.")
	}
	p.fit("company", f.Company, maxName)
	p.fit("contact_name", f.ContactName, maxName)
	p.fit("tax_id", f.TaxID, maxTaxID)
	p.fit("website", f.Website, maxWebsite)
	p.fit("address", f.Address, maxAddress)
	p.fit("reference", f.Reference, maxReference)
	p.fit("notes", f.Notes, maxText)
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

// NewClient asks for a client.
type NewClient struct {
	ClientFields
	Responsible     string // the user who looks after it; empty: its creator
	RequestKey      string // the same one creates one client
	AcceptDuplicate bool   // create it though the account has one with the same mail address, tax id or company
}

// The codes of refusals that a form of clients answers in its own way.
const (
	DuplicateClient = "duplicate_client" // Subject is the client that is there already
	ClientChanged   = "client_changed"   // somebody saved another version first
	ClientMerged    = "client_merged"    // it turned out to be another one, the Subject
)

// CreateClient adds a client to the actor's account. Sent twice with one request
// key it returns the first client; UsedKey if that is another one.
func (s *Store) CreateClient(ctx context.Context, actor Actor, r NewClient) (Client, error) {
	var c Client
	if err := actor.require(ManageClients); err != nil {
		return c, err
	}
	fields, problems := r.clean()
	if err := problems.Err(); err != nil {
		return c, err
	}
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		id := newID()
		existing, err := tx.claim(ctx, actor, "client", r.RequestKey, id, r)
		if err != nil {
			return err
		}
		if existing.id != "" {
			c, err = client(ctx, tx.DB, actor.AccountID, existing.id)
			return existing.told(err, "%s was added", c.Company)
		}
		if !r.AcceptDuplicate {
			if err := tx.refuseDuplicate(ctx, actor, fields, ""); err != nil {
				return err
			}
		}
		c, err = tx.createClientWithID(ctx, actor, id, fields, r.Responsible)
		return err
	})
	return c, err
}

// ClientChange asks to give a client new fields.
type ClientChange struct {
	ClientFields
	Responsible     string // the user who looks after it; empty: as before
	Version         int    // the one that the person has seen
	AcceptDuplicate bool
}

// ChangeClient gives a client of the actor's account new fields. It is refused
// as ClientChanged if somebody else did so since the actor opened the form.
func (s *Store) ChangeClient(ctx context.Context, actor Actor, id string, r ClientChange) (Client, error) {
	var c Client
	if err := actor.require(ManageClients); err != nil {
		return c, err
	}
	fields, problems := r.clean()
	if err := problems.Err(); err != nil {
		return c, err
	}
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		now, err := tx.livingClient(ctx, actor.AccountID, id)
		if err != nil {
			return err
		}
		if r.Responsible == "" {
			r.Responsible = now.ResponsibleID
		}
		if now.Version != r.Version && (now.Fields() != fields || now.ResponsibleID != r.Responsible) {
			return &Error{Kind: Conflict, Code: ClientChanged, Subject: id, Message: "Somebody else saved this client while you were editing it. Nothing is lost: compare both versions below, then save yours or keep theirs."}
		}
		if !r.AcceptDuplicate && now.identity() != identityOf(fields) {
			if err := tx.refuseDuplicate(ctx, actor, fields, id); err != nil {
				return err
			}
		}
		if c, err = tx.changeClient(ctx, actor, now, fields); err != nil {
			return err
		}
		c, err = tx.entrust(ctx, actor, c, r.Responsible)
		return err
	})
	return c, err
}

// ArchiveClient keeps a client out of the way: its running trials continue, but
// it gets no new ones. Archiving an archived client changes nothing.
func (s *Store) ArchiveClient(ctx context.Context, actor Actor, id string) (Client, error) {
	return s.shelve(ctx, actor, id, "client.archived", func(c *Client, tx *tx) bool {
		was := c.IsArchived()
		if !was {
			c.ArchivedAt, c.ArchivedBy = &tx.now, actor.UserID
		}
		return !was
	})
}

// RestoreClient undoes ArchiveClient.
func (s *Store) RestoreClient(ctx context.Context, actor Actor, id string) (Client, error) {
	return s.shelve(ctx, actor, id, "client.restored", func(c *Client, _ *tx) bool {
		was := c.IsArchived()
		c.ArchivedAt, c.ArchivedBy = nil, ""
		return was
	})
}

func (s *Store) shelve(ctx context.Context, actor Actor, id, action string, change func(*Client, *tx) bool) (Client, error) {
	var c Client
	if err := actor.require(ManageClients); err != nil {
		return c, err
	}
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		var err error
		if c, err = tx.livingClient(ctx, actor.AccountID, id); err != nil || !change(&c, tx) {
			return err
		}
		rows, err := rowsOf[Client](tx.DB).Where("account_id = ? AND id = ?", c.AccountID, c.ID).Select("archived_at", "archived_by").Updates(ctx, c)
		if err := changed(rows, err); err != nil {
			return err
		}
		return tx.record(ctx, actor, action, c.subject(), nil, nil)
	})
	return c, err
}

// createClient adds a client to the actor's account. The caller has locked the
// account, and has checked the permission and for duplicates.
func (tx *tx) createClient(ctx context.Context, actor Actor, f ClientFields) (Client, error) {
	return tx.createClientWithID(ctx, actor, newID(), f, "")
}

func (tx *tx) createClientWithID(ctx context.Context, actor Actor, id string, f ClientFields, responsible string) (Client, error) {
	f, problems := f.clean()
	if err := problems.Err(); err != nil {
		return Client{}, err
	}
	carer, err := tx.carer(ctx, actor, responsible)
	if err != nil {
		return Client{}, err
	}
	c := Client{ResponsibleID: carer.ID, ID: id, AccountID: actor.AccountID, CreatedAt: tx.now, CreatedBy: actor.UserID, Version: 1}
	c.take(f)
	if err := rowsOf[Client](tx.DB).Create(ctx, &c); err != nil {
		return Client{}, fmt.Errorf("create client: %w", err)
	}
	after := f.facts()
	for name, value := range after {
		if value == "" {
			delete(after, name)
		}
	}
	if carer.ID != actor.UserID {
		after["responsible"] = carer.Name
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
	version, address := c.Version, c.EmailKey
	c.take(f)
	c.Version++
	rows, err := rowsOf[Client](tx.DB).Where("account_id = ? AND id = ? AND version = ?", c.AccountID, c.ID, version).
		Select("company", "contact_name", "email", "country", "tax_id", "website", "address", "reference", "notes",
			"email_key", "email_domain", "tax_id_key", "company_key", "search", "version").Updates(ctx, c)
	if err := changed(rows, err); err != nil {
		return Client{}, err
	}
	if c.EmailKey != address {
		if err := tx.findConflictsOf(ctx, c); err != nil {
			return Client{}, err
		}
	}
	return c, tx.record(ctx, actor, "client.changed", c.subject(), before, after)
}

// NewClient returns the fields with which the form of a new client begins.
func (s *Store) NewClient(_ context.Context, actor Actor) (ClientFields, error) {
	return ClientFields{}, actor.require(ManageClients)
}

// ClientToChange returns a client of the actor's account for its form.
func (s *Store) ClientToChange(ctx context.Context, actor Actor, id string) (Client, error) {
	if err := actor.require(ManageClients); err != nil {
		return Client{}, err
	}
	return client(ctx, s.reader, actor.AccountID, id)
}

// livingClient is client for a change: it refuses one that turned out to be another.
func (tx *tx) livingClient(ctx context.Context, accountID, id string) (Client, error) {
	c, err := client(ctx, tx.DB, accountID, id)
	if err != nil {
		return c, err
	}
	return c, tx.refuseMerged(ctx, c)
}

// refuseMerged returns a Conflict that names the client that c turned out to be, if it did.
func (tx *tx) refuseMerged(ctx context.Context, c Client) error {
	if c.MergedInto == nil {
		return nil
	}
	into, err := client(ctx, tx.DB, c.AccountID, *c.MergedInto)
	if err != nil {
		return err
	}
	e := refusal(ClientMerged, "%s was merged into %s in the meantime. Nothing is lost: go on with that client.", c.Company, into.Company)
	e.Subject, e.Fields = into.ID, map[string]string{"client_id": "This client was merged into " + into.Company + "."}
	return e
}

// client returns a client of an account; another account's is not found.
func client(ctx context.Context, db *gorm.DB, accountID, id string) (Client, error) {
	c, err := rowsOf[Client](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx)
	return c, orNotFound(err, "Client")
}

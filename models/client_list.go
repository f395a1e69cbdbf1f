package models

import (
	"context"
	"slices"
	"time"
)

// The values of ClientFilter.
const (
	ClientsCurrent     = ""         // Archived: what is not archived
	ClientsArchived    = "archived" // Archived
	ClientsAll         = "all"      // Archived
	WithRunningTrial   = "running"  // Trials: at least one is active
	WithoutTrial       = "never"    // Trials: none was ever issued
	ClientsByCompany   = "company"  // Sort
	ClientsNewestFirst = ""         // Sort
	ResponsibleMine    = "mine"     // Responsible: whoever asks
)

// ClientFilter says which clients a list shows. The zero one shows those that
// are not archived, the newest first; an unknown value counts as none.
type ClientFilter struct {
	Query    string // in company, contact, mail address, tax id or reference
	Archived string
	Country  string
	Trials   string
	Sort     string

	Responsible string // a user's id, or ResponsibleMine
}

// ClientRow is a client in a list.
type ClientRow struct {
	Client  `gorm:"embedded"`
	Trials  int        // ever issued
	Running int        // of them, active now
	EndsAt  *time.Time // of the running one that ends first

	ResponsibleName string
}

const clientRows = `SELECT c.*,
	(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id) AS trials,
	(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id AND t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > ?) AS running,
	(SELECT t.ends_at FROM trials t WHERE t.client_id = c.id AND t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > ? ORDER BY t.ends_at LIMIT 1) AS ends_at,
	u.name AS responsible_name
	FROM clients c LEFT JOIN users u ON u.id = c.responsible_id`

// clientColumns are what a page of the list shows, and its keys: of a client's
// 27 columns a third.
const clientColumns = `SELECT c.id, c.company, c.email, c.reference, c.contact_name, c.country, c.archived_at, c.created_at, c.company_key,
	(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id) AS trials,
	(SELECT COUNT(*) FROM trials t WHERE t.client_id = c.id AND t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > ?) AS running,
	u.name AS responsible_name
	FROM clients c LEFT JOIN users u ON u.id = c.responsible_id`

func (f ClientFilter) listing(actor Actor, now time.Time) (listing, func(ClientRow) (any, string)) {
	q := listing{selects: clientRows, args: []any{now, now}}
	q.and("c.account_id = ?", actor.AccountID)
	switch f.Archived {
	case ClientsArchived:
		q.and("c.archived_at IS NOT NULL AND c.merged_into IS NULL")
	case ClientsAll:
		q.and("c.merged_into IS NULL")
	default:
		q.and("c.archived_at IS NULL")
	}
	if f.Query != "" {
		q.and(`c.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if f.Country != "" {
		q.and("c.country = ?", f.Country)
	}
	switch f.Responsible {
	case "":
	case ResponsibleMine:
		q.and("c.responsible_id = ?", actor.UserID)
	default:
		q.and("c.responsible_id = ?", f.Responsible)
	}
	switch f.Trials {
	case WithRunningTrial:
		q.and("EXISTS (SELECT 1 FROM trials t WHERE t.client_id = c.id AND t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > ?)", now)
	case WithoutTrial:
		q.and("NOT EXISTS (SELECT 1 FROM trials t WHERE t.client_id = c.id)")
	}
	if f.Sort == ClientsByCompany {
		q.order = order{column: "c.company_key", id: "c.id"}
		return q, func(c ClientRow) (any, string) { return c.CompanyKey, c.ID }
	}
	q.order = order{column: "c.created_at", id: "c.id", desc: true, isTime: true}
	return q, func(c ClientRow) (any, string) { return c.CreatedAt, c.ID }
}

// Clients returns a page of the clients of the actor's account.
func (s *Store) Clients(ctx context.Context, actor Actor, f ClientFilter, p Paging) (Page[ClientRow], error) {
	if err := actor.require(ReadReselling); err != nil {
		return Page[ClientRow]{}, err
	}
	q, key := f.listing(actor, s.Now())
	return list(ctx, s.reader, q, p, key)
}

// ListedClients is Clients with only what a list shows: company, mail address,
// reference, contact, country, when added and archived, who is responsible, and
// how many trials.
func (s *Store) ListedClients(ctx context.Context, actor Actor, f ClientFilter, p Paging) (Page[ClientRow], error) {
	if err := actor.require(ReadReselling); err != nil {
		return Page[ClientRow]{}, err
	}
	now := s.Now()
	q, key := f.listing(actor, now)
	q.selects, q.args = clientColumns, append([]any{now}, q.args[2:]...)
	return list(ctx, s.reader, q, p, key)
}

// EachClient runs fn for every client that f shows, in its order.
func (s *Store) EachClient(ctx context.Context, actor Actor, f ClientFilter, fn func(ClientRow) error) error {
	if err := actor.require(ReadReselling); err != nil {
		return err
	}
	q, key := f.listing(actor, s.Now())
	return each(ctx, s.reader, q, key, fn)
}

// ClientCountries returns the countries of the clients of the actor's account, by code.
func (s *Store) ClientCountries(ctx context.Context, actor Actor) ([]string, error) {
	if err := actor.require(ReadReselling); err != nil {
		return nil, err
	}
	return distinct[string](ctx, s.reader, "clients", "country", actor.AccountID, false)
}

// ClientRecord is a client with everything that belongs to it.
type ClientRecord struct {
	Client
	CreatedByName  string // empty for somebody unknown
	ArchivedByName string

	ResponsibleName string
	Trials          []ClientTrial   // the newest first
	Licenses        []ClientLicense // likewise
	Similar         []ClientMatch
	Aliases         []Client // that were merged into it, the latest first
	Events          []Event  // of the client, its aliases, trials and licences, the newest first
	HasMoreEvents   bool
}

// ClientTrial is a trial on its client's page.
type ClientTrial struct {
	Trial        `gorm:"embedded"`
	Product      string
	IssuedByName string
}

// ClientLicense is a licence on its client's page.
type ClientLicense struct {
	License `gorm:"embedded"`
	Product string
	TrialID string
}

// RunningTrials counts those of c that are active at now.
func (c ClientRecord) RunningTrials(now time.Time) int {
	n := 0
	for _, t := range c.Trials {
		if t.Status(now) == TrialActive {
			n++
		}
	}
	return n
}

const (
	mostOfClient  = 200 // trials or licences on a client's page
	clientHistory = 50
)

// Client returns a client of the actor's account with everything that belongs to it.
func (s *Store) Client(ctx context.Context, actor Actor, id string) (ClientRecord, error) {
	var r ClientRecord
	if err := actor.require(ReadReselling); err != nil {
		return r, err
	}
	var err error
	if r.Client, err = client(ctx, s.reader, actor.AccountID, id); err != nil {
		return r, err
	}
	if r.Trials, err = rowsOf[ClientTrial](s.reader).Raw(`SELECT t.*, p.name AS product, u.name AS issued_by_name
		FROM trials t LEFT JOIN products p ON p.id = t.product_id LEFT JOIN users u ON u.id = t.issued_by
		WHERE t.account_id = ? AND t.client_id = ? ORDER BY t.issued_at DESC, t.id DESC LIMIT ?`, actor.AccountID, id, mostOfClient).Find(ctx); err != nil {
		return r, err
	}
	if r.Licenses, err = rowsOf[ClientLicense](s.reader).Raw(`SELECT l.*, p.name AS product, COALESCE(t.id, '') AS trial_id
		FROM licenses l LEFT JOIN products p ON p.id = l.product_id LEFT JOIN trials t ON t.license_id = l.id
		WHERE l.account_id = ? AND l.client_id = ? ORDER BY l.created_at DESC, l.id DESC LIMIT ?`, actor.AccountID, id, mostOfClient).Find(ctx); err != nil {
		return r, err
	}
	var licenses []*License
	for i := range r.Licenses {
		licenses = append(licenses, &r.Licenses[i].License)
	}
	if err := countSeats(ctx, s.reader, s.Now(), licenses...); err != nil {
		return r, err
	}
	if r.Similar, err = similarClients(ctx, s.reader, actor.AccountID, r.Fields(), id); err != nil {
		return r, err
	}
	if r.Aliases, err = rowsOf[Client](s.reader).Where("account_id = ? AND merged_into = ?", actor.AccountID, id).Order("archived_at DESC, id").Limit(mostOfClient).Find(ctx); err != nil {
		return r, err
	}
	if r.Events, err = historyOf(ctx, s.reader, actor.AccountID, r.subjects(), clientHistory+1); err != nil {
		return r, err
	}
	r.HasMoreEvents = len(r.Events) > clientHistory
	r.Events = r.Events[:min(len(r.Events), clientHistory)]
	return r, s.nameClientsPeople(ctx, &r)
}

func (c ClientRecord) subjects() []string {
	ids := []string{c.ID}
	for _, a := range c.Aliases {
		ids = append(ids, a.ID)
	}
	for _, t := range c.Trials {
		ids = append(ids, t.ID)
	}
	for _, l := range c.Licenses {
		ids = append(ids, l.ID)
	}
	return ids
}

func (s *Store) nameClientsPeople(ctx context.Context, r *ClientRecord) error {
	ids := slices.DeleteFunc([]string{r.CreatedBy, r.ArchivedBy, r.ResponsibleID}, func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return nil
	}
	people, err := rowsOf[User](s.reader).Select("id", "name").Where("id IN ?", ids).Find(ctx)
	for _, p := range people {
		if p.ID == r.CreatedBy {
			r.CreatedByName = p.Name
		}
		if p.ID == r.ArchivedBy {
			r.ArchivedByName = p.Name
		}
		if p.ID == r.ResponsibleID {
			r.ResponsibleName = p.Name
		}
	}
	return err
}

package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// LicenseLine is a licence in a list.
type LicenseLine struct {
	ID          string
	ClientID    string
	Company     string
	Product     string
	ProductCode string
	Seats       int
	StartsAt    time.Time
	EndsAt      time.Time
	RevokedAt   *time.Time
	SuspendedAt *time.Time
	UnpaidSince *time.Time
	CreatedAt   time.Time
}

// Status is the state of l at now.
func (l LicenseLine) Status(now time.Time) LicenseStatus {
	return License{StartsAt: l.StartsAt, EndsAt: l.EndsAt, RevokedAt: l.RevokedAt, SuspendedAt: l.SuspendedAt, UnpaidSince: l.UnpaidSince}.Status(now)
}

// LicenseFilter narrows a list of licences; zero fields don't.
type LicenseFilter struct {
	Query    string // in company, mail address and product
	State    LicenseStatus
	Product  string // its code
	ClientID string
	Renewal  bool // due: paid, ends within 30 days or ended within 14, and no renewal is under way
}

// renewalsDue is the condition of licences l whose renewal is due; it takes the
// instants 14 days ago, in 30 days and now. Suspended ones are due too.
var renewalsDue = `l.ends_at > ? AND l.ends_at <= ? AND l.revoked_at IS NULL AND c.archived_at IS NULL
	AND EXISTS (SELECT 1 FROM license_terms t WHERE t.license_id = l.id AND t.ended_at IS NULL)
	AND NOT EXISTS (SELECT 1 FROM order_lines ol JOIN orders o ON o.id = ol.order_id
		WHERE ol.license_id = l.id AND o.kind = '` + string(RenewalOrder) + `' AND o.activated_at IS NULL AND o.declined_at IS NULL AND o.cancelled_at IS NULL
			AND (o.lapses_at IS NULL OR o.placed_at IS NOT NULL OR o.lapses_at > ?))`

// licenseStates are the conditions of LicenseStatus on licences l, and how often each takes now.
var licenseStates = map[LicenseStatus]struct {
	condition string
	times     int
}{
	LicenseRevoked:    {"l.revoked_at IS NOT NULL", 0},
	LicenseSuspended:  {"l.revoked_at IS NULL AND (l.suspended_at IS NOT NULL OR l.unpaid_since IS NOT NULL)", 0},
	LicenseNotStarted: {"l.revoked_at IS NULL AND l.suspended_at IS NULL AND l.unpaid_since IS NULL AND l.starts_at > ?", 1},
	LicenseExpired:    {"l.revoked_at IS NULL AND l.suspended_at IS NULL AND l.unpaid_since IS NULL AND l.starts_at <= ? AND l.ends_at <= ?", 2},
	LicenseActive:     {"l.revoked_at IS NULL AND l.suspended_at IS NULL AND l.unpaid_since IS NULL AND l.starts_at <= ? AND l.ends_at > ?", 2},
}

func (f LicenseFilter) listing(accountID string, now time.Time) (listing, func(LicenseLine) (any, string)) {
	q := listing{
		selects: `SELECT l.id, l.client_id, c.company, p.name AS product, p.code AS product_code, ` + licenseSeats + `, l.starts_at, l.ends_at, l.revoked_at, l.suspended_at, l.unpaid_since, l.created_at
			FROM licenses l LEFT JOIN clients c ON c.id = l.client_id LEFT JOIN products p ON p.id = l.product_id`,
		args:  []any{now, now, now},
		order: order{column: "l.created_at", id: "l.id", desc: true, isTime: true},
	}
	q.and("l.account_id = ?", accountID)
	if f.Query != "" {
		q.and(`(c.search LIKE ? ESCAPE '\' OR LOWER(p.name) LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	}
	if f.State != "" {
		state, known := licenseStates[f.State]
		if !known {
			state.condition = "1 = 0"
		}
		q.and(state.condition, []any{now, now}[:state.times]...)
	}
	if f.Product != "" {
		q.and("p.code = ?", f.Product)
	}
	if f.ClientID != "" {
		q.and("l.client_id = ?", f.ClientID)
	}
	if f.Renewal {
		q.and(renewalsDue, now.Add(-renewalWindow), now.Add(30*oneDay), now)
		q.order = order{column: "l.ends_at", id: "l.id", isTime: true}
		return q, func(l LicenseLine) (any, string) { return l.EndsAt, l.ID }
	}
	return q, func(l LicenseLine) (any, string) { return l.CreatedAt, l.ID }
}

// Licenses returns one page of the licences of the actor's account, the newest first.
func (s *Store) Licenses(ctx context.Context, actor Actor, f LicenseFilter, p Paging) (Page[LicenseLine], error) {
	if err := actor.require(ReadReselling); err != nil {
		return Page[LicenseLine]{}, err
	}
	q, key := f.listing(actor.AccountID, s.Now())
	return list(ctx, s.reader, q, p, key)
}

// EachLicense runs fn for every licence that Licenses would list.
func (s *Store) EachLicense(ctx context.Context, actor Actor, f LicenseFilter, fn func(LicenseLine) error) error {
	if err := actor.require(ReadReselling); err != nil {
		return err
	}
	q, key := f.listing(actor.AccountID, s.Now())
	return each(ctx, s.reader, q, key, fn)
}

// LicenseView is a licence with everything that its page shows.
type LicenseView struct {
	License License
	Client  Client
	Product Product
	Trials  []Trial       // that it came from; at most one
	Terms   []LicenseTerm // paid ones, the first first
	MayAdd  bool          // seats can be added to it now
	Renewal *Order        // that is to renew it, if one is under way
	Seats   *Order        // that is to add seats, if one is under way and not placed
	PageURL string        // the client's page; empty for who may not act
	Events  []Event

	Machines Machines
}

// License returns one licence of the actor's account.
func (s *Store) License(ctx context.Context, actor Actor, id string) (LicenseView, error) {
	if err := actor.require(ReadReselling); err != nil {
		return LicenseView{}, err
	}
	v, err := s.licenseView(ctx, actor.AccountID, id)
	if err == nil && actor.Can(IssueTrials) {
		v.PageURL = s.pageURL(v.License)
	}
	return v, err
}

func (s *Store) licenseView(ctx context.Context, accountID, id string) (LicenseView, error) {
	o, err := s.license(ctx, s.reader, accountID, id)
	if err != nil {
		return LicenseView{}, err
	}
	v := LicenseView{License: o.license, Client: o.client, Product: o.product}
	if v.Trials, err = rowsOf[Trial](s.reader).Where("account_id = ? AND license_id = ?", accountID, id).Find(ctx); err != nil {
		return v, err
	}
	if v.Terms, err = rowsOf[LicenseTerm](s.reader).Where("account_id = ? AND license_id = ?", accountID, id).Order("starts_at, id").Find(ctx); err != nil {
		return v, err
	}
	if v.Machines, err = machinesOf(ctx, s.reader, v.License, s.Now()); err != nil {
		return v, err
	}
	if err := s.viewChanges(ctx, &v); err != nil {
		return v, err
	}
	about := []string{id}
	for _, t := range v.Trials {
		about = append(about, t.ID) // what a trial went through, its licence did
	}
	v.Events, err = rowsOf[Event](s.reader).Where("account_id = ? AND subject_id IN ?", accountID, about).Order("at DESC, id DESC").Limit(100).Find(ctx)
	return v, err
}

// viewChanges adds to the view of a licence what is under way, and may be.
func (s *Store) viewChanges(ctx context.Context, v *LicenseView) error {
	now, l := s.Now(), v.License
	zone, err := zoneAt(ctx, s.reader, l.AccountID, now)
	if err != nil {
		return err
	}
	_, _, err = addable(ctx, s.reader, l, zone, now)
	if v.MayAdd = err == nil; err != nil && KindOf(err) != Conflict {
		return err
	}
	renewals, err := openRenewals(ctx, s.reader, l.AccountID, l.ID, now)
	if err != nil {
		return err
	}
	if len(renewals) > 0 {
		v.Renewal = &renewals[0]
	}
	seats, err := openSeats(ctx, s.reader, l.AccountID, l.ID, now)
	if len(seats) > 0 {
		v.Seats = &seats[0]
	}
	return err
}

// license returns a licence of an account with its client and product; another
// account's is not found.
func (s *Store) license(ctx context.Context, db *gorm.DB, accountID, id string) (trialOf, error) {
	var o trialOf
	var err error
	if o.license, err = rowsOf[License](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx); err != nil {
		return o, orNotFound(err, "Licence")
	}
	if err := countSeats(ctx, db, s.Now(), &o.license); err != nil {
		return o, err
	}
	if o.client, err = client(ctx, db, accountID, o.license.ClientID); err != nil {
		return o, err
	}
	o.product, err = rowsOf[Product](db).Where("id = ?", o.license.ProductID).Take(ctx)
	return o, err
}

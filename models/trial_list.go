package models

import (
	"context"
	"time"
)

// TrialLine is a trial in a list.
type TrialLine struct {
	ID          string
	AccountID   string
	Account     string
	ClientID    string
	Company     string
	Email       string
	Product     string
	ProductCode string
	Month       Month
	Days        int
	IssuedAt    time.Time
	IssuedBy    string // a name
	EndsAt      time.Time
	RevokedAt   *time.Time
	ConvertedAt *time.Time
	LicenseID   string
}

// Status is the state of l at now.
func (l TrialLine) Status(now time.Time) TrialStatus {
	return trialStatus(l.RevokedAt, l.ConvertedAt, l.EndsAt, now)
}

// TrialFilter narrows a list of trials; zero fields don't.
type TrialFilter struct {
	Query    string // in company, mail address and product
	State    TrialStatus
	Product  string // its code
	Month    Month
	Mine     bool // the actor looks after it
	Failed   bool // running, with a client whom mail can't be delivered to
	ClientID string
	Sort     string // "ends" for those that end next; else the newest first
}

const trialLines = `SELECT t.id, t.account_id, a.name AS account, t.client_id, c.company, c.email, p.name AS product, p.code AS product_code, t.month, t.days,
	t.issued_at, u.name AS issued_by, t.ends_at, t.revoked_at, t.converted_at, t.license_id
FROM trials t LEFT JOIN accounts a ON a.id = t.account_id LEFT JOIN clients c ON c.id = t.client_id LEFT JOIN products p ON p.id = t.product_id LEFT JOIN users u ON u.id = t.issued_by`

func (f TrialFilter) listing(actor Actor, now time.Time) (listing, func(TrialLine) (any, string)) {
	q := listing{selects: trialLines, order: order{column: "t.issued_at", id: "t.id", desc: true, isTime: true}}
	key := func(l TrialLine) (any, string) { return l.IssuedAt, l.ID }
	if f.Sort == "ends" {
		q.order = order{column: "t.ends_at", id: "t.id", isTime: true}
		key = func(l TrialLine) (any, string) { return l.EndsAt, l.ID }
	}
	if f.Query != "" {
		q.and(`(c.search LIKE ? ESCAPE '\' OR LOWER(p.name) LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	}
	if f.State != "" {
		q.inState(f.State, now)
	}
	if f.Product != "" {
		q.and("p.code = ?", f.Product)
	}
	if f.Month != "" {
		q.and("t.month = ?", string(f.Month))
	}
	if f.ClientID != "" {
		q.and("t.client_id = ?", f.ClientID)
	}
	if f.Failed {
		q.and("t.id IN (SELECT t.id "+undeliveredTrials+")", undeliveredArgs(actor.AccountID, now)...)
	}
	if f.Mine {
		q.and("t.responsible_id = ?", actor.UserID)
	}
	return q, key
}

// Trials returns one page of the trials of the actor's account.
func (s *Store) Trials(ctx context.Context, actor Actor, f TrialFilter, p Paging) (Page[TrialLine], error) {
	if err := actor.require(ReadReselling); err != nil {
		return Page[TrialLine]{}, err
	}
	q, key := f.listing(actor, s.Now())
	q.and("t.account_id = ?", actor.AccountID)
	return list(ctx, s.reader, q, p, key)
}

// trialColumns are what a page of the list shows.
const trialColumns = `SELECT t.id, c.company, c.email, p.name AS product, t.issued_at, u.name AS issued_by, t.ends_at, t.revoked_at, t.converted_at
FROM trials t LEFT JOIN clients c ON c.id = t.client_id LEFT JOIN products p ON p.id = t.product_id LEFT JOIN users u ON u.id = t.issued_by`

// ListedTrials is Trials with only what a list shows: client, mail address,
// product, when and by whom it was issued, its end and its state.
func (s *Store) ListedTrials(ctx context.Context, actor Actor, f TrialFilter, p Paging) (Page[TrialLine], error) {
	if err := actor.require(ReadReselling); err != nil {
		return Page[TrialLine]{}, err
	}
	q, key := f.listing(actor, s.Now())
	q.selects = trialColumns
	q.and("t.account_id = ?", actor.AccountID)
	return list(ctx, s.reader, q, p, key)
}

// EachTrial runs fn for every trial that Trials would list.
func (s *Store) EachTrial(ctx context.Context, actor Actor, f TrialFilter, fn func(TrialLine) error) error {
	if err := actor.require(ReadReselling); err != nil {
		return err
	}
	q, key := f.listing(actor, s.Now())
	q.and("t.account_id = ?", actor.AccountID)
	return each(ctx, s.reader, q, key, fn)
}

// TrialMonths returns the months in which the actor's account has issued trials, the latest first.
func (s *Store) TrialMonths(ctx context.Context, actor Actor) ([]Month, error) {
	if err := actor.require(ReadReselling); err != nil {
		return nil, err
	}
	return distinct[Month](ctx, s.reader, "trials", "month", actor.AccountID, true)
}

// TrialView is a trial with everything that its page shows.
type TrialView struct {
	Trial    Trial
	Client   Client
	Product  Product
	License  License
	IssuedBy string
	CaredBy  string // who looks after it
	PageURL  string // the client's page; empty for who may not act
	Mails    []Mail // to the client, without their contents, the newest first
	Events   []Event
	Requests []RequestRow // about this trial, or another one of the product for the client; the newest first

	Undelivered *Mail // to the client's present address, if the last one could not be delivered
}

// Trial returns one trial of the actor's account.
func (s *Store) Trial(ctx context.Context, actor Actor, id string) (TrialView, error) {
	if err := actor.require(ReadReselling); err != nil {
		return TrialView{}, err
	}
	o, err := s.trial(ctx, s.reader, actor.AccountID, id)
	if err != nil {
		return TrialView{}, err
	}
	v := TrialView{Trial: o.trial, Client: o.client, Product: o.product, License: o.license}
	if actor.Can(IssueTrials) {
		v.PageURL = s.pageURL(o.license)
	}
	people, err := rowsOf[Colleague](s.reader).Raw("SELECT id, name FROM users WHERE id IN ?", []string{o.trial.IssuedBy, o.trial.ResponsibleID}).Find(ctx)
	if err != nil {
		return v, err
	}
	v.IssuedBy, v.CaredBy = NameOf(people, o.trial.IssuedBy), NameOf(people, o.trial.ResponsibleID)
	if v.Mails, err = rowsOf[Mail](s.reader).Select("id", "kind", "recipient", "subject", "created_at", "sent_at", "failed_at", "failure", "dropped_at").
		Where("subject_id = ? AND kind IN ?", id, clientMailKinds).Order("created_at DESC, id DESC").Limit(20).Find(ctx); err != nil {
		return v, err
	}
	if v.Undelivered, err = undelivered(ctx, s.reader, id, o.client.Email); err != nil {
		return v, err
	}
	if v.Requests, err = requestsAbout(ctx, s.reader, actor.AccountID, id, o.client.ID+" "+o.product.ID); err != nil {
		return v, err
	}
	v.Events, err = historyOf(ctx, s.reader, actor.AccountID, []string{id, o.license.ID}, 100)
	return v, err
}

// Products returns the products that are not archived, in the order of the catalogue.
func (s *Store) Products(ctx context.Context, actor Actor) ([]Product, error) {
	if !actor.SignedIn() {
		return nil, Errorf(Forbidden, "Sign in first.")
	}
	return rowsOf[Product](s.reader).Where("archived_at IS NULL").Order("position, id").Find(ctx)
}

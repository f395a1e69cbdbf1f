package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// RequestRow is a request in a list.
type RequestRow struct {
	Request
	AccountName   string
	Company       string // empty for an extra trial
	ClientEmail   string
	ProductName   string
	RequestedName string
	DecidedName   string // empty while it waits
}

// RequestFilter narrows a list of requests; zero fields don't.
type RequestFilter struct {
	Query   string // in client, product and reason; for staff in the account, too
	State   RequestStatus
	Kind    RequestKind
	Account string // its id; for staff
	Sort    string // "requested": the one that waits longest first; else the newest first
}

const requestRows = `SELECT r.*, a.name AS account_name, COALESCE(c.company, '') AS company, COALESCE(c.email, '') AS client_email, COALESCE(p.name, '') AS product_name,
	u.name AS requested_name, COALESCE(d.name, '') AS decided_name
FROM requests r LEFT JOIN accounts a ON a.id = r.account_id LEFT JOIN clients c ON c.id = r.client_id LEFT JOIN products p ON p.id = r.product_id
	LEFT JOIN users u ON u.id = r.requested_by LEFT JOIN users d ON d.id = r.decided_by`

func requestRowKey(r RequestRow) (any, string) { return r.RequestedAt, r.ID }

func (f RequestFilter) listing(staff bool) listing {
	q := listing{selects: requestRows, order: order{column: "r.requested_at", id: "r.id", desc: f.Sort != "requested", isTime: true}}
	switch {
	case f.Query == "":
	case staff:
		q.and(`(r.search LIKE ? ESCAPE '\' OR a.search LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	default:
		q.and(`r.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if f.Account != "" {
		q.and("r.account_id = ?", f.Account)
	}
	if f.Kind != "" {
		q.and("r.kind = ?", f.Kind)
	}
	if condition, ok := requestStates[f.State]; ok {
		q.and(condition)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	return q
}

// Requests returns one page of the requests of the actor's account.
func (s *Store) Requests(ctx context.Context, actor Actor, f RequestFilter, p Paging) (Page[RequestRow], error) {
	if err := actor.require(ReadReselling); err != nil {
		return Page[RequestRow]{}, err
	}
	f.Account = actor.AccountID
	return list(ctx, s.reader, f.listing(false), p, requestRowKey)
}

// EachRequest runs fn for every request that Requests would list.
func (s *Store) EachRequest(ctx context.Context, actor Actor, f RequestFilter, fn func(RequestRow) error) error {
	if err := actor.require(ReadReselling); err != nil {
		return err
	}
	f.Account = actor.AccountID
	return each(ctx, s.reader, f.listing(false), requestRowKey, fn)
}

// AllRequests returns one page of the requests of all accounts.
func (s *Store) AllRequests(ctx context.Context, actor Actor, f RequestFilter, p Paging) (Page[RequestRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[RequestRow]{}, err
	}
	return list(ctx, s.reader, f.listing(true), p, requestRowKey)
}

// EachRequestOfAll runs fn for every request that AllRequests would list.
func (s *Store) EachRequestOfAll(ctx context.Context, actor Actor, f RequestFilter, fn func(RequestRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(true), requestRowKey, fn)
}

// requestsAbout returns the latest requests about any of some things, the newest first.
func requestsAbout(ctx context.Context, db *gorm.DB, accountID string, about ...string) ([]RequestRow, error) {
	return rowsOf[RequestRow](db).Raw(requestRows+` WHERE r.account_id = ? AND r.about IN ? ORDER BY r.requested_at DESC, r.id DESC LIMIT 10`, accountID, about).Find(ctx)
}

// MonthRequests returns the latest requests of the actor's account for extra trials of a month, the newest first.
func (s *Store) MonthRequests(ctx context.Context, actor Actor, month Month) ([]RequestRow, error) {
	if err := actor.require(ReadReselling); err != nil {
		return nil, err
	}
	return requestsAbout(ctx, s.reader, actor.AccountID, string(month))
}

// RequestView is a request with everything that its page shows.
type RequestView struct {
	RequestRow
	Trial   *Trial // that an extension is for
	TrialID string // the trial that another one granted was used for; empty before
	Client  Client
	Product Product
	Zone    string // the account's
	Events  []Event

	// For staff who decide.
	Account  Account
	Quota    Quota
	Earlier  []TrialRow // trials of the client, the newest first
	Refusal  *Error     // why it can't be granted, or nil
	WouldEnd time.Time  // an extension by the days that were asked for
}

// Request returns one request of the actor's account.
func (s *Store) Request(ctx context.Context, actor Actor, id string) (RequestView, error) {
	if err := actor.require(ReadReselling); err != nil {
		return RequestView{}, err
	}
	return s.requestView(ctx, actor.AccountID, id)
}

func (s *Store) requestView(ctx context.Context, accountID, id string) (RequestView, error) {
	var v RequestView
	o, err := s.request(ctx, s.reader, accountID, id)
	if err != nil {
		return v, err
	}
	if v.RequestRow, err = rowsOf[RequestRow](s.reader).Raw(requestRows+" WHERE r.id = ?", id).Take(ctx); err != nil {
		return v, err
	}
	v.Client, v.Product = o.client, o.product
	if o.request.Kind == Extension {
		v.Trial = &o.trial
	}
	zone, err := zoneAt(ctx, s.reader, accountID, s.Now())
	if err != nil {
		return v, err
	}
	v.Zone = zone.String()
	used, err := rowsOf[trialAllowance](s.reader).Where("request_id = ? AND trial_id IS NOT NULL", id).Find(ctx)
	if err != nil {
		return v, err
	}
	if len(used) > 0 {
		v.TrialID = *used[0].TrialID
	}
	v.Events, err = rowsOf[Event](s.reader).Where("account_id = ? AND subject_id = ?", accountID, id).Order("at DESC, id DESC").Limit(20).Find(ctx)
	return v, err
}

// RequestToDecide returns one request of any account with what staff need to know to decide.
func (s *Store) RequestToDecide(ctx context.Context, actor Actor, id string) (RequestView, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return RequestView{}, err
	}
	asked, err := rowsOf[Request](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return RequestView{}, orNotFound(err, "Request")
	}
	v, err := s.requestView(ctx, asked.AccountID, id)
	if err != nil {
		return v, err
	}
	if v.Account, err = rowsOf[Account](s.reader).Where("id = ?", asked.AccountID).Take(ctx); err != nil {
		return v, err
	}
	now := s.Now()
	if v.Quota, err = quotaOf(ctx, s.reader, v.Account, now); err != nil {
		return v, err
	}
	if asked.ClientID != nil {
		f := StaffTrialFilter{}
		q := f.listing(now)
		q.and("t.client_id = ?", *asked.ClientID)
		page, err := list(ctx, s.reader, q, Paging{Size: 10}, f.key)
		if err != nil {
			return v, err
		}
		v.Earlier = page.Items
	}
	if asked.Kind == Extension && asked.Status() == RequestWaiting {
		v.WouldEnd = extendedTo(v.Trial.EndsAt, asked.Days, now)
		o, err := s.trial(ctx, s.reader, asked.AccountID, *asked.TrialID)
		if err != nil {
			return v, err
		}
		err = (&tx{DB: s.reader.WithContext(ctx), now: now, store: s}).extensible(ctx, o, true)
		if refused, ok := errors.AsType[*Error](err); ok {
			v.Refusal = refused
		} else if err != nil {
			return v, err
		}
	}
	return v, nil
}

package models

import (
	"context"
	"time"
)

// AccountRow is an account in the list of staff.
type AccountRow struct {
	Account
	OwnerName    string // empty until the first Owner has accepted
	OwnerEmail   string
	InvitedEmail string // of the open Owner invitation, or empty
	Running      int    // trials
}

// AccountFilter narrows the list of accounts.
type AccountFilter struct {
	Query string // in name, legal name and tax id
	Plan  string // a plan, or "none"
	State string // "suspended" or "working"
	Owner string // "missing": no Owner has accepted yet
	Sort  string // "name", "-name", "created"; anything else is the newest first
}

// AllAccounts returns the accounts of the vendor.
func (s *Store) AllAccounts(ctx context.Context, actor Actor, f AccountFilter, p Paging) (Page[AccountRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[AccountRow]{}, err
	}
	return list(ctx, s.reader, f.listing(s.Now()), p, f.key)
}

// EachAccount runs fn for every account of the filtered list.
func (s *Store) EachAccount(ctx context.Context, actor Actor, f AccountFilter, fn func(AccountRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(s.Now()), f.key, fn)
}

func (f AccountFilter) byName() bool { return f.Sort == "name" || f.Sort == "-name" }

func (f AccountFilter) key(a AccountRow) (any, string) {
	if f.byName() {
		return a.Search, a.ID
	}
	return a.CreatedAt, a.ID
}

func (f AccountFilter) listing(now time.Time) listing {
	l := listing{
		selects: `SELECT a.*, COALESCE(u.name, '') AS owner_name, COALESCE(u.email, '') AS owner_email, COALESCE(i.email, '') AS invited_email,
			(SELECT COUNT(*) FROM trials t WHERE t.account_id = a.id AND t.ends_at > ? AND t.revoked_at IS NULL AND t.converted_at IS NULL) AS running
			FROM accounts a
			LEFT JOIN memberships m ON m.account_id = a.id AND m.role = 'owner'
			LEFT JOIN users u ON u.id = m.user_id
			LEFT JOIN invitations i ON i.account_id = a.id AND i.role = 'owner' AND i.accepted_at IS NULL AND i.revoked_at IS NULL`,
		args:  []any{now},
		order: order{column: "a.created_at", id: "a.id", desc: f.Sort != "created", isTime: true},
	}
	if f.byName() {
		l.order = order{column: "a.search", id: "a.id", desc: f.Sort == "-name"}
	}
	if f.Query != "" {
		l.and(`a.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	switch f.Plan {
	case "":
	case "none":
		l.and("a.plan = ''")
	default:
		l.and("a.plan = ?", f.Plan)
	}
	switch f.State {
	case "suspended":
		l.and("a.suspended_at IS NOT NULL")
	case "working":
		l.and("a.suspended_at IS NULL")
	}
	if f.Owner == "missing" {
		l.and("m.id IS NULL")
	}
	return l
}

// AccountMember is a user of an account.
type AccountMember struct {
	UserID        string
	Name          string
	Email         string
	Role          Role
	ResellingRole ResellingRole
	LastSignInAt  *time.Time
}

// AccountPage is everything that staff see of an account.
type AccountPage struct {
	Account
	Zones         AccountZones
	Quota         Quota
	Members       []AccountMember // the Owner first
	Invitations   []Invitation    // open ones, the Owner's among them
	PendingOwner  *Invitation     // nil once an Owner has accepted, unless they are to be replaced
	Replacement   *OpenReplacement
	Running       int // trials
	Clients       int
	FixedCurrency bool
	SuspendedName string // who has suspended it
	Trials        []TrialRow
	Requests      []RequestRow // that wait, the longest first
	Events        []Event      // the latest
	NonPayment    NonPayment   // what is overdue
}

// Owner returns the Owner of the account; nil until the first one has accepted.
func (p AccountPage) Owner() *AccountMember {
	for _, m := range p.Members {
		if m.Role == Owner {
			return &m
		}
	}
	return nil
}

// Account returns one account with everything around it.
func (s *Store) Account(ctx context.Context, actor Actor, id string) (AccountPage, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return AccountPage{}, err
	}
	now, db := s.Now(), s.reader
	account, err := rowsOf[Account](db).Where("id = ?", id).Take(ctx)
	if err != nil {
		return AccountPage{}, orNotFound(err, "Account")
	}
	p := AccountPage{Account: account}
	for _, read := range []func() error{
		func() (err error) { p.Zones, err = zonesOf(ctx, db, id, now); return err },
		func() (err error) { p.Quota, err = quotaOf(ctx, db, account, now); return err },
		func() (err error) { p.PendingOwner, err = pendingOwner(ctx, db, id); return err },
		func() error {
			open, err := rowsOf[OpenReplacement](db).Raw(openReplacements, id).Find(ctx)
			if len(open) > 0 {
				p.Replacement = &open[0]
			}
			return err
		},
		func() (err error) { p.Running, err = runningTrials(ctx, db, id, now); return err },
		func() (err error) { p.FixedCurrency, err = hasFixedCurrency(ctx, db, id); return err },
		func() (err error) {
			p.Members, err = rowsOf[AccountMember](db).Raw(`SELECT u.id AS user_id, u.name, u.email, m.role, m.reselling_role, u.last_sign_in_at
				FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.account_id = ?
				ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END, u.name, u.id LIMIT 200`, id).Find(ctx)
			return err
		},
		func() (err error) {
			p.Invitations, err = rowsOf[Invitation](db).Where("account_id = ? AND accepted_at IS NULL AND revoked_at IS NULL", id).Order("created_at DESC, id DESC").Limit(100).Find(ctx)
			return err
		},
		func() error {
			n, err := rowsOf[Client](db).Where("account_id = ? AND archived_at IS NULL", id).Count(ctx, "id")
			p.Clients = int(n)
			return err
		},
		func() error {
			page, err := list(ctx, db, StaffTrialFilter{Account: id}.listing(now), Paging{Size: 5}, StaffTrialFilter{}.key)
			p.Trials = page.Items
			return err
		},
		func() error {
			page, err := list(ctx, db, RequestFilter{Account: id, State: RequestWaiting, Sort: "requested"}.listing(true), Paging{Size: 5}, requestRowKey)
			p.Requests = page.Items
			return err
		},
		func() (err error) {
			p.Events, err = rowsOf[Event](db).Where("account_id = ?", id).Order("at DESC, id DESC").Limit(8).Find(ctx)
			return err
		},
		func() (err error) { p.NonPayment, err = nonPayment(ctx, db, id, now); return err },
		func() error {
			if account.SuspendedBy == "" {
				return nil
			}
			by, err := rowsOf[User](db).Where("id = ?", account.SuspendedBy).Take(ctx)
			p.SuspendedName = by.Name
			return err
		},
	} {
		if err := read(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// AccountName returns the name of an account.
func (s *Store) AccountName(ctx context.Context, actor Actor, id string) (string, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return "", err
	}
	a, err := rowsOf[Account](s.reader).Select("name").Where("id = ?", id).Take(ctx)
	return a.Name, orNotFound(err, "Account")
}

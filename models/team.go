package models

import (
	"context"
	"time"
)

// TeamMember is a member of an account as its lists show them.
type TeamMember struct {
	ID             string // of the membership
	UserID         string
	Name           string
	Email          string
	Role           Role
	ResellingRole  ResellingRole // empty for who may not see it; see TeamMember.InResellingTeam
	ResellingSince *time.Time
	JoinedAt       time.Time
	LastSignInAt   *time.Time
	Search         string
}

// InResellingTeam reports whether the member belongs to the Reselling team, as far as the reader may know.
func (m TeamMember) InResellingTeam() bool { return m.Role == Owner || m.ResellingRole != "" }

// MemberFilter narrows and sorts a list of members.
type MemberFilter struct {
	Query         string
	Role          Role          // empty: all
	ResellingRole ResellingRole // empty: all; counts in the Reselling team only
	Sort          string        // name (the default), role, joined, sign-in; with a leading "-" the other way round
}

const teamMembers = `SELECT m.id, m.user_id, u.name, u.email, m.role, m.reselling_role, m.reselling_since, m.joined_at, u.last_sign_in_at, m.search
	FROM memberships m LEFT JOIN users u ON u.id = m.user_id`

// never is the time of a sign-in that has not been, so that it can be sorted.
var never = time.Time{}

// memberOrder is one way to sort members: the key of a row and its column.
type memberOrder struct {
	order order
	key   func(TeamMember) any
}

var memberOrders = map[string]memberOrder{
	"name":    {order{column: "m.search"}, func(m TeamMember) any { return m.Search }},
	"role":    {order{column: rankOfRole}, func(m TeamMember) any { return roleRank(m.Role) + m.Search }},
	"joined":  {order{column: "m.joined_at", isTime: true}, func(m TeamMember) any { return m.JoinedAt }},
	"sign-in": {order{column: "COALESCE(u.last_sign_in_at, '0001-01-01 00:00:00+00:00')", isTime: true}, func(m TeamMember) any { return lastSignIn(m) }},
}

const rankOfRole = `CASE m.role WHEN 'owner' THEN '0' WHEN 'admin' THEN '1' WHEN 'member' THEN '2' ELSE '3' END || m.search`

func roleRank(r Role) string {
	switch r {
	case Owner:
		return "0"
	case Admin:
		return "1"
	case Member:
		return "2"
	}
	return "3"
}

func lastSignIn(m TeamMember) time.Time {
	if m.LastSignInAt == nil {
		return never
	}
	return *m.LastSignInAt
}

func (f MemberFilter) ordered() (memberOrder, bool) {
	name, desc := f.Sort, false
	if name != "" && name[0] == '-' {
		name, desc = name[1:], true
	}
	by, ok := memberOrders[name]
	if !ok {
		by, desc = memberOrders["name"], false
	}
	by.order.id, by.order.desc = "m.id", desc
	return by, ok
}

func (f MemberFilter) listing(actor Actor) (listing, func(TeamMember) (any, string)) {
	by, _ := f.ordered()
	q := listing{selects: teamMembers, order: by.order}
	q.and("m.account_id = ?", actor.AccountID)
	if f.Query != "" {
		q.and(`m.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if f.Role != "" {
		q.and("m.role = ?", f.Role)
	}
	return q, func(m TeamMember) (any, string) { return by.key(m), m.ID }
}

// Members returns a page of the account's members.
func (s *Store) Members(ctx context.Context, actor Actor, f MemberFilter, p Paging) (Page[TeamMember], error) {
	if err := actor.require(SeeUsers); err != nil {
		return Page[TeamMember]{}, err
	}
	q, key := f.listing(actor)
	page, err := list(ctx, s.reader, q, p, key)
	for i := range page.Items {
		page.Items[i] = page.Items[i].shownTo(actor)
	}
	return page, err
}

// EachMember runs fn for each of the account's members.
func (s *Store) EachMember(ctx context.Context, actor Actor, f MemberFilter, fn func(TeamMember) error) error {
	if err := actor.require(SeeUsers); err != nil {
		return err
	}
	q, key := f.listing(actor)
	return each(ctx, s.reader, q, key, func(m TeamMember) error { return fn(m.shownTo(actor)) })
}

// TeamMember returns one member of the account.
func (s *Store) TeamMember(ctx context.Context, actor Actor, membershipID string) (TeamMember, error) {
	if err := actor.require(SeeUsers); err != nil {
		return TeamMember{}, err
	}
	m, err := rowsOf[TeamMember](s.reader).Raw(teamMembers+" WHERE m.account_id = ? AND m.id = ?", actor.AccountID, membershipID).Take(ctx)
	return m.shownTo(actor), orNotFound(err, "Member")
}

// shownTo hides what only the Owner and the member themselves see.
func (m TeamMember) shownTo(actor Actor) TeamMember {
	if !actor.Can(ManageReselling) && m.UserID != actor.UserID {
		m.ResellingRole, m.ResellingSince = "", nil
	}
	return m
}

// CanManage reports whether a may change the role of m or remove them. Views use it.
func (a Actor) CanManage(m TeamMember) bool {
	return a.Can(ManageTeam) && a.manages(Membership{UserID: m.UserID, Role: m.Role}, "change") == nil
}

const inResellingTeam = "(m.role = 'owner' OR m.reselling_role <> '')"

// resellingListing sorts by name with the Owner first, or by since when.
func (f MemberFilter) resellingListing(actor Actor) (listing, func(TeamMember) (any, string)) {
	q, key := f.listing(actor)
	q.and(inResellingTeam)
	if f.ResellingRole != "" {
		q.and("m.reselling_role = ? AND m.role <> 'owner'", f.ResellingRole)
	}
	if _, asked := f.ordered(); asked {
		return q, key
	}
	q.order = order{column: `CASE m.role WHEN 'owner' THEN '0' ELSE '1' END || m.search`, id: "m.id"}
	return q, func(m TeamMember) (any, string) { return min(roleRank(m.Role), "1") + m.Search, m.ID }
}

// ResellingTeam returns a page of the Reselling team, the Owner first.
func (s *Store) ResellingTeam(ctx context.Context, actor Actor, f MemberFilter, p Paging) (Page[TeamMember], error) {
	if err := actor.require(ManageReselling); err != nil {
		return Page[TeamMember]{}, err
	}
	q, key := f.resellingListing(actor)
	return list(ctx, s.reader, q, p, key)
}

// EachReseller runs fn for each member of the Reselling team.
func (s *Store) EachReseller(ctx context.Context, actor Actor, f MemberFilter, fn func(TeamMember) error) error {
	if err := actor.require(ManageReselling); err != nil {
		return err
	}
	q, key := f.resellingListing(actor)
	return each(ctx, s.reader, q, key, fn)
}

// MostChoices is how many people a choice lists.
const MostChoices = 1000

// ResellingCandidates are the members outside the Reselling team, by name.
func (s *Store) ResellingCandidates(ctx context.Context, actor Actor) ([]TeamMember, error) {
	if err := actor.require(ManageReselling); err != nil {
		return nil, err
	}
	return rowsOf[TeamMember](s.reader).Raw(teamMembers+" WHERE m.account_id = ? AND NOT "+inResellingTeam+" ORDER BY m.search, m.id LIMIT ?", actor.AccountID, MostChoices).Find(ctx)
}

// OwnershipCandidates are the members to whom the ownership can be offered, by name.
func (s *Store) OwnershipCandidates(ctx context.Context, actor Actor) ([]TeamMember, error) {
	if err := actor.require(TransferOwnership); err != nil {
		return nil, err
	}
	return rowsOf[TeamMember](s.reader).Raw(teamMembers+" WHERE m.account_id = ? AND m.role <> 'owner' ORDER BY m.search, m.id LIMIT ?", actor.AccountID, MostChoices).Find(ctx)
}

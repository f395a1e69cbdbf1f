package models

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// EventKind groups actions for filters: the nouns before their dot.
type EventKind string

// The kinds of events.
const (
	ClientEvents  EventKind = "clients"
	TrialEvents   EventKind = "trials"
	OrderEvents   EventKind = "orders"
	MoneyEvents   EventKind = "money"
	TeamEvents    EventKind = "team"
	AccountEvents EventKind = "account"
	UserEvents    EventKind = "users"
	VendorEvents  EventKind = "vendor"
)

// EventKinds are all kinds, in the order of a menu. Those of the vendor are not an account's.
var EventKinds = []EventKind{ClientEvents, TrialEvents, OrderEvents, MoneyEvents, TeamEvents, AccountEvents, UserEvents, VendorEvents}

// eventNouns are the nouns of the actions of each kind.
var eventNouns = map[EventKind][]string{
	ClientEvents:  {"client"},
	TrialEvents:   {"trial", "license", "request"},
	OrderEvents:   {"order", "annex"},
	MoneyEvents:   {"invoice", "payment", "credit_note", "client_invoice", "client_credit_note"},
	TeamEvents:    {"membership", "invitation", "ownership"},
	AccountEvents: {"account", "branding", "webhook", "api_token"},
	UserEvents:    {"user", "session", "sessions", "password", "email"},
	VendorEvents:  {"vendor", "staff", "plan", "terms", "product", "price", "job", "mail", "signing_key", "installation", "conflict", "bank_import", "vendor_token"},
}

// KindOfAction returns the kind to which an action belongs, or nothing.
func KindOfAction(action string) EventKind {
	noun, _, _ := strings.Cut(action, ".")
	for kind, nouns := range eventNouns {
		if slices.Contains(nouns, noun) {
			return kind
		}
	}
	return ""
}

// EventFilter says which events a list shows; the zero one shows all.
type EventFilter struct {
	Query     string // in the names of who did it and of what it was done to
	Kind      EventKind
	ActorID   string
	From, To  Date   // inclusive, in the actor's zone
	AccountID string // for staff only
}

// EventRow is an event in a list.
type EventRow struct {
	Event       `gorm:"embedded"`
	AccountName string // empty for what concerns the vendor alone
}

const eventRows = `SELECT e.*, COALESCE(a.name, '') AS account_name FROM events e LEFT JOIN accounts a ON a.id = e.account_id`

func (f EventFilter) listing(zone *time.Location) listing {
	q := listing{selects: eventRows, order: order{column: "e.at", id: "e.id", desc: true, isTime: true}}
	if f.AccountID != "" {
		q.and("e.account_id = ?", f.AccountID)
	}
	if nouns := eventNouns[f.Kind]; len(nouns) > 0 {
		q.andActions(nouns)
	}
	if f.ActorID != "" {
		q.and("e.actor_id = ?", f.ActorID)
	}
	if f.Query != "" {
		q.and(`e.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if zone == nil {
		zone = time.UTC
	}
	if f.From != "" {
		q.and("e.at >= ?", f.From.StartIn(zone))
	}
	if f.To != "" {
		q.and("e.at < ?", f.To.AddDays(1).StartIn(zone))
	}
	return q
}

// andActions keeps the actions of some nouns.
func (l *listing) andActions(nouns []string) {
	var either []string
	var args []any
	for _, noun := range nouns {
		// The dot's successor ends the range: a plain comparison uses no wildcard.
		either = append(either, "e.action >= ? AND e.action < ?")
		args = append(args, noun+".", noun+"/")
	}
	l.and("("+strings.Join(either, " OR ")+")", args...)
}

func eventKey(e EventRow) (any, string) { return e.At, e.ID }

// activity is the query of what an actor may see of the account's events: the
// Owner everything, an Admin what happened to the team.
func (f EventFilter) activity(actor Actor) (listing, error) {
	if err := actor.require(ReadTeamActivity); err != nil {
		return listing{}, err
	}
	f.AccountID = actor.AccountID
	q := f.listing(actor.Zone)
	if !actor.Can(ReadActivity) {
		q.andActions(eventNouns[TeamEvents])
	}
	return q, nil
}

// Activity returns a page of the events of the actor's account.
func (s *Store) Activity(ctx context.Context, actor Actor, f EventFilter, p Paging) (Page[EventRow], error) {
	q, err := f.activity(actor)
	if err != nil {
		return Page[EventRow]{}, err
	}
	return list(ctx, s.reader, q, p, eventKey)
}

// EachActivity runs fn for every event that Activity shows, in its order.
func (s *Store) EachActivity(ctx context.Context, actor Actor, f EventFilter, fn func(EventRow) error) error {
	q, err := f.activity(actor)
	if err != nil {
		return err
	}
	return each(ctx, s.reader, q, eventKey, fn)
}

// EventPerson is somebody who has done something.
type EventPerson struct{ ID, Name string }

// ActivityPeople returns who has caused events that the actor may see, by name.
func (s *Store) ActivityPeople(ctx context.Context, actor Actor) ([]EventPerson, error) {
	q, err := EventFilter{}.activity(actor)
	if err != nil {
		return nil, err
	}
	return s.eventPeople(ctx, q)
}

// Events returns a page of the events of all accounts and of the vendor.
func (s *Store) Events(ctx context.Context, actor Actor, f EventFilter, p Paging) (Page[EventRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[EventRow]{}, err
	}
	return list(ctx, s.reader, f.listing(actor.Zone), p, eventKey)
}

// EachEvent runs fn for every event that Events shows, in its order.
func (s *Store) EachEvent(ctx context.Context, actor Actor, f EventFilter, fn func(EventRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(actor.Zone), eventKey, fn)
}

// EventPeople returns who has caused events of an account, or of the vendor's staff if it is empty.
func (s *Store) EventPeople(ctx context.Context, actor Actor, accountID string) ([]EventPerson, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return nil, err
	}
	q := EventFilter{AccountID: accountID}.listing(nil)
	if accountID == "" {
		q.and("e.actor_kind = 'staff'")
	}
	return s.eventPeople(ctx, q)
}

// EventAccounts returns the accounts by which events can be filtered, by name.
func (s *Store) EventAccounts(ctx context.Context, actor Actor) ([]EventPerson, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return nil, err
	}
	return rowsOf[EventPerson](s.reader).Raw("SELECT id, name FROM accounts ORDER BY name, id LIMIT 1000").Find(ctx)
}

// eventPeople finds them among the latest events of q: a name may have changed since.
func (s *Store) eventPeople(ctx context.Context, q listing) ([]EventPerson, error) {
	statement := "SELECT DISTINCT r.actor_id AS id, r.actor_name AS name FROM (" + q.selects
	q.and("e.actor_id <> ''")
	statement += " WHERE " + strings.Join(q.where, " AND ") + " ORDER BY e.at DESC, e.id DESC LIMIT 5000) r ORDER BY name, id"
	people, err := rowsOf[EventPerson](s.reader).Raw(statement, q.args...).Find(ctx)
	seen := map[string]bool{}
	return slices.DeleteFunc(people, func(p EventPerson) bool {
		was := seen[p.ID]
		seen[p.ID] = true
		return was
	}), err
}

// Fact is one thing that an event changed.
type Fact struct {
	Name          string // as recorded: "contact_name"
	Before, After any    // nil where there was nothing; else string, bool, float64 or what JSON gives
}

// Facts returns what e changed, by name.
func (e Event) Facts() []Fact {
	before, after := readFacts(e.Before), readFacts(e.After)
	names := slices.Collect(maps.Keys(after))
	for name := range before {
		if _, ok := after[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	all := make([]Fact, len(names))
	for i, name := range names {
		all[i] = Fact{name, before[name], after[name]}
	}
	return all
}

func readFacts(s string) map[string]any {
	facts := map[string]any{}
	if s != "" {
		// What record wrote is an object; a row that is none has no facts to show.
		_ = json.Unmarshal([]byte(s), &facts)
	}
	return facts
}

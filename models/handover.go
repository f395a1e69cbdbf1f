package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// HandoverNeeded is the code of a refusal that asks who takes over.
const HandoverNeeded = "handover_needed"

// Handover is what a member looks after and who can take it over, for the page
// that asks before they stop selling.
type Handover struct {
	Member     TeamMember
	Clients    int // archived ones too
	Trials     int // running
	Some       HandoverList
	Colleagues []Colleague // who can take over, the Owner first; empty for who sees nothing of reselling
	Owner      Colleague   // who takes over if nobody chooses
}

// HandoverList are the first clients and running trials of a handover, by company.
type HandoverList struct {
	Clients []HandedClient
	Trials  []HandedTrial
}

// HandedClient is a client in a handover.
type HandedClient struct {
	ID         string
	Company    string
	ArchivedAt *time.Time
}

// HandedTrial is a running trial in a handover.
type HandedTrial struct {
	ID      string
	Company string
	Product string
	EndsAt  time.Time
}

// mostHanded is how many clients, and how many trials, a page or mail of a handover lists.
const mostHanded = 50

// IsNeeded reports whether somebody has to take anything over.
func (h Handover) IsNeeded() bool { return h.Clients+h.Trials > 0 }

// MayChoose reports whether whoever asked decides who takes over.
func (h Handover) MayChoose() bool { return len(h.Colleagues) > 0 }

// Handover returns what a member looks after whom the actor wants to remove from
// the account. An actor who sees nothing of reselling is told only that the
// Owner takes over. It refuses whom RemoveMember refuses.
func (s *Store) Handover(ctx context.Context, actor Actor, membershipID string) (Handover, error) {
	if err := actor.require(ManageTeam); err != nil {
		return Handover{}, err
	}
	m, err := s.TeamMember(ctx, actor, membershipID)
	if err == nil {
		err = actor.manages(Membership{UserID: m.UserID, Role: m.Role}, "remove")
	}
	if err != nil {
		return Handover{}, err
	}
	return s.handover(ctx, actor, m)
}

// ResellingHandover is Handover for who is to leave the Reselling team, or to
// get a role in it that may not sell.
func (s *Store) ResellingHandover(ctx context.Context, actor Actor, membershipID string) (Handover, error) {
	if err := actor.require(ManageReselling); err != nil {
		return Handover{}, err
	}
	m, err := s.TeamMember(ctx, actor, membershipID)
	if err == nil {
		err = refuseNoReseller(m.Role, m.ResellingRole, m.Name)
	}
	if err != nil {
		return Handover{}, err
	}
	return s.handover(ctx, actor, m)
}

func (s *Store) handover(ctx context.Context, actor Actor, m TeamMember) (Handover, error) {
	h := Handover{Member: m}
	all, err := colleaguesOf(ctx, s.reader, actor.AccountID)
	if err != nil {
		return h, err
	}
	owner, err := rowsOf[Colleague](s.reader).Raw(colleagues+" AND m.role = 'owner'", actor.AccountID).Take(ctx)
	if err != nil {
		return h, orNotFound(err, "Owner")
	}
	h.Owner = owner
	if !actor.Can(ManageClients) {
		return h, nil
	}
	h.Colleagues = []Colleague{owner}
	for _, c := range all {
		if c.ID != owner.ID && c.ID != h.Member.UserID {
			h.Colleagues = append(h.Colleagues, c)
		}
	}
	of := responsibility{actor.AccountID, h.Member.UserID, s.Now()}
	if h.Clients, h.Trials, err = of.count(ctx, s.reader); err != nil || !h.IsNeeded() {
		return h, err
	}
	h.Some.Clients, err = rowsOf[HandedClient](s.reader).Raw("SELECT c.id, c.company, c.archived_at FROM clients c WHERE "+theirClients+" ORDER BY c.company_key, c.id LIMIT ?",
		append(of.clientArgs(), mostHanded)...).Find(ctx)
	if err != nil {
		return h, err
	}
	h.Some.Trials, err = rowsOf[HandedTrial](s.reader).Raw(`SELECT t.id, c.company, p.name AS product, t.ends_at FROM trials t JOIN clients c ON c.id = t.client_id JOIN products p ON p.id = t.product_id
		WHERE `+theirTrials+" ORDER BY c.company_key, t.id LIMIT ?", append(of.trialArgs(), mostHanded)...).Find(ctx)
	return h, err
}

// responsibility is what a user looks after in an account at an instant.
type responsibility struct {
	accountID, userID string
	now               time.Time
}

const (
	theirClients = "c.account_id = ? AND c.responsible_id = ? AND c.merged_into IS NULL"
	theirTrials  = "t.account_id = ? AND t.responsible_id = ? AND t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > ?"
)

func (r responsibility) clientArgs() []any { return []any{r.accountID, r.userID} }
func (r responsibility) trialArgs() []any  { return []any{r.accountID, r.userID, r.now} }

func (r responsibility) count(ctx context.Context, db *gorm.DB) (clients, trials int, err error) {
	if err := db.WithContext(ctx).Raw("SELECT COUNT(*) FROM clients c WHERE "+theirClients, r.clientArgs()...).Scan(&clients).Error; err != nil {
		return 0, 0, err
	}
	err = db.WithContext(ctx).Raw("SELECT COUNT(*) FROM trials t WHERE "+theirTrials, r.trialArgs()...).Scan(&trials).Error
	return clients, trials, err
}

// handOverWork gives what a member looks after to the colleague with the user id
// heir before they stop selling, and mails the colleague. An actor who sees
// nothing of reselling gives it to the Owner. The caller has locked the team, so
// that the colleague is a Seller still when it commits.
func (tx *tx) handOverWork(ctx context.Context, actor Actor, m Membership, user User, heir string) error {
	of := responsibility{m.AccountID, m.UserID, tx.now}
	clients, trials, err := of.count(ctx, tx.DB)
	if err != nil {
		return err
	}
	var to Colleague
	if clients+trials > 0 {
		if to, err = tx.heir(ctx, actor, m, user, heir); err != nil {
			return err
		}
		if err := tx.passOn(ctx, actor, of, m.subject(user.Name), to, clients, trials); err != nil {
			return err
		}
	} else if to, err = tx.owner(ctx, m.AccountID); err != nil {
		return err
	}
	// Aliases and what has ended follow without a word: nobody acts on them.
	_, err = rowsOf[Client](tx.DB).Where("account_id = ? AND responsible_id = ?", of.accountID, of.userID).Update(ctx, "responsible_id", to.ID)
	return err
}

func (tx *tx) heir(ctx context.Context, actor Actor, m Membership, user User, heir string) (Colleague, error) {
	if !actor.Can(ManageClients) {
		return tx.owner(ctx, m.AccountID)
	}
	refuse := func(kind Kind, message string) error {
		return &Error{Kind: kind, Code: HandoverNeeded, Message: message, Fields: map[string]string{"colleague": message}}
	}
	if heir == "" {
		return Colleague{}, refuse(Invalid, "Choose who takes over the clients and running trials of "+user.Name+".")
	}
	to, ok, err := tx.colleague(ctx, m.AccountID, heir)
	if err == nil && (!ok || heir == m.UserID) {
		err = refuse(Conflict, "Choose somebody else: this colleague can't look after clients, or no longer.")
	}
	return to, err
}

// passOn moves clients and running trials by one statement each: a Seller can
// have a hundred thousand.
func (tx *tx) passOn(ctx context.Context, actor Actor, of responsibility, from subject, to Colleague, clients, trials int) error {
	facts := map[string]any{"colleague": to.Name, "clients": clients, "trials": trials}
	event, err := tx.recordEvent(ctx, actor, "client.handed_over", from, nil, facts)
	if err != nil {
		return err
	}
	if err := tx.writeEvents(ctx); err != nil { // the items refer to it
		return err
	}
	db := tx.WithContext(ctx)
	for _, step := range []struct {
		statement string
		args      []any
	}{
		{"INSERT INTO handover_items (event_id, subject_id, kind) SELECT ?, c.id, 'client' FROM clients c WHERE " + theirClients, append([]any{event}, of.clientArgs()...)},
		{"INSERT INTO handover_items (event_id, subject_id, kind) SELECT ?, t.id, 'trial' FROM trials t WHERE " + theirTrials, append([]any{event}, of.trialArgs()...)},
		{"UPDATE clients SET responsible_id = ?, version = version + 1 WHERE account_id = ? AND responsible_id = ? AND merged_into IS NULL", append([]any{to.ID}, of.clientArgs()...)},
		{"UPDATE trials SET responsible_id = ? WHERE account_id = ? AND responsible_id = ? AND revoked_at IS NULL AND converted_at IS NULL AND ends_at > ?", append([]any{to.ID}, of.trialArgs()...)},
	} {
		if err := db.Exec(step.statement, step.args...).Error; err != nil {
			return err
		}
	}
	return tx.enqueue(ctx, HandoverMail{EventID: event, UserID: to.ID})
}

// historyOf returns the latest events of some clients, trials and licences of an
// account, and of their handovers. Each half has its index.
func historyOf(ctx context.Context, db *gorm.DB, accountID string, subjects []string, limit int) ([]Event, error) {
	return rowsOf[Event](db).Raw(`SELECT * FROM (SELECT * FROM events WHERE account_id = ? AND subject_id IN ?
		UNION SELECT * FROM events WHERE account_id = ? AND id IN (SELECT event_id FROM handover_items WHERE subject_id IN ?)) AS history
		ORDER BY at DESC, id DESC LIMIT ?`, accountID, subjects, accountID, subjects, limit).Find(ctx)
}

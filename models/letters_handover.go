package models

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
)

// HandoverMail tells a colleague what they look after from now on.
type HandoverMail struct {
	EventID string `json:"event_id"`
	UserID  string `json:"user_id"`
}

// Kind names the job in the queue.
func (HandoverMail) Kind() string { return "handover_mail" }

// HandoverLetter tells a colleague what somebody has left to them.
type HandoverLetter struct {
	UserID, AccountID string
	To, Name          string
	FromName, ByName  string
	AccountName       string
	Clients, Trials   int
	Some              HandoverList
	At                time.Time
	Zone              string
	Link              string // to their clients
}

// HandoverForMail returns the mail about a handover to somebody who can still act on it.
func (s *Store) HandoverForMail(ctx context.Context, actor Actor, job HandoverMail) (l HandoverLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	event, err := rowsOf[Event](s.reader).Where("id = ?", job.EventID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	still, err := rowsOf[Colleague](s.reader).Raw(colleagues+" AND m.user_id = ?", event.AccountID, job.UserID).Find(ctx)
	if err != nil || len(still) == 0 {
		return l, false, err
	}
	user, zone, ok, err := s.addressee(ctx, job.UserID)
	if err != nil || !ok {
		return l, false, err
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", event.AccountID).Take(ctx)
	if err != nil {
		return l, false, err
	}
	l = HandoverLetter{
		UserID: user.ID, AccountID: account.ID, To: user.Email, Name: user.Name, FromName: event.SubjectName, ByName: event.ActorName, AccountName: account.Name,
		At: event.At.UTC(), Zone: zone, Link: s.URL("/clients?responsible=" + ResponsibleMine),
	}
	counts := struct {
		Clients int `json:"clients"`
		Trials  int `json:"trials"`
	}{}
	if err := json.Unmarshal([]byte(event.After), &counts); err != nil {
		return l, false, err
	}
	l.Clients, l.Trials = counts.Clients, counts.Trials
	if l.Some.Clients, err = rowsOf[HandedClient](s.reader).Raw(`SELECT c.id, c.company, c.archived_at FROM handover_items h JOIN clients c ON c.id = h.subject_id
		WHERE h.event_id = ? ORDER BY c.company_key, c.id LIMIT ?`, event.ID, mostHanded).Find(ctx); err != nil {
		return l, false, err
	}
	l.Some.Trials, err = rowsOf[HandedTrial](s.reader).Raw(`SELECT t.id, c.company, p.name AS product, t.ends_at FROM handover_items h JOIN trials t ON t.id = h.subject_id
		JOIN clients c ON c.id = t.client_id JOIN products p ON p.id = t.product_id WHERE h.event_id = ? ORDER BY c.company_key, t.id LIMIT ?`, event.ID, mostHanded).Find(ctx)
	return l, err == nil, err
}

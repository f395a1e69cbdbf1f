package models

import (
	"context"
	"time"
)

// OpenSession is a browser in which the actor is signed in.
type OpenSession struct {
	ID         string
	Device     string // the user agent
	Address    string
	CreatedAt  time.Time
	LastUsedAt time.Time // exact to 5 minutes
	EndsAt     time.Time // at the latest, however much it is used
	IsCurrent  bool
}

// OpenSessions returns where the actor is signed in, the last used first.
func (s *Store) OpenSessions(ctx context.Context, actor Actor) ([]OpenSession, error) {
	if !actor.SignedIn() {
		return nil, Errorf(Forbidden, "Sign in first.")
	}
	now := s.Now()
	idle, age := actor.sessionLimits()
	rows, err := rowsOf[Session](s.reader).Where("user_id = ? AND ended_at IS NULL AND last_used_at > ? AND created_at > ?", actor.UserID, now.Add(-idle), now.Add(-age)).
		Order("last_used_at DESC, id DESC").Find(ctx)
	if err != nil {
		return nil, err
	}
	var open []OpenSession
	for _, r := range rows {
		open = append(open, OpenSession{
			ID: r.ID, Device: r.Device, Address: r.Address, CreatedAt: r.CreatedAt, LastUsedAt: r.LastUsedAt,
			EndsAt: r.CreatedAt.Add(age), IsCurrent: r.ID == actor.SessionID,
		})
	}
	return open, nil
}

func (a Actor) sessionLimits() (idle, age time.Duration) {
	if a.IsStaff() {
		return staffSessionIdle, staffSessionAge
	}
	return sessionIdle, sessionAge
}

// EndSession signs the actor out of one browser.
func (s *Store) EndSession(ctx context.Context, actor Actor, id string) error {
	if !actor.SignedIn() {
		return Errorf(Forbidden, "Sign in first.")
	}
	return s.write(ctx, func(tx *tx) error {
		n, err := rowsOf[Session](tx.DB).Where("id = ? AND user_id = ? AND ended_at IS NULL", id, actor.UserID).Update(ctx, "ended_at", tx.now)
		if err != nil {
			return err
		}
		if n == 0 {
			return Errorf(NotFound, "That session is over already.")
		}
		return tx.record(ctx, actor, "session.ended", subject{kind: "session", id: id, name: actor.Name, accountID: actor.AccountID}, nil, nil)
	})
}

// EndOtherSessions signs the actor out everywhere else and returns in how many browsers.
func (s *Store) EndOtherSessions(ctx context.Context, actor Actor) (ended int, err error) {
	if !actor.SignedIn() {
		return 0, Errorf(Forbidden, "Sign in first.")
	}
	err = s.write(ctx, func(tx *tx) error {
		ended, err = tx.endSessions(ctx, actor, User{ID: actor.UserID, Name: actor.Name}, actor.SessionID)
		return err
	})
	return ended, err
}

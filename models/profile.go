package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Profile is what the actor sees of their own person.
type Profile struct {
	Name              string
	Email             string
	TimeZone          string // empty: the account's, or the vendor's for staff
	CreatedAt         time.Time
	PasswordChangedAt time.Time
	NewEmail          string // waits to be confirmed; empty for none
	NewEmailUntil     time.Time
}

// Profile returns the actor's own.
func (s *Store) Profile(ctx context.Context, actor Actor) (Profile, error) {
	if !actor.SignedIn() {
		return Profile{}, Errorf(Forbidden, "Sign in first.")
	}
	user, err := rowsOf[User](s.reader).Where("id = ? AND removed_at IS NULL", actor.UserID).Take(ctx)
	if err != nil {
		return Profile{}, orNotFound(err, "User")
	}
	p := Profile{Name: user.Name, Email: user.Email, TimeZone: user.TimeZone, CreatedAt: user.CreatedAt, PasswordChangedAt: user.PasswordChangedAt}
	e, err := rowsOf[EmailChange](s.reader).Where("user_id = ? AND confirmed_at IS NULL AND cancelled_at IS NULL AND expires_at > ?", user.ID, s.Now()).Order("created_at DESC, id DESC").Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return p, nil
	}
	p.NewEmail, p.NewEmailUntil = e.Email, e.ExpiresAt
	return p, err
}

// ChangeProfile sets the actor's name and time zone; an empty zone means the account's.
func (s *Store) ChangeProfile(ctx context.Context, actor Actor, name, zone string) error {
	if !actor.SignedIn() {
		return Errorf(Forbidden, "Sign in first.")
	}
	problems := Problems{}
	name, zone = problems.name("name", name), clean(zone)
	if _, err := LoadZone(zone); zone != "" && err != nil {
		problems.Add("time_zone", "Choose one of the time zones.")
	}
	if err := problems.Err(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		user, err := rowsOf[User](tx.DB).Where("id = ? AND removed_at IS NULL", actor.UserID).Take(ctx)
		if err != nil {
			return orNotFound(err, "User")
		}
		before, after := difference(map[string]any{"name": user.Name, "time_zone": user.TimeZone}, map[string]any{"name": name, "time_zone": zone})
		if len(after) == 0 {
			return nil
		}
		version := user.Version
		user.Name, user.TimeZone, user.Version = name, zone, version+1
		user.Search = user.searchable()
		if err := changed(rowsOf[User](tx.DB).Where("id = ? AND version = ?", user.ID, version).Select("name", "search", "time_zone", "version").Updates(ctx, user)); err != nil {
			return err
		}
		return tx.record(ctx, actor, "user.changed", user.subject(actor.AccountID), before, after)
	})
}

// ChangePassword sets the actor's password, who gives the old one, and ends
// their other sessions.
func (s *Store) ChangePassword(ctx context.Context, actor Actor, old, password string) error {
	if !actor.SignedIn() {
		return Errorf(Forbidden, "Sign in first.")
	}
	problems := Problems{}
	if problems.newPassword("password", password, User{Name: actor.Name, Email: actor.Email}); old == password {
		problems.Add("password", "Choose a password that differs from the old one.")
	}
	if err := problems.Err(); err != nil {
		return err
	}
	v, err := s.checkOwnPassword(ctx, actor, "current_password", old)
	if err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if err := tx.settle(ctx, v); err != nil {
			return err
		}
		return tx.setPassword(ctx, actor, v.user, hash, "password.changed")
	})
}

// checkOwnPassword is checkPassword for somebody signed in; field is the input to mark.
func (s *Store) checkOwnPassword(ctx context.Context, actor Actor, field, password string) (checked, error) {
	v, err := s.checkPassword(ctx, actor, emailKey(actor.Email), password)
	if err == nil && (!v.ok || v.user.ID != actor.UserID) {
		return v, &Error{Kind: Invalid, Message: "That is not your password.", Fields: map[string]string{field: "That is not your password."}}
	}
	return v, err
}

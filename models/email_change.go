package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Limits of changing one's mail address.
const (
	emailChangeValid  = 24 * time.Hour
	emailChangeWindow = time.Hour
	emailChangesPer   = 5
)

// EmailChange is a new mail address of a user, which holds once it is confirmed there.
type EmailChange struct {
	ID          string
	UserID      string
	OldEmail    string
	Email       string
	EmailKey    string
	TokenHash   string
	CreatedAt   time.Time
	ExpiresAt   time.Time
	ConfirmedAt *time.Time
	CancelledAt *time.Time
}

// State is what has become of the link of e.
func (e EmailChange) State(now time.Time) LinkState {
	switch {
	case e.ConfirmedAt != nil:
		return LinkUsed
	case e.CancelledAt != nil:
		return LinkCancelled
	case !now.Before(e.ExpiresAt):
		return LinkExpired
	}
	return LinkOpen
}

// RequestEmailChange mails a link to the new address and a notice to the old
// one, which stays until the link is used. An earlier request is cancelled. It
// does and answers the same where somebody has the new address already: only
// the mail there is another one.
func (s *Store) RequestEmailChange(ctx context.Context, actor Actor, email, password string) (e EmailChange, err error) {
	if !actor.SignedIn() {
		return e, Errorf(Forbidden, "Sign in first.")
	}
	problems := Problems{}
	e = EmailChange{ID: newID(), UserID: actor.UserID, OldEmail: actor.Email, Email: problems.email("email", email)}
	if e.EmailKey = emailKey(e.Email); e.Email == actor.Email {
		problems.Add("email", "That is your address already.")
	}
	if err := problems.Err(); err != nil {
		return e, err
	}
	v, err := s.checkOwnPassword(ctx, actor, "password", password)
	if err != nil {
		return e, err
	}
	e.TokenHash = tokenHash(s.linkToken(emailChangeToken, e.ID, 1))
	err = s.write(ctx, func(tx *tx) error {
		if err := tx.settle(ctx, v); err != nil {
			return err
		}
		if _, err := tx.attempt(ctx, "You have asked for several changes of your address. Wait an hour, or use the link in the latest mail.",
			limit{"address of " + actor.UserID, emailChangesPer, emailChangeWindow}); err != nil {
			return err
		}
		if _, err := tx.cancelEmailChanges(ctx, actor.UserID); err != nil {
			return err
		}
		e.CreatedAt, e.ExpiresAt = tx.now, tx.now.Add(emailChangeValid)
		if err := rowsOf[EmailChange](tx.DB).Create(ctx, &e); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "email.change_requested", v.user.subject(actor.AccountID), map[string]any{"email": e.OldEmail}, map[string]any{"email": e.Email}); err != nil {
			return err
		}
		if err := tx.enqueue(ctx, EmailChangeMail{ChangeID: e.ID}); err != nil {
			return err
		}
		return tx.enqueue(ctx, EmailChangeMail{ChangeID: e.ID, Announce: true})
	})
	return e, err
}

// checkAddressFree refuses an address that somebody else has, without saying so much.
func (tx *tx) checkAddressFree(ctx context.Context, e EmailChange) error {
	if err := tx.lockAddress(ctx, e.EmailKey); err != nil {
		return err
	}
	taken, err := isTaken(ctx, tx.DB, e)
	if err == nil && taken {
		return &Error{Kind: Conflict, Message: "That address can't be used. Choose another one.", Fields: map[string]string{"email": "That address can't be used. Choose another one."}}
	}
	return err
}

// isTaken reports whether the address is somebody else's.
func isTaken(ctx context.Context, db *gorm.DB, e EmailChange) (bool, error) {
	n, err := rowsOf[User](db).Where("email_key = ? AND id <> ?", e.EmailKey, e.UserID).Count(ctx, "*")
	return n > 0, err
}

func (tx *tx) cancelEmailChanges(ctx context.Context, userID string) (int, error) {
	return rowsOf[EmailChange](tx.DB).Where("user_id = ? AND confirmed_at IS NULL AND cancelled_at IS NULL", userID).Update(ctx, "cancelled_at", tx.now)
}

// CancelEmailChange ends the change of the actor's address that waits to be confirmed.
func (s *Store) CancelEmailChange(ctx context.Context, actor Actor) error {
	if !actor.SignedIn() {
		return Errorf(Forbidden, "Sign in first.")
	}
	return s.write(ctx, func(tx *tx) error {
		n, err := tx.cancelEmailChanges(ctx, actor.UserID)
		if err != nil || n == 0 {
			return err
		}
		return tx.record(ctx, actor, "email.change_cancelled", subject{kind: "user", id: actor.UserID, name: actor.Name, accountID: actor.AccountID}, nil, nil)
	})
}

// EmailChangeByToken returns the change that a link confirms: NotFound for one
// that never was, Forbidden for anybody but the user who asked for it.
func (s *Store) EmailChangeByToken(ctx context.Context, actor Actor, token string) (EmailChange, error) {
	return findEmailChange(ctx, s.reader, actor, token)
}

func findEmailChange(ctx context.Context, db *gorm.DB, actor Actor, token string) (EmailChange, error) {
	e, err := rowsOf[EmailChange](db).Where("token_hash = ?", tokenHash(token)).Take(ctx)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return e, Errorf(NotFound, "This link does not exist. It may have been cut short: open it again from the mail.")
	case err != nil:
		return e, err
	case e.UserID != actor.UserID || !actor.SignedIn():
		return EmailChange{}, Errorf(Forbidden, "This link confirms the address of another user. Sign out, and sign in as the one who asked for it.")
	}
	return e, nil
}

// ConfirmEmailChange makes the new address the one that the actor signs in with.
func (s *Store) ConfirmEmailChange(ctx context.Context, actor Actor, token string) (EmailChange, error) {
	seen, err := findEmailChange(ctx, s.reader, actor, token)
	if err != nil {
		return seen, err
	}
	err = s.write(ctx, func(tx *tx) error {
		if err := tx.checkAddressFree(ctx, seen); err != nil {
			return err
		}
		e, err := findEmailChange(ctx, tx.DB, actor, token)
		if err != nil {
			return err
		}
		if err := e.refuseDead(tx.now); err != nil {
			return err
		}
		user, err := rowsOf[User](tx.DB).Where("id = ? AND removed_at IS NULL", actor.UserID).Take(ctx)
		if err != nil {
			return orNotFound(err, "User")
		}
		before := user.Email
		version := user.Version
		user.Email, user.EmailKey, user.Version = e.Email, e.EmailKey, user.Version+1
		user.Search = user.searchable()
		if err := changed(rowsOf[User](tx.DB).Where("id = ? AND version = ?", user.ID, version).Select("email", "email_key", "search", "version").Updates(ctx, user)); err != nil {
			if isDuplicate(err) {
				return Errorf(Conflict, "That address can't be used any more. Choose another one.")
			}
			return err
		}
		if err := changed(rowsOf[EmailChange](tx.DB).Where("id = ? AND confirmed_at IS NULL AND cancelled_at IS NULL", e.ID).Update(ctx, "confirmed_at", tx.now)); err != nil {
			return err
		}
		// Links to choose a password went to the old address.
		if err := tx.endResets(ctx, user.ID); err != nil {
			return err
		}
		return tx.record(ctx, actor, "email.changed", user.subject(actor.AccountID), map[string]any{"email": before}, map[string]any{"email": user.Email})
	})
	return seen, err
}

func (e EmailChange) refuseDead(now time.Time) error {
	switch e.State(now) {
	case LinkUsed:
		return Errorf(Conflict, "This address is confirmed already.")
	case LinkCancelled:
		return Errorf(Conflict, "This change of address was cancelled. Ask for it again on your profile.")
	case LinkExpired:
		return Errorf(Conflict, "This link has expired. Ask for the change again on your profile.")
	}
	return nil
}

package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// resetValid is how long a link to choose a new password lives.
const resetValid = 30 * time.Minute

// How often links to choose a new password are sent.
const (
	resetWindow     = 15 * time.Minute
	resetPerEmail   = 5
	resetPerAddress = 20
)

// PasswordReset lets a user choose a new password without the old one, once.
type PasswordReset struct {
	ID        string
	UserID    string
	TokenHash string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time // or when another link or a change of password ended it
}

// RequestPasswordReset mails a link to the user of an address. It does and
// answers the same where there is no such user.
func (s *Store) RequestPasswordReset(ctx context.Context, visitor Actor, email string) error {
	problems := Problems{}
	email = problems.email("email", email)
	if err := problems.Err(); err != nil {
		return err
	}
	key := emailKey(email)
	return s.write(ctx, func(tx *tx) error {
		if _, err := tx.attempt(ctx, "Too many requests for a new password. Look for the mail that was sent, also among spam, or wait a few minutes.",
			limit{"reset from " + Network(visitor.Address), resetPerAddress, resetWindow}, limit{"reset of " + key, resetPerEmail, resetWindow}); err != nil {
			return err
		}
		user, err := rowsOf[User](tx.DB).Where("email_key = ? AND removed_at IS NULL", key).Take(ctx)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r := PasswordReset{ID: newID(), UserID: user.ID, CreatedAt: tx.now, ExpiresAt: tx.now.Add(resetValid)}
		r.TokenHash = tokenHash(s.linkToken(resetToken, r.ID, 1))
		if err := rowsOf[PasswordReset](tx.DB).Create(ctx, &r); err != nil {
			return err
		}
		if err := tx.record(ctx, visitor, "password.reset_requested", user.subject(""), nil, nil); err != nil {
			return err
		}
		return tx.enqueue(ctx, PasswordResetMail{ResetID: r.ID})
	})
}

// LinkState is what has become of a link that works once.
type LinkState string

// The states of a link.
const (
	LinkOpen      LinkState = "open"
	LinkExpired   LinkState = "expired"
	LinkUsed      LinkState = "used"
	LinkCancelled LinkState = "cancelled"
)

func (r PasswordReset) state(now time.Time) LinkState {
	switch {
	case r.UsedAt != nil:
		return LinkUsed
	case !now.Before(r.ExpiresAt):
		return LinkExpired
	}
	return LinkOpen
}

// PasswordResetLink is what a link to choose a new password leads to.
type PasswordResetLink struct {
	State     LinkState
	Email     string
	ExpiresAt time.Time
}

// PasswordResetByToken returns what a link leads to, NotFound for one that never was.
func (s *Store) PasswordResetByToken(ctx context.Context, _ Actor, token string) (PasswordResetLink, error) {
	r, user, err := findReset(ctx, s.reader, token)
	return PasswordResetLink{State: r.state(s.Now()), Email: user.Email, ExpiresAt: r.ExpiresAt}, err
}

func findReset(ctx context.Context, db *gorm.DB, token string) (PasswordReset, User, error) {
	unknown := Errorf(NotFound, "This link does not exist. It may have been cut short: open it again from the mail, or ask for a new one with “Forgotten password”.")
	r, err := rowsOf[PasswordReset](db).Where("token_hash = ?", tokenHash(token)).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, User{}, unknown
	}
	if err != nil {
		return r, User{}, err
	}
	user, err := rowsOf[User](db).Where("id = ? AND removed_at IS NULL", r.UserID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, user, unknown
	}
	return r, user, err
}

// ResetPassword sets the password of the user to whom a link was mailed. It
// ends their sessions and the link.
func (s *Store) ResetPassword(ctx context.Context, visitor Actor, token, password string) error {
	r, user, err := findReset(ctx, s.reader, token)
	if err != nil {
		return err
	}
	if err := r.refuseDead(s.Now()); err != nil {
		return err
	}
	problems := Problems{}
	problems.newPassword("password", password, user)
	if err := problems.Err(); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if err := tx.lockAddress(ctx, user.EmailKey); err != nil {
			return err
		}
		r, user, err := findReset(ctx, tx.DB, token)
		if err != nil {
			return err
		}
		if err := r.refuseDead(tx.now); err != nil {
			return err
		}
		by := visitor
		by.UserID, by.SessionID, by.Name, by.StaffRole, by.AccountID = user.ID, "", user.Name, user.StaffRole, ""
		// Whoever was locked out by guessing gets in again with the new password.
		if _, err := rowsOf[attempt](tx.DB).Where("key = ?", "sign-in as "+user.EmailKey).Delete(ctx); err != nil {
			return err
		}
		return tx.setPassword(ctx, by, user, hash, "password.reset")
	})
}

func (r PasswordReset) refuseDead(now time.Time) error {
	switch r.state(now) {
	case LinkUsed:
		return Errorf(Conflict, "This link was used already. Ask for a new one with “Forgotten password”.")
	case LinkExpired:
		return Errorf(Conflict, "This link has expired. Ask for a new one with “Forgotten password”.")
	}
	return nil
}

// setPassword changes the hash and ends what a thief could hold: other
// sessions, links to choose a password, a change of address under way.
func (tx *tx) setPassword(ctx context.Context, by Actor, user User, hash, action string) error {
	user.PasswordHash, user.PasswordChangedAt = hash, tx.now
	version := user.Version
	user.Version++
	if err := changed(rowsOf[User](tx.DB).Where("id = ? AND version = ?", user.ID, version).
		Select("password_hash", "password_changed_at", "version").Updates(ctx, user)); err != nil {
		return err
	}
	if err := tx.endResets(ctx, user.ID); err != nil {
		return err
	}
	if _, err := rowsOf[EmailChange](tx.DB).Where("user_id = ? AND confirmed_at IS NULL AND cancelled_at IS NULL", user.ID).Update(ctx, "cancelled_at", tx.now); err != nil {
		return err
	}
	if err := tx.record(ctx, by, action, user.subject(by.AccountID), nil, nil); err != nil {
		return err
	}
	if _, err := tx.endSessions(ctx, by, user, by.SessionID); err != nil {
		return err
	}
	return tx.enqueue(ctx, PasswordChangedMail{UserID: user.ID, SessionID: by.SessionID, At: tx.now.UnixMicro()})
}

func (tx *tx) endResets(ctx context.Context, userID string) error {
	_, err := rowsOf[PasswordReset](tx.DB).Where("user_id = ? AND used_at IS NULL", userID).Update(ctx, "used_at", tx.now)
	return err
}

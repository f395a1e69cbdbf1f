package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// A letter is what a mail about a person says. The methods that return one are
// for the worker: with ok false, the mail is no longer to be sent.

// InvitationLetter invites To.
type InvitationLetter struct {
	InvitationID, AccountID  string // AccountID is empty for staff
	To, Name, Link           string
	AccountName, InviterName string // InviterName is empty from the command line
	VendorName               string
	Role                     Role
	ResellingRole            ResellingRole
	StaffRole                StaffRole
	ExpiresAt                time.Time
	Zone                     string
	IsForStaff, HasUser      bool
}

// InvitationForMail returns the mail of one generation of an invitation.
func (s *Store) InvitationForMail(ctx context.Context, actor Actor, job InvitationMail) (l InvitationLetter, ok bool, err error) {
	in, err := rowsOf[Invitation](s.reader).Where("id = ?", job.InvitationID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil || in.Generation != job.Generation || in.Status(s.Now()) != InvitationPending {
		return l, false, err
	}
	link, err := s.InvitationByToken(ctx, actor, s.linkToken(invitationToken, in.ID, in.Generation))
	if err != nil {
		return l, false, err
	}
	vendor, err := s.Vendor(ctx, actor)
	return InvitationLetter{
		InvitationID: in.ID, AccountID: in.account(), To: in.Email, Name: in.Name, Link: s.invitationLink(in),
		AccountName: link.AccountName, InviterName: link.InviterName, VendorName: vendor.Name,
		Role: in.Role, ResellingRole: in.ResellingRole, StaffRole: in.StaffRole,
		ExpiresAt: in.ExpiresAt.UTC(), Zone: link.Zone.String(), IsForStaff: in.IsForStaff(), HasUser: link.HasUser,
	}, err == nil, err
}

// PasswordResetLetter sends the link to choose a new password.
type PasswordResetLetter struct {
	UserID, To, Name, Link string
	ExpiresAt              time.Time
	Zone                   string
}

// PasswordResetForMail returns the mail of a reset that can still be used.
func (s *Store) PasswordResetForMail(ctx context.Context, _ Actor, job PasswordResetMail) (l PasswordResetLetter, ok bool, err error) {
	r, err := rowsOf[PasswordReset](s.reader).Where("id = ?", job.ResetID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil || r.state(s.Now()) != LinkOpen {
		return l, false, err
	}
	user, zone, ok, err := s.addressee(ctx, r.UserID)
	return PasswordResetLetter{
		UserID: user.ID, To: user.Email, Name: user.Name, Link: s.URL("/password/reset/" + s.linkToken(resetToken, r.ID, 1)),
		ExpiresAt: r.ExpiresAt.UTC(), Zone: zone,
	}, ok, err
}

// PasswordChangedLetter says that the password was changed, and where.
type PasswordChangedLetter struct {
	UserID, To, Name string
	At               time.Time
	Zone             string
	Device, Address  string // empty after a reset
	ForgottenLink    string // for whoever did not do it
}

// PasswordChangedForMail returns the mail about a change of password.
func (s *Store) PasswordChangedForMail(ctx context.Context, _ Actor, job PasswordChangedMail) (l PasswordChangedLetter, ok bool, err error) {
	user, zone, ok, err := s.addressee(ctx, job.UserID)
	if err != nil || !ok {
		return l, false, err
	}
	sessions, err := rowsOf[Session](s.reader).Where("id = ?", job.SessionID).Find(ctx)
	l = PasswordChangedLetter{UserID: user.ID, To: user.Email, Name: user.Name, At: time.UnixMicro(job.At).UTC(), Zone: zone, ForgottenLink: s.URL("/password/forgot")}
	if len(sessions) > 0 {
		l.Device, l.Address = sessions[0].Device, sessions[0].Address
	}
	return l, err == nil, err
}

// EmailChangeLetter asks the new address to confirm or, with Announce, tells the
// old one. With Taken it tells the new one's user that nothing will change.
type EmailChangeLetter struct {
	UserID, To, Name   string
	OldEmail, NewEmail string
	Announce, Taken    bool
	Link               string // to confirm, or to the security page for whoever did not do it
	At, ExpiresAt      time.Time
	Zone               string
}

// EmailChangeForMail returns the mail of a change of address. The notice to the
// old address is sent in any case, the link only while it works.
func (s *Store) EmailChangeForMail(ctx context.Context, _ Actor, job EmailChangeMail) (l EmailChangeLetter, ok bool, err error) {
	e, err := rowsOf[EmailChange](s.reader).Where("id = ?", job.ChangeID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil || !job.Announce && e.State(s.Now()) != LinkOpen {
		return l, false, err
	}
	user, zone, ok, err := s.addressee(ctx, e.UserID)
	l = EmailChangeLetter{
		UserID: user.ID, To: e.Email, Name: user.Name, OldEmail: e.OldEmail, NewEmail: e.Email, Announce: job.Announce,
		Link: s.URL("/me/email/" + s.linkToken(emailChangeToken, e.ID, 1)), At: e.CreatedAt.UTC(), ExpiresAt: e.ExpiresAt.UTC(), Zone: zone,
	}
	if job.Announce {
		l.To, l.Link = e.OldEmail, s.URL("/me/security")
		return l, ok, err
	}
	taken, takenErr := isTaken(ctx, s.reader, e)
	if taken { // its user is told nothing of whoever asked
		l = EmailChangeLetter{UserID: user.ID, To: e.Email, NewEmail: e.Email, Taken: true, Link: s.URL("/login"), At: l.At, ExpiresAt: l.ExpiresAt, Zone: zone}
	}
	return l, ok, errors.Join(err, takenErr)
}

// NewDeviceLetter tells of a sign-in from a browser not seen before.
type NewDeviceLetter struct {
	UserID, To, Name string
	Device, Address  string
	At               time.Time
	Zone             string
	Link             string // to the sessions
}

// NewDeviceForMail returns the mail about a sign-in.
func (s *Store) NewDeviceForMail(ctx context.Context, _ Actor, job NewDeviceMail) (l NewDeviceLetter, ok bool, err error) {
	session, err := rowsOf[Session](s.reader).Where("id = ?", job.SessionID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	user, zone, ok, err := s.addressee(ctx, session.UserID)
	return NewDeviceLetter{
		UserID: user.ID, To: user.Email, Name: user.Name, Device: session.Device, Address: session.Address,
		At: session.CreatedAt.UTC(), Zone: zone, Link: s.URL("/me/security"),
	}, ok, err
}

// Roles are what somebody is; all empty for nothing.
type Roles struct {
	Role          Role          `json:"role"`
	ResellingRole ResellingRole `json:"reselling_role"`
	StaffRole     StaffRole     `json:"staff_role"`
}

// RoleChangedLetter tells a user what has changed about their roles. Action is
// the event's: "membership.role_changed", "membership.removed", …
type RoleChangedLetter struct {
	UserID, To, Name       string
	AccountID, AccountName string // AccountName is the vendor's for staff
	ByName                 string
	Action                 string
	Before, After          Roles // what has changed only
	At                     time.Time
	Zone                   string
	Link                   string // to the portal
}

// RoleChangedForMail returns the mail about an event that changed a user's roles.
func (s *Store) RoleChangedForMail(ctx context.Context, actor Actor, job RoleChangedMail) (l RoleChangedLetter, ok bool, err error) {
	event, err := rowsOf[Event](s.reader).Where("id = ?", job.EventID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	user, err := rowsOf[User](s.reader).Where("id = ?", job.UserID).Take(ctx) // staff who were removed are told, too
	if err != nil {
		return l, false, err
	}
	l = RoleChangedLetter{UserID: user.ID, To: user.Email, Name: user.Name, AccountID: event.AccountID, ByName: event.ActorName, Action: event.Action, At: event.At.UTC(), Link: s.URL("/")}
	if err := errors.Join(l.Before.read(event.Before), l.After.read(event.After)); err != nil {
		return l, false, fmt.Errorf("roles in event %s: %w", event.ID, err)
	}
	vendor, err := s.Vendor(ctx, actor)
	if err != nil {
		return l, false, err
	}
	l.AccountName = vendor.Name
	if event.AccountID != "" {
		account, err := rowsOf[Account](s.reader).Where("id = ?", event.AccountID).Take(ctx)
		if err != nil {
			return l, false, err
		}
		l.AccountName = account.Name
	}
	l.Zone, err = s.zoneOf(ctx, user)
	return l, err == nil, err
}

// read takes the roles from an event's facts.
func (r *Roles) read(facts string) error {
	if facts == "" {
		return nil
	}
	return json.Unmarshal([]byte(facts), r)
}

// addressee is a user who can still sign in, and the zone in which to write times to them.
func (s *Store) addressee(ctx context.Context, userID string) (user User, zone string, ok bool, err error) {
	user, err = rowsOf[User](s.reader).Where("id = ? AND removed_at IS NULL", userID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return user, "", false, nil
	}
	if err != nil {
		return user, "", false, err
	}
	zone, err = s.zoneOf(ctx, user)
	return user, zone, err == nil, err
}

// zoneOf is the user's zone, else that of the account they joined first, else the vendor's.
func (s *Store) zoneOf(ctx context.Context, user User) (string, error) {
	if user.TimeZone != "" {
		return user.TimeZone, nil
	}
	joined, err := rowsOf[Membership](s.reader).Where("user_id = ?", user.ID).Order("joined_at, id").Limit(1).Find(ctx)
	if err != nil {
		return "", err
	}
	if len(joined) > 0 {
		zone, err := zoneAt(ctx, s.reader, joined[0].AccountID, s.Now())
		if err != nil {
			return "", err
		}
		return zone.String(), nil
	}
	vendor, err := s.Vendor(ctx, System)
	return vendor.TimeZone, err
}

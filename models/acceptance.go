package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// InvitationLink is what the link of an invitation leads to. Whoever has the
// link may know all of it: it was sent to the invited address only.
type InvitationLink struct {
	Invitation
	State       InvitationStatus // of this link: Replaced where a newer mail was sent
	AccountName string           // the vendor's for staff
	InviterName string           // empty: from the command line
	HasUser     bool             // the invited address can sign in already
	Zone        *time.Location   // of the account, or of the vendor
}

// IsFor reports whether the invited address is that of a.
func (i Invitation) IsFor(a Actor) bool { return a.SignedIn() && emailKey(a.Email) == i.EmailKey }

// InvitationByToken returns what a link leads to, NotFound for one that never was.
func (s *Store) InvitationByToken(ctx context.Context, _ Actor, token string) (InvitationLink, error) {
	link, err := findInvitation(ctx, s.reader, token)
	if err != nil {
		return link, err
	}
	if link.State == "" {
		link.State = link.Status(s.Now())
	}
	vendor, err := rowsOf[Vendor](s.reader).Where("id = ?", 1).Take(ctx)
	if err != nil {
		return link, err
	}
	link.AccountName = vendor.Name
	if link.Zone, err = LoadZone(vendor.TimeZone); err != nil {
		return link, err
	}
	if !link.IsForStaff() {
		account, err := rowsOf[Account](s.reader).Where("id = ?", link.account()).Take(ctx)
		if err != nil {
			return link, err
		}
		link.AccountName = account.Name
		if link.Zone, err = zoneAt(ctx, s.reader, account.ID, s.Now()); err != nil {
			return link, err
		}
	}
	users, err := rowsOf[User](s.reader).Where("id = ? OR (email_key = ? AND removed_at IS NULL)", link.InvitedBy, link.EmailKey).Find(ctx)
	for _, u := range users {
		if u.ID == link.InvitedBy {
			link.InviterName = u.Name
		}
		if u.EmailKey == link.EmailKey && u.RemovedAt == nil {
			link.HasUser = true
		}
	}
	return link, err
}

// findInvitation returns the invitation of a link, with the State Replaced if a
// newer one was sent and could still be used.
func findInvitation(ctx context.Context, db *gorm.DB, token string) (link InvitationLink, err error) {
	hash := tokenHash(token)
	link.Invitation, err = rowsOf[Invitation](db).Where("token_hash = ?", hash).Take(ctx)
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return link, err
	}
	dead, err := rowsOf[deadToken](db).Where("token_hash = ? AND kind = ?", hash, invitationToken).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return link, Errorf(NotFound, "This invitation does not exist. The address may have been cut short: open it again from the mail, or copy all of it.")
	}
	if err != nil {
		return link, err
	}
	link.Invitation, err = rowsOf[Invitation](db).Where("id = ?", dead.SubjectID).Take(ctx)
	if err == nil && link.AcceptedAt == nil && link.RevokedAt == nil {
		link.State = InvitationReplaced
	}
	return link, err
}

// Acceptance answers an invitation. Name is for a new user; Password too, or
// that of the invited address's user. A user who is signed in needs neither.
type Acceptance struct {
	Token       string
	Name        string
	Password    string
	DeviceToken string
}

// AcceptInvitation makes the invited address a user with the invited role. A
// visitor is signed in by it; for a user the token of the result is empty, and
// their session acts for the new account from then on.
func (s *Store) AcceptInvitation(ctx context.Context, actor Actor, a Acceptance) (SignedIn, error) {
	link, err := s.InvitationByToken(ctx, actor, a.Token)
	if err != nil {
		return SignedIn{}, err
	}
	if err := link.refuseDead(s.Now()); err != nil {
		return SignedIn{}, err
	}
	by := invitee{actor: actor, deviceToken: a.DeviceToken}
	switch {
	case actor.SignedIn() && !link.IsFor(actor):
		return SignedIn{}, Errorf(Forbidden, "This invitation is for %s. Sign out to accept it, or ask for one to your own address.", link.Email)
	case actor.SignedIn():
	case link.HasUser:
		if by.checked, err = s.checkPassword(ctx, actor, link.EmailKey, a.Password); err != nil {
			return SignedIn{}, err
		}
		if !by.checked.ok {
			return SignedIn{}, &Error{Kind: Invalid, Message: "That is not the password of " + link.Email + ". Try again, or choose a new one with “Forgotten password”.", Fields: map[string]string{"password": "That is not the password."}}
		}
	default:
		if by.newUser, err = s.newUser(ctx, link.Email, a.Name, a.Password); err != nil {
			return SignedIn{}, err
		}
	}
	var in SignedIn
	err = s.write(ctx, func(tx *tx) (err error) {
		in, err = tx.accept(ctx, link.Invitation, by)
		return err
	})
	return in, err
}

func (l InvitationLink) refuseDead(now time.Time) error {
	state := l.State
	if state == "" {
		state = l.Status(now)
	}
	switch state {
	case InvitationExpired:
		return Errorf(Conflict, "This invitation has expired. Ask for a new one.")
	case InvitationRevoked:
		return Errorf(Conflict, "This invitation was revoked. Ask whoever invited you.")
	case InvitationAccepted:
		return Errorf(Conflict, "This invitation has been accepted already. Sign in.")
	case InvitationReplaced:
		return Errorf(Conflict, "A newer mail has replaced this invitation. Use the link in that one.")
	}
	return nil
}

// invitee is who accepts: the user signed in, one who gave a password, or a new one.
type invitee struct {
	actor       Actor
	deviceToken string
	checked     checked
	newUser     User
}

// newUser checks what a new user typed and prepares their row.
func (s *Store) newUser(ctx context.Context, email, name, password string) (User, error) {
	problems := Problems{}
	u := User{ID: newID(), Email: email, EmailKey: emailKey(email), Version: 1}
	u.Name = problems.name("name", name)
	u.Search = u.searchable()
	problems.newPassword("password", password, u)
	if err := problems.Err(); err != nil {
		return u, err
	}
	var err error
	u.PasswordHash, err = s.hasher.hash(ctx, password)
	return u, err
}

// accept joins in the order: lock, check again, user, membership or staff role, session.
func (tx *tx) accept(ctx context.Context, seen Invitation, by invitee) (in SignedIn, err error) {
	where := "the vendor's staff"
	if !seen.IsForStaff() {
		account, err := tx.lockAccount(ctx, seen.account())
		if err != nil {
			return in, err
		}
		where = account.Name
	}
	if err := tx.lockAddress(ctx, seen.EmailKey); err != nil {
		return in, err
	}
	inv, err := rowsOf[Invitation](tx.DB).Where("id = ?", seen.ID).Take(ctx)
	if err != nil {
		return in, orNotFound(err, "Invitation")
	}
	link := InvitationLink{Invitation: inv}
	if inv.Generation != seen.Generation && inv.AcceptedAt == nil && inv.RevokedAt == nil {
		link.State = InvitationReplaced
	}
	if err := link.refuseDead(tx.now); err != nil {
		return in, err
	}
	replacement, err := tx.replacementBy(ctx, inv)
	if err != nil {
		return in, err
	}
	inv.replacesOwner = replacement != nil
	if err := tx.checkStanding(ctx, inv, where); err != nil {
		return in, err
	}
	user, err := tx.joiningUser(ctx, by)
	if err != nil {
		return in, err
	}
	by.actor.UserID, by.actor.Name, by.actor.StaffRole = user.ID, user.Name, user.StaffRole
	inv.AcceptedAt, inv.AcceptedBy = &tx.now, user.ID
	if err := changed(rowsOf[Invitation](tx.DB).Where("id = ? AND accepted_at IS NULL AND revoked_at IS NULL", inv.ID).
		Select("accepted_at", "accepted_by").Updates(ctx, inv)); err != nil {
		return in, err
	}
	if err := tx.record(ctx, by.actor, "invitation.accepted", inv.subject(), nil, inv.roles()); err != nil {
		return in, err
	}
	switch {
	case inv.IsForStaff():
		user.StaffRole = inv.StaffRole
		err = tx.joinStaff(ctx, by.actor, user)
	case replacement != nil:
		err = tx.acceptReplacement(ctx, by.actor, *replacement, user.ID, func(actor Actor) error { return tx.joinAccount(ctx, actor, user, inv) })
	default:
		err = tx.joinAccount(ctx, by.actor, user, inv)
	}
	if err != nil {
		return in, err
	}
	return tx.enter(ctx, by, user, inv)
}

// replacementBy is the replacement of an Owner that inv would do; nil for none.
func (tx *tx) replacementBy(ctx context.Context, inv Invitation) (*OwnerReplacement, error) {
	if inv.Role != Owner {
		return nil, nil
	}
	r, err := openReplacement(ctx, tx.DB, inv.account())
	if err != nil || r == nil || *r.InvitationID != inv.ID {
		return nil, err
	}
	return r, nil
}

// joiningUser returns the row of whoever accepts, creating it for a new user.
// Somebody who has left the staff comes back as a new user of the same address.
func (tx *tx) joiningUser(ctx context.Context, by invitee) (User, error) {
	if by.actor.SignedIn() {
		u, err := rowsOf[User](tx.DB).Where("id = ? AND removed_at IS NULL", by.actor.UserID).Take(ctx)
		return u, orNotFound(err, "User")
	}
	if by.checked.ok {
		return by.checked.user, tx.settle(ctx, by.checked)
	}
	u := by.newUser
	u.CreatedAt, u.PasswordChangedAt = tx.now, tx.now
	former, err := rowsOf[User](tx.DB).Where("email_key = ?", u.EmailKey).Take(ctx)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		err = rowsOf[User](tx.DB).Create(ctx, &u)
	case err == nil && former.RemovedAt == nil:
		err = Errorf(Conflict, "%s has become a user in the meantime. Open the link again.", u.Email)
	case err == nil:
		u.ID, u.CreatedAt, u.Version = former.ID, former.CreatedAt, former.Version+1
		_, err = rowsOf[User](tx.DB).Where("id = ?", u.ID).
			Select("email", "name", "search", "password_hash", "password_changed_at", "staff_role", "removed_at", "version").Updates(ctx, u)
	}
	if err != nil {
		return u, err
	}
	by.actor.UserID, by.actor.Name = u.ID, u.Name
	return u, tx.record(ctx, by.actor, "user.created", u.subject(""), nil, map[string]any{"email": u.Email})
}

func (tx *tx) joinStaff(ctx context.Context, actor Actor, user User) error {
	if _, err := rowsOf[User](tx.DB).Where("id = ?", user.ID).Update(ctx, "staff_role", user.StaffRole); err != nil {
		return err
	}
	actor.StaffRole = user.StaffRole
	return tx.record(ctx, actor, "staff.joined", user.subject(""), nil, map[string]any{"staff_role": user.StaffRole})
}

func (tx *tx) joinAccount(ctx context.Context, actor Actor, user User, inv Invitation) error {
	m := Membership{ID: newID(), AccountID: inv.account(), UserID: user.ID, Role: inv.Role, ResellingRole: inv.ResellingRole, JoinedAt: tx.now}
	if m.Role == Owner || m.ResellingRole != "" {
		m.ResellingSince = &tx.now
	}
	if err := rowsOf[Membership](tx.DB).Create(ctx, &m); err != nil {
		if isDuplicate(err) {
			return Errorf(Conflict, "Somebody else was faster. Reload the page.")
		}
		return err
	}
	return tx.record(ctx, actor, "membership.created", m.subject(user.Name), nil, inv.roles())
}

// enter makes the session act for the account, opening one for a visitor.
func (tx *tx) enter(ctx context.Context, by invitee, user User, inv Invitation) (SignedIn, error) {
	if by.checked.ok || by.newUser.ID != "" {
		visitor := by.actor
		visitor.UserID, visitor.Name, visitor.StaffRole = "", "", ""
		return tx.startSession(ctx, visitor, user, by.deviceToken, inv.AccountID)
	}
	_, err := rowsOf[Session](tx.DB).Where("id = ? AND ended_at IS NULL", by.actor.SessionID).Update(ctx, "account_id", inv.AccountID)
	return SignedIn{Staff: inv.IsForStaff()}, err
}

package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// invitationDays is how long an invitation is valid.
const invitationDays = 7

// How often one address is mailed invitations to one account.
const (
	invitationMails  = 5
	invitationWindow = 24 * time.Hour
)

// Invitation asks one address to join an account, or the vendor's staff.
type Invitation struct {
	ID            string
	AccountID     *string // nil: staff
	Email         string
	EmailKey      string
	Name          string // offered to a new user; may be empty
	Role          Role
	ResellingRole ResellingRole
	StaffRole     StaffRole
	Generation    int // rises when it is resent, which ends the earlier link
	TokenHash     string
	InvitedBy     string // empty: from the command line
	CreatedAt     time.Time
	SentAt        time.Time
	ExpiresAt     time.Time
	AcceptedAt    *time.Time
	AcceptedBy    string
	RevokedAt     *time.Time
	RevokedBy     string

	replacesOwner bool // staff have ordered it for an account that has an Owner
}

// InvitationStatus is what has become of an invitation, or of one of its links.
type InvitationStatus string

// The states of an invitation. A link can also have been replaced by a newer mail.
const (
	InvitationPending  InvitationStatus = "pending"
	InvitationExpired  InvitationStatus = "expired"
	InvitationRevoked  InvitationStatus = "revoked"
	InvitationAccepted InvitationStatus = "accepted"
	InvitationReplaced InvitationStatus = "replaced"
)

// Status is the state of i at now. What was revoked after it had expired counts as expired.
func (i Invitation) Status(now time.Time) InvitationStatus {
	switch {
	case i.AcceptedAt != nil:
		return InvitationAccepted
	case i.RevokedAt != nil && i.RevokedAt.Before(i.ExpiresAt):
		return InvitationRevoked
	case !now.Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationPending
}

// IsForStaff reports whether i asks to join the vendor's staff.
func (i Invitation) IsForStaff() bool { return i.AccountID == nil }

func (i Invitation) account() string {
	if i.AccountID == nil {
		return ""
	}
	return *i.AccountID
}

func (i Invitation) subject() subject {
	return subject{kind: "invitation", id: i.ID, name: i.Email, accountID: i.account()}
}

func (i Invitation) roles() map[string]any {
	roles := map[string]any{}
	for name, role := range map[string]string{"role": string(i.Role), "reselling_role": string(i.ResellingRole), "staff_role": string(i.StaffRole)} {
		if role != "" {
			roles[name] = role
		}
	}
	return roles
}

// invite writes an invitation and queues its mail. Whether actor may is for the
// caller to know. It returns Conflict, with Subject the id of an open invitation
// that could be resent, where the address needs none or can't have one.
func (tx *tx) invite(ctx context.Context, actor Actor, in Invitation) (Invitation, error) {
	problems := Problems{}
	in.Email = problems.email("email", in.Email)
	in.Name = problems.optionalName("name", in.Name)
	if !in.hasRole() {
		problems.Add("role", "Choose one of the roles.")
	}
	if err := problems.Err(); err != nil {
		return in, err
	}
	in.ID, in.EmailKey, in.Generation, in.InvitedBy = newID(), emailKey(in.Email), 1, actor.UserID
	in.TokenHash = tokenHash(tx.store.linkToken(invitationToken, in.ID, in.Generation))
	in.CreatedAt, in.SentAt, in.ExpiresAt = tx.now, tx.now, tx.now.AddDate(0, 0, invitationDays)
	if err := tx.checkInvitable(ctx, actor, in); err != nil {
		return in, err
	}
	if err := tx.limitInvitations(ctx, actor, in); err != nil {
		return in, err
	}
	if err := rowsOf[Invitation](tx.DB).Create(ctx, &in); err != nil {
		if isDuplicate(err) {
			return in, Errorf(Conflict, "%s was invited a moment ago. Reload the page to see the invitation.", in.Email)
		}
		return in, err
	}
	if err := tx.record(ctx, actor, "invitation.sent", in.subject(), nil, in.roles()); err != nil {
		return in, err
	}
	return in, tx.enqueue(ctx, InvitationMail{InvitationID: in.ID, Generation: in.Generation})
}

// limitInvitations keeps people from being flooded by invitations that are sent
// again and again, or revoked and sent anew. The command line shows its link and
// is not limited.
func (tx *tx) limitInvitations(ctx context.Context, actor Actor, in Invitation) error {
	if actor.isSystem() {
		return nil
	}
	_, err := tx.attempt(ctx, in.Email+" was mailed five invitations within a day. Ask them to look for the latest one, also among spam, or try again tomorrow.",
		limit{"invitation of " + in.EmailKey + " to " + in.account(), invitationMails, invitationWindow})
	return err
}

func (i Invitation) hasRole() bool {
	if i.IsForStaff() {
		return i.StaffRole.isKnown() && i.Role == "" && i.ResellingRole == ""
	}
	return i.StaffRole == "" && slices.Contains([]Role{Owner, Admin, Member, BillingContact}, i.Role) &&
		slices.Contains([]ResellingRole{"", Seller, Billing, Viewer}, i.ResellingRole)
}

// checkInvitable refuses addresses that need no invitation, or can't have this
// one. An open invitation that has expired makes way for the new one.
func (tx *tx) checkInvitable(ctx context.Context, actor Actor, in Invitation) error {
	where := "the vendor's staff"
	if !in.IsForStaff() {
		account, err := tx.lockAccount(ctx, in.account())
		if err != nil {
			return err
		}
		where = account.Name
	}
	if err := tx.lockAddress(ctx, in.EmailKey); err != nil {
		return err
	}
	if err := tx.checkStanding(ctx, in, where); err != nil {
		return err
	}
	open, err := tx.openInvitations(ctx, in)
	if err != nil {
		return err
	}
	for _, other := range open {
		switch {
		case other.Status(tx.now) == InvitationExpired:
			if err := tx.revokeInvitation(ctx, actor, other); err != nil {
				return err
			}
		case other.EmailKey == in.EmailKey:
			return invitationConflict(other.ID, "%s already has an open invitation to %s. Resend that one, or revoke it first.", in.Email, where)
		default:
			return invitationConflict(other.ID, "%s is already invited as the Owner of %s. Revoke that invitation first.", other.Email, where)
		}
	}
	return nil
}

// openInvitations returns those that in can't stand beside: of the same
// address, and of a second Owner.
func (tx *tx) openInvitations(ctx context.Context, in Invitation) ([]Invitation, error) {
	open := rowsOf[Invitation](tx.DB).Where("accepted_at IS NULL AND revoked_at IS NULL").Order("created_at, id")
	if in.IsForStaff() {
		return open.Where("account_id IS NULL AND email_key = ?", in.EmailKey).Find(ctx)
	}
	if in.Role == Owner {
		return open.Where("account_id = ? AND (email_key = ? OR role = ?)", in.account(), in.EmailKey, Owner).Find(ctx)
	}
	return open.Where("account_id = ? AND email_key = ?", in.account(), in.EmailKey).Find(ctx)
}

// checkStanding refuses what the address already is, when inviting and again
// when accepting: a member already, staff and an account's user at once, a second Owner.
func (tx *tx) checkStanding(ctx context.Context, in Invitation, where string) error {
	user, err := rowsOf[User](tx.DB).Where("email_key = ? AND removed_at IS NULL", in.EmailKey).Take(ctx)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	if user.ID != "" {
		memberships, err := rowsOf[Membership](tx.DB).Where("user_id = ?", user.ID).Find(ctx)
		if err != nil {
			return err
		}
		switch {
		case in.IsForStaff() && user.StaffRole != "":
			return invitationConflict(user.ID, "%s already belongs to the vendor's staff.", in.Email)
		case in.IsForStaff() && len(memberships) > 0:
			return invitationConflict("", "%s belongs to a user of an account. Nobody is both staff and an account's user with one address: use another one.", in.Email)
		case !in.IsForStaff() && user.StaffRole != "":
			return invitationConflict("", "%s belongs to the vendor's staff. Nobody is both staff and an account's user with one address: use another one.", in.Email)
		case slices.ContainsFunc(memberships, func(m Membership) bool { return m.AccountID == in.account() }):
			return invitationConflict(user.ID, "%s already belongs to %s.", in.Email, where)
		}
	}
	if in.Role != Owner || in.replacesOwner {
		return nil
	}
	owners, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND role = 'owner'", in.account()).Count(ctx, "*")
	if err == nil && owners > 0 {
		return invitationConflict("", "%s already has an Owner, who can transfer the ownership on Team → All users.", where)
	}
	return err
}

func invitationConflict(id, format string, args ...any) error {
	e := Errorf(Conflict, format, args...)
	e.Subject, e.Fields = id, map[string]string{"email": e.Message}
	return e
}

// resendInvitation sends a new link, valid for another 7 days; the earlier ones
// die. Whether actor may is for the caller to know.
func (tx *tx) resendInvitation(ctx context.Context, actor Actor, inv Invitation) (Invitation, error) {
	if err := inv.refuseClosed(tx.now); err != nil {
		return inv, err
	}
	if err := tx.limitInvitations(ctx, actor, inv); err != nil {
		return inv, err
	}
	dead := deadToken{TokenHash: inv.TokenHash, Kind: invitationToken, SubjectID: inv.ID, DiedAt: tx.now}
	generation := inv.Generation
	inv.Generation++
	inv.TokenHash = tokenHash(tx.store.linkToken(invitationToken, inv.ID, inv.Generation))
	inv.SentAt, inv.ExpiresAt = tx.now, tx.now.AddDate(0, 0, invitationDays)
	if err := changed(rowsOf[Invitation](tx.DB).Where("id = ? AND generation = ? AND accepted_at IS NULL AND revoked_at IS NULL", inv.ID, generation).
		Select("generation", "token_hash", "sent_at", "expires_at").Updates(ctx, inv)); err != nil {
		return inv, err
	}
	if err := rowsOf[deadToken](tx.DB).Create(ctx, &dead); err != nil {
		return inv, err
	}
	if err := tx.record(ctx, actor, "invitation.resent", inv.subject(), nil, nil); err != nil {
		return inv, err
	}
	return inv, tx.enqueue(ctx, InvitationMail{InvitationID: inv.ID, Generation: inv.Generation})
}

// revokeInvitation ends an invitation. Whether actor may is for the caller to know.
func (tx *tx) revokeInvitation(ctx context.Context, actor Actor, inv Invitation) error {
	if err := inv.refuseClosed(tx.now); err != nil {
		return err
	}
	inv.RevokedAt, inv.RevokedBy = &tx.now, actor.UserID
	if err := changed(rowsOf[Invitation](tx.DB).Where("id = ? AND accepted_at IS NULL AND revoked_at IS NULL", inv.ID).
		Select("revoked_at", "revoked_by").Updates(ctx, inv)); err != nil {
		return err
	}
	return tx.record(ctx, actor, "invitation.revoked", inv.subject(), nil, nil)
}

func (i Invitation) refuseClosed(now time.Time) error {
	switch {
	case i.AcceptedAt != nil:
		return Errorf(Conflict, "%s has accepted the invitation in the meantime.", i.Email)
	case i.RevokedAt != nil:
		return Errorf(Conflict, "The invitation of %s is revoked already. Invite the address again.", i.Email)
	}
	return nil
}

// deadToken is a link that a newer one has replaced.
type deadToken struct {
	TokenHash string
	Kind      string
	SubjectID string
	DiedAt    time.Time
}

// lockAddress makes other transactions about the same mail address wait, so
// that one address can't become two things at once. Lock an account before it.
func (tx *tx) lockAddress(ctx context.Context, emailKey string) error {
	lock := clause.OnConflict{Columns: []clause.Column{{Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"at"})}
	return rowsOf[attemptLock](tx.DB, lock).Create(ctx, &attemptLock{Key: "address " + emailKey, At: tx.now})
}

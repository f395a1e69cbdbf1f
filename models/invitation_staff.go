package models

import (
	"context"
)

func (r StaffRole) isKnown() bool {
	return r == Administrator || r == CustomerSuccess || r == Finance || r == Support
}

// StaffInvitation asks somebody to join the vendor's staff. Name is offered to
// them and may be empty.
type StaffInvitation struct {
	Email, Name string
	Role        StaffRole
}

// InviteStaff invites an address to the vendor's staff by mail. The system, on
// the command line, also gets the link, and replaces an open invitation.
func (s *Store) InviteStaff(ctx context.Context, actor Actor, r StaffInvitation) (in Invitation, link string, err error) {
	if err := actor.mayManageStaff(); err != nil {
		return in, "", err
	}
	err = s.write(ctx, func(tx *tx) (err error) {
		if actor.isSystem() {
			if err := tx.revokeStaffInvitations(ctx, actor, emailKey(r.Email)); err != nil {
				return err
			}
		}
		in, err = tx.invite(ctx, actor, Invitation{Email: r.Email, Name: r.Name, StaffRole: r.Role})
		return err
	})
	if err == nil && actor.isSystem() {
		link = s.invitationLink(in)
	}
	return in, link, err
}

// ResendStaffInvitation mails a new link, which ends the earlier one.
func (s *Store) ResendStaffInvitation(ctx context.Context, actor Actor, id string) (in Invitation, err error) {
	if err := actor.mayManageStaff(); err != nil {
		return in, err
	}
	err = s.write(ctx, func(tx *tx) (err error) {
		if in, err = tx.staffInvitation(ctx, id); err != nil {
			return err
		}
		in, err = tx.resendInvitation(ctx, actor, in)
		return err
	})
	return in, err
}

// RevokeStaffInvitation ends an invitation to the vendor's staff.
func (s *Store) RevokeStaffInvitation(ctx context.Context, actor Actor, id string) (in Invitation, err error) {
	if err := actor.mayManageStaff(); err != nil {
		return in, err
	}
	err = s.write(ctx, func(tx *tx) (err error) {
		if in, err = tx.staffInvitation(ctx, id); err != nil {
			return err
		}
		return tx.revokeInvitation(ctx, actor, in)
	})
	return in, err
}

func (a Actor) isSystem() bool { return a == System }

// mayManageStaff lets the command line in, which makes the first administrator.
func (a Actor) mayManageStaff() error {
	if a.isSystem() {
		return nil
	}
	return a.require(ManageStaff)
}

func (tx *tx) staffInvitation(ctx context.Context, id string) (Invitation, error) {
	in, err := rowsOf[Invitation](tx.DB).Where("id = ? AND account_id IS NULL", id).Take(ctx)
	return in, orNotFound(err, "Invitation")
}

func (tx *tx) revokeStaffInvitations(ctx context.Context, actor Actor, emailKey string) error {
	open, err := rowsOf[Invitation](tx.DB).Where("account_id IS NULL AND email_key = ? AND accepted_at IS NULL AND revoked_at IS NULL", emailKey).Find(ctx)
	if err != nil {
		return err
	}
	for _, in := range open {
		if err := tx.revokeInvitation(ctx, actor, in); err != nil {
			return err
		}
	}
	return nil
}

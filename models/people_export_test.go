package models

import "context"

// Invite, ResendInvitation and RevokeInvitation are the acts that use cases of
// accounts and of Team are made of, on their own.

func (s *Store) Invite(ctx context.Context, actor Actor, in Invitation) (out Invitation, err error) {
	err = s.write(ctx, func(tx *tx) (err error) { out, err = tx.invite(ctx, actor, in); return err })
	return out, err
}

func (s *Store) ResendInvitation(ctx context.Context, actor Actor, in Invitation) (out Invitation, err error) {
	err = s.write(ctx, func(tx *tx) (err error) { out, err = tx.resendInvitation(ctx, actor, in); return err })
	return out, err
}

func (s *Store) RevokeInvitation(ctx context.Context, actor Actor, in Invitation) error {
	return s.write(ctx, func(tx *tx) error { return tx.revokeInvitation(ctx, actor, in) })
}

// InvitationToken is the token in the current link of an invitation.
func (s *Store) InvitationToken(_ context.Context, _ Actor, in Invitation) string {
	return s.linkToken(invitationToken, in.ID, in.Generation)
}

// ResetToken is the token in the link of a reset.
func (s *Store) ResetToken(_ context.Context, _ Actor, r PasswordReset) string {
	return s.linkToken(resetToken, r.ID, 1)
}

// EmailChangeToken is the token in the link of a change of address.
func (s *Store) EmailChangeToken(_ context.Context, _ Actor, e EmailChange) string {
	return s.linkToken(emailChangeToken, e.ID, 1)
}

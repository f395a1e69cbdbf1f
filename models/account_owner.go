package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// InviteOwner invites another address as the Owner of an account that has none
// yet; the pending invitation, if any, is revoked.
func (s *Store) InviteOwner(ctx context.Context, actor Actor, accountID, email string) (Invitation, error) {
	return s.ownerInvitation(ctx, actor, accountID, false, func(tx *tx, pending *Invitation) (Invitation, error) {
		if pending != nil {
			if err := tx.revokeInvitation(ctx, actor, *pending); err != nil {
				return *pending, err
			}
		}
		in, err := tx.invite(ctx, actor, Invitation{AccountID: &accountID, Email: email, Role: Owner})
		return in, ownerEmailProblem(err)
	})
}

// ResendOwnerInvitation mails a new link to the address that is invited as the Owner.
func (s *Store) ResendOwnerInvitation(ctx context.Context, actor Actor, accountID string) (Invitation, error) {
	return s.ownerInvitation(ctx, actor, accountID, true, func(tx *tx, pending *Invitation) (Invitation, error) {
		if pending == nil {
			return Invitation{}, Errorf(Conflict, "Nobody is invited as the Owner. Invite somebody.")
		}
		return tx.resendInvitation(ctx, actor, *pending)
	})
}

func (s *Store) ownerInvitation(ctx context.Context, actor Actor, accountID string, resends bool, act func(*tx, *Invitation) (Invitation, error)) (Invitation, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return Invitation{}, err
	}
	var in Invitation
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, accountID)
		if err != nil {
			return err
		}
		owner, err := rowsOf[User](tx.DB).Raw("SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.account_id = ? AND m.role = 'owner'", accountID).Find(ctx)
		if err != nil {
			return err
		}
		pending, err := pendingOwner(ctx, tx.DB, accountID)
		if err != nil {
			return err
		}
		if len(owner) > 0 && (pending == nil || !resends) {
			return Errorf(Conflict, "%s has an Owner, %s, who can transfer the ownership on Team → All users. Replace them on the account's page if the account has lost them.", account.Name, owner[0].Name)
		}
		in, err = act(tx, pending)
		return err
	})
	return in, err
}

// pendingOwner is the open Owner invitation of an account, expired or not; nil for none.
func pendingOwner(ctx context.Context, db *gorm.DB, accountID string) (*Invitation, error) {
	in, err := rowsOf[Invitation](db).Where("account_id = ? AND role = ? AND accepted_at IS NULL AND revoked_at IS NULL", accountID, Owner).Take(ctx)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &in, nil
}

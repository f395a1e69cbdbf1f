package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// OwnerReplacement is an Owner whom staff replace, since the account has lost
// them: by a member at once, or by somebody invited as soon as they accept.
type OwnerReplacement struct {
	ID           string
	AccountID    string
	FormerID     string  // the user who is or was the Owner
	SuccessorID  *string // once it is done
	InvitationID *string // nil where a member became the Owner
	Leaves       bool    // the former Owner leaves the account; else they become an Admin and a Seller
	Reason       string
	OrderedAt    time.Time
	OrderedBy    string
	DoneAt       *time.Time
	WithdrawnAt  *time.Time
}

// The steps of a replacement, as in its mails.
const (
	replacementOrdered   = "ordered"
	replacementDone      = "done"
	replacementWithdrawn = "withdrawn"
)

func (r OwnerReplacement) step() string {
	switch {
	case r.DoneAt != nil:
		return replacementDone
	case r.WithdrawnAt != nil:
		return replacementWithdrawn
	}
	return replacementOrdered
}

// ReplacementEntry is what staff fill in to replace an Owner.
type ReplacementEntry struct {
	OwnerID       string // the membership of the Owner who was looked at
	ReplacementID string // that was open then; empty for none
	MembershipID  string // who becomes the Owner; empty: Email is invited
	Email         string
	Leaves        bool
	Reason        string
}

// ReplaceOwner gives an account another Owner, without asking the one that it
// has. A member becomes the Owner at once; somebody invited does when they
// accept, and until then the account keeps its Owner. The former Owner becomes
// an Admin and a Seller, or leaves: what they look after then goes to the new
// one. It wants a fresh password, and returns Conflict if the Owner, or the
// replacement that was under way, is not the one that was looked at.
func (s *Store) ReplaceOwner(ctx context.Context, actor Actor, accountID string, e ReplacementEntry) (OwnerReplacement, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return OwnerReplacement{}, err
	}
	p := Problems{}
	r := OwnerReplacement{ID: newID(), AccountID: accountID, Leaves: e.Leaves, Reason: cleanText(e.Reason), OrderedBy: actor.UserID}
	p.fill("reason", r.Reason, "Say why: both read it in the mail, and so will colleagues.", maxReason)
	if e.MembershipID == "" {
		e.Email = p.email("owner_email", e.Email)
	}
	if err := p.Err(); err != nil {
		return r, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return r, err
	}
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, accountID)
		if err != nil {
			return err
		}
		owner, err := tx.ownerToReplace(ctx, account, e.OwnerID)
		if err != nil {
			return err
		}
		if err := tx.replaceReplacement(ctx, actor, account, e.ReplacementID); err != nil {
			return err
		}
		r.FormerID, r.OrderedAt = owner.UserID, tx.now
		if e.MembershipID == "" {
			return tx.orderReplacement(ctx, actor, account, &r, e.Email)
		}
		successor, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND id = ?", accountID, e.MembershipID).Take(ctx)
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			return Problems{"membership_id": "Choose a user of the account: this one no longer belongs to it."}.Err()
		case err != nil:
			return err
		case successor.ID == owner.ID:
			return Problems{"membership_id": "This is the Owner already. Choose another user."}.Err()
		}
		r.SuccessorID, r.DoneAt = &successor.UserID, &tx.now
		if err := rowsOf[OwnerReplacement](tx.DB).Create(ctx, &r); err != nil {
			return err
		}
		return tx.finishReplacement(ctx, actor, account, r, owner, func(actor Actor) error {
			name, err := tx.userName(ctx, successor.UserID)
			if err != nil {
				return err
			}
			return tx.riseToOwner(ctx, actor, successor, name)
		})
	})
	return r, err
}

// ownerToReplace returns the membership of the Owner, who must be the one that was looked at.
func (tx *tx) ownerToReplace(ctx context.Context, account Account, seen string) (Membership, error) {
	owner, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND role = ?", account.ID, Owner).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return owner, Errorf(Conflict, "%s has no Owner yet. Invite one on the account's page.", account.Name)
	}
	if err == nil && owner.ID != seen {
		name, err := tx.userName(ctx, owner.UserID)
		if err != nil {
			return owner, err
		}
		return owner, refusal("changed", "%s is the Owner of %s by now. Look again whether they are to be replaced.", name, account.Name)
	}
	return owner, err
}

// replaceReplacement calls off the replacement that is under way, which must be the one that was looked at.
func (tx *tx) replaceReplacement(ctx context.Context, actor Actor, account Account, seen string) error {
	open, err := openReplacement(ctx, tx.DB, account.ID)
	if err != nil {
		return err
	}
	switch {
	case open == nil && seen == "":
		return nil
	case open == nil:
		return refusal("changed", "The replacement that you looked at is no longer under way. Look again, then decide.")
	case open.ID != seen:
		return refusal("changed", "Somebody has ordered another replacement since you looked. Look again, then decide.")
	}
	return tx.withdrawReplacement(ctx, actor, account, *open)
}

// openReplacement is the replacement under way of an account; nil for none.
func openReplacement(ctx context.Context, db *gorm.DB, accountID string) (*OwnerReplacement, error) {
	open, err := rowsOf[OwnerReplacement](db).Where("account_id = ? AND done_at IS NULL AND withdrawn_at IS NULL", accountID).Find(ctx)
	if err != nil || len(open) == 0 {
		return nil, err
	}
	return &open[0], nil
}

// orderReplacement invites who is to become the Owner.
func (tx *tx) orderReplacement(ctx context.Context, actor Actor, account Account, r *OwnerReplacement, email string) error {
	in, err := tx.invite(ctx, actor, Invitation{AccountID: &account.ID, Email: email, Role: Owner, replacesOwner: true})
	if err != nil {
		return ownerEmailProblem(err)
	}
	r.InvitationID = &in.ID
	if err := rowsOf[OwnerReplacement](tx.DB).Create(ctx, r); err != nil {
		return err
	}
	former, err := tx.userName(ctx, r.FormerID)
	if err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "account.owner_replacement_ordered", account.subject(), map[string]any{"owner": former}, map[string]any{"invited": in.Email, "reason": r.Reason}); err != nil {
		return err
	}
	return tx.enqueue(ctx, OwnerReplacedMail{ReplacementID: r.ID, Step: replacementOrdered, UserID: r.FormerID})
}

// finishReplacement lets the Owner step down, then somebody else become it by
// rise; at no instant does an account have two.
func (tx *tx) finishReplacement(ctx context.Context, actor Actor, account Account, r OwnerReplacement, owner Membership, rise func(Actor) error) error {
	open, err := tx.openOffers(ctx, account.ID)
	if err != nil {
		return err
	}
	for _, offer := range open {
		if err := tx.withdraw(ctx, actor, offer); err != nil {
			return err
		}
	}
	former, err := rowsOf[User](tx.DB).Where("id = ?", r.FormerID).Take(ctx)
	if err != nil {
		return orNotFound(err, "User")
	}
	stepped, err := tx.stepDown(ctx, actor, owner, former.Name)
	if err != nil {
		return err
	}
	if err := rise(actor); err != nil {
		return err
	}
	successor, err := tx.userName(ctx, *r.SuccessorID)
	if err != nil {
		return err
	}
	standing := "Admin and Seller"
	if r.Leaves {
		standing = "no longer in the account"
		if err := tx.leave(ctx, actor, stepped, former); err != nil {
			return err
		}
	}
	facts := map[string]any{"owner": successor, "former_owner": standing, "reason": r.Reason}
	if err := tx.record(ctx, actor, "account.owner_replaced", account.subject(), map[string]any{"owner": former.Name}, facts); err != nil {
		return err
	}
	for _, id := range []string{r.FormerID, *r.SuccessorID} {
		if err := tx.enqueue(ctx, OwnerReplacedMail{ReplacementID: r.ID, Step: replacementDone, UserID: id}); err != nil {
			return err
		}
	}
	return nil
}

// leave takes who was the Owner out of the account. What they look after goes to
// the new one, since staff see nothing of reselling.
func (tx *tx) leave(ctx context.Context, actor Actor, m Membership, user User) error {
	elsewhere := actor
	elsewhere.Role, elsewhere.ResellingRole = "", "" // in another account, for who was invited: here it says nothing
	if err := tx.handOverWork(ctx, elsewhere, m, user, ""); err != nil {
		return err
	}
	if err := tx.endMembership(ctx, m); err != nil {
		return err
	}
	return tx.record(ctx, actor, "membership.removed", m.subject(user.Name), m.roles(), nil)
}

// acceptReplacement makes who has accepted an Owner's invitation the Owner in
// the place of the one that the account has.
func (tx *tx) acceptReplacement(ctx context.Context, actor Actor, r OwnerReplacement, successorID string, join func(Actor) error) error {
	account, err := rowsOf[Account](tx.DB).Where("id = ?", r.AccountID).Take(ctx)
	if err != nil {
		return orNotFound(err, "Account")
	}
	owner, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND role = ? AND user_id = ?", r.AccountID, Owner, r.FormerID).Take(ctx)
	if err != nil {
		return orNotFound(err, "Owner")
	}
	r.SuccessorID, r.DoneAt = &successorID, &tx.now
	if err := changed(rowsOf[OwnerReplacement](tx.DB).Where("id = ? AND done_at IS NULL AND withdrawn_at IS NULL", r.ID).
		Select("successor_id", "done_at").Updates(ctx, r)); err != nil {
		return err
	}
	return tx.finishReplacement(ctx, actor, account, r, owner, join)
}

// WithdrawReplacement calls off the replacement of an Owner: who was invited can
// no longer accept. Conflict if it is done or was called off.
func (s *Store) WithdrawReplacement(ctx context.Context, actor Actor, accountID, id string) error {
	if err := actor.require(ManageAccounts); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, accountID)
		if err != nil {
			return err
		}
		r, err := rowsOf[OwnerReplacement](tx.DB).Where("account_id = ? AND id = ?", accountID, id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Replacement")
		}
		switch r.step() {
		case replacementDone:
			return refusal("changed", "The invitation was accepted in the meantime: %s has another Owner.", account.Name)
		case replacementWithdrawn:
			return refusal("changed", "This replacement was called off already.")
		}
		return tx.withdrawReplacement(ctx, actor, account, r)
	})
}

// withdrawReplacement ends a replacement that is under way, with its invitation.
func (tx *tx) withdrawReplacement(ctx context.Context, actor Actor, account Account, r OwnerReplacement) error {
	in, err := rowsOf[Invitation](tx.DB).Where("id = ?", *r.InvitationID).Take(ctx)
	if err != nil {
		return orNotFound(err, "Invitation")
	}
	if err := tx.revokeInvitation(ctx, actor, in); err != nil {
		return err
	}
	r.WithdrawnAt = &tx.now
	if err := changed(rowsOf[OwnerReplacement](tx.DB).Where("id = ? AND done_at IS NULL AND withdrawn_at IS NULL", r.ID).
		Select("withdrawn_at").Updates(ctx, r)); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "account.owner_replacement_withdrawn", account.subject(), nil, map[string]any{"invited": in.Email}); err != nil {
		return err
	}
	return tx.enqueue(ctx, OwnerReplacedMail{ReplacementID: r.ID, Step: replacementWithdrawn, UserID: r.FormerID})
}

// dropReplacement calls off the replacement of an Owner who has found a successor themselves.
func (tx *tx) dropReplacement(ctx context.Context, actor Actor, accountID string) error {
	r, err := openReplacement(ctx, tx.DB, accountID)
	if err != nil || r == nil {
		return err
	}
	account, err := rowsOf[Account](tx.DB).Where("id = ?", accountID).Take(ctx)
	if err != nil {
		return orNotFound(err, "Account")
	}
	return tx.withdrawReplacement(ctx, actor, account, *r)
}

// ReplacementView is what the page that replaces an Owner shows.
type ReplacementView struct {
	Account    AccountPage
	Owner      TeamMember
	Clients    int // that the Owner looks after
	Trials     int
	Candidates []TeamMember // at most MostChoices
	Open       *OpenReplacement
	Offer      *OpenOffer // the Owner's own, to a member
}

// OpenReplacement is a replacement that waits for whoever was invited.
type OpenReplacement struct {
	OwnerReplacement
	Email      string
	FormerName string
	ByName     string
}

const openReplacements = `SELECT r.*, i.email, f.name AS former_name, b.name AS by_name FROM owner_replacements r
	JOIN invitations i ON i.id = r.invitation_id JOIN users f ON f.id = r.former_id JOIN users b ON b.id = r.ordered_by
	WHERE r.account_id = ? AND r.done_at IS NULL AND r.withdrawn_at IS NULL`

// OwnerToReplace returns what staff need to replace the Owner of an account;
// Conflict while it has none.
func (s *Store) OwnerToReplace(ctx context.Context, actor Actor, accountID string) (ReplacementView, error) {
	var v ReplacementView
	account, err := s.ChangeableAccount(ctx, actor, accountID)
	if err != nil {
		return v, err
	}
	v.Account, v.Open = account, account.Replacement
	owner, err := rowsOf[TeamMember](s.reader).Raw(teamMembers+" WHERE m.account_id = ? AND m.role = 'owner'", accountID).Find(ctx)
	if err != nil {
		return v, err
	}
	if len(owner) == 0 {
		return v, Errorf(Conflict, "%s has no Owner yet. Invite one on the account's page.", account.Name)
	}
	v.Owner = owner[0]
	if v.Candidates, err = rowsOf[TeamMember](s.reader).Raw(teamMembers+" WHERE m.account_id = ? AND m.role <> 'owner' ORDER BY m.search, m.id LIMIT ?", accountID, MostChoices).Find(ctx); err != nil {
		return v, err
	}
	offers, err := rowsOf[OpenOffer](s.reader).Raw(`SELECT o.id, o.from_user_id, f.name AS from_name, o.to_user_id, t.name AS to_name, o.offered_at
		FROM ownership_offers o JOIN users f ON f.id = o.from_user_id JOIN users t ON t.id = o.to_user_id
		WHERE o.account_id = ? AND o.accepted_at IS NULL AND o.declined_at IS NULL AND o.withdrawn_at IS NULL`, accountID).Find(ctx)
	if err != nil {
		return v, err
	}
	if len(offers) > 0 {
		v.Offer = &offers[0]
	}
	v.Clients, v.Trials, err = responsibility{accountID, v.Owner.UserID, s.Now()}.count(ctx, s.reader)
	return v, err
}

package models

import (
	"context"
	"time"
)

// OwnershipOffer is the Owner's offer to make a member the Owner. At most one is
// open per account; it ends by one of the three instants.
type OwnershipOffer struct {
	ID          string
	AccountID   string
	FromUserID  string
	ToUserID    string
	OfferedAt   time.Time
	AcceptedAt  *time.Time
	DeclinedAt  *time.Time
	WithdrawnAt *time.Time
}

// The steps of an offer, as in its events and mails.
const (
	offerMade      = "offered"
	offerAccepted  = "accepted"
	offerDeclined  = "declined"
	offerWithdrawn = "withdrawn"
)

// step is what has become of o.
func (o OwnershipOffer) step() string {
	switch {
	case o.AcceptedAt != nil:
		return offerAccepted
	case o.DeclinedAt != nil:
		return offerDeclined
	case o.WithdrawnAt != nil:
		return offerWithdrawn
	}
	return offerMade
}

func (o OwnershipOffer) subject(to string) subject {
	return subject{kind: "ownership", id: o.ID, name: to, accountID: o.AccountID}
}

// OfferOwnership offers the ownership of the account to a member, who must
// accept. It wants a fresh password, and refuses a second open offer.
func (s *Store) OfferOwnership(ctx context.Context, actor Actor, membershipID string) (offer OwnershipOffer, err error) {
	if err := actor.require(TransferOwnership); err != nil {
		return offer, err
	}
	if membershipID == "" {
		return offer, Problems{"membership_id": "Choose the member who is to become the Owner."}.Err()
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return offer, err
	}
	err = s.write(ctx, func(tx *tx) error {
		actor, err := tx.lockTeam(ctx, actor, TransferOwnership)
		if err != nil {
			return err
		}
		m, user, err := tx.member(ctx, actor, membershipID)
		if KindOf(err) == NotFound {
			return Problems{"membership_id": "Choose a member of the account: this one no longer belongs to it."}.Err()
		}
		if err != nil {
			return err
		}
		if m.UserID == actor.UserID {
			return Problems{"membership_id": "You are the Owner already. Choose another member."}.Err()
		}
		if err := tx.refuseOpenOffer(ctx, actor); err != nil {
			return err
		}
		offer = OwnershipOffer{ID: newID(), AccountID: actor.AccountID, FromUserID: actor.UserID, ToUserID: m.UserID, OfferedAt: tx.now}
		if err := rowsOf[OwnershipOffer](tx.DB).Create(ctx, &offer); err != nil {
			return err
		}
		return tx.tell(ctx, actor, offer, user.Name, nil, map[string]any{"to": user.Name})
	})
	return offer, err
}

func (tx *tx) refuseOpenOffer(ctx context.Context, actor Actor) error {
	open, err := tx.openOffers(ctx, actor.AccountID)
	if err != nil || len(open) == 0 {
		return err
	}
	e := Errorf(Conflict, "The ownership is offered to somebody already. Withdraw that offer first.")
	e.Subject = open[0].ID
	return e
}

func (tx *tx) openOffers(ctx context.Context, accountID string) ([]OwnershipOffer, error) {
	return rowsOf[OwnershipOffer](tx.DB).Where("account_id = ? AND accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL", accountID).Find(ctx)
}

// NeedsPassword reports whether a sensitive act would ask a for the password
// again. Views use it to ask at once.
func (a Actor) NeedsPassword(now time.Time) bool { return a.requireFresh(now) != nil }

// AcceptOwnership makes the actor the Owner. The former Owner becomes Admin and
// stays in the Reselling team as a Seller, so that their running work goes on.
// It wants a fresh password.
func (s *Store) AcceptOwnership(ctx context.Context, actor Actor, offerID string) error {
	if err := actor.require(SeeUsers); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, offer, err := tx.lockOffer(ctx, actor, offerID, "to_user_id")
		if err != nil {
			return err
		}
		if err := actor.requireFresh(tx.now); err != nil {
			return err
		}
		if err := tx.handOver(ctx, actor, offer); err != nil {
			return err
		}
		offer.AcceptedAt = &tx.now
		if err := tx.endOffer(ctx, offer, "accepted_at"); err != nil {
			return err
		}
		from, err := tx.userName(ctx, offer.FromUserID)
		if err != nil {
			return err
		}
		return tx.tell(ctx, actor, offer, actor.Name, map[string]any{"owner": from}, map[string]any{"owner": actor.Name})
	})
}

// handOver swaps the roles. The former Owner steps down first: at no instant
// does an account have two.
func (tx *tx) handOver(ctx context.Context, actor Actor, offer OwnershipOffer) error {
	former, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND user_id = ? AND role = ?", offer.AccountID, offer.FromUserID, Owner).Find(ctx)
	if err != nil {
		return err
	}
	if len(former) == 0 {
		return Errorf(Conflict, "Whoever offered you the ownership is no longer the Owner. Ask the present one.")
	}
	name, err := tx.userName(ctx, offer.FromUserID)
	if err != nil {
		return err
	}
	if err := tx.dropReplacement(ctx, actor, offer.AccountID); err != nil {
		return err
	}
	if _, err := tx.stepDown(ctx, actor, former[0], name); err != nil {
		return err
	}
	own, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND user_id = ?", offer.AccountID, actor.UserID).Take(ctx)
	if err != nil {
		return orNotFound(err, "Member")
	}
	return tx.riseToOwner(ctx, actor, own, actor.Name)
}

// stepDown makes the Owner an Admin who stays in the Reselling team as a Seller,
// so that their running work goes on.
func (tx *tx) stepDown(ctx context.Context, actor Actor, owner Membership, name string) (Membership, error) {
	down := owner
	down.Role, down.ResellingRole = Admin, Seller
	if down.ResellingSince == nil {
		down.ResellingSince = &tx.now
	}
	return down, tx.swapRole(ctx, actor, owner, down, name)
}

// riseToOwner makes a member the Owner of an account that has none at this moment.
func (tx *tx) riseToOwner(ctx context.Context, actor Actor, m Membership, name string) error {
	up := m
	up.Role, up.ResellingRole = Owner, ""
	if up.ResellingSince == nil {
		up.ResellingSince = &tx.now
	}
	return tx.swapRole(ctx, actor, m, up, name)
}

// swapRole is announced by the mails of the offer.
func (tx *tx) swapRole(ctx context.Context, actor Actor, from, to Membership, name string) error {
	if err := tx.updateMember(ctx, to); err != nil {
		return err
	}
	return tx.record(ctx, actor, "membership.role_changed", to.subject(name), from.roles(), to.roles())
}

// DeclineOwnership ends an offer made to the actor.
func (s *Store) DeclineOwnership(ctx context.Context, actor Actor, offerID string) error {
	if err := actor.require(SeeUsers); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, offer, err := tx.lockOffer(ctx, actor, offerID, "to_user_id")
		if err != nil {
			return err
		}
		offer.DeclinedAt = &tx.now
		if err := tx.endOffer(ctx, offer, "declined_at"); err != nil {
			return err
		}
		return tx.tell(ctx, actor, offer, actor.Name, nil, nil)
	})
}

// WithdrawOwnership ends an offer that the actor has made.
func (s *Store) WithdrawOwnership(ctx context.Context, actor Actor, offerID string) error {
	if err := actor.require(TransferOwnership); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, offer, err := tx.lockOffer(ctx, actor, offerID, "from_user_id")
		if err != nil {
			return err
		}
		return tx.withdraw(ctx, actor, offer)
	})
}

// withdrawOfferTo ends the offer to a member who is about to leave the account.
func (tx *tx) withdrawOfferTo(ctx context.Context, actor Actor, m Membership) error {
	open, err := tx.openOffers(ctx, m.AccountID)
	if err != nil || len(open) == 0 || open[0].ToUserID != m.UserID {
		return err
	}
	return tx.withdraw(ctx, actor, open[0])
}

func (tx *tx) withdraw(ctx context.Context, actor Actor, offer OwnershipOffer) error {
	to, err := tx.userName(ctx, offer.ToUserID)
	if err != nil {
		return err
	}
	offer.WithdrawnAt = &tx.now
	if err := tx.endOffer(ctx, offer, "withdrawn_at"); err != nil {
		return err
	}
	return tx.tell(ctx, actor, offer, to, nil, nil)
}

// lockOffer locks the team and returns an open offer of which the actor is the
// side named by column. Everybody else's is NotFound.
func (tx *tx) lockOffer(ctx context.Context, actor Actor, id, column string) (Actor, OwnershipOffer, error) {
	actor, err := tx.lockTeam(ctx, actor, SeeUsers)
	if err != nil {
		return actor, OwnershipOffer{}, err
	}
	offer, err := rowsOf[OwnershipOffer](tx.DB).Where("account_id = ? AND id = ? AND "+column+" = ?", actor.AccountID, id, actor.UserID).Take(ctx)
	if err != nil {
		return actor, offer, orNotFound(err, "Offer")
	}
	switch offer.step() {
	case offerAccepted:
		err = Errorf(Conflict, "This offer has been accepted already.")
	case offerDeclined:
		err = Errorf(Conflict, "This offer has been declined. The Owner can make a new one.")
	case offerWithdrawn:
		err = Errorf(Conflict, "This offer has been withdrawn. The Owner can make a new one.")
	}
	return actor, offer, err
}

func (tx *tx) endOffer(ctx context.Context, o OwnershipOffer, column string) error {
	return changed(rowsOf[OwnershipOffer](tx.DB).Where("id = ? AND accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL", o.ID).
		Select(column).Updates(ctx, o))
}

// tell records the latest step of an offer and queues the mail to the other side.
func (tx *tx) tell(ctx context.Context, actor Actor, o OwnershipOffer, to string, before, after map[string]any) error {
	if err := tx.record(ctx, actor, "ownership."+o.step(), o.subject(to), before, after); err != nil {
		return err
	}
	return tx.enqueue(ctx, OwnershipMail{OfferID: o.ID, Step: o.step()})
}

func (tx *tx) userName(ctx context.Context, id string) (string, error) {
	user, err := rowsOf[User](tx.DB).Where("id = ?", id).Take(ctx)
	return user.Name, orNotFound(err, "User")
}

// OpenOffer is an offer of the ownership that waits for its answer.
type OpenOffer struct {
	ID         string
	FromUserID string
	FromName   string
	ToUserID   string
	ToName     string
	OfferedAt  time.Time
}

// OpenOffer returns the open offer of the actor's account if the actor is one of
// its two sides; ok is false otherwise.
func (s *Store) OpenOffer(ctx context.Context, actor Actor) (offer OpenOffer, ok bool, err error) {
	if err := actor.require(SeeUsers); err != nil {
		return offer, false, err
	}
	open, err := rowsOf[OpenOffer](s.reader).Raw(`SELECT o.id, o.from_user_id, f.name AS from_name, o.to_user_id, t.name AS to_name, o.offered_at
		FROM ownership_offers o JOIN users f ON f.id = o.from_user_id JOIN users t ON t.id = o.to_user_id
		WHERE o.account_id = ? AND (o.from_user_id = ? OR o.to_user_id = ?) AND o.accepted_at IS NULL AND o.declined_at IS NULL AND o.withdrawn_at IS NULL`,
		actor.AccountID, actor.UserID, actor.UserID).Find(ctx)
	if err != nil || len(open) == 0 {
		return offer, false, err
	}
	return open[0], true, nil
}

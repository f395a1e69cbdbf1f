package models

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
)

// ResellingAddition is who is added to the Reselling team: members, and new
// addresses that are invited straight into it.
type ResellingAddition struct {
	UserIDs       []string
	Emails        string        // as typed
	Role          Role          // the account role of the invited; Member if empty
	ResellingRole ResellingRole // Seller if empty
	RequestKey    string
}

// ResellingAdded is what has become of a ResellingAddition.
type ResellingAdded struct {
	Members int // who were not in the team before
	Invited []Invitation
	Refused []RefusedAddress // why nothing was done
}

// AddToReselling adds members to the Reselling team and invites others into it,
// all or nobody. Whoever belongs to it already stays as they are.
func (s *Store) AddToReselling(ctx context.Context, actor Actor, r ResellingAddition) (added ResellingAdded, err error) {
	if err := actor.require(ManageReselling); err != nil {
		return added, err
	}
	if r.ResellingRole == "" {
		r.ResellingRole = Seller
	}
	if r.Role == "" {
		r.Role = Member
	}
	problems := Problems{}
	problems.resellingRole("reselling_role", r.ResellingRole)
	problems.role("role", r.Role)
	addresses, refused := addressesOf(r.Emails)
	typed := len(addresses) + len(refused)
	refused = problems.addresses("emails", addresses, refused)
	if len(r.UserIDs) == 0 && typed == 0 {
		problems.Add("user_id", "Choose who joins the Reselling team, or enter the mail address of somebody new.")
	}
	if err := problems.Err(); err != nil {
		return ResellingAdded{Refused: refused}, err
	}
	err = s.write(ctx, func(tx *tx) error {
		actor, err := tx.lockTeam(ctx, actor, ManageReselling)
		if err != nil {
			return err
		}
		for _, id := range uniqueSorted(r.UserIDs) {
			isNew, err := tx.addToReselling(ctx, actor, id, r.ResellingRole)
			if err != nil {
				return err
			}
			if isNew {
				added.Members++
			}
		}
		added.Invited, added.Refused, err = tx.inviteAll(ctx, actor, r.RequestKey, addresses, r.Role, r.ResellingRole)
		return err
	})
	return added, err
}

func (tx *tx) addToReselling(ctx context.Context, actor Actor, userID string, role ResellingRole) (isNew bool, err error) {
	m, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND user_id = ?", actor.AccountID, userID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, Problems{"user_id": "Somebody you chose no longer belongs to the account. Look at the list again."}.Err()
	}
	if err != nil {
		return false, err
	}
	if m.InResellingTeam() {
		return false, nil
	}
	user, err := rowsOf[User](tx.DB).Where("id = ?", userID).Take(ctx)
	if err != nil {
		return false, orNotFound(err, "Member")
	}
	m.ResellingRole, m.ResellingSince = role, &tx.now
	if err := tx.updateMember(ctx, m); err != nil {
		return false, err
	}
	return true, tx.announce(ctx, actor, "membership.reselling_added", m, user, nil, map[string]any{"reselling_role": string(role)})
}

// ChangeResellingRole gives a member of the Reselling team another role in it.
// The Owner has none to change. With a role that may not sell, what they look
// after goes to the user heir, or is refused as HandoverNeeded.
func (s *Store) ChangeResellingRole(ctx context.Context, actor Actor, membershipID string, role ResellingRole, heir string) error {
	if err := actor.require(ManageReselling); err != nil {
		return err
	}
	problems := Problems{}
	problems.resellingRole("reselling_role", role)
	if err := problems.Err(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, m, user, err := tx.lockReseller(ctx, actor, membershipID)
		if err != nil || m.ResellingRole == role {
			return err
		}
		before := map[string]any{"reselling_role": string(m.ResellingRole)}
		if m.ResellingRole == Seller {
			if err := tx.handOverWork(ctx, actor, m, user, heir); err != nil {
				return err
			}
		}
		m.ResellingRole = role
		if err := tx.updateMember(ctx, m); err != nil {
			return err
		}
		return tx.announce(ctx, actor, "membership.reselling_role_changed", m, user, before, map[string]any{"reselling_role": string(role)})
	})
}

// RemoveFromReselling takes a member out of the Reselling team, from their very
// next request. They stay in the account. What they look after goes to the user
// heir, or is refused as HandoverNeeded.
func (s *Store) RemoveFromReselling(ctx context.Context, actor Actor, membershipID, heir string) error {
	if err := actor.require(ManageReselling); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, m, user, err := tx.lockReseller(ctx, actor, membershipID)
		if err != nil {
			return err
		}
		if err := tx.handOverWork(ctx, actor, m, user, heir); err != nil {
			return err
		}
		before := map[string]any{"reselling_role": string(m.ResellingRole)}
		m.ResellingRole, m.ResellingSince = "", nil
		if err := tx.updateMember(ctx, m); err != nil {
			return err
		}
		return tx.announce(ctx, actor, "membership.reselling_removed", m, user, before, nil)
	})
}

// lockReseller locks the team and returns a member of the Reselling team other than the Owner.
func (tx *tx) lockReseller(ctx context.Context, actor Actor, membershipID string) (Actor, Membership, User, error) {
	actor, err := tx.lockTeam(ctx, actor, ManageReselling)
	if err != nil {
		return actor, Membership{}, User{}, err
	}
	m, user, err := tx.member(ctx, actor, membershipID)
	if err == nil {
		err = refuseNoReseller(m.Role, m.ResellingRole, user.Name)
	}
	return actor, m, user, err
}

func refuseNoReseller(role Role, reselling ResellingRole, name string) error {
	switch {
	case role == Owner:
		return Errorf(Forbidden, "The Owner always belongs to the Reselling team and may do everything there. Only a transfer of the ownership changes that.")
	case reselling == "":
		return Errorf(Conflict, "%s does not belong to the Reselling team any more. Add them again with “Add users”.", name)
	}
	return nil
}

// uniqueSorted returns each of s once, in one order for everybody, so that two
// transactions never wait for each other.
func uniqueSorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

package models

import (
	"context"
	"slices"
	"time"
)

// Membership is a user's place in one account.
type Membership struct {
	ID             string
	AccountID      string
	UserID         string
	Role           Role
	ResellingRole  ResellingRole // empty outside the Reselling team, and for the Owner, who always belongs to it
	ResellingSince *time.Time
	JoinedAt       time.Time
}

// InResellingTeam reports whether the member belongs to the Reselling team.
func (m Membership) InResellingTeam() bool { return m.Role == Owner || m.ResellingRole != "" }

func (m Membership) subject(name string) subject {
	return subject{kind: "membership", id: m.ID, name: name, accountID: m.AccountID}
}

// GrantableRoles are the account roles that are given by inviting or by a
// change; the Owner's is only ever transferred.
var GrantableRoles = []Role{Admin, Member, BillingContact}

// ResellingRoles are the roles within the Reselling team, the default first.
var ResellingRoles = []ResellingRole{Seller, Billing, Viewer}

// ChangeRole gives a member another account role. It refuses the Owner's role,
// the actor's own and that of Owner.
func (s *Store) ChangeRole(ctx context.Context, actor Actor, membershipID string, role Role) error {
	if err := actor.require(ManageTeam); err != nil {
		return err
	}
	problems := Problems{}
	problems.role("role", role)
	if err := problems.Err(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, err := tx.lockTeam(ctx, actor, ManageTeam)
		if err != nil {
			return err
		}
		m, user, err := tx.member(ctx, actor, membershipID)
		if err != nil {
			return err
		}
		if err := actor.manages(m, "give another role to"); err != nil || m.Role == role {
			return err
		}
		before := map[string]any{"role": string(m.Role)}
		m.Role = role
		if err := tx.updateMember(ctx, m); err != nil {
			return err
		}
		return tx.announce(ctx, actor, "membership.role_changed", m, user, before, map[string]any{"role": string(role)})
	})
}

// RemoveMember takes a member out of the account: out of its Reselling team too,
// from their very next request. What they look after goes to the user heir, or
// is refused as HandoverNeeded. It refuses the Owner and the actor themselves.
func (s *Store) RemoveMember(ctx context.Context, actor Actor, membershipID, heir string) error {
	if err := actor.require(ManageTeam); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		actor, err := tx.lockTeam(ctx, actor, ManageTeam)
		if err != nil {
			return err
		}
		m, user, err := tx.member(ctx, actor, membershipID)
		if err != nil {
			return err
		}
		if err := actor.manages(m, "remove"); err != nil {
			return err
		}
		if err := tx.withdrawOfferTo(ctx, actor, m); err != nil {
			return err
		}
		if err := tx.handOverWork(ctx, actor, m, user, heir); err != nil {
			return err
		}
		if err := tx.endMembership(ctx, m); err != nil {
			return err
		}
		return tx.announce(ctx, actor, "membership.removed", m, user, m.roles(), nil)
	})
}

// endMembership takes a member out of the account, and ends the sessions that act for it.
func (tx *tx) endMembership(ctx context.Context, m Membership) error {
	if err := changed(rowsOf[Membership](tx.DB).Where("id = ? AND account_id = ?", m.ID, m.AccountID).Delete(ctx)); err != nil {
		return err
	}
	_, err := rowsOf[Session](tx.DB).Where("user_id = ? AND account_id = ? AND ended_at IS NULL", m.UserID, m.AccountID).Update(ctx, "ended_at", tx.now)
	return err
}

// manages refuses what nobody may do to a member: to the Owner, or to themselves.
func (a Actor) manages(m Membership, verb string) error {
	switch {
	case m.UserID == a.UserID && m.Role == Owner:
		return Errorf(Forbidden, "You can't %s yourself. You are the Owner: transfer the ownership to another member first.", verb)
	case m.UserID == a.UserID:
		return Errorf(Forbidden, "You can't %s yourself. The Owner or another Admin can.", verb)
	case m.Role == Owner:
		return Errorf(Forbidden, "You can't %s the Owner. Only the Owner can transfer the ownership to another member.", verb)
	}
	return nil
}

func (m Membership) roles() map[string]any {
	roles := map[string]any{"role": string(m.Role)}
	if m.ResellingRole != "" {
		roles["reselling_role"] = string(m.ResellingRole)
	}
	return roles
}

func (p Problems) role(field string, role Role) {
	switch {
	case role == Owner:
		p.Add(field, "The Owner's role is not given: the Owner transfers the ownership to a member.")
	case !slices.Contains(GrantableRoles, role):
		p.Add(field, "Choose one of the roles.")
	}
}

func (p Problems) resellingRole(field string, role ResellingRole) {
	if !slices.Contains(ResellingRoles, role) {
		p.Add(field, "Choose one of the reselling roles.")
	}
}

// lockTeam makes other changes of the account's team wait, and returns the actor
// as they stand now: whoever was removed or demoted a moment ago may not go on.
func (tx *tx) lockTeam(ctx context.Context, actor Actor, p Permission) (Actor, error) {
	if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
		return actor, err
	}
	own, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND user_id = ?", actor.AccountID, actor.UserID).Find(ctx)
	if err != nil {
		return actor, err
	}
	if len(own) == 0 {
		return actor, Errorf(Forbidden, "You no longer belong to %s. Its Owner can invite you again.", actor.AccountName)
	}
	actor.Role, actor.ResellingRole = own[0].Role, own[0].ResellingRole
	return actor, actor.require(p)
}

// member returns a member of the actor's account and the user behind it.
func (tx *tx) member(ctx context.Context, actor Actor, membershipID string) (Membership, User, error) {
	m, err := rowsOf[Membership](tx.DB).Where("account_id = ? AND id = ?", actor.AccountID, membershipID).Take(ctx)
	if err != nil {
		return m, User{}, orNotFound(err, "Member")
	}
	user, err := rowsOf[User](tx.DB).Where("id = ?", m.UserID).Take(ctx)
	return m, user, orNotFound(err, "Member")
}

func (tx *tx) updateMember(ctx context.Context, m Membership) error {
	return changed(rowsOf[Membership](tx.DB).Where("account_id = ? AND id = ?", m.AccountID, m.ID).
		Select("role", "reselling_role", "reselling_since").Updates(ctx, m))
}

// announce records what happened to a member and queues the mail that tells them.
func (tx *tx) announce(ctx context.Context, actor Actor, action string, m Membership, user User, before, after map[string]any) error {
	event, err := tx.recordEvent(ctx, actor, action, m.subject(user.Name), before, after)
	if err != nil {
		return err
	}
	return tx.enqueue(ctx, RoleChangedMail{UserID: user.ID, EventID: event})
}

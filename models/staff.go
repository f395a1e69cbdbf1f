package models

import (
	"context"

	"gorm.io/gorm/clause"
)

// StaffFilter narrows the list of staff.
type StaffFilter struct {
	Query string // in name and mail address
	Role  StaffRole
	Sort  string // "-name", or anything else for the order of names
}

// Staff returns the people who work for the vendor.
func (s *Store) Staff(ctx context.Context, actor Actor, f StaffFilter, p Paging) (Page[User], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[User]{}, err
	}
	return list(ctx, s.reader, f.listing(), p, staffKey)
}

// EachStaff runs fn for everybody of the filtered list.
func (s *Store) EachStaff(ctx context.Context, actor Actor, f StaffFilter, fn func(User) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(), staffKey, fn)
}

func staffKey(u User) (any, string) { return u.Name, u.ID }

func (f StaffFilter) listing() listing {
	l := listing{
		selects: "SELECT u.id, u.name, u.email, u.staff_role, u.created_at, u.last_sign_in_at FROM users u",
		where:   []string{"u.staff_role <> ''", "u.removed_at IS NULL"},
		order:   order{column: "u.name", id: "u.id", desc: f.Sort == "-name"},
	}
	if f.Query != "" {
		l.and(`(LOWER(u.name) LIKE ? ESCAPE '\' OR u.email_key LIKE ? ESCAPE '\')`, like(f.Query), like(f.Query))
	}
	if f.Role != "" {
		l.and("u.staff_role = ?", string(f.Role))
	}
	return l
}

// StaffInvitations returns the open invitations to the vendor's staff, expired ones too.
func (s *Store) StaffInvitations(ctx context.Context, actor Actor) ([]Invitation, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return nil, err
	}
	return rowsOf[Invitation](s.reader).Where("account_id IS NULL AND accepted_at IS NULL AND revoked_at IS NULL").Order("created_at DESC, id DESC").Limit(200).Find(ctx)
}

// ChangeStaffRole gives somebody of the staff another role. Nobody changes their
// own, and the last administrator stays one.
func (s *Store) ChangeStaffRole(ctx context.Context, actor Actor, userID string, role StaffRole) (User, error) {
	p := Problems{}
	if !role.isKnown() {
		p.Add("role", "Choose one of the roles.")
	}
	return s.changeStaff(ctx, actor, userID, p, func(tx *tx, user *User) error {
		if user.StaffRole == role {
			return nil
		}
		before := user.StaffRole
		if _, err := rowsOf[User](tx.DB).Where("id = ?", userID).Update(ctx, "staff_role", role); err != nil {
			return err
		}
		user.StaffRole = role
		return tx.announceStaff(ctx, actor, "staff.role_changed", *user, map[string]any{"staff_role": string(before)}, map[string]any{"staff_role": string(role)})
	})
}

// RemoveStaff takes somebody out of the staff and ends their sessions at once.
// Nobody removes themselves, and the last administrator stays.
func (s *Store) RemoveStaff(ctx context.Context, actor Actor, userID string) (User, error) {
	return s.changeStaff(ctx, actor, userID, Problems{}, func(tx *tx, user *User) error {
		if _, err := rowsOf[User](tx.DB).Where("id = ?", userID).Update(ctx, "removed_at", tx.now); err != nil {
			return err
		}
		if _, err := rowsOf[Session](tx.DB).Where("user_id = ? AND ended_at IS NULL", userID).Update(ctx, "ended_at", tx.now); err != nil {
			return err
		}
		return tx.announceStaff(ctx, actor, "staff.removed", *user, map[string]any{"staff_role": string(user.StaffRole)}, nil)
	})
}

// announceStaff records what happened to somebody of the staff and queues the mail that tells them.
func (tx *tx) announceStaff(ctx context.Context, actor Actor, action string, user User, before, after map[string]any) error {
	event, err := tx.recordEvent(ctx, actor, action, user.subject(""), before, after)
	if err != nil {
		return err
	}
	return tx.enqueue(ctx, RoleChangedMail{UserID: user.ID, EventID: event})
}

// changeStaff does something to somebody else of the staff that must leave an administrator.
func (s *Store) changeStaff(ctx context.Context, actor Actor, userID string, p Problems, act func(*tx, *User) error) (User, error) {
	if err := actor.require(ManageStaff); err != nil {
		return User{}, err
	}
	var user User
	err := s.write(ctx, func(tx *tx) (err error) {
		// The vendor's row is the lock: two administrators who demote each other do so one after the other.
		if _, err := rowsOf[Vendor](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx); err != nil {
			return err
		}
		if user, err = rowsOf[User](tx.DB).Where("id = ? AND staff_role <> '' AND removed_at IS NULL", userID).Take(ctx); err != nil {
			return orNotFound(err, "Colleague")
		}
		if err := p.Err(); err != nil {
			return err
		}
		if userID == actor.UserID {
			return Errorf(Conflict, "Nobody changes or removes themselves. Ask another administrator.")
		}
		if err := act(tx, &user); err != nil {
			return err
		}
		left, err := rowsOf[User](tx.DB).Where("staff_role = ? AND removed_at IS NULL", Administrator).Count(ctx, "id")
		if err == nil && left == 0 {
			return Errorf(Conflict, "%s is the last administrator. Make somebody else one first.", user.Name)
		}
		return err
	})
	return user, err
}

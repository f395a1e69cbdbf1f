package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// Colleague is a member of the account who may look after clients: the Owner or a Seller.
type Colleague struct {
	ID   string // of the user
	Name string
}

// maySell is IssueTrials and ManageClients of the matrix as a condition on
// memberships m; TestWhoCanBeResponsible holds them together.
const maySell = "(m.role = 'owner' OR m.reselling_role = 'seller')"

const colleagues = "SELECT u.id, u.name FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.account_id = ? AND " + maySell

// Colleagues returns who may look after clients of the actor's account, by name.
func (s *Store) Colleagues(ctx context.Context, actor Actor) ([]Colleague, error) {
	if err := actor.require(ReadReselling); err != nil {
		return nil, err
	}
	return colleaguesOf(ctx, s.reader, actor.AccountID)
}

func colleaguesOf(ctx context.Context, db *gorm.DB, accountID string) ([]Colleague, error) {
	return rowsOf[Colleague](db).Raw(colleagues+" ORDER BY m.search, m.id LIMIT ?", accountID, MostChoices).Find(ctx)
}

// colleague returns a member who may look after clients now; ok is false for anybody else.
func (tx *tx) colleague(ctx context.Context, accountID, userID string) (c Colleague, ok bool, err error) {
	found, err := rowsOf[Colleague](tx.DB).Raw(colleagues+" AND m.user_id = ?", accountID, userID).Find(ctx)
	if err != nil || len(found) == 0 {
		return c, false, err
	}
	return found[0], true, nil
}

// owner returns the Owner of an account.
func (tx *tx) owner(ctx context.Context, accountID string) (Colleague, error) {
	c, err := rowsOf[Colleague](tx.DB).Raw(colleagues+" AND m.role = 'owner'", accountID).Take(ctx)
	return c, orNotFound(err, "Owner")
}

// carer is who looks after what the actor makes: whoever was chosen, else the
// actor, or the Owner where the actor lost the right to sell a moment ago. The
// caller has locked the account, so that it stays true.
func (tx *tx) carer(ctx context.Context, actor Actor, chosen string) (Colleague, error) {
	if chosen != "" && chosen != actor.UserID {
		c, ok, err := tx.colleague(ctx, actor.AccountID, chosen)
		if err == nil && !ok {
			err = notResponsible("responsible")
		}
		return c, err
	}
	c, ok, err := tx.colleague(ctx, actor.AccountID, actor.UserID)
	if err != nil || ok {
		return c, err
	}
	return tx.owner(ctx, actor.AccountID)
}

// readerFor is who is told about something of a client: a user first, or whoever
// looks after the client, while they can act on it, else the account's Owner.
func readerFor(ctx context.Context, db *gorm.DB, accountID, first, clientID string) (user User, ok bool, err error) {
	readers, err := rowsOf[User](db).Raw(`SELECT u.* FROM memberships m JOIN users u ON u.id = m.user_id
		WHERE m.account_id = ? AND u.removed_at IS NULL AND `+maySell+`
		ORDER BY CASE WHEN m.user_id = ? THEN 0 WHEN m.user_id = (SELECT responsible_id FROM clients WHERE id = ?) THEN 1 WHEN m.role = 'owner' THEN 2 ELSE 3 END LIMIT 1`,
		accountID, first, clientID).Find(ctx)
	if err != nil || len(readers) == 0 {
		return User{}, false, err
	}
	return readers[0], true, nil
}

func notResponsible(field string) error {
	return Problems{field: "Choose the Owner or a Seller of your account: this person can't look after clients, or no longer."}.Err()
}

// EntrustClient makes a member of the account who may sell responsible for a
// client, and for its running trials that whoever was responsible looked after.
func (s *Store) EntrustClient(ctx context.Context, actor Actor, id, userID string) (Client, error) {
	var c Client
	if err := actor.require(ManageClients); err != nil {
		return c, err
	}
	if userID == "" {
		return c, notResponsible("responsible")
	}
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		now, err := tx.livingClient(ctx, actor.AccountID, id)
		if err != nil {
			return err
		}
		c, err = tx.entrust(ctx, actor, now, userID)
		return err
	})
	return c, err
}

// entrust is EntrustClient for a caller who has locked the account and checked
// the permission. It changes nothing for who is responsible already.
func (tx *tx) entrust(ctx context.Context, actor Actor, c Client, userID string) (Client, error) {
	if c.ResponsibleID == userID {
		return c, nil
	}
	to, ok, err := tx.colleague(ctx, c.AccountID, userID)
	if err != nil {
		return c, err
	}
	if !ok {
		return c, notResponsible("responsible")
	}
	from, err := tx.userName(ctx, c.ResponsibleID)
	if err != nil {
		return c, err
	}
	before, version := c.ResponsibleID, c.Version
	c.ResponsibleID, c.Version = to.ID, c.Version+1
	if err := changed(rowsOf[Client](tx.DB).Where("account_id = ? AND id = ? AND version = ?", c.AccountID, c.ID, version).
		Select("responsible_id", "version").Updates(ctx, c)); err != nil {
		return c, err
	}
	if _, err := rowsOf[Trial](tx.DB).Where("account_id = ? AND client_id = ? AND responsible_id = ? AND revoked_at IS NULL AND converted_at IS NULL AND ends_at > ?", c.AccountID, c.ID, before, tx.now).
		Update(ctx, "responsible_id", to.ID); err != nil {
		return c, err
	}
	return c, tx.record(ctx, actor, "client.entrusted", c.subject(), map[string]any{"responsible": from}, map[string]any{"responsible": to.Name})
}

// NameOf returns the name of one of all by id, or nothing.
func NameOf(all []Colleague, id string) string {
	i := slices.IndexFunc(all, func(c Colleague) bool { return c.ID == id })
	if i < 0 {
		return ""
	}
	return all[i].Name
}

package models

import (
	"context"
	"time"
)

// LicenseRow is a licence in the list of the vendor's staff.
type LicenseRow struct {
	LicenseLine `gorm:"embedded"`
	AccountID   string
	AccountName string
	Machines    int
}

// StaffLicenseFilter narrows the list of all accounts' licences.
type StaffLicenseFilter struct {
	Query   string // in client and account; or a whole licence key
	State   LicenseStatus
	Product string // its code
	Account string // its id
	Kid     string // of the key that signed it
}

// AllLicenses returns the licences of all accounts, the newest first.
func (s *Store) AllLicenses(ctx context.Context, actor Actor, f StaffLicenseFilter, p Paging) (Page[LicenseRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[LicenseRow]{}, err
	}
	return list(ctx, s.reader, f.listing(s.Now()), p, licenseRowKey)
}

// EachLicenseOfAll runs fn for every licence of the filtered list.
func (s *Store) EachLicenseOfAll(ctx context.Context, actor Actor, f StaffLicenseFilter, fn func(LicenseRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(s.Now()), licenseRowKey, fn)
}

func licenseRowKey(l LicenseRow) (any, string) { return l.CreatedAt, l.ID }

func (f StaffLicenseFilter) listing(now time.Time) listing {
	l := listing{
		selects: `SELECT l.id, l.client_id, c.company, p.name AS product, ` + licenseSeats + `, l.starts_at, l.ends_at, l.revoked_at, l.suspended_at, l.unpaid_since, l.created_at,
			l.account_id, ac.name AS account_name, (SELECT COUNT(*) FROM activations m WHERE m.license_id = l.id AND m.deactivated_at IS NULL) AS machines
			FROM licenses l LEFT JOIN clients c ON c.id = l.client_id LEFT JOIN products p ON p.id = l.product_id LEFT JOIN accounts ac ON ac.id = l.account_id`,
		args:  []any{now, now, now},
		order: order{column: "l.created_at", id: "l.id", desc: true, isTime: true},
	}
	if f.Query != "" {
		l.and(`(c.search LIKE ? ESCAPE '\' OR ac.search LIKE ? ESCAPE '\' OR l.key = ?)`, like(f.Query), like(f.Query), f.Query)
	}
	if f.State != "" {
		state, known := licenseStates[f.State]
		if !known {
			state.condition = "1 = 0"
		}
		l.and(state.condition, []any{now, now}[:state.times]...)
	}
	if f.Product != "" {
		l.and("p.code = ?", f.Product)
	}
	if f.Account != "" {
		l.and("l.account_id = ?", f.Account)
	}
	if f.Kid != "" {
		l.and("l.kid = ?", f.Kid)
	}
	return l
}

// StaffLicenseView is a licence with everything that its page for staff shows.
type StaffLicenseView struct {
	LicenseView
	Account Account
	KeyGone bool // the key that signed its key was withdrawn
}

// StaffLicense returns one licence of any account.
func (s *Store) StaffLicense(ctx context.Context, actor Actor, id string) (StaffLicenseView, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return StaffLicenseView{}, err
	}
	l, err := rowsOf[License](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return StaffLicenseView{}, orNotFound(err, "Licence")
	}
	v := StaffLicenseView{}
	if v.LicenseView, err = s.licenseView(ctx, l.AccountID, id); err != nil {
		return v, err
	}
	if v.Account, err = rowsOf[Account](s.reader).Where("id = ?", l.AccountID).Take(ctx); err != nil {
		return v, err
	}
	key, err := rowsOf[SigningKey](s.reader).Where("kid = ?", l.Kid).Take(ctx)
	v.KeyGone = key.WithdrawnAt != nil
	return v, err
}

// changeLicense runs change on any account's licence, locked, and records the action that it returns.
func (s *Store) changeLicense(ctx context.Context, actor Actor, id, reason string, change func(*tx, trialOf) (action string, err error)) error {
	if err := actor.require(ManageLicenses); err != nil {
		return err
	}
	reason = clean(reason)
	p := Problems{}
	p.fill("reason", reason, "Enter a reason: the account reads it in the licence's history.", maxName)
	if err := p.Err(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		l, err := rowsOf[License](tx.DB).Where("id = ?", id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Licence")
		}
		if _, err := tx.lockAccount(ctx, l.AccountID); err != nil {
			return err
		}
		o, err := s.license(ctx, tx.DB, l.AccountID, id)
		if err != nil {
			return err
		}
		action, err := change(tx, o)
		if err != nil {
			return err
		}
		return tx.record(ctx, actor, action, licenseSubject(o.license, o.product, o.client), nil, map[string]any{"reason": reason})
	})
}

// RevokeLicense ends a licence for good, and the trial that it comes from.
func (s *Store) RevokeLicense(ctx context.Context, actor Actor, id, reason string) error {
	return s.changeLicense(ctx, actor, id, reason, func(tx *tx, o trialOf) (string, error) {
		if o.license.RevokedAt != nil {
			return "", refusal("revoked", "This licence was revoked already.")
		}
		if err := changed(rowsOf[License](tx.DB).Where("id = ? AND revoked_at IS NULL", id).Select("revoked_at", "revoked_by").
			Updates(ctx, License{RevokedAt: &tx.now, RevokedBy: actor.UserID})); err != nil {
			return "", err
		}
		trials, err := rowsOf[Trial](tx.DB).Where("license_id = ? AND revoked_at IS NULL AND converted_at IS NULL", id).Find(ctx)
		if err != nil {
			return "", err
		}
		for _, t := range trials {
			o.trial = t
			if err := changed(rowsOf[Trial](tx.DB).Where("id = ? AND revoked_at IS NULL", t.ID).Select("revoked_at", "revoked_by", "revoke_reason").
				Updates(ctx, Trial{RevokedAt: &tx.now, RevokedBy: actor.UserID, RevokeReason: clean(reason)})); err != nil {
				return "", err
			}
			if err := tx.record(ctx, actor, "trial.revoked", o.subject(), nil, map[string]any{"reason": clean(reason)}); err != nil {
				return "", err
			}
		}
		return "license.revoked", nil
	})
}

// SuspendLicense makes products refuse a licence until it is resumed.
func (s *Store) SuspendLicense(ctx context.Context, actor Actor, id, reason string) error {
	return s.changeLicense(ctx, actor, id, reason, func(tx *tx, o trialOf) (string, error) {
		switch {
		case o.license.RevokedAt != nil:
			return "", refusal("revoked", "This licence was revoked. There is nothing to suspend.")
		case o.license.SuspendedAt != nil:
			return "", refusal("suspended", "This licence is suspended already.")
		}
		return "license.suspended", changed(rowsOf[License](tx.DB).Where("id = ? AND suspended_at IS NULL", id).Select("suspended_at", "suspended_by").
			Updates(ctx, License{SuspendedAt: &tx.now, SuspendedBy: actor.UserID}))
	})
}

// ResumeLicense ends a suspension by staff.
func (s *Store) ResumeLicense(ctx context.Context, actor Actor, id, reason string) error {
	return s.changeLicense(ctx, actor, id, reason, func(tx *tx, o trialOf) (string, error) {
		if o.license.SuspendedAt == nil {
			return "", refusal("not_suspended", "Staff have not suspended this licence. One that is not paid goes on once it is.")
		}
		return "license.resumed", changed(rowsOf[License](tx.DB).Where("id = ? AND suspended_at IS NOT NULL", id).Select("suspended_at", "suspended_by", "unpaid_invoice_id").Updates(ctx, License{}))
	})
}

// EndMachine deactivates a machine of any account's licence. It does not count
// against the month's limit.
func (s *Store) EndMachine(ctx context.Context, actor Actor, licenseID, activationID string) error {
	if err := actor.require(ManageLicenses); err != nil {
		return err
	}
	return s.endMachine(ctx, actor, licenseID, activationID, "")
}

// DeactivateMachine deactivates a machine of a licence of the actor's account,
// within the month's limit.
func (s *Store) DeactivateMachine(ctx context.Context, actor Actor, licenseID, activationID string) error {
	if err := actor.require(IssueTrials); err != nil {
		return err
	}
	return s.endMachine(ctx, actor, licenseID, activationID, actor.AccountID)
}

func (s *Store) endMachine(ctx context.Context, actor Actor, licenseID, activationID, accountID string) error {
	return s.write(ctx, func(tx *tx) error {
		if err := tx.lockLicense(ctx, licenseID); err != nil {
			return err
		}
		q := rowsOf[Activation](tx.DB).Where("id = ? AND license_id = ?", activationID, licenseID)
		if accountID != "" {
			q = q.Where("account_id = ?", accountID)
		}
		a, err := q.Take(ctx)
		if err != nil {
			return orNotFound(err, "Machine")
		}
		if a.DeactivatedAt != nil {
			return refusal("deactivated", "This machine was deactivated already.")
		}
		o, err := s.license(ctx, tx.DB, a.AccountID, licenseID)
		if err != nil {
			return err
		}
		return tx.deactivateMachine(ctx, actor, a, o.license.Seats)
	})
}

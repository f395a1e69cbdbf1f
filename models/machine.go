package models

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm/clause"

	"reselling/models/licensekey"
)

// Activation is a machine on which a licence is in use: it takes one seat from
// when the product activates it until it is deactivated.
type Activation struct {
	ID            string
	AccountID     string
	LicenseID     string
	Fingerprint   string // given by the product
	Name          string // these three too, if it likes
	Platform      string
	Version       string
	Place         int // among the live ones when it was made; an upper bound since
	ActivatedAt   time.Time
	LastSeenAt    time.Time
	FileEndsAt    *time.Time // until when the last licence file for it holds
	DeactivatedAt *time.Time
	DeactivatedBy string // a user; empty for the product itself
	Counts        bool   // against the month's limit
}

// Label is what people know the machine by.
func (a Activation) Label() string {
	if a.Name != "" {
		return a.Name
	}
	if len(a.Fingerprint) > 16 {
		return a.Fingerprint[:12] + "…"
	}
	return a.Fingerprint
}

// MachineEntry is what a product tells about its machine. All of it is optional.
type MachineEntry struct {
	Name     string
	Platform string
	Version  string
}

const maxMachineText = 100

func (e *MachineEntry) clean(p Problems) {
	e.Name, e.Platform, e.Version = clean(e.Name), clean(e.Platform), clean(e.Version)
	p.fit("name", e.Name, maxMachineText)
	p.fit("platform", e.Platform, maxMachineText)
	p.fit("version", e.Version, maxMachineText)
}

// heartbeatEvery is how often a heartbeat is written down at most.
const heartbeatEvery = time.Minute

// ActivateMachine gives the machine of q a seat, if the licence holds and has one
// left. The same machine takes no second one. Its answer is that of a validation.
func (s *Store) ActivateMachine(ctx context.Context, actor Actor, q KeyQuestion, e MachineEntry) (KeyAnswer, error) {
	p := q.problems()
	e.clean(p)
	if err := p.Err(); err != nil {
		return KeyAnswer{}, err
	}
	k, now, err := s.writeKey(ctx, q, func(tx *tx) (keyState, error) { return tx.activateMachine(ctx, actor, q, e) })
	if err != nil {
		return KeyAnswer{}, err
	}
	return s.answer(ctx, actActivate, k, now)
}

// writeKey runs change in a transaction, and returns the state that it leaves and
// its instant. A key that is none locks nothing and changes nothing.
func (s *Store) writeKey(ctx context.Context, q KeyQuestion, change func(*tx) (keyState, error)) (k keyState, now time.Time, err error) {
	now = s.Now()
	if k, err = s.keyState(ctx, pool(s.reader), q, now); err != nil || k.code == CodeNotFound {
		return k, now, err
	}
	err = s.write(ctx, func(tx *tx) error {
		now = tx.now
		var err error
		k, err = change(tx)
		return err
	})
	return k, now, err
}

func (tx *tx) activateMachine(ctx context.Context, actor Actor, q KeyQuestion, e MachineEntry) (keyState, error) {
	k, err := tx.lockedKeyState(ctx, q)
	if err != nil || k.code != CodeFingerprintUnknown && k.code != CodeValid {
		return k, err
	}
	if k.code == CodeValid {
		return k, tx.describeMachine(ctx, k, e)
	}
	n, err := tx.store.countMachines(ctx, tx.querier(), "license_id = ? AND deactivated_at IS NULL", k.licenseID)
	if err != nil {
		return k, err
	}
	a := Activation{
		ID: newID(), AccountID: k.accountID, LicenseID: k.licenseID, Fingerprint: q.Fingerprint, Name: e.Name, Platform: e.Platform, Version: e.Version,
		Place: n + 1, ActivatedAt: tx.now, LastSeenAt: tx.now, Counts: true,
	}
	if err := rowsOf[Activation](tx.DB).Create(ctx, &a); err != nil {
		return k, err
	}
	k.code, k.activation, k.place = CodeValid, sql.NullString{String: a.ID, Valid: true}, sql.NullInt64{Int64: int64(a.Place), Valid: true}
	return k, tx.recordMachine(ctx, actor, "license.machine_activated", a)
}

// lockedKeyState locks the licence of q's key, then looks at it: whoever counts
// its machines next waits until this transaction ends.
func (tx *tx) lockedKeyState(ctx context.Context, q KeyQuestion) (keyState, error) {
	if named, ok := licensekey.Peek(q.Key); ok {
		if err := tx.lockLicense(ctx, named.License); err != nil {
			return keyState{}, err
		}
	}
	return tx.store.keyState(ctx, tx.querier(), q, tx.now)
}

// lockLicense makes other transactions that count the licence's machines wait
// until this one ends. SQLite's writers wait anyway.
func (tx *tx) lockLicense(ctx context.Context, id string) error {
	_, err := rowsOf[License](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Select("id").Find(ctx)
	return err
}

// querier is the transaction as database/sql has it.
func (tx *tx) querier() querier { return tx.DB.Statement.ConnPool }

// describeMachine notes what a machine that is activated again tells about itself.
func (tx *tx) describeMachine(ctx context.Context, k keyState, e MachineEntry) error {
	known, err := rowsOf[Activation](tx.DB).Where("id = ?", k.activation.String).Take(ctx)
	if err != nil {
		return err
	}
	after := known
	for _, field := range []struct{ typed, into *string }{{&e.Name, &after.Name}, {&e.Platform, &after.Platform}, {&e.Version, &after.Version}} {
		if *field.typed != "" {
			*field.into = *field.typed
		}
	}
	if tx.now.Sub(after.LastSeenAt) >= heartbeatEvery {
		after.LastSeenAt = tx.now
	}
	if after == known {
		return nil
	}
	return changed(rowsOf[Activation](tx.DB).Where("id = ?", known.ID).Select("name", "platform", "version", "last_seen_at").Updates(ctx, after))
}

// SeeMachine answers as ValidateKey and notes when the machine was last seen, at
// most once a minute.
func (s *Store) SeeMachine(ctx context.Context, _ Actor, q KeyQuestion) (KeyAnswer, error) {
	if err := q.problems().Err(); err != nil {
		return KeyAnswer{}, err
	}
	now := s.Now()
	k, err := s.keyState(ctx, pool(s.reader), q, now)
	if err != nil {
		return KeyAnswer{}, err
	}
	if k.activation.Valid && k.code != CodeProductMismatch {
		due, err := rowsOf[Activation](s.reader).Where("id = ? AND deactivated_at IS NULL AND last_seen_at <= ?", k.activation.String, now.Add(-heartbeatEvery)).Count(ctx, "id")
		if err != nil {
			return KeyAnswer{}, err
		}
		if due > 0 {
			err := s.write(ctx, func(tx *tx) error {
				_, err := rowsOf[Activation](tx.DB).Where("id = ? AND deactivated_at IS NULL AND last_seen_at <= ?", k.activation.String, tx.now.Add(-heartbeatEvery)).Update(ctx, "last_seen_at", tx.now)
				return err
			})
			if err != nil {
				return KeyAnswer{}, err
			}
		}
	}
	return s.answer(ctx, actHeartbeat, k, now)
}

// ReleaseMachine deactivates the machine of q, whatever the licence's state. A
// machine that has no seat is released already. Conflict when the month's
// deactivations are used up. Its answer is that of a validation after it.
func (s *Store) ReleaseMachine(ctx context.Context, actor Actor, q KeyQuestion) (KeyAnswer, error) {
	if err := q.problems().Err(); err != nil {
		return KeyAnswer{}, err
	}
	k, now, err := s.writeKey(ctx, q, func(tx *tx) (keyState, error) {
		k, err := tx.lockedKeyState(ctx, q)
		if err != nil || k.code == CodeProductMismatch || !k.activation.Valid {
			return k, err
		}
		a, err := rowsOf[Activation](tx.DB).Where("id = ?", k.activation.String).Take(ctx)
		if err != nil {
			return k, err
		}
		if err := tx.deactivateMachine(ctx, actor, a, k.seats); err != nil {
			return k, err
		}
		return tx.store.keyState(ctx, tx.querier(), q, tx.now)
	})
	if err != nil {
		return KeyAnswer{}, err
	}
	return s.answer(ctx, actDeactivate, k, now)
}

// deactivateMachine frees a live machine's seat; the licence is locked. Staff are
// not held to the month's limit.
func (tx *tx) deactivateMachine(ctx context.Context, actor Actor, a Activation, seats int) error {
	a.DeactivatedAt, a.DeactivatedBy, a.Counts = &tx.now, actor.UserID, !actor.IsStaff()
	if a.Counts {
		swaps, err := swapsOf(ctx, tx.DB, a.LicenseID, seats, tx.now)
		if err != nil {
			return err
		}
		if swaps.Left() == 0 {
			return refusal("deactivation_limit", "All %d deactivations of this month are used. New ones from %s. Until then the vendor's Customer Success can help.", swaps.Limit, swaps.ResetAt.Format("2 January 2006, 15:04 (MST)"))
		}
	}
	err := changed(rowsOf[Activation](tx.DB).Where("id = ? AND deactivated_at IS NULL", a.ID).Select("deactivated_at", "deactivated_by", "counts").Updates(ctx, a))
	if err != nil {
		return err
	}
	return tx.recordMachine(ctx, actor, "license.machine_deactivated", a)
}

// recordMachine writes what happened to a machine into its licence's history.
func (tx *tx) recordMachine(ctx context.Context, actor Actor, action string, a Activation) error {
	o, err := tx.store.license(ctx, tx.DB, a.AccountID, a.LicenseID)
	if err != nil {
		return err
	}
	if !actor.SignedIn() && actor.Name == "" { // it acts for its user, who is at the client's
		actor.Name = o.product.Name + " at " + o.client.Company
	}
	facts := map[string]any{"machine": a.Label(), "fingerprint": a.Fingerprint}
	if a.Platform != "" {
		facts["platform"] = a.Platform
	}
	return tx.record(ctx, actor, action, licenseSubject(o.license, o.product, o.client), nil, facts)
}

package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Bounds of how long a new key is published before it signs. Whoever reads the
// published keys may keep them for five minutes.
const (
	LeastKeyOverlap = 10 * time.Minute
	MostKeyOverlap  = 90 * oneDay
)

// SigningKeyRow is a key with what became of it.
type SigningKeyRow struct {
	SigningKey
	Licenses  int  // whose keys it signed
	IsCurrent bool // it signs now
	IsOurs    bool // this program's secret derives it
}

// What a key does, in words.
const (
	KeyWithdrawn = "withdrawn"
	KeySigns     = "signs"
	KeyWaits     = "published, signs later"
	KeyVerifies  = "published, has signed"
)

// State is what the key does at now: one of the words above.
func (k SigningKeyRow) State(now time.Time) string {
	switch {
	case k.WithdrawnAt != nil:
		return KeyWithdrawn
	case k.IsCurrent:
		return KeySigns
	case k.SignsFrom != nil && k.SignsFrom.After(now):
		return KeyWaits
	}
	return KeyVerifies
}

// SigningKeys returns all keys, the first first.
func (s *Store) SigningKeys(ctx context.Context, actor Actor) ([]SigningKeyRow, error) {
	if err := actor.requireKeys(); err != nil {
		return nil, err
	}
	rows, err := rowsOf[SigningKey](s.reader).Order("created_at, generation, kid").Find(ctx)
	if err != nil {
		return nil, err
	}
	current, err := s.signingKey(ctx, s.reader, s.Now())
	if err != nil {
		return nil, err
	}
	var all []SigningKeyRow
	for _, row := range rows {
		n, err := rowsOf[License](s.reader).Where("kid = ?", row.Kid).Count(ctx, "id")
		if err != nil {
			return nil, err
		}
		all = append(all, SigningKeyRow{
			SigningKey: row, Licenses: int(n), IsCurrent: current != nil && current.Kid == row.Kid, IsOurs: s.keys.signer(row.Generation).Kid == row.Kid,
		})
	}
	return all, nil
}

// requireKeys refuses everybody but administrators and the command line, whose
// user holds the secret anyway.
func (a Actor) requireKeys() error {
	if a.kind() == "system" {
		return nil
	}
	return a.require(ManageVendor)
}

func (k SigningKey) subject() subject {
	return subject{kind: "signing_key", id: k.Kid, name: fmt.Sprintf("%s (generation %d)", k.Kid, k.Generation)}
}

// RotateKey publishes the next key now and lets it sign after overlap, so that
// everybody knows it before they meet it. What was signed before stays valid.
func (s *Store) RotateKey(ctx context.Context, actor Actor, overlap time.Duration) (SigningKey, error) {
	if err := actor.requireKeys(); err != nil {
		return SigningKey{}, err
	}
	if overlap < LeastKeyOverlap || overlap > MostKeyOverlap {
		return SigningKey{}, Errorf(Invalid, "A new key is published from 10 minutes to 90 days before it signs, not %s.", overlap)
	}
	var key SigningKey
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockKeys(ctx); err != nil {
			return err
		}
		if _, err := tx.signer(ctx); err != nil { // what signs until then
			return err
		}
		n, err := rowsOf[SigningKey](tx.DB).Where("withdrawn_at IS NULL AND signs_from > ?", tx.now).Count(ctx, "kid")
		if err != nil {
			return err
		}
		if n > 0 {
			return refusal("rotating", "A new key is published already and does not sign yet. `reselling keys list` says from when on it does.")
		}
		if key, _, err = tx.publishKey(ctx, tx.now.Add(overlap).UTC()); err != nil {
			return err
		}
		return tx.record(ctx, actor, "signing_key.published", key.subject(), nil, map[string]any{"signs_at": key.SignsFrom})
	})
	return key, err
}

// lockKeys makes other changes of keys wait until this one ends.
func (tx *tx) lockKeys(ctx context.Context) error {
	lock := clause.OnConflict{Columns: []clause.Column{{Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"at"})}
	return rowsOf[attemptLock](tx.DB, lock).Create(ctx, &attemptLock{Key: "signing keys", At: tx.now})
}

// WithdrawKey takes a compromised key back: nothing that it signed is accepted any
// more, and it signs nothing. If it was the one that signs, the next one begins at
// once. Licence keys that it signed are dead until ReissueKeys replaces them.
func (s *Store) WithdrawKey(ctx context.Context, actor Actor, kid, reason string) (SigningKeyRow, error) {
	if err := actor.requireKeys(); err != nil {
		return SigningKeyRow{}, err
	}
	reason = clean(reason)
	p := Problems{}
	p.fill("reason", reason, "Say why the key is withdrawn.", maxName)
	if err := p.Err(); err != nil {
		return SigningKeyRow{}, err
	}
	row := SigningKeyRow{}
	err := s.write(ctx, func(tx *tx) error {
		if err := tx.lockKeys(ctx); err != nil {
			return err
		}
		var err error
		if row.SigningKey, err = rowsOf[SigningKey](tx.DB).Where("kid = ?", kid).Take(ctx); err != nil {
			return orNotFound(err, "Signing key")
		}
		if row.WithdrawnAt != nil {
			return refusal("withdrawn", "This key was withdrawn already.")
		}
		row.WithdrawnAt, row.WithdrawnReason = &tx.now, reason
		if err := changed(rowsOf[SigningKey](tx.DB).Where("kid = ? AND withdrawn_at IS NULL", kid).Select("withdrawn_at", "withdrawn_reason").Updates(ctx, row.SigningKey)); err != nil {
			return err
		}
		n, err := rowsOf[License](tx.DB).Where("kid = ? AND revoked_at IS NULL", kid).Count(ctx, "id")
		if err != nil {
			return err
		}
		row.Licenses = int(n)
		if err := tx.record(ctx, actor, "signing_key.withdrawn", row.subject(), nil, map[string]any{"reason": reason, "licenses": n}); err != nil {
			return err
		}
		_, err = tx.signer(ctx) // there is always one
		return err
	})
	return row, err
}

// reissuedAtOnce is how many licences get new keys in one transaction.
const reissuedAtOnce = 100

// ReissueKeys gives the licences whose signing key was withdrawn a new key each,
// and mails it to who needs it. It returns how many got one; broken off, it goes
// on where it was.
func (s *Store) ReissueKeys(ctx context.Context, actor Actor, kid string) (n int, err error) {
	if err := actor.requireKeys(); err != nil {
		return 0, err
	}
	key, err := rowsOf[SigningKey](s.reader).Where("kid = ?", kid).Take(ctx)
	if err != nil {
		return 0, orNotFound(err, "Signing key")
	}
	if key.WithdrawnAt == nil {
		return 0, refusal("published", "This key is not withdrawn: the licence keys that it signed stay valid.")
	}
	for {
		done := 0
		err := s.write(ctx, func(tx *tx) error {
			all, err := rowsOf[License](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("kid = ? AND revoked_at IS NULL", kid).Order("id").Limit(reissuedAtOnce).Find(ctx)
			if err != nil {
				return err
			}
			for _, l := range all {
				if err := tx.reissue(ctx, actor, l); err != nil {
					return err
				}
			}
			done = len(all)
			return nil
		})
		n += done
		if err != nil || done == 0 {
			return n, err
		}
	}
}

func (tx *tx) reissue(ctx context.Context, actor Actor, l License) error {
	o, err := tx.store.license(ctx, tx.DB, l.AccountID, l.ID)
	if err != nil {
		return err
	}
	signer, err := tx.signer(ctx)
	if err != nil {
		return err
	}
	before := l.Kid
	l.Kid = signer.Kid
	if l.Key, err = signer.Sign(l.ID, o.product.Code); err != nil {
		return err
	}
	if err := changed(rowsOf[License](tx.DB).Where("id = ? AND kid = ?", l.ID, before).Select("kid", "key").Updates(ctx, l)); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "license.key_replaced", licenseSubject(l, o.product, o.client), nil, nil); err != nil {
		return err
	}
	if s := l.Status(tx.now); s == LicenseExpired || o.client.IsArchived() {
		return nil // nobody uses it now; it has a good key if it is renewed
	}
	if l.PageRevokedAt == nil {
		return tx.enqueue(ctx, KeyReplacedMail{LicenseID: l.ID, Kid: l.Kid})
	}
	return tx.enqueue(ctx, KeyReplacedMail{LicenseID: l.ID, Kid: l.Kid, UserID: o.client.ResponsibleID})
}

// deadKeys counts the licences whose signing key was withdrawn and that could
// still be used, and the withdrawn keys that they have.
func deadKeys(ctx context.Context, db *gorm.DB) (licenses int, kids []string, err error) {
	var found []struct {
		Kid string
		N   int
	}
	err = db.WithContext(ctx).Raw(`SELECT k.kid, COUNT(*) AS n FROM signing_keys k JOIN licenses l ON l.kid = k.kid
		WHERE k.withdrawn_at IS NOT NULL AND l.revoked_at IS NULL GROUP BY k.kid ORDER BY k.kid`).Scan(&found).Error
	for _, f := range found {
		licenses += f.N
		kids = append(kids, f.Kid)
	}
	return licenses, kids, err
}

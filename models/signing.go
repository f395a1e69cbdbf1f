package models

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

	"reselling/models/licensekey"
)

// SigningKey is the public half of a key that signs licence keys, licence files
// and answers. The private half is derived from the installation's secret and
// the generation; it is stored nowhere. A public key stays published until it is
// withdrawn, which only a compromised one is.
type SigningKey struct {
	Kid             string
	PublicKey       string // base64url
	Generation      int
	CreatedAt       time.Time  // published since
	SignsFrom       *time.Time // then it takes over from the one before; nil: never
	WithdrawnAt     *time.Time
	WithdrawnReason string
}

// public returns the key itself.
func (k SigningKey) public() (ed25519.PublicKey, error) {
	b, err := base64.RawURLEncoding.DecodeString(k.PublicKey)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("signing key %s is damaged", k.Kid)
	}
	return b, nil
}

// signingKid is the kid of the key that signs at an instant, which it takes once.
const signingKid = `SELECT s.kid FROM signing_keys s WHERE s.withdrawn_at IS NULL AND s.signs_from <= ? ORDER BY s.signs_from DESC, s.generation DESC LIMIT 1`

// keys are what this process knows of keys. All of it stays true: which key signs
// and which is withdrawn is asked of the database each time.
type keys struct {
	secret  []byte
	mu      sync.Mutex
	derived []*licensekey.Signer // by generation, the first at 0
}

// signer returns the Signer of a generation.
func (k *keys) signer(generation int) *licensekey.Signer {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.derived) < generation {
		k.derived = append(k.derived, licensekey.NewSigner(licensekey.DeriveKey(k.secret, len(k.derived)+1)))
	}
	return k.derived[generation-1]
}

// known returns the Signer of a kid, if it was derived before.
func (k *keys) known(kid string) *licensekey.Signer {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.derived {
		if s.Kid == kid {
			return s
		}
	}
	return nil
}

// signingKey returns what signs at now, or nil where nothing does: the youngest
// published key whose time has come and that this program's secret derives.
func (s *Store) signingKey(ctx context.Context, db *gorm.DB, now time.Time) (*licensekey.Signer, error) {
	rows, err := rowsOf[SigningKey](db).Where("withdrawn_at IS NULL AND signs_from <= ?", now).Order("signs_from DESC, generation DESC").Find(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if signer := s.keys.signer(row.Generation); signer.Kid == row.Kid {
			return signer, nil
		}
	}
	return nil, nil
}

// signer returns what signs now. Where nothing does, because the installation is
// new, has another secret, or a key was withdrawn, a new key begins at once.
func (tx *tx) signer(ctx context.Context) (*licensekey.Signer, error) {
	signer, err := tx.store.signingKey(ctx, tx.DB, tx.now)
	if err != nil || signer != nil {
		return signer, err
	}
	_, signer, err = tx.publishKey(ctx, tx.now)
	return signer, err
}

// signer is tx.signer outside of a transaction.
func (s *Store) signer(ctx context.Context) (*licensekey.Signer, error) {
	signer, err := s.signingKey(ctx, s.reader, s.Now())
	if err != nil || signer != nil {
		return signer, err
	}
	err = s.write(ctx, func(tx *tx) error {
		signer, err = tx.signer(ctx)
		return err
	})
	return signer, err
}

// publishKey adds the next generation of this secret, which signs from an instant on.
func (tx *tx) publishKey(ctx context.Context, from time.Time) (SigningKey, *licensekey.Signer, error) {
	rows, err := rowsOf[SigningKey](tx.DB).Find(ctx)
	if err != nil {
		return SigningKey{}, nil, err
	}
	used := map[string]bool{}
	for _, row := range rows {
		used[row.Kid] = true
	}
	generation := 1
	for used[tx.store.keys.signer(generation).Kid] {
		generation++
	}
	signer := tx.store.keys.signer(generation)
	key := SigningKey{
		Kid: signer.Kid, PublicKey: base64.RawURLEncoding.EncodeToString(signer.Public()), Generation: generation,
		CreatedAt: tx.now, SignsFrom: &from,
	}
	if from.Before(tx.now) { // the demo's past
		key.CreatedAt = from
	}
	_, err = rowsOf[SigningKey](tx.DB).CreateOnce(ctx, &key)
	return key, signer, err
}

// PublicKeys returns the keys with which anybody can verify what the vendor signed.
func (s *Store) PublicKeys(ctx context.Context, _ Actor) (licensekey.Keyring, error) {
	rows, err := rowsOf[SigningKey](s.reader).Order("created_at, kid").Find(ctx)
	if err != nil {
		return nil, err
	}
	var all []ed25519.PublicKey
	ours := false
	for _, row := range rows {
		ours = ours || s.keys.signer(row.Generation).Kid == row.Kid
		if row.WithdrawnAt != nil {
			continue
		}
		key, err := row.public()
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	if !ours { // the key that signs first is published before it does
		all = append(all, s.keys.signer(1).Public())
	}
	return licensekey.NewKeyring(all...), nil
}

// signerOf returns the Signer of the kid that the database named, or whatever
// signs where this program can't sign with that one.
func (s *Store) signerOf(ctx context.Context, kid sql.NullString) (*licensekey.Signer, error) {
	if signer := s.keys.known(kid.String); signer != nil {
		return signer, nil
	}
	return s.signer(ctx)
}

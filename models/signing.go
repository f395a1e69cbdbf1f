package models

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"reselling/models/licensekey"
)

// signingKey is a public key that licence keys were signed with. It stays
// published until it is withdrawn, which only a compromised one is.
type signingKey struct {
	Kid         string
	PublicKey   string // base64url
	CreatedAt   time.Time
	WithdrawnAt *time.Time
}

// kid names the key that signs now.
func (s *Store) kid() string { return licensekey.Thumbprint(s.signer.Public()) }

// publishSigningKey makes sure that the key which signs now is published.
func (tx *tx) publishSigningKey(ctx context.Context) error {
	key := signingKey{Kid: tx.store.kid(), PublicKey: base64.RawURLEncoding.EncodeToString(tx.store.signer.Public()), CreatedAt: tx.now}
	_, err := rowsOf[signingKey](tx.DB).CreateOnce(ctx, &key)
	return err
}

// PublicKeys returns the keys with which anybody can verify licence keys.
func (s *Store) PublicKeys(ctx context.Context, _ Actor) (licensekey.Keyring, error) {
	rows, err := rowsOf[signingKey](s.reader).Order("created_at, kid").Find(ctx)
	if err != nil {
		return nil, err
	}
	var keys []ed25519.PublicKey
	// The key that signs next is published before its first licence.
	if !slices.ContainsFunc(rows, func(row signingKey) bool { return row.Kid == s.kid() }) {
		keys = append(keys, s.signer.Public())
	}
	for _, row := range rows {
		if row.WithdrawnAt != nil {
			continue
		}
		b, err := base64.RawURLEncoding.DecodeString(row.PublicKey)
		if err != nil || len(b) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("signing key %s is damaged", row.Kid)
		}
		keys = append(keys, b)
	}
	return licensekey.NewKeyring(keys...), nil
}

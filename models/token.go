package models

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// The kinds of links that carry a token.
const (
	invitationToken  = "invitation"
	resetToken       = "password-reset"
	emailChangeToken = "email-change"
	licensePageToken = "license-page"

	clientInvoiceToken = "client-invoice"
)

// linkToken derives the token of a link: the same for the same kind, id and
// generation, so that a job can write the link again and nothing secret is stored.
func (s *Store) linkToken(kind, id string, generation int) string {
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(mac, "link\x00%s\x00%s\x00%d", kind, id, generation)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// invitationLink is the absolute address of the current link of an invitation.
func (s *Store) invitationLink(i Invitation) string {
	return s.URL("/invitations/" + s.linkToken(invitationToken, i.ID, i.Generation))
}

// tokenHash is what is stored of a token.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// newSecret returns 32 random bytes, base64url.
func newSecret() string {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		panic(err) // never returned since Go 1.24
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

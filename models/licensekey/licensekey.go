// Package licensekey signs and verifies licence keys, licence files and the
// server's answers about keys (signed.go).
//
// A licence key is a compact JWS, signed with Ed25519, whose header holds "alg"
// and "kid" and whose claims are "sub" (the licence) and "aud" (the product's
// code) and nothing else. It carries no validity and no seats, so that it stays
// the same when a trial is converted or an order renewed: validity comes from
// the server. The same licence always has the same key, byte for byte.
package licensekey

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// What Verify answers. No error says anything about the licence itself.
var (
	ErrMalformed  = errors.New("this is not a licence key")
	ErrUnknownKey = errors.New("the licence key was signed with a key that is not published")
	ErrSignature  = errors.New("the licence key's signature does not match")
	ErrProduct    = errors.New("the licence key is for another product")
	ErrMachine    = errors.New("the licence file is for another machine")
	ErrTime       = errors.New("the licence file does not hold at this time")
)

const (
	minSecret = 32   // bytes
	maxName   = 128  // bytes of a licence id or a product code
	maxToken  = 1024 // bytes; the longest key that Sign writes is shorter
)

// Signer signs licence keys with one private key.
type Signer struct {
	// Kid names the key: the RFC 7638 thumbprint of its public half.
	Kid     string
	key     ed25519.PrivateKey
	headers map[string]string // of what it signs beside keys, by type
}

// NewSigner returns a Signer with key.
func NewSigner(key ed25519.PrivateKey) *Signer {
	kid := Thumbprint(publicKey(key))
	return &Signer{kid, key, map[string]string{fileType: headerOf(kid, fileType), answerType: headerOf(kid, answerType)}}
}

// Public is the key that verifies what s signs.
func (s *Signer) Public() ed25519.PublicKey { return publicKey(s.key) }

// Sign returns the key of a licence of product. Both are 1 to 128 letters,
// digits, dots, hyphens or underscores.
func (s *Signer) Sign(licenseID, product string) (string, error) {
	if !isName(licenseID) {
		return "", fmt.Errorf("sign licence key: %q is no licence id", licenseID)
	}
	if !isName(product) {
		return "", fmt.Errorf("sign licence key: %q is no product code", product)
	}
	token, err := newToken(s.Kid, licenseID, product).SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign licence key: %w", err)
	}
	return token, nil
}

// Keyring holds the public keys that are accepted, by kid. A key stays in it
// for as long as licences signed with it are in use.
type Keyring map[string]ed25519.PublicKey

// NewKeyring returns a Keyring of keys.
func NewKeyring(keys ...ed25519.PublicKey) Keyring {
	ring := Keyring{}
	for _, key := range keys {
		ring[Thumbprint(key)] = key
	}
	return ring
}

// Verify returns the licence that token names, if a key of the ring signed it
// for product. Exactly what Sign writes is accepted: another algorithm, a
// header or claim more or less, or another encoding of the same is ErrMalformed.
func (ring Keyring) Verify(token, product string) (licenseID string, err error) {
	if len(token) > maxToken {
		return "", ErrMalformed
	}
	var c claims
	parsed, err := parser.ParseWithClaims(token, &c, ring.find)
	switch {
	case err == nil && c.Audience != product:
		return "", ErrProduct
	case err == nil:
		return c.Subject, nil
	case errors.Is(err, ErrUnknownKey):
		return "", ErrUnknownKey
	case errors.Is(err, jwt.ErrTokenSignatureInvalid) && parsed.Method == jwt.SigningMethodEdDSA:
		return "", ErrSignature
	}
	return "", ErrMalformed
}

// Named is what a licence key names.
type Named struct {
	License, Product string
}

// Peek returns what token claims to name. It verifies nothing: it is for whoever
// then compares the token with the one that was given out for that licence.
func Peek(token string) (named Named, ok bool) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return Named{}, false
	}
	var b [maxToken]byte
	n, err := base64.RawURLEncoding.Decode(b[:], []byte(parts[1]))
	if err != nil {
		return Named{}, false
	}
	rest, begins := strings.CutPrefix(string(b[:n]), `{"sub":"`)
	rest, ends := strings.CutSuffix(rest, `"}`)
	license, product, both := strings.Cut(rest, `","aud":"`)
	if !begins || !ends || !both || !isName(license) || !isName(product) {
		return Named{}, false
	}
	return Named{License: license, Product: product}, true
}

// find is where the parser asks for the key of t. By then the algorithm is
// known to be ours; that the token says nothing else is checked here.
func (ring Keyring) find(t *jwt.Token) (any, error) {
	c, _ := t.Claims.(*claims)
	kid, _ := t.Header["kid"].(string)
	if c == nil || kid == "" || !isName(c.Subject) || !isName(c.Audience) {
		return nil, ErrMalformed
	}
	canonical, err := newToken(kid, c.Subject, c.Audience).SigningString()
	if err != nil {
		return nil, err
	}
	// Go's base64 and JSON readers forgive line breaks, letter case, repeated and
	// unknown members. A key that is compared and stored must have one spelling.
	if t.Raw != canonical+"."+base64.RawURLEncoding.EncodeToString(t.Signature) {
		return nil, ErrMalformed
	}
	key, ok := ring[kid]
	if !ok {
		return nil, ErrUnknownKey
	}
	return key, nil
}

// JWKS is the ring as a JSON Web Key Set (RFC 7517, RFC 8037), ordered by kid.
func (ring Keyring) JWKS() []byte {
	type jwk struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Kid string `json:"kid"`
		Use string `json:"use"`
		Alg string `json:"alg"`
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, kid := range slices.Sorted(maps.Keys(ring)) {
		x := base64.RawURLEncoding.EncodeToString(ring[kid])
		set.Keys = append(set.Keys, jwk{Kty: "OKP", Crv: "Ed25519", X: x, Kid: kid, Use: "sig", Alg: algorithm})
	}
	b, err := json.Marshal(set)
	if err != nil {
		panic(err) // strings only
	}
	return b
}

// DeriveKey returns the signing key of a generation, counted from 1, of the
// installation's secret. The same secret and generation give the same key; one
// generation's key says nothing about another's. The secret has at least 32 bytes.
func DeriveKey(secret []byte, generation int) ed25519.PrivateKey {
	if len(secret) < minSecret || generation < 1 {
		panic(fmt.Sprintf("licensekey: a secret of %d bytes, generation %d", len(secret), generation))
	}
	seed, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprintf("reselling licence key %d", generation), ed25519.SeedSize)
	if err != nil {
		panic(err) // only for more than 255 blocks
	}
	return ed25519.NewKeyFromSeed(seed)
}

// Thumbprint is the RFC 7638 thumbprint of key's JWK.
func Thumbprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"Ed25519","kty":"OKP","x":"%s"}`, base64.RawURLEncoding.EncodeToString(key)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

const algorithm = "EdDSA"

// Claims are compared, never validated against a clock: they hold no time.
var parser = jwt.NewParser(jwt.WithValidMethods([]string{algorithm}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())

type claims struct {
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
}

func newToken(kid, licenseID, product string) *jwt.Token {
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, &claims{Subject: licenseID, Audience: product})
	t.Header = map[string]any{"alg": algorithm, "kid": kid}
	return t
}

func publicKey(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

func isName(s string) bool { return s != "" && len(s) <= maxName && consistsOf(s, "._-") }

// consistsOf reports whether all of s are letters and digits of ASCII, or in others.
func consistsOf(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(others, c) >= 0) {
			return false
		}
	}
	return true
}

// The parser asks claims for these; a licence key has none of them.

func (*claims) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }
func (*claims) GetIssuedAt() (*jwt.NumericDate, error)       { return nil, nil }
func (*claims) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }
func (*claims) GetIssuer() (string, error)                   { return "", nil }
func (c *claims) GetSubject() (string, error)                { return c.Subject, nil }
func (c *claims) GetAudience() (jwt.ClaimStrings, error)     { return jwt.ClaimStrings{c.Audience}, nil }

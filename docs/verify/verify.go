// Package verify checks what Reselling signs: licence keys, licence files and
// answers to products. It needs the public keys of /.well-known/jwks.json and the
// standard library; copy it. docs/licences.md says when to check what.
package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"
)

// Keys are the vendor's public keys by kid: "x" of the JSON Web Key, decoded.
type Keys map[string]ed25519.PublicKey

// Claims are what a key, a file or an answer says; instants are seconds since 1970.
type Claims struct {
	Sub, Aud, Fingerprint, Act, Code, Key, Nonce string // Sub is the licence, Aud the product
	Seats, Iat, Exp                              int64
	ValidFrom                                    int64 `json:"valid_from"`
	ValidUntil                                   int64 `json:"valid_until"`
}

var b64, file = base64.RawURLEncoding, regexp.MustCompile(`\A-----BEGIN LICENSE FILE-----\n([A-Za-z0-9_.-]+)\n-----END LICENSE FILE-----\n\z`)

// open compares the header with the only one that it may be, verifies, then reads.
func (k Keys) open(token, typ string) (c Claims, err error) {
	part := strings.Split(token, ".")
	for kid, key := range k {
		if len(part) != 3 || part[0] != b64.EncodeToString([]byte(`{"alg":"EdDSA","kid":"`+kid+`"`+typ+`}`)) {
			continue
		}
		signature, _ := b64.DecodeString(part[2])
		if b64.EncodeToString(signature) != part[2] || !ed25519.Verify(key, []byte(part[0]+"."+part[1]), signature) {
			return c, errors.New("the signature does not match")
		}
		payload, _ := b64.DecodeString(part[1])
		err = json.Unmarshal(payload, &c)
		return c, err
	}
	return c, errors.New("signed by no key of the vendor")
}

// Key checks that key is one of product, and returns which licence it names.
func (k Keys) Key(key, product string) (Claims, error) {
	c, err := k.open(key, "")
	return c, errors.Join(err, unless(c.Aud == product))
}

// File checks that a licence file holds for product on this machine at now.
func (k Keys) File(text, product, fingerprint string, now time.Time) (Claims, error) {
	match := file.FindStringSubmatch(text)
	if match == nil {
		return Claims{}, errors.New("this is not a licence file")
	}
	c, err := k.open(match[1], `,"typ":"license-file"`)
	return c, errors.Join(err, unless(c.Aud == product && c.Fingerprint == fingerprint && c.ValidFrom <= now.Unix() && now.Unix() < c.Exp))
}

// Answer checks that signed answers exactly what was asked; Claims.Code is the answer.
func (k Keys) Answer(signed, act, key, product, fingerprint, nonce string) (Claims, error) {
	c, err := k.open(signed, `,"typ":"license-answer"`)
	hash := sha256.Sum256([]byte(key))
	return c, errors.Join(err, unless(c.Act == act && c.Key == b64.EncodeToString(hash[:]) && c.Aud == product && c.Fingerprint == fingerprint && c.Nonce == nonce))
}

func unless(ok bool) error {
	if ok {
		return nil
	}
	return errors.New("it is for another product, machine, time or question")
}

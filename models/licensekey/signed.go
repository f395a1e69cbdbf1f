package licensekey

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Beside keys, two kinds of documents are signed: licence files, with which a
// product checks a licence without a network, and the server's answers to a
// product. Their header names the kind, so that none passes for another.
const (
	fileType   = "license-file"
	answerType = "license-answer"
)

// File is what a licence file says. Instants are seconds since 1970.
type File struct {
	License     string `json:"sub"`
	Product     string `json:"aud"`
	Fingerprint string `json:"fingerprint"` // of the only machine for which it holds
	Seats       int    `json:"seats"`
	ValidFrom   int64  `json:"valid_from"`  // of the licence
	ValidUntil  int64  `json:"valid_until"` // of the licence, exclusive
	IssuedAt    int64  `json:"iat"`
	ExpiresAt   int64  `json:"exp"` // of the file, exclusive; never after ValidUntil
}

// Answer is what the server says about a key. It repeats what was asked, so that
// it answers that question and no other. Instants are seconds since 1970.
type Answer struct {
	Act         string `json:"act"`  // validate, activate, heartbeat or deactivate
	Code        string `json:"code"` // VALID, or why not
	KeyHash     string `json:"key"`  // HashKey of the key that was asked about
	Product     string `json:"aud"`
	Fingerprint string `json:"fingerprint"`
	Nonce       string `json:"nonce"`
	IssuedAt    int64  `json:"iat"`
	License     string `json:"sub,omitempty"` // these are told of a key that is one
	Seats       int    `json:"seats,omitempty"`
	ValidFrom   int64  `json:"valid_from,omitempty"`
	ValidUntil  int64  `json:"valid_until,omitempty"`
}

// HashKey is the SHA-256 of a licence key, base64url.
func HashKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// IsFingerprint reports whether s can name a machine, or be a nonce: 8 to 128
// letters, digits and . _ : + / = -.
func IsFingerprint(s string) bool { return len(s) >= 8 && len(s) <= 128 && consistsOf(s, "._:+/=-") }

// IsProduct reports whether s can be a product's code.
func IsProduct(s string) bool { return isName(s) }

// The armour of a licence file.
const (
	fileBegin = "-----BEGIN LICENSE FILE-----\n"
	fileEnd   = "\n-----END LICENSE FILE-----\n"
)

// SignFile returns a licence file: three lines, the second of which is a compact JWS.
func (s *Signer) SignFile(f File) (string, error) {
	token, err := s.sign(fileType, f)
	return fileBegin + token + fileEnd, err
}

// SignAnswer returns an answer as a compact JWS.
func (s *Signer) SignAnswer(a Answer) (string, error) { return s.sign(answerType, a) }

func (s *Signer) sign(typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	header := s.headers[typ]
	size := base64.RawURLEncoding.EncodedLen(len(payload))
	token := make([]byte, len(header)+1+size, len(header)+1+size+1+base64.RawURLEncoding.EncodedLen(ed25519.SignatureSize))
	copy(token, header)
	token[len(header)] = '.'
	base64.RawURLEncoding.Encode(token[len(header)+1:], payload)
	signature := ed25519.Sign(s.key, token)
	return string(base64.RawURLEncoding.AppendEncode(append(token, '.'), signature)), nil
}

// VerifyFile returns what a licence file says, if it holds at now for a machine
// with product.
func (ring Keyring) VerifyFile(file, product, fingerprint string, now time.Time) (File, error) {
	token, begins := strings.CutPrefix(file, fileBegin)
	token, ends := strings.CutSuffix(token, fileEnd)
	if !begins || !ends {
		return File{}, ErrMalformed
	}
	var f File
	if err := ring.open(token, fileType, &f); err != nil {
		return File{}, err
	}
	switch at := now.Unix(); {
	case f.Product != product:
		return File{}, ErrProduct
	case f.Fingerprint != fingerprint:
		return File{}, ErrMachine
	case at < f.ValidFrom || at >= f.ExpiresAt:
		return File{}, ErrTime
	}
	return f, nil
}

// VerifyAnswer returns what an answer says. The caller compares it with what was asked.
func (ring Keyring) VerifyAnswer(token string) (Answer, error) {
	var a Answer
	err := ring.open(token, answerType, &a)
	return a, err
}

// maxSigned is longer than any file or answer.
const maxSigned = 4096

// open verifies a token of a type and reads its claims. It reads nothing before
// the signature is verified, and accepts one spelling only: the header is
// compared, and base64 must be what encoding gives.
func (ring Keyring) open(token, typ string, into any) error {
	parts := strings.Split(token, ".")
	if len(token) > maxSigned || len(parts) != 3 {
		return ErrMalformed
	}
	key, err := ring.keyOf(parts[0], typ)
	if err != nil {
		return err
	}
	signature, ok := decode(parts[2])
	if !ok || len(signature) != ed25519.SignatureSize {
		return ErrMalformed
	}
	if !ed25519.Verify(key, []byte(parts[0]+"."+parts[1]), signature) {
		return ErrSignature
	}
	payload, ok := decode(parts[1])
	if !ok || json.Unmarshal(payload, into) != nil {
		return ErrMalformed
	}
	return nil
}

// keyOf returns the key whose header this is.
func (ring Keyring) keyOf(header, typ string) (ed25519.PublicKey, error) {
	for kid, key := range ring {
		if header == headerOf(kid, typ) {
			return key, nil
		}
	}
	var h struct{ Alg, Kid, Typ string }
	if b, ok := decode(header); ok && json.Unmarshal(b, &h) == nil && header == headerOf(h.Kid, typ) {
		return nil, ErrUnknownKey
	}
	return nil, ErrMalformed
}

func headerOf(kid, typ string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"%s","kid":"%s","typ":"%s"}`, algorithm, kid, typ))
}

// decode reads base64url as encoding writes it: Go's own reader forgives line breaks.
func decode(s string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil && base64.RawURLEncoding.EncodeToString(b) == s
}

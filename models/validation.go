package models

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"reselling/models/licensekey"
)

// ValidationCode says whether a product may run, or why not.
type ValidationCode string

// The codes, in the order of precedence: the first that applies is the answer.
const (
	CodeNotFound           ValidationCode = "NOT_FOUND"            // no such key, or one whose signing key was withdrawn
	CodeProductMismatch    ValidationCode = "PRODUCT_MISMATCH"     // a key of another product
	CodeRevoked            ValidationCode = "REVOKED"              // for good
	CodeSuspended          ValidationCode = "SUSPENDED"            // until staff resume it, or it is paid
	CodeNotStarted         ValidationCode = "NOT_STARTED"          // its first day is still to come
	CodeExpired            ValidationCode = "EXPIRED"              // until it is renewed
	CodeTooManyActivations ValidationCode = "TOO_MANY_ACTIVATIONS" // no seat is left for this machine
	CodeFingerprintUnknown ValidationCode = "FINGERPRINT_UNKNOWN"  // not activated, and there is a seat
	CodeValid              ValidationCode = "VALID"
)

// ValidationCodes are all codes in the order of precedence.
var ValidationCodes = []ValidationCode{
	CodeNotFound, CodeProductMismatch, CodeRevoked, CodeSuspended, CodeNotStarted, CodeExpired, CodeTooManyActivations, CodeFingerprintUnknown, CodeValid,
}

// The acts that an answer names.
const (
	actValidate   = "validate"
	actActivate   = "activate"
	actHeartbeat  = "heartbeat"
	actDeactivate = "deactivate"
)

// KeyQuestion is what a product asks about a licence key. The key is its credential.
type KeyQuestion struct {
	Key         string
	Product     string // its code
	Fingerprint string // names the machine: made by the product, the same on each start
	Nonce       string // made up anew for each question
}

// KeyAnswer is the answer, and the same again signed.
type KeyAnswer struct {
	Code   ValidationCode
	Claims licensekey.Answer
	Signed string // a compact JWS of Claims
}

// maxKeyLength is longer than any licence key.
const maxKeyLength = 1024

func (q KeyQuestion) problems() Problems {
	p := Problems{}
	if q.Key == "" || len(q.Key) > maxKeyLength {
		p.Add("key", "The licence key is missing, or longer than any.")
	}
	if !licensekey.IsProduct(q.Product) {
		p.Add("product", "The product is its code: letters, digits, dots, hyphens and underscores.")
	}
	if !licensekey.IsFingerprint(q.Fingerprint) {
		p.Add("fingerprint", fingerprintRule)
	}
	if !licensekey.IsFingerprint(q.Nonce) {
		p.Add("nonce", "The nonce has 8 to 128 letters, digits or . _ : + / = - and is made up anew for each question.")
	}
	return p
}

const fingerprintRule = "The fingerprint has 8 to 128 letters, digits or . _ : + / = - and is the same each time on one machine."

// keyState is what one read of the database says about a key and a machine.
type keyState struct {
	licenseID   string
	accountID   string
	revoked     bool
	suspended   bool
	startsAt    time.Time
	endsAt      time.Time
	seats       int
	activation  sql.NullString // the machine's, if it has one
	place       sql.NullInt64
	signs       sql.NullString // the kid that signs now
	key         string         // the licence's, which the asked one must be
	productCode string
	asked       KeyQuestion
	code        ValidationCode
}

// keyStateQuery reads it, unless the licence's signing key was withdrawn.
var keyStateQuery = `SELECT l.id, l.account_id, l.revoked_at IS NOT NULL, l.suspended_at IS NOT NULL OR l.unpaid_since IS NOT NULL, l.starts_at, l.ends_at, ` +
	licenseSeats + `, a.id, a.place, (` + signingKid + `), l.key
	FROM licenses l JOIN signing_keys k ON k.kid = l.kid AND k.withdrawn_at IS NULL
	LEFT JOIN activations a ON a.license_id = l.id AND a.fingerprint = ? AND a.deactivated_at IS NULL
	WHERE l.id = ?`

// numbered is query with the placeholders of the database.
func (s *Store) numbered(query string) string {
	if s.Dialect() == "sqlite" {
		return query
	}
	for n := 1; strings.Contains(query, "?"); n++ {
		query = strings.Replace(query, "?", "$"+strconv.Itoa(n), 1)
	}
	return query
}

// querier is a pool or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// keyState answers q at now, without a signature: one read of the database, two
// where the machine is unknown or came last of too many. A key is genuine if it is
// the one that is stored of the licence that it names: its signature need not be
// verified for that, which would take longer than all the rest.
func (s *Store) keyState(ctx context.Context, db querier, q KeyQuestion, now time.Time) (keyState, error) {
	k := keyState{asked: q, code: CodeNotFound}
	named, ok := licensekey.Peek(q.Key)
	if !ok {
		return k, s.whatSigns(ctx, db, &k, now)
	}
	// By database/sql and not by GORM: this is the busiest question of all.
	row := db.QueryRowContext(ctx, s.keyQuery, now, now, now, now, q.Fingerprint, named.License)
	err := row.Scan(&k.licenseID, &k.accountID, &k.revoked, &k.suspended, &k.startsAt, &k.endsAt, &k.seats, &k.activation, &k.place, &k.signs, &k.key)
	if errors.Is(err, sql.ErrNoRows) || err == nil && subtle.ConstantTimeCompare([]byte(k.key), []byte(q.Key)) == 0 {
		k = keyState{asked: q, code: CodeNotFound}
		return k, s.whatSigns(ctx, db, &k, now)
	}
	if err != nil {
		return k, fmt.Errorf("read the state of a key: %w", err)
	}
	k.productCode = named.Product
	switch {
	case named.Product != q.Product:
		k.code = CodeProductMismatch
	case k.revoked:
		k.code = CodeRevoked
	case k.suspended:
		k.code = CodeSuspended
	case now.Before(k.startsAt):
		k.code = CodeNotStarted
	case !now.Before(k.endsAt):
		k.code = CodeExpired
	default:
		k.code, err = s.seatCode(ctx, db, k)
	}
	return k, err
}

// whatSigns reads which key signs the answer about a key that is none.
func (s *Store) whatSigns(ctx context.Context, db querier, k *keyState, now time.Time) error {
	err := db.QueryRowContext(ctx, s.numbered(signingKid), now).Scan(&k.signs)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the first one begins with the answer
	}
	return err
}

// seatCode tells whether the machine has a seat of a licence that holds.
func (s *Store) seatCode(ctx context.Context, db querier, k keyState) (ValidationCode, error) {
	if k.activation.Valid {
		if k.place.Int64 <= int64(k.seats) { // it has never moved back since
			return CodeValid, nil
		}
		n, err := s.countMachines(ctx, db, `license_id = ? AND deactivated_at IS NULL
			AND (activated_at, id) <= (SELECT activated_at, id FROM activations WHERE id = ?)`, k.licenseID, k.activation.String)
		if err != nil || n <= k.seats {
			return CodeValid, err
		}
		return CodeTooManyActivations, nil
	}
	n, err := s.countMachines(ctx, db, "license_id = ? AND deactivated_at IS NULL", k.licenseID)
	if err != nil || n >= k.seats {
		return CodeTooManyActivations, err
	}
	return CodeFingerprintUnknown, nil
}

func (s *Store) countMachines(ctx context.Context, db querier, condition string, args ...any) (n int, err error) {
	err = db.QueryRowContext(ctx, s.numbered("SELECT COUNT(*) FROM activations WHERE "+condition), args...).Scan(&n)
	return n, err
}

// answer signs what k says.
func (s *Store) answer(ctx context.Context, act string, k keyState, now time.Time) (KeyAnswer, error) {
	c := licensekey.Answer{
		Act: act, Code: string(k.code), KeyHash: licensekey.HashKey(k.asked.Key), Product: k.asked.Product, Fingerprint: k.asked.Fingerprint,
		Nonce: k.asked.Nonce, IssuedAt: now.Unix(),
	}
	if k.code != CodeNotFound && k.code != CodeProductMismatch {
		c.License, c.Seats, c.ValidFrom, c.ValidUntil = k.licenseID, k.seats, k.startsAt.Unix(), k.endsAt.Unix()
	}
	signer, err := s.signerOf(ctx, k.signs)
	if err != nil {
		return KeyAnswer{}, err
	}
	signed, err := signer.SignAnswer(c)
	return KeyAnswer{Code: k.code, Claims: c, Signed: signed}, err
}

// ValidateKey answers a product that asks whether it may run. It changes nothing.
func (s *Store) ValidateKey(ctx context.Context, _ Actor, q KeyQuestion) (KeyAnswer, error) {
	if err := q.problems().Err(); err != nil {
		return KeyAnswer{}, err
	}
	now := s.Now()
	k, err := s.keyState(ctx, pool(s.reader), q, now)
	if err != nil {
		return KeyAnswer{}, err
	}
	return s.answer(ctx, actValidate, k, now)
}

package models

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Limits of idempotency keys.
const (
	idempotencyAge   = 24 * time.Hour
	idempotencyLease = 30 * time.Second // after that, whoever began it is taken for dead
	maxIdempotency   = 200              // characters of a key
)

// IdempotentAnswer is what was answered to a request with an Idempotency-Key.
type IdempotentAnswer struct {
	RequestKey string // for the use case: the same for every try of one key
	Status     int    // 0: there is no answer yet; whoever asked runs the request
	Location   string
	Body       string
}

type idempotencyKey struct {
	ID          string
	TokenID     string
	KeyHash     string
	RequestHash string
	CreatedAt   time.Time
	LeasedUntil time.Time
	Status      int
	Location    string
	Body        string
}

// BeginIdempotent reserves a token's key for a request, or returns its answer if
// it was answered within 24 hours. Invalid (idempotency_key_reused) for another
// request under the key; Conflict (idempotency_key_in_use) while the first one runs.
//
// It is a transaction of its own, before that of the use case. If the process
// dies between the two, or before the answer is kept, the key is free again
// after half a minute, and RequestKey lets the use case find what it did.
func (s *Store) BeginIdempotent(ctx context.Context, actor Actor, key string, request []byte) (IdempotentAnswer, error) {
	if actor.TokenID == "" {
		return IdempotentAnswer{}, Errorf(Forbidden, "Idempotency keys belong to API tokens.")
	}
	if tooLong(key, maxIdempotency) {
		return IdempotentAnswer{}, &Error{Kind: Invalid, Code: "idempotency_key_invalid", Message: "An Idempotency-Key has at most 200 characters, such as a UUID."}
	}
	sum := sha256.Sum256(request)
	row := idempotencyKey{TokenID: actor.TokenID, KeyHash: tokenHash(key), RequestHash: base64.RawURLEncoding.EncodeToString(sum[:])}
	var answer IdempotentAnswer
	err := s.write(ctx, func(tx *tx) error {
		row.ID, row.CreatedAt, row.LeasedUntil = newID(), tx.now, tx.now.Add(idempotencyLease)
		if _, err := rowsOf[idempotencyKey](tx.DB).Where("token_id = ? AND key_hash = ? AND created_at <= ?", row.TokenID, row.KeyHash, tx.now.Add(-idempotencyAge)).Delete(ctx); err != nil {
			return err
		}
		isNew, err := rowsOf[idempotencyKey](tx.DB).CreateOnce(ctx, &row)
		if err != nil || isNew {
			answer = IdempotentAnswer{RequestKey: row.ID}
			return err
		}
		first, err := rowsOf[idempotencyKey](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("token_id = ? AND key_hash = ?", row.TokenID, row.KeyHash).Take(ctx)
		if errors.Is(err, gorm.ErrRecordNotFound) { // refused a moment ago
			return inUse()
		}
		if err != nil {
			return err
		}
		answer, err = tx.repeat(ctx, first, row)
		return err
	})
	return answer, err
}

// repeat is what a request gets whose key is known.
func (tx *tx) repeat(ctx context.Context, first, again idempotencyKey) (IdempotentAnswer, error) {
	answer := IdempotentAnswer{RequestKey: first.ID, Status: first.Status, Location: first.Location, Body: first.Body}
	switch {
	case first.RequestHash != again.RequestHash:
		return answer, &Error{Kind: Invalid, Code: "idempotency_key_reused", Message: "This Idempotency-Key was used for another request. Take a new key for each thing that you create."}
	case first.Status != 0:
		return answer, nil
	case tx.now.Before(first.LeasedUntil):
		return answer, inUse()
	}
	_, err := rowsOf[idempotencyKey](tx.DB).Where("id = ?", first.ID).Update(ctx, "leased_until", tx.now.Add(idempotencyLease))
	return answer, err
}

func inUse() error {
	return &Error{Kind: Conflict, Code: "idempotency_key_in_use", Message: "The first request with this Idempotency-Key is still running. Send it again in a moment.", Retry: time.Second}
}

// KeepIdempotent keeps the answer to a request that BeginIdempotent has let run.
func (s *Store) KeepIdempotent(ctx context.Context, actor Actor, answer IdempotentAnswer) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[idempotencyKey](tx.DB).Where("token_id = ? AND id = ? AND status = 0", actor.TokenID, answer.RequestKey).
			Select("status", "location", "body").Updates(ctx, idempotencyKey{Status: answer.Status, Location: answer.Location, Body: answer.Body})
		return err
	})
}

// ReleaseIdempotent lets a request be tried again at once. If it was refused,
// nothing came of it and its key is free for another; if not, what came of it
// is not known, and the key stays with it.
func (s *Store) ReleaseIdempotent(ctx context.Context, actor Actor, requestKey string, refused bool) error {
	return s.write(ctx, func(tx *tx) error {
		row := rowsOf[idempotencyKey](tx.DB).Where("token_id = ? AND id = ? AND status = 0", actor.TokenID, requestKey)
		if refused {
			_, err := row.Delete(ctx)
			return err
		}
		_, err := row.Update(ctx, "leased_until", tx.now)
		return err
	})
}

package models

import (
	"context"
	"time"
)

// Sweep removes what nothing refers to any more. Nothing depends on it having run.
type Sweep struct{}

// Kind names the job in the queue.
func (Sweep) Kind() string { return "sweep" }

const (
	sweepAttemptsAfter    = 24 * time.Hour
	sweepSessionsAfter    = 30 * 24 * time.Hour
	sweepRequestKeysAfter = 7 * 24 * time.Hour
)

// Sweep deletes counted attempts, sessions, request and idempotency keys that are long over,
// and marks mails whose job has ended without them.
func (s *Store) Sweep(ctx context.Context, _ Actor) error {
	return s.write(ctx, func(tx *tx) error {
		if _, err := rowsOf[attempt](tx.DB).Where("at < ?", tx.now.Add(-sweepAttemptsAfter)).Delete(ctx); err != nil {
			return err
		}
		if _, err := rowsOf[attemptLock](tx.DB).Where("at < ?", tx.now.Add(-sweepAttemptsAfter)).Delete(ctx); err != nil {
			return err
		}
		if _, err := rowsOf[Session](tx.DB).Where("last_used_at < ?", tx.now.Add(-sweepSessionsAfter)).Delete(ctx); err != nil {
			return err
		}
		if _, err := rowsOf[requestKey](tx.DB).Where("created_at < ?", tx.now.Add(-sweepRequestKeysAfter)).Delete(ctx); err != nil {
			return err
		}
		if _, err := rowsOf[idempotencyKey](tx.DB).Where("created_at < ?", tx.now.Add(-idempotencyAge)).Delete(ctx); err != nil {
			return err
		}
		return tx.failMailsOfLostJobs(ctx)
	})
}

package models

import "context"

// RecordMany records n events in one use case, each with a job, then returns fail.
func (s *Store) RecordMany(ctx context.Context, actor Actor, n int, fail error) error {
	return s.write(ctx, func(tx *tx) error {
		for range n {
			about := subject{kind: "client", id: newID(), name: "Many", accountID: actor.AccountID}
			if err := tx.record(ctx, actor, "client.archived", about, nil, nil); err != nil {
				return err
			}
			if err := tx.enqueue(ctx, TrialMail{TrialID: about.id, Number: 1}); err != nil {
				return err
			}
		}
		return fail
	})
}

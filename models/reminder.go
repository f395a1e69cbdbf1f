package models

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// RemindTrials looks for reminders of trials' ends that are due. Whenever it
// runs, and however many run at once, each reminder is queued once: what was
// done about it is a row, in the transaction that queues its mail.
type RemindTrials struct{}

// Kind names the job in the queue.
func (RemindTrials) Kind() string { return "trial_reminders" }

const (
	oneDay = 24 * time.Hour
	// lateReminder is for how long after its end a trial is still looked at, should nothing have run.
	lateReminder = 14 * oneDay
	// reminderBatch is how many trials are looked up at once.
	reminderBatch = 200
)

// reminderSteps are the days before a trial's end on which people are reminded;
// 0 is the end itself. The query of dueReminders has them, too.
var reminderSteps = []int{7, 3, 1, 0}

// reminderNotices are the notices of the steps.
var reminderNotices = map[int]Notice{7: TrialEndsIn7, 3: TrialEndsIn3, 1: TrialEndsIn1, 0: TrialHasEnded}

// Who is reminded.
const (
	remindClient = "client"
	remindMember = "member"
)

// reminderOutcome is what was done about a reminder.
type reminderOutcome string

const (
	reminderQueued      reminderOutcome = "queued"
	reminderPassedOver  reminderOutcome = "passed_over" // a later one was due as well, or it lay before the trial's start
	reminderUnwanted    reminderOutcome = "unwanted"    // by the member
	reminderUnreachable reminderOutcome = "unreachable" // nobody to tell, the client's page is off, or their address takes no mail
)

// trialReminder is the fact of what was done about one reminder.
type trialReminder struct {
	TrialID string
	Reader  string
	EndsAt  time.Time // the end it is about: an extension makes new reminders due
	Days    int
	At      time.Time
	Outcome reminderOutcome
}

// Remind queues the reminders that are due. Of several steps that have passed
// since the last run only the latest is sent; the earlier ones are passed over.
// It returns how many mails it has queued. It is for jobs.
func (s *Store) Remind(ctx context.Context, actor Actor) (queued int, err error) {
	if err := actor.requireSystem(); err != nil {
		return 0, err
	}
	// A copy would use up what the real portal, or the promoted copy, has to tell.
	if isCopy, err := s.IsCopy(ctx, actor); err != nil || isCopy {
		return 0, err
	}
	return eachDue(ctx, s.dueReminders, func(id string) (int, error) { return s.remindOf(ctx, id) })
}

// eachDue does what is due, as many as find returns at a time, until nothing is
// left. One that fails keeps no other waiting. It returns what was done.
func eachDue[T any](ctx context.Context, find func(context.Context) ([]T, error), do func(T) (int, error)) (done int, err error) {
	for {
		found, err := find(ctx)
		if err != nil {
			return done, err
		}
		var failures []error
		for _, item := range found {
			n, err := do(item)
			done += n
			if err != nil {
				failures = append(failures, err)
			}
			if ctx.Err() != nil {
				return done, errors.Join(append(failures, ctx.Err())...)
			}
		}
		if len(found) < reminderBatch || len(failures) > 0 {
			return done, errors.Join(failures...)
		}
	}
}

// dueReminders returns the trials with a step that nobody has dealt with: not of
// those that were revoked or converted, whose client is archived, or whose
// licence is suspended or revoked.
func (s *Store) dueReminders(ctx context.Context) ([]string, error) {
	now := s.Now()
	var ids []string
	err := s.reader.WithContext(ctx).Raw(`SELECT t.id FROM trials t JOIN clients c ON c.id = t.client_id JOIN licenses l ON l.id = t.license_id
		WHERE t.ends_at > ? AND t.ends_at <= ? AND t.revoked_at IS NULL AND t.converted_at IS NULL
			AND c.archived_at IS NULL AND l.revoked_at IS NULL AND l.suspended_at IS NULL
			AND (SELECT COUNT(*) FROM trial_reminders r WHERE r.trial_id = t.id AND r.ends_at = t.ends_at
				AND r.days = CASE WHEN t.ends_at <= ? THEN 0 WHEN t.ends_at <= ? THEN 1 WHEN t.ends_at <= ? THEN 3 ELSE 7 END) < 2
		ORDER BY t.ends_at, t.id LIMIT ?`,
		now.Add(-lateReminder), now.Add(7*oneDay), now, now.Add(oneDay), now.Add(3*oneDay), reminderBatch).Scan(&ids).Error
	return ids, err
}

// remindOf deals with the step of one trial that has come, for both readers.
func (s *Store) remindOf(ctx context.Context, id string) (queued int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		queued = 0
		trial, err := rowsOf[Trial](tx.DB).Where("id = ?", id).Take(ctx)
		if err != nil {
			return err
		}
		o, err := s.trial(ctx, tx.DB, trial.AccountID, trial.ID)
		if err != nil || !o.mayBeReminded() {
			return err
		}
		step, ok := o.trial.dueStep(tx.now)
		if !ok {
			return nil
		}
		for _, reader := range []string{remindClient, remindMember} {
			isNew, err := tx.remind(ctx, o, reader, step)
			if err != nil {
				return err
			}
			if isNew {
				queued++
			}
		}
		return nil
	})
	return queued, err
}

// mayBeReminded reports whether the trial's end matters to anybody.
func (o trialOf) mayBeReminded() bool {
	return o.trial.RevokedAt == nil && o.trial.ConvertedAt == nil && !o.client.IsArchived() && o.license.RevokedAt == nil && o.license.SuspendedAt == nil
}

// dueStep is the latest step that has come, none while the end is over a week away.
func (t Trial) dueStep(now time.Time) (step int, ok bool) {
	for _, s := range reminderSteps {
		if !now.Before(t.stepAt(s)) {
			step, ok = s, true
		}
	}
	return step, ok
}

// stepAt is the instant a number of days before the end.
func (t Trial) stepAt(step int) time.Time { return t.EndsAt.Add(-time.Duration(step) * oneDay) }

// endKnownSince is from when on t has had its end: its start, or the last extension.
func (t Trial) endKnownSince() time.Time {
	if t.ExtendedAt != nil {
		return *t.ExtendedAt
	}
	return t.IssuedAt
}

// remind notes what is done about one reader's step and queues its mail. Whoever
// writes the row first has done it, in whatever process the others are.
func (tx *tx) remind(ctx context.Context, o trialOf, reader string, step int) (queued bool, err error) {
	outcome, err := tx.reminderOutcome(ctx, o, reader, step)
	if err != nil {
		return false, err
	}
	isNew, err := tx.noteReminder(ctx, o.trial, reader, step, outcome)
	if err != nil || !isNew {
		return false, err
	}
	for _, earlier := range reminderSteps {
		if earlier > step {
			if _, err := tx.noteReminder(ctx, o.trial, reader, earlier, reminderPassedOver); err != nil {
				return false, err
			}
		}
	}
	if outcome != reminderQueued {
		return false, nil
	}
	var mail river.JobArgs = TrialReminderMail{TrialID: o.trial.ID, EndsAt: o.trial.EndsAt.UnixMicro(), Days: step}
	if reader == remindClient {
		mail = ClientReminderMail{TrialID: o.trial.ID, EndsAt: o.trial.EndsAt.UnixMicro(), Days: step}
	}
	return true, tx.enqueue(ctx, mail)
}

func (tx *tx) noteReminder(ctx context.Context, t Trial, reader string, step int, outcome reminderOutcome) (isNew bool, err error) {
	row := trialReminder{TrialID: t.ID, Reader: reader, EndsAt: t.EndsAt.UTC(), Days: step, At: tx.now, Outcome: outcome}
	result := tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	return result.RowsAffected == 1, result.Error
}

func (tx *tx) reminderOutcome(ctx context.Context, o trialOf, reader string, step int) (reminderOutcome, error) {
	if !o.trial.stepAt(step).After(o.trial.endKnownSince()) {
		return reminderPassedOver, nil
	}
	if reader == remindClient {
		failure, err := undelivered(ctx, tx.DB, o.trial.ID, o.client.Email)
		if err == nil && (failure != nil || o.license.PageRevokedAt != nil) {
			return reminderUnreachable, nil
		}
		return reminderQueued, err
	}
	user, ok, err := trialReader(ctx, tx.DB, o.trial)
	if err != nil || !ok {
		return reminderUnreachable, err
	}
	wanted, err := wants(ctx, tx.DB, user.ID, reminderNotices[step])
	if err == nil && !wanted {
		return reminderUnwanted, nil
	}
	return reminderQueued, err
}

// trialReader is who is told about a trial: whoever looks after it, or its client,
// while they can act on it, else the account's Owner.
func trialReader(ctx context.Context, db *gorm.DB, t Trial) (user User, ok bool, err error) {
	return readerFor(ctx, db, t.AccountID, t.ResponsibleID, t.ClientID)
}

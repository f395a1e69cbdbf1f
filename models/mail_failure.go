package models

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// clientMailKinds are the mails that the portal writes to clients of accounts, about a trial.
var clientMailKinds = []string{TrialMail{}.Kind(), TrialExtendedMail{}.Kind(), ClientReminderMail{}.Kind()}

// maxFailure is how much of what a mail server says is kept.
const maxFailure = 300

// State is what has become of m.
func (m Mail) State() MailState {
	switch {
	case m.SentAt != nil:
		return MailSent
	case m.FailedAt != nil:
		return MailFailed
	case m.DroppedAt != nil:
		return MailDropped
	}
	return MailWaiting
}

// MailState is what has become of a mail.
type MailState string

// The states of a mail.
const (
	MailWaiting MailState = "waiting"
	MailSent    MailState = "sent"
	MailFailed  MailState = "failed"  // could not be delivered; nobody tries again by themselves
	MailDropped MailState = "dropped" // no longer true before it could leave
)

// NoteMailTry keeps why a mail could not be delivered this time. The job tries again. It is for jobs.
func (s *Store) NoteMailTry(ctx context.Context, actor Actor, id, reason string) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[Mail](tx.DB).Where("id = ? AND sent_at IS NULL AND failed_at IS NULL", id).Update(ctx, "failure", failureText(reason))
		return err
	})
}

// MarkMailFailed notes that a mail could not be delivered and is not tried any
// more, and why. If it was to a client of an account, the member whose trial it
// is about is told. It is for jobs; the second time it does nothing.
func (s *Store) MarkMailFailed(ctx context.Context, actor Actor, id, reason string) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		m, err := rowsOf[Mail](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Mail")
		}
		return tx.failMail(ctx, actor, m, reason)
	})
}

func (tx *tx) failMail(ctx context.Context, actor Actor, m Mail, reason string) error {
	if m.State() != MailWaiting {
		return nil
	}
	m.FailedAt, m.Failure = &tx.now, failureText(reason)
	if err := changed(rowsOf[Mail](tx.DB).Where("id = ? AND sent_at IS NULL AND failed_at IS NULL", m.ID).Select("failed_at", "failure").Updates(ctx, m)); err != nil {
		return err
	}
	if !slices.Contains(clientMailKinds, m.Kind) {
		return nil
	}
	o, err := tx.store.trial(ctx, tx.DB, m.AccountID, m.SubjectID)
	if err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "trial.mail_failed", o.subject(), nil, map[string]any{"email": m.Recipient, "reason": m.Failure}); err != nil {
		return err
	}
	reader, ok, err := trialReader(ctx, tx.DB, o.trial)
	if err != nil || !ok {
		return err
	}
	wanted, err := wants(ctx, tx.DB, reader.ID, MailUndelivered)
	if err != nil || !wanted {
		return err
	}
	return tx.enqueue(ctx, UndeliverableMail{MailID: m.ID})
}

// failureText is what a mail server said, fit to be shown: one line of some length.
func failureText(reason string) string {
	reason = clean(reason)
	if r := []rune(reason); len(r) > maxFailure {
		reason = string(r[:maxFailure-1]) + "…"
	}
	if reason == "" {
		reason = "No reason was given."
	}
	return reason
}

// DropMail notes that the mail of a job, if it was written, is no longer wanted. It is for jobs.
func (s *Store) DropMail(ctx context.Context, actor Actor, dedupeKey string) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	n, err := rowsOf[Mail](s.reader).Where("dedupe_key = ? AND sent_at IS NULL AND dropped_at IS NULL", dedupeKey).Count(ctx, "*")
	if err != nil || n == 0 {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[Mail](tx.DB).Where("dedupe_key = ? AND sent_at IS NULL AND dropped_at IS NULL", dedupeKey).Update(ctx, "dropped_at", tx.now)
		return err
	})
}

// MailKey is the DedupeKey of the mail that a job writes.
func MailKey(kind string, jobID int64) string { return kind + " " + strconv.FormatInt(jobID, 10) }

// failMailsOfLostJobs marks the mails whose job ended without a word: its
// process died at the last try.
func (tx *tx) failMailsOfLostJobs(ctx context.Context) error {
	lost, err := rowsOf[Mail](tx.DB).Raw(`SELECT m.* FROM mails m JOIN river_job j ON m.dedupe_key = j.kind || ' ' || CAST(j.id AS TEXT)
		WHERE j.state IN ('discarded', 'cancelled') AND m.sent_at IS NULL AND m.failed_at IS NULL AND m.dropped_at IS NULL`).Find(ctx)
	if err != nil {
		return err
	}
	for _, m := range lost {
		if err := tx.failMail(ctx, System, m, strings.TrimSpace(m.Failure+" It was given up.")); err != nil {
			return err
		}
	}
	return nil
}

// undelivered is the last mail of a trial to an address that could not be
// delivered, unless a later one to it could.
func undelivered(ctx context.Context, db *gorm.DB, trialID, email string) (*Mail, error) {
	settled, err := rowsOf[Mail](db).Select("id", "kind", "recipient", "created_at", "sent_at", "failed_at", "failure").
		Where("subject_id = ? AND recipient = ? AND kind IN ? AND (failed_at IS NOT NULL OR sent_at IS NOT NULL)", trialID, clean(email), clientMailKinds).
		Order("COALESCE(failed_at, sent_at) DESC, id DESC").Limit(1).Find(ctx)
	if err != nil || len(settled) == 0 || settled[0].FailedAt == nil {
		return nil, err
	}
	return &settled[0], nil
}

// UndeliveredTrial is a running trial whose client the portal can't reach.
type UndeliveredTrial struct {
	ID       string
	Company  string
	Product  string
	Email    string
	Failure  string
	FailedAt time.Time
}

// undeliveredTrials is from the running trials of an account whose mail to the
// client's present address could not be delivered and no later one could. It
// walks over what failed, not over trials; undeliveredArgs are its arguments.
const undeliveredTrials = `FROM mails m JOIN trials t ON t.id = m.subject_id JOIN clients c ON c.id = t.client_id JOIN products p ON p.id = t.product_id
	WHERE m.account_id = ? AND m.failed_at IS NOT NULL AND m.kind IN ? AND m.recipient = c.email AND t.ends_at > ? AND t.revoked_at IS NULL AND t.converted_at IS NULL
		AND NOT EXISTS (SELECT 1 FROM mails n WHERE n.subject_id = m.subject_id AND n.recipient = m.recipient AND n.kind IN ?
			AND (n.sent_at > m.failed_at OR n.failed_at > m.failed_at OR n.failed_at = m.failed_at AND n.id > m.id))`

func undeliveredArgs(accountID string, now time.Time) []any {
	return []any{accountID, clientMailKinds, now, clientMailKinds}
}

// undeliveredShown is how many of them the dashboard names.
const undeliveredShown = 20

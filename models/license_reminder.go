package models

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// RemindLicenses looks for paid licences whose end is near and of which nobody
// was reminded. They end by the clock; only the mails need the job.
type RemindLicenses struct{}

// Kind names the job in the queue.
func (RemindLicenses) Kind() string { return "license_reminders" }

// licenseSteps are the days before the end of a paid licence on which people are
// reminded. The query of dueLicenses has them, too.
var licenseSteps = []int{30, 14, 3}

// licenseReminder is the fact that a step of a licence's end was dealt with. A
// renewal gives the licence another end, and with it new steps.
type licenseReminder struct {
	LicenseID string
	EndsAt    time.Time
	Days      int
	At        time.Time
	Outcome   reminderOutcome
}

// RemindLicenses queues the reminders of paid licences that end in 30, 14 or 3
// days: to the client while their page is open, to the account's Owner and to
// whoever looks after the client. Of several steps that have passed
// since the last run only the latest is sent, and none after the end. It returns
// of how many licences it has reminded. It is for jobs.
func (s *Store) RemindLicenses(ctx context.Context, actor Actor) (reminded int, err error) {
	if err := actor.requireSystem(); err != nil {
		return 0, err
	}
	if isCopy, err := s.IsCopy(ctx, actor); err != nil || isCopy {
		return 0, err
	}
	return eachDue(ctx, s.dueLicenses, func(id string) (n int, err error) {
		err = s.write(ctx, func(tx *tx) error {
			n, err = tx.remindOfLicense(ctx, id)
			return err
		})
		return n, err
	})
}

// dueLicenses returns the paid licences with a step that nobody has dealt with.
func (s *Store) dueLicenses(ctx context.Context) ([]string, error) {
	now := s.Now()
	var ids []string
	err := s.reader.WithContext(ctx).Raw(`SELECT l.id FROM licenses l JOIN clients c ON c.id = l.client_id
		WHERE l.ends_at > ? AND l.ends_at <= ? AND l.revoked_at IS NULL AND l.suspended_at IS NULL AND c.archived_at IS NULL
			AND EXISTS (SELECT 1 FROM license_terms t WHERE t.license_id = l.id AND t.ended_at IS NULL AND t.ends_at = l.ends_at)
			AND NOT EXISTS (SELECT 1 FROM license_reminders r WHERE r.license_id = l.id AND r.ends_at = l.ends_at
				AND r.days = CASE WHEN l.ends_at <= ? THEN 3 WHEN l.ends_at <= ? THEN 14 ELSE 30 END)
		ORDER BY l.ends_at, l.id LIMIT ?`, now, now.Add(30*oneDay), now.Add(3*oneDay), now.Add(14*oneDay), reminderBatch).Scan(&ids).Error
	return ids, err
}

// remindOfLicense deals with the step of a licence that has come. Whoever writes
// its row first has done it, in whatever process the others are.
func (tx *tx) remindOfLicense(ctx context.Context, id string) (reminded int, err error) {
	l, err := rowsOf[License](tx.DB).Where("id = ?", id).Take(ctx)
	if err != nil {
		return 0, err
	}
	step, ok := l.dueStep(tx.now)
	if !ok {
		return 0, nil
	}
	term, ok, err := lastTerm(ctx, tx.DB, l)
	if err != nil || !ok {
		return 0, err
	}
	outcome := reminderQueued
	if !l.EndsAt.Add(-time.Duration(step) * oneDay).After(term.CreatedAt) {
		outcome = reminderPassedOver // the licence has had its end for less than that
	}
	isNew, err := tx.noteLicenseReminder(ctx, l, step, outcome)
	if err != nil || !isNew {
		return 0, err
	}
	for _, earlier := range licenseSteps {
		if earlier > step {
			if _, err := tx.noteLicenseReminder(ctx, l, earlier, reminderPassedOver); err != nil {
				return 0, err
			}
		}
	}
	if outcome != reminderQueued {
		return 0, nil
	}
	return 1, tx.tellOfLicenseEnd(ctx, l, step)
}

// dueStep is the latest step of a licence's end that has come: none before the first and after the end.
func (l License) dueStep(now time.Time) (step int, ok bool) {
	if !now.Before(l.EndsAt) {
		return 0, false
	}
	for _, s := range licenseSteps {
		if !now.Before(l.EndsAt.Add(-time.Duration(s) * oneDay)) {
			step, ok = s, true
		}
	}
	return step, ok
}

// lastTerm is the paid term with which a licence ends.
func lastTerm(ctx context.Context, db *gorm.DB, l License) (LicenseTerm, bool, error) {
	terms, err := rowsOf[LicenseTerm](db).Where("license_id = ? AND ended_at IS NULL AND ends_at = ?", l.ID, l.EndsAt.UTC()).Order("created_at, id").Limit(1).Find(ctx)
	if err != nil || len(terms) == 0 {
		return LicenseTerm{}, false, err
	}
	return terms[0], true, nil
}

func (tx *tx) noteLicenseReminder(ctx context.Context, l License, step int, outcome reminderOutcome) (isNew bool, err error) {
	row := licenseReminder{LicenseID: l.ID, EndsAt: l.EndsAt.UTC(), Days: step, At: tx.now, Outcome: outcome}
	result := tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	return result.RowsAffected == 1, result.Error
}

func (tx *tx) tellOfLicenseEnd(ctx context.Context, l License, step int) error {
	members, err := rowsOf[Membership](tx.DB).Raw(`SELECT m.* FROM memberships m JOIN clients c ON c.id = ?
		WHERE m.account_id = ? AND (m.role = ? OR m.reselling_role = ? AND c.responsible_id = m.user_id) ORDER BY m.joined_at, m.id`, l.ClientID, l.AccountID, Owner, Seller).Find(ctx)
	if err != nil {
		return err
	}
	mail := LicenseEndingMail{LicenseID: l.ID, EndsAt: l.EndsAt.UnixMicro(), Days: step}
	mails := []river.JobArgs{mail} // to the client
	for _, m := range members {
		mail.UserID = m.UserID
		mails = append(mails, mail)
	}
	for _, m := range mails {
		if err := tx.enqueue(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

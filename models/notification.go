package models

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Notice is a kind of mail that its reader can do without. All others are sent
// in any case: to invite, to guard a sign-in, to tell of a change of role.
type Notice string

// The mails that members of the Reselling team choose.
const (
	TrialEndsIn7    Notice = "trial_ends_7"
	TrialEndsIn3    Notice = "trial_ends_3"
	TrialEndsIn1    Notice = "trial_ends_1"
	TrialHasEnded   Notice = "trial_ended"
	ClientWantsIt   Notice = "client_interest"
	RequestDecided  Notice = "request_decided"
	MailUndelivered Notice = "mail_undelivered"
	PriceAnswered   Notice = "price_answered"
	QuoteLapses     Notice = "quote_lapses"
	LicenseEnds     Notice = "license_ends"
)

// Notices are all of them, in the order of the form.
var Notices = []Notice{TrialEndsIn7, TrialEndsIn3, TrialEndsIn1, TrialHasEnded, ClientWantsIt, RequestDecided, MailUndelivered, PriceAnswered, QuoteLapses, LicenseEnds}

// mutedMail is a notice that a user does not want.
type mutedMail struct {
	UserID string
	Notice Notice
	Since  time.Time
}

// Notifications returns which notices the actor gets.
func (s *Store) Notifications(ctx context.Context, actor Actor) ([]Notice, error) {
	if !actor.SignedIn() {
		return nil, Errorf(Forbidden, "Sign in first.")
	}
	return wanted(ctx, s.reader, actor.UserID)
}

func wanted(ctx context.Context, db *gorm.DB, userID string) ([]Notice, error) {
	muted, err := rowsOf[mutedMail](db).Where("user_id = ?", userID).Find(ctx)
	return slices.DeleteFunc(slices.Clone(Notices), func(n Notice) bool {
		return slices.ContainsFunc(muted, func(m mutedMail) bool { return m.Notice == n })
	}), err
}

// wants reports whether a user gets a notice.
func wants(ctx context.Context, db *gorm.DB, userID string, notice Notice) (bool, error) {
	n, err := rowsOf[mutedMail](db).Where("user_id = ? AND notice = ?", userID, notice).Count(ctx, "*")
	return n == 0, err
}

// ChangeNotifications makes the chosen notices those that the actor gets, for
// every account that they belong to.
func (s *Store) ChangeNotifications(ctx context.Context, actor Actor, chosen []Notice) error {
	if !actor.SignedIn() {
		return Errorf(Forbidden, "Sign in first.")
	}
	for _, n := range chosen {
		if !slices.Contains(Notices, n) {
			return Problems{"notice": "Choose among the mails of the list."}.Err()
		}
	}
	return s.write(ctx, func(tx *tx) error {
		// The user's row is the lock: two forms saved at once leave one of them, not a mixture.
		user, err := rowsOf[User](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ? AND removed_at IS NULL", actor.UserID).Take(ctx)
		if err != nil {
			return orNotFound(err, "User")
		}
		before, err := wanted(ctx, tx.DB, user.ID)
		if err != nil {
			return err
		}
		after := slices.DeleteFunc(slices.Clone(Notices), func(n Notice) bool { return !slices.Contains(chosen, n) })
		if slices.Equal(before, after) {
			return nil
		}
		for _, n := range Notices {
			switch had, has := slices.Contains(before, n), slices.Contains(after, n); {
			case had && !has:
				err = rowsOf[mutedMail](tx.DB).Create(ctx, &mutedMail{UserID: user.ID, Notice: n, Since: tx.now})
			case !had && has:
				_, err = rowsOf[mutedMail](tx.DB).Where("user_id = ? AND notice = ?", user.ID, n).Delete(ctx)
			}
			if err != nil {
				return err
			}
		}
		return tx.record(ctx, actor, "user.changed", user.subject(actor.AccountID), map[string]any{"mails": noticeList(before)}, map[string]any{"mails": noticeList(after)})
	})
}

// noticeList is how an event keeps notices.
func noticeList(notices []Notice) string {
	var names []string
	for _, n := range notices {
		names = append(names, string(n))
	}
	return strings.Join(names, ", ")
}

package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Quota is how many trials an account may issue in the calendar month of its zone [S].
type Quota struct {
	Month    Month
	Limit    int // of the plan's terms in force today, plus Granted; 0 without a plan
	Granted  int // beyond the plan's, by staff for this month
	Used     int // issued this month, whatever became of them
	ResetsAt time.Time
	Zone     *time.Location
	Plan     Plan      // empty: the account has none and issues no trials
	Terms    PlanTerms // zero without a plan
}

// Left is how many trials may still be issued; never negative, also after a change to a smaller plan.
func (q Quota) Left() int { return max(0, q.Limit-q.Used) }

// HasTrials reports whether the account's plan has trials at all, used up or not.
func (q Quota) HasTrials() bool { return q.Limit > 0 && q.Terms.TrialDays > 0 }

// quotaOf returns the quota of an account at now, by its plan as given, so that
// a change of plan can be previewed. The count holds until commit only in a tx
// that locked the account.
func quotaOf(ctx context.Context, db *gorm.DB, account Account, now time.Time) (Quota, error) {
	zones, err := rowsOf[accountZone](db).Where("account_id = ?", account.ID).Order("holds_from").Find(ctx)
	if err != nil {
		return Quota{}, err
	}
	calendar, err := newQuotaCalendar(zones)
	if err != nil {
		return Quota{}, err
	}
	q := Quota{Plan: account.Plan, Zone: calendar.zoneAt(now), Month: calendar.monthAt(now), ResetsAt: calendar.resetAfter(now)}
	day := DateIn(now, q.Zone)
	found, err := rowsOf[quotaFacts](db).Raw(`SELECT p.*, (SELECT COUNT(*) FROM trials WHERE account_id = ? AND month = ?) AS used,
		(SELECT COALESCE(SUM(number), 0) FROM trial_grants WHERE account_id = ? AND month = ?) AS granted
		FROM (SELECT 1 AS one) AS o LEFT JOIN plan_terms p ON p.id = (SELECT id FROM plan_terms WHERE plan = ? AND holds_from <= ? ORDER BY holds_from DESC LIMIT 1)`,
		account.ID, q.Month, account.ID, q.Month, account.Plan, day).Take(ctx)
	if err != nil {
		return q, err
	}
	if account.Plan != "" && found.ID == "" {
		return q, fmt.Errorf("no terms of plan %s on %s", account.Plan, day)
	}
	q.Used = found.Used
	if account.Plan != "" { // without one there is nothing to add to
		q.Terms, q.Granted = found.PlanTerms, found.Granted
		q.Limit = q.Terms.TrialsPerMonth + q.Granted
	}
	return q, nil
}

// quotaFacts are what a quota is made of, read by one statement.
type quotaFacts struct {
	PlanTerms `gorm:"embedded"`
	Used      int
	Granted   int
}

// Quota returns the quota of the actor's account.
func (s *Store) Quota(ctx context.Context, actor Actor) (Quota, error) {
	if err := actor.require(ReadReselling); err != nil {
		return Quota{}, err
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", actor.AccountID).Take(ctx)
	if err != nil {
		return Quota{}, orNotFound(err, "Account")
	}
	return quotaOf(ctx, s.reader, account, s.Now())
}

// quotaCalendar tells which month an instant counts in, over the zones that an
// account has had and will have.
type quotaCalendar []zoneSpan

type zoneSpan struct {
	from time.Time
	zone *time.Location
}

func newQuotaCalendar(zones []accountZone) (quotaCalendar, error) {
	var c quotaCalendar
	for _, z := range zones {
		zone, err := LoadZone(z.Zone)
		if err != nil {
			return nil, err
		}
		c = append(c, zoneSpan{z.HoldsFrom, zone})
	}
	if len(c) == 0 {
		return nil, Errorf(Internal, "an account without a time zone")
	}
	return c, nil
}

// span is the index of the zone in force at t; the first one also covers what came before it.
func (c quotaCalendar) span(t time.Time) int {
	for i := len(c) - 1; i > 0; i-- {
		if !t.Before(c[i].from) {
			return i
		}
	}
	return 0
}

func (c quotaCalendar) zoneAt(t time.Time) *time.Location { return c[c.span(t)].zone }

func (c quotaCalendar) monthAt(t time.Time) Month { return MonthIn(t, c.zoneAt(t)) }

// resetAfter is the first instant after t that counts in another month. A change
// of zone on the way moves it: westwards the month lasts longer.
func (c quotaCalendar) resetAfter(t time.Time) time.Time {
	month := c.monthAt(t)
	for i := c.span(t); ; i++ {
		end := month.Next().StartIn(c[i].zone)
		if i+1 == len(c) || end.Before(c[i+1].from) {
			return end
		}
		if t = c[i+1].from; MonthIn(t, c[i+1].zone) != month {
			return t
		}
	}
}

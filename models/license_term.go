package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// LicenseTerm is a paid term of a licence. A trial's own time stands on the
// trial. The seats of a licence at an instant are the sum over the terms that
// hold then; License.EndsAt is the end of the last one.
type LicenseTerm struct {
	ID        string
	AccountID string
	LicenseID string
	OrderID   string
	LineID    string
	Seats     int
	Quarters  int
	AddsToID  *string // the term to which these seats were added, with its first day and quarters
	FirstDay  Date    // from which its quarters are counted, in the account's zone
	StartsAt  time.Time
	EndsAt    time.Time // exclusive
	CreatedAt time.Time
	EndedAt   *time.Time // early, by a credit note
	EndedBy   *string

	UnpaidSince *time.Time // of added seats: since their payment was reversed, until they are paid again
}

// holds reports whether t holds at now.
func (t LicenseTerm) holds(now time.Time) bool {
	return !now.Before(t.StartsAt) && now.Before(t.EndsAt) && (t.EndedAt == nil || now.Before(*t.EndedAt)) && t.UnpaidSince == nil
}

// SeatsAt is how many seats terms give at now.
func SeatsAt(terms []LicenseTerm, now time.Time) (seats int) {
	for _, t := range terms {
		if t.holds(now) {
			seats += t.Seats
		}
	}
	return seats
}

// countSeats gives licences the seats that they have at an instant: what their
// paid terms give then, what they gave last where the licence has ended. One that
// nobody has paid for keeps the seats of its trial. License.Seats is what was true
// at the last change; a term that began since has changed no row.
func countSeats(ctx context.Context, db *gorm.DB, at time.Time, licenses ...*License) error {
	var ids []string
	for _, l := range licenses {
		ids = append(ids, l.ID)
	}
	found, err := rowsOf[LicenseTerm](db).Where("license_id IN ?", ids).Find(ctx)
	terms := map[string][]LicenseTerm{}
	for _, t := range found {
		terms[t.LicenseID] = append(terms[t.LicenseID], t)
	}
	for _, l := range licenses {
		then := at
		switch {
		case at.Before(l.StartsAt):
			then = l.StartsAt
		case !at.Before(l.EndsAt):
			then = l.EndsAt.Add(-time.Microsecond) // as fine as the databases are
		}
		if seats := SeatsAt(terms[l.ID], then); seats > 0 {
			l.Seats = seats
		}
	}
	return err
}

// licenseSeats is countSeats as a column of licences l, at an instant that it takes three times.
const licenseSeats = `COALESCE((SELECT CAST(SUM(t.seats) AS BIGINT) FROM license_terms t WHERE t.license_id = l.id
	AND t.starts_at <= ? AND t.starts_at < l.ends_at AND (t.ends_at > ? OR t.ends_at >= l.ends_at)
	AND (t.ended_at IS NULL OR t.ended_at > ? OR t.ended_at >= l.ends_at) AND t.unpaid_since IS NULL), l.seats) AS seats`

// leave lets l have only what terms give from now on. Where none of them holds now,
// l starts with the first that is to come, or has ended.
func (l *License) leave(terms []LicenseTerm, now time.Time) {
	var ends, starts time.Time
	for _, t := range terms {
		if !t.EndsAt.After(now) {
			continue
		}
		if t.EndsAt.After(ends) {
			ends = t.EndsAt
		}
		if starts.IsZero() || t.StartsAt.Before(starts) {
			starts = t.StartsAt
		}
	}
	switch {
	case starts.After(now):
		l.StartsAt = starts
	case ends.IsZero() && l.StartsAt.After(now):
		l.StartsAt = l.CreatedAt // it was to start with what was ended
	}
	if ends.IsZero() {
		ends = now
	}
	if ends.Before(l.EndsAt) {
		l.EndsAt = ends
	}
	then := now
	if l.StartsAt.After(now) {
		then = l.StartsAt
	}
	if seats := SeatsAt(terms, then); seats > 0 {
		l.Seats = seats
	}
}

// endsNothingBetween refuses to end a term that is to come while another one comes
// after it: the licence would have to pause in between.
func (tx *tx) endsNothingBetween(ctx context.Context, t LicenseTerm) error {
	if !t.StartsAt.After(tx.now) {
		return nil
	}
	later, err := rowsOf[LicenseTerm](tx.DB).Where("license_id = ? AND ended_at IS NULL AND starts_at >= ? AND id <> ?", t.LicenseID, t.EndsAt, t.ID).Order("starts_at, id").Limit(1).Find(ctx)
	if err != nil || len(later) == 0 {
		return err
	}
	invoice, err := rowsOf[Invoice](tx.DB).Where("order_id = ?", later[0].OrderID).Take(ctx)
	if err != nil {
		return err
	}
	e := refusal("between", "The licence goes on after the term that this ends. Take back invoice %s first, which paid for that.", invoice.Number)
	e.Subject = invoice.ID
	return e
}

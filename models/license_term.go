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
	FirstDay  Date // from which its quarters are counted, in the account's zone
	StartsAt  time.Time
	EndsAt    time.Time // exclusive
	CreatedAt time.Time
	EndedAt   *time.Time // early, by a credit note
	EndedBy   *string
}

// holds reports whether t holds at now.
func (t LicenseTerm) holds(now time.Time) bool {
	return !now.Before(t.StartsAt) && now.Before(t.EndsAt) && (t.EndedAt == nil || now.Before(*t.EndedAt))
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
		if !at.Before(l.EndsAt) {
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
	AND (t.ended_at IS NULL OR t.ended_at > ? OR t.ended_at >= l.ends_at)), l.seats) AS seats`

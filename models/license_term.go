package models

import "time"

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

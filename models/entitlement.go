package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm/clause"
)

// Entitlement is a licence as somebody sees it who follows the changes. It is
// the licence as it is when it is read: one that has changed twice comes twice.
type Entitlement struct {
	Position    int64 // in the stream; rises by one
	LicenseID   string
	AccountID   string
	ClientID    string
	Company     string
	ProductCode string
	Seats       int // at this moment
	StartsAt    time.Time
	EndsAt      time.Time
	RevokedAt   *time.Time
	SuspendedAt *time.Time
	UnpaidSince *time.Time
	IsTrial     bool          // and not converted
	Terms       []LicenseTerm `gorm:"-"` // paid ones, the first first
}

// Status is the state of the licence at now.
func (e Entitlement) Status(now time.Time) LicenseStatus {
	return License{StartsAt: e.StartsAt, EndsAt: e.EndsAt, RevokedAt: e.RevokedAt, SuspendedAt: e.SuspendedAt, UnpaidSince: e.UnpaidSince}.Status(now)
}

// mostNumbered is how many changes get their position at once.
const mostNumbered = 1000

// Entitlements returns the changes of licences after a position, in order, at
// most size of them; more tells whether there are others yet. Database triggers
// note each change in its own transaction, so that none is missing. A change
// gets its position only once it is committed, so that nothing ever appears
// before a position that somebody has read.
func (s *Store) Entitlements(ctx context.Context, actor Actor, after int64, size int) (changes []Entitlement, more bool, err error) {
	if err := actor.require(ReadAccounts); err != nil {
		return nil, false, err
	}
	if err := s.numberEntitlements(ctx); err != nil {
		return nil, false, err
	}
	now := s.Now()
	changes, err = rowsOf[Entitlement](s.reader).Raw(`SELECT e.position, l.id AS license_id, l.account_id, l.client_id, c.company, p.code AS product_code, `+licenseSeats+`, l.starts_at, l.ends_at,
		l.revoked_at, l.suspended_at, l.unpaid_since, EXISTS (SELECT 1 FROM trials t WHERE t.license_id = l.id AND t.converted_at IS NULL) AS is_trial
		FROM entitlement_changes e JOIN licenses l ON l.id = e.license_id JOIN clients c ON c.id = l.client_id JOIN products p ON p.id = l.product_id
		WHERE e.position > ? ORDER BY e.position LIMIT ?`, now, now, now, after, size+1).Find(ctx)
	if err != nil {
		return nil, false, err
	}
	more = len(changes) > size
	changes = changes[:min(len(changes), size)]
	return changes, more, s.addTerms(ctx, changes)
}

func (s *Store) addTerms(ctx context.Context, changes []Entitlement) error {
	var ids []string
	for _, e := range changes {
		ids = append(ids, e.LicenseID)
	}
	slices.Sort(ids)
	terms, err := rowsOf[LicenseTerm](s.reader).Where("license_id IN ?", slices.Compact(ids)).Order("starts_at, id").Find(ctx)
	for i := range changes {
		for _, t := range terms {
			if t.LicenseID == changes[i].LicenseID {
				changes[i].Terms = append(changes[i].Terms, t)
			}
		}
	}
	return err
}

// numberEntitlements gives positions to the changes that were committed since
// somebody last asked. The counter's lock makes readers take turns.
func (s *Store) numberEntitlements(ctx context.Context) error {
	for {
		waiting := 0
		if err := s.reader.WithContext(ctx).Raw("SELECT COUNT(*) FROM (SELECT id FROM entitlement_changes WHERE position IS NULL LIMIT 1) w").Scan(&waiting).Error; err != nil || waiting == 0 {
			return err
		}
		numbered := 0
		err := s.write(ctx, func(tx *tx) (err error) {
			counter, err := rowsOf[entitlementCounter](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx)
			if err != nil {
				return err
			}
			result := tx.WithContext(ctx).Exec(`UPDATE entitlement_changes SET position = n.position
				FROM (SELECT w.id, ? + ROW_NUMBER() OVER (ORDER BY w.id) AS position FROM (SELECT id FROM entitlement_changes WHERE position IS NULL ORDER BY id LIMIT ?) w) n
				WHERE n.id = entitlement_changes.id`, counter.Last, mostNumbered)
			if result.Error != nil {
				return result.Error
			}
			numbered = int(result.RowsAffected)
			_, err = rowsOf[entitlementCounter](tx.DB).Where("id = ?", 1).Update(ctx, "last", counter.Last+result.RowsAffected)
			return err
		})
		if err != nil || numbered < mostNumbered {
			return err
		}
	}
}

type entitlementCounter struct {
	ID   int
	Last int64
}

// TableName is the table with the one row.
func (entitlementCounter) TableName() string { return "entitlement_counter" }

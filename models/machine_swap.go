package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Swaps are the deactivations of a licence in the account's calendar month. They
// are limited, so that one seat does not serve many machines in turn.
type Swaps struct {
	Used, Limit int
	ResetAt     time.Time // the month's end, in the account's zone
}

// Left is how many machines can still be taken off.
func (s Swaps) Left() int { return max(0, s.Limit-s.Used) }

// swapsOf counts the deactivations of the month, since staff last began anew.
func swapsOf(ctx context.Context, db *gorm.DB, licenseID string, seats int, now time.Time) (Swaps, error) {
	l, err := rowsOf[License](db).Where("id = ?", licenseID).Take(ctx)
	if err != nil {
		return Swaps{}, err
	}
	zone, err := zoneAt(ctx, db, l.AccountID, now)
	if err != nil {
		return Swaps{}, err
	}
	vendor, err := rowsOf[Vendor](db).Where("id = ?", 1).Take(ctx)
	if err != nil {
		return Swaps{}, err
	}
	month := MonthIn(now, zone)
	since := month.StartIn(zone)
	if r := l.DeactivationsResetAt; r != nil && r.After(since) {
		since = *r
	}
	n, err := rowsOf[Activation](db).Where("license_id = ? AND counts AND deactivated_at >= ?", licenseID, since).Count(ctx, "id")
	return Swaps{Used: int(n), Limit: seats + vendor.ExtraDeactivations, ResetAt: month.Next().StartIn(zone).In(zone)}, err
}

// maxExtraDeactivations is the most that a vendor can allow.
const maxExtraDeactivations = 1000

// ResetSwaps begins the count of a licence's deactivations anew, for an account
// that has a reason for more.
func (s *Store) ResetSwaps(ctx context.Context, actor Actor, licenseID, reason string) error {
	return s.changeLicense(ctx, actor, licenseID, reason, func(tx *tx, o trialOf) (string, error) {
		err := changed(rowsOf[License](tx.DB).Where("id = ?", o.license.ID).Update(ctx, "deactivations_reset_at", tx.now))
		return "license.deactivations_reset", err
	})
}

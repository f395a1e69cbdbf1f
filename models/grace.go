package models

import (
	"context"
	"time"
)

// maxGrace is the longest that a vendor lets a trial run on.
const maxGrace = 14

// grantGrace lets the licence of a trial whose conversion is placed run on past
// the trial's end by the days that the vendor allows; once per licence.
func (tx *tx) grantGrace(ctx context.Context, actor Actor, o Order) error {
	vendor, err := rowsOf[Vendor](tx.DB).Where("id = ?", 1).Take(ctx)
	if err != nil || vendor.GraceDays == 0 {
		return err
	}
	t, err := tx.conversionOf(ctx, o)
	if err != nil || t == nil || t.license.GraceEndsAt != nil {
		return err
	}
	until := t.trial.EndsAt.Add(time.Duration(vendor.GraceDays) * oneDay)
	if !until.After(tx.now) {
		return nil
	}
	before := map[string]any{"ends_at": t.license.EndsAt}
	t.license.GraceEndsAt, t.license.EndsAt = &until, until
	if err := tx.updateGrace(ctx, t.license); err != nil {
		return err
	}
	return tx.record(ctx, actor, "license.grace_granted", licenseSubject(t.license, t.product, t.client), before, map[string]any{"ends_at": until, "order": o.ID})
}

// endGrace takes the days of grace back when the conversion is cancelled.
func (tx *tx) endGrace(ctx context.Context, actor Actor, o Order) error {
	t, err := tx.conversionOf(ctx, o)
	if err != nil || t == nil || t.license.GraceEndsAt == nil || !t.license.EndsAt.Equal(*t.license.GraceEndsAt) {
		return err
	}
	before := map[string]any{"ends_at": t.license.EndsAt}
	t.license.EndsAt = t.trial.EndsAt
	if err := tx.updateGrace(ctx, t.license); err != nil {
		return err
	}
	return tx.record(ctx, actor, "license.grace_ended", licenseSubject(t.license, t.product, t.client), before, map[string]any{"ends_at": t.trial.EndsAt, "order": o.ID})
}

func (tx *tx) updateGrace(ctx context.Context, l License) error {
	return changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", l.AccountID, l.ID).Select("ends_at", "grace_ends_at").Updates(ctx, l))
}

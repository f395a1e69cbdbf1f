package models

import (
	"context"
	"slices"
)

// TermsPreview is what new terms do to the accounts on their plan, at this moment.
type TermsPreview struct {
	Before   PlanTerms // in whose place they come
	After    PlanTerms
	Accounts int // on the plan
	AtOnce   int // of those: where they hold already, by the account's own calendar
	Full     int // of those: with no trial left in the running month then
	WereFull int // of those: with none left as it is
	Running  int // trials of the plan's accounts, which keep their length
}

// PreviewTerms tells what AddTerms would do now, or why it would refuse. It changes nothing.
func (s *Store) PreviewTerms(ctx context.Context, actor Actor, e TermsEntry) (TermsPreview, error) {
	if err := actor.require(ManagePlans); err != nil {
		return TermsPreview{}, err
	}
	if !slices.Contains(Plans, e.Plan) {
		return TermsPreview{}, Errorf(NotFound, "Plan not found.")
	}
	terms, problems := e.terms()
	v := TermsPreview{After: terms}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	vendor, err := s.Vendor(ctx, actor)
	if err != nil {
		return v, err
	}
	if v.Before, err = reading.assessTerms(ctx, vendor, terms, problems); err != nil {
		return v, err
	}
	accounts, err := rowsOf[Account](s.reader).Where("plan = ?", e.Plan).Find(ctx)
	if err != nil {
		return v, err
	}
	v.Accounts = len(accounts)
	for _, account := range accounts {
		quota, err := quotaOf(ctx, s.reader, account, reading.now)
		if err != nil {
			return v, err
		}
		// Terms that begin later than these are in force already, or these would hold.
		if today := DateIn(reading.now, quota.Zone); terms.HoldsFrom > today || quota.Terms.HoldsFrom > terms.HoldsFrom {
			continue
		}
		v.AtOnce++
		if quota.Left() == 0 {
			v.WereFull++
		}
		if quota.Limit = terms.TrialsPerMonth + quota.Granted; quota.Left() == 0 {
			v.Full++
		}
	}
	err = s.reader.WithContext(ctx).Raw(`SELECT COUNT(*) FROM trials t JOIN accounts a ON a.id = t.account_id
		WHERE a.plan = ? AND t.ends_at > ? AND t.revoked_at IS NULL AND t.converted_at IS NULL`, e.Plan, reading.now).Scan(&v.Running).Error
	return v, err
}

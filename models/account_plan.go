package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
)

// PlanPreview is what a change of plan does to an account, at this moment.
type PlanPreview struct {
	Account Account
	Before  Quota
	After   Quota
	Running int // trials that keep their length
}

// PreviewPlan tells what ChangePlan would do now, and does nothing.
func (s *Store) PreviewPlan(ctx context.Context, actor Actor, id string, plan Plan) (PlanPreview, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return PlanPreview{}, err
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return PlanPreview{}, orNotFound(err, "Account")
	}
	return previewPlan(ctx, s.reader, account, plan, s.Now())
}

func previewPlan(ctx context.Context, db *gorm.DB, account Account, plan Plan, now time.Time) (PlanPreview, error) {
	p := PlanPreview{Account: account}
	if plan != "" && !slices.Contains(Plans, plan) {
		return p, (Problems{"plan": "Choose a plan from the list."}).Err()
	}
	var err error
	if p.Before, err = quotaOf(ctx, db, account, now); err != nil {
		return p, err
	}
	account.Plan = plan
	if p.After, err = quotaOf(ctx, db, account, now); err != nil {
		return p, err
	}
	p.Running, err = runningTrials(ctx, db, account.ID, now)
	return p, err
}

func runningTrials(ctx context.Context, db *gorm.DB, accountID string, now time.Time) (int, error) {
	n, err := rowsOf[Trial](db).Where("account_id = ? AND ends_at > ? AND revoked_at IS NULL AND converted_at IS NULL", accountID, now).Count(ctx, "id")
	return int(n), err
}

// ChangePlan puts an account on another plan at once; "" takes its plan away.
// termsID and version are those that were previewed: Conflict if the terms or
// the account have changed since.
func (s *Store) ChangePlan(ctx context.Context, actor Actor, id string, plan Plan, termsID string, version int) (PlanPreview, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return PlanPreview{}, err
	}
	var p PlanPreview
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, id)
		if err != nil {
			return err
		}
		if p, err = previewPlan(ctx, tx.DB, account, plan, tx.now); err != nil {
			return err
		}
		if account.Plan == plan {
			return Errorf(Conflict, "%s is on this plan already: %s.", account.Name, plan.Name())
		}
		if p.After.Terms.ID != termsID {
			return Errorf(Conflict, "The terms of %s have changed since you looked. Look at the preview again, then confirm.", plan.Name())
		}
		err = changed(rowsOf[Account](tx.DB).Where("id = ? AND version = ?", id, version).
			Select("plan", "version").Updates(ctx, Account{Plan: plan, Version: version + 1}))
		if err != nil {
			return err
		}
		p.Account.Plan, p.Account.Version = plan, version+1
		return tx.record(ctx, actor, "account.plan_changed", account.subject(), planFacts(p.Before), planFacts(p.After))
	})
	return p, err
}

func planFacts(q Quota) map[string]any {
	return map[string]any{"plan": string(q.Plan), "trials_per_month": q.Terms.TrialsPerMonth, "trial_days": q.Terms.TrialDays, "percentage": q.Terms.Percentage}
}

// SuspendAccount stops an account from issuing trials and placing orders; its
// running licences go on.
func (s *Store) SuspendAccount(ctx context.Context, actor Actor, id, reason string) (Account, error) {
	return s.SuspendAccountWith(ctx, actor, id, reason, nil)
}

// SuspendAccountWith is SuspendAccount with those of the licences named of which
// NonPayment says that they run unpaid: they are suspended until their invoices are
// paid.
func (s *Store) SuspendAccountWith(ctx context.Context, actor Actor, id, reason string, licenses []string) (Account, error) {
	return s.setSuspension(ctx, actor, id, reason, true, licenses)
}

// ResumeAccount lets a suspended account work again.
func (s *Store) ResumeAccount(ctx context.Context, actor Actor, id, reason string) (Account, error) {
	return s.ResumeAccountWith(ctx, actor, id, reason, nil)
}

// ResumeAccountWith is ResumeAccount with the licences named that were suspended
// for an overdue invoice.
func (s *Store) ResumeAccountWith(ctx context.Context, actor Actor, id, reason string, licenses []string) (Account, error) {
	return s.setSuspension(ctx, actor, id, reason, false, licenses)
}

func (s *Store) setSuspension(ctx context.Context, actor Actor, id, reason string, suspend bool, licenses []string) (Account, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return Account{}, err
	}
	p := Problems{}
	reason = cleanText(reason)
	p.fill("reason", reason, "Say why: colleagues will read it, and so will you in a year.", 1000)
	var account Account
	err := s.write(ctx, func(tx *tx) (err error) {
		if account, err = tx.lockAccount(ctx, id); err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		if account.IsSuspended() == suspend {
			return Errorf(Conflict, "%s is %s already.", account.Name, map[bool]string{true: "suspended", false: "working"}[suspend])
		}
		action, before, after := "account.resumed", map[string]any{"reason": account.SuspensionReason}, map[string]any{"reason": reason}
		account.SuspendedAt, account.SuspendedBy, account.SuspensionReason = nil, "", ""
		if suspend {
			action, before = "account.suspended", nil
			account.SuspendedAt, account.SuspendedBy, account.SuspensionReason = &tx.now, actor.UserID, reason
		}
		account.Version++
		if err := changed(rowsOf[Account](tx.DB).Where("id = ? AND version = ?", id, account.Version-1).
			Select("suspended_at", "suspended_by", "suspension_reason", "version").Updates(ctx, account)); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, action, account.subject(), before, after); err != nil {
			return err
		}
		switch {
		case suspend:
			err = tx.suspendUnpaid(ctx, actor, id, licenses)
		case len(licenses) > 0:
			err = tx.endSuspensions(ctx, actor, id, "id IN ?", licenses)
		}
		if err != nil {
			return err
		}
		return tx.tellOfStanding(ctx, account)
	})
	return account, err
}

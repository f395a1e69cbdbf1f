package models

import (
	"context"
	"fmt"
	"time"
)

// trialGrant is a number of trials beyond the plan's for one month of an account.
type trialGrant struct {
	ID        string
	AccountID string
	Month     Month
	Number    int
	Reason    string
	RequestID *string // nil: staff granted it unasked
	GrantedAt time.Time
	GrantedBy string
}

// trialAllowance lets a client have one more trial of a product.
type trialAllowance struct {
	ID        string
	AccountID string
	ClientID  string
	ProductID string
	RequestID string
	GrantedAt time.Time
	GrantedBy string
	TrialID   *string // that used it
}

const (
	mostGranted     = 1000
	grantMonthAhead = 12
)

// GrantEntry is what staff type to grant an account extra trials.
type GrantEntry struct {
	Number     string
	Month      string // the running one of the account, or a later one
	Reason     string
	RequestKey string
}

// GrantTrials raises an account's limit of one month, unasked, and returns the
// quota of the running month.
func (s *Store) GrantTrials(ctx context.Context, actor Actor, accountID string, e GrantEntry) (Quota, error) {
	if err := actor.require(DecideRequests); err != nil {
		return Quota{}, err
	}
	p := Problems{}
	g := trialGrant{AccountID: accountID, Number: p.whole("number", e.Number, 1, 100), Reason: cleanText(e.Reason), GrantedBy: actor.UserID}
	p.fill("reason", g.Reason, "Say why: the account reads it, and so will colleagues.", maxReason)
	var quota Quota
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, accountID)
		if err != nil {
			return err
		}
		if quota, err = quotaOf(ctx, tx.DB, account, tx.now); err != nil {
			return err
		}
		if g.Month, err = ParseMonth(clean(e.Month)); err != nil || g.Month < quota.Month || g.Month > quota.Month.AddMonths(grantMonthAhead) {
			p.Add("month", "Choose the running month of the account or one of the next 12.")
		}
		if err := p.Err(); err != nil {
			return err
		}
		g.ID = newID()
		if earlier, err := tx.claim(ctx, actor, "grant", e.RequestKey, g.ID, e); err != nil || earlier.id != "" {
			return earlier.told(err, "trials were granted")
		}
		if err := tx.grantTrials(ctx, actor, account, g); err != nil {
			return err
		}
		quota, err = quotaOf(ctx, tx.DB, account, tx.now)
		return err
	})
	return quota, err
}

// grantTrials adds g to an account that the caller has locked.
func (tx *tx) grantTrials(ctx context.Context, actor Actor, account Account, g trialGrant) error {
	var before int
	if err := tx.Raw("SELECT COALESCE(SUM(number), 0) FROM trial_grants WHERE account_id = ? AND month = ?", account.ID, g.Month).Scan(&before).Error; err != nil {
		return err
	}
	if before+g.Number > mostGranted {
		return Errorf(Conflict, "%d extra trials of %s are granted already; there can be %d at most. Change the plan instead.", before, g.Month.Time().Format("January"), mostGranted)
	}
	g.GrantedAt = tx.now
	if err := rowsOf[trialGrant](tx.DB).Create(ctx, &g); err != nil {
		return fmt.Errorf("create grant: %w", err)
	}
	month := g.Month.Time().Format("January 2006")
	return tx.record(ctx, actor, "account.trials_granted", account.subject(), map[string]any{"granted": before},
		map[string]any{"granted": before + g.Number, "number": g.Number, "month": month, "reason": g.Reason})
}

// allowance returns an unused one for any of some clients, the oldest first, or nil.
func (tx *tx) allowance(ctx context.Context, accountID string, clientIDs []string, productID string) (*trialAllowance, error) {
	found, err := rowsOf[trialAllowance](tx.DB).Where("account_id = ? AND client_id IN ? AND product_id = ? AND trial_id IS NULL", accountID, clientIDs, productID).
		Order("granted_at, id").Limit(1).Find(ctx)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// useAllowance takes a, if there is one, for a trial.
func (tx *tx) useAllowance(ctx context.Context, a *trialAllowance, trialID string) error {
	if a == nil {
		return nil
	}
	return changed(rowsOf[trialAllowance](tx.DB).Where("id = ? AND trial_id IS NULL", a.ID).Update(ctx, "trial_id", trialID))
}

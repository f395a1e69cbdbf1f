package models

import (
	"context"
	"fmt"
	"time"
)

// Verdict is how a request is decided.
type Verdict string

// The verdicts.
const (
	Grant   Verdict = "grant"
	Decline Verdict = "decline"
)

// Decision is what staff answer to a request.
type Decision struct {
	Verdict Verdict
	Days    string // of an extension that is granted
	Answer  string // why; the account reads it
}

// DecideRequest grants or declines a request and mails the answer to who asked.
// A granted extra trial raises the month's limit by one; an extension moves the
// end of trial and licence, whose key stays, and tells the client; another trial
// lets one more of the product be issued for the client. Conflict if somebody has
// settled the request first, or if there is nothing left to grant.
func (s *Store) DecideRequest(ctx context.Context, actor Actor, id string, d Decision) (Request, error) {
	if err := actor.require(DecideRequests); err != nil {
		return Request{}, err
	}
	p := Problems{}
	answer, days := cleanText(d.Answer), 0
	p.fill("answer", answer, "Say why: whoever asked reads it in the mail.", maxReason)
	if d.Verdict != Grant && d.Verdict != Decline {
		p.Add("decision", "Choose whether to grant or to decline.")
	}
	grant := d.Verdict == Grant
	var decided Request
	err := s.write(ctx, func(tx *tx) error {
		asked, err := rowsOf[Request](tx.DB).Where("id = ?", id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Request")
		}
		account, err := tx.lockAccount(ctx, asked.AccountID)
		if err != nil {
			return err
		}
		o, err := s.request(ctx, tx.DB, account.ID, id) // again, now that nobody else can settle it
		if err != nil {
			return err
		}
		if err := o.waiting(ctx, tx.DB); err != nil {
			return err
		}
		if grant && asked.Kind == Extension {
			days = p.whole("days", d.Days, 1, mostExtensionDays)
		}
		if err := p.Err(); err != nil {
			return err
		}
		o.request.DecidedAt, o.request.DecidedBy, o.request.Granted, o.request.GrantedDays, o.request.Answer = &tx.now, actor.UserID, grant, days, answer
		if err := changed(rowsOf[Request](tx.DB).Where("id = ? AND decided_at IS NULL AND withdrawn_at IS NULL", id).
			Select("decided_at", "decided_by", "granted", "granted_days", "answer").Updates(ctx, o.request)); err != nil {
			return err
		}
		action, facts := "request.declined", o.named()
		facts["answer"] = answer
		if grant {
			action = "request.granted"
			if days > 0 {
				facts["days"] = days
			}
		}
		if err := tx.record(ctx, actor, action, o.subject(), nil, facts); err != nil {
			return err
		}
		if grant {
			if err := tx.grantRequest(ctx, actor, account, o); err != nil {
				return err
			}
		}
		decided = o.request
		return tx.enqueue(ctx, RequestDecidedMail{RequestID: id})
	})
	return decided, err
}

// grantRequest does what a request asked for.
func (tx *tx) grantRequest(ctx context.Context, actor Actor, account Account, o requestOf) error {
	r := o.request
	switch r.Kind {
	case ExtraTrial:
		quota, err := quotaOf(ctx, tx.DB, account, tx.now)
		if err != nil {
			return err
		}
		if r.Month < quota.Month {
			return refusal("over", "%s is over for %s. Decline the request; you can grant extra trials for %s on the account's page.",
				r.Month.Time().Format("January 2006"), account.Name, quota.Month.Time().Format("January 2006"))
		}
		return tx.grantTrials(ctx, actor, account, trialGrant{ID: newID(), AccountID: account.ID, Month: r.Month, Number: 1, Reason: r.Answer, RequestID: &r.ID, GrantedBy: actor.UserID})
	case Extension:
		if err := tx.extensible(ctx, o.trialOf, true); err != nil {
			return err
		}
		return tx.extendTrial(ctx, actor, o)
	case AnotherTrial:
		a := trialAllowance{ID: newID(), AccountID: account.ID, ClientID: *r.ClientID, ProductID: *r.ProductID, RequestID: r.ID, GrantedAt: tx.now, GrantedBy: actor.UserID}
		if err := rowsOf[trialAllowance](tx.DB).Create(ctx, &a); err != nil {
			return fmt.Errorf("create allowance: %w", err)
		}
		return tx.record(ctx, actor, "client.trial_allowed", o.client.subject(), nil, map[string]any{"product": o.product.Name, "reason": r.Answer})
	}
	return nil
}

// extendedTo is the end of a trial with more days: they count from its end or,
// when that has passed while the request waited, from now.
func extendedTo(endsAt time.Time, days int, now time.Time) time.Time {
	if endsAt.Before(now) {
		endsAt = now
	}
	return endsAt.Add(time.Duration(days) * 24 * time.Hour)
}

// extendTrial moves the end of a trial and its licence.
func (tx *tx) extendTrial(ctx context.Context, actor Actor, o requestOf) error {
	before, after := o.trial.EndsAt, extendedTo(o.trial.EndsAt, o.request.GrantedDays, tx.now)
	if err := changed(rowsOf[Trial](tx.DB).Where("account_id = ? AND id = ? AND revoked_at IS NULL AND converted_at IS NULL", o.trial.AccountID, o.trial.ID).
		Select("ends_at", "extended_at").Updates(ctx, Trial{EndsAt: after, ExtendedAt: &tx.now})); err != nil {
		return err
	}
	if err := changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ? AND revoked_at IS NULL", o.license.AccountID, o.license.ID).
		Update(ctx, "ends_at", after)); err != nil {
		return err
	}
	was, is := map[string]any{"ends_at": before.UTC()}, map[string]any{"ends_at": after, "days": o.request.GrantedDays, "reason": o.request.Answer}
	if err := tx.record(ctx, actor, "trial.extended", o.trialOf.subject(), was, is); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "license.extended", licenseSubject(o.license, o.product, o.client), was, map[string]any{"ends_at": after}); err != nil {
		return err
	}
	if err := tx.findConflicts(ctx, o.client, o.trial.ID, o.product.Name); err != nil {
		return err
	}
	return tx.enqueue(ctx, TrialExtendedMail{RequestID: o.request.ID})
}

package models

import (
	"context"
	"fmt"
)

// AllowTrial lets the client of a trial have another one of its product, unasked
// by the account. It is kept as a request that staff have made and granted.
// Conflict, as in MakeRequest, where there is nothing to allow (needless,
// allowed, licensed, archived) or the account has asked for it itself (waiting).
func (s *Store) AllowTrial(ctx context.Context, actor Actor, trialID, reason, requestKey string) (Request, error) {
	if err := actor.require(DecideRequests); err != nil {
		return Request{}, err
	}
	p := Problems{}
	reason = cleanText(reason)
	p.fill("reason", reason, "Say why: the account reads it, and so will colleagues.", maxReason)
	var r Request
	err := s.write(ctx, func(tx *tx) error {
		seen, err := rowsOf[Trial](tx.DB).Where("id = ?", trialID).Take(ctx)
		if err != nil {
			return orNotFound(err, "Trial")
		}
		account, err := tx.lockAccount(ctx, seen.AccountID)
		if err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		id := newID()
		earlier, err := tx.claim(ctx, actor, "allowance", requestKey, id, []string{trialID, reason})
		if err != nil {
			return err
		}
		if earlier.id != "" {
			o, err := s.request(ctx, tx.DB, account.ID, earlier.id)
			r = o.request
			return earlier.told(err, "another trial was allowed")
		}
		r, err = tx.allowTrial(ctx, actor, account, id, trialID, reason)
		return err
	})
	return r, err
}

func (tx *tx) allowTrial(ctx context.Context, actor Actor, account Account, id, trialID, reason string) (Request, error) {
	var o requestOf
	var err error
	if o.trialOf, err = tx.store.trial(ctx, tx.DB, account.ID, trialID); err != nil {
		return o.request, err
	}
	if err := tx.allowable(ctx, account, o.trialOf); err != nil {
		return o.request, err
	}
	zone, err := zoneAt(ctx, tx.DB, account.ID, tx.now)
	if err != nil {
		return o.request, err
	}
	o.request = Request{
		ID: id, AccountID: account.ID, Kind: AnotherTrial, About: o.client.ID + " " + o.product.ID, Month: MonthIn(tx.now, zone), ClientID: &o.client.ID, ProductID: &o.product.ID,
		Reason: reason, RequestedAt: tx.now, RequestedBy: actor.UserID, DecidedAt: &tx.now, DecidedBy: actor.UserID, Granted: true, Answer: reason,
		Search: fold(o.client.Company + " " + o.client.Email + " " + o.product.Name + " " + reason),
	}
	if err := rowsOf[Request](tx.DB).Create(ctx, &o.request); err != nil {
		return o.request, fmt.Errorf("create request: %w", err)
	}
	if err := tx.grantRequest(ctx, actor, account, o); err != nil {
		return o.request, err
	}
	return o.request, tx.enqueue(ctx, RequestDecidedMail{RequestID: id})
}

// allowable returns Conflict unless only an earlier trial keeps the client of o
// from another one, and nobody waits for an answer about it.
func (tx *tx) allowable(ctx context.Context, account Account, o trialOf) error {
	waits, err := rowsOf[Request](tx.DB).Where("account_id = ? AND kind = ? AND about = ? AND decided_at IS NULL AND withdrawn_at IS NULL", account.ID, AnotherTrial, o.client.ID+" "+o.product.ID).Find(ctx)
	if err != nil {
		return err
	}
	if len(waits) > 0 {
		e := refusal("waiting", "%s asks for this already, and waits for an answer: decide the request.", account.Name)
		e.Subject = waits[0].ID
		return e
	}
	return tx.repeatable(ctx, account, o)
}

// TrialToAllow is a trial whose client staff may allow another one.
type TrialToAllow struct {
	Row     TrialRow
	Refusal *Error // why there is nothing to allow; nil if there is
}

// TrialToAllow returns a trial of any account for the form that allows another.
func (s *Store) TrialToAllow(ctx context.Context, actor Actor, trialID string) (TrialToAllow, error) {
	var v TrialToAllow
	if err := actor.require(DecideRequests); err != nil {
		return v, err
	}
	var err error
	if v.Row, err = rowsOf[TrialRow](s.reader).Raw(trialRows+" WHERE t.id = ?", trialID).Take(ctx); err != nil {
		return v, orNotFound(err, "Trial")
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", v.Row.AccountID).Take(ctx)
	if err != nil {
		return v, orNotFound(err, "Account")
	}
	o, err := s.trial(ctx, s.reader, account.ID, trialID)
	if err != nil {
		return v, err
	}
	err = (&tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}).allowable(ctx, account, o)
	if e, ok := Shown(err); ok && e.Kind == Conflict {
		v.Refusal, err = e, nil
	}
	return v, err
}

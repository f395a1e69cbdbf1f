package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// RequestEntry is what a Seller fills in to ask for an exception.
type RequestEntry struct {
	Kind       RequestKind
	TrialID    string // of an extension
	ClientID   string // of another trial
	Product    string // its code, of another trial
	Days       string // of an extension
	Reason     string
	RequestKey string
}

// RequestDraft is what a request would be about.
type RequestDraft struct {
	Kind    RequestKind
	Quota   Quota
	Trial   Trial // of an extension
	Client  Client
	Product Product
	Zone    string // the account's
}

// MakeRequest asks the vendor for an extra trial this month, for more days of a
// running trial, or for another trial of a client who had one. It returns
// Conflict, with a code for the cause, when the account may not ask (suspended,
// no_plan, no_trials), the same is asked already (waiting) or was granted and
// not used (allowed), or there is nothing to ask for (needless, ended, licensed).
// Sent twice with one request key it returns the first request.
func (s *Store) MakeRequest(ctx context.Context, actor Actor, e RequestEntry) (Request, error) {
	if err := actor.require(IssueTrials); err != nil {
		return Request{}, err
	}
	p := Problems{}
	r := Request{Kind: e.Kind, Reason: cleanText(e.Reason)}
	p.fill("reason", r.Reason, "Say why: Customer Success decides by it.", maxReason)
	if e.Kind == Extension {
		r.Days = p.whole("days", e.Days, 1, mostExtensionDays)
	}
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, actor.AccountID)
		if err != nil {
			return err
		}
		r.ID, r.AccountID, r.RequestedAt, r.RequestedBy = newID(), account.ID, tx.now, actor.UserID
		earlier, err := tx.claim(ctx, actor, "request", e.RequestKey, r.ID, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			o, err := s.request(ctx, tx.DB, account.ID, earlier.id)
			r = o.request
			if err == nil && earlier.differs { // while one waits, that is what there is to say
				_, err = tx.assessRequest(ctx, account, e)
			}
			return earlier.told(err, "Customer Success was asked")
		}
		o, err := tx.assessRequest(ctx, account, e)
		if err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		o.request.Reason, o.request.Days = r.Reason, r.Days
		o.request.ID, o.request.AccountID, o.request.RequestedAt, o.request.RequestedBy = r.ID, r.AccountID, r.RequestedAt, r.RequestedBy
		o.request.Search = fold(o.client.Company + " " + o.client.Email + " " + o.product.Name + " " + r.Reason)
		r = o.request
		if err := rowsOf[Request](tx.DB).Create(ctx, &r); isDuplicate(err) {
			return refusal("waiting", "This is asked already. Customer Success answers by mail.")
		} else if err != nil {
			return fmt.Errorf("create request: %w", err)
		}
		return tx.record(ctx, actor, "request.made", o.subject(), nil, o.facts())
	})
	return r, err
}

// NewRequest says what a request would be about, or why it can't be made. It changes nothing.
func (s *Store) NewRequest(ctx context.Context, actor Actor, e RequestEntry) (RequestDraft, error) {
	if err := actor.require(IssueTrials); err != nil {
		return RequestDraft{}, err
	}
	account, err := s.OwnAccount(ctx, actor)
	if err != nil {
		return RequestDraft{}, err
	}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	d := RequestDraft{Kind: e.Kind}
	if d.Quota, err = quotaOf(ctx, s.reader, account, reading.now); err != nil {
		return d, err
	}
	d.Zone = d.Quota.Zone.String()
	o, err := reading.assessRequest(ctx, account, e)
	d.Trial, d.Client, d.Product = o.trial, o.client, o.product
	return d, err
}

// assessRequest returns the request that e would make, with what it is about, or
// why it can't be made; what it is about also then, once that is known.
func (tx *tx) assessRequest(ctx context.Context, account Account, e RequestEntry) (requestOf, error) {
	var o requestOf
	o.request.Kind = e.Kind
	var err error
	switch e.Kind {
	case ExtraTrial:
	case Extension:
		o.trialOf, err = tx.store.trial(ctx, tx.DB, account.ID, e.TrialID)
	case AnotherTrial:
		o.trialOf, err = tx.clientsProduct(ctx, account, e)
	default:
		err = Errorf(NotFound, "There is no such request.")
	}
	if err != nil {
		return o, err
	}
	quota, err := quotaOf(ctx, tx.DB, account, tx.now)
	if err != nil {
		return o, err
	}
	o.request.Month, o.request.About = quota.Month, string(quota.Month)
	switch {
	case account.IsSuspended():
		return o, refusal("suspended", "%s is suspended and can't ask for exceptions. Ask Customer Success what to do.", account.Name)
	case account.Plan == "":
		return o, refusal("no_plan", "%s has no plan. Only Bronze, Silver and Gold accounts issue trials: ask Customer Success for a plan.", account.Name)
	case quota.Terms.TrialDays == 0:
		return o, refusal("no_trials", "The %s plan has no free trials at present. Ask Customer Success about it.", quota.Plan.Name())
	}
	switch e.Kind {
	case Extension:
		o.request.TrialID, o.request.About = &o.trial.ID, o.trial.ID
		err = tx.extensible(ctx, o.trialOf, false)
	case AnotherTrial:
		o.request.About = o.client.ID + " " + o.product.ID
		err = tx.repeatable(ctx, account, o.trialOf)
	case ExtraTrial:
	}
	if err != nil {
		return o, err
	}
	if e.Kind != ExtraTrial {
		o.request.ClientID, o.request.ProductID = &o.client.ID, &o.product.ID
	}
	waits, err := rowsOf[Request](tx.DB).Where("account_id = ? AND kind = ? AND about = ? AND decided_at IS NULL AND withdrawn_at IS NULL", account.ID, e.Kind, o.request.About).Find(ctx)
	if err == nil && len(waits) > 0 {
		refused := refusal("waiting", "This is asked already. Customer Success answers by mail.")
		refused.Subject = waits[0].ID
		return o, refused
	}
	return o, err
}

func (tx *tx) clientsProduct(ctx context.Context, account Account, e RequestEntry) (o trialOf, err error) {
	if o.client, err = tx.livingClient(ctx, account.ID, e.ClientID); err != nil {
		return o, err
	}
	o.product, err = rowsOf[Product](tx.DB).Where("code = ? AND archived_at IS NULL", clean(e.Product)).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = &Error{Kind: Invalid, Message: "Choose one of the products.", Fields: map[string]string{"product": "Choose one of the products."}}
	}
	return o, err
}

// extensible returns Conflict if a trial can't get more days. One that has ended
// can when it was asked for in time.
func (tx *tx) extensible(ctx context.Context, o trialOf, inTime bool) error {
	switch o.trial.Status(tx.now) {
	case TrialRevoked:
		return refusal("ended", "This trial was revoked, for good. It can't be extended.")
	case TrialConverted:
		return refusal("ended", "This trial has become a paid licence. There is nothing to extend.")
	case TrialExpired:
		if !inTime {
			return refusal("ended", "This trial has ended. Ask for another trial instead.")
		}
		other, err := rowsOf[License](tx.DB).Where("account_id = ? AND client_id = ? AND product_id = ? AND id <> ? AND revoked_at IS NULL AND ends_at > ?",
			o.trial.AccountID, o.client.ID, o.product.ID, o.license.ID, tx.now).Count(ctx, "id")
		if err != nil {
			return err
		}
		if other > 0 {
			return refusal("licensed", "This trial has ended, and %s has another licence of %s by now. Decline the request.", o.client.Company, o.product.Name)
		}
	case TrialActive:
	}
	return nil
}

// repeatable returns Conflict unless only an earlier trial keeps a client from
// another one.
func (tx *tx) repeatable(ctx context.Context, account Account, o trialOf) error {
	if o.client.IsArchived() {
		return refusal("archived", "%s is archived. Restore the client first.", o.client.Company)
	}
	allowed, err := tx.allowance(ctx, account.ID, []string{o.client.ID}, o.product.ID)
	if err != nil {
		return err
	}
	if allowed != nil {
		return refusal("allowed", "Another trial of %s is granted to %s already: issue it.", o.product.Name, o.client.Company)
	}
	known, err := similarClients(ctx, tx.DB, account.ID, o.client.Fields(), o.client.ID)
	if err != nil {
		return err
	}
	_, err = tx.refuseRepeat(ctx, account, o.product, o.client, known)
	refused, ok := errors.AsType[*Error](err)
	switch {
	case err == nil:
		return refusal("needless", "%s can get a trial of %s as it is: issue it.", o.client.Company, o.product.Name)
	case ok && refused.Code == "repeated":
		return nil
	}
	return err
}

// WithdrawRequest takes back a request that waits.
func (s *Store) WithdrawRequest(ctx context.Context, actor Actor, id string) error {
	if err := actor.require(IssueTrials); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		o, err := s.request(ctx, tx.DB, actor.AccountID, id)
		if err != nil {
			return err
		}
		if err := o.waiting(ctx, tx.DB); err != nil {
			return err
		}
		if err := changed(rowsOf[Request](tx.DB).Where("account_id = ? AND id = ? AND decided_at IS NULL AND withdrawn_at IS NULL", actor.AccountID, id).
			Select("withdrawn_at", "withdrawn_by").Updates(ctx, Request{WithdrawnAt: &tx.now, WithdrawnBy: actor.UserID})); err != nil {
			return err
		}
		return tx.record(ctx, actor, "request.withdrawn", o.subject(), nil, o.named())
	})
}

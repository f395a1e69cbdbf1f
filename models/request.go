package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// RequestKind is what an account asks the vendor for.
type RequestKind string

// The kinds of requests.
const (
	ExtraTrial   RequestKind = "extra"     // one more trial in this month
	Extension    RequestKind = "extension" // more days for a running trial
	AnotherTrial RequestKind = "another"   // one more trial of a product for a client who had one
)

// RequestKinds lists the kinds in the order of a menu.
var RequestKinds = []RequestKind{ExtraTrial, Extension, AnotherTrial}

// RequestStatus is derived from facts.
type RequestStatus string

// The states of a request; only a waiting one changes.
const (
	RequestWaiting   RequestStatus = "waiting"
	RequestGranted   RequestStatus = "granted"
	RequestDeclined  RequestStatus = "declined"
	RequestWithdrawn RequestStatus = "withdrawn"
)

// RequestStatuses lists the states in the order in which they need attention.
var RequestStatuses = []RequestStatus{RequestWaiting, RequestGranted, RequestDeclined, RequestWithdrawn}

// Request is what an account asks the vendor for beyond the rules of trials.
type Request struct {
	ID          string
	AccountID   string
	Kind        RequestKind
	About       string  // of what there is one waiting request at most
	Month       Month   // in which it was made; of an extra trial, for which
	TrialID     *string // of an extension
	ClientID    *string // nil for an extra trial
	ProductID   *string // nil for an extra trial
	Days        int     // that an extension asks for
	Reason      string
	RequestedAt time.Time
	RequestedBy string
	DecidedAt   *time.Time
	DecidedBy   string
	Granted     bool
	GrantedDays int    // of an extension
	Answer      string // why it was granted or declined
	WithdrawnAt *time.Time
	WithdrawnBy string
	Search      string // folded: client, mail address, product, reason
}

// Status is the state of r.
func (r Request) Status() RequestStatus {
	switch {
	case r.WithdrawnAt != nil:
		return RequestWithdrawn
	case r.DecidedAt == nil:
		return RequestWaiting
	case r.Granted:
		return RequestGranted
	}
	return RequestDeclined
}

// requestStates are the conditions of RequestStatus on requests r.
var requestStates = map[RequestStatus]string{
	RequestWaiting:   "r.decided_at IS NULL AND r.withdrawn_at IS NULL",
	RequestGranted:   "r.granted",
	RequestDeclined:  "r.decided_at IS NOT NULL AND NOT r.granted",
	RequestWithdrawn: "r.withdrawn_at IS NOT NULL",
}

const (
	mostExtensionDays = 365
	maxReason         = 1000
)

// requestOf is a request with what it is about; trial, client and product are
// empty where it is about none.
type requestOf struct {
	request Request
	trialOf
}

func (o requestOf) subject() subject {
	name := o.request.Month.Time().Format("January 2006")
	if o.request.Kind != ExtraTrial {
		name = o.product.Name + " for " + o.client.Company
	}
	return subject{kind: "request", id: o.request.ID, name: name, accountID: o.request.AccountID}
}

// facts are what an event says of the request.
func (o requestOf) facts() map[string]any {
	f := o.named()
	f["reason"] = o.request.Reason
	if o.request.Days > 0 {
		f["days"] = o.request.Days
	}
	return f
}

func (o requestOf) named() map[string]any {
	return map[string]any{"request": string(o.request.Kind)}
}

// request returns a request of an account with what it is about.
func (s *Store) request(ctx context.Context, db *gorm.DB, accountID, id string) (o requestOf, err error) {
	if o.request, err = rowsOf[Request](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx); err != nil {
		return o, orNotFound(err, "Request")
	}
	switch r := o.request; r.Kind {
	case Extension:
		o.trialOf, err = s.trial(ctx, db, accountID, *r.TrialID)
	case AnotherTrial:
		if o.client, err = client(ctx, db, accountID, *r.ClientID); err != nil {
			return o, err
		}
		o.product, err = rowsOf[Product](db).Where("id = ?", *r.ProductID).Take(ctx)
	case ExtraTrial:
	}
	return o, err
}

// waiting returns Conflict, saying what became of it, unless the request waits.
func (o requestOf) waiting(ctx context.Context, db *gorm.DB) error {
	status := o.request.Status()
	if status == RequestWaiting {
		return nil
	}
	by := o.request.DecidedBy
	if status == RequestWithdrawn {
		by = o.request.WithdrawnBy
	}
	user, err := rowsOf[User](db).Where("id = ?", by).Take(ctx)
	if err != nil {
		return err
	}
	e := refusal("settled", "%s has %s this request already.", user.Name, status)
	e.Subject = o.request.ID
	return e
}

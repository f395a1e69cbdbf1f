package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

// TrialRequest is what the account asks the vendor for beyond the rules of trials.
type TrialRequest struct {
	ID          string     `json:"id" example:"0198b0c4-8b20-7a11-8c3d-5e6f7a8b9c01"`
	State       string     `json:"state" enum:"waiting,granted,declined,withdrawn" example:"waiting"`
	Kind        string     `json:"kind" enum:"extra,extension,another" example:"extension"`
	Month       string     `json:"month" example:"2026-11"`
	TrialID     *string    `json:"trial_id,omitempty" doc:"Of an extension."`
	ClientID    *string    `json:"client_id,omitempty"`
	Days        int        `json:"days,omitempty" doc:"That an extension asks for." example:"7"`
	GrantedDays int        `json:"granted_days,omitempty" doc:"Of an extension that was granted."`
	Reason      string     `json:"reason" example:"Their test system was down for a week."`
	Answer      string     `json:"answer,omitempty" doc:"Of Customer Success."`
	RequestedAt time.Time  `json:"requested_at" example:"2026-11-23T09:00:00Z"`
	DecidedAt   *time.Time `json:"decided_at,omitempty"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty"`
}

func requestOf(r models.Request) TrialRequest {
	return TrialRequest{
		ID: r.ID, State: word(r.Status()), Kind: string(r.Kind), Month: string(r.Month), TrialID: r.TrialID, ClientID: r.ClientID, Days: r.Days, GrantedDays: r.GrantedDays,
		Reason: r.Reason, Answer: r.Answer, RequestedAt: r.RequestedAt.UTC(), DecidedAt: utc(r.DecidedAt), WithdrawnAt: utc(r.WithdrawnAt),
	}
}

// TrialRequestCreation is the body that asks for an exception.
type TrialRequestCreation struct {
	Kind     string `json:"kind" enum:"extra,extension,another" doc:"extra: one more trial this month; extension: more days for a running trial; another: one more trial of a product for a client who had one." example:"extension"`
	TrialID  string `json:"trial_id,omitempty" doc:"Of an extension." example:"0198b0c4-7a10-7d3e-9a51-0c7f3b1f2a01"`
	Days     int    `json:"days,omitempty" minimum:"0" maximum:"365" doc:"Of an extension." example:"7"`
	ClientID string `json:"client_id,omitempty" doc:"Of another trial."`
	Product  string `json:"product,omitempty" doc:"Of another trial: its code."`
	Reason   string `json:"reason" maxLength:"1000" doc:"Customer Success decides by it." example:"Their test system was down for a week."`
}

type requestsInput struct {
	Paging
	Query string `query:"query" maxLength:"200" doc:"In client, mail address, product and reason."`
	State string `query:"state" enum:"waiting,granted,declined,withdrawn"`
	Kind  string `query:"kind" enum:"extra,extension,another"`
}

func (a *API) requestOperations() {
	register(a, huma.Operation{
		OperationID: "list-trial-requests", Method: http.MethodGet, Path: "/trial-requests", Tags: []string{trialTag}, Summary: "List requests for exceptions",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *requestsInput) (*found[List[TrialRequest]], error) {
		f := models.RequestFilter{Query: in.Query, State: models.RequestStatus(in.State), Kind: models.RequestKind(in.Kind)}
		page, err := a.store.Requests(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, func(r models.RequestRow) TrialRequest { return requestOf(r.Request) }), nil
	})
	register(a, huma.Operation{
		OperationID: "make-trial-request", Method: http.MethodPost, Path: "/trial-requests", Tags: []string{trialTag}, Summary: "Ask for an extension or another exception", DefaultStatus: http.StatusCreated,
		Description: "Customer Success decides and answers by mail.",
	}, withToken(models.ScopeTrials), func(ctx context.Context, actor models.Actor, in *struct{ Body TrialRequestCreation }) (*created[TrialRequest], error) {
		b := in.Body
		r, err := a.store.MakeRequest(ctx, actor, models.RequestEntry{
			Kind: models.RequestKind(b.Kind), TrialID: b.TrialID, ClientID: b.ClientID, Product: b.Product, Days: strconv.Itoa(b.Days), Reason: b.Reason, RequestKey: requestKey(ctx),
		})
		if err != nil {
			return nil, err
		}
		return createdAt("/trial-requests", r.ID, requestOf(r)), nil
	})
	register(a, huma.Operation{
		OperationID: "read-trial-request", Method: http.MethodGet, Path: "/trial-requests/{id}", Tags: []string{trialTag}, Summary: "Read a request",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[TrialRequest], error) {
		return show(func(v models.RequestView) TrialRequest { return requestOf(v.Request) })(a.store.Request(ctx, actor, in.ID))
	})
	register(a, huma.Operation{
		OperationID: "withdraw-trial-request", Method: http.MethodPost, Path: "/trial-requests/{id}/withdrawal", Tags: []string{trialTag}, Summary: "Withdraw a waiting request",
	}, withToken(models.ScopeTrials), func(ctx context.Context, actor models.Actor, in *ByID) (*found[TrialRequest], error) {
		if err := a.store.WithdrawRequest(ctx, actor, in.ID); err != nil {
			return nil, err
		}
		return show(func(v models.RequestView) TrialRequest { return requestOf(v.Request) })(a.store.Request(ctx, actor, in.ID))
	})
}

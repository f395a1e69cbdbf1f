package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const trialTag = "Trials"

// Trial is free access to one product for one client.
type Trial struct {
	ID          string     `json:"id" example:"0198b0c4-7a10-7d3e-9a51-0c7f3b1f2a01"`
	State       string     `json:"state" enum:"active,expired,converted,revoked" example:"active"`
	ClientID    string     `json:"client_id" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Company     string     `json:"company" doc:"The client's." example:"Initrode"`
	Email       string     `json:"email" doc:"The client's." example:"ingrid@initrode.example"`
	Product     string     `json:"product" doc:"Its code." example:"studio-pro"`
	ProductName string     `json:"product_name" example:"Studio Pro"`
	LicenseID   string     `json:"license_id" example:"0198b0c4-7a10-7d3e-9a51-0c7f3b1f2a02"`
	Month       string     `json:"month" doc:"Whose quota it counts against." example:"2026-11"`
	Days        int        `json:"days" doc:"Fixed at issue." example:"14"`
	IssuedAt    time.Time  `json:"issued_at" example:"2026-11-23T09:00:00Z"`
	EndsAt      time.Time  `json:"ends_at" doc:"Exclusive." example:"2026-12-07T09:00:00Z"`
	RevokedAt   *time.Time `json:"revoked_at,omitempty"`
	ConvertedAt *time.Time `json:"converted_at,omitempty" doc:"When it became a paid licence."`
}

// TrialDetail is a trial with what only its own page shows.
type TrialDetail struct {
	Trial
	Plan         string `json:"plan" enum:"bronze,silver,gold" doc:"By whose terms it was issued." example:"silver"`
	RevokeReason string `json:"revoke_reason,omitempty" example:"Wrong company"`
	LicenseKey   string `json:"license_key" doc:"What the client enters into the product." example:"eyJhbGciOiJFZERTQSIs…"`
	PageURL      string `json:"page_url,omitempty" doc:"The client's licence page; for tokens with the scope trials." example:"https://reselling.example.com/l/4yKq…"`
}

func (a *API) trialLine(l models.TrialLine) Trial {
	return Trial{
		ID: l.ID, State: word(l.Status(a.store.Now())), ClientID: l.ClientID, Company: l.Company, Email: l.Email, Product: l.ProductCode, ProductName: l.Product, LicenseID: l.LicenseID,
		Month: string(l.Month), Days: l.Days, IssuedAt: l.IssuedAt.UTC(), EndsAt: l.EndsAt.UTC(), RevokedAt: utc(l.RevokedAt), ConvertedAt: utc(l.ConvertedAt),
	}
}

func (a *API) trialDetail(v models.TrialView) TrialDetail {
	t := v.Trial
	return TrialDetail{
		Trial: a.trialLine(models.TrialLine{
			ID: t.ID, ClientID: t.ClientID, Company: v.Client.Company, Email: v.Client.Email, ProductCode: v.Product.Code, Product: v.Product.Name, LicenseID: t.LicenseID,
			Month: t.Month, Days: t.Days, IssuedAt: t.IssuedAt, EndsAt: t.EndsAt, RevokedAt: t.RevokedAt, ConvertedAt: t.ConvertedAt,
		}),
		Plan: string(t.Plan), RevokeReason: t.RevokeReason, LicenseKey: v.License.Key, PageURL: v.PageURL,
	}
}

// TrialCreation is the body that issues a trial, to a client who is there or to a new one.
type TrialCreation struct {
	Product         string        `json:"product" maxLength:"100" doc:"Its code." example:"studio-pro"`
	ClientID        string        `json:"client_id,omitempty" doc:"The client; or send client." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Client          *NewEndClient `json:"client,omitempty" doc:"A new client, created together with the trial; or send client_id."`
	AcceptDuplicate bool          `json:"accept_duplicate,omitempty" doc:"The new client is another one than the account's that look the same."`
}

// Quota is how many trials the account may issue in the calendar month of its time zone.
type Quota struct {
	Month     string    `json:"month" example:"2026-11"`
	Limit     int       `json:"limit" doc:"Of the plan, and what staff have granted beyond it." example:"5"`
	Granted   int       `json:"granted" doc:"Of the limit, by staff for this month." example:"0"`
	Used      int       `json:"used" example:"2"`
	Left      int       `json:"left" example:"3"`
	ResetsAt  time.Time `json:"resets_at" example:"2026-11-30T23:00:00Z"`
	TimeZone  string    `json:"time_zone" example:"Europe/Madrid"`
	Plan      string    `json:"plan" enum:",bronze,silver,gold" doc:"Empty: the account has none and issues no trials." example:"silver"`
	TrialDays int       `json:"trial_days" doc:"How long a trial lasts that is issued now." example:"14"`
}

type trialsInput struct {
	Paging
	Query    string `query:"query" maxLength:"200" doc:"In company, mail address and product."`
	State    string `query:"state" enum:"active,expired,converted,revoked"`
	Product  string `query:"product" maxLength:"100" doc:"Its code."`
	Month    string `query:"month" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"In which it counts." example:"2026-11"`
	ClientID string `query:"client_id" maxLength:"100"`
	Sort     string `query:"sort" enum:"newest,ends" default:"newest" doc:"ends: what ends next comes first."`
}

// TrialRevocation is the body that ends a trial.
type TrialRevocation struct {
	Reason string `json:"reason,omitempty" maxLength:"200" example:"Wrong company"`
}

// TrialAddress is the body that corrects where a trial's mails go.
type TrialAddress struct {
	Email           string `json:"email" maxLength:"320" example:"ingrid@initrode.example"`
	AcceptDuplicate bool   `json:"accept_duplicate,omitempty" doc:"Though another client has the address."`
}

func (a *API) trialOperations() {
	register(a, huma.Operation{
		OperationID: "read-quota", Method: http.MethodGet, Path: "/quota", Tags: []string{trialTag}, Summary: "Read the month's quota of trials",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, _ *struct{}) (*found[Quota], error) {
		return show(func(q models.Quota) Quota {
			return Quota{
				Month: string(q.Month), Limit: q.Limit, Granted: q.Granted, Used: q.Used, Left: q.Left(), ResetsAt: q.ResetsAt.UTC(), TimeZone: q.Zone.String(), Plan: string(q.Plan), TrialDays: q.Terms.TrialDays,
			}
		})(a.store.Quota(ctx, actor))
	})
	register(a, huma.Operation{
		OperationID: "list-trials", Method: http.MethodGet, Path: "/trials", Tags: []string{trialTag}, Summary: "List or search trials",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *trialsInput) (*found[List[Trial]], error) {
		f := models.TrialFilter{Query: in.Query, State: models.TrialStatus(in.State), Product: in.Product, Month: models.Month(in.Month), ClientID: in.ClientID}
		if in.Sort == "ends" {
			f.Sort = "ends"
		}
		page, err := a.store.Trials(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, a.trialLine), nil
	})
	register(a, huma.Operation{
		OperationID: "issue-trial", Method: http.MethodPost, Path: "/trials", Tags: []string{trialTag}, Summary: "Issue a trial", DefaultStatus: http.StatusCreated,
		Description: "It starts at once, the client gets a mail with the key, and the month's quota goes down by one. It is refused with a code: quota, not_on_trial, no_plan, no_trials, suspended, archived, licensed, repeated, duplicate_client.",
	}, withToken(models.ScopeTrials), a.issueTrial)
	register(a, huma.Operation{
		OperationID: "read-trial", Method: http.MethodGet, Path: "/trials/{id}", Tags: []string{trialTag}, Summary: "Read a trial, with its licence key",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[TrialDetail], error) {
		return show(a.trialDetail)(a.store.Trial(ctx, actor, in.ID))
	})
	trialAct(a, "revoke-trial", "revocation", "Revoke a trial", "It and its licence end now. The quota gets nothing back.",
		func(ctx context.Context, actor models.Actor, id string, body *TrialRevocation) error {
			return a.store.RevokeTrial(ctx, actor, id, body.Reason)
		})
	trialAct(a, "correct-trial-address", "address", "Correct the client's mail address", "The licence page gets a new link, which is mailed there. It uses no quota.",
		func(ctx context.Context, actor models.Actor, id string, body *TrialAddress) error {
			return a.store.CorrectTrialAddress(ctx, actor, id, body.Email, body.AcceptDuplicate)
		})
	register(a, huma.Operation{
		OperationID: "resend-trial-mail", Method: http.MethodPost, Path: "/trials/{id}/resending", Tags: []string{trialTag}, Summary: "Mail the licence page to the client again",
		Description: "At most five times a day.",
	}, withToken(models.ScopeTrials), func(ctx context.Context, actor models.Actor, in *ByID) (*found[TrialDetail], error) {
		if err := a.store.ResendTrialMail(ctx, actor, in.ID); err != nil {
			return nil, err
		}
		return show(a.trialDetail)(a.store.Trial(ctx, actor, in.ID))
	})
}

// trialAct adds an operation that changes a trial and answers with it.
func trialAct[B any](a *API, id, path, summary, description string, act func(context.Context, models.Actor, string, *B) error) {
	type input struct {
		ByID
		Body B
	}
	register(a, huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: "/trials/{id}/" + path, Tags: []string{trialTag}, Summary: summary, Description: description,
	}, withToken(models.ScopeTrials), func(ctx context.Context, actor models.Actor, in *input) (*found[TrialDetail], error) {
		if err := act(ctx, actor, in.ID, &in.Body); err != nil {
			return nil, err
		}
		return show(a.trialDetail)(a.store.Trial(ctx, actor, in.ID))
	})
}

func (a *API) issueTrial(ctx context.Context, actor models.Actor, in *struct{ Body TrialCreation }) (*created[TrialDetail], error) {
	r := models.TrialRequest{Product: in.Body.Product, ClientID: in.Body.ClientID, AcceptDuplicate: in.Body.AcceptDuplicate, RequestKey: requestKey(ctx)}
	if (in.Body.Client == nil) == (r.ClientID == "") {
		return nil, models.Problems{"client_id": "Send either client_id or client."}.Err()
	}
	if in.Body.Client != nil {
		r.NewClient = in.Body.Client.fields()
	}
	issued, err := a.store.IssueTrial(ctx, actor, r)
	if err != nil {
		return nil, err
	}
	v, err := a.store.Trial(ctx, actor, issued.Trial.ID)
	if err != nil {
		return nil, err
	}
	return createdAt("/trials", v.Trial.ID, a.trialDetail(v)), nil
}

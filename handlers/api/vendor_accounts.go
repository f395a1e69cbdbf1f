package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const vendorAccountTag = "Vendor: accounts"

// Account is a customer of the vendor.
type Account struct {
	ID          string     `json:"id" example:"0198b0c4-1a00-7000-8000-0a1b2c3d4e01"`
	Name        string     `json:"name" example:"Acme"`
	LegalName   string     `json:"legal_name" example:"Acme Services S.L."`
	Address     string     `json:"address" example:"Calle Mayor 1\n28013 Madrid"`
	TaxID       string     `json:"tax_id" example:"ESB12345678"`
	Country     string     `json:"country" example:"ES"`
	Currency    string     `json:"currency" example:"EUR"`
	Plan        string     `json:"plan" enum:",bronze,silver,gold" doc:"Empty: none, it may not resell." example:"silver"`
	PaymentDays int        `json:"payment_days" example:"14"`
	TaxPoints   int        `json:"tax_basis_points" doc:"The tax rate in hundredths of a percent." example:"2100"`
	SuspendedAt *time.Time `json:"suspended_at,omitempty" doc:"It issues no trials and places no orders; its licences go on."`
	Reason      string     `json:"suspension_reason,omitempty"`
	CreatedAt   time.Time  `json:"created_at" example:"2026-01-12T08:30:00Z"`
	Version     int        `json:"version" doc:"Send it with a change." example:"1"`
}

func accountOf(a models.Account) Account {
	return Account{
		ID: a.ID, Name: a.Name, LegalName: a.LegalName, Address: a.Address, TaxID: a.TaxID, Country: a.Country, Currency: a.Currency, Plan: string(a.Plan), PaymentDays: a.PaymentDays,
		TaxPoints: a.TaxRate, SuspendedAt: utc(a.SuspendedAt), Reason: a.SuspensionReason, CreatedAt: a.CreatedAt.UTC(), Version: a.Version,
	}
}

// AccountCreation is the body that creates an account and invites its Owner.
type AccountCreation struct {
	Name        string `json:"name" maxLength:"200" example:"Acme"`
	LegalName   string `json:"legal_name" maxLength:"200" example:"Acme Services S.L."`
	Address     string `json:"address,omitempty" maxLength:"1000" example:"Calle Mayor 1\n28013 Madrid"`
	TaxID       string `json:"tax_id,omitempty" maxLength:"50" example:"ESB12345678"`
	Country     string `json:"country" maxLength:"2" doc:"ISO 3166, two letters." example:"ES"`
	Currency    string `json:"currency" maxLength:"3" doc:"ISO 4217; one for everything of the account." example:"EUR"`
	TimeZone    string `json:"time_zone" maxLength:"100" example:"Europe/Madrid"`
	Plan        string `json:"plan,omitempty" enum:",bronze,silver,gold" example:"silver"`
	PaymentDays int    `json:"payment_days,omitempty" minimum:"0" maximum:"365" default:"14" example:"14"`
	TaxPoints   int    `json:"tax_basis_points,omitempty" minimum:"0" maximum:"10000" doc:"The tax rate in hundredths of a percent." example:"2100"`
	OwnerEmail  string `json:"owner_email" maxLength:"320" doc:"Who is invited to be the Owner." example:"olivia@acme.example"`
}

// PlanTerms are the terms of a plan that are in force.
type PlanTerms struct {
	Plan           string `json:"plan" enum:"bronze,silver,gold" example:"silver"`
	TrialDays      int    `json:"trial_days" example:"14"`
	TrialsPerMonth int    `json:"trials_per_month" example:"5"`
	BasisPoints    int    `json:"basis_points" doc:"The reselling percentage in hundredths of a percent." example:"5000"`
	HoldsFrom      string `json:"holds_from" example:"2026-01-01"`
	Accounts       int    `json:"accounts" doc:"How many are on the plan." example:"12"`
}

type accountsInput struct {
	Paging
	Query string `query:"query" maxLength:"200" doc:"In name, legal name and tax id."`
	Plan  string `query:"plan" enum:"none,bronze,silver,gold"`
	State string `query:"state" enum:"suspended,working"`
	Sort  string `query:"sort" enum:"newest,name" default:"newest"`
}

func (a *API) vendorAccountOperations() {
	register(a, huma.Operation{
		OperationID: "list-plans", Method: http.MethodGet, Path: "/vendor/plans", Tags: []string{vendorAccountTag}, Summary: "List the plans, with their terms in force",
	}, withVendorToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, _ *struct{}) (*found[List[PlanTerms]], error) {
		plans, err := a.store.PlanHistories(ctx, actor)
		if err != nil {
			return nil, err
		}
		return listOf(models.Page[models.PlanHistory]{Items: plans}, func(h models.PlanHistory) PlanTerms {
			t := h.InForce
			return PlanTerms{Plan: string(h.Plan), TrialDays: t.TrialDays, TrialsPerMonth: t.TrialsPerMonth, BasisPoints: t.Percentage, HoldsFrom: string(t.HoldsFrom), Accounts: h.Accounts}
		}), nil
	})
	register(a, huma.Operation{
		OperationID: "list-accounts", Method: http.MethodGet, Path: "/vendor/accounts", Tags: []string{vendorAccountTag}, Summary: "List or search accounts",
	}, withVendorToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *accountsInput) (*found[List[Account]], error) {
		f := models.AccountFilter{Query: in.Query, Plan: in.Plan, State: in.State}
		if in.Sort == "name" {
			f.Sort = "name"
		}
		page, err := a.store.AllAccounts(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, func(r models.AccountRow) Account { return accountOf(r.Account) }), nil
	})
	register(a, huma.Operation{
		OperationID: "create-account", Method: http.MethodPost, Path: "/vendor/accounts", Tags: []string{vendorAccountTag}, Summary: "Create an account and invite its Owner", DefaultStatus: http.StatusCreated,
	}, withVendorToken(models.ScopeAccounts), func(ctx context.Context, actor models.Actor, in *struct{ Body AccountCreation }) (*created[Account], error) {
		b := in.Body
		account, err := a.store.CreateAccount(ctx, actor, models.AccountEntry{
			Name: b.Name, LegalName: b.LegalName, Address: b.Address, TaxID: b.TaxID, Country: b.Country, Currency: b.Currency, TimeZone: b.TimeZone, PaymentDays: strconv.Itoa(b.PaymentDays),
			TaxRate: strconv.Itoa(b.TaxPoints/100) + "." + twoDigits(b.TaxPoints%100), Plan: models.Plan(b.Plan), OwnerEmail: b.OwnerEmail, RequestKey: requestKey(ctx),
		})
		if err != nil {
			return nil, err
		}
		return createdAt("/vendor/accounts", account.ID, accountOf(account)), nil
	})
	register(a, huma.Operation{
		OperationID: "read-account", Method: http.MethodGet, Path: "/vendor/accounts/{id}", Tags: []string{vendorAccountTag}, Summary: "Read an account",
	}, withVendorToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[Account], error) {
		return show(accountPageOf)(a.store.Account(ctx, actor, in.ID))
	})
	register(a, huma.Operation{
		OperationID: "change-plan", Method: http.MethodPut, Path: "/vendor/accounts/{id}/plan", Tags: []string{vendorAccountTag}, Summary: "Put an account on another plan",
		Description: "At once, by the terms in force. Running trials keep their length; another percentage makes the Annex stale.",
	}, withVendorToken(models.ScopeAccounts), func(ctx context.Context, actor models.Actor, in *struct {
		ByID
		Body PlanChange
	},
	) (*found[Account], error) {
		preview, err := a.store.PreviewPlan(ctx, actor, in.ID, models.Plan(in.Body.Plan))
		if err != nil {
			return nil, err
		}
		if _, err := a.store.ChangePlan(ctx, actor, in.ID, models.Plan(in.Body.Plan), preview.After.Terms.ID, in.Body.Version); err != nil {
			return nil, err
		}
		return show(accountPageOf)(a.store.Account(ctx, actor, in.ID))
	})
	for _, act := range []struct {
		id, path, summary, description string
		run                            func(context.Context, models.Actor, string, string) (models.Account, error)
	}{
		{"suspend-account", "suspension", "Suspend an account", "It issues no trials, places no orders, and its API tokens do nothing. Its running licences continue.", a.store.SuspendAccount},
		{"resume-account", "resumption", "Resume a suspended account", "", a.store.ResumeAccount},
	} {
		register(a, huma.Operation{
			OperationID: act.id, Method: http.MethodPost, Path: "/vendor/accounts/{id}/" + act.path, Tags: []string{vendorAccountTag}, Summary: act.summary, Description: act.description,
		}, withVendorToken(models.ScopeAccounts), func(ctx context.Context, actor models.Actor, in *struct {
			ByID
			Body SuspensionReason
		},
		) (*found[Account], error) {
			return show(accountOf)(act.run(ctx, actor, in.ID, in.Body.Reason))
		})
	}
}

// PlanChange is the body that puts an account on a plan.
type PlanChange struct {
	Plan    string `json:"plan" enum:",bronze,silver,gold" doc:"Empty: none." example:"gold"`
	Version int    `json:"version" doc:"The version that you have read." example:"1"`
}

// SuspensionReason is the body that suspends an account, or resumes it.
type SuspensionReason struct {
	Reason string `json:"reason" maxLength:"1000" doc:"Colleagues will read it." example:"Three invoices are overdue."`
}

func accountPageOf(p models.AccountPage) Account { return accountOf(p.Account) }

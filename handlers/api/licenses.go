package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const licenseTag = "Licences"

// License is what a product checks.
type License struct {
	ID          string    `json:"id" example:"0198b0c4-7a10-7d3e-9a51-0c7f3b1f2a02"`
	State       string    `json:"state" enum:"active,expired,not_started,suspended,revoked" example:"active"`
	ClientID    string    `json:"client_id" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Company     string    `json:"company" doc:"The client's." example:"Initrode"`
	Product     string    `json:"product" doc:"Its code." example:"studio-pro"`
	ProductName string    `json:"product_name" example:"Studio Pro"`
	Seats       int       `json:"seats" doc:"At this moment." example:"10"`
	StartsAt    time.Time `json:"starts_at" example:"2026-11-23T09:00:00Z"`
	EndsAt      time.Time `json:"ends_at" doc:"Exclusive." example:"2027-11-23T09:00:00Z"`
	CreatedAt   time.Time `json:"created_at" example:"2026-11-23T09:00:00Z"`
}

// LicenseDetail is a licence with its key and its paid terms.
type LicenseDetail struct {
	License
	Key     string        `json:"key" doc:"A signed token; it stays the same over conversion and renewal." example:"eyJhbGciOiJFZERTQSIs…"`
	PageURL string        `json:"page_url,omitempty" doc:"The client's licence page; for tokens with the scope trials." example:"https://reselling.example.com/l/4yKq…"`
	TrialID string        `json:"trial_id,omitempty" doc:"That it came from."`
	Terms   []LicenseTerm `json:"terms" doc:"What was paid, the first first."`
}

// LicenseTerm is a paid term of a licence.
type LicenseTerm struct {
	OrderID  string     `json:"order_id" example:"0198b0c4-9c30-7b21-8d4e-6f7a8b9c0d01"`
	Seats    int        `json:"seats" example:"10"`
	Quarters int        `json:"quarters" example:"4"`
	StartsAt time.Time  `json:"starts_at" example:"2026-11-23T09:00:00Z"`
	EndsAt   time.Time  `json:"ends_at" example:"2027-11-23T09:00:00Z"`
	EndedAt  *time.Time `json:"ended_at,omitempty" doc:"Early, by a credit note."`
}

func (a *API) licenseLine(l models.LicenseLine) License {
	return License{
		ID: l.ID, State: word(l.Status(a.store.Now())), ClientID: l.ClientID, Company: l.Company, Product: l.ProductCode, ProductName: l.Product, Seats: l.Seats,
		StartsAt: l.StartsAt.UTC(), EndsAt: l.EndsAt.UTC(), CreatedAt: l.CreatedAt.UTC(),
	}
}

func (a *API) licenseDetail(v models.LicenseView) LicenseDetail {
	l := v.License
	d := LicenseDetail{
		License: a.licenseLine(models.LicenseLine{
			ID: l.ID, ClientID: l.ClientID, Company: v.Client.Company, ProductCode: v.Product.Code, Product: v.Product.Name, Seats: l.Seats,
			StartsAt: l.StartsAt, EndsAt: l.EndsAt, RevokedAt: l.RevokedAt, SuspendedAt: l.SuspendedAt, UnpaidSince: l.UnpaidSince, CreatedAt: l.CreatedAt,
		}),
		Key: l.Key, PageURL: v.PageURL, Terms: []LicenseTerm{},
	}
	for _, t := range v.Trials {
		d.TrialID = t.ID
	}
	for _, t := range v.Terms {
		d.Terms = append(d.Terms, termOf(t))
	}
	return d
}

func termOf(t models.LicenseTerm) LicenseTerm {
	return LicenseTerm{OrderID: t.OrderID, Seats: t.Seats, Quarters: t.Quarters, StartsAt: t.StartsAt.UTC(), EndsAt: t.EndsAt.UTC(), EndedAt: utc(t.EndedAt)}
}

type licensesInput struct {
	Paging
	Query    string `query:"query" maxLength:"200" doc:"In company, mail address and product."`
	State    string `query:"state" enum:"active,expired,not_started,suspended,revoked"`
	Product  string `query:"product" maxLength:"100" doc:"Its code."`
	ClientID string `query:"client_id" maxLength:"100"`
}

func (a *API) licenseOperations() {
	register(a, huma.Operation{
		OperationID: "list-licenses", Method: http.MethodGet, Path: "/licenses", Tags: []string{licenseTag}, Summary: "List or search licences",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *licensesInput) (*found[List[License]], error) {
		f := models.LicenseFilter{Query: in.Query, Product: in.Product, ClientID: in.ClientID}
		for _, state := range models.LicenseStatuses {
			if word(state) == in.State {
				f.State = state
			}
		}
		page, err := a.store.Licenses(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, a.licenseLine), nil
	})
	register(a, huma.Operation{
		OperationID: "read-license", Method: http.MethodGet, Path: "/licenses/{id}", Tags: []string{licenseTag}, Summary: "Read a licence, with its key",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[LicenseDetail], error) {
		return show(a.licenseDetail)(a.store.License(ctx, actor, in.ID))
	})
}

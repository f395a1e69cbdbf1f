package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const entitlementTag = "Vendor: entitlements"

// Entitlement is a licence as it is when it is read, at its place in the stream.
type Entitlement struct {
	Position  int64         `json:"position" doc:"Rises by one with each change." example:"1042"`
	LicenseID string        `json:"license_id" example:"0198b0c4-7a10-7d3e-9a51-0c7f3b1f2a02"`
	State     string        `json:"state" enum:"active,expired,not_started,suspended,revoked" doc:"Expiry is no change of its own: compare ends_at." example:"active"`
	AccountID string        `json:"account_id" example:"0198b0c4-1a00-7000-8000-0a1b2c3d4e01"`
	ClientID  string        `json:"client_id" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Company   string        `json:"company" doc:"The client's." example:"Initrode"`
	Product   string        `json:"product" doc:"Its code." example:"studio-pro"`
	Seats     int           `json:"seats" doc:"At this moment; terms tells of those to come." example:"10"`
	Trial     bool          `json:"trial" doc:"Whether it is a trial that nobody has paid for." example:"false"`
	StartsAt  time.Time     `json:"starts_at" example:"2026-11-23T09:00:00Z"`
	EndsAt    time.Time     `json:"ends_at" doc:"Exclusive." example:"2027-11-23T09:00:00Z"`
	Terms     []LicenseTerm `json:"terms" doc:"What was paid, the first first."`
}

// Entitlements is a piece of the stream.
type Entitlements struct {
	Items  []Entitlement `json:"items"`
	Cursor string        `json:"cursor" doc:"Keep it, and send it to go on from here. It is also there where nothing has changed." example:"1042"`
	More   bool          `json:"more" doc:"Whether there are more changes already." example:"false"`
}

func (a *API) entitlement(e models.Entitlement) Entitlement {
	all := Entitlement{
		Position: e.Position, LicenseID: e.LicenseID, State: word(e.Status(a.store.Now())), AccountID: e.AccountID, ClientID: e.ClientID, Company: e.Company, Product: e.ProductCode, Seats: e.Seats,
		Trial: e.IsTrial, StartsAt: e.StartsAt.UTC(), EndsAt: e.EndsAt.UTC(), Terms: []LicenseTerm{},
	}
	for _, t := range e.Terms {
		all.Terms = append(all.Terms, termOf(t))
	}
	return all
}

func (a *API) entitlementOperations() {
	register(a, huma.Operation{
		OperationID: "follow-entitlements", Method: http.MethodGet, Path: "/vendor/entitlements", Tags: []string{entitlementTag}, Summary: "Follow the changes of licences",
		Description: "Every change of every licence, in order and none left out: start without a cursor, keep the cursor of each answer, and ask again with it. Each item is the licence as it is now, so that the last one of a licence is what counts, and receiving one twice does no harm.",
	}, withVendorToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *struct {
		Cursor string `query:"cursor" maxLength:"20" pattern:"^[0-9]*$" doc:"Of the last answer; from the beginning, without."`
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"How many items at most."`
	},
	) (*found[Entitlements], error) {
		after, _ := strconv.ParseInt(in.Cursor, 10, 64) // digits only; too many of them are the largest number
		changes, more, err := a.store.Entitlements(ctx, actor, after, in.Limit)
		if err != nil {
			return nil, err
		}
		page := Entitlements{Items: []Entitlement{}, Cursor: strconv.FormatInt(after, 10), More: more}
		for _, e := range changes {
			page.Items = append(page.Items, a.entitlement(e))
			page.Cursor = strconv.FormatInt(e.Position, 10)
		}
		return &found[Entitlements]{page}, nil
	})
}

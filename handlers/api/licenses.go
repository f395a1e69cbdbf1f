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
	PageURL string        `json:"page_url,omitempty" doc:"The client's licence page, unless it is switched off; for tokens with the scope trials." example:"https://reselling.example.com/l/4yKq…"`
	TrialID string        `json:"trial_id,omitempty" doc:"That it came from."`
	Terms   []LicenseTerm `json:"terms" doc:"What was paid, the first first."`

	Machines          []Machine `json:"machines" doc:"On which it is in use, the first first; at most 200."`
	MachineCount      int       `json:"machine_count" example:"3"`
	DeactivationsLeft int       `json:"deactivations_left" doc:"How many machines can still be taken off this month." example:"12"`
}

// Machine is one on which a licence is in use.
type Machine struct {
	ID          string    `json:"id" doc:"For its deactivation." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d31"`
	Fingerprint string    `json:"fingerprint" example:"3f2a9c0e7d5b4810"`
	Name        string    `json:"name,omitempty" example:"ROBOT-07"`
	Platform    string    `json:"platform,omitempty" example:"Windows 11"`
	Version     string    `json:"version,omitempty" doc:"Of the product." example:"7.2.1"`
	HasSeat     bool      `json:"has_seat" doc:"False where seats were lost since: the product is told TOO_MANY_ACTIVATIONS."`
	ActivatedAt time.Time `json:"activated_at" example:"2026-11-23T09:00:00Z"`
	LastSeenAt  time.Time `json:"last_seen_at" doc:"Exact to a minute." example:"2026-11-24T09:00:00Z"`
}

// MachineDeactivation is the body that takes a machine off a licence.
type MachineDeactivation struct {
	MachineID string `json:"machine_id" doc:"Of the licence's machines." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d31"`
}

// FileCreation is the body that makes a licence file.
type FileCreation struct {
	Fingerprint string `json:"fingerprint" minLength:"8" maxLength:"128" doc:"As the product shows it." example:"3f2a9c0e7d5b4810"`
	Name        string `json:"name,omitempty" maxLength:"100" doc:"What people know the machine by." example:"ROBOT-07"`
}

// MadeFile is a licence file that was made for a machine.
type MadeFile struct {
	Name      string    `json:"name" doc:"To save it under." example:"studio-pro.license"`
	File      string    `json:"file" doc:"To be kept byte for byte." example:"-----BEGIN LICENSE FILE-----\neyJhbGciOi…\n-----END LICENSE FILE-----\n"`
	ExpiresAt time.Time `json:"expires_at" doc:"Of the file: 30 days from now, or the licence's end if that is earlier." example:"2026-12-23T09:00:00Z"`
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
		Key: l.Key, PageURL: v.PageURL, Terms: []LicenseTerm{}, Machines: []Machine{}, MachineCount: v.Machines.Count, DeactivationsLeft: v.Machines.Swaps.Left(),
	}
	if l.PageRevokedAt != nil {
		d.PageURL = ""
	}
	for i, m := range v.Machines.Live {
		d.Machines = append(d.Machines, Machine{m.ID, m.Fingerprint, m.Name, m.Platform, m.Version, v.Machines.HasSeat(i), m.ActivatedAt.UTC(), m.LastSeenAt.UTC()})
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
	register(a, huma.Operation{
		OperationID: "deactivate-license-machine", Method: http.MethodPost, Path: "/licenses/{id}/deactivations", Tags: []string{licenseTag}, Summary: "Take a machine off a licence",
		Description: "Its seat is free. Refused with deactivation_limit where the month's are used, with deactivated where it was done before.",
	}, withToken(models.ScopeTrials), func(ctx context.Context, actor models.Actor, in *struct {
		ByID
		Body MachineDeactivation
	},
	) (*found[LicenseDetail], error) {
		if err := a.store.DeactivateMachine(ctx, actor, in.ID, in.Body.MachineID); err != nil {
			return nil, err
		}
		return show(a.licenseDetail)(a.store.License(ctx, actor, in.ID))
	})
	for _, act := range []struct {
		id, path, summary, description string
		run                            func(context.Context, models.Actor, string) error
	}{
		{"renew-license-page", "page-renewal", "Give the client's licence page a new link", "The old link is dead. A page that was switched off works again. Nobody is mailed.", a.store.RenewLicensePage},
		{"revoke-license-page", "page-revocation", "Switch the client's licence page off", "The licence goes on. Refused with page_revoked where it is off.", a.store.RevokeLicensePage},
	} {
		register(a, huma.Operation{
			OperationID: act.id, Method: http.MethodPost, Path: "/licenses/{id}/" + act.path, Tags: []string{licenseTag}, Summary: act.summary, Description: act.description,
		}, withToken(models.ScopeTrials), func(ctx context.Context, actor models.Actor, in *ByID) (*found[LicenseDetail], error) {
			if err := act.run(ctx, actor, in.ID); err != nil {
				return nil, err
			}
			return show(a.licenseDetail)(a.store.License(ctx, actor, in.ID))
		})
	}
	register(a, huma.Operation{
		OperationID: "make-license-file-of", Method: http.MethodPost, Path: "/licenses/{id}/files", Tags: []string{licenseTag}, Summary: "Make a licence file for a machine without a network",
		Description: "The machine takes a seat, if it has none. Refused with the code of a validation (REVOKED, EXPIRED, TOO_MANY_ACTIVATIONS and so on) where there is no file. At most ten a day for one machine.",
	}, withToken(models.ScopeTrials), func(ctx context.Context, actor models.Actor, in *struct {
		ByID
		Body FileCreation
	},
	) (*found[MadeFile], error) {
		return show(func(f models.LicenseFile) MadeFile {
			return MadeFile{f.Name, f.Text, time.Unix(f.Claims.ExpiresAt, 0).UTC()}
		})(a.store.MakeLicenseFile(ctx, actor, in.ID, models.FileEntry{Fingerprint: in.Body.Fingerprint, Name: in.Body.Name}))
	})
}

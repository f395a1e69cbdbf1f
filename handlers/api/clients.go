package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const clientTag = "Clients"

// EndClient is an end client of the account. A schema called Client would clash
// with what generators write.
type EndClient struct {
	ID            string     `json:"id" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	Company       string     `json:"company" example:"Initrode"`
	ContactName   string     `json:"contact_name" example:"Ingrid Rode"`
	Email         string     `json:"email" doc:"Licences are sent there." example:"ingrid@initrode.example"`
	Country       string     `json:"country" doc:"ISO 3166, two letters, or empty." example:"DE"`
	TaxID         string     `json:"tax_id" example:"DE123456789"`
	Website       string     `json:"website" example:"https://initrode.example"`
	Address       string     `json:"address" example:"Hauptstrasse 1\n10115 Berlin"`
	Reference     string     `json:"reference" doc:"Your own number for the client." example:"C-1042"`
	Notes         string     `json:"notes" example:"Prefers mail."`
	ResponsibleID string     `json:"responsible_id" doc:"The user of the account who looks after the client." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d22"`
	CreatedAt     time.Time  `json:"created_at" example:"2026-11-23T09:00:00Z"`
	ArchivedAt    *time.Time `json:"archived_at,omitempty" doc:"Since when it gets no new trials and orders."`
	MergedInto    *string    `json:"merged_into,omitempty" doc:"The client that this one turned out to be."`
	Version       int        `json:"version" doc:"Send it with a change." example:"1"`
}

func clientOf(c models.Client) EndClient {
	return EndClient{
		ID: c.ID, Company: c.Company, ContactName: c.ContactName, Email: c.Email, Country: c.Country, TaxID: c.TaxID, Website: c.Website, Address: c.Address,
		Reference: c.Reference, Notes: c.Notes, ResponsibleID: c.ResponsibleID, CreatedAt: c.CreatedAt.UTC(), ArchivedAt: utc(c.ArchivedAt), MergedInto: c.MergedInto, Version: c.Version,
	}
}

// NewEndClient is a client to be created.
type NewEndClient struct {
	Company     string `json:"company" maxLength:"200" example:"Initrode"`
	Email       string `json:"email" maxLength:"320" doc:"Licences are sent there." example:"ingrid@initrode.example"`
	ContactName string `json:"contact_name,omitempty" maxLength:"200" example:"Ingrid Rode"`
	Country     string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166, two letters." example:"DE"`
	TaxID       string `json:"tax_id,omitempty" maxLength:"50" example:"DE123456789"`
	Website     string `json:"website,omitempty" maxLength:"500" example:"https://initrode.example"`
	Address     string `json:"address,omitempty" maxLength:"1000" example:"Hauptstrasse 1\n10115 Berlin"`
	Reference   string `json:"reference,omitempty" maxLength:"100" doc:"Your own number for the client." example:"C-1042"`
	Notes       string `json:"notes,omitempty" maxLength:"4000" example:"Prefers mail."`
}

func (n NewEndClient) fields() models.ClientFields {
	return models.ClientFields{
		Company: n.Company, ContactName: n.ContactName, Email: n.Email, Country: n.Country, TaxID: n.TaxID,
		Website: n.Website, Address: n.Address, Reference: n.Reference, Notes: n.Notes,
	}
}

// ClientCreation is the body that creates a client.
type ClientCreation struct {
	NewEndClient
	ResponsibleID   string `json:"responsible_id,omitempty" doc:"Who looks after it: the Owner, or a Seller of the account. The Owner unless you say otherwise." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d22"`
	AcceptDuplicate bool   `json:"accept_duplicate,omitempty" doc:"Create it though the account has a client with the same mail address, tax id or company."`
}

// ClientChange is the body that changes a client; what is missing stays.
type ClientChange struct {
	Version         int     `json:"version" doc:"The version that you have read." example:"1"`
	Company         *string `json:"company,omitempty" maxLength:"200" example:"Initrode"`
	Email           *string `json:"email,omitempty" maxLength:"320" example:"ingrid@initrode.example"`
	ContactName     *string `json:"contact_name,omitempty" maxLength:"200" example:"Ingrid Rode"`
	Country         *string `json:"country,omitempty" maxLength:"2" example:"DE"`
	TaxID           *string `json:"tax_id,omitempty" maxLength:"50" example:"DE123456789"`
	Website         *string `json:"website,omitempty" maxLength:"500" example:"https://initrode.example"`
	Address         *string `json:"address,omitempty" maxLength:"1000" example:"Hauptstrasse 1\n10115 Berlin"`
	Reference       *string `json:"reference,omitempty" maxLength:"100" example:"C-1042"`
	Notes           *string `json:"notes,omitempty" maxLength:"4000" example:"Prefers mail."`
	ResponsibleID   *string `json:"responsible_id,omitempty" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d22"`
	AcceptDuplicate bool    `json:"accept_duplicate,omitempty" doc:"Change it though the account has another client with the same mail address, tax id or company."`
}

func (r ClientChange) on(c models.Client) models.ClientChange {
	return models.ClientChange{
		ClientFields: models.ClientFields{
			Company: given(r.Company, c.Company), ContactName: given(r.ContactName, c.ContactName), Email: given(r.Email, c.Email), Country: given(r.Country, c.Country),
			TaxID: given(r.TaxID, c.TaxID), Website: given(r.Website, c.Website), Address: given(r.Address, c.Address), Reference: given(r.Reference, c.Reference), Notes: given(r.Notes, c.Notes),
		},
		Responsible: given(r.ResponsibleID, ""), Version: r.Version, AcceptDuplicate: r.AcceptDuplicate,
	}
}

// ClientMerge is the body that makes two clients one.
type ClientMerge struct {
	OtherID       string   `json:"other_id" doc:"The client that goes." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d12"`
	Version       int      `json:"version" doc:"The version that you have read of the one that stays." example:"1"`
	OtherVersion  int      `json:"other_version" doc:"And of the one that goes." example:"1"`
	TakeOther     []string `json:"take_other,omitempty" uniqueItems:"true" enum:"company,email,contact_name,country,tax_id,website,address,reference,notes" doc:"The fields whose value comes from the client that goes. Where the one that stays has none, that happens anyway."`
	ResponsibleID string   `json:"responsible_id,omitempty" doc:"Who looks after it from now on; as before unless you say otherwise." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d22"`
}

// Colleague is somebody who can look after clients.
type Colleague struct {
	ID   string `json:"id" example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d22"`
	Name string `json:"name" example:"Sam Seller"`
}

type clientsInput struct {
	Paging
	Query    string `query:"query" maxLength:"200" doc:"In company, contact, mail address, tax id or reference."`
	Archived string `query:"archived" enum:"no,only,all" default:"no" doc:"Whether archived clients are listed."`
	Country  string `query:"country" maxLength:"2" doc:"ISO 3166, two letters."`
	Trials   string `query:"trials" enum:"running,never" doc:"Clients with a running trial, or who never had one."`
	Sort     string `query:"sort" enum:"newest,company" default:"newest"`
}

func (a *API) clientOperations() {
	register(a, huma.Operation{
		OperationID: "list-clients", Method: http.MethodGet, Path: "/clients", Tags: []string{clientTag}, Summary: "List or search clients",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *clientsInput) (*found[List[EndClient]], error) {
		f := models.ClientFilter{Query: in.Query, Country: in.Country, Trials: in.Trials}
		f.Archived = map[string]string{"only": models.ClientsArchived, "all": models.ClientsAll}[in.Archived]
		f.Sort = map[string]string{"company": models.ClientsByCompany}[in.Sort]
		page, err := a.store.Clients(ctx, actor, f, in.page())
		if err != nil {
			return nil, err
		}
		return listOf(page, func(r models.ClientRow) EndClient { return clientOf(r.Client) }), nil
	})
	register(a, huma.Operation{
		OperationID: "create-client", Method: http.MethodPost, Path: "/clients", Tags: []string{clientTag}, Summary: "Create a client", DefaultStatus: http.StatusCreated,
		Description: "Refused with the code duplicate_client, and the id of the other as subject, where the account has a client who looks the same.",
	}, withToken(models.ScopeClients), func(ctx context.Context, actor models.Actor, in *struct{ Body ClientCreation }) (*created[EndClient], error) {
		c, err := a.store.CreateClient(ctx, actor, models.NewClient{
			ClientFields: in.Body.fields(), Responsible: in.Body.ResponsibleID, AcceptDuplicate: in.Body.AcceptDuplicate, RequestKey: requestKey(ctx),
		})
		if err != nil {
			return nil, err
		}
		return createdAt("/clients", c.ID, clientOf(c)), nil
	})
	register(a, huma.Operation{
		OperationID: "read-client", Method: http.MethodGet, Path: "/clients/{id}", Tags: []string{clientTag}, Summary: "Read a client",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, in *ByID) (*found[EndClient], error) {
		return show(func(r models.ClientRecord) EndClient { return clientOf(r.Client) })(a.store.Client(ctx, actor, in.ID))
	})
	register(a, huma.Operation{
		OperationID: "change-client", Method: http.MethodPatch, Path: "/clients/{id}", Tags: []string{clientTag}, Summary: "Change a client",
		Description: "What is missing stays as it is. Refused with client_changed where somebody else has saved another version first.",
	}, withToken(models.ScopeClients), func(ctx context.Context, actor models.Actor, in *struct {
		ByID
		Body ClientChange
	},
	) (*found[EndClient], error) {
		now, err := a.store.ClientToChange(ctx, actor, in.ID)
		if err != nil {
			return nil, err
		}
		return show(clientOf)(a.store.ChangeClient(ctx, actor, in.ID, in.Body.on(now)))
	})
	register(a, huma.Operation{
		OperationID: "merge-clients", Method: http.MethodPost, Path: "/clients/{id}/merge", Tags: []string{clientTag}, Summary: "Make two clients one",
		Description: "What hangs on the other client moves to this one, which stays; the other one leads here from then on. Nothing is deleted. Refused with merge_blocked where a trial or a request, subject, must be settled first. Doing it twice changes nothing.",
	}, withToken(models.ScopeClients), func(ctx context.Context, actor models.Actor, in *struct {
		ByID
		Body ClientMerge
	},
	) (*found[EndClient], error) {
		if _, err := a.store.ClientToChange(ctx, actor, in.ID); err != nil {
			return nil, err
		}
		m := models.ClientMerge{OtherID: in.Body.OtherID, Version: in.Body.Version, OtherVersion: in.Body.OtherVersion, Responsible: in.Body.ResponsibleID, Choices: map[string]models.MergeChoice{}}
		for _, field := range in.Body.TakeOther {
			m.Choices[field] = models.OtherValue
		}
		return show(clientOf)(a.store.MergeClients(ctx, actor, in.ID, m))
	})
	register(a, huma.Operation{
		OperationID: "list-colleagues", Method: http.MethodGet, Path: "/colleagues", Tags: []string{clientTag}, Summary: "List who can look after clients",
		Description: "The Owner and the Sellers of the account: for responsible_id.",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, _ *struct{}) (*found[List[Colleague]], error) {
		all, err := a.store.Colleagues(ctx, actor)
		if err != nil {
			return nil, err
		}
		l := List[Colleague]{Items: []Colleague{}}
		for _, c := range all {
			l.Items = append(l.Items, Colleague{ID: c.ID, Name: c.Name})
		}
		return &found[List[Colleague]]{l}, nil
	})
	for _, act := range []struct {
		id, path, summary string
		run               func(context.Context, models.Actor, string) (models.Client, error)
	}{
		{"archive-client", "/clients/{id}/archival", "Archive a client", a.store.ArchiveClient},
		{"restore-client", "/clients/{id}/restoration", "Restore an archived client", a.store.RestoreClient},
	} {
		register(a, huma.Operation{
			OperationID: act.id, Method: http.MethodPost, Path: act.path, Tags: []string{clientTag}, Summary: act.summary, Description: "Doing it twice changes nothing.",
		}, withToken(models.ScopeClients), func(ctx context.Context, actor models.Actor, in *ByID) (*found[EndClient], error) {
			return show(clientOf)(act.run(ctx, actor, in.ID))
		})
	}
}

package handlers

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// clientRoutes is the map of the clients of an account.
func (h *handlers) clientRoutes(in *echo.Group) {
	in.GET("/clients", h.listClients)
	in.POST("/clients", h.createClient)
	in.GET("/clients/new", h.newClient)
	in.GET("/clients/:id", h.showClient)
	in.POST("/clients/:id", h.changeClient)
	in.GET("/clients/:id/edit", h.editClient)
	in.POST("/clients/:id/archival", h.archiveClient)
	in.POST("/clients/:id/restoration", h.restoreClient)
	in.POST("/clients/:id/responsibility", h.entrustClient)
	in.GET("/clients/:id/merging", h.askMerge)
	in.POST("/clients/:id/merging", h.mergeClients)
}

func clientFilter(c echo.Context) models.ClientFilter {
	return models.ClientFilter{
		Query: c.QueryParam("q"), Archived: c.QueryParam("show"), Country: c.QueryParam("country"),
		Trials: c.QueryParam("trials"), Sort: c.QueryParam("sort"), Responsible: c.QueryParam("responsible"),
	}
}

func (h *handlers) listClients(c echo.Context) error {
	a := actor(c)
	page := views.ClientsPage{Filter: clientFilter(c), MayChange: a.Can(models.ManageClients), MayIssue: a.Can(models.IssueTrials), Me: a.UserID}
	if c.QueryParam("format") == "csv" {
		return h.exportClients(c, page.Filter)
	}
	clients, err := h.store.ListedClients(ctx(c), a, page.Filter, paging(c))
	if err != nil {
		return err
	}
	if page.Countries, err = h.store.ClientCountries(ctx(c), a); err != nil {
		return err
	}
	if page.Colleagues, err = h.store.Colleagues(ctx(c), a); err != nil {
		return err
	}
	page.Clients = clients.Items
	if clients.Prev != "" {
		page.Newer = page.Address("before", clients.Prev)
	}
	if clients.Next != "" {
		page.Older = page.Address("after", clients.Next)
	}
	if isPartial(c) {
		return h.render(c, 200, views.ClientList(page))
	}
	return h.render(c, 200, views.Clients(page))
}

func (h *handlers) exportClients(c echo.Context, f models.ClientFilter) error {
	header := []string{"Company", "Contact", "Mail address", "Country", "Tax id", "Website", "Address", "Reference", "Notes", "Trials", "Running trials", "Added (UTC)", "Archived (UTC)", "Id", "Responsible"}
	return writeCSV(c, "clients", header, func(write func(...string) error) error {
		// A request that is cancelled ends the export.
		return h.store.EachClient(c.Request().Context(), actor(c), f, func(r models.ClientRow) error {
			archived := ""
			if r.ArchivedAt != nil {
				archived = r.ArchivedAt.UTC().Format(time.RFC3339)
			}
			return write(r.Company, r.ContactName, r.Email, r.Country, r.TaxID, r.Website, r.Address, r.Reference, r.Notes,
				strconv.Itoa(r.Trials), strconv.Itoa(r.Running), r.CreatedAt.UTC().Format(time.RFC3339), archived, r.ID, r.ResponsibleName)
		})
	})
}

func (h *handlers) newClient(c echo.Context) error {
	fields, err := h.store.NewClient(ctx(c), actor(c))
	if err != nil {
		return err
	}
	form := views.ClientFormOf(fields)
	form.RequestKey, form.Responsible = newRequestKey(), actor(c).UserID
	return h.clientForm(c, views.ClientFormPage{Form: form})
}

func (h *handlers) createClient(c echo.Context) error {
	var form views.ClientForm
	if err := bind(c, &form); err != nil {
		return err
	}
	client, err := h.store.CreateClient(ctx(c), actor(c), models.NewClient{ClientFields: form.Fields(), Responsible: form.Responsible, RequestKey: form.RequestKey, AcceptDuplicate: form.AcceptsDuplicate()})
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.clientForm(c, views.ClientFormPage{Form: form, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Client(client.ID), client.Company+" is added to your clients.")
}

func (h *handlers) showClient(c echo.Context) error { return h.clientRecord(c, nil) }

func (h *handlers) clientRecord(c echo.Context, problem *models.Error) error {
	id, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	record, err := h.store.Client(ctx(c), a, id)
	if err != nil {
		return err
	}
	if record.MergedInto != nil {
		return c.Redirect(http.StatusSeeOther, paths.Client(*record.MergedInto))
	}
	p := views.ClientPage{
		ClientRecord: record, MayChange: a.Can(models.ManageClients), MayIssue: a.Can(models.IssueTrials), MayRequest: a.Can(models.RequestPrices),
		SeesAmount: a.Can(models.SeeAmounts), Me: a.UserID, Problem: problem,
	}
	if p.Orders, err = h.store.Orders(ctx(c), a, models.OrderFilter{ClientID: id}, models.Paging{}); err != nil {
		return err
	}
	if a.Can(models.ReadClientInvoices) {
		if p.Invoices, err = h.store.ClientInvoices(ctx(c), a, models.ClientInvoiceFilter{ClientID: id}, models.Paging{}); err != nil {
			return err
		}
	}
	if p.Colleagues, err = h.store.Colleagues(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, status(problem), views.Client(p))
}

func (h *handlers) entrustClient(c echo.Context) error {
	id, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.ClientForm
	if err := bind(c, &form); err != nil {
		return err
	}
	client, err := h.store.EntrustClient(ctx(c), actor(c), id, form.Responsible)
	if problem, ok := fixable(err); ok {
		return h.clientRecord(c, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Client(client.ID), "Somebody else looks after "+client.Company+" now.")
}

func (h *handlers) editClient(c echo.Context) error {
	id, err := id(c, "id")
	if err != nil {
		return err
	}
	client, err := h.store.ClientToChange(ctx(c), actor(c), id)
	if err != nil {
		return err
	}
	form := views.ClientFormOf(client.Fields())
	if client.MergedInto != nil {
		return c.Redirect(http.StatusSeeOther, paths.EditClient(*client.MergedInto))
	}
	form.Version, form.Responsible = client.Version, client.ResponsibleID
	return h.clientForm(c, views.ClientFormPage{Form: form, Editing: &client})
}

func (h *handlers) changeClient(c echo.Context) error {
	id, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.ClientForm
	if err := bind(c, &form); err != nil {
		return err
	}
	client, err := h.store.ChangeClient(ctx(c), actor(c), id, models.ClientChange{ClientFields: form.Fields(), Responsible: form.Responsible, Version: form.Version, AcceptDuplicate: form.AcceptsDuplicate()})
	if problem, ok := fixable(err); ok {
		now, err := h.store.ClientToChange(ctx(c), actor(c), id)
		if err != nil {
			return err
		}
		if now.MergedInto != nil { // what was typed can go to the client that this one turned out to be
			if now, err = h.store.ClientToChange(ctx(c), actor(c), *now.MergedInto); err != nil {
				return err
			}
		}
		page := views.ClientFormPage{Form: form, Problem: problem, Editing: &now}
		if problem.Code == models.ClientChanged || problem.Code == models.ClientMerged {
			page.Theirs, page.Form.Version = &now, now.Version
		}
		return h.clientForm(c, page)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Client(client.ID), client.Company+" is saved.")
}

// clientForm shows the form of a client, a refused one with the clients that stand in its way.
func (h *handlers) clientForm(c echo.Context, page views.ClientFormPage) error {
	var err error
	page.Me = actor(c).UserID
	if page.Colleagues, err = h.store.Colleagues(ctx(c), actor(c)); err != nil {
		return err
	}
	if page.Problem != nil && page.Problem.Code == models.DuplicateClient {
		except := ""
		if page.Editing != nil {
			except = page.Editing.ID
		}
		if page.Similar, err = h.store.SimilarClients(ctx(c), actor(c), page.Form.Fields(), except); err != nil {
			return err
		}
	}
	return h.render(c, status(page.Problem), views.EditClient(page))
}

func (h *handlers) archiveClient(c echo.Context) error {
	id, err := id(c, "id")
	if err != nil {
		return err
	}
	client, err := h.store.ArchiveClient(ctx(c), actor(c), id)
	if err != nil {
		return err
	}
	return h.see(c, paths.Client(client.ID), client.Company+" is archived. Its running trials continue.")
}

func (h *handlers) restoreClient(c echo.Context) error {
	id, err := id(c, "id")
	if err != nil {
		return err
	}
	client, err := h.store.RestoreClient(ctx(c), actor(c), id)
	if err != nil {
		return err
	}
	return h.see(c, paths.Client(client.ID), client.Company+" is back among your clients.")
}

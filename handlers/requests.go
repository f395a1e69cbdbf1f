package handlers

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// requestRoutes is the map of what accounts ask for.
func (h *handlers) requestRoutes(in *echo.Group) {
	in.GET("/trials/requests", h.requests)
	in.POST("/trials/requests", h.createRequest)
	in.GET("/trials/requests/new", h.newRequest)
	in.GET("/trials/requests/:id", h.request)
	in.POST("/trials/requests/:id/withdrawal", h.withdrawRequest)
}

// adminRequestRoutes is the map of what staff decide about trials.
func (h *handlers) adminRequestRoutes(adm *echo.Group) {
	adm.GET("/requests", h.adminRequests)
	adm.GET("/requests/:id", h.adminRequest)
	adm.POST("/requests/:id/decision", h.decideRequest)
	adm.POST("/accounts/:id/trial-grants", h.grantTrials)
	adm.GET("/conflicts", h.adminConflicts)
	adm.GET("/conflicts/:id", h.adminConflict)
	adm.POST("/conflicts/:id/settlement", h.settleConflict)
}

func requestFilter(c echo.Context) models.RequestFilter {
	return models.RequestFilter{Query: c.QueryParam("q"), State: models.RequestStatus(c.QueryParam("state")), Kind: models.RequestKind(c.QueryParam("kind")), Sort: c.QueryParam("sort")}
}

func (h *handlers) requests(c echo.Context) error {
	a, f := actor(c), requestFilter(c)
	if wantsCSV(c) {
		return exportList(c, "requests", views.RequestColumns, f, h.store.EachRequest, views.RequestCells)
	}
	page, err := h.store.Requests(ctx(c), a, f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Requests(page, listNav(c, page, "q", "state", "kind"), a.Can(models.IssueTrials)))
}

func (h *handlers) newRequest(c echo.Context) error {
	form := views.RequestForm{Kind: c.QueryParam("kind"), TrialID: c.QueryParam("trial"), ClientID: c.QueryParam("client"), Product: c.QueryParam("product"), Days: "7", RequestKey: newRequestKey()}
	if form.Kind == "" {
		form.Kind = string(models.ExtraTrial)
	}
	return h.requestForm(c, form, nil)
}

func requestEntry(f views.RequestForm) models.RequestEntry {
	return models.RequestEntry{Kind: models.RequestKind(f.Kind), TrialID: f.TrialID, ClientID: f.ClientID, Product: f.Product, Days: f.Days, Reason: f.Reason, RequestKey: f.RequestKey}
}

func (h *handlers) requestForm(c echo.Context, form views.RequestForm, problem *models.Error) error {
	p := views.NewRequestPage{Form: form, Problem: problem}
	var err error
	p.RequestDraft, err = h.store.NewRequest(ctx(c), actor(c), requestEntry(form))
	if refusal, ok := fixable(err); ok {
		p.Refusal = refusal
	} else if err != nil {
		return err
	}
	return h.render(c, status(problem), views.NewRequest(p))
}

func (h *handlers) createRequest(c echo.Context) error {
	var form views.RequestForm
	if err := bind(c, &form); err != nil {
		return err
	}
	r, err := h.store.MakeRequest(ctx(c), actor(c), requestEntry(form))
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.requestForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Request(r.ID), "The request is sent. Customer Success answers by mail.")
}

func (h *handlers) request(c echo.Context) error {
	requestID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.Request(ctx(c), actor(c), requestID)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Request(v, actor(c).Can(models.IssueTrials)))
}

func (h *handlers) withdrawRequest(c echo.Context) error {
	requestID, err := id(c, "id")
	if err != nil {
		return err
	}
	err = h.store.WithdrawRequest(ctx(c), actor(c), requestID)
	if problem, ok := fixable(err); ok {
		h.flash(c, views.Warning, problem.Message)
		return h.see(c, paths.Request(requestID), "")
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Request(requestID), "The request is withdrawn.")
}

func (h *handlers) adminRequests(c echo.Context) error {
	f, account := requestFilter(c), ""
	if accountID, err := uuid.Parse(c.QueryParam("account")); err == nil {
		f.Account = accountID.String()
		if account, err = h.store.AccountName(ctx(c), actor(c), f.Account); err != nil {
			return err
		}
	}
	if wantsCSV(c) {
		return exportList(c, "requests", views.RequestColumns, f, h.store.EachRequestOfAll, views.RequestCells)
	}
	page, err := h.store.AllRequests(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminRequests(page, listNav(c, page, "q", "state", "kind", "account"), account))
}

func (h *handlers) adminRequest(c echo.Context) error {
	return h.requestPage(c, nil, nil)
}

func (h *handlers) requestPage(c echo.Context, form *views.DecisionForm, problem *models.Error) error {
	requestID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.RequestToDecide(ctx(c), actor(c), requestID)
	if err != nil {
		return err
	}
	if form == nil {
		form = &views.DecisionForm{Days: views.Number(v.Days)}
	}
	return h.render(c, status(problem), views.AdminRequest(v, *form, problem, actor(c).Can(models.DecideRequests), h.store.Now()))
}

func (h *handlers) decideRequest(c echo.Context) error {
	var form views.DecisionForm
	if err := bind(c, &form); err != nil {
		return err
	}
	requestID, err := id(c, "id")
	if err != nil {
		return err
	}
	r, err := h.store.DecideRequest(ctx(c), actor(c), requestID, models.Decision{Verdict: models.Verdict(form.Decision), Days: form.Days, Answer: form.Answer})
	if problem, ok := fixable(err); ok {
		return h.requestPage(c, &form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminRequest(requestID), "The request is "+string(r.Status())+". The account is told by mail.")
}

func (h *handlers) grantTrials(c echo.Context) error {
	var form views.GrantForm
	if err := bind(c, &form); err != nil {
		return err
	}
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	e := models.GrantEntry{Number: form.Number, Month: form.Month, Reason: form.Reason, RequestKey: form.RequestKey}
	_, err = h.store.GrantTrials(ctx(c), actor(c), accountID, e)
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.accountPage(c, accountForms{grant: views.GrantPart{Form: form, Problem: problem}})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAccount(accountID), "The extra trials are granted.")
}

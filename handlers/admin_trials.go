package handlers

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
)

func (h *handlers) adminTrials(c echo.Context) error {
	f := models.StaffTrialFilter{Query: c.QueryParam("q"), State: models.TrialStatus(c.QueryParam("state")), Product: c.QueryParam("product"), Sort: c.QueryParam("sort")}
	// What is no month or no id filters nothing.
	f.Month, _ = models.ParseMonth(c.QueryParam("month"))
	account := ""
	if accountID, err := uuid.Parse(c.QueryParam("account")); err == nil {
		p, err := h.store.AccountName(ctx(c), actor(c), accountID.String())
		if err != nil {
			return err
		}
		f.Account, account = accountID.String(), p
	}
	if wantsCSV(c) {
		return h.exportTrials(c, f)
	}
	page, err := h.store.AllTrials(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	products, err := h.store.Catalogue(ctx(c), actor(c), models.CatalogueFilter{}, models.Paging{Size: 200})
	if err != nil {
		return err
	}
	options := []views.Option{{Value: "", Label: "All products"}}
	for _, p := range products.Items {
		options = append(options, views.Option{Value: p.Code, Label: p.Name})
	}
	return h.render(c, http.StatusOK, views.AdminTrials(page, listNav(c, page, "q", "state", "product", "month", "account"), options, views.TrialsOf{Account: f.Account, Name: account, MayDecide: actor(c).Can(models.DecideRequests)}))
}

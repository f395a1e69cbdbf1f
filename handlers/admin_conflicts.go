package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminConflicts(c echo.Context) error {
	f := models.ConflictFilter{Query: c.QueryParam("q"), State: models.ConflictStatus(c.QueryParam("state")), Shared: c.QueryParam("shared"), Sort: c.QueryParam("sort")}
	now := h.store.Now()
	if wantsCSV(c) {
		return exportList(c, "conflicts", views.ConflictColumns, f, h.store.EachConflict, func(k models.ConflictRow) []string { return views.ConflictCells(k, now) })
	}
	page, err := h.store.Conflicts(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminConflicts(page, listNav(c, page, "q", "state", "shared"), now))
}

func (h *handlers) adminConflict(c echo.Context) error {
	return h.conflictPage(c, views.SettlementForm{}, nil)
}

func (h *handlers) conflictPage(c echo.Context, form views.SettlementForm, problem *models.Error) error {
	conflictID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.Conflict(ctx(c), actor(c), conflictID)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.AdminConflict(v, form, problem, actor(c).Can(models.DecideRequests), h.store.Now()))
}

func (h *handlers) settleConflict(c echo.Context) error {
	var form views.SettlementForm
	if err := bind(c, &form); err != nil {
		return err
	}
	conflictID, err := id(c, "id")
	if err != nil {
		return err
	}
	err = h.store.SettleConflict(ctx(c), actor(c), conflictID, form.Note)
	if problem, ok := fixable(err); ok {
		return h.conflictPage(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminConflict(conflictID), "The conflict is marked as settled.")
}

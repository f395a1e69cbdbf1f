package handlers

import (
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) askAllowance(c echo.Context) error {
	return h.allowanceForm(c, views.AllowanceForm{RequestKey: newRequestKey()}, nil)
}

// allowanceForm asks why a client may have another trial.
func (h *handlers) allowanceForm(c echo.Context, form views.AllowanceForm, problem *models.Error) error {
	trialID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.TrialToAllow(ctx(c), actor(c), trialID)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.AdminAllowance(v, form, problem))
}

func (h *handlers) allowTrial(c echo.Context) error {
	var form views.AllowanceForm
	if err := bind(c, &form); err != nil {
		return err
	}
	trialID, err := id(c, "id")
	if err != nil {
		return err
	}
	r, err := h.store.AllowTrial(ctx(c), actor(c), trialID, form.Reason, form.RequestKey)
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.allowanceForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminRequest(r.ID), "The client can have another trial. The account is told by mail.")
}

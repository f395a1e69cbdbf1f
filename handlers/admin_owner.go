package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) askOwnerReplacement(c echo.Context) error {
	return h.ownerReplacement(c, views.ReplacementForm{}, nil)
}

// ownerReplacement is the page that replaces the Owner of an account.
func (h *handlers) ownerReplacement(c echo.Context, form views.ReplacementForm, problem *models.Error) error {
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.OwnerToReplace(ctx(c), actor(c), accountID)
	if e, ok := fixable(err); ok {
		h.flash(c, views.Info, e.Message)
		return c.Redirect(http.StatusSeeOther, paths.AdminAccount(accountID))
	}
	if err != nil {
		return err
	}
	if form.Owner == "" || problem != nil && problem.Code == "changed" { // confirmed again by what is looked at now
		form.Owner, form.Replacement = v.Owner.ID, ""
		if v.Open != nil {
			form.Replacement = v.Open.ID
		}
	}
	return h.render(c, status(problem), views.AdminOwnerReplacement(views.ReplacementPage{ReplacementView: v, Form: form, Problem: problem, AskPassword: h.asksPassword(c, problem)}))
}

func (h *handlers) replaceOwner(c echo.Context) error {
	var form views.ReplacementForm
	if err := bind(c, &form); err != nil {
		return err
	}
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	a, err := h.confirmed(c)
	var r models.OwnerReplacement
	if err == nil {
		r, err = h.store.ReplaceOwner(ctx(c), a, accountID, form.Entry())
	}
	if problem, ok := fixable(err); ok {
		return h.ownerReplacement(c, form, problem)
	}
	if err != nil {
		return err
	}
	if r.DoneAt == nil {
		return h.see(c, paths.AdminAccount(accountID), "The invitation is on its way to "+form.Email+". The account keeps its Owner until it is accepted.")
	}
	return h.see(c, paths.AdminAccount(accountID), "The account has another Owner. Both are told by mail.")
}

func (h *handlers) withdrawOwnerReplacement(c echo.Context) error {
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	replacement, err := id(c, "replacement")
	if err != nil {
		return err
	}
	err = h.store.WithdrawReplacement(ctx(c), actor(c), accountID, replacement)
	if problem, ok := fixable(err); ok {
		h.flash(c, views.Warning, problem.Message)
		return c.Redirect(http.StatusSeeOther, paths.AdminAccount(accountID))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAccount(accountID), "The replacement is called off: the account keeps its Owner.")
}

package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminPlans(c echo.Context) error {
	all, err := h.store.PlanHistories(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminPlans(all))
}

func (h *handlers) adminPlan(c echo.Context) error {
	return h.planPage(c, nil, nil)
}

func (h *handlers) planPage(c echo.Context, form *views.TermsForm, problem *models.Error) error {
	plan, err := h.store.PlanHistory(ctx(c), actor(c), models.Plan(c.Param("id")))
	if err != nil {
		return err
	}
	if form == nil {
		fresh := views.TermsFormOf(plan.InForce, newRequestKey())
		form = &fresh
	}
	return h.render(c, status(problem), views.AdminPlan(plan, *form, problem, actor(c).Can(models.ManagePlans), h.store.Now()))
}

func (h *handlers) addTerms(c echo.Context) error {
	var form views.TermsForm
	if err := bind(c, &form); err != nil {
		return err
	}
	terms, err := h.store.AddTerms(ctx(c), actor(c), termsEntry(c, form))
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.planPage(c, &form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPlan(string(terms.Plan)), "The new terms of "+terms.Plan.Name()+" hold from "+views.DayText(string(terms.HoldsFrom))+".")
}

func termsEntry(c echo.Context, f views.TermsForm) models.TermsEntry {
	return models.TermsEntry{
		Plan: models.Plan(c.Param("id")), HoldsFrom: f.HoldsFrom, TrialDays: f.TrialDays, TrialsPerMonth: f.TrialsPerMonth,
		Percentage: f.Percentage, Note: f.Note, RequestKey: f.RequestKey,
	}
}

// draftTerms shows what new terms would do.
func (h *handlers) draftTerms(c echo.Context) error {
	var form views.TermsForm
	if err := bind(c, &form); err != nil {
		return err
	}
	v, err := h.store.PreviewTerms(ctx(c), actor(c), termsEntry(c, form))
	if problem, ok := fixable(err); ok {
		return h.planPage(c, &form, problem)
	}
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminTermsDraft(v, form))
}

func (h *handlers) withdrawTerms(c echo.Context) error {
	termsID, err := id(c, "terms")
	if err != nil {
		return err
	}
	terms, err := h.store.WithdrawTerms(ctx(c), actor(c), models.Plan(c.Param("id")), termsID)
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPlan(string(terms.Plan)), "The terms from "+views.DayText(string(terms.HoldsFrom))+" are withdrawn.")
}

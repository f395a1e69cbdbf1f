package handlers

import (
	"cmp"
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminAccounts(c echo.Context) error {
	f := models.AccountFilter{Query: c.QueryParam("q"), Plan: c.QueryParam("plan"), State: c.QueryParam("state"), Owner: c.QueryParam("owner"), Sort: c.QueryParam("sort")}
	if wantsCSV(c) {
		return h.exportAccounts(c, f)
	}
	page, err := h.store.AllAccounts(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminAccounts(page, listNav(c, page, "q", "plan", "state", "owner"), actor(c).Can(models.ManageAccounts)))
}

func (h *handlers) newAccount(c echo.Context) error {
	e, err := h.store.NewAccount(ctx(c), actor(c))
	if err != nil {
		return err
	}
	form := views.AccountForm{TimeZone: e.TimeZone, Country: e.Country, Currency: e.Currency, Plan: string(e.Plan), PaymentDays: e.PaymentDays, TaxRate: e.TaxRate, RequestKey: newRequestKey()}
	return h.render(c, http.StatusOK, views.AdminNewAccount(form, nil))
}

func (h *handlers) createAccount(c echo.Context) error {
	var form views.AccountForm
	if err := bind(c, &form); err != nil {
		return err
	}
	account, err := h.store.CreateAccount(ctx(c), actor(c), accountEntry(form))
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.render(c, status(problem), views.AdminNewAccount(form, problem))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAccount(account.ID), account.Name+" is created. The invitation is on its way to "+form.OwnerEmail+".")
}

func (h *handlers) adminAccount(c echo.Context) error {
	return h.accountPage(c, accountForms{})
}

// accountForms are the forms on an account's page as typed.
type accountForms struct {
	owner   views.OwnerForm
	problem *models.Error // of owner
	grant   views.GrantPart
}

func (h *handlers) accountPage(c echo.Context, f accountForms) error {
	p, err := h.account(c)
	if err != nil {
		return err
	}
	f.grant.Open = c.QueryParam("open") == "grant"
	f.grant.May = actor(c).Can(models.DecideRequests)
	if f.grant.Problem == nil {
		f.grant.Form = views.GrantForm{Number: "1", Month: string(p.Quota.Month), RequestKey: newRequestKey()}
	}
	return h.render(c, status(cmp.Or(f.problem, f.grant.Problem)), views.AdminAccount(p, f.owner, f.problem, f.grant, actor(c).Can(models.ManageAccounts), h.store.Now()))
}

func (h *handlers) account(c echo.Context) (models.AccountPage, error) {
	accountID, err := id(c, "id")
	if err != nil {
		return models.AccountPage{}, err
	}
	return h.store.Account(ctx(c), actor(c), accountID)
}

func (h *handlers) editAccount(c echo.Context) error {
	p, err := h.changeableAccount(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminEditAccount(p, views.AccountFormOf(p), nil, nil))
}

// changeableAccount is the account for a form that changes it.
func (h *handlers) changeableAccount(c echo.Context) (models.AccountPage, error) {
	accountID, err := id(c, "id")
	if err != nil {
		return models.AccountPage{}, err
	}
	return h.store.ChangeableAccount(ctx(c), actor(c), accountID)
}

func (h *handlers) changeAccount(c echo.Context) error {
	var form views.AccountForm
	if err := bind(c, &form); err != nil {
		return err
	}
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	account, err := h.store.ChangeAccount(ctx(c), actor(c), accountID, accountEntry(form))
	if problem, ok := fixable(err); ok {
		p, err := h.changeableAccount(c)
		if err != nil {
			return err
		}
		var theirs []views.Difference
		if problem.Kind == models.Conflict {
			theirs, form.Version = form.Against(p), p.Version
		}
		return h.render(c, status(problem), views.AdminEditAccount(p, form, problem, theirs))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAccount(account.ID), account.Name+" is saved.")
}

func accountEntry(f views.AccountForm) models.AccountEntry {
	return models.AccountEntry{
		Name: f.Name, LegalName: f.LegalName, Address: f.Address, TaxID: f.TaxID, Country: f.Country, Currency: f.Currency, TimeZone: f.TimeZone,
		PaymentDays: f.PaymentDays, TaxRate: f.TaxRate, Plan: models.Plan(f.Plan), OwnerEmail: f.OwnerEmail, RequestKey: f.RequestKey, Version: f.Version,
	}
}

// previewPlan shows what ?plan= would do to an account; "none" is no plan.
func (h *handlers) previewPlan(c echo.Context) error {
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	if c.QueryParam("plan") != "" {
		return h.planPreview(c, accountID, chosenPlan(c.QueryParam("plan")), nil)
	}
	p, err := h.store.ChangeableAccount(ctx(c), actor(c), accountID)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminAccountPlan(models.PlanPreview{Account: p.Account, Before: p.Quota, After: p.Quota}, false, nil))
}

func chosenPlan(s string) models.Plan {
	if s == "none" {
		return ""
	}
	return models.Plan(s)
}

func (h *handlers) planPreview(c echo.Context, accountID string, plan models.Plan, problem *models.Error) error {
	p, err := h.store.PreviewPlan(ctx(c), actor(c), accountID, plan)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.AdminAccountPlan(p, true, problem))
}

func (h *handlers) changePlan(c echo.Context) error {
	var form views.PlanForm
	if err := bind(c, &form); err != nil {
		return err
	}
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	p, err := h.store.ChangePlan(ctx(c), actor(c), accountID, chosenPlan(form.Plan), form.Terms, form.Version)
	if problem, ok := fixable(err); ok {
		return h.planPreview(c, accountID, chosenPlan(form.Plan), problem)
	}
	if err != nil {
		return err
	}
	if p.Account.Plan == "" {
		return h.see(c, paths.AdminAccount(accountID), p.Account.Name+" has no plan any more.")
	}
	return h.see(c, paths.AdminAccount(accountID), p.Account.Name+" is on "+p.Account.Plan.Name()+" now.")
}

func (h *handlers) suspensionForm(c echo.Context) error {
	p, err := h.changeableAccount(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminSuspension(p, views.ReasonForm{}, nil))
}

func (h *handlers) suspendAccount(c echo.Context) error {
	return h.setSuspension(c, h.store.SuspendAccountWith, " is suspended. Licences that are paid go on.")
}

func (h *handlers) resumeAccount(c echo.Context) error {
	return h.setSuspension(c, h.store.ResumeAccountWith, " works again.")
}

func (h *handlers) setSuspension(c echo.Context, set func(context.Context, models.Actor, string, string, []string) (models.Account, error), done string) error {
	var form views.ReasonForm
	if err := bind(c, &form); err != nil {
		return err
	}
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	account, err := set(ctx(c), actor(c), accountID, form.Reason, form.License)
	if problem, ok := fixable(err); ok {
		p, err := h.changeableAccount(c)
		if err != nil {
			return err
		}
		return h.render(c, status(problem), views.AdminSuspension(p, form, problem))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAccount(accountID), account.Name+done)
}

func (h *handlers) inviteOwner(c echo.Context) error {
	var form views.OwnerForm
	if err := bind(c, &form); err != nil {
		return err
	}
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	in, err := h.store.InviteOwner(ctx(c), actor(c), accountID, form.Email)
	if problem, ok := fixable(err); ok {
		return h.accountPage(c, accountForms{owner: form, problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAccount(accountID), "The invitation is on its way to "+in.Email+".")
}

func (h *handlers) resendOwnerInvitation(c echo.Context) error {
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	in, err := h.store.ResendOwnerInvitation(ctx(c), actor(c), accountID)
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAccount(accountID), "A new link is on its way to "+in.Email+". The earlier one no longer works.")
}

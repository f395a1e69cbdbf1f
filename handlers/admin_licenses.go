package handlers

import (
	"context"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminLicenseRoutes(adm *echo.Group) {
	adm.GET("/licenses", h.adminLicenses)
	adm.GET("/licenses/:id", h.adminLicense)
	adm.POST("/licenses/:id/revocation", h.licenseDeed("revocation", h.store.RevokeLicense, "The licence is revoked."))
	adm.POST("/licenses/:id/suspension", h.licenseDeed("suspension", h.store.SuspendLicense, "The licence is suspended."))
	adm.POST("/licenses/:id/resumption", h.licenseDeed("resumption", h.store.ResumeLicense, "The licence goes on."))
	adm.POST("/licenses/:id/deactivations-reset", h.licenseDeed("deactivations-reset", h.store.ResetSwaps, "The month's deactivations are counted anew."))
	adm.POST("/licenses/:id/machines/:machine/deactivation", h.endMachine)
}

func (h *handlers) adminLicenses(c echo.Context) error {
	f := models.StaffLicenseFilter{Query: c.QueryParam("q"), State: models.LicenseStatus(c.QueryParam("state")), Product: c.QueryParam("product")}
	account := ""
	if accountID, err := uuid.Parse(c.QueryParam("account")); err == nil { // what is no id filters nothing
		if account, err = h.store.AccountName(ctx(c), actor(c), accountID.String()); err != nil {
			return err
		}
		f.Account = accountID.String()
	}
	if wantsCSV(c) {
		return h.exportLicenses(c, f)
	}
	page, err := h.store.AllLicenses(ctx(c), actor(c), f, paging(c))
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
	return h.render(c, http.StatusOK, views.AdminLicenses(page, listNav(c, page, "q", "state", "product", "account"), options, account))
}

func (h *handlers) exportLicenses(c echo.Context, f models.StaffLicenseFilter) error {
	header := []string{"id", "account", "client", "product", "state", "machines", "seats", "starts_at", "ends_at"}
	now := h.store.Now()
	return exportList(c, "licences", header, f, h.store.EachLicenseOfAll, func(l models.LicenseRow) []string {
		return []string{l.ID, l.AccountName, l.Company, l.Product, string(l.Status(now)), views.Number(l.Machines), views.Number(l.Seats), instant(l.StartsAt), instant(l.EndsAt)}
	})
}

func (h *handlers) adminLicense(c echo.Context) error {
	return h.adminLicensePage(c, views.LicenseDeedForm{})
}

func (h *handlers) adminLicensePage(c echo.Context, form views.LicenseDeedForm) error {
	licenseID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.StaffLicense(ctx(c), actor(c), licenseID)
	if err != nil {
		return err
	}
	return h.render(c, status(form.Problem), views.AdminLicense(v, h.store.Now(), actor(c).Can(models.ManageLicenses), form))
}

// licenseDeed is a route that does something to a licence for a reason.
func (h *handlers) licenseDeed(deed string, do func(context.Context, models.Actor, string, string) error, done string) echo.HandlerFunc {
	return func(c echo.Context) error {
		licenseID, err := id(c, "id")
		if err != nil {
			return err
		}
		form := views.LicenseDeedForm{Deed: deed, Reason: c.FormValue("reason")}
		err = do(ctx(c), actor(c), licenseID, form.Reason)
		if problem, ok := fixable(err); ok {
			form.Problem = problem
			if problem.Kind == models.Conflict { // the form may be gone by now
				form.Deed = ""
			}
			return h.adminLicensePage(c, form)
		}
		if err != nil {
			return err
		}
		return h.see(c, paths.AdminLicense(licenseID), done)
	}
}

func (h *handlers) endMachine(c echo.Context) error {
	licenseID, err := id(c, "id")
	if err != nil {
		return err
	}
	machineID, err := id(c, "machine")
	if err != nil {
		return err
	}
	err = h.store.EndMachine(ctx(c), actor(c), licenseID, machineID)
	if problem, ok := fixable(err); ok {
		h.flash(c, views.Danger, problem.Message)
		return h.see(c, paths.AdminLicense(licenseID), "")
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminLicense(licenseID), "The machine is deactivated. Its seat is free.")
}

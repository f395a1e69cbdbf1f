package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminVendor(c echo.Context) error {
	v, err := h.store.Vendor(ctx(c), actor(c))
	if err != nil {
		return err
	}
	if !actor(c).Can(models.ManageVendor) {
		return h.render(c, http.StatusOK, views.AdminVendorProfile(v))
	}
	return h.render(c, http.StatusOK, views.AdminVendor(views.VendorFormOf(v), nil, nil))
}

func (h *handlers) changeVendor(c echo.Context) error {
	var form views.VendorForm
	if err := bind(c, &form); err != nil {
		return err
	}
	_, err := h.store.ChangeVendor(ctx(c), actor(c), models.VendorEntry{Vendor: models.Vendor{
		Name: form.Name, LegalName: form.LegalName, Address: form.Address, TaxID: form.TaxID, Country: form.Country, Website: form.Website,
		CustomerSuccessName: form.ContactName, CustomerSuccessEmail: form.ContactEmail, CustomerSuccessPhone: form.ContactPhone,
		CustomerSuccessHours: form.ContactHours, TimeZone: form.TimeZone, BankDetails: form.BankDetails, Version: form.Version,
	}, CreditNoteLimit: form.CreditLimit, GraceDays: form.GraceDays, ExtraDeactivations: form.Deactivating})
	if problem, ok := fixable(err); ok {
		v, err := h.store.Vendor(ctx(c), actor(c))
		if err != nil {
			return err
		}
		var theirs []views.Difference
		if problem.Kind == models.Conflict {
			theirs, form.Version = form.Against(v), v.Version
		}
		return h.render(c, status(problem), views.AdminVendor(form, problem, theirs))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminSettings(), "The vendor's profile is saved.")
}

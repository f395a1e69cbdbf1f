package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func licenseFilter(c echo.Context) models.LicenseFilter {
	return models.LicenseFilter{Query: c.QueryParam("q"), State: models.LicenseStatus(c.QueryParam("state")), Product: c.QueryParam("product"), Renewal: c.QueryParam("renewal") == "due"}
}

func (h *handlers) licenses(c echo.Context) error {
	if wantsCSV(c) {
		return h.licensesCSV(c)
	}
	p := views.LicensesPage{Now: h.store.Now(), MayRenew: actor(c).Can(models.RequestPrices)}
	var err error
	if p.Page, err = h.store.Licenses(ctx(c), actor(c), licenseFilter(c), paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "product", "renewal")
	if p.Products, err = h.store.Products(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Licenses(p))
}

func (h *handlers) licensesCSV(c echo.Context) error {
	now := h.store.Now()
	header := []string{"Client", "Product", "State", "Seats", "Valid from (UTC)", "Valid until (UTC)"}
	return writeCSV(c, "licences.csv", header, func(write func(...string) error) error {
		return h.store.EachLicense(c.Request().Context(), actor(c), licenseFilter(c), func(l models.LicenseLine) error {
			return write(l.Company, l.Product, string(l.Status(now)), views.Number(l.Seats), instant(l.StartsAt), instant(l.EndsAt))
		})
	})
}

func (h *handlers) license(c echo.Context) error { return h.licensePage(c, views.FileForm{}) }

func (h *handlers) licensePage(c echo.Context, file views.FileForm) error {
	licenseID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.License(ctx(c), actor(c), licenseID)
	if err != nil {
		return err
	}
	return h.render(c, status(file.Problem), views.License(v, h.store.Now(), actor(c).Can(models.IssueTrials), file))
}

func (h *handlers) renewLicensePage(c echo.Context) error {
	licenseID, err := id(c, "id")
	if err != nil {
		return err
	}
	if err := h.store.RenewLicensePage(ctx(c), actor(c), licenseID); err != nil {
		return err
	}
	return h.see(c, paths.License(licenseID), "The client's page has a new link. The old one no longer works.")
}

func (h *handlers) revokeLicensePage(c echo.Context) error {
	licenseID, err := id(c, "id")
	if err != nil {
		return err
	}
	if err := h.store.RevokeLicensePage(ctx(c), actor(c), licenseID); err != nil {
		return err
	}
	return h.see(c, paths.License(licenseID), "The client's page is switched off.")
}

func (h *handlers) clientPage(c echo.Context) error { return h.clientPageWith(c, views.FileForm{}) }

func (h *handlers) clientPageWith(c echo.Context, file views.FileForm) error {
	p, err := h.store.ClientPage(ctx(c), visitor(c), c.Param("token"))
	if e, ok := errors.AsType[*models.Error](err); ok && e.Kind == models.NotFound {
		return h.licensePageGone(c, p, e)
	}
	if err != nil {
		return err
	}
	return h.render(c, status(file.Problem), views.LicensePage(p, c.Param("token"), h.store.Now(), file))
}

// licensePageGone answers 410 for a link that once worked, 404 for one that never did.
func (h *handlers) licensePageGone(c echo.Context, p models.ClientPage, e *models.Error) error {
	code := http.StatusGone
	if e.Code == "unknown" {
		code = http.StatusNotFound
	}
	return h.render(c, code, views.LicensePageGone(p, e.Message))
}

func (h *handlers) wantToBuy(c echo.Context) error {
	first, err := h.store.WantToBuy(ctx(c), visitor(c), c.Param("token"))
	if e, ok := errors.AsType[*models.Error](err); ok && e.Kind == models.NotFound {
		return h.clientPage(c)
	}
	if err != nil {
		return err
	}
	message := "Thank you. They know today already, and will get in touch with you."
	if first {
		message = "Thank you. They have been told, and will get in touch with you."
	}
	return h.see(c, paths.LicensePage(c.Param("token")), message)
}

func (h *handlers) jwks(c echo.Context) error {
	keys, err := h.store.PublicKeys(ctx(c), visitor(c))
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=300")
	return c.Blob(http.StatusOK, "application/jwk-set+json", keys.JWKS())
}

package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) makeLicenseFile(c echo.Context) error {
	licenseID, err := id(c, "id")
	if err != nil {
		return err
	}
	return h.licenseFile(c, h.licensePage, func(e models.FileEntry) (models.LicenseFile, error) {
		return h.store.MakeLicenseFile(ctx(c), actor(c), licenseID, e)
	})
}

func (h *handlers) clientLicenseFile(c echo.Context) error {
	return h.licenseFile(c, h.clientPageWith, func(e models.FileEntry) (models.LicenseFile, error) {
		f, err := h.store.ClientLicenseFile(ctx(c), visitor(c), c.Param("token"), e)
		return f, err
	})
}

// licenseFile answers with a file to save, or with the page that it was asked from.
func (h *handlers) licenseFile(c echo.Context, again func(echo.Context, views.FileForm) error, get func(models.FileEntry) (models.LicenseFile, error)) error {
	var form views.FileForm
	if err := bind(c, &form); err != nil {
		return err
	}
	f, err := get(models.FileEntry{Fingerprint: form.Fingerprint, Name: form.Name})
	if problem, ok := fixable(err); ok {
		form.Problem = problem
		return again(c, form)
	}
	if e, ok := errors.AsType[*models.Error](err); ok && e.Kind == models.NotFound && c.Param("token") != "" {
		return again(c, form) // says why the link leads nowhere
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="`+f.Name+`"`)
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, []byte(f.Text))
}

func (h *handlers) deactivateMachine(c echo.Context) error {
	licenseID, err := id(c, "id")
	if err != nil {
		return err
	}
	machineID, err := id(c, "machine")
	if err != nil {
		return err
	}
	err = h.store.DeactivateMachine(ctx(c), actor(c), licenseID, machineID)
	if problem, ok := fixable(err); ok {
		h.flash(c, views.Danger, problem.Message)
		return h.see(c, paths.License(licenseID), "")
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.License(licenseID), "The machine is deactivated. Its seat is free.")
}

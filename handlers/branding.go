package handlers

import (
	"io"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
	"reselling/views/pdf"
)

// brandingRoutes is the map of how the account's documents look.
func (h *handlers) brandingRoutes(in *echo.Group) {
	in.GET("/settings/branding", h.branding)
	in.POST("/settings/branding", h.changeBranding)
	in.GET("/settings/branding/logo", h.brandingLogo)
	in.POST("/settings/branding/logo", h.uploadLogo)
	in.POST("/settings/branding/logo-removal", h.removeLogo)
	in.GET("/settings/branding/pdf", h.brandingPreview)
}

func (h *handlers) branding(c echo.Context) error { return h.brandingPage(c, nil, nil) }

// brandingPage shows the branding, with the form that was refused if one was.
func (h *handlers) brandingPage(c echo.Context, refused *views.BrandingForm, problem *models.Error) error {
	p := views.BrandingPage{Problem: problem}
	var err error
	if p.Branding, err = h.store.Branding(ctx(c), actor(c)); err != nil {
		return err
	}
	p.Form = views.BrandingFormOf(p.Branding)
	switch {
	case refused != nil:
		p.Form = *refused
		if problem.Kind == models.Conflict {
			p.Theirs, p.Form.Version = refused.Against(p.Branding), p.Branding.Version
		}
	case problem != nil:
		p.Problem, p.LogoProblem = nil, problem
	}
	return h.render(c, status(problem), views.Branding(p))
}

func (h *handlers) changeBranding(c echo.Context) error {
	var form views.BrandingForm
	if err := bind(c, &form); err != nil {
		return err
	}
	_, err := h.store.ChangeBranding(ctx(c), actor(c), form.Entry())
	if problem, ok := fixable(err); ok {
		return h.brandingPage(c, &form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Branding(), "The branding is saved. It holds for what is issued from now on.")
}

// brandingLogo sends the logo, or nothing where there is none.
func (h *handlers) brandingLogo(c echo.Context) error {
	l, err := h.store.BrandingLogo(ctx(c), actor(c))
	if err != nil {
		return err
	}
	if l.ID == "" {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Blob(http.StatusOK, "image/png", l.PNG)
}

func (h *handlers) uploadLogo(c echo.Context) error {
	var content []byte
	if file, err := c.FormFile("logo"); err == nil {
		opened, err := file.Open()
		if err != nil {
			return err
		}
		defer opened.Close()
		if content, err = io.ReadAll(opened); err != nil {
			return err
		}
	}
	if len(content) == 0 && actor(c).Can(models.ChangeBranding) {
		return h.brandingPage(c, nil, &models.Error{Kind: models.Invalid, Message: "Choose a file.", Fields: map[string]string{"logo": "Choose a file."}})
	}
	return h.changeLogo(c, content, "The logo is on documents from now on.")
}

func (h *handlers) removeLogo(c echo.Context) error {
	return h.changeLogo(c, nil, "Documents have no logo from now on.")
}

func (h *handlers) changeLogo(c echo.Context, content []byte, flash string) error {
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		return echo.NewHTTPError(http.StatusBadRequest, "The form could not be read.").SetInternal(err)
	}
	_, err = h.store.ChangeLogo(ctx(c), actor(c), content, version)
	if problem, ok := fixable(err); ok {
		return h.brandingPage(c, nil, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Branding(), flash)
}

// brandingPreview shows the branding on an invoice that nobody issued.
func (h *handlers) brandingPreview(c echo.Context) error {
	v, err := h.store.BrandingSample(ctx(c), actor(c))
	if err != nil {
		return err
	}
	content, err := pdf.ClientInvoice(v, models.ClientInvoicePaper, models.ParsePaper(c.QueryParam("paper"), v.Account.Country))
	if err != nil {
		return err
	}
	return sendPDF(c, "sample", content)
}

package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/handlers/api"
	"reselling/static"
	"reselling/views/paths"
	"reselling/views/pdf"
)

// routes is the map of the portal: read it first.
func (h *handlers) routes(e *echo.Echo) {
	e.GET(paths.Health(), h.healthz)
	e.GET(paths.Ready(), h.readyz)
	e.GET(paths.JWKS(), h.jwks)
	e.GET(paths.SecurityTxt(), h.securityTxt)
	e.GET("/static/*", echo.WrapHandler(static.Handler()))
	h.api = api.New(e, h.store, api.Config{BaseURL: h.config.BaseURL, Log: h.config.Log, ProductRate: h.config.ProductRate, Rate: h.config.APIRate, ClientInvoicePDF: pdf.ClientInvoice, ProposalPDF: pdf.Proposal})

	portal := e.Group("", h.identify, h.checkForm)
	portal.GET("/login", h.newSession)
	portal.POST("/login", h.createSession)
	portal.POST("/logout", h.endSession)
	portal.GET(paths.APIDocs(), h.apiDocs)

	in := portal.Group("", h.signedIn)
	in.POST("/me/account", h.switchAccount)

	h.peopleRoutes(portal, in)
	h.teamRoutes(in)
	h.clientRoutes(in)
	h.trialRoutes(portal, in)
	h.requestRoutes(in)
	h.orderRoutes(in)
	h.invoiceRoutes(in)
	h.clientInvoiceRoutes(portal, in)
	h.brandingRoutes(in)
	h.webhookRoutes(in.Group("/settings", h.forAccounts))
	h.apiTokenRoutes(in)
	h.agreementRoutes(in)
	h.homeRoutes(in)
	h.adminRoutes(in.Group("/admin", h.forStaff))

	h.unknownRoutes(e)
}

// unknownRoutes answers what no route does. It comes last, since every group
// brings a way of its own: a stranger's typing error is no reason to sign in.
func (h *handlers) unknownRoutes(e *echo.Echo) {
	known := map[string]bool{}
	places := []string{"/static/*"} // Echo has an answer of its own for other methods there
	for _, r := range e.Routes() {
		if r.Method == echo.RouteNotFound {
			places = append(places, r.Path)
		} else {
			known[r.Method+" "+r.Path] = true
		}
	}
	answer := func(c echo.Context) error {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			other := e.NewContext(c.Request(), nil)
			routed := strings.Replace(method, http.MethodHead, http.MethodGet, 1)
			e.Router().Find(routed, echo.GetPath(c.Request()), other)
			if known[routed+" "+other.Path()] {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 {
			return echo.ErrNotFound
		}
		c.Response().Header().Set(echo.HeaderAllow, strings.Join(allowed, ", "))
		return echo.ErrMethodNotAllowed
	}
	for _, path := range places {
		e.RouteNotFound(path, answer)
	}
}

func (h *handlers) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func (h *handlers) readyz(c echo.Context) error {
	if err := h.store.Ready(c.Request().Context()); err != nil {
		h.config.Log.WarnContext(c.Request().Context(), "not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

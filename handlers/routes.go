package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/static"
	"reselling/views/paths"
)

// routes is the map of the portal: read it first.
func (h *handlers) routes(e *echo.Echo) {
	e.GET(paths.Health(), h.healthz)
	e.GET(paths.Ready(), h.readyz)
	e.GET(paths.JWKS(), h.jwks)
	e.GET("/static/*", echo.WrapHandler(static.Handler()))

	portal := e.Group("", h.identify, h.checkForm)
	portal.GET("/login", h.newSession)
	portal.POST("/login", h.createSession)
	portal.POST("/logout", h.endSession)

	in := portal.Group("", h.signedIn)
	in.POST("/me/account", h.switchAccount)

	h.peopleRoutes(portal, in)
	h.teamRoutes(in)
	h.clientRoutes(in)
	h.trialRoutes(portal, in)
	h.homeRoutes(in)
	h.adminRoutes(in.Group("/admin", h.forStaff))

	// Last, since every group brings its own: a stranger's typing error is no reason to sign in.
	portal.RouteNotFound("/*", func(echo.Context) error { return echo.ErrNotFound })
}

func (h *handlers) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func (h *handlers) readyz(c echo.Context) error {
	if err := h.store.Ready(c.Request().Context()); err != nil {
		h.config.Log.WarnContext(c.Request().Context(), "not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "not ready\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

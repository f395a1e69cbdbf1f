package handlers

import "github.com/labstack/echo/v4"

// peopleRoutes is the map of the pages about one's own person, signed out
// (portal) and signed in (in).
func (h *handlers) peopleRoutes(portal, in *echo.Group) {
	portal.GET("/invitations/:token", h.showInvitation)
	portal.POST("/invitations/:token", h.acceptInvitation)
}

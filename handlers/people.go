package handlers

import "github.com/labstack/echo/v4"

// peopleRoutes is the map of what a person does about themselves: invitations, password, profile, sessions.
func (h *handlers) peopleRoutes(_, _ *echo.Group) {}

package handlers

import "github.com/labstack/echo/v4"

// teamRoutes is the map of Team: All users and Reselling.
func (h *handlers) teamRoutes(_ *echo.Group) {}

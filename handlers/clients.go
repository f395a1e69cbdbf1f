package handlers

import "github.com/labstack/echo/v4"

// clientRoutes is the map of the clients of an account.
func (h *handlers) clientRoutes(_ *echo.Group) {}

package handlers

import "github.com/labstack/echo/v4"

// adminRoutes is the map of the pages of the vendor's staff.
func (h *handlers) adminRoutes(adm_ *echo.Group) {}

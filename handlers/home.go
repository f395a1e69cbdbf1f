package handlers

import "github.com/labstack/echo/v4"

// homeRoutes is the map of the dashboard, help and activity.
func (h *handlers) homeRoutes(_ *echo.Group) {}

package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/views"
)

func (h *handlers) workQueue(c echo.Context) error {
	q, err := h.store.WorkQueue(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminQueue(q, actor(c), h.store.Now()))
}

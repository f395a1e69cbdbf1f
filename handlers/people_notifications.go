package handlers

import (
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) showNotifications(c echo.Context) error {
	chosen, err := h.store.Notifications(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.notificationsPage(c, chosen, nil)
}

func (h *handlers) changeNotifications(c echo.Context) error {
	var form struct {
		Notices []models.Notice `form:"notice"`
	}
	if err := bind(c, &form); err != nil {
		return err
	}
	err := h.store.ChangeNotifications(ctx(c), actor(c), form.Notices)
	if problem, ok := fixable(err); ok {
		return h.notificationsPage(c, form.Notices, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.MyNotifications(), "Your choice of mails is saved.")
}

func (h *handlers) notificationsPage(c echo.Context, chosen []models.Notice, problem *models.Error) error {
	p := views.NotificationsPage{Chosen: chosen, Email: actor(c).Email, IsStaff: actor(c).IsStaff()}
	return h.render(c, status(problem), views.Notifications(p, problem))
}

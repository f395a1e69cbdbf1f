package handlers

import (
	"context"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminStaff(c echo.Context) error {
	if wantsCSV(c) {
		return h.exportStaff(c, staffFilter(c))
	}
	return h.staffPage(c, views.StaffInvitationForm{Role: string(models.Support)}, nil)
}

func staffFilter(c echo.Context) models.StaffFilter {
	return models.StaffFilter{Query: c.QueryParam("q"), Role: models.StaffRole(c.QueryParam("role")), Sort: c.QueryParam("sort")}
}

func (h *handlers) staffPage(c echo.Context, form views.StaffInvitationForm, problem *models.Error) error {
	page, err := h.store.Staff(ctx(c), actor(c), staffFilter(c), paging(c))
	if err != nil {
		return err
	}
	open, err := h.store.StaffInvitations(ctx(c), actor(c))
	if err != nil {
		return err
	}
	nav := listNav(c, page, "q", "role")
	nav.Path = paths.AdminStaff()
	return h.render(c, status(problem), views.AdminStaff(page, nav, open, form, problem, actor(c), h.store.Now()))
}

func (h *handlers) inviteStaff(c echo.Context) error {
	var form views.StaffInvitationForm
	if err := bind(c, &form); err != nil {
		return err
	}
	in, _, err := h.store.InviteStaff(ctx(c), actor(c), models.StaffInvitation{Email: form.Email, Name: form.Name, Role: models.StaffRole(form.Role)})
	if problem, ok := fixable(err); ok {
		return h.staffPage(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminStaff(), "The invitation is on its way to "+in.Email+".")
}

func (h *handlers) resendStaffInvitation(c echo.Context) error {
	return h.settleStaffInvitation(c, h.store.ResendStaffInvitation, "A new link is on its way to ", ". The earlier one no longer works.")
}

func (h *handlers) revokeStaffInvitation(c echo.Context) error {
	return h.settleStaffInvitation(c, h.store.RevokeStaffInvitation, "The invitation of ", " is revoked.")
}

func (h *handlers) settleStaffInvitation(c echo.Context, settle func(context.Context, models.Actor, string) (models.Invitation, error), before, after string) error {
	invitationID, err := id(c, "id")
	if err != nil {
		return err
	}
	in, err := settle(ctx(c), actor(c), invitationID)
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminStaff(), before+in.Email+after)
}

func (h *handlers) changeStaffRole(c echo.Context) error {
	userID, err := id(c, "id")
	if err != nil {
		return err
	}
	user, err := h.store.ChangeStaffRole(ctx(c), actor(c), userID, models.StaffRole(c.FormValue("role")))
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminStaff(), user.Name+" is "+views.StaffRoleName(user.StaffRole)+" now.")
}

func (h *handlers) removeStaff(c echo.Context) error {
	userID, err := id(c, "id")
	if err != nil {
		return err
	}
	user, err := h.store.RemoveStaff(ctx(c), actor(c), userID)
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminStaff(), user.Name+" no longer belongs to the staff.")
}

package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) showInvitation(c echo.Context) error {
	return h.invitationPage(c, nil, nil)
}

func (h *handlers) acceptInvitation(c echo.Context) error {
	var form views.InvitationForm
	if err := bind(c, &form); err != nil {
		return err
	}
	in, err := h.store.AcceptInvitation(ctx(c), actor(c), models.Acceptance{
		Token: c.Param("token"), Name: form.Name, Password: form.Password, DeviceToken: h.deviceToken(c),
	})
	if problem, ok := fixable(err); ok {
		return h.invitationPage(c, &form, problem)
	}
	if err != nil {
		return err
	}
	if in.Token != "" {
		h.signIn(c, in)
	}
	if in.Staff {
		return h.see(c, paths.Admin(), "Welcome. You belong to the vendor's staff now.")
	}
	return h.see(c, paths.Home(), "Welcome. You have joined the account.")
}

// invitationPage shows what a link leads to: the form, or why it is dead.
func (h *handlers) invitationPage(c echo.Context, form *views.InvitationForm, problem *models.Error) error {
	link, err := h.store.InvitationByToken(ctx(c), actor(c), c.Param("token"))
	if err != nil {
		return err
	}
	page := views.InvitationPage{Token: c.Param("token"), Link: link}
	if link.State != models.InvitationPending {
		return h.render(c, http.StatusGone, views.DeadInvitation(page))
	}
	if form == nil {
		form = &views.InvitationForm{Name: link.Name}
	}
	if a := actor(c); a.SignedIn() {
		if page.IsMine = link.IsFor(a); !page.IsMine {
			page.SignedIn = a.Email
		}
	}
	return h.render(c, status(problem), views.Invitation(page, *form, problem))
}

package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func newInviteForm() views.InviteUsersForm {
	return views.InviteUsersForm{Role: string(models.Member), RequestKey: newRequestKey()}
}

// teamInvitations is where the browser is after a refusal: reloading must lead somewhere.
func (h *handlers) teamInvitations(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, paths.NewTeamInvitation())
}

func (h *handlers) newTeamInvitations(c echo.Context) error {
	form := newInviteForm()
	form.Emails, form.ResellingRole = c.QueryParam("emails"), c.QueryParam("reselling_role")
	if role := c.QueryParam("role"); role != "" {
		form.Role = role
	}
	return h.inviteForm(c, form, nil)
}

func (h *handlers) inviteForm(c echo.Context, form views.InviteUsersForm, problem *models.Error) error {
	if _, err := h.store.PendingInvitations(ctx(c), actor(c)); err != nil {
		return err
	}
	p, err := h.teamPage(c)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.NewInvitations(p, form, problem))
}

func (h *handlers) inviteUsers(c echo.Context) error {
	var form views.InviteUsersForm
	if err := bind(c, &form); err != nil {
		return err
	}
	sent, refused, err := h.store.InviteUsers(ctx(c), actor(c), models.TeamInvitation{
		Emails: form.Emails, Role: models.Role(form.Role), ResellingRole: models.ResellingRole(form.ResellingRole), RequestKey: form.RequestKey,
	})
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		form.Refused = refused
		return h.inviteForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.TeamUsers(), invited(sent)+".")
}

func invited(sent []models.Invitation) string {
	if len(sent) == 1 {
		return sent[0].Email + " is invited"
	}
	return views.Plural(len(sent), "person is", "people are") + " invited"
}

// resendInvitation also answers the button beside an address that is invited
// already: then the form comes back without that address.
func (h *handlers) resendInvitation(c echo.Context) error {
	invitationID, err := id(c, "id")
	if err != nil {
		return err
	}
	in, err := h.store.ResendTeamInvitation(ctx(c), actor(c), invitationID)
	if err != nil {
		return err
	}
	done := "A new link is on its way to " + in.Email + ". The earlier one no longer works."
	rest := strings.Join(strings.Fields(strings.ReplaceAll(c.FormValue("emails"), c.FormValue("resend"), "")), " ")
	if c.FormValue("resend") == "" || strings.Trim(rest, ",; ") == "" {
		return h.see(c, paths.TeamUsers(), done)
	}
	return h.see(c, paths.With(paths.NewTeamInvitation(), "emails", rest, "role", c.FormValue("role"), "reselling_role", c.FormValue("reselling_role")), done)
}

func (h *handlers) revokeInvitation(c echo.Context) error {
	invitationID, err := id(c, "id")
	if err != nil {
		return err
	}
	in, err := h.store.RevokeTeamInvitation(ctx(c), actor(c), invitationID)
	if err != nil {
		return err
	}
	return h.see(c, paths.TeamUsers(), "The invitation of "+in.Email+" is revoked.")
}

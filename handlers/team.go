package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// teamRoutes is the map of Team: All users and Reselling.
func (h *handlers) teamRoutes(in *echo.Group) {
	team := in.Group("/team")
	team.GET("", h.team)
	team.GET("/users", h.teamUsers)
	team.GET("/users/:id", h.teamMember)
	team.POST("/users/:id/role", h.changeRole)
	team.GET("/users/:id/removal", h.askRemoval)
	team.POST("/users/:id/removal", h.removeMember)

	team.GET("/invitations", h.teamInvitations)
	team.GET("/invitations/new", h.newTeamInvitations)
	team.POST("/invitations", h.inviteUsers)
	team.POST("/invitations/:id/resending", h.resendInvitation)
	team.POST("/invitations/:id/revocation", h.revokeInvitation)

	team.GET("/reselling", h.teamReselling)
	team.GET("/reselling/new", h.newResellers)
	team.POST("/reselling", h.addResellers)
	team.GET("/reselling/:id/role", h.askResellingRole)
	team.POST("/reselling/:id/role", h.changeResellingRole)
	team.GET("/reselling/:id/removal", h.askResellerRemoval)
	team.POST("/reselling/:id/removal", h.removeReseller)

	team.GET("/ownership-offers", h.ownershipOffers)
	team.GET("/ownership-offers/new", h.newOwnershipOffer)
	team.POST("/ownership-offers", h.offerOwnership)
	team.GET("/ownership-offers/:id", h.ownershipOffer)
	team.POST("/ownership-offers/:id/acceptance", h.acceptOwnership)
	team.POST("/ownership-offers/:id/refusal", h.declineOwnership)
	team.POST("/ownership-offers/:id/withdrawal", h.withdrawOwnership)
}

func (h *handlers) team(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, paths.TeamUsers())
}

// teamPage is what surrounds every page of Team.
func (h *handlers) teamPage(c echo.Context) (views.TeamPage, error) {
	p := views.TeamPage{Actor: actor(c)}
	offer, ok, err := h.store.OpenOffer(ctx(c), p.Actor)
	if ok {
		p.Offer = &offer
	}
	return p, err
}

func (h *handlers) teamUsers(c echo.Context) error {
	f := models.MemberFilter{Query: c.QueryParam("q"), Role: models.Role(c.QueryParam("role")), Sort: c.QueryParam("sort")}
	if wantsCSV(c) {
		return h.exportUsers(c, f)
	}
	page, err := h.store.Members(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	p, err := h.teamPage(c)
	if err != nil {
		return err
	}
	p.Nav = listNav(c, page, "q", "role")
	var pending []models.PendingInvitation
	if p.Actor.Can(models.ManageTeam) {
		if pending, err = h.store.PendingInvitations(ctx(c), p.Actor); err != nil {
			return err
		}
	}
	return h.render(c, http.StatusOK, views.TeamUsers(p, page, pending, newInviteForm()))
}

func (h *handlers) exportUsers(c echo.Context, f models.MemberFilter) error {
	a := actor(c)
	if !a.Can(models.SeeUsers) { // before the first byte of a file
		return h.store.EachMember(ctx(c), a, f, nil)
	}
	header := []string{"Name", "Mail address", "Role", "Last sign-in (UTC)", "Joined (UTC)"}
	if a.Can(models.ManageReselling) {
		header = append(header, "Reselling role")
	}
	return writeCSV(c, "users", header, func(write func(...string) error) error {
		return h.store.EachMember(c.Request().Context(), a, f, func(m models.TeamMember) error {
			cells := []string{m.Name, m.Email, views.RoleName(m.Role), utcText(m.LastSignInAt), utcText(&m.JoinedAt)}
			if a.Can(models.ManageReselling) {
				cells = append(cells, views.ResellingRoleName(m.ResellingRole))
			}
			return write(cells...)
		})
	})
}

func utcText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.DateTime)
}

func (h *handlers) teamMember(c echo.Context) error { return h.memberPage(c, nil) }

func (h *handlers) memberPage(c echo.Context, problem *models.Error) error {
	membershipID, err := id(c, "id")
	if err != nil {
		return err
	}
	m, err := h.store.TeamMember(ctx(c), actor(c), membershipID)
	if err != nil {
		return err
	}
	p, err := h.teamPage(c)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.TeamMemberPage(p, m, problem))
}

func (h *handlers) changeRole(c echo.Context) error {
	return h.changeMember(c, func(membershipID string, form views.RoleForm, m models.TeamMember) (string, error) {
		err := h.store.ChangeRole(ctx(c), actor(c), membershipID, models.Role(form.Role))
		return m.Name + " is now " + views.RoleName(models.Role(form.Role)) + ".", err
	})
}

func (h *handlers) removeMember(c echo.Context) error {
	return h.changeMember(c, func(membershipID string, form views.RoleForm, m models.TeamMember) (string, error) {
		return m.Name + " is removed from " + actor(c).AccountName + ".", h.store.RemoveMember(ctx(c), actor(c), membershipID, form.Colleague)
	})
}

// changeMember does something to a member and goes back to All users.
func (h *handlers) changeMember(c echo.Context, change func(membershipID string, form views.RoleForm, m models.TeamMember) (done string, err error)) error {
	done, err := h.onMember(c, change)
	if problem, ok := fixable(err); ok {
		return h.refusedChange(c, views.LeavesAccount, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.TeamUsers(), done)
}

func (h *handlers) onMember(c echo.Context, change func(membershipID string, form views.RoleForm, m models.TeamMember) (string, error)) (done string, err error) {
	membershipID, err := id(c, "id")
	if err != nil {
		return "", err
	}
	var form views.RoleForm
	if err := bind(c, &form); err != nil {
		return "", err
	}
	m, err := h.store.TeamMember(ctx(c), actor(c), membershipID)
	if err != nil {
		return "", err
	}
	return change(membershipID, form, m)
}

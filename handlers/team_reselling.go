package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) teamReselling(c echo.Context) error {
	f := models.MemberFilter{Query: c.QueryParam("q"), ResellingRole: models.ResellingRole(c.QueryParam("reselling_role")), Sort: c.QueryParam("sort")}
	if wantsCSV(c) {
		return h.exportResellers(c, f)
	}
	page, err := h.store.ResellingTeam(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	candidates, err := h.store.ResellingCandidates(ctx(c), actor(c))
	if err != nil {
		return err
	}
	p, err := h.teamPage(c)
	if err != nil {
		return err
	}
	p.Nav = listNav(c, page, "q", "reselling_role")
	return h.render(c, http.StatusOK, views.TeamReselling(p, page, candidates, newAddUsersForm()))
}

func (h *handlers) exportResellers(c echo.Context, f models.MemberFilter) error {
	a := actor(c)
	if !a.Can(models.ManageReselling) { // before the first byte of a file
		return h.store.EachReseller(ctx(c), a, f, nil)
	}
	header := []string{"Name", "Mail address", "Reselling role", "Role in the account", "Since (UTC)"}
	return writeCSV(c, "reselling-team", header, func(write func(...string) error) error {
		return h.store.EachReseller(c.Request().Context(), a, f, func(m models.TeamMember) error {
			role := views.ResellingRoleName(m.ResellingRole)
			if m.Role == models.Owner {
				role = views.RoleName(models.Owner)
			}
			return write(m.Name, m.Email, role, views.RoleName(m.Role), utcText(m.ResellingSince))
		})
	})
}

func newAddUsersForm() views.AddUsersForm {
	return views.AddUsersForm{ResellingRole: string(models.Seller), Role: string(models.Member), RequestKey: newRequestKey()}
}

func (h *handlers) newResellers(c echo.Context) error {
	return h.addUsersForm(c, newAddUsersForm(), nil)
}

func (h *handlers) addUsersForm(c echo.Context, form views.AddUsersForm, problem *models.Error) error {
	candidates, err := h.store.ResellingCandidates(ctx(c), actor(c))
	if err != nil {
		return err
	}
	p, err := h.teamPage(c)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.NewResellers(p, candidates, form, problem))
}

func (h *handlers) addResellers(c echo.Context) error {
	var form views.AddUsersForm
	if err := bind(c, &form); err != nil {
		return err
	}
	added, err := h.store.AddToReselling(ctx(c), actor(c), models.ResellingAddition{
		UserIDs: form.UserIDs, Emails: form.Emails, Role: models.Role(form.Role), ResellingRole: models.ResellingRole(form.ResellingRole), RequestKey: form.RequestKey,
	})
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		form.Refused = added.Refused
		return h.addUsersForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.TeamReselling(), addedText(added))
}

func addedText(added models.ResellingAdded) string {
	members := views.Plural(added.Members, "user is", "users are") + " added to the Reselling team"
	switch {
	case len(added.Invited) > 0 && added.Members > 0:
		return members + ", and " + invited(added.Invited) + " to it."
	case len(added.Invited) > 0:
		return invited(added.Invited) + " to the Reselling team."
	case added.Members > 0:
		return members + "."
	}
	return "They belong to the Reselling team already."
}

func (h *handlers) changeResellingRole(c echo.Context) error {
	return h.changeReseller(c, views.LeavesRole, func(membershipID string, form views.RoleForm, m models.TeamMember) (string, error) {
		err := h.store.ChangeResellingRole(ctx(c), actor(c), membershipID, models.ResellingRole(form.ResellingRole), form.Colleague)
		return m.Name + " is now " + views.ResellingRoleName(models.ResellingRole(form.ResellingRole)) + " in the Reselling team.", err
	})
}

func (h *handlers) removeReseller(c echo.Context) error {
	return h.changeReseller(c, views.LeavesReselling, func(membershipID string, form views.RoleForm, m models.TeamMember) (string, error) {
		return m.Name + " is removed from the Reselling team.", h.store.RemoveFromReselling(ctx(c), actor(c), membershipID, form.Colleague)
	})
}

// changeReseller does something to a member of the Reselling team and goes back to it.
func (h *handlers) changeReseller(c echo.Context, how views.Leaving, change func(membershipID string, form views.RoleForm, m models.TeamMember) (done string, err error)) error {
	done, err := h.onMember(c, change)
	if problem, ok := fixable(err); ok {
		return h.refusedChange(c, how, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.TeamReselling(), done)
}

package handlers

import (
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
)

func (h *handlers) askRemoval(c echo.Context) error {
	return h.handoverPage(c, views.LeavesAccount, nil)
}

func (h *handlers) askResellerRemoval(c echo.Context) error {
	return h.handoverPage(c, views.LeavesReselling, nil)
}

func (h *handlers) askResellingRole(c echo.Context) error {
	return h.handoverPage(c, views.LeavesRole, nil)
}

// refusedChange shows why a member could not be changed: where somebody has to
// take over, with the question who.
func (h *handlers) refusedChange(c echo.Context, how views.Leaving, problem *models.Error) error {
	if problem.Code == models.HandoverNeeded {
		return h.handoverPage(c, how, problem)
	}
	return h.memberPage(c, problem)
}

// handoverPage asks who takes over from a member of the team who stops selling.
func (h *handlers) handoverPage(c echo.Context, how views.Leaving, problem *models.Error) error {
	membershipID, err := id(c, "id")
	if err != nil {
		return err
	}
	p := views.HandoverPage{Leaves: how, Problem: problem}
	if err := bind(c, &p.Form); err != nil {
		return err
	}
	if p.Form.ResellingRole == "" {
		p.Form.ResellingRole = string(models.Viewer)
		if models.ResellingRole(c.QueryParam("reselling_role")) == models.Billing {
			p.Form.ResellingRole = string(models.Billing)
		}
	}
	ask := h.store.ResellingHandover
	if how == views.LeavesAccount {
		ask = h.store.Handover
	}
	if p.Handover, err = ask(ctx(c), actor(c), membershipID); err != nil {
		return err
	}
	if p.Form.Colleague == "" {
		p.Form.Colleague = p.Owner.ID
	}
	if p.TeamPage, err = h.teamPage(c); err != nil {
		return err
	}
	return h.render(c, status(problem), views.Handover(p))
}

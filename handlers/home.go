package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// homeRoutes is the map of the dashboard, help and activity.
func (h *handlers) homeRoutes(in *echo.Group) {
	h.activityRoutes(in)
	in.GET("/", h.home)
	in.GET("/help", h.help)
}

func (h *handlers) home(c echo.Context) error {
	a := actor(c)
	switch {
	case a.IsStaff():
		return c.Redirect(http.StatusSeeOther, paths.Admin())
	case a.AccountID == "":
		return h.render(c, http.StatusOK, views.HomeNowhere())
	}
	team, err := h.teamPage(c)
	if err != nil {
		return err
	}
	notice := views.OwnershipNotice(a, team.Offer)
	if !a.InResellingTeam() {
		var due []models.InvoiceDueSums
		if a.Can(models.ReadInvoices) {
			if due, err = h.store.InvoicesDue(ctx(c), a); err != nil {
				return err
			}
		}
		return h.render(c, http.StatusOK, views.HomeOutside(a.OwnerName, due, notice))
	}
	account, err := h.store.OwnAccount(ctx(c), a)
	if err != nil {
		return err
	}
	dashboard, err := h.store.Dashboard(ctx(c), a)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Home(account, dashboard, a.Can(models.IssueTrials), notice))
}

func (h *handlers) help(c echo.Context) error {
	a := actor(c)
	page := views.HelpPage{Owner: a.OwnerName, Manages: a.Can(models.ManageReselling), Tokens: a.Can(models.ManageAPITokens) || a.Can(models.ManageVendorTokens)}
	var err error
	if page.Vendor, err = h.store.Vendor(ctx(c), a); err != nil {
		return err
	}
	if page.Terms, err = h.store.TermsInForce(ctx(c), a); err != nil {
		return err
	}
	if a.AccountID != "" {
		if page.Account, err = h.store.OwnAccount(ctx(c), a); err != nil {
			return err
		}
	}
	if a.Can(models.ReadReselling) {
		quota, err := h.store.Quota(ctx(c), a)
		if err != nil {
			return err
		}
		page.Quota = &quota
	}
	return h.render(c, http.StatusOK, views.Help(page))
}

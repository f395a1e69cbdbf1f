package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// trialRoutes is the map of trials, licences and the client's page.
func (h *handlers) trialRoutes(portal, in *echo.Group) {
	in.GET("/trials", h.trials)
	in.POST("/trials", h.createTrial)
	in.GET("/trials/new", h.newTrial)
	in.POST("/trials/new", h.draftTrial)
	in.GET("/trials/:id", h.trial)
	in.POST("/trials/:id/revocation", h.revokeTrial)
	in.POST("/trials/:id/address", h.correctTrialAddress)
	in.POST("/trials/:id/resending", h.resendTrialMail)

	in.GET("/licenses", h.licenses)
	in.GET("/licenses/:id", h.license)
	in.POST("/licenses/:id/page-renewal", h.renewLicensePage)
	in.POST("/licenses/:id/page-revocation", h.revokeLicensePage)
	in.POST("/licenses/:id/file", h.makeLicenseFile)
	in.POST("/licenses/:id/machines/:machine/deactivation", h.deactivateMachine)

	portal.GET("/l/:token", h.clientPage)
	portal.POST("/l/:token/interest", h.wantToBuy)
	portal.POST("/l/:token/file", h.clientLicenseFile)
}

func trialFilter(c echo.Context) models.TrialFilter {
	f := models.TrialFilter{
		Query: c.QueryParam("q"), State: models.TrialStatus(c.QueryParam("state")), Product: c.QueryParam("product"),
		Mine: c.QueryParam("issued") == "me", Failed: c.QueryParam("mail") == "failed", Sort: c.QueryParam("sort"),
	}
	if month, err := models.ParseMonth(c.QueryParam("month")); err == nil {
		f.Month = month
	}
	return f
}

func (h *handlers) trials(c echo.Context) error {
	a, filter := actor(c), trialFilter(c)
	if wantsCSV(c) {
		return h.trialsCSV(c, filter)
	}
	p := views.TrialsPage{MayIssue: a.Can(models.IssueTrials), Now: h.store.Now()}
	var err error
	if p.Page, err = h.store.ListedTrials(ctx(c), a, filter, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "product", "month", "issued", "mail")
	if p.Quota, err = h.store.Quota(ctx(c), a); err != nil {
		return err
	}
	if p.Products, err = h.store.Products(ctx(c), a); err != nil {
		return err
	}
	if p.Requests, err = h.store.MonthRequests(ctx(c), a, p.Quota.Month); err != nil {
		return err
	}
	if p.Months, err = h.store.TrialMonths(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Trials(p))
}

func (h *handlers) trialsCSV(c echo.Context, filter models.TrialFilter) error {
	now := h.store.Now()
	header := []string{"Client", "Mail address", "Product", "State", "Month", "Days", "Issued (UTC)", "Issued by", "Ends (UTC)"}
	return writeCSV(c, "trials.csv", header, func(write func(...string) error) error {
		return h.store.EachTrial(c.Request().Context(), actor(c), filter, func(t models.TrialLine) error {
			return write(t.Company, t.Email, t.Product, string(t.Status(now)), string(t.Month), views.Number(t.Days), instant(t.IssuedAt), t.IssuedBy, instant(t.EndsAt))
		})
	})
}

// instant is how files write a time.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (h *handlers) newTrial(c echo.Context) error {
	form := views.TrialForm{Product: c.QueryParam("product"), ClientID: c.QueryParam("client"), RequestKey: newRequestKey()}
	if form.ClientID == "" {
		form.Who = "existing"
	}
	return h.trialForm(c, form, nil)
}

// draftTrial shows the form again with what it would do: the search for a
// client and the preview, also without scripts.
func (h *handlers) draftTrial(c echo.Context) error {
	var form views.TrialForm
	if err := bind(c, &form); err != nil {
		return err
	}
	return h.trialForm(c, form, nil)
}

func (h *handlers) createTrial(c echo.Context) error {
	var form views.TrialForm
	if err := bind(c, &form); err != nil {
		return err
	}
	issued, err := h.store.IssueTrial(ctx(c), actor(c), trialRequest(form))
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		if problem.Code == models.ClientMerged {
			form.ClientID = problem.Subject
		}
		return h.trialForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	if len(issued.SameDomain) > 0 {
		h.flash(c, views.Info, "Another client has the same mail domain: "+issued.SameDomain[0].Company+". Check that it is not the same company.")
	}
	return h.see(c, paths.Trial(issued.Trial.ID), "The trial is issued. "+issued.Client.Email+" gets a mail with the key.")
}

func trialRequest(f views.TrialForm) models.TrialRequest {
	r := models.TrialRequest{Product: f.Product, RequestKey: f.RequestKey, AcceptDuplicate: f.Duplicate == "accept"}
	if !f.IsNew() {
		r.ClientID = f.ClientID
		return r
	}
	r.NewClient = models.ClientFields{
		Company: f.Company, ContactName: f.ContactName, Email: f.Email, Country: f.Country, TaxID: f.TaxID,
		Website: f.Website, Address: f.Address, Reference: f.Reference, Notes: f.Notes,
	}
	return r
}

func (h *handlers) trialForm(c echo.Context, form views.TrialForm, problem *models.Error) error {
	a := actor(c)
	p := views.NewTrialPage{Form: form, Problem: problem, Now: h.store.Now()}
	var err error
	if p.Clients, err = h.store.TrialClients(ctx(c), a, form.ClientQuery, form.ClientID); err != nil {
		return err
	}
	if p.Products, err = h.store.Products(ctx(c), a); err != nil {
		return err
	}
	if p.Quota, err = h.store.Quota(ctx(c), a); err != nil {
		return err
	}
	if p.Used, err = h.store.QuotaTrials(ctx(c), a, p.Quota.Month); err != nil {
		return err
	}
	if p.Requests, err = h.store.MonthRequests(ctx(c), a, p.Quota.Month); err != nil {
		return err
	}
	if p.Vendor, err = h.store.Vendor(ctx(c), a); err != nil {
		return err
	}
	preview, err := h.store.PreviewTrial(ctx(c), a, trialRequest(form))
	refusal, ok := fixable(err)
	switch {
	case err == nil:
		p.Preview = &preview
	case !ok:
		return err
	case refusal.Kind == models.Conflict:
		p.Refusal = refusal
	}
	return h.render(c, status(problem), views.NewTrial(p))
}

func (h *handlers) trial(c echo.Context) error { return h.trialPage(c, views.TrialPage{}) }

func (h *handlers) trialPage(c echo.Context, p views.TrialPage) error {
	trialID, err := id(c, "id")
	if err != nil {
		return err
	}
	if p.TrialView, err = h.store.Trial(ctx(c), actor(c), trialID); err != nil {
		return err
	}
	p.Now, p.MayAct, p.MayRequest = h.store.Now(), actor(c).Can(models.IssueTrials), actor(c).Can(models.RequestPrices)
	if p.Form != "address" {
		p.Address.Email = p.Client.Email
	}
	return h.render(c, status(p.Problem), views.Trial(p))
}

func (h *handlers) revokeTrial(c echo.Context) error {
	reason := c.FormValue("reason")
	return h.trialAct(c, "The trial is revoked.", views.TrialPage{Form: "revocation", Reason: reason}, func(trialID string) error {
		return h.store.RevokeTrial(ctx(c), actor(c), trialID, reason)
	})
}

func (h *handlers) correctTrialAddress(c echo.Context) error {
	var form views.AddressForm
	if err := bind(c, &form); err != nil {
		return err
	}
	return h.trialAct(c, "The address is corrected, and the mail is on its way there.", views.TrialPage{Form: "address", Address: form}, func(trialID string) error {
		return h.store.CorrectTrialAddress(ctx(c), actor(c), trialID, form.Email, form.Duplicate == "accept")
	})
}

func (h *handlers) resendTrialMail(c echo.Context) error {
	return h.trialAct(c, "The mail is on its way again.", views.TrialPage{Form: "resending"}, func(trialID string) error {
		return h.store.ResendTrialMail(ctx(c), actor(c), trialID)
	})
}

// trialAct runs one use case on the route's trial; refused shows the page again with what was typed.
func (h *handlers) trialAct(c echo.Context, done string, refused views.TrialPage, act func(trialID string) error) error {
	trialID, err := id(c, "id")
	if err != nil {
		return err
	}
	err = act(trialID)
	if problem, ok := fixable(err); ok {
		refused.Problem = problem
		return h.trialPage(c, refused)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Trial(trialID), done)
}

package handlers

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
	"reselling/views/pdf"
)

// agreementRoutes is the map of the account's Annex.
func (h *handlers) agreementRoutes(in *echo.Group) {
	in.GET("/agreement", h.agreement)
	in.POST("/agreement", h.signAnnex)
	in.GET("/agreement/:id/pdf", h.agreementPDF)
}

// annexRoutes is the map of the Annexes of all accounts.
func (h *handlers) annexRoutes(adm *echo.Group) {
	adm.GET("/annexes", h.adminAnnexes)
	adm.GET("/annexes/text", h.annexText)
	adm.POST("/annexes/text", h.saveAnnexText)
	adm.GET("/annexes/:id", h.adminAnnex)
	adm.GET("/annexes/:id/pdf", h.adminAnnexPDF)
	adm.POST("/annexes/:id/countersignature", h.countersignAnnex)
	adm.POST("/annexes/:id/refusal", h.declineAnnex)
}

func (h *handlers) agreement(c echo.Context) error {
	return h.agreementPage(c, views.SignatureForm{}, nil)
}

func (h *handlers) agreementPage(c echo.Context, form views.SignatureForm, problem *models.Error) error {
	a := actor(c)
	v, err := h.store.Agreement(ctx(c), a)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.Agreement(views.AgreementPage{
		Agreement: v, MaySign: a.Can(models.SignAgreement), AskPassword: h.asksPassword(c, problem), Vendor: a.VendorName, Form: form, Problem: problem,
	}))
}

func signature(form views.SignatureForm) models.Signature {
	return models.Signature{Name: form.Name, Consent: form.Consent != "", SHA256: form.SHA256}
}

func (h *handlers) signAnnex(c echo.Context) error {
	var form views.SignatureForm
	if err := bind(c, &form); err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.SignAnnex(ctx(c), a, signature(form))
	}
	if problem, ok := fixable(err); ok {
		return h.agreementPage(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Agreement(), "The Annex is signed. "+a.VendorName+" signs next; you get a mail.")
}

func (h *handlers) adminAnnexes(c echo.Context) error {
	a := actor(c)
	f := models.AnnexFilter{Query: c.QueryParam("q"), State: models.AnnexStatus(c.QueryParam("state")), Sort: c.QueryParam("sort")}
	if accountID, ok := optionalID(c, "account"); ok {
		f.AccountID = accountID
	}
	if wantsCSV(c) {
		header := []string{"id", "account", "version", "state", "plan", "percentage", "signed_at", "signed_as", "signed_by_email", "countersigned_at", "countersigned_as", "declined_at", "decline_reason", "text_sha256"}
		return exportList(c, "annexes", header, f, h.store.EachAnnex, func(r models.AnnexRow) []string {
			return []string{r.ID, r.AccountName, strconv.Itoa(r.Version), string(r.Status()), string(r.Plan), views.PercentTyped(r.Percentage), instant(r.SignedAt), r.SignedName, r.SignedEmail,
				moment(r.CountersignedAt), r.CountersignedName, moment(r.DeclinedAt), r.DeclineReason, r.TextSHA256}
		})
	}
	p := views.AnnexesPage{MayChange: a.Can(models.ManageAnnexes)}
	var err error
	if p.Page, err = h.store.Annexes(ctx(c), a, f, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "account")
	if p.Accounts, err = h.store.EventAccounts(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminAnnexes(p))
}

func (h *handlers) adminAnnex(c echo.Context) error { return h.adminAnnexPage(c, views.AnnexPage{}) }

func (h *handlers) adminAnnexPage(c echo.Context, p views.AnnexPage) error {
	annexID, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	if p.AnnexView, err = h.store.AccountAnnex(ctx(c), a, annexID); err != nil {
		return err
	}
	p.MayChange, p.AskPassword = a.Can(models.ManageAnnexes), h.asksPassword(c, p.Problem)
	return h.render(c, status(p.Problem), views.AdminAnnex(p))
}

func (h *handlers) countersignAnnex(c echo.Context) error {
	annexID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.SignatureForm
	if err := bind(c, &form); err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.CountersignAnnex(ctx(c), a, annexID, signature(form))
	}
	if problem, ok := fixable(err); ok {
		return h.adminAnnexPage(c, views.AnnexPage{Form: form, Sent: "countersignature", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAnnex(annexID), "The Annex is in force. The Owner has a mail.")
}

func (h *handlers) declineAnnex(c echo.Context) error {
	annexID, err := id(c, "id")
	if err != nil {
		return err
	}
	reason := c.FormValue("reason")
	_, err = h.store.DeclineAnnex(ctx(c), actor(c), annexID, reason)
	if problem, ok := fixable(err); ok {
		return h.adminAnnexPage(c, views.AnnexPage{Reason: reason, Sent: "refusal", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAnnex(annexID), "The Annex is sent back. The Owner has a mail with the reason.")
}

func (h *handlers) annexText(c echo.Context) error {
	return h.annexTextPage(c, nil, views.AnnexTextPage{})
}

// annexTextPage shows the text in use, or the form as it was typed.
func (h *handlers) annexTextPage(c echo.Context, form *views.AnnexTextForm, p views.AnnexTextPage) error {
	a := actor(c)
	var err error
	if p.Versions, err = h.store.AnnexTemplates(ctx(c), a); err != nil {
		return err
	}
	current := p.Versions[0]
	if form != nil {
		p.Form = *form
		if p.Problem != nil && p.Problem.Code == "changed" { // what was typed stays, upon their version
			p.Theirs, p.Form.Version = current.Body, strconv.Itoa(current.Version)
		}
	} else {
		p.Form = views.AnnexTextForm{Body: current.Body, Version: strconv.Itoa(current.Version)}
	}
	p.Words, p.MayChange, p.Now = models.AnnexWords(), a.Can(models.ManageAnnexes), h.store.Now()
	return h.render(c, status(p.Problem), views.AdminAnnexText(p))
}

func (h *handlers) saveAnnexText(c echo.Context) error {
	var form views.AnnexTextForm
	if err := bind(c, &form); err != nil {
		return err
	}
	a := actor(c)
	e := models.TemplateEntry{Body: form.Body, SignAgain: form.SignAgain != "", Note: form.Note, Version: form.Version}
	text, changes, err := h.store.PreviewAnnex(ctx(c), a, e)
	if err == nil && c.FormValue("preview") != "" {
		return h.annexTextPage(c, &form, views.AnnexTextPage{Preview: &text, Changes: changes})
	}
	if err == nil {
		_, err = h.store.AddAnnexTemplate(ctx(c), a, e)
	}
	if problem, ok := fixable(err); ok {
		return h.annexTextPage(c, &form, views.AnnexTextPage{Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminAnnexText(), "The new version is in use.")
}

func (h *handlers) agreementPDF(c echo.Context) error { return h.sendAnnex(c, h.store.AnnexPaper) }

func (h *handlers) adminAnnexPDF(c echo.Context) error {
	return h.sendAnnex(c, h.store.AccountAnnexPaper)
}

type annexPaper func(context.Context, models.Actor, string, string, func(models.AnnexView, models.Paper) ([]byte, error)) (models.AnnexView, []byte, error)

// sendAnnex sends an Annex as it was first put on paper.
func (h *handlers) sendAnnex(c echo.Context, read annexPaper) error {
	annexID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, content, err := read(ctx(c), actor(c), annexID, c.QueryParam("paper"), pdf.Annex)
	if err != nil {
		return err
	}
	return sendPDF(c, "annex-"+strconv.Itoa(v.Annex.Version), content)
}

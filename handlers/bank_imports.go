package handlers

import (
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/models/bankcsv"
	"reselling/views"
	"reselling/views/paths"
)

// bankImportRoutes is the map of the statements of the vendor's bank.
func (h *handlers) bankImportRoutes(adm *echo.Group) {
	adm.GET("/payments/imports", h.bankImports)
	adm.POST("/payments/imports", h.uploadBankStatement)
	adm.GET("/payments/imports/new", h.newBankImport)
	adm.GET("/payments/imports/:id", h.bankImport)
	adm.GET("/payments/imports/:id/columns", h.bankColumns)
	adm.POST("/payments/imports/:id/columns", h.changeBankLayout)
	adm.POST("/payments/imports/:id/choices", h.chooseBankLines)
	adm.POST("/payments/imports/:id/receipts", h.takeBankLines)
}

func (h *handlers) bankImports(c echo.Context) error {
	f := models.BankImportFilter{Query: c.QueryParam("q"), State: c.QueryParam("state")}
	if wantsCSV(c) {
		header := []string{"id", "file", "sha256", "uploaded_at", "uploaded_by", "to_decide", "recorded", "left_out"}
		return exportList(c, "bank-statements", header, f, h.store.EachBankImport, func(r models.BankImportRow) []string {
			return []string{r.ID, r.FileName, r.SHA256, instant(r.UploadedAt), r.UploadedName, strconv.Itoa(r.Open), strconv.Itoa(r.Recorded), strconv.Itoa(r.LeftOut)}
		})
	}
	page, err := h.store.BankImports(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.BankImports(views.BankImportsPage{Page: page, Nav: listNav(c, page, "q", "state")}))
}

func (h *handlers) newBankImport(c echo.Context) error {
	if !actor(c).Can(models.ManageInvoices) {
		_, err := h.store.PaymentDraft(ctx(c), actor(c), "") // says who may
		return err
	}
	return h.render(c, http.StatusOK, views.NewBankImport(views.BankUploadForm{RequestKey: newRequestKey()}, nil))
}

func (h *handlers) uploadBankStatement(c echo.Context) error {
	var form views.BankUploadForm
	if err := bind(c, &form); err != nil {
		return err
	}
	e := models.BankUpload{FileName: "Pasted", Content: []byte(form.Statement), Currency: form.Currency, RequestKey: form.RequestKey}
	if file, err := c.FormFile("file"); err == nil && file.Size > 0 {
		opened, err := file.Open()
		if err != nil {
			return err
		}
		defer opened.Close()
		if e.Content, err = io.ReadAll(io.LimitReader(opened, bankcsv.MaxBytes+1)); err != nil {
			return err
		}
		e.FileName = file.Filename
	}
	i, err := h.store.UploadBankStatement(ctx(c), actor(c), e)
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.render(c, status(problem), views.NewBankImport(form, problem))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminBankImport(i.ID), "The statement is kept. Look at each line, then record what fits.")
}

func (h *handlers) bankImport(c echo.Context) error {
	return h.bankImportPage(c, views.BankImportPage{})
}

// bankImportPage shows a statement; refused with the form that was sent.
func (h *handlers) bankImportPage(c echo.Context, p views.BankImportPage) error {
	importID, err := id(c, "id")
	if err != nil {
		return err
	}
	f := models.BankLineFilter{ImportID: importID, State: models.BankLineState(c.QueryParam("state"))}
	if !slices.Contains(models.BankLineStates, f.State) {
		f.State = models.BankLinesOpen
	}
	if wantsCSV(c) {
		return h.exportBankLines(c, f)
	}
	if p.BankImportView, err = h.store.BankImport(ctx(c), actor(c), f, paging(c)); err != nil {
		return err
	}
	p.Nav, p.AskPassword = listNav(c, p.Page, "state"), h.asksPassword(c, p.Problem)
	p.Nav.Path = paths.AdminBankImport(importID)
	return h.render(c, status(p.Problem), views.BankImport(p))
}

func (h *handlers) exportBankLines(c echo.Context, f models.BankLineFilter) error {
	header := []string{"row", "day", "payer", "text", "currency", "amount", "account", "invoices", "suggestion", "why", "receipt", "left_out"}
	return exportList(c, "bank-lines", header, f, h.store.EachBankLine, func(l models.BankLineOf) []string {
		receipt, leftOut := "", l.BankLine.Problem
		if l.Known != nil {
			receipt = l.Known.ID
		}
		if l.Kind == models.BankOut {
			leftOut = "money that went out"
		}
		return []string{strconv.Itoa(l.Position), string(l.Day), l.Payer, l.Details, l.Currency, l.Sum().Typed(), l.Account, l.Invoices, string(l.Suggested.Confidence), l.Suggested.Why, receipt, leftOut}
	})
}

func (h *handlers) bankColumns(c echo.Context) error {
	return h.bankColumnsPage(c, nil, nil)
}

// bankColumnsPage shows how a statement is read; refused with the form that was sent.
func (h *handlers) bankColumnsPage(c echo.Context, refused *views.BankLayoutForm, problem *models.Error) error {
	importID, err := id(c, "id")
	if err != nil {
		return err
	}
	p := views.BankColumnsPage{Problem: problem}
	var layout *bankcsv.Layout
	if refused != nil {
		l := refused.Layout().Layout
		layout = &l
	}
	if p.BankImportView, err = h.store.BankColumns(ctx(c), actor(c), importID, layout); err != nil {
		return err
	}
	p.Form = views.BankLayoutFormOf(p.Layout, p.Version)
	if refused != nil {
		p.Form = *refused
		if problem.Kind == models.Conflict {
			p.Form.Version = strconv.Itoa(p.Version)
		}
	}
	return h.render(c, status(problem), views.BankColumns(p))
}

func (h *handlers) changeBankLayout(c echo.Context) error {
	importID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.BankLayoutForm
	if err := bind(c, &form); err != nil {
		return err
	}
	err = h.store.ChangeBankLayout(ctx(c), actor(c), importID, form.Layout())
	if problem, ok := fixable(err); ok {
		return h.bankColumnsPage(c, &form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminBankImport(importID), "The statement is read anew.")
}

func (h *handlers) chooseBankLines(c echo.Context) error {
	importID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.BankLinesForm
	if err := bind(c, &form); err != nil {
		return err
	}
	err = h.store.ChooseBankLines(ctx(c), actor(c), importID, form.Choices())
	if problem, ok := fixable(err); ok {
		return h.bankImportPage(c, views.BankImportPage{Form: &form, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminBankImport(importID), "The choices are saved.")
}

func (h *handlers) takeBankLines(c echo.Context) error {
	importID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.BankLinesForm
	if err := bind(c, &form); err != nil {
		return err
	}
	var results []models.BankResult
	a, err := h.confirmed(c)
	if err == nil {
		results, err = h.store.TakeBankLines(ctx(c), a, importID, form.Choices())
	}
	if problem, ok := fixable(err); ok {
		return h.bankImportPage(c, views.BankImportPage{Form: &form, Problem: problem})
	}
	if err != nil {
		return err
	}
	recorded, refused := 0, 0
	for _, r := range results {
		if r.PaymentID != "" {
			recorded++
		} else {
			refused++
		}
	}
	if refused > 0 {
		h.flash(c, views.Warning, views.Plural(refused, "line was", "lines were")+" not recorded: why stands beside each.")
	}
	message := views.Plural(recorded, "receipt is", "receipts are") + " recorded."
	if recorded == 0 {
		message = ""
		if refused == 0 {
			h.flash(c, views.Info, "No line was ticked: the choices are saved, nothing is recorded.")
		}
	}
	return h.see(c, paths.AdminBankImport(importID), message)
}

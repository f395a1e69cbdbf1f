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

// creditNoteRoutes is the map of what takes invoices back.
func (h *handlers) creditNoteRoutes(adm *echo.Group) {
	adm.GET("/invoices/credit-notes", h.adminCreditNotes)
	adm.GET("/invoices/credit-notes/:id/pdf", h.adminCreditNotePDF)
	adm.GET("/invoices/overdue", h.adminOverdue)
	adm.POST("/invoices/:id/credit-note", h.creditInvoice)
	adm.POST("/invoices/:id/credit-note/approval", h.approveCreditNote)
	adm.POST("/invoices/:id/credit-note/refusal", h.declineCreditNote)
}

func (h *handlers) creditInvoice(c echo.Context) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.CreditForm
	if err := bind(c, &form); err != nil {
		return err
	}
	var note models.CreditNote
	a, err := h.confirmed(c)
	if err == nil {
		note, err = h.store.CreditInvoice(ctx(c), a, invoiceID, models.CreditEntry{Nets: form.Net, Reason: form.Reason, EndsLicense: form.EndsLicense != "", RequestKey: form.RequestKey})
	}
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.adminInvoicePage(c, views.AdminInvoicePage{Credit: form, Sent: "credit", Problem: problem})
	}
	if err != nil {
		return err
	}
	if note.Waits() {
		return h.see(c, paths.AdminInvoice(invoiceID), "The credit note is above the limit: a second staff member has to approve it.")
	}
	return h.see(c, paths.AdminInvoice(invoiceID), "The credit note is issued.")
}

func (h *handlers) approveCreditNote(c echo.Context) error {
	return h.decideCreditNote(c, "approval", "The credit note is issued.", h.store.ApproveCreditNote)
}

func (h *handlers) declineCreditNote(c echo.Context) error {
	return h.decideCreditNote(c, "refusal", "The credit note is dropped.", h.store.DeclineCreditNote)
}

func (h *handlers) decideCreditNote(c echo.Context, sent, done string, decide func(context.Context, models.Actor, string) (models.CreditNote, error)) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = decide(ctx(c), a, c.FormValue("credit_note"))
	}
	if problem, ok := fixable(err); ok {
		return h.adminInvoicePage(c, views.AdminInvoicePage{Sent: sent, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminInvoice(invoiceID), done)
}

func creditNoteFilter(c echo.Context) models.CreditNoteFilter {
	f := models.CreditNoteFilter{Query: c.QueryParam("q"), State: models.CreditNoteState(c.QueryParam("state"))}
	if d, err := models.ParseDate(c.QueryParam("from")); err == nil {
		f.From = d
	}
	if d, err := models.ParseDate(c.QueryParam("to")); err == nil {
		f.To = d
	}
	if accountID, ok := optionalID(c, "account"); ok {
		f.AccountID = accountID
	}
	return f
}

var creditNoteHeader = []string{"id", "number", "account", "invoice", "client", "state", "reason", "issued_on", "currency", "net", "tax", "total", "drafted_at", "drafted_by"}

func creditNoteCells(n models.CreditNoteOf) []string {
	number, day := "", ""
	if n.Number != nil {
		number, day = *n.Number, string(*n.IssuedOn)
	}
	return []string{n.ID, number, n.AccountName, n.InvoiceNumber, n.ClientName, string(n.State()), n.Reason, day, n.Currency, n.Amount(n.Net).Typed(), n.Amount(n.Tax).Typed(), n.Amount(n.Total).Typed(), instant(n.DraftedAt), n.DraftedName}
}

func (h *handlers) creditNotes(c echo.Context) error {
	f := creditNoteFilter(c)
	if wantsCSV(c) {
		return exportList(c, "credit-notes", creditNoteHeader, f, h.store.EachCreditNote, creditNoteCells)
	}
	page, err := h.store.CreditNotes(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.CreditNotes(views.CreditNotesPage{Page: page, Nav: listNav(c, page, "q", "from", "to")}))
}

func (h *handlers) adminCreditNotes(c echo.Context) error {
	f := creditNoteFilter(c)
	if wantsCSV(c) {
		return exportList(c, "credit-notes", creditNoteHeader, f, h.store.EachAccountCreditNote, creditNoteCells)
	}
	page, err := h.store.AccountCreditNotes(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	p := views.CreditNotesPage{Page: page, Nav: listNav(c, page, "q", "state", "account", "from", "to"), ForStaff: true}
	if p.Accounts, err = h.store.EventAccounts(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.CreditNotes(p))
}

func (h *handlers) creditNotePDF(c echo.Context) error {
	return h.sendCreditNote(c, h.store.CreditNotePaper)
}

func (h *handlers) adminCreditNotePDF(c echo.Context) error {
	return h.sendCreditNote(c, h.store.AccountCreditNotePaper)
}

type creditNotePaper func(context.Context, models.Actor, string, string, func(models.CreditNoteView, models.Paper) ([]byte, error)) (models.CreditNoteView, []byte, error)

// sendCreditNote sends the credit note as it was first put on paper.
func (h *handlers) sendCreditNote(c echo.Context, read creditNotePaper) error {
	noteID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, content, err := read(ctx(c), actor(c), noteID, c.QueryParam("paper"), pdf.CreditNote)
	if err != nil {
		return err
	}
	return sendPDF(c, *v.Note.Number, content)
}

// adminOverdue lists the accounts with overdue invoices.
func (h *handlers) adminOverdue(c echo.Context) error {
	f := models.OverdueFilter{Query: c.QueryParam("q"), State: c.QueryParam("state")}
	now := h.store.Now()
	if wantsCSV(c) {
		header := []string{"account_id", "account", "suspended_at", "oldest_due_on", "days", "invoices", "said_to_be_paid", "currency", "overdue"}
		return exportList(c, "overdue", header, f, h.store.EachOverdueAccount, func(o models.OverdueAccount) []string {
			return []string{o.AccountID, o.Name, moment(o.SuspendedAt), string(o.OldestDueOn), strconv.Itoa(o.Days(now)), strconv.Itoa(o.Invoices), strconv.Itoa(o.Claimed), o.Currency, o.Overdue().Typed()}
		})
	}
	page, err := h.store.OverdueAccounts(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminOverdue(views.OverduePage{Page: page, Nav: listNav(c, page, "q", "state"), MaySuspend: actor(c).Can(models.ManageAccounts), Now: now}))
}

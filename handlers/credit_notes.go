package handlers

import (
	"context"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// creditNoteRoutes is the map of what takes invoices back.
func (h *handlers) creditNoteRoutes(adm *echo.Group) {
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

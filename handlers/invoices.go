package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
	"reselling/views/pdf"
)

// invoiceRoutes is the map of the vendor's invoices to the account.
func (h *handlers) invoiceRoutes(in *echo.Group) {
	in.GET("/invoices", h.invoices)
	in.GET("/invoices/credit-notes", h.creditNotes)
	in.GET("/invoices/credit-notes/:id/pdf", h.creditNotePDF)
	in.GET("/invoices/:id", h.invoice)
	in.GET("/invoices/:id/pdf", h.invoicePDF)
	in.GET("/statement", h.statement)
	in.POST("/invoices/:id/claim", h.claimPaid)
}

// adminInvoiceRoutes is the map of the invoices to all accounts.
func (h *handlers) adminInvoiceRoutes(adm *echo.Group) {
	adm.GET("/invoices", h.adminInvoices)
	adm.GET("/invoices/:id", h.adminInvoice)
	adm.GET("/invoices/:id/pdf", h.adminInvoicePDF)
	adm.POST("/invoices/:id/voiding", h.voidInvoice)
}

func invoiceFilter(c echo.Context) models.InvoiceFilter {
	f := models.InvoiceFilter{Query: c.QueryParam("q"), State: models.InvoiceStatus(c.QueryParam("state")), Claimed: c.QueryParam("claimed") == "yes", Sort: c.QueryParam("sort")}
	if clientID, ok := optionalID(c, "client"); ok {
		f.ClientID = clientID
	}
	return f
}

var invoiceHeader = []string{"id", "number", "account", "client", "po_number", "state", "issued_on", "due_on", "currency", "net", "tax", "total", "credited", "paid", "open", "payment_reference", "claimed_at", "paid_at"}

func (h *handlers) invoiceCells(r models.InvoiceRow) []string {
	i := r.Invoice
	return []string{
		i.ID, i.Number, r.AccountName, i.ClientName, i.PONumber, string(i.Status(h.store.Now())), string(i.IssuedOn), string(i.DueOn), i.Currency,
		i.Amount(i.Net).Typed(), i.Amount(i.Tax).Typed(), i.Amount(i.Total).Typed(), i.Amount(i.Credited).Typed(), i.Amount(i.Allocated).Typed(), i.Open().Typed(),
		i.PaymentReference, moment(i.ClaimedAt), moment(i.PaidAt),
	}
}

func (h *handlers) invoices(c echo.Context) error {
	a, f := actor(c), invoiceFilter(c)
	if wantsCSV(c) {
		return exportList(c, "invoices", invoiceHeader, f, h.store.EachInvoice, h.invoiceCells)
	}
	p := views.InvoicesPage{Now: h.store.Now()}
	var err error
	if p.Page, err = h.store.Invoices(ctx(c), a, f, paging(c)); err != nil {
		return err
	}
	if p.Due, err = h.store.InvoicesDue(ctx(c), a); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "claimed", "client")
	return h.render(c, http.StatusOK, views.Invoices(p))
}

func (h *handlers) adminInvoices(c echo.Context) error {
	a, f := actor(c), invoiceFilter(c)
	if accountID, ok := optionalID(c, "account"); ok {
		f.AccountID = accountID
	}
	if wantsCSV(c) {
		return exportList(c, "invoices", invoiceHeader, f, h.store.EachAccountInvoice, h.invoiceCells)
	}
	p := views.AdminInvoicesPage{Now: h.store.Now()}
	var err error
	if p.Page, err = h.store.AccountInvoices(ctx(c), a, f, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "claimed", "account")
	if p.Accounts, err = h.store.EventAccounts(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminInvoices(p))
}

func (h *handlers) invoice(c echo.Context) error { return h.invoicePage(c, views.InvoicePage{}) }

// invoicePage shows the invoice to the account; refused with the form that was sent.
func (h *handlers) invoicePage(c echo.Context, p views.InvoicePage) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	if p.InvoiceView, err = h.store.Invoice(ctx(c), a, invoiceID); err != nil {
		return err
	}
	p.Now, p.MayPay, p.MayReadOrders = h.store.Now(), a.Can(models.PayInvoices), a.Can(models.ReadReselling)
	if p.Vendor, err = h.store.Vendor(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, status(p.Problem), views.Invoice(p))
}

func (h *handlers) claimPaid(c echo.Context) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	note := c.FormValue("note")
	err = h.store.ClaimPaid(ctx(c), actor(c), invoiceID, note)
	if problem, ok := fixable(err); ok {
		return h.invoicePage(c, views.InvoicePage{Note: note, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Invoice(invoiceID), "Thank you. Finance records the payment as soon as it has arrived.")
}

func (h *handlers) adminInvoice(c echo.Context) error {
	return h.adminInvoicePage(c, views.AdminInvoicePage{})
}

func (h *handlers) adminInvoicePage(c echo.Context, p views.AdminInvoicePage) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	if p.InvoiceView, err = h.store.AccountInvoice(ctx(c), a, invoiceID); err != nil {
		return err
	}
	if p.Sent != "credit" {
		p.Credit.RequestKey = newRequestKey()
	}
	p.Me = a.UserID
	p.Now, p.MayChange, p.AskPassword = h.store.Now(), a.Can(models.ManageInvoices), h.asksPassword(c, p.Problem)
	if p.MayChange && p.Sent != "payment" {
		draft, err := h.store.PaymentDraft(ctx(c), a, "")
		if err != nil {
			return err
		}
		p.Payment = views.PaymentForm{Amount: p.Invoice.Open().Typed(), Method: string(models.BankTransfer), ReceivedOn: string(draft.Today), RequestKey: newRequestKey()}
	}
	return h.render(c, status(p.Problem), views.AdminInvoice(p))
}

func (h *handlers) voidInvoice(c echo.Context) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	reason := c.FormValue("reason")
	err = h.store.VoidInvoice(ctx(c), actor(c), invoiceID, reason)
	if problem, ok := fixable(err); ok {
		return h.adminInvoicePage(c, views.AdminInvoicePage{Reason: reason, Sent: "voiding", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminInvoice(invoiceID), "The invoice is void, and its order is cancelled.")
}

func (h *handlers) invoicePDF(c echo.Context) error {
	return h.sendInvoice(c, h.store.InvoicePaper)
}

func (h *handlers) adminInvoicePDF(c echo.Context) error {
	return h.sendInvoice(c, h.store.AccountInvoicePaper)
}

type invoicePaper func(context.Context, models.Actor, string, string, func(models.InvoiceView, models.Paper) ([]byte, error)) (models.InvoiceView, []byte, error)

// sendInvoice sends the invoice as it was first put on paper.
func (h *handlers) sendInvoice(c echo.Context, read invoicePaper) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, content, err := read(ctx(c), actor(c), invoiceID, c.QueryParam("paper"), pdf.Invoice)
	if err != nil {
		return err
	}
	return sendPDF(c, v.Invoice.Number, content)
}

// sendPDF sends a document under a name of letters, digits and hyphens, to be
// shown by the browser or kept.
func sendPDF(c echo.Context, name string, content []byte) error {
	header := c.Response().Header()
	header.Set(echo.HeaderContentDisposition, `inline; filename="`+name+`.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", content)
}

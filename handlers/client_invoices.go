package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
	"reselling/views/pdf"
)

// clientInvoiceRoutes is the map of what an account bills to its clients.
func (h *handlers) clientInvoiceRoutes(portal, in *echo.Group) {
	in.GET("/client-invoices", h.clientInvoices)
	in.POST("/client-invoices", h.issueClientInvoice)
	in.GET("/client-invoices/new", h.newClientInvoice)
	in.POST("/client-invoices/new", h.draftClientInvoice)
	in.GET("/client-invoices/:id", h.clientInvoice)
	in.GET("/client-invoices/:id/pdf", h.clientInvoicePDF)
	in.GET("/client-invoices/:id/credit-note/pdf", h.clientCreditNotePDF)
	in.POST("/client-invoices/:id/payment", h.payClientInvoice)
	in.POST("/client-invoices/:id/reopening", h.reopenClientInvoice)
	in.POST("/client-invoices/:id/credit-note", h.creditClientInvoice)
	in.POST("/client-invoices/:id/sending", h.sendClientInvoice)
	in.POST("/client-invoices/:id/link", h.renewClientInvoiceLink)
	in.GET("/orders/:id/proposal/pdf", h.proposalPDF)
	in.GET("/ledger", h.ledger)
	portal.GET("/i/:token/pdf", h.clientInvoicePDFBehind)
	portal.GET("/i/:token/credit-note", h.clientCreditNotePDFBehind)
}

func (h *handlers) clientInvoices(c echo.Context) error {
	a := actor(c)
	f := models.ClientInvoiceFilter{Query: c.QueryParam("q"), State: models.ClientInvoiceStatus(c.QueryParam("state")), Sort: c.QueryParam("sort")}
	if clientID, ok := optionalID(c, "client"); ok {
		f.ClientID = clientID
	}
	if orderID, ok := optionalID(c, "order"); ok {
		f.OrderID = orderID
	}
	if wantsCSV(c) {
		return exportList(c, "client-invoices", clientInvoiceHeader, f, h.store.EachClientInvoice, h.clientInvoiceCells(a))
	}
	p := views.ClientInvoicesPage{MayIssue: a.Can(models.IssueClientInvoices), SeesMargin: a.Can(models.SeeAmounts), Now: h.store.Now()}
	var err error
	if p.Page, err = h.store.ClientInvoices(ctx(c), a, f, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "client", "order")
	return h.render(c, http.StatusOK, views.ClientInvoices(p))
}

var clientInvoiceHeader = []string{"id", "number", "client", "po_number", "state", "issued_on", "due_on", "currency", "full_price", "discount", "net", "tax", "total", "margin", "mailed_at", "paid_on", "order"}

func (h *handlers) clientInvoiceCells(a models.Actor) func(models.ClientInvoice) []string {
	return func(i models.ClientInvoice) []string {
		margin := ""
		if a.Can(models.SeeAmounts) {
			margin = i.Margin().Typed()
		}
		return []string{
			i.ID, i.Number, i.ClientCompany, i.PONumber, string(i.Status(h.store.Now())), string(i.IssuedOn), string(i.DueOn), i.Currency, i.Amount(i.FullPrice).Typed(),
			i.Amount(i.Discount).Typed(), i.Net().Typed(), i.Amount(i.Tax).Typed(), i.Amount(i.Total).Typed(), margin, moment(i.SentAt), string(i.PaidOn), i.OrderID,
		}
	}
}

// newClientInvoice shows the form for an order, or lets one be chosen.
func (h *handlers) newClientInvoice(c echo.Context) error {
	a := actor(c)
	orderID, ok := optionalID(c, "order")
	if !ok {
		return h.billableOrders(c, nil)
	}
	e, err := h.store.DraftClientInvoice(ctx(c), a, orderID, c.QueryParam("discount"))
	if err != nil {
		return err
	}
	form := views.ClientInvoiceFormOf(e)
	form.RequestKey = newRequestKey()
	return h.clientInvoiceForm(c, form, nil)
}

// billableOrders lets an order be chosen.
func (h *handlers) billableOrders(c echo.Context, problem *models.Error) error {
	all, err := h.store.BillableOrders(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.BillableOrders(all, problem))
}

// draftClientInvoice shows the form again with what it would bill.
func (h *handlers) draftClientInvoice(c echo.Context) error {
	var form views.ClientInvoiceForm
	if err := bind(c, &form); err != nil {
		return err
	}
	return h.clientInvoiceForm(c, form, nil)
}

func (h *handlers) issueClientInvoice(c echo.Context) error {
	var form views.ClientInvoiceForm
	if err := bind(c, &form); err != nil {
		return err
	}
	i, err := h.store.IssueClientInvoice(ctx(c), actor(c), form.Entry())
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.clientInvoiceForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.ClientInvoice(i.ID), "Invoice "+i.Number+" is issued. It is not mailed yet.")
}

func (h *handlers) clientInvoiceForm(c echo.Context, form views.ClientInvoiceForm, problem *models.Error) error {
	if form.OrderID == "" {
		return h.billableOrders(c, problem)
	}
	p := views.NewClientInvoicePage{Form: form, Problem: problem}
	var err error
	p.Draft, err = h.store.PreviewClientInvoice(ctx(c), actor(c), form.Entry())
	wrong, ok := fixable(err)
	switch {
	case err == nil:
	case !ok:
		return err
	case wrong.Kind == models.Conflict:
		p.Refusal = wrong
	default:
		p.Wrong = wrong
	}
	return h.render(c, status(problem), views.NewClientInvoice(p))
}

func (h *handlers) clientInvoice(c echo.Context) error {
	return h.clientInvoicePage(c, views.ClientInvoicePage{})
}

// clientInvoicePage shows an invoice; refused with the form that was sent.
func (h *handlers) clientInvoicePage(c echo.Context, p views.ClientInvoicePage) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	if p.ClientInvoiceView, err = h.store.ClientInvoice(ctx(c), a, invoiceID); err != nil {
		return err
	}
	p.MayChange, p.Now = a.Can(models.IssueClientInvoices), h.store.Now()
	p.Today = models.DateIn(p.Now, p.Zone)
	return h.render(c, status(p.Problem), views.ClientInvoice(p))
}

// clientInvoiceChange is what is posted to change what is known of an invoice.
type clientInvoiceChange struct {
	PaidOn  string `form:"paid_on"`
	Reason  string `form:"reason"`
	Version int    `form:"version"`
}

// changeClientInvoice runs one change; refused, the page comes back with what was typed.
func (h *handlers) changeClientInvoice(c echo.Context, sent string, change func(id string, form clientInvoiceChange) (flash string, err error)) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form clientInvoiceChange
	if err := bind(c, &form); err != nil {
		return err
	}
	flash, err := change(invoiceID, form)
	if problem, ok := fixable(err); ok {
		return h.clientInvoicePage(c, views.ClientInvoicePage{PaidOn: form.PaidOn, Reason: form.Reason, Sent: sent, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.ClientInvoice(invoiceID), flash)
}

func (h *handlers) payClientInvoice(c echo.Context) error {
	return h.changeClientInvoice(c, "payment", func(id string, form clientInvoiceChange) (string, error) {
		return "The invoice is marked as paid.", h.store.MarkClientInvoicePaid(ctx(c), actor(c), id, form.PaidOn, form.Version)
	})
}

func (h *handlers) reopenClientInvoice(c echo.Context) error {
	return h.changeClientInvoice(c, "reopening", func(id string, form clientInvoiceChange) (string, error) {
		return "The invoice is open again.", h.store.ReopenClientInvoice(ctx(c), actor(c), id, form.Version)
	})
}

func (h *handlers) creditClientInvoice(c echo.Context) error {
	return h.changeClientInvoice(c, "credit-note", func(id string, form clientInvoiceChange) (string, error) {
		note, err := h.store.CreditClientInvoice(ctx(c), actor(c), id, form.Reason, form.Version)
		return "Credit note " + note.Number + " takes the invoice back.", err
	})
}

func (h *handlers) sendClientInvoice(c echo.Context) error {
	return h.changeClientInvoice(c, "sending", func(id string, form clientInvoiceChange) (string, error) {
		to, err := h.store.SendClientInvoice(ctx(c), actor(c), id, form.Version)
		return "The mail to " + to + " is on its way.", err
	})
}

func (h *handlers) renewClientInvoiceLink(c echo.Context) error {
	return h.changeClientInvoice(c, "link", func(id string, form clientInvoiceChange) (string, error) {
		return "The links in earlier mails lead nowhere now. Mail the invoice again for the new one.", h.store.RenewClientInvoiceLink(ctx(c), actor(c), id, form.Version)
	})
}

func (h *handlers) clientInvoicePDF(c echo.Context) error {
	return h.sendClientPaper(c, models.ClientInvoicePaper)
}

func (h *handlers) clientCreditNotePDF(c echo.Context) error {
	return h.sendClientPaper(c, models.ClientCreditNotePaper)
}

func (h *handlers) sendClientPaper(c echo.Context, which models.ClientPaper) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	name, content, err := h.store.ClientInvoiceFile(ctx(c), actor(c), invoiceID, which, c.QueryParam("paper"), pdf.ClientInvoice)
	if err != nil {
		return err
	}
	return sendPDF(c, name, content)
}

func (h *handlers) clientInvoicePDFBehind(c echo.Context) error {
	return h.sendClientPaperBehind(c, models.ClientInvoicePaper)
}

func (h *handlers) clientCreditNotePDFBehind(c echo.Context) error {
	return h.sendClientPaperBehind(c, models.ClientCreditNotePaper)
}

// sendClientPaperBehind sends a paper to whoever has the link in the mail.
func (h *handlers) sendClientPaperBehind(c echo.Context, which models.ClientPaper) error {
	name, content, err := h.store.ClientInvoiceFileBehind(ctx(c), visitor(c), c.Param("token"), which, c.QueryParam("paper"), pdf.ClientInvoice)
	if err != nil {
		return err
	}
	return sendPDF(c, name, content)
}

func (h *handlers) proposalPDF(c echo.Context) error {
	orderID, err := id(c, "id")
	if err != nil {
		return err
	}
	v, err := h.store.Proposal(ctx(c), actor(c), orderID, c.QueryParam("discount"))
	if models.KindOf(err) == models.Invalid {
		return c.Redirect(http.StatusSeeOther, paths.With(paths.Order(orderID), "discount", c.QueryParam("discount")))
	}
	if err != nil {
		return err
	}
	content, err := pdf.Proposal(v, models.ParsePaper(c.QueryParam("paper"), v.Client.Country))
	if err != nil {
		return err
	}
	return sendPDF(c, "proposal-"+string(models.DateIn(*v.Order.QuotedAt, v.Zone)), content)
}

func (h *handlers) ledger(c echo.Context) error {
	a := actor(c)
	f := models.LedgerFilter{Query: c.QueryParam("q"), Alarm: models.LedgerAlarm(c.QueryParam("alarm"))}
	if f.Alarm == "any" {
		f.Alarm, f.AnyAlarm = "", true
	}
	if clientID, ok := optionalID(c, "client"); ok {
		f.ClientID = clientID
	}
	if wantsCSV(c) {
		return exportList(c, "ledger", ledgerHeader, f, h.store.EachLedgerRow, ledgerCells)
	}
	p := views.LedgerPage{MayIssue: a.Can(models.IssueClientInvoices)}
	var err error
	if p.Page, err = h.store.Ledger(ctx(c), a, f, paging(c)); err != nil {
		return err
	}
	if p.Sums, err = h.store.LedgerSums(ctx(c), a, f); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "alarm", "client")
	return h.render(c, http.StatusOK, views.Ledger(p))
}

var ledgerHeader = []string{"order", "client", "placed_at", "activated_at", "cancelled_at", "currency", "vendor_invoice", "owed_to_vendor", "paid_to_vendor", "client_invoice", "billed_to_client", "paid_by_client", "unbilled", "billed_early", "vendor_unpaid"}

func ledgerCells(r models.LedgerRow) []string {
	number := ""
	if r.ClientNumber != nil {
		number = *r.ClientNumber
	}
	return []string{
		r.OrderID, r.Company, instant(r.PlacedAt), moment(r.ActivatedAt), moment(r.CancelledAt), r.Currency, r.InvoiceNumber, r.Owed().Typed(), r.Paid().Typed(), number,
		r.Billed().Typed(), r.Received().Typed(), strconv.FormatBool(r.IsUnbilled), strconv.FormatBool(r.IsBilledEarly), strconv.FormatBool(r.IsVendorUnpaid),
	}
}

package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/models/money"
	"reselling/views"
	"reselling/views/paths"
)

// adminPaymentRoutes is the map of the receipts of all accounts.
func (h *handlers) adminPaymentRoutes(adm *echo.Group) {
	adm.GET("/payments", h.adminPayments)
	adm.POST("/payments", h.recordPayment)
	adm.GET("/payments/new", h.newPayment)
	adm.POST("/payments/new", h.draftPayment)
	adm.GET("/payments/:id", h.adminPayment)
	adm.POST("/payments/:id/allocation", h.allocateCredit)
	adm.POST("/payments/:id/reversal", h.reversePayment)
	adm.POST("/invoices/:id/payment", h.payInvoice)
}

var paymentHeader = []string{"id", "account", "reference", "method", "state", "received_on", "currency", "amount", "allocated", "credit", "recorded_at", "reversed_at", "reversal_reason"}

func paymentCells(r models.PaymentRow) []string {
	return []string{
		r.ID, r.AccountName, r.Reference, string(r.Method), string(r.State()), string(r.ReceivedOn), r.Currency, r.Sum().Typed(), money.Of(r.Allocated, r.Currency).Typed(),
		r.Credit().Typed(), instant(r.RecordedAt), moment(r.ReversedAt), r.ReversalReason,
	}
}

func (h *handlers) adminPayments(c echo.Context) error {
	a := actor(c)
	f := models.PaymentFilter{Query: c.QueryParam("q"), State: models.PaymentState(c.QueryParam("state")), Sort: c.QueryParam("sort")}
	if accountID, ok := optionalID(c, "account"); ok {
		f.AccountID = accountID
	}
	if wantsCSV(c) {
		return exportList(c, "payments", paymentHeader, f, h.store.EachAccountPayment, paymentCells)
	}
	p := views.PaymentsPage{MayRecord: a.Can(models.ManageInvoices)}
	var err error
	if p.Page, err = h.store.AccountPayments(ctx(c), a, f, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "account")
	if p.Accounts, err = h.store.EventAccounts(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminPayments(p))
}

func (h *handlers) newPayment(c echo.Context) error {
	form := views.PaymentForm{Method: string(models.BankTransfer), ReceivedOn: h.today(c), RequestKey: newRequestKey()}
	if accountID, ok := optionalID(c, "account"); ok {
		form.AccountID = accountID
	}
	return h.paymentForm(c, form, nil)
}

// today is the day in the zone of whoever asks.
func (h *handlers) today(c echo.Context) string {
	zone := actor(c).Zone
	if zone == nil {
		zone = time.UTC
	}
	return string(models.DateIn(h.store.Now(), zone))
}

// draftPayment fills in what the receipt probably pays.
func (h *handlers) draftPayment(c echo.Context) error {
	var form views.PaymentForm
	if err := bind(c, &form); err != nil {
		return err
	}
	draft, err := h.store.PaymentDraft(ctx(c), actor(c), form.AccountID)
	if err != nil {
		return err
	}
	if amount, err := money.Parse(form.Amount, draft.Account.Currency); err == nil {
		shares := models.SuggestAllocations(draft.Open, amount.Minor, form.Reference)
		form.InvoiceID, form.Allocation = nil, nil
		for _, i := range draft.Open {
			if share := shares[i.ID]; share > 0 {
				form.InvoiceID, form.Allocation = append(form.InvoiceID, i.ID), append(form.Allocation, i.Amount(share).Typed())
			}
		}
		return h.paymentForm(c, form, nil)
	}
	p := models.Problems{}
	p.Add("amount", "Enter the amount that arrived first: the suggestion goes by it.")
	problem, _ := fixable(p.Err())
	return h.paymentForm(c, form, problem)
}

func (h *handlers) recordPayment(c echo.Context) error {
	var form views.PaymentForm
	if err := bind(c, &form); err != nil {
		return err
	}
	payment, err := h.store.RecordPayment(ctx(c), actor(c), form.Entry())
	if problem, ok := fixable(err); ok {
		return h.paymentForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPayment(payment.ID), "The payment is recorded.")
}

func (h *handlers) paymentForm(c echo.Context, form views.PaymentForm, problem *models.Error) error {
	p := views.NewPaymentPage{Form: form, Problem: problem}
	draft, err := h.store.PaymentDraft(ctx(c), actor(c), form.AccountID)
	switch {
	case err == nil:
		p.Draft = &draft
		p.Problem = inOrderOf(problem, form.InvoiceID, draft.Open)
	case models.KindOf(err) != models.NotFound:
		return err
	}
	if p.Accounts, err = h.store.EventAccounts(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.render(c, status(problem), views.AdminNewPayment(p))
}

// inOrderOf moves the messages about rows of invoices to where those rows now
// stand; a message about an invoice that is no longer there goes to the amount.
func inOrderOf(problem *models.Error, ids []string, open []models.Invoice) *models.Error {
	if problem == nil {
		return nil
	}
	moved := *problem
	moved.Fields = map[string]string{}
	rows := map[string]bool{}
	for n, id := range ids {
		message, ok := problem.Fields[models.Row("allocation", n)]
		if rows[models.Row("allocation", n)] = true; !ok {
			continue
		}
		field := "amount"
		for at, i := range open {
			if i.ID == id {
				field = models.Row("allocation", at)
			}
		}
		models.Problems(moved.Fields).Add(field, message)
	}
	for field, message := range problem.Fields {
		if !rows[field] {
			models.Problems(moved.Fields).Add(field, message)
		}
	}
	return &moved
}

func (h *handlers) adminPayment(c echo.Context) error {
	return h.paymentPage(c, views.PaymentPage{Form: views.AllocationForm{RequestKey: newRequestKey()}})
}

func (h *handlers) paymentPage(c echo.Context, p views.PaymentPage) error {
	paymentID, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	if p.PaymentView, err = h.store.AccountPayment(ctx(c), a, paymentID); err != nil {
		return err
	}
	p.Now, p.MayChange = h.store.Now(), a.Can(models.ManageInvoices)
	if p.Form.RequestKey == "" {
		p.Form.RequestKey = newRequestKey()
	}
	p.Problem = inOrderOf(p.Problem, p.Form.InvoiceID, p.Open)
	return h.render(c, status(p.Problem), views.AdminPayment(p))
}

func (h *handlers) allocateCredit(c echo.Context) error {
	paymentID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.AllocationForm
	if err := bind(c, &form); err != nil {
		return err
	}
	_, err = h.store.AllocateCredit(ctx(c), actor(c), paymentID, form.Entries(), form.RequestKey)
	if problem, ok := fixable(err); ok {
		return h.paymentPage(c, views.PaymentPage{Form: form, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPayment(paymentID), "The credit pays.")
}

func (h *handlers) reversePayment(c echo.Context) error {
	paymentID, err := id(c, "id")
	if err != nil {
		return err
	}
	reason := c.FormValue("reason")
	_, err = h.store.ReversePayment(ctx(c), actor(c), paymentID, reason)
	if problem, ok := fixable(err); ok {
		return h.paymentPage(c, views.PaymentPage{Reason: reason, Reversing: problem.Kind == models.Invalid, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPayment(paymentID), "The payment is reversed. What it paid is open again.")
}

// payInvoice records a receipt that pays one invoice.
func (h *handlers) payInvoice(c echo.Context) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.PaymentForm
	if err := bind(c, &form); err != nil {
		return err
	}
	payment, err := h.store.PayInvoice(ctx(c), actor(c), invoiceID, form.Entry())
	if problem, ok := fixable(err); ok {
		return h.adminInvoicePage(c, views.AdminInvoicePage{Payment: form, PaymentProblem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPayment(payment.ID), "The payment is recorded.")
}

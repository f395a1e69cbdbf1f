package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/models/money"
	"reselling/views"
	"reselling/views/paths"
)

// paymentRoutes is the map of the payments of all accounts.
func (h *handlers) paymentRoutes(adm *echo.Group) {
	h.bankImportRoutes(adm)
	adm.GET("/payments", h.adminPayments)
	adm.POST("/payments", h.recordPayment)
	adm.GET("/payments/new", h.newPayment)
	adm.POST("/payments/new", h.suggestAllocations)
	adm.GET("/payments/:id", h.adminPayment)
	adm.POST("/payments/:id/allocations", h.allocateCredit)
	adm.POST("/payments/:id/reversal", h.reversePayment)
	adm.POST("/invoices/:id/payments", h.payInvoice)
	adm.GET("/accounts/:id/statement", h.adminStatement)
}

func (h *handlers) adminPayments(c echo.Context) error {
	a := actor(c)
	f := models.PaymentFilter{Query: c.QueryParam("q"), State: models.PaymentState(c.QueryParam("state")), Sort: c.QueryParam("sort")}
	if accountID, ok := optionalID(c, "account"); ok {
		f.AccountID = accountID
	}
	if wantsCSV(c) {
		header := []string{"id", "account", "reference", "method", "received_on", "currency", "amount", "credit_left", "recorded_at", "reversed_at", "reversal_reason", "note"}
		return exportList(c, "payments", header, f, h.store.EachAccountPayment, func(r models.PaymentRow) []string {
			return []string{r.ID, r.AccountName, r.Reference, string(r.Method), string(r.ReceivedOn), r.Currency, r.Sum().Typed(), r.Credit().Typed(), instant(r.RecordedAt), moment(r.ReversedAt), r.ReversalReason, r.Note}
		})
	}
	p := views.PaymentsPage{MayChange: a.Can(models.ManageInvoices)}
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
	form := views.PaymentForm{Method: string(models.BankTransfer), RequestKey: newRequestKey()}
	if accountID, ok := optionalID(c, "account"); ok {
		form.AccountID = accountID
	}
	return h.paymentForm(c, form, nil)
}

func (h *handlers) paymentForm(c echo.Context, form views.PaymentForm, problem *models.Error) error {
	a := actor(c)
	p := views.NewPaymentPage{AskPassword: h.asksPassword(c, problem), Problem: problem}
	var err error
	if p.Accounts, err = h.store.EventAccounts(ctx(c), a); err != nil {
		return err
	}
	if p.Draft, err = h.store.PaymentDraft(ctx(c), a, form.AccountID); err != nil {
		return err
	}
	if form.ReceivedOn == "" && problem == nil {
		form.ReceivedOn = string(p.Draft.Today)
	}
	p.Form = form
	return h.render(c, status(problem), views.AdminNewPayment(p))
}

// suggestAllocations shows the form again with what the payment probably pays.
func (h *handlers) suggestAllocations(c echo.Context) error {
	var form views.PaymentForm
	if err := bind(c, &form); err != nil {
		return err
	}
	draft, err := h.store.PaymentDraft(ctx(c), actor(c), form.AccountID)
	if err != nil {
		return err
	}
	amount, err := money.Parse(form.Amount, draft.Account.Currency)
	if draft.Account.ID != "" && err != nil {
		p := models.Problems{}
		p.Add("amount", "Enter the amount that arrived first: the suggestion goes by it.")
		problem, _ := fixable(p.Err())
		return h.paymentForm(c, form, problem)
	}
	shares := models.SuggestAllocations(draft.Open, amount.Minor, form.Reference)
	form.InvoiceID, form.Allocation = nil, nil
	for _, i := range draft.Open {
		if share := shares[i.ID]; share > 0 {
			form.InvoiceID, form.Allocation = append(form.InvoiceID, i.ID), append(form.Allocation, i.Amount(share).Typed())
		}
	}
	return h.paymentForm(c, form, nil)
}

func allocations(f views.PaymentForm) []models.AllocationEntry {
	var all []models.AllocationEntry
	for i, id := range f.InvoiceID {
		e := models.AllocationEntry{InvoiceID: id}
		if i < len(f.Allocation) {
			e.Amount = f.Allocation[i]
		}
		all = append(all, e)
	}
	return all
}

func receipt(f views.PaymentForm) models.PaymentEntry {
	return models.PaymentEntry{
		AccountID: f.AccountID, Amount: f.Amount, Method: models.PaymentMethod(f.Method), Reference: f.Reference, ReceivedOn: f.ReceivedOn, Note: f.Note,
		Allocations: allocations(f), RequestKey: f.RequestKey,
	}
}

func (h *handlers) recordPayment(c echo.Context) error {
	var form views.PaymentForm
	if err := bind(c, &form); err != nil {
		return err
	}
	var p models.Payment
	a, err := h.confirmed(c)
	if err == nil {
		p, err = h.store.RecordPayment(ctx(c), a, receipt(form))
	}
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.paymentForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPayment(p.ID), "The payment is recorded.")
}

// payInvoice records a payment of one invoice; what is over becomes credit.
func (h *handlers) payInvoice(c echo.Context) error {
	invoiceID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.PaymentForm
	if err := bind(c, &form); err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.PayInvoice(ctx(c), a, invoiceID, receipt(form))
	}
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.adminInvoicePage(c, views.AdminInvoicePage{Payment: form, Sent: "payment", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminInvoice(invoiceID), "The payment is recorded.")
}

func (h *handlers) adminPayment(c echo.Context) error {
	return h.paymentPage(c, views.PaymentPage{})
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
	p.MayChange, p.AskPassword = a.Can(models.ManageInvoices), h.asksPassword(c, p.Problem)
	if p.Form.RequestKey == "" {
		p.Form.RequestKey = newRequestKey()
	}
	return h.render(c, status(p.Problem), views.AdminPayment(p))
}

func (h *handlers) allocateCredit(c echo.Context) error {
	paymentID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.PaymentForm
	if err := bind(c, &form); err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.AllocateCredit(ctx(c), a, paymentID, allocations(form), form.RequestKey)
	}
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.paymentPage(c, views.PaymentPage{Form: form, Sent: "allocations", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPayment(paymentID), "The credit is allocated.")
}

func (h *handlers) reversePayment(c echo.Context) error {
	paymentID, err := id(c, "id")
	if err != nil {
		return err
	}
	reason := c.FormValue("reason")
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.ReversePayment(ctx(c), a, paymentID, reason)
	}
	if problem, ok := fixable(err); ok {
		return h.paymentPage(c, views.PaymentPage{Reason: reason, Sent: "reversal", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPayment(paymentID), "The payment is reversed.")
}

var statementHeader = []string{"at", "day", "kind", "number", "client", "currency", "amount", "balance"}

func statementCells(l models.StatementLine) []string {
	return []string{instant(l.At), string(l.Day), string(l.Kind), l.Number, l.ClientName, l.Currency, l.Sum().Typed(), l.Saldo().Typed()}
}

// wrongDays shows a statement's form again with what is wrong with its days.
func (h *handlers) wrongDays(c echo.Context, v models.Statement, problem *models.Error, forStaff bool) error {
	p := views.StatementPage{Statement: v, Nav: listNav(c, models.Page[models.StatementLine]{}), ForStaff: forStaff, Problem: problem, From: c.QueryParam("from"), To: c.QueryParam("to")}
	return h.render(c, status(problem), views.Statement(p))
}

func (h *handlers) statement(c echo.Context) error {
	f, err := models.StatementDays(c.QueryParam("from"), c.QueryParam("to"))
	if problem, ok := fixable(err); ok {
		v, err := h.store.Statement(ctx(c), actor(c), models.StatementFilter{}, models.Paging{Size: 1})
		if err != nil {
			return err
		}
		return h.wrongDays(c, v, problem, false)
	}
	if wantsCSV(c) {
		return exportList(c, "statement", statementHeader, f, h.store.EachStatementLine, statementCells)
	}
	v, err := h.store.Statement(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Statement(views.StatementPage{Statement: v, From: string(f.From), To: string(f.To), Nav: listNav(c, v.Page, "from", "to")}))
}

func (h *handlers) adminStatement(c echo.Context) error {
	accountID, err := id(c, "id")
	if err != nil {
		return err
	}
	f, err := models.StatementDays(c.QueryParam("from"), c.QueryParam("to"))
	f.AccountID = accountID
	if problem, ok := fixable(err); ok {
		v, err := h.store.AccountStatement(ctx(c), actor(c), models.StatementFilter{AccountID: accountID}, models.Paging{Size: 1})
		if err != nil {
			return err
		}
		return h.wrongDays(c, v, problem, true)
	}
	if wantsCSV(c) {
		return exportList(c, "statement", statementHeader, f, h.store.EachAccountStatementLine, statementCells)
	}
	v, err := h.store.AccountStatement(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Statement(views.StatementPage{Statement: v, From: string(f.From), To: string(f.To), Nav: listNav(c, v.Page, "from", "to"), ForStaff: true}))
}

package handlers

import (
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// adminOrderRoutes is the map of the orders of all accounts.
func (h *handlers) adminOrderRoutes(adm *echo.Group) {
	adm.GET("/orders", h.adminOrders)
	adm.GET("/orders/:id", h.adminOrder)
	adm.POST("/orders/:id/quote", h.quoteOrder)
	adm.POST("/orders/:id/refusal", h.declineOrder)
}

// optionalID is a parameter of the query if it is an id.
func optionalID(c echo.Context, name string) (string, bool) {
	u, err := uuid.Parse(c.QueryParam(name))
	return u.String(), err == nil
}

func (h *handlers) adminOrders(c echo.Context) error {
	f := models.OrderFilter{Query: c.QueryParam("q"), State: models.OrderStatus(c.QueryParam("state")), Next: models.NextStep(c.QueryParam("next")), Product: c.QueryParam("product"), Sort: c.QueryParam("sort")}
	if accountID, ok := optionalID(c, "account"); ok {
		f.AccountID = accountID
	}
	if wantsCSV(c) {
		return exportList(c, "orders", append(orderHeader, "full_price"), f, h.store.EachAccountOrder, h.orderCells)
	}
	p := views.AdminOrdersPage{Now: h.store.Now()}
	var err error
	if p.Page, err = h.store.AccountOrders(ctx(c), actor(c), f, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "next", "product", "account")
	if p.Products, err = h.store.Products(ctx(c), actor(c)); err != nil {
		return err
	}
	if p.Accounts, err = h.store.EventAccounts(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminOrders(p))
}

func (h *handlers) adminOrder(c echo.Context) error {
	return h.adminOrderPage(c, views.AdminOrderPage{})
}

// adminOrderPage shows the order; refused with the form that was sent.
func (h *handlers) adminOrderPage(c echo.Context, p views.AdminOrderPage) error {
	orderID, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	if p.OrderView, err = h.store.AccountOrder(ctx(c), a, orderID); err != nil {
		return err
	}
	p.Now, p.MayQuote, p.MayCountersign, p.MayRecord = h.store.Now(), a.Can(models.QuotePrices), a.Can(models.ManageAnnexes), a.Can(models.ManageInvoices)
	if p.MayQuote && (p.Sent != "quote" || p.Problem.Code == "changed") {
		e, err := h.store.QuoteDraft(ctx(c), a, orderID)
		if err != nil {
			return err
		}
		if p.Sent == "quote" { // what was typed stays, upon their version
			p.Quote.Version = e.Version
		} else {
			p.Quote = views.QuoteForm{UnitPrice: e.UnitPrices, ValidUntil: e.ValidUntil, Note: e.Note, Version: e.Version, RequestKey: newRequestKey()}
		}
	}
	return h.render(c, status(p.Problem), views.AdminOrder(p))
}

func (h *handlers) quoteOrder(c echo.Context) error {
	orderID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.QuoteForm
	if err := bind(c, &form); err != nil {
		return err
	}
	_, err = h.store.QuoteOrder(ctx(c), actor(c), orderID, models.QuoteEntry{
		UnitPrices: form.UnitPrice, ValidUntil: form.ValidUntil, Note: form.Note, Version: form.Version, RequestKey: form.RequestKey,
	})
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.adminOrderPage(c, views.AdminOrderPage{Quote: form, Sent: "quote", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminOrder(orderID), "The quote is on its way.")
}

func (h *handlers) declineOrder(c echo.Context) error {
	orderID, err := id(c, "id")
	if err != nil {
		return err
	}
	reason := c.FormValue("reason")
	_, err = h.store.DeclineOrder(ctx(c), actor(c), orderID, reason)
	if problem, ok := fixable(err); ok {
		return h.adminOrderPage(c, views.AdminOrderPage{Reason: reason, Sent: "refusal", Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminOrder(orderID), "The price request is declined.")
}

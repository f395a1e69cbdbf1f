package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// orderRoutes is the map of orders, from the price request on.
func (h *handlers) orderRoutes(in *echo.Group) {
	in.GET("/orders", h.orders)
	in.POST("/orders", h.requestPrices)
	in.GET("/orders/new", h.newOrder)
	in.POST("/orders/new", h.draftOrder)
	in.GET("/orders/:id", h.order)
	in.POST("/orders/:id/placement", h.placeOrder)
	in.POST("/orders/:id/cancellation", h.cancelOrder)
}

func (h *handlers) orders(c echo.Context) error {
	a := actor(c)
	f := models.OrderFilter{
		Query: c.QueryParam("q"), State: models.OrderStatus(c.QueryParam("state")), Next: models.NextStep(c.QueryParam("next")), Product: c.QueryParam("product"),
		Mine: c.QueryParam("requested") == "me", Sort: c.QueryParam("sort"),
	}
	if clientID, ok := optionalID(c, "client"); ok {
		f.ClientID = clientID
	}
	if wantsCSV(c) {
		return exportList(c, "orders", append(orderHeader, "full_price"), f, h.store.EachOrder, h.orderCells)
	}
	p := views.OrdersPage{MayRequest: a.Can(models.RequestPrices), MaySeeAmounts: a.Can(models.SeeAmounts), Now: h.store.Now()}
	var err error
	if p.Page, err = h.store.Orders(ctx(c), a, f, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "next", "product", "requested", "client")
	if p.Products, err = h.store.Products(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Orders(p))
}

var orderHeader = []string{"id", "account", "client", "client_email", "products", "lines", "state", "requested_at", "requested_by", "quoted_at", "valid_until", "currency"}

func (h *handlers) orderCells(o models.OrderRow) []string {
	cells := []string{
		o.ID, o.AccountName, o.Company, o.ClientEmail, o.Products(), strconv.Itoa(o.Lines), string(o.Status(h.store.Now())),
		instant(o.RequestedAt), o.RequestedName, moment(o.QuotedAt), string(o.ValidUntil), o.Currency, "",
	}
	if o.FullMinor != nil {
		cells[len(cells)-1] = o.Full().Typed()
	}
	return cells
}

func (h *handlers) newOrder(c echo.Context) error {
	a := actor(c)
	r := models.PriceRequest{ClientID: c.QueryParam("client")}
	var err error
	if trialID, ok := optionalID(c, "trial"); ok {
		r, err = h.store.PriceForTrial(ctx(c), a, trialID)
	} else if licenseID, ok := optionalID(c, "license"); ok {
		r, err = h.store.PriceForRenewal(ctx(c), a, licenseID)
	} else if licenseID, ok := optionalID(c, "adds_to"); ok {
		r, err = h.store.PriceForSeats(ctx(c), a, licenseID)
	} else if earlier, ok := optionalID(c, "again"); ok {
		r, err = h.store.PriceAgain(ctx(c), a, earlier)
	} else if product := c.QueryParam("product"); product != "" {
		r.Lines = []models.LineEntry{{Product: product, Quarters: "4"}}
	}
	if err != nil {
		return err
	}
	form := views.OrderForm{ClientID: r.ClientID, TrialID: r.TrialID, RenewsID: r.RenewsID, AddsToID: r.AddsToID, FollowsID: r.FollowsID, Note: r.Note, RequestKey: newRequestKey()}
	for _, l := range r.Lines {
		form.Product, form.Seats, form.Quarters = append(form.Product, l.Product), append(form.Seats, l.Seats), append(form.Quarters, l.Quarters)
	}
	return h.orderForm(c, form, nil)
}

// draftOrder shows the form again with what the price list answers.
func (h *handlers) draftOrder(c echo.Context) error {
	var form views.OrderForm
	if err := bind(c, &form); err != nil {
		return err
	}
	return h.orderForm(c, form, nil)
}

func (h *handlers) requestPrices(c echo.Context) error {
	var form views.OrderForm
	if err := bind(c, &form); err != nil {
		return err
	}
	order, err := h.store.RequestPrices(ctx(c), actor(c), priceRequest(form))
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		if problem.Code == models.ClientMerged {
			form.ClientID = problem.Subject
		}
		return h.orderForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	if order.QuotedAt != nil {
		return h.see(c, paths.Order(order.ID), "The price list has the answer: here is your quote.")
	}
	return h.see(c, paths.Order(order.ID), "The price is requested. Customer Success has a mail; you get one with the quote.")
}

func priceRequest(f views.OrderForm) models.PriceRequest {
	r := models.PriceRequest{ClientID: f.ClientID, TrialID: f.TrialID, RenewsID: f.RenewsID, AddsToID: f.AddsToID, FollowsID: f.FollowsID, Note: f.Note, RequestKey: f.RequestKey}
	for i := range f.Rows() {
		l := f.Line(i)
		r.Lines = append(r.Lines, models.LineEntry{Product: l.Product, Seats: l.Seats, Quarters: l.Quarters})
	}
	return r
}

func (h *handlers) orderForm(c echo.Context, form views.OrderForm, problem *models.Error) error {
	a := actor(c)
	p := views.NewOrderPage{Problem: problem}
	var err error
	if form.AddsToID != "" {
		if p.Adds, err = h.store.License(ctx(c), a, form.AddsToID); err != nil {
			return err
		}
	}
	if p.Clients, err = h.store.OrderClients(ctx(c), a, form.ClientQuery, form.ClientID); err != nil {
		return err
	}
	if p.Products, err = h.store.Products(ctx(c), a); err != nil {
		return err
	}
	if p.Vendor, err = h.store.Vendor(ctx(c), a); err != nil {
		return err
	}
	preview, err := h.store.PreviewPrices(ctx(c), a, priceRequest(form))
	refusal, ok := fixable(err)
	switch {
	case err == nil:
		p.Preview = &preview
	case !ok:
		return err
	case refusal.Kind == models.Conflict:
		p.Refusal = refusal
	}
	p.Form = form.WithSpareRows()
	return h.render(c, status(problem), views.NewOrder(p))
}

func (h *handlers) order(c echo.Context) error {
	return h.orderPage(c, views.OrderPage{Discount: c.QueryParam("discount")})
}

// orderPage shows the order; refused with the form that was sent.
func (h *handlers) orderPage(c echo.Context, p views.OrderPage) error {
	orderID, err := id(c, "id")
	if err != nil {
		return err
	}
	a := actor(c)
	p.MayAct, p.MayPlace, p.MaySign, p.MayReadInvoices, p.Now = a.Can(models.RequestPrices), a.Can(models.PlaceOrders), a.Can(models.SignAgreement), a.Can(models.ReadInvoices), h.store.Now()
	if p.OrderView, err = h.store.Order(ctx(c), a, orderID); err != nil {
		return err
	}
	if p.HasMargin() {
		d, err := p.Discounted(p.Discount)
		if wrong, ok := fixable(err); ok {
			p.WrongDiscount = wrong
		} else if err != nil {
			return err
		} else {
			p.Margin = &d
		}
	}
	p.Place.Version = p.Order.Version // what is shown is what is ordered
	if p.Order.Kind == models.SeatsOrder {
		p.Place.Days = p.Lines[0].Coterm
	}
	if p.Payable != nil {
		p.Place.ToPay = p.Payable.Total.Typed()
	}
	if p.Place.RequestKey == "" {
		p.Place.RequestKey = newRequestKey()
	}
	if p.Vendor, err = h.store.Vendor(ctx(c), a); err != nil {
		return err
	}
	return h.render(c, status(p.Problem), views.Order(p))
}

func (h *handlers) placeOrder(c echo.Context) error {
	orderID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.PlacementForm
	if err := bind(c, &form); err != nil {
		return err
	}
	o, err := h.store.PlaceOrder(ctx(c), actor(c), orderID, models.Placement{PONumber: form.PONumber, Version: form.Version, Days: form.Days, ToPay: form.ToPay, RequestKey: form.RequestKey})
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.orderPage(c, views.OrderPage{Place: form, Sent: "placement", Problem: problem})
	}
	if err != nil {
		return err
	}
	if o.ActivatedAt != nil {
		return h.see(c, paths.Order(orderID), "The order is placed. Nothing is to be paid: the licences are active.")
	}
	return h.see(c, paths.Order(orderID), "The order is placed. Those who pay have the invoice by mail.")
}

func (h *handlers) cancelOrder(c echo.Context) error {
	orderID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.CancellationForm
	if err := bind(c, &form); err != nil {
		return err
	}
	o, err := h.store.CancelOrder(ctx(c), actor(c), orderID, models.Cancellation(form))
	if problem, ok := fixable(err); ok {
		return h.orderPage(c, views.OrderPage{Reason: form.Reason, Sent: "cancellation", Problem: problem})
	}
	if err != nil {
		return err
	}
	if o.PlacedAt != nil {
		return h.see(c, paths.Order(orderID), "The order is cancelled, and its invoice is void.")
	}
	return h.see(c, paths.Order(orderID), "The price request is withdrawn.")
}

package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// priceRoutes is the map of the price list.
func (h *handlers) priceRoutes(adm *echo.Group) {
	adm.GET("/prices", h.adminPrices)
	adm.GET("/prices/new", h.newPrice)
	adm.POST("/prices", h.addPrice)
	adm.POST("/prices/:id/ending", h.endPrice)
}

func (h *handlers) adminPrices(c echo.Context) error {
	f := models.PriceFilter{
		Query: c.QueryParam("q"), State: models.PriceStatus(c.QueryParam("state")), Product: c.QueryParam("product"), AccountID: c.QueryParam("account"),
	}
	if wantsCSV(c) {
		return h.exportPrices(c, f)
	}
	p := views.PricesPage{MayChange: actor(c).Can(models.ManagePrices)}
	var err error
	if p.Page, err = h.store.Prices(ctx(c), actor(c), f, paging(c)); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Page, "q", "state", "product", "account")
	if p.Products, err = h.store.Products(ctx(c), actor(c)); err != nil {
		return err
	}
	if p.Accounts, err = h.store.EventAccounts(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminPrices(p))
}

func (h *handlers) exportPrices(c echo.Context, f models.PriceFilter) error {
	header := []string{"Product", "Account", "Currency", "Price per licence and quarter", "State", "From", "Through", "Note", "Added (UTC)", "Added by"}
	return writeCSV(c, "prices.csv", header, func(write func(...string) error) error {
		return h.store.EachPrice(c.Request().Context(), actor(c), f, func(l models.PriceLine) error {
			return write(l.ProductName, l.AccountName, l.Currency, l.Unit().Typed(), views.PriceStateName(l.Status(l.Today)), string(l.ValidFrom), string(l.ValidThrough), l.Note, instant(l.CreatedAt), l.CreatedByName)
		})
	})
}

func (h *handlers) newPrice(c echo.Context) error {
	e, err := h.store.NewPrice(ctx(c), actor(c), c.QueryParam("account"))
	if err != nil {
		return err
	}
	return h.priceForm(c, views.PriceForm{AccountID: e.AccountID, Product: c.QueryParam("product"), Currency: e.Currency, ValidFrom: e.ValidFrom, RequestKey: newRequestKey()}, nil)
}

func (h *handlers) addPrice(c echo.Context) error {
	var form views.PriceForm
	if err := bind(c, &form); err != nil {
		return err
	}
	_, err := h.store.AddPrice(ctx(c), actor(c), models.PriceEntry{
		AccountID: form.AccountID, Product: form.Product, Currency: form.Currency, UnitPrice: form.UnitPrice,
		ValidFrom: form.ValidFrom, ValidThrough: form.ValidThrough, Note: form.Note, RequestKey: form.RequestKey,
	})
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.priceForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminPrices(), "The price is on the list.")
}

func (h *handlers) priceForm(c echo.Context, form views.PriceForm, problem *models.Error) error {
	products, err := h.store.Products(ctx(c), actor(c))
	if err != nil {
		return err
	}
	accounts, err := h.store.EventAccounts(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.AdminNewPrice(form, problem, products, accounts))
}

func (h *handlers) endPrice(c echo.Context) error {
	priceID, err := id(c, "id")
	if err != nil {
		return err
	}
	if _, err := h.store.EndPrice(ctx(c), actor(c), priceID); err != nil {
		return err
	}
	return h.see(c, paths.AdminPrices(), "The price is ended. Quotes made from it stay.")
}

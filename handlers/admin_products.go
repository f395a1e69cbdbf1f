package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) adminProducts(c echo.Context) error {
	f := models.CatalogueFilter{Query: c.QueryParam("q"), Trial: c.QueryParam("trial"), Archived: c.QueryParam("archived") == "yes"}
	if wantsCSV(c) {
		return h.exportProducts(c, f)
	}
	page, err := h.store.Catalogue(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminProducts(page, listNav(c, page, "q", "trial", "archived"), actor(c).Can(models.ManageProducts)))
}

func (h *handlers) newProduct(c echo.Context) error {
	e, err := h.store.NewProduct(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminNewProduct(views.ProductForm{Seats: e.Seats, Position: e.Position, OnTrial: "on", RequestKey: newRequestKey()}, nil))
}

func (h *handlers) createProduct(c echo.Context) error {
	form, err := productForm(c)
	if err != nil {
		return err
	}
	p, err := h.store.CreateProduct(ctx(c), actor(c), productEntry(form))
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.render(c, status(problem), views.AdminNewProduct(form, problem))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminProduct(p.ID), p.Name+" is in the catalogue.")
}

func (h *handlers) adminProduct(c echo.Context) error {
	p, err := h.catalogueProduct(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminProduct(p, views.ProductFormOf(p), nil, nil, actor(c).Can(models.ManageProducts)))
}

func (h *handlers) catalogueProduct(c echo.Context) (models.Product, error) {
	productID, err := id(c, "id")
	if err != nil {
		return models.Product{}, err
	}
	return h.store.CatalogueProduct(ctx(c), actor(c), productID)
}

func (h *handlers) changeProduct(c echo.Context) error {
	before, err := h.catalogueProduct(c)
	if err != nil {
		return err
	}
	form, err := productForm(c)
	if err != nil {
		return err
	}
	p, err := h.store.ChangeProduct(ctx(c), actor(c), before.ID, productEntry(form))
	if problem, ok := fixable(err); ok {
		saved, err := h.catalogueProduct(c)
		if err != nil {
			return err
		}
		var theirs []views.Difference
		if problem.Kind == models.Conflict {
			theirs, form.Version = form.Against(saved), saved.Version
		}
		return h.render(c, status(problem), views.AdminProduct(saved, form, problem, theirs, true))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminProduct(p.ID), p.Name+" is saved.")
}

func (h *handlers) archiveProduct(c echo.Context) error {
	return h.shelveProduct(c, h.store.ArchiveProduct, " is archived. Nobody can issue new trials of it.")
}

func (h *handlers) restoreProduct(c echo.Context) error {
	return h.shelveProduct(c, h.store.RestoreProduct, " is back in the catalogue.")
}

func (h *handlers) shelveProduct(c echo.Context, shelve func(context.Context, models.Actor, string) (models.Product, error), done string) error {
	productID, err := id(c, "id")
	if err != nil {
		return err
	}
	p, err := shelve(ctx(c), actor(c), productID)
	if err != nil {
		return err
	}
	return h.see(c, paths.AdminProduct(p.ID), p.Name+done)
}

func productForm(c echo.Context) (views.ProductForm, error) {
	var form views.ProductForm
	return form, bind(c, &form)
}

func productEntry(f views.ProductForm) models.ProductEntry {
	return models.ProductEntry{
		Code: f.Code, Name: f.Name, Description: f.Description, Seats: f.Seats, OnTrial: f.OnTrial == "on", InstallSteps: f.InstallSteps,
		DownloadURL: f.DownloadURL, Position: f.Position, RequestKey: f.RequestKey, Version: f.Version,
	}
}

package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const catalogueTag = "Products"

// Product is what is resold.
type Product struct {
	Code        string `json:"code" doc:"Never changes." example:"studio-pro"`
	Name        string `json:"name" example:"Studio Pro"`
	Description string `json:"description" example:"Builds and runs bots."`
	OnTrial     bool   `json:"on_trial" doc:"Whether trials of it can be issued." example:"true"`
	TrialSeats  int    `json:"trial_seats" example:"1"`
}

func productOf(p models.Product) Product {
	return Product{Code: p.Code, Name: p.Name, Description: p.Description, OnTrial: p.OnTrial, TrialSeats: p.Seats}
}

func (a *API) catalogueOperations() {
	register(a, huma.Operation{
		OperationID: "list-products", Method: http.MethodGet, Path: "/products", Tags: []string{catalogueTag}, Summary: "List the products", Description: "All of them, on one page.",
	}, withToken(models.ScopeRead), func(ctx context.Context, actor models.Actor, _ *struct{}) (*found[List[Product]], error) {
		products, err := a.store.Products(ctx, actor)
		if err != nil {
			return nil, err
		}
		return listOf(models.Page[models.Product]{Items: products}, productOf), nil
	})
}

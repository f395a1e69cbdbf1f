package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"reselling/models"
)

const serviceTag = "Service"

// Service is the API itself.
type Service struct {
	Version string    `json:"version" doc:"Of the API." example:"1"`
	Now     time.Time `json:"now" doc:"The clock by which validity is decided." example:"2026-11-23T09:00:00Z"`
}

func (a *API) serviceOperations() {
	type output struct{ Body Service }
	register(a, huma.Operation{
		OperationID: "read-service", Method: http.MethodGet, Path: "/service", Tags: []string{serviceTag},
		Summary: "Ask whether the API is there", Description: "Also tells the server's time, by which the validity of licences is decided.",
	}, anybody, func(context.Context, models.Actor, *struct{}) (*output, error) {
		return &output{Service{Version: "1", Now: a.store.Now()}}, nil
	})
}

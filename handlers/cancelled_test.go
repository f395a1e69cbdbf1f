package handlers_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"reselling/handlers"
	"reselling/models/modelstest"
)

// A browser that goes on to another page breaks off what it asked for.
func TestARequestBrokenOffIsNoFailure(t *testing.T) {
	w := modelstest.New(t)
	log := new(bytes.Buffer)
	portal, err := handlers.New(w.Store, handlers.Config{
		BaseURL: &url.URL{Scheme: "http", Host: "portal.test"}, Secret: modelstest.Secret, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://portal.test/invitations/unknown", nil)
	answer := httptest.NewRecorder()
	portal.ServeHTTP(answer, request)
	if strings.Contains(log.String(), "level=ERROR") || answer.Body.Len() != 0 {
		t.Errorf("answered %d %.200q, logged %s", answer.Code, answer.Body, log)
	}
}

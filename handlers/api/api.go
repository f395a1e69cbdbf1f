// Package api is the JSON API under /api/v1 and the OpenAPI document that
// describes it. Each noun has a file (licences: license.go) whose operations are
// added with register; the document, the reference at /api/docs and the tests of
// access and of the contract take them from there.
//
// An operation takes an Actor and runs one use case. What a use case refuses
// becomes problem+json in problem.go, the only place that does so.
package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"reselling/models"
)

// Prefix is the path of all operations; Docs is that of their reference, a page.
const (
	Prefix = "/api/v1"
	Docs   = "/api/docs"
)

// maxBody is how many bytes a request may have.
const maxBody = 256 << 10

// Config is what the API needs besides its store.
type Config struct {
	BaseURL *url.URL // as clients reach the portal
	Log     *slog.Logger

	// ProductRate is how many questions of products are answered a second for one
	// address and for one key, a minute's worth at once; 0 for any number.
	ProductRate float64
	Rate        int // requests that a token may make a minute; 0 is DefaultRate

	ClientInvoicePDF models.ClientPDF
	ProposalPDF      func(models.Proposal, models.Paper) ([]byte, error)
}

// DefaultRate is how many requests a token may make a minute.
const DefaultRate = 300

// API holds the operations.
type API struct {
	store  *models.Store
	config Config
	huma   huma.API

	products *throttle
	limits   *limiter
}

// New adds the API on store to e.
func New(e *echo.Echo, store *models.Store, config Config) *API {
	useProblems()
	a := &API{store: store, config: config, products: newThrottle(config.ProductRate), limits: newLimiter(cmp.Or(config.Rate, DefaultRate), store.Now)}
	a.huma = humaecho.NewWithGroup(e, e.Group(Prefix), huma.Config{
		OpenAPI:       a.document(),
		Formats:       map[string]huma.Format{"application/json": textOnly, "json": textOnly},
		DefaultFormat: "application/json",

		RejectUnknownQueryParameters: true,
	})
	a.huma.UseMiddleware(a.open)
	a.operations()
	a.huma.OpenAPI().Webhooks = webhooks(a.huma.OpenAPI().Components.Schemas)
	e.GET("/api/openapi.json", a.serveDocument(func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) }))
	e.GET("/api/openapi-3.0.json", a.serveDocument(a.older))
	return a
}

// textOnly is JSON without the one character that no database keeps as text.
var textOnly = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		if bytes.Contains(data, []byte(`\u0000`)) {
			return errors.New("text has no U+0000")
		}
		return json.Unmarshal(data, v)
	},
}

// operations is the map of the API: read it first.
func (a *API) operations() {
	a.serviceOperations()
	a.productOperations()
	a.clientOperations()
	a.catalogueOperations()
	a.trialOperations()
	a.requestOperations()
	a.orderOperations()
	a.licenseOperations()
	a.clientInvoiceOperations()
	a.vendorAccountOperations()
	a.receiptOperations()
	a.entitlementOperations()
}

// Owns reports whether the API answers for a path, also for one that does not exist.
func Owns(path string) bool {
	return (path == "/api" || strings.HasPrefix(path, "/api/")) && path != Docs
}

// OpenAPI is the document that describes the API.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

func (a *API) document() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Reselling", Version: "1",
			Description: "Clients, trials, orders and licences of an account; licences as products check them; accounts, payments and entitlements for the vendor's own systems.",
		},
		Servers: []*huma.Server{{URL: strings.TrimSuffix(a.config.BaseURL.String(), "/") + Prefix}},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				accountScheme: {Type: "http", Scheme: "bearer", Description: "An account's API token. The Owner makes one under Settings → API tokens."},
				vendorScheme:  {Type: "http", Scheme: "bearer", Description: "The vendor's API token. An administrator makes one under API tokens."},
			},
		},
		Tags: []*huma.Tag{
			{Name: serviceTag, Description: "Whether the API is there."},
			{Name: clientTag, Description: "The account's end clients."},
			{Name: catalogueTag, Description: "What can be resold."},
			{Name: trialTag, Description: "Free trials, the month's quota, and what can be asked for beyond it."},
			{Name: orderTag, Description: "From the price request to the active licence."},
			{Name: licenseTag, Description: "What products check."},
			{Name: clientInvoiceTag, Description: "The account's invoices to its clients."},
			{Name: webhookTag, Description: "What an account's or the vendor's webhooks get. docs/webhooks.md of the project says how to verify it and when it is tried again."},
			{Name: productTag, Description: "How a product checks its licence. There is no token: the licence key is the credential, and answers are signed. docs/licences.md of the project says what to do when."},
			{Name: vendorAccountTag, Description: "For the vendor's own systems: accounts and their plans."},
			{Name: receiptTag, Description: "For the vendor's billing system: invoices to accounts, and what was paid of them."},
			{Name: entitlementTag, Description: "For the vendor's own systems: every change of every licence, in order."},
		},
	}
}

// older is the document for generators that don't know OpenAPI 3.1, and so no webhooks.
func (a *API) older() ([]byte, error) {
	document := *a.huma.OpenAPI()
	document.Webhooks = nil
	return document.Downgrade()
}

// serveDocument answers with what write returns, which stays the same while the program runs.
func (a *API) serveDocument(write func() ([]byte, error)) echo.HandlerFunc {
	written := sync.OnceValues(write)
	return func(c echo.Context) error {
		body, err := written()
		if err != nil {
			return fmt.Errorf("write the OpenAPI document: %w", err)
		}
		c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=300")
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body)
	}
}

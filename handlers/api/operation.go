package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"reselling/models"
)

// The security schemes of the document.
const (
	accountScheme = "account"
	vendorScheme  = "vendor"
)

// access says who may call an operation. It is the gate only: what the actor may
// do is decided in models.
type access struct {
	scheme string // empty: anybody
	scope  models.TokenScope
}

// anybody may call what products call: there is no secret inside a product.
var anybody = access{}

// withToken is for an account's token that has scope.
func withToken(scope models.TokenScope) access { return access{accountScheme, scope} }

// withVendorToken is for a token of the vendor that has scope.
func withVendorToken(scope models.TokenScope) access { return access{vendorScheme, scope} }

// register adds an operation: serve runs one use case as the actor of the
// request. Set of op what concerns it alone: OperationID, Method, Path, Tags,
// Summary, Description, DefaultStatus, and Errors that are not added here.
func register[I, O any](a *API, op huma.Operation, may access, serve func(context.Context, models.Actor, *I) (*O, error)) {
	op.MaxBodyBytes = maxBody
	op.Errors = append(op.Errors, usualErrors(op, may)...)
	slices.Sort(op.Errors)
	op.Errors = slices.Compact(op.Errors)
	if may.scheme != "" {
		op.Security = []map[string][]string{{may.scheme: {}}}
		op.Extensions = map[string]any{"x-scope": string(may.scope)}
	}
	op.Middlewares = append(huma.Middlewares{a.admit(may)}, op.Middlewares...)
	if may.scheme != "" && op.Method == http.MethodPost {
		op.Parameters = append(op.Parameters, idempotencyParameter())
		op.Middlewares = append(op.Middlewares, a.idempotent)
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		actor, _ := ctx.Value(actorKey{}).(models.Actor)
		// What was begun is finished and told, also when the client has gone.
		return serve(context.WithoutCancel(ctx), actor, in)
	})
}

// usualErrors are the statuses that every operation like op can answer.
func usualErrors(op huma.Operation, may access) []int {
	codes := []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if may.scheme != "" {
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(op.Path, "{") {
		codes = append(codes, http.StatusNotFound)
	}
	if op.Method != http.MethodGet {
		codes = append(codes, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return codes
}

type (
	actorKey struct{}
	apiKey   struct{}
)

// open begins every request.
func (a *API) open(ctx huma.Context, next func(huma.Context)) {
	ctx = huma.WithValue(ctx, apiKey{}, a)
	for _, value := range humaecho.Unwrap(ctx).ParamValues() {
		if !isText(value) {
			fail(ctx, models.Errorf(models.NotFound, "There is nothing at this address."))
			return
		}
	}
	next(ctx)
}

// isText reports whether a database can keep s as text.
func isText(s string) bool { return strings.ToValidUTF8(s, "") == s && !strings.ContainsRune(s, 0) }

// admit lets those through who may call the operation.
func (a *API) admit(may access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		actor := visitor(c)
		if may.scheme != "" {
			c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
			var err error
			if actor, err = a.bearer(c, actor); err == nil {
				c.Set("actor", actor) // for the log
				err = cmp.Or(a.limit(c, actor), may.refuse(actor))
			}
			if err != nil {
				fail(ctx, err)
				return
			}
		}
		next(huma.WithValue(ctx, actorKey{}, actor))
	}
}

func visitor(c echo.Context) models.Actor {
	device := c.Request().UserAgent()
	if len(device) > 300 {
		device = device[:300]
	}
	return models.Actor{Address: c.RealIP(), Device: strings.ToValidUTF8(device, "")}
}

// bearer finds out whose token the request shows.
func (a *API) bearer(c echo.Context, visitor models.Actor) (models.Actor, error) {
	header := c.Response().Header()
	header.Set(echo.HeaderWWWAuthenticate, `Bearer realm="Reselling"`)
	scheme, token, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return visitor, &models.Error{Kind: models.Unauthorized, Code: "token_missing", Message: "Send an API token: Authorization: Bearer TOKEN."}
	}
	actor, err := a.store.AuthenticateToken(context.WithoutCancel(c.Request().Context()), visitor, strings.TrimSpace(token))
	if models.KindOf(err) == models.Unauthorized {
		header.Set(echo.HeaderWWWAuthenticate, `Bearer realm="Reselling", error="invalid_token"`)
	} else {
		header.Del(echo.HeaderWWWAuthenticate)
	}
	return actor, err
}

// limit takes one request of what the token may make.
func (a *API) limit(c echo.Context, actor models.Actor) error {
	left, wait, ok := a.limits.take(actor.TokenID)
	a.limits.tell(c.Response().Header(), left, wait)
	if !ok {
		return &models.Error{Kind: models.TooMany, Code: "rate_limited", Message: "This API token makes too many requests. Wait as long as Retry-After says.", Retry: wait}
	}
	return nil
}

// refuse returns why actor's token is none for the operation.
func (may access) refuse(actor models.Actor) error {
	switch {
	case actor.IsStaff() && may.scheme == accountScheme:
		return &models.Error{Kind: models.Forbidden, Code: "wrong_token", Message: "This is a token of the vendor, who never acts as an account. Use a token of the account."}
	case !actor.IsStaff() && may.scheme == vendorScheme:
		return &models.Error{Kind: models.Forbidden, Code: "wrong_token", Message: "This operation is for the vendor's own systems. Use a token of the vendor."}
	case !actor.Scopes.Has(may.scope):
		return &models.Error{Kind: models.Forbidden, Code: "scope_missing", Message: "This API token does not have the scope " + string(may.scope) + ". Make one that has."}
	}
	return nil
}

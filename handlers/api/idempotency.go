package api

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"reselling/models"
)

const idempotencyHeader = "Idempotency-Key"

// idempotencyParameter is how the document describes it.
func idempotencyParameter() *huma.Param {
	most := 200
	return &huma.Param{
		Name: idempotencyHeader, In: "header", Description: "A key of your own for this request, such as a UUID: sent again with the same body, it gets the first answer again for 24 hours. A refusal does not use it up.",
		Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most, Examples: []any{"8e03978e-40d5-43e8-bc93-6894a57f9324"}},
	}
}

// idempotent answers a request that was answered before with that answer again.
func (a *API) idempotent(ctx huma.Context, next func(huma.Context)) {
	key := ctx.Header(idempotencyHeader)
	if key == "" {
		next(ctx)
		return
	}
	c := humaecho.Unwrap(ctx)
	actor, _ := ctx.Context().Value(actorKey{}).(models.Actor)
	r := c.Request()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		fail(ctx, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	request := append(fmt.Appendf(nil, "%s %s\n", r.Method, r.URL.RequestURI()), body...)
	answer, err := a.store.BeginIdempotent(r.Context(), actor, key, request)
	if err != nil {
		fail(ctx, err)
		return
	}
	if answer.Status != 0 {
		replay(c, answer)
		return
	}
	a.keeping(c, actor, answer, func() { next(huma.WithValue(ctx, requestKeyKey{}, answer.RequestKey)) })
}

func replay(c echo.Context, answer models.IdempotentAnswer) {
	header := c.Response().Header()
	header.Set("Idempotent-Replayed", "true")
	header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	if answer.Location != "" {
		header.Set(echo.HeaderLocation, answer.Location)
	}
	c.Response().WriteHeader(answer.Status)
	_, _ = io.WriteString(c.Response(), answer.Body) // the client has gone
}

// keeping runs a request and keeps its answer before anybody gets it. A refusal,
// and what failed, is not kept.
func (a *API) keeping(c echo.Context, actor models.Actor, answer models.IdempotentAnswer, run func()) {
	real, held := c.Response().Writer, &heldAnswer{status: http.StatusOK}
	held.header = real.Header()
	c.Response().Writer = held
	refused, done := false, false
	ctx := c.Request().Context()
	defer func() {
		c.Response().Writer = real
		var err error
		if done {
			answer.Status, answer.Location, answer.Body = held.status, held.header.Get(echo.HeaderLocation), held.body.String()
			err = a.store.KeepIdempotent(ctx, actor, answer)
		} else {
			err = a.store.ReleaseIdempotent(ctx, actor, answer.RequestKey, refused)
		}
		if err != nil { // the request_key of the use case still keeps a second try from doing it twice
			a.config.Log.WarnContext(ctx, "keep an idempotent answer", "request_id", requestID(c), "error", err)
		}
		if c.Response().Committed {
			real.WriteHeader(held.status)
			_, _ = real.Write(held.body.Bytes()) // the client has gone
		}
	}()
	run()
	done = held.status < 300
	refused = held.status >= 400 && held.status < 500 && !slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooManyRequests}, held.status)
}

// heldAnswer is an answer that nobody has got yet.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is that of the real answer.
func (h *heldAnswer) Header() http.Header { return h.header }

// WriteHeader notes the status.
func (h *heldAnswer) WriteHeader(status int) { h.status = status }

// Write notes the body.
func (h *heldAnswer) Write(b []byte) (int, error) { return h.body.Write(b) }

package api

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"reselling/models"
)

// Problem is every answer that is not a success (RFC 9457).
type Problem struct {
	Type      string         `json:"type" format:"uri" doc:"Where the code is explained." example:"https://reselling.example.com/api/docs#code-quota"`
	Title     string         `json:"title" doc:"The status in words." example:"Conflict"`
	Status    int            `json:"status" doc:"The HTTP status." example:"409"`
	Code      string         `json:"code" doc:"A stable word for what was refused: programs decide by it." example:"quota"`
	Detail    string         `json:"detail" doc:"A sentence for people that says what to do next." example:"All 5 trials of November are used."`
	Subject   string         `json:"subject,omitempty" doc:"The id of what stands in the way, where there is one." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
	RequestID string         `json:"request_id,omitempty" doc:"Name it when you ask for help. It is also in the header X-Request-Id." example:"k3v9q2m7x4b8n6t5"`
	Errors    []FieldProblem `json:"errors,omitempty" doc:"What is wrong with single inputs."`
}

// FieldProblem is what is wrong with one input.
type FieldProblem struct {
	In      string `json:"in" enum:"body,query,path,header" doc:"Where the input is." example:"body"`
	Field   string `json:"field" doc:"Its name; in a body, the path to it." example:"email"`
	Message string `json:"message" example:"This is not a complete mail address. It looks like name@company.com."`
}

// Error is the sentence for people.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes problem+json of JSON.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// Code is a stable word in a Problem.
type Code struct {
	Code    string
	Status  int
	Meaning string
}

var statuses = map[models.Kind]int{
	models.Internal:     http.StatusInternalServerError,
	models.Invalid:      http.StatusUnprocessableEntity,
	models.Conflict:     http.StatusConflict,
	models.Unauthorized: http.StatusUnauthorized,
	models.Forbidden:    http.StatusForbidden,
	models.NotFound:     http.StatusNotFound,
	models.TooMany:      http.StatusTooManyRequests,
	models.Unavailable:  http.StatusServiceUnavailable,
}

// generalCodes are the words where nothing more special is said.
var generalCodes = map[int]Code{
	http.StatusBadRequest:            {"malformed", http.StatusBadRequest, "The request is not what HTTP or JSON promise."},
	http.StatusUnauthorized:          {"unauthorized", http.StatusUnauthorized, "There is no valid API token in the request."},
	http.StatusForbidden:             {"forbidden", http.StatusForbidden, "The token may not do this."},
	http.StatusNotFound:              {"not_found", http.StatusNotFound, "It is not there, or belongs to somebody else."},
	http.StatusMethodNotAllowed:      {"method_not_allowed", http.StatusMethodNotAllowed, "The address exists, but not for this method; Allow names those that do."},
	http.StatusNotAcceptable:         {"not_acceptable", http.StatusNotAcceptable, "The API answers in JSON only."},
	http.StatusRequestTimeout:        {"too_slow", http.StatusRequestTimeout, "The request took too long to arrive."},
	http.StatusConflict:              {"conflict", http.StatusConflict, "The request is fine, but not in the present state of things."},
	http.StatusRequestEntityTooLarge: {"too_large", http.StatusRequestEntityTooLarge, "The body has more than 256 KiB."},
	http.StatusUnsupportedMediaType:  {"unsupported_media_type", http.StatusUnsupportedMediaType, "Send application/json."},
	http.StatusMisdirectedRequest:    {"wrong_host", http.StatusMisdirectedRequest, "The portal does not answer under this host name."},
	http.StatusUnprocessableEntity:   {"invalid", http.StatusUnprocessableEntity, "An input is missing or wrong; errors names each."},
	http.StatusTooManyRequests:       {"too_many", http.StatusTooManyRequests, "It was done too often. Wait as long as Retry-After says."},
	http.StatusInternalServerError:   {"internal", http.StatusInternalServerError, "Our mistake. It is logged under the request id."},
	http.StatusServiceUnavailable:    {"unavailable", http.StatusServiceUnavailable, "Nothing was changed. Try again after Retry-After."},
}

// useProblems makes huma answer with Problem, once a process: huma keeps this globally.
var useProblems = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, _ ...error) huma.StatusError {
		return general(status, message)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		a, _ := ctx.Context().Value(apiKey{}).(*API)
		if a == nil {
			return general(status, message)
		}
		c := humaecho.Unwrap(ctx)
		if status == http.StatusInternalServerError && len(errs) == 1 {
			return a.problemOf(c, errs[0])
		}
		if message == "validation failed" { // huma's words, which say nothing
			message = ""
		}
		p := general(status, message)
		if status == http.StatusUnprocessableEntity {
			p.Detail = "Correct the inputs that are named in errors."
			p.Errors = fieldProblems(errs)
		}
		return a.complete(c, p)
	}
})

// general is a problem that nothing more is known of than its status.
func general(status int, message string) *Problem {
	word, ok := generalCodes[status]
	if !ok {
		word = Code{Code: "http_" + strconv.Itoa(status)}
	}
	return &Problem{Title: http.StatusText(status), Status: status, Code: word.Code, Detail: cmp.Or(message, word.Meaning, http.StatusText(status))}
}

// problemOf is what a client is told of err. It logs what is our fault.
func (a *API) problemOf(c echo.Context, err error) *Problem {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return a.complete(c, general(http.StatusRequestEntityTooLarge, ""))
	}
	e, ok := models.Shown(err)
	if !ok || e.Kind == models.Internal {
		if !errors.Is(err, context.Canceled) {
			a.config.Log.ErrorContext(c.Request().Context(), "request failed", "request_id", requestID(c), "route", c.Path(), "error", err)
		}
		return a.complete(c, general(http.StatusInternalServerError, ""))
	}
	p := general(statuses[e.Kind], e.Message)
	if e.Kind == models.Unavailable {
		a.config.Log.ErrorContext(c.Request().Context(), "request failed", "request_id", requestID(c), "route", c.Path(), "error", err)
	}
	p.Code, p.Subject = cmp.Or(e.Code, p.Code), e.Subject
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		p.Errors = append(p.Errors, FieldProblem{In: "body", Field: bodyField(field), Message: e.Fields[field]})
	}
	if e.Retry > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(e.Retry.Seconds())+1))
	}
	return a.complete(c, p)
}

// row is a field of a form in one of its rows, counted from 0: "seats_2".
var row = regexp.MustCompile(`^(product|seats|quarters|allocation|discount)_([0-9]+)$`)

// bodyField is where in a body that is which a form calls field.
func bodyField(field string) string {
	parts := row.FindStringSubmatch(field)
	switch {
	case field == "with": // of a merge
		return "other_id"
	case parts == nil:
		return field
	case parts[1] == "allocation":
		return "allocations[" + parts[2] + "].amount"
	case parts[1] == "discount":
		return "line_discounts[" + parts[2] + "]"
	}
	return "lines[" + parts[2] + "]." + parts[1]
}

// complete adds to p what it says of the request.
func (a *API) complete(c echo.Context, p *Problem) *Problem {
	p.Type = strings.TrimSuffix(a.config.BaseURL.String(), "/") + Docs + "#code-" + p.Code
	p.RequestID = requestID(c)
	return p
}

func requestID(c echo.Context) string { return c.Response().Header().Get("X-Request-Id") }

// fieldProblems takes apart where huma found something wrong: "body.lines[0].seats".
func fieldProblems(errs []error) []FieldProblem {
	var all []FieldProblem
	for _, err := range errs {
		detailer, ok := err.(huma.ErrorDetailer)
		if !ok {
			continue
		}
		d := detailer.ErrorDetail()
		in, field, _ := strings.Cut(d.Location, ".")
		if !slices.Contains([]string{"body", "query", "path", "header"}, in) {
			in, field = "body", d.Location
		}
		all = append(all, FieldProblem{In: in, Field: field, Message: d.Message})
	}
	return all
}

// fail answers a request with the problem of err, from a middleware.
func fail(ctx huma.Context, err error) {
	a, _ := ctx.Context().Value(apiKey{}).(*API)
	c := humaecho.Unwrap(ctx)
	_ = a.write(c, a.problemOf(c, err)) // the client has gone
}

// Fail answers a request that no operation has served: err is Echo's, or a panic.
func (a *API) Fail(c echo.Context, err error) error {
	if he, ok := errors.AsType[*echo.HTTPError](err); ok && he.Code != http.StatusInternalServerError {
		message := ""
		switch he.Code {
		case http.StatusNotFound:
			message = "There is no such operation. The API is described at " + Docs + "."
		case http.StatusMethodNotAllowed:
			message = "The address exists, but not for " + c.Request().Method + ". Use: " + c.Response().Header().Get(echo.HeaderAllow) + "."
		}
		return a.write(c, a.complete(c, general(he.Code, message)))
	}
	return a.write(c, a.problemOf(c, err))
}

func (a *API) write(c echo.Context, p *Problem) error {
	c.Response().Header().Set(echo.HeaderContentType, p.ContentType(""))
	c.Response().WriteHeader(p.Status)
	return c.Echo().JSONSerializer.Serialize(c, p, "")
}

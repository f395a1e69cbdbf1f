// Package handlers turns HTTP requests into use cases, and their results into pages.
package handlers

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"reselling/handlers/api"
	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// Config is what the portal needs besides its store.
type Config struct {
	BaseURL *url.URL     // as people reach the portal; https turns on secure cookies and HSTS
	Hosts   []string     // further host names that are answered
	Proxies []*net.IPNet // whose X-Forwarded-For is believed
	Secret  []byte       // at least 32 bytes; the same for all replicas
	Log     *slog.Logger

	ProductRate float64           // questions of products a second, for one address and one key; 0 for any number
	Demo        []models.DemoUser // shown on the sign-in page; empty outside the demo
	APIRate     int               // requests that an API token may make a minute; 0 is the usual number
}

func (c Config) isSecure() bool { return c.BaseURL.Scheme == "https" }

type handlers struct {
	store    *models.Store
	config   Config
	sessions *sessions.CookieStore
	formKey  []byte
	metrics  *metrics
	api      *api.API

	reference func() views.APIReferencePage
}

// Portal is the whole of the pages, as an http.Handler.
type Portal struct {
	*echo.Echo
	h *handlers
}

// New returns the portal on store.
func New(store *models.Store, config Config) (*Portal, error) {
	h := &handlers{store: store, config: config, metrics: newMetrics()}
	if err := h.prepareCookies(); err != nil {
		return nil, err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientAddress(config.Proxies)
	e.HTTPErrorHandler = h.fail
	e.Use(h.observe, h.recover, h.protect, h.limitBody)
	h.routes(e)
	h.reference = sync.OnceValue(func() views.APIReferencePage { return writeReference(h.api.OpenAPI(), api.Codes()) })
	return &Portal{e, h}, nil
}

// ServeHTTP answers HEAD as GET: the server leaves out the body.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		r = r.WithContext(r.Context())
		r.Method = http.MethodGet
	}
	p.Echo.ServeHTTP(w, r)
}

// OpenAPI is the document that describes the API.
func (p *Portal) OpenAPI() *huma.OpenAPI { return p.h.api.OpenAPI() }

// clientAddress believes X-Forwarded-For from the configured proxies only.
func clientAddress(proxies []*net.IPNet) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(p))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

const (
	actorKey     = "actor"
	nonceKey     = "nonce"
	requestIDKey = "request id"
	tokenKey     = "session token"
)

func actor(c echo.Context) models.Actor { a, _ := c.Get(actorKey).(models.Actor); return a }

func visitor(c echo.Context) models.Actor {
	return models.Actor{Address: c.RealIP(), Device: truncated(c.Request().UserAgent(), 300)}
}

func truncated(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// ctx is the context of a use case. A page or a form runs to its end even when
// the browser has gone: it is bounded, and a cancellable context costs the
// SQLite driver a third of its speed.
func ctx(c echo.Context) context.Context { return context.WithoutCancel(c.Request().Context()) }

// bind reads a form. It fails only for a body that is no form at all.
//
// A field that holds a number, such as the version that was looked at, counts as
// -1 where it holds none: nobody typed it, and no version is that, so that whoever
// has damaged it is shown what holds and keeps what they typed.
func bind(c echo.Context, form any) error {
	for field, value := range reflect.ValueOf(form).Elem().Fields() {
		name := field.Tag.Get("form")
		if !value.CanInt() || name == "" {
			continue
		}
		for i, typed := range c.Request().Form[name] {
			if _, err := strconv.Atoi(typed); err != nil && typed != "" {
				c.Request().Form[name][i] = "-1"
			}
		}
	}
	if err := (&echo.DefaultBinder{}).BindBody(c, form); err != nil {
		if he, ok := errors.AsType[*echo.HTTPError](err); ok && he.Code != http.StatusBadRequest {
			return err
		}
		return echo.NewHTTPError(http.StatusBadRequest, "The form could not be read.").SetInternal(err)
	}
	return nil
}

// id returns the route's parameter name if it is an id, else NotFound.
func id(c echo.Context, name string) (string, error) {
	u, err := uuid.Parse(c.Param(name))
	if err != nil || len(c.Param(name)) != 36 {
		return "", models.Errorf(models.NotFound, "There is no such page.")
	}
	return u.String(), nil
}

func newRequestKey() string { return uuid.NewString() }

// renewUsed gives a form that comes back another request key where its own is
// used up, so that it can be sent once more.
func renewUsed(problem *models.Error, key *string) {
	if problem.Code == models.UsedKey {
		*key = newRequestKey()
	}
}

func paging(c echo.Context) models.Paging {
	return models.Paging{After: c.QueryParam("after"), Before: c.QueryParam("before")}
}

// see answers 303 with a flash message that the next page shows.
func (h *handlers) see(c echo.Context, path, message string) error {
	if message != "" {
		h.flash(c, views.Success, message)
	}
	return c.Redirect(http.StatusSeeOther, path)
}

var statuses = map[models.Kind]int{
	models.Internal:    http.StatusInternalServerError,
	models.Invalid:     http.StatusUnprocessableEntity,
	models.Conflict:    http.StatusConflict,
	models.Forbidden:   http.StatusForbidden,
	models.NotFound:    http.StatusNotFound,
	models.TooMany:     http.StatusTooManyRequests,
	models.Unavailable: http.StatusServiceUnavailable,

	models.Unauthorized: http.StatusUnauthorized,
}

// fixable returns err as an Error if the person who sent the form can act on it.
func fixable(err error) (*models.Error, bool) {
	e, ok := errors.AsType[*models.Error](err)
	return e, ok && (e.Kind == models.Invalid || e.Kind == models.Conflict)
}

// status is the HTTP status of a problem with a form; 200 for none.
func status(problem *models.Error) int {
	if problem == nil {
		return http.StatusOK
	}
	return statuses[problem.Kind]
}

// fail is the one place where errors become pages. It never shows the text of
// an error that is not a *models.Error.
func (h *handlers) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if api.Owns(c.Request().URL.Path) {
		if err := h.api.Fail(c, err); err != nil {
			h.config.Log.ErrorContext(c.Request().Context(), "answer of the API failed", "request_id", c.Get(requestIDKey), "error", err)
		}
		return
	}
	// Browsers that go on to another page break off what they asked for.
	brokenOff := c.Request().Context().Err() != nil
	code, message := http.StatusInternalServerError, ""
	if e, ok := models.Shown(err); ok && e.Kind != models.Internal {
		code, message = statuses[e.Kind], e.Message
		retryAfter(c, e)
	} else if he, ok := errors.AsType[*echo.HTTPError](err); ok {
		code = he.Code
		if text, ok := he.Message.(string); ok && text != http.StatusText(code) {
			message = text
		}
	}
	if code >= 500 && (!brokenOff || !errors.Is(err, context.Canceled)) {
		h.config.Log.ErrorContext(c.Request().Context(), "request failed", "request_id", c.Get(requestIDKey), "route", c.Path(), "error", err)
	}
	if brokenOff {
		return
	}
	if c.Get(actorKey) == nil {
		_ = h.recognize(c) // refused before anybody asked who it is; a visitor if that can't be known
	}
	page := views.Failure(code, "", message, requestID(c), ways(c, code))
	if form, ok := unsent(c, code); ok {
		page = views.FailureKeeping(code, message, requestID(c), ways(c, code), form)
	}
	if err := h.render(c, code, page); err != nil {
		h.config.Log.ErrorContext(c.Request().Context(), "error page failed", "request_id", c.Get(requestIDKey), "error", err)
	}
}

// retryAfter tells programs when trying again makes sense, where that is known.
func retryAfter(c echo.Context, e *models.Error) {
	if e.Retry > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(e.Retry.Seconds())+1))
	}
}

// ways lead out of an error page.
func ways(c echo.Context, code int) []views.Link {
	a := actor(c)
	switch {
	case code == http.StatusServiceUnavailable && isRead(c.Request()):
		return []views.Link{{Href: c.Request().URL.RequestURI(), Label: "Try again"}}
	case strings.HasPrefix(c.Path(), "/l/:token/"): // an end client, who has no sign-in
		return []views.Link{{Href: paths.LicensePage(c.Param("token")), Label: "Back to your licence"}}
	case strings.HasPrefix(c.Path(), "/l/"), strings.HasPrefix(c.Path(), "/i/"):
		return nil
	case a.SignedIn():
		return []views.Link{{Href: home(a), Label: "Go to the start page"}}
	}
	return []views.Link{{Href: paths.Login(), Label: "Sign in"}}
}

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// unsent returns the form of a request that the portal could not serve just now,
// so that its error page can send it again. Passwords are not sent back.
func unsent(c echo.Context, code int) (views.Unsent, bool) {
	r := c.Request()
	if code != http.StatusServiceUnavailable || r.Method != http.MethodPost || r.ParseForm() != nil || len(r.PostForm) == 0 {
		return views.Unsent{}, false
	}
	form := views.Unsent{Action: r.URL.RequestURI()}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if strings.Contains(name, "password") {
			form.Secrets = true
			continue
		}
		for _, value := range r.PostForm[name] {
			form.Fields = append(form.Fields, views.UnsentField{Name: name, Value: value, Hidden: name == "csrf" || name == "request_key" || name == "version"})
		}
	}
	return form, true
}

func requestID(c echo.Context) string { s, _ := c.Get(requestIDKey).(string); return s }

// derive returns a key for one purpose from the secret.
func derive(secret []byte, purpose string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s", purpose, secret))
	return sum[:]
}

// home is where an actor lands after signing in.
func home(a models.Actor) string {
	if a.IsStaff() {
		return paths.Admin()
	}
	return paths.Home()
}

package handlers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/handlers/api"
	"reselling/models"
	"reselling/views/paths"
)

const maxBody = 1 << 20

// observe gives the request an id, and logs and counts how it ended. It writes
// the route, never the address: addresses hold tokens.
func (h *handlers) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := h.store.Now()
		id := strings.ToLower(rand.Text()[:16])
		c.Set(requestIDKey, id)
		c.Response().Header().Set("X-Request-Id", id)
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		taken, code := h.store.Now().Sub(start), c.Response().Status
		h.metrics.observe(c.Request().Method, c.Path(), code, taken)
		if c.Get(api.Unlogged) != nil {
			return nil
		}
		level := slog.LevelInfo
		if code >= 500 {
			level = slog.LevelError
		}
		h.config.Log.LogAttrs(c.Request().Context(), level, "request", slog.String("request_id", id), slog.String("method", c.Request().Method),
			slog.String("route", c.Path()), slog.Int("status", code), slog.Int64("bytes", c.Response().Size),
			slog.Duration("taken", taken), slog.String("user", actor(c).UserID), slog.String("token", actor(c).TokenID))
		return nil
	}
}

// recover turns a panic into the error page.
func (h *handlers) recover(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if r := recover(); r != nil {
				if e, ok := r.(error); ok && errors.Is(e, http.ErrAbortHandler) {
					panic(r)
				}
				err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			}
		}()
		return next(c)
	}
}

// protect answers only for the portal's own hosts, refuses forms from other
// sites, and sets the headers that bind the browser.
func (h *handlers) protect(next echo.HandlerFunc) echo.HandlerFunc {
	crossOrigin := http.NewCrossOriginProtection()
	hosts := append([]string{h.config.BaseURL.Host}, h.config.Hosts...)
	return func(c echo.Context) error {
		header := c.Response().Header()
		ofAPI := api.Owns(c.Request().URL.Path)
		if ofAPI {
			header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		} else {
			nonce := rand.Text()
			c.Set(nonceKey, nonce)
			header.Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+nonce+"'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		}
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		header.Set("Referrer-Policy", "same-origin")
		if strings.Contains(c.Path(), ":token") {
			header.Set("Referrer-Policy", "no-referrer")
			header.Set("Cache-Control", "no-store")
			header.Set("X-Robots-Tag", "noindex")
		}
		if h.config.isSecure() {
			header.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if !slices.Contains(hosts, c.Request().Host) && !isProbe(c.Path()) {
			return echo.NewHTTPError(http.StatusMisdirectedRequest)
		}
		// The API knows no cookies: nobody's browser can be made to act for them there.
		if !ofAPI && crossOrigin.Check(c.Request()) != nil {
			return models.Errorf(models.Forbidden, "This form was sent from another site. Open the page here and send it again.")
		}
		return next(c)
	}
}

func isProbe(path string) bool { return path == paths.Health() || path == paths.Ready() }

// limitBody answers 413 for a body that is too large.
func (h *handlers) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > maxBody {
			return echo.ErrStatusRequestEntityTooLarge
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxBody)
		if r.Method == http.MethodPost && !api.Owns(r.URL.Path) {
			err := r.ParseForm()
			if kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err == nil && kind == echo.MIMEMultipartForm {
				err = r.ParseMultipartForm(maxBody) // all of it in memory
			}
			if err != nil {
				if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
					return echo.ErrStatusRequestEntityTooLarge
				}
				return echo.NewHTTPError(http.StatusBadRequest, "The form could not be read.").SetInternal(err)
			}
		}
		onlyText(r)
		return next(c)
	}
}

// onlyText takes out of a form and a query what is no text, and what no database keeps as text.
func onlyText(r *http.Request) {
	broken := false
	query := r.URL.Query()
	for _, values := range []url.Values{query, r.PostForm, r.Form} {
		for _, all := range values {
			for i, v := range all {
				if text := strings.ReplaceAll(strings.ToValidUTF8(v, "\ufffd"), "\x00", ""); text != v {
					all[i], broken = text, true
				}
			}
		}
	}
	if broken {
		r.URL.RawQuery = query.Encode()
	}
}

// identify finds out who is asking. What they may do is decided in models.
func (h *handlers) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := h.recognize(c); err != nil {
			return err
		}
		return next(c)
	}
}

func (h *handlers) recognize(c echo.Context) error {
	c.Set(actorKey, visitor(c))
	a, err := h.store.Authenticate(ctx(c), visitor(c), h.sessionToken(c))
	if err != nil {
		return err
	}
	c.Set(actorKey, a)
	if a.SignedIn() {
		c.Response().Header().Set("Cache-Control", "no-store")
	}
	return nil
}

// checkForm refuses a form without this session's token.
func (h *handlers) checkForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().Method != http.MethodPost {
			return next(c)
		}
		token := c.Request().Header.Get("X-CSRF-Token")
		if token == "" {
			token = c.Request().PostFormValue("csrf")
		}
		if !h.isFormToken(c, token) {
			return models.Errorf(models.Forbidden, "This form is no longer valid: you may have signed in or out since it was opened. Go back, reload the page and send it again.")
		}
		return next(c)
	}
}

// signedIn sends strangers to the sign-in page and back afterwards.
func (h *handlers) signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if actor(c).SignedIn() {
			return next(c)
		}
		back := ""
		if c.Request().Method == http.MethodGet {
			back = c.Request().URL.RequestURI()
		}
		return c.Redirect(http.StatusSeeOther, paths.With(paths.Login(), "next", back))
	}
}

// forStaff refuses everybody who does not work for the vendor.
func (h *handlers) forStaff(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !actor(c).IsStaff() {
			return models.Errorf(models.Forbidden, "These pages are for the vendor's staff. An administrator of the vendor can invite you.")
		}
		return next(c)
	}
}

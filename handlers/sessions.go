package handlers

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) newSession(c echo.Context) error {
	if a := actor(c); a.SignedIn() {
		return c.Redirect(303, home(a))
	}
	return h.signInForm(c, views.SignInForm{Next: c.QueryParam("next")}, nil)
}

func (h *handlers) createSession(c echo.Context) error {
	var form views.SignInForm
	if err := bind(c, &form); err != nil {
		return err
	}
	in, err := h.store.SignIn(ctx(c), visitor(c), models.Credentials{Email: form.Email, Password: form.Password, DeviceToken: h.deviceToken(c), Former: actor(c)})
	if problem, ok := fixable(err); ok {
		return h.signInForm(c, form, problem)
	}
	if problem, ok := models.Shown(err); ok && problem.Kind == models.TooMany { // the address stays, for when they have waited
		retryAfter(c, problem)
		return h.signInForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	h.signIn(c, in)
	if next := localPath(form.Next); next != "" {
		return c.Redirect(303, next)
	}
	if in.Staff {
		return c.Redirect(303, paths.Admin())
	}
	return c.Redirect(303, paths.Home())
}

func (h *handlers) signInForm(c echo.Context, form views.SignInForm, problem *models.Error) error {
	return h.render(c, status(problem), views.SignIn(form, problem, h.config.Demo))
}

func (h *handlers) endSession(c echo.Context) error {
	if err := h.store.SignOut(ctx(c), actor(c)); err != nil {
		return err
	}
	h.signOut(c)
	if next := localPath(c.FormValue("next")); next != "" {
		return h.see(c, next, "You are signed out.")
	}
	return h.see(c, paths.Login(), "You are signed out.")
}

func (h *handlers) switchAccount(c echo.Context) error {
	if err := h.store.SwitchAccount(ctx(c), actor(c), c.FormValue("account_id")); err != nil {
		return err
	}
	return h.see(c, paths.Home(), "")
}

// localPath returns next if it is a path of this portal, else nothing.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return ""
	}
	return next
}

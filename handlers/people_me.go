package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) showProfile(c echo.Context) error {
	return h.profilePage(c, nil, nil)
}

func (h *handlers) changeProfile(c echo.Context) error {
	var form views.ProfileForm
	if err := bind(c, &form); err != nil {
		return err
	}
	err := h.store.ChangeProfile(ctx(c), actor(c), form.Name, form.TimeZone)
	if problem, ok := fixable(err); ok {
		return h.profilePage(c, &form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Me(), "Your profile is saved.")
}

func (h *handlers) profilePage(c echo.Context, form *views.ProfileForm, problem *models.Error) error {
	profile, err := h.store.Profile(ctx(c), actor(c))
	if err != nil {
		return err
	}
	if form == nil {
		form = &views.ProfileForm{Name: profile.Name, TimeZone: profile.TimeZone}
	}
	page := views.ProfilePage{Profile: profile, Standing: standing(actor(c)), Home: actor(c).AccountName}
	if page.Home == "" {
		vendor, err := h.store.Vendor(ctx(c), actor(c))
		if err != nil {
			return err
		}
		page.Home = vendor.Name
	}
	return h.render(c, status(problem), views.Profile(page, *form, problem))
}

func (h *handlers) newEmailChange(c echo.Context) error {
	return h.render(c, http.StatusOK, views.ChangeEmail(actor(c).Email, views.EmailChangeForm{}, nil))
}

func (h *handlers) createEmailChange(c echo.Context) error {
	var form views.EmailChangeForm
	if err := bind(c, &form); err != nil {
		return err
	}
	e, err := h.store.RequestEmailChange(ctx(c), actor(c), form.Email, form.Password)
	if problem, ok := fixable(err); ok {
		return h.render(c, status(problem), views.ChangeEmail(actor(c).Email, form, problem))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Me(), "A link is on its way to "+e.Email+". Open it to confirm the address.")
}

func (h *handlers) cancelEmailChange(c echo.Context) error {
	if err := h.store.CancelEmailChange(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.see(c, paths.Me(), "Your address stays as it is.")
}

func (h *handlers) showEmailChange(c echo.Context) error {
	return h.emailChangePage(c, nil)
}

func (h *handlers) confirmEmailChange(c echo.Context) error {
	e, err := h.store.ConfirmEmailChange(ctx(c), actor(c), c.Param("token"))
	if problem, ok := fixable(err); ok {
		return h.emailChangePage(c, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Me(), "From now on you sign in with "+e.Email+".")
}

func (h *handlers) emailChangePage(c echo.Context, problem *models.Error) error {
	e, err := h.store.EmailChangeByToken(ctx(c), actor(c), c.Param("token"))
	if err != nil {
		return err
	}
	if state := e.State(h.store.Now()); state != models.LinkOpen {
		return h.render(c, http.StatusGone, views.DeadEmailLink(e, state))
	}
	return h.render(c, status(problem), views.ConfirmEmail(c.Param("token"), e, problem))
}

func (h *handlers) showSecurity(c echo.Context) error {
	profile, err := h.store.Profile(ctx(c), actor(c))
	if err != nil {
		return err
	}
	open, err := h.store.OpenSessions(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Security(views.SecurityPage{Profile: profile, Sessions: open}))
}

func (h *handlers) endOneSession(c echo.Context) error {
	session, err := id(c, "id")
	if err != nil {
		return err
	}
	if err := h.store.EndSession(ctx(c), actor(c), session); err != nil {
		return err
	}
	return h.see(c, paths.MySecurity(), "That browser is signed out.")
}

func (h *handlers) endOtherSessions(c echo.Context) error {
	n, err := h.store.EndOtherSessions(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.see(c, paths.MySecurity(), "Signed out of "+views.Plural(n, "other browser", "other browsers")+".")
}

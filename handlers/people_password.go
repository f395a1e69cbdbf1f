package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

func (h *handlers) newPasswordReset(c echo.Context) error {
	return h.render(c, http.StatusOK, views.ForgottenPassword(views.ForgottenPasswordForm{}, nil))
}

func (h *handlers) createPasswordReset(c echo.Context) error {
	var form views.ForgottenPasswordForm
	if err := bind(c, &form); err != nil {
		return err
	}
	err := h.store.RequestPasswordReset(ctx(c), visitor(c), form.Email)
	if problem, ok := fixable(err); ok {
		return h.render(c, status(problem), views.ForgottenPassword(form, problem))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Login(), "If a user has that address, a mail with a link is on its way. The link works for 30 minutes.")
}

func (h *handlers) showPasswordReset(c echo.Context) error {
	return h.passwordResetPage(c, nil)
}

func (h *handlers) usePasswordReset(c echo.Context) error {
	var form views.NewPasswordForm
	if err := bind(c, &form); err != nil {
		return err
	}
	err := h.store.ResetPassword(ctx(c), visitor(c), c.Param("token"), form.Password)
	if problem, ok := fixable(err); ok {
		return h.passwordResetPage(c, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Login(), "Your password is changed. Sign in with the new one.")
}

func (h *handlers) passwordResetPage(c echo.Context, problem *models.Error) error {
	link, err := h.store.PasswordResetByToken(ctx(c), actor(c), c.Param("token"))
	if err != nil {
		return err
	}
	if link.State != models.LinkOpen {
		return h.render(c, http.StatusGone, views.DeadPasswordLink(link))
	}
	return h.render(c, status(problem), views.NewPassword(c.Param("token"), link, problem))
}

func (h *handlers) editPassword(c echo.Context) error {
	return h.render(c, http.StatusOK, views.ChangePassword(actor(c).Email, nil))
}

func (h *handlers) changePassword(c echo.Context) error {
	var form views.PasswordForm
	if err := bind(c, &form); err != nil {
		return err
	}
	err := h.store.ChangePassword(ctx(c), actor(c), form.CurrentPassword, form.Password)
	if problem, ok := fixable(err); ok {
		return h.render(c, status(problem), views.ChangePassword(actor(c).Email, problem))
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.MySecurity(), "Your password is changed. You are signed out everywhere else.")
}

func (h *handlers) newReauthentication(c echo.Context) error {
	return h.render(c, http.StatusOK, views.Reauthentication(actor(c).Email, views.ReauthenticationForm{Next: c.QueryParam("next")}, nil))
}

func (h *handlers) createReauthentication(c echo.Context) error {
	var form views.ReauthenticationForm
	if err := bind(c, &form); err != nil {
		return err
	}
	_, err := h.store.Reauthenticate(ctx(c), actor(c), form.Password)
	if problem, ok := fixable(err); ok {
		return h.render(c, status(problem), views.Reauthentication(actor(c).Email, form, problem))
	}
	if err != nil {
		return err
	}
	if next := localPath(form.Next); next != "" {
		return c.Redirect(http.StatusSeeOther, next)
	}
	return c.Redirect(http.StatusSeeOther, home(actor(c)))
}

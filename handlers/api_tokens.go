package handlers

import (
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// apiTokenRoutes is the map of the account's API tokens.
func (h *handlers) apiTokenRoutes(in *echo.Group) {
	in.GET("/settings/api-tokens", h.apiTokens)
	in.POST("/settings/api-tokens", h.createAPIToken)
	in.GET("/settings/api-tokens/new", h.newAPIToken)
	in.POST("/settings/api-tokens/:id/revocation", h.revokeAPIToken)
}

// adminTokenRoutes is the map of the vendor's API tokens; the actor tells whose they are.
func (h *handlers) adminTokenRoutes(admin *echo.Group) {
	admin.GET("/api-tokens", h.apiTokens)
	admin.POST("/api-tokens", h.createAPIToken)
	admin.GET("/api-tokens/new", h.newAPIToken)
	admin.POST("/api-tokens/:id/revocation", h.revokeAPIToken)
}

// forAccount refuses staff, who have tokens of their own.
func forAccount(c echo.Context) error {
	if a := actor(c); a.IsStaff() && !strings.HasPrefix(c.Path(), paths.Admin()+"/") {
		return models.Errorf(models.Forbidden, "This page is for the users of an account. The vendor's API tokens are under API tokens.")
	}
	return nil
}

func tokenPlace(a models.Actor) views.APITokenPlace {
	if a.IsStaff() {
		return views.APITokenPlace{Vendor: true}
	}
	return views.APITokenPlace{}
}

func (h *handlers) apiTokens(c echo.Context) error {
	if err := forAccount(c); err != nil {
		return err
	}
	return h.apiTokensPage(c, views.APITokensPage{})
}

// apiTokensPage shows the tokens, and a new one's secret, this once.
func (h *handlers) apiTokensPage(c echo.Context, p views.APITokensPage) error {
	var err error
	if p.Live, p.Dead, err = h.store.APITokens(ctx(c), actor(c)); err != nil {
		return err
	}
	p.Place, p.Now = tokenPlace(actor(c)), h.store.Now()
	return h.render(c, status(p.Problem), views.APITokens(p))
}

func (h *handlers) newAPIToken(c echo.Context) error {
	if err := forAccount(c); err != nil {
		return err
	}
	draft, err := h.store.DraftAPIToken(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.apiTokenForm(c, views.APITokenForm{Scopes: draft.Scopes, ExpiresOn: draft.ExpiresOn, RequestKey: newRequestKey()}, nil)
}

func (h *handlers) apiTokenForm(c echo.Context, form views.APITokenForm, problem *models.Error) error {
	return h.render(c, status(problem), views.NewAPIToken(tokenPlace(actor(c)), form, h.asksPassword(c, problem), problem))
}

// createAPIToken answers with a page instead of the way to one: the secret is
// shown this once, and belongs into no cookie.
func (h *handlers) createAPIToken(c echo.Context) error {
	if err := forAccount(c); err != nil {
		return err
	}
	var form views.APITokenForm
	if err := bind(c, &form); err != nil {
		return err
	}
	var token models.APIToken
	var secret string
	a, err := h.confirmed(c)
	if err == nil {
		token, secret, err = h.store.CreateAPIToken(ctx(c), a, models.APITokenEntry{Name: form.Name, Scopes: form.Scopes, ExpiresOn: form.ExpiresOn, RequestKey: form.RequestKey})
	}
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.apiTokenForm(c, form, problem)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("Referrer-Policy", "no-referrer")
	return h.apiTokensPage(c, views.APITokensPage{Made: &token, Secret: secret})
}

func (h *handlers) revokeAPIToken(c echo.Context) error {
	if err := forAccount(c); err != nil {
		return err
	}
	tokenID, err := id(c, "id")
	if err != nil {
		return err
	}
	token, err := h.store.RevokeAPIToken(ctx(c), actor(c), tokenID)
	if problem, ok := fixable(err); ok {
		return h.apiTokensPage(c, views.APITokensPage{Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, tokenPlace(actor(c)).Path(), "The token "+token.Name+" is revoked. Programs that use it are refused from now on.")
}

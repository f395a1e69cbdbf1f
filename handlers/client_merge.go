package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// askMerge asks with whom a client is to be merged, then shows both.
func (h *handlers) askMerge(c echo.Context) error {
	clientID, err := id(c, "id")
	if err != nil {
		return err
	}
	if other := c.QueryParam("with"); other != "" {
		return h.mergePage(c, clientID, views.MergeForm{With: other}, nil)
	}
	return h.mergeCandidates(c, clientID, nil)
}

func (h *handlers) mergeCandidates(c echo.Context, clientID string, problem *models.Error) error {
	candidates, err := h.store.MergeCandidates(ctx(c), actor(c), clientID, c.QueryParam("q"))
	if e, ok := models.Shown(err); ok && e.Code == models.ClientMerged {
		return c.Redirect(http.StatusSeeOther, paths.Client(e.Subject))
	}
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.MergeCandidates(views.MergeCandidatesPage{MergeCandidates: candidates, Query: c.QueryParam("q"), Problem: problem}))
}

// mergePage shows two clients side by side, with what a merge would do.
func (h *handlers) mergePage(c echo.Context, clientID string, form views.MergeForm, problem *models.Error) error {
	preview, err := h.store.PreviewMerge(ctx(c), actor(c), clientID, form.With)
	if e, ok := models.Shown(err); ok && e.Code == models.ClientMerged {
		h.flash(c, views.Info, e.Message)
		return c.Redirect(http.StatusSeeOther, paths.Client(e.Subject))
	}
	if e, ok := fixable(err); ok {
		return h.mergeCandidates(c, clientID, e)
	}
	if err != nil {
		return err
	}
	p := views.MergePage{MergePreview: preview, Form: form, Problem: problem}
	p.Form.Version, p.Form.OtherVersion = strconv.Itoa(preview.Kept.Version), strconv.Itoa(preview.Other.Version)
	return h.render(c, status(problem), views.Merge(p))
}

func (h *handlers) mergeClients(c echo.Context) error {
	clientID, err := id(c, "id")
	if err != nil {
		return err
	}
	var form views.MergeForm
	if err := bind(c, &form); err != nil {
		return err
	}
	form.Choices = map[string]models.MergeChoice{}
	for _, name := range models.MergeFields {
		form.Choices[name] = models.MergeChoice(c.FormValue(views.MergeField(name)))
	}
	client, err := h.store.MergeClients(ctx(c), actor(c), clientID, form.Merge())
	if problem, ok := fixable(err); ok {
		return h.mergePage(c, clientID, form, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Client(client.ID), "The two clients are one now: "+client.Company+".")
}

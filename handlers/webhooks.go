package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

// webhookRoutes is the map of webhooks: of an account under /settings, of the
// vendor under /admin.
func (h *handlers) webhookRoutes(g *echo.Group) {
	g.GET("/webhooks", h.webhooks)
	g.POST("/webhooks", h.createWebhook)
	g.GET("/webhooks/new", h.newWebhook)
	g.GET("/webhooks/events", h.webhookEvents)
	g.GET("/webhooks/:id", h.webhook)
	g.GET("/webhooks/:id/edit", h.editWebhook)
	g.POST("/webhooks/:id/edit", h.changeWebhook)
	g.GET("/webhooks/:id/secret", h.webhookSecret)
	g.POST("/webhooks/:id/rotation", h.rotateWebhookSecret)
	g.POST("/webhooks/:id/rotation-end", h.endWebhookSecret)
	g.POST("/webhooks/:id/tests", h.testWebhook)
	g.POST("/webhooks/:id/enabling", h.enableWebhook)
	g.POST("/webhooks/:id/disabling", h.disableWebhook)
	g.POST("/webhooks/:id/deletion", h.deleteWebhook)
	g.GET("/webhooks/:id/deliveries/:delivery", h.webhookDelivery)
	g.POST("/webhooks/:id/deliveries/:delivery/resending", h.resendWebhook)
}

// forAccounts keeps staff from what is an account's own.
func (h *handlers) forAccounts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if actor(c).IsStaff() {
			return models.Errorf(models.Forbidden, "You can't set up an account's webhooks. Only the account's own users can; staff never act as a customer.")
		}
		return next(c)
	}
}

func isVendors(c echo.Context) bool { return strings.HasPrefix(c.Path(), paths.Admin()+"/") }

func (h *handlers) webhooks(c echo.Context) error {
	all, err := h.store.Webhooks(ctx(c), actor(c))
	if err != nil {
		return err
	}
	if wantsCSV(c) {
		header := []string{"id", "description", "url", "events", "created_at", "disabled_at", "disabled_why", "failing_since", "succeeded_at", "delivered_24h", "given_up_24h", "waiting"}
		return writeCSV(c, "webhooks", header, func(write func(...string) error) error {
			for _, w := range all {
				if err := write(w.ID, w.Description, w.URL, strings.TrimSpace(w.Types), instant(w.CreatedAt), moment(w.DisabledAt), string(w.DisabledWhy), moment(w.FailingSince), moment(w.SucceededAt), strconv.Itoa(w.Delivered), strconv.Itoa(w.Failed), strconv.Itoa(w.Waiting)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return h.render(c, http.StatusOK, views.Webhooks(views.WebhooksPage{Vendor: isVendors(c), All: all}))
}

func (h *handlers) webhookEvents(c echo.Context) error {
	if _, err := h.store.Webhooks(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.WebhookEvents(isVendors(c)))
}

func (h *handlers) newWebhook(c echo.Context) error {
	if _, err := h.store.Webhooks(ctx(c), actor(c)); err != nil {
		return err
	}
	return h.webhookForm(c, views.WebhookFormPage{Form: views.NewWebhookForm(newRequestKey())})
}

func (h *handlers) webhookForm(c echo.Context, p views.WebhookFormPage) error {
	p.Vendor, p.AskPassword = isVendors(c), h.asksPassword(c, p.Problem)
	return h.render(c, status(p.Problem), views.WebhookEdit(p))
}

func (h *handlers) createWebhook(c echo.Context) error {
	var form views.WebhookForm
	if err := bind(c, &form); err != nil {
		return err
	}
	var w models.Webhook
	a, err := h.confirmed(c)
	if err == nil {
		w, err = h.store.CreateWebhook(ctx(c), a, form.Entry())
	}
	if problem, ok := fixable(err); ok {
		renewUsed(problem, &form.RequestKey)
		return h.webhookForm(c, views.WebhookFormPage{Form: form, Problem: problem})
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.With(paths.WebhookSecret(isVendors(c), w.ID), "new", "1"), "")
}

// foundWebhook is the webhook of the route.
func (h *handlers) foundWebhook(c echo.Context) (models.Webhook, error) {
	webhookID, err := id(c, "id")
	if err != nil {
		return models.Webhook{}, err
	}
	return h.store.Webhook(ctx(c), actor(c), webhookID)
}

func (h *handlers) editWebhook(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	return h.webhookForm(c, views.WebhookFormPage{Webhook: w, Form: views.WebhookFormOf(w.Entry())})
}

func (h *handlers) changeWebhook(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	var form views.WebhookForm
	if err := bind(c, &form); err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.ChangeWebhook(ctx(c), a, w.ID, form.Entry())
	}
	if problem, ok := fixable(err); ok {
		p := views.WebhookFormPage{Webhook: w, Form: form, Problem: problem}
		if problem.Kind == models.Conflict {
			if p.Webhook, err = h.store.Webhook(ctx(c), a, w.ID); err != nil {
				return err
			}
			p.Theirs, p.Form.Version = form.Against(p.Webhook), p.Webhook.Version
		}
		return h.webhookForm(c, p)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.Webhook(isVendors(c), w.ID), "The webhook is saved.")
}

func (h *handlers) webhook(c echo.Context) error {
	webhookID, err := id(c, "id")
	if err != nil {
		return err
	}
	if wantsCSV(c) {
		return h.exportDeliveries(c, deliveryFilter(c, webhookID))
	}
	return h.webhookPage(c, webhookID, nil)
}

func deliveryFilter(c echo.Context, webhookID string) models.DeliveryFilter {
	return models.DeliveryFilter{WebhookID: webhookID, Query: c.QueryParam("q"), State: models.DeliveryState(c.QueryParam("state")), Type: c.QueryParam("type")}
}

func (h *handlers) webhookPage(c echo.Context, webhookID string, problem *models.Error) error {
	p := views.WebhookPage{Vendor: isVendors(c), RequestKey: newRequestKey(), Problem: problem}
	var err error
	if p.Webhook, err = h.store.Webhook(ctx(c), actor(c), webhookID); err != nil {
		return err
	}
	if p.Log, err = h.store.WebhookDeliveries(ctx(c), actor(c), deliveryFilter(c, webhookID), paging(c)); err != nil {
		return err
	}
	if p.Types, err = h.store.DeliveredTypes(ctx(c), actor(c), webhookID); err != nil {
		return err
	}
	p.Nav = listNav(c, p.Log, "q", "type", "state")
	p.Nav.Path = paths.Webhook(p.Vendor, webhookID)
	return h.render(c, status(problem), views.Webhook(p))
}

func (h *handlers) exportDeliveries(c echo.Context, f models.DeliveryFilter) error {
	header := []string{"webhook_id", "type", "subject", "account", "state", "attempts", "result", "happened_at", "attempted_at", "next_at", "delivered_at", "given_up_at"}
	return exportList(c, "webhook-deliveries", header, f, h.store.EachWebhookDelivery, func(d models.DeliveryRow) []string {
		return []string{d.MessageID(), d.Type, d.SubjectName, d.AccountName, string(d.State()), strconv.Itoa(d.Attempts), d.Result, instant(d.CreatedAt), moment(d.AttemptedAt), moment(d.NextAt), moment(d.SucceededAt), moment(d.GivenUpAt)}
	})
}

// webhookSecret shows the secret to whoever has given the password lately, and
// asks the others for it.
func (h *handlers) webhookSecret(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	if h.asksPassword(c, nil) {
		return c.Redirect(http.StatusSeeOther, paths.With(paths.Reauthentication(), "next", paths.WebhookSecret(isVendors(c), w.ID)))
	}
	return h.secretPage(c, w.ID, nil)
}

func (h *handlers) secretPage(c echo.Context, webhookID string, problem *models.Error) error {
	p := views.WebhookSecretPage{Vendor: isVendors(c), IsNew: c.QueryParam("new") != "", Problem: problem}
	var err error
	if p.Secret, err = h.store.WebhookSecret(ctx(c), actor(c), webhookID); err != nil {
		return err
	}
	return h.render(c, status(problem), views.WebhookSecret(p))
}

func (h *handlers) rotateWebhookSecret(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	a, err := h.confirmed(c)
	if err == nil {
		_, err = h.store.RotateWebhookSecret(ctx(c), a, w.ID)
	}
	if problem, ok := fixable(err); ok {
		if h.asksPassword(c, problem) {
			return c.Redirect(http.StatusSeeOther, paths.With(paths.Reauthentication(), "next", paths.WebhookSecret(isVendors(c), w.ID)))
		}
		return h.secretPage(c, w.ID, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.WebhookSecret(isVendors(c), w.ID), "Here is the new secret. For 24 hours the one before signs too.")
}

func (h *handlers) endWebhookSecret(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	if _, err := h.store.EndWebhookSecret(ctx(c), actor(c), w.ID); err != nil {
		return err
	}
	return h.see(c, paths.Webhook(isVendors(c), w.ID), "Only the new secret signs from now on.")
}

func (h *handlers) testWebhook(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	d, err := h.store.SendWebhookTest(ctx(c), actor(c), w.ID, c.FormValue("request_key"))
	if problem, ok := fixable(err); ok {
		return h.webhookPage(c, w.ID, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.WebhookDelivery(isVendors(c), w.ID, d.ID), "")
}

func (h *handlers) enableWebhook(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	if _, err := h.store.EnableWebhook(ctx(c), actor(c), w.ID); err != nil {
		return err
	}
	return h.see(c, paths.Webhook(isVendors(c), w.ID), "The webhook is on. It gets the events from now on.")
}

func (h *handlers) disableWebhook(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	if _, err := h.store.DisableWebhook(ctx(c), actor(c), w.ID); err != nil {
		return err
	}
	return h.see(c, paths.Webhook(isVendors(c), w.ID), "The webhook is off.")
}

func (h *handlers) deleteWebhook(c echo.Context) error {
	w, err := h.foundWebhook(c)
	if err != nil {
		return err
	}
	if err := h.store.DeleteWebhook(ctx(c), actor(c), w.ID); err != nil {
		return err
	}
	return h.see(c, paths.Webhooks(isVendors(c)), "The webhook is deleted.")
}

// deliveryIDs are the webhook and the delivery of the route, for whoever may see the webhook.
func (h *handlers) deliveryIDs(c echo.Context) (webhookID, deliveryID string, err error) {
	w, err := h.foundWebhook(c)
	if err != nil {
		return "", "", err
	}
	deliveryID, err = id(c, "delivery")
	return w.ID, deliveryID, err
}

func (h *handlers) webhookDelivery(c echo.Context) error {
	webhookID, deliveryID, err := h.deliveryIDs(c)
	if err != nil {
		return err
	}
	return h.deliveryPage(c, webhookID, deliveryID, nil)
}

func (h *handlers) deliveryPage(c echo.Context, webhookID, deliveryID string, problem *models.Error) error {
	v, err := h.store.WebhookDelivery(ctx(c), actor(c), webhookID, deliveryID)
	if err != nil {
		return err
	}
	return h.render(c, status(problem), views.WebhookDelivery(views.DeliveryPage{Vendor: isVendors(c), View: v, Problem: problem}))
}

func (h *handlers) resendWebhook(c echo.Context) error {
	webhookID, deliveryID, err := h.deliveryIDs(c)
	if err != nil {
		return err
	}
	_, err = h.store.ResendWebhook(ctx(c), actor(c), webhookID, deliveryID)
	if problem, ok := fixable(err); ok {
		return h.deliveryPage(c, webhookID, deliveryID, problem)
	}
	if err != nil {
		return err
	}
	return h.see(c, paths.WebhookDelivery(isVendors(c), webhookID, deliveryID), "It is sent again now.")
}

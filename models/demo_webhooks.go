package models

import (
	"fmt"
	"time"
)

// webhooks gives an account a webhook that works, with a log of the last days, and
// one whose receiver is gone.
func (d demo) webhooks(account Account, owner Actor) error {
	since := d.days(25)
	works := Webhook{
		ID: d.id("webhook", account.ID, "billing"), AccountID: account.ID, URL: "https://hooks." + demoDomain(owner) + "/billing", Description: "Billing system",
		Types: " license.created license.renewed invoice.issued invoice.paid order.activated ", Generation: 1, CreatedAt: since, CreatedBy: owner.UserID, Version: 1,
	}
	gone := Webhook{
		ID: d.id("webhook", account.ID, "crm"), AccountID: account.ID, URL: "https://crm." + demoDomain(owner) + "/in", Description: "Old CRM",
		Generation: 1, CreatedAt: d.days(60), CreatedBy: owner.UserID, Version: 2,
	}
	ended := d.days(20)
	gone.DisabledAt, gone.DisabledWhy, gone.FailingSince, gone.FailedAt = &ended, WebhookGone, &ended, &ended
	for _, w := range []*Webhook{&works, &gone} {
		if err := rowsOf[Webhook](d.DB).Create(d.ctx, w); err != nil {
			return err
		}
		if err := d.event(w.CreatedAt, owner, "webhook.created", w.subject(), map[string]any{"url": w.URL, "description": w.Description}); err != nil {
			return err
		}
	}
	if err := d.event(ended, System, "webhook.disabled", gone.subject(), map[string]any{"why": string(WebhookGone)}); err != nil {
		return err
	}
	if err := d.deliveries(&works, since); err != nil {
		return err
	}
	_, err := rowsOf[Webhook](d.DB).Where("id = ?", works.ID).Update(d.ctx, "succeeded_at", works.SucceededAt)
	return err
}

// webhooksOfAll gives the accounts that do business theirs, and the vendor one.
func (d demo) webhooksOfAll() error {
	for _, a := range demoAccounts {
		if a.clients == 0 || a.suspended {
			continue
		}
		owner := Actor{UserID: d.id("user", a.team[0].email), Name: a.team[0].name, Email: a.team[0].email, AccountID: d.id("account", a.name), Role: Owner}
		if err := d.webhooks(Account{ID: owner.AccountID}, owner); err != nil {
			return fmt.Errorf("demo webhooks of %s: %w", a.name, err)
		}
	}
	boss := demoStaff[0]
	w := Webhook{
		ID: d.id("webhook", "vendor"), URL: "https://events.electroneek.example/reselling", Description: "Data warehouse", Types: " invoice.paid order.activated ",
		Generation: 1, CreatedAt: d.days(20), CreatedBy: d.id("user", boss.email), Version: 1,
	}
	if err := rowsOf[Webhook](d.DB).Create(d.ctx, &w); err != nil {
		return err
	}
	if err := d.deliveries(&w, w.CreatedAt); err != nil {
		return err
	}
	_, err := rowsOf[Webhook](d.DB).Where("id = ?", w.ID).Update(d.ctx, "succeeded_at", w.SucceededAt)
	return err
}

// deliveries are of the account's events since the webhook exists: most were taken
// at once, some at the second attempt, and one not at all.
func (d demo) deliveries(w *Webhook, since time.Time) error {
	events, err := rowsOf[Event](d.DB).Where("(account_id = ? OR ? = '') AND at > ?", w.AccountID, w.AccountID, since).Order("at, id").Find(d.ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, e := range events {
		if !w.wants(e.Action) {
			continue
		}
		n++
		answers := []WebhookAttempt{{Status: 204}}
		switch {
		case n%7 == 3:
			answers = []WebhookAttempt{{Status: 503, Problem: "The receiver answered 503 Service Unavailable, which is no success: it must answer 200 to 299.", Answer: "Maintenance until 04:00"}, {Status: 204}}
		case n == 5:
			answers = answers[:0]
			for range len(WebhookWaits) + 1 {
				answers = append(answers, WebhookAttempt{Status: 422, Problem: "The receiver answered 422 Unprocessable Entity, which is no success: it must answer 200 to 299.", Answer: `{"error":"unknown customer"}`})
			}
		}
		if err := d.delivered(w, e, answers); err != nil {
			return err
		}
	}
	return nil
}

func (d demo) delivered(w *Webhook, e Event, answers []WebhookAttempt) error {
	row := WebhookDelivery{ID: d.id("delivery", w.ID, e.ID), WebhookID: w.ID, EventID: &e.ID, Type: e.Action, CreatedAt: e.At}
	at := e.At.Add(640 * time.Millisecond)
	for i := range answers {
		if i > 0 {
			at = at.Add(WebhookWaits[i-1])
		}
		if at.After(d.now) {
			answers = answers[:i]
			row.NextAt = &at
			break
		}
		answers[i].ID, answers[i].DeliveryID, answers[i].Number, answers[i].At = d.id("attempt", row.ID, i), row.ID, i+1, at
		answers[i].URL, answers[i].Micros = w.URL, 80_000+int64(d.random.IntN(200_000))
		last := at
		row.Attempts, row.Step, row.AttemptedAt, row.Result = i+1, i, &last, answers[i].result()
		switch {
		case answers[i].Succeeded():
			row.SucceededAt, w.SucceededAt = &last, &last
		case i == len(WebhookWaits):
			row.GivenUpAt = &last
		}
	}
	if row.NextAt == nil && row.SucceededAt == nil && row.GivenUpAt == nil {
		row.GivenUpAt = &d.now
	}
	if err := rowsOf[WebhookDelivery](d.DB).Create(d.ctx, &row); err != nil {
		return err
	}
	for i := range answers {
		if err := rowsOf[WebhookAttempt](d.DB).Create(d.ctx, &answers[i]); err != nil {
			return err
		}
	}
	return nil
}

func demoDomain(a Actor) string {
	for i, r := range a.Email {
		if r == '@' {
			return a.Email[i+1:]
		}
	}
	return "demo.example"
}

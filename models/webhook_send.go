package models

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"
)

// WebhookQueue is the queue of what sends webhooks, so that mails never wait for them.
const WebhookQueue = "webhooks"

// DeliverWebhook sends what waits for a webhook. One such job at a time works
// on a webhook, however many are queued.
type DeliverWebhook struct {
	WebhookID string `json:"webhook_id"`
}

// Kind names the job in the queue.
func (DeliverWebhook) Kind() string { return "webhook_delivery" }

// SweepWebhooks queues the jobs of webhooks for which something waits that no job
// knows of, and removes old deliveries. Nothing depends on it having run.
type SweepWebhooks struct{}

// Kind names the job in the queue.
func (SweepWebhooks) Kind() string { return "webhooks" }

// WebhookWaits are the pauses after the first attempt, the second and so on; after
// the attempt that follows the last pause a delivery is given up.
var WebhookWaits = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 18 * time.Hour, 22 * time.Hour,
}

const (
	webhookLogDays = 30
	webhookEarly   = 2 * time.Second // by which the clocks of two machines may differ
	maxAnswer      = 1 << 10         // bytes of an answer that are kept
	statusGone     = 410
)

// fanOut puts an event on its way to the webhooks that want it. While there are
// none it costs one look at an index for a use case.
func (tx *tx) fanOut(ctx context.Context, e Event) error {
	t, known := webhookType(e.Action)
	if !known {
		return nil
	}
	all, err := tx.listeners(ctx, e.AccountID)
	if err != nil {
		return err
	}
	for _, w := range all {
		if !w.wants(e.Action) || t.ForVendor && !w.IsVendors() {
			continue
		}
		if err := tx.deliver(ctx, WebhookDelivery{WebhookID: w.ID, EventID: &e.ID, Type: e.Action}); err != nil {
			return err
		}
	}
	return nil
}

// listeners are the webhooks that get the events of an account, looked up once
// for a use case.
func (tx *tx) listeners(ctx context.Context, accountID string) ([]Webhook, error) {
	if all, ok := tx.webhooks[accountID]; ok {
		return all, nil
	}
	all, err := rowsOf[Webhook](tx.DB).Raw("SELECT id, account_id, types FROM webhooks WHERE account_id IN (?, '') AND deleted_at IS NULL AND disabled_at IS NULL ORDER BY created_at, id", accountID).Find(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the webhooks: %w", err)
	}
	if tx.webhooks == nil {
		tx.webhooks = map[string][]Webhook{}
	}
	tx.webhooks[accountID] = all
	return all, nil
}

// deliver keeps a delivery that is tried at once, and queues its job.
func (tx *tx) deliver(ctx context.Context, d WebhookDelivery) error {
	if d.ID == "" {
		d.ID = newID()
	}
	d.CreatedAt, d.NextAt = tx.now, &tx.now
	if err := rowsOf[WebhookDelivery](tx.DB).Create(ctx, &d); err != nil {
		return fmt.Errorf("create delivery: %w", err)
	}
	return tx.enqueueWebhook(ctx, d.WebhookID, time.Time{})
}

// enqueueWebhook queues the job of a webhook, for now if at is zero.
func (tx *tx) enqueueWebhook(ctx context.Context, id string, at time.Time) error {
	return tx.enqueueFor(ctx, DeliverWebhook{WebhookID: id}, &river.InsertOpts{Queue: WebhookQueue, MaxAttempts: jobTries, ScheduledAt: at})
}

// WebhookMessage is a delivery as it is sent.
type WebhookMessage struct {
	DeliveryID string
	MessageID  string // the same each time it is sent
	URL        string
	Body       []byte
	secrets    [][]byte
}

// Signature signs m as sent at an instant: a signature for each secret that is in
// force, by Standard Webhooks.
func (m WebhookMessage) Signature(at time.Time) string {
	all := make([]string, len(m.secrets))
	for i, secret := range m.secrets {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s.%s.%s", m.MessageID, WebhookTimestamp(at), m.Body)
		all[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(all, " ")
}

// Headers are those of m as sent at an instant.
func (m WebhookMessage) Headers(at time.Time) map[string]string {
	return map[string]string{
		"Content-Type": "application/json", "Webhook-Id": m.MessageID, "Webhook-Timestamp": WebhookTimestamp(at), "Webhook-Signature": m.Signature(at),
	}
}

// WebhookTimestamp is an instant as Standard Webhooks writes it.
func WebhookTimestamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// LeaseWebhook lets one job at a time send to a webhook, until it releases it or
// some time has passed, and reports whether the job has something to do. It is for jobs.
func (s *Store) LeaseWebhook(ctx context.Context, actor Actor, id string, job int64, lasts time.Duration) (bool, error) {
	if err := actor.requireSystem(); err != nil {
		return false, err
	}
	due, err := dueDeliveries(s.reader, id, s.Now()).Select("id").Limit(1).Find(ctx)
	if err != nil || len(due) == 0 {
		return false, err
	}
	taken := 0
	err = s.write(ctx, func(tx *tx) error {
		until := tx.now.Add(lasts)
		taken, err = rowsOf[Webhook](tx.DB).Where("id = ? AND disabled_at IS NULL AND deleted_at IS NULL AND (lease_until IS NULL OR lease_until <= ? OR lease_job = ?)", id, tx.now, job).
			Select("lease_job", "lease_until").Updates(ctx, Webhook{LeaseJob: job, LeaseUntil: &until})
		return err
	})
	return taken > 0, err
}

// ReleaseWebhook ends the lease of a job. Whoever releases looks again whether
// something is due: a job that found the lease taken has gone. It is for jobs.
func (s *Store) ReleaseWebhook(ctx context.Context, actor Actor, id string, job int64) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[Webhook](tx.DB).Where("id = ? AND lease_job = ?", id, job).Select("lease_until").Updates(ctx, Webhook{})
		return err
	})
}

func dueDeliveries(db *gorm.DB, webhookID string, now time.Time) rows[WebhookDelivery] {
	return rowsOf[WebhookDelivery](db).Where("webhook_id = ? AND next_at IS NOT NULL AND next_at <= ?", webhookID, now.Add(webhookEarly))
}

// DueWebhookMessages returns what is to be sent to a webhook now, the longest due
// first; nothing for one that is off. It is for jobs.
func (s *Store) DueWebhookMessages(ctx context.Context, actor Actor, id string, most int) ([]WebhookMessage, error) {
	if err := actor.requireSystem(); err != nil {
		return nil, err
	}
	w, err := rowsOf[Webhook](s.reader).Where("id = ? AND disabled_at IS NULL AND deleted_at IS NULL", id).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := s.Now()
	due, err := dueDeliveries(s.reader, id, now).Order("next_at, id").Limit(most).Find(ctx)
	if err != nil {
		return nil, err
	}
	secrets := [][]byte{s.webhookSecret(w.ID, w.Generation)}
	if w.SignsTwice(now) {
		secrets = append(secrets, s.webhookSecret(w.ID, w.Generation-1))
	}
	messages := make([]WebhookMessage, len(due))
	for i, d := range due {
		body, err := s.webhookBody(ctx, w, d)
		if err != nil {
			return nil, err
		}
		messages[i] = WebhookMessage{DeliveryID: d.ID, MessageID: d.MessageID(), URL: w.URL, Body: body, secrets: secrets}
	}
	return messages, nil
}

// NoteWebhookAttempt keeps what became of an attempt, and with it what happens
// next: nothing more after a success, another attempt after WebhookWaits, the end
// of the webhook after a 410 or days of failures. It is for jobs.
func (s *Store) NoteWebhookAttempt(ctx context.Context, actor Actor, deliveryID string, a WebhookAttempt) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		d, err := rowsOf[WebhookDelivery](tx.DB).Where("id = ?", deliveryID).Take(ctx)
		if err != nil {
			return orNotFound(err, "Delivery")
		}
		w, err := rowsOf[Webhook](tx.DB, webhookLock).Where("id = ?", d.WebhookID).Take(ctx)
		if err != nil {
			return err
		}
		// Only now that the webhook is locked does the delivery stand still.
		if d, err = rowsOf[WebhookDelivery](tx.DB).Where("id = ?", deliveryID).Take(ctx); err != nil {
			return err
		}
		d.Attempts++
		d.AttemptedAt = &tx.now
		a.ID, a.DeliveryID, a.Number = newID(), d.ID, d.Attempts
		a.Answer, a.Problem = storable(a.Answer, maxAnswer), failureText(a.Problem)
		if a.Succeeded() {
			a.Problem = ""
		}
		if err := rowsOf[WebhookAttempt](tx.DB).Create(ctx, &a); err != nil {
			return fmt.Errorf("create attempt: %w", err)
		}
		d.Result = a.result()
		if a.Succeeded() {
			return tx.webhookSucceeded(ctx, w, d)
		}
		return tx.webhookFailed(ctx, w, d, a)
	})
}

func (tx *tx) webhookSucceeded(ctx context.Context, w Webhook, d WebhookDelivery) error {
	d.SucceededAt, d.NextAt, d.GivenUpAt = &tx.now, nil, nil
	if err := tx.updateDelivery(ctx, d); err != nil {
		return err
	}
	w.SucceededAt, w.FailingSince, w.FailedAt = &tx.now, nil, nil
	return tx.noteHealth(ctx, w)
}

func (tx *tx) webhookFailed(ctx context.Context, w Webhook, d WebhookDelivery, a WebhookAttempt) error {
	isWaiting := d.NextAt != nil // it was not settled while this attempt ran
	switch {
	case !isWaiting:
	case d.IsTest() || d.Step >= len(WebhookWaits) || a.Status == statusGone:
		d.NextAt, d.GivenUpAt = nil, &tx.now
	default:
		next := tx.now.Add(WebhookWaits[d.Step])
		d.NextAt, d.Step = &next, d.Step+1
	}
	if err := tx.updateDelivery(ctx, d); err != nil {
		return err
	}
	if a.Status == statusGone && w.IsOn() {
		if err := tx.noteFailure(ctx, &w); err != nil {
			return err
		}
		return tx.disableWebhook(ctx, System, &w, WebhookGone)
	}
	if d.IsTest() {
		return nil
	}
	if err := tx.noteFailure(ctx, &w); err != nil {
		return err
	}
	if w.IsOn() && tx.now.Sub(*w.FailingSince) >= maxFailing {
		return tx.disableWebhook(ctx, System, &w, WebhookFailing)
	}
	if d.NextAt == nil {
		return nil
	}
	return tx.enqueueWebhook(ctx, w.ID, *d.NextAt)
}

// noteFailure counts since when nothing was taken. A webhook that was not tried
// for long begins anew: one failure a month is no failure for a month.
func (tx *tx) noteFailure(ctx context.Context, w *Webhook) error {
	if w.FailingSince == nil || w.FailedAt == nil || tx.now.Sub(*w.FailedAt) > failingPause {
		w.FailingSince = &tx.now
	}
	w.FailedAt = &tx.now
	return tx.noteHealth(ctx, *w)
}

// noteHealth is no change by a person, and leaves the version alone.
func (tx *tx) noteHealth(ctx context.Context, w Webhook) error {
	_, err := rowsOf[Webhook](tx.DB).Where("id = ?", w.ID).Select("succeeded_at", "failing_since", "failed_at").Updates(ctx, w)
	return err
}

func (tx *tx) updateDelivery(ctx context.Context, d WebhookDelivery) error {
	_, err := rowsOf[WebhookDelivery](tx.DB).Where("id = ?", d.ID).
		Select("attempts", "step", "next_at", "attempted_at", "succeeded_at", "given_up_at", "result").Updates(ctx, d)
	return err
}

// storable is what of an answer's first bytes can be kept and read as text.
func storable(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	s = strings.ToValidUTF8(s, "\ufffd")
	return strings.ReplaceAll(s, "\x00", "\ufffd")
}

// SweepWebhooks queues jobs for what is due, in case that no job knows of it, and
// removes the deliveries that ended webhookLogDays ago. It is for jobs.
func (s *Store) SweepWebhooks(ctx context.Context, actor Actor) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	var due []string
	err := s.reader.WithContext(ctx).Raw(`SELECT w.id FROM webhooks w WHERE w.disabled_at IS NULL AND w.deleted_at IS NULL
		AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.next_at IS NOT NULL AND d.next_at <= ?)`, s.Now()).Scan(&due).Error
	if err != nil {
		return err
	}
	for _, id := range due {
		if err := s.write(ctx, func(tx *tx) error { return tx.enqueueWebhook(ctx, id, time.Time{}) }); err != nil {
			return err
		}
	}
	for {
		removed := 0
		err := s.write(ctx, func(tx *tx) error { // few at a time: others want to write too
			var err error
			removed, err = rowsOf[WebhookDelivery](tx.DB).Where(`id IN (SELECT id FROM webhook_deliveries WHERE next_at IS NULL AND created_at < ? ORDER BY created_at LIMIT 500)`,
				tx.now.AddDate(0, 0, -webhookLogDays)).Delete(ctx)
			return err
		})
		if err != nil || removed == 0 {
			return err
		}
	}
}

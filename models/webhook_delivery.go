package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// WebhookDelivery is one event on its way to one webhook, or a test.
type WebhookDelivery struct {
	ID          string
	WebhookID   string
	EventID     *string // nil for a test
	Type        string
	CreatedAt   time.Time
	Attempts    int
	Step        int        // how many of WebhookWaits are behind it
	NextAt      *time.Time // when it is tried next; nil: not any more
	AttemptedAt *time.Time // the last time
	SucceededAt *time.Time
	GivenUpAt   *time.Time
	Result      string // of the last attempt, in words
}

// WebhookAttempt is one request and what came of it. It never changes.
type WebhookAttempt struct {
	ID         string
	DeliveryID string
	Number     int
	At         time.Time
	URL        string `gorm:"column:url"`
	Micros     int64  // how long it took
	Status     int    // of the answer; 0: there was none
	Answer     string // how its body begins
	Problem    string // why it did not succeed, in words
}

// DeliveryState is what has become of a delivery.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting  DeliveryState = "waiting"  // for its first attempt
	DeliveryRetrying DeliveryState = "retrying" // after a failure
	DeliverySent     DeliveryState = "delivered"
	DeliveryFailed   DeliveryState = "failed" // given up
)

// DeliveryStates are all states, in the order of a menu.
var DeliveryStates = []DeliveryState{DeliverySent, DeliveryWaiting, DeliveryRetrying, DeliveryFailed}

// State is what has become of d.
func (d WebhookDelivery) State() DeliveryState {
	switch {
	case d.SucceededAt != nil:
		return DeliverySent
	case d.GivenUpAt != nil:
		return DeliveryFailed
	case d.Attempts > 0 && d.Result != "":
		return DeliveryRetrying
	}
	return DeliveryWaiting
}

// IsTest reports whether d tells of no event.
func (d WebhookDelivery) IsTest() bool { return d.EventID == nil }

// MessageID is the webhook-id with which d is sent, each time the same.
func (d WebhookDelivery) MessageID() string {
	if d.EventID != nil {
		return *d.EventID
	}
	return d.ID
}

// CanResend reports whether d can be sent again at once.
func (d WebhookDelivery) CanResend() bool { return !d.IsTest() && d.State() != DeliveryWaiting }

// Succeeded reports whether the receiver has taken it.
func (a WebhookAttempt) Succeeded() bool { return a.Status >= 200 && a.Status < 300 }

// Took is how long the attempt took.
func (a WebhookAttempt) Took() time.Duration { return time.Duration(a.Micros) * time.Microsecond }

func (a WebhookAttempt) result() string {
	if a.Succeeded() {
		return fmt.Sprintf("Answered %d.", a.Status)
	}
	return a.Problem
}

// DeliveryFilter narrows the log of a webhook.
type DeliveryFilter struct {
	WebhookID string
	Query     string // a part of the type, or an id
	State     DeliveryState
	Type      string
}

// DeliveryRow is a delivery in the log.
type DeliveryRow struct {
	WebhookDelivery `gorm:"embedded"`
	SubjectName     string // what the event is about
	AccountName     string // empty for what concerns the vendor alone
}

func (f DeliveryFilter) listing() listing {
	l := listing{
		selects: `SELECT d.*, COALESCE(e.subject_name, '') AS subject_name, COALESCE(a.name, '') AS account_name FROM webhook_deliveries d
			LEFT JOIN events e ON e.id = d.event_id LEFT JOIN accounts a ON a.id = e.account_id`,
		order: order{column: "d.created_at", id: "d.id", desc: true, isTime: true},
	}
	l.and("d.webhook_id = ?", f.WebhookID)
	if f.Query != "" {
		l.and(`(d.type LIKE ? ESCAPE '\' OR COALESCE(e.search, '') LIKE ? ESCAPE '\' OR d.event_id = ? OR d.id = ?)`, like(f.Query), like(f.Query), clean(f.Query), clean(f.Query))
	}
	if f.Type != "" {
		l.and("d.type = ?", clean(f.Type))
	}
	switch f.State {
	case DeliverySent:
		l.and("d.succeeded_at IS NOT NULL")
	case DeliveryFailed:
		l.and("d.given_up_at IS NOT NULL AND d.succeeded_at IS NULL")
	case DeliveryWaiting:
		l.and("d.next_at IS NOT NULL AND (d.attempts = 0 OR d.result = '')")
	case DeliveryRetrying:
		l.and("d.next_at IS NOT NULL AND d.attempts > 0 AND d.result <> ''")
	}
	return l
}

func deliveryKey(r DeliveryRow) (any, string) { return r.CreatedAt, r.ID }

// WebhookDeliveries returns a page of what was sent to a webhook, the newest first.
func (s *Store) WebhookDeliveries(ctx context.Context, actor Actor, f DeliveryFilter, p Paging) (Page[DeliveryRow], error) {
	if _, err := s.Webhook(ctx, actor, f.WebhookID); err != nil {
		return Page[DeliveryRow]{}, err
	}
	return list(ctx, s.reader, f.listing(), p, deliveryKey)
}

// EachWebhookDelivery runs fn for everything that WebhookDeliveries lists.
func (s *Store) EachWebhookDelivery(ctx context.Context, actor Actor, f DeliveryFilter, fn func(DeliveryRow) error) error {
	if _, err := s.Webhook(ctx, actor, f.WebhookID); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(), deliveryKey, fn)
}

// DeliveryView is a delivery with all that is known of it.
type DeliveryView struct {
	DeliveryRow
	Webhook   Webhook
	Event     *Event // nil for a test
	Body      string // as it is sent
	Tries     []WebhookAttempt
	TwoSigned bool // two secrets sign now
}

// WebhookDelivery returns a delivery to a webhook, with its attempts, the last one first.
func (s *Store) WebhookDelivery(ctx context.Context, actor Actor, webhookID, id string) (v DeliveryView, err error) {
	if v.Webhook, err = s.Webhook(ctx, actor, webhookID); err != nil {
		return v, err
	}
	l := DeliveryFilter{WebhookID: webhookID}.listing()
	v.DeliveryRow, err = rowsOf[DeliveryRow](s.reader).Raw(l.selects+" WHERE d.webhook_id = ? AND d.id = ?", webhookID, id).Take(ctx)
	if err != nil {
		return v, orNotFound(err, "Delivery")
	}
	if v.EventID != nil {
		e, err := rowsOf[Event](s.reader).Where("id = ?", *v.EventID).Take(ctx)
		if err != nil {
			return v, err
		}
		v.Event = &e
	}
	body, err := s.webhookBody(ctx, v.Webhook, v.WebhookDelivery)
	if err != nil {
		return v, err
	}
	v.Body, v.TwoSigned = string(body), v.Webhook.SignsTwice(s.Now())
	v.Tries, err = rowsOf[WebhookAttempt](s.reader).Where("delivery_id = ?", id).Order("number DESC").Limit(100).Find(ctx)
	return v, err
}

// ResendWebhook sends a delivery again, at once and then by the schedule, with the
// same webhook-id. Conflict while the webhook is off or it waits anyway.
func (s *Store) ResendWebhook(ctx context.Context, actor Actor, webhookID, id string) (d WebhookDelivery, err error) {
	if err := actor.requireWebhooks(); err != nil {
		return d, err
	}
	_, err = s.changeWebhook(ctx, actor, webhookID, func(tx *tx, w *Webhook) error {
		if d, err = tx.delivery(ctx, w.ID, id); err != nil {
			return err
		}
		switch {
		case d.IsTest():
			return Errorf(Conflict, "A test is not sent again. Send another one.")
		case d.State() == DeliveryWaiting:
			return nil // sent twice
		}
		if err := tx.mayButton(ctx, *w); err != nil {
			return err
		}
		before := d.State()
		d.Step, d.NextAt, d.SucceededAt, d.GivenUpAt, d.Result = 0, &tx.now, nil, nil, ""
		if err := tx.updateDelivery(ctx, d); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "webhook.resent", w.subject(), map[string]any{"state": string(before)}, map[string]any{"event": d.Type, "id": d.MessageID()}); err != nil {
			return err
		}
		return tx.enqueueWebhook(ctx, w.ID, time.Time{})
	})
	return d, err
}

func (tx *tx) delivery(ctx context.Context, webhookID, id string) (WebhookDelivery, error) {
	d, err := rowsOf[WebhookDelivery](tx.DB).Where("webhook_id = ? AND id = ?", webhookID, id).Take(ctx)
	return d, orNotFound(err, "Delivery")
}

// SendWebhookTest sends an event that tells of nothing, once. Conflict while the
// webhook is off.
func (s *Store) SendWebhookTest(ctx context.Context, actor Actor, webhookID, requestKey string) (d WebhookDelivery, err error) {
	if err := actor.requireWebhooks(); err != nil {
		return d, err
	}
	_, err = s.changeWebhook(ctx, actor, webhookID, func(tx *tx, w *Webhook) error {
		d = WebhookDelivery{ID: newID(), WebhookID: w.ID, Type: WebhookTest}
		earlier, err := tx.claim(ctx, actor, "webhook test", requestKey, d.ID, nil)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			d, err = tx.delivery(ctx, w.ID, earlier.id)
			return err
		}
		if err := tx.mayButton(ctx, *w); err != nil {
			return err
		}
		if err := tx.deliver(ctx, d); err != nil {
			return err
		}
		return tx.record(ctx, actor, "webhook.tested", w.subject(), nil, nil)
	})
	return d, err
}

// mayButton refuses what a button sends to a webhook that is off, or too often.
func (tx *tx) mayButton(ctx context.Context, w Webhook) error {
	if !w.IsOn() {
		return Errorf(Conflict, "This webhook is off. Switch it on first.")
	}
	_, err := tx.attempt(ctx, "This is the hundredth one within an hour. Wait a while.", limit{key: "webhook " + w.ID, max: 100, window: time.Hour})
	return err
}

// DeliveredTypes are the types of events that the log of a webhook holds.
func (s *Store) DeliveredTypes(ctx context.Context, actor Actor, webhookID string) ([]string, error) {
	if _, err := s.Webhook(ctx, actor, webhookID); err != nil {
		return nil, err
	}
	return deliveredTypes(ctx, s.reader, webhookID)
}

func deliveredTypes(ctx context.Context, db *gorm.DB, webhookID string) (types []string, err error) {
	err = db.WithContext(ctx).Raw("SELECT DISTINCT type FROM (SELECT type FROM webhook_deliveries WHERE webhook_id = ? ORDER BY created_at DESC, id DESC LIMIT 2000) t ORDER BY type", webhookID).Scan(&types).Error
	return types, err
}

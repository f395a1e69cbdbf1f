package models

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Webhook is an address to which an account's events are sent, or everybody's if
// it is the vendor's.
type Webhook struct {
	ID            string
	AccountID     string // empty: the vendor's
	URL           string `gorm:"column:url"`
	Description   string
	Types         string // the chosen types of events between blanks; empty: all
	Generation    int    // of its secret
	PreviousUntil *time.Time
	CreatedAt     time.Time
	CreatedBy     string
	DisabledAt    *time.Time
	DisabledWhy   WebhookEnd
	SucceededAt   *time.Time // the last time
	FailingSince  *time.Time // the first failure after that
	FailedAt      *time.Time // the last failure after that
	LeaseJob      int64
	LeaseUntil    *time.Time
	DeletedAt     *time.Time
	Version       int
}

// WebhookEnd is why a webhook is off.
type WebhookEnd string

// The reasons.
const (
	WebhookSwitchedOff WebhookEnd = "person"  // somebody did
	WebhookGone        WebhookEnd = "gone"    // the receiver answered 410
	WebhookFailing     WebhookEnd = "failing" // nothing was taken for maxFailing
)

// The bounds of webhooks.
const (
	MaxWebhooks    = 10                 // of an account, and of the vendor
	WebhookOverlap = 24 * time.Hour     // how long the previous secret signs too
	maxFailing     = 5 * 24 * time.Hour // without a success, then a webhook is switched off
	failingPause   = 2 * 24 * time.Hour // without a failure: the count of maxFailing begins anew
	maxWebhookURL  = 1000
)

// WebhookEntry is the form of a webhook as filled in.
type WebhookEntry struct {
	URL         string
	Description string
	Chosen      bool     // only the events of Types
	Types       []string // names of event types
	RequestKey  string   // of a new one
	Version     int      // that was edited
}

// Entry is the form of what holds.
func (w Webhook) Entry() WebhookEntry {
	return WebhookEntry{URL: w.URL, Description: w.Description, Chosen: w.Types != "", Types: w.TypeNames(), Version: w.Version}
}

// TypeNames are the types of events that w gets; none for all.
func (w Webhook) TypeNames() []string { return strings.Fields(w.Types) }

// IsVendors reports whether w gets the events of all accounts.
func (w Webhook) IsVendors() bool { return w.AccountID == "" }

// IsOn reports whether w gets events.
func (w Webhook) IsOn() bool { return w.DisabledAt == nil && w.DeletedAt == nil }

// IsFailing reports whether the last attempt failed.
func (w Webhook) IsFailing() bool { return w.IsOn() && w.FailingSince != nil }

// SignsTwice reports whether the secret before the present one signs too.
func (w Webhook) SignsTwice(now time.Time) bool {
	return w.PreviousUntil != nil && now.Before(*w.PreviousUntil)
}

// wants reports whether w gets events of a type.
func (w Webhook) wants(action string) bool {
	return w.Types == "" || strings.Contains(w.Types, " "+action+" ")
}

// name is what a webhook is called in events and lists.
func (w Webhook) name() string {
	if w.Description != "" {
		return w.Description
	}
	return w.Host()
}

// Host is the host of the address, with its port.
func (w Webhook) Host() string {
	_, rest, _ := strings.Cut(w.URL, "://")
	if at := strings.IndexAny(rest, "/?#"); at >= 0 {
		rest = rest[:at]
	}
	return rest
}

func (w Webhook) subject() subject {
	return subject{kind: "webhook", id: w.ID, name: w.name(), accountID: w.AccountID}
}

func (w Webhook) facts() map[string]any {
	return map[string]any{"url": w.URL, "description": w.Description, "types": strings.TrimSpace(w.Types)}
}

// webhookSecret derives the secret of a webhook, so that the database holds none.
func (s *Store) webhookSecret(id string, generation int) []byte {
	mac := hmac.New(sha256.New, s.secret)
	fmt.Fprintf(mac, "webhook\x00%s\x00%d", id, generation)
	return mac.Sum(nil)
}

// webhookSecretText is a secret as Standard Webhooks writes it.
func webhookSecretText(secret []byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(secret)
}

// requireWebhooks refuses whoever may not set up webhooks: the Owner those of
// the account, administrators those of the vendor.
func (a Actor) requireWebhooks() error {
	if a.IsStaff() {
		return a.require(ManageVendorWebhooks)
	}
	return a.require(ManageWebhooks)
}

// CanWebhooks reports whether a may set up webhooks, of the account or the vendor.
func (a Actor) CanWebhooks() bool { return a.requireWebhooks() == nil }

// webhookLock holds a webhook, and lets events refer to it meanwhile.
var webhookLock = clause.Locking{Strength: "NO KEY UPDATE"}

// webhook returns one that is not deleted.
func webhook(ctx context.Context, db *gorm.DB, accountID, id string, locks ...clause.Expression) (Webhook, error) {
	w, err := rowsOf[Webhook](db, locks...).Where("account_id = ? AND id = ? AND deleted_at IS NULL", accountID, id).Take(ctx)
	return w, orNotFound(err, "Webhook")
}

// Webhook returns a webhook of the actor's account or, for staff, of the vendor.
func (s *Store) Webhook(ctx context.Context, actor Actor, id string) (Webhook, error) {
	if err := actor.requireWebhooks(); err != nil {
		return Webhook{}, err
	}
	return webhook(ctx, s.reader, actor.AccountID, id)
}

// WebhookSecret is what whoever receives needs to verify what comes.
type WebhookSecret struct {
	Webhook  Webhook
	Secret   string // "whsec_…"
	Previous string // the one before, while it signs too
}

// WebhookSecret returns the secret of a webhook. It wants a fresh password.
func (s *Store) WebhookSecret(ctx context.Context, actor Actor, id string) (WebhookSecret, error) {
	if err := actor.requireWebhooks(); err != nil {
		return WebhookSecret{}, err
	}
	w, err := webhook(ctx, s.reader, actor.AccountID, id)
	if err != nil {
		return WebhookSecret{}, err
	}
	now := s.Now()
	if err := actor.requireFresh(now); err != nil {
		return WebhookSecret{}, err
	}
	v := WebhookSecret{Webhook: w, Secret: webhookSecretText(s.webhookSecret(w.ID, w.Generation))}
	if w.SignsTwice(now) {
		v.Previous = webhookSecretText(s.webhookSecret(w.ID, w.Generation-1))
	}
	return v, nil
}

// CreateWebhook adds a webhook, which gets the events from now on. It wants a
// fresh password. Conflict if there are MaxWebhooks.
func (s *Store) CreateWebhook(ctx context.Context, actor Actor, e WebhookEntry) (Webhook, error) {
	if err := actor.requireWebhooks(); err != nil {
		return Webhook{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Webhook{}, err
	}
	w, err := s.checkWebhook(actor, e)
	if err != nil {
		return Webhook{}, err
	}
	w.ID, w.AccountID, w.CreatedBy, w.Generation, w.Version = newID(), actor.AccountID, actor.UserID, 1, 1
	err = s.write(ctx, func(tx *tx) error {
		if err := tx.lockWebhooks(ctx, actor.AccountID); err != nil {
			return err
		}
		earlier, err := tx.claim(ctx, actor, "webhook", e.RequestKey, w.ID, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			w, err = webhook(ctx, tx.DB, actor.AccountID, earlier.id)
			return earlier.told(err, "a webhook to %s was added", w.URL)
		}
		n, err := rowsOf[Webhook](tx.DB).Where("account_id = ? AND deleted_at IS NULL", actor.AccountID).Count(ctx, "*")
		if err != nil {
			return err
		}
		if n >= MaxWebhooks {
			return Errorf(Conflict, "There are %d webhooks, and there can be no more. Delete one that nobody needs, or choose more events for one that is there.", n)
		}
		w.CreatedAt = tx.now
		if err := rowsOf[Webhook](tx.DB).Create(ctx, &w); err != nil {
			return err
		}
		facts := w.facts()
		for name, value := range facts {
			if value == "" {
				delete(facts, name)
			}
		}
		return tx.record(ctx, actor, "webhook.created", w.subject(), nil, facts)
	})
	return w, err
}

// lockWebhooks makes others who add webhooks to an account, or to the vendor, wait.
func (tx *tx) lockWebhooks(ctx context.Context, accountID string) error {
	if accountID != "" {
		_, err := tx.lockAccount(ctx, accountID)
		return err
	}
	_, err := rowsOf[Vendor](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx)
	return err
}

func (s *Store) checkWebhook(actor Actor, e WebhookEntry) (Webhook, error) {
	p := Problems{}
	w := Webhook{Description: clean(e.Description)}
	w.URL = p.webhookURL("url", e.URL, s.webhookNetworks)
	p.fit("description", w.Description, maxName)
	if e.Chosen {
		known := WebhookTypes(actor.IsStaff())
		var names []string
		for _, t := range known {
			if slices.Contains(e.Types, t.Name) {
				names = append(names, t.Name)
			}
		}
		switch {
		case len(names) == 0:
			p.Add("types", "Choose at least one type of event, or all events.")
		case len(names) < len(known):
			w.Types = " " + strings.Join(names, " ") + " "
		}
	}
	return w, p.Err()
}

// ChangeWebhook changes address, description and choice of events. It wants a
// fresh password. Conflict if somebody has changed it since e.Version.
func (s *Store) ChangeWebhook(ctx context.Context, actor Actor, id string, e WebhookEntry) (Webhook, error) {
	if err := actor.requireWebhooks(); err != nil {
		return Webhook{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Webhook{}, err
	}
	entered, err := s.checkWebhook(actor, e)
	if err != nil {
		return Webhook{}, err
	}
	return s.changeWebhook(ctx, actor, id, func(tx *tx, w *Webhook) error {
		was, before := w.facts(), *w
		w.URL, w.Description, w.Types = entered.URL, entered.Description, entered.Types
		b, a := difference(was, w.facts())
		if len(a) == 0 { // sent twice
			return nil
		}
		if before.Version != e.Version {
			return changed(0, nil)
		}
		if before.URL != w.URL { // what the old address did says nothing about the new one
			w.FailingSince, w.FailedAt, w.SucceededAt = nil, nil, nil
		}
		if err := tx.updateWebhook(ctx, w, "url", "description", "types", "failing_since", "failed_at", "succeeded_at"); err != nil {
			return err
		}
		return tx.record(ctx, actor, "webhook.changed", w.subject(), b, a)
	})
}

// changeWebhook runs change on a webhook of the actor that is locked.
func (s *Store) changeWebhook(ctx context.Context, actor Actor, id string, change func(*tx, *Webhook) error) (w Webhook, err error) {
	err = s.write(ctx, func(tx *tx) error {
		var err error
		if w, err = webhook(ctx, tx.DB, actor.AccountID, id, webhookLock); err != nil {
			return err
		}
		return change(tx, &w)
	})
	return w, err
}

// updateWebhook writes columns of a webhook and raises its version.
func (tx *tx) updateWebhook(ctx context.Context, w *Webhook, columns ...any) error {
	w.Version++
	return changed(rowsOf[Webhook](tx.DB).Where("id = ? AND version = ?", w.ID, w.Version-1).Select("version", columns...).Updates(ctx, *w))
}

// EnableWebhook switches a webhook on: it gets the events from now on.
func (s *Store) EnableWebhook(ctx context.Context, actor Actor, id string) (Webhook, error) {
	if err := actor.requireWebhooks(); err != nil {
		return Webhook{}, err
	}
	return s.changeWebhook(ctx, actor, id, func(tx *tx, w *Webhook) error {
		if w.DisabledAt == nil { // sent twice
			return nil
		}
		w.DisabledAt, w.DisabledWhy, w.FailingSince, w.FailedAt = nil, "", nil, nil
		if err := tx.updateWebhook(ctx, w, "disabled_at", "disabled_why", "failing_since", "failed_at"); err != nil {
			return err
		}
		return tx.record(ctx, actor, "webhook.enabled", w.subject(), nil, nil)
	})
}

// DisableWebhook switches a webhook off. What waits is not sent any more.
func (s *Store) DisableWebhook(ctx context.Context, actor Actor, id string) (Webhook, error) {
	if err := actor.requireWebhooks(); err != nil {
		return Webhook{}, err
	}
	return s.changeWebhook(ctx, actor, id, func(tx *tx, w *Webhook) error {
		if w.DisabledAt != nil { // sent twice
			return nil
		}
		return tx.disableWebhook(ctx, actor, w, WebhookSwitchedOff)
	})
}

// disableWebhook switches a locked webhook off; its Owner is told unless a person did it.
func (tx *tx) disableWebhook(ctx context.Context, actor Actor, w *Webhook, why WebhookEnd) error {
	w.DisabledAt, w.DisabledWhy = &tx.now, why
	if err := tx.updateWebhook(ctx, w, "disabled_at", "disabled_why"); err != nil {
		return err
	}
	if err := tx.giveUpDeliveries(ctx, w.ID, "The webhook was switched off before this could be sent."); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "webhook.disabled", w.subject(), nil, map[string]any{"why": string(why)}); err != nil {
		return err
	}
	if why == WebhookSwitchedOff {
		return nil
	}
	return tx.tellWebhookEnd(ctx, *w)
}

// RotateWebhookSecret gives a webhook a new secret; for WebhookOverlap the one
// before signs too. It wants a fresh password. Conflict while two sign already.
func (s *Store) RotateWebhookSecret(ctx context.Context, actor Actor, id string) (Webhook, error) {
	if err := actor.requireWebhooks(); err != nil {
		return Webhook{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Webhook{}, err
	}
	return s.changeWebhook(ctx, actor, id, func(tx *tx, w *Webhook) error {
		if w.SignsTwice(tx.now) {
			return Errorf(Conflict, "The secret was changed less than a day ago, and the one before still signs too. End that one first.")
		}
		until := tx.now.Add(WebhookOverlap)
		w.Generation, w.PreviousUntil = w.Generation+1, &until
		if err := tx.updateWebhook(ctx, w, "generation", "previous_until"); err != nil {
			return err
		}
		return tx.record(ctx, actor, "webhook.secret_rotated", w.subject(), nil, map[string]any{"previous_ends_at": until})
	})
}

// EndWebhookSecret lets only the present secret sign from now on.
func (s *Store) EndWebhookSecret(ctx context.Context, actor Actor, id string) (Webhook, error) {
	if err := actor.requireWebhooks(); err != nil {
		return Webhook{}, err
	}
	return s.changeWebhook(ctx, actor, id, func(tx *tx, w *Webhook) error {
		if !w.SignsTwice(tx.now) {
			return nil
		}
		w.PreviousUntil = nil
		if err := tx.updateWebhook(ctx, w, "previous_until"); err != nil {
			return err
		}
		return tx.record(ctx, actor, "webhook.secret_ended", w.subject(), nil, nil)
	})
}

// DeleteWebhook takes a webhook away. What was sent to it is kept for a while.
func (s *Store) DeleteWebhook(ctx context.Context, actor Actor, id string) error {
	if err := actor.requireWebhooks(); err != nil {
		return err
	}
	_, err := s.changeWebhook(ctx, actor, id, func(tx *tx, w *Webhook) error {
		w.DeletedAt = &tx.now
		if err := tx.updateWebhook(ctx, w, "deleted_at"); err != nil {
			return err
		}
		if err := tx.giveUpDeliveries(ctx, w.ID, "The webhook was deleted before this could be sent."); err != nil {
			return err
		}
		return tx.record(ctx, actor, "webhook.deleted", w.subject(), w.facts(), nil)
	})
	return err
}

func (tx *tx) giveUpDeliveries(ctx context.Context, webhookID, why string) error {
	_, err := rowsOf[WebhookDelivery](tx.DB).Where("webhook_id = ? AND next_at IS NOT NULL", webhookID).
		Select("next_at", "given_up_at", "result").Updates(ctx, WebhookDelivery{GivenUpAt: &tx.now, Result: why})
	return err
}

// WebhookRow is a webhook in the list.
type WebhookRow struct {
	Webhook
	Delivered, Failed, Waiting int // deliveries of the last 24 hours; waiting ones of any age
}

// Webhooks returns the webhooks of the actor's account or, for staff, of the vendor.
func (s *Store) Webhooks(ctx context.Context, actor Actor) ([]WebhookRow, error) {
	if err := actor.requireWebhooks(); err != nil {
		return nil, err
	}
	all, err := rowsOf[Webhook](s.reader).Where("account_id = ? AND deleted_at IS NULL", actor.AccountID).Order("created_at, id").Find(ctx)
	if err != nil {
		return nil, err
	}
	listed := make([]WebhookRow, len(all))
	for i, w := range all {
		listed[i].Webhook = w
		if err := s.countDeliveries(ctx, &listed[i]); err != nil {
			return nil, err
		}
	}
	return listed, nil
}

func (s *Store) countDeliveries(ctx context.Context, r *WebhookRow) error {
	err := s.reader.WithContext(ctx).Raw(`SELECT COUNT(CASE WHEN succeeded_at IS NOT NULL THEN 1 END), COUNT(CASE WHEN given_up_at IS NOT NULL THEN 1 END)
		FROM webhook_deliveries WHERE webhook_id = ? AND created_at > ?`, r.ID, s.Now().Add(-24*time.Hour)).Row().Scan(&r.Delivered, &r.Failed)
	if err != nil {
		return err
	}
	n, err := rowsOf[WebhookDelivery](s.reader).Where("webhook_id = ? AND next_at IS NOT NULL", r.ID).Count(ctx, "*")
	r.Waiting = int(n)
	return err
}

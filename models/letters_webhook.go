package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// WebhookEndedMail tells somebody who sets up webhooks that one was switched off by itself.
type WebhookEndedMail struct {
	WebhookID string `json:"webhook_id"`
	UserID    string `json:"user_id"`
	At        int64  `json:"at"` // Unix microseconds: tells two ends apart
}

// Kind names the job in the queue.
func (WebhookEndedMail) Kind() string { return "webhook_ended_mail" }

// webhookPeople are who sets up the webhooks of an account, or of the vendor.
func webhookPeople(ctx context.Context, db *gorm.DB, accountID string) ([]User, error) {
	if accountID == "" {
		return rowsOf[User](db).Where("staff_role = ? AND removed_at IS NULL", Administrator).Order("id").Find(ctx)
	}
	return rowsOf[User](db).Raw("SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.account_id = ? AND m.role = ? AND u.removed_at IS NULL ORDER BY u.id", accountID, Owner).Find(ctx)
}

func (tx *tx) tellWebhookEnd(ctx context.Context, w Webhook) error {
	people, err := webhookPeople(ctx, tx.DB, w.AccountID)
	if err != nil {
		return err
	}
	for _, u := range people {
		if err := tx.enqueue(ctx, WebhookEndedMail{WebhookID: w.ID, UserID: u.ID, At: tx.now.UnixMicro()}); err != nil {
			return err
		}
	}
	return nil
}

// WebhookEndedLetter tells why a webhook was switched off.
type WebhookEndedLetter struct {
	WebhookID, AccountID string
	To, Name             string
	AccountName          string // empty for the vendor's
	URL, Description     string
	Why                  WebhookEnd
	FailingSince         time.Time
	Result               string // of the last attempt
	Zone                 string
	Link                 string
}

// WebhookEndedForMail returns the mail about a webhook that was switched off;
// none once it is on again, was deleted, or the reader no longer sets it up.
func (s *Store) WebhookEndedForMail(ctx context.Context, actor Actor, job WebhookEndedMail) (l WebhookEndedLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	w, err := rowsOf[Webhook](s.reader).Where("id = ? AND deleted_at IS NULL AND disabled_at IS NOT NULL", job.WebhookID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil || w.DisabledAt.UnixMicro() != job.At {
		return l, false, err
	}
	people, err := webhookPeople(ctx, s.reader, w.AccountID)
	if err != nil {
		return l, false, err
	}
	for _, u := range people {
		if u.ID != job.UserID {
			continue
		}
		l = WebhookEndedLetter{WebhookID: w.ID, AccountID: w.AccountID, To: u.Email, Name: u.Name, URL: w.URL, Description: w.Description, Why: w.DisabledWhy, Link: s.URL("/admin/webhooks/" + w.ID), Zone: u.TimeZone}
		if w.FailingSince != nil {
			l.FailingSince = *w.FailingSince
		}
		last, err := rowsOf[WebhookDelivery](s.reader).Where("webhook_id = ? AND attempted_at IS NOT NULL", w.ID).Order("attempted_at DESC, id DESC").Limit(1).Find(ctx)
		if err != nil {
			return l, false, err
		}
		if len(last) > 0 {
			l.Result = last[0].Result
		}
		if w.AccountID != "" {
			account, err := rowsOf[Account](s.reader).Where("id = ?", w.AccountID).Take(ctx)
			if err != nil {
				return l, false, err
			}
			l.AccountName, l.Link = account.Name, s.URL("/settings/webhooks/"+w.ID)
		}
		return l, true, nil
	}
	return l, false, nil
}

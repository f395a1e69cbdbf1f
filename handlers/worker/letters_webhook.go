package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) webhookEnded(ctx context.Context, job models.WebhookEndedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.WebhookEndedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.WebhookEnded{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, URL: l.URL, Description: l.Description, Gone: l.Why == models.WebhookGone, Result: l.Result, Link: l.Link,
	}
	if !l.FailingSince.IsZero() {
		m.Since = in(l.FailingSince, l.Zone)
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.WebhookID}, nil
}

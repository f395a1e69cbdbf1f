package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) accountStanding(ctx context.Context, job models.AccountStandingMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.AccountStandingForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.AccountStanding{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, IsSuspended: l.IsSuspended, Reason: l.Reason, Overdue: l.Overdue,
		ContactName: l.ContactName, ContactEmail: l.ContactMail, Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.AccountID}, nil
}

func (p *post) annexNeeded(ctx context.Context, job models.AnnexNeededMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.AnnexNeededForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.AnnexNeeded{Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, IsStale: l.IsStale, Quotes: l.Quotes, Percentage: l.Percentage, Link: l.Link}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.AccountID}, nil
}

package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) requestDecided(ctx context.Context, job models.RequestDecidedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.RequestDecidedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.RequestDecided{
		Portal: portal, To: l.To, Name: l.Name, Kind: l.Kind, Month: l.Month.Time().Format("January 2006"), Product: l.Product, Client: l.Company,
		Granted: l.Granted, Answer: l.Answer, Days: l.Days, Link: l.Link,
	}
	m.Unasked = l.Unasked
	if !l.IsRequester && !l.Unasked {
		m.AskedBy = l.RequestedBy
	}
	if !l.EndsAt.IsZero() {
		m.EndsAt = in(l.EndsAt, l.Zone)
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.RequestID}, nil
}

func (p *post) trialExtended(ctx context.Context, job models.TrialExtendedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.TrialExtendedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.TrialExtended{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, ContactName: l.ContactName, ContactEmail: l.ContactEmail,
		Product: l.Product, EndsAt: in(l.EndsAt, l.Zone), Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.TrialID, hasKey: true}, nil
}

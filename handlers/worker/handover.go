package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) handover(ctx context.Context, job models.HandoverMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.HandoverForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.Handover{
		Portal: portal, To: l.To, Name: l.Name, From: l.FromName, By: l.ByName, Account: l.AccountName, Link: l.Link,
		MoreClients: l.Clients - len(l.Some.Clients), MoreTrials: l.Trials - len(l.Some.Trials),
	}
	for _, c := range l.Some.Clients {
		if c.ArchivedAt != nil {
			c.Company += " (archived)"
		}
		m.Clients = append(m.Clients, c.Company)
	}
	for _, t := range l.Some.Trials {
		m.Trials = append(m.Trials, mail.HandedTrial{Product: t.Product, Client: t.Company, EndsAt: in(t.EndsAt.UTC(), l.Zone)})
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.UserID}, nil
}

package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) annex(ctx context.Context, job models.AnnexMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.AnnexForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.Annex{Portal: portal, To: l.To, Name: l.Name, News: job.News, Account: l.AccountName, SignedName: l.SignedName, Percentage: l.Percentage, Reason: l.Reason, Link: l.Link}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.AnnexID}, nil
}

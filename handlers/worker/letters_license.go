package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) keyReplaced(ctx context.Context, job models.KeyReplacedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.KeyReplacedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.KeyReplaced{
		Portal: portal, To: l.To, Name: l.Name, ForClient: l.ForClient, Client: l.Company, Product: l.Product, Account: l.AccountName,
		ContactName: l.ContactName, ContactEmail: l.ContactEmail, Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.LicenseID, hasKey: l.ForClient}, nil
}

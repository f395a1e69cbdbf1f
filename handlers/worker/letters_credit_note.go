package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) creditNote(ctx context.Context, job models.CreditNoteMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.CreditNoteForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.CreditNote{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Client: l.Company, Number: l.Number, Invoice: l.InvoiceNumber, Total: l.Total, Open: l.Open,
		IsSettled: l.IsSettled, Reason: l.Reason, EndsLicense: l.EndsLicense, IssuedOn: l.IssuedOn, Link: l.Link, PDFLink: l.PDFLink,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.CreditNoteID}, nil
}

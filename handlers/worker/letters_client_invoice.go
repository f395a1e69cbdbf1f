package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) clientInvoice(ctx context.Context, job models.ClientInvoiceMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.ClientInvoiceForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.ClientInvoice{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, ContactName: l.SenderName, ContactEmail: l.ReplyTo, Number: l.Number, CreditNote: l.CreditNote,
		Total: l.Total, DueOn: l.DueOn.Time(), BankDetails: l.BankDetails, IsPaid: l.IsPaid, Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.ClientInvoiceID, hasKey: true}, nil
}

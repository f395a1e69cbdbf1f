package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) payment(ctx context.Context, job models.PaymentMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.PaymentForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.Payment{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Amount: l.Amount, Reference: l.Reference, ReceivedOn: l.ReceivedOn.Time(),
		Invoices: l.Invoices, Credit: l.Credit, IsReversed: job.News == models.PaymentReversed, Reason: l.Reason, Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.PaymentID}, nil
}

func (p *post) orderActive(ctx context.Context, job models.OrderActiveMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.OrderActiveForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.OrderActive{Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Client: l.Company, Link: l.Link, AddsSeats: l.AddsSeats}
	for _, a := range l.Licenses {
		m.Licenses = append(m.Licenses, mail.ActiveLicense{Product: a.Product, Key: a.Key, Seats: a.Seats, EndsAt: in(a.EndsAt, l.Zone)})
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.OrderID, hasKey: true}, nil
}

func (p *post) clientLicense(ctx context.Context, job models.ClientLicenseMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.ClientLicenseForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.ClientLicense{
		Portal: portal, To: l.To, Name: l.Name, Company: l.Company, Account: l.AccountName, ContactName: l.ContactName, ContactEmail: l.ContactEmail, OrderedBy: l.OrderedBy,
		Product: l.Product, Seats: l.Seats, EndsAt: in(l.EndsAt, l.Zone), Link: l.Link, IsKnown: l.IsKnown,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.LicenseID, hasKey: true}, nil
}

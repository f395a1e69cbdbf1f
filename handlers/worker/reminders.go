package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
	"reselling/views/paths"
)

func (p *post) clientReminder(ctx context.Context, job models.ClientReminderMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.ClientReminderForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.ClientReminder{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, ContactName: l.ContactName, ContactEmail: l.ContactEmail,
		Product: l.Product, DaysLeft: l.DaysLeft, EndsAt: in(l.EndsAt, l.Zone), Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.TrialID, hasKey: true}, nil
}

func (p *post) trialReminder(ctx context.Context, job models.TrialReminderMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.TrialReminderForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.TrialReminder{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Client: l.Company, ContactName: l.ClientName, ContactEmail: l.ClientEmail,
		Product: l.Product, DaysLeft: l.DaysLeft, EndsAt: in(l.EndsAt, l.Zone), IssuedBy: l.IssuedBy, ClientTold: l.ClientTold, Undelivered: l.Undelivered,
		Link: l.Link, ChoiceLink: p.store.URL(paths.MyNotifications()),
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.TrialID}, nil
}

func (p *post) undelivered(ctx context.Context, job models.UndeliverableMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.UndeliveredForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.Undelivered{
		Portal: portal, To: l.To, Name: l.Name, Client: l.Company, Product: l.Product, Email: l.Email, Subject: l.Subject, Failure: l.Failure,
		At: in(l.At, l.Zone), Link: l.Link, ChoiceLink: p.store.URL(paths.MyNotifications()),
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.TrialID}, nil
}

func (p *post) licenseEnding(ctx context.Context, job models.LicenseEndingMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.LicenseEndingForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.LicenseEnding{
		Portal: portal, To: l.To, Name: l.Name, ForClient: l.ForClient, Client: l.Company, Account: l.AccountName, ContactName: l.ContactName, ContactEmail: l.ContactEmail,
		Product: l.Product, Seats: l.Seats, DaysLeft: l.DaysLeft, EndsAt: in(l.EndsAt, l.Zone), Link: l.Link, RenewalLink: l.RenewalLink,
		ChoiceLink: p.store.URL(paths.MyNotifications()),
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.LicenseID, hasKey: l.ForClient}, nil
}

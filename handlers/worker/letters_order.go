package worker

import (
	"context"

	"reselling/models"
	"reselling/views/mail"
)

func (p *post) priceRequest(ctx context.Context, job models.PriceRequestMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.PriceRequestForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.PriceRequested{Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Client: l.Company, By: l.RequestedBy, Lines: priceLines(l), Note: l.Note, Link: l.Link}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.OrderID}, nil
}

func (p *post) quote(ctx context.Context, job models.QuoteMail) (*envelope, error) {
	l, ok, err := p.store.QuoteForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	return p.quoted(ctx, l, false)
}

func (p *post) quoteLapsing(ctx context.Context, job models.QuoteLapsingMail) (*envelope, error) {
	l, ok, err := p.store.QuoteLapsingForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	return p.quoted(ctx, l, true)
}

func (p *post) quoted(ctx context.Context, l models.OrderLetter, lapsing bool) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	m := mail.Quoted{
		Portal: portal, To: l.To, Name: l.Name, Client: l.Company, Lines: priceLines(l), Full: l.Full, ValidUntil: l.ValidUntil.Time(), Zone: l.Zone,
		Note: l.QuoteNote, Link: l.Link, IsChanged: l.IsChanged, IsLapsing: lapsing,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.OrderID}, nil
}

func (p *post) priceDeclined(ctx context.Context, job models.PriceDeclinedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.PriceDeclinedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.PriceDeclined{
		Portal: portal, To: l.To, Name: l.Name, Client: l.Company, Lines: priceLines(l), Reason: l.Reason, ContactName: l.ContactName, ContactEmail: l.ContactMail, Link: l.Link,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.OrderID}, nil
}

func (p *post) orderPlaced(ctx context.Context, job models.OrderPlacedMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.OrderPlacedForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.OrderPlaced{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Client: l.Company, By: l.PlacedBy, Lines: priceLines(l), Full: l.Full, Link: l.Link, ForVendor: l.ForVendor,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.OrderID}, nil
}

func (p *post) invoice(ctx context.Context, job models.InvoiceMail) (*envelope, error) {
	portal, err := p.portal(ctx)
	if err != nil {
		return nil, err
	}
	l, ok, err := p.store.InvoiceForMail(ctx, models.System, job)
	if err != nil || !ok {
		return nil, err
	}
	m := mail.Invoice{
		Portal: portal, To: l.To, Name: l.Name, Account: l.AccountName, Client: l.Company, News: job.News, Number: l.Number, Total: l.Total, Open: l.Open,
		DueOn: l.DueOn.Time(), OverdueDays: l.OverdueDays, Reference: l.Reference, BankDetails: l.BankDetails, Reason: l.Reason, IsPaid: l.IsPaid, Link: l.Link, PDFLink: l.PDFLink,
	}
	return &envelope{Message: m.Message(), accountID: l.AccountID, subjectID: l.InvoiceID}, nil
}

func priceLines(l models.OrderLetter) []mail.PriceLine {
	var lines []mail.PriceLine
	for _, line := range l.Lines {
		lines = append(lines, mail.PriceLine{What: line.What, Unit: line.Unit})
	}
	return lines
}

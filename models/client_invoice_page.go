package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// ClientInvoiceView is a client invoice with everything that its page and its
// paper show.
type ClientInvoiceView struct {
	Invoice    ClientInvoice
	Lines      []ClientInvoiceLine
	Account    Account
	Client     Client // as it is now
	Order      Order
	CreditNote *ClientCreditNote
	Logo       Logo // without an id: none
	IssuedName string
	PaidName   string
	SentName   string
	SeesMargin bool
	Zone       *time.Location // the account's
	Events     []Event
}

// ClientInvoice returns one invoice of the actor's account.
func (s *Store) ClientInvoice(ctx context.Context, actor Actor, id string) (ClientInvoiceView, error) {
	if err := actor.require(ReadClientInvoices); err != nil {
		return ClientInvoiceView{}, err
	}
	v, err := clientInvoiceView(ctx, s.reader, actor.AccountID, id)
	v.SeesMargin = actor.Can(SeeAmounts)
	v.Invoice.hideMargin(actor)
	return v, err
}

func clientInvoiceView(ctx context.Context, db *gorm.DB, accountID, id string) (v ClientInvoiceView, err error) {
	if v.Invoice, err = clientInvoice(ctx, db, accountID, id); err != nil {
		return v, err
	}
	if v.Lines, err = rowsOf[ClientInvoiceLine](db).Where("client_invoice_id = ?", id).Order("position").Find(ctx); err != nil {
		return v, err
	}
	if v.Account, err = rowsOf[Account](db).Where("id = ?", accountID).Take(ctx); err != nil {
		return v, err
	}
	if v.Client, err = client(ctx, db, accountID, v.Invoice.ClientID); err != nil {
		return v, err
	}
	if v.Order, err = rowsOf[Order](db).Where("account_id = ? AND id = ?", accountID, v.Invoice.OrderID).Take(ctx); err != nil {
		return v, err
	}
	notes, err := rowsOf[ClientCreditNote](db).Where("client_invoice_id = ?", id).Find(ctx)
	if err != nil {
		return v, err
	}
	if len(notes) > 0 {
		v.CreditNote = &notes[0]
	}
	if v.Logo, err = logo(ctx, db, accountID, v.Invoice.LogoID); err != nil {
		return v, err
	}
	if v.Zone, err = zoneAt(ctx, db, accountID, v.Invoice.IssuedAt); err != nil {
		return v, err
	}
	for _, p := range []struct {
		into *string
		id   *string
	}{{&v.IssuedName, &v.Invoice.IssuedBy}, {&v.PaidName, v.Invoice.PaidBy}, {&v.SentName, v.Invoice.SentBy}} {
		if *p.into, err = userName(ctx, db, p.id); err != nil {
			return v, err
		}
	}
	v.Events, err = rowsOf[Event](db).Where("account_id = ? AND subject_id = ?", accountID, id).Order("at DESC, id DESC").Limit(100).Find(ctx)
	return v, err
}

// ClientPaper is which paper of a client invoice is meant.
type ClientPaper string

// The papers of a client invoice.
const (
	ClientInvoicePaper    ClientPaper = "invoice"
	ClientCreditNotePaper ClientPaper = "credit-note"
)

// ClientPDF puts a client invoice or its credit note on paper.
type ClientPDF func(v ClientInvoiceView, which ClientPaper, paper Paper) ([]byte, error)

// ClientInvoiceFile returns a paper of an invoice as it was first made by render.
func (s *Store) ClientInvoiceFile(ctx context.Context, actor Actor, id string, which ClientPaper, paper string, render ClientPDF) (name string, content []byte, err error) {
	v, err := s.ClientInvoice(ctx, actor, id)
	if err != nil {
		return "", nil, err
	}
	return s.clientFile(ctx, v, which, paper, render)
}

// ClientInvoiceFileBehind is ClientInvoiceFile for whoever has the link in the mail.
func (s *Store) ClientInvoiceFileBehind(ctx context.Context, _ Actor, token string, which ClientPaper, paper string, render ClientPDF) (name string, content []byte, err error) {
	i, err := rowsOf[ClientInvoice](s.reader).Where("token_hash = ?", tokenHash(token)).Take(ctx)
	if err != nil {
		return "", nil, orNotFound(err, "Invoice")
	}
	v, err := clientInvoiceView(ctx, s.reader, i.AccountID, i.ID)
	if err != nil {
		return "", nil, err
	}
	return s.clientFile(ctx, v, which, paper, render)
}

func (s *Store) clientFile(ctx context.Context, v ClientInvoiceView, which ClientPaper, paper string, render ClientPDF) (name string, content []byte, err error) {
	name, kind, subjectID, country := v.Invoice.Number, clientInvoiceDocument, v.Invoice.ID, v.Invoice.ClientCountry
	if country == "" {
		country = v.Invoice.Country
	}
	if which == ClientCreditNotePaper {
		if v.CreditNote == nil {
			return "", nil, Errorf(NotFound, "There is no credit note of invoice %s.", v.Invoice.Number)
		}
		name, kind, subjectID = v.CreditNote.Number, clientCreditNoteDocument, v.CreditNote.ID
	}
	size := ParsePaper(paper, country)
	content, err = s.document(ctx, v.Invoice.AccountID, kind, subjectID, size, func() ([]byte, error) { return render(v, which, size) })
	return name, content, err
}

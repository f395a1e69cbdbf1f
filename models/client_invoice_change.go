package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// ClientCreditNote takes back a client invoice as a whole.
type ClientCreditNote struct {
	ID              string
	AccountID       string
	ClientInvoiceID string
	Number          string // INV-CN-2026-00001
	Year            int
	Sequence        int
	IssuedAt        time.Time
	IssuedBy        string
	IssuedOn        Date // in the account's zone
	Currency        string
	Reason          string
	Net             int64
	Tax             int64
	Total           int64
}

// Amount is an amount of the credit note in its currency.
func (n ClientCreditNote) Amount(minor int64) money.Amount { return money.Of(minor, n.Currency) }

// MarkClientInvoicePaid notes that the client has paid, on a day. Conflict if
// somebody has changed the invoice since version.
func (s *Store) MarkClientInvoicePaid(ctx context.Context, actor Actor, id, paidOn string, version int) error {
	if err := actor.require(IssueClientInvoices); err != nil {
		return err
	}
	p := Problems{}
	day := p.day("paid_on", paidOn, "Choose the day on which the money came.")
	return s.changeClientInvoice(ctx, actor, id, version, func(tx *tx, i ClientInvoice) error {
		switch i.Status(tx.now) {
		case ClientInvoiceCredited:
			return refusal("credited", "Invoice %s was taken back by a credit note: nothing is to be paid on it.", i.Number)
		case ClientInvoicePaid:
			return refusal("paid", "Invoice %s is marked as paid already.", i.Number)
		case ClientInvoiceOpen, ClientInvoiceOverdue:
		}
		zone, err := zoneAt(ctx, tx.DB, i.AccountID, tx.now)
		if err != nil {
			return err
		}
		if day != "" && (day > DateIn(tx.now, zone) || day < i.IssuedOn.AddDays(-366)) {
			p.Add("paid_on", "Choose a day that is not in the future.")
		}
		if err := p.Err(); err != nil {
			return err
		}
		return tx.payClientInvoice(ctx, actor, i, day)
	})
}

func (tx *tx) payClientInvoice(ctx context.Context, actor Actor, i ClientInvoice, day Date) error {
	i.PaidAt, i.PaidBy, i.PaidOn = &tx.now, &actor.UserID, day
	if err := tx.updateClientInvoice(ctx, &i, "paid_at", "paid_by", "paid_on"); err != nil {
		return err
	}
	return tx.record(ctx, actor, "client_invoice.paid", i.subject(), nil, map[string]any{"paid_on": string(day), "total": i.Amount(i.Total).String()})
}

// ReopenClientInvoice takes back that the client has paid.
func (s *Store) ReopenClientInvoice(ctx context.Context, actor Actor, id string, version int) error {
	if err := actor.require(IssueClientInvoices); err != nil {
		return err
	}
	return s.changeClientInvoice(ctx, actor, id, version, func(tx *tx, i ClientInvoice) error {
		if i.Status(tx.now) != ClientInvoicePaid {
			return refusal("not_paid", "Invoice %s is not marked as paid.", i.Number)
		}
		was := map[string]any{"paid_on": string(i.PaidOn)}
		i.PaidAt, i.PaidBy, i.PaidOn = nil, nil, ""
		if err := tx.updateClientInvoice(ctx, &i, "paid_at", "paid_by", "paid_on"); err != nil {
			return err
		}
		return tx.record(ctx, actor, "client_invoice.reopened", i.subject(), was, nil)
	})
}

// CreditClientInvoice takes an invoice back as a whole, with a credit note in a
// series of its own. The order can then be billed anew.
func (s *Store) CreditClientInvoice(ctx context.Context, actor Actor, id, reason string, version int) (ClientCreditNote, error) {
	if err := actor.require(IssueClientInvoices); err != nil {
		return ClientCreditNote{}, err
	}
	p := Problems{}
	reason = clean(reason)
	p.fill("reason", reason, "Say why: it stands on the credit note.", maxName)
	var note ClientCreditNote
	err := s.changeClientInvoice(ctx, actor, id, version, func(tx *tx, i ClientInvoice) error {
		if i.Status(tx.now) == ClientInvoiceCredited {
			return refusal("credited", "Invoice %s was taken back by a credit note already.", i.Number)
		}
		if err := p.Err(); err != nil {
			return err
		}
		var err error
		note, err = tx.creditClientInvoice(ctx, actor, i, reason)
		return err
	})
	return note, err
}

func (tx *tx) creditClientInvoice(ctx context.Context, actor Actor, i ClientInvoice, reason string) (note ClientCreditNote, err error) {
	zone, err := zoneAt(ctx, tx.DB, i.AccountID, tx.now)
	if err != nil {
		return note, err
	}
	b, err := branding(ctx, tx.DB, i.AccountID)
	if err != nil {
		return note, err
	}
	i.CreditedAt = &tx.now
	if err := tx.updateClientInvoice(ctx, &i, "credited_at"); err != nil {
		return note, err
	}
	note = ClientCreditNote{
		ID: newID(), AccountID: i.AccountID, ClientInvoiceID: i.ID, IssuedAt: tx.now, IssuedBy: actor.UserID, IssuedOn: DateIn(tx.now, zone), Currency: i.Currency,
		Reason: reason, Net: i.Net().Minor, Tax: i.Tax, Total: i.Total,
	}
	note.Year = note.IssuedOn.Time().Year()
	if note.Sequence, err = tx.nextNumber(ctx, i.AccountID, seriesClientCreditNote, note.Year); err != nil {
		return note, err
	}
	note.Number = documentNumber(b.Prefix+"-CN", note.Year, note.Sequence)
	if err := rowsOf[ClientCreditNote](tx.DB).Create(ctx, &note); err != nil {
		return note, fmt.Errorf("create client credit note: %w", err)
	}
	return note, tx.record(ctx, actor, "client_invoice.credited", i.subject(), nil, map[string]any{"credit_note": note.Number, "total": note.Amount(note.Total).String(), "reason": reason})
}

// maxSends is how often an invoice is mailed.
const maxSends = 10

// SendClientInvoice mails the invoice, or its credit note, to the client with a
// link that needs no sign-in. It returns the address.
func (s *Store) SendClientInvoice(ctx context.Context, actor Actor, id string, version int) (to string, err error) {
	if err := actor.require(IssueClientInvoices); err != nil {
		return "", err
	}
	err = s.changeClientInvoice(ctx, actor, id, version, func(tx *tx, i ClientInvoice) error {
		if i.SentCount >= maxSends {
			return refusal("sent_often", "Invoice %s was mailed %d times. Send the PDF from your own mailbox instead.", i.Number, i.SentCount)
		}
		c, err := client(ctx, tx.DB, i.AccountID, i.ClientID)
		if err != nil {
			return err
		}
		to = c.Email
		i.SentAt, i.SentBy, i.SentTo = &tx.now, &actor.UserID, c.Email
		i.SentCount++
		if err := tx.updateClientInvoice(ctx, &i, "sent_at", "sent_by", "sent_to", "sent_count"); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "client_invoice.sent", i.subject(), nil, map[string]any{"email": to}); err != nil {
			return err
		}
		return tx.enqueue(ctx, ClientInvoiceMail{ClientInvoiceID: id, Number: i.SentCount})
	})
	return to, err
}

// changeClientInvoice runs fn for an invoice whose account is locked, and that
// nobody has changed since version.
func (s *Store) changeClientInvoice(ctx context.Context, actor Actor, id string, version int, fn func(*tx, ClientInvoice) error) error {
	return s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		i, err := clientInvoice(ctx, tx.DB, actor.AccountID, id)
		if err != nil {
			return err
		}
		if i.Version != version {
			return refusal("changed", "Somebody has changed what is known of invoice %s since you opened it. Look at it as it is now, then decide again.", i.Number)
		}
		return fn(tx, i)
	})
}

// updateClientInvoice writes the facts that were added to an invoice.
func (tx *tx) updateClientInvoice(ctx context.Context, i *ClientInvoice, columns ...any) error {
	i.Version++
	return changed(rowsOf[ClientInvoice](tx.DB).Where("account_id = ? AND id = ? AND version = ?", i.AccountID, i.ID, i.Version-1).
		Select("version", columns...).Updates(ctx, *i))
}

// clientInvoice returns an invoice of an account; one of another is not found.
func clientInvoice(ctx context.Context, db *gorm.DB, accountID, id string) (ClientInvoice, error) {
	i, err := rowsOf[ClientInvoice](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx)
	return i, orNotFound(err, "Invoice")
}

// ClientInvoiceLetter brings a client an invoice, or takes one back.
type ClientInvoiceLetter struct {
	ClientInvoiceID, AccountID string
	To, Name                   string
	AccountName                string
	ReplyTo                    string // who sent it
	SenderName                 string
	Number, CreditNote         string // CreditNote is empty unless it was taken back
	Total                      string
	DueOn                      Date
	BankDetails                string
	IsPaid                     bool
	Link                       string // to the PDF
}

// ClientInvoiceForMail returns the mail that was asked for, unless a later one was.
func (s *Store) ClientInvoiceForMail(ctx context.Context, actor Actor, job ClientInvoiceMail) (l ClientInvoiceLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	i, err := rowsOf[ClientInvoice](s.reader).Where("id = ?", job.ClientInvoiceID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil || i.SentCount != job.Number || i.SentBy == nil {
		return l, false, err
	}
	v, err := clientInvoiceView(ctx, s.reader, i.AccountID, i.ID)
	if err != nil {
		return l, false, err
	}
	senders, err := rowsOf[User](s.reader).Where("id = ?", *i.SentBy).Limit(1).Find(ctx)
	if err != nil {
		return l, false, err
	}
	l = ClientInvoiceLetter{
		ClientInvoiceID: i.ID, AccountID: i.AccountID, To: i.SentTo, Name: i.ClientContact, AccountName: v.Account.Name, Number: i.Number, Total: i.Amount(i.Total).String(),
		DueOn: i.DueOn, BankDetails: i.BankDetails, IsPaid: i.PaidAt != nil || i.Total == 0, Link: s.clientInvoiceLink(i) + "/pdf",
	}
	if v.CreditNote != nil {
		l.CreditNote, l.Link = v.CreditNote.Number, s.clientInvoiceLink(i)+"/credit-note"
	}
	if len(senders) > 0 {
		l.SenderName, l.ReplyTo = senders[0].Name, senders[0].Email
	}
	return l, l.To != "", nil
}

// clientInvoiceLink is where the client finds the papers without signing in.
func (s *Store) clientInvoiceLink(i ClientInvoice) string {
	return s.URL("/i/" + s.linkToken(clientInvoiceToken, i.ID, i.LinkGeneration))
}

// renewLink gives an invoice its first link, or another one.
func (i *ClientInvoice) renewLink(s *Store) {
	i.LinkGeneration++
	i.TokenHash = tokenHash(s.linkToken(clientInvoiceToken, i.ID, i.LinkGeneration))
}

// RenewClientInvoiceLink gives an invoice another link, so that those in the mails
// until now lead nowhere: they went to a wrong address, or were passed on. The
// invoice itself stays; mailed again, it comes with the new link.
func (s *Store) RenewClientInvoiceLink(ctx context.Context, actor Actor, id string, version int) error {
	if err := actor.require(IssueClientInvoices); err != nil {
		return err
	}
	return s.changeClientInvoice(ctx, actor, id, version, func(tx *tx, i ClientInvoice) error {
		i.renewLink(s)
		if err := tx.updateClientInvoice(ctx, &i, "link_generation", "token_hash"); err != nil {
			return err
		}
		return tx.record(ctx, actor, "client_invoice.link_renewed", i.subject(), nil, nil)
	})
}

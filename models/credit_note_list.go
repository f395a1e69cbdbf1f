package models

import (
	"context"
	"time"
)

// CreditNoteState is what has become of a credit note.
type CreditNoteState string

// The states of a credit note; an account sees issued ones only.
const (
	CreditNoteIssued  CreditNoteState = "issued"
	CreditNoteWaits   CreditNoteState = "waiting"
	CreditNoteDropped CreditNoteState = "dropped"
)

// CreditNoteStates lists them in the order of a menu.
var CreditNoteStates = []CreditNoteState{CreditNoteIssued, CreditNoteWaits, CreditNoteDropped}

// State is what has become of n.
func (n CreditNote) State() CreditNoteState {
	switch {
	case n.IssuedAt != nil:
		return CreditNoteIssued
	case n.DeclinedAt != nil:
		return CreditNoteDropped
	}
	return CreditNoteWaits
}

var creditNoteStates = map[CreditNoteState]string{
	CreditNoteIssued: "n.issued_at IS NOT NULL", CreditNoteWaits: "n.issued_at IS NULL AND n.declined_at IS NULL", CreditNoteDropped: "n.declined_at IS NOT NULL",
}

// CreditNoteFilter narrows a list of credit notes; zero fields don't.
type CreditNoteFilter struct {
	Query     string // in number, reason, the invoice's number, client and, for staff, account
	State     CreditNoteState
	AccountID string // for staff
	From, To  Date   // of the day of issue
}

// listing pages by when a note was drafted: only then every one has an instant.
func (f CreditNoteFilter) listing(actor Actor) listing {
	q := listing{
		selects: `SELECT n.*, d.name AS drafted_name, COALESCE(u.name, '') AS issued_name, a.name AS account_name, i.number AS invoice_number, i.client_name
			FROM credit_notes n LEFT JOIN invoices i ON i.id = n.invoice_id LEFT JOIN accounts a ON a.id = n.account_id
			LEFT JOIN users d ON d.id = n.drafted_by LEFT JOIN users u ON u.id = n.issued_by`,
		order: order{column: "n.drafted_at", id: "n.id", desc: true, isTime: true},
	}
	if f.Query != "" {
		pattern := like(f.Query)
		if actor.IsStaff() {
			q.and(`(LOWER(n.number) LIKE ? ESCAPE '\' OR LOWER(n.reason) LIKE ? ESCAPE '\' OR i.search LIKE ? ESCAPE '\' OR a.search LIKE ? ESCAPE '\')`, pattern, pattern, pattern, pattern)
		} else {
			q.and(`(LOWER(n.number) LIKE ? ESCAPE '\' OR LOWER(n.reason) LIKE ? ESCAPE '\' OR i.search LIKE ? ESCAPE '\')`, pattern, pattern, pattern)
		}
	}
	if condition, ok := creditNoteStates[f.State]; ok {
		q.and(condition)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	if f.AccountID != "" {
		q.and("n.account_id = ?", f.AccountID)
	}
	if f.From != "" {
		q.and("n.issued_on >= ?", string(f.From))
	}
	if f.To != "" {
		q.and("n.issued_on <= ?", string(f.To))
	}
	return q
}

func creditNoteKey(n CreditNoteOf) (any, string) { return n.DraftedAt, n.ID }

// CreditNotes returns one page of the credit notes that the vendor has issued to
// the actor's account, the newest first.
func (s *Store) CreditNotes(ctx context.Context, actor Actor, f CreditNoteFilter, p Paging) (Page[CreditNoteOf], error) {
	if err := actor.require(ReadInvoices); err != nil {
		return Page[CreditNoteOf]{}, err
	}
	f.AccountID, f.State = actor.AccountID, CreditNoteIssued
	return list(ctx, s.reader, f.listing(actor), p, creditNoteKey)
}

// EachCreditNote runs fn for every credit note that CreditNotes would list.
func (s *Store) EachCreditNote(ctx context.Context, actor Actor, f CreditNoteFilter, fn func(CreditNoteOf) error) error {
	if err := actor.require(ReadInvoices); err != nil {
		return err
	}
	f.AccountID, f.State = actor.AccountID, CreditNoteIssued
	return each(ctx, s.reader, f.listing(actor), creditNoteKey, fn)
}

// AccountCreditNotes returns one page of the credit notes to all accounts, drafts
// among them, for the vendor's staff.
func (s *Store) AccountCreditNotes(ctx context.Context, actor Actor, f CreditNoteFilter, p Paging) (Page[CreditNoteOf], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[CreditNoteOf]{}, err
	}
	return list(ctx, s.reader, f.listing(actor), p, creditNoteKey)
}

// EachAccountCreditNote runs fn for every credit note that AccountCreditNotes would list.
func (s *Store) EachAccountCreditNote(ctx context.Context, actor Actor, f CreditNoteFilter, fn func(CreditNoteOf) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(actor), creditNoteKey, fn)
}

// CreditNoteView is an issued credit note with everything that its paper shows.
type CreditNoteView struct {
	Note    CreditNoteOf
	Lines   []CreditNoteLine
	Invoice Invoice // that it corrects: both sides' particulars are those on it
}

const creditNoteDocument documentKind = "credit_note"

// CreditNotePaper returns a credit note to the actor's account as render first put
// it on paper. size is a Paper; any other is what the account's country prints on.
func (s *Store) CreditNotePaper(ctx context.Context, actor Actor, id, size string, render func(CreditNoteView, Paper) ([]byte, error)) (CreditNoteView, []byte, error) {
	if err := actor.require(ReadInvoices); err != nil {
		return CreditNoteView{}, nil, err
	}
	return s.creditNotePaper(ctx, "n.account_id = ?", actor.AccountID, id, size, render)
}

// AccountCreditNotePaper is CreditNotePaper for any account, for the vendor's staff.
func (s *Store) AccountCreditNotePaper(ctx context.Context, actor Actor, id, size string, render func(CreditNoteView, Paper) ([]byte, error)) (CreditNoteView, []byte, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return CreditNoteView{}, nil, err
	}
	return s.creditNotePaper(ctx, "'' = ?", "", id, size, render)
}

func (s *Store) creditNotePaper(ctx context.Context, reach, accountID, id, size string, render func(CreditNoteView, Paper) ([]byte, error)) (v CreditNoteView, content []byte, err error) {
	v.Note, err = rowsOf[CreditNoteOf](s.reader).Raw(creditNoteOf+"WHERE "+reach+" AND n.id = ? AND n.issued_at IS NOT NULL", accountID, id).Take(ctx) // a draft has no paper
	if err != nil {
		return v, nil, orNotFound(err, "Credit note")
	}
	if v.Invoice, err = invoice(ctx, s.reader, v.Note.AccountID, v.Note.InvoiceID); err != nil {
		return v, nil, err
	}
	if v.Lines, err = rowsOf[CreditNoteLine](s.reader).Where("credit_note_id = ?", id).Order("position").Find(ctx); err != nil {
		return v, nil, err
	}
	paper := ParsePaper(size, v.Invoice.Country)
	content, err = s.document(ctx, v.Note.AccountID, creditNoteDocument, id, paper, func() ([]byte, error) { return render(v, paper) })
	return v, content, err
}

// CreditNoteMail brings somebody who pays for an account a credit note.
type CreditNoteMail struct {
	CreditNoteID string `json:"credit_note_id"`
	UserID       string `json:"user_id"`
}

// Kind names the job in the queue.
func (CreditNoteMail) Kind() string { return "credit_note_mail" }

// tellOfCreditNote queues a mail to everybody who pays for the account.
func (tx *tx) tellOfCreditNote(ctx context.Context, n CreditNote) error {
	payers, err := tx.payers(ctx, n.AccountID)
	if err != nil {
		return err
	}
	for _, m := range payers {
		if err := tx.enqueue(ctx, CreditNoteMail{CreditNoteID: n.ID, UserID: m.UserID}); err != nil {
			return err
		}
	}
	return nil
}

// CreditNoteLetter tells somebody who pays for an account of a credit note.
type CreditNoteLetter struct {
	CreditNoteID, AccountID string
	To, Name                string
	AccountName             string
	Company                 string // of the client
	Number, InvoiceNumber   string
	Total, Open             string // Open is what is left to pay of the invoice
	IsSettled               bool   // nothing is
	Reason                  string
	EndsLicense             bool
	IssuedOn                time.Time // by date only
	Link, PDFLink           string
}

// CreditNoteForMail returns the mail about a credit note, if its reader still pays
// for the account.
func (s *Store) CreditNoteForMail(ctx context.Context, actor Actor, job CreditNoteMail) (CreditNoteLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return CreditNoteLetter{}, false, err
	}
	n, err := rowsOf[CreditNoteOf](s.reader).Raw(creditNoteOf+"WHERE n.id = ? AND n.issued_at IS NOT NULL", job.CreditNoteID).Take(ctx)
	if err != nil {
		return CreditNoteLetter{}, false, noLetter(err)
	}
	reader, ok, err := s.payer(ctx, n.AccountID, job.UserID)
	if err != nil || !ok {
		return CreditNoteLetter{}, false, err
	}
	i, err := invoice(ctx, s.reader, n.AccountID, n.InvoiceID)
	if err != nil {
		return CreditNoteLetter{}, false, err
	}
	return CreditNoteLetter{
		CreditNoteID: n.ID, AccountID: n.AccountID, To: reader.Email, Name: reader.Name, AccountName: n.AccountName, Company: i.ClientName, Number: *n.Number, InvoiceNumber: i.Number,
		Total: n.Amount(n.Total).String(), Open: i.Open().String(), IsSettled: i.Open().IsZero(), Reason: n.Reason, EndsLicense: n.EndsLicense, IssuedOn: n.IssuedOn.Time(),
		Link: s.URL("/invoices/" + i.ID), PDFLink: s.URL("/invoices/credit-notes/" + n.ID + "/pdf"),
	}, true, nil
}

// payer is a user who still pays for an account.
func (s *Store) payer(ctx context.Context, accountID, userID string) (User, bool, error) {
	found, err := rowsOf[User](s.reader).Raw(`SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
		WHERE m.account_id = ? AND u.id = ? AND u.removed_at IS NULL AND (m.role IN ? OR m.reselling_role = ?)`, accountID, userID, []Role{Owner, BillingContact}, Billing).Find(ctx)
	if err != nil || len(found) == 0 {
		return User{}, false, err
	}
	return found[0], true, nil
}

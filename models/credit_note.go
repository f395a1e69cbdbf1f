package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// CreditNote takes back an invoice or some of its lines, in part or as a whole.
// It is drafted, approved by a second staff member where it is above the vendor's
// limit, and issued: only then it has a number and counts.
type CreditNote struct {
	ID          string
	AccountID   string
	InvoiceID   string
	Currency    string
	Reason      string
	EndsLicense bool // of the lines that it corrects
	Net         int64
	TaxRate     int
	Tax         int64
	Total       int64
	DraftedAt   time.Time
	DraftedBy   string
	DeclinedAt  *time.Time
	DeclinedBy  *string
	Number      *string
	Year        *int
	Sequence    *int
	IssuedAt    *time.Time
	IssuedBy    *string
	IssuedOn    *Date // in the vendor's zone
}

// CreditNoteLine is what a credit note takes back of a line of its invoice.
type CreditNoteLine struct {
	CreditNoteID string
	Position     int
	ProductName  string
	Net          int64
}

// Amount is an amount of the note in its currency.
func (n CreditNote) Amount(minor int64) money.Amount { return money.Of(minor, n.Currency) }

// Waits reports whether a second staff member has to look at the note.
func (n CreditNote) Waits() bool { return n.IssuedAt == nil && n.DeclinedAt == nil }

func (n CreditNote) name() string {
	if n.Number != nil {
		return *n.Number
	}
	return "of " + n.Amount(n.Total).String()
}

func (n CreditNote) subject() subject {
	return subject{kind: "credit_note", id: n.ID, name: n.name(), accountID: n.AccountID}
}

// CreditEntry is what finance types of a credit note.
type CreditEntry struct {
	Nets        []string // what is taken back of each line, by position; all empty: everything that is left
	Reason      string
	EndsLicense bool
	RequestKey  string
}

// CreditInvoice takes back an invoice or some of its lines. A note above the
// vendor's limit waits for ApproveCreditNote by somebody else.
func (s *Store) CreditInvoice(ctx context.Context, actor Actor, id string, e CreditEntry) (CreditNote, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return CreditNote{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return CreditNote{}, err
	}
	found, err := rowsOf[Invoice](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return CreditNote{}, orNotFound(err, "Invoice")
	}
	n := CreditNote{ID: newID()}
	err = s.changeInvoice(ctx, found.AccountID, id, func(tx *tx, i Invoice) error {
		earlier, err := tx.claim(ctx, actor, "credit_note", e.RequestKey, n.ID, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			n, err = rowsOf[CreditNote](tx.DB).Where("account_id = ? AND id = ?", i.AccountID, earlier.id).Take(ctx)
			return earlier.told(orNotFound(err, "Credit note"), "a credit note was written")
		}
		n, err = tx.creditInvoice(ctx, actor, i, n.ID, e)
		return err
	})
	return n, err
}

// creditInvoice drafts a note, and issues it unless a second staff member has to
// look at it. The account is locked.
func (tx *tx) creditInvoice(ctx context.Context, actor Actor, i Invoice, id string, e CreditEntry) (CreditNote, error) {
	n := CreditNote{
		ID: id, AccountID: i.AccountID, InvoiceID: i.ID, Currency: i.Currency, Reason: clean(e.Reason), EndsLicense: e.EndsLicense, TaxRate: i.TaxRate,
		DraftedAt: tx.now, DraftedBy: actor.UserID,
	}
	p := Problems{}
	p.fill("credit_reason", n.Reason, "Say what is corrected: the account reads it.", maxName)
	left, err := tx.creditable(ctx, i)
	if err != nil {
		return n, err
	}
	lines := left.lines(p, e.Nets, i.Currency)
	for _, l := range lines {
		n.Net += l.Net
	}
	if err := p.Err(); err != nil {
		return n, err
	}
	if err := tx.endsWhole(ctx, p, n, left, lines, i); err != nil {
		return n, err
	}
	if n.Tax, err = left.taxOn(i, n.Net); err != nil {
		return n, err
	}
	n.Total = n.Net + n.Tax
	vendor, err := rowsOf[Vendor](tx.DB).Where("id = ?", 1).Take(ctx)
	if err != nil {
		return n, err
	}
	if err := rowsOf[CreditNote](tx.DB).Create(ctx, &n); err != nil {
		return n, fmt.Errorf("create credit note: %w", err)
	}
	for _, l := range lines {
		l.CreditNoteID = n.ID
		if err := rowsOf[CreditNoteLine](tx.DB).Create(ctx, &l); err != nil {
			return n, fmt.Errorf("create credit note line: %w", err)
		}
	}
	if vendor.mustApprove(n, left.net+left.tax) {
		return n, tx.record(ctx, actor, "credit_note.drafted", n.subject(), nil, map[string]any{"total": n.Amount(n.Total).String(), "invoice": i.Number, "reason": n.Reason})
	}
	return n, tx.issueCreditNote(ctx, actor, vendor, i, &n)
}

// endsWhole refuses a note that would end what is not active yet for less than
// its whole price: the rest would be paid for nothing.
func (tx *tx) endsWhole(ctx context.Context, p Problems, n CreditNote, left left, lines []CreditNoteLine, i Invoice) error {
	o, err := rowsOf[Order](tx.DB).Where("account_id = ? AND id = ?", i.AccountID, i.OrderID).Take(ctx)
	if err != nil || o.ActivatedAt != nil || !n.EndsLicense {
		return err
	}
	for at, of := range left.of {
		for _, l := range lines {
			if l.Position == of.Position && left.credited[of.Position]+l.Net < of.Due {
				p.Add(Row("net", at), "Nothing of this is active yet. Take the whole line back, or leave its licence alone.")
			}
		}
	}
	return p.Err()
}

// mustApprove reports whether what was taken back of an invoice, n included, is
// above the limit, which is kept in hundredths of whichever currency.
func (v Vendor) mustApprove(n CreditNote, before int64) bool {
	unit := int64(1)
	for range money.Digits(n.Currency) {
		unit *= 10
	}
	whole, rest := (before+n.Total)/unit, (before+n.Total)%unit
	limit := v.CreditNoteLimit / 100
	return whole > limit || whole == limit && rest*100 > v.CreditNoteLimit%100*unit
}

// left is what can still be taken back of an invoice.
type left struct {
	of       []InvoiceLine
	credited map[int]int64 // by position
	net, tax int64         // credited so far
}

// creditable returns what is left of i to credit; Conflict where nothing is, or
// while another note waits.
func (tx *tx) creditable(ctx context.Context, i Invoice) (left, error) {
	l := left{credited: map[int]int64{}}
	switch i.Status(tx.now) {
	case InvoiceVoid:
		return l, refusal("void", "Invoice %s is void: there is nothing to credit.", i.Number)
	case InvoiceCredited:
		return l, refusal("credited", "Invoice %s was credited in full already.", i.Number)
	}
	if i.Total == 0 {
		return l, refusal("nothing", "Invoice %s is of nothing: there is nothing to credit.", i.Number)
	}
	notes, err := rowsOf[CreditNote](tx.DB).Where("invoice_id = ? AND declined_at IS NULL", i.ID).Find(ctx)
	if err != nil {
		return l, err
	}
	for _, n := range notes {
		if n.Waits() {
			e := refusal("waiting", "A credit note of %s for this invoice waits for a second staff member.", n.Amount(n.Total))
			e.Subject = n.ID
			return l, e
		}
		l.net, l.tax = l.net+n.Net, l.tax+n.Tax
	}
	credited, err := rowsOf[CreditNoteLine](tx.DB).Raw(`SELECT l.* FROM credit_note_lines l JOIN credit_notes n ON n.id = l.credit_note_id
		WHERE n.invoice_id = ? AND n.issued_at IS NOT NULL`, i.ID).Find(ctx)
	if err != nil {
		return l, err
	}
	for _, c := range credited {
		l.credited[c.Position] += c.Net
	}
	l.of, err = rowsOf[InvoiceLine](tx.DB).Where("invoice_id = ?", i.ID).Order("position").Find(ctx)
	return l, err
}

// lines reads what was typed. Its fields are called net_0, net_1, …
func (l left) lines(p Problems, typed []string, currency string) (lines []CreditNoteLine) {
	whole := true
	for _, t := range typed {
		whole = whole && clean(t) == ""
	}
	for n, of := range l.of {
		rest := of.Due - l.credited[of.Position]
		amount := rest
		if !whole {
			if n >= len(typed) || clean(typed[n]) == "" {
				continue
			}
			if amount = p.amount(Row("net", n), typed[n], currency); amount > rest {
				p.Add(Row("net", n), "Only "+money.Of(rest, currency).String()+" of this line are left to credit.")
			}
		}
		if amount > 0 {
			lines = append(lines, CreditNoteLine{Position: of.Position, ProductName: of.ProductName, Net: amount})
		}
	}
	if len(lines) == 0 && len(p) == 0 {
		p.Add(Row("net", 0), "Enter what is taken back, more than 0.")
	}
	return lines
}

// taxOn is the tax on a net amount that is taken back: that on all that was taken
// back until now, less what was taken back before. A full credit is then the
// invoice's tax to the cent, in however many parts.
func (l left) taxOn(i Invoice, net int64) (int64, error) {
	all, _, err := taxed(i.Amount(l.net+net), i.TaxRate)
	return all.Minor - l.tax, err
}

// issueCreditNote numbers a note and lets it count. The account is locked.
func (tx *tx) issueCreditNote(ctx context.Context, actor Actor, vendor Vendor, i Invoice, n *CreditNote) error {
	zone, err := vendor.zone()
	if err != nil {
		return err
	}
	day := DateIn(tx.now, zone)
	year := day.Time().Year()
	sequence, err := tx.nextNumber(ctx, vendorIssuer, seriesCreditNote, year)
	if err != nil {
		return err
	}
	number := documentNumber("C", year, sequence)
	n.Number, n.Year, n.Sequence, n.IssuedAt, n.IssuedBy, n.IssuedOn = &number, &year, &sequence, &tx.now, &actor.UserID, &day
	if err := changed(rowsOf[CreditNote](tx.DB).Where("account_id = ? AND id = ? AND issued_at IS NULL AND declined_at IS NULL", n.AccountID, n.ID).
		Select("number", "year", "sequence", "issued_at", "issued_by", "issued_on").Updates(ctx, *n)); err != nil {
		return err
	}
	if err := tx.post(ctx, Posting{AccountID: n.AccountID, Kind: CreditNotePosting, SubjectID: n.ID, OrderID: &i.OrderID, Number: number, Amount: -n.Total, Currency: n.Currency}); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "credit_note.issued", n.subject(), nil, map[string]any{"total": n.Amount(n.Total).String(), "invoice": i.Number, "reason": n.Reason}); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "invoice.credited", i.subject(), nil, map[string]any{"total": n.Amount(n.Total).String(), "credit_note": number, "reason": n.Reason}); err != nil {
		return err
	}
	if err := tx.settleInvoice(ctx, actor, i.ID); err != nil {
		return err
	}
	if err := tx.tellOfCreditNote(ctx, *n); err != nil {
		return err
	}
	if n.EndsLicense {
		if err := tx.endTerms(ctx, actor, *n, i); err != nil {
			return err
		}
	}
	return tx.cancelCredited(ctx, actor, *n, i)
}

// endTerms ends what the lines that a note corrects had given.
func (tx *tx) endTerms(ctx context.Context, actor Actor, n CreditNote, i Invoice) error {
	terms, err := rowsOf[LicenseTerm](tx.DB).Raw(`SELECT t.* FROM license_terms t JOIN invoice_lines il ON il.line_id = t.line_id
		JOIN credit_note_lines c ON c.position = il.position AND c.credit_note_id = ? WHERE il.invoice_id = ? AND t.ended_at IS NULL ORDER BY t.id`, n.ID, i.ID).Find(ctx)
	if err != nil {
		return err
	}
	for _, t := range terms {
		if err := tx.endsNothingBetween(ctx, t); err != nil {
			return err
		}
		t.EndedAt, t.EndedBy = &tx.now, &actor.UserID
		if err := changed(rowsOf[LicenseTerm](tx.DB).Where("account_id = ? AND id = ?", t.AccountID, t.ID).Select("ended_at", "ended_by").Updates(ctx, t)); err != nil {
			return err
		}
		o, err := tx.store.license(ctx, tx.DB, t.AccountID, t.LicenseID)
		if err != nil {
			return err
		}
		rest, err := rowsOf[LicenseTerm](tx.DB).Where("license_id = ? AND ended_at IS NULL", t.LicenseID).Find(ctx)
		if err != nil {
			return err
		}
		before := map[string]any{"seats": o.license.Seats, "ends_at": o.license.EndsAt}
		o.license.leave(rest, tx.now)
		if err := changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", o.license.AccountID, o.license.ID).Select("seats", "starts_at", "ends_at").Updates(ctx, o.license)); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "license.credited", licenseSubject(o.license, o.product, o.client), before, map[string]any{"seats": o.license.Seats, "ends_at": o.license.EndsAt, "credit_note": n.name()}); err != nil {
			return err
		}
		if err := tx.resumeLicense(ctx, actor, o); err != nil { // what is left of it may be paid
			return err
		}
	}
	return nil
}

// cancelCredited cancels an order of which everything was taken back and nothing is active.
func (tx *tx) cancelCredited(ctx context.Context, actor Actor, n CreditNote, i Invoice) error {
	fresh, err := invoice(ctx, tx.DB, i.AccountID, i.ID)
	if err != nil || fresh.Credited < fresh.Total {
		return err
	}
	o, err := tx.store.order(ctx, tx.DB, i.AccountID, i.OrderID)
	if err != nil || o.order.CancelledAt != nil || o.order.ActivatedAt != nil && !n.EndsLicense {
		return err
	}
	if err := tx.endGrace(ctx, actor, o.order); err != nil {
		return err
	}
	if err := tx.endSuspensions(ctx, actor, i.AccountID, "unpaid_invoice_id = ?", i.ID); err != nil {
		return err
	}
	o.order.CancelledAt, o.order.CancelledBy, o.order.CancelReason = &tx.now, &actor.UserID, n.Reason
	if err := tx.changeOrder(ctx, &o.order, "cancelled_at", "cancelled_by", "cancel_reason"); err != nil {
		return err
	}
	return tx.record(ctx, actor, "order.credited", o.subject(), nil, map[string]any{"credit_note": n.name(), "reason": n.Reason})
}

// ApproveCreditNote issues a note that somebody else has drafted.
func (s *Store) ApproveCreditNote(ctx context.Context, actor Actor, id string) (CreditNote, error) {
	return s.decideCreditNote(ctx, actor, id, func(tx *tx, i Invoice, n *CreditNote) error {
		if i.VoidedAt != nil {
			return refusal("void", "Invoice %s was voided in the meantime: there is nothing to credit. Drop the note.", i.Number)
		}
		if n.DraftedBy == actor.UserID {
			return refusal("second", "A second staff member has to approve what you have drafted.")
		}
		vendor, err := rowsOf[Vendor](tx.DB).Where("id = ?", 1).Take(ctx)
		if err != nil {
			return err
		}
		return tx.issueCreditNote(ctx, actor, vendor, i, n)
	})
}

// DeclineCreditNote drops a note that waits; also its drafter can.
func (s *Store) DeclineCreditNote(ctx context.Context, actor Actor, id string) (CreditNote, error) {
	return s.decideCreditNote(ctx, actor, id, func(tx *tx, _ Invoice, n *CreditNote) error {
		return tx.dropCreditNote(ctx, actor, n)
	})
}

// dropCreditNote declines a note that waits. The account is locked.
func (tx *tx) dropCreditNote(ctx context.Context, actor Actor, n *CreditNote) error {
	n.DeclinedAt, n.DeclinedBy = &tx.now, &actor.UserID
	if err := changed(rowsOf[CreditNote](tx.DB).Where("account_id = ? AND id = ? AND issued_at IS NULL AND declined_at IS NULL", n.AccountID, n.ID).
		Select("declined_at", "declined_by").Updates(ctx, *n)); err != nil {
		return err
	}
	return tx.record(ctx, actor, "credit_note.declined", n.subject(), nil, nil)
}

func (s *Store) decideCreditNote(ctx context.Context, actor Actor, id string, decide func(*tx, Invoice, *CreditNote) error) (CreditNote, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return CreditNote{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return CreditNote{}, err
	}
	n, err := rowsOf[CreditNote](s.reader).Where("id = ?", id).Take(ctx)
	if KindOf(orNotFound(err, "Credit note")) == NotFound {
		return n, Problems{"credit_note": "There is no such credit note. Look at the invoice again."}.Err()
	}
	if err != nil {
		return n, err
	}
	err = s.changeInvoice(ctx, n.AccountID, n.InvoiceID, func(tx *tx, i Invoice) error {
		fresh, err := rowsOf[CreditNote](tx.DB).Where("account_id = ? AND id = ?", n.AccountID, id).Take(ctx)
		if err != nil {
			return err
		}
		if n = fresh; !n.Waits() {
			return refusal("settled", "This credit note was issued or dropped already.")
		}
		return decide(tx, i, &n)
	})
	return n, err
}

// CreditNoteOf is a credit note with its people and the invoice that it corrects.
type CreditNoteOf struct {
	CreditNote    `gorm:"embedded"`
	DraftedName   string
	IssuedName    string
	AccountName   string
	InvoiceNumber string
	ClientName    string
}

const creditNoteOf = `SELECT n.*, d.name AS drafted_name, COALESCE(u.name, '') AS issued_name, a.name AS account_name, i.number AS invoice_number, i.client_name
	FROM credit_notes n JOIN invoices i ON i.id = n.invoice_id JOIN accounts a ON a.id = n.account_id
	JOIN users d ON d.id = n.drafted_by LEFT JOIN users u ON u.id = n.issued_by `

// creditNotes are those of an invoice that were not dropped.
func creditNotes(ctx context.Context, db *gorm.DB, invoiceID string) ([]CreditNoteOf, error) {
	return rowsOf[CreditNoteOf](db).Raw(creditNoteOf+"WHERE n.invoice_id = ? AND n.declined_at IS NULL ORDER BY n.drafted_at, n.id", invoiceID).Find(ctx)
}

// waitingCreditNotes are those that a second staff member has to look at, the oldest first.
func waitingCreditNotes(ctx context.Context, db *gorm.DB) ([]CreditNoteOf, error) {
	return rowsOf[CreditNoteOf](db).Raw(creditNoteOf+"WHERE n.issued_at IS NULL AND n.declined_at IS NULL ORDER BY n.drafted_at, n.id LIMIT ?", queueShown).Find(ctx)
}

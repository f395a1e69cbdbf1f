package models

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"reselling/models/money"
)

// PaymentEntry is what finance types of a receipt.
type PaymentEntry struct {
	AccountID   string
	Amount      string // in the account's currency
	Method      PaymentMethod
	Reference   string
	ReceivedOn  string
	Note        string
	Allocations []AllocationEntry
	First       string // the invoice that it pays as far as it is open, instead of Allocations
	RequestKey  string
	line        string   // of a bank statement
	numbers     []string // of the invoices that a line pays one after the other, as far as they are open
}

// AllocationEntry is what of a receipt pays which invoice; empty for nothing.
type AllocationEntry struct {
	InvoiceID string
	Amount    string
}

// maxAllocations is how many invoices one receipt pays at most.
const maxAllocations = 200

// RecordPayment records a receipt of an account: what is allocated pays invoices,
// the rest is the account's credit. An invoice that is paid thereby activates its
// licences at once. It wants a fresh password. Conflict with the first one's id if the account's receipt of
// that method and reference was recorded before.
func (s *Store) RecordPayment(ctx context.Context, actor Actor, e PaymentEntry) (Payment, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return Payment{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Payment{}, err
	}
	p := Problems{}
	pay := Payment{
		ID: newID(), AccountID: e.AccountID, Method: e.Method, Reference: clean(e.Reference), Note: cleanText(e.Note),
		RecordedBy: actor.UserID,
	}
	pay.ReferenceKey = p.reference("reference", pay.Reference)
	p.fit("note", pay.Note, maxText)
	if !slices.Contains(PaymentMethods, e.Method) {
		p.Add("method", "Choose how the money came.")
	}
	if len(e.Allocations) > maxAllocations {
		p.Add("amount", "One receipt pays 200 invoices at most.")
	}
	pay.ReceivedOn = p.day("received_on", e.ReceivedOn, "Enter the day on which the money arrived.")
	if e.AccountID == "" {
		p.Add("account", "Choose the account that has paid.")
		return Payment{}, p.Err()
	}
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, e.AccountID)
		if KindOf(err) == NotFound {
			return Problems{"account": "Choose the account that has paid."}.Err()
		}
		if err != nil {
			return err
		}
		earlier, err := tx.claim(ctx, actor, "payment", e.RequestKey, pay.ID, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			pay, err = rowsOf[Payment](tx.DB).Where("id = ?", earlier.id).Take(ctx)
			return earlier.told(orNotFound(err, "Payment"), "the receipt %s was recorded", pay.Reference)
		}
		if e.line != "" {
			if err := tx.holdLine(ctx, e.line, e.AccountID); err != nil {
				return err
			}
		}
		p, pay := maps.Clone(p), &pay
		pay.Currency, pay.RecordedAt = account.Currency, tx.now
		zone, err := vendorZone(ctx, tx.DB)
		if err != nil {
			return err
		}
		p.receivedOn("received_on", pay.ReceivedOn, DateIn(tx.now, zone), DateIn(account.CreatedAt, zone))
		if pay.Amount = p.amount("amount", e.Amount, pay.Currency); pay.Amount == 0 {
			p.Add("amount", "Enter the amount that arrived, more than 0.")
		}
		shares, err := tx.allocationsOf(ctx, p, *pay, e)
		if err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		if err := tx.refuseReceipt(ctx, *pay); err != nil {
			return err
		}
		if err := tx.receive(ctx, actor, *pay, shares); err != nil || e.line == "" {
			return err
		}
		return tx.markLine(ctx, e.line, *pay)
	})
	return pay, err
}

// receivedOn checks the day of a receipt of an account that is there since a day: at
// most a year back, by which a mistyped year is found out.
func (p Problems) receivedOn(field string, day, today, since Date) {
	first := today.from(today.Time().AddDate(-1, 0, 0))
	switch {
	case day == "":
	case day > today:
		p.Add(field, "This day is yet to come. Record the receipt when the money has arrived.")
	case day < since:
		p.Add(field, "The account is here since "+dayText(since)+": a receipt of it can't be older.")
	case day < first:
		p.Add(field, "This is more than a year ago. Enter a day from "+dayText(first)+" on.")
	}
}

// refuseReceipt refuses a receipt that was recorded before.
func (tx *tx) refuseReceipt(ctx context.Context, pay Payment) error {
	first, err := rowsOf[Payment](tx.DB).Where("account_id = ? AND method = ? AND reference_key = ?", pay.AccountID, pay.Method, pay.ReferenceKey).Limit(1).Find(ctx)
	if err != nil || len(first) == 0 {
		return err
	}
	return recordedAlready(first[0])
}

func recordedAlready(first Payment) error {
	e := refusal("recorded", "The receipt %s was recorded already: %s on %s. It counts once.", first.Reference, first.Sum(), dayText(first.ReceivedOn))
	e.Subject = first.ID
	return e
}

// receive writes a receipt that was checked, and what it pays. The account is locked.
func (tx *tx) receive(ctx context.Context, actor Actor, pay Payment, shares []share) error {
	if err := rowsOf[Payment](tx.DB).Create(ctx, &pay); err != nil {
		return fmt.Errorf("create payment: %w", err)
	}
	if err := tx.post(ctx, Posting{AccountID: pay.AccountID, Kind: PaymentPosting, SubjectID: pay.ID, Number: pay.Reference, Amount: -pay.Amount, Currency: pay.Currency}); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "payment.recorded", pay.subject(), nil, map[string]any{"amount": pay.Sum().String(), "received_on": string(pay.ReceivedOn), "method": string(pay.Method)}); err != nil {
		return err
	}
	if err := tx.allocate(ctx, actor, pay, shares); err != nil {
		return err
	}
	return tx.tellOfPayment(ctx, pay, PaymentReceived)
}

// share is what of a receipt pays an invoice.
type share struct {
	invoice Invoice
	amount  int64
}

// PayInvoice is RecordPayment of an invoice's account: it pays that invoice as
// far as it is open, and what is over is credit.
func (s *Store) PayInvoice(ctx context.Context, actor Actor, invoiceID string, e PaymentEntry) (Payment, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return Payment{}, err
	}
	i, err := rowsOf[Invoice](s.reader).Where("id = ?", invoiceID).Take(ctx)
	if err != nil {
		return Payment{}, orNotFound(err, "Invoice")
	}
	e.AccountID, e.Allocations, e.First = i.AccountID, nil, invoiceID
	return s.RecordPayment(ctx, actor, e)
}

// allocationsOf is what a receipt that is being recorded pays.
func (tx *tx) allocationsOf(ctx context.Context, p Problems, pay Payment, e PaymentEntry) ([]share, error) {
	switch {
	case e.line != "":
		return tx.allocationsByNumber(ctx, p, pay, e.numbers)
	case e.First == "":
		return tx.allocations(ctx, p, pay, pay.Amount, e.Allocations)
	}
	i, err := invoice(ctx, tx.DB, pay.AccountID, e.First)
	if err != nil {
		return nil, err
	}
	if err := tx.payable(ctx, i); err != nil {
		return nil, err
	}
	return []share{{i, min(pay.Amount, i.Open().Minor)}}, nil
}

// allocationsByNumber lets a receipt pay invoices in the order of their numbers,
// each as far as it is open; what is left is credit.
func (tx *tx) allocationsByNumber(ctx context.Context, p Problems, pay Payment, numbers []string) ([]share, error) {
	var shares []share
	rest := pay.Amount
	for _, number := range numbers {
		i, err := rowsOf[Invoice](tx.DB).Where("account_id = ? AND number = ?", pay.AccountID, number).Take(ctx)
		switch {
		case KindOf(orNotFound(err, "Invoice")) == NotFound:
			p.Add("invoices", "There is no invoice "+cut(number, 40)+" to this account.")
			continue
		case err != nil:
			return nil, err
		case i.Open().Minor == 0:
			p.Add("invoices", "Nothing of invoice "+i.Number+" is open any more.")
		}
		over, err := late(ctx, tx.DB, i.OrderID, tx.now)
		if err != nil {
			return nil, err
		}
		if over != nil {
			p.Add("invoices", "Invoice "+i.Number+" is for seats of a term that is over: it can't be paid any more. Without its number here, the money becomes credit.")
		}
		if part := min(rest, i.Open().Minor); part > 0 {
			shares, rest = append(shares, share{i, part}), rest-part
		} else if rest == 0 {
			p.Add("invoices", "Nothing is left for invoice "+i.Number+": the amount is used up before.")
		}
	}
	return shares, nil
}

// allocations checks what was typed to be allocated of at most rest. Its fields
// are called allocation_0, allocation_1, … in the order in which they were typed.
func (tx *tx) allocations(ctx context.Context, p Problems, pay Payment, rest int64, typed []AllocationEntry) ([]share, error) {
	var shares []share
	var sum int64
	for n, e := range typed {
		field := Row("allocation", n)
		if clean(e.Amount) == "" {
			continue
		}
		amount := p.amount(field, e.Amount, pay.Currency)
		if amount == 0 {
			continue
		}
		i, err := invoice(ctx, tx.DB, pay.AccountID, e.InvoiceID)
		if KindOf(err) == NotFound {
			p.Add(field, "This invoice is not one of the account.")
			continue
		}
		if err != nil {
			return nil, err
		}
		over, err := late(ctx, tx.DB, i.OrderID, tx.now)
		if err != nil {
			return nil, err
		}
		switch {
		case over != nil:
			p.Add(field, "Invoice "+i.Number+" is for seats of a term that is over: it can't be paid any more.")
		case slices.ContainsFunc(shares, func(s share) bool { return s.invoice.ID == i.ID }):
			p.Add(field, "This invoice stands here twice.")
		case i.Open().Minor == 0:
			p.Add(field, "Nothing of invoice "+i.Number+" is open any more.")
		case amount > i.Open().Minor:
			p.Add(field, "Only "+i.Open().String()+" of invoice "+i.Number+" are open.")
		}
		shares, sum = append(shares, share{i, amount}), sum+amount
	}
	if sum > rest {
		p.Add("amount", "More is allocated ("+money.Of(sum, pay.Currency).String()+") than there is ("+money.Of(rest, pay.Currency).String()+").")
	}
	return shares, nil
}

// allocate lets a receipt pay invoices. The account is locked.
func (tx *tx) allocate(ctx context.Context, actor Actor, pay Payment, shares []share) error {
	for _, s := range shares {
		a := Allocation{
			ID: newID(), AccountID: pay.AccountID, PaymentID: pay.ID, InvoiceID: s.invoice.ID, Amount: s.amount,
			AllocatedAt: tx.now, AllocatedBy: actor.UserID,
		}
		if err := rowsOf[Allocation](tx.DB).Create(ctx, &a); err != nil {
			return fmt.Errorf("create allocation: %w", err)
		}
		if err := tx.record(ctx, actor, "payment.allocated", pay.subject(), nil, map[string]any{"amount": pay.of(s.amount).String(), "invoice": s.invoice.Number}); err != nil {
			return err
		}
		if err := tx.settleInvoice(ctx, actor, s.invoice.ID); err != nil {
			return err
		}
	}
	return nil
}

// AllocateCredit lets what is left of a receipt pay open invoices of its account.
// It wants a fresh password.
func (s *Store) AllocateCredit(ctx context.Context, actor Actor, id string, typed []AllocationEntry, requestKey string) (Payment, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return Payment{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Payment{}, err
	}
	if len(typed) > maxAllocations {
		return Payment{}, Problems{"amount": "One receipt pays 200 invoices at most."}.Err()
	}
	return s.changePayment(ctx, id, func(tx *tx, pay *Payment) error {
		if earlier, err := tx.claim(ctx, actor, "allocation", requestKey, pay.ID, typed); err != nil || earlier.id != "" {
			return earlier.told(err, "the credit was applied")
		}
		if pay.ReversedAt != nil {
			return reversedAlready(*pay)
		}
		allocated, err := tx.allocatedOf(ctx, *pay)
		if err != nil {
			return err
		}
		p := Problems{}
		shares, err := tx.allocations(ctx, p, *pay, pay.Amount-allocated, typed)
		if err != nil {
			return err
		}
		if len(shares) == 0 && len(p) == 0 {
			p.Add("amount", "Enter what of the credit pays which invoice.")
		}
		if err := p.Err(); err != nil {
			return err
		}
		return tx.allocate(ctx, actor, *pay, shares)
	})
}

// ReversePayment takes a receipt back, as the bank did: the invoices that it paid
// are open again, and their licences suspended until those are paid. It wants a
// fresh password.
func (s *Store) ReversePayment(ctx context.Context, actor Actor, id, reason string) (Payment, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return Payment{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Payment{}, err
	}
	p := Problems{}
	reason = clean(reason)
	p.fill("reason", reason, "Say why: the account reads it.", maxName)
	if err := p.Err(); err != nil {
		return Payment{}, err
	}
	return s.changePayment(ctx, id, func(tx *tx, pay *Payment) error {
		if pay.ReversedAt != nil {
			return reversedAlready(*pay)
		}
		pay.ReversedAt, pay.ReversedBy, pay.ReversalReason = &tx.now, &actor.UserID, reason
		if err := changed(rowsOf[Payment](tx.DB).Where("account_id = ? AND id = ? AND reversed_at IS NULL", pay.AccountID, pay.ID).
			Select("reversed_at", "reversed_by", "reversal_reason").Updates(ctx, *pay)); err != nil {
			return err
		}
		if err := tx.post(ctx, Posting{AccountID: pay.AccountID, Kind: ReversalPosting, SubjectID: pay.ID, Number: pay.Reference, Amount: pay.Amount, Currency: pay.Currency}); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "payment.reversed", pay.subject(), nil, map[string]any{"amount": pay.Sum().String(), "reason": reason}); err != nil {
			return err
		}
		held, err := rowsOf[Allocation](tx.DB).Where("payment_id = ? AND released_at IS NULL", pay.ID).Order("id").Find(ctx)
		if err != nil {
			return err
		}
		for _, a := range held {
			if err := tx.release(ctx, actor, a); err != nil {
				return err
			}
			if err := tx.settleInvoice(ctx, actor, a.InvoiceID); err != nil {
				return err
			}
		}
		return tx.tellOfPayment(ctx, *pay, PaymentReversed)
	})
}

func reversedAlready(pay Payment) error {
	return refusal("reversed", "The receipt %s was reversed already.", pay.Reference)
}

// changePayment runs fn for a receipt whose account is locked.
func (s *Store) changePayment(ctx context.Context, id string, fn func(*tx, *Payment) error) (Payment, error) {
	pay, err := rowsOf[Payment](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return pay, orNotFound(err, "Payment")
	}
	err = s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, pay.AccountID); err != nil {
			return err
		}
		fresh, err := rowsOf[Payment](tx.DB).Where("account_id = ? AND id = ?", pay.AccountID, id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Payment")
		}
		pay = fresh
		return fn(tx, &pay)
	})
	return pay, err
}

// allocatedOf is what of a receipt is allocated.
func (tx *tx) allocatedOf(ctx context.Context, pay Payment) (sum int64, err error) {
	err = tx.WithContext(ctx).Raw("SELECT COALESCE(SUM(amount), 0) FROM allocations WHERE payment_id = ? AND released_at IS NULL", pay.ID).Scan(&sum).Error
	return sum, err
}

// release takes an allocation back: it is the account's credit again.
func (tx *tx) release(ctx context.Context, actor Actor, a Allocation) error {
	a.ReleasedAt, a.ReleasedBy = &tx.now, &actor.UserID
	return changed(rowsOf[Allocation](tx.DB).Where("account_id = ? AND id = ? AND released_at IS NULL", a.AccountID, a.ID).
		Select("released_at", "released_by").Updates(ctx, a))
}

// tellOfPayment queues a mail to everybody who pays for the account.
func (tx *tx) tellOfPayment(ctx context.Context, pay Payment, news PaymentNews) error {
	payers, err := tx.payers(ctx, pay.AccountID)
	if err != nil {
		return err
	}
	for _, m := range payers {
		if err := tx.enqueue(ctx, PaymentMail{PaymentID: pay.ID, UserID: m.UserID, News: news}); err != nil {
			return err
		}
	}
	return nil
}

// SuggestAllocations says which of the open invoices of an account a receipt
// probably pays: those whose number or reference its text names, else the one of
// exactly its amount, else those that are due first. Amounts are by invoice id.
func SuggestAllocations(open []Invoice, amount int64, text string) map[string]int64 {
	shares := map[string]int64{}
	give := func(i Invoice) {
		if part := min(amount, i.Open().Minor); part > 0 {
			shares[i.ID] = part
			amount -= part
		}
	}
	named := slices.DeleteFunc(slices.Clone(open), func(i Invoice) bool { return !i.isNamedIn(text) })
	if len(named) > 0 {
		for _, i := range named {
			give(i)
		}
		return shares
	}
	for _, i := range open {
		if i.Open().Minor == amount {
			give(i)
			return shares
		}
	}
	byDue := slices.Clone(open)
	slices.SortStableFunc(byDue, func(a, b Invoice) int { return a.OverdueAt.Compare(b.OverdueAt) })
	for _, i := range byDue {
		give(i)
	}
	return shares
}

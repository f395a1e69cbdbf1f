package models

import (
	"context"
	"time"
)

// ClaimPaid says for the account that an invoice is paid: finance sees it in the
// work queue and records the payment when it has arrived. Said again it changes
// the note. Conflict for an invoice of which nothing is open.
func (s *Store) ClaimPaid(ctx context.Context, actor Actor, id, note string) error {
	if err := actor.require(PayInvoices); err != nil {
		return err
	}
	p := Problems{}
	note = clean(note)
	p.fit("note", note, maxName)
	if err := p.Err(); err != nil {
		return err
	}
	return s.changeInvoice(ctx, actor.AccountID, id, func(tx *tx, i Invoice) error {
		if err := tx.payable(ctx, i); err != nil {
			return err
		}
		if i.ClaimedAt != nil && i.ClaimNote == note {
			return nil
		}
		i.ClaimedAt, i.ClaimedBy, i.ClaimNote = &tx.now, &actor.UserID, note
		if err := tx.updateInvoice(ctx, &i, "claimed_at", "claimed_by", "claim_note"); err != nil {
			return err
		}
		facts := map[string]any{}
		if note != "" {
			facts["note"] = note
		}
		return tx.record(ctx, actor, "invoice.claimed_paid", i.subject(), nil, facts)
	})
}

// payable returns why nothing can be paid on i, if nothing can.
func (i Invoice) payable(now time.Time) error {
	switch i.Status(now) {
	case InvoiceVoid:
		return refusal("void", "Invoice %s is void: nothing is to be paid on it.", i.Number)
	case InvoiceCredited:
		return refusal("credited", "Invoice %s was credited in full: nothing is to be paid on it.", i.Number)
	case InvoicePaid:
		return refusal("paid", "Invoice %s is paid already.", i.Number)
	}
	return nil
}

// VoidInvoice voids an invoice on which nothing was paid, and cancels its order,
// for the vendor's finance staff.
func (s *Store) VoidInvoice(ctx context.Context, actor Actor, id, reason string) error {
	if err := actor.require(ManageInvoices); err != nil {
		return err
	}
	p := Problems{}
	reason = clean(reason)
	p.fill("reason", reason, "Say why: the account reads it.", maxName)
	if err := p.Err(); err != nil {
		return err
	}
	found, err := rowsOf[Invoice](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return orNotFound(err, "Invoice")
	}
	return s.changeInvoice(ctx, found.AccountID, id, func(tx *tx, i Invoice) error {
		o, err := s.order(ctx, tx.DB, i.AccountID, i.OrderID)
		if err != nil {
			return err
		}
		if err := o.settled(tx.now, OrderPlaced); err != nil {
			return err
		}
		return tx.cancelOrder(ctx, actor, &o, reason)
	})
}

// changeInvoice runs fn for an invoice whose account is locked.
func (s *Store) changeInvoice(ctx context.Context, accountID, id string, fn func(*tx, Invoice) error) error {
	return s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, accountID); err != nil {
			return err
		}
		i, err := invoice(ctx, tx.DB, accountID, id)
		if err != nil {
			return err
		}
		return fn(tx, i)
	})
}

// updateInvoice writes the facts that were added to an invoice.
func (tx *tx) updateInvoice(ctx context.Context, i *Invoice, columns ...any) error {
	i.Version++
	return changed(rowsOf[Invoice](tx.DB).Where("account_id = ? AND id = ? AND version = ?", i.AccountID, i.ID, i.Version-1).
		Select("version", columns...).Updates(ctx, *i))
}

// voidInvoice voids the invoice of an order that is being cancelled. Conflict
// once anything was paid or credited: then only a credit note helps.
func (tx *tx) voidInvoice(ctx context.Context, actor Actor, o orderOf, reason string) (Invoice, error) {
	i, err := rowsOf[Invoice](tx.DB).Where("account_id = ? AND order_id = ?", o.order.AccountID, o.order.ID).Take(ctx)
	if err != nil {
		return i, err
	}
	if i.Allocated > 0 || i.Credited > 0 {
		e := refusal("paid_on", "Something was paid on invoice %s already. Ask finance for a credit note instead.", i.Number)
		e.Subject = i.ID
		return i, e
	}
	i.VoidedAt, i.VoidedBy, i.VoidReason, i.PaidAt = &tx.now, &actor.UserID, reason, nil
	if err := tx.updateInvoice(ctx, &i, "voided_at", "voided_by", "void_reason", "paid_at"); err != nil {
		return i, err
	}
	if err := tx.post(ctx, Posting{AccountID: i.AccountID, Kind: VoidPosting, SubjectID: i.ID, OrderID: &i.OrderID, Number: i.Number, Amount: -i.Total, Currency: i.Currency}); err != nil {
		return i, err
	}
	facts := map[string]any{}
	if reason != "" {
		facts["reason"] = reason
	}
	if err := tx.record(ctx, actor, "invoice.voided", i.subject(), nil, facts); err != nil {
		return i, err
	}
	if err := tx.endSuspensions(ctx, actor, i.AccountID, "unpaid_invoice_id = ?", i.ID); err != nil {
		return i, err
	}
	waiting, err := rowsOf[CreditNote](tx.DB).Where("invoice_id = ? AND issued_at IS NULL AND declined_at IS NULL", i.ID).Find(ctx)
	if err != nil {
		return i, err
	}
	for _, n := range waiting {
		if err := tx.dropCreditNote(ctx, actor, &n); err != nil {
			return i, err
		}
	}
	return i, tx.tellPayers(ctx, i, InvoiceVoided)
}

// cancelOrder cancels an order that is not active, and voids its invoice if it
// has one. The account is locked.
func (tx *tx) cancelOrder(ctx context.Context, actor Actor, o *orderOf, reason string) error {
	facts := map[string]any{}
	if o.order.PlacedAt != nil {
		i, err := tx.voidInvoice(ctx, actor, *o, reason)
		if err != nil {
			return err
		}
		facts["invoice"] = i.Number
		if err := tx.endGrace(ctx, actor, o.order); err != nil {
			return err
		}
	}
	o.order.CancelledAt, o.order.CancelledBy, o.order.CancelReason = &tx.now, &actor.UserID, reason
	if err := tx.changeOrder(ctx, &o.order, "cancelled_at", "cancelled_by", "cancel_reason"); err != nil {
		return err
	}
	if reason != "" {
		facts["reason"] = reason
	}
	return tx.record(ctx, actor, "order.cancelled", o.subject(), nil, facts)
}

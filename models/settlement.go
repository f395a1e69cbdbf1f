package models

import (
	"context"
)

// settleInvoice brings an invoice into step with what was allocated and credited:
// it is paid once nothing is open, which activates its licences, and open again
// once something is, which suspends them. The account is locked. What is over
// the total after a credit note goes back to the account's credit.
func (tx *tx) settleInvoice(ctx context.Context, actor Actor, id string) error {
	i, err := rowsOf[Invoice](tx.DB).Where("id = ?", id).Take(ctx)
	if err != nil {
		return err
	}
	before := i
	if err := tx.reckon(ctx, actor, &i); err != nil {
		return err
	}
	isPaid := i.VoidedAt == nil && i.Credited+i.Allocated == i.Total
	switch {
	case isPaid && i.PaidAt == nil:
		i.PaidAt = &tx.now
	case !isPaid:
		i.PaidAt = nil
	}
	if i.Allocated > before.Allocated { // what the account said has been answered
		i.ClaimedAt, i.ClaimedBy, i.ClaimNote = nil, nil, ""
	}
	switch {
	case i.PaidAt != nil:
		i.ReopenedAt = nil
	case before.PaidAt != nil:
		i.ReopenedAt = &tx.now
	}
	if err := tx.updateInvoice(ctx, &i, "credited", "allocated", "paid_at", "reopened_at", "claimed_at", "claimed_by", "claim_note"); err != nil {
		return err
	}
	switch {
	case before.PaidAt == nil && i.PaidAt != nil:
		return tx.paid(ctx, actor, i)
	case before.PaidAt != nil && i.PaidAt == nil:
		return tx.reopened(ctx, actor, i)
	}
	return nil
}

// reckon adds up what was credited and allocated, and releases what is too much,
// the latest allocation first.
func (tx *tx) reckon(ctx context.Context, actor Actor, i *Invoice) error {
	if err := tx.WithContext(ctx).Raw("SELECT COALESCE(SUM(total), 0) FROM credit_notes WHERE invoice_id = ? AND issued_at IS NOT NULL", i.ID).Scan(&i.Credited).Error; err != nil {
		return err
	}
	held, err := rowsOf[Allocation](tx.DB).Where("invoice_id = ? AND released_at IS NULL", i.ID).Order("allocated_at DESC, id DESC").Find(ctx)
	if err != nil {
		return err
	}
	i.Allocated = 0
	for _, a := range held {
		i.Allocated += a.Amount
	}
	for _, a := range held {
		over := i.Credited + i.Allocated - i.Total
		if over <= 0 {
			break
		}
		if err := tx.release(ctx, actor, a); err != nil {
			return err
		}
		i.Allocated -= a.Amount
		if rest := a.Amount - over; rest > 0 {
			part := Allocation{ID: newID(), AccountID: a.AccountID, PaymentID: a.PaymentID, InvoiceID: a.InvoiceID, Amount: rest, AllocatedAt: tx.now, AllocatedBy: actor.UserID}
			if err := rowsOf[Allocation](tx.DB).Create(ctx, &part); err != nil {
				return err
			}
			i.Allocated += rest
		}
	}
	return nil
}

// paid does what follows from an invoice being paid.
func (tx *tx) paid(ctx context.Context, actor Actor, i Invoice) error {
	o, err := tx.store.order(ctx, tx.DB, i.AccountID, i.OrderID)
	if err != nil {
		return err
	}
	if i.Total > 0 && i.Credited == i.Total { // nothing was bought: a full credit note never activates, but nothing is owed either
		return tx.resume(ctx, actor, o)
	}
	if err := tx.record(ctx, actor, "invoice.paid", i.subject(), nil, map[string]any{"total": i.Amount(i.Total).String()}); err != nil {
		return err
	}
	if err := tx.endSuspensions(ctx, actor, i.AccountID, "unpaid_invoice_id = ?", i.ID); err != nil {
		return err
	}
	if o.order.Status(tx.now) == OrderPlaced {
		return tx.activate(ctx, actor, &o)
	}
	return tx.resume(ctx, actor, o)
}

// reopened suspends what an invoice had activated, until it is paid again.
func (tx *tx) reopened(ctx context.Context, actor Actor, i Invoice) error {
	if err := tx.record(ctx, actor, "invoice.reopened", i.subject(), nil, map[string]any{"open": i.Open().String()}); err != nil {
		return err
	}
	licenses, err := tx.licensesOf(ctx, i.OrderID)
	if err != nil {
		return err
	}
	for _, o := range licenses {
		if rest, err := tx.suspendSeats(ctx, actor, i, o); err != nil || rest {
			if err != nil {
				return err
			}
			continue
		}
		if o.license.UnpaidSince != nil {
			continue
		}
		o.license.UnpaidSince = &tx.now
		if err := tx.updateUnpaid(ctx, o.license); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "license.unpaid", licenseSubject(o.license, o.product, o.client), nil, map[string]any{"invoice": i.Number}); err != nil {
			return err
		}
	}
	return nil
}

// resume ends the suspension of licences for which nothing is unpaid any more.
func (tx *tx) resume(ctx context.Context, actor Actor, paid orderOf) error {
	licenses, err := tx.licensesOf(ctx, paid.order.ID)
	if err != nil {
		return err
	}
	for _, o := range licenses {
		if err := tx.resumeSeats(ctx, actor, paid.order, o); err != nil {
			return err
		}
		if err := tx.resumeLicense(ctx, actor, o); err != nil {
			return err
		}
	}
	return nil
}

// resumeLicense ends the suspension of a licence of which no term is unpaid any more.
func (tx *tx) resumeLicense(ctx context.Context, actor Actor, o trialOf) error {
	if o.license.UnpaidSince == nil {
		return nil
	}
	var unpaid int
	if err := tx.WithContext(ctx).Raw(`SELECT COUNT(*) FROM license_terms t JOIN invoices i ON i.order_id = t.order_id
		WHERE t.license_id = ? AND t.ended_at IS NULL AND t.adds_to_id IS NULL AND i.paid_at IS NULL`, o.license.ID).Scan(&unpaid).Error; err != nil || unpaid > 0 {
		return err
	}
	o.license.UnpaidSince = nil
	if err := tx.updateUnpaid(ctx, o.license); err != nil {
		return err
	}
	return tx.record(ctx, actor, "license.paid_again", licenseSubject(o.license, o.product, o.client), nil, nil)
}

func (tx *tx) updateUnpaid(ctx context.Context, l License) error {
	return changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", l.AccountID, l.ID).Select("unpaid_since").Updates(ctx, l))
}

// licensesOf returns the licences that an order has given a term that was not ended.
func (tx *tx) licensesOf(ctx context.Context, orderID string) ([]trialOf, error) {
	terms, err := rowsOf[LicenseTerm](tx.DB).Where("order_id = ? AND ended_at IS NULL", orderID).Order("license_id").Find(ctx)
	if err != nil {
		return nil, err
	}
	var all []trialOf
	for _, t := range terms {
		if len(all) > 0 && all[len(all)-1].license.ID == t.LicenseID {
			continue
		}
		o, err := tx.store.license(ctx, tx.DB, t.AccountID, t.LicenseID)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

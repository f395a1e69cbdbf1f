package models

import (
	"context"
	"fmt"
	"slices"
)

// activate gives each line of a placed order its paid term, from now on: a new
// licence, or the trial's licence with its key, whose trial is then converted.
// It belongs into the transaction that makes the order paid; the account is locked.
func (tx *tx) activate(ctx context.Context, actor Actor, o *orderOf) error {
	zone, err := zoneAt(ctx, tx.DB, o.order.AccountID, tx.now)
	if err != nil {
		return err
	}
	trial, err := tx.conversionOf(ctx, o.order)
	if err != nil {
		return err
	}
	taken, err := takenBack(ctx, tx.DB, o.order.ID)
	if err != nil {
		return err
	}
	today := DateIn(tx.now, zone)
	for i := range o.lines {
		l := &o.lines[i]
		if taken[l.ID] {
			continue
		}
		product, err := rowsOf[Product](tx.DB).Where("id = ?", l.ProductID).Take(ctx)
		if err != nil {
			return err
		}
		term := LicenseTerm{
			ID: newID(), AccountID: o.order.AccountID, OrderID: o.order.ID, LineID: l.ID, Seats: l.Seats, Quarters: l.Quarters,
			FirstDay: today, StartsAt: tx.now, EndsAt: today.AddQuarters(l.Quarters).StartIn(zone), CreatedAt: tx.now,
		}
		renewed, err := tx.renews(ctx, o.order, *l)
		if err != nil {
			return err
		}
		if o.order.Kind == SeatsOrder {
			if err := tx.addSeats(ctx, actor, o.order, *l, &term); err != nil {
				return err
			}
		} else if renewed != nil {
			if err := tx.renew(ctx, actor, *renewed, &term); err != nil {
				return err
			}
			term.LicenseID = renewed.license.ID
		} else if trial != nil && trial.product.ID == l.ProductID {
			if err := tx.convert(ctx, actor, *trial, term); err != nil {
				return err
			}
			term.LicenseID, trial = trial.license.ID, nil
		} else {
			product.Seats = l.Seats
			license, err := tx.createLicense(ctx, actor, o.client, product, term.EndsAt)
			if err != nil {
				return err
			}
			term.LicenseID = license.ID
		}
		if err := rowsOf[LicenseTerm](tx.DB).Create(ctx, &term); err != nil {
			return fmt.Errorf("create licence term: %w", err)
		}
		l.LicenseID = &term.LicenseID
		if err := changed(rowsOf[OrderLine](tx.DB).Where("order_id = ? AND id = ?", o.order.ID, l.ID).Select("license_id").Updates(ctx, l.OrderLine)); err != nil {
			return err
		}
	}
	o.order.ActivatedAt = &tx.now
	if err := tx.changeOrder(ctx, &o.order, "activated_at"); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "order.activated", o.subject(), nil, map[string]any{"lines": linesText(o.without(taken).lines)}); err != nil {
		return err
	}
	return tx.tellOfActivation(ctx, o.order)
}

// tellOfActivation queues the mails that bring the keys to whoever asked for the
// price and placed the order, or who looks after the client, and to the client.
func (tx *tx) tellOfActivation(ctx context.Context, o Order) error {
	var members []string
	for _, id := range []string{o.RequestedBy, *o.PlacedBy} {
		reader, ok, err := readerFor(ctx, tx.DB, o.AccountID, id, o.ClientID)
		if err != nil {
			return err
		}
		if ok && !slices.Contains(members, reader.ID) {
			members = append(members, reader.ID)
		}
	}
	for _, id := range members {
		if err := tx.enqueue(ctx, OrderActiveMail{OrderID: o.ID, UserID: id}); err != nil {
			return err
		}
	}
	terms, err := rowsOf[LicenseTerm](tx.DB).Where("order_id = ?", o.ID).Order("id").Find(ctx)
	if err != nil {
		return err
	}
	for _, t := range terms {
		if err := tx.enqueue(ctx, ClientLicenseMail{TermID: t.ID}); err != nil {
			return err
		}
	}
	return nil
}

// conversionOf is the trial of which an order continues the licence, or nil.
func (tx *tx) conversionOf(ctx context.Context, o Order) (*trialOf, error) {
	if o.TrialID == nil {
		return nil, nil
	}
	t, err := tx.store.trial(ctx, tx.DB, o.AccountID, *o.TrialID)
	if err != nil {
		return nil, err
	}
	if s := t.trial.Status(tx.now); s == TrialRevoked || s == TrialConverted {
		return nil, nil // its licence has ended or is paid: the client gets one of its own
	}
	return &t, nil
}

// convert lets a trial's licence go on with a paid term.
func (tx *tx) convert(ctx context.Context, actor Actor, t trialOf, term LicenseTerm) error {
	t.trial.ConvertedAt = &tx.now
	if err := changed(rowsOf[Trial](tx.DB).Where("account_id = ? AND id = ? AND converted_at IS NULL", t.trial.AccountID, t.trial.ID).Select("converted_at").Updates(ctx, t.trial)); err != nil {
		return err
	}
	before := map[string]any{"seats": t.license.Seats, "ends_at": t.license.EndsAt}
	t.license.Seats, t.license.EndsAt = term.Seats, term.EndsAt
	if err := changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", t.license.AccountID, t.license.ID).Select("seats", "ends_at").Updates(ctx, t.license)); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "trial.converted", t.subject(), nil, map[string]any{"order": term.OrderID}); err != nil {
		return err
	}
	return tx.record(ctx, actor, "license.renewed", licenseSubject(t.license, t.product, t.client), before, map[string]any{"seats": t.license.Seats, "ends_at": t.license.EndsAt})
}

package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// Seats that are added to a running licence are co-termed: they hold from their
// payment to the end of the term that runs, and are paid by its days that were
// left when the order was placed (docs/decisions/added-seats.md).

// PriceForSeats is where adding seats to a paid licence starts from.
func (s *Store) PriceForSeats(ctx context.Context, actor Actor, id string) (PriceRequest, error) {
	if err := actor.require(RequestPrices); err != nil {
		return PriceRequest{}, err
	}
	o, err := s.license(ctx, s.reader, actor.AccountID, id)
	if err != nil {
		return PriceRequest{}, err
	}
	return PriceRequest{ClientID: o.client.ID, AddsToID: id, Lines: []LineEntry{{Product: o.product.Code, Seats: "1"}}}, nil
}

// runningTerm is the term of a licence to which seats can be added at an instant.
// Terms of one licence that hold at the same time end together: all but one are
// themselves additions to it.
func runningTerm(terms []LicenseTerm, at time.Time) (running LicenseTerm, ok bool) {
	for _, t := range terms {
		if t.holds(at) && (!ok || running.AddsToID != nil && t.AddsToID == nil) {
			running, ok = t, true
		}
	}
	return running, ok
}

// left is what is left of each quarter of t from a day of the account's zone on,
// that day included; nothing once the last one has passed.
func (t LicenseTerm) left(today Date) (all money.Coterm) {
	for q := range t.Quarters {
		first, next := t.FirstDay.AddQuarters(q), t.FirstDay.AddQuarters(q+1)
		if left := max(today, first).daysUntil(next); left > 0 {
			all = append(all, money.Part{Left: left, Days: first.daysUntil(next)})
		}
	}
	return all
}

// addable is what seats can be added to: Conflict, with a code, for a licence
// that has ended (ended), was never paid for (unpaid_for) or is suspended (unfit).
func addable(ctx context.Context, db *gorm.DB, l License, zone *time.Location, now time.Time) (LicenseTerm, money.Coterm, error) {
	terms, err := rowsOf[LicenseTerm](db).Where("license_id = ?", l.ID).Order("starts_at, id").Find(ctx)
	if err != nil {
		return LicenseTerm{}, nil, err
	}
	switch l.Status(now) {
	case LicenseRevoked:
		return LicenseTerm{}, nil, refusal("ended", "This licence was revoked, for good. Ask for the price of a new one.")
	case LicenseSuspended:
		return LicenseTerm{}, nil, refusal("unfit", "This licence is suspended. Seats can be added once it is active again.")
	case LicenseNotStarted:
		return LicenseTerm{}, nil, refusal("unfit", "This licence has not started. Seats can be added once its term has begun.")
	case LicenseExpired, LicenseActive:
	}
	if len(terms) == 0 {
		return LicenseTerm{}, nil, refusal("unpaid_for", "This licence was never paid for. Ask for the price of going on with its trial, for as many seats as you need.")
	}
	term, running := runningTerm(terms, now)
	if left := term.left(DateIn(now, zone)); running && len(left) > 0 {
		return term, left, nil
	}
	return LicenseTerm{}, nil, refusal("ended", "The term of this licence has ended, so that no seats can be added to it. Renew the licence for as many seats as you need.")
}

// readSeats makes the line of an order that adds seats to a licence. Its product
// and quarters are those of the licence, whatever was typed.
func (tx *tx) readSeats(ctx context.Context, p Problems, account Account, zone *time.Location, r PriceRequest) ([]OrderLineOf, error) {
	l, err := tx.store.license(ctx, tx.DB, account.ID, r.AddsToID)
	if err != nil {
		return nil, err
	}
	_, left, err := addable(ctx, tx.DB, l.license, zone, tx.now)
	if err != nil {
		return nil, err
	}
	typed := ""
	if len(r.Lines) > 0 {
		typed = clean(r.Lines[0].Seats)
	}
	line := OrderLine{Position: 1, ProductID: l.product.ID, Quarters: len(left), LicenseID: &l.license.ID, Coterm: left.String()}
	line.Seats = p.whole(Row("seats", 0), typed, 1, maxSeats)
	return []OrderLineOf{{OrderLine: line, ProductName: l.product.Name, ProductCode: l.product.Code, Currency: account.Currency}}, nil
}

// orderSeats makes an order one of added seats. Conflict (asked) while the price
// of others for the same licence is asked for and they are not placed.
func (tx *tx) orderSeats(ctx context.Context, r PriceRequest, o *orderOf) error {
	l, err := tx.store.license(ctx, tx.DB, o.order.AccountID, r.AddsToID)
	if err != nil {
		return err
	}
	open, err := openSeats(ctx, tx.DB, o.order.AccountID, r.AddsToID, tx.now)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		e := refusal("asked", "The price for adding seats to this licence is asked for already. Place that order or withdraw it first.")
		e.Subject = open[0].ID
		return e
	}
	o.order.Kind, o.order.ClientID = SeatsOrder, l.client.ID
	return nil
}

// openSeats returns the order of seats for a licence that is not placed yet, if there is one.
func openSeats(ctx context.Context, db *gorm.DB, accountID, licenseID string, now time.Time) ([]Order, error) {
	return rowsOf[Order](db).Raw(`SELECT o.* FROM orders o JOIN order_lines l ON l.order_id = o.id
		WHERE o.account_id = ? AND o.kind = ? AND l.license_id = ? AND o.placed_at IS NULL AND o.declined_at IS NULL AND o.cancelled_at IS NULL
			AND (o.lapses_at IS NULL OR o.lapses_at > ?) LIMIT 1`, accountID, SeatsOrder, licenseID, now).Find(ctx)
}

// coterm reckons the lines of an order of seats anew, as long as it is not placed:
// there are fewer days left every day. Where nothing can be added any more, they
// stay as they were reckoned last, and the refusal says why.
func (o *orderOf) coterm(ctx context.Context, db *gorm.DB, now time.Time) error {
	if o.order.Kind != SeatsOrder || o.order.PlacedAt != nil {
		return nil
	}
	zone, err := zoneAt(ctx, db, o.order.AccountID, now)
	if err != nil {
		return err
	}
	for i := range o.lines {
		l := &o.lines[i]
		license, err := rowsOf[License](db).Where("account_id = ? AND id = ?", o.order.AccountID, *l.LicenseID).Take(ctx)
		if err != nil {
			return err
		}
		term, left, err := addable(ctx, db, license, zone, now)
		if err != nil {
			return err
		}
		l.TermID, l.Coterm, l.Quarters = &term.ID, left.String(), len(left)
	}
	return nil
}

// cotermIfOpen is coterm for an order that is looked at: blocked says why no
// seats can be added any more.
func (o *orderOf) cotermIfOpen(ctx context.Context, db *gorm.DB, now time.Time) (blocked *Error, err error) {
	if s := o.order.Status(now); s != OrderRequested && s != OrderQuoted {
		return nil, nil
	}
	err = o.coterm(ctx, db, now)
	if e, ok := Shown(err); ok && e.Kind == Conflict {
		return e, nil
	}
	return nil, err
}

// placeableSeats fixes the days of an order of seats that is being placed; Conflict
// where none are left, or not those that were looked at.
func (tx *tx) placeableSeats(ctx context.Context, o *orderOf, looked string) error {
	if o.order.Kind != SeatsOrder {
		return nil
	}
	if err := o.coterm(ctx, tx.DB, tx.now); err != nil {
		return err
	}
	if looked != "" && looked != o.lines[0].Coterm {
		return refusal("changed", "There are fewer days left than when you looked at the price. Look at the new one, then place the order.")
	}
	return nil
}

// viewLicense adds to the view of an order the licence that it renews or adds to.
func (s *Store) viewLicense(ctx context.Context, o orderOf, v *OrderView) error {
	v.Blocked = o.blocked
	for _, l := range o.lines {
		if o.order.Kind == NewOrder || l.LicenseID == nil {
			continue
		}
		license, err := s.license(ctx, s.reader, o.order.AccountID, *l.LicenseID)
		if err != nil {
			return err
		}
		v.License = &license.license
		if l.TermID != nil {
			term, err := rowsOf[LicenseTerm](s.reader).Where("account_id = ? AND id = ?", o.order.AccountID, *l.TermID).Take(ctx)
			if err != nil {
				return err
			}
			v.Term = &term
		}
	}
	if o.order.Kind == SeatsOrder && o.order.Status(s.Now()) == OrderPlaced {
		var err error
		v.Blocked, err = late(ctx, s.reader, o.order.ID, s.Now())
		return err
	}
	return nil
}

// late returns why the seats of a placed order can't be had any more, if they
// can't: the term that they were to be added to is over, or the licence was revoked.
func late(ctx context.Context, db *gorm.DB, orderID string, now time.Time) (*Error, error) {
	over, err := rowsOf[LicenseTerm](db).Raw(`SELECT t.* FROM license_terms t JOIN order_lines l ON l.term_id = t.id JOIN orders o ON o.id = l.order_id
			JOIN licenses c ON c.id = t.license_id
		WHERE o.id = ? AND o.activated_at IS NULL AND o.cancelled_at IS NULL AND (t.ends_at <= ? OR t.ended_at IS NOT NULL OR c.revoked_at IS NOT NULL) LIMIT 1`, orderID, now).Find(ctx)
	if err != nil || len(over) == 0 {
		return nil, err
	}
	e := refusal("late", "The term to which these seats were to be added is over, so that paying for them would bring nothing. Cancel the order, or have its invoice made void; what was paid already comes back by a credit note.")
	e.Subject = orderID
	return e, nil
}

// payable returns why nothing can be paid on an invoice, if nothing can.
func (tx *tx) payable(ctx context.Context, i Invoice) error {
	if err := i.payable(tx.now); err != nil {
		return err
	}
	e, err := late(ctx, tx.DB, i.OrderID, tx.now)
	return orRefusal(err, e)
}

// addSeats gives a running licence the seats of a line, to the end of the term to
// which they were co-termed. Key and end stay. Conflict (late) once that is over.
func (tx *tx) addSeats(ctx context.Context, actor Actor, o Order, l OrderLineOf, term *LicenseTerm) error {
	if e, err := late(ctx, tx.DB, o.ID, tx.now); err != nil || e != nil {
		return orRefusal(err, e)
	}
	base, err := rowsOf[LicenseTerm](tx.DB).Where("account_id = ? AND id = ?", o.AccountID, *l.TermID).Take(ctx)
	if err != nil {
		return err
	}
	license, err := tx.store.license(ctx, tx.DB, o.AccountID, base.LicenseID)
	if err != nil {
		return err
	}
	terms, err := rowsOf[LicenseTerm](tx.DB).Where("license_id = ?", base.LicenseID).Find(ctx)
	if err != nil {
		return err
	}
	term.LicenseID, term.AddsToID, term.FirstDay, term.Quarters, term.EndsAt = base.LicenseID, &base.ID, base.FirstDay, base.Quarters, base.EndsAt
	before := map[string]any{"seats": license.license.Seats}
	license.license.Seats = SeatsAt(append(terms, *term), tx.now)
	if err := changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", o.AccountID, base.LicenseID).Select("seats").Updates(ctx, license.license)); err != nil {
		return err
	}
	return tx.record(ctx, actor, "license.seats_added", licenseSubject(license.license, license.product, license.client), before,
		map[string]any{"added": l.Seats, "seats": license.license.Seats, "ends_at": base.EndsAt})
}

// orRefusal is err, else the refusal.
func orRefusal(err error, e *Error) error {
	if err == nil && e != nil {
		return e
	}
	return err
}

// suspendSeats suspends the added seats of an invoice that is open again, and
// nothing else of their licence; rest reports whether seats of it remain. Of an
// invoice that was not for added seats it does nothing.
func (tx *tx) suspendSeats(ctx context.Context, actor Actor, i Invoice, o trialOf) (rest bool, err error) {
	n, err := tx.markSeats(ctx, i.OrderID, &tx.now)
	if err != nil || n == 0 {
		return false, err
	}
	before := map[string]any{"seats": o.license.Seats}
	if rest, err = tx.recountSeats(ctx, &o.license); err != nil {
		return false, err
	}
	return rest, tx.record(ctx, actor, "license.seats_unpaid", licenseSubject(o.license, o.product, o.client), before, map[string]any{"invoice": i.Number, "unpaid": n, "seats": o.license.Seats})
}

// resumeSeats ends the suspension of added seats that are paid again.
func (tx *tx) resumeSeats(ctx context.Context, actor Actor, order Order, o trialOf) error {
	n, err := tx.markSeats(ctx, order.ID, nil)
	if err != nil || n == 0 {
		return err
	}
	before := map[string]any{"seats": o.license.Seats}
	if _, err := tx.recountSeats(ctx, &o.license); err != nil {
		return err
	}
	return tx.record(ctx, actor, "license.seats_paid_again", licenseSubject(o.license, o.product, o.client), before, map[string]any{"seats": o.license.Seats})
}

// markSeats says since when the added seats of an order are unpaid, nil for paid,
// and returns of how many seats that has changed anything.
func (tx *tx) markSeats(ctx context.Context, orderID string, since *time.Time) (seats int, err error) {
	terms, err := rowsOf[LicenseTerm](tx.DB).Where("order_id = ? AND adds_to_id IS NOT NULL AND ended_at IS NULL", orderID).Find(ctx)
	if err != nil {
		return 0, err
	}
	for _, t := range terms {
		if (t.UnpaidSince == nil) == (since == nil) {
			continue
		}
		t.UnpaidSince = since
		if err := changed(rowsOf[LicenseTerm](tx.DB).Where("account_id = ? AND id = ?", t.AccountID, t.ID).Select("unpaid_since").Updates(ctx, t)); err != nil {
			return 0, err
		}
		seats += t.Seats
	}
	return seats, nil
}

// recountSeats brings the seats of a licence into step with its terms; some
// reports whether it has any.
func (tx *tx) recountSeats(ctx context.Context, l *License) (some bool, err error) {
	terms, err := rowsOf[LicenseTerm](tx.DB).Where("license_id = ?", l.ID).Find(ctx)
	if err != nil {
		return false, err
	}
	seats := SeatsAt(terms, tx.now)
	if seats == 0 || seats == l.Seats {
		return seats > 0 || !tx.now.Before(l.EndsAt), nil
	}
	l.Seats = seats
	return true, changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", l.AccountID, l.ID).Select("seats").Updates(ctx, *l))
}

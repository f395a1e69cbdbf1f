package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// renewalWindow is for how long after its end a paid licence goes on from there.
const renewalWindow = 14 * oneDay

// PriceForRenewal is where a renewal of a paid licence starts from: its product
// and seats, for a year.
func (s *Store) PriceForRenewal(ctx context.Context, actor Actor, id string) (PriceRequest, error) {
	if err := actor.require(RequestPrices); err != nil {
		return PriceRequest{}, err
	}
	o, err := s.license(ctx, s.reader, actor.AccountID, id)
	if err != nil {
		return PriceRequest{}, err
	}
	return PriceRequest{ClientID: o.client.ID, RenewsID: id, Lines: []LineEntry{{Product: o.product.Code, Seats: number(o.license.Seats), Quarters: "4"}}}, nil
}

// orderRenewal makes an order the renewal of a paid licence. Conflict (ended)
// where it can't go on, (unpaid_for) of a trial's, (asked) where its renewal is
// asked for already.
func (tx *tx) orderRenewal(ctx context.Context, p Problems, licenseID string, o *orderOf) error {
	l, err := tx.store.license(ctx, tx.DB, o.order.AccountID, licenseID)
	if err != nil {
		return err
	}
	if l.license.RevokedAt != nil {
		return refusal("ended", "This licence was revoked, for good. Ask for the price without it: the client gets a new licence.")
	}
	terms, err := rowsOf[LicenseTerm](tx.DB).Where("license_id = ? AND ended_at IS NULL", licenseID).Count(ctx, "id")
	if err != nil {
		return err
	}
	if terms == 0 {
		return refusal("unpaid_for", "This licence was never paid for: ask for the price of going on with its trial instead.")
	}
	open, err := openRenewals(ctx, tx.DB, o.order.AccountID, licenseID, tx.now)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		e := refusal("asked", "The price for renewing this licence is asked for already.")
		e.Subject = open[0].ID
		return e
	}
	o.order.Kind, o.order.ClientID = RenewalOrder, l.client.ID
	for i := range o.lines {
		if o.lines[i].ProductID == l.product.ID {
			o.lines[i].LicenseID = &l.license.ID
			return nil
		}
	}
	if len(p) == 0 {
		p.Add(Row("product", 0), "Add a line of "+l.product.Name+": its licence goes on.")
	}
	return nil
}

// openRenewals returns the order that is to renew a licence, if one is under way.
func openRenewals(ctx context.Context, db *gorm.DB, accountID, licenseID string, now time.Time) ([]Order, error) {
	return rowsOf[Order](db).Raw(`SELECT o.* FROM orders o JOIN order_lines l ON l.order_id = o.id
		WHERE o.account_id = ? AND o.kind = ? AND l.license_id = ? AND o.activated_at IS NULL AND o.declined_at IS NULL AND o.cancelled_at IS NULL
			AND (o.lapses_at IS NULL OR o.placed_at IS NOT NULL OR o.lapses_at > ?) LIMIT 1`, accountID, RenewalOrder, licenseID, now).Find(ctx)
}

// renews is the licence that a line continues, or nil: also where it was revoked
// in the meantime, so that the client gets a new one.
func (tx *tx) renews(ctx context.Context, o Order, l OrderLineOf) (*trialOf, error) {
	if o.Kind != RenewalOrder || l.LicenseID == nil {
		return nil, nil
	}
	license, err := tx.store.license(ctx, tx.DB, o.AccountID, *l.LicenseID)
	if err != nil || license.license.RevokedAt != nil {
		return nil, err
	}
	return &license, nil
}

// renew lets a paid licence go on with one more term: from its end on where that
// is ahead or not long past, else from now on.
func (tx *tx) renew(ctx context.Context, actor Actor, o trialOf, term *LicenseTerm) error {
	zone, err := zoneAt(ctx, tx.DB, term.AccountID, tx.now)
	if err != nil {
		return err
	}
	paid, err := tx.moneyCame(ctx, term.OrderID)
	if err != nil {
		return err
	}
	if !paid.After(o.license.EndsAt.Add(renewalWindow)) {
		term.FirstDay, term.StartsAt = DateIn(o.license.EndsAt, zone), o.license.EndsAt
		term.EndsAt = term.FirstDay.AddQuarters(term.Quarters).StartIn(zone)
	}
	before := map[string]any{"seats": o.license.Seats, "ends_at": o.license.EndsAt}
	o.license.EndsAt = term.EndsAt
	if term.holds(tx.now) {
		o.license.Seats = term.Seats
	}
	if err := changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", o.license.AccountID, o.license.ID).Select("seats", "ends_at").Updates(ctx, o.license)); err != nil {
		return err
	}
	return tx.record(ctx, actor, "license.renewed", licenseSubject(o.license, o.product, o.client), before, map[string]any{"seats": term.Seats, "ends_at": term.EndsAt})
}

// moneyCame is when the last of the money for an order's invoice arrived: at the
// end of the day of its receipt, however late finance recorded it, or when credit
// of the account was applied.
func (tx *tx) moneyCame(ctx context.Context, orderID string) (time.Time, error) {
	zone, err := vendorZone(ctx, tx.DB)
	if err != nil {
		return tx.now, err
	}
	shares, err := rowsOf[Allocation](tx.DB).Raw(`SELECT a.* FROM allocations a JOIN invoices i ON i.id = a.invoice_id
		WHERE i.order_id = ? AND a.released_at IS NULL`, orderID).Find(ctx)
	if err != nil || len(shares) == 0 {
		return tx.now, err
	}
	var last time.Time
	for _, a := range shares {
		pay, err := rowsOf[Payment](tx.DB).Where("id = ?", a.PaymentID).Take(ctx)
		if err != nil {
			return tx.now, err
		}
		came := a.AllocatedAt
		if a.AllocatedAt.Equal(pay.RecordedAt) {
			came = pay.ReceivedOn.AddDays(1).StartIn(zone)
		}
		last = later(last, came)
	}
	if last.After(tx.now) {
		last = tx.now
	}
	return last, nil
}

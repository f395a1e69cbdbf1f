package models

import (
	"context"
	"fmt"
)

// The kinds of documents that are numbered.
const (
	seriesInvoice          = "invoice"
	seriesCreditNote       = "credit_note"
	seriesClientInvoice    = "client_invoice"
	seriesClientCreditNote = "client_credit_note"
)

// vendorIssuer is the issuer of the vendor's series; an account's is its id.
const vendorIssuer = "vendor"

// nextNumber gives the next number of a series: ascending and without a gap,
// because a transaction that fails takes its number back. The row stays locked
// until the transaction ends: call it last, after every check, and after the
// account is locked.
func (tx *tx) nextNumber(ctx context.Context, issuer, kind string, year int) (int, error) {
	var last int
	err := tx.WithContext(ctx).Raw(`INSERT INTO series (issuer, kind, year, last) VALUES (?, ?, ?, 1)
		ON CONFLICT (issuer, kind, year) DO UPDATE SET last = series.last + 1 RETURNING last`, issuer, kind, year).Scan(&last).Error
	if err == nil && last == 0 {
		err = fmt.Errorf("series %s of %s in %d has given no number", kind, issuer, year)
	}
	return last, err
}

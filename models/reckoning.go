package models

import (
	"context"

	"gorm.io/gorm"

	"reselling/models/money"
)

// Mismatch is a settled amount that is not what its stored inputs give.
type Mismatch struct {
	Document string // its number
	What     string
	Stored   int64 // minor units, like Reckoned
	Reckoned int64
}

// reckoning reckons settled amounts again.
type reckoning struct {
	db     *gorm.DB
	amount int // how many were looked at
	wrong  []Mismatch
}

const (
	reckonBatch    = 200
	mostMismatches = 100
)

func (r *reckoning) is(document, what string, stored, reckoned int64) {
	r.amount++
	if stored != reckoned && len(r.wrong) < mostMismatches {
		r.wrong = append(r.wrong, Mismatch{document, what, stored, reckoned})
	}
}

// Reckon reckons every amount that was settled once more from what is stored
// with it, and returns how many there are and those that differ: the lines of
// placed orders and of both kinds of invoices, sums, taxes, credit notes, and
// what was paid. It is for the operator.
func (s *Store) Reckon(ctx context.Context, actor Actor) (amounts int, wrong []Mismatch, err error) {
	if err := actor.requireSystem(); err != nil {
		return 0, nil, err
	}
	r := &reckoning{db: s.reader}
	if err = r.invoices(ctx); err == nil {
		err = r.clientInvoices(ctx)
	}
	return r.amount, r.wrong, err
}

// grouped reads rows of documents, by the id of theirs that of returns.
func grouped[T any](ctx context.Context, db *gorm.DB, of func(T) string, query string, args ...any) (map[string][]T, error) {
	rows, err := rowsOf[T](db).Raw(query, args...).Find(ctx)
	all := map[string][]T{}
	for _, row := range rows {
		all[of(row)] = append(all[of(row)], row)
	}
	return all, err
}

func (r *reckoning) invoices(ctx context.Context) error {
	for after := ""; ; {
		batch, err := rowsOf[Invoice](r.db).Where("id > ?", after).Order("id").Limit(reckonBatch).Find(ctx)
		if err != nil || len(batch) == 0 {
			return err
		}
		var ids, orders []string
		for _, i := range batch {
			ids, orders = append(ids, i.ID), append(orders, i.OrderID)
		}
		after = ids[len(ids)-1]
		lines, err := grouped(ctx, r.db, func(l InvoiceLine) string { return l.InvoiceID }, "SELECT * FROM invoice_lines WHERE invoice_id IN ? ORDER BY position", ids)
		if err != nil {
			return err
		}
		ordered, err := grouped(ctx, r.db, func(l OrderLine) string { return l.ID }, "SELECT * FROM order_lines WHERE order_id IN ?", orders)
		if err != nil {
			return err
		}
		notes, err := grouped(ctx, r.db, func(n CreditNote) string { return n.InvoiceID }, "SELECT * FROM credit_notes WHERE invoice_id IN ? AND issued_at IS NOT NULL ORDER BY issued_at, sequence", ids)
		if err != nil {
			return err
		}
		noted, err := grouped(ctx, r.db, func(l CreditNoteLine) string { return l.CreditNoteID }, "SELECT l.* FROM credit_note_lines l JOIN credit_notes n ON n.id = l.credit_note_id WHERE n.invoice_id IN ?", ids)
		if err != nil {
			return err
		}
		held, err := grouped(ctx, r.db, func(a Allocation) string { return a.InvoiceID }, "SELECT * FROM allocations WHERE invoice_id IN ? AND released_at IS NULL", ids)
		if err != nil {
			return err
		}
		for _, i := range batch {
			if err := r.invoice(i, lines[i.ID], ordered); err != nil {
				return err
			}
			if err := r.credited(i, notes[i.ID], noted); err != nil {
				return err
			}
			var allocated int64
			for _, a := range held[i.ID] {
				allocated += a.Amount
			}
			r.is(i.Number, "paid", i.Allocated, allocated)
		}
	}
}

// line reckons one line by a percentage.
func (r *reckoning) line(document, currency string, l OrderLine, percentage int) (money.Settlement, error) {
	s, err := l.settle(currency, percentage)
	if err != nil {
		return s, err
	}
	r.is(document, "full price of line "+number(l.Position), *l.FullPrice, s.Full.Minor)
	r.is(document, "share of line "+number(l.Position), *l.Share, s.Share.Minor)
	return s, nil
}

// invoice reckons the vendor's invoice: its lines from price, seats, quarters or
// days and the percentage, and as they stand on the order; then its sums.
func (r *reckoning) invoice(i Invoice, lines []InvoiceLine, ordered map[string][]OrderLine) error {
	var net int64
	for _, l := range lines {
		s, err := r.line(i.Number, i.Currency, OrderLine{Position: l.Position, UnitPrice: &l.UnitPrice, Seats: l.Seats, Quarters: l.Quarters, Coterm: l.Coterm, FullPrice: &l.FullPrice, Share: &l.Share}, i.Percentage)
		if err != nil {
			return err
		}
		r.is(i.Number, "due of line "+number(l.Position), l.Due, s.Due.Minor)
		net += s.Due.Minor
		for _, o := range ordered[l.LineID] {
			if o.UnitPrice == nil || o.FullPrice == nil {
				r.is(i.Number, "full price on the order of line "+number(l.Position), 0, s.Full.Minor)
				continue
			}
			if _, err := r.line(i.Number+" (order)", i.Currency, o, i.Percentage); err != nil {
				return err
			}
			r.is(i.Number+" (order)", "due of line "+number(l.Position), *o.Due, s.Due.Minor)
		}
	}
	tax, total, err := taxed(i.Amount(net), i.TaxRate)
	r.is(i.Number, "net", i.Net, net)
	r.is(i.Number, "tax", i.Tax, tax.Minor)
	r.is(i.Number, "total", i.Total, total.Minor)
	return err
}

// credited reckons the credit notes of an invoice, in the order of their issue.
func (r *reckoning) credited(i Invoice, notes []CreditNote, lines map[string][]CreditNoteLine) error {
	var l left
	var total int64
	for _, n := range notes {
		var net int64
		for _, line := range lines[n.ID] {
			net += line.Net
		}
		tax, err := l.taxOn(i, net)
		if err != nil {
			return err
		}
		r.is(*n.Number, "net", n.Net, net)
		r.is(*n.Number, "tax", n.Tax, tax)
		r.is(*n.Number, "total", n.Total, net+tax)
		l.net, l.tax, total = l.net+net, l.tax+tax, total+net+tax
	}
	r.is(i.Number, "credited", i.Credited, total)
	return nil
}

func (r *reckoning) clientInvoices(ctx context.Context) error {
	for after := ""; ; {
		batch, err := rowsOf[ClientInvoice](r.db).Where("id > ?", after).Order("id").Limit(reckonBatch).Find(ctx)
		if err != nil || len(batch) == 0 {
			return err
		}
		var ids, orders []string
		for _, i := range batch {
			ids, orders = append(ids, i.ID), append(orders, i.OrderID)
		}
		after = ids[len(ids)-1]
		lines, err := grouped(ctx, r.db, func(l ClientInvoiceLine) string { return l.ClientInvoiceID }, "SELECT * FROM client_invoice_lines WHERE client_invoice_id IN ? ORDER BY position", ids)
		if err != nil {
			return err
		}
		placed, err := grouped(ctx, r.db, func(o Order) string { return o.ID }, "SELECT * FROM orders WHERE id IN ?", orders)
		if err != nil {
			return err
		}
		notes, err := grouped(ctx, r.db, func(n ClientCreditNote) string { return n.ClientInvoiceID }, "SELECT * FROM client_credit_notes WHERE client_invoice_id IN ?", ids)
		if err != nil {
			return err
		}
		for _, i := range batch {
			if err := r.clientInvoice(i, lines[i.ID], *placed[i.OrderID][0].Percentage); err != nil {
				return err
			}
			for _, n := range notes[i.ID] {
				r.is(n.Number, "net", n.Net, i.Net().Minor)
				r.is(n.Number, "tax", n.Tax, i.Tax)
				r.is(n.Number, "total", n.Total, i.Total)
			}
		}
	}
}

func (r *reckoning) clientInvoice(i ClientInvoice, lines []ClientInvoiceLine, percentage int) error {
	var full, share, discount int64
	for _, l := range lines {
		s, err := r.line(i.Number, i.Currency, OrderLine{Position: l.Position, UnitPrice: &l.UnitPrice, Seats: l.Seats, Quarters: l.Quarters, Coterm: l.Coterm, FullPrice: &l.FullPrice, Share: &l.Share}, percentage)
		if err != nil {
			return err
		}
		full, share, discount = full+s.Full.Minor, share+s.Share.Minor, discount+l.Discount
	}
	tax, total, err := taxed(i.Amount(full-discount), i.TaxRate)
	r.is(i.Number, "full price", i.FullPrice, full)
	r.is(i.Number, "share", i.Share, share)
	r.is(i.Number, "discount", i.Discount, discount)
	r.is(i.Number, "tax", i.Tax, tax.Minor)
	r.is(i.Number, "total", i.Total, total.Minor)
	return err
}

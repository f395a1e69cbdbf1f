package models

import (
	"context"
	"time"
)

// RemindInvoices looks for invoices that are overdue and of which nobody was
// reminded. Overdue they are by the clock; only the mail needs the job.
type RemindInvoices struct{}

// Kind names the job in the queue.
func (RemindInvoices) Kind() string { return "invoice_reminders" }

// overdueAgain is how long after a reminder the next one of the same invoice goes out.
const overdueAgain = 7 * oneDay

// RemindOverdue reminds those who pay of invoices that are overdue: once, and
// again every seven days. Several at once remind once. It returns how many
// invoices it has dealt with. It is for jobs.
func (s *Store) RemindOverdue(ctx context.Context, actor Actor) (reminded int, err error) {
	if err := actor.requireSystem(); err != nil {
		return 0, err
	}
	if isCopy, err := s.IsCopy(ctx, actor); err != nil || isCopy {
		return 0, err
	}
	find := func(ctx context.Context) ([]Invoice, error) {
		now := s.Now()
		return rowsOf[Invoice](s.reader).Where("paid_at IS NULL AND voided_at IS NULL AND overdue_at <= ? AND (reminded_at IS NULL OR reminded_at <= ?)", now, now.Add(-overdueAgain)).
			Where(`NOT EXISTS (SELECT 1 FROM order_lines l JOIN license_terms t ON t.id = l.term_id JOIN orders o ON o.id = l.order_id
				WHERE l.order_id = invoices.order_id AND o.activated_at IS NULL AND (t.ends_at <= ? OR t.ended_at IS NOT NULL))`, now). // seats that can't be had any more
			Order("overdue_at, id").Limit(reminderBatch).Find(ctx)
	}
	return eachDue(ctx, find, func(i Invoice) (int, error) {
		switch err := s.remindOverdue(ctx, i); {
		case err == nil:
			return 1, nil
		case KindOf(err) == Conflict: // somebody else was faster
			return 0, nil
		default:
			return 0, err
		}
	})
}

func (s *Store) remindOverdue(ctx context.Context, seen Invoice) error {
	return s.changeInvoice(ctx, seen.AccountID, seen.ID, func(tx *tx, i Invoice) error {
		if i.Status(tx.now) != InvoiceOverdue || i.RemindedAt != nil && i.RemindedAt.After(tx.now.Add(-overdueAgain)) {
			return nil
		}
		i.RemindedAt = &tx.now
		if err := tx.updateInvoice(ctx, &i, "reminded_at"); err != nil {
			return err
		}
		if err := tx.record(ctx, System, "invoice.overdue", i.subject(), nil, map[string]any{"open": i.Open().String(), "due_on": string(i.DueOn)}); err != nil {
			return err
		}
		return tx.tellPayers(ctx, i, InvoiceIsOverdue)
	})
}

// tellPayers queues a mail to everybody who pays for the account: the Owner,
// Billing contacts and those with the reselling role Billing.
func (tx *tx) tellPayers(ctx context.Context, i Invoice, news InvoiceNews) error {
	members, err := tx.payers(ctx, i.AccountID)
	if err != nil {
		return err
	}
	mail := InvoiceMail{InvoiceID: i.ID, News: news}
	if news == InvoiceIsOverdue {
		mail.At = tx.now.UnixMicro()
	}
	for _, m := range members {
		mail.UserID = m.UserID
		if err := tx.enqueue(ctx, mail); err != nil {
			return err
		}
	}
	return nil
}

// mayPay is PayInvoices of the matrix as a condition on memberships.
const mayPay = "(role IN ('owner', 'billing_contact') OR reselling_role = 'billing')"

// payers are those who pay for an account.
func (tx *tx) payers(ctx context.Context, accountID string) ([]Membership, error) {
	return rowsOf[Membership](tx.DB).Where("account_id = ? AND "+mayPay, accountID).
		Order("joined_at, id").Find(ctx)
}

// tellOfOrder queues the mails about an order that was placed.
func (tx *tx) tellOfOrder(ctx context.Context, actor Actor, o orderOf, i Invoice) error {
	if err := tx.enqueue(ctx, OrderPlacedMail{OrderID: o.order.ID}); err != nil {
		return err
	}
	if o.order.RequestedBy != actor.UserID {
		if err := tx.enqueue(ctx, OrderPlacedMail{OrderID: o.order.ID, UserID: o.order.RequestedBy}); err != nil {
			return err
		}
	}
	return tx.tellPayers(ctx, i, InvoiceIssued)
}

// overdueDays is for how many whole days i is overdue at now in a zone.
func (i Invoice) overdueDays(now time.Time, zone *time.Location) int {
	return int(DateIn(now, zone).Time().Sub(i.DueOn.Time()) / oneDay)
}

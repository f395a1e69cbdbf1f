package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// OverdueAccount is an account with overdue invoices, in a list.
type OverdueAccount struct {
	AccountID    string
	Name         string
	Currency     string
	SuspendedAt  *time.Time
	Invoices     int
	OverdueMinor int64
	OldestDueOn  Date
	Zone         string // of the account
	Claimed      int    // of them, how many it says it has paid
}

// Overdue is what is overdue.
func (o OverdueAccount) Overdue() money.Amount { return money.Of(o.OverdueMinor, o.Currency) }

// Days is for how many days the oldest is overdue at now.
func (o OverdueAccount) Days(now time.Time) int {
	zone, err := LoadZone(o.Zone)
	if err != nil {
		zone = time.UTC
	}
	return Invoice{DueOn: o.OldestDueOn}.overdueDays(now, zone)
}

// OverdueFilter narrows the list of accounts with overdue invoices.
type OverdueFilter struct {
	Query string // in the account
	State string // "working" or "suspended"
}

func (f OverdueFilter) listing(now time.Time) listing {
	q := listing{
		selects: `SELECT a.id AS account_id, a.name, a.currency, a.suspended_at, o.invoices, o.overdue_minor, o.oldest_due_on, o.claimed,
			(SELECT z.zone FROM account_zones z WHERE z.account_id = a.id AND z.holds_from <= ? ORDER BY z.holds_from DESC LIMIT 1) AS zone
			FROM (SELECT account_id, COUNT(*) AS invoices, ` + sumOf("total - credited - allocated") + ` AS overdue_minor, MIN(due_on) AS oldest_due_on,
				SUM(CASE WHEN claimed_at IS NULL THEN 0 ELSE 1 END) AS claimed
				FROM invoices WHERE paid_at IS NULL AND voided_at IS NULL AND overdue_at <= ? GROUP BY account_id) o JOIN accounts a ON a.id = o.account_id`,
		args:  []any{now, now},
		order: order{column: "o.oldest_due_on", id: "a.id"},
	}
	if f.Query != "" {
		q.and(`a.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	switch f.State {
	case "":
	case "working":
		q.and("a.suspended_at IS NULL")
	case "suspended":
		q.and("a.suspended_at IS NOT NULL")
	default:
		q.and("1 = 0")
	}
	return q
}

func overdueKey(o OverdueAccount) (any, string) { return string(o.OldestDueOn), o.AccountID }

// OverdueAccounts returns one page of the accounts with overdue invoices, the one
// that is overdue longest first, for the vendor's staff.
func (s *Store) OverdueAccounts(ctx context.Context, actor Actor, f OverdueFilter, p Paging) (Page[OverdueAccount], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[OverdueAccount]{}, err
	}
	return list(ctx, s.reader, f.listing(s.Now()), p, overdueKey)
}

// EachOverdueAccount runs fn for every account that OverdueAccounts would list.
func (s *Store) EachOverdueAccount(ctx context.Context, actor Actor, f OverdueFilter, fn func(OverdueAccount) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(s.Now()), overdueKey, fn)
}

// NonPayment is what a suspension of an account for its overdue invoices, or its
// end, would do.
type NonPayment struct {
	Overdue  []Invoice // what is due first
	Licenses []UnpaidLicense
}

// UnpaidLicense is a licence of an overdue order. One that is paid until its end,
// as before a renewal, is none: only days of grace, and what a reversed payment
// had paid, are not paid for.
type UnpaidLicense struct {
	LicenseID     string
	Company       string
	ProductName   string
	InvoiceID     string
	InvoiceNumber string
	EndsAt        time.Time // of the days of grace
	UnpaidSince   *time.Time
	SuspendedFor  *string // the invoice for which staff have suspended it
}

// IsInGrace reports whether it runs on unpaid, and can be suspended.
func (l UnpaidLicense) IsInGrace() bool { return l.UnpaidSince == nil && l.SuspendedFor == nil }

// NonPayment tells what suspending an account, or resuming it, concerns, and does nothing.
func (s *Store) NonPayment(ctx context.Context, actor Actor, accountID string) (NonPayment, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return NonPayment{}, err
	}
	return nonPayment(ctx, s.reader, accountID, s.Now())
}

func nonPayment(ctx context.Context, db *gorm.DB, accountID string, now time.Time) (v NonPayment, err error) {
	v.Overdue, err = rowsOf[Invoice](db).Where("account_id = ? AND paid_at IS NULL AND voided_at IS NULL AND overdue_at <= ?", accountID, now).Order("due_on, id").Limit(maxAllocations).Find(ctx)
	if err != nil {
		return v, err
	}
	const columns = `SELECT l.id AS license_id, c.company, p.name AS product_name, i.id AS invoice_id, i.number AS invoice_number, l.ends_at, l.unpaid_since, l.unpaid_invoice_id AS suspended_for
		FROM invoices i JOIN orders o ON o.id = i.order_id `
	const rest = ` JOIN clients c ON c.id = l.client_id JOIN products p ON p.id = l.product_id
		WHERE i.account_id = ? AND i.paid_at IS NULL AND i.voided_at IS NULL AND i.overdue_at <= ? AND l.revoked_at IS NULL AND `
	v.Licenses, err = rowsOf[UnpaidLicense](db).Raw(columns+`JOIN trials t ON t.id = o.trial_id JOIN licenses l ON l.id = t.license_id`+rest+
		`(l.unpaid_invoice_id = i.id OR l.suspended_at IS NULL AND o.activated_at IS NULL AND t.converted_at IS NULL AND l.grace_ends_at = l.ends_at AND t.ends_at <= ? AND l.ends_at > ?)
		UNION `+columns+`JOIN license_terms lt ON lt.order_id = o.id AND lt.ended_at IS NULL JOIN licenses l ON l.id = lt.license_id`+rest+`l.unpaid_since IS NOT NULL
		ORDER BY invoice_number, license_id`, accountID, now, now, now, accountID, now).Find(ctx)
	return v, err
}

// suspendUnpaid suspends those of the licences that run on unpaid, each for its
// invoice. The account is locked.
func (tx *tx) suspendUnpaid(ctx context.Context, actor Actor, accountID string, licenses []string) error {
	if len(licenses) == 0 {
		return nil
	}
	v, err := nonPayment(ctx, tx.DB, accountID, tx.now)
	if err != nil {
		return err
	}
	for _, u := range v.Licenses {
		if !u.IsInGrace() || !slices.Contains(licenses, u.LicenseID) {
			continue
		}
		o, err := tx.store.license(ctx, tx.DB, accountID, u.LicenseID)
		if err != nil {
			return err
		}
		o.license.SuspendedAt, o.license.SuspendedBy, o.license.UnpaidInvoiceID = &tx.now, actor.UserID, &u.InvoiceID
		if err := tx.updateSuspension(ctx, o.license); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "license.suspended", licenseSubject(o.license, o.product, o.client), nil, map[string]any{"invoice": u.InvoiceNumber}); err != nil {
			return err
		}
	}
	return nil
}

// endSuspensions lets licences go on that were suspended for the invoices that
// meet a condition. The account is locked.
func (tx *tx) endSuspensions(ctx context.Context, actor Actor, accountID, condition string, args ...any) error {
	suspended, err := rowsOf[License](tx.DB).Where("account_id = ? AND unpaid_invoice_id IS NOT NULL AND "+condition, append([]any{accountID}, args...)...).Order("id").Find(ctx)
	if err != nil {
		return err
	}
	for _, l := range suspended {
		o, err := tx.store.license(ctx, tx.DB, accountID, l.ID)
		if err != nil {
			return err
		}
		o.license.SuspendedAt, o.license.SuspendedBy, o.license.UnpaidInvoiceID = nil, "", nil
		if err := tx.updateSuspension(ctx, o.license); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "license.resumed", licenseSubject(o.license, o.product, o.client), nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) updateSuspension(ctx context.Context, l License) error {
	return changed(rowsOf[License](tx.DB).Where("account_id = ? AND id = ?", l.AccountID, l.ID).Select("suspended_at", "suspended_by", "unpaid_invoice_id").Updates(ctx, l))
}

// AccountStandingMail tells somebody who pays for an account that it was suspended,
// or works again.
type AccountStandingMail struct {
	AccountID   string `json:"account_id"`
	UserID      string `json:"user_id"`
	IsSuspended bool   `json:"is_suspended"`
	At          int64  `json:"at"` // Unix microseconds: tells two suspensions apart
}

// Kind names the job in the queue.
func (AccountStandingMail) Kind() string { return "account_standing_mail" }

func (tx *tx) tellOfStanding(ctx context.Context, a Account) error {
	payers, err := tx.payers(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, m := range payers {
		if err := tx.enqueue(ctx, AccountStandingMail{AccountID: a.ID, UserID: m.UserID, IsSuspended: a.IsSuspended(), At: tx.now.UnixMicro()}); err != nil {
			return err
		}
	}
	return nil
}

// AccountStandingLetter tells somebody who pays for an account whether it works.
type AccountStandingLetter struct {
	AccountID                string
	To, Name                 string
	AccountName              string
	IsSuspended              bool
	Reason                   string
	Overdue                  []string // "V-2026-00001: 10.00 EUR, due on 1 March 2026"
	ContactName, ContactMail string   // of Customer Success
	Link                     string   // to the overdue invoices
}

// AccountStandingForMail returns the mail, if it still tells how things are and its
// reader still pays for the account.
func (s *Store) AccountStandingForMail(ctx context.Context, actor Actor, job AccountStandingMail) (AccountStandingLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return AccountStandingLetter{}, false, err
	}
	a, err := rowsOf[Account](s.reader).Where("id = ?", job.AccountID).Take(ctx)
	if err != nil || a.IsSuspended() != job.IsSuspended || a.IsSuspended() && a.SuspendedAt.UnixMicro() != job.At {
		return AccountStandingLetter{}, false, noLetter(err)
	}
	reader, ok, err := s.payer(ctx, a.ID, job.UserID)
	if err != nil || !ok {
		return AccountStandingLetter{}, false, err
	}
	vendor, err := s.Vendor(ctx, actor)
	if err != nil {
		return AccountStandingLetter{}, false, err
	}
	v, err := nonPayment(ctx, s.reader, a.ID, s.Now())
	if err != nil {
		return AccountStandingLetter{}, false, err
	}
	l := AccountStandingLetter{
		AccountID: a.ID, To: reader.Email, Name: reader.Name, AccountName: a.Name, IsSuspended: a.IsSuspended(), Reason: a.SuspensionReason,
		ContactName: vendor.CustomerSuccessName, ContactMail: vendor.CustomerSuccessEmail, Link: s.URL("/invoices?state=overdue"),
	}
	for _, i := range v.Overdue[:min(len(v.Overdue), 20)] {
		l.Overdue = append(l.Overdue, i.Number+": "+i.Open().String()+", due on "+dayText(i.DueOn))
	}
	return l, true, nil
}

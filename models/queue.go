package models

import (
	"context"
	"time"
)

// queueDays is how long an Owner may take before staff are reminded.
const queueDays = 3

// WorkQueue is what there is to do for the vendor's staff, and key figures.
type WorkQueue struct {
	Requests    []RequestRow   // that wait for a decision, the longest first
	Conflicts   []ConflictRow  // open ones, the oldest first
	Prices      []OrderRow     // price requests that wait for a quote, the longest first
	Annexes     []AnnexRow     // that wait for the vendor's signature, the longest first
	Claimed     []InvoiceRow   // that accounts say they have paid, the first due first
	Overdue     []InvoiceRow   // and nobody says so
	CreditNotes []CreditNoteOf // that wait for a second staff member, the oldest first
	Owners      []WaitingOwner // expired, or pending for more than 3 days; the longest first
	WithoutPlan []Account
	Suspended   []Account
	Owing       map[string]bool // the ids of those of them with overdue invoices
	FailedJobs  int
	Accounts    int
	Running     int // trials of all accounts
	Today       int // trials issued since midnight of the vendor's zone
	Week        int // trials issued in the last 7 days
	Midnight    time.Time
}

// WaitingOwner is an account whose Owner has not accepted.
type WaitingOwner struct {
	AccountID   string
	AccountName string
	Email       string
	SentAt      time.Time
	ExpiresAt   time.Time
}

// IsExpired reports whether the invitation's link no longer works.
func (o WaitingOwner) IsExpired(now time.Time) bool { return !now.Before(o.ExpiresAt) }

// queueShown is how many rows of one kind the work queue shows.
const queueShown = 10

// WorkQueue returns what there is to do.
func (s *Store) WorkQueue(ctx context.Context, actor Actor) (WorkQueue, error) {
	var q WorkQueue
	if err := actor.require(ReadAccounts); err != nil {
		return q, err
	}
	now, db := s.Now(), s.reader
	zone, err := vendorZone(ctx, db)
	if err != nil {
		return q, err
	}
	q.Midnight = DateIn(now, zone).StartIn(zone)
	if q.Owners, err = rowsOf[WaitingOwner](db).Raw(`SELECT a.id AS account_id, a.name AS account_name, i.email, i.sent_at, i.expires_at
		FROM invitations i JOIN accounts a ON a.id = i.account_id
		WHERE i.role = 'owner' AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND (i.sent_at <= ? OR i.expires_at <= ?)
		ORDER BY i.sent_at, i.id LIMIT ?`, now.AddDate(0, 0, -queueDays), now, queueShown).Find(ctx); err != nil {
		return q, err
	}
	page, err := list(ctx, db, RequestFilter{State: RequestWaiting, Sort: "requested"}.listing(true), Paging{Size: queueShown}, requestRowKey)
	if err != nil {
		return q, err
	}
	q.Requests = page.Items
	conflicts, err := list(ctx, db, ConflictFilter{State: ConflictOpen, Sort: "found"}.listing(now), Paging{Size: queueShown}, conflictKey)
	if err != nil {
		return q, err
	}
	q.Conflicts = conflicts.Items
	if q.Prices, err = waitingOrders(ctx, db, now, queueShown); err != nil {
		return q, err
	}
	annexes, err := list(ctx, db, AnnexFilter{State: AnnexWaiting, Sort: "signed"}.listing(), Paging{Size: queueShown}, annexKey)
	if err != nil {
		return q, err
	}
	q.Annexes = annexes.Items
	for _, i := range []struct {
		into *[]InvoiceRow
		f    InvoiceFilter
	}{{&q.Claimed, InvoiceFilter{Claimed: true, Sort: "due"}}, {&q.Overdue, InvoiceFilter{State: InvoiceOverdue, Unclaimed: true, Sort: "due"}}} {
		page, err := s.invoices(ctx, actor, i.f, Paging{Size: queueShown})
		if err != nil {
			return q, err
		}
		*i.into = page.Items
	}
	if q.CreditNotes, err = waitingCreditNotes(ctx, db); err != nil {
		return q, err
	}
	if q.WithoutPlan, err = rowsOf[Account](db).Where("plan = ''").Order("created_at, id").Limit(queueShown).Find(ctx); err != nil {
		return q, err
	}
	if q.Suspended, err = rowsOf[Account](db).Where("suspended_at IS NOT NULL").Order("suspended_at, id").Limit(queueShown).Find(ctx); err != nil {
		return q, err
	}
	var ids, owing []string
	for _, a := range q.Suspended {
		ids = append(ids, a.ID)
	}
	if err := db.WithContext(ctx).Raw("SELECT DISTINCT account_id FROM invoices WHERE account_id IN ? AND paid_at IS NULL AND voided_at IS NULL AND overdue_at <= ?", ids, now).Scan(&owing).Error; err != nil {
		return q, err
	}
	q.Owing = map[string]bool{}
	for _, id := range owing {
		q.Owing[id] = true
	}
	if q.FailedJobs, err = countFailedJobs(ctx, db); err != nil {
		return q, err
	}
	for _, c := range []struct {
		into  *int
		query string
		args  []any
	}{
		{&q.Accounts, "SELECT COUNT(*) FROM accounts", nil},
		{&q.Running, "SELECT COUNT(*) FROM trials WHERE ends_at > ? AND revoked_at IS NULL AND converted_at IS NULL", []any{now}},
		{&q.Today, "SELECT COUNT(*) FROM trials WHERE issued_at >= ?", []any{q.Midnight}},
		{&q.Week, "SELECT COUNT(*) FROM trials WHERE issued_at >= ?", []any{now.AddDate(0, 0, -7)}},
	} {
		if err := db.WithContext(ctx).Raw(c.query, c.args...).Scan(c.into).Error; err != nil {
			return q, err
		}
	}
	return q, nil
}

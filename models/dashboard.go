package models

import (
	"context"
	"time"

	"reselling/models/money"
)

// EndingTrial is a running trial whose end is near.
type EndingTrial struct {
	ID       string
	Company  string
	Product  string
	IssuedBy string
	EndsAt   time.Time
}

// MonthCount is how many trials an account issued in a month.
type MonthCount struct {
	Month  Month
	Trials int
}

// MonthRevenue is what was billed to clients in a month and not taken back, before tax.
type MonthRevenue struct {
	Month  Month
	Billed money.Amount
	Margin money.Amount // the account's share of it, less the discounts
}

// Revenue is that of the last twelve months in one currency, the oldest first.
type Revenue struct {
	Months []MonthRevenue
	Billed money.Amount
	Margin money.Amount
}

// Dashboard is what a member of the Reselling team sees first.
type Dashboard struct {
	Quota     Quota
	Running   int // trials
	Clients   int // not archived
	Converted int // of the trials that the last 12 months have ended
	Ended     int
	Ending    []EndingTrial // within 14 days, the next first
	Months    []MonthCount  // the last 12, the oldest first

	Renewals []LicenseLine // that are due, the next to end first

	Steps []StepCount      // open orders by their next step
	Due   []InvoiceDueSums // by currency; empty for who may not see invoices

	Revenue []Revenue // by currency; empty for who may not see invoices to clients

	Undelivered []UndeliveredTrial // running trials whose client can't be reached, the latest first
}

const (
	dashboardMonths = 12
	endingSoon      = 14 * 24 * time.Hour
	endingShown     = 8
)

// Dashboard sums up the actor's account.
func (s *Store) Dashboard(ctx context.Context, actor Actor) (Dashboard, error) {
	var d Dashboard
	if err := actor.require(ReadReselling); err != nil {
		return d, err
	}
	now := s.Now()
	var err error
	if d.Quota, err = s.Quota(ctx, actor); err != nil {
		return d, err
	}
	if d.Ending, err = rowsOf[EndingTrial](s.reader).Raw(`SELECT t.id, c.company, p.name AS product, u.name AS issued_by, t.ends_at
		FROM trials t LEFT JOIN clients c ON c.id = t.client_id LEFT JOIN products p ON p.id = t.product_id LEFT JOIN users u ON u.id = t.issued_by
		WHERE t.account_id = ? AND t.ends_at > ? AND t.ends_at <= ? AND t.revoked_at IS NULL AND t.converted_at IS NULL
		ORDER BY t.ends_at, t.id LIMIT ?`, actor.AccountID, now, now.Add(endingSoon), endingShown).Find(ctx); err != nil {
		return d, err
	}
	if d.Undelivered, err = rowsOf[UndeliveredTrial](s.reader).Raw(`SELECT t.id, c.company, p.name AS product, m.recipient AS email, m.failure, m.failed_at `+undeliveredTrials+`
		ORDER BY m.failed_at DESC, m.id DESC LIMIT ?`, append(undeliveredArgs(actor.AccountID, now), undeliveredShown)...).Find(ctx); err != nil {
		return d, err
	}
	q, key := LicenseFilter{Renewal: true}.listing(actor.AccountID, now)
	due, err := list(ctx, s.reader, q, Paging{Size: endingShown}, key)
	if err != nil {
		return d, err
	}
	d.Renewals = due.Items
	if d.Steps, err = stepCounts(ctx, s.reader, actor.AccountID, now); err != nil {
		return d, err
	}
	if actor.Can(ReadInvoices) {
		if d.Due, err = s.InvoicesDue(ctx, actor); err != nil {
			return d, err
		}
	}
	if d.Months, err = s.trialMonths(ctx, actor.AccountID, d.Quota.Month); err != nil {
		return d, err
	}
	if actor.Can(ReadClientInvoices) {
		if d.Revenue, err = s.revenue(ctx, actor.AccountID, d.Quota.Month); err != nil {
			return d, err
		}
	}
	year := now.AddDate(-1, 0, 0)
	for _, count := range []struct {
		into  *int
		query string
		args  []any
	}{
		{&d.Running, `SELECT COUNT(*) FROM trials WHERE account_id = ? AND ends_at > ? AND revoked_at IS NULL AND converted_at IS NULL`, []any{actor.AccountID, now}},
		{&d.Clients, `SELECT COUNT(*) FROM clients WHERE account_id = ? AND archived_at IS NULL`, []any{actor.AccountID}},
		{&d.Converted, `SELECT COUNT(*) FROM trials WHERE account_id = ? AND converted_at IS NOT NULL AND issued_at > ?`, []any{actor.AccountID, year}},
		{&d.Ended, `SELECT COUNT(*) FROM trials WHERE account_id = ? AND issued_at > ? AND (ends_at <= ? OR converted_at IS NOT NULL OR revoked_at IS NOT NULL)`, []any{actor.AccountID, year, now}},
	} {
		if err := s.reader.WithContext(ctx).Raw(count.query, count.args...).Scan(count.into).Error; err != nil {
			return d, err
		}
	}
	return d, nil
}

// revenue sums up the twelve months up to last. Months without any are there too.
func (s *Store) revenue(ctx context.Context, accountID string, last Month) ([]Revenue, error) {
	first := last.AddMonths(1 - dashboardMonths)
	rows, err := rowsOf[struct {
		Currency       string
		Month          Month
		Billed, Margin int64
	}](s.reader).Raw(`SELECT currency, substr(issued_on, 1, 7) AS month, `+sumOf("full_price - discount")+` AS billed, `+sumOf("share - discount")+` AS margin
		FROM client_invoices WHERE account_id = ? AND credited_at IS NULL AND issued_on >= ? AND issued_on < ?
		GROUP BY currency, substr(issued_on, 1, 7) ORDER BY currency, month`, accountID, first.First(), last.Next().First()).Find(ctx)
	if err != nil {
		return nil, err
	}
	var all []Revenue
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Billed.Currency != r.Currency {
			none := money.Of(0, r.Currency)
			of := Revenue{Billed: none, Margin: none}
			for m := first; m <= last; m = m.Next() {
				of.Months = append(of.Months, MonthRevenue{Month: m, Billed: none, Margin: none})
			}
			all = append(all, of)
		}
		of := &all[len(all)-1]
		for i := range of.Months {
			if of.Months[i].Month == r.Month {
				of.Months[i].Billed.Minor, of.Months[i].Margin.Minor = r.Billed, r.Margin
			}
		}
		of.Billed.Minor += r.Billed
		of.Margin.Minor += r.Margin
	}
	return all, nil
}

// trialMonths counts the trials of the twelve months up to last. Months without any are there too.
func (s *Store) trialMonths(ctx context.Context, accountID string, last Month) ([]MonthCount, error) {
	first := last.AddMonths(1 - dashboardMonths)
	rows, err := rowsOf[MonthCount](s.reader).Raw(`SELECT month, COUNT(*) AS trials FROM trials WHERE account_id = ? AND month >= ? AND month <= ? GROUP BY month`, accountID, first, last).Find(ctx)
	if err != nil {
		return nil, err
	}
	found := map[Month]int{}
	for _, r := range rows {
		found[r.Month] = r.Trials
	}
	var months []MonthCount
	for m := first; m <= last; m = m.Next() {
		months = append(months, MonthCount{Month: m, Trials: found[m]})
	}
	return months, nil
}

// TermsInForce returns the terms of every plan on the actor's day, from the
// smallest plan up. The public page of the vendor states them, so everybody may know.
func (s *Store) TermsInForce(ctx context.Context, actor Actor) ([]PlanTerms, error) {
	zone := actor.Zone
	if actor.AccountID != "" {
		var err error
		if zone, err = zoneAt(ctx, s.reader, actor.AccountID, s.Now()); err != nil {
			return nil, err
		}
	}
	if zone == nil {
		zone = time.UTC
	}
	var all []PlanTerms
	for _, plan := range Plans {
		terms, err := termsOn(ctx, s.reader, plan, DateIn(s.Now(), zone))
		if err != nil {
			return nil, err
		}
		all = append(all, terms)
	}
	return all, nil
}

// OwnAccount returns the account that the actor acts for.
func (s *Store) OwnAccount(ctx context.Context, actor Actor) (Account, error) {
	if actor.AccountID == "" {
		return Account{}, Errorf(NotFound, "You belong to no account.")
	}
	a, err := rowsOf[Account](s.reader).Where("id = ?", actor.AccountID).Take(ctx)
	return a, orNotFound(err, "Account")
}

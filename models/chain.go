package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Step is one of the chain that every order goes through.
type Step string

// The steps, in their order.
const (
	AnnexStep   Step = "annex"
	PriceStep   Step = "price"
	OrderStep   Step = "order"
	InvoiceStep Step = "invoice"
	PaymentStep Step = "payment"
	LicenseStep Step = "license"
)

// Steps are all of them.
var Steps = []Step{AnnexStep, PriceStep, OrderStep, InvoiceStep, PaymentStep, LicenseStep}

// NextStep is what has to happen next for an order to become active.
type NextStep string

// What can be next. Nothing is next of an order that is active or over.
const (
	NextQuote       NextStep = "quote"       // Customer Success
	NextSign        NextStep = "sign"        // the Owner signs the Annex
	NextCountersign NextStep = "countersign" // Customer Success
	NextPlace       NextStep = "place"       // a Seller or the Owner
	NextPay         NextStep = "pay"         // the Owner or Billing
	NextRecord      NextStep = "record"      // finance records what the account says it has paid
	NextAskAgain    NextStep = "ask_again"   // the quote has lapsed
)

// Chain is how far an order has come.
type Chain struct {
	Done      map[Step]time.Time // when; steps that are missing are to come
	Next      NextStep           // empty where nothing is
	Since     time.Time          // from when on it waits for that
	Annex     *Annex             // the one that is in force, or the one that the order was placed by
	Refusal   *Error             // why there is no Annex in force, for an order that is not placed
	Invoice   *Invoice
	Licenses  []string // ids
	IsPayable bool     // false where the invoice is of nothing
}

// IsReopened reports whether the payment of an active order was taken back.
func (c Chain) IsReopened() bool { return c.Invoice != nil && c.Invoice.ReopenedAt != nil }

// readChain reads how far an order has come.
func readChain(ctx context.Context, db *gorm.DB, account Account, o Order, lines []OrderLineOf, now time.Time) (c Chain, err error) {
	c.Done = map[Step]time.Time{}
	if err := c.readAnnex(ctx, db, account, o, now); err != nil {
		return c, err
	}
	if o.QuotedAt != nil {
		c.Done[PriceStep] = *o.QuotedAt
	}
	if o.PlacedAt != nil {
		c.Done[OrderStep] = *o.PlacedAt
		invoices, err := rowsOf[Invoice](db).Where("account_id = ? AND order_id = ?", o.AccountID, o.ID).Find(ctx)
		if err != nil {
			return c, err
		}
		for i := range invoices {
			c.Invoice = &invoices[i]
			c.Done[InvoiceStep] = c.Invoice.IssuedAt
			c.IsPayable = c.Invoice.Total > 0
			if c.Invoice.PaidAt != nil {
				c.Done[PaymentStep] = *c.Invoice.PaidAt
			}
		}
	}
	if o.ActivatedAt != nil && !c.IsReopened() {
		c.Done[LicenseStep] = *o.ActivatedAt
		for _, l := range lines {
			if l.LicenseID != nil {
				c.Licenses = append(c.Licenses, *l.LicenseID)
			}
		}
	}
	c.Next, c.Since = c.next(o, now)
	return c, nil
}

// readAnnex finds the Annex of a placed order, else the one in force.
func (c *Chain) readAnnex(ctx context.Context, db *gorm.DB, account Account, o Order, now time.Time) error {
	if o.AnnexID != nil {
		annex, err := rowsOf[Annex](db).Where("id = ?", *o.AnnexID).Take(ctx)
		if err != nil {
			return err
		}
		c.Annex, c.Done[AnnexStep] = &annex, *annex.CountersignedAt
		return nil
	}
	if account.Plan == "" {
		return nil
	}
	annex, err := annexInForce(ctx, db, account, now)
	switch {
	case err == nil:
		c.Annex, c.Done[AnnexStep] = &annex, *annex.CountersignedAt
	case !errors.As(err, &c.Refusal):
		return err
	case annex.ID != "":
		c.Annex = &annex
	}
	return nil
}

func (c *Chain) next(o Order, now time.Time) (NextStep, time.Time) {
	switch o.Status(now) {
	case OrderRequested:
		return NextQuote, o.RequestedAt
	case OrderLapsed:
		return NextAskAgain, *o.LapsesAt
	case OrderQuoted:
		switch {
		case c.Refusal == nil:
			return NextPlace, later(*o.QuotedAt, c.Done[AnnexStep])
		case c.Refusal.Code == "annex_waiting":
			return NextCountersign, later(*o.QuotedAt, c.Annex.SignedAt)
		}
		return NextSign, *o.QuotedAt
	case OrderPlaced:
		if c.Invoice != nil && c.Invoice.ClaimedAt != nil {
			return NextRecord, *c.Invoice.ClaimedAt
		}
		return NextPay, *o.PlacedAt
	case OrderActive:
		switch {
		case !c.IsReopened():
		case c.Invoice.ClaimedAt != nil:
			return NextRecord, *c.Invoice.ClaimedAt
		default:
			return NextPay, *c.Invoice.ReopenedAt
		}
	}
	return "", time.Time{}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// NextSteps lists what can be next in the order of a menu. Lists don't tell
// whether the Annex is missing: of a quoted order they say that it is to be placed.
var NextSteps = []NextStep{NextQuote, NextPlace, NextPay, NextRecord, NextAskAgain}

// toBePaid is of orders that are placed and not active, or whose payment was lost.
const toBePaid = "o.placed_at IS NOT NULL AND o.cancelled_at IS NULL AND (o.activated_at IS NULL OR i.reopened_at IS NOT NULL)"

// nextSteps are the conditions of NextSteps on orders o and their invoices i.
var nextSteps = map[NextStep]string{
	NextQuote:    orderStates[OrderRequested],
	NextPlace:    orderStates[OrderQuoted],
	NextPay:      toBePaid + " AND i.claimed_at IS NULL",
	NextRecord:   toBePaid + " AND i.claimed_at IS NOT NULL",
	NextAskAgain: orderStates[OrderLapsed] + " AND NOT EXISTS (SELECT 1 FROM orders f WHERE f.account_id = o.account_id AND f.follows_id = o.id)",
}

// Next is what has to happen next of an order in a list; see NextSteps.
func (r OrderRow) Next(now time.Time) NextStep {
	status := r.Status(now)
	if status == OrderActive && r.ReopenedAt != nil {
		status = OrderPlaced
	}
	switch status {
	case OrderRequested:
		return NextQuote
	case OrderQuoted:
		return NextPlace
	case OrderPlaced:
		if r.ClaimedAt != nil {
			return NextRecord
		}
		return NextPay
	case OrderLapsed:
		if !r.IsFollowed {
			return NextAskAgain
		}
	}
	return ""
}

// Waits is since when an order in a list waits for its next step.
func (r OrderRow) Waits(now time.Time) time.Time {
	switch r.Next(now) {
	case NextQuote:
		return r.RequestedAt
	case NextPlace:
		return *r.QuotedAt
	case NextPay:
		if r.ReopenedAt != nil {
			return *r.ReopenedAt
		}
		return *r.PlacedAt
	case NextRecord:
		return *r.ClaimedAt
	case NextAskAgain:
		return *r.LapsesAt
	}
	return time.Time{}
}

// StepCount is how many orders wait for a next step.
type StepCount struct {
	Next   NextStep
	Orders int
}

// stepCounts counts the orders of an account by what is next, without the steps
// that none waits for.
func stepCounts(ctx context.Context, db *gorm.DB, accountID string, now time.Time) (counts []StepCount, err error) {
	for _, next := range NextSteps {
		condition, n := nextSteps[next], 0
		args := append([]any{accountID}, slices.Repeat([]any{now}, strings.Count(condition, "@now"))...)
		if err := db.WithContext(ctx).Raw(`SELECT COUNT(*) FROM orders o LEFT JOIN invoices i ON i.order_id = o.id WHERE o.account_id = ? AND `+strings.ReplaceAll(condition, "@now", "?"), args...).Scan(&n).Error; err != nil {
			return nil, err
		}
		if n > 0 {
			counts = append(counts, StepCount{next, n})
		}
	}
	return counts, nil
}

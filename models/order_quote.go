package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// QuoteEntry is what Customer Success types of a quote.
type QuoteEntry struct {
	UnitPrices []string // per licence and quarter, in the order of the lines
	ValidUntil string
	Note       string
	Version    int // of the order that was looked at
	RequestKey string
}

// lapseNotice is how long before a quote lapses the account is reminded.
const lapseNotice = 3 * 24 * time.Hour

// QuoteDraft is where a quote starts from: what the price list has, or the
// quote that there is, and the usual last day.
func (s *Store) QuoteDraft(ctx context.Context, actor Actor, id string) (QuoteEntry, error) {
	var e QuoteEntry
	if err := actor.require(QuotePrices); err != nil {
		return e, err
	}
	v, err := s.AccountOrder(ctx, actor, id)
	if err != nil {
		return e, err
	}
	var products []string
	for _, l := range v.Lines {
		products = append(products, l.ProductID)
	}
	today := DateIn(s.Now(), v.Zone)
	prices, err := listPrices(ctx, s.reader, v.Account, today, products)
	if err != nil {
		return e, err
	}
	e.Version, e.ValidUntil, e.Note = v.Order.Version, string(usualValidUntil(today)), v.Order.QuoteNote
	if v.Order.ValidUntil != "" {
		e.ValidUntil = string(v.Order.ValidUntil)
	}
	for _, l := range v.Lines {
		switch p, listed := prices[l.ProductID]; {
		case l.IsPriced():
			e.UnitPrices = append(e.UnitPrices, l.Unit().Typed())
		case listed:
			e.UnitPrices = append(e.UnitPrices, p.Unit().Typed())
		default:
			e.UnitPrices = append(e.UnitPrices, "")
		}
	}
	return e, nil
}

// QuoteOrder answers a price request with a price for each line, or replaces a
// quote that has not lapsed, and mails it to whoever asked. Conflict if somebody
// has changed the order since it was looked at, or has withdrawn or declined it.
func (s *Store) QuoteOrder(ctx context.Context, actor Actor, id string, e QuoteEntry) (Order, error) {
	if err := actor.require(QuotePrices); err != nil {
		return Order{}, err
	}
	p := Problems{}
	note := cleanText(e.Note)
	p.fit("note", note, maxText)
	until := p.day("valid_until", e.ValidUntil, "Choose the last day on which the quote holds.")
	var quoted Order
	err := s.changeAccountOrder(ctx, id, func(tx *tx, o orderOf) error {
		earlier, err := tx.claim(ctx, actor, "quote", e.RequestKey, id, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			quoted = o.order
			return earlier.told(nil, "the price was quoted")
		}
		if err := o.settled(tx.now, OrderRequested, OrderQuoted); err != nil {
			return err
		}
		if o.order.Version != e.Version {
			e := refusal("changed", "Somebody else has quoted this price request in the meantime. Look at their quote, then quote again if it has to change.")
			e.Subject = id
			return e
		}
		zone, err := zoneAt(ctx, tx.DB, o.order.AccountID, tx.now)
		if err != nil {
			return err
		}
		today := DateIn(tx.now, zone)
		if until != "" && (until < today || until > today.AddDays(366)) {
			p.Add("valid_until", "Choose a day from today on, within a year.")
		}
		for i := range o.lines {
			typed := ""
			if i < len(e.UnitPrices) {
				typed = e.UnitPrices[i]
			}
			price := p.amountUpTo(Row("unit_price", i), typed, o.order.Currency, maxUnitPrice)
			o.lines[i].UnitPrice, o.lines[i].PriceID = &price, nil
		}
		if err := p.Err(); err != nil {
			return err
		}
		err = tx.quote(ctx, actor, &o, until, zone, note)
		quoted = o.order
		return err
	})
	return quoted, err
}

// quote writes the prices of o's lines and the last day of the quote. The caller
// has locked the account. Of System it is the price list that answers.
func (tx *tx) quote(ctx context.Context, actor Actor, o *orderOf, until Date, zone *time.Location, note string) error {
	field := "unit_price"
	if !actor.SignedIn() {
		field = "seats"
	}
	if err := o.refuseTooMuch(field); err != nil {
		return err
	}
	before, err := quoteFacts(ctx, tx.DB, o.order)
	if err != nil {
		return err
	}
	for _, l := range o.lines {
		if err := changed(rowsOf[OrderLine](tx.DB).Where("order_id = ? AND id = ?", o.order.ID, l.ID).Select("unit_price", "price_id", "coterm", "quarters").Updates(ctx, l.OrderLine)); err != nil {
			return err
		}
	}
	lapses := until.AddDays(1).StartIn(zone)
	o.order.QuotedAt, o.order.QuotedBy, o.order.ValidUntil, o.order.LapsesAt, o.order.QuoteNote = &tx.now, nil, until, &lapses, note
	action := "order.quoted_from_list"
	if actor.SignedIn() {
		action, o.order.QuotedBy = "order.quoted", &actor.UserID
	}
	if err := tx.changeOrder(ctx, &o.order, "quoted_at", "quoted_by", "valid_until", "lapses_at", "quote_note"); err != nil {
		return err
	}
	after, err := quoteFacts(ctx, tx.DB, o.order)
	if err != nil {
		return err
	}
	if err := tx.record(ctx, actor, action, o.subject(), before, after); err != nil {
		return err
	}
	if notice := lapses.Add(-lapseNotice); notice.After(tx.now) {
		if err := tx.enqueueAt(ctx, notice, QuoteLapsingMail{OrderID: o.order.ID, Version: o.order.Version}); err != nil {
			return err
		}
	}
	return tx.enqueue(ctx, QuoteMail{OrderID: o.order.ID, Version: o.order.Version})
}

// refuseTooMuch refuses prices at which the order is more than maxFull, at the
// field of the line that makes it so.
func (o orderOf) refuseTooMuch(field string) error {
	sum := money.Of(0, o.order.Currency)
	for i, l := range o.lines {
		one, err := l.Full()
		if err == nil {
			sum, err = sum.Plus(one)
		}
		if err != nil {
			return err
		}
		if sum.Minor > maxFull {
			return Problems{Row(field, i): "With this line the order comes to " + sum.String() + ". One order is at most " + money.Of(maxFull, o.order.Currency).String() + ": make several."}.Err()
		}
	}
	return nil
}

// quoteFacts are what an event says of a quote; nil of an order without one.
func quoteFacts(ctx context.Context, db *gorm.DB, o Order) (map[string]any, error) {
	if o.QuotedAt == nil {
		return nil, nil
	}
	lines, err := orderLines(ctx, db, o)
	if err != nil {
		return nil, err
	}
	sum, err := full(o.Currency, lines)
	if err != nil {
		return nil, err
	}
	var units []string
	for _, l := range lines {
		units = append(units, money.Of(*l.UnitPrice, o.Currency).String())
	}
	return map[string]any{"full": sum.String(), "unit_prices": units, "valid_until": string(o.ValidUntil)}, nil
}

// DeclineOrder answers a price request with no price, and mails the reason to
// whoever asked. Conflict once it was answered or withdrawn.
func (s *Store) DeclineOrder(ctx context.Context, actor Actor, id, reason string) (Order, error) {
	if err := actor.require(QuotePrices); err != nil {
		return Order{}, err
	}
	p := Problems{}
	reason = cleanText(reason)
	p.fill("reason", reason, "Say why: whoever asked reads it in the mail.", maxReason)
	var declined Order
	err := s.changeAccountOrder(ctx, id, func(tx *tx, o orderOf) error {
		if err := o.settled(tx.now, OrderRequested); err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		o.order.DeclinedAt, o.order.DeclinedBy, o.order.DeclineReason = &tx.now, &actor.UserID, reason
		if err := tx.changeOrder(ctx, &o.order, "declined_at", "declined_by", "decline_reason"); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "order.declined", o.subject(), nil, map[string]any{"reason": reason}); err != nil {
			return err
		}
		declined = o.order
		return tx.enqueue(ctx, PriceDeclinedMail{OrderID: id})
	})
	return declined, err
}

// changeAccountOrder runs change on an order of any account, with that account locked.
func (s *Store) changeAccountOrder(ctx context.Context, id string, change func(*tx, orderOf) error) error {
	return s.write(ctx, func(tx *tx) error {
		found, err := rowsOf[Order](tx.DB).Where("id = ?", id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Order")
		}
		if _, err := tx.lockAccount(ctx, found.AccountID); err != nil {
			return err
		}
		o, err := s.order(ctx, tx.DB, found.AccountID, id) // again, now that nobody else can change it
		if err != nil {
			return err
		}
		return change(tx, o)
	})
}

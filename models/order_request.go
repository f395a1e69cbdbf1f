package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// LineEntry is a line of a price request as typed. One without a product, seats
// and quarters counts as none.
type LineEntry struct {
	Product  string // its code
	Seats    string
	Quarters string
}

// PriceRequest is what a Seller fills in to ask for prices.
type PriceRequest struct {
	ClientID   string
	TrialID    string // of which the order continues the licence; empty for none
	RenewsID   string // the paid licence that goes on; empty for none
	AddsToID   string // the paid licence that gets more seats; empty for none
	FollowsID  string // the order that is asked for again; empty for none
	Lines      []LineEntry
	Note       string
	RequestKey string
}

const (
	maxSeats    = 100000
	maxQuarters = 12
	maxLines    = 20
)

func number(n int) string { return strconv.Itoa(n) }

// Row is the name of a field in the row of a form, counted from 0: "seats_2".
func Row(field string, i int) string { return field + "_" + number(i) }

// PricePreview is what a price request would be answered with at this moment.
type PricePreview struct {
	Account     Account
	Lines       []OrderLineOf    // with a price where the price list has one
	Settlements []PlanSettlement // of the lines that have a price; empty for who may not see amounts
	ValidUntil  Date             // of the quote, if every line has a price; else none
	Zone        *time.Location
}

// IsAnswered reports whether every line has a price.
func (p PricePreview) IsAnswered() bool {
	for _, l := range p.Lines {
		if !l.IsPriced() {
			return false
		}
	}
	return len(p.Lines) > 0
}

// Priced counts the lines that have a price.
func (p PricePreview) Priced() (n int) {
	for _, l := range p.Lines {
		if l.IsPriced() {
			n++
		}
	}
	return n
}

// Own is the settlement on the account's plan.
func (p PricePreview) Own() (PlanSettlement, bool) {
	return ownSettlement(p.Settlements, p.Account.Plan)
}

// PreviewPrices tells how RequestPrices would answer the lines of r now, and does nothing.
func (s *Store) PreviewPrices(ctx context.Context, actor Actor, r PriceRequest) (PricePreview, error) {
	if err := actor.require(RequestPrices); err != nil {
		return PricePreview{}, err
	}
	account, err := s.OwnAccount(ctx, actor)
	if err != nil {
		return PricePreview{}, err
	}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	p := Problems{}
	v, err := reading.assessPrices(ctx, p, account, r)
	if err == nil {
		err = p.Err()
	}
	if err == nil && actor.Can(SeeAmounts) {
		v.Settlements, err = settlements(ctx, s.reader, account.Currency, v.Lines, DateIn(reading.now, v.Zone))
	}
	return v, err
}

// assessPrices reads the lines of r and looks their prices up.
func (tx *tx) assessPrices(ctx context.Context, p Problems, account Account, r PriceRequest) (PricePreview, error) {
	v := PricePreview{Account: account}
	var err error
	if v.Zone, err = zoneAt(ctx, tx.DB, account.ID, tx.now); err != nil {
		return v, err
	}
	switch {
	case account.IsSuspended():
		return v, refusal("suspended", "%s is suspended and can't ask for prices. Running licences continue. Ask Customer Success what to do.", account.Name)
	case account.Plan == "":
		return v, refusal("no_plan", "%s has no plan. Only Bronze, Silver and Gold accounts resell: ask Customer Success for a plan.", account.Name)
	}
	if r.AddsToID != "" {
		v.Lines, err = tx.readSeats(ctx, p, account, v.Zone, r)
	} else {
		v.Lines, err = tx.readLines(ctx, p, account.Currency, r.Lines)
	}
	if err != nil || len(p) > 0 {
		return v, err
	}
	var products []string
	for _, l := range v.Lines {
		products = append(products, l.ProductID)
	}
	today := DateIn(tx.now, v.Zone)
	prices, err := listPrices(ctx, tx.DB, account, today, products)
	if err != nil {
		return v, err
	}
	until := usualValidUntil(today)
	for i := range v.Lines {
		if price, ok := prices[v.Lines[i].ProductID]; ok {
			v.Lines[i].UnitPrice, v.Lines[i].PriceID = &price.UnitPrice, &price.ID
			if price.ValidThrough != "" {
				until = min(until, price.ValidThrough)
			}
		}
	}
	if v.IsAnswered() {
		v.ValidUntil = until
	}
	return v, nil
}

// readLines reads what was typed; empty rows count as none.
func (tx *tx) readLines(ctx context.Context, p Problems, currency string, entries []LineEntry) ([]OrderLineOf, error) {
	var lines []OrderLineOf
	for i, e := range entries {
		e.Product, e.Seats, e.Quarters = clean(e.Product), clean(e.Seats), clean(e.Quarters)
		if e.Product == "" {
			if e.Seats != "" || e.Quarters != "" {
				p.Add(Row("product", i), "Choose a product, or empty the whole line.")
			}
			continue
		}
		product, err := tx.pricedProduct(ctx, p, Row("product", i), e.Product)
		if err != nil {
			return nil, err
		}
		lines = append(lines, OrderLineOf{
			OrderLine: OrderLine{
				Position: len(lines) + 1, ProductID: product.ID,
				Seats: p.whole(Row("seats", i), e.Seats, 1, maxSeats), Quarters: p.whole(Row("quarters", i), e.Quarters, 1, maxQuarters),
			},
			ProductName: product.Name, ProductCode: product.Code, Currency: currency,
		})
	}
	switch {
	case len(lines) == 0:
		p.Add(Row("product", 0), "Choose at least one product.")
	case len(lines) > maxLines:
		p.Add(Row("product", maxLines), fmt.Sprintf("A price request has at most %d lines. Make a second one of the rest.", maxLines))
	}
	return lines, nil
}

// usualValidUntil is the last day of a quote unless another is given: the end
// of the calendar quarter, at least 14 days away.
func usualValidUntil(today Date) Date {
	t := today.AddDays(14).Time()
	first := time.Date(t.Year(), t.Month()-(t.Month()-1)%3, 1, 0, 0, 0, 0, time.UTC)
	return dateOf(first.AddDate(0, 3, -1))
}

// RequestPrices asks the vendor for the prices of products for one client. Where
// the price list has them all, the answer is there at once; else Customer Success
// gets a mail. It returns Conflict, with a code, when the account may not
// (suspended, no_plan), the client is archived, or the trial can't go on (ended)
// or has such an order already (asked). Sent twice with one request key it
// returns the first order.
func (s *Store) RequestPrices(ctx context.Context, actor Actor, r PriceRequest) (Order, error) {
	if err := actor.require(RequestPrices); err != nil {
		return Order{}, err
	}
	p := Problems{}
	note := cleanText(r.Note)
	p.fit("note", note, maxText)
	var order Order
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, actor.AccountID)
		if err != nil {
			return err
		}
		id := newID()
		earlier, err := tx.claim(ctx, actor, "order", r.RequestKey, id, r)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			o, err := s.order(ctx, tx.DB, account.ID, earlier.id)
			order = o.order
			return earlier.told(err, "a price was requested for %s", o.client.Company)
		}
		v, err := tx.assessPrices(ctx, p, account, r)
		if err != nil {
			return err
		}
		o := orderOf{lines: v.Lines, order: Order{
			ID: id, AccountID: account.ID, Currency: account.Currency, Kind: NewOrder, Note: note, RequestedAt: tx.now, RequestedBy: actor.UserID, Version: 1,
		}}
		if err := tx.orderFor(ctx, p, r, &o); err != nil {
			return err
		}
		if err := p.Err(); err != nil {
			return err
		}
		if err := tx.createOrder(ctx, actor, &o); err != nil {
			return err
		}
		if v.IsAnswered() {
			err = tx.quote(ctx, System, &o, v.ValidUntil, v.Zone, "")
		} else {
			err = tx.enqueue(ctx, PriceRequestMail{OrderID: id})
		}
		order = o.order
		return err
	})
	return order, err
}

// orderFor finds the client, the trial and the earlier order that r names.
func (tx *tx) orderFor(ctx context.Context, p Problems, r PriceRequest, o *orderOf) (err error) {
	accountID := o.order.AccountID
	named := 0
	for _, id := range []string{r.TrialID, r.RenewsID, r.AddsToID} {
		if id != "" {
			named++
		}
	}
	if named > 1 {
		return Errorf(Invalid, "An order goes on with one trial, renews one licence, or adds seats to one. Ask for each price on its own.")
	}
	if r.TrialID != "" {
		if err := tx.orderTrial(ctx, p, r.TrialID, o); err != nil {
			return err
		}
		r.ClientID = o.order.ClientID
	}
	if r.RenewsID != "" {
		if err := tx.orderRenewal(ctx, p, r.RenewsID, o); err != nil {
			return err
		}
		r.ClientID = o.order.ClientID
	}
	if r.AddsToID != "" {
		if err := tx.orderSeats(ctx, r, o); err != nil {
			return err
		}
		r.ClientID = o.order.ClientID
	}
	if o.client, err = client(ctx, tx.DB, accountID, r.ClientID); err != nil {
		if KindOf(err) != NotFound {
			return err
		}
		p.Add("client_id", "Choose one of your clients.")
	}
	if err := tx.refuseMerged(ctx, o.client); err != nil {
		return err
	}
	if o.client.IsArchived() {
		e := refusal("archived", "%s is archived. Restore the client first, then ask for the price.", o.client.Company)
		e.Subject, e.Fields = o.client.ID, map[string]string{"client_id": "This client is archived."}
		return e
	}
	o.order.ClientID = o.client.ID
	if r.FollowsID != "" {
		earlier, err := rowsOf[Order](tx.DB).Where("account_id = ? AND id = ?", accountID, r.FollowsID).Take(ctx)
		if err != nil {
			return orNotFound(err, "Order")
		}
		o.order.FollowsID = &earlier.ID
	}
	words := []string{o.client.Company, o.client.Email}
	for _, l := range o.lines {
		words = append(words, l.ProductName)
	}
	o.order.Search = fold(strings.Join(words, " "))
	return nil
}

func (tx *tx) orderTrial(ctx context.Context, p Problems, trialID string, o *orderOf) error {
	t, err := tx.store.trial(ctx, tx.DB, o.order.AccountID, trialID)
	if err != nil {
		return err
	}
	switch t.trial.Status(tx.now) {
	case TrialRevoked:
		return refusal("ended", "This trial was revoked, for good. Ask for the price without it: the client gets a new licence.")
	case TrialConverted:
		return refusal("ended", "This trial has become a paid licence already.")
	case TrialActive, TrialExpired:
	}
	open, err := rowsOf[Order](tx.DB).Where("account_id = ? AND trial_id = ? AND declined_at IS NULL AND cancelled_at IS NULL", o.order.AccountID, trialID).
		Where("lapses_at IS NULL OR placed_at IS NOT NULL OR lapses_at > ?", tx.now).Limit(1).Find(ctx)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		e := refusal("asked", "The price for going on with this trial is asked for already.")
		e.Subject = open[0].ID
		return e
	}
	o.order.TrialID, o.order.ClientID = &t.trial.ID, t.client.ID
	for _, l := range o.lines {
		if l.ProductID == t.product.ID {
			return nil
		}
	}
	if len(p) == 0 {
		p.Add(Row("product", 0), "Add a line of "+t.product.Name+": its licence goes on.")
	}
	return nil
}

func (tx *tx) createOrder(ctx context.Context, actor Actor, o *orderOf) error {
	if err := rowsOf[Order](tx.DB).Create(ctx, &o.order); err != nil {
		return fmt.Errorf("create order: %w", err)
	}
	for i := range o.lines {
		o.lines[i].ID, o.lines[i].OrderID = newID(), o.order.ID
		row := o.lines[i].OrderLine
		row.UnitPrice, row.PriceID = nil, nil // the quote writes them
		if err := rowsOf[OrderLine](tx.DB).Create(ctx, &row); err != nil {
			return fmt.Errorf("create order line: %w", err)
		}
	}
	return tx.record(ctx, actor, "order.requested", o.subject(), nil, map[string]any{"client": o.client.Company, "lines": linesText(o.lines)})
}

// linesText names what is asked for: "10 × Studio Pro for 4 quarters; …".
func linesText(lines []OrderLineOf) string {
	var all []string
	for _, l := range lines {
		if l.Coterm != "" {
			all = append(all, fmt.Sprintf("%d more × %s to the end of the term", l.Seats, l.ProductName))
			continue
		}
		quarters := "1 quarter"
		if l.Quarters != 1 {
			quarters = number(l.Quarters) + " quarters"
		}
		all = append(all, fmt.Sprintf("%d × %s for %s", l.Seats, l.ProductName, quarters))
	}
	return strings.Join(all, "; ")
}

// Cancellation is what is filled in to withdraw or cancel an order.
type Cancellation struct {
	Reason  string
	Version int // of the order that was looked at; 0: whatever it is
}

// CancelOrder withdraws a price request, turns a quote down, or cancels a placed
// order before any payment, whose invoice is then void. Conflict once the order
// is active or over, was changed since it was looked at, or something was paid.
func (s *Store) CancelOrder(ctx context.Context, actor Actor, id string, e Cancellation) (Order, error) {
	if err := actor.require(RequestPrices); err != nil {
		return Order{}, err
	}
	p := Problems{}
	e.Reason = clean(e.Reason)
	p.fit("reason", e.Reason, maxName)
	if err := p.Err(); err != nil {
		return Order{}, err
	}
	var cancelled Order
	err := s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		o, err := s.order(ctx, tx.DB, actor.AccountID, id)
		if err != nil {
			return err
		}
		if err := o.settled(tx.now, OrderRequested, OrderQuoted, OrderPlaced); err != nil {
			return err
		}
		if e.Version != 0 && e.Version != o.order.Version {
			return refusal("changed", "Somebody has changed this order since you looked at it. Look at it again, then decide.")
		}
		err = tx.cancelOrder(ctx, actor, &o, e.Reason)
		cancelled = o.order
		return err
	})
	return cancelled, err
}

// changeOrder writes columns of an order, unless somebody has changed it since it was read.
func (tx *tx) changeOrder(ctx context.Context, o *Order, columns ...any) error {
	o.Version++
	rows, err := rowsOf[Order](tx.DB).Where("account_id = ? AND id = ? AND version = ?", o.AccountID, o.ID, o.Version-1).
		Select("version", columns...).Updates(ctx, *o)
	return changed(rows, err)
}

// PriceAgain returns the request that asks for an order of the actor's account
// again: a quote lapsed, a request was declined or withdrawn.
func (s *Store) PriceAgain(ctx context.Context, actor Actor, id string) (PriceRequest, error) {
	if err := actor.require(RequestPrices); err != nil {
		return PriceRequest{}, err
	}
	o, err := s.order(ctx, s.reader, actor.AccountID, id)
	if err != nil {
		return PriceRequest{}, err
	}
	r := PriceRequest{ClientID: o.order.ClientID, FollowsID: o.order.ID, Note: o.order.Note}
	if o.order.TrialID != nil {
		r.TrialID = *o.order.TrialID
	}
	for _, l := range o.lines {
		r.Lines = append(r.Lines, LineEntry{Product: l.ProductCode, Seats: number(l.Seats), Quarters: number(l.Quarters)})
		switch {
		case l.LicenseID == nil:
		case o.order.Kind == RenewalOrder:
			r.RenewsID = *l.LicenseID
		case o.order.Kind == SeatsOrder:
			r.AddsToID = *l.LicenseID
		}
	}
	return r, nil
}

// PriceForTrial returns the request that goes on with a trial of the actor's account.
func (s *Store) PriceForTrial(ctx context.Context, actor Actor, id string) (PriceRequest, error) {
	if err := actor.require(RequestPrices); err != nil {
		return PriceRequest{}, err
	}
	t, err := s.trial(ctx, s.reader, actor.AccountID, id)
	if err != nil {
		return PriceRequest{}, err
	}
	return PriceRequest{ClientID: t.client.ID, TrialID: id, Lines: []LineEntry{{Product: t.product.Code, Seats: number(t.license.Seats), Quarters: "4"}}}, nil
}

// OrderClients returns the clients of the actor's account for whom prices can be
// asked, as TrialClients does for trials.
func (s *Store) OrderClients(ctx context.Context, actor Actor, query, chosen string) ([]Client, error) {
	if err := actor.require(RequestPrices); err != nil {
		return nil, err
	}
	return clientsToChoose(ctx, s.reader, actor.AccountID, query, chosen)
}

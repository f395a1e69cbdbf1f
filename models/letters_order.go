package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// OrderLetter tells of a price request or its quote.
type OrderLetter struct {
	OrderID, AccountID       string
	To, Name                 string // who asked or, if they no longer may, the Owner; Customer Success of a request
	AccountName, Company     string
	RequestedBy              string
	Lines                    []OrderLetterLine
	Full                     string // the full price; empty without a quote
	ValidUntil               Date
	LapsesAt                 time.Time
	Note, QuoteNote, Reason  string
	Zone                     string
	Link                     string // to the order
	ContactName, ContactMail string // of Customer Success
	IsChanged                bool   // the quote replaces an earlier one
	PlacedBy                 string // of a placed order
	ForVendor                bool
}

// OrderLetterLine is a line in a mail, in words; Unit is empty without a quote.
type OrderLetterLine struct{ What, Unit string }

// PriceRequestForMail returns the mail to Customer Success about a price request
// that still waits.
func (s *Store) PriceRequestForMail(ctx context.Context, actor Actor, job PriceRequestMail) (OrderLetter, bool, error) {
	l, o, ok, err := s.orderLetter(ctx, actor, job.OrderID, PriceAnswered)
	if err != nil || !ok || o.Status(s.Now()) != OrderRequested {
		return l, false, err
	}
	vendor, err := s.Vendor(ctx, actor)
	l.To, l.Name, l.Zone, l.Link = vendor.CustomerSuccessEmail, vendor.CustomerSuccessName, vendor.TimeZone, s.URL("/admin/orders/"+o.ID)
	return l, l.To != "" && err == nil, err
}

// QuoteForMail returns the mail that brings a quote, unless there is a later one.
func (s *Store) QuoteForMail(ctx context.Context, actor Actor, job QuoteMail) (OrderLetter, bool, error) {
	return s.quoteLetter(ctx, actor, job.OrderID, job.Version, PriceAnswered)
}

// QuoteLapsingForMail returns the mail about a quote that is about to lapse.
func (s *Store) QuoteLapsingForMail(ctx context.Context, actor Actor, job QuoteLapsingMail) (OrderLetter, bool, error) {
	l, ok, err := s.quoteLetter(ctx, actor, job.OrderID, job.Version, QuoteLapses)
	return l, ok && !s.Now().Before(l.LapsesAt.Add(-lapseNotice)), err
}

func (s *Store) quoteLetter(ctx context.Context, actor Actor, id string, version int, notice Notice) (OrderLetter, bool, error) {
	l, o, ok, err := s.orderLetter(ctx, actor, id, notice)
	if err != nil || !ok || l.To == "" || o.Version != version || o.Status(s.Now()) != OrderQuoted {
		return l, false, err
	}
	earlier, err := rowsOf[Event](s.reader).Where("account_id = ? AND subject_id = ? AND action IN ?", o.AccountID, o.ID, []string{"order.quoted", "order.quoted_from_list"}).Count(ctx, "id")
	l.IsChanged = earlier > 1
	return l, err == nil, err
}

// PriceDeclinedForMail returns the mail about a price request that was declined.
func (s *Store) PriceDeclinedForMail(ctx context.Context, actor Actor, job PriceDeclinedMail) (OrderLetter, bool, error) {
	l, o, ok, err := s.orderLetter(ctx, actor, job.OrderID, PriceAnswered)
	return l, ok && l.To != "" && o.DeclinedAt != nil, err
}

// orderLetter is a letter to whoever asked; To is empty if nobody is left to
// read it, or wants the notice.
func (s *Store) orderLetter(ctx context.Context, actor Actor, id string, notice Notice) (l OrderLetter, order Order, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, order, false, err
	}
	order, err = rowsOf[Order](s.reader).Where("id = ?", id).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, order, false, nil
	}
	if err != nil {
		return l, order, false, err
	}
	v, err := s.orderView(ctx, order.AccountID, id, true)
	if err != nil {
		return l, order, false, err
	}
	vendor, err := s.Vendor(ctx, actor)
	if err != nil {
		return l, order, false, err
	}
	l = OrderLetter{
		OrderID: id, AccountID: order.AccountID, AccountName: v.Account.Name, Company: v.Client.Company, RequestedBy: v.RequestedName,
		ValidUntil: order.ValidUntil, Note: order.Note, QuoteNote: order.QuoteNote, Reason: order.DeclineReason, Zone: v.Zone.String(),
		Link: s.URL("/orders/" + id), ContactName: vendor.CustomerSuccessName, ContactMail: vendor.CustomerSuccessEmail,
	}
	if order.LapsesAt != nil {
		l.LapsesAt = order.LapsesAt.UTC()
	}
	for i := range v.Lines {
		line := OrderLetterLine{What: linesText(v.Lines[i : i+1])}
		if v.Lines[i].IsPriced() {
			line.Unit = v.Lines[i].Unit().String()
		}
		l.Lines = append(l.Lines, line)
	}
	if order.QuotedAt != nil {
		sum, err := full(order.Currency, v.Lines)
		if err != nil {
			return l, order, false, err
		}
		l.Full = sum.String()
	}
	reader, found, err := readerFor(ctx, s.reader, order.AccountID, order.RequestedBy, order.ClientID)
	if err != nil {
		return l, order, false, err
	}
	if !found {
		return l, order, true, nil
	}
	wanted, err := wants(ctx, s.reader, reader.ID, notice)
	if wanted {
		l.To, l.Name = reader.Email, reader.Name
	}
	return l, order, err == nil, err
}

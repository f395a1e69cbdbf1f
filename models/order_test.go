package models_test

import (
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

func asked(lines ...models.LineEntry) models.PriceRequest {
	return models.PriceRequest{ClientID: modelstest.AcmeClient, Lines: lines}
}

func studio(seats, quarters string) models.LineEntry {
	return models.LineEntry{Product: "studio-pro", Seats: seats, Quarters: quarters}
}

func orchestrator(seats, quarters string) models.LineEntry {
	return models.LineEntry{Product: "orchestrator-saas", Seats: seats, Quarters: quarters}
}

func request(t *testing.T, w *modelstest.World, r models.PriceRequest) models.Order {
	t.Helper()
	o, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func quoted(t *testing.T, w *modelstest.World, o models.Order, until string, units ...string) models.Order {
	t.Helper()
	q, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, models.QuoteEntry{UnitPrices: units, ValidUntil: until, Version: o.Version})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func orderView(t *testing.T, w *modelstest.World, actor models.Actor, id string) models.OrderView {
	t.Helper()
	v, err := w.Order(t.Context(), actor, id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func refusedWith(t *testing.T, err error, kind models.Kind, code string) *models.Error {
	t.Helper()
	e, ok := models.Shown(err)
	if !ok || e.Kind != kind || e.Code != code {
		t.Errorf("refused with %v, want kind %v, code %q", err, kind, code)
		return &models.Error{}
	}
	return e
}

func TestRequestPrices(t *testing.T) {
	w := modelstest.New(t)
	r := asked(studio(" 10 ", "4"), models.LineEntry{}, orchestrator("1", "12"))
	r.Note, r.RequestKey = " As  soon as\r\npossible ", "key"
	o := request(t, w, r)
	if o.AccountID != modelstest.Acme || o.ClientID != modelstest.AcmeClient || o.TrialID != nil || o.FollowsID != nil || o.Currency != "EUR" || o.Note != "As soon as\npossible" ||
		!o.RequestedAt.Equal(modelstest.Now) || o.RequestedBy != modelstest.AcmeSeller.UserID || o.QuotedAt != nil || o.QuotedBy != nil || o.ValidUntil != "" || o.LapsesAt != nil ||
		o.QuoteNote != "" || o.DeclinedAt != nil || o.DeclinedBy != nil || o.DeclineReason != "" || o.CancelledAt != nil || o.CancelledBy != nil || o.CancelReason != "" ||
		o.Search != "initrode ingrid@initrode.example studio pro orchestrator saas" || o.Version != 1 || o.Status(w.Clock.Now()) != models.OrderRequested {
		t.Errorf("%+v", o)
	}
	v := orderView(t, w, modelstest.AcmeViewer, o.ID)
	if len(v.Lines) != 2 || v.Client.Company != "Initrode" || v.RequestedName != "Sam Seller" || v.Zone.String() != "Europe/Madrid" || len(v.Settlements) != 0 || v.Trial != nil {
		t.Fatalf("%+v", v)
	}
	for i, want := range []models.OrderLine{{Position: 1, ProductID: modelstest.StudioPro, Seats: 10, Quarters: 4}, {Position: 2, ProductID: modelstest.Orchestrator, Seats: 1, Quarters: 12}} {
		got := v.Lines[i].OrderLine
		if want.ID, want.OrderID = got.ID, o.ID; got != want || got.ID == "" {
			t.Errorf("line %d: %+v, want %+v", i, got, want)
		}
	}
	if v.Lines[0].ProductName != "Studio Pro" || v.Lines[1].ProductCode != "orchestrator-saas" {
		t.Errorf("%+v", v.Lines)
	}
	if again := request(t, w, r); again.ID != o.ID || w.Count(t, "orders", "1 = 1") != 1 || w.Count(t, "order_lines", "1 = 1") != 2 {
		t.Errorf("sent twice: %+v", again)
	}
	if got := w.Events(t, o.ID); len(got) != 1 || got[0] != "order.requested" {
		t.Errorf("events: %v", got)
	}
	if jobs := w.Jobs(t, "price_request_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], o.ID) {
		t.Errorf("jobs: %v", jobs)
	}
}

func TestPriceRequestRefusals(t *testing.T) {
	w := modelstest.New(t)
	foreign, err := w.CreateClient(t.Context(), modelstest.GlobexSeller, models.NewClient{ClientFields: models.ClientFields{Company: "Soylent", Email: "a@soylent.example"}})
	if err != nil {
		t.Fatal(err)
	}
	for field, r := range map[string]models.PriceRequest{
		"product_0":  asked(),
		"product_1":  asked(studio("1", "1"), models.LineEntry{Seats: "1"}),
		"product_2":  asked(studio("1", "1"), studio("1", "1"), models.LineEntry{Product: "none", Seats: "1", Quarters: "1"}),
		"seats_0":    asked(studio("0", "1")),
		"seats_1":    asked(studio("1", "1"), studio("100001", "1")),
		"quarters_0": asked(studio("1", "13")),
		"client_id":  {ClientID: foreign.ID, Lines: []models.LineEntry{studio("1", "1")}},
		"note":       {ClientID: modelstest.AcmeClient, Lines: []models.LineEntry{studio("1", "1")}, Note: longText(4001)},
		"product_20": asked(make21(studio("1", "1"))...),
	} {
		_, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e.Fields)
		}
	}
	for _, who := range []models.Actor{modelstest.AcmeBilling, modelstest.AcmeViewer, modelstest.AcmeAdmin, modelstest.AcmeMember, modelstest.AcmeContact, modelstest.VendorSuccess, modelstest.Visitor} {
		if _, err := w.RequestPrices(t.Context(), who, asked(studio("1", "1"))); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s asks for a price: %v", who.Name, err)
		}
	}
	w.Exec(t, "UPDATE clients SET archived_at = ?, archived_by = ? WHERE id = ?", modelstest.Now, modelstest.AcmeOwner.UserID, modelstest.AcmeClient)
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, asked(studio("1", "1")))
	refusedWith(t, err, models.Conflict, "archived")
	w.Exec(t, "UPDATE accounts SET plan = '' WHERE id = ?", modelstest.Acme)
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, asked(studio("1", "1")))
	refusedWith(t, err, models.Conflict, "no_plan")
	w.Exec(t, "UPDATE accounts SET suspended_at = ?, suspended_by = 'x' WHERE id = ?", modelstest.Now, modelstest.Acme)
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, asked(studio("1", "1")))
	refusedWith(t, err, models.Conflict, "suspended")
	if n := w.Count(t, "orders", "1 = 1") + w.Count(t, "order_lines", "1 = 1") + len(w.Jobs(t, "price_request_mail")) + w.Count(t, "request_keys", "kind = 'order'"); n != 0 {
		t.Errorf("refusals have left %d rows", n)
	}
}

func make21(l models.LineEntry) (all []models.LineEntry) {
	for range 21 {
		all = append(all, l)
	}
	return all
}

// The answer of the price list: the account's own price before the one for all,
// of the account's currency and this day only.
func TestPriceListAnswersAtOnce(t *testing.T) {
	w := modelstest.New(t)
	addPrice(t, w, priceOf("studio-pro", "", "EUR", "120"))
	own := addPrice(t, w, priceOf("studio-pro", modelstest.Acme, "EUR", "99.99"))
	addPrice(t, w, priceOf("studio-pro", modelstest.Globex, "USD", "1"))
	addPrice(t, w, priceOf("orchestrator-saas", "", "USD", "2"))
	upcoming := priceOf("orchestrator-saas", "", "EUR", "3")
	upcoming.ValidFrom, upcoming.ValidThrough = "2026-03-04", "2026-03-20"
	addPrice(t, w, upcoming)

	p, err := w.PreviewPrices(t.Context(), modelstest.AcmeSeller, asked(studio("1", "1"), orchestrator("1", "1")))
	if err != nil || p.IsAnswered() || p.Priced() != 1 || p.ValidUntil != "" || p.Settlements[1].Total.Due != money.Of(4999, "EUR") {
		t.Errorf("half an answer: %+v, %v", p, err)
	}
	if waits := request(t, w, asked(studio("1", "1"), orchestrator("1", "1"))); waits.QuotedAt != nil || w.Count(t, "order_lines", "unit_price IS NOT NULL OR price_id IS NOT NULL") != 0 {
		t.Errorf("half an answer is a quote: %+v", waits)
	}
	o := request(t, w, asked(studio("1", "1")))
	v := orderView(t, w, modelstest.AcmeSeller, o.ID)
	if o.Status(w.Clock.Now()) != models.OrderQuoted || o.QuotedBy != nil || !o.QuotedAt.Equal(modelstest.Now) || o.ValidUntil != "2026-03-31" || *v.Lines[0].PriceID != own.ID || v.Lines[0].Unit() != money.Of(9999, "EUR") {
		t.Errorf("%+v, %+v", o, v.Lines)
	}
	if got := w.Events(t, o.ID); strings.Join(got, " ") != "order.requested order.quoted_from_list" {
		t.Errorf("events: %v", got)
	}
	if n := len(w.Jobs(t, "price_request_mail")); n != 1 { // of the one that waits
		t.Errorf("Customer Success gets %d mails", n)
	}
	w.Clock.Advance(48 * time.Hour) // 4 March: the price of Orchestrator holds, through the 20th
	if o := request(t, w, asked(orchestrator("2", "1"))); o.ValidUntil != "2026-03-20" {
		t.Errorf("the quote outlives its price: %+v", o)
	}
	if _, err := w.EndPrice(t.Context(), modelstest.VendorSuccess, own.ID); err != nil {
		t.Fatal(err)
	}
	if o := request(t, w, asked(studio("1", "1"))); *orderView(t, w, modelstest.AcmeSeller, o.ID).Lines[0].UnitPrice != 12000 {
		t.Error("the price for all does not answer once the own one has ended")
	}
	if got := *orderView(t, w, modelstest.AcmeSeller, o.ID).Lines[0].UnitPrice; got != 9999 {
		t.Errorf("ending a price has changed a quote: %d", got)
	}
}

// The usual last day: the end of the calendar quarter, at least 14 days away.
func TestUsualLastDay(t *testing.T) {
	w := modelstest.New(t)
	addPrice(t, w, priceOf("studio-pro", "", "EUR", "100"))
	for now, want := range map[time.Time]models.Date{
		modelstest.Now: "2026-03-31",
		time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC):  "2026-03-31",
		time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC):  "2026-06-30",
		time.Date(2026, 3, 17, 23, 30, 0, 0, time.UTC): "2026-06-30", // the 18th in Madrid
		time.Date(2026, 12, 17, 12, 0, 0, 0, time.UTC): "2026-12-31",
		time.Date(2026, 12, 18, 12, 0, 0, 0, time.UTC): "2027-03-31",
	} {
		w.Clock.Set(now)
		if o := request(t, w, asked(studio("1", "1"))); o.ValidUntil != want {
			t.Errorf("on %v: %s, want %s", now, o.ValidUntil, want)
		}
	}
}

func TestQuote(t *testing.T) {
	w := modelstest.New(t)
	o := request(t, w, asked(studio("1", "1"), orchestrator("3", "4")))
	draft, err := w.QuoteDraft(t.Context(), modelstest.VendorSuccess, o.ID)
	if err != nil || len(draft.UnitPrices) != 2 || draft.UnitPrices[0] != "" || draft.ValidUntil != "2026-03-31" || draft.Version != 1 {
		t.Errorf("draft: %+v, %v", draft, err)
	}
	w.Clock.Advance(time.Hour)
	e := models.QuoteEntry{UnitPrices: []string{"99,99", "0.05"}, ValidUntil: "2026-03-20", Note: " Our  best ", Version: 1, RequestKey: "key"}
	q, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, e)
	if err != nil || q.Status(w.Clock.Now()) != models.OrderQuoted || !q.QuotedAt.Equal(w.Clock.Now()) || *q.QuotedBy != modelstest.VendorSuccess.UserID || q.ValidUntil != "2026-03-20" ||
		!q.LapsesAt.Equal(time.Date(2026, 3, 20, 23, 0, 0, 0, time.UTC)) || q.QuoteNote != "Our best" || q.Version != 2 {
		t.Fatalf("%+v, %v", q, err)
	}
	if again, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, e); err != nil || again.Version != 2 {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	v := orderView(t, w, modelstest.AcmeSeller, o.ID)
	if v.QuotedName != "Cleo Success" || v.Lines[0].Unit() != money.Of(9999, "EUR") || *v.Lines[1].UnitPrice != 5 || v.Lines[0].PriceID != nil {
		t.Errorf("%+v", v.Lines)
	}
	// full 99.99 and 0.60: of each plan rounded by line
	for i, want := range []struct{ share, due int64 }{{1000 + 6, 8999 + 54}, {5000 + 30, 4999 + 30}, {7499 + 45, 2500 + 15}} {
		s := v.Settlements[i]
		if s.Plan != models.Plans[i] || s.Total.Full.Minor != 10059 || s.Total.Share.Minor != want.share || s.Total.Due.Minor != want.due || len(s.Lines) != 2 || s.Terms.Plan != s.Plan {
			t.Errorf("%s: %+v, want %+v", models.Plans[i], s, want)
		}
	}
	if own, ok := v.Own(); !ok || own.Plan != models.Silver {
		t.Errorf("own: %+v", own)
	}
	staff, err := w.AccountOrder(t.Context(), modelstest.VendorSupport, o.ID)
	if err != nil || len(staff.Settlements) != 3 || staff.Account.Name != "Acme" {
		t.Errorf("%+v, %v", staff, err)
	}
	// A mistake is corrected by another quote, upon the version that there is.
	_, err = w.QuoteOrder(t.Context(), modelstest.VendorAdministrator, o.ID, models.QuoteEntry{UnitPrices: []string{"1", "1"}, ValidUntil: "2026-03-20", Version: 1})
	refusedWith(t, err, models.Conflict, "changed")
	draft, err = w.QuoteDraft(t.Context(), modelstest.VendorSuccess, o.ID)
	if err != nil || draft.UnitPrices[0] != "99.99" || draft.UnitPrices[1] != "0.05" || draft.ValidUntil != "2026-03-20" || draft.Note != "Our best" || draft.Version != 2 {
		t.Errorf("draft: %+v, %v", draft, err)
	}
	if q = quoted(t, w, q, "2026-04-01", "50", "0"); q.Version != 3 {
		t.Errorf("%+v", q)
	}
	if got := w.Events(t, o.ID); strings.Join(got, " ") != "order.requested order.quoted order.quoted" {
		t.Errorf("events: %v", got)
	}
	if mails, notices := w.Jobs(t, "quote_mail"), w.Jobs(t, "quote_lapsing_mail"); len(mails) != 2 || len(notices) != 2 {
		t.Errorf("jobs: %v, %v", mails, notices)
	}
}

func TestQuoteRefusals(t *testing.T) {
	w := modelstest.New(t)
	o := request(t, w, asked(studio("1", "1"), orchestrator("1", "1")))
	good := models.QuoteEntry{UnitPrices: []string{"1", "2"}, ValidUntil: "2026-03-02", Version: 1}
	for field, change := range map[string]func(*models.QuoteEntry){
		"unit_price_1": func(e *models.QuoteEntry) { e.UnitPrices = e.UnitPrices[:1] },
		"unit_price_0": func(e *models.QuoteEntry) { e.UnitPrices = []string{"-1", "1"} },
		"valid_until":  func(e *models.QuoteEntry) { e.ValidUntil = "2026-03-01" },
		"note":         func(e *models.QuoteEntry) { e.Note = longText(4001) },
	} {
		e := good
		change(&e)
		_, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, e)
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e.Fields)
		}
	}
	for _, who := range []models.Actor{modelstest.VendorFinance, modelstest.VendorSupport, modelstest.AcmeOwner, modelstest.Visitor} {
		if _, err := w.QuoteOrder(t.Context(), who, o.ID, good); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s quotes: %v", who.Name, err)
		}
		if _, err := w.DeclineOrder(t.Context(), who, o.ID, "No"); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s declines: %v", who.Name, err)
		}
		if _, err := w.QuoteDraft(t.Context(), who, o.ID); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s drafts: %v", who.Name, err)
		}
	}
	if _, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, modelstest.AcmeClient, good); models.KindOf(err) != models.NotFound {
		t.Errorf("what is not there: %v", err)
	}
	if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.Order.Version != 1 || v.Lines[0].IsPriced() {
		t.Errorf("refusals have changed it: %+v", v)
	}
}

// Several staff who quote at once are one quote and Conflicts; so are a quote, a
// refusal and a withdrawal.
func TestQuoteRace(t *testing.T) {
	w := modelstest.New(t)
	o := request(t, w, asked(studio("1", "1")))
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 8, func(i int) error {
		_, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, models.QuoteEntry{UnitPrices: []string{"1" + strings.Repeat("0", i%3)}, ValidUntil: "2026-03-31", Version: 1})
		return err
	})
	if ok != 1 || conflict != 7 || len(other) > 0 || w.Count(t, "events", "action = 'order.quoted'") != 1 || len(w.Jobs(t, "quote_mail")) != 1 {
		t.Errorf("%d quoted, %d were refused, %v", ok, conflict, other)
	}
	second := request(t, w, asked(studio("1", "1")))
	ok, conflict, other = w.RaceBehind(t, modelstest.Acme, 6, func(i int) error {
		var err error
		if i%2 == 0 {
			_, err = w.DeclineOrder(t.Context(), modelstest.VendorSuccess, second.ID, "No")
		} else {
			err = cancel(t, w, modelstest.AcmeSeller, second.ID, "")
		}
		return err
	})
	if ok != 1 || conflict != 5 || len(other) > 0 {
		t.Errorf("%d settled it, %d were refused, %v", ok, conflict, other)
	}
}

func TestRequestKeyRace(t *testing.T) {
	w := modelstest.New(t)
	r := asked(studio("1", "1"))
	r.RequestKey = "key"
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 8, func(int) error {
		_, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
		return err
	})
	if ok != 8 || conflict != 0 || len(other) > 0 || w.Count(t, "orders", "1 = 1") != 1 || len(w.Jobs(t, "price_request_mail")) != 1 {
		t.Errorf("%d asked, %d were refused, %v", ok, conflict, other)
	}
}

// A quote lapses when its last day has passed in the account's zone, by the clock alone.
func TestQuoteLapses(t *testing.T) {
	w := modelstest.New(t)
	o := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-10", "10")
	midnight := time.Date(2026, 3, 10, 23, 0, 0, 0, time.UTC) // of the 11th in Madrid
	w.Clock.Set(midnight.Add(-time.Microsecond))
	if got := orderView(t, w, modelstest.AcmeSeller, o.ID).Order.Status(w.Clock.Now()); got != models.OrderQuoted {
		t.Errorf("on its last day it is %s", got)
	}
	w.Clock.Set(midnight)
	if got := orderView(t, w, modelstest.AcmeSeller, o.ID).Order.Status(w.Clock.Now()); got != models.OrderLapsed {
		t.Errorf("after its last day it is %s", got)
	}
	_, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, models.QuoteEntry{UnitPrices: []string{"1"}, ValidUntil: "2026-03-31", Version: o.Version})
	refusedWith(t, err, models.Conflict, "settled")
	refusedWith(t, cancel(t, w, modelstest.AcmeSeller, o.ID, ""), models.Conflict, "settled")

	again, err := w.PriceAgain(t.Context(), modelstest.AcmeSeller, o.ID)
	if err != nil || again.ClientID != modelstest.AcmeClient || again.FollowsID != o.ID || len(again.Lines) != 1 || again.Lines[0] != studio("1", "1") {
		t.Fatalf("%+v, %v", again, err)
	}
	next := request(t, w, again)
	if next.ID == o.ID || *next.FollowsID != o.ID || orderView(t, w, modelstest.AcmeSeller, o.ID).FollowedBy != next.ID {
		t.Errorf("%+v", next)
	}
	if _, err := w.PriceAgain(t.Context(), modelstest.GlobexSeller, o.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex asks again: %v", err)
	}
	if _, err := w.PriceAgain(t.Context(), modelstest.AcmeViewer, o.ID); models.KindOf(err) != models.Forbidden {
		t.Errorf("a Viewer asks again: %v", err)
	}
	r := asked(studio("1", "1"))
	r.FollowsID = o.ID
	if _, err := w.RequestPrices(t.Context(), modelstest.GlobexSeller, r); err == nil {
		t.Error("Globex follows an order of Acme")
	}
}

func TestDeclineAndCancel(t *testing.T) {
	w := modelstest.New(t)
	o := request(t, w, asked(studio("1", "1")))
	if _, err := w.DeclineOrder(t.Context(), modelstest.VendorSuccess, o.ID, " "); models.KindOf(err) != models.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	d, err := w.DeclineOrder(t.Context(), modelstest.VendorSuccess, o.ID, "Not sold there.")
	if err != nil || d.Status(w.Clock.Now()) != models.OrderDeclined || !d.DeclinedAt.Equal(modelstest.Now) || *d.DeclinedBy != modelstest.VendorSuccess.UserID || d.DeclineReason != "Not sold there." {
		t.Fatalf("%+v, %v", d, err)
	}
	if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.DeclinedName != "Cleo Success" {
		t.Errorf("%+v", v)
	}
	refusedWith(t, cancel(t, w, modelstest.AcmeSeller, o.ID, ""), models.Conflict, "settled")
	if len(w.Jobs(t, "price_declined_mail")) != 1 {
		t.Error("nobody is told")
	}

	o = quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-10", "10")
	_, err = w.DeclineOrder(t.Context(), modelstest.VendorSuccess, o.ID, "Too late")
	refusedWith(t, err, models.Conflict, "settled")
	for _, who := range []models.Actor{modelstest.AcmeViewer, modelstest.AcmeBilling, modelstest.AcmeAdmin, modelstest.VendorSuccess} {
		if err := cancel(t, w, who, o.ID, ""); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s withdraws: %v", who.Name, err)
		}
	}
	if err := cancel(t, w, modelstest.GlobexSeller, o.ID, ""); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex withdraws: %v", err)
	}
	if err := cancel(t, w, modelstest.AcmeOwner, o.ID, longText(201)); models.KindOf(err) != models.Invalid {
		t.Errorf("a long reason: %v", err)
	}
	if err := cancel(t, w, modelstest.AcmeOwner, o.ID, "Too dear"); err != nil {
		t.Fatal(err)
	}
	v := orderView(t, w, modelstest.AcmeSeller, o.ID)
	if v.Order.Status(w.Clock.Now()) != models.OrderCancelled || v.Order.CancelReason != "Too dear" || *v.Order.CancelledBy != modelstest.AcmeOwner.UserID || !v.Order.CancelledAt.Equal(modelstest.Now) || v.CancelledName != "Olivia Owner" {
		t.Errorf("%+v", v.Order)
	}
	if got := w.Events(t, o.ID); got[len(got)-1] != "order.cancelled" {
		t.Errorf("events: %v", got)
	}
}

func TestPriceForTrial(t *testing.T) {
	w := modelstest.New(t)
	trial := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	r, err := w.PriceForTrial(t.Context(), modelstest.AcmeSeller, trial.Trial.ID)
	if err != nil || r.TrialID != trial.Trial.ID || r.ClientID != modelstest.AcmeClient || len(r.Lines) != 1 || r.Lines[0].Product != "studio-pro" {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := w.PriceForTrial(t.Context(), modelstest.GlobexSeller, trial.Trial.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex: %v", err)
	}
	other := r
	other.Lines = []models.LineEntry{orchestrator("1", "1")}
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, other)
	if e := refusedWith(t, err, models.Invalid, ""); e.Fields["product_0"] == "" {
		t.Errorf("without the trial's product: %v", e.Fields)
	}
	o := request(t, w, r)
	if *o.TrialID != trial.Trial.ID || orderView(t, w, modelstest.AcmeSeller, o.ID).Trial.ID != trial.Trial.ID {
		t.Errorf("%+v", o)
	}
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
	if e := refusedWith(t, err, models.Conflict, "asked"); e.Subject != o.ID {
		t.Errorf("%+v", e)
	}
	if err := cancel(t, w, modelstest.AcmeSeller, o.ID, ""); err != nil {
		t.Fatal(err)
	}
	if o = request(t, w, r); o.TrialID == nil {
		t.Error("after a withdrawal it can't be asked again")
	}
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeSeller, trial.Trial.ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
	refusedWith(t, err, models.Conflict, "ended")
}

func TestWhoSeesOrders(t *testing.T) {
	w := modelstest.New(t)
	o := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-10", "10")
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeSeller, modelstest.AcmeBilling, modelstest.AcmeViewer} {
		if v := orderView(t, w, who, o.ID); len(v.Settlements) != 3 {
			t.Errorf("%s: %+v", who.Name, v)
		}
	}
	for _, who := range []models.Actor{modelstest.AcmeAdmin, modelstest.AcmeMember, modelstest.AcmeContact, modelstest.VendorSuccess, modelstest.Visitor} {
		if _, err := w.Order(t.Context(), who, o.ID); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s sees an order: %v", who.Name, err)
		}
		if _, err := w.Orders(t.Context(), who, models.OrderFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s sees orders: %v", who.Name, err)
		}
	}
	if _, err := w.Order(t.Context(), modelstest.GlobexOwner, o.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex sees an order: %v", err)
	}
	if page, err := w.Orders(t.Context(), modelstest.GlobexOwner, models.OrderFilter{AccountID: modelstest.Acme}, models.Paging{}); err != nil || len(page.Items) != 0 {
		t.Errorf("Globex sees orders: %v, %v", page, err)
	}
	if _, err := w.AccountOrders(t.Context(), modelstest.AcmeOwner, models.OrderFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
		t.Errorf("an Owner sees the orders of all: %v", err)
	}
	if _, err := w.AccountOrder(t.Context(), modelstest.AcmeOwner, o.ID); models.KindOf(err) != models.Forbidden {
		t.Errorf("an Owner sees an order as staff: %v", err)
	}
}

func TestOrderList(t *testing.T) {
	w := modelstest.New(t)
	orders := map[models.OrderStatus]string{}
	w.SignAnnex(t, modelstest.Acme)
	for i, s := range models.OrderStatuses {
		w.Clock.Set(modelstest.Now.Add(time.Duration(i) * time.Minute))
		o := request(t, w, asked(studio("2", "3"), orchestrator("1", "1")))
		orders[s] = o.ID
		var err error
		switch s {
		case models.OrderQuoted:
			quoted(t, w, o, "2026-03-31", "10.50", "1")
		case models.OrderLapsed:
			quoted(t, w, o, "2026-03-02", "10", "1")
		case models.OrderDeclined:
			_, err = w.DeclineOrder(t.Context(), modelstest.VendorSuccess, o.ID, "No")
		case models.OrderCancelled:
			err = cancel(t, w, modelstest.AcmeSeller, o.ID, "")
		case models.OrderPlaced:
			placed(t, w, quoted(t, w, o, "2026-03-31", "10", "1"))
		case models.OrderActive:
			placed(t, w, quoted(t, w, o, "2026-03-31", "0", "0"))
		case models.OrderRequested:
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Clock.Set(modelstest.Now.Add(24 * time.Hour))
	find := func(f models.OrderFilter) (found []models.OrderRow) {
		t.Helper()
		page, err := w.Orders(t.Context(), modelstest.AcmeSeller, f, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		staff, err := w.AccountOrders(t.Context(), modelstest.VendorSupport, f, models.Paging{})
		if err != nil || !f.Mine && len(staff.Items) != len(page.Items) {
			t.Errorf("%+v: staff find %d, %v", f, len(staff.Items), err)
		}
		n := 0
		if err := w.EachOrder(t.Context(), modelstest.AcmeSeller, f, func(models.OrderRow) error { n++; return nil }); err != nil || n != len(page.Items) {
			t.Errorf("%+v: the export has %d, %v", f, n, err)
		}
		return page.Items
	}
	for s, id := range orders {
		found := find(models.OrderFilter{State: s})
		if len(found) != 1 || found[0].ID != id || found[0].Status(w.Clock.Now()) != s {
			t.Errorf("%s: %+v", s, found)
		}
	}
	row := find(models.OrderFilter{State: models.OrderQuoted})[0]
	if row.AccountName != "Acme" || row.Company != "Initrode" || row.ClientEmail != "ingrid@initrode.example" || row.Products() != "Studio Pro and 1 more" || row.Lines != 2 || row.Full() != money.Of(6400, "EUR") || row.RequestedName != "Sam Seller" {
		t.Errorf("%+v", row)
	}
	if row := find(models.OrderFilter{State: models.OrderRequested})[0]; row.FullMinor != nil {
		t.Errorf("%+v", row)
	}
	for want, f := range map[int][]models.OrderFilter{
		len(models.OrderStatuses): {{}, {Query: "INITRODE"}, {Query: "orchestr"}, {Product: "studio-pro"}, {ClientID: modelstest.AcmeClient}, {Mine: true}},
		0:                         {{State: "odd"}, {Query: "nobody"}, {Product: "none"}, {ClientID: modelstest.Acme}, {Query: "%"}},
	} {
		for _, f := range f {
			if found := find(f); len(found) != want {
				t.Errorf("%+v finds %d", f, len(found))
			}
		}
	}
	if first := find(models.OrderFilter{})[0]; first.ID != orders[models.OrderCancelled] {
		t.Error("the newest is not the first")
	}
	if first := find(models.OrderFilter{Sort: "requested"})[0]; first.ID != orders[models.OrderRequested] {
		t.Error("the oldest is not the first")
	}
	queue, err := w.WorkQueue(t.Context(), modelstest.VendorSupport)
	if err != nil || len(queue.Prices) != 1 || queue.Prices[0].ID != orders[models.OrderRequested] {
		t.Errorf("%+v, %v", queue.Prices, err)
	}
	page, err := w.Orders(t.Context(), modelstest.AcmeSeller, models.OrderFilter{}, models.Paging{Size: 2})
	if err != nil || page.Next == "" || len(page.Items) != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	if page, err = w.Orders(t.Context(), modelstest.AcmeSeller, models.OrderFilter{}, models.Paging{Size: 2, After: page.Next}); err != nil || page.Items[0].ID != orders[models.OrderLapsed] {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestOrderLetters(t *testing.T) {
	w := modelstest.New(t)
	r := asked(studio("10", "4"))
	r.Note = "Soon"
	o := request(t, w, r)
	l, ok, err := w.PriceRequestForMail(t.Context(), models.System, models.PriceRequestMail{OrderID: o.ID})
	vendor, _ := w.Vendor(t.Context(), models.System)
	if err != nil || !ok || l.To != vendor.CustomerSuccessEmail || l.AccountName != "Acme" || l.Company != "Initrode" || l.RequestedBy != "Sam Seller" || l.Note != "Soon" ||
		len(l.Lines) != 1 || l.Lines[0] != (models.OrderLetterLine{What: "10 × Studio Pro for 4 quarters"}) || l.Link != modelstest.BaseURL+"/admin/orders/"+o.ID {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	q := quoted(t, w, o, "2026-03-20", "12.50")
	if _, ok, _ := w.PriceRequestForMail(t.Context(), models.System, models.PriceRequestMail{OrderID: o.ID}); ok {
		t.Error("Customer Success is asked for what is quoted")
	}
	l, ok, err = w.QuoteForMail(t.Context(), models.System, models.QuoteMail{OrderID: o.ID, Version: q.Version})
	if err != nil || !ok || l.To != modelstest.AcmeSeller.Email || l.Name != "Sam Seller" || l.Full != "500.00 EUR" || l.ValidUntil != "2026-03-20" || l.Lines[0].Unit != "12.50 EUR" || l.Zone != "Europe/Madrid" || l.IsChanged || l.Link != modelstest.BaseURL+"/orders/"+o.ID {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	lapsing := models.QuoteLapsingMail{OrderID: o.ID, Version: q.Version}
	if _, ok, _ := w.QuoteLapsingForMail(t.Context(), models.System, lapsing); ok {
		t.Error("it is about to lapse 18 days before")
	}
	q2 := quoted(t, w, q, "2026-03-20", "12")
	if l, ok, err := w.QuoteForMail(t.Context(), models.System, models.QuoteMail{OrderID: o.ID, Version: q2.Version}); err != nil || !ok || !l.IsChanged {
		t.Errorf("a changed quote: %+v, %v, %v", l, ok, err)
	}
	if _, ok, _ := w.QuoteForMail(t.Context(), models.System, models.QuoteMail{OrderID: o.ID, Version: q.Version}); ok {
		t.Error("a replaced quote is mailed")
	}
	lapsing.Version = q2.Version
	w.Clock.Set(q2.LapsesAt.Add(-72 * time.Hour))
	if _, ok, err := w.QuoteLapsingForMail(t.Context(), models.System, lapsing); err != nil || !ok {
		t.Errorf("three days before: %v, %v", ok, err)
	}
	w.Clock.Set(*q2.LapsesAt)
	if _, ok, _ := w.QuoteLapsingForMail(t.Context(), models.System, lapsing); ok {
		t.Error("what has lapsed is about to lapse")
	}
	// Who has switched a mail off does not get it; Customer Success does.
	silent := request(t, w, asked(studio("1", "1")))
	if err := w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, []models.Notice{models.QuoteLapses}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.PriceRequestForMail(t.Context(), models.System, models.PriceRequestMail{OrderID: silent.ID}); err != nil || !ok {
		t.Errorf("Customer Success: %v, %v", ok, err)
	}
	silent = quoted(t, w, silent, string(models.DateIn(w.Clock.Now(), time.UTC).AddDays(1)), "1")
	if _, ok, _ := w.QuoteForMail(t.Context(), models.System, models.QuoteMail{OrderID: silent.ID, Version: silent.Version}); ok {
		t.Error("a quote is mailed to who does not want it")
	}
	if _, ok, err := w.QuoteLapsingForMail(t.Context(), models.System, models.QuoteLapsingMail{OrderID: silent.ID, Version: silent.Version}); err != nil || !ok {
		t.Errorf("what is wanted is not mailed: %v, %v", ok, err)
	}
	// Who has left the Reselling team is not told; the Owner is.
	w.Exec(t, "UPDATE memberships SET reselling_role = '' WHERE user_id = ?", modelstest.AcmeSeller.UserID)
	var d models.Order
	if d, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, asked(studio("1", "1"))); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DeclineOrder(t.Context(), modelstest.VendorSuccess, d.ID, "No"); err != nil {
		t.Fatal(err)
	}
	l, ok, err = w.PriceDeclinedForMail(t.Context(), models.System, models.PriceDeclinedMail{OrderID: d.ID})
	if err != nil || !ok || l.To != modelstest.AcmeOwner.Email || l.Reason != "No" || l.ContactMail != vendor.CustomerSuccessEmail {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	if _, _, err := w.QuoteForMail(t.Context(), modelstest.AcmeOwner, models.QuoteMail{OrderID: o.ID}); models.KindOf(err) != models.Forbidden {
		t.Errorf("a person reads letters: %v", err)
	}
}

// Every settled amount can be reckoned again from what is stored.
func TestSettlementsAreRecomputed(t *testing.T) {
	w := modelstest.New(t)
	o := quoted(t, w, request(t, w, asked(studio("7", "3"), orchestrator("13", "11"))), "2026-03-31", "33.33", "0.07")
	var rows []struct{ UnitPrice, Seats, Quarters int64 }
	if err := w.DB.Raw("SELECT unit_price, seats, quarters FROM order_lines WHERE order_id = ? ORDER BY position", o.ID).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	for _, s := range orderView(t, w, modelstest.AcmeSeller, o.ID).Settlements {
		var due int64
		for i, r := range rows {
			full := r.UnitPrice * r.Seats * r.Quarters
			share := (full*int64(s.Terms.Percentage) + 5000) / 10000
			if s.Lines[i].Full.Minor != full || s.Lines[i].Share.Minor != share || s.Lines[i].Due.Minor != full-share {
				t.Errorf("%s, line %d: %+v", s.Plan, i, s.Lines[i])
			}
			due += full - share
		}
		if s.Total.Due.Minor != due {
			t.Errorf("%s: due %d, want %d", s.Plan, s.Total.Due.Minor, due)
		}
	}
}

func TestCurrencyIsFixedByAPriceRequest(t *testing.T) {
	w := modelstest.New(t)
	request(t, w, asked(studio("1", "1")))
	e := models.AccountEntry{Name: "Acme", LegalName: "Acme Services S.L.", Currency: "USD", Country: "ES", TimeZone: "Europe/Madrid", PaymentDays: "14", TaxRate: "21", Version: 1}
	_, err := w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, e)
	if e := refusedWith(t, err, models.Invalid, ""); e.Fields["currency"] == "" {
		t.Errorf("%v", e.Fields)
	}
}

func cancel(t *testing.T, w *modelstest.World, actor models.Actor, id, reason string) error {
	t.Helper()
	_, err := w.CancelOrder(t.Context(), actor, id, models.Cancellation{Reason: reason})
	return err
}

// No order is so dear that the sums of an account could not hold many of them:
// refused at the line that makes it so, at quoting and where the price list answers.
func TestAnOrderIsBounded(t *testing.T) {
	w := modelstest.New(t)
	two := func(seats string) models.Order {
		t.Helper()
		return request(t, w, asked(studio(seats, "12"), models.LineEntry{Product: "orchestrator-saas", Seats: seats, Quarters: "12"}))
	}
	quote := func(o models.Order, units ...string) error {
		_, err := w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, models.QuoteEntry{UnitPrices: units, ValidUntil: "2026-03-20", Version: o.Version})
		return err
	}
	o := two("100000")
	for field, units := range map[string][]string{
		"unit_price_0": {"1000000000", "1"}, "unit_price_1": {"4166.67", "4166.67"},
	} {
		if e := refusedWith(t, quote(o, units...), models.Invalid, ""); e.Fields[field] == "" || len(e.Fields) != 1 {
			t.Errorf("%v: %v", units, e.Fields)
		}
	}
	if e := refusedWith(t, quote(o, "8333.34", "0"), models.Invalid, ""); e.Fields["unit_price_0"] != "With this line the order comes to 10,000,008,000.00 EUR. One order is at most 10,000,000,000.00 EUR: make several." {
		t.Errorf("%v", e.Fields)
	}
	if err := quote(o, "4166.66", "4166.66"); err != nil {
		t.Error(err)
	}
	for _, product := range []string{"studio-pro", "orchestrator-saas"} {
		if _, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, priceOf(product, modelstest.Acme, "EUR", "5000")); err != nil {
			t.Fatal(err)
		}
	}
	before := w.Count(t, "orders", "1 = 1")
	_, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, asked(studio("100000", "12"), models.LineEntry{Product: "orchestrator-saas", Seats: "100000", Quarters: "12"}))
	if e := refusedWith(t, err, models.Invalid, ""); e.Fields["seats_1"] == "" || w.Count(t, "orders", "1 = 1") != before {
		t.Errorf("%v", e.Fields)
	}
}

// Sums beyond what an amount holds, as there may be from earlier, end there, and
// the page is shown all the same.
func TestSumsThatAreTooLarge(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	for n, day := range []string{"2026-01-01", "2026-01-02", "2026-01-03"} {
		w.Exec(t, "INSERT INTO posting_days (account_id, day, amount) VALUES (?, ?, ?)", modelstest.Acme, day, 4_000_000_000_000_000_000+int64(n))
	}
	v, err := w.Statement(t.Context(), modelstest.AcmeOwner, models.StatementFilter{From: "2026-02-01"}, models.Paging{})
	if err != nil || v.Opening.Minor != 4_000_000_000_000_000_000 || v.Closing != v.Opening || len(v.Page.Items) != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err = w.Statement(t.Context(), modelstest.AcmeOwner, models.StatementFilter{From: "2026-01-01", To: "2026-01-01"}, models.Paging{}); err != nil || !v.Opening.IsZero() || v.Closing.Minor != 4_000_000_000_000_000_000 {
		t.Errorf("%+v, %v", v, err)
	}
	due, err := w.InvoicesDue(t.Context(), modelstest.AcmeOwner)
	if err != nil || len(due) != 1 || due[0].OpenMinor != i.Total || due[0].OpenCount != 1 || due[0].OverdueMinor != 0 || due[0].OverdueCount != 0 || due[0].NextDueOn != i.DueOn {
		t.Errorf("%+v, %v", due, err)
	}
}

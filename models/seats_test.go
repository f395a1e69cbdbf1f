package models_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

// moreSeats asks for n more seats of a licence and quotes them.
func moreSeats(t *testing.T, w *modelstest.World, licenseID string, n int, unit string) models.Order {
	t.Helper()
	r, err := w.PriceForSeats(t.Context(), modelstest.AcmeSeller, licenseID)
	if err != nil || r.AddsToID != licenseID {
		t.Fatalf("%+v, %v", r, err)
	}
	r.Lines[0].Seats = fmt.Sprint(n)
	return quoted(t, w, request(t, w, r), inTime(w), unit)
}

// inTime is a last day for a quote that is far away.
func inTime(w *modelstest.World) string {
	return string(models.DateIn(w.Clock.Now(), time.UTC).AddDays(300))
}

func payInFull(t *testing.T, w *modelstest.World, i models.Invoice) models.Payment {
	t.Helper()
	return received(t, w, "for "+i.Number, i.Amount(i.Total).Typed(), i.ID, i.Amount(i.Total).Typed())
}

func licenseNow(t *testing.T, w *modelstest.World, id string) (l models.License) {
	t.Helper()
	if err := w.DB.Where("id = ?", id).Take(&l).Error; err != nil {
		t.Fatal(err)
	}
	return l
}

// boughtFor is a paid licence of two seats of Studio Pro for some quarters, from 2 March on.
func boughtFor(t *testing.T, w *modelstest.World, quarters string) models.License {
	t.Helper()
	w.SignAnnex(t, modelstest.Acme)
	o := placed(t, w, quoted(t, w, request(t, w, asked(studio("2", quarters))), "2026-12-31", "10"))
	i, _ := invoiceOf(t, w, o.ID)
	payInFull(t, w, i)
	var term models.LicenseTerm
	if err := w.DB.Where("order_id = ?", o.ID).Take(&term).Error; err != nil {
		t.Fatal(err)
	}
	return licenseNow(t, w, term.LicenseID)
}

// Seats cost what is left of the running term, by its own quarters and by days of
// the account's zone that are fixed at placing; they hold from the payment to the
// end of the term, with the same key.
func TestAddedSeats(t *testing.T) {
	madrid, _ := time.LoadLocation("Europe/Madrid")
	for name, c := range map[string]struct {
		quarters string
		placed   time.Time
		left     string
		full     int64 // of 3 seats at 99.99
		share    int64 // Silver: 50 %
	}{
		"on the first day":                        {"1", models.Date("2026-03-02").StartIn(madrid).Add(20 * time.Hour), "92/92", 29997, 14999},
		"in the middle":                           {"1", models.Date("2026-04-17").StartIn(madrid), "46/92", 14999, 7500}, // 149.985
		"in the last hour of the last day":        {"1", models.Date("2026-06-02").StartIn(madrid).Add(-time.Hour), "1/92", 326, 163},
		"in the first of two quarters":            {"2", models.Date("2026-06-01").StartIn(madrid), "1/92 92/92", 30323, 15162},
		"in the second of two":                    {"2", models.Date("2026-06-02").StartIn(madrid), "92/92", 29997, 14999},
		"of a year, in its last quarter":          {"4", models.Date("2027-02-28").StartIn(madrid), "2/90", 667, 334}, // 6.666
		"of a year, in the quarter before that":   {"4", models.Date("2026-12-01").StartIn(madrid), "1/91 90/90", 30327, 15164},
		"a day that has begun in Madrid, not UTC": {"1", time.Date(2026, 4, 16, 22, 30, 0, 0, time.UTC), "46/92", 14999, 7500},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			l := boughtFor(t, w, c.quarters)
			w.Clock.Set(c.placed)
			o := placed(t, w, moreSeats(t, w, l.ID, 3, "99.99"))
			i, lines := invoiceOf(t, w, o.ID)
			if len(lines) != 1 || lines[0].Coterm != c.left || lines[0].Quarters != len(strings.Fields(c.left)) || lines[0].Seats != 3 || lines[0].FullPrice != c.full || lines[0].Share != c.share || lines[0].Due != c.full-c.share || i.Net != c.full-c.share {
				t.Errorf("%+v", lines)
			}
			var line models.OrderLine
			var base models.LicenseTerm
			w.DB.Where("order_id = ?", o.ID).Take(&line)
			w.DB.Where("license_id = ?", l.ID).Take(&base)
			if o.Kind != models.SeatsOrder || line.LicenseID == nil || *line.LicenseID != l.ID || line.TermID == nil || *line.TermID != base.ID || line.Coterm != c.left || *line.FullPrice != c.full {
				t.Errorf("%+v\n%+v", o, line)
			}
			hasSeats(t, w, l, 2)
			w.Clock.Advance(30 * time.Minute)
			paid := w.Clock.Now()
			payInFull(t, w, i)
			hasSeats(t, w, l, 5)
			now := licenseNow(t, w, l.ID)
			if now.Key != l.Key || now.Seats != 5 || !now.EndsAt.Equal(l.EndsAt) || !now.StartsAt.Equal(l.StartsAt) || now.Status(paid) != models.LicenseActive || w.Count(t, "licenses", "1 = 1") != 1 {
				t.Errorf("%+v", now)
			}
			var term models.LicenseTerm
			if err := w.DB.Where("order_id = ?", o.ID).Take(&term).Error; err != nil {
				t.Fatal(err)
			}
			want := models.LicenseTerm{ID: term.ID, AccountID: modelstest.Acme, LicenseID: l.ID, OrderID: o.ID, LineID: line.ID, Seats: 3, Quarters: base.Quarters, AddsToID: term.AddsToID, FirstDay: "2026-03-02", StartsAt: term.StartsAt, EndsAt: term.EndsAt, CreatedAt: term.CreatedAt}
			if term != want || *term.AddsToID != base.ID || !term.StartsAt.Equal(paid) || !term.EndsAt.Equal(base.EndsAt) || !term.CreatedAt.Equal(paid) {
				t.Errorf("%+v, want %+v", term, want)
			}
			if got := strings.Join(w.Events(t, l.ID), " "); !strings.Contains(got, "license.seats_added") {
				t.Errorf("events: %s", got)
			}
			r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, l.ID)
			if err != nil || r.Lines[0] != studio("5", "4") {
				t.Errorf("the renewal proposes %+v, %v", r, err)
			}
			balanced(t, w)
			w.Clock.Set(l.EndsAt)
			if s := licenseNow(t, w, l.ID).Status(w.Clock.Now()); s != models.LicenseExpired {
				t.Errorf("%s after its end", s)
			}
			hasSeats(t, w, l, 5)
		})
	}
}

// The page shows a price that falls by the day, and who placed looked at that of today.
func TestAddedSeatsAreReckonedByTheDay(t *testing.T) {
	w := modelstest.New(t)
	l := boughtFor(t, w, "1")
	o := moreSeats(t, w, l.ID, 1, "92")
	full := func(want int64) models.OrderView {
		t.Helper()
		v := orderView(t, w, modelstest.AcmeSeller, o.ID)
		own, ok := v.Own()
		page, err := w.Orders(t.Context(), modelstest.AcmeSeller, models.OrderFilter{}, models.Paging{})
		if !ok || own.Total.Full.Minor != want || v.Payable == nil || err != nil || *page.Items[0].FullMinor != want {
			t.Errorf("%+v, list %v, want %d, %v", own, page.Items, want, err)
		}
		p, err := w.Proposal(t.Context(), modelstest.AcmeSeller, o.ID, "")
		if err != nil || p.Full.Minor != want {
			t.Errorf("the proposal is of %v, %v", p.Full, err)
		}
		return v
	}
	v := full(9200)
	looked := v.Lines[0].Coterm
	w.Clock.Advance(24 * time.Hour)
	full(9100)
	_, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version, Days: looked})
	refusedWith(t, err, models.Conflict, "changed")
	if _, err = w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version, Days: "91/92"}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(24 * time.Hour)
	if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.Frozen.Full.Minor != 9100 || v.Lines[0].Coterm != "91/92" || v.License.ID != l.ID || v.Term == nil {
		t.Errorf("%+v", v)
	}
}

// A price list answers at once; what was lapsed is asked for again as what it was.
func TestAddedSeatsFromThePriceList(t *testing.T) {
	w := modelstest.New(t)
	l := boughtFor(t, w, "2")
	if _, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, models.PriceEntry{Product: "studio-pro", Currency: "EUR", UnitPrice: "92", ValidFrom: "2026-03-02"}); err != nil {
		t.Fatal(err)
	}
	r, err := w.PriceForSeats(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(24 * time.Hour)
	p, err := w.PreviewPrices(t.Context(), modelstest.AcmeSeller, r)
	if own, ok := p.Own(); err != nil || !ok || own.Total.Full.Minor != 18300 || own.Total.Due.Minor != 9150 || !p.IsAnswered() {
		t.Errorf("%+v, %v", p, err)
	}
	o := request(t, w, r)
	if o.QuotedAt == nil || o.Kind != models.SeatsOrder || o.ClientID != modelstest.AcmeClient {
		t.Errorf("%+v", o)
	}
	if again, err := w.PriceAgain(t.Context(), modelstest.AcmeSeller, o.ID); err != nil || again.AddsToID != l.ID || again.RenewsID != "" {
		t.Errorf("%+v, %v", again, err)
	}
	w.Clock.Set(*o.LapsesAt)
	if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.Order.Status(w.Clock.Now()) != models.OrderLapsed || v.Lines[0].Coterm != "91/92 92/92" {
		t.Errorf("%+v", v.Lines)
	}
}

func TestAddedSeatsRefusals(t *testing.T) {
	w := modelstest.New(t)
	l := boughtFor(t, w, "1")
	r, err := w.PriceForSeats(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(code string) *models.Error {
		t.Helper()
		_, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
		if code != "asked" {
			_, err := w.PreviewPrices(t.Context(), modelstest.AcmeSeller, r)
			refusedWith(t, err, models.Conflict, code)
		}
		return refusedWith(t, err, models.Conflict, code)
	}
	for _, seats := range []string{"", "0", "-1", "1.5", "x", "100001"} {
		r.Lines[0].Seats = seats
		_, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields["seats_0"] == "" {
			t.Errorf("%q seats: %+v", seats, e)
		}
	}
	r.Lines[0].Seats = "1"
	if _, err := w.PriceForSeats(t.Context(), modelstest.GlobexSeller, l.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex: %v", err)
	}
	if _, err := w.RequestPrices(t.Context(), modelstest.GlobexSeller, r); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex: %v", err)
	}
	if _, err := w.PriceForSeats(t.Context(), modelstest.AcmeViewer, l.ID); models.KindOf(err) != models.Forbidden {
		t.Errorf("a Viewer: %v", err)
	}
	o := request(t, w, r)
	if e := ask("asked"); e.Subject != o.ID {
		t.Errorf("%q", e.Subject)
	}
	o = quoted(t, w, o, inTime(w), "10")
	w.Exec(t, "UPDATE licenses SET suspended_at = ?, suspended_by = 'x'", w.Clock.Now())
	place := func(code string) {
		t.Helper()
		_, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version})
		refusedWith(t, err, models.Conflict, code)
		if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.Blocked == nil || v.Blocked.Code != code || v.Payable != nil {
			t.Errorf("its page says %+v", v.Blocked)
		}
	}
	place("unfit")
	w.Exec(t, "UPDATE licenses SET suspended_at = NULL, suspended_by = '', revoked_at = ?, revoked_by = 'x'", w.Clock.Now())
	place("ended")
	w.Exec(t, "UPDATE licenses SET revoked_at = NULL, revoked_by = ''")
	w.Clock.Set(l.EndsAt.Add(-time.Second))
	if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.Blocked != nil || v.Lines[0].Coterm != "1/92" {
		t.Errorf("%+v", v)
	}
	w.Clock.Set(l.EndsAt)
	place("ended")
	if err := cancel(t, w, modelstest.AcmeSeller, o.ID, ""); err != nil {
		t.Fatal(err)
	}
	_ = ask("ended")
	trial, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	r.AddsToID = trial.Trial.LicenseID
	_ = ask("unpaid_for")
}

// Asked for by twenty people at once it is one price request; placed by twenty it
// is one invoice. Two orders one after the other both count.
func TestAddedSeatsRace(t *testing.T) {
	w := modelstest.New(t)
	l := boughtFor(t, w, "1")
	r, err := w.PriceForSeats(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 20, func(int) error {
		_, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 {
		t.Errorf("asked for %d times, refused %d times, %v", ok, conflict, other)
	}
	var o models.Order
	w.DB.Where("kind = 'seats'").Take(&o)
	o = quoted(t, w, o, inTime(w), "10")
	ok, conflict, other = w.RaceBehind(t, modelstest.Acme, 20, func(int) error {
		_, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version})
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 {
		t.Errorf("placed %d times, refused %d times, %v", ok, conflict, other)
	}
	second := placed(t, w, moreSeats(t, w, l.ID, 4, "10")) // the first one waits for its payment
	first, _ := invoiceOf(t, w, o.ID)
	then, _ := invoiceOf(t, w, second.ID)
	for _, i := range []models.Invoice{then, first} {
		ok, conflict, other = w.RaceBehind(t, modelstest.Acme, 5, func(n int) error {
			_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt(fmt.Sprint(i.Number, n), i.Amount(i.Total).Typed(), i.ID, i.Amount(i.Total).Typed()))
			return err
		})
		if ok != 1 || ok+conflict+len(other) != 5 {
			t.Errorf("paid %d times, %v", ok, other)
		}
	}
	hasSeats(t, w, l, 7)
	if w.Count(t, "license_terms", "adds_to_id IS NOT NULL") != 2 {
		t.Error("not two terms of added seats")
	}
	balanced(t, w)
}

// A payment that is returned suspends the added seats alone; the licence's own
// payment suspends all of it.
func TestReversedPaymentOfAddedSeats(t *testing.T) {
	w := modelstest.New(t)
	l := boughtFor(t, w, "2")
	i, _ := invoiceOf(t, w, placed(t, w, moreSeats(t, w, l.ID, 3, "10")).ID)
	paid := payInFull(t, w, i)
	hasSeats(t, w, l, 5)
	reverse := func(id string) {
		t.Helper()
		if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), id, "No cover"); err != nil {
			t.Fatal(err)
		}
	}
	w.Clock.Advance(time.Hour)
	reverse(paid.ID)
	hasSeats(t, w, l, 2)
	if now := licenseNow(t, w, l.ID); now.Status(w.Clock.Now()) != models.LicenseActive || now.Seats != 2 || w.Count(t, "license_terms", "unpaid_since = ?", w.Clock.Now()) != 1 {
		t.Errorf("%+v", now)
	}
	var first models.Payment
	w.DB.Order("recorded_at, id").Take(&first)
	reverse(first.ID)
	if now := licenseNow(t, w, l.ID); now.Status(w.Clock.Now()) != models.LicenseSuspended {
		t.Errorf("%+v", now)
	}
	var base models.Invoice
	w.DB.Where("id <> ?", i.ID).Take(&base)
	received(t, w, "base again", base.Amount(base.Total).Typed(), base.ID, base.Amount(base.Total).Typed())
	hasSeats(t, w, l, 2) // the added ones are still unpaid, and suspend nothing else
	if now := licenseNow(t, w, l.ID); now.Status(w.Clock.Now()) != models.LicenseActive {
		t.Errorf("%+v", now)
	}
	received(t, w, "seats again", i.Amount(i.Total).Typed(), i.ID, i.Amount(i.Total).Typed())
	hasSeats(t, w, l, 5)
	if now := licenseNow(t, w, l.ID); now.Seats != 5 || w.Count(t, "license_terms", "unpaid_since IS NOT NULL") != 0 {
		t.Errorf("%+v", now)
	}
	events := strings.Join(w.Events(t, l.ID), " ")
	for _, want := range []string{"license.seats_unpaid", "license.unpaid", "license.paid_again", "license.seats_paid_again"} {
		if !strings.Contains(events, want) {
			t.Errorf("no %s in %s", want, events)
		}
	}
	balanced(t, w)
}

// A credit note takes the added seats back, and leaves the rest; that of the term
// itself leaves the seats that were added and paid for.
func TestCreditNoteOfAddedSeats(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000")
	l := boughtFor(t, w, "2")
	i, _ := invoiceOf(t, w, placed(t, w, moreSeats(t, w, l.ID, 3, "10")).ID)
	payInFull(t, w, i)
	w.Clock.Advance(time.Hour)
	credit(t, w, i.ID, models.CreditEntry{Nets: []string{"1"}, Reason: "A bit"})
	hasSeats(t, w, l, 5)
	credit(t, w, i.ID, models.CreditEntry{Reason: "Not needed", EndsLicense: true})
	hasSeats(t, w, l, 2)
	now := licenseNow(t, w, l.ID)
	if now.Seats != 2 || !now.EndsAt.Equal(l.EndsAt) || now.Status(w.Clock.Now()) != models.LicenseActive || orderNow(t, w, i.OrderID).Status(w.Clock.Now()) != models.OrderCancelled {
		t.Errorf("%+v", now)
	}
	second, _ := invoiceOf(t, w, placed(t, w, moreSeats(t, w, l.ID, 4, "10")).ID)
	paid := payInFull(t, w, second)
	hasSeats(t, w, l, 6)
	var base models.Invoice
	w.DB.Order("issued_at, id").Take(&base)
	w.Clock.Advance(time.Hour)
	credit(t, w, base.ID, models.CreditEntry{Reason: "The wrong client", EndsLicense: true})
	hasSeats(t, w, l, 4)
	if now := licenseNow(t, w, l.ID); now.Status(w.Clock.Now()) != models.LicenseActive || !now.EndsAt.Equal(l.EndsAt) {
		t.Errorf("%+v", now)
	}
	if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), paid.ID, "No cover"); err != nil {
		t.Fatal(err)
	}
	if now := licenseNow(t, w, l.ID); now.Status(w.Clock.Now()) != models.LicenseSuspended {
		t.Errorf("no seat is paid, and it is %s", now.Status(w.Clock.Now()))
	}
	received(t, w, "again", second.Amount(second.Total).Typed(), second.ID, second.Amount(second.Total).Typed())
	if now := licenseNow(t, w, l.ID); now.Status(w.Clock.Now()) != models.LicenseActive {
		t.Errorf("%s", now.Status(w.Clock.Now()))
	}
	hasSeats(t, w, l, 4)
	credit(t, w, second.ID, models.CreditEntry{Reason: "All of it", EndsLicense: true})
	if now := licenseNow(t, w, l.ID); now.Status(w.Clock.Now()) != models.LicenseExpired {
		t.Errorf("%+v", now)
	}
	balanced(t, w)
}

// Seats of a term that is over can't be paid any more, in no way; the order can be
// cancelled, and nobody is reminded of its invoice.
func TestAddedSeatsPaidTooLate(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000")
	l := boughtFor(t, w, "1")
	o := placed(t, w, moreSeats(t, w, l.ID, 3, "100"))
	i, _ := invoiceOf(t, w, o.ID)
	part := received(t, w, "part", "1.00", i.ID, "1.00")
	w.Clock.Set(l.EndsAt)
	if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.Blocked == nil || v.Blocked.Code != "late" {
		t.Errorf("%+v", v.Blocked)
	}
	_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt("rest", "400", i.ID, i.Open().Typed()))
	if e := refusedWith(t, err, models.Invalid, ""); !strings.Contains(e.Fields["allocation_0"], "term that is over") {
		t.Errorf("%+v", e)
	}
	_, err = w.PayInvoice(t.Context(), fresh(w, modelstest.VendorFinance), i.ID, receipt("rest", "400"))
	refusedWith(t, err, models.Conflict, "late")
	refusedWith(t, w.ClaimPaid(t.Context(), modelstest.AcmeOwner, i.ID, ""), models.Conflict, "late")
	file := uploaded(t, w, statementOf("Acme Services;"+i.Number+";"+i.Open().Typed()+";EUR", "Acme Services;"+i.Number+" the half;100.00;EUR", "Somebody;no number;"+i.Open().Typed()+";EUR"))
	lines := bankLines(t, w, file.ID, models.BankLinesOpen)
	for n, l := range lines {
		want := models.BankSuggestion{Account: "Acme", Confidence: models.BankPossible, Why: "It names " + i.Number + ", which is for seats of a term that is over and can't be paid any more: it becomes credit."}
		if n == 2 {
			want = models.BankSuggestion{Confidence: models.BankUnknown, Why: "It names no invoice and no account, and no open invoice has this amount."}
		}
		if !reflect.DeepEqual(l.Suggested, want) || l.Taken || l.Invoices != "" {
			t.Errorf("line %d: %+v, %q, %v", n, l.Suggested, l.Invoices, l.Taken)
		}
	}
	choices := accepted(lines[:2])
	choices[0].Take, choices[0].Invoices, choices[1].Take = true, i.Number, true
	results := take(t, w, file.ID, choices)
	if r := results[0]; r.PaymentID != "" || r.Refusal != "Invoice "+i.Number+" is for seats of a term that is over: it can't be paid any more. Without its number here, the money becomes credit." {
		t.Errorf("%+v", r)
	}
	if invoiceNow(t, w, i.ID).Allocated != 100 || results[1].PaymentID == "" {
		t.Errorf("%+v, %+v", invoiceNow(t, w, i.ID), results[1])
	}
	_, err = w.CreditInvoice(t.Context(), fresh(w, modelstest.VendorFinance), i.ID, models.CreditEntry{Nets: []string{money.Of(i.Net-83, "EUR").Typed()}, Reason: "So that what was paid is all of it"})
	refusedWith(t, err, models.Conflict, "late")
	if n := overdue(t, w.Store); n != 0 {
		t.Errorf("%d are reminded", n)
	}
	credit(t, w, i.ID, models.CreditEntry{Reason: "Too late"})
	v, err := w.AccountPayment(t.Context(), modelstest.VendorFinance, part.ID)
	if err != nil || v.Credit().Minor != 100 || orderNow(t, w, o.ID).Status(w.Clock.Now()) != models.OrderCancelled {
		t.Errorf("%+v, %v", v.Credit(), err)
	}
	hasSeats(t, w, l, 2)
	balanced(t, w)
}

// A renewal that is paid ahead keeps its own seats: what is added holds to the end
// of the running term.
func TestAddedSeatsBesideARenewal(t *testing.T) {
	w := modelstest.New(t)
	l := boughtFor(t, w, "1")
	w.Clock.Advance(48 * time.Hour)
	r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	next := quoted(t, w, request(t, w, r), inTime(w), "10")
	if again, err := w.PriceAgain(t.Context(), modelstest.AcmeSeller, next.ID); err != nil || again.RenewsID != l.ID || again.AddsToID != "" {
		t.Errorf("asked for again, a renewal is %+v, %v", again, err)
	}
	i, _ := invoiceOf(t, w, placed(t, w, next).ID)
	payInFull(t, w, i)
	o := moreSeats(t, w, l.ID, 3, "92")
	if v := orderView(t, w, modelstest.AcmeSeller, o.ID); v.Lines[0].Coterm != "90/92" {
		t.Errorf("%+v", v.Lines)
	}
	i, _ = invoiceOf(t, w, placed(t, w, o).ID)
	payInFull(t, w, i)
	hasSeats(t, w, l, 5)
	w.Clock.Set(l.EndsAt)
	hasSeats(t, w, l, 2)
	if w.Count(t, "license_reminders", "1 = 1") != 0 {
		t.Error("reminded too early")
	}
}

// What was credited leaves a gap: until the renewal begins, the licence has not started.
func TestTermEndedWhileARenewalRemains(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000")
	l := bought(t, w)
	end := l.EndsAt
	w.Clock.Advance(48 * time.Hour)
	i := renewal(t, w, l.ID, inTime(w))
	payInFull(t, w, i)
	last := renewal(t, w, l.ID, inTime(w))
	payInFull(t, w, last)
	var first models.Invoice
	w.DB.Order("issued_at, id").Take(&first)
	_, err := w.CreditInvoice(t.Context(), fresh(w, modelstest.VendorFinance), i.ID, models.CreditEntry{Reason: "In between", EndsLicense: true})
	if e := refusedWith(t, err, models.Conflict, "between"); e.Subject != last.ID {
		t.Errorf("%+v", e)
	}
	status := func(want models.LicenseStatus) {
		t.Helper()
		now := w.Clock.Now()
		if got := licenseNow(t, w, l.ID); got.Status(now) != want || got.Key != l.Key {
			t.Errorf("%s at %v, want %s: %+v", got.Status(now), now, want, got)
		}
		page, err := w.Licenses(t.Context(), modelstest.AcmeViewer, models.LicenseFilter{State: want}, models.Paging{})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("the list of %s has %+v, %v", want, page.Items, err)
		}
	}
	credit(t, w, first.ID, models.CreditEntry{Reason: "The first", EndsLicense: true})
	status(models.LicenseNotStarted)
	hasSeats(t, w, l, 2)
	_, err = w.PriceForSeats(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, models.PriceRequest{AddsToID: l.ID, Lines: []models.LineEntry{studio("1", "")}})
	refusedWith(t, err, models.Conflict, "unfit")
	w.Clock.Set(end.Add(-time.Second))
	status(models.LicenseNotStarted)
	w.Clock.Set(end)
	status(models.LicenseActive)
	w.Clock.Set(end.Add(-time.Hour))
	credit(t, w, last.ID, models.CreditEntry{Reason: "The last", EndsLicense: true})
	status(models.LicenseNotStarted)
	credit(t, w, i.ID, models.CreditEntry{Reason: "And the middle", EndsLicense: true})
	status(models.LicenseExpired)
	balanced(t, w)
}

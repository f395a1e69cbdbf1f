package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// ordered places an order of one seat for one quarter at a price, and returns its invoice.
func ordered(t *testing.T, w *modelstest.World, price string) models.Invoice {
	t.Helper()
	if w.Count(t, "annexes", "account_id = ?", modelstest.Acme) == 0 {
		w.SignAnnex(t, modelstest.Acme)
	}
	o := placed(t, w, quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-12-31", price))
	i, _ := invoiceOf(t, w, o.ID)
	return i
}

// The chain says at every point what is next, since when, and what is done.
func TestChain(t *testing.T) {
	w := modelstest.New(t)
	chain := func(id string) models.Chain { t.Helper(); return orderView(t, w, modelstest.AcmeSeller, id).Chain }
	row := func(next models.NextStep) []models.OrderRow {
		t.Helper()
		page, err := w.Orders(t.Context(), modelstest.AcmeSeller, models.OrderFilter{Next: next}, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	// list checks that only the filter for next finds the order, and that its row says the same.
	list := func(next models.NextStep, since time.Time) {
		t.Helper()
		for _, n := range models.NextSteps {
			rows := row(n)
			if n != next && len(rows) > 0 || n == next && (len(rows) != 1 || rows[0].Next(w.Clock.Now()) != next || !rows[0].Waits(w.Clock.Now()).Equal(since)) {
				t.Errorf("next %q lists %d orders, wanted is %q since %v", n, len(rows), next, since)
			}
		}
	}
	check := func(id string, next models.NextStep, since time.Time, done ...models.Step) models.Chain {
		t.Helper()
		c := chain(id)
		if c.Next != next || !c.Since.Equal(since) || len(c.Done) != len(done) {
			t.Errorf("next is %q since %v, %d steps are done; want %q since %v, %v", c.Next, c.Since, len(c.Done), next, since, done)
		}
		for _, step := range done {
			if c.Done[step].IsZero() {
				t.Errorf("%s is not done", step)
			}
		}
		return c
	}
	o := request(t, w, asked(studio("1", "1")))
	start := w.Clock.Now()
	check(o.ID, models.NextQuote, start)
	list(models.NextQuote, start)
	w.Clock.Advance(time.Hour)
	o = quoted(t, w, o, "2026-03-31", "10")
	quotedAt := w.Clock.Now()
	if c := check(o.ID, models.NextSign, quotedAt, models.PriceStep); c.Refusal.Code != "annex_missing" {
		t.Errorf("%v", c.Refusal)
	}
	list(models.NextPlace, quotedAt)
	w.Clock.Advance(time.Hour)
	w.SignAnnex(t, modelstest.Acme)
	signed := w.Clock.Now()
	w.Exec(t, "UPDATE annexes SET countersigned_at = NULL, countersigned_by = NULL")
	if c := check(o.ID, models.NextCountersign, signed, models.PriceStep); c.Refusal.Code != "annex_waiting" {
		t.Errorf("%v", c.Refusal)
	}
	w.Exec(t, "UPDATE annexes SET countersigned_at = signed_at, countersigned_by = ?", modelstest.VendorSuccess.UserID)
	check(o.ID, models.NextPlace, signed, models.PriceStep, models.AnnexStep)
	w.Clock.Advance(time.Hour)
	o = placed(t, w, o)
	placedAt := w.Clock.Now()
	before := []models.Step{models.AnnexStep, models.PriceStep, models.OrderStep, models.InvoiceStep}
	check(o.ID, models.NextPay, placedAt, before...)
	list(models.NextPay, placedAt)
	w.Clock.Advance(time.Hour)
	i, _ := invoiceOf(t, w, o.ID)
	if err := w.ClaimPaid(t.Context(), modelstest.AcmeBilling, i.ID, " by wire "); err != nil {
		t.Fatal(err)
	}
	check(o.ID, models.NextRecord, w.Clock.Now(), before...)
	list(models.NextRecord, w.Clock.Now())
	if err := cancel(t, w, modelstest.AcmeSeller, o.ID, ""); err != nil {
		t.Fatal(err)
	}
	check(o.ID, "", time.Time{}, before...)
	list("", time.Time{})

	late := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10")
	w.Clock.Set(*late.LapsesAt)
	check(late.ID, models.NextAskAgain, *late.LapsesAt, models.PriceStep, models.AnnexStep)
	list(models.NextAskAgain, *late.LapsesAt)
	again, err := w.PriceAgain(t.Context(), modelstest.AcmeSeller, late.ID)
	if err != nil {
		t.Fatal(err)
	}
	request(t, w, again)
	list(models.NextQuote, w.Clock.Now())
}

func TestClaimPaid(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	for _, who := range []models.Actor{modelstest.AcmeSeller, modelstest.AcmeViewer, modelstest.AcmeAdmin, modelstest.VendorFinance} {
		if err := w.ClaimPaid(t.Context(), who, i.ID, ""); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s claims: %v", who.Name, err)
		}
	}
	if err := w.ClaimPaid(t.Context(), modelstest.GlobexOwner, i.ID, ""); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex claims: %v", err)
	}
	if err := w.ClaimPaid(t.Context(), modelstest.AcmeBilling, i.ID, longText(201)); models.KindOf(err) != models.Invalid {
		t.Errorf("a long note: %v", err)
	}
	for n, who := range []models.Actor{modelstest.AcmeBilling, modelstest.AcmeBilling, modelstest.AcmeContact} {
		if err := w.ClaimPaid(t.Context(), who, i.ID, "by wire"); err != nil {
			t.Fatal(n, err)
		}
		w.Clock.Advance(time.Hour)
	}
	if err := w.ClaimPaid(t.Context(), modelstest.AcmeOwner, i.ID, "on Monday"); err != nil {
		t.Fatal(err)
	}
	v, err := w.Invoice(t.Context(), modelstest.AcmeViewer, i.ID)
	if err != nil || v.Invoice.ClaimNote != "on Monday" || v.ClaimedName != modelstest.AcmeOwner.Name || !v.Invoice.ClaimedAt.Equal(w.Clock.Now()) || v.Invoice.Status(w.Clock.Now()) != models.InvoiceDue {
		t.Errorf("%+v, %v", v.Invoice, err)
	}
	if got := strings.Join(w.Events(t, i.ID), " "); got != "invoice.issued invoice.claimed_paid invoice.claimed_paid" {
		t.Errorf("events: %s", got)
	}
	queue, err := w.WorkQueue(t.Context(), modelstest.VendorFinance)
	if err != nil || len(queue.Claimed) != 1 || queue.Claimed[0].ID != i.ID || len(queue.Overdue) != 0 {
		t.Errorf("%+v, %v", queue.Claimed, err)
	}
	if err := w.VoidInvoice(t.Context(), modelstest.VendorFinance, i.ID, "Ordered twice"); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, w.ClaimPaid(t.Context(), modelstest.AcmeOwner, i.ID, ""), models.Conflict, "void")
}

// Before any payment an order can be cancelled: by the account, or by finance
// through its invoice. The void is a fact added to the invoice.
func TestCancelPlacedOrder(t *testing.T) {
	w := modelstest.New(t)
	for n, byStaff := range []bool{false, true} {
		i := ordered(t, w, "10")
		w.Clock.Advance(time.Hour)
		now, who := w.Clock.Now(), modelstest.AcmeOwner
		if byStaff {
			who = modelstest.VendorFinance
			for _, other := range []models.Actor{modelstest.VendorSuccess, modelstest.VendorSupport, modelstest.AcmeOwner} {
				if err := w.VoidInvoice(t.Context(), other, i.ID, "No"); models.KindOf(err) != models.Forbidden {
					t.Errorf("%s voids: %v", other.Name, err)
				}
			}
			if e := refusedWith(t, w.VoidInvoice(t.Context(), who, i.ID, " "), models.Invalid, ""); e.Fields["reason"] == "" {
				t.Errorf("%+v", e)
			}
			if err := w.VoidInvoice(t.Context(), who, i.ID, "A mistake"); err != nil {
				t.Fatal(err)
			}
			refusedWith(t, w.VoidInvoice(t.Context(), who, i.ID, "A mistake"), models.Conflict, "settled")
		} else {
			if _, err := w.CancelOrder(t.Context(), who, i.OrderID, models.Cancellation{Version: 2}); models.KindOf(err) != models.Conflict {
				t.Errorf("the placed order is cancelled by somebody who saw the quote: %v", err)
			}
			if err := cancel(t, w, who, i.OrderID, "A mistake"); err != nil {
				t.Fatal(err)
			}
		}
		o := orderView(t, w, modelstest.AcmeSeller, i.OrderID)
		if o.Order.Status(now) != models.OrderCancelled || o.CancelledName != who.Name || o.Order.CancelReason != "A mistake" {
			t.Errorf("%+v", o.Order)
		}
		v, err := w.AccountInvoice(t.Context(), modelstest.VendorSupport, i.ID)
		if err != nil || v.Invoice.Status(now) != models.InvoiceVoid || v.VoidedName != who.Name || v.Invoice.Open().Minor != 0 || v.Invoice.Total != i.Total || v.Invoice.Number != fmt.Sprintf("V-2026-%05d", n+1) {
			t.Errorf("%+v, %v", v.Invoice, err)
		}
		var sum int64
		if err := w.DB.Raw("SELECT SUM(amount) FROM postings WHERE subject_id = ?", i.ID).Scan(&sum).Error; err != nil || sum != 0 || w.Count(t, "postings", "subject_id = ?", i.ID) != 2 {
			t.Errorf("the statement has %d left, %v", sum, err)
		}
		if got := strings.Join(w.Events(t, i.ID), " "); got != "invoice.issued invoice.voided" {
			t.Errorf("events: %s", got)
		}
	}
	paid := ordered(t, w, "10")
	w.Exec(t, "UPDATE invoices SET allocated = 1 WHERE id = ?", paid.ID)
	if e := refusedWith(t, cancel(t, w, modelstest.AcmeOwner, paid.OrderID, ""), models.Conflict, "paid_on"); e.Subject != paid.ID {
		t.Errorf("%+v", e)
	}
	refusedWith(t, w.VoidInvoice(t.Context(), modelstest.VendorFinance, paid.ID, "No"), models.Conflict, "paid_on")
}

// An order is cancelled by many at once: once, and its invoice is void once.
func TestCancelRace(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 20, func(n int) error {
		if n%2 == 0 {
			return w.VoidInvoice(t.Context(), modelstest.VendorFinance, i.ID, "Twice")
		}
		_, err := w.CancelOrder(t.Context(), modelstest.AcmeSeller, i.OrderID, models.Cancellation{})
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 || w.Count(t, "postings", "kind = 'void'") != 1 {
		t.Errorf("cancelled %d times, refused %d times, %v", ok, conflict, other)
	}
}

// A trial whose conversion is placed runs on for the vendor's days of grace,
// once, and not when the order is cancelled.
func TestGrace(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	w.Exec(t, "UPDATE vendor SET grace_days = 5")
	trial, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	license := func() models.License {
		t.Helper()
		var l models.License
		if err := w.DB.Where("id = ?", trial.Trial.LicenseID).Take(&l).Error; err != nil {
			t.Fatal(err)
		}
		return l
	}
	order := func() models.Order {
		t.Helper()
		r := asked(studio("1", "1"))
		r.TrialID = trial.Trial.ID
		return placed(t, w, quoted(t, w, request(t, w, r), "2026-03-31", "10"))
	}
	end, grace := trial.Trial.EndsAt, trial.Trial.EndsAt.Add(5*24*time.Hour)
	o := order()
	if l := license(); !l.EndsAt.Equal(grace) || !l.GraceEndsAt.Equal(grace) || l.Status(end) != models.LicenseActive || l.Status(grace) == models.LicenseActive {
		t.Errorf("placed: %+v", l)
	}
	if err := cancel(t, w, modelstest.AcmeSeller, o.ID, ""); err != nil {
		t.Fatal(err)
	}
	if l := license(); !l.EndsAt.Equal(end) {
		t.Errorf("cancelled: %+v", l)
	}
	order()
	if l := license(); !l.EndsAt.Equal(end) {
		t.Errorf("placed again: %+v", l)
	}
	if got := strings.Join(w.Events(t, trial.Trial.LicenseID), " "); strings.Count(got, "license.grace_granted") != 1 || strings.Count(got, "license.grace_ended") != 1 {
		t.Errorf("events: %s", got)
	}
}

func overdue(t *testing.T, s *models.Store) int {
	t.Helper()
	n, err := s.RemindOverdue(t.Context(), models.System)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// invoiceMails are whom mails about invoices go to, in words.
func invoiceMails(t *testing.T, w *modelstest.World, news models.InvoiceNews) (all []string) {
	t.Helper()
	for _, j := range w.Jobs(t, "invoice_mail") {
		for _, who := range modelstest.Cast {
			if who.UserID != "" && strings.Contains(j, who.UserID) && strings.Contains(j, string(news)) {
				all = append(all, who.Name)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Overdue is a matter of the clock; those who pay are reminded once a week,
// however often and long the worker was away.
func TestRemindOverdue(t *testing.T) {
	w := modelstest.New(t)
	first, second := ordered(t, w, "10"), ordered(t, w, "20")
	payers := []string{modelstest.AcmeBilling.Name, modelstest.AcmeContact.Name, modelstest.AcmeOwner.Name}
	slices.Sort(payers)
	if got := invoiceMails(t, w, models.InvoiceIssued); len(got) != 6 || !slices.Equal(slices.Compact(got), payers) {
		t.Errorf("issued: %v", got)
	}
	w.Clock.Set(first.OverdueAt.Add(-time.Second))
	if n := overdue(t, w.Store); n != 0 || first.Status(w.Clock.Now()) != models.InvoiceDue {
		t.Errorf("%d reminders before they are overdue", n)
	}
	w.Clock.Set(first.OverdueAt)
	if err := cancel(t, w, modelstest.AcmeSeller, second.OrderID, ""); err != nil {
		t.Fatal(err)
	}
	if n := overdue(t, w.Store); n != 1 {
		t.Errorf("%d reminders", n)
	}
	if got := invoiceMails(t, w, models.InvoiceIsOverdue); !slices.Equal(got, payers) {
		t.Errorf("overdue: %v", got)
	}
	for days, want := range []int{0, 0, 0, 0, 0, 0, 1, 0} {
		w.Clock.Advance(24 * time.Hour)
		if n := overdue(t, w.Store); n != want {
			t.Errorf("after %d days: %d reminders, want %d", days+1, n, want)
		}
	}
	w.Clock.Advance(60 * 24 * time.Hour)
	if n := overdue(t, w.Store) + overdue(t, w.Store); n != 1 {
		t.Errorf("%d reminders after two months without a worker", n)
	}
	if got := invoiceMails(t, w, models.InvoiceIsOverdue); len(got) != 9 {
		t.Errorf("overdue: %v", got)
	}
	queue, err := w.WorkQueue(t.Context(), modelstest.VendorFinance)
	if err != nil || len(queue.Overdue) != 1 || queue.Overdue[0].ID != first.ID {
		t.Errorf("%+v, %v", queue.Overdue, err)
	}
	sums, err := w.InvoicesDue(t.Context(), modelstest.AcmeViewer)
	if err != nil || len(sums) != 1 || sums[0].OverdueCount != 1 || sums[0].OpenMinor != first.Total || sums[0].OverdueMinor != first.Total || sums[0].Currency != "EUR" {
		t.Errorf("%+v, %v", sums, err)
	}
}

// Many workers at once remind once.
func TestRemindOverdueRace(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	w.Clock.Set(i.OverdueAt)
	w.RaceBehind(t, modelstest.Acme, 10, func(int) error {
		_, err := w.RemindOverdue(t.Context(), models.System)
		return err
	})
	if got := invoiceMails(t, w, models.InvoiceIsOverdue); len(got) != 3 {
		t.Errorf("reminded: %v", got)
	}
}

func TestInvoiceLetters(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET bank_details = 'IBAN DE00'")
	i := ordered(t, w, "99.99")
	letter := func(news models.InvoiceNews, userID string, at int64) (models.InvoiceLetter, bool) {
		t.Helper()
		l, ok, err := w.InvoiceForMail(t.Context(), models.System, models.InvoiceMail{InvoiceID: i.ID, UserID: userID, News: news, At: at})
		if err != nil {
			t.Fatal(err)
		}
		return l, ok
	}
	l, ok := letter(models.InvoiceIssued, modelstest.AcmeBilling.UserID, 0)
	if want := (models.InvoiceLetter{
		InvoiceID: i.ID, AccountID: modelstest.Acme, To: modelstest.AcmeBilling.Email, Name: modelstest.AcmeBilling.Name, AccountName: "Acme", Company: "Initrode", Number: i.Number,
		Total: "60.49 EUR", Open: "60.49 EUR", DueOn: i.DueOn, OverdueDays: l.OverdueDays, Reference: i.PaymentReference, BankDetails: "IBAN DE00", Vendor: l.Vendor,
		Link: modelstest.BaseURL + "/invoices/" + i.ID, PDFLink: modelstest.BaseURL + "/invoices/" + i.ID + "/pdf",
	}); !ok || l != want {
		t.Errorf("%+v, %v, want\n%+v", l, ok, want)
	}
	if _, ok := letter(models.InvoiceIssued, modelstest.AcmeSeller.UserID, 0); ok {
		t.Error("a Seller gets the invoice")
	}
	if _, ok := letter(models.InvoiceIssued, modelstest.GlobexOwner.UserID, 0); ok {
		t.Error("Globex gets the invoice")
	}
	w.Clock.Set(i.OverdueAt.Add(36 * time.Hour))
	overdue(t, w.Store)
	if l, ok := letter(models.InvoiceIsOverdue, modelstest.AcmeOwner.UserID, w.Clock.Now().UnixMicro()); !ok || l.OverdueDays != 2 {
		t.Errorf("%+v, %v", l, ok)
	}
	if _, ok := letter(models.InvoiceIsOverdue, modelstest.AcmeOwner.UserID, 1); ok {
		t.Error("an earlier reminder still goes out")
	}
	if err := cancel(t, w, modelstest.AcmeOwner, i.OrderID, "Twice"); err != nil {
		t.Fatal(err)
	}
	if _, ok := letter(models.InvoiceIsOverdue, modelstest.AcmeOwner.UserID, w.Clock.Now().UnixMicro()); ok {
		t.Error("a void invoice is overdue")
	}
	if _, ok := letter(models.InvoiceIssued, modelstest.AcmeOwner.UserID, 0); ok {
		t.Error("a void invoice is sent")
	}
	if l, ok := letter(models.InvoiceVoided, modelstest.AcmeOwner.UserID, 0); !ok || l.Reason != "Twice" || l.Open != "0.00 EUR" {
		t.Errorf("%+v, %v", l, ok)
	}
}

// Customer Success and whoever asked learn of a placed order, the latter not from themselves.
func TestOrderPlacedLetters(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	own := placed(t, w, quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10"))
	if got := w.Jobs(t, "order_placed_mail"); len(got) != 1 || !strings.Contains(got[0], own.ID) {
		t.Errorf("%v", got)
	}
	o := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10")
	if _, err := w.PlaceOrder(t.Context(), modelstest.AcmeOwner, o.ID, models.Placement{Version: o.Version}); err != nil {
		t.Fatal(err)
	}
	if got := w.Jobs(t, "order_placed_mail"); len(got) != 3 {
		t.Errorf("%v", got)
	}
	l, ok, err := w.OrderPlacedForMail(t.Context(), models.System, models.OrderPlacedMail{OrderID: o.ID})
	if err != nil || !ok || !l.ForVendor || l.PlacedBy != modelstest.AcmeOwner.Name || !strings.HasSuffix(l.Link, "/admin/orders/"+o.ID) || l.Full != "10.00 EUR" {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	l, ok, err = w.OrderPlacedForMail(t.Context(), models.System, models.OrderPlacedMail{OrderID: o.ID, UserID: modelstest.AcmeSeller.UserID})
	if err != nil || !ok || l.ForVendor || l.To != modelstest.AcmeSeller.Email || l.PlacedBy != modelstest.AcmeOwner.Name {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	if err := cancel(t, w, modelstest.AcmeOwner, o.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.OrderPlacedForMail(t.Context(), models.System, models.OrderPlacedMail{OrderID: o.ID}); err != nil || ok {
		t.Errorf("a cancelled order was placed: %v", err)
	}
}

// Lists and their pages agree, in both orders, and no account sees another's.
func TestInvoiceList(t *testing.T) {
	w := modelstest.New(t)
	var all []models.Invoice
	for n := range 5 {
		all = append(all, ordered(t, w, fmt.Sprint(10+n)))
		w.Clock.Advance(24 * time.Hour)
	}
	if err := cancel(t, w, modelstest.AcmeOwner, all[4].OrderID, ""); err != nil {
		t.Fatal(err)
	}
	numbers := func(actor models.Actor, f models.InvoiceFilter) string {
		t.Helper()
		var got []string
		p := models.Paging{Size: 2}
		for {
			page, err := w.Invoices(t.Context(), actor, f, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page.Items {
				got = append(got, i.Number[len(i.Number)-1:])
			}
			if page.Next == "" {
				return strings.Join(got, "")
			}
			p.After = page.Next
		}
	}
	for _, c := range []struct {
		f    models.InvoiceFilter
		want string
	}{
		{models.InvoiceFilter{}, "54321"}, {models.InvoiceFilter{Sort: "due"}, "12345"}, {models.InvoiceFilter{State: models.InvoiceVoid}, "5"}, {models.InvoiceFilter{State: models.InvoiceDue}, "4321"},
		{models.InvoiceFilter{State: models.InvoicePaid}, ""}, {models.InvoiceFilter{State: "nothing"}, ""}, {models.InvoiceFilter{Query: "v-2026-00003"}, "3"}, {models.InvoiceFilter{Query: "initrode"}, "54321"},
		{models.InvoiceFilter{Claimed: true}, ""}, {models.InvoiceFilter{ClientID: modelstest.AcmeClient}, "54321"}, {models.InvoiceFilter{AccountID: modelstest.Globex}, "54321"},
	} {
		if got := numbers(modelstest.AcmeViewer, c.f); got != c.want {
			t.Errorf("%+v lists %q, want %q", c.f, got, c.want)
		}
	}
	if got := numbers(modelstest.GlobexOwner, models.InvoiceFilter{}); got != "" {
		t.Errorf("Globex sees %q", got)
	}
	if _, err := w.Invoices(t.Context(), modelstest.AcmeSeller, models.InvoiceFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
		t.Errorf("a Seller lists invoices: %v", err)
	}
	page, err := w.AccountInvoices(t.Context(), modelstest.VendorSupport, models.InvoiceFilter{Query: "acme"}, models.Paging{})
	if err != nil || len(page.Items) != 5 || page.Items[0].AccountName != "Acme" {
		t.Errorf("staff find %d, %v", len(page.Items), err)
	}
}

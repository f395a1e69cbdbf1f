package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func reverse(t *testing.T, w *modelstest.World, p models.Payment) {
	t.Helper()
	if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, "Returned by the bank"); err != nil {
		t.Fatal(err)
	}
}

func isActive(t *testing.T, w *modelstest.World, id string, want bool) {
	t.Helper()
	if l := licenseNow(t, w, id); (l.Status(w.Clock.Now()) == models.LicenseActive) != want {
		t.Errorf("the licence is %s: %+v", l.Status(w.Clock.Now()), l)
	}
}

// A licence whose renewal was reversed is suspended until nothing of it is unpaid:
// that is so, too, once a credit note has taken the renewal back.
func TestCreditAfterReversalEndsTheSuspension(t *testing.T) {
	for name, ends := range map[string]bool{"ending the term": true, "leaving the term": false} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000")
			l := bought(t, w)
			i := renewal(t, w, l.ID, "2026-12-31")
			p := payInFull(t, w, i)
			w.Clock.Advance(time.Hour)
			reverse(t, w, p)
			isActive(t, w, l.ID, false)
			credit(t, w, i.ID, models.CreditEntry{Reason: "Not wanted", EndsLicense: ends})
			isActive(t, w, l.ID, true)
			if now := licenseNow(t, w, l.ID); now.EndsAt.Equal(l.EndsAt) != ends {
				t.Errorf("it ends at %v, before the renewal at %v", now.EndsAt, l.EndsAt)
			}
			balanced(t, w)
		})
	}
}

// Of several lines, one is taken back with its licence while the rest is unpaid:
// the earlier term of its licence is paid and goes on.
func TestCreditOfOneUnpaidLineEndsItsSuspension(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000")
	l := bought(t, w)
	r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.Lines = []models.LineEntry{studio("1", "1"), orchestrator("1", "1")}
	i, _ := invoiceOf(t, w, placed(t, w, quoted(t, w, request(t, w, r), "2026-12-31", "10", "10")).ID)
	p := payInFull(t, w, i)
	reverse(t, w, p)
	isActive(t, w, l.ID, false)
	credit(t, w, i.ID, models.CreditEntry{Nets: []string{"5", ""}, Reason: "Not wanted", EndsLicense: true})
	isActive(t, w, l.ID, true)
	if n := w.Count(t, "licenses", "unpaid_since IS NOT NULL"); n != 1 {
		t.Errorf("%d licences are suspended, want the other one", n)
	}
	balanced(t, w)
}

// What a credit note took back before the payment is neither activated nor billed.
func TestLinesTakenBackBeforeThePayment(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000")
	w.SignAnnex(t, modelstest.Acme)
	o := orderAt(t, w, "10", "100")
	i, _ := invoiceOf(t, w, o.ID)
	_, err := w.CreditInvoice(t.Context(), fresh(w, modelstest.VendorFinance), i.ID, models.CreditEntry{Nets: []string{"", "0.01"}, Reason: "A part", EndsLicense: true})
	if e := refusedWith(t, err, models.Invalid, ""); e.Fields["net_1"] == "" {
		t.Errorf("%v", e.Fields)
	}
	credit(t, w, i.ID, models.CreditEntry{Nets: []string{"", "50"}, Reason: "Not wanted", EndsLicense: true})
	received(t, w, "rest", "6.05", i.ID, "6.05")
	if got := orderNow(t, w, o.ID); got.ActivatedAt == nil || w.Count(t, "licenses", "1 = 1") != 1 || w.Count(t, "license_terms", "1 = 1") != 1 {
		t.Errorf("%+v, %d licences", got, w.Count(t, "licenses", "1 = 1"))
	}
	_, err = w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(o.ID, "5.01"))
	refusedWith(t, err, models.Invalid, "")
	bill := clientInvoice(t, w, o.ID, "5")
	if bill.FullPrice != 1000 || bill.Share != 500 || bill.Discount != 500 {
		t.Errorf("%+v", bill)
	}
	balanced(t, w)
	if _, wrong, err := w.Reckon(t.Context(), models.System); err != nil || len(wrong) > 0 {
		t.Errorf("%v, %v", wrong, err)
	}
}

// An order that was taken back as a whole once it was active is not billed.
func TestNothingToBillOfWhatWasTakenBack(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000")
	w.SignAnnex(t, modelstest.Acme)
	o := orderAt(t, w, "10", "100")
	i, _ := invoiceOf(t, w, o.ID)
	payInFull(t, w, i)
	w.Clock.Advance(time.Hour)
	credit(t, w, i.ID, models.CreditEntry{Nets: []string{"5", ""}, Reason: "Not wanted", EndsLicense: true})
	if d, err := w.PreviewClientInvoice(t.Context(), modelstest.AcmeSeller, billed(o.ID, "")); err != nil || len(d.Lines) != 1 || d.Full.Minor != 10000 {
		t.Errorf("%+v, %v", d, err)
	}
	credit(t, w, i.ID, models.CreditEntry{Nets: []string{"", "50"}, Reason: "A present"}) // its licence goes on
	if d, err := w.PreviewClientInvoice(t.Context(), modelstest.AcmeSeller, billed(o.ID, "")); err != nil || len(d.Lines) != 1 || d.Full.Minor != 10000 {
		t.Errorf("%+v, %v", d, err)
	}
}

// The ledger takes for active what runs, whatever was credited.
func TestLedgerAlarmsAfterCredit(t *testing.T) {
	for name, c := range map[string]struct {
		nets         []string
		ends, bill   bool
		unbilled, no bool // no: billed, not active
	}{
		"a present, not billed":       {nil, false, false, true, false},
		"a present, billed":           {nil, false, true, false, false},
		"taken back":                  {nil, true, false, false, false},
		"ended for a part":            {[]string{"0.01"}, true, false, false, false},
		"ended for a part and billed": {[]string{"0.01"}, true, true, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000")
			i := ordered(t, w, "10")
			payInFull(t, w, i)
			if c.bill {
				clientInvoice(t, w, i.OrderID)
			}
			w.Clock.Advance(time.Hour)
			credit(t, w, i.ID, models.CreditEntry{Nets: c.nets, Reason: "As agreed", EndsLicense: c.ends})
			page, err := w.Ledger(t.Context(), modelstest.AcmeOwner, models.LedgerFilter{}, models.Paging{})
			if err != nil || len(page.Items) != 1 {
				t.Fatalf("%+v, %v", page, err)
			}
			if r := page.Items[0]; r.IsUnbilled != c.unbilled || r.IsBilledEarly != c.no {
				t.Errorf("not billed %t, want %t; not active %t, want %t", r.IsUnbilled, c.unbilled, r.IsBilledEarly, c.no)
			}
		})
	}
}

// The limit for a second person holds for an invoice, in however many notes.
func TestCreditNoteLimitCountsTheInvoice(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 300")
	i := ordered(t, w, "10") // 5.00 and 1.05 tax
	if n := credit(t, w, i.ID, models.CreditEntry{Nets: []string{"2"}, Reason: "One"}); n.Number == nil {
		t.Errorf("%+v waits", n)
	}
	if n := credit(t, w, i.ID, models.CreditEntry{Nets: []string{"2"}, Reason: "Two"}); !n.Waits() {
		t.Errorf("%+v was issued", n)
	}
}

// A note that waits is dropped with the invoice that becomes void.
func TestVoidingDropsTheWaitingCreditNote(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 0")
	i := ordered(t, w, "10")
	n := credit(t, w, i.ID, models.CreditEntry{Reason: "All of it"})
	if err := cancel(t, w, modelstest.AcmeSeller, i.OrderID, "Not wanted"); err != nil {
		t.Fatal(err)
	}
	_, err := w.ApproveCreditNote(t.Context(), fresh(w, modelstest.VendorAdministrator), n.ID)
	refusedWith(t, err, models.Conflict, "settled")
	if got := w.Count(t, "credit_notes", "declined_by = ?", modelstest.AcmeSeller.UserID); got != 1 {
		t.Errorf("%d notes were dropped", got)
	}
	balanced(t, w)
}

// Whoever places has seen what is to be paid, by whatever it changed.
func TestPlacingAtOtherTermsIsRefused(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	o := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-12-31", "10")
	w.Exec(t, "UPDATE accounts SET tax_rate = 700 WHERE id = ?", modelstest.Acme)
	_, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version, ToPay: "6.05"})
	refusedWith(t, err, models.Conflict, "changed")
	if n := w.Count(t, "invoices", "1 = 1"); n != 0 {
		t.Errorf("%d invoices", n)
	}
	if _, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version, ToPay: "5.35"}); err != nil {
		t.Error(err)
	}
}

// An order is one thing: it goes on with a trial, renews, or adds seats.
func TestAnOrderIsOfOneKind(t *testing.T) {
	w := modelstest.New(t)
	l := bought(t, w)
	r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	trial, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	r.TrialID = trial.Trial.ID
	if _, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r); models.KindOf(err) != models.Invalid {
		t.Errorf("a renewal converts a trial: %v", err)
	}
	r.AddsToID, r.RenewsID = l.ID, ""
	if _, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r); models.KindOf(err) != models.Invalid {
		t.Errorf("added seats convert a trial: %v", err)
	}
}

// A payment that was taken back is again what an order waits for.
func TestChainOfATakenBackPayment(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	p := payInFull(t, w, i)
	rows := func(next models.NextStep) []models.OrderRow {
		t.Helper()
		page, err := w.Orders(t.Context(), modelstest.AcmeSeller, models.OrderFilter{Next: next}, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	if c := orderView(t, w, modelstest.AcmeSeller, i.OrderID).Chain; c.Next != "" || c.IsReopened() || len(rows(models.NextPay)) != 0 {
		t.Errorf("%+v", c)
	}
	w.Clock.Advance(time.Hour)
	reverse(t, w, p)
	at := w.Clock.Now()
	c := orderView(t, w, modelstest.AcmeSeller, i.OrderID).Chain
	if c.Next != models.NextPay || !c.Since.Equal(at) || !c.IsReopened() || !c.Done[models.LicenseStep].IsZero() || !c.Done[models.PaymentStep].IsZero() {
		t.Errorf("%+v", c)
	}
	if list := rows(models.NextPay); len(list) != 1 || list[0].Next(at) != models.NextPay || !list[0].Waits(at).Equal(at) {
		t.Errorf("%+v", list)
	}
	if err := w.ClaimPaid(t.Context(), modelstest.AcmeBilling, i.ID, ""); err != nil {
		t.Fatal(err)
	}
	if c := orderView(t, w, modelstest.AcmeSeller, i.OrderID).Chain; c.Next != models.NextRecord || len(rows(models.NextRecord)) != 1 || len(rows(models.NextPay)) != 0 {
		t.Errorf("%+v", c)
	}
	received(t, w, "again", "6.05", i.ID, "6.05")
	if c := orderView(t, w, modelstest.AcmeSeller, i.OrderID).Chain; c.Next != "" || c.IsReopened() || c.Done[models.LicenseStep].IsZero() {
		t.Errorf("%+v", c)
	}
}

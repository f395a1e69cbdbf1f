package models_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

func credit(t *testing.T, w *modelstest.World, id string, e models.CreditEntry) models.CreditNote {
	t.Helper()
	n, err := w.CreditInvoice(t.Context(), fresh(w, modelstest.VendorFinance), id, e)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A full credit note before the payment takes the order back; it never activates.
func TestCreditNoteOfAnUnpaidInvoice(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000")
	i := ordered(t, w, "99.99") // 50.00 share, 49.99 due, 10.50 tax
	n := credit(t, w, i.ID, models.CreditEntry{Reason: "Ordered twice"})
	if *n.Number != "C-2026-00001" || n.Net != 4999 || n.Tax != 1050 || n.Total != i.Total || n.Reason != "Ordered twice" || *n.IssuedBy != modelstest.VendorFinance.UserID {
		t.Errorf("%+v", n)
	}
	i = invoiceNow(t, w, i.ID)
	o := orderNow(t, w, i.OrderID)
	if i.Status(w.Clock.Now()) != models.InvoiceCredited || o.ActivatedAt != nil || o.Status(w.Clock.Now()) != models.OrderCancelled || w.Count(t, "licenses", "1 = 1") != 0 {
		t.Errorf("%+v\n%+v", i, o)
	}
	if got := balanced(t, w); got != 0 {
		t.Errorf("the balance is %d", got)
	}
	_, err := w.CreditInvoice(t.Context(), modelstest.VendorFinance, i.ID, models.CreditEntry{Reason: "Again"})
	refusedWith(t, err, models.Conflict, "credited")
	_, err = w.RecordPayment(t.Context(), modelstest.VendorFinance, receipt("R", "1", i.ID, "1"))
	refusedWith(t, err, models.Invalid, "")
}

// After a payment the amount is credit again, and the licence can be ended.
func TestCreditNoteOfAPaidInvoice(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000")
	i := ordered(t, w, "10")
	p := received(t, w, "R", "6.05", i.ID, "6.05")
	w.Clock.Advance(time.Hour)
	credit(t, w, i.ID, models.CreditEntry{Nets: []string{"2.50"}, Reason: "A discount"}) // 0.53 tax of 0.525
	var l models.License
	if w.DB.Take(&l); l.Status(w.Clock.Now()) != models.LicenseActive {
		t.Errorf("a part ends the licence: %+v", l)
	}
	v, err := w.AccountPayment(t.Context(), modelstest.VendorFinance, p.ID)
	if err != nil || v.Credit().Minor != 303 {
		t.Errorf("%v is the credit, %v", v.Credit(), err)
	}
	if got := balanced(t, w); got != -303 {
		t.Errorf("the balance is %d", got)
	}
	key := models.CreditEntry{Reason: "All of it", EndsLicense: true, RequestKey: "key"}
	n := credit(t, w, i.ID, key)
	if again := credit(t, w, i.ID, key); again.ID != n.ID || n.Net != 250 || n.Tax != 52 {
		t.Errorf("%+v, sent twice %+v", n, again)
	}
	if w.DB.Take(&l); l.Status(w.Clock.Now()) != models.LicenseExpired || orderNow(t, w, i.OrderID).Status(w.Clock.Now()) != models.OrderCancelled {
		t.Errorf("%+v", l)
	}
	if got := balanced(t, w); got != -605 {
		t.Errorf("the balance is %d", got)
	}
}

// Above the limit somebody else approves; who drafted it can't.
func TestCreditNoteAboveTheLimit(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 604")
	i := ordered(t, w, "10")
	n := credit(t, w, i.ID, models.CreditEntry{Reason: "All of it"})
	if n.Number != nil || !n.Waits() || invoiceNow(t, w, i.ID).Credited != 0 || balanced(t, w) != 605 {
		t.Errorf("%+v", n)
	}
	_, err := w.CreditInvoice(t.Context(), modelstest.VendorFinance, i.ID, models.CreditEntry{Reason: "Another"})
	if e := refusedWith(t, err, models.Conflict, "waiting"); e.Subject != n.ID {
		t.Errorf("%q", e.Subject)
	}
	_, err = w.ApproveCreditNote(t.Context(), modelstest.VendorFinance, n.ID)
	refusedWith(t, err, models.Conflict, "second")
	for _, who := range []models.Actor{modelstest.VendorSuccess, modelstest.AcmeOwner} {
		if _, err := w.ApproveCreditNote(t.Context(), who, n.ID); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s approves: %v", who.Name, err)
		}
	}
	queue, err := w.WorkQueue(t.Context(), modelstest.VendorAdministrator)
	if err != nil || len(queue.CreditNotes) != 1 || queue.CreditNotes[0].DraftedName != "Finn Finance" || queue.CreditNotes[0].InvoiceNumber != i.Number {
		t.Errorf("%+v, %v", queue.CreditNotes, err)
	}
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 10, func(int) error {
		_, err := w.ApproveCreditNote(t.Context(), modelstest.VendorAdministrator, n.ID)
		return err
	})
	if ok != 1 || conflict != 9 || len(other) > 0 || balanced(t, w) != 0 {
		t.Errorf("approved %d times, refused %d times, %v", ok, conflict, other)
	}
	second := ordered(t, w, "20")
	n = credit(t, w, second.ID, models.CreditEntry{Reason: "No"})
	if n, err = w.DeclineCreditNote(t.Context(), modelstest.VendorFinance, n.ID); err != nil || n.DeclinedAt == nil || invoiceNow(t, w, second.ID).Credited != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestCreditNoteRefusals(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	for field, e := range map[string]models.CreditEntry{"credit_reason": {}, "net_0": {Reason: "x", Nets: []string{"5.01"}}} {
		_, err := w.CreditInvoice(t.Context(), modelstest.VendorFinance, i.ID, e)
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e.Fields)
		}
	}
	_, err := w.CreditInvoice(t.Context(), modelstest.VendorFinance, i.ID, models.CreditEntry{Reason: "x", Nets: []string{"0"}})
	refusedWith(t, err, models.Invalid, "")
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.VendorSuccess} {
		if _, err := w.CreditInvoice(t.Context(), who, i.ID, models.CreditEntry{Reason: "x"}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s credits: %v", who.Name, err)
		}
	}
}

// In however many parts an invoice is credited, the ledger comes back to the cent.
func TestCreditNotesBringTheLedgerBack(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000000")
	w.SignAnnex(t, modelstest.Acme)
	for n := range 8 {
		w.Exec(t, "UPDATE accounts SET tax_rate = ? WHERE id = ?", r.IntN(2501), modelstest.Acme)
		price := func() string { return money.Of(2+r.Int64N(9999), "EUR").Typed() }
		o := placed(t, w, quoted(t, w, request(t, w, asked(studio("3", "2"), orchestrator("1", "1"))), "2026-12-31", price(), price()))
		i, lines := invoiceOf(t, w, o.ID)
		if n%2 == 0 {
			total := i.Amount(i.Total).Typed()
			received(t, w, i.Number, total, i.ID, total)
		}
		for range r.IntN(3) {
			credit(t, w, i.ID, models.CreditEntry{Nets: []string{money.Of(1+r.Int64N(lines[0].Due/4), "EUR").Typed()}, Reason: "A part"})
			balanced(t, w)
		}
		credit(t, w, i.ID, models.CreditEntry{Reason: "The rest"})
		if i = invoiceNow(t, w, i.ID); i.Credited != i.Total || i.Allocated != 0 {
			t.Errorf("%+v", i)
		}
		var received int64
		if err := w.DB.Raw("SELECT COALESCE(SUM(amount), 0) FROM payments").Scan(&received).Error; err != nil {
			t.Fatal(err)
		}
		if got := balanced(t, w); got != -received {
			t.Errorf("the balance is %d, received were %d", got, received)
		}
	}
}

package models_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

// reckoned fails unless every settled amount is what its stored inputs give.
func reckoned(t *testing.T, w *modelstest.World, least int) {
	t.Helper()
	amounts, wrong, err := w.Reckon(t.Context(), models.System)
	if err != nil || len(wrong) > 0 || amounts < least {
		t.Errorf("of %d amounts these are wrong: %+v, %v", amounts, wrong, err)
	}
}

func TestDemoIsReckonedAgain(t *testing.T) {
	w, _ := demoWorld(t, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	reckoned(t, w, 1000)
	for _, kind := range models.OrderKinds {
		if w.Count(t, "orders", "kind = ? AND activated_at IS NOT NULL", kind) == 0 {
			t.Errorf("the demo has no active order of the kind %s", kind)
		}
	}
}

// Over a random history of orders, added seats, payments, reversals, credit notes
// and client invoices, all that was settled can be reckoned again.
func TestRandomHistoryIsReckonedAgain(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000000")
	plans := []models.Plan{models.Bronze, models.Silver, models.Gold}
	price := func() string { return money.Of(r.Int64N(20000), "EUR").Typed() }
	may := func(err error) {
		t.Helper()
		if kind := models.KindOf(err); err != nil && kind != models.Conflict && kind != models.Invalid {
			t.Fatal(err)
		}
	}
	for n := range 14 {
		w.Exec(t, "UPDATE accounts SET plan = ?, tax_rate = ? WHERE id = ?", plans[r.IntN(3)], r.IntN(2501), modelstest.Acme)
		w.SignAnnex(t, modelstest.Acme)
		o := placed(t, w, quoted(t, w, request(t, w, asked(studio(fmt.Sprint(1+r.IntN(50)), fmt.Sprint(1+r.IntN(12))), orchestrator(fmt.Sprint(1+r.IntN(9)), "1"))), inTime(w), price(), price()))
		i, _ := invoiceOf(t, w, o.ID)
		var pay models.Payment
		if i.Total > 0 && r.IntN(5) > 0 {
			pay = payInFull(t, w, i)
		}
		w.Clock.Advance(time.Duration(r.IntN(50*24)) * time.Hour)
		if now := orderNow(t, w, o.ID); now.ActivatedAt != nil {
			var l models.License
			w.DB.Where("id = (SELECT license_id FROM order_lines WHERE order_id = ? AND position = 1)", o.ID).Take(&l)
			if req, err := w.PriceForSeats(t.Context(), modelstest.AcmeSeller, l.ID); err == nil {
				req.Lines[0].Seats = fmt.Sprint(1 + r.IntN(9))
				asked, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, req)
				if may(err); err == nil {
					more, _ := invoiceOf(t, w, placed(t, w, quoted(t, w, asked, inTime(w), price())).ID)
					if more.Total > 0 && r.IntN(3) > 0 {
						payInFull(t, w, more)
					}
				}
			}
		}
		_, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, models.ClientInvoiceEntry{OrderID: o.ID, Discounts: []string{fmt.Sprint(r.IntN(10), " %")}, TaxRate: fmt.Sprint(r.IntN(26)), DueOn: inTime(w)})
		may(err)
		if r.IntN(3) == 0 {
			_, err := w.CreditInvoice(t.Context(), fresh(w, modelstest.VendorFinance), i.ID, models.CreditEntry{Nets: []string{money.Of(1+r.Int64N(i.Net/3+1), "EUR").Typed()}, Reason: "A part", EndsLicense: r.IntN(2) == 0})
			may(err)
		}
		if pay.ID != "" && r.IntN(4) == 0 {
			_, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), pay.ID, "Called back")
			may(err)
		}
		if n%3 == 0 {
			_, err := w.CreditInvoice(t.Context(), fresh(w, modelstest.VendorFinance), i.ID, models.CreditEntry{Reason: "The rest"})
			may(err)
		}
		balanced(t, w)
	}
	reckoned(t, w, 200)
	if _, _, err := w.Reckon(t.Context(), modelstest.VendorFinance); models.KindOf(err) != models.Forbidden {
		t.Errorf("a person reckons: %v", err)
	}
}

// A wrong amount is found, wherever it stands. The triggers that keep it from
// getting there are taken away first.
func TestWrongAmountsAreFound(t *testing.T) {
	for _, c := range []struct{ trigger, table, change string }{
		{"order_lines_settled", "order_lines", "UPDATE order_lines SET share = share - 1, due = due + 1"},
		{"invoice_lines_frozen", "invoice_lines", "UPDATE invoice_lines SET seats = seats + 1"},
		{"invoices_frozen", "invoices", "UPDATE invoices SET tax = tax + 1, net = net - 1"},
		{"", "", "UPDATE invoices SET allocated = 0, paid_at = NULL WHERE paid_at IS NOT NULL"},
		{"credit_notes_frozen", "credit_notes", "UPDATE credit_notes SET net = net + 1, tax = tax - 1"},
		{"client_invoices_frozen", "client_invoices", "UPDATE client_invoices SET discount = discount - 1, tax = tax - 1"},
		{"client_invoice_lines_frozen", "client_invoice_lines", "UPDATE client_invoice_lines SET discount = discount + 1"},
		{"client_credit_notes_frozen", "client_credit_notes", "UPDATE client_credit_notes SET net = net - 1, total = total - 1"},
	} {
		t.Run(c.change, func(t *testing.T) {
			w := modelstest.New(t)
			w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000")
			i := ordered(t, w, "99.99")
			payInFull(t, w, i)
			if c.table == "credit_notes" {
				credit(t, w, i.ID, models.CreditEntry{Nets: []string{"9.99"}, Reason: "A part"})
			}
			bill, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, models.ClientInvoiceEntry{OrderID: i.OrderID, Discounts: []string{"5.01"}, TaxRate: "21", DueOn: inTime(w)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.CreditClientInvoice(t.Context(), modelstest.AcmeSeller, bill.ID, "A mistake", 1); err != nil {
				t.Fatal(err)
			}
			reckoned(t, w, 20)
			if c.trigger != "" {
				if err := w.DB.Exec(c.change).Error; err == nil {
					t.Error("it can be changed")
				}
				drop := "DROP TRIGGER " + c.trigger
				if w.Dialect() == "postgres" {
					drop += " ON " + c.table
				}
				w.Exec(t, drop)
			}
			w.Exec(t, c.change)
			if _, wrong, err := w.Reckon(t.Context(), models.System); err != nil || len(wrong) == 0 || wrong[0].Stored == wrong[0].Reckoned || wrong[0].Document == "" || wrong[0].What == "" {
				t.Errorf("it is not found: %+v, %v", wrong, err)
			}
			found := false
			for _, part := range w.Examine(t.Context(), models.System) {
				found = found || part.Part == "money" && part.Err != nil
			}
			if !found {
				t.Error("the doctor says nothing")
			}
		})
	}
}

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// placedInvoice places an order of Acme and returns the id of its invoice.
func placedInvoice(t *testing.T, w *modelstest.World) string {
	t.Helper()
	o, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, models.PriceRequest{ClientID: modelstest.AcmeClient, Lines: []models.LineEntry{{Product: "studio-pro", Seats: "1", Quarters: "1"}}})
	if err == nil {
		o, err = w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, models.QuoteEntry{UnitPrices: []string{"100"}, ValidUntil: "2026-03-31", Version: 1})
	}
	if err == nil {
		_, err = w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version})
	}
	if err != nil {
		t.Fatal(err)
	}
	var i models.Invoice
	if err := w.DB.Where("order_id = ?", o.ID).Take(&i).Error; err != nil {
		t.Fatal(err)
	}
	return i.ID
}

// The program is killed again and again while finance records payments: never is
// there a payment without its licence, or a licence without its payment, and
// what was acknowledged is there once.
func TestKilledBetweenPaymentAndActivation(t *testing.T) {
	kills := 30
	if testing.Short() {
		kills = 5
	}
	random := rand.New(rand.NewPCG(3, 4)) // #nosec G404 -- moments, not secrets
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	p := serveFaulty(t, w.URL)
	finance := p.visit(t)
	finance.signIn(modelstest.VendorFinance.Email, modelstest.Password)
	csrf := finance.get("/admin/payments").token()
	if csrf == "" {
		t.Fatal("finance can't sign in")
	}
	record := func(invoice, reference string) (int, error) {
		a, err := finance.ask(finance.at, http.MethodPost, "/admin/invoices/"+invoice+"/payments", url.Values{
			"csrf": {csrf}, "amount": {"60.50"}, "method": {"bank_transfer"}, "reference": {reference}, "received_on": {"2026-03-01"},
		})
		return a.status, err
	}
	acknowledged, unanswered := 0, 0
	for round := range kills {
		var invoices []string
		for range 6 {
			invoices = append(invoices, placedInvoice(t, w))
		}
		after, moment := 1+random.IntN(3), time.Duration(random.IntN(6000))*time.Microsecond
		var mu sync.Mutex
		var once sync.Once
		var wg sync.WaitGroup
		seen, answered := 0, map[int]bool{}
		for tab := range 3 {
			wg.Go(func() {
				for n := tab; n < len(invoices); n += 3 {
					status, err := record(invoices[n], fmt.Sprintf("R %d/%d", round, n))
					mu.Lock()
					if err == nil {
						if answered[n] = status == http.StatusSeeOther; !answered[n] {
							t.Errorf("a payment is answered with %d", status)
						}
						seen++
					}
					if seen >= after {
						once.Do(func() { time.AfterFunc(moment, func() { _ = p.Process.Kill() }) }) // in the midst of the next ones
					}
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
		wg.Wait()
		p.kill(t)
		p = serveFaulty(t, w.URL)
		finance.at = p
		acknowledged += len(answered)
		unanswered += len(invoices) - len(answered)
		for n, id := range invoices {
			if answered[n] && w.Count(t, "invoices", "id = ? AND paid_at IS NOT NULL", id) != 1 {
				t.Errorf("an acknowledged payment is lost")
			}
		}
		for what, query := range map[string]string{
			"payments that pay nothing":      "SELECT COUNT(*) FROM payments p WHERE NOT EXISTS (SELECT 1 FROM allocations a WHERE a.payment_id = p.id)",
			"payments outside the statement": "SELECT COUNT(*) FROM payments p WHERE NOT EXISTS (SELECT 1 FROM postings o WHERE o.subject_id = p.id)",
			"paid invoices without licences": "SELECT COUNT(*) FROM invoices i WHERE i.paid_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM license_terms t WHERE t.order_id = i.order_id)",
			"licences of unpaid invoices":    "SELECT COUNT(*) FROM license_terms t JOIN invoices i ON i.order_id = t.order_id WHERE i.paid_at IS NULL",
			"active orders without licences": "SELECT COUNT(*) FROM orders o WHERE o.activated_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM license_terms t WHERE t.order_id = o.id)",
		} {
			var n int
			if err := w.DB.Raw(query).Scan(&n).Error; err != nil || n != 0 {
				t.Errorf("after %d kills: %d %s, %v", round+1, n, what, err)
			}
		}
	}
	// What was not answered can be sent again, and counts once.
	var open []models.Invoice
	if err := w.DB.Where("paid_at IS NULL").Find(&open).Error; err != nil {
		t.Fatal(err)
	}
	for n, i := range open {
		if status, err := record(i.ID, fmt.Sprint("Again ", n)); err != nil || status != http.StatusSeeOther {
			t.Errorf("%d, %v", status, err)
		}
	}
	t.Logf("%d payments acknowledged, %d unanswered, %d of them sent again", acknowledged, unanswered, len(open))
	if all := 6 * kills; w.Count(t, "payments", "1 = 1") != all || w.Count(t, "license_terms", "1 = 1") != all || w.Count(t, "invoices", "paid_at IS NOT NULL") != all {
		t.Errorf("%d payments, %d terms of %d", w.Count(t, "payments", "1 = 1"), w.Count(t, "license_terms", "1 = 1"), all)
	}
	if unanswered == 0 {
		t.Error("nothing was under way when the program was killed")
	}
}

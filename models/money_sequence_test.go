package models_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

// Whatever is done with money, in whatever order, the balance is what was invoiced
// less what was credited and paid; a licence is usable exactly while what it was
// bought by is paid, and nothing is activated by credit notes alone.
func TestMoneySequence(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000000")
	finance := fresh(w, modelstest.VendorFinance)
	var invoices []models.Invoice
	var payments []models.Payment
	reference := 0
	rapid.Check(t, func(r *rapid.T) {
		actions := map[string]func(){
			"order": func() {
				plan := rapid.SampledFrom([]models.Plan{models.Bronze, models.Gold}).Draw(r, "plan")
				w.Exec(t, "UPDATE accounts SET plan = ?, tax_rate = ? WHERE id = ?", plan, rapid.SampledFrom([]int{0, 700, 2100}).Draw(r, "tax"), modelstest.Acme)
				w.SignAnnex(t, modelstest.Acme)
				o := placed(t, w, quoted(t, w, request(t, w, asked(studio("3", "2"))), "2026-12-31", money.Of(rapid.Int64Range(0, 9999).Draw(r, "unit"), "EUR").Typed()))
				i, _ := invoiceOf(t, w, o.ID)
				invoices = append(invoices, i)
			},
			"pay": func() {
				i := invoiceNow(t, w, rapid.SampledFrom(invoices).Draw(r, "invoice").ID)
				part := i.Open().Minor
				if part > 1 && rapid.Bool().Draw(r, "in part") {
					part = rapid.Int64Range(1, part).Draw(r, "part")
				}
				over := rapid.SampledFrom([]int64{0, 0, 1, 250}).Draw(r, "over")
				if part+over == 0 {
					return
				}
				reference++
				e := receipt(fmt.Sprint("S ", reference), money.Of(part+over, "EUR").Typed())
				if part > 0 {
					e.Allocations = []models.AllocationEntry{pays(i, money.Of(part, "EUR").Typed())}
				}
				p, err := w.RecordPayment(t.Context(), finance, e)
				if err != nil {
					r.Fatalf("pay: %v", err)
				}
				payments = append(payments, p)
			},
			"use credit": func() {
				if len(payments) == 0 {
					return
				}
				p := rapid.SampledFrom(payments).Draw(r, "payment")
				i := invoiceNow(t, w, rapid.SampledFrom(invoices).Draw(r, "invoice").ID)
				if _, err := w.AllocateCredit(t.Context(), finance, p.ID, []models.AllocationEntry{pays(i, "0.01")}, ""); err != nil && models.KindOf(err) != models.Invalid && models.KindOf(err) != models.Conflict {
					r.Fatalf("use credit: %v", err)
				}
			},
			"reverse": func() {
				if len(payments) == 0 {
					return
				}
				if _, err := w.ReversePayment(t.Context(), finance, rapid.SampledFrom(payments).Draw(r, "payment").ID, "Returned"); err != nil && models.KindOf(err) != models.Conflict {
					r.Fatalf("reverse: %v", err)
				}
			},
			"credit": func() {
				e := models.CreditEntry{Reason: "Corrected", EndsLicense: rapid.Bool().Draw(r, "ends the licence")}
				if rapid.Bool().Draw(r, "a part") {
					e.Nets = []string{money.Of(rapid.Int64Range(1, 3000).Draw(r, "net"), "EUR").Typed()}
				}
				if _, err := w.CreditInvoice(t.Context(), finance, rapid.SampledFrom(invoices).Draw(r, "invoice").ID, e); err != nil && models.KindOf(err) != models.Invalid && models.KindOf(err) != models.Conflict {
					r.Fatalf("credit: %v", err)
				}
			},
			"void": func() {
				if err := w.VoidInvoice(t.Context(), finance, rapid.SampledFrom(invoices).Draw(r, "invoice").ID, "A mistake"); err != nil && models.KindOf(err) != models.Conflict {
					r.Fatalf("void: %v", err)
				}
			},
		}
		if len(invoices) == 0 {
			actions["order"]()
		}
		for range 3 {
			w.Clock.Advance(time.Minute)
			finance = fresh(w, modelstest.VendorFinance)
			actions[rapid.SampledFrom([]string{"order", "pay", "pay", "pay", "use credit", "reverse", "credit", "void"}).Draw(r, "action")]()
			soundMoney(r, w)
		}
	})
}

// soundMoney checks what must hold after every step; see also ledger.
func soundMoney(r *rapid.T, w *modelstest.World) {
	r.Helper()
	for what, query := range map[string]string{
		"usable licences that are not paid": `SELECT COUNT(*) FROM license_terms t JOIN licenses l ON l.id = t.license_id JOIN invoices i ON i.order_id = t.order_id
			WHERE t.ended_at IS NULL AND i.paid_at IS NULL AND l.unpaid_since IS NULL`,
		"paid licences that are suspended": `SELECT COUNT(*) FROM license_terms t JOIN licenses l ON l.id = t.license_id JOIN invoices i ON i.order_id = t.order_id
			WHERE t.ended_at IS NULL AND i.paid_at IS NOT NULL AND (i.credited < i.total OR i.total = 0) AND l.unpaid_since IS NOT NULL`,
		"orders activated by credit alone": `SELECT COUNT(*) FROM orders o JOIN invoices i ON i.order_id = o.id
			WHERE o.activated_at IS NOT NULL AND i.total > 0 AND NOT EXISTS (SELECT 1 FROM allocations l WHERE l.invoice_id = i.id)`,
		"paid orders that are not active": `SELECT COUNT(*) FROM orders o JOIN invoices i ON i.order_id = o.id
			WHERE o.activated_at IS NULL AND i.voided_at IS NULL AND i.paid_at IS NOT NULL AND (i.credited < i.total OR i.total = 0)`,
		"active orders without their terms":   "SELECT COUNT(*) FROM orders o WHERE (o.activated_at IS NOT NULL) <> EXISTS (SELECT 1 FROM license_terms t WHERE t.order_id = o.id)",
		"void invoices with money on them":    "SELECT COUNT(*) FROM invoices WHERE voided_at IS NOT NULL AND (allocated > 0 OR credited > 0)",
		"lines of which share and due differ": "SELECT COUNT(*) FROM invoice_lines WHERE full_price <> share + due",
		"invoices whose lines differ":         "SELECT COUNT(*) FROM invoices i WHERE i.net <> (SELECT SUM(due) FROM invoice_lines l WHERE l.invoice_id = i.id) OR i.total <> i.net + i.tax",
		"credit notes above their invoice":    "SELECT COUNT(*) FROM invoices i WHERE i.credited = i.total AND i.total > 0 AND i.tax <> (SELECT SUM(tax) FROM credit_notes n WHERE n.invoice_id = i.id AND n.issued_at IS NOT NULL)",
		"days whose sums differ":              "SELECT COUNT(*) FROM posting_days d WHERE amount <> (SELECT SUM(amount) FROM postings p WHERE p.account_id = d.account_id AND p.day = d.day)",
	} {
		var n int
		if err := w.DB.Raw(query).Scan(&n).Error; err != nil || n != 0 {
			r.Errorf("%d %s, %v", n, what, err)
		}
	}
	ledger(r, w)
}

// The balance of a statement costs days, not lines, and who pays is found without
// reading all members; with a change of zone between lines it still adds up.
func TestStatementOverAChangeOfZone(t *testing.T) {
	w := modelstest.New(t)
	var want int64
	for n := range 6 {
		i := ordered(t, w, fmt.Sprint(10*(n+1)))
		want += i.Total
		w.Clock.Advance(9e12) // two and a half hours
		zone := []string{"Pacific/Kiritimati", "Etc/GMT+12"}[n%2]
		w.Exec(t, "INSERT INTO account_zones (account_id, holds_from, zone) VALUES (?, ?, ?)", modelstest.Acme, w.Clock.Now(), zone)
	}
	for _, size := range []int{1, 2, 25} {
		balance, p := want, models.Paging{Size: size}
		for {
			v, err := w.Statement(t.Context(), modelstest.AcmeOwner, models.StatementFilter{}, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range v.Page.Items {
				if l.Balance != balance {
					t.Errorf("pages of %d: %s has the balance %d, want %d", size, l.Number, l.Balance, balance)
				}
				balance -= l.Amount
			}
			if v.Page.Next == "" {
				break
			}
			p.After = v.Page.Next
		}
		if balance != 0 {
			t.Errorf("%d are left", balance)
		}
	}
}

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

var receipts int

// receiptOf is a bank transfer of an amount with a reference of its own.
func receiptOf(amount string, allocations ...models.AllocationEntry) models.PaymentEntry {
	receipts++
	return models.PaymentEntry{AccountID: modelstest.Acme, Amount: amount, Method: models.BankTransfer, Reference: fmt.Sprintf("REF %d", receipts), ReceivedOn: "2026-03-02", Allocations: allocations}
}

func pays(i models.Invoice, amount string) models.AllocationEntry {
	return models.AllocationEntry{InvoiceID: i.ID, Amount: amount}
}

func pay(t *testing.T, w *modelstest.World, e models.PaymentEntry) models.Payment {
	t.Helper()
	p, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ledger checks of every account that invoices, allocations, payments and the
// statement agree to the cent; it recomputes everything from what is stored.
func ledger(t interface {
	Helper()
	Errorf(string, ...any)
}, w *modelstest.World) {
	t.Helper()
	for what, query := range map[string]string{
		"invoices whose allocations differ":    "SELECT COUNT(*) FROM invoices i WHERE i.allocated <> (SELECT COALESCE(SUM(amount), 0) FROM allocations l WHERE l.invoice_id = i.id AND l.released_at IS NULL)",
		"invoices whose credit notes differ":   "SELECT COUNT(*) FROM invoices i WHERE i.credited <> (SELECT COALESCE(SUM(total), 0) FROM credit_notes n WHERE n.invoice_id = i.id AND n.issued_at IS NOT NULL)",
		"invoices paid and open":               "SELECT COUNT(*) FROM invoices i WHERE (i.paid_at IS NOT NULL) <> (i.allocated + i.credited = i.total) AND i.voided_at IS NULL",
		"payments that pay more than they are": "SELECT COUNT(*) FROM payments p WHERE p.amount < (SELECT COALESCE(SUM(amount), 0) FROM allocations l WHERE l.payment_id = p.id AND l.released_at IS NULL)",
		"reversed payments that pay":           "SELECT COUNT(*) FROM allocations l JOIN payments p ON p.id = l.payment_id WHERE p.reversed_at IS NOT NULL AND l.released_at IS NULL",
		"paid orders without licences":         "SELECT COUNT(*) FROM orders o JOIN invoices i ON i.order_id = o.id WHERE i.paid_at IS NOT NULL AND i.credited < i.total AND o.activated_at IS NULL",
		"active orders never paid":             "SELECT COUNT(*) FROM orders o JOIN invoices i ON i.order_id = o.id WHERE o.activated_at IS NOT NULL AND i.paid_at IS NULL AND NOT EXISTS (SELECT 1 FROM payments p JOIN allocations l ON l.payment_id = p.id WHERE l.invoice_id = i.id AND p.reversed_at IS NOT NULL)",
		"accounts whose statement differs": `SELECT COUNT(*) FROM accounts a WHERE (SELECT COALESCE(SUM(amount), 0) FROM postings p WHERE p.account_id = a.id) <>
			(SELECT COALESCE(SUM(total - credited), 0) FROM invoices i WHERE i.account_id = a.id AND i.voided_at IS NULL) - (SELECT COALESCE(SUM(amount), 0) FROM payments p WHERE p.account_id = a.id AND p.reversed_at IS NULL)`,
	} {
		var n int
		if err := w.DB.Raw(query).Scan(&n).Error; err != nil || n != 0 {
			t.Errorf("%d %s, %v", n, what, err)
		}
	}
}

// The statement's balances add up over its pages and its days.
func TestStatement(t *testing.T) {
	w := modelstest.New(t)
	var want int64
	for n := range 7 {
		i := ordered(t, w, fmt.Sprint(10*(n+1)))
		want += i.Total
		w.Clock.Advance(12 * time.Hour)
		if n%3 == 0 {
			e := receiptOf("3", pays(i, "2"))
			e.ReceivedOn = string(models.DateIn(w.Clock.Now().Add(-24*time.Hour), time.UTC))
			pay(t, w, e)
			want -= 300
		}
	}
	var lines []models.StatementLine
	p := models.Paging{Size: 3}
	for {
		v, err := w.Statement(t.Context(), modelstest.AcmeViewer, models.StatementFilter{}, p)
		if err != nil || v.Closing.Minor != want || v.Opening.Minor != 0 || v.Credit.Minor != 300 {
			t.Fatalf("%+v, %v; want %d", v, err, want)
		}
		lines = append(lines, v.Page.Items...)
		if v.Page.Next == "" {
			break
		}
		p.After = v.Page.Next
	}
	balance := want
	for _, l := range lines {
		if l.Balance != balance {
			t.Errorf("%s %s has the balance %d, want %d", l.Kind, l.Number, l.Balance, balance)
		}
		balance -= l.Amount
	}
	if balance != 0 || len(lines) != 10 {
		t.Errorf("%d lines leave %d", len(lines), balance)
	}
	day := models.Date("2026-03-04")
	v, err := w.AccountStatement(t.Context(), modelstest.VendorSupport, models.StatementFilter{AccountID: modelstest.Acme, From: day, To: day}, models.Paging{})
	if err != nil || len(v.Page.Items) == 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	sum := v.Opening.Minor
	for _, l := range v.Page.Items {
		sum += l.Amount
		if l.Day != day {
			t.Errorf("%+v", l)
		}
	}
	if sum != v.Closing.Minor || v.Page.Items[0].Balance != v.Closing.Minor {
		t.Errorf("opening and lines make %d, closing is %d", sum, v.Closing.Minor)
	}
	if _, err := w.Statement(t.Context(), modelstest.AcmeSeller, models.StatementFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
		t.Errorf("a Seller reads the statement: %v", err)
	}
	var seen int
	if err := w.EachStatementLine(t.Context(), modelstest.AcmeOwner, models.StatementFilter{}, func(l models.StatementLine) error {
		if l.Balance != lines[seen].Balance {
			t.Errorf("the export says %d, the page %d", l.Balance, lines[seen].Balance)
		}
		seen++
		return nil
	}); err != nil || seen != len(lines) {
		t.Errorf("%d lines, %v", seen, err)
	}
}

// Random orders, payments and reversals on every plan lose and invent nothing:
// share and due make the full price on every line, the sums agree, and every
// settled amount is what its stored price, seats, quarters and percentage make.
func TestMoneyProperties(t *testing.T) {
	w := modelstest.New(t)
	var payments []models.Payment
	rapid.Check(t, func(r *rapid.T) {
		plan := rapid.SampledFrom([]models.Plan{models.Bronze, models.Silver, models.Gold}).Draw(r, "plan")
		rate := rapid.SampledFrom([]int{0, 700, 2100, 1050}).Draw(r, "tax rate")
		w.Exec(t, "UPDATE accounts SET plan = ?, tax_rate = ? WHERE id = ?", plan, rate, modelstest.Acme)
		w.SignAnnex(t, modelstest.Acme)
		var lines []models.LineEntry
		var units []string
		for range rapid.IntRange(1, 3).Draw(r, "lines") {
			lines = append(lines, studio(fmt.Sprint(rapid.IntRange(1, 500).Draw(r, "seats")), fmt.Sprint(rapid.IntRange(1, 12).Draw(r, "quarters"))))
			units = append(units, money.Of(rapid.Int64Range(0, 1_000_000).Draw(r, "unit"), "EUR").Typed())
		}
		o := placed(t, w, quoted(t, w, request(t, w, asked(lines...)), "2026-12-31", units...))
		i, all := invoiceOf(t, w, o.ID)
		percentage := map[models.Plan]int64{models.Bronze: 10, models.Silver: 50, models.Gold: 75}[plan]
		var net int64
		for _, l := range all {
			full := l.UnitPrice * int64(l.Seats) * int64(l.Quarters)
			if l.FullPrice != full || l.Share != (full*percentage+50)/100 || l.Due != full-l.Share {
				r.Errorf("%+v on %s", l, plan)
			}
			net += l.Due
		}
		if i.Net != net || i.Tax != (net*int64(rate)+5000)/10000 || i.Total != i.Net+i.Tax {
			r.Errorf("%+v: net %d", i, net)
		}
		if i.Total > 0 {
			part := rapid.Int64Range(1, i.Total).Draw(r, "part")
			payments = append(payments, pay(t, w, receiptOf(money.Of(part, "EUR").Typed(), pays(i, money.Of(part, "EUR").Typed()))))
			if rapid.Bool().Draw(r, "the rest") && part < i.Total {
				rest := money.Of(i.Total-part, "EUR").Typed()
				payments = append(payments, pay(t, w, receiptOf(rest, pays(i, rest))))
			}
		}
		if len(payments) > 0 && rapid.IntRange(0, 3).Draw(r, "reverse") == 0 {
			n := rapid.IntRange(0, len(payments)-1).Draw(r, "which")
			if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), payments[n].ID, "Returned"); err != nil && models.KindOf(err) != models.Conflict {
				r.Errorf("%v", err)
			}
		}
		ledger(r, w)
	})
}

package models_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

// receipt is a receipt of Acme of an amount, that pays invoices with amounts: id, amount, id, amount, …
func receipt(reference, amount string, pays ...string) models.PaymentEntry {
	e := models.PaymentEntry{AccountID: modelstest.Acme, Amount: amount, Method: models.BankTransfer, Reference: reference, ReceivedOn: "2026-03-02"}
	for i := 0; i < len(pays); i += 2 {
		e.Allocations = append(e.Allocations, models.AllocationEntry{InvoiceID: pays[i], Amount: pays[i+1]})
	}
	return e
}

func received(t *testing.T, w *modelstest.World, reference, amount string, pays ...string) models.Payment {
	t.Helper()
	e := receipt(reference, amount, pays...)
	newYork, _ := time.LoadLocation("America/New_York")
	e.ReceivedOn = string(models.DateIn(w.Clock.Now(), newYork))
	p, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func invoiceNow(t *testing.T, w *modelstest.World, id string) (i models.Invoice) {
	t.Helper()
	if err := w.DB.Where("id = ?", id).Take(&i).Error; err != nil {
		t.Fatal(err)
	}
	return i
}

func orderNow(t *testing.T, w *modelstest.World, id string) (o models.Order) {
	t.Helper()
	if err := w.DB.Where("id = ?", id).Take(&o).Error; err != nil {
		t.Fatal(err)
	}
	return o
}

// balanced checks that the statement, the invoices and the credit tell the same,
// and that what is stored on invoices is what its receipts and credit notes sum up to.
func balanced(t *testing.T, w *modelstest.World) (balance int64) {
	t.Helper()
	sum := func(query string) (n int64) {
		if err := w.DB.Raw("SELECT COALESCE((" + query + "), 0)").Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	balance = sum("SELECT SUM(amount) FROM postings")
	open := sum("SELECT SUM(total - credited - allocated) FROM invoices WHERE voided_at IS NULL")
	held := sum("SELECT SUM(amount) FROM allocations WHERE released_at IS NULL")
	credit := sum("SELECT SUM(amount) FROM payments WHERE reversed_at IS NULL") - held
	if balance != open-credit || credit < 0 {
		t.Errorf("the statement says %d; %d are open and %d are credit", balance, open, credit)
	}
	for _, wrong := range []string{
		"SELECT COUNT(*) FROM invoices i WHERE allocated <> (SELECT COALESCE(SUM(a.amount), 0) FROM allocations a WHERE a.invoice_id = i.id AND a.released_at IS NULL)",
		"SELECT COUNT(*) FROM invoices i WHERE credited <> (SELECT COALESCE(SUM(c.total), 0) FROM credit_notes c WHERE c.invoice_id = i.id AND c.issued_at IS NOT NULL)",
		"SELECT COUNT(*) FROM invoices WHERE voided_at IS NULL AND (paid_at IS NULL) = (total = credited + allocated)",
		"SELECT COUNT(*) FROM payments p WHERE amount < (SELECT COALESCE(SUM(a.amount), 0) FROM allocations a WHERE a.payment_id = p.id AND a.released_at IS NULL)",
		"SELECT COUNT(*) FROM orders o JOIN invoices i ON i.order_id = o.id WHERE o.activated_at IS NULL AND o.cancelled_at IS NULL AND i.paid_at IS NOT NULL AND (i.total = 0 OR i.credited < i.total)",
		"SELECT COUNT(*) FROM orders o WHERE (o.activated_at IS NOT NULL) <> EXISTS (SELECT 1 FROM license_terms t WHERE t.order_id = o.id)",
	} {
		if n := sum(wrong); n != 0 {
			t.Errorf("%d: %s", n, wrong)
		}
	}
	return balance
}

// What is paid in full is active at that instant; DOMAIN's figures on each plan.
func TestPaymentOfEachPlan(t *testing.T) {
	for plan, due := range map[models.Plan]string{models.Bronze: "90.00", models.Silver: "50.00", models.Gold: "25.00"} {
		t.Run(string(plan), func(t *testing.T) {
			w := modelstest.New(t)
			w.Exec(t, "UPDATE accounts SET plan = ?, tax_rate = 0 WHERE id = ?", plan, modelstest.Acme)
			i := ordered(t, w, "100.00")
			if got := i.Amount(i.Total).Typed(); got != due {
				t.Fatalf("%s are due, want %s", got, due)
			}
			w.Clock.Advance(time.Hour)
			now := w.Clock.Now()
			p := received(t, w, "R-1", due, i.ID, due)
			if p.Amount != i.Total || p.Currency != "EUR" || p.Method != models.BankTransfer || p.Reference != "R-1" || p.ReceivedOn != "2026-03-02" || !p.RecordedAt.Equal(now) || p.RecordedBy != modelstest.VendorFinance.UserID {
				t.Errorf("%+v", p)
			}
			i = invoiceNow(t, w, i.ID)
			o := orderNow(t, w, i.OrderID)
			if i.Status(now) != models.InvoicePaid || !i.PaidAt.Equal(now) || i.Open().Minor != 0 || o.Status(now) != models.OrderActive || !o.ActivatedAt.Equal(now) {
				t.Errorf("%+v\n%+v", i, o)
			}
			if n := w.Count(t, "license_terms", "order_id = ?", o.ID); n != 1 {
				t.Errorf("%d terms", n)
			}
			if got := balanced(t, w); got != 0 {
				t.Errorf("the balance is %d", got)
			}
			if got := strings.Join(w.Events(t, p.ID), " "); !strings.Contains(got, "payment.recorded") || !strings.Contains(got, "payment.allocated") {
				t.Errorf("events: %s", got)
			}
			for kind, n := range map[string]int{"payment_mail": 3, "order_active_mail": 1, "client_license_mail": 1} {
				if got := w.Jobs(t, kind); len(got) != n {
					t.Errorf("%s: %v", kind, got)
				}
			}
		})
	}
}

// Part payments activate nothing; what is too much is credit that pays the next invoice.
func TestPaymentInPartsAndCredit(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE accounts SET tax_rate = 0 WHERE id = ?", modelstest.Acme)
	first, second := ordered(t, w, "99.99"), ordered(t, w, "20.00") // 49.99 and 10.00 due
	if err := w.ClaimPaid(t.Context(), modelstest.AcmeOwner, first.ID, "Today"); err != nil {
		t.Fatal(err)
	}
	received(t, w, "R-1", "49.98", first.ID, "49.98")
	i := invoiceNow(t, w, first.ID)
	if i.Open().Minor != 1 || i.PaidAt != nil || orderNow(t, w, i.OrderID).ActivatedAt != nil || i.ClaimedAt != nil {
		t.Errorf("after a part: %+v", i)
	}
	balanced(t, w)
	p := received(t, w, "R-2", "15.00", first.ID, "0.01")
	if i = invoiceNow(t, w, first.ID); i.PaidAt == nil || orderNow(t, w, i.OrderID).ActivatedAt == nil {
		t.Errorf("after the last cent: %+v", i)
	}
	if got := balanced(t, w); got != 1000-1499 {
		t.Errorf("the balance is %d", got)
	}
	allocate := func(key, amount string) error {
		_, err := w.AllocateCredit(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, []models.AllocationEntry{{InvoiceID: second.ID, Amount: amount}}, key)
		return err
	}
	if e := refusedWith(t, allocate("a", "10.01"), models.Invalid, ""); e.Fields["allocation_0"] == "" {
		t.Errorf("%v", e.Fields)
	}
	if err := allocate("b", "10.00"); err != nil {
		t.Fatal(err)
	}
	if err := allocate("b", "10.00"); err != nil { // sent twice
		t.Fatal(err)
	}
	if i = invoiceNow(t, w, second.ID); i.PaidAt == nil || orderNow(t, w, i.OrderID).ActivatedAt == nil {
		t.Errorf("%+v", i)
	}
	if got := balanced(t, w); got != -499 {
		t.Errorf("the balance is %d", got)
	}
}

// A reversed receipt opens what it paid and suspends the licences; paying again ends that.
func TestPaymentReversal(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	total := i.Amount(i.Total).Typed()
	p := received(t, w, "R-1", total, i.ID, total)
	license := func() (l models.License) {
		t.Helper()
		if err := w.DB.Take(&l).Error; err != nil {
			t.Fatal(err)
		}
		return l
	}
	before := license()
	w.Clock.Advance(time.Hour)
	if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, " "); models.KindOf(err) != models.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	got, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, "Called back")
	if err != nil || got.ReversedAt == nil || !got.ReversedAt.Equal(w.Clock.Now()) || *got.ReversedBy != modelstest.VendorFinance.UserID || got.ReversalReason != "Called back" {
		t.Fatalf("%+v, %v", got, err)
	}
	_, err = w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, "Again")
	refusedWith(t, err, models.Conflict, "reversed")
	_, err = w.AllocateCredit(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, []models.AllocationEntry{{InvoiceID: i.ID, Amount: "1"}}, "")
	refusedWith(t, err, models.Conflict, "reversed")
	i = invoiceNow(t, w, i.ID)
	if l := license(); i.PaidAt != nil || i.Open().Minor != i.Total || l.Status(w.Clock.Now()) != models.LicenseSuspended || !l.UnpaidSince.Equal(w.Clock.Now()) || l.Key != before.Key {
		t.Errorf("%+v\n%+v", i, l)
	}
	if got := balanced(t, w); got != i.Total {
		t.Errorf("the balance is %d", got)
	}
	if n := len(w.Jobs(t, "payment_mail")); n != 6 {
		t.Errorf("%d mails", n)
	}
	received(t, w, "R-2", total, i.ID, total)
	if l := license(); l.Status(w.Clock.Now()) != models.LicenseActive || w.Count(t, "license_terms", "1 = 1") != 1 || l.EndsAt != before.EndsAt {
		t.Errorf("%+v", l)
	}
	balanced(t, w)
}

func TestPaymentRefusals(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10") // 5.00 and 21 %: 6.05
	first := received(t, w, "Ref 1", "1.00")
	for field, e := range map[string]models.PaymentEntry{
		"account":      {Amount: "1", Method: models.Cash, Reference: "x", ReceivedOn: "2026-03-02"},
		"amount":       receipt("x", "0"),
		"reference":    receipt(" ", "1"),
		"allocation_0": receipt("x", "10", i.ID, "6.06"),
		"allocation_1": receipt("x", "10", i.ID, "1", modelstest.AcmeClient, "1"),
	} {
		_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), e)
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e.Fields)
		}
	}
	for field, change := range map[string]func(*models.PaymentEntry){
		"amount":      func(e *models.PaymentEntry) { e.Amount = "6.04" },
		"method":      func(e *models.PaymentEntry) { e.Method = "shells" },
		"received_on": func(e *models.PaymentEntry) { e.ReceivedOn = "2026-03-03" },
	} {
		e := receipt("x", "10", i.ID, "6.05")
		change(&e)
		_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), e)
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e.Fields)
		}
	}
	_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt(" REF  1", "6.05", i.ID, "6.05"))
	if e := refusedWith(t, err, models.Conflict, "recorded"); e.Subject != first.ID {
		t.Errorf("refused with %q, want the first receipt", e.Subject)
	}
	other := receipt("Ref 1", "6.05", i.ID, "6.05")
	other.Method = models.Check // another method: another receipt
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeBilling, modelstest.VendorSuccess, modelstest.VendorSupport, modelstest.Visitor} {
		if _, err := w.RecordPayment(t.Context(), who, other); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s records: %v", who.Name, err)
		}
		if _, err := w.ReversePayment(t.Context(), who, first.ID, "x"); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s reverses: %v", who.Name, err)
		}
	}
	foreign := other
	foreign.AccountID = modelstest.Globex
	_, err = w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), foreign)
	if e := refusedWith(t, err, models.Invalid, ""); e.Fields["allocation_0"] == "" {
		t.Errorf("another account's invoice: %v", err)
	}
	if _, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), other); err != nil {
		t.Error(err)
	}
	balanced(t, w)
}

// One receipt recorded 50 times counts once. The control: 50 receipts count 50 times.
func TestPaymentRecordedFiftyTimes(t *testing.T) {
	for name, reference := range map[string]func(int) string{
		"one receipt": func(int) string { return "R" },
		"control":     func(n int) string { return fmt.Sprint("R", n) },
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			want := map[string]int{"one receipt": 1, "control": 50}[name]
			ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 50, func(n int) error {
				_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt(reference(n), "1.00"))
				return err
			})
			if ok != want || conflict != 50-want || len(other) > 0 || w.Count(t, "payments", "1 = 1") != want || balanced(t, w) != int64(-100*want) {
				t.Errorf("recorded %d times, refused %d times, %v", ok, conflict, other)
			}
		})
	}
}

// The last cent paid by two at once activates once, and the loser's receipt is
// refused as a whole. The control: two different cents are both taken.
func TestLastCentPaidTwice(t *testing.T) {
	for name, parts := range map[string]string{"last cent": "6.04", "control": "6.03"} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			i := ordered(t, w, "10")
			received(t, w, "first", parts, i.ID, parts)
			ok, _, other := w.RaceBehind(t, modelstest.Acme, 2, func(n int) error {
				_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt(fmt.Sprint("R", n), "0.01", i.ID, "0.01"))
				return err
			})
			want := 1
			if name == "control" {
				want = 2
			}
			if ok != want || len(other) != 2-want || w.Count(t, "license_terms", "1 = 1") != 1 || w.Count(t, "licenses", "1 = 1") != 1 || len(w.Jobs(t, "order_active_mail")) != 1 {
				t.Errorf("%d were taken, %v", ok, other)
			}
			for _, err := range other {
				if models.KindOf(err) != models.Invalid {
					t.Error(err)
				}
			}
			balanced(t, w)
		})
	}
}

// Over random orders, payments and reversals nothing is lost and nothing invented.
func TestPaymentProperties(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	w := modelstest.New(t)
	plans := []models.Plan{models.Bronze, models.Silver, models.Gold}
	var payments []models.Payment
	for n := range 12 {
		w.Exec(t, "UPDATE accounts SET plan = ?, tax_rate = ? WHERE id = ?", plans[r.IntN(3)], r.IntN(2501), modelstest.Acme)
		w.SignAnnex(t, modelstest.Acme)
		price := func() string { return money.Of(r.Int64N(20000), "EUR").Typed() }
		o := placed(t, w, quoted(t, w, request(t, w, asked(studio(fmt.Sprint(1+r.IntN(50)), fmt.Sprint(1+r.IntN(12))), orchestrator(fmt.Sprint(1+r.IntN(9)), "1"))), "2026-12-31", price(), price()))
		i, lines := invoiceOf(t, w, o.ID)
		var net int64
		for _, l := range lines {
			net += l.Due
			full := l.UnitPrice * int64(l.Seats) * int64(l.Quarters)
			if l.FullPrice != full || l.Share+l.Due != full || l.Share != (full*int64(i.Percentage)+5000)/10000 {
				t.Errorf("%+v by %d", l, i.Percentage)
			}
		}
		if i.Net != net || i.Tax != (net*int64(i.TaxRate)+5000)/10000 || i.Total != i.Net+i.Tax {
			t.Errorf("%+v", i)
		}
		if open := i.Open().Minor; open > 1 {
			part := 1 + r.Int64N(open)
			payments = append(payments, received(t, w, fmt.Sprint("part ", n), money.Of(part+r.Int64N(500), "EUR").Typed(), i.ID, money.Of(part, "EUR").Typed()))
			if rest := open - part; rest > 0 && r.IntN(2) == 0 {
				payments = append(payments, received(t, w, fmt.Sprint("rest ", n), money.Of(rest, "EUR").Typed(), i.ID, money.Of(rest, "EUR").Typed()))
			}
		}
		if len(payments) > 0 && r.IntN(3) == 0 {
			if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), payments[r.IntN(len(payments))].ID, "Called back"); err != nil && models.KindOf(err) != models.Conflict {
				t.Fatal(err)
			}
		}
		balanced(t, w)
	}
}

// What a receipt is for is found by number or reference, else by amount, else by age.
func TestSuggestAllocations(t *testing.T) {
	invoice := func(n int, open int64) models.Invoice {
		return models.Invoice{ID: fmt.Sprint(n), Number: fmt.Sprintf("V-2026-%05d", n), PaymentReference: fmt.Sprintf("RF18V2026%05d", n), Total: open, OverdueAt: modelstest.Now.AddDate(0, 0, -n)}
	}
	open := []models.Invoice{invoice(1, 100), invoice(2, 200), invoice(3, 300)}
	for _, c := range []struct {
		amount int64
		text   string
		want   string
	}{
		{100, "your V-2026-00002 thanks", "map[2:100]"},
		{400, "rf18 v2026 00003", "map[3:300]"},
		{500, "v202600001 and V-2026-00003", "map[1:100 3:300]"},
		{200, "V-2026-000010", "map[2:200]"}, // another number: by amount
		{350, "", "map[2:50 3:300]"},         // the oldest first
		{0, "", "map[]"},
	} {
		if got := fmt.Sprint(models.SuggestAllocations(open, c.amount, c.text)); got != c.want {
			t.Errorf("%d %q: %s, want %s", c.amount, c.text, got, c.want)
		}
	}
}

// One receipt in another spelling counts once, whichever way it comes; the database
// keeps it so. Other letters or digits are another receipt, as is another method.
func TestOneReferenceInOtherSpelling(t *testing.T) {
	w := modelstest.New(t)
	first := received(t, w, "INV 4711/A", "1.00")
	for _, spelling := range []string{"INV4711/A", "INV-4711/A", "INV\u200b 4711/A", "IN\u00adV 4711/A", "INV\u20114711/A", "INV 4711/\u0410", "ＩＮＶ ４７１１ Ａ"} {
		_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt(spelling, "1.00"))
		if e := refusedWith(t, err, models.Conflict, "recorded"); e.Subject != first.ID {
			t.Errorf("%q: %+v", spelling, e)
		}
	}
	for spelling, want := range map[string]string{"\u200b": "letters or digits", " - / ": "letters or digits", "INV 4711/\u13aa": "one script"} {
		_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt(spelling, "1.00"))
		if e := refusedWith(t, err, models.Invalid, ""); !strings.Contains(e.Fields["reference"], want) {
			t.Errorf("%q: %v", spelling, e.Fields)
		}
	}
	for _, other := range []string{"INV 4711/B", "INV 4712/A", "INV 471/1"} {
		received(t, w, other, "1.00")
	}
	card := receipt("INV-4711/A", "1.00")
	card.Method = models.Card
	if _, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), card); err != nil {
		t.Error(err)
	}
	i := uploaded(t, w, "Date,Payer,Amount,Transaction id\n2026-03-02,Acme,1.00,inv4711a\n2026-03-02,Acme,1.00,inv4711c\n")
	lines := bankLines(t, w, i.ID, models.BankLinesOpen)
	if lines[0].Known == nil || lines[0].Known.ID != first.ID || lines[1].Known != nil {
		t.Errorf("%+v", lines)
	}
	choices := accepted(lines)
	choices[0].Take, choices[1].Take = true, true
	if r := take(t, w, i.ID, choices); r[0].PaymentID != "" || !strings.Contains(r[0].Refusal, "recorded already") || r[1].PaymentID == "" {
		t.Errorf("%+v", r)
	}
	for query, want := range map[string]int{"inv-4711": 5, "INV 4711/A": 2, "4712": 1, "acme": 6, "***": 0} {
		page, err := w.AccountPayments(t.Context(), modelstest.VendorFinance, models.PaymentFilter{Query: query}, models.Paging{})
		if err != nil || len(page.Items) != want {
			t.Errorf("%q finds %d, %v", query, len(page.Items), err)
		}
	}
	if err := w.DB.Exec("INSERT INTO payments (id, account_id, amount, currency, method, reference, reference_key, received_on, recorded_at, recorded_by) SELECT 'twice', account_id, amount, currency, method, reference, reference_key, received_on, recorded_at, recorded_by FROM payments WHERE id = ?", first.ID).Error; err == nil {
		t.Error("the database takes a receipt twice")
	}
}

// What was recorded before references were compared by letters and digits gets its
// key; where two were the same, the later one keeps one of its own. Receipts stay frozen.
func TestReferencesOfOldReceipts(t *testing.T) {
	w := modelstest.New(t)
	ids := []string{received(t, w, "INV 1", "1.00").ID, received(t, w, "INV 2", "1.00").ID, received(t, w, "INV 3", "1.00").ID}
	i := uploaded(t, w, statementOf("Acme;one;1.00;EUR", "Acme;two;2.00;EUR"))
	choices := accepted(bankLines(t, w, i.ID, models.BankLinesOpen))
	choices[0].Take, choices[1].Take = true, false
	take(t, w, i.ID, choices)
	old := []string{"UPDATE bank_lines SET reference_key = LOWER(reference)", "DROP INDEX bank_lines_once", "CREATE UNIQUE INDEX bank_lines_recorded ON bank_lines (reference_key) WHERE payment_id IS NOT NULL"}
	for n, reference := range []string{"INV-1", "INV1", "inv 1"} {
		old = append(old, fmt.Sprintf("UPDATE payments SET reference = '%s', reference_key = '%s' WHERE id = '%s'", reference, strings.ToLower(reference), ids[n]))
	}
	if err := models.ThawAndExec(t.Context(), w.Store, old...); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and once more, which changes nothing
		if err := models.RekeyReferences(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		for n, want := range []string{"inv1", "inv1 " + ids[1], "inv1 " + ids[2]} {
			if got := paymentNow(t, w, ids[n]).ReferenceKey; got != want {
				t.Errorf("receipt %d has %q, want %q", n, got, want)
			}
		}
		if n := w.Count(t, "bank_lines", "reference_key IN ?", []string{"20260302100euracmeone", "20260302200euracmetwo"}); n != 2 {
			t.Errorf("%d lines have their key", n)
		}
	}
	_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), receipt("inv/1", "1.00"))
	if e := refusedWith(t, err, models.Conflict, "recorded"); e.Subject != ids[0] {
		t.Errorf("%+v", e)
	}
	if err := w.DB.Exec("UPDATE payments SET reference_key = 'x' WHERE id = ?", ids[0]).Error; err == nil || !strings.Contains(err.Error(), "a receipt never changes") {
		t.Errorf("receipts can be changed: %v", err)
	}
}

// Two accounts may have receipts of one reference; one line of a bank, in whichever
// file, is one receipt of one account.
func TestOneReferenceOfTwoAccounts(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE accounts SET currency = 'EUR' WHERE id = ?", modelstest.Initech)
	file := func(lines string) ([]models.BankLineOf, string) {
		t.Helper()
		i := uploaded(t, w, "Date,Payer,Amount,Currency,Transaction id\n"+lines)
		return bankLines(t, w, i.ID, models.BankLinesOpen), i.ID
	}
	record := func(lines []models.BankLineOf, id, account string) models.BankResult {
		t.Helper()
		c := accepted(lines)[0]
		c.Account, c.Take = account, true
		return take(t, w, id, []models.BankChoice{c})[0]
	}
	lines, id := file("2026-03-02,Acme,7.00,EUR,TX-SAME\n")
	first := record(lines, id, "Acme")
	if first.PaymentID == "" {
		t.Fatalf("%+v", first)
	}
	// Another amount and currency, another amount, another payer: another line.
	for account, line := range map[string]string{
		"Globex":  "2026-03-02,Globex,30.00,USD,TX-SAME\n",
		"Initech": "2026-03-02,Initech,7.00,EUR,TX SAME\n",
	} {
		lines, id := file(line)
		if lines[0].Known != nil {
			t.Errorf("%s: %+v", account, lines[0].Known)
		}
		if r := record(lines, id, account); r.PaymentID == "" {
			t.Errorf("%s: %+v", account, r)
		}
	}
	// The same line in another file, for whomever.
	lines, id = file("2026-03-02,Acme,7.00,EUR,TX-SAME\n2026-03-02,Acme,1.00,EUR,TX-OTHER\n")
	if lines[0].Known == nil || lines[0].Known.ID != first.PaymentID || lines[0].PaidName != "Acme" || lines[1].Known != nil {
		t.Errorf("%+v", lines[0])
	}
	for _, account := range []string{"Acme", "Initech"} {
		lines = bankLines(t, w, id, models.BankLinesOpen)
		if r := record(lines, id, account); r.PaymentID != "" || !strings.Contains(r.Refusal, "recorded already") {
			t.Errorf("%s: %+v", account, r)
		}
	}
	// Another line of the same account by that reference.
	lines, id = file("2026-03-04,Acme,9.00,EUR,tx same\n")
	if r := record(lines, id, "Acme"); r.PaymentID != "" || !strings.Contains(r.Refusal, "recorded already") {
		t.Errorf("%+v", r)
	}
	if w.Count(t, "payments", "reference_key = 'txsame'") != 3 {
		t.Error("it is not recorded once for each account")
	}
}

// A receipt is of a day on which the account was here, a year back at most.
func TestDayOfAReceipt(t *testing.T) {
	w := modelstest.New(t) // it is 2 March 2026
	day := func(d string) string {
		e := receipt("On "+d, "1.00")
		e.ReceivedOn = d
		_, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), e)
		if err == nil {
			return ""
		}
		return refusedWith(t, err, models.Invalid, "").Fields["received_on"]
	}
	w.Exec(t, "UPDATE accounts SET created_at = ? WHERE id = ?", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), modelstest.Acme)
	for d, want := range map[string]string{"1900-01-01": "The account is here since 31 December 2019", "2025-03-01": "more than a year ago. Enter a day from 2 March 2025 on", "2025-03-02": "", "2026-03-02": "", "2026-03-03": "yet to come", "0001-01-01": "Enter the day", "nonsense": "Enter the day"} {
		if got := day(d); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: %q", d, got)
		}
	}
	w.Exec(t, "UPDATE accounts SET created_at = ? WHERE id = ?", time.Date(2026, 2, 20, 12, 0, 0, 0, time.UTC), modelstest.Acme)
	if got := day("2026-02-19"); got != "The account is here since 20 February 2026: a receipt of it can't be older." {
		t.Error(got)
	}
	if got := day("2026-02-20"); got != "" {
		t.Error(got)
	}
	i := uploaded(t, w, "Date,Payer,Amount\n2026-01-02,Acme Services,1.00\n")
	c := accepted(bankLines(t, w, i.ID, models.BankLinesOpen))
	c[0].Take = true
	if r := take(t, w, i.ID, c); !strings.Contains(r[0].Refusal, "The account is here since") {
		t.Errorf("%+v", r)
	}
}

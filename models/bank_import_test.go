package models_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// statementOf is a statement of lines "payer;text;amount".
func statementOf(lines ...string) string {
	var b strings.Builder
	b.WriteString("Date;Payer;Details;Amount;Currency\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "2026-03-02;%s\n", l)
	}
	return b.String()
}

func uploaded(t *testing.T, w *modelstest.World, content string) models.BankImport {
	t.Helper()
	i, err := w.UploadBankStatement(t.Context(), modelstest.VendorFinance, models.BankUpload{FileName: "march.csv", Content: []byte(content)})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func bankLines(t *testing.T, w *modelstest.World, id string, state models.BankLineState) []models.BankLineOf {
	t.Helper()
	v, err := w.BankImport(t.Context(), modelstest.VendorFinance, models.BankLineFilter{ImportID: id, State: state}, models.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	return v.Page.Items
}

// accepted are the choices that the page proposes.
func accepted(lines []models.BankLineOf) (all []models.BankChoice) {
	for _, l := range lines {
		all = append(all, models.BankChoice{LineID: l.ID, Account: l.Account, Invoices: l.Invoices, Take: l.Taken, Version: l.Version})
	}
	return all
}

func take(t *testing.T, w *modelstest.World, id string, choices []models.BankChoice) []models.BankResult {
	t.Helper()
	results, err := w.TakeBankLines(t.Context(), fresh(w, modelstest.VendorFinance), id, choices)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// A statement is matched by number, amount and name, says how sure it is, and
// what it names is paid and active once finance confirms.
func TestBankStatement(t *testing.T) {
	w := modelstest.New(t)
	one, two, three, four := ordered(t, w, "10"), ordered(t, w, "20"), ordered(t, w, "30"), ordered(t, w, "40") // 6.05, 12.10, 18.15, 24.20
	hand := received(t, w, "By hand", "24.20")
	i := uploaded(t, w, statementOf(
		"Acme Services;Invoice "+one.Number+" thanks;6.05;EUR",
		"Somebody;"+two.PaymentReference+";2.10;EUR",
		"ACME SERVICES S.L.;Our payment;18.15;EUR",
		"Acme;For V-2026-99999;24.20;EUR",
		"Nobody;Nothing;1.23;EUR",
		"Acme;"+three.Number+" and "+one.Number+";24.20;EUR",
		"Acme;dollars;5.00;USD",
		"Landlord;Rent;-500.00;EUR",
		"Acme;broken;lots;EUR",
	))
	if i.FileName != "march.csv" || i.UploadedBy != modelstest.VendorFinance.UserID || !i.UploadedAt.Equal(w.Clock.Now()) || len(i.SHA256) != 64 || i.LearntAt != nil || i.Version != 1 || i.Search != "march.csv finn finance" {
		t.Errorf("%+v", i)
	}
	open := bankLines(t, w, i.ID, models.BankLinesOpen)
	for n, want := range []struct {
		confidence        models.BankConfidence
		account, invoices string
		taken             bool
		why               string
	}{
		{models.BankCertain, "Acme", one.Number, true, "exactly what is open"},
		{models.BankLikely, "Acme", two.Number, true, "of which 12.10 EUR are open: it is a part"},
		{models.BankLikely, "Acme", three.Number, true, "bears the account's name"},
		{models.BankLikely, "Acme", four.Number, false, "exactly what is open"}, // one by hand is the same
		{models.BankUnknown, "", "", false, "names no invoice and no account"},
		{models.BankCertain, "Acme", three.Number + ", " + one.Number, false, "exactly what is open"}, // here, too
		{models.BankPossible, "Acme", "", false, "fits none"},
	} {
		l := open[n]
		if l.Suggested.Confidence != want.confidence || l.Account != want.account || l.Invoices != want.invoices || l.Taken != want.taken || !strings.Contains(l.Suggested.Why, want.why) {
			t.Errorf("line %d: %+v, %q %q %v", l.Position, l.Suggested, l.Account, l.Invoices, l.Taken)
		}
	}
	if open[3].Similar == nil || open[3].Similar.ID != hand.ID || open[0].Similar != nil || !strings.Contains(open[6].Problem, "pays in EUR") {
		t.Errorf("%+v, %q", open[3].Similar, open[6].Problem)
	}
	out := bankLines(t, w, i.ID, models.BankLinesLeftOut)
	if len(open) != 7 || len(out) != 2 || out[0].Kind != models.BankOut || out[1].Kind != models.BankUnreadable || out[1].BankLine.Problem == "" && out[1].Day != "" {
		t.Errorf("%d lines are open, left out are %+v", len(open), out)
	}
	if l := open[0].BankLine; l.Day != "2026-03-02" || l.Amount != 605 || l.Currency != "EUR" || l.Payer != "Acme Services" || !strings.Contains(l.Details, one.Number) || l.Position != 2 || !strings.HasPrefix(l.Reference, "2026-03-02 6.05 EUR Acme Services: ") || l.Version != 1 || l.ChosenAt != nil {
		t.Errorf("%+v", l)
	}

	results := take(t, w, i.ID, accepted(open))
	if len(results) != 3 {
		t.Fatalf("%+v", results)
	}
	for _, r := range results {
		if r.PaymentID == "" || r.Refusal != "" {
			t.Errorf("%+v", r)
		}
	}
	p := paymentNow(t, w, results[0].PaymentID)
	if p.Amount != 605 || p.Method != models.BankTransfer || p.Reference != open[0].Reference || p.ReceivedOn != "2026-03-02" || p.RecordedBy != modelstest.VendorFinance.UserID || p.Note != "Row 2 of the bank statement march.csv." {
		t.Errorf("%+v", p)
	}
	if invoiceNow(t, w, one.ID).PaidAt == nil || orderNow(t, w, one.OrderID).ActivatedAt == nil || invoiceNow(t, w, two.ID).Open().Minor != 1000 || orderNow(t, w, two.OrderID).ActivatedAt != nil {
		t.Error("what is paid in full is not active, or a part activates")
	}
	balanced(t, w)
	again := bankLines(t, w, i.ID, "")
	if again[0].Known == nil || again[0].Known.ID != p.ID || again[0].PaidName != "Acme" || *again[0].PaymentID != p.ID {
		t.Errorf("%+v", again[0])
	}
	// Confirmed twice, and the same lines in another file: each counts once.
	for _, r := range take(t, w, i.ID, accepted(open)) {
		if r.PaymentID != "" || !strings.Contains(r.Refusal, "recorded already") {
			t.Errorf("a second time: %+v", r)
		}
	}
	second := uploaded(t, w, statementOf("Acme Services;Invoice "+one.Number+" thanks;6.05;EUR", "Acme;new;7.00;EUR"))
	lines := bankLines(t, w, second.ID, models.BankLinesOpen)
	if lines[0].Known == nil || lines[0].Known.ID != p.ID || lines[0].Taken || lines[1].Known != nil {
		t.Errorf("%+v", lines[0])
	}
	choice := accepted(lines)[0]
	choice.Take, choice.Account = true, "Globex Corporation"
	if got := take(t, w, second.ID, []models.BankChoice{choice}); got[0].PaymentID != "" {
		t.Errorf("recorded for another account: %+v", got)
	}
	_, err := w.UploadBankStatement(t.Context(), modelstest.VendorAdministrator, models.BankUpload{FileName: "copy.csv", Content: []byte(statementOf("Acme Services;Invoice "+one.Number+" thanks;6.05;EUR", "Acme;new;7.00;EUR"))})
	if e := refusedWith(t, err, models.Conflict, "uploaded"); e.Subject != second.ID || !strings.Contains(e.Message, "Finn Finance uploaded this very file on") {
		t.Errorf("%+v", e)
	}
	list, err := w.BankImports(t.Context(), modelstest.VendorFinance, models.BankImportFilter{Query: "march", State: "open"}, models.Paging{})
	if err != nil || len(list.Items) != 2 || list.Items[1].Open != 4 || list.Items[1].Recorded != 3 || list.Items[1].LeftOut != 2 || list.Items[1].UploadedName != "Finn Finance" {
		t.Errorf("%+v, %v", list.Items, err)
	}
	if got := w.Events(t, i.ID); strings.Join(got, " ") != "bank_import.uploaded" {
		t.Errorf("%v", got)
	}
}

// What a line names has to be in its own currency: else nothing is suggested, and
// the amount that is open is told in that of the invoice.
func TestBankLineInAnotherCurrency(t *testing.T) {
	w := modelstest.New(t)
	one, two := ordered(t, w, "10"), ordered(t, w, "20") // 6.05, 12.10
	i := uploaded(t, w, statementOf(
		"Acme Services;"+one.Number+";6.05;USD",
		"Acme Services;"+one.Number+" and "+two.Number+";7.000;KWD",
		"Somebody;"+two.Number+";1210;JPY",
		"Somebody;"+two.Number+";12.10;EUR",
	))
	for n, l := range bankLines(t, w, i.ID, models.BankLinesOpen) {
		want := []models.BankSuggestion{
			{Account: "Acme", Confidence: models.BankPossible, Why: "It names " + one.Number + ", of which 6.05 EUR are open, and is in USD itself: record what it is worth by hand."},
			{Account: "Acme", Confidence: models.BankPossible, Why: "It names " + one.Number + ", " + two.Number + ", of which 18.15 EUR are open, and is in KWD itself: record what it is worth by hand."},
			{Account: "Acme", Confidence: models.BankPossible, Why: "It names " + two.Number + ", of which 12.10 EUR are open, and is in JPY itself: record what it is worth by hand."},
			{Account: "Acme", Invoices: []string{two.Number}, Confidence: models.BankCertain, Why: "It names " + two.Number + ", and is exactly what is open."},
		}[n]
		if !reflect.DeepEqual(l.Suggested, want) || l.Taken != (n == 3) {
			t.Errorf("line %d: %+v, taken %v", n, l.Suggested, l.Taken)
		}
	}
}

func paymentNow(t *testing.T, w *modelstest.World, id string) (p models.Payment) {
	t.Helper()
	if err := w.DB.Where("id = ?", id).Take(&p).Error; err != nil {
		t.Fatal(err)
	}
	return p
}

// What finance chooses is kept, refused lines say why, and of two who choose one
// is told.
func TestBankChoices(t *testing.T) {
	w := modelstest.New(t)
	one, two := ordered(t, w, "10"), ordered(t, w, "20")
	i := uploaded(t, w, statementOf("?;A;20.00;EUR", "?;B;1.00;EUR", "?;C;2.00;EUR", "?;D;3.00;EUR", "?;E;4.00;EUR"))
	lines := bankLines(t, w, i.ID, models.BankLinesOpen)
	choose := func(n int, account, invoices string) models.BankChoice {
		return models.BankChoice{LineID: lines[n].ID, Account: account, Invoices: invoices, Take: true, Version: lines[n].Version}
	}
	choices := []models.BankChoice{
		choose(0, "acme", two.Number+" "+one.Number), choose(1, "Ackme", ""), choose(2, "Acme", "V-2026-77777"), choose(3, "Globex", ""), choose(4, "Acme", ""),
	}
	w.Clock.Advance(time.Minute)
	if err := w.ChooseBankLines(t.Context(), modelstest.VendorFinance, i.ID, choices); err != nil {
		t.Fatal(err)
	}
	kept := bankLines(t, w, i.ID, models.BankLinesOpen)
	if l := kept[0]; l.Account != "acme" || l.Invoices != two.Number+" "+one.Number || !l.Taken || !l.ChosenAt.Equal(w.Clock.Now()) || *l.ChosenBy != modelstest.VendorFinance.UserID || l.Version != 2 {
		t.Errorf("%+v", l)
	}
	if !strings.Contains(kept[1].Problem, "No account is called “Ackme”") || !strings.Contains(kept[3].Problem, "pays in USD") {
		t.Errorf("%q, %q", kept[1].Problem, kept[3].Problem)
	}
	if err := w.ChooseBankLines(t.Context(), modelstest.VendorFinance, i.ID, choices); err != nil { // sent twice
		t.Error(err)
	}
	other := choices[0]
	other.Account = "Globex"
	err := w.ChooseBankLines(t.Context(), modelstest.VendorAdministrator, i.ID, []models.BankChoice{other})
	refusedWith(t, err, models.Conflict, "changed")
	results := take(t, w, i.ID, accepted(kept))
	want := []string{"", "No account is called", "There is no invoice V-2026-77777", "pays in USD", ""}
	for n, r := range results {
		if (r.PaymentID != "") != (want[n] == "") || !strings.Contains(r.Refusal, want[n]) {
			t.Errorf("%+v, want %q", r, want[n])
		}
	}
	if got := bankLines(t, w, i.ID, models.BankLinesOpen); len(got) != 3 || got[1].Failure != results[2].Refusal {
		t.Errorf("%+v", got)
	}
	if invoiceNow(t, w, two.ID).PaidAt == nil || invoiceNow(t, w, one.ID).PaidAt == nil {
		t.Error("the invoices are not paid in the order of their numbers")
	}
	if v, err := w.AccountPayment(t.Context(), modelstest.VendorFinance, results[0].PaymentID); err != nil || v.Credit().Minor != 2000-1210-605 || len(v.Allocations) != 2 || v.Allocations[0].Number != two.Number {
		t.Errorf("%+v, %v", v.Allocations, err)
	}
	balanced(t, w)
	stale := w.Clock.Now().Add(16 * time.Minute)
	w.Clock.Set(stale)
	_, err = w.TakeBankLines(t.Context(), modelstest.VendorFinance, i.ID, accepted(kept))
	refusedWith(t, err, models.Invalid, "reauthentication")
	for _, who := range []models.Actor{modelstest.VendorSuccess, modelstest.VendorSupport, modelstest.AcmeOwner, modelstest.Visitor} {
		if _, err := w.BankImports(t.Context(), who, models.BankImportFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s lists: %v", who.Name, err)
		}
		if _, err := w.TakeBankLines(t.Context(), who, i.ID, nil); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s records: %v", who.Name, err)
		}
		if _, err := w.UploadBankStatement(t.Context(), who, models.BankUpload{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s uploads: %v", who.Name, err)
		}
	}
}

// The columns can be corrected until a line is a receipt, and the next statement
// with the same ones is read like the last.
func TestBankLayout(t *testing.T) {
	w := modelstest.New(t)
	content := "Fecha;Uno;Dos;Importe\n03/04/2026;Acme;x;1.234,00\n05/02/2026;Globex;y;7,00\n"
	w.Clock.Set(time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC))
	i := uploaded(t, w, content)
	v, err := w.BankImport(t.Context(), modelstest.VendorFinance, models.BankLineFilter{ImportID: i.ID}, models.Paging{})
	if err != nil || !v.AsksDays || v.Unreadable != 2 || len(v.Page.Items) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	columns, err := w.BankColumns(t.Context(), modelstest.VendorFinance, i.ID, nil)
	if err != nil || strings.Join(columns.Columns, " ") != "Fecha Uno Dos Importe" || len(columns.Sample) != 2 || columns.Sample[0][1] != "Acme" {
		t.Errorf("%+v, %v", columns, err)
	}
	e := models.BankLayout{Layout: v.Layout, Version: 1}
	e.Days, e.Payer, e.Text = "dmy", 2, 3
	bad := e
	bad.Day, bad.Amount, bad.InOne = 9, 0, "XXY"
	if p := refusedWith(t, w.ChangeBankLayout(t.Context(), modelstest.VendorFinance, i.ID, bad), models.Invalid, ""); p.Fields["day"] == "" || p.Fields["amount_column"] == "" || p.Fields["currency"] == "" {
		t.Errorf("%v", p.Fields)
	}
	if err := w.ChangeBankLayout(t.Context(), modelstest.VendorFinance, i.ID, e); err != nil {
		t.Fatal(err)
	}
	if models.KindOf(w.ChangeBankLayout(t.Context(), modelstest.VendorFinance, i.ID, e)) != models.Conflict {
		t.Error("the second of two who correct the columns is not told")
	}
	lines := bankLines(t, w, i.ID, models.BankLinesOpen)
	if len(lines) != 2 || lines[0].Day != "2026-04-03" || lines[0].Amount != 123400 || lines[0].Payer != "Acme" || lines[1].Day != "2026-02-05" {
		t.Fatalf("%+v", lines)
	}
	next := uploaded(t, w, "\n"+strings.ReplaceAll(content, "1.234,00", "9,00"))
	if got := bankLines(t, w, next.ID, models.BankLinesOpen); len(got) != 2 || got[0].Day != "2026-04-03" || got[0].Payer != "Acme" || got[0].Amount != 900 {
		t.Errorf("%+v", got)
	}
	choice := models.BankChoice{LineID: lines[0].ID, Account: "Acme", Take: true, Version: 1}
	if r := take(t, w, i.ID, []models.BankChoice{choice}); r[0].PaymentID == "" {
		t.Fatalf("%+v", r)
	}
	e.Version = 2
	refusedWith(t, w.ChangeBankLayout(t.Context(), modelstest.VendorFinance, i.ID, e), models.Conflict, "recorded")
	if n := w.Count(t, "bank_lines", "import_id = ?", i.ID); n != 2 {
		t.Errorf("%d lines are left", n)
	}
	if got := strings.Join(w.Events(t, i.ID), " "); got != "bank_import.uploaded bank_import.columns_changed" {
		t.Error(got)
	}
	for _, wrong := range []string{"", "Hello", "a,b\n", strings.Repeat("2026-03-02,1.00\n", 5001)} {
		_, err := w.UploadBankStatement(t.Context(), modelstest.VendorFinance, models.BankUpload{Content: []byte(wrong)})
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields["statement"] == "" {
			t.Errorf("%.20q: %v", wrong, e)
		}
	}
}

// 20 confirm a statement of ten lines at once, of which one line is also in
// another file that they confirm, too: each line counts once.
func TestBankStatementConfirmedTwentyTimes(t *testing.T) {
	w := modelstest.New(t)
	var lines []string
	for n := range 10 {
		lines = append(lines, fmt.Sprintf("Acme;Line %d;%d.00;EUR", n, n+1))
	}
	imports := []models.BankImport{uploaded(t, w, statementOf(lines...)), uploaded(t, w, statementOf(lines[3], "Acme;Another;99.00;EUR"))}
	var choices [2][]models.BankChoice
	for n, i := range imports {
		choices[n] = accepted(bankLines(t, w, i.ID, models.BankLinesOpen))
		for c := range choices[n] {
			choices[n][c].Take, choices[n][c].Account = true, []string{"Acme", "Acme Services S.L."}[n]
		}
	}
	stores := []*models.Store{w.Store, w.Replica(t)}
	recorded := make([]int, 20)
	_, conflict, other := modelstest.Race(20, func(n int) error {
		results, err := stores[n%2].TakeBankLines(t.Context(), fresh(w, modelstest.VendorFinance), imports[n/10].ID, choices[n/10])
		for _, r := range results {
			if r.PaymentID != "" {
				recorded[n]++
			}
		}
		return err
	})
	if len(other) > 0 {
		t.Fatal(other)
	}
	sum := 0
	for _, n := range recorded {
		sum += n
	}
	if sum != 11 || w.Count(t, "payments", "1 = 1") != 11 || w.Count(t, "bank_lines", "payment_id IS NOT NULL") != 11 || balanced(t, w) != -100*(55+99) {
		t.Errorf("recorded %d, %d conflicts, %d payments", sum, conflict, w.Count(t, "payments", "1 = 1"))
	}
}

// A file that 16 upload at once is there once; everybody else is led to it.
func TestBankStatementUploadedAtOnce(t *testing.T) {
	w := modelstest.New(t)
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, conflict, other := modelstest.Race(16, func(n int) error {
		_, err := stores[n%2].UploadBankStatement(t.Context(), modelstest.VendorFinance, models.BankUpload{FileName: "a.csv", Content: []byte(statementOf("Acme;x;6.05;EUR"))})
		return err
	})
	if ok != 1 || conflict != 15 || len(other) > 0 || w.Count(t, "bank_imports", "1 = 1") != 1 || w.Count(t, "bank_lines", "1 = 1") != 1 {
		t.Errorf("%d kept it, %d were led to it, %v", ok, conflict, other)
	}
}

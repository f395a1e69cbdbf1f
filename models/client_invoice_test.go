package models_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

// onPlan puts Acme on a plan and signs its Annex.
func onPlan(t *testing.T, w *modelstest.World, plan models.Plan) {
	t.Helper()
	w.Exec(t, "UPDATE accounts SET plan = ? WHERE id = ?", plan, modelstest.Acme)
	w.SignAnnex(t, modelstest.Acme)
}

// orderOf places an order of one-seat lines for one quarter at some prices.
func orderAt(t *testing.T, w *modelstest.World, units ...string) models.Order {
	t.Helper()
	lines := []models.LineEntry{studio("1", "1"), orchestrator("1", "1")}
	return placed(t, w, quoted(t, w, request(t, w, asked(lines[:len(units)]...)), "2026-12-31", units...))
}

func billed(orderID string, discounts ...string) models.ClientInvoiceEntry {
	return models.ClientInvoiceEntry{OrderID: orderID, Discounts: discounts, TaxRate: "21", DueOn: "2026-03-16"}
}

func clientInvoice(t *testing.T, w *modelstest.World, orderID string, discounts ...string) models.ClientInvoice {
	t.Helper()
	i, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(orderID, discounts...))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// The figures of DOMAIN.md: 99.99 on each plan, with discounts to their limit.
func TestClientInvoiceOfEachPlan(t *testing.T) {
	for n, c := range []struct {
		plan                               models.Plan
		discount                           string
		taken, net, tax, total, margin, to int64
		refused                            string
	}{
		{models.Bronze, "0", 0, 9999, 2100, 12099, 1000, 8999, ""},
		{models.Bronze, "10.00", 1000, 8999, 1890, 10889, 0, 8999, ""},
		{models.Bronze, "10.01", 0, 0, 0, 0, 0, 8999, "The most is 10.00 EUR: your share, 10 % of 99.99 EUR. What is due to the vendor stays 89.99 EUR."},
		{models.Bronze, "5 %", 500, 9499, 1995, 11494, 500, 8999, ""},
		{models.Bronze, "11 %", 1000, 8999, 1890, 10889, 0, 8999, ""},
		{models.Silver, "", 0, 9999, 2100, 12099, 5000, 4999, ""},
		{models.Silver, "50", 5000, 4999, 1050, 6049, 0, 4999, ""},
		{models.Silver, "50.01", 0, 0, 0, 0, 0, 4999, "The most is 50.00 EUR"},
		{models.Gold, "0,00", 0, 9999, 2100, 12099, 7499, 2500, ""},
		{models.Gold, "74.99", 7499, 2500, 525, 3025, 0, 2500, ""},
		{models.Gold, "75 %", 7499, 2500, 525, 3025, 0, 2500, ""},
		{models.Gold, "75", 0, 0, 0, 0, 0, 2500, "The most is 74.99 EUR"},
	} {
		t.Run(fmt.Sprintf("%s_%d", c.plan, n), func(t *testing.T) {
			w := modelstest.New(t)
			onPlan(t, w, c.plan)
			o := orderAt(t, w, "99.99")
			i, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(o.ID, c.discount))
			if c.refused != "" {
				e, ok := models.Shown(err)
				if !ok || e.Kind != models.Invalid || !strings.Contains(e.Fields["discount_0"], c.refused) || w.Count(t, "client_invoices", "1 = 1")+w.Count(t, "series", "kind = 'client_invoice'") != 0 {
					t.Errorf("%v", err)
				}
			} else if err != nil || i.Discount != c.taken || i.Net().Minor != c.net || i.Tax != c.tax || i.Total != c.total || i.Margin().Minor != c.margin || i.FullPrice != 9999 || i.Number != "INV-2026-00001" {
				t.Errorf("%+v, %v", i, err)
			}
			if vendor, _ := invoiceOf(t, w, o.ID); vendor.Net != c.to {
				t.Errorf("%d is due to the vendor", vendor.Net)
			}
		})
	}
}

func TestIssueClientInvoice(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	if _, err := w.ChangeBranding(t.Context(), modelstest.AcmeOwner, models.BrandingEntry{Colour: "#1F5FBF", BankDetails: "IBAN ES00", Note: "Thank you.", Prefix: "acme", PaymentDays: "30", TaxRate: "10"}); err != nil {
		t.Fatal(err)
	}
	o := placed(t, w, quoted(t, w, request(t, w, asked(studio("3", "4"), orchestrator("1", "1"))), "2026-03-31", "99.99", "50"))
	if all, err := w.BillableOrders(t.Context(), modelstest.AcmeBilling); err != nil || len(all) != 1 || all[0].ID != o.ID {
		t.Errorf("%+v, %v", all, err)
	}
	draft, err := w.DraftClientInvoice(t.Context(), modelstest.AcmeSeller, o.ID, "")
	if err != nil || draft.TaxRate != "10" || draft.DueOn != "2026-04-01" || len(draft.Discounts) != 2 {
		t.Fatalf("%+v, %v", draft, err)
	}
	draft.Discounts, draft.RequestKey = []string{"100", "10 %"}, "key"
	preview, err := w.PreviewClientInvoice(t.Context(), modelstest.AcmeSeller, draft)
	if err != nil || preview.Full.Minor != 124988 || preview.Share.Minor != 62494 || preview.Discount.Minor != 10500 || preview.Net.Minor != 114488 || preview.Tax.Minor != 11449 || preview.Total.Minor != 125937 || preview.Margin.Minor != 51994 {
		t.Errorf("%+v, %v", preview, err)
	}
	i, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, draft)
	if err != nil {
		t.Fatal(err)
	}
	if i.Number != "ACME-2026-00001" || i.Total != 125937 || i.LegalName != "Acme Services S.L." || i.BankDetails != "IBAN ES00" || i.Note != "Thank you." || i.Colour != "#1f5fbf" || i.ClientCompany != "Initrode" ||
		i.IssuedOn != "2026-03-02" || !i.OverdueAt.Equal(time.Date(2026, 4, 1, 22, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", i)
	}
	if again, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, draft); err != nil || again.ID != i.ID || w.Count(t, "client_invoices", "1 = 1") != 1 {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	if all, err := w.BillableOrders(t.Context(), modelstest.AcmeBilling); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	v, err := w.ClientInvoice(t.Context(), modelstest.AcmeViewer, i.ID)
	if err != nil || len(v.Lines) != 2 || v.Lines[0].Discount != 10000 || v.Lines[1].Discount != 500 || v.Lines[0].FullPrice != 119988 || !v.SeesMargin || v.IssuedName != "Sam Seller" {
		t.Errorf("%+v, %v", v, err)
	}
	draft.RequestKey = ""
	if e := refusedWith(t, second(w.IssueClientInvoice(t.Context(), modelstest.AcmeBilling, draft)), models.Conflict, "billed"); e.Subject != i.ID || !strings.Contains(e.Message, i.Number) {
		t.Errorf("%+v", e)
	}
	for _, statement := range []string{
		"UPDATE client_invoices SET discount = discount + 1, total = total - 1", "UPDATE client_invoices SET number = 'X'", "UPDATE client_invoices SET client_company = 'X'", "DELETE FROM client_invoices",
		"UPDATE client_invoice_lines SET seats = 9", "DELETE FROM client_invoice_lines",
	} {
		if err := w.DB.Exec(statement).Error; err == nil || !strings.Contains(err.Error(), "never changes") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// A single discount for several lines is of the whole.
func TestClientInvoiceDiscountOfTheWhole(t *testing.T) {
	w := modelstest.New(t)
	onPlan(t, w, models.Bronze)
	o := orderAt(t, w, "100", "50.01")
	if _, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(o.ID, "15.01")); models.KindOf(err) != models.Invalid {
		t.Errorf("%v", err)
	}
	i := clientInvoice(t, w, o.ID, "15.00")
	v, err := w.ClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID)
	if err != nil || i.Discount != 1500 || v.Lines[0].Discount+v.Lines[1].Discount != 1500 || v.Lines[0].Discount != 1000 {
		t.Errorf("%+v, %v", v.Lines, err)
	}
	two := orderAt(t, w, "100", "50")
	if i := clientInvoice(t, w, two.ID, "12", "3"); i.Discount != 1500 { // one line above its own share, the sum at the limit
		t.Errorf("%d", i.Discount)
	}
	more := orderAt(t, w, "100", "50")
	for _, discounts := range [][]string{{"12", "3.01"}, {"0", "50.01"}, {"x"}, {"-1", "0"}, {"0", "101 %"}, {"1.001", "0"}} {
		if _, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(more.ID, discounts...)); models.KindOf(err) != models.Invalid {
			t.Errorf("%v: %v", discounts, err)
		}
	}
}

func TestClientInvoiceRefusals(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	q := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10")
	refusedWith(t, second(w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(q.ID))), models.Conflict, "not_placed")
	o := placed(t, w, q)
	for _, who := range []models.Actor{modelstest.AcmeViewer, modelstest.AcmeAdmin, modelstest.AcmeContact, modelstest.VendorFinance} {
		if err := second(w.IssueClientInvoice(t.Context(), who, billed(o.ID))); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
	if err := second(w.IssueClientInvoice(t.Context(), modelstest.GlobexOwner, billed(o.ID))); models.KindOf(err) != models.NotFound {
		t.Errorf("%v", err)
	}
	bad := billed(o.ID, "1")
	bad.TaxRate, bad.DueOn = "101", "2026-03-01"
	if e, ok := models.Shown(second(w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, bad))); !ok || e.Fields["tax_rate"] == "" || e.Fields["due_on"] == "" {
		t.Errorf("%+v", e)
	}
	if _, err := w.CancelOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Cancellation{}); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, second(w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(o.ID))), models.Conflict, "cancelled")
	if n := w.Count(t, "client_invoices", "1 = 1") + w.Count(t, "series", "kind = 'client_invoice'"); n != 0 {
		t.Errorf("refusals have left %d rows", n)
	}
}

func second[T any](_ T, err error) error { return err }

// Whatever is ordered and taken off: sums are equal, the vendor's due stays, and
// what is stored gives the same figures again.
func TestClientInvoiceProperties(t *testing.T) {
	w := modelstest.New(t)
	for _, plan := range models.Plans {
		w.Exec(t, "UPDATE accounts SET plan = ? WHERE id = ?", plan, modelstest.Acme)
		w.SignAnnex(t, modelstest.Acme)
		var err error
		rapid.Check(t, func(r *rapid.T) {
			unit := func() string { return money.Of(rapid.Int64Range(0, 100000).Draw(r, "unit"), "EUR").Typed() }
			seats := func() string { return fmt.Sprint(rapid.IntRange(1, 50).Draw(r, "seats")) }
			lines := []models.LineEntry{studio(seats(), "1"), orchestrator(seats(), fmt.Sprint(rapid.IntRange(1, 12).Draw(r, "quarters")))}
			o := placed(t, w, quoted(t, w, request(t, w, asked(lines...)), "2026-12-31", unit(), unit()))
			vendor, _ := invoiceOf(t, w, o.ID)
			share := vendorShare(t, w, vendor.ID)
			e := billed(o.ID, money.Of(rapid.Int64Range(0, share).Draw(r, "discount"), "EUR").Typed())
			e.TaxRate = fmt.Sprint(rapid.IntRange(0, 100).Draw(r, "tax"))
			over := billed(o.ID, money.Of(share+1, "EUR").Typed())
			if _, err := w.PreviewClientInvoice(t.Context(), modelstest.AcmeSeller, over); models.KindOf(err) != models.Invalid {
				r.Fatalf("one cent above the share: %v", err)
			}
			var i models.ClientInvoice
			if i, err = w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, e); err != nil {
				r.Fatal(err)
			}
			v, err := w.ClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID)
			if err != nil {
				r.Fatal(err)
			}
			var full, discount, shares int64
			for _, l := range v.Lines {
				if l.FullPrice != l.UnitPrice*int64(l.Seats)*int64(l.Quarters) || l.Discount < 0 || l.Discount > l.FullPrice {
					r.Fatalf("%+v", l)
				}
				full, discount, shares = full+l.FullPrice, discount+l.Discount, shares+l.Share
			}
			tax, err := money.Percentage(i.TaxRate).Of(i.Net())
			after, _ := invoiceOf(t, w, o.ID)
			switch {
			case err != nil || full != i.FullPrice || discount != i.Discount || shares != i.Share || i.Share != share:
				r.Fatalf("lines give %d, %d, %d, the invoice has %+v", full, discount, shares, i)
			case i.Tax != tax.Minor || i.Total != full-discount+tax.Minor:
				r.Fatalf("tax %v of %+v", tax, i)
			case i.Net().Minor != vendor.Net+i.Margin().Minor || i.Margin().Minor < 0:
				r.Fatalf("%v billed, %d due, margin %v", i.Net(), vendor.Net, i.Margin())
			case after.Net != vendor.Net || after.Total != vendor.Total:
				r.Fatal("the discount touched what is due to the vendor")
			}
		})
	}
}

func vendorShare(t *testing.T, w *modelstest.World, invoiceID string) (share int64) {
	t.Helper()
	if err := w.DB.Raw("SELECT SUM(share) FROM invoice_lines WHERE invoice_id = ?", invoiceID).Scan(&share).Error; err != nil {
		t.Fatal(err)
	}
	return share
}

func TestClientInvoicePaidAndOpen(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	o := orderAt(t, w, "100")
	i := clientInvoice(t, w, o.ID, "0")
	read := func() models.ClientInvoice {
		t.Helper()
		v, err := w.ClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		return v.Invoice
	}
	mark := func(day string, version int) error {
		return w.MarkClientInvoicePaid(t.Context(), modelstest.AcmeBilling, i.ID, day, version)
	}
	for _, day := range []string{"", "2026-03-03", "x"} {
		if e, ok := models.Shown(mark(day, 1)); !ok || e.Kind != models.Invalid || e.Fields["paid_on"] == "" {
			t.Errorf("%q: %v", day, e)
		}
	}
	if err := mark("2026-03-01", 1); err != nil {
		t.Fatal(err)
	}
	if got := read(); got.Status(w.Clock.Now()) != models.ClientInvoicePaid || got.PaidOn != "2026-03-01" || *got.PaidBy != modelstest.AcmeBilling.UserID || got.Version != 2 {
		t.Errorf("%+v", got)
	}
	refusedWith(t, mark("2026-03-01", 1), models.Conflict, "changed")
	refusedWith(t, mark("2026-03-01", 2), models.Conflict, "paid")
	refusedWith(t, w.ReopenClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, 1), models.Conflict, "changed")
	if err := w.ReopenClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, 2); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, w.ReopenClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, 3), models.Conflict, "not_paid")
	for at, want := range map[string]models.ClientInvoiceStatus{"2026-03-16T22:59:59Z": models.ClientInvoiceOpen, "2026-03-16T23:00:00Z": models.ClientInvoiceOverdue} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil || read().Status(now) != want {
			t.Errorf("%s: %s, %v", at, read().Status(now), err)
		}
		w.Clock.Set(now)
		for _, state := range models.ClientInvoiceStatuses {
			page, err := w.ClientInvoices(t.Context(), modelstest.AcmeViewer, models.ClientInvoiceFilter{State: state}, models.Paging{})
			if err != nil || (len(page.Items) == 1) != (state == want) {
				t.Errorf("%s lists %d at %s, %v", state, len(page.Items), at, err)
			}
		}
	}
	if n := w.Count(t, "license_terms", "1 = 1"); n != 0 {
		t.Error("what the client pays has activated a licence")
	}
	if err := w.MarkClientInvoicePaid(t.Context(), modelstest.AcmeViewer, i.ID, "2026-03-01", 3); models.KindOf(err) != models.Forbidden {
		t.Errorf("%v", err)
	}
	if err := w.MarkClientInvoicePaid(t.Context(), modelstest.GlobexOwner, i.ID, "2026-03-01", 3); models.KindOf(err) != models.NotFound {
		t.Errorf("%v", err)
	}
	if got := w.Events(t, i.ID); !slices.Equal(got, []string{"client_invoice.issued", "client_invoice.paid", "client_invoice.reopened"}) {
		t.Errorf("%v", got)
	}
}

// Of two who change one invoice at once, one is refused.
func TestClientInvoiceLostUpdate(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	i := clientInvoice(t, w, orderAt(t, w, "100").ID, "0")
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 10, func(n int) error {
		if n%2 == 0 {
			return second(w.CreditClientInvoice(t.Context(), modelstest.AcmeOwner, i.ID, "Wrong", 1))
		}
		return w.MarkClientInvoicePaid(t.Context(), modelstest.AcmeBilling, i.ID, "2026-03-01", 1)
	})
	if ok != 1 || conflict != 9 || len(other) > 0 {
		t.Errorf("%d, %d, %v", ok, conflict, other)
	}
}

func TestCreditClientInvoice(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	o := orderAt(t, w, "100")
	i := clientInvoice(t, w, o.ID, "20")
	if e, ok := models.Shown(second(w.CreditClientInvoice(t.Context(), modelstest.AcmeBilling, i.ID, " ", 1))); !ok || e.Fields["reason"] == "" {
		t.Errorf("%+v", e)
	}
	note, err := w.CreditClientInvoice(t.Context(), modelstest.AcmeBilling, i.ID, "Wrong address", 1)
	if err != nil || note.Number != "INV-CN-2026-00001" || note.Net != 8000 || note.Tax != 1680 || note.Total != 9680 || note.Reason != "Wrong address" {
		t.Fatalf("%+v, %v", note, err)
	}
	v, err := w.ClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID)
	if err != nil || v.CreditNote == nil || v.CreditNote.ID != note.ID || v.Invoice.Status(w.Clock.Now()) != models.ClientInvoiceCredited {
		t.Errorf("%+v, %v", v, err)
	}
	refusedWith(t, second(w.CreditClientInvoice(t.Context(), modelstest.AcmeBilling, i.ID, "Again", 2)), models.Conflict, "credited")
	refusedWith(t, w.MarkClientInvoicePaid(t.Context(), modelstest.AcmeBilling, i.ID, "2026-03-01", 2), models.Conflict, "credited")
	if next := clientInvoice(t, w, o.ID, "50"); next.Number != "INV-2026-00002" { // the whole share is free again
		t.Errorf("%+v", next)
	}
	for _, statement := range []string{"UPDATE client_credit_notes SET reason = 'x'", "DELETE FROM client_credit_notes"} {
		if err := w.DB.Exec(statement).Error; err == nil || !strings.Contains(err.Error(), "never changes") {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestSendClientInvoice(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	i := clientInvoice(t, w, orderAt(t, w, "100").ID, "0")
	to, err := w.SendClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, 1)
	if err != nil || to != "ingrid@initrode.example" || len(w.Jobs(t, "client_invoice_mail")) != 1 {
		t.Fatalf("%s, %v", to, err)
	}
	l, ok, err := w.ClientInvoiceForMail(t.Context(), models.System, models.ClientInvoiceMail{ClientInvoiceID: i.ID, Number: 1})
	if err != nil || !ok || l.To != to || l.Number != i.Number || l.Total != "121.00 EUR" || l.ReplyTo != "sam@acme.example" || !strings.HasPrefix(l.Link, modelstest.BaseURL+"/i/") || l.CreditNote != "" {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	if _, ok, err := w.ClientInvoiceForMail(t.Context(), models.System, models.ClientInvoiceMail{ClientInvoiceID: i.ID, Number: 2}); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	token := strings.TrimSuffix(strings.TrimPrefix(l.Link, modelstest.BaseURL+"/i/"), "/pdf")
	render := func(v models.ClientInvoiceView, which models.ClientPaper, paper models.Paper) ([]byte, error) {
		return []byte(v.Invoice.Number + " " + string(which) + " " + string(paper)), nil
	}
	name, content, err := w.ClientInvoiceFileBehind(t.Context(), modelstest.Visitor, token, models.ClientInvoicePaper, "", render)
	if err != nil || name != i.Number || string(content) != "INV-2026-00001 invoice a4" {
		t.Errorf("%s, %s, %v", name, content, err)
	}
	for _, c := range []struct {
		token string
		which models.ClientPaper
	}{{token + "x", models.ClientInvoicePaper}, {"", models.ClientInvoicePaper}, {i.ID, models.ClientInvoicePaper}, {token, models.ClientCreditNotePaper}} {
		if _, _, err := w.ClientInvoiceFileBehind(t.Context(), modelstest.Visitor, c.token, c.which, "", render); models.KindOf(err) != models.NotFound {
			t.Errorf("%q: %v", c.token, err)
		}
	}
	for n := 2; n <= 10; n++ {
		if _, err := w.SendClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, n); err != nil {
			t.Fatal(err)
		}
	}
	refusedWith(t, second(w.SendClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, 11)), models.Conflict, "sent_often")
	if _, err := w.CreditClientInvoice(t.Context(), modelstest.AcmeBilling, i.ID, "Wrong", 11); err != nil {
		t.Fatal(err)
	}
	if l, ok, err := w.ClientInvoiceForMail(t.Context(), models.System, models.ClientInvoiceMail{ClientInvoiceID: i.ID, Number: 10}); err != nil || !ok || l.CreditNote != "INV-CN-2026-00001" || !strings.HasSuffix(l.Link, "/credit-note") {
		t.Errorf("%+v, %v", l, err)
	}
}

// One order invoiced by 20 people at once gives one invoice; without the lock
// (the negative control) everybody would have found none.
func TestClientInvoiceRace(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	o := orderAt(t, w, "100")
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 20, func(n int) error {
		e := billed(o.ID, "50") // all of the share: two of them would take it twice
		e.RequestKey = fmt.Sprint(n)
		_, err := w.IssueClientInvoice(t.Context(), []models.Actor{modelstest.AcmeOwner, modelstest.AcmeSeller, modelstest.AcmeBilling}[n%3], e)
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 || w.Count(t, "client_invoices", "1 = 1") != 1 {
		t.Errorf("issued %d times, refused %d times, %v", ok, conflict, other)
	}
	if err := w.DB.Exec("INSERT INTO client_invoices SELECT * FROM client_invoices").Error; err == nil {
		t.Error("the database takes a second invoice of one order")
	}
}

// Invoices that are issued at once while a third fails are numbered without a gap
// or a double.
func TestClientInvoiceNumbers(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	const n = 50
	var orders []models.Order
	// A third fails after its number was given: its lines can't be written.
	for i := range n {
		orders = append(orders, orderAt(t, w, []string{"333.33", "100", "100"}[i%3]))
	}
	breakInserts(t, w, "client_invoice_lines", "NEW.unit_price = 33333")
	ok, conflict, other := modelstest.Race(n, func(i int) error {
		return second(w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, billed(orders[i].ID, "1")))
	})
	if ok != n-17 || conflict != 0 || len(other) != 17 {
		t.Fatalf("%d issued, %d refused, %d failed: %v", ok, conflict, len(other), other)
	}
	var numbers []int
	if err := w.DB.Raw("SELECT sequence FROM client_invoices ORDER BY sequence").Scan(&numbers).Error; err != nil {
		t.Fatal(err)
	}
	for i, got := range numbers {
		if got != i+1 {
			t.Fatalf("the numbers are %v", numbers)
		}
	}
	if len(numbers) != ok || w.Count(t, "client_invoice_lines", "1 = 1") != ok {
		t.Errorf("%d numbers", len(numbers))
	}
}

// breakInserts makes the database refuse new rows of a table that meet a condition.
func breakInserts(t *testing.T, w *modelstest.World, table, when string) {
	t.Helper()
	if w.Dialect() == "sqlite" {
		w.Exec(t, "CREATE TRIGGER broken BEFORE INSERT ON "+table+" WHEN "+when+" BEGIN SELECT RAISE(ABORT, 'broken'); END")
		return
	}
	w.Exec(t, "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "+when+" THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$")
	w.Exec(t, "CREATE TRIGGER broken BEFORE INSERT ON "+table+" FOR EACH ROW EXECUTE FUNCTION broken()")
}

// Each account has its own series, and each year.
func TestClientInvoiceSeries(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	orders := []models.Order{orderAt(t, w, "1"), orderAt(t, w, "1"), orderAt(t, w, "1")}
	a := clientInvoice(t, w, orders[0].ID, "0")
	if _, err := w.ChangeBranding(t.Context(), modelstest.AcmeOwner, models.BrandingEntry{Colour: "#000000", Prefix: "NEW", PaymentDays: "0", TaxRate: "0"}); err != nil {
		t.Fatal(err)
	}
	b := clientInvoice(t, w, orders[1].ID, "0")
	w.Clock.Set(time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)) // in Madrid it is the next year
	e := billed(orders[2].ID, "0")
	e.DueOn = "2027-01-01"
	c, err := w.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, e)
	if err != nil || a.Number != "INV-2026-00001" || b.Number != "NEW-2026-00002" || c.Number != "NEW-2027-00001" {
		t.Errorf("%s, %s, %s, %v", a.Number, b.Number, c.Number, err)
	}
}

func picture(t *testing.T, format string, w, h int) []byte {
	t.Helper()
	m := image.NewNRGBA64(image.Rect(0, 0, w, h))
	m.Set(0, 0, color.NRGBA64{R: 0xffff, A: 0x8000})
	var out bytes.Buffer
	var err error
	if format == "png" {
		err = png.Encode(&out, m)
	} else {
		err = jpeg.Encode(&out, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBranding(t *testing.T) {
	w := modelstest.New(t)
	b, err := w.Branding(t.Context(), modelstest.AcmeOwner)
	if err != nil || b.Version != 0 || b.Prefix != "INV" {
		t.Fatalf("%+v, %v", b, err)
	}
	e := b.Entry()
	e.Colour, e.Note = "#ABCDEF", " Thanks "
	file := append(picture(t, "png", 40, 20), "<script>alert(1)</script>"...)
	for _, who := range []models.Actor{modelstest.AcmeSeller, modelstest.AcmeAdmin, modelstest.AcmeBilling, modelstest.VendorAdministrator} {
		if _, err := w.ChangeBranding(t.Context(), who, e); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", who.Name, err)
		}
		if _, err := w.ChangeLogo(t.Context(), who, file, 0); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
	changed, err := w.ChangeBranding(t.Context(), modelstest.AcmeOwner, e)
	if err != nil || changed.Version != 1 || changed.Colour != "#abcdef" || changed.Note != "Thanks" || changed.LogoID != nil {
		t.Fatalf("%+v, %v", changed, err)
	}
	if _, err := w.ChangeLogo(t.Context(), modelstest.AcmeOwner, file, 0); models.KindOf(err) != models.Conflict {
		t.Errorf("%v", err)
	}
	for range 2 { // sent twice
		if changed, err = w.ChangeLogo(t.Context(), modelstest.AcmeOwner, file, 1); err != nil || changed.Version != 2 || changed.LogoID == nil || changed.Note != "Thanks" || w.Count(t, "logos", "1 = 1") != 1 {
			t.Fatalf("%+v, %v", changed, err)
		}
	}
	l, err := w.BrandingLogo(t.Context(), modelstest.AcmeOwner)
	if err != nil || l.Width != 40 || l.Height != 20 || bytes.Contains(l.PNG, []byte("script")) {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err := w.BrandingLogo(t.Context(), modelstest.GlobexOwner); err != nil || l.ID != "" {
		t.Errorf("%+v, %v", l, err)
	}
	if v, err := w.BrandingSample(t.Context(), modelstest.AcmeOwner); err != nil || v.Logo.ID != l.ID || v.Invoice.Note != "Thanks" || v.Invoice.Total != 108000 {
		t.Errorf("%+v, %v", v, err)
	}
	if again, err := w.ChangeBranding(t.Context(), modelstest.AcmeOwner, e); err != nil || again.Version != 2 || again.LogoID == nil { // sent twice
		t.Errorf("%+v, %v", again, err)
	}
	e.Note = "Lost"
	if _, err := w.ChangeBranding(t.Context(), modelstest.AcmeOwner, e); models.KindOf(err) != models.Conflict {
		t.Errorf("an update is lost: %v", err)
	}
	if changed, err := w.ChangeLogo(t.Context(), modelstest.AcmeOwner, nil, 2); err != nil || changed.LogoID != nil || changed.Version != 3 {
		t.Errorf("%+v, %v", changed, err)
	}
	damaged := picture(t, "png", 40, 20)
	damaged[len(damaged)/2] ^= 1
	for field, change := range map[string]func(*models.BrandingEntry){
		"colour":       func(e *models.BrandingEntry) { e.Colour = "red;}" },
		"prefix":       func(e *models.BrandingEntry) { e.Prefix = "A-B" },
		"payment_days": func(e *models.BrandingEntry) { e.PaymentDays = "366" },
		"tax_rate":     func(e *models.BrandingEntry) { e.TaxRate = "x" },
		"bank_details": func(e *models.BrandingEntry) { e.BankDetails = strings.Repeat("x", 1001) },
		"note":         func(e *models.BrandingEntry) { e.Note = strings.Repeat("x", 1001) },
	} {
		e := b.Entry()
		change(&e)
		if p, ok := models.Shown(second(w.ChangeBranding(t.Context(), modelstest.AcmeOwner, e))); !ok || p.Kind != models.Invalid || p.Fields[field] == "" {
			t.Errorf("%s: %+v", field, p)
		}
	}
	for name, logo := range map[string][]byte{
		"text": []byte("hello"), "wide": picture(t, "png", 2001, 1), "high": picture(t, "jpeg", 1, 2001), "damaged": damaged, "large": make([]byte, models.MaxLogoBytes+1),
		"svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "gif": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
	} {
		if p, ok := models.Shown(second(w.ChangeLogo(t.Context(), modelstest.AcmeOwner, logo, 3))); !ok || p.Kind != models.Invalid || p.Fields["logo"] == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if changed, err := w.ChangeLogo(t.Context(), modelstest.AcmeOwner, picture(t, "jpeg", 2000, 100), 3); err != nil || changed.LogoID == nil {
		t.Errorf("%+v, %v", changed, err)
	}
}

func TestLedger(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	alarms := func(id string) (models.LedgerRow, []models.LedgerAlarm) {
		t.Helper()
		page, err := w.Ledger(t.Context(), modelstest.AcmeViewer, models.LedgerFilter{}, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Items {
			if r.OrderID == id {
				return r, r.Alarms()
			}
		}
		t.Fatalf("order %s is not in the ledger", id)
		return models.LedgerRow{}, nil
	}
	check := func(id string, owed, paid, billed, received int64, want ...models.LedgerAlarm) {
		t.Helper()
		r, got := alarms(id)
		if r.OwedMinor != owed || r.PaidMinor != paid || r.BilledMinor != billed || r.ReceivedMinor != received || !slices.Equal(got, want) {
			t.Errorf("%+v rings %v, want %v", r, got, want)
		}
		for _, alarm := range models.LedgerAlarms {
			page, err := w.Ledger(t.Context(), modelstest.AcmeOwner, models.LedgerFilter{Alarm: alarm}, models.Paging{})
			found := slices.ContainsFunc(page.Items, func(r models.LedgerRow) bool { return r.OrderID == id })
			if err != nil || found != slices.Contains(want, alarm) {
				t.Errorf("filtered by %s: %v, %v", alarm, found, err)
			}
		}
		any, err := w.Ledger(t.Context(), modelstest.AcmeOwner, models.LedgerFilter{AnyAlarm: true}, models.Paging{})
		if err != nil || slices.ContainsFunc(any.Items, func(r models.LedgerRow) bool { return r.OrderID == id }) != (len(want) > 0) {
			t.Errorf("with any alarm: %v", err)
		}
	}
	o := orderAt(t, w, "100")
	vendor, _ := invoiceOf(t, w, o.ID)
	check(o.ID, 6050, 0, 0, 0)
	i := clientInvoice(t, w, o.ID, "10")
	check(o.ID, 6050, 0, 10890, 0, models.BilledEarlyAlarm)
	if err := w.MarkClientInvoicePaid(t.Context(), modelstest.AcmeSeller, i.ID, "2026-03-02", 1); err != nil {
		t.Fatal(err)
	}
	check(o.ID, 6050, 0, 10890, 10890, models.BilledEarlyAlarm, models.VendorUnpaidAlarm)
	received(t, w, "a part", "10", vendor.ID, "10")
	check(o.ID, 6050, 1000, 10890, 10890, models.BilledEarlyAlarm, models.VendorUnpaidAlarm)
	received(t, w, "the rest", "50.50", vendor.ID, "50.50")
	check(o.ID, 6050, 6050, 10890, 10890)
	if _, err := w.CreditClientInvoice(t.Context(), modelstest.AcmeSeller, i.ID, "Wrong", 2); err != nil {
		t.Fatal(err)
	}
	check(o.ID, 6050, 6050, 0, 0, models.UnbilledAlarm)
	again := clientInvoice(t, w, o.ID, "10")
	check(o.ID, 6050, 6050, again.Total, 0)

	void := orderAt(t, w, "100")
	clientInvoice(t, w, void.ID, "0")
	if _, err := w.CancelOrder(t.Context(), modelstest.AcmeSeller, void.ID, models.Cancellation{}); err != nil {
		t.Fatal(err)
	}
	check(void.ID, 0, 0, 12100, 0, models.BilledEarlyAlarm)
	sums, err := w.LedgerSums(t.Context(), modelstest.AcmeBilling, models.LedgerFilter{})
	if want := (models.LedgerSums{Currency: "EUR", OwedMinor: 6050, PaidMinor: 6050, BilledMinor: 22990, Orders: 2, BilledEarly: 1}); err != nil || len(sums) != 1 || sums[0] != want {
		t.Errorf("%+v, %v", sums, err)
	}
	free := orderAt(t, w, "0")
	check(free.ID, 0, 0, 0, 0) // active at once, and there is nothing to bill
	for _, who := range []models.Actor{modelstest.AcmeSeller, modelstest.AcmeContact, modelstest.AcmeAdmin, modelstest.VendorFinance} {
		if _, err := w.Ledger(t.Context(), who, models.LedgerFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
	if page, err := w.Ledger(t.Context(), modelstest.GlobexOwner, models.LedgerFilter{}, models.Paging{}); err != nil || len(page.Items) != 0 {
		t.Errorf("%v, %v", page.Items, err)
	}
}

func TestProposal(t *testing.T) {
	w := modelstest.New(t)
	o := request(t, w, asked(studio("2", "4")))
	refusedWith(t, second(w.Proposal(t.Context(), modelstest.AcmeSeller, o.ID, "")), models.Conflict, "settled")
	quoted(t, w, o, "2026-03-31", "100")
	v, err := w.Proposal(t.Context(), modelstest.AcmeSeller, o.ID, "")
	if err != nil || v.Full.Minor != 80000 || v.Total.Minor != 80000 || v.From.Name != "Sam Seller" {
		t.Errorf("%+v, %v", v, err)
	}
	if v, err = w.Proposal(t.Context(), modelstest.AcmeSeller, o.ID, "10 %"); err != nil || v.Full.Minor != 80000 || v.Discount.Minor != 8000 || v.Net.Minor != 72000 || v.Total.Minor != 72000 {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = w.Proposal(t.Context(), modelstest.AcmeSeller, o.ID, "400.01")
	if e := refusedWith(t, err, models.Invalid, ""); !strings.Contains(e.Fields["discount"], "400.00") {
		t.Errorf("%+v", e)
	}
	if _, err := w.Proposal(t.Context(), modelstest.AcmeViewer, o.ID, ""); models.KindOf(err) != models.Forbidden {
		t.Errorf("%v", err)
	}
	if _, err := w.Proposal(t.Context(), modelstest.GlobexOwner, o.ID, ""); models.KindOf(err) != models.NotFound {
		t.Errorf("%v", err)
	}
}

// The dashboard counts what was billed and not taken back, in the months of the
// account's zone; whoever sees no client invoices gets no figures.
func TestRevenueOfMonths(t *testing.T) {
	w := modelstest.New(t)
	onPlan(t, w, models.Silver)
	first := orderAt(t, w, "99.99")
	clientInvoice(t, w, first.ID, "10.00")
	back := clientInvoice(t, w, orderAt(t, w, "500.00").ID, "0")
	if _, err := w.CreditClientInvoice(t.Context(), modelstest.AcmeSeller, back.ID, "A mistake", back.Version); err != nil {
		t.Fatal(err)
	}
	revenue := func(actor models.Actor) []models.Revenue {
		t.Helper()
		d, err := w.Dashboard(t.Context(), actor)
		if err != nil {
			t.Fatal(err)
		}
		return d.Revenue
	}
	got := revenue(modelstest.AcmeSeller)
	if len(got) != 1 || got[0].Billed != money.Of(8999, "EUR") || got[0].Margin != money.Of(4000, "EUR") || len(got[0].Months) != 12 {
		t.Fatalf("%+v", got)
	}
	if last := got[0].Months[11]; last.Billed != got[0].Billed || last.Margin != got[0].Margin || got[0].Months[10].Billed != money.Of(0, "EUR") {
		t.Errorf("%+v", got[0].Months)
	}
	w.Clock.Set(w.Clock.Now().AddDate(0, 3, 0))
	if got := revenue(modelstest.AcmeOwner); len(got) != 1 || got[0].Months[8].Billed != money.Of(8999, "EUR") {
		t.Errorf("three months later: %+v", got)
	}
	if got := revenue(modelstest.GlobexSeller); len(got) != 0 {
		t.Errorf("another account's: %+v", got)
	}
	w.Clock.Set(w.Clock.Now().AddDate(0, 9, 0))
	if got := revenue(modelstest.AcmeOwner); len(got) != 0 {
		t.Errorf("a year later: %+v", got)
	}
}

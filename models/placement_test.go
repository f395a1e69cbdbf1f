package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func placed(t *testing.T, w *modelstest.World, o models.Order) models.Order {
	t.Helper()
	p, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: o.Version})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// invoiceOf is the invoice of an order, as it is stored.
func invoiceOf(t *testing.T, w *modelstest.World, orderID string) (i models.Invoice, lines []models.InvoiceLine) {
	t.Helper()
	if err := w.DB.Where("order_id = ?", orderID).Take(&i).Error; err != nil {
		t.Fatal(err)
	}
	if err := w.DB.Where("invoice_id = ?", i.ID).Order("position").Find(&lines).Error; err != nil {
		t.Fatal(err)
	}
	return i, lines
}

func TestPlaceOrder(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET bank_details = 'IBAN DE00', address = 'Vendor Street 1', tax_id = 'V-1'")
	annex := w.SignAnnex(t, modelstest.Acme)
	o := quoted(t, w, request(t, w, asked(studio("3", "4"), orchestrator("1", "1"))), "2026-03-31", "99.99", "0.01")
	w.Clock.Advance(time.Hour)
	e := models.Placement{PONumber: " PO 7 ", Version: o.Version, RequestKey: "key"}
	got, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, e)
	if err != nil {
		t.Fatal(err)
	}
	now := w.Clock.Now()
	if got.Status(now) != models.OrderPlaced || !got.PlacedAt.Equal(now) || *got.PlacedBy != modelstest.AcmeSeller.UserID || got.Plan != models.Silver || *got.Percentage != 5000 ||
		*got.AnnexID != annex.ID || *got.TermsID != annex.TermsID || got.PONumber != "PO 7" || got.ActivatedAt != nil || got.Kind != models.NewOrder {
		t.Errorf("%+v", got)
	}
	i, lines := invoiceOf(t, w, o.ID)
	vendor, err := w.Vendor(t.Context(), modelstest.AcmeSeller)
	if err != nil {
		t.Fatal(err)
	}
	want := models.Invoice{
		ID: i.ID, AccountID: modelstest.Acme, OrderID: o.ID, Number: "V-2026-00001", Year: 2026, Sequence: 1, IssuedAt: i.IssuedAt, IssuedBy: modelstest.AcmeSeller.UserID,
		IssuedOn: "2026-03-02", DueOn: "2026-03-16", OverdueAt: i.OverdueAt, Currency: "EUR", PONumber: "PO 7", PaymentReference: i.PaymentReference,
		ClientName: "Initrode", VendorLegalName: vendor.LegalName, VendorAddress: "Vendor Street 1", VendorTaxID: "V-1", VendorCountry: vendor.Country, BankDetails: "IBAN DE00",
		LegalName: "Acme Services S.L.", Address: "Calle Mayor 1\n28013 Madrid", TaxID: "ESB12345678", Country: "ES",
		TermsID: annex.TermsID, AnnexID: annex.ID, Percentage: 5000, Net: 59994, TaxRate: 2100, Tax: 12599, Total: 72593,
		Search: i.Search, Version: 1,
	}
	if i != want || !i.IssuedAt.Equal(now) || !i.OverdueAt.Equal(time.Date(2026, 3, 16, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("the invoice is\n%+v, want\n%+v", i, want)
	}
	for n, want := range []models.InvoiceLine{
		{Position: 1, ProductCode: "studio-pro", ProductName: "Studio Pro", Seats: 3, Quarters: 4, UnitPrice: 9999, FullPrice: 119988, Share: 59994, Due: 59994},
		{Position: 2, ProductCode: "orchestrator-saas", ProductName: "Orchestrator SaaS", Seats: 1, Quarters: 1, UnitPrice: 1, FullPrice: 1, Share: 1, Due: 0},
	} {
		l := lines[n]
		want.ID, want.InvoiceID, want.LineID = l.ID, i.ID, l.LineID
		if l != want {
			t.Errorf("line %d: %+v, want %+v", n, l, want)
		}
	}
	var posting models.Posting
	if err := w.DB.Take(&posting).Error; err != nil || posting.Amount != 72593 || posting.Kind != models.InvoicePosting || posting.SubjectID != i.ID || posting.Number != i.Number ||
		*posting.OrderID != o.ID || posting.Day != "2026-03-02" || !posting.At.Equal(now) || posting.Currency != "EUR" || posting.AccountID != modelstest.Acme {
		t.Errorf("%+v, %v", posting, err)
	}
	if again, err := w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, e); err != nil || again.ID != o.ID || w.Count(t, "invoices", "1 = 1") != 1 {
		t.Errorf("sent twice: %v", err)
	}
	if got := strings.Join(w.Events(t, o.ID), " "); !strings.Contains(got, "order.placed") {
		t.Errorf("events: %s", got)
	}
	if n := w.Count(t, "licenses", "1 = 1"); n != 0 {
		t.Errorf("%d licences before anything is paid", n)
	}
}

// What was issued can't be changed, not even by a statement to the database.
func TestIssuedInvoicesAreFrozen(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	placed(t, w, quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10"))
	for _, statement := range []string{
		"UPDATE invoices SET total = total + 1, net = net + 1", "UPDATE invoices SET number = 'V-1'", "UPDATE invoices SET legal_name = 'Other'", "UPDATE invoices SET due_on = '2027-01-01'",
		"DELETE FROM invoice_lines", "UPDATE invoice_lines SET seats = 2", "DELETE FROM invoices", "UPDATE postings SET amount = 1", "DELETE FROM postings",
	} {
		if err := w.DB.Exec(statement).Error; err == nil || !strings.Contains(err.Error(), "never changes") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	w.Exec(t, "UPDATE invoices SET claim_note = 'Paid today'")
}

func TestPlacingRefusals(t *testing.T) {
	w := modelstest.New(t)
	o := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-10", "10")
	place := func(actor models.Actor, version int) error {
		_, err := w.PlaceOrder(t.Context(), actor, o.ID, models.Placement{Version: version, RequestKey: "key"})
		return err
	}
	refusedWith(t, place(modelstest.AcmeSeller, o.Version), models.Conflict, "annex_missing")
	w.SignAnnex(t, modelstest.Acme)
	for _, who := range []models.Actor{modelstest.AcmeViewer, modelstest.AcmeBilling, modelstest.AcmeAdmin, modelstest.AcmeContact, modelstest.VendorFinance} {
		if err := place(who, o.Version); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s places: %v", who.Name, err)
		}
	}
	if err := place(modelstest.GlobexSeller, o.Version); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex places: %v", err)
	}
	refusedWith(t, place(modelstest.AcmeSeller, o.Version-1), models.Conflict, "changed")
	w.Exec(t, "UPDATE accounts SET plan = 'gold' WHERE id = ?", modelstest.Acme)
	refusedWith(t, place(modelstest.AcmeSeller, o.Version), models.Conflict, "annex_stale")
	w.Exec(t, "UPDATE accounts SET plan = '' WHERE id = ?", modelstest.Acme)
	refusedWith(t, place(modelstest.AcmeSeller, o.Version), models.Conflict, "no_plan")
	w.Exec(t, "UPDATE accounts SET plan = 'silver', suspended_at = ?, suspended_by = 'x' WHERE id = ?", w.Clock.Now(), modelstest.Acme)
	refusedWith(t, place(modelstest.AcmeSeller, o.Version), models.Conflict, "suspended")
	w.Exec(t, "UPDATE accounts SET suspended_at = NULL, suspended_by = '' WHERE id = ?", modelstest.Acme)
	w.Exec(t, "UPDATE annexes SET countersigned_at = NULL, countersigned_by = NULL")
	refusedWith(t, place(modelstest.AcmeSeller, o.Version), models.Conflict, "annex_waiting")
	w.Clock.Set(*o.LapsesAt)
	refusedWith(t, place(modelstest.AcmeSeller, o.Version), models.Conflict, "settled")
	if n := w.Count(t, "invoices", "1 = 1") + w.Count(t, "postings", "1 = 1") + w.Count(t, "series", "1 = 1") + w.Count(t, "request_keys", "kind = 'placement'"); n != 0 {
		t.Errorf("refusals have left %d rows", n)
	}
}

// One order placed by 20 people at once gives one invoice.
func TestPlacingRace(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	o := quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10")
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 20, func(i int) error {
		who := modelstest.AcmeSeller
		if i%2 == 1 {
			who = modelstest.AcmeOwner
		}
		_, err := w.PlaceOrder(t.Context(), who, o.ID, models.Placement{Version: o.Version, RequestKey: fmt.Sprint(i)})
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 || w.Count(t, "invoices", "1 = 1") != 1 {
		t.Errorf("placed %d times, refused %d times, %v", ok, conflict, other)
	}
}

// What costs nothing after the share is active at once; a trial's licence goes on.
func TestNothingPayableIsActiveAtOnce(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	trial, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	r := asked(studio("7", "2"), orchestrator("2", "1"))
	r.TrialID = trial.Trial.ID
	before, err := w.Trial(t.Context(), modelstest.AcmeSeller, trial.Trial.ID)
	if err != nil {
		t.Fatal(err)
	}
	o := quoted(t, w, request(t, w, r), "2026-03-31", "0", "0")
	w.Clock.Advance(48 * time.Hour)
	now := w.Clock.Now()
	got := placed(t, w, o)
	if got.Status(now) != models.OrderActive || !got.ActivatedAt.Equal(now) {
		t.Fatalf("%+v", got)
	}
	i, _ := invoiceOf(t, w, o.ID)
	if i.Status(now) != models.InvoicePaid || i.Open().Minor != 0 {
		t.Errorf("%+v", i)
	}
	var terms []models.LicenseTerm
	if err := w.DB.Order("seats DESC").Find(&terms).Error; err != nil || len(terms) != 2 {
		t.Fatalf("%+v, %v", terms, err)
	}
	madrid, _ := time.LoadLocation("Europe/Madrid")
	for n, want := range []struct {
		seats, quarters int
		ends            models.Date
	}{{7, 2, "2026-09-04"}, {2, 1, "2026-06-04"}} {
		var l models.License
		if err := w.DB.Where("id = ?", terms[n].LicenseID).Take(&l).Error; err != nil {
			t.Fatal(err)
		}
		term := terms[n]
		if term.Seats != want.seats || term.Quarters != want.quarters || term.FirstDay != "2026-03-04" || !term.StartsAt.Equal(now) || !term.EndsAt.Equal(want.ends.StartIn(madrid)) ||
			term.OrderID != o.ID || term.AccountID != modelstest.Acme || !term.CreatedAt.Equal(now) || term.EndedAt != nil || term.EndedBy != nil {
			t.Errorf("%+v", term)
		}
		if l.Seats != want.seats || !l.EndsAt.Equal(term.EndsAt) || l.Status(now) != models.LicenseActive || models.SeatsAt(terms[n:n+1], now) != want.seats || models.SeatsAt(terms[n:n+1], term.EndsAt) != 0 {
			t.Errorf("%+v", l)
		}
		if n == 0 && (l.ID != before.License.ID || l.Key != before.License.Key) {
			t.Errorf("the trial's licence has not gone on: %+v", l)
		}
	}
	v, err := w.Trial(t.Context(), modelstest.AcmeSeller, trial.Trial.ID)
	if err != nil || v.Trial.Status(now) != models.TrialConverted {
		t.Errorf("%+v, %v", v.Trial, err)
	}
}

// Whoever checks a payment reference as ISO 11649 says finds it right.
func TestPaymentReference(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	for range 3 {
		placed(t, w, quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10"))
	}
	var all []models.Invoice
	if err := w.DB.Order("sequence").Find(&all).Error; err != nil {
		t.Fatal(err)
	}
	for n, i := range all {
		if want := fmt.Sprintf("V-2026-%05d", n+1); i.Number != want || !strings.HasPrefix(i.PaymentReference, "RF") || !strings.HasSuffix(i.PaymentReference, strings.ReplaceAll(want, "-", "")) {
			t.Errorf("%s, %s", i.Number, i.PaymentReference)
		}
		if got := mod97(i.PaymentReference[4:] + i.PaymentReference[:4]); got != 1 {
			t.Errorf("%s leaves %d of 97", i.PaymentReference, got)
		}
	}
}

func mod97(s string) (rest int) {
	for _, r := range s {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest
}

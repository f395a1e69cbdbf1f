package models_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func vendorReader(t *testing.T, w *modelstest.World) models.Actor {
	t.Helper()
	_, secret := newToken(t, w, modelstest.VendorAdministrator, "read")
	return bearerOf(t, w, secret)
}

// follow reads the stream to its end.
func follow(t *testing.T, s *models.Store, who models.Actor, after int64, size int) []models.Entitlement {
	t.Helper()
	var all []models.Entitlement
	for {
		changes, more, err := s.Entitlements(t.Context(), who, after, size)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range changes {
			if e.Position != after+1 {
				t.Errorf("position %d follows %d", e.Position, after)
			}
			after = e.Position
		}
		all = append(all, changes...)
		if !more {
			return all
		}
	}
}

// TestEntitlementsTellEveryChange of a licence, and nothing else.
func TestEntitlementsTellEveryChange(t *testing.T) {
	w := modelstest.New(t)
	reader := vendorReader(t, w)
	issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	first := follow(t, w.Store, reader, 0, 100)
	if len(first) != 1 {
		t.Fatalf("after issue: %+v", first)
	}
	e := first[0]
	if e.LicenseID != issued.Trial.LicenseID || e.AccountID != modelstest.Acme || e.ClientID != modelstest.AcmeClient || e.Company != "Initrode" || e.ProductCode != "studio-pro" || e.Seats != 1 ||
		!e.StartsAt.Equal(modelstest.Now) || !e.EndsAt.Equal(issued.Trial.EndsAt) || !e.IsTrial || e.Status(w.Now()) != models.LicenseActive || len(e.Terms) != 0 || e.RevokedAt != nil || e.SuspendedAt != nil || e.UnpaidSince != nil {
		t.Errorf("the trial is %+v", e)
	}
	changes := []string{"seats = 3", "ends_at = '2027-01-01 00:00:00+00:00'", "suspended_at = '2026-03-02 11:00:00+00:00'", "suspended_at = NULL", "unpaid_since = '2026-03-02 11:00:00+00:00'", "unpaid_since = NULL", "starts_at = '2026-03-01 00:00:00+00:00'"}
	for _, change := range changes {
		w.Exec(t, "UPDATE licenses SET "+change+" WHERE id = ?", e.LicenseID)
	}
	for _, nothing := range []string{"seats = 3", "page_generation = 9", "suspended_at = NULL"} {
		w.Exec(t, "UPDATE licenses SET "+nothing+" WHERE id = ?", e.LicenseID)
	}
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID, ""); err != nil {
		t.Fatal(err)
	}
	later := follow(t, w.Store, reader, e.Position, 2)
	if len(later) != len(changes)+1 {
		t.Errorf("%d changes are told, want %d", len(later), len(changes)+1)
	}
	for _, e := range later {
		if e.Status(w.Now()) != models.LicenseRevoked || e.Seats != 3 {
			t.Errorf("it is not as it is now: %+v", e)
		}
	}
	for name, who := range modelstest.Cast {
		if _, _, err := w.Entitlements(t.Context(), who, 0, 1); (err == nil) != who.IsStaff() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEntitlementsOfPaidTerms: a term that was paid or ended is a change.
func TestEntitlementsOfPaidTerms(t *testing.T) {
	w := modelstest.New(t)
	reader := vendorReader(t, w)
	w.SignAnnex(t, modelstest.Acme)
	license := activeLicense(t, w)
	all := follow(t, w.Store, reader, 0, 100)
	last := all[len(all)-1]
	if last.LicenseID != license || len(last.Terms) != 1 || last.Terms[0].Seats != 10 || last.Seats != 10 || last.IsTrial {
		t.Fatalf("after payment: %+v", last)
	}
	w.Exec(t, "UPDATE license_terms SET ended_at = ?, ended_by = ? WHERE license_id = ?", modelstest.Now.Add(time.Hour), modelstest.VendorFinance.UserID, license)
	if later := follow(t, w.Store, reader, last.Position, 100); len(later) != 1 || later[0].Terms[0].EndedAt == nil {
		t.Errorf("after a term ended early: %+v", later)
	}
}

// activeLicense orders ten seats of Studio Pro for Acme's client and pays them.
func activeLicense(t *testing.T, w *modelstest.World) string {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, models.PriceRequest{ClientID: modelstest.AcmeClient, Lines: []models.LineEntry{{Product: "studio-pro", Seats: "10", Quarters: "4"}}})
	must(err)
	_, err = w.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, models.QuoteEntry{UnitPrices: []string{"100"}, ValidUntil: "2026-03-31", Version: 1})
	must(err)
	_, err = w.PlaceOrder(t.Context(), modelstest.AcmeSeller, o.ID, models.Placement{Version: 2})
	must(err)
	var invoice models.Invoice
	must(w.DB.Where("order_id = ?", o.ID).Take(&invoice).Error)
	_, err = w.PayInvoice(t.Context(), modelstest.VendorFinance, invoice.ID, models.PaymentEntry{Amount: invoice.Amount(invoice.Total).Typed(), Method: models.BankTransfer, Reference: "R", ReceivedOn: "2026-03-01"})
	must(err)
	v, err := w.Order(t.Context(), modelstest.AcmeSeller, o.ID)
	must(err)
	return *v.Lines[0].LicenseID
}

// TestEntitlementsAreNotSkipped: what commits late appears late, and not before
// a position that somebody has read.
func TestEntitlementsAreNotSkipped(t *testing.T) {
	w := modelstest.New(t)
	if w.Dialect() == "sqlite" {
		t.Log("SQLite has one writer: what is written first commits first")
	}
	reader := vendorReader(t, w)
	early, late := newLicense(t, w, 1), newLicense(t, w, 2)
	after := int64(len(follow(t, w.Store, reader, 0, 100)))
	if w.Dialect() == "sqlite" {
		w.Exec(t, "UPDATE licenses SET seats = 7 WHERE id = ?", early)
		w.Exec(t, "UPDATE licenses SET seats = 7 WHERE id = ?", late)
		if all := follow(t, w.Store, reader, after, 100); len(all) != 2 || all[0].LicenseID != early || all[1].LicenseID != late {
			t.Errorf("%+v", all)
		}
		return
	}
	open := w.DB.Begin()
	if err := open.Exec("UPDATE licenses SET seats = 7 WHERE id = ?", early).Error; err != nil {
		t.Fatal(err)
	}
	w.Exec(t, "UPDATE licenses SET seats = 7 WHERE id = ?", late)
	seen := follow(t, w.Store, reader, after, 100)
	if len(seen) != 1 || seen[0].LicenseID != late {
		t.Fatalf("before the commit: %+v", seen)
	}
	// Whoever went by the order of writing would now be past what comes.
	var written []string
	if err := w.DB.Raw("SELECT license_id FROM entitlement_changes WHERE id > (SELECT MAX(id) FROM entitlement_changes WHERE license_id = ?)", late).Scan(&written).Error; err != nil || len(written) != 0 {
		t.Fatalf("the race is not lost without positions: %v %v", written, err)
	}
	if err := open.Commit().Error; err != nil {
		t.Fatal(err)
	}
	if seen = follow(t, w.Store, reader, seen[0].Position, 100); len(seen) != 1 || seen[0].LicenseID != early {
		t.Errorf("after the commit: %+v", seen)
	}
}

func newLicense(t *testing.T, w *modelstest.World, n int) string {
	t.Helper()
	issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: fmt.Sprintf("Client %d", n), Email: fmt.Sprintf("boss@client%d.example", n)}})
	if err != nil {
		t.Fatal(err)
	}
	return issued.Trial.LicenseID
}

// TestManyFollowEntitlements while licences change, on two replicas: each sees
// every change, once and in the same order.
func TestManyFollowEntitlements(t *testing.T) {
	w := modelstest.New(t)
	reader, replica := vendorReader(t, w), w.Replica(t)
	w.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000 WHERE plan = 'silver'")
	const licenses = 30
	done := make(chan struct{})
	seen := make([][]string, 4)
	var readers, writers sync.WaitGroup
	for i := range seen {
		readers.Go(func() {
			store, after := w.Store, int64(0)
			if i%2 == 1 {
				store = replica
			}
			for {
				var finished bool
				select {
				case <-done:
					finished = true
				default:
				}
				for _, e := range follow(t, store, reader, after, 7) {
					after, seen[i] = e.Position, append(seen[i], fmt.Sprint(e.Position, " ", e.LicenseID))
				}
				if finished {
					return
				}
			}
		})
	}
	for n := range licenses {
		writers.Go(func() { newLicense(t, w, n) })
	}
	writers.Wait()
	close(done)
	readers.Wait()
	for i, s := range seen {
		if len(s) != licenses || !slices.Equal(s, seen[0]) {
			t.Errorf("reader %d saw %d changes, or others than the first", i, len(s))
		}
	}
}

package models_test

import (
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func vendorProfile() models.VendorEntry {
	return models.VendorEntry{Vendor: models.Vendor{
		Name: "Robotics", LegalName: "Robotics Inc.", Address: "1 Way\n\nTown", TaxID: "T1", Country: "US", Website: "https://robotics.example",
		CustomerSuccessName: "The team", CustomerSuccessEmail: "team@robotics.example", CustomerSuccessPhone: "+1 555 0100", CustomerSuccessHours: "9 to 5",
		TimeZone: "Europe/Madrid", BankDetails: "Bank\nIBAN DE00", Version: 1,
	}, CreditNoteLimit: "250", GraceDays: "7", ExtraDeactivations: "3"}
}

func TestVendorChanges(t *testing.T) {
	w := modelstest.New(t)
	if _, err := w.ChangeVendor(t.Context(), modelstest.VendorAdministrator, vendorProfile()); err != nil {
		t.Fatal(err)
	}
	got, err := w.Vendor(t.Context(), modelstest.Visitor)
	want := vendorProfile().Vendor
	want.ID, want.Version, want.UpdatedAt, want.CreditNoteLimit, want.GraceDays, want.ExtraDeactivations = 1, 2, got.UpdatedAt, 25000, 7, 3
	if err != nil || got != want || !got.UpdatedAt.Equal(modelstest.Now) {
		t.Errorf("vendor = %+v, want %+v (%v)", got, want, err)
	}
	if again, err := w.ChangeVendor(t.Context(), modelstest.VendorAdministrator, vendorProfile()); err != nil || again.Version != 2 {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	other := vendorProfile()
	other.Name = "Another"
	_, err = w.ChangeVendor(t.Context(), modelstest.VendorAdministrator, other)
	wantProblem(t, "the second editor", err, models.Conflict, "")
	if events := w.Events(t, "vendor"); len(events) != 1 || events[0] != "vendor.changed" {
		t.Errorf("events = %v", events)
	}
}

func TestVendorIsRefused(t *testing.T) {
	w := modelstest.New(t)
	for field, change := range map[string]func(*models.VendorEntry){
		"name":                   func(v *models.VendorEntry) { v.Name = "" },
		"legal_name":             func(v *models.VendorEntry) { v.LegalName = long(201) },
		"address":                func(v *models.VendorEntry) { v.Address = long(1001) },
		"tax_id":                 func(v *models.VendorEntry) { v.TaxID = long(101) },
		"country":                func(v *models.VendorEntry) { v.Country = "Spain" },
		"website":                func(v *models.VendorEntry) { v.Website = "javascript:1" },
		"customer_success_name":  func(v *models.VendorEntry) { v.CustomerSuccessName = " " },
		"customer_success_email": func(v *models.VendorEntry) { v.CustomerSuccessEmail = "team@" },
		"customer_success_phone": func(v *models.VendorEntry) { v.CustomerSuccessPhone = long(101) },
		"customer_success_hours": func(v *models.VendorEntry) { v.CustomerSuccessHours = long(201) },
		"bank_details":           func(v *models.VendorEntry) { v.BankDetails = long(1001) },
		"credit_note_limit":      func(v *models.VendorEntry) { v.CreditNoteLimit = "much" },
		"grace_days":             func(v *models.VendorEntry) { v.GraceDays = "15" },
		"time_zone":              func(v *models.VendorEntry) { v.TimeZone = "Local" },
	} {
		v := vendorProfile()
		change(&v)
		_, err := w.ChangeVendor(t.Context(), modelstest.VendorAdministrator, v)
		wantProblem(t, field, err, models.Invalid, field)
	}
}

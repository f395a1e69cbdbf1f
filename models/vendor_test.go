package models_test

import (
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func vendorProfile() models.Vendor {
	return models.Vendor{
		Name: "Robotics", LegalName: "Robotics Inc.", Address: "1 Way\n\nTown", TaxID: "T1", Country: "US", Website: "https://robotics.example",
		CustomerSuccessName: "The team", CustomerSuccessEmail: "team@robotics.example", CustomerSuccessPhone: "+1 555 0100", CustomerSuccessHours: "9 to 5",
		TimeZone: "Europe/Madrid", Version: 1,
	}
}

func TestVendorChanges(t *testing.T) {
	w := modelstest.New(t)
	if _, err := w.ChangeVendor(t.Context(), modelstest.VendorAdministrator, vendorProfile()); err != nil {
		t.Fatal(err)
	}
	got, err := w.Vendor(t.Context(), modelstest.Visitor)
	want := vendorProfile()
	want.ID, want.Version, want.UpdatedAt, want.CreditNoteLimit = 1, 2, got.UpdatedAt, 100000
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
	for field, change := range map[string]func(*models.Vendor){
		"name":                   func(v *models.Vendor) { v.Name = "" },
		"legal_name":             func(v *models.Vendor) { v.LegalName = long(201) },
		"address":                func(v *models.Vendor) { v.Address = long(1001) },
		"tax_id":                 func(v *models.Vendor) { v.TaxID = long(101) },
		"country":                func(v *models.Vendor) { v.Country = "Spain" },
		"website":                func(v *models.Vendor) { v.Website = "javascript:1" },
		"customer_success_name":  func(v *models.Vendor) { v.CustomerSuccessName = " " },
		"customer_success_email": func(v *models.Vendor) { v.CustomerSuccessEmail = "team@" },
		"customer_success_phone": func(v *models.Vendor) { v.CustomerSuccessPhone = long(101) },
		"customer_success_hours": func(v *models.Vendor) { v.CustomerSuccessHours = long(201) },
		"time_zone":              func(v *models.Vendor) { v.TimeZone = "Local" },
	} {
		v := vendorProfile()
		change(&v)
		_, err := w.ChangeVendor(t.Context(), modelstest.VendorAdministrator, v)
		wantProblem(t, field, err, models.Invalid, field)
	}
}

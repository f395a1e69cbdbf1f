package models_test

import (
	"testing"
	"time"

	"reselling/models"
)

// TestRowsByHandAreGORMs compares every column of every table of a lived-in
// portal, read and inserted by hand and by GORM.
func TestRowsByHandAreGORMs(t *testing.T) {
	w, _ := demoWorld(t, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	differences, compared := w.RowsDiffer(t.Context(), models.System)
	for _, err := range differences {
		t.Error(err)
	}
	for _, table := range []string{"accounts", "clients", "events", "invoices", "licenses", "memberships", "orders", "trials", "users"} {
		if compared[table] < 3 {
			t.Errorf("only %d rows of %s were compared", compared[table], table)
		}
	}
}

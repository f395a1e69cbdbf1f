package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func terms(from string) models.TermsEntry {
	return models.TermsEntry{Plan: models.Silver, HoldsFrom: from, TrialDays: "21", TrialsPerMonth: "6", Percentage: "52,5 %", Note: "Agreed in spring", RequestKey: "k-" + from}
}

func TestTermsHoldFromTheirDayAndHistoryStays(t *testing.T) {
	w := modelstest.New(t)
	added, err := w.AddTerms(t.Context(), modelstest.VendorAdministrator, terms("2026-03-10"))
	if err != nil {
		t.Fatal(err)
	}
	if added.Percentage != 5250 || added.TrialDays != 21 || added.TrialsPerMonth != 6 || added.CreatedBy != modelstest.VendorAdministrator.UserID || added.Note != "Agreed in spring" {
		t.Errorf("terms = %+v", added)
	}
	for _, c := range []struct {
		day      string
		days     int
		upcoming int
		past     int
	}{{"2026-03-09", 14, 1, 0}, {"2026-03-10", 21, 0, 1}} {
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Set(day.Add(12 * time.Hour))
		h, err := w.PlanHistory(t.Context(), modelstest.VendorSupport, models.Silver)
		if err != nil {
			t.Fatal(err)
		}
		if h.InForce.TrialDays != c.days || len(h.Upcoming) != c.upcoming || len(h.Past) != c.past || h.Accounts != 1 {
			t.Errorf("on %s: in force %+v, %d upcoming, %d past, %d accounts", c.day, h.InForce, len(h.Upcoming), len(h.Past), h.Accounts)
		}
	}
	if got := w.Events(t, added.ID); len(got) != 1 || got[0] != "terms.added" {
		t.Errorf("events = %v", got)
	}
}

func TestTermsSentTwiceAreAddedOnce(t *testing.T) {
	w := modelstest.New(t)
	ok, conflict, other := modelstest.Race(10, func(int) error {
		_, err := w.AddTerms(t.Context(), modelstest.VendorAdministrator, terms("2026-03-10"))
		return err
	})
	if ok != 10 || conflict != 0 || len(other) != 0 {
		t.Errorf("ok %d, conflict %d, other %v", ok, conflict, other)
	}
	if n := w.Count(t, "plan_terms", "plan = 'silver'"); n != 2 {
		t.Errorf("%d terms of Silver, want 2", n)
	}
}

func TestTermsAreRefused(t *testing.T) {
	w := modelstest.New(t)
	// It is the 1st of March in New York, where the vendor is, and the 2nd in UTC.
	w.Clock.Set(time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC))
	for name, c := range map[string]struct {
		change func(*models.TermsEntry)
		kind   models.Kind
		field  string
	}{
		"yesterday":         {func(e *models.TermsEntry) { e.HoldsFrom = "2026-02-28" }, models.Invalid, "holds_from"},
		"no day":            {func(e *models.TermsEntry) { e.HoldsFrom = "soon" }, models.Invalid, "holds_from"},
		"far day":           {func(e *models.TermsEntry) { e.HoldsFrom = "2999-01-01" }, models.Invalid, "holds_from"},
		"no trial days":     {func(e *models.TermsEntry) { e.TrialDays = "0" }, models.Invalid, "trial_days"},
		"negative trials":   {func(e *models.TermsEntry) { e.TrialsPerMonth = "-1" }, models.Invalid, "trials_per_month"},
		"over 100 percent":  {func(e *models.TermsEntry) { e.Percentage = "100.01" }, models.Invalid, "percentage"},
		"three decimals":    {func(e *models.TermsEntry) { e.Percentage = "10.125" }, models.Invalid, "percentage"},
		"percent in words":  {func(e *models.TermsEntry) { e.Percentage = "1e1" }, models.Invalid, "percentage"},
		"long note":         {func(e *models.TermsEntry) { e.Note = long(1001) }, models.Invalid, "note"},
		"another plan":      {func(e *models.TermsEntry) { e.Plan = "platinum" }, models.NotFound, ""},
		"a day that is had": {func(e *models.TermsEntry) { e.HoldsFrom = "2026-03-05"; e.RequestKey = "other" }, models.Conflict, "holds_from"},
	} {
		if name == "a day that is had" {
			if _, err := w.AddTerms(t.Context(), modelstest.VendorAdministrator, terms("2026-03-05")); err != nil {
				t.Fatal(err)
			}
		}
		e := terms("2026-03-10")
		c.change(&e)
		_, err := w.AddTerms(t.Context(), modelstest.VendorAdministrator, e)
		wantProblem(t, name, err, c.kind, c.field)
	}
	if _, err := w.AddTerms(t.Context(), modelstest.VendorAdministrator, terms("2026-03-01")); err != nil {
		t.Errorf("today in the vendor's zone is refused: %v", err)
	}
}

func TestTermsAreWithdrawnOnlyBeforeTheyHoldAnywhere(t *testing.T) {
	w := modelstest.New(t)
	added, err := w.AddTerms(t.Context(), modelstest.VendorAdministrator, terms("2026-03-10"))
	if err != nil {
		t.Fatal(err)
	}
	// The 10th begins on Kiritimati, 14 hours ahead of UTC.
	w.Clock.Set(time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC))
	_, err = w.WithdrawTerms(t.Context(), modelstest.VendorAdministrator, models.Silver, added.ID)
	wantProblem(t, "once they hold", err, models.Conflict, "")
	w.Clock.Set(time.Date(2026, 3, 9, 9, 59, 0, 0, time.UTC))
	_, err = w.WithdrawTerms(t.Context(), modelstest.VendorAdministrator, models.Gold, added.ID)
	wantProblem(t, "of another plan", err, models.NotFound, "")
	if _, err = w.WithdrawTerms(t.Context(), modelstest.VendorAdministrator, models.Silver, added.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.Count(t, "plan_terms", "id = ?", added.ID); n != 0 {
		t.Error("the terms are still there")
	}
	if got := w.Events(t, added.ID); len(got) != 2 || got[1] != "terms.withdrawn" {
		t.Errorf("events = %v", got)
	}
}

package models_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// remindLicenses runs the job and returns whom it has written to since the last time: "client" or user ids.
func remindLicenses(t *testing.T, w *modelstest.World) (told []string) {
	t.Helper()
	before := len(w.Jobs(t, "license_ending_mail"))
	if _, err := w.RemindLicenses(t.Context(), models.System); err != nil {
		t.Fatal(err)
	}
	for _, args := range w.Jobs(t, "license_ending_mail")[before:] {
		_, user, found := strings.Cut(args, `"user_id":"`)
		if !found {
			told = append(told, "client")
			continue
		}
		user, _, _ = strings.Cut(user, `"`)
		told = append(told, user)
	}
	slices.Sort(told)
	return told
}

var everyReader = []string{modelstest.AcmeOwner.UserID, modelstest.AcmeSeller.UserID, "client"}

// A paid licence reminds 30, 14 and 3 days before its end, each once, and not at
// other times; what was slept through is passed over, and nothing comes after the end.
func TestRemindLicenses(t *testing.T) {
	slices.Sort(everyReader)
	w := modelstest.New(t)
	l := bought(t, w)
	day := 24 * time.Hour
	for _, step := range []struct {
		before time.Duration // the end
		tells  bool
	}{
		{31 * day, false}, {30*day + time.Second, false}, {30 * day, true}, {30*day - time.Hour, false}, {14*day + time.Second, false},
		{14 * day, true}, {10 * day, false}, {3 * day, true}, {day, false}, {0, false}, {-day, false},
	} {
		w.Clock.Set(l.EndsAt.Add(-step.before))
		want := everyReader
		if !step.tells {
			want = nil
		}
		if got := remindLicenses(t, w); !slices.Equal(got, want) {
			t.Errorf("%s before the end: %v", step.before, got)
		}
		if got := remindLicenses(t, w); got != nil {
			t.Errorf("%s before the end, once more: %v", step.before, got)
		}
	}
	late := modelstest.New(t)
	l = bought(t, late)
	late.Clock.Set(l.EndsAt.Add(-2 * day)) // nothing has run for weeks
	if got := remindLicenses(t, late); !slices.Equal(got, everyReader) || late.Count(t, "license_reminders", "outcome = 'passed_over' AND days > 3") != 2 {
		t.Errorf("late: %v", got)
	}
}

// A renewal gives the licence another end, with reminders of its own.
func TestRemindRenewedLicense(t *testing.T) {
	w := modelstest.New(t)
	l := bought(t, w)
	w.Clock.Set(l.EndsAt.AddDate(0, 0, -20))
	if got := remindLicenses(t, w); len(got) != 3 {
		t.Fatal(got)
	}
	i := renewal(t, w, l.ID, "2026-12-31")
	received(t, w, "second", i.Amount(i.Total).Typed(), i.ID, i.Amount(i.Total).Typed())
	w.Clock.Set(l.EndsAt.AddDate(0, 0, -3))
	if got := remindLicenses(t, w); got != nil {
		t.Errorf("of the old end: %v", got)
	}
	var renewed models.License
	if err := w.DB.Take(&renewed).Error; err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(renewed.EndsAt.AddDate(0, 0, -30))
	if got := remindLicenses(t, w); len(got) != 3 {
		t.Errorf("of the new end: %v", got)
	}
}

func TestNobodyIsRemindedOf(t *testing.T) {
	for name, spoil := range map[string]string{
		"a revoked licence":   "UPDATE licenses SET revoked_at = created_at",
		"a suspended licence": "UPDATE licenses SET suspended_at = created_at",
		"an archived client":  "UPDATE clients SET archived_at = created_at",
		"a credited term":     "UPDATE license_terms SET ended_at = created_at, ended_by = '" + modelstest.VendorFinance.UserID + "'",
	} {
		w := modelstest.New(t)
		l := bought(t, w)
		w.Clock.Set(l.EndsAt.AddDate(0, 0, -30))
		w.Exec(t, spoil)
		if got := remindLicenses(t, w); got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	w := modelstest.New(t)
	trial := issue(t, w, modelstest.AcmeSeller, trialFor(1))
	w.Clock.Set(trial.Trial.EndsAt.AddDate(0, 0, -3))
	if got := remindLicenses(t, w); got != nil {
		t.Errorf("a trial: %v", got)
	}
}

// Many workers on two processes remind once.
func TestRemindLicensesRace(t *testing.T) {
	w := modelstest.New(t)
	l := bought(t, w)
	w.Clock.Set(l.EndsAt.AddDate(0, 0, -30))
	stores := []*models.Store{w.Store, w.Replica(t)}
	_, _, other := modelstest.Race(10, func(n int) error {
		_, err := stores[n%2].RemindLicenses(t.Context(), models.System)
		return err
	})
	if len(other) > 0 || len(w.Jobs(t, "license_ending_mail")) != 3 {
		t.Errorf("%v, %v", w.Jobs(t, "license_ending_mail"), other)
	}
}

func TestLicenseEndingLetters(t *testing.T) {
	w := modelstest.New(t)
	l := bought(t, w)
	w.Clock.Set(l.EndsAt.AddDate(0, 0, -14))
	letter := func(userID string) (models.LicenseEndingLetter, bool) {
		t.Helper()
		got, ok, err := w.LicenseEndingForMail(t.Context(), models.System, models.LicenseEndingMail{LicenseID: l.ID, UserID: userID, EndsAt: l.EndsAt.UnixMicro(), Days: 14})
		if err != nil {
			t.Fatal(err)
		}
		return got, ok
	}
	if got, ok := letter(""); !ok || !got.ForClient || got.To != "ingrid@initrode.example" || got.DaysLeft != 14 || got.Seats != 1 || !strings.Contains(got.Link, "/l/") || got.RenewalLink != "" || got.ContactEmail == "" {
		t.Errorf("%+v", got)
	}
	seller := modelstest.AcmeSeller.UserID
	if got, ok := letter(seller); !ok || got.To != modelstest.AcmeSeller.Email || !strings.HasSuffix(got.Link, "/licenses/"+l.ID) || got.RenewalLink != "" {
		t.Errorf("%+v", got)
	}
	if _, ok := letter(modelstest.GlobexSeller.UserID); ok {
		t.Error("another account's Seller is told")
	}
	i := renewal(t, w, l.ID, "2026-12-31")
	if got, ok := letter(seller); !ok || !strings.HasSuffix(got.RenewalLink, "/orders/"+i.OrderID) {
		t.Errorf("%+v", got)
	}
	if err := w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, []models.Notice{models.TrialHasEnded}); err != nil {
		t.Fatal(err)
	}
	if _, ok := letter(seller); ok {
		t.Error("who does not want it gets it")
	}
	w.Exec(t, "UPDATE licenses SET page_revoked_at = created_at")
	if _, ok := letter(""); ok {
		t.Error("the client is sent to a page that is off")
	}
	w.Clock.Set(l.EndsAt)
	if _, ok := letter(modelstest.AcmeOwner.UserID); ok {
		t.Error("an ended licence ends soon")
	}
}

package models_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

const reminderDay = 24 * time.Hour

func remind(t *testing.T, s *models.Store) int {
	t.Helper()
	n, err := s.Remind(t.Context(), models.System)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// reminders are those queued so far, as "client 7" and "member 7", in their order.
func reminders(t *testing.T, w *modelstest.World) []string {
	t.Helper()
	var rows []struct{ Kind, Args string }
	if err := w.DB.Raw("SELECT kind, CAST(args AS TEXT) AS args FROM river_job WHERE kind IN ('client_reminder_mail', 'trial_reminder_mail') ORDER BY id").Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range rows {
		who := map[string]string{"client_reminder_mail": "client", "trial_reminder_mail": "member"}[r.Kind]
		all = append(all, fmt.Sprintf("%s %d", who, reminderArgs(t, r.Args).Days))
	}
	return all
}

func outcomes(t *testing.T, w *modelstest.World) []string {
	t.Helper()
	var all []string
	if err := w.DB.Raw("SELECT reader || ' ' || CAST(days AS TEXT) || ' ' || outcome FROM trial_reminders ORDER BY ends_at, reader, days DESC").Scan(&all).Error; err != nil {
		t.Fatal(err)
	}
	return all
}

func wantReminders(t *testing.T, w *modelstest.World, what string, want ...string) {
	t.Helper()
	if got := reminders(t, w); !slices.Equal(got, want) {
		t.Errorf("%s: reminders %q, want %q", what, got, want)
	}
}

func silverTrial(t *testing.T, w *modelstest.World) models.Trial {
	t.Helper()
	return issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient}).Trial
}

func TestRemindersOfATrial(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	var want []string
	for _, step := range []int{7, 3, 1, 0} {
		at := trial.EndsAt.Add(-time.Duration(step) * reminderDay)
		w.Clock.Set(at.Add(-time.Microsecond))
		if n := remind(t, w.Store); n != 0 {
			t.Errorf("%d days before, less a moment: %d reminders", step, n)
		}
		w.Clock.Set(at)
		for range 2 {
			remind(t, w.Store)
		}
		want = append(want, fmt.Sprintf("client %d", step), fmt.Sprintf("member %d", step))
		wantReminders(t, w, fmt.Sprintf("%d days before", step), want...)
	}
	w.Clock.Advance(30 * reminderDay)
	if n := remind(t, w.Store); n != 0 {
		t.Errorf("long after: %d reminders", n)
	}
	// The row is what keeps a reminder from being sent again.
	w.Clock.Set(trial.EndsAt)
	w.Exec(t, "DELETE FROM trial_reminders")
	if n := remind(t, w.Store); n != 2 {
		t.Errorf("without the rows %d reminders, want 2", n)
	}
}

func TestRemindersAfterDowntime(t *testing.T) {
	for _, tt := range []struct {
		late time.Duration // after the step of 7 days
		want []string
	}{
		{0, []string{"client 7", "member 7"}},
		{3 * reminderDay, []string{"client 7", "member 7"}},
		{4 * reminderDay, []string{"client 3", "member 3"}},
		{6*reminderDay + time.Hour, []string{"client 1", "member 1"}},
		{8 * reminderDay, []string{"client 0", "member 0"}},
		{20 * reminderDay, []string{"client 0", "member 0"}},
		{21 * reminderDay, nil}, // two weeks after the end it is no news
	} {
		w := modelstest.New(t)
		trial := silverTrial(t, w)
		w.Clock.Set(trial.EndsAt.Add(-7 * reminderDay).Add(tt.late))
		remind(t, w.Store)
		wantReminders(t, w, tt.late.String(), tt.want...)
		w.Clock.Advance(time.Hour)
		if n := remind(t, w.Store); n != 0 {
			t.Errorf("%s late: what was passed over comes after all: %q", tt.late, reminders(t, w))
		}
		for _, o := range outcomes(t, w) {
			if passed := strings.HasSuffix(o, " passed_over"); passed == slices.Contains(tt.want, strings.TrimSuffix(o, " queued")) {
				t.Errorf("%s late: %s", tt.late, o)
			}
		}
	}
}

// A Bronze trial lasts 7 days: that reminder would come at its start.
func TestNoReminderAtTheStart(t *testing.T) {
	w := modelstest.New(t)
	trial := issue(t, w, modelstest.GlobexSeller, trialFor(1)).Trial
	remind(t, w.Store)
	wantReminders(t, w, "at the start")
	w.Clock.Set(trial.EndsAt.Add(-3 * reminderDay))
	remind(t, w.Store)
	wantReminders(t, w, "3 days before", "client 3", "member 3")
}

func TestWhoIsNotReminded(t *testing.T) {
	for name, tt := range map[string]struct {
		scene func(*testing.T, *modelstest.World, models.Trial)
		want  []string
	}{
		"revoked": {func(t *testing.T, w *modelstest.World, trial models.Trial) {
			if err := w.RevokeTrial(t.Context(), modelstest.AcmeSeller, trial.ID, ""); err != nil {
				t.Fatal(err)
			}
		}, nil},
		"converted": {func(t *testing.T, w *modelstest.World, trial models.Trial) {
			w.Exec(t, "UPDATE trials SET converted_at = ?", w.Now())
		}, nil},
		"archived": {func(t *testing.T, w *modelstest.World, _ models.Trial) {
			if _, err := w.ArchiveClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient); err != nil {
				t.Fatal(err)
			}
		}, nil},
		"licence suspended": {func(t *testing.T, w *modelstest.World, _ models.Trial) {
			w.Exec(t, "UPDATE licenses SET suspended_at = ?", w.Now())
		}, nil},
		"licence revoked": {func(t *testing.T, w *modelstest.World, _ models.Trial) {
			w.Exec(t, "UPDATE licenses SET revoked_at = ?", w.Now())
		}, nil},
		"a copy of the portal": {func(t *testing.T, w *modelstest.World, _ models.Trial) {
			w.Exec(t, "INSERT INTO installation (id, place, since, copied_at) VALUES (1, 'elsewhere', ?, ?)", w.Now(), w.Now())
		}, nil},
		"page switched off": {func(t *testing.T, w *modelstest.World, trial models.Trial) {
			if err := w.RevokeLicensePage(t.Context(), modelstest.AcmeSeller, trial.LicenseID); err != nil {
				t.Fatal(err)
			}
		}, []string{"member 7"}},
		"unwanted by the member": {func(t *testing.T, w *modelstest.World, _ models.Trial) {
			if err := w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, []models.Notice{models.TrialEndsIn3}); err != nil {
				t.Fatal(err)
			}
		}, []string{"client 7"}},
		"the address takes no mail": {func(t *testing.T, w *modelstest.World, trial models.Trial) {
			failMail(t, w, trial, "ingrid@initrode.example", "550 no such mailbox")
		}, []string{"member 7"}},
		"account suspended": {func(t *testing.T, w *modelstest.World, _ models.Trial) {
			w.Exec(t, "UPDATE accounts SET suspended_at = ?, suspended_by = 'x', suspension_reason = 'x'", w.Now())
		}, []string{"client 7", "member 7"}}, // running licences go on
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			trial := silverTrial(t, w)
			tt.scene(t, w, trial)
			w.Clock.Set(trial.EndsAt.Add(-7 * reminderDay))
			remind(t, w.Store)
			wantReminders(t, w, name, tt.want...)
		})
	}
	w := modelstest.New(t)
	_, err := w.Remind(t.Context(), modelstest.VendorAdministrator)
	wantProblem(t, "staff", err, models.Forbidden, "")
}

// A client who is restored is reminded of what is due by then.
func TestReminderAfterRestoring(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	if _, err := w.ArchiveClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient); err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(trial.EndsAt.Add(-7 * reminderDay))
	remind(t, w.Store)
	w.Clock.Set(trial.EndsAt.Add(-2 * reminderDay))
	if _, err := w.RestoreClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient); err != nil {
		t.Fatal(err)
	}
	remind(t, w.Store)
	wantReminders(t, w, "restored", "client 3", "member 3")
}

// extend asks for more days of a trial, and grants them.
func extend(t *testing.T, w *modelstest.World, who models.Actor, trial models.Trial, days int) models.Trial {
	t.Helper()
	r, err := w.MakeRequest(t.Context(), who, more(trial.ID, strconv.Itoa(days)))
	if err != nil {
		t.Fatal(err)
	}
	decide(t, w, r.ID, models.Decision{Verdict: models.Grant, Days: strconv.Itoa(days), Answer: "Granted"})
	if err := w.DB.Where("id = ?", trial.ID).Take(&trial).Error; err != nil {
		t.Fatal(err)
	}
	return trial
}

func TestRemindersOfAnExtendedTrial(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	w.Clock.Set(trial.EndsAt.Add(-reminderDay))
	remind(t, w.Store)
	trial = extend(t, w, modelstest.AcmeSeller, trial, 5) // 6 days are left: the step of 7 lies before the extension
	remind(t, w.Store)
	wantReminders(t, w, "extended", "client 1", "member 1")
	for _, args := range w.Jobs(t, "client_reminder_mail") {
		if _, ok, err := w.ClientReminderForMail(t.Context(), models.System, reminderArgs(t, args)); ok || err != nil {
			t.Errorf("a reminder of the old end is still sent: %v", err)
		}
	}
	w.Clock.Set(trial.EndsAt.Add(-3 * reminderDay))
	remind(t, w.Store)
	wantReminders(t, w, "3 days before the new end", "client 1", "member 1", "client 3", "member 3")
	w.Clock.Set(trial.EndsAt.Add(-reminderDay))
	remind(t, w.Store)
	wantReminders(t, w, "1 day before the new end", "client 1", "member 1", "client 3", "member 3", "client 1", "member 1")
}

func TestManyWorkersRemindOnce(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	w.Clock.Set(trial.EndsAt.Add(-3 * reminderDay))
	stores := []*models.Store{w.Store, w.Replica(t), w.Replica(t)}
	ok, conflict, other := modelstest.Race(12, func(i int) error {
		_, err := stores[i%len(stores)].Remind(t.Context(), models.System)
		return err
	})
	if ok != 12 || conflict != 0 || len(other) != 0 {
		t.Errorf("%d ok, %d conflicts, %v", ok, conflict, other)
	}
	wantReminders(t, w, "12 at once", "client 3", "member 3")
}

func TestReminderLetters(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	w.Clock.Set(trial.EndsAt.Add(-3 * reminderDay).Add(time.Minute))
	remind(t, w.Store)
	view, err := w.Trial(t.Context(), modelstest.AcmeSeller, trial.ID)
	if err != nil {
		t.Fatal(err)
	}
	args := reminderArgs(t, w.Jobs(t, "client_reminder_mail")[0])
	client := models.ReminderLetter{
		TrialID: trial.ID, AccountID: modelstest.Acme, To: "ingrid@initrode.example", Name: "Ingrid Rode", Company: "Initrode", ClientName: "Ingrid Rode", ClientEmail: "ingrid@initrode.example",
		Product: "Studio Pro", EndsAt: trial.EndsAt, DaysLeft: 3, Zone: "Europe/Madrid", Link: view.PageURL, AccountName: "Acme",
		ContactName: "Sam Seller", ContactEmail: "sam@acme.example", VendorName: "ElectroNeek",
	}
	if l, ok, err := w.ClientReminderForMail(t.Context(), models.System, args); err != nil || !ok || l != client {
		t.Errorf("letter %+v, %v, %v\nwant   %+v", l, ok, err, client)
	}
	member := client
	member.UserID, member.To, member.Name, member.Link, member.ClientTold = modelstest.AcmeSeller.UserID, "sam@acme.example", "Sam Seller", modelstest.BaseURL+"/trials/"+trial.ID, true
	forMember := models.TrialReminderMail(args)
	if l, ok, err := w.TrialReminderForMail(t.Context(), models.System, forMember); err != nil || !ok || l != member {
		t.Errorf("letter %+v, %v, %v\nwant   %+v", l, ok, err, member)
	}

	// Who has left the Reselling team is not told any more; the Owner is.
	w.Exec(t, "UPDATE users SET time_zone = 'Asia/Tokyo' WHERE id = ?", modelstest.AcmeOwner.UserID)
	w.Exec(t, "UPDATE memberships SET reselling_role = 'viewer' WHERE user_id = ?", modelstest.AcmeSeller.UserID)
	l, ok, err := w.TrialReminderForMail(t.Context(), models.System, forMember)
	if err != nil || !ok || l.To != "olivia@acme.example" || l.UserID != modelstest.AcmeOwner.UserID || l.IssuedBy != "Sam Seller" || l.Zone != "Asia/Tokyo" {
		t.Errorf("to the Owner: %+v, %v, %v", l, ok, err)
	}
	if err := w.ChangeNotifications(t.Context(), modelstest.AcmeOwner, nil); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.TrialReminderForMail(t.Context(), models.System, forMember); ok || err != nil {
		t.Errorf("the Owner wants none: %v, %v", ok, err)
	}

	// What waited too long gives way to the later one.
	w.Clock.Set(trial.EndsAt)
	if _, ok, err := w.ClientReminderForMail(t.Context(), models.System, args); ok || err != nil {
		t.Errorf("after the end it still says 3 days: %v", err)
	}
	w.Clock.Set(trial.EndsAt.Add(-reminderDay))
	remind(t, w.Store)
	if _, ok, err := w.ClientReminderForMail(t.Context(), models.System, args); ok || err != nil {
		t.Errorf("the step of 3 days is sent beside that of 1: %v", err)
	}
	args.Days = 1
	if l, ok, err := w.ClientReminderForMail(t.Context(), models.System, args); err != nil || !ok || l.DaysLeft != 1 {
		t.Errorf("1 day: %+v, %v, %v", l, ok, err)
	}
	w.Clock.Set(trial.EndsAt)
	args.Days = 0
	if l, ok, err := w.ClientReminderForMail(t.Context(), models.System, args); err != nil || !ok || l.DaysLeft != 0 {
		t.Errorf("the end: %+v, %v, %v", l, ok, err)
	}
	if err := w.RevokeLicensePage(t.Context(), modelstest.AcmeOwner, trial.LicenseID); err != nil {
		t.Fatal(err)
	}
	for name, job := range map[string]models.ClientReminderMail{"page off": args, "unknown": {TrialID: "nothing"}} {
		if _, ok, err := w.ClientReminderForMail(t.Context(), models.System, job); ok || err != nil {
			t.Errorf("%s: sent, %v", name, err)
		}
	}
	_, _, err = w.ClientReminderForMail(t.Context(), modelstest.AcmeOwner, args)
	wantProblem(t, "a letter holds a secret", err, models.Forbidden, "")
	_, _, err = w.TrialReminderForMail(t.Context(), modelstest.AcmeOwner, forMember)
	wantProblem(t, "a letter to another", err, models.Forbidden, "")
}

package models_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func keepMail(t *testing.T, w *modelstest.World, trial models.Trial, key, kind, to string) models.Mail {
	t.Helper()
	m, _, err := w.KeepMail(t.Context(), models.System, models.Mail{
		DedupeKey: key, Kind: kind, AccountID: trial.AccountID, SubjectID: trial.ID, Recipient: to, Subject: "Your trial", HTML: "<p>Hello</p>", Body: "Hello", MessageID: key + "@portal.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// failMail keeps a mail to a trial's client that could not be delivered.
func failMail(t *testing.T, w *modelstest.World, trial models.Trial, to, reason string) models.Mail {
	t.Helper()
	m := keepMail(t, w, trial, "failed "+to, "trial_mail", to)
	if err := w.MarkMailFailed(t.Context(), models.System, m.ID, reason); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAMailThatCantBeDelivered(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	w.Clock.Advance(time.Minute)
	m := keepMail(t, w, trial, "trial_mail 1", "trial_mail", "ingrid@initrode.example")
	if err := w.NoteMailTry(t.Context(), models.System, m.ID, "451 4.3.0\r\ntry later"); err != nil {
		t.Fatal(err)
	}
	v, err := w.Trial(t.Context(), modelstest.AcmeViewer, trial.ID)
	if err != nil || v.Undelivered != nil || len(v.Mails) != 1 || v.Mails[0].State() != models.MailWaiting || v.Mails[0].Failure != "451 4.3.0 try later" {
		t.Fatalf("while it is tried: %+v, %+v, %v", v.Undelivered, v.Mails, err)
	}
	for range 2 { // the second time changes and tells nothing
		if err := w.MarkMailFailed(t.Context(), models.System, m.ID, "550 5.1.1 no such mailbox "+strings.Repeat("x", 1000)); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
	}
	v, err = w.Trial(t.Context(), modelstest.AcmeViewer, trial.ID)
	if err != nil || v.Undelivered == nil || !strings.HasPrefix(v.Undelivered.Failure, "550 5.1.1 no such mailbox x") || len([]rune(v.Undelivered.Failure)) != 300 ||
		!v.Undelivered.FailedAt.Equal(modelstest.Now.Add(time.Minute)) || v.Mails[0].State() != models.MailFailed {
		t.Fatalf("%+v, %v", v.Undelivered, err)
	}
	if got := w.Events(t, trial.ID); !slices.Equal(got, []string{"trial.issued", "trial.mail_failed"}) {
		t.Errorf("events %q", got)
	}
	jobs := w.Jobs(t, "undeliverable_mail")
	if len(jobs) != 1 || !strings.Contains(jobs[0], m.ID) {
		t.Fatalf("notices %q", jobs)
	}
	d, err := w.Dashboard(t.Context(), modelstest.AcmeSeller)
	if err != nil || len(d.Undelivered) != 1 || d.Undelivered[0].ID != trial.ID || d.Undelivered[0].Company != "Initrode" || d.Undelivered[0].Product != "Studio Pro" ||
		d.Undelivered[0].Email != "ingrid@initrode.example" || d.Undelivered[0].Failure != v.Undelivered.Failure || !d.Undelivered[0].FailedAt.Equal(*v.Undelivered.FailedAt) {
		t.Errorf("dashboard %+v, %v", d.Undelivered, err)
	}
	if other, err := w.Dashboard(t.Context(), modelstest.GlobexOwner); err != nil || len(other.Undelivered) != 0 {
		t.Errorf("another account sees %+v, %v", other.Undelivered, err)
	}
	failed := func() int {
		page, err := w.Trials(t.Context(), modelstest.AcmeSeller, models.TrialFilter{Failed: true}, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	issue(t, w, modelstest.AcmeSeller, trialFor(7))
	if n := failed(); n != 1 {
		t.Errorf("%d trials in the list, want 1", n)
	}
	for state, want := range map[models.MailState]int{models.MailFailed: 1, models.MailWaiting: 0, models.MailSent: 0, models.MailDropped: 0, "": 1} {
		page, err := w.MailBox(t.Context(), modelstest.VendorAdministrator, models.MailFilter{State: state}, models.Paging{})
		if err != nil || len(page.Items) != want {
			t.Errorf("mail box, %q: %d, %v", state, len(page.Items), err)
		} else if want == 1 && (page.Items[0].Failure == "" || page.Items[0].FailedAt == nil) {
			t.Errorf("the mail box does not say why: %+v", page.Items[0])
		}
	}

	notice := models.UndeliverableMail{MailID: m.ID}
	want := models.UndeliveredLetter{
		TrialID: trial.ID, AccountID: modelstest.Acme, UserID: modelstest.AcmeSeller.UserID, To: "sam@acme.example", Name: "Sam Seller", Company: "Initrode", Product: "Studio Pro",
		Email: "ingrid@initrode.example", Subject: "Your trial", Failure: v.Undelivered.Failure, At: modelstest.Now.Add(time.Minute), Zone: "Europe/Madrid",
		Link: modelstest.BaseURL + "/trials/" + trial.ID, AccountName: "Acme",
	}
	if l, ok, err := w.UndeliveredForMail(t.Context(), models.System, notice); err != nil || !ok || l != want {
		t.Errorf("letter %+v, %v, %v\nwant   %+v", l, ok, err, want)
	}

	// The way out: another address.
	if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, trial.ID, "right@initrode.example", false); err != nil {
		t.Fatal(err)
	}
	d, err = w.Dashboard(t.Context(), modelstest.AcmeSeller)
	if v, viewErr := w.Trial(t.Context(), modelstest.AcmeSeller, trial.ID); err != nil || viewErr != nil || v.Undelivered != nil || len(d.Undelivered) != 0 || failed() != 0 {
		t.Errorf("corrected: %+v, %+v, %v, %v", v.Undelivered, d.Undelivered, err, viewErr)
	}
	if _, ok, err := w.UndeliveredForMail(t.Context(), models.System, notice); ok || err != nil {
		t.Errorf("the notice still goes out: %v", err)
	}
	_, _, err = w.UndeliveredForMail(t.Context(), modelstest.AcmeSeller, notice)
	wantProblem(t, "a letter", err, models.Forbidden, "")
}

// A later mail to the same address that goes out settles the matter, and so does
// the same mail, tried again by staff.
func TestAMailThatIsDeliveredAfterAll(t *testing.T) {
	for _, again := range []bool{false, true} {
		w := modelstest.New(t)
		trial := silverTrial(t, w)
		m := failMail(t, w, trial, "ingrid@initrode.example", "550 no")
		w.Clock.Advance(time.Minute)
		if !again {
			m = keepMail(t, w, trial, "trial_mail 2", "trial_mail", "ingrid@initrode.example")
		}
		if err := w.MarkMailSent(t.Context(), models.System, m.ID); err != nil {
			t.Fatal(err)
		}
		d, err := w.Dashboard(t.Context(), modelstest.AcmeSeller)
		v, viewErr := w.Trial(t.Context(), modelstest.AcmeSeller, trial.ID)
		if err != nil || viewErr != nil || v.Undelivered != nil || len(d.Undelivered) != 0 || v.Mails[0].State() != models.MailSent {
			t.Errorf("%v: %+v, %+v, %v, %v", again, v.Undelivered, d.Undelivered, err, viewErr)
		}
	}
}

func TestOnlyClientsMailsConcernSellers(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	m := keepMail(t, w, trial, "trial_reminder_mail 1", "trial_reminder_mail", "sam@acme.example")
	if err := w.MarkMailFailed(t.Context(), models.System, m.ID, "550 no"); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Jobs(t, "undeliverable_mail")); n != 0 || len(w.Events(t, trial.ID)) != 1 {
		t.Errorf("%d notices, events %q", n, w.Events(t, trial.ID))
	}
	if err := w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, nil); err != nil {
		t.Fatal(err)
	}
	failMail(t, w, trial, "ingrid@initrode.example", "550 no")
	if n := len(w.Jobs(t, "undeliverable_mail")); n != 0 {
		t.Errorf("%d notices, though Sam wants none", n)
	}
	if d, err := w.Dashboard(t.Context(), modelstest.AcmeSeller); err != nil || len(d.Undelivered) != 1 {
		t.Errorf("the dashboard shows it all the same: %+v, %v", d.Undelivered, err)
	}
	for name, err := range map[string]error{
		"failed":  w.MarkMailFailed(t.Context(), modelstest.VendorAdministrator, m.ID, "x"),
		"tried":   w.NoteMailTry(t.Context(), modelstest.VendorAdministrator, m.ID, "x"),
		"dropped": w.DropMail(t.Context(), modelstest.VendorAdministrator, "x"),
	} {
		wantProblem(t, name, err, models.Forbidden, "")
	}
}

func TestAMailThatIsNoLongerWanted(t *testing.T) {
	w := modelstest.New(t)
	trial := silverTrial(t, w)
	keepMail(t, w, trial, "trial_mail 1", "trial_mail", "ingrid@initrode.example")
	for _, key := range []string{"trial_mail 1", "trial_mail 1", "trial_mail 99"} {
		if err := w.DropMail(t.Context(), models.System, key); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
	}
	v, err := w.Trial(t.Context(), modelstest.AcmeSeller, trial.ID)
	if err != nil || v.Undelivered != nil || v.Mails[0].State() != models.MailDropped || !v.Mails[0].DroppedAt.Equal(modelstest.Now) {
		t.Errorf("%+v, %v", v.Mails, err)
	}
}

// A job that ended without a word, or that staff threw away, leaves no mail waiting for ever.
func TestMailsOfJobsThatAreGone(t *testing.T) {
	for _, state := range []string{"discarded", "cancelled", "thrown away", "retryable"} {
		w := modelstest.New(t)
		trial := silverTrial(t, w)
		page, err := w.JobQueue(t.Context(), modelstest.VendorAdministrator, models.JobFilter{Query: "trial mail"}, models.Paging{})
		if err != nil || len(page.Items) != 1 || page.Items[0].MaxAttempts != 18 {
			t.Fatalf("%+v, %v", page.Items, err)
		}
		job := page.Items[0]
		keepMail(t, w, trial, models.MailKey(job.Kind, job.ID), "trial_mail", "ingrid@initrode.example")
		if state == "thrown away" {
			_, err = w.DiscardJob(t.Context(), modelstest.VendorAdministrator, job.ID)
		} else {
			ended := "NULL"
			if state != "retryable" {
				ended = "scheduled_at"
			}
			w.Exec(t, "UPDATE river_job SET state = '"+state+"', finalized_at = "+ended+" WHERE id = ?", job.ID)
			err = w.Sweep(t.Context(), models.System)
		}
		v, viewErr := w.Trial(t.Context(), modelstest.AcmeSeller, trial.ID)
		if err != nil || viewErr != nil || (v.Undelivered != nil) != (state != "retryable") {
			t.Errorf("%s: %+v, %v, %v", state, v.Undelivered, err, viewErr)
		}
	}
}

func TestAnInvitationThatCantBeDelivered(t *testing.T) {
	w := modelstest.New(t)
	sent, _, err := w.InviteUsers(t.Context(), modelstest.AcmeAdmin, models.TeamInvitation{Emails: "nwe@acme.example", Role: models.Member})
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := w.KeepMail(t.Context(), models.System, models.Mail{
		DedupeKey: "invitation_mail 1", Kind: "invitation_mail", AccountID: modelstest.Acme, SubjectID: sent[0].ID, Recipient: "nwe@acme.example", Subject: "Join Acme", MessageID: "1@portal.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	undelivered := func() string {
		pending, err := w.PendingInvitations(t.Context(), modelstest.AcmeAdmin)
		if err != nil || len(pending) != 1 {
			t.Fatalf("%+v, %v", pending, err)
		}
		return pending[0].Undelivered
	}
	if got := undelivered(); got != "" {
		t.Errorf("while it waits: %q", got)
	}
	if err := w.MarkMailFailed(t.Context(), models.System, m.ID, "550 no such mailbox"); err != nil {
		t.Fatal(err)
	}
	if got := undelivered(); got != "550 no such mailbox" {
		t.Errorf("failed: %q", got)
	}
	w.Clock.Advance(time.Hour)
	if _, err := w.ResendTeamInvitation(t.Context(), modelstest.AcmeAdmin, sent[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := undelivered(); got != "" {
		t.Errorf("sent again: %q", got)
	}
}

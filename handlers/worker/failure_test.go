package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"reselling/handlers/worker"
	"reselling/models"
	"reselling/models/modelstest"
)

func TestFailureIsTheServersWords(t *testing.T) {
	for _, tt := range []struct{ at, answer, want string }{
		{"RCPT", "550 5.1.1 no such mailbox", "550 5.1.1 no such mailbox"},
		{".", "554 5.7.1 looks like spam", "554 5.7.1 looks like spam"},
		{".", "451 4.3.0 try later", "451 4.3.0 try later"},
		{"RCPT", hangUp, "The mail server did not answer as it should."},
		{"banner", hangUp, "The mail server did not answer as it should."},
	} {
		server := startSMTP(t, func(s *smtpServer) { s.answers[tt.at] = tt.answer })
		err := mailer(t, server.settings()).Send(t.Context(), outgoing())
		if got := worker.Failure(err); got != tt.want {
			t.Errorf("%s at %s: %q, want %q (%v)", tt.answer, tt.at, got, tt.want, err)
		}
	}
	m := outgoing()
	m.To = "nobody"
	if got := worker.Failure(mailer(t, startSMTP(t, nil).settings()).Send(t.Context(), m)); got != "It can't be sent to this address." {
		t.Errorf("no address: %q", got)
	}
}

// What a mail server does with the first mail of a trial, and what becomes of it.
func TestMailServersThatDoNotTakeAMail(t *testing.T) {
	for name, tt := range map[string]struct {
		at, answer string
		lastTry    bool
		job        string // its state
		mail       models.MailState
		failure    string
	}{
		"refuses it":               {"RCPT", "550 5.1.1 no such mailbox", false, "cancelled", models.MailFailed, "550 5.1.1 no such mailbox"},
		"wants it later":           {"RCPT", "451 4.3.0 greylisted", false, "retryable", models.MailWaiting, "451 4.3.0 greylisted"},
		"wants it later, too late": {"RCPT", "451 4.3.0 greylisted", true, "discarded", models.MailFailed, "451 4.3.0 greylisted"},
		"hangs up":                 {"DATA", hangUp, false, "retryable", models.MailWaiting, "The mail server did not answer as it should."},
		"hangs up, at last":        {"DATA", hangUp, true, "discarded", models.MailFailed, "The mail server did not answer as it should."},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			server := startSMTP(t, func(s *smtpServer) { s.refuses, s.at, s.answer = "ingrid@initrode.example", tt.at, tt.answer })
			issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
			if err != nil {
				t.Fatal(err)
			}
			if tt.lastTry {
				w.Exec(t, "UPDATE river_job SET max_attempts = 1 WHERE kind = 'trial_mail'")
			}
			state := func() string {
				var state string
				if err := w.DB.Raw("SELECT state FROM river_job WHERE kind = 'trial_mail'").Scan(&state).Error; err != nil {
					t.Error(err)
				}
				return state
			}
			notices := 0
			if tt.mail == models.MailFailed {
				notices = 1
			}
			runWith(t, w, mailer(t, server.settings()), func() bool {
				return state() == tt.job && w.Count(t, "mails", "kind = 'undeliverable_mail' AND sent_at IS NOT NULL") == notices
			})
			v, err := w.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID)
			if err != nil || len(v.Mails) != 1 || v.Mails[0].State() != tt.mail || v.Mails[0].Failure != tt.failure || (v.Undelivered != nil) != (tt.mail == models.MailFailed) {
				t.Fatalf("mails %+v, undelivered %+v, %v", v.Mails, v.Undelivered, err)
			}
			mails := server.delivered()
			if len(mails) != notices {
				t.Fatalf("%d mails went out, want %d", len(mails), notices)
			}
			if notices == 1 && (mails[0].recipients[0] != "RCPT TO:<sam@acme.example>" || !strings.Contains(mails[0].body, "could not be")) {
				t.Errorf("the Seller is told: %+v", mails[0])
			}
			if tt.mail != models.MailFailed {
				return
			}
			// Corrected, it goes out; the old address is left alone.
			if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, issued.Trial.ID, "right@initrode.example", false); err != nil {
				t.Fatal(err)
			}
			runWith(t, w, mailer(t, server.settings()), func() bool {
				return w.Count(t, "mails", "recipient = 'right@initrode.example' AND sent_at IS NOT NULL") == 1
			})
			if v, err = w.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID); err != nil || v.Undelivered != nil {
				t.Errorf("corrected: %+v, %v", v.Undelivered, err)
			}
		})
	}
}

// A mail that waits for a server that is away is not sent once what it says has become wrong.
func TestAMailThatCameTooLate(t *testing.T) {
	w := modelstest.New(t)
	var r worker.Recorder
	r.Fail(errors.New("away"))
	issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	runWith(t, w, &r, func() bool { return w.Count(t, "mails", "failure <> ''") == 1 })
	if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, issued.Trial.ID, "right@initrode.example", false); err != nil {
		t.Fatal(err)
	}
	r.Fail(nil)
	w.Exec(t, "UPDATE river_job SET state = 'available', scheduled_at = ? WHERE kind = 'trial_mail'", time.Now().UTC().Add(-time.Minute))
	runWith(t, w, &r, func() bool {
		return w.Count(t, "mails", "sent_at IS NOT NULL") == 1 && w.Count(t, "mails", "dropped_at IS NOT NULL") == 1
	})
	if sent := r.Sent(); len(sent) != 1 || sent[0].To != "right@initrode.example" {
		t.Errorf("sent %+v", sent)
	}
}

// Two workers on one database find what is due by themselves, and each mail leaves once.
func TestTwoWorkersRemindOnce(t *testing.T) {
	w := modelstest.New(t)
	issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Set(issued.Trial.EndsAt.Add(-3*24*time.Hour + time.Minute))
	var r worker.Recorder
	ctx, stop := context.WithCancel(t.Context())
	other := make(chan error, 1)
	go func() {
		other <- worker.Run(ctx, w.Replica(t), worker.Options{Mailer: &r, Log: slog.New(slog.DiscardHandler), Drain: 10 * time.Second})
	}()
	runWith(t, w, &r, func() bool {
		return w.Count(t, "mails", "sent_at IS NOT NULL") == 3 && w.Count(t, "river_job", "kind = 'trial_reminders' AND state = 'completed'") >= 1
	})
	stop()
	if err := <-other; err != nil {
		t.Error(err)
	}
	subjects := map[string]int{}
	for _, m := range r.Sent() {
		subjects[m.To+": "+m.Subject]++
	}
	for _, want := range []string{
		"ingrid@initrode.example: Your free trial of Studio Pro from Acme",
		"ingrid@initrode.example: Your free trial of Studio Pro ends in 3 days",
		"sam@acme.example: Initrode: the trial of Studio Pro ends in 3 days",
	} {
		if subjects[want] != 1 || len(subjects) != 3 {
			t.Errorf("%q was sent %d times; all: %v", want, subjects[want], subjects)
		}
	}
}

// runWith is run with a mailer.
func runWith(t *testing.T, w *modelstest.World, m worker.Mailer, done func() bool) {
	t.Helper()
	runWorker(t, w, worker.Options{Mailer: m, Log: slog.New(slog.DiscardHandler), Drain: 10 * time.Second}, done)
}

package worker_test

import (
	"context"
	"testing"
	"time"

	"reselling/handlers/worker"
	"reselling/models"
	"reselling/models/modelstest"
)

// A copy of the portal holds its mail; promoted, it sends what has waited.
func TestACopySendsNoMail(t *testing.T) {
	w := modelstest.New(t)
	if _, err := w.Settle(t.Context(), models.System); err != nil {
		t.Fatal(err)
	}
	w.Exec(t, "UPDATE installation SET copied_at = ? WHERE id = 1", modelstest.Now)
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient}); err != nil {
		t.Fatal(err)
	}
	run(t, w, func() bool { return w.Count(t, "river_job", "kind = 'trial_mail' AND state = 'scheduled'") == 1 })
	if n := w.Count(t, "mails", "1 = 1"); n != 0 {
		t.Fatalf("the copy made %d mails", n)
	}
	if err := w.Promote(t.Context(), models.System); err != nil {
		t.Fatal(err)
	}
	w.Exec(t, "UPDATE river_job SET state = 'available', scheduled_at = ? WHERE kind = 'trial_mail'", time.Now().UTC().Add(-time.Minute))
	run(t, w, func() bool { return w.Count(t, "mails", "sent_at IS NOT NULL") == 1 })
}

// run runs a worker until done, which must come about.
func run(t *testing.T, w *modelstest.World, done func() bool) {
	t.Helper()
	runWorker(t, w, worker.Options{Drain: 10 * time.Second}, done)
}

func runWorker(t *testing.T, w *modelstest.World, o worker.Options, done func() bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx, w.Replica(t), o) }()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Error("it did not come about within a minute")
			break
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

package models_test

import (
	"encoding/json"
	"errors"
	"testing"

	"reselling/models/modelstest"
)

// What a use case leaves for its end is all there after it, in its order, also
// where that is more than one statement takes; of one that fails there is nothing.
func TestWhatAUseCaseLeavesForItsEnd(t *testing.T) {
	w := modelstest.New(t)
	refused := errors.New("refused")
	if err := w.RecordMany(t.Context(), modelstest.AcmeOwner, 120, refused); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if events, jobs := w.Count(t, "events", "subject_name = 'Many'"), len(w.Jobs(t, "trial_mail")); events+jobs != 0 {
		t.Errorf("a use case that failed left %d events and %d jobs", events, jobs)
	}
	if err := w.RecordMany(t.Context(), modelstest.AcmeOwner, 120, nil); err != nil {
		t.Fatal(err)
	}
	var about []string
	if err := w.DB.Raw("SELECT subject_id FROM events WHERE subject_name = 'Many' AND action = 'client.archived' AND account_id = ? AND actor_name = 'Olivia Owner' ORDER BY id", modelstest.Acme).Scan(&about).Error; err != nil {
		t.Fatal(err)
	}
	jobs := w.Jobs(t, "trial_mail")
	if len(about) != 120 || len(jobs) != 120 {
		t.Fatalf("%d events, %d jobs", len(about), len(jobs))
	}
	for i, job := range jobs {
		var args struct {
			TrialID string `json:"trial_id"`
		}
		if err := json.Unmarshal([]byte(job), &args); err != nil || args.TrialID != about[i] {
			t.Fatalf("job %d is %s, want that of %s: %v", i, job, about[i], err)
		}
		if i > 0 && about[i] <= about[i-1] {
			t.Fatal("the events are out of order")
		}
	}
}

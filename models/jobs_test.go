package models_test

import (
	"strconv"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// queue puts n jobs into the queue, by signing in from n further browsers.
func queue(t *testing.T, w *modelstest.World, n int) []models.Job {
	t.Helper()
	for range n + 1 { // a user's first browser is no news
		if _, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: modelstest.AcmeSeller.Email, Password: modelstest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := w.JobQueue(t.Context(), modelstest.VendorAdministrator, models.JobFilter{}, models.Paging{})
	if err != nil || len(page.Items) != n {
		t.Fatalf("%d jobs, %v", len(page.Items), err)
	}
	return page.Items
}

func failJob(t *testing.T, w *modelstest.World, id int64, state string) {
	t.Helper()
	ended := "NULL"
	if state == "discarded" {
		ended = "scheduled_at"
	}
	list := `json('[{"at":"2026-03-02T10:00:00Z","attempt":3,"error":"The mail server said no.","trace":""}]')`
	if w.Dialect() == "postgres" {
		list = `ARRAY['{"at":"2026-03-02T10:00:00Z","attempt":3,"error":"The mail server said no.","trace":""}'::jsonb]`
	}
	w.Exec(t, "UPDATE river_job SET state = '"+state+"', attempt = 3, finalized_at = "+ended+", errors = "+list+" WHERE id = ?", id)
}

func TestJobsAreListed(t *testing.T) {
	w := modelstest.New(t)
	jobs := queue(t, w, 3)
	failJob(t, w, jobs[1].ID, "retryable")
	job := func(f models.JobFilter) []models.Job {
		page, err := w.JobQueue(t.Context(), modelstest.VendorAdministrator, f, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	failing := job(models.JobFilter{State: models.JobFailing, Query: "New device"})
	if len(failing) != 1 || failing[0].ID != jobs[1].ID || failing[0].LastError != "The mail server said no." || failing[0].Attempts != 3 || failing[0].MaxAttempts != 18 ||
		failing[0].Kind != "new_device_mail" || failing[0].Subject() == "" || failing[0].EndedAt != nil || failing[0].CreatedAt.IsZero() || failing[0].NextAt.IsZero() {
		t.Errorf("failing = %+v", failing)
	}
	if n := len(job(models.JobFilter{State: models.JobWaiting})); n != 2 {
		t.Errorf("%d jobs wait, want 2", n)
	}
	if n := len(job(models.JobFilter{Query: "trial"})); n != 0 {
		t.Errorf("%d jobs of trials", n)
	}
}

func TestJobsPage(t *testing.T) {
	w := modelstest.New(t)
	jobs := queue(t, w, 5)
	at := func(p models.Paging) models.Page[models.Job] {
		p.Size = 2
		page, err := w.JobQueue(t.Context(), modelstest.VendorAdministrator, models.JobFilter{}, p)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	first := at(models.Paging{})
	second := at(models.Paging{After: first.Next})
	third := at(models.Paging{After: second.Next})
	if first.Prev != "" || third.Next != "" || second.Items[0].ID != jobs[2].ID || len(third.Items) != 1 {
		t.Errorf("pages %+v %+v %+v", first, second, third)
	}
	if back := at(models.Paging{Before: second.Prev}); back.Prev != "" || back.Next != first.Next || back.Items[0].ID != jobs[0].ID || back.Items[1].ID != jobs[1].ID {
		t.Errorf("back to %+v, want %+v", back, first)
	}
	_, err := w.JobQueue(t.Context(), modelstest.VendorAdministrator, models.JobFilter{}, models.Paging{After: "x"})
	wantProblem(t, "a broken key", err, models.NotFound, "")
}

func TestJobIsRetriedAndDiscarded(t *testing.T) {
	w := modelstest.New(t)
	jobs := queue(t, w, 3)
	for i, state := range []string{"discarded", "retryable"} {
		id := jobs[i].ID
		failJob(t, w, id, state)
		if _, err := w.RetryJob(t.Context(), modelstest.VendorAdministrator, id); err != nil {
			t.Fatalf("retry a %s job: %v", state, err)
		}
		if n := w.Count(t, "river_job", "id = ? AND state = 'available' AND finalized_at IS NULL", id); n != 1 {
			t.Errorf("the %s job does not wait", state)
		}
		_, err := w.RetryJob(t.Context(), modelstest.VendorAdministrator, id)
		wantProblem(t, "retried again", err, models.Conflict, "")
		failJob(t, w, id, state)
		if _, err := w.DiscardJob(t.Context(), modelstest.VendorAdministrator, id); err != nil {
			t.Fatalf("discard a %s job: %v", state, err)
		}
		if n := w.Count(t, "river_job", "id = ?", id); n != 0 {
			t.Errorf("the %s job is still there", state)
		}
		if got := w.Events(t, strconv.FormatInt(id, 10)); len(got) != 2 || got[0] != "job.retried" || got[1] != "job.discarded" {
			t.Errorf("events = %v", got)
		}
		_, err = w.DiscardJob(t.Context(), modelstest.VendorAdministrator, id)
		wantProblem(t, "discarded again", err, models.NotFound, "")
	}
	w.Exec(t, "UPDATE river_job SET state = 'running', attempted_at = scheduled_at WHERE id = ?", jobs[2].ID)
	_, err := w.DiscardJob(t.Context(), modelstest.VendorAdministrator, jobs[2].ID)
	wantProblem(t, "a running job", err, models.Conflict, "")
}

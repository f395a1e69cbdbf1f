package models_test

import (
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestEventsCannotBeChanged(t *testing.T) {
	w := modelstest.New(t)
	if err := w.SignOut(t.Context(), modelstest.AcmeSeller); err != nil {
		t.Fatal(err)
	}
	var e models.Event
	if err := w.DB.Where("action = ?", "session.ended").Take(&e).Error; err != nil {
		t.Fatal(err)
	}
	if !e.At.Equal(modelstest.Now) || e.AccountID != modelstest.Acme || e.ActorKind != "user" || e.ActorID != modelstest.AcmeSeller.UserID ||
		e.ActorName != "Sam Seller" || e.SubjectType != "session" || e.SubjectID != modelstest.AcmeSeller.SessionID || e.SubjectName != "Sam Seller" ||
		e.Address != "192.0.2.1" || e.Before != "" || e.After != "" {
		t.Errorf("event = %+v", e)
	}
	for _, statement := range []string{"UPDATE events SET actor_name = 'Nobody'", "DELETE FROM events"} {
		if err := w.DB.Exec(statement).Error; err == nil {
			t.Errorf("%s: no error", statement)
		}
	}
	if n := w.Count(t, "events", "actor_name = ?", "Sam Seller"); n == 0 {
		t.Error("the event is gone")
	}
}

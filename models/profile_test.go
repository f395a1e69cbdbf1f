package models_test

import (
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestChangeProfile(t *testing.T) {
	w := modelstest.New(t)
	if err := w.ChangeProfile(t.Context(), modelstest.AcmeMember, " Mia \r\n Mätzig 🎈\u202e ", "Asia/Tokyo"); err != nil {
		t.Fatal(err)
	}
	p, err := w.Profile(t.Context(), modelstest.AcmeMember)
	if err != nil || p.Name != "Mia Mätzig 🎈" || p.TimeZone != "Asia/Tokyo" || p.Email != "mia@acme.example" || p.NewEmail != "" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := w.ChangeProfile(t.Context(), modelstest.AcmeMember, "Mia Mätzig 🎈", "Asia/Tokyo"); err != nil {
		t.Fatal(err)
	}
	if events := w.Events(t, modelstest.AcmeMember.UserID); len(events) != 1 || events[0] != "user.changed" {
		t.Errorf("events: %v", events)
	}
	for field, c := range map[string][2]string{"name": {"\u202e", ""}, "time_zone": {"Mia", "Mars/Olympus"}} {
		if e := wantRefusal(t, w.ChangeProfile(t.Context(), modelstest.AcmeMember, c[0], c[1]), models.Invalid, ""); e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e.Fields)
		}
	}
	wantRefusal(t, w.ChangeProfile(t.Context(), modelstest.AcmeMember, strings.Repeat("x", 10000), ""), models.Invalid, "at most 200")
	wantRefusal(t, w.ChangeProfile(t.Context(), modelstest.Visitor, "Nobody", ""), models.Forbidden, "")
}

func TestChangePassword(t *testing.T) {
	w := modelstest.New(t)
	in, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: "mia@acme.example", Password: modelstest.Password})
	if err != nil {
		t.Fatal(err)
	}
	here := actorOf(t, w, in)
	_, pending := changeTo(t, w, "thief@example.com")
	for field, c := range map[string][2]string{"current_password": {"wrong", goodPassword}, "password": {modelstest.Password, "short"}} {
		if e := wantRefusal(t, w.ChangePassword(t.Context(), here, c[0], c[1]), models.Invalid, ""); e.Fields[field] == "" {
			t.Errorf("%s: %v", field, e.Fields)
		}
	}
	if e := wantRefusal(t, w.ChangePassword(t.Context(), here, modelstest.Password, modelstest.Password), models.Invalid, "differs"); e.Fields["password"] == "" {
		t.Error(e.Fields)
	}
	if err := w.ChangePassword(t.Context(), here, modelstest.Password, goodPassword); err != nil {
		t.Fatal(err)
	}
	if w.Count(t, "sessions", "user_id = ? AND ended_at IS NULL", here.UserID) != 1 || w.Count(t, "sessions", "id = ? AND ended_at IS NULL", here.SessionID) != 1 {
		t.Error("not exactly this session goes on")
	}
	if err := canSignIn(w, "mia@acme.example", goodPassword); err != nil {
		t.Error(err)
	}
	_, err = w.ConfirmEmailChange(t.Context(), here, pending)
	wantRefusal(t, err, models.Conflict, "cancelled")
	if jobs := w.Jobs(t, "password_changed_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], here.SessionID) {
		t.Errorf("jobs: %v", jobs)
	}
}

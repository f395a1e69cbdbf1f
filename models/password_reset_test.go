package models_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// askReset asks for a link as a visitor and returns the newest reset.
func askReset(t *testing.T, w *modelstest.World, email string) models.PasswordReset {
	t.Helper()
	if err := w.RequestPasswordReset(t.Context(), modelstest.Visitor, email); err != nil {
		t.Fatal(err)
	}
	var r models.PasswordReset
	w.DB.Order("id DESC").Take(&r)
	return r
}

func resetTokenOf(w *modelstest.World, r models.PasswordReset) string {
	return w.ResetToken(context.Background(), models.System, r)
}

func canSignIn(w *modelstest.World, email, password string) error {
	_, err := w.SignIn(context.Background(), modelstest.Visitor, models.Credentials{Email: email, Password: password})
	return err
}

func TestPasswordResetAnswersTheSameForStrangers(t *testing.T) {
	w := modelstest.New(t)
	if err := w.RequestPasswordReset(t.Context(), modelstest.Visitor, "nobody@example.com"); err != nil {
		t.Errorf("a stranger: %v", err)
	}
	if w.Count(t, "password_resets", "1 = 1") != 0 || len(w.Jobs(t, "password_reset_mail")) != 0 {
		t.Error("a stranger gets a link")
	}
	w.Exec(t, "UPDATE users SET removed_at = ? WHERE id = ?", modelstest.Now, modelstest.VendorSupport.UserID)
	if err := w.RequestPasswordReset(t.Context(), modelstest.Visitor, modelstest.VendorSupport.Email); err != nil || w.Count(t, "password_resets", "1 = 1") != 0 {
		t.Errorf("staff who have left: %v", err)
	}
	wantRefusal(t, w.RequestPasswordReset(t.Context(), modelstest.Visitor, "x@example.com\r\nBcc: y@example.com"), models.Invalid, "not a mail address")
	for _, email := range []string{"mia@acme.example", "stranger@example.com"} {
		for range 5 {
			if err := w.RequestPasswordReset(t.Context(), modelstest.Visitor, email); err != nil {
				t.Fatal(err)
			}
		}
		wantRefusal(t, w.RequestPasswordReset(t.Context(), modelstest.Visitor, email), models.TooMany, "Look for the mail")
	}
}

func TestPasswordResetPerClientAddress(t *testing.T) {
	w := modelstest.New(t)
	for i := range 20 {
		if err := w.RequestPasswordReset(t.Context(), modelstest.Visitor, fmt.Sprintf("x%d@example.com", i)); err != nil {
			t.Fatal(err)
		}
	}
	wantRefusal(t, w.RequestPasswordReset(t.Context(), modelstest.Visitor, "mia@acme.example"), models.TooMany, "wait a few minutes")
	elsewhere := models.Actor{Address: "198.51.100.7"}
	if err := w.RequestPasswordReset(t.Context(), elsewhere, "mia@acme.example"); err != nil {
		t.Error(err)
	}
}

func TestPasswordReset(t *testing.T) {
	w := modelstest.New(t)
	r := askReset(t, w, " MIA@acme.example ")
	token := resetTokenOf(w, r)
	if r.UserID != modelstest.AcmeMember.UserID || !r.CreatedAt.Equal(modelstest.Now) || !r.ExpiresAt.Equal(modelstest.Now.Add(30*time.Minute)) || r.UsedAt != nil || r.TokenHash == token {
		t.Errorf("row: %+v", r)
	}
	if jobs := w.Jobs(t, "password_reset_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], r.ID) || strings.Contains(jobs[0], token) {
		t.Errorf("jobs: %v", jobs)
	}
	other := askReset(t, w, "mia@acme.example")
	wantRefusal(t, w.ResetPassword(t.Context(), modelstest.Visitor, token, "short"), models.Invalid, "")
	for range 10 {
		if err := canSignIn(w, "mia@acme.example", "guess"); models.KindOf(err) != models.Invalid {
			t.Fatal(err)
		}
	}
	w.Clock.Advance(29 * time.Minute)
	if err := w.ResetPassword(t.Context(), modelstest.Visitor, token, goodPassword); err != nil {
		t.Fatal(err)
	}
	if err := canSignIn(w, "mia@acme.example", goodPassword); err != nil {
		t.Errorf("the new password: %v", err)
	}
	wantRefusal(t, canSignIn(w, "mia@acme.example", modelstest.Password), models.Invalid, "")
	if w.Count(t, "sessions", "id = ? AND ended_at = ?", modelstest.AcmeMember.SessionID, w.Clock.Now()) != 1 {
		t.Error("the earlier session goes on")
	}
	if w.Count(t, "users", "id = ? AND password_changed_at = ? AND version = 2", modelstest.AcmeMember.UserID, w.Clock.Now()) != 1 {
		t.Error("when the password was changed is not noted")
	}
	if jobs := w.Jobs(t, "password_changed_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], modelstest.AcmeMember.UserID) {
		t.Errorf("jobs: %v", jobs)
	}
	events := strings.Join(w.Events(t, modelstest.AcmeMember.UserID), " ")
	if events != "password.reset_requested password.reset_requested password.reset sessions.ended" {
		t.Errorf("events: %s", events)
	}
	for _, dead := range []string{token, resetTokenOf(w, other)} {
		wantRefusal(t, w.ResetPassword(t.Context(), modelstest.Visitor, dead, goodPassword+"!"), models.Conflict, "used already")
		if link, err := w.PasswordResetByToken(t.Context(), modelstest.Visitor, dead); err != nil || link.State != models.LinkUsed {
			t.Errorf("%+v, %v", link, err)
		}
	}
	_, err := w.PasswordResetByToken(t.Context(), modelstest.Visitor, "unknown")
	wantRefusal(t, err, models.NotFound, "does not exist")
}

func TestPasswordResetExpires(t *testing.T) {
	w := modelstest.New(t)
	token := resetTokenOf(w, askReset(t, w, "mia@acme.example"))
	w.Clock.Advance(30 * time.Minute)
	wantRefusal(t, w.ResetPassword(t.Context(), modelstest.Visitor, token, goodPassword), models.Conflict, "expired")
	if link, err := w.PasswordResetByToken(t.Context(), modelstest.Visitor, token); err != nil || link.State != models.LinkExpired {
		t.Errorf("%+v, %v", link, err)
	}
}

func TestPasswordResetWorksOnce(t *testing.T) {
	w := modelstest.New(t)
	token := resetTokenOf(w, askReset(t, w, "mia@acme.example"))
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, conflict, other := modelstest.Race(6, func(i int) error {
		return stores[i%2].ResetPassword(t.Context(), modelstest.Visitor, token, fmt.Sprintf("%s %d", goodPassword, i))
	})
	if ok != 1 || conflict != 5 || len(other) > 0 {
		t.Errorf("%d used it, %d refused, %v", ok, conflict, other)
	}
}

// Whoever has one IPv6 address has a whole /64 of them.
func TestLimitsPerClientCountANetworkOfIPv6(t *testing.T) {
	w := modelstest.New(t)
	ask := func(address string, i int) error {
		return w.RequestPasswordReset(t.Context(), models.Actor{Address: address}, fmt.Sprintf("somebody%d@example.com", i))
	}
	for i := range 20 {
		if err := ask(fmt.Sprintf("2001:db8:1:2:%x::7", i+1), i); err != nil {
			t.Fatal(err)
		}
	}
	wantRefusal(t, ask("2001:db8:1:2:ffff::1%eth0", 20), models.TooMany, "")
	for i, other := range []string{"2001:db8:1:3::1", "192.0.2.9", "::ffff:192.0.2.8", ""} {
		if err := ask(other, 30+i); err != nil {
			t.Errorf("%q: %v", other, err)
		}
	}
}

package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func signIn(t *testing.T, w *modelstest.World, who models.Actor) string {
	t.Helper()
	in, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: who.Email, Password: modelstest.Password})
	if err != nil {
		t.Fatal(err)
	}
	return in.Token
}

func isSignedIn(t *testing.T, s *models.Store, token string) bool {
	t.Helper()
	a, err := s.Authenticate(t.Context(), modelstest.Visitor, token)
	if err != nil {
		t.Fatal(err)
	}
	return a.SignedIn()
}

func TestSessionsEndUnused(t *testing.T) {
	for who, idle := range map[*models.Actor]time.Duration{&modelstest.AcmeMember: 24 * time.Hour, &modelstest.VendorSupport: 2 * time.Hour} {
		w := modelstest.New(t)
		used, unused := signIn(t, w, *who), signIn(t, w, *who)
		w.Clock.Advance(idle - time.Microsecond)
		if !isSignedIn(t, w.Store, used) {
			t.Errorf("%s: over before %s", who.Name, idle)
		}
		w.Clock.Advance(time.Microsecond)
		if isSignedIn(t, w.Store, unused) || !isSignedIn(t, w.Store, used) {
			t.Errorf("%s: after %s unused it must end, and when used go on", who.Name, idle)
		}
	}
}

func TestSessionsEndInAll(t *testing.T) {
	for who, age := range map[*models.Actor]time.Duration{&modelstest.AcmeMember: 14 * 24 * time.Hour, &modelstest.VendorSupport: 12 * time.Hour} {
		w := modelstest.New(t)
		token := signIn(t, w, *who)
		for used := time.Duration(0); used < age; used += time.Hour {
			if !isSignedIn(t, w.Store, token) {
				t.Fatalf("%s: over after %s", who.Name, used)
			}
			w.Clock.Advance(time.Hour)
		}
		if isSignedIn(t, w.Store, token) {
			t.Errorf("%s: still there after %s", who.Name, age)
		}
	}
}

func TestLastUseIsWrittenEveryFiveMinutes(t *testing.T) {
	w := modelstest.New(t)
	token := signIn(t, w, modelstest.AcmeMember)
	lastUsed := func() time.Duration {
		var s models.Session
		w.DB.Where("user_id = ? AND id <> ?", modelstest.AcmeMember.UserID, modelstest.AcmeMember.SessionID).Take(&s)
		return s.LastUsedAt.Sub(modelstest.Now)
	}
	w.Clock.Advance(5*time.Minute - time.Microsecond)
	isSignedIn(t, w.Store, token)
	if lastUsed() != 0 {
		t.Errorf("written after less than 5 minutes: %s", lastUsed())
	}
	w.Clock.Advance(time.Microsecond)
	isSignedIn(t, w.Store, token)
	if lastUsed() != 5*time.Minute {
		t.Errorf("not written after 5 minutes: %s", lastUsed())
	}
}

func TestSignedOutTokenIsDead(t *testing.T) {
	w := modelstest.New(t)
	replica := w.Replica(t)
	token := signIn(t, w, modelstest.AcmeMember)
	a, _ := w.Authenticate(t.Context(), modelstest.Visitor, token)
	if err := w.SignOut(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if isSignedIn(t, w.Store, token) || isSignedIn(t, replica, token) || isSignedIn(t, w.Store, "made up") {
		t.Error("a dead token signs in")
	}
}

func TestRemovalTakesEffectOnTheNextRequest(t *testing.T) {
	w := modelstest.New(t)
	replica := w.Replica(t)
	member, staff := signIn(t, w, modelstest.AcmeSeller), signIn(t, w, modelstest.VendorSupport)
	if !isSignedIn(t, replica, staff) {
		t.Fatal("staff not signed in")
	}
	w.Exec(t, "UPDATE memberships SET reselling_role = '' WHERE user_id = ?", modelstest.AcmeSeller.UserID)
	if a, err := replica.Authenticate(t.Context(), modelstest.Visitor, member); err != nil || a.Can(models.ReadReselling) || !a.Can(models.SeeUsers) {
		t.Errorf("taken out of the Reselling team: %+v, %v", a, err)
	}
	w.Exec(t, "UPDATE clients SET responsible_id = ? WHERE responsible_id = ?", modelstest.AcmeOwner.UserID, modelstest.AcmeSeller.UserID)
	w.Exec(t, "DELETE FROM memberships WHERE user_id = ?", modelstest.AcmeSeller.UserID)
	if a, err := replica.Authenticate(t.Context(), modelstest.Visitor, member); err != nil || a.AccountID != "" || a.Can(models.SeeUsers) {
		t.Errorf("taken out of the account: %+v, %v", a, err)
	}
	w.Exec(t, "UPDATE users SET removed_at = ? WHERE id = ?", modelstest.Now, modelstest.VendorSupport.UserID)
	if isSignedIn(t, replica, staff) {
		t.Error("staff who have left are signed in")
	}
}

func TestOpenSessions(t *testing.T) {
	w := modelstest.New(t)
	w.Clock.Advance(time.Hour)
	token := signIn(t, w, modelstest.AcmeMember)
	me, _ := w.Authenticate(t.Context(), modelstest.Visitor, token)
	open, err := w.OpenSessions(t.Context(), me)
	if err != nil || len(open) != 2 {
		t.Fatalf("%+v, %v", open, err)
	}
	now := w.Clock.Now()
	if s := open[0]; s.ID != me.SessionID || !s.IsCurrent || s.Device != "Test browser" || s.Address != "192.0.2.1" || !s.CreatedAt.Equal(now) || !s.LastUsedAt.Equal(now) || !s.EndsAt.Equal(now.Add(14*24*time.Hour)) {
		t.Errorf("%+v", s)
	}
	if s := open[1]; s.ID != modelstest.AcmeMember.SessionID || s.IsCurrent {
		t.Errorf("%+v", s)
	}
	if err := w.EndSession(t.Context(), modelstest.AcmeAdmin, me.SessionID); models.KindOf(err) != models.NotFound {
		t.Errorf("somebody else's: %v", err)
	}
	if err := w.EndSession(t.Context(), me, modelstest.AcmeMember.SessionID); err != nil {
		t.Fatal(err)
	}
	if err := w.EndSession(t.Context(), me, modelstest.AcmeMember.SessionID); models.KindOf(err) != models.NotFound {
		t.Errorf("ended twice: %v", err)
	}
	signIn(t, w, modelstest.AcmeMember)
	signIn(t, w, modelstest.AcmeMember)
	if n, err := w.EndOtherSessions(t.Context(), me); err != nil || n != 2 {
		t.Errorf("ended %d, %v", n, err)
	}
	if !isSignedIn(t, w.Store, token) || w.Count(t, "sessions", "user_id = ? AND ended_at IS NULL", me.UserID) != 1 {
		t.Error("not exactly this one goes on")
	}
	w.Clock.Advance(24 * time.Hour)
	if open, err := w.OpenSessions(t.Context(), me); err != nil || len(open) != 0 {
		t.Errorf("over, but listed: %+v, %v", open, err)
	}
	if _, err := w.OpenSessions(t.Context(), modelstest.Visitor); models.KindOf(err) != models.Forbidden {
		t.Errorf("a visitor: %v", err)
	}
}

func TestNewDeviceIsAnnouncedOnce(t *testing.T) {
	w := modelstest.New(t)
	in := func(device string) string {
		s, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: "mia@acme.example", Password: modelstest.Password, DeviceToken: device})
		if err != nil {
			t.Fatal(err)
		}
		return s.DeviceToken
	}
	first := in("")
	if in(first) != first || len(w.Jobs(t, "new_device_mail")) != 0 {
		t.Error("the first browser is announced")
	}
	second := in("")
	in(second)
	if n := len(w.Jobs(t, "new_device_mail")); n != 1 {
		t.Errorf("the second browser is announced %d times", n)
	}
}

// guess tries n passwords at once over two replicas and counts the answers.
func guess(t *testing.T, w *modelstest.World, n int, email func(i int) string) (checked, tooMany int) {
	t.Helper()
	stores := []*models.Store{w.Store, w.Replica(t)}
	_, _, other := modelstest.Race(n, func(i int) error {
		_, err := stores[i%2].SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: email(i), Password: "guess"})
		return err
	})
	for _, err := range other {
		switch models.KindOf(err) {
		case models.Invalid:
			checked++
		case models.TooMany:
			tooMany++
		default:
			t.Errorf("%v", err)
		}
	}
	return checked, tooMany
}

func TestTenAttemptsPerMailAddress(t *testing.T) {
	w := modelstest.New(t)
	checked, tooMany := guess(t, w, 50, func(i int) string { return strings.ToUpper("mia@acme.example"[:i%3]) + "mia@acme.example"[i%3:] })
	if checked != 10 || tooMany != 40 {
		t.Errorf("%d passwords were checked, %d refused unseen", checked, tooMany)
	}
	w.Clock.Advance(15*time.Minute - time.Microsecond)
	wantRefusal(t, canSignIn(w, "mia@acme.example", modelstest.Password), models.TooMany, "Too many attempts")
	w.Clock.Advance(time.Microsecond)
	if err := canSignIn(w, "mia@acme.example", modelstest.Password); err != nil {
		t.Error(err)
	}
}

func TestFiftyAttemptsPerClientAddress(t *testing.T) {
	w := modelstest.New(t)
	checked, tooMany := guess(t, w, 60, func(i int) string { return fmt.Sprintf("somebody%d@example.com", i) })
	if checked != 50 || tooMany != 10 {
		t.Errorf("%d passwords were checked, %d refused unseen", checked, tooMany)
	}
}

func TestRightPasswordsAreNoAttempts(t *testing.T) {
	w := modelstest.New(t)
	for range 12 {
		signIn(t, w, modelstest.AcmeMember)
	}
	if n := w.Count(t, "attempts", "1 = 1"); n != 0 {
		t.Errorf("%d attempts are kept", n)
	}
}

func TestReauthenticate(t *testing.T) {
	w := modelstest.New(t)
	w.Clock.Advance(time.Hour)
	_, err := w.Reauthenticate(t.Context(), modelstest.AcmeOwner, "wrong")
	if e := wantRefusal(t, err, models.Invalid, "not your password"); e.Code != "reauthentication" || e.Fields["password"] == "" {
		t.Errorf("%+v", e)
	}
	a, err := w.Reauthenticate(t.Context(), modelstest.AcmeOwner, modelstest.Password)
	if err != nil || !a.Reauthed.Equal(w.Clock.Now()) {
		t.Errorf("%s, %v", a.Reauthed, err)
	}
	if w.Count(t, "sessions", "id = ? AND reauthenticated_at = ?", modelstest.AcmeOwner.SessionID, w.Clock.Now()) != 1 {
		t.Error("not kept for the session")
	}
	for range 9 {
		_, _ = w.Reauthenticate(t.Context(), modelstest.AcmeOwner, "wrong")
	}
	_, err = w.Reauthenticate(t.Context(), modelstest.AcmeOwner, modelstest.Password)
	wantRefusal(t, err, models.TooMany, "")
}

package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func changeTo(t *testing.T, w *modelstest.World, email string) (models.EmailChange, string) {
	t.Helper()
	e, err := w.RequestEmailChange(t.Context(), modelstest.AcmeMember, email, modelstest.Password)
	if err != nil {
		t.Fatal(err)
	}
	return e, w.EmailChangeToken(t.Context(), models.System, e)
}

func TestEmailChange(t *testing.T) {
	w := modelstest.New(t)
	e, token := changeTo(t, w, "Mia@new.example")
	var row models.EmailChange
	w.DB.Where("id = ?", e.ID).Take(&row)
	if row.UserID != modelstest.AcmeMember.UserID || row.OldEmail != "mia@acme.example" || row.Email != "Mia@new.example" || row.EmailKey != "mia@new.example" || row.TokenHash == token ||
		!row.CreatedAt.Equal(modelstest.Now) || !row.ExpiresAt.Equal(modelstest.Now.Add(24*time.Hour)) || row.ConfirmedAt != nil || row.CancelledAt != nil {
		t.Errorf("row: %+v", row)
	}
	if jobs := w.Jobs(t, "email_change_mail"); len(jobs) != 2 || !strings.Contains(jobs[0], `"announce":false`) || !strings.Contains(jobs[1], `"announce":true`) {
		t.Errorf("jobs: %v", jobs)
	}
	if err := canSignIn(w, "mia@acme.example", modelstest.Password); err != nil {
		t.Errorf("the old address before it is confirmed: %v", err)
	}
	p, err := w.Profile(t.Context(), modelstest.AcmeMember)
	if err != nil || p.Email != "mia@acme.example" || p.NewEmail != "Mia@new.example" || !p.NewEmailUntil.Equal(row.ExpiresAt) {
		t.Errorf("profile: %+v, %v", p, err)
	}
	_, err = w.ConfirmEmailChange(t.Context(), modelstest.AcmeSeller, token)
	wantRefusal(t, err, models.Forbidden, "another user")
	_, err = w.ConfirmEmailChange(t.Context(), modelstest.Visitor, token)
	wantRefusal(t, err, models.Forbidden, "another user")
	reset := askReset(t, w, "mia@acme.example")
	if _, err := w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, token); err != nil {
		t.Fatal(err)
	}
	if err := canSignIn(w, "mia@new.example", modelstest.Password); err != nil {
		t.Errorf("the new address: %v", err)
	}
	wantRefusal(t, canSignIn(w, "mia@acme.example", modelstest.Password), models.Invalid, "")
	wantRefusal(t, w.ResetPassword(t.Context(), modelstest.Visitor, resetTokenOf(w, reset), goodPassword), models.Conflict, "used already")
	_, err = w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, token)
	wantRefusal(t, err, models.Conflict, "confirmed already")
	if events := strings.Join(w.Events(t, modelstest.AcmeMember.UserID), " "); events != "email.change_requested password.reset_requested email.changed" {
		t.Errorf("events: %s", events)
	}
}

func TestEmailChangeRefuses(t *testing.T) {
	w := modelstest.New(t)
	for name, c := range map[string]struct {
		email, password string
		kind            models.Kind
		field           string
	}{
		"a wrong password": {"new@example.com", "wrong", models.Invalid, "password"},
		"no address":       {"\u202ehello", modelstest.Password, models.Invalid, "email"},
		"the same":         {"mia@acme.example", modelstest.Password, models.Invalid, "email"},
	} {
		_, err := w.RequestEmailChange(t.Context(), modelstest.AcmeMember, c.email, c.password)
		if e := wantRefusal(t, err, c.kind, ""); e.Fields[c.field] == "" || strings.Contains(e.Message, "Sam") {
			t.Errorf("%s: %q %v", name, e.Message, e.Fields)
		}
	}
	_, err := w.RequestEmailChange(t.Context(), modelstest.Visitor, "new@example.com", modelstest.Password)
	wantRefusal(t, err, models.Forbidden, "")
	for i := range 5 {
		changeTo(t, w, strings.Repeat("x", i+1)+"@example.com")
	}
	_, err = w.RequestEmailChange(t.Context(), modelstest.AcmeMember, "sixth@example.com", modelstest.Password)
	wantRefusal(t, err, models.TooMany, "several changes")
}

// Whether somebody has an address is told to that address alone.
func TestATakenAddressIsAnsweredLikeAFreeOne(t *testing.T) {
	w := modelstest.New(t)
	outcome := func(email string) string {
		t.Helper()
		mails := len(w.Jobs(t, "email_change_mail"))
		e, token := changeTo(t, w, email)
		pending, err := w.Profile(t.Context(), modelstest.AcmeMember)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.EmailChangeByToken(t.Context(), modelstest.AcmeMember, token)
		return fmt.Sprintln(e.State(modelstest.Now), len(w.Jobs(t, "email_change_mail"))-mails, pending.NewEmail == email, err)
	}
	if free, taken := outcome("nobody@example.com"), outcome("SAM@acme.example"); free != taken || free != "open 2 true <nil>\n" {
		t.Errorf("a free address: %s; a taken one: %s", free, taken)
	}
	e, token := changeTo(t, w, "sam@acme.example")
	l, ok, err := w.EmailChangeForMail(t.Context(), models.System, models.EmailChangeMail{ChangeID: e.ID})
	if err != nil || !ok || !l.Taken || l.To != "sam@acme.example" || l.Link != modelstest.BaseURL+"/login" || l.Name != "" || l.OldEmail != "" {
		t.Errorf("%+v, %t, %v", l, ok, err)
	}
	_, err = w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, token)
	wantRefusal(t, err, models.Conflict, "can't be used")
}

func TestDeadEmailChanges(t *testing.T) {
	w := modelstest.New(t)
	_, replaced := changeTo(t, w, "one@example.com")
	_, cancelled := changeTo(t, w, "two@example.com")
	if err := w.CancelEmailChange(t.Context(), modelstest.AcmeMember); err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{replaced, cancelled} {
		_, err := w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, token)
		wantRefusal(t, err, models.Conflict, "cancelled")
	}
	_, taken := changeTo(t, w, "three@example.com")
	w.Exec(t, "UPDATE users SET email_key = 'three@example.com' WHERE id = ?", modelstest.AcmeSeller.UserID)
	_, err := w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, taken)
	wantRefusal(t, err, models.Conflict, "can't be used")
	w.Clock.Advance(24 * time.Hour)
	_, err = w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, taken)
	wantRefusal(t, err, models.Conflict, "")
	_, err = w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, "unknown")
	wantRefusal(t, err, models.NotFound, "does not exist")
	_, late := changeTo(t, w, "four@example.com")
	w.Clock.Advance(24 * time.Hour)
	_, err = w.ConfirmEmailChange(t.Context(), modelstest.AcmeMember, late)
	wantRefusal(t, err, models.Conflict, "expired")
}

func TestOneAddressForOneUser(t *testing.T) {
	w := modelstest.New(t)
	_, mia := changeTo(t, w, "shared@example.com")
	e, err := w.RequestEmailChange(t.Context(), modelstest.AcmeSeller, "Shared@example.com", modelstest.Password)
	if err != nil {
		t.Fatal(err)
	}
	sam := w.EmailChangeToken(t.Context(), models.System, e)
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, conflict, other := modelstest.Race(2, func(i int) error {
		_, err := stores[i].ConfirmEmailChange(t.Context(), []models.Actor{modelstest.AcmeMember, modelstest.AcmeSeller}[i], []string{mia, sam}[i])
		return err
	})
	if ok != 1 || conflict != 1 || len(other) > 0 {
		t.Errorf("%d confirmed, %d refused, %v", ok, conflict, other)
	}
}

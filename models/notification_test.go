package models_test

import (
	"slices"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestNotifications(t *testing.T) {
	w := modelstest.New(t)
	all, err := w.Notifications(t.Context(), modelstest.AcmeSeller)
	if err != nil || !slices.Equal(all, models.Notices) {
		t.Fatalf("at first %q, %v", all, err)
	}
	for _, chosen := range [][]models.Notice{
		{models.TrialHasEnded, models.TrialEndsIn3, models.TrialEndsIn3}, // in any order, and twice
		{models.TrialEndsIn3, models.TrialHasEnded},                      // the same again
		{},
		models.Notices,
	} {
		if err := w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, chosen); err != nil {
			t.Fatal(err)
		}
		got, err := w.Notifications(t.Context(), modelstest.AcmeSeller)
		for _, n := range models.Notices {
			if slices.Contains(got, n) != slices.Contains(chosen, n) {
				t.Errorf("chosen %q, got %q, %v", chosen, got, err)
			}
		}
	}
	if events := w.Events(t, modelstest.AcmeSeller.UserID); !slices.Equal(events, []string{"user.changed", "user.changed", "user.changed"}) {
		t.Errorf("events %q", events)
	}
	if others, err := w.Notifications(t.Context(), modelstest.AcmeOwner); err != nil || !slices.Equal(others, models.Notices) {
		t.Errorf("others %q, %v", others, err)
	}
	wantProblem(t, "a security mail", w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, []models.Notice{"password_changed"}), models.Invalid, "notice")
	wantProblem(t, "a visitor", w.ChangeNotifications(t.Context(), modelstest.Visitor, nil), models.Forbidden, "")
	_, err = w.Notifications(t.Context(), modelstest.Visitor)
	wantProblem(t, "a visitor", err, models.Forbidden, "")
}

func TestTwoFormsOfNotificationsAtOnce(t *testing.T) {
	w := modelstest.New(t)
	choices := [][]models.Notice{{}, models.Notices, {models.TrialEndsIn7}}
	for range 5 {
		ok, _, other := modelstest.Race(6, func(i int) error {
			return w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, choices[i%len(choices)])
		})
		got, err := w.Notifications(t.Context(), modelstest.AcmeSeller)
		if ok != 6 || len(other) != 0 || err != nil || !slices.ContainsFunc(choices, func(c []models.Notice) bool { return slices.Equal(c, got) || len(c)+len(got) == 0 }) {
			t.Fatalf("%d ok, %v: a mixture: %q, %v", ok, other, got, err)
		}
	}
}

// If no Seller wants to hear that a client wants to buy, the Owner does.
func TestSomebodyHearsThatAClientWantsToBuy(t *testing.T) {
	for _, sellerWants := range []bool{true, false} {
		w := modelstest.New(t)
		trial := silverTrial(t, w)
		chosen := []models.Notice{}
		if sellerWants {
			chosen = append(chosen, models.ClientWantsIt)
		}
		for _, who := range []models.Actor{modelstest.AcmeSeller, modelstest.AcmeOwner} {
			if err := w.ChangeNotifications(t.Context(), who, chosen); err != nil {
				t.Fatal(err)
			}
		}
		v, err := w.Trial(t.Context(), modelstest.AcmeSeller, trial.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.WantToBuy(t.Context(), modelstest.Visitor, strings.TrimPrefix(v.PageURL, modelstest.BaseURL+"/l/")); err != nil {
			t.Fatal(err)
		}
		want := modelstest.AcmeOwner
		if sellerWants {
			want = modelstest.AcmeSeller
		}
		var told []string
		for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeSeller} {
			if slices.ContainsFunc(w.Jobs(t, "interest_mail"), func(args string) bool { return strings.Contains(args, who.UserID) }) {
				told = append(told, who.Name)
			}
		}
		if !slices.Equal(told, []string{want.Name}) {
			t.Errorf("Seller wants it %v: told %q", sellerWants, told)
		}
	}
}

func TestWhoWantsNoAnswersGetsNone(t *testing.T) {
	w := modelstest.New(t)
	r := ask(t, w, extra("A fair in Madrid"))
	decide(t, w, r.ID, models.Decision{Verdict: models.Decline, Answer: "No"})
	for _, chosen := range [][]models.Notice{{models.RequestDecided}, {}} {
		if err := w.ChangeNotifications(t.Context(), modelstest.AcmeSeller, chosen); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := w.RequestDecidedForMail(t.Context(), models.System, models.RequestDecidedMail{RequestID: r.ID}); err != nil || ok != (len(chosen) == 1) {
			t.Errorf("chosen %q: sent %v, %v", chosen, ok, err)
		}
	}
}

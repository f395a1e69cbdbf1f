package models_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func trialOfClient(company, email string) models.TrialRequest {
	return models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: company, Email: email}}
}

func conflicts(t *testing.T, w *modelstest.World, f models.ConflictFilter) []models.ConflictRow {
	t.Helper()
	page, err := w.Conflicts(t.Context(), modelstest.VendorSupport, f, models.Paging{})
	if err != nil {
		t.Fatal(err)
	}
	exported := 0
	if err := w.EachConflict(t.Context(), modelstest.VendorSupport, f, func(models.ConflictRow) error { exported++; return nil }); err != nil || exported != len(page.Items) {
		t.Errorf("%d are listed, %d exported, %v", len(page.Items), exported, err)
	}
	return page.Items
}

func TestTheSameClientAtTwoAccounts(t *testing.T) {
	for name, tt := range map[string]struct {
		first, second string
		want          string
	}{
		"the same address":           {"gavin@hooli.example", "Gavin@Hooli.example", "mail address"},
		"the same domain":            {"gavin@hooli.example", "denpok@hooli.example", "domain"},
		"the same free-mail address": {"gavin@gmail.com", "gavin@gmail.com", "mail address"},
		"a free-mail domain":         {"gavin@gmail.com", "denpok@gmail.com", ""},
		"others":                     {"gavin@hooli.example", "gavin@hooli.test", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			first := issue(t, w, modelstest.AcmeSeller, trialOfClient("Hooli", tt.first))
			w.Clock.Advance(time.Hour)
			second := issue(t, w, modelstest.GlobexSeller, trialOfClient("Hooli Inc.", tt.second))
			found := conflicts(t, w, models.ConflictFilter{})
			if tt.want == "" {
				if len(found) != 0 {
					t.Errorf("found %+v", found)
				}
				return
			}
			if len(found) != 1 {
				t.Fatalf("%d conflicts", len(found))
			}
			k := found[0]
			if k.Shared != tt.want || k.FirstTrialID != first.Trial.ID || k.SecondTrialID != second.Trial.ID || !k.FoundAt.Equal(w.Now()) || k.SettledAt != nil || k.SettledBy != "" || k.Note != "" ||
				k.Pair != min(first.Client.ID, second.Client.ID)+" "+max(first.Client.ID, second.Client.ID) ||
				k.FirstAccountID != modelstest.Acme || k.SecondAccountID != modelstest.Globex || k.FirstAccount != "Acme" || k.SecondAccount != "Globex" ||
				k.FirstCompany != "Hooli" || k.SecondCompany != "Hooli Inc." || k.FirstEmail != tt.first || k.SecondEmail != tt.second || k.FirstProduct != "Studio Pro" || k.SecondProduct != "Studio Pro" ||
				k.FirstSeller != "Sam Seller" || k.SecondSeller != "Gus Globex" || !k.FirstIssuedAt.Equal(modelstest.Now) || !k.SecondEndsAt.Equal(second.Trial.EndsAt) || k.Status(w.Now()) != models.ConflictOpen {
				t.Errorf("conflict = %+v", k)
			}
			if queue, err := w.WorkQueue(t.Context(), modelstest.VendorSupport); err != nil || len(queue.Conflicts) != 1 {
				t.Errorf("in the queue: %+v, %v", queue.Conflicts, err)
			}
			if got := w.Events(t, k.ID); !slices.Equal(got, []string{"conflict.found"}) {
				t.Errorf("events = %v", got)
			}
			// Neither account can tell: not from its events, not from its trial.
			for _, owner := range []models.Actor{modelstest.AcmeOwner, modelstest.GlobexOwner} {
				events, err := w.Activity(t.Context(), owner, models.EventFilter{}, models.Paging{})
				if err != nil || slices.ContainsFunc(events.Items, func(e models.EventRow) bool { return e.SubjectType == "conflict" }) {
					t.Errorf("%s reads of it, %v", owner.Name, err)
				}
				if _, err := w.Conflict(t.Context(), owner, k.ID); models.KindOf(err) != models.Forbidden {
					t.Errorf("%s: %v", owner.Name, err)
				}
			}
		})
	}
}

func TestWhenThereIsAConflict(t *testing.T) {
	hooli := trialOfClient("Hooli", "gavin@hooli.example")
	for name, tt := range map[string]struct {
		scene func(*testing.T, *modelstest.World)
		want  map[models.ConflictStatus]int
	}{
		"within one account": {func(t *testing.T, w *modelstest.World) {
			issue(t, w, modelstest.AcmeSeller, hooli)
			issue(t, w, modelstest.AcmeSeller, trialOfClient("Hooli XYZ", "big.head@hooli.example"))
		}, nil},
		"the other trial has ended": {func(t *testing.T, w *modelstest.World) {
			issue(t, w, modelstest.GlobexSeller, hooli)
			w.Clock.Advance(7 * 24 * time.Hour)
			issue(t, w, modelstest.AcmeSeller, hooli)
		}, nil},
		"the other trial was revoked": {func(t *testing.T, w *modelstest.World) {
			other := issue(t, w, modelstest.GlobexSeller, hooli)
			if err := w.RevokeTrial(t.Context(), modelstest.GlobexSeller, other.Trial.ID, ""); err != nil {
				t.Fatal(err)
			}
			issue(t, w, modelstest.AcmeSeller, hooli)
		}, nil},
		"two products, one conflict": {func(t *testing.T, w *modelstest.World) {
			issue(t, w, modelstest.GlobexSeller, hooli)
			first := issue(t, w, modelstest.AcmeSeller, hooli)
			issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: first.Client.ID})
		}, map[models.ConflictStatus]int{models.ConflictOpen: 1}},
		"one trial ends": {func(t *testing.T, w *modelstest.World) {
			issue(t, w, modelstest.GlobexSeller, hooli)
			issue(t, w, modelstest.AcmeSeller, hooli)
			w.Clock.Advance(7 * 24 * time.Hour)
		}, map[models.ConflictStatus]int{models.ConflictOver: 1}},
		"one trial ends, another product follows": {func(t *testing.T, w *modelstest.World) {
			issue(t, w, modelstest.AcmeSeller, hooli)
			other := issue(t, w, modelstest.GlobexSeller, hooli)
			w.Clock.Advance(7 * 24 * time.Hour)
			issue(t, w, modelstest.GlobexSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: other.Client.ID})
		}, map[models.ConflictStatus]int{models.ConflictOpen: 1}},
		"an address is corrected": {func(t *testing.T, w *modelstest.World) {
			issue(t, w, modelstest.GlobexSeller, hooli)
			mistyped := issue(t, w, modelstest.AcmeSeller, trialOfClient("Hooli", "gavin@holi.example"))
			if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, mistyped.Trial.ID, "gavin@hooli.example", false); err != nil {
				t.Fatal(err)
			}
		}, map[models.ConflictStatus]int{models.ConflictOpen: 1}},
		"a client is changed whose trial is over": {func(t *testing.T, w *modelstest.World) {
			mistyped := issue(t, w, modelstest.AcmeSeller, trialOfClient("Hooli", "gavin@holi.example"))
			w.Clock.Advance(14 * 24 * time.Hour)
			issue(t, w, modelstest.GlobexSeller, hooli)
			fields := mistyped.Client.Fields()
			fields.Email = "gavin@hooli.example"
			if _, err := w.ChangeClient(t.Context(), modelstest.AcmeSeller, mistyped.Client.ID, models.ClientChange{ClientFields: fields, Version: 1}); err != nil {
				t.Fatal(err)
			}
		}, nil},
		"an extension brings a trial back": {func(t *testing.T, w *modelstest.World) {
			ended := issue(t, w, modelstest.AcmeSeller, hooli)
			r := ask(t, w, more(ended.Trial.ID, "7"))
			w.Clock.Advance(14 * 24 * time.Hour)
			issue(t, w, modelstest.GlobexSeller, hooli)
			decide(t, w, r.ID, models.Decision{Verdict: models.Grant, Days: "7", Answer: "Late"})
		}, map[models.ConflictStatus]int{models.ConflictOpen: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			tt.scene(t, w)
			for _, state := range models.ConflictStatuses {
				found := conflicts(t, w, models.ConflictFilter{State: state})
				if len(found) != tt.want[state] || slices.ContainsFunc(found, func(k models.ConflictRow) bool { return k.Status(w.Now()) != state }) {
					t.Errorf("%d %s, want %d", len(found), state, tt.want[state])
				}
			}
		})
	}
}

func TestSettleConflict(t *testing.T) {
	w := modelstest.New(t)
	hooli := trialOfClient("Hooli", "gavin@hooli.example")
	issue(t, w, modelstest.GlobexSeller, hooli)
	first := issue(t, w, modelstest.AcmeSeller, hooli)
	k := conflicts(t, w, models.ConflictFilter{})[0]
	refusals := map[string]struct {
		actor models.Actor
		id    string
		note  string
		kind  models.Kind
	}{
		"support":  {modelstest.VendorSupport, k.ID, "x", models.Forbidden},
		"an Owner": {modelstest.AcmeOwner, k.ID, "x", models.Forbidden},
		"unknown":  {modelstest.VendorSuccess, "nothing", "x", models.NotFound},
		"no note":  {modelstest.VendorSuccess, k.ID, " \n ", models.Invalid},
	}
	for _, name := range slices.Sorted(maps.Keys(refusals)) {
		tt := refusals[name]
		if err := w.SettleConflict(t.Context(), tt.actor, tt.id, tt.note); models.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, refused, other := modelstest.Race(10, func(i int) error {
		return stores[i%2].SettleConflict(context.Background(), modelstest.VendorSuccess, k.ID, fmt.Sprint("Note ", i))
	})
	if ok != 1 || refused != 9 || len(other) > 0 {
		t.Errorf("settled %d times, refused %d, %v", ok, refused, other)
	}
	settled := conflicts(t, w, models.ConflictFilter{State: models.ConflictSettled})
	if len(settled) != 1 || settled[0].SettledBy != modelstest.VendorSuccess.UserID || settled[0].SettledName != "Cleo Success" || !settled[0].SettledAt.Equal(w.Now()) || settled[0].Note == "" {
		t.Errorf("settled = %+v", settled)
	}
	if got := w.Events(t, k.ID); !slices.Equal(got, []string{"conflict.found", "conflict.settled"}) {
		t.Errorf("events = %v", got)
	}
	// A new trial of the two is a new conflict, which shows how the first one was settled.
	issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: first.Client.ID})
	open := conflicts(t, w, models.ConflictFilter{State: models.ConflictOpen})
	if len(open) != 1 {
		t.Fatalf("%d open", len(open))
	}
	v, err := w.Conflict(t.Context(), modelstest.VendorFinance, open[0].ID)
	if err != nil || len(v.Earlier) != 1 || v.Earlier[0].ID != k.ID || len(v.Events) != 1 {
		t.Errorf("view = %+v, %v", v, err)
	}
	for query, want := range map[string]int{"HOOLI": 2, "globex": 2, "nobody": 0, "%": 0} {
		if found := conflicts(t, w, models.ConflictFilter{Query: query}); len(found) != want {
			t.Errorf("%q finds %d, want %d", query, len(found), want)
		}
	}
	if n := len(conflicts(t, w, models.ConflictFilter{Shared: "domain"})); n != 0 {
		t.Errorf("%d by domain", n)
	}
	if found := conflicts(t, w, models.ConflictFilter{Sort: "found"}); len(found) != 2 || found[0].ID != k.ID {
		t.Errorf("oldest first: %+v", found)
	}
}

// TestTwoAccountsTakeInOneClientAtOnce: neither sees the other's trial before it
// is committed, and still the conflict is found, once.
func TestTwoAccountsTakeInOneClientAtOnce(t *testing.T) {
	w := modelstest.New(t)
	stores := []*models.Store{w.Store, w.Replica(t)}
	sellers := []models.Actor{modelstest.AcmeSeller, modelstest.GlobexSeller}
	for n := range 2 {
		email := fmt.Sprintf("boss@client%d.example", n)
		ok, _, other := modelstest.Race(2, func(i int) error {
			_, err := stores[i].IssueTrial(context.Background(), sellers[i], trialOfClient(fmt.Sprint("Client ", n), email))
			return err
		})
		if ok != 2 || len(other) > 0 {
			t.Fatalf("issued %d, %v", ok, other)
		}
		if found := w.Count(t, "trial_conflicts", "1 = 1"); found != n+1 {
			t.Errorf("%d conflicts of %d", found, n+1)
		}
	}
}

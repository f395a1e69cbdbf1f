package models_test

import (
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestIdempotencyKeys(t *testing.T) {
	w := modelstest.New(t)
	_, secret := newToken(t, w, modelstest.AcmeOwner, "trials")
	_, other := newToken(t, w, modelstest.AcmeOwner, "trials")
	a, b := bearerOf(t, w, secret), bearerOf(t, w, other)
	begin := func(who models.Actor, key, request string) (models.IdempotentAnswer, string) {
		t.Helper()
		answer, err := w.BeginIdempotent(t.Context(), who, key, []byte(request))
		if err == nil {
			return answer, ""
		}
		problem, ok := models.Shown(err)
		if !ok {
			t.Fatal(err)
		}
		return answer, problem.Code
	}
	first, code := begin(a, "k", "POST 1")
	if code != "" || first.Status != 0 || first.RequestKey == "" {
		t.Fatalf("the first: %+v %s", first, code)
	}
	if _, code := begin(a, "k", "POST 1"); code != "idempotency_key_in_use" {
		t.Errorf("while it runs: %q", code)
	}
	if _, code := begin(a, "k", "POST 2"); code != "idempotency_key_reused" {
		t.Errorf("another request while it runs: %q", code)
	}
	if answer, code := begin(b, "k", "POST 1"); code != "" || answer.RequestKey == first.RequestKey {
		t.Errorf("another token's key is the same: %+v %s", answer, code)
	}
	w.Clock.Advance(30 * time.Second)
	again, code := begin(a, "k", "POST 1")
	if code != "" || again.RequestKey != first.RequestKey {
		t.Errorf("whoever began it has died: %+v %s", again, code)
	}
	if _, code := begin(a, "k", "POST 1"); code != "idempotency_key_in_use" {
		t.Errorf("while the second try runs: %q", code)
	}
	first.Status, first.Location, first.Body = 201, "/x", `{"a":1}`
	if err := w.KeepIdempotent(t.Context(), a, first); err != nil {
		t.Fatal(err)
	}
	if answer, code := begin(a, "k", "POST 1"); code != "" || answer != first {
		t.Errorf("the answer again: %+v %s", answer, code)
	}
	if _, code := begin(a, "k", "POST 2"); code != "idempotency_key_reused" {
		t.Errorf("another request after the answer: %q", code)
	}
	w.Clock.Set(modelstest.Now.Add(24*time.Hour - time.Second))
	if answer, _ := begin(a, "k", "POST 1"); answer.Status != 201 {
		t.Errorf("after nearly a day: %+v", answer)
	}
	w.Clock.Set(modelstest.Now.Add(24 * time.Hour))
	if answer, code := begin(a, "k", "POST 2"); code != "" || answer.Status != 0 || answer.RequestKey == first.RequestKey {
		t.Errorf("after a day: %+v %s", answer, code)
	}
	w.Clock.Advance(25 * time.Hour)
	if err := w.Sweep(t.Context(), models.System); err != nil || w.Count(t, "idempotency_keys", "1 = 1") != 0 {
		t.Errorf("swept: %v", err)
	}
	if _, code := begin(a, string(make([]rune, 201)), "POST 1"); code != "idempotency_key_invalid" {
		t.Errorf("too long: %q", code)
	}
	if _, err := w.BeginIdempotent(t.Context(), modelstest.AcmeOwner, "k", nil); models.KindOf(err) != models.Forbidden {
		t.Errorf("a person: %v", err)
	}
}

// TestReleasedIdempotencyKeys: a refusal frees the key for anything; what
// failed in an unknown way can be tried again, but only as it was.
func TestReleasedIdempotencyKeys(t *testing.T) {
	w := modelstest.New(t)
	_, secret := newToken(t, w, modelstest.AcmeOwner, "trials")
	a := bearerOf(t, w, secret)
	for _, refused := range []bool{true, false} {
		key := map[bool]string{true: "refused", false: "failed"}[refused]
		first, err := w.BeginIdempotent(t.Context(), a, key, []byte("1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.ReleaseIdempotent(t.Context(), a, first.RequestKey, refused); err != nil {
			t.Fatal(err)
		}
		if _, err := w.BeginIdempotent(t.Context(), a, key, []byte("2")); (err == nil) != refused {
			t.Errorf("%s, then another request: %v", key, err)
		}
		if !refused {
			if again, err := w.BeginIdempotent(t.Context(), a, key, []byte("1")); err != nil || again.RequestKey != first.RequestKey {
				t.Errorf("%s, then the same: %+v %v", key, again, err)
			}
		}
	}
}

// TestOneRunsWithAnIdempotencyKey: of 20 at once, on two replicas.
func TestOneRunsWithAnIdempotencyKey(t *testing.T) {
	w := modelstest.New(t)
	_, secret := newToken(t, w, modelstest.AcmeOwner, "trials")
	a, replica := bearerOf(t, w, secret), w.Replica(t)
	var mu sync.Mutex
	ran := map[string]int{}
	ok, conflict, other := modelstest.Race(20, func(i int) error {
		store := w.Store
		if i%2 == 1 {
			store = replica
		}
		answer, err := store.BeginIdempotent(t.Context(), a, "k", []byte("1"))
		if err == nil {
			mu.Lock()
			ran[answer.RequestKey]++
			mu.Unlock()
		}
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 || len(ran) != 1 {
		t.Errorf("%d run, %d wait, %v, %v", ok, conflict, other, ran)
	}
}

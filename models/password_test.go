package models

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/argon2"
)

func TestHashAndVerify(t *testing.T) {
	h, ctx := newHasher(), t.Context()
	hash, err := h.hash(ctx, "violet tractor hums at noon")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", hash)
	}
	again, err := h.hash(ctx, "violet tractor hums at noon")
	if err != nil || again == hash {
		t.Errorf("hashed twice: %s, %v", again, err)
	}
	for _, known := range []string{hash, again} {
		if ok, stale, err := h.verify(ctx, known, "violet tractor hums at noon"); !ok || stale || err != nil {
			t.Errorf("the right password: %v, %v, %v", ok, stale, err)
		}
	}
	for _, wrong := range []string{"", "violet tractor hums at noo", "violet tractor hums at noon ", "Violet tractor hums at noon", hash} {
		if ok, stale, err := h.verify(ctx, hash, wrong); ok || stale || err != nil {
			t.Errorf("%q: %v, %v, %v", wrong, ok, stale, err)
		}
	}
	if n := h.dummies.Load(); n != 0 {
		t.Errorf("the dummy was checked %d times", n)
	}
}

// The value comes from the reference implementation's own test, so the hashes
// can be read by others.
func TestVerifyReadsOthersHashes(t *testing.T) {
	h, ctx := newHasher(), t.Context()
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, stale, err := h.verify(ctx, hash, "password"); !ok || !stale || err != nil {
		t.Errorf("verify = %v, %v, %v", ok, stale, err)
	}
	if ok, stale, err := h.verify(ctx, hash, "Password"); ok || stale || err != nil {
		t.Errorf("the wrong password: %v, %v, %v", ok, stale, err)
	}
}

func TestStaleHashes(t *testing.T) {
	h, ctx := newHasher(), t.Context()
	salt, password := randomBytes(argonSalt), "violet tractor hums at noon"
	for name, old := range map[string]string{
		"less memory":   argonHash(argon{memory: 8 * 1024, time: 2, threads: 1}, password, salt, argonKey),
		"less time":     argonHash(argon{memory: 19 * 1024, time: 1, threads: 1}, password, salt, argonKey),
		"more threads":  argonHash(argon{memory: 19 * 1024, time: 2, threads: 2}, password, salt, argonKey),
		"a short salt":  argonHash(argonNow, password, salt[:8], argonKey),
		"a shorter key": argonHash(argonNow, password, salt, 16),
	} {
		if ok, stale, err := h.verify(ctx, old, password); !ok || !stale || err != nil {
			t.Errorf("%s: %v, %v, %v", name, ok, stale, err)
		}
		if ok, stale, err := h.verify(ctx, old, "another"); ok || stale || err != nil {
			t.Errorf("%s, the wrong password: %v, %v, %v", name, ok, stale, err)
		}
	}
	if ok, stale, err := h.verify(ctx, argonHash(argonNow, password, salt, argonKey), password); !ok || stale || err != nil {
		t.Errorf("as it is now: %v, %v, %v", ok, stale, err)
	}
}

func argonHash(a argon, password string, salt []byte, size int) string {
	return a.encode(salt, argon2.IDKey([]byte(password), salt, a.time, a.memory, a.threads, uint32(size)))
}

func TestUnknownUserCostsAHash(t *testing.T) {
	h := newHasher()
	for n := int64(1); n <= 2; n++ {
		if ok, stale, err := h.verify(t.Context(), "", "violet tractor hums at noon"); ok || stale || err != nil {
			t.Errorf("verify = %v, %v, %v", ok, stale, err)
		}
		if got := h.dummies.Load(); got != n {
			t.Errorf("the dummy was checked %d times, want %d", got, n)
		}
	}
	// Not even what matches the dummy is let in.
	h.dummy = argonHash(argonNow, "guessed", randomBytes(argonSalt), argonKey)
	if ok, _, err := h.verify(t.Context(), "", "guessed"); ok || err != nil {
		t.Errorf("the dummy's own password: %v, %v", ok, err)
	}
	// The dummy costs what a real hash costs.
	if a, salt, key, err := parseHash(newHasher().dummy); err != nil || a != argonNow || len(salt) != argonSalt || len(key) != argonKey {
		t.Errorf("the dummy: %+v, %d, %d, %v", a, len(salt), len(key), err)
	}
}

func TestDamagedHashes(t *testing.T) {
	h := newHasher()
	good := argonHash(argonNow, "x", randomBytes(argonSalt), argonKey)
	parts := strings.Split(good, "$")
	with := func(i int, s string) string {
		changed := append([]string(nil), parts...)
		changed[i] = s
		return strings.Join(changed, "$")
	}
	for _, bad := range []string{
		"x", "$", "$$$$$", good + "$", good[1:], " " + good, good + "\n", good + "=", "violet tractor hums at noon",
		with(1, "argon2i"), with(1, "bcrypt"), with(2, "v=16"), with(2, ""),
		with(3, "m=19456,t=0,p=1"), with(3, "m=19456,t=2,p=0"), with(3, "m=4294967295,t=2,p=1"), with(3, "m=19456,t=4294967295,p=1"),
		with(3, "m=19456,t=2,p=1,x=1"), with(3, "m=-1,t=2,p=1"), with(3, "t=2,m=19456,p=1"), with(3, ""),
		with(4, ""), with(4, "!"), with(4, "c2FsdA"), with(5, ""), with(5, "a2V5"),
	} {
		if ok, stale, err := h.verify(t.Context(), bad, "x"); ok || stale || err == nil {
			t.Errorf("%q: %v, %v, %v", bad, ok, stale, err)
		} else if strings.Contains(err.Error(), "$") || KindOf(err) != Internal {
			t.Errorf("%q: the error shows it: %v", bad, err)
		}
	}
}

func TestVeryLongPasswordIsNotHashed(t *testing.T) {
	h := newHasher()
	<-h.turn // nobody's turn will come
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if ok, stale, err := h.verify(ctx, "", strings.Repeat("x", maxPassword+1)); ok || stale || err != nil {
		t.Errorf("verify = %v, %v, %v", ok, stale, err)
	}
	if _, _, err := h.verify(ctx, "", strings.Repeat("x", maxPassword)); KindOf(err) != Unavailable {
		t.Errorf("one byte less waits its turn: %v", err)
	}
}

func TestPreparedPasswords(t *testing.T) {
	for typed, want := range map[string]string{
		"Zoe\u0308":         "Zo\u00eb",    // decomposed, as macOS may send it
		"Zo\u00eb":          "Zo\u00eb",    // composed
		"a\u00a0b\u3000c d": "a b c d",     // every space
		"\ufb01sh":          "\ufb01sh",    // not NFKC: a ligature stays one
		"x²":                "x²",          // nor is a superscript a digit
		" both ends ":       " both ends ", // typed, so meant
		"\xff":              "\ufffd",
		"👩\u200d🚀 \u05e9\u05dc\u05d5\u05dd": "👩\u200d🚀 \u05e9\u05dc\u05d5\u05dd",
	} {
		if got := preparePassword(typed); got != want {
			t.Errorf("%+q is prepared as %+q, want %+q", typed, got, want)
		}
	}
	h := newHasher()
	hash, err := h.hash(t.Context(), "Zoe\u0308 was\u00a0here in May")
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := h.verify(t.Context(), hash, "Zo\u00eb was here in May"); !ok || err != nil {
		t.Errorf("typed on another keyboard: %v, %v", ok, err)
	}
}

func TestOneHashAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		var computing, done atomic.Int32
		<-h.turn // held up, so that all of them wait
		for range maxHashQueue {
			go func() {
				err := h.take(t.Context(), func() {
					if computing.Add(1) != 1 {
						t.Error("two at a time")
					}
					synctestYield()
					computing.Add(-1)
				})
				if err != nil {
					t.Error(err)
				}
				done.Add(1)
			}()
		}
		synctest.Wait()
		if n := done.Load(); n != 0 {
			t.Fatalf("%d did not wait", n)
		}
		h.turn <- struct{}{}
		synctest.Wait()
		if n := done.Load(); n != maxHashQueue {
			t.Errorf("%d of %d are done", n, maxHashQueue)
		}
		if n := h.waiting.Load(); n != 0 {
			t.Errorf("%d are still waiting", n)
		}
	})
}

// synctestYield lets other goroutines run where they would overlap.
func synctestYield() {
	c := make(chan struct{})
	go close(c)
	<-c
}

func TestQueueOfHashesIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher()
		<-h.turn
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error, maxHashQueue+1)
		for range maxHashQueue + 1 { // the queue, and the one that would compute
			go func() { gaveUp <- h.take(ctx, func() { t.Error("ran") }) }()
		}
		synctest.Wait()
		for range 2 {
			_, _, err := h.verify(t.Context(), "", "violet tractor hums at noon")
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != Unavailable || e.Retry <= 0 {
				t.Errorf("one more: %v", err)
			}
		}
		if n := h.dummies.Load(); n != 0 {
			t.Errorf("%d refused checks counted as done", n)
		}
		// Those who give up make room.
		cancel()
		for range maxHashQueue + 1 {
			if err := <-gaveUp; KindOf(err) != Unavailable || !errors.Is(err, context.Canceled) {
				t.Errorf("gave up: %v", err)
			}
		}
		h.turn <- struct{}{}
		ran := false
		if err := h.take(t.Context(), func() { ran = true }); err != nil || !ran {
			t.Errorf("afterwards: %v, ran: %v", err, ran)
		}
	})
}

func TestAPanicGivesTheTurnBack(t *testing.T) {
	h := newHasher()
	func() {
		defer func() { _ = recover() }()
		_ = h.take(t.Context(), func() { panic("argon2") })
	}()
	if err := h.take(t.Context(), func() {}); err != nil || h.waiting.Load() != 0 {
		t.Errorf("the next: %v, %d waiting", err, h.waiting.Load())
	}
}

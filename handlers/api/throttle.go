package api

import (
	"hash/maphash"
	"sync"
	"time"

	"reselling/models"
)

// throttle limits how often something may be asked: each key has a bucket of
// burst questions, into which perSecond drop back. It is this process's own:
// several replicas let through as many times more.
type throttle struct {
	perSecond float64
	burst     float64
	mu        sync.Mutex
	seed      maphash.Seed
	young     map[uint64]bucket // by the hash of the key, which may be long
	old       map[uint64]bucket
}

type bucket struct {
	left float64
	at   int64 // nanoseconds since 1970
}

// burstSeconds is how many seconds' worth of questions may come at once.
const burstSeconds = 60

// throttleKeys is how many keys are remembered at least; twice as many at most.
const throttleKeys = 50_000

func newThrottle(perSecond float64) *throttle {
	return &throttle{perSecond: perSecond, burst: perSecond * burstSeconds, seed: maphash.MakeSeed(), young: map[uint64]bucket{}}
}

// take takes one question of each key out of its bucket, or says how long to wait.
func (t *throttle) take(now time.Time, keys ...string) error {
	if t.perSecond <= 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range keys {
		key := maphash.String(t.seed, name)
		b, known := t.young[key]
		if !known {
			if b, known = t.old[key]; !known {
				b = bucket{t.burst, now.UnixNano()}
			}
			if len(t.young) >= throttleKeys {
				t.old, t.young = t.young, map[uint64]bucket{}
			}
		}
		b.left = min(t.burst, b.left+time.Duration(now.UnixNano()-b.at).Seconds()*t.perSecond)
		b.at = now.UnixNano()
		if b.left < 1 {
			t.young[key] = b
			return &models.Error{
				Kind: models.TooMany, Message: "There were too many questions from here, or about this key. Ask again as Retry-After says, and check licences less often.",
				Retry: time.Duration((1 - b.left) / t.perSecond * float64(time.Second)),
			}
		}
		b.left--
		t.young[key] = b
	}
	return nil
}

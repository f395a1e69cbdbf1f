package api

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// limitWindow is the time within which a token may make its requests.
const limitWindow = time.Minute

// limiter holds a bucket per token that fills evenly. It is this process's own:
// behind a load balancer with n replicas a token may make up to n times as many
// requests, which is fine for what it protects against.
type limiter struct {
	quota   int // in a window, and at once
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]allowance
}

type allowance struct {
	left float64
	at   time.Time
}

const mostBuckets = 10000

func newLimiter(quota int, now func() time.Time) *limiter {
	return &limiter{quota: quota, now: now, buckets: map[string]allowance{}}
}

// take takes one request out of the bucket of key, and tells how many are left
// and after what time it is full again; if there is none, when there will be one.
func (l *limiter) take(key string) (left int, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.filled(key, now)
	if ok = b.left >= 1; ok {
		b.left--
	}
	l.buckets[key] = b
	missing := float64(l.quota) - b.left
	if !ok {
		missing = 1 - b.left
	}
	return int(b.left), time.Duration(missing / float64(l.quota) * float64(limitWindow)), ok
}

func (l *limiter) filled(key string, now time.Time) allowance {
	b, known := l.buckets[key]
	if !known {
		if len(l.buckets) >= mostBuckets {
			l.forget(now)
		}
		return allowance{float64(l.quota), now}
	}
	b.left = min(float64(l.quota), b.left+max(0, now.Sub(b.at).Seconds())*float64(l.quota)/limitWindow.Seconds())
	b.at = now
	return b
}

// forget drops the buckets that are full again; all of them, if none is.
func (l *limiter) forget(now time.Time) {
	for key, b := range l.buckets {
		if now.Sub(b.at) >= limitWindow {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) >= mostBuckets {
		clear(l.buckets)
	}
}

// tell writes the fields of draft-ietf-httpapi-ratelimit-headers-11.
func (l *limiter) tell(header http.Header, left int, wait time.Duration) {
	header.Set("RateLimit-Policy", fmt.Sprintf(`"token";q=%d;w=%d`, l.quota, int(limitWindow.Seconds())))
	header.Set("RateLimit", fmt.Sprintf(`"token";r=%d;t=%d`, left, int(math.Ceil(wait.Seconds()))))
}

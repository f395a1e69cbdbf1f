package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"reselling/models/modelstest"
)

// stream is a Seller who issues one trial after the other, from several tabs.
type stream struct {
	*client
	token string

	mu     sync.Mutex
	next   int
	open   []int        // sent, and nobody knows what became of them
	issued map[int]bool // acknowledged
}

// startStream signs the Seller of Acme in and lifts the quota.
func startStream(t *testing.T, w *modelstest.World, p *process) *stream {
	t.Helper()
	w.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000")
	s := &stream{client: p.visit(t), issued: map[int]bool{}}
	s.signIn(modelstest.AcmeSeller.Email, modelstest.Password)
	if s.token = s.get("/trials/new").token(); s.token == "" {
		t.Fatal("the Seller can't issue trials")
	}
	return s
}

// take returns the next trial to send: one whose end is unknown, or else a new one.
func (s *stream) take() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) > 0 {
		n := s.open[0]
		s.open = s.open[1:]
		return n
	}
	s.next++
	return s.next
}

// issue sends one trial and returns the status of the answer, 0 for none.
func (s *stream) issue() int {
	n := s.take()
	a, err := s.ask(s.at, http.MethodPost, "/trials", url.Values{
		"csrf": {s.token}, "request_key": {fmt.Sprint("key-", n)}, "product": {"studio-pro"}, "who": {"new"},
		"company": {fmt.Sprint("Company ", n)}, "email": {fmt.Sprintf("boss@company%d.example", n)},
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && a.status == http.StatusSeeOther {
		s.issued[n] = true
		return a.status
	}
	s.open = append(s.open, n)
	if err != nil {
		return 0
	}
	return a.status
}

// until issues trials in several tabs until done says so of all statuses so far,
// or the portal is gone.
func (s *stream) until(done func(status int) bool) {
	var wg sync.WaitGroup
	var once sync.Once
	over := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				status := s.issue()
				s.mu.Lock()
				finished := done(status)
				s.mu.Unlock()
				if finished || status == 0 {
					once.Do(func() { close(over) })
				}
			}
		})
	}
	wg.Wait()
}

// check holds what is stored against what was acknowledged: each trial once, and
// with it one client, one licence, one event and one mail.
func (s *stream) check(t *testing.T, w *modelstest.World) {
	t.Helper()
	for len(s.open) > 0 {
		if status := s.issue(); status != http.StatusSeeOther {
			t.Fatalf("what was sent when the portal died, sent again: %d", status)
		}
	}
	want := len(s.issued)
	for what, n := range map[string]int{
		"trials":   w.Count(t, "trials", "1 = 1"),
		"licences": w.Count(t, "licenses", "1 = 1"),
		"clients":  w.Count(t, "clients", "company LIKE 'Company %'"),
		"events":   w.Count(t, "events", "action = 'trial.issued'"),
		"jobs":     w.Count(t, "river_job", "kind = 'trial_mail'"),
	} {
		if n != want {
			t.Errorf("%d %s for %d acknowledged trials", n, what, want)
		}
	}
	for n := range s.issued {
		if got := w.Count(t, "trials", "client_id IN (SELECT id FROM clients WHERE company = ?)", fmt.Sprint("Company ", n)); got != 1 {
			t.Errorf("Company %d has %d trials", n, got)
		}
	}
	// What a killed process was sending is taken up again after a while: here at once.
	await(t, "all mails", func() bool {
		// The worker may win a deadlock against this: it is tried again.
		back := w.DB.Exec("UPDATE river_job SET attempted_at = ? WHERE state = 'running' AND attempted_at < ?", time.Now().UTC().Add(-time.Hour), time.Now().UTC().Add(-5*time.Second))
		return back.Error == nil && w.Count(t, "river_job", "kind = 'trial_mail' AND state <> 'completed'") == 0
	})
	if n := w.Count(t, "mails", "kind = 'trial_mail'"); n != want {
		t.Errorf("%d mails for %d trials", n, want)
	}
	if n := w.Count(t, "trials", "NOT EXISTS (SELECT 1 FROM mails WHERE mails.subject_id = trials.id)"); n != 0 {
		t.Errorf("%d trials without a mail", n)
	}
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * patience); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}

// kill ends a process without warning, as a power failure would.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	p.ended <- <-p.ended
}

func TestKilledDuringTrials(t *testing.T) {
	kills := 30
	if testing.Short() {
		kills = 5
	}
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- moments, not secrets
	w := modelstest.New(t)
	p := start(t, onDatabase(w.URL))
	s := startStream(t, w, p)
	for range kills {
		after, seen := 1+random.IntN(6), 0
		s.until(func(status int) bool {
			if status == http.StatusSeeOther {
				seen++
			} else if status != 0 {
				t.Errorf("a trial is answered with %d", status)
			}
			if seen == after {
				_ = s.at.Process.Kill() // while the other tabs wait for their answers
			}
			return seen >= after
		})
		p.kill(t)
		p = start(t, onDatabase(w.URL))
		s.at = p
	}
	s.check(t, w)
}

// While the database is away, writing is answered with 503; when it is back,
// everything works without a restart, and nothing is lost or there twice.
func TestDatabaseAway(t *testing.T) {
	w := modelstest.New(t)
	interrupt, times := holdSQLite(w), 1
	if server := os.Getenv("TEST_DATABASE_URL"); server != "" {
		url, control := ownPostgres(t)
		w = modelstest.Fill(t, url)
		interrupt, times = func(t *testing.T) {
			if out, err := exec.CommandContext(t.Context(), control, "restart").CombinedOutput(); err != nil {
				t.Fatalf("restart: %v: %s", err, out)
			}
		}, 5
	}
	p := start(t, onDatabase(w.URL))
	s := startStream(t, w, p)
	for range times {
		ok := 0
		s.until(func(status int) bool { ok++; return ok >= 10 })
		over := make(chan struct{})
		go func() { defer close(over); interrupt(t) }()
		answers := map[int]int{}
		s.until(func(status int) bool {
			answers[status]++
			select {
			case <-over:
				return true
			default:
				return false
			}
		})
		for status := range answers {
			if status != http.StatusSeeOther && status != http.StatusServiceUnavailable {
				t.Errorf("while the database was away, %d answers were %d", answers[status], status)
			}
		}
		back := time.Now()
		await(t, "the portal to work again", func() bool { return s.issue() == http.StatusSeeOther })
		t.Logf("away: %v; issuing again %s after it was back", answers, time.Since(back).Round(time.Millisecond))
	}
	s.check(t, w)
}

// holdSQLite has another program write for 20 s.
func holdSQLite(w *modelstest.World) func(*testing.T) {
	return func(t *testing.T) {
		tx := w.DB.Begin()
		if tx.Error != nil {
			t.Error(tx.Error)
			return
		}
		long := 20 * time.Second // longer than anybody waits
		if testing.Short() {
			long = 6 * time.Second
		}
		time.Sleep(long)
		tx.Rollback()
	}
}

// ownPostgres starts a server for this test alone, and returns its address and
// the program that restarts it.
func ownPostgres(t *testing.T) (url, control string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, "../../.ci/postgres", "run", "--", "sh", "-c", `echo "$TEST_DATABASE_URL $TEST_DATABASE_CONTROL"; exec cat`)
	c.Env = append(os.Environ(), "DURABLE=1") // a server that forgets commits proves nothing
	input, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = input.Close() // cat ends, and with it the server
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
		cancel()
	})
	var line strings.Builder
	for b := make([]byte, 1); !strings.HasSuffix(line.String(), "\n"); {
		if _, err := output.Read(b); err != nil {
			t.Fatalf("the server does not start: %v", err)
		}
		line.Write(b)
	}
	url, control, _ = strings.Cut(strings.TrimSpace(line.String()), " ")
	return url, control
}

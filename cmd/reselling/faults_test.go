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

// rescueAfter is how long the portals here leave jobs of a killed process lying.
const rescueAfter = 3 * time.Second

// serveFaulty starts a portal that takes up the jobs of a killed one soon.
func serveFaulty(t *testing.T, database string) *process {
	t.Helper()
	return start(t, append(onDatabase(database), "RESELLING_RESCUE_AFTER="+rescueAfter.String()))
}

// stream is two Sellers of two accounts who issue one trial after the other, from several tabs.
type stream struct {
	sellers []*client
	tokens  []string

	mu      sync.Mutex
	next    int
	open    []int          // sent, and nobody knows what became of them
	issued  map[int]bool   // acknowledged
	kept    map[int]answer // the last page of each that was answered with 503
	unsaved int            // answers with 503
}

// startStream signs the Sellers in and lifts the quotas.
func startStream(t *testing.T, w *modelstest.World, p *process) *stream {
	t.Helper()
	w.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000")
	s := &stream{issued: map[int]bool{}, kept: map[int]answer{}}
	for _, seller := range []string{modelstest.AcmeSeller.Email, modelstest.GlobexSeller.Email} {
		c := p.visit(t)
		c.signIn(seller, modelstest.Password)
		token := c.get("/trials/new").token()
		if token == "" {
			t.Fatalf("%s can't issue trials", seller)
		}
		s.sellers, s.tokens = append(s.sellers, c), append(s.tokens, token)
	}
	return s
}

// turnTo sends the Sellers to another process.
func (s *stream) turnTo(p *process) {
	for _, c := range s.sellers {
		c.at = p
	}
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

func company(n int) string { return fmt.Sprint("Company ", n) }

// issue sends one trial and returns the status of the answer, 0 for none.
func (s *stream) issue() int {
	n := s.take()
	c := s.sellers[n%len(s.sellers)]
	a, err := c.ask(c.at, http.MethodPost, "/trials", url.Values{
		"csrf": {s.tokens[n%len(s.sellers)]}, "request_key": {fmt.Sprint("key-", n)}, "product": {"studio-pro"}, "who": {"new"},
		"company": {company(n)}, "email": {fmt.Sprintf("boss@company%d.example", n)},
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		a.status = 0
	case a.status == http.StatusSeeOther:
		s.issued[n] = true
		return a.status
	case a.status == http.StatusServiceUnavailable:
		s.kept[n] = a
		s.unsaved++
	}
	s.open = append(s.open, n)
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

// someMore issues n trials, all of which must be acknowledged.
func (s *stream) someMore(t *testing.T, n int) {
	t.Helper()
	s.until(func(status int) bool {
		if status != http.StatusSeeOther {
			t.Errorf("a trial is answered with %d", status)
		}
		n--
		return n <= 0
	})
}

// during issues trials while something happens to the database, and reads
// meanwhile. It returns how many answers of each kind there were.
func (s *stream) during(t *testing.T, happens func(*testing.T)) (written, read map[int]int) {
	t.Helper()
	over := make(chan struct{})
	go func() { defer close(over); happens(t) }()
	isOver := func() bool {
		select {
		case <-over:
			return true
		default:
			return false
		}
	}
	written, read = map[int]int{}, map[int]int{}
	var reader sync.WaitGroup
	reader.Go(func() {
		for c := s.sellers[0]; !isOver(); {
			for _, path := range []string{"/", "/trials", "/clients"} {
				a, err := c.ask(c.at, http.MethodGet, path, nil)
				if err != nil {
					t.Errorf("%s: %v", path, err)
				}
				read[a.status]++
			}
		}
	})
	s.until(func(status int) bool { written[status]++; return isOver() })
	reader.Wait()
	for status, n := range written {
		if status != http.StatusSeeOther && status != http.StatusServiceUnavailable {
			t.Errorf("%d trials were answered with %d", n, status)
		}
	}
	s.checkKept(t)
	return written, read
}

// checkKept looks at the pages that say that nothing could be saved.
func (s *stream) checkKept(t *testing.T) {
	t.Helper()
	for n, a := range s.kept {
		if a.header.Get("Retry-After") == "" || !strings.Contains(a.body, company(n)) || !strings.Contains(a.body, fmt.Sprint("key-", n)) {
			t.Errorf("503 with Retry-After %q keeps nothing of what was typed: %s", a.header.Get("Retry-After"), a.Find("main").Text())
			return
		}
	}
}

// check holds what is stored against what was acknowledged: each trial once, and
// with it one client, one licence, one event and one mail.
func (s *stream) check(t *testing.T, w *modelstest.World) {
	t.Helper()
	s.settle(t)
	s.counts(t, w)
	for n := range s.issued {
		if got := w.Count(t, "trials", "client_id IN (SELECT id FROM clients WHERE company = ?)", company(n)); got != 1 {
			t.Errorf("%s has %d trials", company(n), got)
		}
	}
	await(t, "all mails", func() bool { return w.Count(t, "river_job", "kind = 'trial_mail' AND state <> 'completed'") == 0 })
	if n := w.Count(t, "mails", "kind = 'trial_mail'"); n != len(s.issued) {
		t.Errorf("%d mails for %d trials", n, len(s.issued))
	}
	if n := w.Count(t, "trials", "NOT EXISTS (SELECT 1 FROM mails WHERE mails.subject_id = trials.id AND mails.sent_at IS NOT NULL)"); n != 0 {
		t.Errorf("%d trials without a mail", n)
	}
}

// settle sends again what nobody knows the end of.
func (s *stream) settle(t *testing.T) {
	t.Helper()
	for len(s.open) > 0 {
		if status := s.issue(); status != http.StatusSeeOther {
			t.Fatalf("what got no answer, sent again: %d", status)
		}
	}
}

// counts makes sure that nothing is there in part.
func (s *stream) counts(t *testing.T, w *modelstest.World) {
	t.Helper()
	for what, n := range map[string]int{
		"trials":   w.Count(t, "trials", "1 = 1"),
		"licences": w.Count(t, "licenses", "1 = 1"),
		"clients":  w.Count(t, "clients", "company LIKE 'Company %'"),
		"events":   w.Count(t, "events", "action = 'trial.issued'"),
		"jobs":     w.Count(t, "river_job", "kind = 'trial_mail'"),
	} {
		if n != len(s.issued) {
			t.Errorf("%d %s for %d acknowledged trials", n, what, len(s.issued))
		}
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
	p := serveFaulty(t, w.URL)
	s := startStream(t, w, p)
	for range kills {
		after, seen := 1+random.IntN(8), 0
		moment := time.Duration(random.IntN(30)) * time.Millisecond
		var once sync.Once
		s.until(func(status int) bool {
			if status == http.StatusSeeOther {
				seen++
			} else if status != 0 {
				t.Errorf("a trial is answered with %d", status)
			}
			if seen >= after {
				once.Do(func() { time.AfterFunc(moment, func() { _ = p.Process.Kill() }) }) // in the midst of the next ones
			}
			return false
		})
		p.kill(t)
		p = serveFaulty(t, w.URL)
		s.turnTo(p)
	}
	t.Logf("%d trials acknowledged, %d unanswered; %d jobs were running when their process died", len(s.issued), len(s.open), w.Count(t, "river_job", "state = 'running'"))
	s.check(t, w)
}

// backWithin is how soon after the database the portal works again.
const backWithin = 5 * time.Second

// While the database is away, writing is answered with 503; when it is back,
// everything works without a restart, and nothing is lost or there twice.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	var w *modelstest.World
	var interrupt func(*testing.T)
	times := 1
	if os.Getenv("TEST_DATABASE_URL") == "" {
		w = modelstest.New(t)
		interrupt = holdSQLite(w)
	} else {
		server, control := ownPostgres(t)
		w, times = modelstest.Fill(t, server), 5
		interrupt = func(t *testing.T) {
			if out, err := exec.CommandContext(t.Context(), control, "restart").CombinedOutput(); err != nil {
				t.Errorf("restart: %v: %s", err, out)
			}
		}
	}
	p := serveFaulty(t, w.URL)
	s := startStream(t, w, p)
	for range times {
		s.someMore(t, 10)
		written, read := s.during(t, interrupt)
		back, failed := time.Now(), 0
		for s.issue() != http.StatusSeeOther {
			if failed++; time.Since(back) > backWithin {
				t.Fatalf("not back %s after the database", backWithin)
			}
		}
		t.Logf("written %v, read %v while it was away; issuing again %s after it was back, %d more failed", written, read, time.Since(back).Round(time.Millisecond), failed)
		if written[http.StatusServiceUnavailable] == 0 {
			t.Error("nobody noticed")
		}
		for status := range read {
			if status != http.StatusOK && (w.Dialect() == "sqlite" || status != http.StatusServiceUnavailable) {
				t.Errorf("reading while it was away: %d", status)
			}
		}
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

// A full disk stops writing and nothing else; with room again all goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	w := disk.world
	p := serveFaulty(t, w.URL)
	s := startStream(t, w, p)
	s.someMore(t, 10)
	disk.fill(t, p)
	written, read := s.during(t, func(t *testing.T) {
		await(t, "the disk to be full", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.unsaved >= 20
		})
	})
	t.Logf("with a full disk: written %v, read %v", written, read)
	for status := range read {
		if status != http.StatusOK {
			t.Errorf("reading with a full disk: %d", status)
		}
	}
	s.counts(t, w)
	disk.empty(t, p)
	s.someMore(t, 10)
	s.check(t, w)
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

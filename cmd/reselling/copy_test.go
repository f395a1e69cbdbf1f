package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reselling/models/modelstest"
)

// TestBackupRestoreSilencePromote is the whole story of a backup, with the
// program as it is run: it is taken while trials are issued, restored elsewhere,
// where nobody is signed in and no mail leaves, and made the real one, after
// which what waited leaves, once.
func TestBackupRestoreSilencePromote(t *testing.T) {
	t.Parallel()
	w := modelstest.New(t)
	p := serveFaulty(t, w.URL)
	s := startStream(t, w, p)
	s.someMore(t, 10)
	sent := len(s.issued)
	await(t, "the first mails", func() bool { // and that River has noted it
		return w.Count(t, "mails", "kind = 'trial_mail' AND sent_at IS NOT NULL") == sent && w.Count(t, "river_job", "kind = 'trial_mail' AND state = 'completed'") == sent
	})
	p.kill(t)

	// Of the trials that follow, no mail has left when the backup is taken.
	original := start(t, append(onDatabase(w.URL), "RESELLING_NO_WORKER=true"))
	s.turnTo(original)
	s.settle(t)
	s.someMore(t, 10)
	before, over, streamed := len(s.issued), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(streamed)
		s.until(func(status int) bool {
			if status != 303 {
				t.Errorf("while the backup is taken, a trial is answered with %d", status)
			}
			select {
			case <-over:
				return true
			default:
				return false
			}
		})
	}()
	restored := backUp(t, w)
	close(over)
	<-streamed
	if t.Failed() {
		return
	}
	after := len(s.issued)

	copied := modelstest.On(t, restored, w.Clock)
	n := copied.Count(t, "trials", "1 = 1")
	if n < before || n > after {
		t.Errorf("the backup has %d trials; %d were there when it began, %d when it was done", n, before, after)
	}
	for table, condition := range map[string]string{"licenses": "1 = 1", "clients": "company LIKE 'Company %'", "events": "action = 'trial.issued'", "river_job": "kind = 'trial_mail'"} {
		if got := copied.Count(t, table, condition); got != n {
			t.Errorf("the backup has %d %s for %d trials", got, table, n)
		}
	}
	waiting := copied.Count(t, "river_job", "kind = 'trial_mail' AND state <> 'completed'")
	if waiting != n-sent || waiting == 0 {
		t.Errorf("%d mails wait in the backup, %d were sent, of %d", waiting, sent, n)
	}

	// The copy is silent, says so, and knows nobody.
	c := start(t, onDatabase(restored))
	if a, err := s.sellers[0].ask(c, "GET", "/trials", nil); err != nil || a.status != 303 || !strings.HasPrefix(a.location, "/login") {
		t.Errorf("a session of the original on the copy: %d %s, %v", a.status, a.location, err)
	}
	visitor := c.visit(t)
	visitor.signIn(modelstest.AcmeSeller.Email, modelstest.Password)
	form := visitor.get("/trials/new")
	if banner := form.Find(".banner").Text(); !strings.Contains(banner, "This is a copy of the portal") || !strings.Contains(banner, "no mail leaves") {
		t.Errorf("the banner of the copy: %q", banner)
	}
	if a := visitor.post("/trials", url.Values{"csrf": {form.token()}, "request_key": {"on the copy"}, "product": {"studio-pro"}, "who": {"new"}, "company": {"Copycat"}, "email": {"boss@copycat.example"}}); a.status != 303 {
		t.Errorf("a trial on the copy is answered with %d", a.status)
	}
	waiting++
	await(t, "a worker to have looked at every mail", func() bool {
		return copied.Count(t, "river_job", "kind = 'trial_mail' AND state = 'scheduled'") == waiting
	})
	if got := copied.Count(t, "mails", "kind = 'trial_mail'"); got != sent {
		t.Errorf("the copy has %d mails, %d were sent before the backup", got, sent)
	}

	// The original has noticed nothing.
	s.turnTo(original)
	if a := s.sellers[0].get("/trials"); a.status != 200 || a.Find(".banner").Length() != 0 {
		t.Errorf("the original: %d", a.status)
	}
	if got := w.Count(t, "mails", "kind = 'trial_mail'"); got != sent || w.Count(t, "trials", "1 = 1") != after {
		t.Errorf("the original has %d mails, %d trials", got, w.Count(t, "trials", "1 = 1"))
	}

	// Made the real one, it sends what has waited, once.
	if out, errs, code := ended(t, command(t, onDatabase(restored), "promote")); code != 0 || !strings.Contains(out, "This database is the real one now") {
		t.Fatalf("promote: %d, %s%s", code, out, errs)
	}
	if _, errs, code := ended(t, command(t, onDatabase(restored), "promote")); code == 0 || !strings.Contains(errs, "the real one already") {
		t.Errorf("promoted twice: %d, %s", code, errs)
	}
	c.kill(t)
	visitor.at = start(t, onDatabase(restored))
	await(t, "the mails that waited", func() bool {
		return copied.Count(t, "river_job", "kind = 'trial_mail' AND state <> 'completed'") == 0
	})
	if got := copied.Count(t, "mails", "kind = 'trial_mail' AND sent_at IS NOT NULL"); got != n+1 || copied.Count(t, "mails", "kind = 'trial_mail'") != n+1 {
		t.Errorf("%d mails for %d trials", got, n+1)
	}
	if got := copied.Count(t, "trials", "(SELECT COUNT(*) FROM mails WHERE mails.subject_id = trials.id) <> 1"); got != 0 {
		t.Errorf("%d trials have no mail, or two", got)
	}
	if banner := visitor.get("/trials").Find(".banner").Length(); banner != 0 {
		t.Error("the banner is there still")
	}
}

// backUp takes a backup while the portal serves, restores it where nothing is
// yet, and returns where that is: by the program itself or, on PostgreSQL, by
// its own tools, as docs/operations.md says.
func backUp(t *testing.T, w *modelstest.World) (restored string) {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "backup")
	if w.Dialect() == "sqlite" {
		if out, errs, code := ended(t, command(t, onDatabase(w.URL), "backup", file)); code != 0 || !strings.Contains(out, "checked") {
			t.Errorf("backup: %d, %s%s", code, out, errs)
			return ""
		}
		restored = "file:" + filepath.Join(folder, "elsewhere", "reselling.db")
		if out, errs, code := ended(t, command(t, onDatabase(restored), "restore", file)); code != 0 || !strings.Contains(out, "as a copy") {
			t.Errorf("restore: %d, %s%s", code, out, errs)
		}
		if _, _, code := ended(t, command(t, onDatabase(restored), "restore", file)); code == 0 {
			t.Error("restored over a database that was there")
		}
		return restored
	}
	u, err := url.Parse(w.URL)
	must(t, err)
	name := fmt.Sprintf("restored_%d", os.Getpid())
	must(t, w.DB.Exec("CREATE DATABASE "+name).Error)
	t.Cleanup(func() { must(t, w.DB.Exec("DROP DATABASE "+name+" WITH (FORCE)").Error) })
	u.Path = "/" + name
	restored = u.String()
	must(t, sh(t, postgresTool(t, "pg_dump"), "--format=custom", "--file="+file, w.URL))
	must(t, sh(t, postgresTool(t, "pg_restore"), "--dbname="+restored, file))
	return restored
}

// postgresTool is the newest of a program of PostgreSQL's.
func postgresTool(t *testing.T, name string) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	must(t, err)
	if len(found) == 0 {
		return name
	}
	return found[len(found)-1]
}

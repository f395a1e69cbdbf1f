package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"reselling/models/modelstest"
)

// applied is how many migrations the database has.
func applied(w *modelstest.World) (n int) {
	// Before the first one there is no such table.
	_ = w.DB.Raw("SELECT COUNT(*) FROM goose_db_version WHERE version_id > 0").Scan(&n).Error
	return n
}

// migrated is a database that `reselling migrate` has made undisturbed.
func migrated(t *testing.T) (schema string, migrations int) {
	t.Helper()
	w := modelstest.Empty(t)
	if _, stderr, code := ended(t, command(t, onDatabase(w.URL), "migrate")); code != 0 {
		t.Fatalf("migrate: exit code %d, says %q", code, stderr)
	}
	return w.Schema(t, "%"), applied(w)
}

// TestMigrationKilled kills the migration of a database again and again until
// one gets through: whatever was there when it died, the next one goes on from.
func TestMigrationKilled(t *testing.T) {
	t.Parallel()
	want, last := migrated(t)
	w := modelstest.Empty(t)
	kills, between := 0, 0
	for goal := 0; goal < last; goal++ {
		if applied(w) > goal {
			continue
		}
		c := command(t, onDatabase(w.URL), "migrate")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		done := false
		for !done && applied(w) < goal {
			select {
			case err := <-ended:
				t.Fatalf("migrate ended after %d of %d migrations: %v", applied(w), last, err)
			case <-time.After(time.Millisecond):
			}
		}
		_ = c.Process.Kill() // unless it is just done
		if err := <-ended; err != nil {
			kills++
		}
		has := applied(w)
		if has > 0 && has < last {
			between++
			if _, stderr, code := endedServe(t, w); code == 0 || !strings.Contains(stderr, "run `reselling migrate`") {
				t.Errorf("half a schema is served: exit code %d, says %q", code, stderr)
			}
		}
	}
	if between == 0 {
		t.Errorf("none of %d kills fell between the first migration and the last", kills)
	}
	t.Logf("%d kills, after %d of them the schema was an older one", kills, between)
	if _, stderr, code := ended(t, command(t, onDatabase(w.URL), "migrate")); code != 0 {
		t.Fatalf("migrate: exit code %d, says %q", code, stderr)
	}
	if got := w.Schema(t, "%"); got != want {
		t.Errorf("after kills:\n%s\n\nundisturbed:\n%s", got, want)
	}
	if got := applied(w); got != last {
		t.Errorf("%d migrations are applied, want %d", got, last)
	}
}

func endedServe(t *testing.T, w *modelstest.World) (stdout, stderr string, code int) {
	t.Helper()
	return ended(t, command(t, onDatabase(w.URL), "serve"))
}

// TestFourReplicasMigrateAtOnce starts four portals that all find an empty database.
func TestFourReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	want, last := migrated(t)
	w := modelstest.Empty(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, stderr, code := ended(t, command(t, onDatabase(w.URL), "migrate")); code != 0 {
				t.Errorf("migrate: exit code %d, says %q", code, stderr)
			}
		})
	}
	wg.Wait()
	if got := w.Schema(t, "%"); got != want {
		t.Errorf("four at once:\n%s\n\none:\n%s", got, want)
	}
	if got := applied(w); got != last {
		t.Errorf("%d migrations are applied, want %d", got, last)
	}
}

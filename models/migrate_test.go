package models_test

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"reselling/models"
	"reselling/models/modelstest"
)

// river is River's own way to look at the schema and to migrate it.
func river(t *testing.T, w *modelstest.World) *rivermigrate.Migrator[*sql.Tx] {
	t.Helper()
	db, err := w.DB.DB()
	if err != nil {
		t.Fatal(err)
	}
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(db)
	if w.Dialect() == "postgres" {
		driver = riverdatabasesql.New(db)
	}
	m, err := rivermigrate.New(driver, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRiverTablesAreAsRiverMakesThem(t *testing.T) {
	ours, theirs := modelstest.Empty(t), modelstest.Empty(t)
	if err := ours.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := river(t, theirs).Migrate(t.Context(), rivermigrate.DirectionUp, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := ours.Schema(t, "river%"), theirs.Schema(t, "river%"); got != want || got == "" {
		t.Errorf("ours:\n%s\n\nRiver's:\n%s", got, want)
	}
	if result, err := river(t, ours).Validate(t.Context()); err != nil || !result.OK {
		t.Errorf("River does not know its tables: %+v, %v", result, err)
	}
}

// TestMigrationGoesOnWhereItBrokeOff lets migrations fail half way: of River's in
// the middle of its statements, and of ours.
func TestMigrationGoesOnWhereItBrokeOff(t *testing.T) {
	for _, obstacle := range []string{"river_client", "trials"} {
		w := modelstest.Empty(t)
		w.Exec(t, "CREATE TABLE "+obstacle+" (in_the_way INTEGER)")
		err := w.Migrate(t.Context())
		if err == nil || !strings.Contains(err.Error(), obstacle) {
			t.Fatalf("%s is in the way: %v", obstacle, err)
		}
		if err := w.CheckSchema(t.Context()); err == nil {
			t.Error("half a schema counts as one")
		}
		w.Exec(t, "DROP TABLE "+obstacle)
		for range 2 { // and once more, which does nothing
			if err := w.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.CheckSchema(t.Context()); err != nil {
			t.Error(err)
		}
		if result, err := river(t, w).Validate(t.Context()); err != nil || !result.OK {
			t.Errorf("%+v, %v", result, err)
		}
	}
}

func TestCancelledMigrationCanBeRepeated(t *testing.T) {
	w := modelstest.Empty(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Migrate(ctx); err == nil {
		t.Error("a cancelled migration says that it is done")
	}
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestReplicasMigrateOnce(t *testing.T) {
	w := modelstest.Empty(t)
	stores := []*models.Store{w.Store, w.Replica(t), w.Replica(t)}
	errs := make([]error, len(stores))
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() { errs[i] = s.Migrate(t.Context()) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	if n := w.Count(t, "goose_db_version", "version_id = 6"); n != 1 {
		t.Errorf("migration 6 was applied %d times", n)
	}
}

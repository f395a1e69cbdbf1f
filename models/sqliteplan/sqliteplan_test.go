package sqliteplan_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "reselling/models/sqliteplan"
)

// TestPlansDoNotDependOnValues: SQLite may use the index for the value that is
// bound, but then it would have to plan again for each value. It does where the
// statement itself names the value.
func TestPlansDoNotDependOnValues(t *testing.T) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "plans.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE things (kind TEXT, name TEXT); CREATE INDEX odd_things ON things (name) WHERE kind = 'odd'"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		where  string
		args   []any
		isUsed bool
	}{
		{"kind = ? AND name = ?", []any{"odd", "a"}, false},
		{"kind = 'odd' AND name = ?", []any{"a"}, true},
	} {
		var detail string
		var id, parent, unused int
		row := db.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN SELECT * FROM things WHERE "+c.where, c.args...)
		if err := row.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(detail, "odd_things") != c.isUsed {
			t.Errorf("%s: %s", c.where, detail)
		}
	}
}

package models_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// refusesBackup reports whether the world is on PostgreSQL, and checks what is said there:
// backups are pg_dump's.
func refusesBackup(t *testing.T, w *modelstest.World) bool {
	t.Helper()
	if w.Dialect() == "sqlite" {
		return false
	}
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := w.Backup(t.Context(), models.System, path); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("backup of PostgreSQL: %v, want a word on pg_dump", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("there is a file nevertheless")
	}
	return true
}

func TestBackupAndRestore(t *testing.T) {
	w := modelstest.New(t)
	if refusesBackup(t, w) {
		return
	}
	ctx, folder := t.Context(), t.TempDir()
	backup, restored := filepath.Join(folder, "backup.db"), filepath.Join(folder, "restored.db")
	// Taken while another use case is under way: what it has not committed is not in it.
	held := w.DB.Begin()
	fine(t, held.Exec("UPDATE accounts SET name = 'Half done' WHERE id = ?", modelstest.Acme).Error)
	fine(t, w.Backup(ctx, models.System, backup))
	fine(t, held.Rollback().Error)
	if about, err := os.Stat(backup); err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("the backup's mode is %v, %v", about.Mode(), err)
	}
	if err := w.Backup(ctx, models.System, backup); err == nil {
		t.Error("a backup was overwritten")
	}
	fine(t, models.Restore(ctx, backup, restored, w.Options()))
	if err := models.Restore(ctx, backup, restored, w.Options()); err == nil {
		t.Error("a database was overwritten")
	}
	copied := modelstest.On(t, "file:"+restored, w.Clock)
	if name := copied.Count(t, "accounts", "name = 'Acme'"); name != 1 {
		t.Error("Acme is not in the copy as it was")
	}
	if n := copied.Count(t, "sessions", "ended_at IS NULL"); n != 0 {
		t.Errorf("%d sessions of the original live on in the copy", n)
	}
	if n := w.Count(t, "sessions", "ended_at IS NULL"); n == 0 {
		t.Error("the original lost its sessions")
	}
	settles(t, copied.Store, true)
	fine(t, copied.Promote(ctx, models.System))
	settles(t, copied.Store, false)
	if err := copied.Promote(ctx, models.System); models.KindOf(err) != models.Conflict {
		t.Errorf("promoted twice: %v", err)
	}
	if got := strings.Join(copied.Events(t, "1"), " "); got != "installation.copied installation.promoted" {
		t.Errorf("events: %s", got)
	}
	if files, _ := filepath.Glob(filepath.Join(folder, ".reselling-*")); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}

func settles(t *testing.T, s *models.Store, asCopy bool) {
	t.Helper()
	isCopy, err := s.Settle(t.Context(), models.System)
	if err != nil {
		t.Fatalf("settle: %v", err)
	}
	held, err := s.IsCopy(t.Context(), models.System)
	fine(t, err)
	if isCopy != asCopy || held != asCopy {
		t.Errorf("Settle says copy: %t, IsCopy: %t; want %t", isCopy, held, asCopy)
	}
}

func TestRestoreRefusesWhatIsNoBackup(t *testing.T) {
	w := modelstest.New(t)
	if refusesBackup(t, w) {
		return
	}
	ctx, folder := t.Context(), t.TempDir()
	good := filepath.Join(folder, "good.db")
	fine(t, w.Backup(ctx, models.System, good))
	whole, err := os.ReadFile(good)
	fine(t, err)
	for name, content := range map[string][]byte{
		"empty": {}, "text": []byte("not a database at all, only some text that is long enough"),
		"cut": whole[:len(whole)/2], "damaged": damaged(whole),
	} {
		t.Run(name, func(t *testing.T) {
			backup, target := filepath.Join(folder, name), filepath.Join(folder, "from-"+name)
			fine(t, os.WriteFile(backup, content, 0o600))
			if err := models.Restore(ctx, backup, target, w.Options()); err == nil {
				t.Error("restored")
			}
			if _, err := os.Stat(target); err == nil {
				t.Error("left a database behind")
			}
		})
	}
}

func damaged(whole []byte) []byte {
	b := append([]byte(nil), whole...)
	for i := len(b) / 3; i < len(b)/3+20_000; i++ {
		b[i] ^= 0x5a
	}
	return b
}

// A database that was moved or copied by other means is noticed all the same.
func TestACopyIsNoticed(t *testing.T) {
	w := modelstest.New(t)
	settles(t, w.Store, false)
	settles(t, w.Replica(t), false)
	w.Exec(t, "UPDATE installation SET place = 'somewhere else'")
	live := w.Count(t, "sessions", "ended_at IS NULL")
	settles(t, w.Store, true)
	if n := w.Count(t, "sessions", "ended_at IS NULL"); live == 0 || n != 0 {
		t.Errorf("%d of %d sessions live on in the copy", n, live)
	}
	settles(t, w.Replica(t), true)
	if got := strings.Join(w.Events(t, "1"), " "); got != "installation.copied" {
		t.Errorf("events: %s", got)
	}
	for _, act := range []func() error{
		func() error { _, err := w.Settle(t.Context(), modelstest.VendorAdministrator); return err },
		func() error { return w.Promote(t.Context(), modelstest.VendorAdministrator) },
		func() error { return w.Backup(t.Context(), modelstest.VendorAdministrator, "x") },
	} {
		if err := act(); models.KindOf(err) != models.Forbidden {
			t.Errorf("somebody on the web: %v, want Forbidden", err)
		}
	}
	fine(t, w.Promote(t.Context(), models.System))
	settles(t, w.Store, false)
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

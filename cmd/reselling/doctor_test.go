package main

import (
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"reselling/models/modelstest"
)

// sound makes w an installation that is fit for real business, and returns the variables for it.
func sound(t *testing.T, w *modelstest.World) []string {
	t.Helper()
	w.Exec(t, "UPDATE vendor SET legal_name = 'Vendor Inc.', address = 'Main Street 1', bank_details = 'IBAN DE02', customer_success_email = 'cs@vendor.example'")
	if path, ok := strings.CutPrefix(w.URL, "file:"); ok {
		must(t, os.Chmod(filepath.Dir(path), 0o700))
	}
	return append(onDatabase(w.URL), "RESELLING_BASE_URL=https://portal.test", "RESELLING_SMTP_HOST=127.0.0.1", "RESELLING_SMTP_TLS=none", "RESELLING_MAIL_FROM=portal@vendor.example", "RESELLING_SMTP_PORT="+politeMailServer(t))
}

// politeMailServer answers yes to everything, and returns its port.
func politeMailServer(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() {
				c := textproto.NewConn(conn)
				defer c.Close()
				for answer := "220 mail.example"; c.PrintfLine("%s", answer) == nil; answer = "250 yes" {
					if _, err := c.ReadLine(); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() { _ = listener.Close(); group.Wait() })
	address, _ := listener.Addr().(*net.TCPAddr)
	return strconv.Itoa(address.Port)
}

func TestDoctorPassesWhatIsSound(t *testing.T) {
	var w *modelstest.World
	if os.Getenv("TEST_DATABASE_URL") == "" {
		w = modelstest.New(t)
	} else {
		server, _ := ownPostgres(t) // the one that the tests share forgets commits when the power fails
		w = modelstest.Fill(t, server)
	}
	stdout, stderr, code := ended(t, command(t, sound(t, w), "doctor", "--deploy"))
	if code != 0 || stderr != "" || strings.Contains(stdout, "WARN") || strings.Contains(stdout, "FAIL") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
}

// TestDoctorFindsEachFault spoils one thing after the other in a sound installation.
func TestDoctorFindsEachFault(t *testing.T) {
	const both, sqlite = "", "sqlite"
	sql := func(statements ...string) func(*testing.T, *modelstest.World) {
		return func(t *testing.T, w *modelstest.World) {
			for _, s := range statements {
				w.Exec(t, s)
			}
		}
	}
	nothing := func(*testing.T, *modelstest.World) {}
	for name, c := range map[string]struct {
		on       string
		spoil    func(*testing.T, *modelstest.World)
		variable string
		line     string // that it begins with
		broken   bool   // it fails without --deploy too
	}{
		"plain http":           {both, nothing, "RESELLING_BASE_URL=http://portal.test", "WARN  settings", false},
		"demo":                 {both, nothing, "RESELLING_DEMO=true", "WARN  settings", false},
		"the demo's key":       {both, nothing, "RESELLING_SECRET_KEY=ZGVtbyBkZW1vIGRlbW8gZGVtbyBkZW1vIGRlbW8gZGVtbyBkZW1v", "WARN  secret key", false},
		"no key":               {both, nothing, "RESELLING_SECRET_KEY=", "FAIL  secret key", true},
		"no mail server":       {both, nothing, "RESELLING_SMTP_HOST=", "WARN  mail", false},
		"a silent mail server": {both, nothing, "RESELLING_SMTP_PORT=1", "FAIL  mail", true},
		"no database":          {both, nothing, "RESELLING_DATABASE_URL=file:/proc/none/here.db", "FAIL  database", true},
		"no administrator":     {both, sql("UPDATE users SET removed_at = created_at WHERE staff_role = 'administrator'"), "", "WARN  staff", false},
		"no bank details":      {both, sql("UPDATE vendor SET bank_details = ''"), "", "WARN  vendor", false},
		"a failed job": {both, sql("INSERT INTO river_job (kind, args, max_attempts, state, scheduled_at, finalized_at) VALUES ('x', '{}', 1, 'discarded', '2026-01-01 00:00:00', '2026-01-01 00:00:00')"),
			"", "FAIL  jobs", true},
		"no worker":     {both, sql("INSERT INTO river_job (kind, args, max_attempts, scheduled_at) VALUES ('x', '{}', 1, '2026-01-01 00:00:00')"), "", "WARN  jobs", false},
		"a copy":        {both, sql("INSERT INTO installation (id, place, since) VALUES (1, 'elsewhere', '2026-01-01 00:00:00')"), "", "WARN  origin", false},
		"another key":   {both, sql("INSERT INTO signing_keys (kid, public_key, created_at) VALUES ('k', 'p', '2026-01-01 00:00:00')"), "", "WARN  signing keys", false},
		"an old schema": {both, sql("DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)"), "", "FAIL  database", true},
		"readable by all": {sqlite, func(t *testing.T, w *modelstest.World) {
			path := strings.TrimPrefix(w.URL, "file:")
			must(t, os.Chmod(path, 0o644))
			must(t, os.Chmod(filepath.Dir(path), 0o755))
		}, "", "WARN  permissions", false},
		"a row without its parent": {sqlite, sql("PRAGMA foreign_keys = 0", "UPDATE memberships SET user_id = 'nobody' WHERE rowid = 1"), "", "FAIL  pages", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := modelstest.New(t)
			if c.on != both && c.on != w.Dialect() {
				return // the other database has no such fault
			}
			variables := append(sound(t, w), c.variable)
			c.spoil(t, w)
			for _, deploy := range []bool{false, true} {
				args := []string{"doctor"}
				if deploy {
					args = append(args, "--deploy")
				}
				stdout, stderr, code := ended(t, command(t, variables, args...))
				if fails := deploy || c.broken; (code == 1) != fails || (stderr != "") != fails {
					t.Errorf("%q: exit code %d, says %q", args, code, stderr)
				}
				lines := strings.Split(stdout, "\n")
				found := 0
				for _, line := range lines {
					switch {
					case strings.HasPrefix(line, c.line):
						found++
					case w.Dialect() == "postgres" && strings.HasPrefix(line, "WARN  durability"):
						// so it is: the server of the tests is made for speed
					case line != "" && !strings.HasPrefix(line, "ok "):
						t.Errorf("%q: it also finds %q", args, line)
					}
				}
				if found != 1 {
					t.Errorf("%q: %d lines begin with %q:\n%s", args, found, c.line, stdout)
				}
			}
		})
	}
}

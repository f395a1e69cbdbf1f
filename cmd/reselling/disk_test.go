package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"reselling/models/modelstest"
)

// disk is a world on a disk that a test can fill.
type disk struct {
	world       *modelstest.World
	fill, empty func(*testing.T, *process)
}

// smallDisk makes a disk in memory. Where this is not allowed, it lets no file of
// the portal grow instead, which is the same to a database in a file.
func smallDisk(t *testing.T) disk {
	t.Helper()
	folder, err := os.MkdirTemp("", "reselling-disk-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	must(t, os.Chmod(folder, 0o755)) // #nosec G302 -- PostgreSQL runs as somebody else
	if os.Geteuid() != 0 || sh(t, "mount", "-t", "tmpfs", "-o", "size=64m,mode=777", "tmpfs", folder) != nil {
		return limitedFiles(t, filepath.Join(folder, "reselling.db"))
	}
	t.Cleanup(func() { must(t, sh(t, "umount", folder)) })
	filler := filepath.Join(folder, "filler")
	d := disk{
		fill: func(t *testing.T, _ *process) {
			f, err := os.Create(filler) // #nosec G304 -- made above
			must(t, err)
			for size := 1 << 20; size > 0; size /= 2 {
				for err = nil; err == nil; {
					_, err = f.Write(make([]byte, size))
				}
			}
			must(t, f.Close())
		},
		empty: func(t *testing.T, _ *process) { must(t, os.Remove(filler)) },
	}
	if os.Getenv("TEST_DATABASE_URL") == "" {
		d.world = modelstest.Fill(t, "file:"+filepath.Join(folder, "reselling.db"))
		return d
	}
	// Of PostgreSQL only the tables lie there: without room for its log the server itself would end.
	tables := filepath.Join(folder, "tables")
	must(t, os.Mkdir(tables, 0o700))
	must(t, sh(t, "chown", "postgres", tables))
	d.world = modelstest.FillTablespace(t, tables)
	return d
}

func limitedFiles(t *testing.T, path string) disk {
	t.Helper()
	limit := func(bytes string) func(*testing.T, *process) {
		return func(t *testing.T, p *process) {
			must(t, sh(t, "prlimit", "--pid", fmt.Sprint(p.Process.Pid), "--fsize="+bytes+":"))
		}
	}
	return disk{modelstest.Fill(t, "file:"+path), limit("100000"), limit("unlimited")}
}

func sh(t *testing.T, name string, args ...string) error {
	t.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...).CombinedOutput() // #nosec G204 -- the tests' own words
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

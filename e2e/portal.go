//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// User is somebody who can sign in to the demo.
type User struct {
	Account       string `json:"account"`
	Plan          string `json:"plan"`
	Role          string `json:"role"`
	ResellingRole string `json:"reselling_role"`
	StaffRole     string `json:"staff_role"`
	Email         string `json:"email"`
	Password      string `json:"password"`
}

// Portal is a running `reselling serve --demo` with a database of its own.
type Portal struct {
	URL   string
	Users []User

	t       testing.TB
	process *exec.Cmd
	ended   chan error
	log     string
}

// binary is the program under test: RESELLING_BINARY, or built from this tree once.
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("RESELLING_BINARY"); path != "" {
		return filepath.Abs(path)
	}
	path := filepath.Join(scratch, "reselling")
	build := exec.Command("go", "build", "-o", path, "./cmd/reselling")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build reselling: %w\n%s", err, out)
	}
	return path, nil
})

// Start starts a portal with fresh demo data on a free port and stops it when
// the test ends. Settings are further variables, as RESELLING_NOW=2026-11-23T09:00:00Z.
func Start(t testing.TB, settings ...string) *Portal {
	t.Helper()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	addr, folder := freeAddress(t), t.TempDir()
	p := &Portal{t: t, URL: "http://" + addr, ended: make(chan error, 1), log: filepath.Join(folder, "log")}
	environment := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "RESELLING_") })
	environment = append(environment, "RESELLING_ADDR="+addr, "RESELLING_BASE_URL="+p.URL,
		"RESELLING_DATABASE_URL=file:"+filepath.Join(folder, "reselling.db"), "RESELLING_DEMO=true")
	environment = append(environment, settings...)

	demo := exec.CommandContext(t.Context(), program, "demo", "--json")
	demo.Env = environment
	complaint := new(bytes.Buffer)
	demo.Stderr = complaint
	out, err := demo.Output()
	if err != nil {
		t.Fatalf("reselling demo --json: %v\n%s", err, complaint)
	}
	if err := json.Unmarshal(out, &p.Users); err != nil {
		t.Fatalf("reselling demo --json: %v in %s", err, out)
	}

	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	p.process = exec.Command(program, "serve", "--demo")
	p.process.Env, p.process.Stdout, p.process.Stderr = environment, log, log
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.process.Wait(); log.Close() }()
	t.Cleanup(p.stop)
	p.awaitReady()
	return p
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (p *Portal) awaitReady() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	for {
		if response, err := fetch(ctx, p.URL+"/readyz", nil); err == nil && response.Status == http.StatusOK {
			return
		}
		select {
		case err := <-p.ended:
			p.ended <- err
			p.t.Fatalf("the portal ended before it was ready: %v", err)
		case <-ctx.Done():
			p.t.Fatal("the portal was not ready within a minute")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop asks the process to end, and holds it to what it logged.
func (p *Portal) stop() {
	_ = p.process.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.ended:
		if err != nil {
			p.t.Errorf("the portal ended badly: %v", err)
		}
	case <-time.After(30 * time.Second):
		_ = p.process.Process.Kill()
		p.t.Errorf("the portal did not end within 30 s of SIGTERM: %v", <-p.ended)
	}
	log, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Error(err)
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	for _, line := range lines {
		if strings.Contains(line, `"level":"ERROR"`) || strings.HasPrefix(line, "panic:") {
			p.t.Errorf("the portal logged: %s", line)
		}
	}
	if p.t.Failed() {
		p.t.Logf("the end of the portal's log:\n%s", strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
}

// User returns the first demo user of whom all words are true, such as
// ("Bronze", "owner"), ("Gold", "seller") or ("administrator").
func (p *Portal) User(words ...string) User {
	p.t.Helper()
	for _, u := range p.Users {
		facts := []string{u.Account, u.Plan, u.Role, u.ResellingRole, u.StaffRole, u.Email}
		if !slices.ContainsFunc(words, func(w string) bool {
			return !slices.ContainsFunc(facts, func(f string) bool { return strings.EqualFold(w, f) })
		}) {
			return u
		}
	}
	p.t.Fatalf("no demo user is %s", strings.Join(words, " and "))
	return User{}
}

// Open opens a browser of its own (own cookies, empty cache) at this portal.
func (p *Portal) Open(t testing.TB, ways ...Way) *Browser {
	t.Helper()
	return Open(t, p.URL, ways...)
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"reselling/models/modelstest"
)

// binary is the program that all tests here run.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "reselling-test")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		binary = filepath.Join(folder, "reselling")
		if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

var secretKey = base64.StdEncoding.EncodeToString(modelstest.Secret)

// patience is how long anything may take before a test gives up on it.
const patience = time.Minute

// base is the portal's address in all tests: where it really listens is the system's choice.
const base = "http://portal.test"

// command is a call of the program in a folder of its own, with these variables and no others.
func command(t *testing.T, variables []string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, binary, args...)
	c.Dir = t.TempDir()
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.Dir}, variables...)
	return c
}

// onDatabase are the variables of a portal on a database.
func onDatabase(address string) []string {
	return []string{"RESELLING_DATABASE_URL=" + address, "RESELLING_SECRET_KEY=" + secretKey, "RESELLING_BASE_URL=" + base, "RESELLING_PLAIN_HTTP=true", "RESELLING_ADDR=127.0.0.1:0"}
}

// ended runs a command to its end.
func ended(t *testing.T, c *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// process is a running portal.
type process struct {
	*exec.Cmd
	address, metrics, baseURL string
	stdout                    *bytes.Buffer
	ended                     chan error

	mu  sync.Mutex
	log strings.Builder
}

// start runs `reselling serve` and returns when it says that it serves.
func start(t *testing.T, variables []string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: command(t, variables, append([]string{"serve"}, args...)...), stdout: new(bytes.Buffer), ended: make(chan error, 1)}
	p.Cmd.Stdout = p.stdout
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan struct{})
	go func() { p.ended <- p.read(stderr, serving) }()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		ended := <-p.ended
		if t.Failed() {
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Logf("the log of %s, which ended with %v:\n%s", p.address, ended, p.log.String())
		}
	})
	select {
	case <-serving:
	case err := <-p.ended:
		p.ended <- err
		t.Fatalf("it does not serve: %v", err)
	case <-time.After(patience):
		t.Fatal("it does not say that it serves")
	}
	return p
}

// read keeps the log, tells when the portal serves, and returns how the process ended.
func (p *process) read(stderr io.Reader, serving chan<- struct{}) error {
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		p.mu.Lock()
		p.log.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		var line struct {
			Msg, Address   string
			MetricsAddress string `json:"metrics_address"`
			BaseURL        string `json:"base_url"`
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			p.address, p.metrics, p.baseURL = line.Address, line.MetricsAddress, line.BaseURL
			close(serving)
		}
	}
	return p.Wait()
}

// exits waits for the process to end by itself.
func (p *process) exits(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case err := <-p.ended:
		p.ended <- err
		if err != nil {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(within):
		t.Errorf("it has not ended within %s", within)
	}
}

// client is a browser that believes the portal to be at base.
type client struct {
	t  *testing.T
	at *process // change it to ask another replica
	*http.Client
}

func (p *process) visit(t *testing.T) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, at: p}
	c.Client = &http.Client{
		Jar: jar, Timeout: patience,
		Transport: &http.Transport{
			// Each request asks anew where to go.
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				to, ok := ctx.Value(replicaKey{}).(*process)
				if !ok {
					to = c.at
				}
				return new(net.Dialer).DialContext(ctx, network, to.address)
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// replicaKey is where a request's context says which replica it is for.
type replicaKey struct{}

// answer is what came back.
type answer struct {
	status   int
	location string
	header   http.Header
	body     string
	*goquery.Document
}

func (c *client) ask(at *process, method, path string, form url.Values) (answer, error) {
	ctx := context.WithValue(c.t.Context(), replicaKey{}, at)
	req, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	return answer{resp.StatusCode, resp.Header.Get("Location"), resp.Header, string(body), doc}, err
}

func (c *client) get(path string) answer {
	c.t.Helper()
	a, err := c.ask(c.at, http.MethodGet, path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *client) post(path string, form url.Values) answer {
	c.t.Helper()
	a, err := c.ask(c.at, http.MethodPost, path, form)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// token is the form token of a page.
func (a answer) token() string { return a.Find("input[name=csrf]").AttrOr("value", "") }

// signIn sends the form of the sign-in page.
func (c *client) signIn(email, password string) answer {
	c.t.Helper()
	return c.post("/login", url.Values{"csrf": {c.get("/login").token()}, "email": {email}, "password": {password}})
}

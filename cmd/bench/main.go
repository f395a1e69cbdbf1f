// Command bench measures the portal over HTTP, signed in, beside what the same
// machine does at the same time without it: a bare handler with the same reads,
// and durable commits of single rows. It prints tables for docs/performance.md.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// settings are the flags.
type settings struct {
	portal      string
	rows        int
	large       int
	seconds     float64
	rounds      int
	connections int
	profiles    string
	fill        string
	validations bool
	webhooks    bool
}

func main() {
	if len(os.Args) == 5 && os.Args[1] == "bare" {
		exit(bare(os.Args[2], os.Args[3], os.Args[4]))
	}
	if len(os.Args) == 4 && os.Args[1] == "validations" {
		exit(bareValidations(os.Args[2], os.Args[3]))
	}
	var s settings
	flag.StringVar(&s.portal, "portal", "bin/reselling", "the program to measure")
	flag.IntVar(&s.rows, "rows", 10_000, "users, clients and trials in the account")
	flag.IntVar(&s.large, "large", 1_000_000, "clients of the large account, and licences, which are compared with 1,000; 0 for neither")
	flag.Float64Var(&s.seconds, "seconds", 3, "length of one run")
	flag.IntVar(&s.rounds, "rounds", 3, "runs of each; the median counts")
	flag.IntVar(&s.connections, "connections", 16, "requests at once")
	flag.StringVar(&s.profiles, "profiles", "", "folder for CPU profiles of the portal, one of each load; none if empty")
	flag.StringVar(&s.fill, "fill", "", "database (file:PATH or postgres://…) to fill and keep, for looking at plans and pages; nothing is measured")
	flag.BoolVar(&s.validations, "validations", false, "measure the validations of licences only")
	flag.BoolVar(&s.webhooks, "webhooks", false, "measure how soon webhooks come only")
	flag.Parse()
	exit(run(context.Background(), s))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, s settings) error {
	folder, err := os.MkdirTemp("", "reselling-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	database, name := "file:"+filepath.Join(folder, "bench.db"), "SQLite"
	if server := os.Getenv("TEST_DATABASE_URL"); server != "" {
		if database, err = createDatabase(ctx, server, ""); err != nil {
			return err
		}
		name = "PostgreSQL"
	}
	if s.fill != "" {
		database = s.fill
	}
	b := &bench{settings: s, folder: folder, database: database}
	if s.validations {
		fmt.Printf("\n## %s, %d connections at once, %g s a run, median of %d\n", name, s.connections, s.seconds, s.rounds)
		return b.compareValidations(ctx)
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer b.world.db.Close()
	if s.fill != "" {
		return nil
	}
	if s.webhooks {
		fmt.Printf("\n## %s\n\n", name)
		return b.measureWebhooks(ctx)
	}
	fmt.Printf("\n## %s, %d connections at once, %g s a run, median of %d\n\n", name, s.connections, s.seconds, s.rounds)
	if err := b.measure(ctx); err != nil {
		return err
	}
	if s.large == 0 {
		return nil
	}
	if err := b.compareSizes(ctx); err != nil {
		return err
	}
	return b.compareValidations(ctx)
}

func createDatabase(ctx context.Context, server, suffix string) (string, error) {
	db, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := fmt.Sprintf("bench_%d%s", os.Getpid(), suffix)
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// bench is one run of the whole on one database.
type bench struct {
	settings
	folder   string
	database string
	world    *world
	portal   *process
	host     string
	metrics  string
}

// The accounts of the world.
const (
	mainAccount  = 1
	smallAccount = 2
	largeAccount = 3
)

func (b *bench) environment() []string {
	return []string{
		"RESELLING_DATABASE_URL=" + b.database, "RESELLING_BASE_URL=http://" + b.host, "RESELLING_ADDR=" + b.host, "RESELLING_METRICS_ADDR=" + b.metrics,
		"RESELLING_PLAIN_HTTP=true", "RESELLING_PRODUCT_RATE=1000000", "RESELLING_WEBHOOK_ALLOW=127.0.0.0/8", "RESELLING_SECRET_KEY=YmVuY2htYXJrIGJlbmNobWFyayBiZW5jaG1hcmsgYmVuY2htYXJr",
	}
}

// create finds addresses for the portal and gives its database the schema.
func (b *bench) create(ctx context.Context) (err error) {
	if b.host, err = freeAddress(); err != nil {
		return err
	}
	if b.metrics, err = freeAddress(); err != nil {
		return err
	}
	migrate := exec.CommandContext(ctx, b.settings.portal, "migrate") // #nosec G204 -- named by whoever measures
	migrate.Env = append(os.Environ(), b.environment()...)
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("migrate: %w: %s", err, out)
	}
	b.world, err = openWorld(b.database)
	return err
}

func (b *bench) prepare(ctx context.Context) error {
	if err := b.create(ctx); err != nil {
		return err
	}
	now := time.Now().UTC()
	if err := b.world.prepare(ctx, now); err != nil {
		return err
	}
	if err := b.world.fill(ctx, mainAccount, b.rows, b.rows, b.rows, now); err != nil {
		return err
	}
	if err := b.world.fillOrders(ctx, mainAccount, b.rows, now); err != nil {
		return err
	}
	return b.world.analyze(ctx)
}

func (b *bench) start(ctx context.Context) (err error) {
	b.portal, err = start(ctx, b.host, "/readyz", b.environment(), b.settings.portal, "serve")
	return err
}

// measure prints the pages, the trials, the start and the memory.
func (b *bench) measure(ctx context.Context) error {
	if err := b.start(ctx); err != nil {
		return err
	}
	defer func() { b.portal.stop() }()
	idle, err := b.portal.memory("VmRSS")
	if err != nil {
		return err
	}
	cookie, err := b.signIn(ctx, mainAccount)
	if err != nil {
		return err
	}
	bare, err := b.startBare(ctx, cookie)
	if err != nil {
		return err
	}
	defer bare.stop()
	fmt.Println("| Page | per second | 99th percentile | processor time | bare handler: per second | processor time | share | bare list alone: per second | share |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
	for _, path := range pages {
		if err := b.comparePage(path, cookie, bare); err != nil {
			return err
		}
	}
	if err := b.compareTrials(ctx, cookie); err != nil {
		return err
	}
	if err := b.measureOrders(ctx, cookie); err != nil {
		return err
	}
	peak, err := b.portal.memory("VmHWM")
	if err != nil {
		return err
	}
	time.Sleep(10 * time.Second) // what the table promises
	after, err := b.portal.memory("VmRSS")
	if err != nil {
		return err
	}
	file, err := b.portal.memory("RssFile")
	if err != nil {
		return err
	}
	own, err := b.portal.memory("RssAnon")
	if err != nil {
		return err
	}
	fmt.Printf("\nStart to first answer: %d ms. Resident: %.0f MB idle, %.0f MB at the peak, %.0f MB ten seconds after; of those %.0f MB are its own (RssAnon), %.0f MB are files that it maps (RssFile), mostly the program.\n", b.portal.started.Milliseconds(), idle, peak, after, own, file)
	return nil
}

var pages = []string{"/team/users", "/clients", "/trials"}

func (b *bench) duration() time.Duration { return time.Duration(b.seconds * float64(time.Second)) }

func (b *bench) comparePage(path, cookie string, bare *process) error {
	var token string
	if err := b.world.db.QueryRowContext(context.Background(), "SELECT token_hash FROM sessions ORDER BY created_at DESC LIMIT 1").Scan(&token); err != nil {
		return err
	}
	runs, err := interleave(b.rounds, func() (result, error) {
		defer b.profile(path)()
		request := get(b.host, path, cookie)
		return loaded(b.portal, b.connections, b.duration(), http.StatusOK, func(int, int) []byte { return request })
	}, func() (result, error) {
		request := get(bare.address, path, "session="+token)
		return loaded(bare, b.connections, b.duration(), http.StatusOK, func(int, int) []byte { return request })
	}, func() (result, error) {
		request := get(bare.address, "/list-alone"+path, "session="+token)
		return loaded(bare, b.connections, b.duration(), http.StatusOK, func(int, int) []byte { return request })
	})
	if err != nil {
		return err
	}
	ours, theirs, alone := runs[0], runs[1], runs[2]
	if ours.Refused+theirs.Refused+alone.Refused > 0 {
		return fmt.Errorf("%s: %d, %d and %d answers were not 200", path, ours.Refused, theirs.Refused, alone.Refused)
	}
	fmt.Printf("| `GET %s` | %.0f | %.1f ms | %.2f ms | %.0f | %.2f ms | %.0f %% | %.0f | %.0f %% |\n", path, ours.PerSecond, ms(ours.P99), ms(ours.CPU),
		theirs.PerSecond, ms(theirs.CPU), 100*ours.PerSecond/theirs.PerSecond, alone.PerSecond, 100*ours.PerSecond/alone.PerSecond)
	return nil
}

// profile takes a CPU profile of the portal until the function that it returns is called.
func (b *bench) profile(name string) (wait func()) {
	if b.profiles == "" {
		return func() {}
	}
	done := make(chan error, 1)
	go func() {
		response, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", b.metrics, max(1, int(b.seconds)))) //nolint:noctx // loopback
		if err != nil {
			done <- err
			return
		}
		defer response.Body.Close()
		file, err := os.Create(filepath.Join(b.profiles, strings.ReplaceAll(strings.Trim(name, "/"), "/", "_")+".pprof"))
		if err != nil {
			done <- err
			return
		}
		_, err = io.Copy(file, response.Body)
		done <- errors.Join(err, file.Close())
	}()
	return func() {
		if err := <-done; err != nil {
			fmt.Fprintln(os.Stderr, "bench: profile:", err)
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// compareTrials issues trials to new clients, beside commits of single rows to the same database.
func (b *bench) compareTrials(ctx context.Context, cookie string) error {
	csrf, err := b.formToken(ctx, "/trials/new", cookie)
	if err != nil {
		return err
	}
	round := 0
	runs, err := interleave(b.rounds, func() (result, error) {
		defer b.profile("issue")()
		round++
		return loaded(b.portal, b.connections, b.duration(), http.StatusSeeOther, func(connection, n int) []byte {
			unique := fmt.Sprintf("%d-%d-%d", round, connection, n)
			form := url.Values{
				"csrf": {csrf}, "request_key": {unique}, "product": {"studio-pro"}, "client": {"new"}, "company": {"Load " + unique},
				"contact_name": {"Lou Load"}, "email": {"it@load-" + unique + ".example"}, "country": {"DE"},
			}
			return post(b.host, "/trials", cookie, form.Encode())
		})
	}, func() (result, error) { return b.commits(ctx) })
	if err != nil {
		return err
	}
	ours, theirs := runs[0], runs[1]
	if ours.Refused > 0 {
		return fmt.Errorf("POST /trials: %d were not issued", ours.Refused)
	}
	fmt.Printf("\n| Form | per second | 99th percentile | processor time | durable single-row commits | share |\n|---|---:|---:|---:|---:|---:|\n| `POST /trials` | %.0f | %.1f ms | %.2f ms | %.0f | %.0f %% |\n", ours.PerSecond, ms(ours.P99), ms(ours.CPU), theirs.PerSecond, 100*ours.PerSecond/theirs.PerSecond)
	return nil
}

// commits measures durable commits of single rows: on SQLite by its one writer,
// on PostgreSQL by as many connections as the portal uses.
func (b *bench) commits(ctx context.Context) (result, error) {
	if _, err := b.world.db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS bench_rows (name TEXT NOT NULL)"); err != nil {
		return result{}, err
	}
	writers := 1
	if b.world.postgres {
		writers = 16
	}
	var wg sync.WaitGroup
	counts, errs := make([]int, writers), make([]error, writers)
	begin := time.Now()
	for i := range writers {
		wg.Go(func() {
			for time.Since(begin) < b.duration() && errs[i] == nil {
				_, errs[i] = b.world.db.ExecContext(ctx, "INSERT INTO bench_rows VALUES ('a single row')")
				counts[i]++
			}
		})
	}
	wg.Wait()
	n := 0
	for i := range counts {
		if errs[i] != nil {
			return result{}, errs[i]
		}
		n += counts[i]
	}
	return result{PerSecond: float64(n) / time.Since(begin).Seconds()}, nil
}

// compareSizes shows that a list costs the same whatever is behind it.
func (b *bench) compareSizes(ctx context.Context) error {
	now := time.Now().UTC()
	if err := b.world.fill(ctx, smallAccount, 1000, 0, 1, now); err != nil {
		return err
	}
	if err := b.world.fill(ctx, largeAccount, b.large, 0, 1, now); err != nil {
		return err
	}
	if err := b.world.analyze(ctx); err != nil {
		return err
	}
	if err := b.start(ctx); err != nil {
		return err
	}
	defer func() { b.portal.stop() }()
	small, err := b.signIn(ctx, smallAccount)
	if err != nil {
		return err
	}
	large, err := b.signIn(ctx, largeAccount)
	if err != nil {
		return err
	}
	last, err := b.lastPage(ctx)
	if err != nil {
		return err
	}
	at := func(path, cookie string) func() (result, error) {
		request := get(b.host, path, cookie)
		return func() (result, error) {
			return loaded(b.portal, b.connections, b.duration(), http.StatusOK, func(int, int) []byte { return request })
		}
	}
	runs, err := interleave(b.rounds, at("/clients", small), at("/clients", large), at(last, large))
	if err != nil {
		return err
	}
	fmt.Printf("\n| `GET /clients` | per second | beside 1,000 clients |\n|---|---:|---:|\n")
	for i, name := range []string{"of 1,000 clients", fmt.Sprintf("of %d clients", b.large), fmt.Sprintf("of %d clients, the last page", b.large)} {
		if runs[i].Refused > 0 {
			return fmt.Errorf("%s: %d answers were not 200", name, runs[i].Refused)
		}
		fmt.Printf("| %s | %.0f | %.0f %% |\n", name, runs[i].PerSecond, 100*runs[i].PerSecond/runs[0].PerSecond)
	}
	return nil
}

// lastPage finds the address of the last full page, from behind the last client.
func (b *bench) lastPage(ctx context.Context) (string, error) {
	var oldest time.Time
	var clientID string
	row := b.world.db.QueryRowContext(ctx, "SELECT created_at, id FROM clients WHERE account_id = $1 ORDER BY created_at, id LIMIT 1 OFFSET 25", id(1, largeAccount))
	if err := row.Scan(&oldest, &clientID); err != nil {
		return "", err
	}
	return "/clients?after=" + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "[%q,%q]", oldest.UTC().Format(time.RFC3339Nano), clientID)), nil
}

// interleave runs each function in turn, rounds times, and returns the median of each by what it did in a second.
func interleave(rounds int, fns ...func() (result, error)) ([]result, error) {
	all := make([][]result, len(fns))
	for range rounds {
		for i, fn := range fns {
			r, err := fn()
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], r)
		}
	}
	medians := make([]result, len(fns))
	for i, runs := range all {
		refused := 0
		for _, r := range runs {
			refused += r.Refused
		}
		slices.SortFunc(runs, func(a, b result) int { return cmp.Compare(a.PerSecond, b.PerSecond) })
		medians[i] = runs[len(runs)/2]
		medians[i].Refused = refused
	}
	return medians, nil
}

func (b *bench) ask(request []byte) (int, string, string, error) { return ask(b.host, request) }

// ask sends one request and returns status, header and body.
func ask(address string, request []byte) (int, string, string, error) {
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return 0, "", "", err
	}
	defer conn.Close()
	if _, err := conn.Write(request); err != nil {
		return 0, "", "", err
	}
	var body bytes.Buffer
	status, header, err := answer(bufio.NewReaderSize(conn, 64<<10), &body)
	return status, header, body.String(), err
}

var (
	csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	cookieSet = regexp.MustCompile(`(?m)^Set-Cookie: ([^;]+)`)
)

func (b *bench) formToken(_ context.Context, path, cookie string) (string, error) {
	status, _, body, err := b.ask(get(b.host, path, cookie))
	if err != nil {
		return "", err
	}
	found := csrfField.FindStringSubmatch(body)
	if found == nil {
		return "", fmt.Errorf("%s answers %d without a form", path, status)
	}
	return found[1], nil
}

// signIn signs in the Owner of account k and returns their cookie.
func (b *bench) signIn(ctx context.Context, k int) (string, error) {
	return b.signInAs(ctx, fmt.Sprintf("person0@bench%d.example", k))
}

func (b *bench) signInAs(_ context.Context, email string) (string, error) {
	_, header, body, err := b.ask(get(b.host, "/login", ""))
	if err != nil {
		return "", err
	}
	cookie, csrf := cookieSet.FindStringSubmatch(header), csrfField.FindStringSubmatch(body)
	if cookie == nil || csrf == nil {
		return "", fmt.Errorf("no form to sign in: %s", tail(body))
	}
	form := url.Values{"csrf": {csrf[1]}, "email": {email}, "password": {password}}
	status, header, body, err := b.ask(post(b.host, "/login", cookie[1], form.Encode()))
	if err != nil {
		return "", err
	}
	if status != http.StatusSeeOther {
		return "", fmt.Errorf("sign-in answers %d: %s", status, tail(body))
	}
	for _, set := range cookieSet.FindAllStringSubmatch(header, -1) {
		if strings.HasPrefix(set[1], "reselling=") {
			return set[1], nil
		}
	}
	return "", fmt.Errorf("sign-in sets no cookie")
}

// startBare starts the bare handler with the bytes of the portal's pages.
func (b *bench) startBare(ctx context.Context, cookie string) (*process, error) {
	for _, path := range pages {
		status, _, body, err := b.ask(get(b.host, path, cookie))
		if err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("%s answers %d: %w", path, status, err)
		}
		if n := strings.Count(body, "<tr"); n < 25 {
			return nil, fmt.Errorf("%s shows %d rows", path, n)
		}
		if err := os.WriteFile(filepath.Join(b.folder, strings.ReplaceAll(path, "/", "_")), []byte(body), 0o600); err != nil {
			return nil, err
		}
	}
	host, err := freeAddress()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(ctx, host, "/readyz", nil, self, "bare", host, b.database, b.folder)
}

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"reselling/models/modelstest"
)

func TestBadSettingsAreRefusedAtTheStart(t *testing.T) {
	good := onDatabase("file:reselling.db")
	with := func(more ...string) []string { return append(append([]string{}, good...), more...) }
	without := func(name string) (rest []string) {
		for _, v := range good {
			if !strings.HasPrefix(v, name+"=") {
				rest = append(rest, v)
			}
		}
		return rest
	}
	for name, c := range map[string]struct {
		variables []string
		args      string
		says      string
	}{
		"no secret":                {without("RESELLING_SECRET_KEY"), "serve", "RESELLING_SECRET_KEY is missing"},
		"no secret for staff add":  {without("RESELLING_SECRET_KEY"), "staff add a@vendor.example", "RESELLING_SECRET_KEY is missing"},
		"no secret for the worker": {without("RESELLING_SECRET_KEY"), "worker", "RESELLING_SECRET_KEY is missing"},
		"short secret":             {with("RESELLING_SECRET_KEY=c2hvcnQ="), "serve", "RESELLING_SECRET_KEY has 5 bytes, at least 32"},
		"secret not base64":        {with("RESELLING_SECRET_KEY=not/base64!"), "serve", "RESELLING_SECRET_KEY is not base64"},
		"http":                     {without("RESELLING_PLAIN_HTTP"), "serve", "passwords need https"},
		"no scheme":                {with("RESELLING_BASE_URL=portal.example.com"), "serve", "RESELLING_BASE_URL is \"portal.example.com\""},
		"base with a path":         {with("RESELLING_BASE_URL=https://example.com/portal"), "serve", "RESELLING_BASE_URL is"},
		"unknown database":         {with("RESELLING_DATABASE_URL=mysql://localhost/x"), "serve", "RESELLING_DATABASE_URL can't be used"},
		"database without a path":  {with("RESELLING_DATABASE_URL=file:"), "serve", "RESELLING_DATABASE_URL can't be used"},
		"database in no folder":    {with("RESELLING_DATABASE_URL=file:/dev/null/reselling.db"), "serve", "RESELLING_DATABASE_URL can't be used"},
		"nobody at the database":   {with("RESELLING_DATABASE_URL=postgres://portal@127.0.0.1:1/portal"), "serve", "RESELLING_DATABASE_URL can't be used: connect to PostgreSQL"},
		"broken database address":  {with("RESELLING_DATABASE_URL=postgres://por tal@127.0.0.1:1/portal"), "serve", "RESELLING_DATABASE_URL can't be used"},
		"proxy network":            {with("RESELLING_PROXIES=10.0.0.0/8,10.0.0.0/99"), "serve", `RESELLING_PROXIES holds "10.0.0.0/99"`},
		"proxy name":               {with("RESELLING_PROXIES=proxy.example"), "serve", `RESELLING_PROXIES holds "proxy.example"`},
		"address without a port":   {with("RESELLING_ADDR=localhost"), "serve", `RESELLING_ADDR is "localhost"`},
		"port too large":           {with("RESELLING_ADDR=localhost:99999"), "serve", `RESELLING_ADDR is "localhost:99999"`},
		"address of nobody here":   {with("RESELLING_ADDR=192.0.2.1:0"), "serve", "listen on 192.0.2.1:0"},
		"metrics address":          {with("RESELLING_METRICS_ADDR=metrics"), "serve", `RESELLING_METRICS_ADDR is "metrics"`},
		"metrics of nobody here":   {with("RESELLING_METRICS_ADDR=192.0.2.1:0"), "serve", "listen on 192.0.2.1:0 for metrics"},
		"clock outside the demo":   {with("RESELLING_NOW=2026-11-23T09:00:00Z"), "serve", "RESELLING_NOW sets the clock of a demo"},
		"clock nobody can read":    {with("RESELLING_NOW=yesterday"), "serve --demo", `RESELLING_NOW is "yesterday"`},
		"mail without a sender":    {with("RESELLING_SMTP_HOST=127.0.0.1"), "serve", "RESELLING_MAIL_FROM"},
		"jobs without time":        {with("RESELLING_RESCUE_AFTER=1ms"), "serve", "RESELLING_RESCUE_AFTER is 1ms"},
		"mail encryption":          {with("RESELLING_SMTP_TLS=perhaps"), "serve", `but got "perhaps"`},
		"a switch half way":        {with("RESELLING_PLAIN_HTTP=maybe"), "serve", "RESELLING_PLAIN_HTTP"},
		"unknown flag":             {good, "serve --nonsense", "unknown flag --nonsense"},
		"unknown command":          {good, "nonsense", "unexpected argument nonsense"},
		"no command":               {good, "", "expected one of"},
		"staff add nobody":         {good, "staff add", `expected "<email>"`},
		"staff add as a king":      {good, "staff add a@vendor.example --role king", `but got "king"`},
		"no schema":                {good, "serve", "run `reselling migrate`"},
		"no schema for staff add":  {good, "staff add a@vendor.example", "run `reselling migrate`"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, code := ended(t, command(t, c.variables, strings.Fields(c.args)...))
			if code == 0 || stdout != "" {
				t.Errorf("exit code %d, printed %q", code, stdout)
			}
			if sentence, ok := strings.CutSuffix(stderr, "\n"); !ok || strings.Contains(sentence, "\n") || !strings.HasPrefix(sentence, "reselling: ") || !strings.Contains(sentence, c.says) || len(sentence) > 400 {
				t.Errorf("it says %q, want one sentence with %q", stderr, c.says)
			}
		})
	}
}

func TestANewerSchemaIsRefused(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)")
	for _, args := range []string{"serve", "worker", "staff add a@vendor.example"} {
		_, stderr, code := ended(t, command(t, onDatabase(w.URL), strings.Fields(args)...))
		if code == 0 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "newer than this program's") {
			t.Errorf("%s: exit code %d, says %q", args, code, stderr)
		}
	}
}

func TestFlagsWinOverVariables(t *testing.T) {
	w := modelstest.New(t)
	wrong := []string{"RESELLING_DATABASE_URL=mysql://nowhere", "RESELLING_SECRET_KEY=c2hvcnQ=", "RESELLING_BASE_URL=https://wrong.example", "RESELLING_ADDR=nonsense", "RESELLING_METRICS_ADDR=nonsense", "RESELLING_PROXIES=nonsense", "RESELLING_PLAIN_HTTP=false"}
	p := start(t, wrong, "--database-url", w.URL, "--secret-key", secretKey, "--base-url", base, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0", "--proxies", "10.0.0.0/8", "--plain-http")
	if p.baseURL != base {
		t.Errorf("it serves %s", p.baseURL)
	}
	if a := p.visit(t).get("/login"); a.status != 200 {
		t.Errorf("/login: %d", a.status)
	}
}

// TestHelp asks each command for help, and holds the settings in it against the README.
func TestHelp(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\$(RESELLING_[A-Z_]+)`)
	listed := map[string]bool{}
	for _, name := range []string{"", "serve", "worker", "migrate", "demo", "staff", "staff add", "doctor"} {
		stdout, stderr, code := ended(t, command(t, nil, append(strings.Fields(name), "--help")...))
		if code != 0 || stderr != "" || !strings.HasPrefix(stdout, strings.TrimSpace("Usage: reselling "+name)) {
			t.Errorf("%q --help: exit code %d, %q, %.80q", name, code, stderr, stdout)
		}
		for _, found := range variable.FindAllStringSubmatch(stdout, -1) {
			listed[found[1]] = true
			if !strings.Contains(string(readme), "`"+found[1]+"`") {
				t.Errorf("the README says nothing of %s", found[1])
			}
		}
	}
	for _, found := range regexp.MustCompile("`(RESELLING_[A-Z_]+)`").FindAllStringSubmatch(string(readme), -1) {
		if !listed[found[1]] {
			t.Errorf("the README lists %s, which no command knows", found[1])
		}
	}
}

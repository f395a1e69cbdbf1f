package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// validation is what a replica answers a product that asks about a key.
func validation(t *testing.T, p *process, key string) string {
	t.Helper()
	body := fmt.Sprintf(`{"key":%q,"product":"studio-pro","fingerprint":"machine-1","nonce":"nonce-of-a-test"}`, key)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.address+"/api/v1/validations", strings.NewReader(body))
	must(t, err)
	request.Host = strings.TrimPrefix(base, "http://")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	must(t, err)
	var said struct{ Code string }
	if err := json.Unmarshal(content, &said); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", response.StatusCode, content)
	}
	return said.Code
}

// TestKeysCommand rotates, withdraws and reissues while two replicas serve: both
// see it with the next question, and the client gets the new key by mail.
func TestKeysCommand(t *testing.T) {
	w := modelstest.New(t)
	keys := func(code int, args ...string) string {
		t.Helper()
		stdout, stderr, got := ended(t, command(t, onDatabase(w.URL), append([]string{"keys"}, args...)...))
		if got != code || (stderr == "") != (code == 0) {
			t.Fatalf("keys %q: exit code %d\n%s%s", args, got, stdout, stderr)
		}
		return stdout + stderr
	}
	says := func(got string, words ...string) {
		t.Helper()
		for _, word := range words {
			if !strings.Contains(got, word) {
				t.Errorf("it does not say %q:\n%s", word, got)
			}
		}
	}
	says(keys(0, "list"), "Nothing was signed yet.")

	issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	must(t, err)
	w.Exec(t, "UPDATE licenses SET ends_at = '2126-01-01 00:00:00'")
	license := func() (l models.License) {
		must(t, w.DB.Where("id = ?", issued.Trial.LicenseID).Take(&l).Error)
		return l
	}
	old := license()
	replicas := []*process{start(t, onDatabase(w.URL)), start(t, onDatabase(w.URL))}
	see := func(key, want string) {
		t.Helper()
		for _, p := range replicas {
			if got := validation(t, p, key); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
	see(old.Key, "FINGERPRINT_UNKNOWN")
	if rows := states(keys(0, "list")); len(rows) != 1 || rows[old.Kid] != "1 signs 1" {
		t.Errorf("%q", rows)
	}

	says(keys(1, "rotate", "--overlap", "1m"), "from 10 minutes to 90 days")
	says(keys(0, "rotate", "--overlap", "24h"), "is published from now on, and signs from", "stays valid")
	says(keys(1, "rotate"), "A new key is published already")
	rows := states(keys(0, "list"))
	if len(rows) != 2 || rows[old.Kid] != "1 signs 1" {
		t.Errorf("%q", rows)
	}
	for _, p := range replicas {
		for kid := range rows {
			says(p.visit(t).get("/.well-known/jwks.json").body, `"kid":"`+kid+`"`)
		}
	}
	see(old.Key, "FINGERPRINT_UNKNOWN")

	says(keys(1, "withdraw", old.Kid), "--reason")
	says(keys(1, "withdraw", "none", "--reason", "Why not"), "Signing key")
	says(keys(1, "reissue", old.Kid), "not withdrawn")
	says(keys(0, "withdraw", old.Kid, "--reason", "A laptop was stolen"), old.Kid+" is withdrawn", "need new keys: 1.", "reselling keys reissue "+old.Kid)
	see(old.Key, "NOT_FOUND")
	rows = states(keys(0, "list"))
	if rows[old.Kid] != "1 withdrawn 1 A laptop was stolen" || len(rows) != 3 {
		t.Errorf("%q", rows)
	}

	says(keys(0, "reissue", old.Kid), "new keys: 1.")
	says(keys(0, "reissue", old.Kid), "new keys: 0.")
	fresh := license()
	if fresh.Key == old.Key || fresh.Kid == old.Kid || states(keys(0, "list"))[fresh.Kid] != "3 signs 1" {
		t.Errorf("the key of %s is %s, before %s", fresh.Kid, fresh.Key, old.Key)
	}
	see(old.Key, "NOT_FOUND")
	see(fresh.Key, "FINGERPRINT_UNKNOWN")

	const mails = "kind = 'key_replaced_mail' AND sent_at IS NOT NULL AND recipient = 'ingrid@initrode.example' AND subject = 'Your licence key of Studio Pro has changed'"
	await(t, "the client's mail", func() bool { return w.Count(t, "mails", mails) == 1 })
	var text string
	must(t, w.DB.Raw("SELECT body FROM mails WHERE "+mails).Scan(&text).Error)
	link := regexp.MustCompile(base + `(/l/\S+)`).FindStringSubmatch(text)
	if link == nil {
		t.Fatalf("no link in %s", text)
	}
	if page := replicas[1].visit(t).get(link[1]); !strings.Contains(page.body, fresh.Key) || strings.Contains(page.body, old.Key) {
		t.Errorf("the client's page does not show the new key: %d", page.status)
	}
}

// states are the generation, state, number of licences and note of each key in a list.
func states(list string) map[string]string {
	all := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(list), "\n")[1:] {
		columns := regexp.MustCompile(`\s{2,}`).Split(strings.TrimSpace(line), -1)
		all[columns[0]] = strings.Join(append(columns[1:3:3], columns[5:]...), " ")
	}
	return all
}

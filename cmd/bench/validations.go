package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The licences that products ask about. They stand beside those of trials.
const (
	licensedAccount = 4
	machineCount    = 100_000 // of the licences, in use
)

// licensing is what signs the benchmark's licence keys, as the portal derives it
// from the secret of environment: generation 1.
type licensing struct {
	key ed25519.PrivateKey
	kid string
}

func newLicensing() (licensing, error) {
	secret := []byte("benchmark benchmark benchmark benchmark")
	seed, err := hkdf.Key(sha256.New, secret, nil, "reselling licence key 1", ed25519.SeedSize)
	if err != nil {
		return licensing{}, err
	}
	key := ed25519.NewKeyFromSeed(seed)
	x := base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"Ed25519","kty":"OKP","x":"%s"}`, x))
	return licensing{key, base64.RawURLEncoding.EncodeToString(sum[:])}, nil
}

func (l licensing) unsigned(id string) string {
	part := func(format string, args ...any) string {
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, format, args...))
	}
	return part(`{"alg":"EdDSA","kid":"%s"}`, l.kid) + "." + part(`{"sub":"%s","aud":"studio-pro"}`, id)
}

func (l licensing) licenseKey(id string) string {
	signed := l.unsigned(id)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(l.key, []byte(signed)))
}

func licensedID(i int) string { return id(14, licensedAccount*10_000_000+i) }
func machineOf(i int) string  { return fmt.Sprintf("machine-%08d", i) }

// fillLicenses adds n licences, the first 100,000 in use on a machine each. Only
// those have a key that a product could have; to sign the others would take longer
// than all the rest, so that theirs are only as long.
func (w *world) fillLicenses(ctx context.Context, l licensing, n int, now time.Time) error {
	account := id(1, licensedAccount)
	past, end := now.AddDate(0, -1, 0), now.AddDate(1, 0, 0)
	if err := w.fill(ctx, licensedAccount, 1, 0, 1, now); err != nil {
		return err
	}
	if err := w.insert(ctx, "signing_keys", strings.Fields("kid public_key generation created_at signs_from"), 1, func(int) []any {
		return []any{l.kid, base64.RawURLEncoding.EncodeToString(l.key.Public().(ed25519.PublicKey)), 1, past, past}
	}); err != nil {
		return err
	}
	if err := w.insert(ctx, "licenses", strings.Fields("id account_id client_id product_id key kid seats starts_at ends_at page_token_hash created_at"), n, func(i int) []any {
		return []any{licensedID(i), account, id(4, licensedAccount*10_000_000), "01920000-0000-7000-8000-000000000011", l.storedKey(i), l.kid, 5, past, end, fmt.Sprint("bench ", i), past}
	}); err != nil {
		return err
	}
	if err := w.insert(ctx, "activations", strings.Fields("id account_id license_id fingerprint place activated_at last_seen_at counts"), min(n, machineCount), func(i int) []any {
		return []any{id(15, licensedAccount*10_000_000+i), account, licensedID(i), machineOf(i), 1, past, past, true}
	}); err != nil {
		return err
	}
	if !w.postgres {
		return nil
	}
	_, err := w.db.ExecContext(ctx, "VACUUM ANALYZE") // as it would in time by itself
	return err
}

// storedKey is the key of the licence numbered i.
func (l licensing) storedKey(i int) string {
	if i < machineCount {
		return l.licenseKey(licensedID(i))
	}
	sum := sha512.Sum512([]byte(strconv.Itoa(i)))
	return l.unsigned(licensedID(i)) + "." + base64.RawURLEncoding.EncodeToString(sum[:])
}

// checked is a portal and a bare handler on a database of some licences.
type checked struct {
	*bench
	bare *process
	keys []string // of the licences in use
}

// compareValidations lets products ask about a thousand licences and about a
// million of which 100,000 are in use, in turn, beside a bare handler that does
// one prepared read and one signature for each.
func (b *bench) compareValidations(ctx context.Context) error {
	l, err := newLicensing()
	if err != nil {
		return err
	}
	sizes := []int{1000, b.large}
	var loads []func() (result, error)
	for _, size := range sizes {
		c, err := b.startChecked(ctx, l, size)
		if err != nil {
			return err
		}
		defer c.stop()
		loads = append(loads, c.load(c.portal), c.load(c.bare))
	}
	runs, err := interleave(b.rounds, loads...)
	if err != nil {
		return err
	}
	fmt.Println("\n| `POST /api/v1/validations` | per second | 99th percentile | processor time | bare handler: per second | 99th percentile | processor time | share | by processor time |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
	for i, size := range sizes {
		ours, theirs := runs[2*i], runs[2*i+1]
		if ours.Refused+theirs.Refused > 0 {
			return fmt.Errorf("validations: %d and %d answers were not 200", ours.Refused, theirs.Refused)
		}
		fmt.Printf("| of %d licences | %.0f | %.1f ms | %.3f ms | %.0f | %.1f ms | %.3f ms | %.0f %% | %.0f %% |\n", size, ours.PerSecond, ms(ours.P99), ms(ours.CPU),
			theirs.PerSecond, ms(theirs.P99), ms(theirs.CPU), 100*ours.PerSecond/theirs.PerSecond, 100*float64(theirs.CPU)/float64(ours.CPU))
	}
	small, large := runs[0], runs[2]
	fmt.Printf("\nWith %d licences, %.0f %% of what it is with 1,000; by processor time %.0f %%.\n", b.large, 100*large.PerSecond/small.PerSecond, 100*float64(small.CPU)/float64(large.CPU))
	return nil
}

// startChecked fills a database of its own with n licences, and starts both
// servers on it.
func (b *bench) startChecked(ctx context.Context, l licensing, n int) (c *checked, err error) {
	c = &checked{bench: &bench{settings: b.settings, folder: b.folder, database: fmt.Sprintf("file:%s", filepath.Join(b.folder, fmt.Sprintf("licences-%d.db", n)))}}
	if server := os.Getenv("TEST_DATABASE_URL"); server != "" {
		if c.database, err = createDatabase(ctx, server, fmt.Sprintf("_licences_%d", n)); err != nil {
			return nil, err
		}
	}
	if err := c.create(ctx); err != nil {
		return nil, err
	}
	defer c.world.db.Close()
	if err := c.world.fillLicenses(ctx, l, n, time.Now().UTC()); err != nil {
		return nil, err
	}
	for i := range min(n, machineCount) {
		c.keys = append(c.keys, l.licenseKey(licensedID(i)))
	}
	host, err := freeAddress()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		return nil, err
	}
	if c.bare, err = start(ctx, host, "/readyz", nil, self, "validations", host, c.database); err == nil {
		err = c.warm()
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *checked) stop() {
	c.portal.stop()
	if c.bare != nil {
		c.bare.stop()
	}
}

// ask is what the machine of the licence numbered i asks.
func (c *checked) ask(address string, i int) []byte {
	body := `{"key":"` + c.keys[i] + `","product":"studio-pro","fingerprint":"` + machineOf(i) + `","nonce":"nonce-of-a-benchmark"}`
	return []byte("POST /api/v1/validations HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// warm lets machines ask both servers before it counts.
func (c *checked) warm() error {
	for _, p := range []*process{c.portal, c.bare} {
		status, _, body, err := ask(p.address, c.ask(p.address, 0))
		if err != nil || status != http.StatusOK || !strings.Contains(body, `"code":"VALID"`) {
			return errors.Join(err, fmt.Errorf("a validation answers %d: %s", status, tail(body)))
		}
		if _, err := load(p.address, c.connections, 2*time.Second, http.StatusOK, func(int, int) []byte { return c.random(p) }); err != nil {
			return err
		}
	}
	return nil
}

// random is what some machine asks p.
func (c *checked) random(p *process) []byte {
	return c.ask(p.address, rand.IntN(len(c.keys))) //nolint:gosec // which machine asks is no secret
}

// load lets machines ask p in no order.
func (c *checked) load(p *process) func() (result, error) {
	return func() (result, error) {
		if p == c.portal {
			defer c.profile(fmt.Sprint("validations-", len(c.keys)))()
		}
		return loaded(p, c.connections, c.duration(), http.StatusOK, func(int, int) []byte { return c.random(p) })
	}
}

// bareValidations answers as the portal does, with one prepared read and one
// Ed25519 signature for each, and nothing else.
func bareValidations(address, database string) error {
	l, err := newLicensing()
	if err != nil {
		return err
	}
	db, err := openBare(database)
	if err != nil {
		return err
	}
	ctx := context.Background()
	//nolint:sqlclosecheck // the process ends with it
	read, err := db.PrepareContext(ctx, `SELECT l.id, l.seats, l.starts_at, l.ends_at, l.revoked_at, l.suspended_at, a.id FROM licenses l
		LEFT JOIN activations a ON a.license_id = l.id AND a.fingerprint = $1 AND a.deactivated_at IS NULL WHERE l.key = $2`)
	if err != nil {
		return err
	}
	header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"EdDSA","kid":"%s"}`, l.kid))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /api/v1/validations", func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Key, Product, Fingerprint, Nonce string }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var license string
		var seats int
		var from, until time.Time
		var revoked, suspended sql.NullTime
		var machine sql.NullString
		if err := read.QueryRowContext(ctx, q.Fingerprint, q.Key).Scan(&license, &seats, &from, &until, &revoked, &suspended, &machine); err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		claims, err := json.Marshal(map[string]any{"sub": license, "seats": seats, "nonce": q.Nonce, "fingerprint": q.Fingerprint, "aud": q.Product, "iat": time.Now().Unix(), "valid_until": until.Unix(), "code": "VALID"})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		signed := header + "." + base64.RawURLEncoding.EncodeToString(claims)
		answer, err := json.Marshal(map[string]any{"code": "VALID", "signed": signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(l.key, []byte(signed)))})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer)
	})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}

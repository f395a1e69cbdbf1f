package main

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// The licences that products ask about. They stand beside those of trials.
const (
	licensedAccount = 4
	machineCount    = 100_000
	warmPerSecond   = 2_500 // at least so many are asked about before it is measured
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

func (l licensing) licenseKey(id string) string {
	part := func(format string, args ...any) string {
		return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, format, args...))
	}
	signed := part(`{"alg":"EdDSA","kid":"%s"}`, l.kid) + "." + part(`{"sub":"%s","aud":"studio-pro"}`, id)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(l.key, []byte(signed)))
}

func licensedID(i int) string { return id(14, licensedAccount*10_000_000+i) }
func machineOf(i int) string  { return fmt.Sprintf("machine-%08d", i) }

// fillLicenses adds licences from the one numbered from to the one before to, each
// of the first 100,000 with a machine. Only those have a key that a product could
// have: to sign the others would take longer than all the rest.
func (w *world) fillLicenses(ctx context.Context, l licensing, from, to int, now time.Time) error {
	account := id(1, licensedAccount)
	past, end := now.AddDate(0, -1, 0), now.AddDate(1, 0, 0)
	if from == 0 {
		if err := w.fill(ctx, licensedAccount, 1, 0, 1, now); err != nil {
			return err
		}
		if _, err := w.db.ExecContext(ctx, "DELETE FROM signing_keys WHERE kid = $1", l.kid); err != nil {
			return err
		}
		if err := w.insert(ctx, "signing_keys", strings.Fields("kid public_key generation created_at signs_from"), 1, func(int) []any {
			return []any{l.kid, base64.RawURLEncoding.EncodeToString(l.key.Public().(ed25519.PublicKey)), 1, past, past}
		}); err != nil {
			return err
		}
	}
	if err := w.insert(ctx, "licenses", strings.Fields("id account_id client_id product_id key kid seats starts_at ends_at page_token_hash created_at"), to-from, func(i int) []any {
		i += from
		key := fmt.Sprint("bench ", i)
		if i < machineCount {
			key = l.licenseKey(licensedID(i))
		}
		return []any{licensedID(i), account, id(4, licensedAccount*10_000_000), "01920000-0000-7000-8000-000000000011", key, l.kid, 5, past, end, fmt.Sprint("bench ", i), past}
	}); err != nil {
		return err
	}
	machines := min(to, machineCount) - min(from, machineCount)
	return w.insert(ctx, "activations", strings.Fields("id account_id license_id fingerprint place activated_at last_seen_at counts"), machines, func(i int) []any {
		i += from
		return []any{id(15, licensedAccount*10_000_000+i), account, licensedID(i), machineOf(i), 1, past, past, true}
	})
}

// compareValidations lets products ask about a thousand licences, then about a
// million of which 100,000 are in use, beside a bare handler that does one
// prepared read and one signature for each.
func (b *bench) compareValidations(ctx context.Context) error {
	l, err := newLicensing()
	if err != nil {
		return err
	}
	fmt.Println("\n| `POST /api/v1/validations` | per second | 99th percentile | processor time | bare handler: per second | processor time | share |\n|---|---:|---:|---:|---:|---:|---:|")
	now := time.Now().UTC()
	var small, filled float64
	for _, size := range []int{1000, b.large} {
		if err := b.world.fillLicenses(ctx, l, int(filled), size, now); err != nil {
			return err
		}
		filled = float64(size)
		if err := b.world.analyze(ctx); err != nil {
			return err
		}
		ours, theirs, err := b.validations(ctx, l, min(size, machineCount))
		if err != nil {
			return err
		}
		fmt.Printf("| of %d licences | %.0f | %.1f ms | %.2f ms | %.0f | %.2f ms | %.0f %% |\n", size, ours.PerSecond, ms(ours.P99), ms(ours.CPU), theirs.PerSecond, ms(theirs.CPU), 100*ours.PerSecond/theirs.PerSecond)
		if size == 1000 {
			small = ours.PerSecond
		} else {
			fmt.Printf("\nWith %d licences, %.0f %% of what it is with 1,000.\n", size, 100*ours.PerSecond/small)
		}
	}
	return nil
}

// validations runs the load on both servers, after each licence was asked about once.
func (b *bench) validations(ctx context.Context, l licensing, machines int) (ours, theirs result, err error) {
	if err := b.start(ctx); err != nil {
		return ours, theirs, err
	}
	defer func() { b.portal.stop() }()
	host, err := freeAddress()
	if err != nil {
		return ours, theirs, err
	}
	self, err := os.Executable()
	if err != nil {
		return ours, theirs, err
	}
	bare, err := start(ctx, host, "/readyz", nil, self, "validations", host, b.database)
	if err != nil {
		return ours, theirs, err
	}
	defer bare.stop()
	keys := make([]string, machines)
	for i := range keys {
		keys[i] = l.licenseKey(licensedID(i))
	}
	ask := func(address string, i int) []byte {
		body := `{"key":"` + keys[i] + `","product":"studio-pro","fingerprint":"` + machineOf(i) + `","nonce":"nonce-of-a-benchmark"}`
		return []byte("POST /api/v1/validations HTTP/1.1\r\nHost: " + address + "\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	}
	status, _, body, err := b.ask(ask(b.host, 0))
	if err != nil || status != http.StatusOK || !strings.Contains(body, `"code":"VALID"`) {
		return ours, theirs, errors.Join(err, fmt.Errorf("a validation answers %d: %s", status, tail(body)))
	}
	// Products ask again and again: their keys were verified before.
	each := (machines + b.connections - 1) / b.connections
	warm := time.Duration(machines) * time.Second / warmPerSecond
	if _, err := load(b.host, b.connections, warm, http.StatusOK, func(connection, n int) []byte {
		return ask(b.host, min(machines-1, connection*each+n%each))
	}); err != nil {
		return ours, theirs, err
	}
	at := func(p *process) func() (result, error) {
		return func() (result, error) {
			if p == b.portal {
				defer b.profile("validations")()
			}
			return loaded(p, b.connections, b.duration(), http.StatusOK, func(int, int) []byte { return ask(p.address, rand.IntN(machines)) }) //nolint:gosec // which machine asks is no secret
		}
	}
	runs, err := interleave(b.rounds, at(b.portal), at(bare))
	if err != nil {
		return ours, theirs, err
	}
	if runs[0].Refused+runs[1].Refused > 0 {
		return ours, theirs, fmt.Errorf("validations: %d and %d answers were not 200", runs[0].Refused, runs[1].Refused)
	}
	return runs[0], runs[1], nil
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

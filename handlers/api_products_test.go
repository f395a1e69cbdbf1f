package handlers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/handlers"
	"reselling/handlers/api"
	"reselling/models"
	"reselling/models/licensekey"
	"reselling/models/modelstest"
)

// productAt is a product on a machine, with a licence key.
type productAt struct {
	*site
	key, product, machine string
}

func (p productAt) ask(t *testing.T, path string, more ...string) answer {
	t.Helper()
	body := fmt.Sprintf(`{"key":%q,"product":%q,"fingerprint":%q,"nonce":"nonce-of-%s"`, p.key, p.product, p.machine, path[1:])
	if len(more) > 0 {
		body += "," + strings.Join(more, ",")
	}
	return p.call(t, "POST", "/api/v1"+path, "", body+"}")
}

// says asks, verifies the signed answer against what was asked, and returns it.
func (p productAt) says(t *testing.T, path, act string, code models.ValidationCode, more ...string) api.LicenseFile {
	t.Helper()
	a := p.ask(t, path, more...)
	var said api.LicenseFile
	if err := json.Unmarshal([]byte(a.body), &said); err != nil || a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	keys, err := p.PublicKeys(t.Context(), modelstest.Visitor)
	fine(t, err)
	c, err := keys.VerifyAnswer(said.Signed)
	fine(t, err)
	if said.Code != string(code) || said.Valid != (code == models.CodeValid) || c.Code != said.Code || c.Act != act || c.KeyHash != licensekey.HashKey(p.key) || c.Product != p.product ||
		c.Fingerprint != p.machine || c.Nonce != "nonce-of-"+path[1:] || said.Nonce != c.Nonce || c.License != said.LicenseID || c.Seats != said.Seats || !said.At.Equal(time.Unix(c.IssuedAt, 0)) {
		t.Errorf("%s says %s, signed is %+v, want %s", path, a.body, c, code)
	}
	if said.LicenseID != "" && (!said.ValidFrom.Equal(time.Unix(c.ValidFrom, 0)) || !said.ValidUntil.Equal(time.Unix(c.ValidUntil, 0))) {
		t.Errorf("valid from %s until %s, signed is %+v", said.ValidFrom, said.ValidUntil, c)
	}
	return said
}

func newProduct(t *testing.T) (productAt, string) {
	t.Helper()
	s := newSite(t)
	trial := newScenes(s).trial(t)
	var key string
	fine(t, s.DB.Raw("SELECT key FROM licenses WHERE id = ?", trial.Trial.LicenseID).Scan(&key).Error)
	return productAt{s, key, "studio-pro", "machine-1"}, trial.Trial.LicenseID
}

// A product activates itself, checks, tells that it is there, goes offline and leaves.
func TestAProductsLife(t *testing.T) {
	p, license := newProduct(t)
	p.says(t, "/validations", "validate", models.CodeFingerprintUnknown)
	p.says(t, "/activations", "activate", models.CodeValid, `"name":"ROBOT-07"`, `"platform":"Windows 11"`, `"version":"7.2.1"`)
	if said := p.says(t, "/validations", "validate", models.CodeValid); said.LicenseID != license || said.Seats != 1 || !said.ValidUntil.Equal(modelstest.Now.AddDate(0, 0, 14)) {
		t.Errorf("%+v", said)
	}
	if n := p.Count(t, "activations", "license_id = ? AND fingerprint = 'machine-1' AND name = 'ROBOT-07' AND platform = 'Windows 11' AND version = '7.2.1'", license); n != 1 {
		t.Error("the machine is not described")
	}
	p.Clock.Advance(time.Hour)
	p.says(t, "/heartbeats", "heartbeat", models.CodeValid)
	if n := p.Count(t, "activations", "last_seen_at = ?", p.Clock.Now()); n != 1 {
		t.Error("the heartbeat is not noted")
	}
	file := p.says(t, "/license-files", "activate", models.CodeValid)
	keys, err := p.PublicKeys(t.Context(), modelstest.Visitor)
	fine(t, err)
	if f, err := keys.VerifyFile(file.File, "studio-pro", "machine-1", p.Clock.Now()); err != nil || f.License != license || !file.ExpiresAt.Equal(modelstest.Now.AddDate(0, 0, 14)) {
		t.Errorf("%+v, %v", f, err)
	}
	second := p
	second.machine = "machine-2"
	second.says(t, "/validations", "validate", models.CodeTooManyActivations)
	second.says(t, "/activations", "activate", models.CodeTooManyActivations)
	if none := second.says(t, "/license-files", "activate", models.CodeTooManyActivations); none.File != "" || none.ExpiresAt != nil {
		t.Errorf("%+v", none)
	}
	p.says(t, "/deactivations", "deactivate", models.CodeFingerprintUnknown)
	second.says(t, "/activations", "activate", models.CodeValid)

	fine(t, p.SuspendLicense(t.Context(), modelstest.VendorSuccess, license, "A test"))
	second.says(t, "/validations", "validate", models.CodeSuspended)
	fine(t, p.RevokeLicense(t.Context(), modelstest.VendorSuccess, license, "A test"))
	second.says(t, "/heartbeats", "heartbeat", models.CodeRevoked)
	other := second
	other.product = "orchestrator-saas"
	if said := other.says(t, "/validations", "validate", models.CodeProductMismatch); said.LicenseID != "" {
		t.Errorf("%+v", said)
	}
	other.key = "nothing"
	other.says(t, "/validations", "validate", models.CodeNotFound)
}

func TestQuestionsRefused(t *testing.T) {
	p, license := newProduct(t)
	for body, field := range map[string]string{
		`{"key":"","product":"studio-pro","fingerprint":"machine-1","nonce":"12345678"}`:                                  "key",
		`{"key":"k","product":"studio pro","fingerprint":"machine-1","nonce":"12345678"}`:                                 "product",
		`{"key":"k","product":"studio-pro","fingerprint":"m","nonce":"12345678"}`:                                         "fingerprint",
		`{"key":"k","product":"studio-pro","fingerprint":"machine 1","nonce":"12345678"}`:                                 "fingerprint",
		`{"key":"k","product":"studio-pro","fingerprint":"machine-1","nonce":"1"}`:                                        "nonce",
		`{"key":"k","product":"studio-pro","fingerprint":"machine-1"}`:                                                    "nonce",
		`{"key":"k","product":"studio-pro","fingerprint":"machine-1","nonce":"12345678","seats":5}`:                       "seats",
		`{"key":"` + strings.Repeat("k", 2000) + `","product":"studio-pro","fingerprint":"machine-1","nonce":"12345678"}`: "key",
	} {
		found := p.call(t, "POST", "/api/v1/validations", "", body).wants(422, "invalid")
		named := false
		for _, e := range found.Errors {
			named = named || strings.HasSuffix(e.Field, field) || strings.Contains(e.Message, field)
		}
		if !named {
			t.Errorf("%s: %+v", body, found.Errors)
		}
	}
	for range 3 {
		p.says(t, "/activations", "activate", models.CodeValid)
		p.says(t, "/deactivations", "deactivate", models.CodeFingerprintUnknown)
	}
	p.says(t, "/activations", "activate", models.CodeValid)
	if problem := p.ask(t, "/deactivations").wants(409, "deactivation_limit"); !strings.Contains(problem.Detail, "All 3 deactivations") {
		t.Error(problem.Detail)
	}
	p.Exec(t, "UPDATE licenses SET deactivations_reset_at = ? WHERE id = ?", p.Clock.Now().Add(time.Second), license)
	p.says(t, "/deactivations", "deactivate", models.CodeFingerprintUnknown)
}

// A product that asks too often waits, for its address and for its key.
func TestProductsAskTooOften(t *testing.T) {
	s := siteWith(t, modelstest.New(t), handlers.Config{ProductRate: 0.1}) // six at once, then one in ten seconds
	p := productAt{s, "none", "studio-pro", "machine-1"}
	for range 6 {
		p.says(t, "/validations", "validate", models.CodeNotFound)
	}
	a := p.ask(t, "/activations")
	a.wants(429, "too_many")
	if a.header.Get("Retry-After") != "11" {
		t.Errorf("Retry-After: %s", a.header.Get("Retry-After"))
	}
	s.Clock.Advance(10 * time.Second)
	p.says(t, "/validations", "validate", models.CodeNotFound)
	p.ask(t, "/heartbeats").wants(429, "too_many")
	s.Clock.Advance(time.Hour)
	for range 6 { // no more than a minute's worth are saved
		p.says(t, "/validations", "validate", models.CodeNotFound)
	}
	p.ask(t, "/license-files").wants(429, "too_many")
}

package models_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/licensekey"
	"reselling/models/modelstest"
)

// paidLicense sets a licence of Studio Pro with seats for Acme's client.
func paidLicense(t *testing.T, w *modelstest.World, seats int) models.License {
	t.Helper()
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	w.Exec(t, "UPDATE licenses SET seats = ? WHERE id = ?", seats, issued.Trial.LicenseID)
	return licenseRow(t, w, issued.Trial.LicenseID)
}

func licenseRow(t *testing.T, w *modelstest.World, id string) models.License {
	t.Helper()
	var l models.License
	if err := w.DB.Where("id = ?", id).Take(&l).Error; err != nil {
		t.Fatal(err)
	}
	return l
}

func machine(n int) string { return fmt.Sprintf("machine-%04d", n) }

func question(l models.License, fingerprint string) models.KeyQuestion {
	return models.KeyQuestion{Key: l.Key, Product: "studio-pro", Fingerprint: fingerprint, Nonce: "nonce-of-" + fingerprint}
}

// product is what calls from a client's machine.
var product = models.Actor{Address: "198.51.100.7", Device: "Studio Pro 7"}

func validate(t *testing.T, s *models.Store, q models.KeyQuestion) models.KeyAnswer {
	t.Helper()
	a, err := s.ValidateKey(t.Context(), product, q)
	if err != nil {
		t.Fatal(err)
	}
	verifyAnswer(t, s, q, "validate", a)
	return a
}

func activate(t *testing.T, s *models.Store, q models.KeyQuestion) models.ValidationCode {
	t.Helper()
	a, err := s.ActivateMachine(t.Context(), product, q, models.MachineEntry{Name: "PC of " + q.Fingerprint, Platform: "windows", Version: "7.1"})
	if err != nil {
		t.Fatal(err)
	}
	verifyAnswer(t, s, q, "activate", a)
	return a.Code
}

func release(t *testing.T, s *models.Store, q models.KeyQuestion) models.ValidationCode {
	t.Helper()
	a, err := s.ReleaseMachine(t.Context(), product, q)
	if err != nil {
		t.Fatal(err)
	}
	verifyAnswer(t, s, q, "deactivate", a)
	return a.Code
}

// verifyAnswer holds an answer against the public keys and the question.
func verifyAnswer(t *testing.T, s *models.Store, q models.KeyQuestion, act string, a models.KeyAnswer) {
	t.Helper()
	keys, err := s.PublicKeys(t.Context(), product)
	if err != nil {
		t.Fatal(err)
	}
	c, err := keys.VerifyAnswer(a.Signed)
	if err != nil {
		t.Fatalf("the answer %+v does not verify: %v", a, err)
	}
	if c != a.Claims || c.Act != act || c.Code != string(a.Code) || c.Nonce != q.Nonce || c.Fingerprint != q.Fingerprint || c.Product != q.Product ||
		c.KeyHash != licensekey.HashKey(q.Key) || c.IssuedAt != s.Now().Unix() {
		t.Errorf("asked %+v, signed is %+v", q, c)
	}
}

// TestValidationCodes goes through the precedence: each state stands alone and
// before everything that follows it.
func TestValidationCodes(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	q := question(l, machine(1))
	expect := func(want models.ValidationCode, q models.KeyQuestion) {
		t.Helper()
		a := validate(t, w.Store, q)
		if a.Code != want {
			t.Errorf("%s, want %s", a.Code, want)
		}
		told := a.Claims.License != "" && a.Claims.ValidUntil != 0 && a.Claims.Seats == 1
		if wants := want != models.CodeNotFound && want != models.CodeProductMismatch; told != wants {
			t.Errorf("%s tells %+v", want, a.Claims)
		}
	}
	expect(models.CodeFingerprintUnknown, q)
	if got := activate(t, w.Store, q); got != models.CodeValid {
		t.Fatal(got)
	}
	expect(models.CodeValid, q)
	expect(models.CodeTooManyActivations, question(l, machine(2)))
	w.Exec(t, "UPDATE licenses SET starts_at = ?, ends_at = ?", modelstest.Now.Add(-time.Hour), modelstest.Now)
	expect(models.CodeExpired, q)
	w.Exec(t, "UPDATE licenses SET starts_at = ?, ends_at = ?", modelstest.Now.Add(time.Second), modelstest.Now.Add(time.Hour))
	expect(models.CodeNotStarted, q)
	w.Exec(t, "UPDATE licenses SET unpaid_since = ?", modelstest.Now)
	expect(models.CodeSuspended, q)
	w.Exec(t, "UPDATE licenses SET unpaid_since = NULL, suspended_at = ?", modelstest.Now)
	expect(models.CodeSuspended, q)
	w.Exec(t, "UPDATE licenses SET revoked_at = ?", modelstest.Now)
	expect(models.CodeRevoked, q)
	other := q
	other.Product = "orchestrator-saas"
	expect(models.CodeProductMismatch, other)
	w.Exec(t, "UPDATE signing_keys SET withdrawn_at = ?", modelstest.Now)
	expect(models.CodeNotFound, other)
	unknown := q
	unknown.Key = "not a key at all"
	expect(models.CodeNotFound, unknown)
}

// A genuine key of a licence that is not there, or has another key by now, is none.
func TestKeysThatAreNotStored(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	signer := licensekey.NewSigner(licensekey.DeriveKey(modelstest.Secret, 1))
	for _, id := range []string{"00000000-0000-7000-8000-000000000999", l.ID} {
		key, err := signer.Sign(id, "studio-pro")
		if err != nil {
			t.Fatal(err)
		}
		if id == l.ID {
			if key != l.Key {
				t.Fatal("the same licence has another key")
			}
			w.Exec(t, "UPDATE licenses SET key = 'replaced' WHERE id = ?", l.ID)
		}
		q := question(l, machine(1))
		q.Key = key
		if got := validate(t, w.Store, q).Code; got != models.CodeNotFound {
			t.Errorf("%s: %s", id, got)
		}
		if got := activate(t, w.Store, q); got != models.CodeNotFound {
			t.Errorf("%s: %s", id, got)
		}
	}
	if n := w.Count(t, "activations", "1 = 1"); n != 0 {
		t.Errorf("%d machines", n)
	}
}

func TestQuestionsOfProducts(t *testing.T) {
	w := modelstest.New(t)
	good := question(paidLicense(t, w, 1), machine(1))
	for field, q := range map[string]models.KeyQuestion{
		"key":         {Product: good.Product, Fingerprint: good.Fingerprint, Nonce: good.Nonce},
		"product":     {Key: good.Key, Product: "studio pro", Fingerprint: good.Fingerprint, Nonce: good.Nonce},
		"fingerprint": {Key: good.Key, Product: good.Product, Fingerprint: "short", Nonce: good.Nonce},
		"nonce":       {Key: good.Key, Product: good.Product, Fingerprint: good.Fingerprint, Nonce: "has \"quotes\" in it"},
	} {
		for act, ask := range map[string]func() error{
			"validate":   func() error { _, err := w.ValidateKey(t.Context(), product, q); return err },
			"activate":   func() error { _, err := w.ActivateMachine(t.Context(), product, q, models.MachineEntry{}); return err },
			"heartbeat":  func() error { _, err := w.SeeMachine(t.Context(), product, q); return err },
			"deactivate": func() error { _, err := w.ReleaseMachine(t.Context(), product, q); return err },
			"file": func() error {
				_, err := w.ProductLicenseFile(t.Context(), product, q, models.MachineEntry{})
				return err
			},
		} {
			if e, ok := models.Shown(ask()); !ok || e.Kind != models.Invalid || e.Fields[field] == "" {
				t.Errorf("%s with a bad %s: %+v", act, field, e)
			}
		}
	}
	if _, err := w.ActivateMachine(t.Context(), product, good, models.MachineEntry{Name: strings.Repeat("x", 101)}); models.KindOf(err) != models.Invalid {
		t.Errorf("a long name: %v", err)
	}
}

func TestActivatingAMachine(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 2)
	for range 3 { // the same machine takes one seat, however often
		if got := activate(t, w.Store, question(l, machine(1))); got != models.CodeValid {
			t.Fatal(got)
		}
	}
	if got := activate(t, w.Store, question(l, machine(2))); got != models.CodeValid {
		t.Error(got)
	}
	if got := activate(t, w.Store, question(l, machine(3))); got != models.CodeTooManyActivations {
		t.Error(got)
	}
	var all []models.Activation
	if err := w.DB.Order("place").Find(&all).Error; err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	a := all[0]
	if a.ID == "" || a.AccountID != modelstest.Acme || a.LicenseID != l.ID || a.Fingerprint != machine(1) || a.Name != "PC of machine-0001" || a.Platform != "windows" || a.Version != "7.1" ||
		a.Place != 1 || !a.ActivatedAt.Equal(modelstest.Now) || !a.LastSeenAt.Equal(modelstest.Now) || a.FileEndsAt != nil || a.DeactivatedAt != nil || a.DeactivatedBy != "" || !a.Counts || all[1].Place != 2 {
		t.Errorf("%+v, %+v", a, all[1])
	}
	if got := w.Events(t, l.ID); strings.Join(got, " ") != "license.created license.machine_activated license.machine_activated" {
		t.Error(got)
	}
	var e models.Event
	if err := w.DB.Where("action = 'license.machine_activated'").Order("at, id").Take(&e).Error; err != nil {
		t.Fatal(err)
	}
	if e.ActorKind != "visitor" || e.ActorName != "Studio Pro at Initrode" || e.Address != product.Address || e.AccountID != modelstest.Acme || !strings.Contains(e.After, `"machine":"PC of machine-0001"`) || strings.Contains(e.After, l.Key) {
		t.Errorf("%+v", e)
	}
	// What it tells anew is noted, what it leaves out stays.
	w.Clock.Advance(time.Hour)
	if _, err := w.ActivateMachine(t.Context(), product, question(l, machine(1)), models.MachineEntry{Version: "7.2"}); err != nil {
		t.Fatal(err)
	}
	var again models.Activation
	if err := w.DB.Where("id = ?", a.ID).Take(&again).Error; err != nil {
		t.Fatal(err)
	}
	if again.Version != "7.2" || again.Name != a.Name || again.Platform != a.Platform || !again.LastSeenAt.Equal(w.Clock.Now()) || !again.ActivatedAt.Equal(modelstest.Now) {
		t.Errorf("%+v", again)
	}
}

func TestHeartbeats(t *testing.T) {
	w := modelstest.New(t)
	q := question(paidLicense(t, w, 1), machine(1))
	beat := func() models.ValidationCode {
		t.Helper()
		a, err := w.SeeMachine(t.Context(), product, q)
		if err != nil {
			t.Fatal(err)
		}
		verifyAnswer(t, w.Store, q, "heartbeat", a)
		return a.Code
	}
	if got := beat(); got != models.CodeFingerprintUnknown {
		t.Error(got)
	}
	activate(t, w.Store, q)
	events := w.Count(t, "events", "1 = 1")
	for _, tt := range []struct {
		wait time.Duration
		seen time.Duration // after the start
	}{{59 * time.Second, 0}, {time.Second, time.Minute}, {30 * time.Second, time.Minute}, {30 * time.Second, 2 * time.Minute}} {
		w.Clock.Advance(tt.wait)
		if got := beat(); got != models.CodeValid {
			t.Error(got)
		}
		if n := w.Count(t, "activations", "last_seen_at = ?", modelstest.Now.Add(tt.seen)); n != 1 {
			t.Errorf("%s later it is not last seen after %s", tt.wait, tt.seen)
		}
	}
	w.Clock.Advance(time.Hour)
	w.Exec(t, "UPDATE licenses SET revoked_at = ?", w.Clock.Now())
	if got := beat(); got != models.CodeRevoked {
		t.Error(got)
	}
	if n := w.Count(t, "events", "1 = 1"); n != events {
		t.Errorf("%d events of heartbeats", n-events)
	}
	// A validation notes nothing.
	seen := w.Count(t, "activations", "last_seen_at = ?", w.Clock.Now())
	w.Clock.Advance(time.Hour)
	validate(t, w.Store, q)
	if n := w.Count(t, "activations", "last_seen_at = ?", w.Clock.Now()); seen != 1 || n != 0 {
		t.Errorf("%d, %d", seen, n)
	}
}

// When seats fall, the machines that were activated last have none; they get one
// again when an earlier machine goes.
func TestFewerSeatsThanMachines(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 4)
	for n := range 4 {
		w.Clock.Advance(time.Second)
		activate(t, w.Store, question(l, machine(n)))
	}
	w.Exec(t, "UPDATE licenses SET seats = 2")
	codes := func() string {
		var all []string
		for n := range 4 {
			all = append(all, string(validate(t, w.Store, question(l, machine(n))).Code))
		}
		return strings.Join(all, " ")
	}
	if got := codes(); got != "VALID VALID TOO_MANY_ACTIVATIONS TOO_MANY_ACTIVATIONS" {
		t.Error(got)
	}
	if got := activate(t, w.Store, question(l, machine(3))); got != models.CodeTooManyActivations {
		t.Errorf("activating again helps: %s", got)
	}
	if got := release(t, w.Store, question(l, machine(0))); got != models.CodeTooManyActivations {
		t.Error(got)
	}
	if got := codes(); got != "TOO_MANY_ACTIVATIONS VALID VALID TOO_MANY_ACTIVATIONS" {
		t.Error(got)
	}
	v, err := w.License(t.Context(), modelstest.AcmeViewer, l.ID)
	if err != nil || v.Machines.Count != 3 || len(v.Machines.Live) != 3 || v.Machines.Seats != 2 || !v.Machines.HasSeat(1) || v.Machines.HasSeat(2) {
		t.Errorf("%+v, %v", v.Machines, err)
	}
}

// Seats come from the terms that hold at that instant.
func TestSeatsOfTerms(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	received(t, w, "R", "6.05", i.ID, "6.05")
	var l models.License
	if err := w.DB.Take(&l).Error; err != nil {
		t.Fatal(err)
	}
	if got := validate(t, w.Store, question(l, machine(1))).Claims.Seats; got != l.Seats {
		t.Errorf("%d seats of %d", got, l.Seats)
	}
	w.Exec(t, "UPDATE licenses SET seats = 99")
	w.Exec(t, "UPDATE license_terms SET seats = 3")
	if got := validate(t, w.Store, question(l, machine(1))).Claims.Seats; got != 3 {
		t.Errorf("%d seats", got)
	}
}

func TestDeactivationsOfAMonth(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	w.Exec(t, "UPDATE licenses SET ends_at = ?", modelstest.Now.AddDate(1, 0, 0))
	swap := func(n int) error {
		t.Helper()
		activate(t, w.Store, question(l, machine(n)))
		_, err := w.ReleaseMachine(t.Context(), product, question(l, machine(n)))
		return err
	}
	for n := range 3 { // one seat and two more
		if err := swap(n); err != nil {
			t.Fatalf("%d: %v", n, err)
		}
	}
	e, _ := models.Shown(swap(4))
	if e == nil || e.Kind != models.Conflict || e.Code != "deactivation_limit" || !strings.Contains(e.Message, "All 3") || !strings.Contains(e.Message, "1 April 2026, 00:00 (CEST)") {
		t.Fatalf("%+v", e)
	}
	if got := validate(t, w.Store, question(l, machine(4))).Code; got != models.CodeValid {
		t.Error(got)
	}
	// What has no seat is released already, for nothing.
	if got := release(t, w.Store, question(l, machine(0))); got != models.CodeTooManyActivations {
		t.Error(got)
	}
	var live models.Activation
	if err := w.DB.Where("deactivated_at IS NULL").Take(&live).Error; err != nil {
		t.Fatal(err)
	}
	if err := w.DeactivateMachine(t.Context(), modelstest.AcmeSeller, l.ID, live.ID); models.KindOf(err) != models.Conflict {
		t.Errorf("the account goes past the limit: %v", err)
	}
	if err := w.EndMachine(t.Context(), modelstest.VendorSuccess, l.ID, live.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.Count(t, "activations", "id = ? AND deactivated_at IS NOT NULL AND deactivated_by = ? AND counts = ?", live.ID, modelstest.VendorSuccess.UserID, false); n != 1 {
		t.Error("what staff did counts")
	}
	if err := w.ResetSwaps(t.Context(), modelstest.VendorSuccess, l.ID, ""); models.KindOf(err) != models.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	w.Clock.Advance(time.Second)
	if err := w.ResetSwaps(t.Context(), modelstest.VendorSuccess, l.ID, "New laptops"); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := swap(10 + n); err != nil {
			t.Fatalf("after the reset: %v", err)
		}
	}
	if err := swap(14); models.KindOf(err) != models.Conflict {
		t.Errorf("the reset lifts the limit: %v", err)
	}
	w.Clock.Set(time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)) // midnight in Madrid
	if got := release(t, w.Store, question(l, machine(14))); got != models.CodeFingerprintUnknown {
		t.Error(got)
	}
	w.Exec(t, "UPDATE vendor SET extra_deactivations = 0")
	v, err := w.License(t.Context(), modelstest.AcmeViewer, l.ID)
	if s := v.Machines.Swaps; err != nil || s.Used != 1 || s.Limit != 1 || s.Left() != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestWhoMayDeactivate(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	activate(t, w.Store, question(l, machine(1)))
	var a models.Activation
	if err := w.DB.Take(&a).Error; err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]models.Kind{"viewer": models.Forbidden, "billing": models.Forbidden, "admin": models.Forbidden, "success": models.Forbidden, "other": models.NotFound, "visitor": models.Forbidden} {
		if err := w.DeactivateMachine(t.Context(), modelstest.Cast[name], l.ID, a.ID); models.KindOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]models.Kind{"owner": models.Forbidden, "finance": models.Forbidden, "support": models.Forbidden} {
		if err := w.EndMachine(t.Context(), modelstest.Cast[name], l.ID, a.ID); models.KindOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.DeactivateMachine(t.Context(), modelstest.AcmeSeller, l.ID, a.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.DeactivateMachine(t.Context(), modelstest.AcmeSeller, l.ID, a.ID); models.KindOf(err) != models.Conflict {
		t.Errorf("twice: %v", err)
	}
}

// 50 machines at once, on two processes, against a licence of 5 seats.
func TestMachinesRace(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 5)
	if got := raceMachines(t, []*models.Store{w.Store, w.Replica(t)}, l); got[models.CodeValid] != 5 || got[models.CodeTooManyActivations] != 45 {
		t.Errorf("%v", got)
	}
	if n := w.Count(t, "activations", "deactivated_at IS NULL AND place BETWEEN 1 AND 5"); n != 5 || w.Count(t, "activations", "1 = 1") != 5 {
		t.Errorf("%d machines", n)
	}
}

func raceMachines(t *testing.T, stores []*models.Store, l models.License) map[models.ValidationCode]int {
	t.Helper()
	var mu sync.Mutex
	codes := map[models.ValidationCode]int{}
	_, _, other := modelstest.Race(50, func(n int) error {
		a, err := stores[n%len(stores)].ActivateMachine(t.Context(), product, question(l, machine(n)), models.MachineEntry{})
		mu.Lock()
		defer mu.Unlock()
		codes[a.Code]++
		return err
	})
	if len(other) > 0 {
		t.Fatal(other)
	}
	return codes
}

// TestMachinesWithoutTheLock shows that the race above can be lost: machines that
// are counted and then added, with nothing in between, are too many.
func TestMachinesWithoutTheLock(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 5)
	var counted sync.WaitGroup
	counted.Add(10)
	_, _, other := modelstest.Race(10, func(n int) error {
		count := w.Count(t, "activations", "license_id = ? AND deactivated_at IS NULL", l.ID)
		counted.Done()
		counted.Wait() // everybody has counted before anybody adds
		if count >= l.Seats {
			return models.Errorf(models.Conflict, "no seat")
		}
		return w.DB.Create(&models.Activation{
			ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", n), AccountID: l.AccountID, LicenseID: l.ID, Fingerprint: machine(n), Place: count + 1,
			ActivatedAt: modelstest.Now, LastSeenAt: modelstest.Now, Counts: true,
		}).Error
	})
	if n := w.Count(t, "activations", "1 = 1"); len(other) > 0 || n != 10 {
		t.Errorf("%d machines, %v: this harness can't see the race", n, other)
	}
	// One machine twice, the database refuses.
	if err := w.DB.Exec("INSERT INTO activations (id, account_id, license_id, fingerprint, place, activated_at, last_seen_at) SELECT 'twice', account_id, license_id, fingerprint, 1, activated_at, last_seen_at FROM activations WHERE place = 1 AND fingerprint = ?", machine(0)).Error; err == nil {
		t.Error("a machine takes two seats")
	}
}

// One machine activated 16 times at once takes one seat.
func TestOneMachineAtOnce(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 5)
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, _, other := modelstest.Race(16, func(n int) error {
		_, err := stores[n%2].ActivateMachine(t.Context(), product, question(l, machine(1)), models.MachineEntry{})
		return err
	})
	if ok != 16 || len(other) > 0 || w.Count(t, "activations", "1 = 1") != 1 {
		t.Errorf("%d, %v, %d machines", ok, other, w.Count(t, "activations", "1 = 1"))
	}
}

// A revocation, a suspension and a withdrawn key are seen by the next question, on any process.
func TestRevocationsAreSeenAtOnce(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	q, other := question(l, machine(1)), w.Replica(t)
	activate(t, w.Store, q)
	see := func(want models.ValidationCode) {
		t.Helper()
		for _, s := range []*models.Store{w.Store, other} {
			if got := validate(t, s, q).Code; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	}
	see(models.CodeValid)
	if err := w.SuspendLicense(t.Context(), modelstest.VendorSuccess, l.ID, "A check"); err != nil {
		t.Fatal(err)
	}
	see(models.CodeSuspended)
	if err := w.SuspendLicense(t.Context(), modelstest.VendorSuccess, l.ID, "A check"); models.KindOf(err) != models.Conflict {
		t.Errorf("suspended twice: %v", err)
	}
	if err := w.ResumeLicense(t.Context(), modelstest.VendorSuccess, l.ID, "All is well"); err != nil {
		t.Fatal(err)
	}
	if err := w.ResumeLicense(t.Context(), modelstest.VendorSuccess, l.ID, "All is well"); models.KindOf(err) != models.Conflict {
		t.Errorf("resumed twice: %v", err)
	}
	see(models.CodeValid)
	if err := w.RevokeLicense(t.Context(), modelstest.VendorSuccess, l.ID, "Resold on the side"); err != nil {
		t.Fatal(err)
	}
	see(models.CodeRevoked)
	if err := w.RevokeLicense(t.Context(), modelstest.VendorSuccess, l.ID, "Again"); models.KindOf(err) != models.Conflict {
		t.Errorf("revoked twice: %v", err)
	}
	if err := w.SuspendLicense(t.Context(), modelstest.VendorSuccess, l.ID, "Again"); models.KindOf(err) != models.Conflict {
		t.Errorf("a revoked one suspended: %v", err)
	}
	if n := w.Count(t, "trials", "revoked_at IS NOT NULL AND revoke_reason = 'Resold on the side'"); n != 1 {
		t.Errorf("%d trials are revoked with their licence", n)
	}
	if got := w.Events(t, l.ID); strings.Join(got[2:], " ") != "license.suspended license.resumed license.revoked" {
		t.Error(got)
	}
	for name, want := range map[string]models.Kind{"owner": models.Forbidden, "finance": models.Forbidden, "support": models.Forbidden} {
		if err := w.RevokeLicense(t.Context(), modelstest.Cast[name], l.ID, "Why not"); models.KindOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

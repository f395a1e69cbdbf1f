package models_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/licensekey"
	"reselling/models/modelstest"
)

func rotate(t *testing.T, w *modelstest.World, overlap time.Duration) models.SigningKey {
	t.Helper()
	k, err := w.RotateKey(t.Context(), models.System, overlap)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func published(t *testing.T, s *models.Store) licensekey.Keyring {
	t.Helper()
	ring, err := s.PublicKeys(t.Context(), modelstest.Visitor)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// A new key is published on every process before anything is signed with it, and
// licence keys are stable over the rotation.
func TestRotatingKeys(t *testing.T) {
	w := modelstest.New(t)
	l, other := paidLicense(t, w, 1), w.Replica(t)
	q := question(l, machine(1))
	next := rotate(t, w, time.Hour)
	if next.Generation != 2 || next.Kid == l.Kid || !next.CreatedAt.Equal(modelstest.Now) || !next.SignsFrom.Equal(modelstest.Now.Add(time.Hour)) || next.WithdrawnAt != nil {
		t.Errorf("%+v", next)
	}
	if _, err := w.RotateKey(t.Context(), models.System, time.Hour); models.KindOf(err) != models.Conflict {
		t.Errorf("a second one meanwhile: %v", err)
	}
	signs := func(s *models.Store) string {
		t.Helper()
		header, _, _ := strings.Cut(validate(t, s, q).Signed, ".")
		for kid := range published(t, s) {
			if strings.HasPrefix(header, headerOf(kid)) {
				return kid
			}
		}
		t.Fatalf("%s is signed by none of the published keys", header)
		return ""
	}
	for _, s := range []*models.Store{w.Store, other} {
		if ring := published(t, s); len(ring) != 2 || ring[next.Kid] == nil {
			t.Errorf("published: %v", ring)
		}
		if got := signs(s); got != l.Kid {
			t.Errorf("%s signs before its time", got)
		}
	}
	w.Clock.Advance(time.Hour)
	second, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, trialFor(2))
	if err != nil {
		t.Fatal(err)
	}
	if young := licenseRow(t, w, second.Trial.LicenseID); young.Kid != next.Kid {
		t.Errorf("a new licence is signed by %s", young.Kid)
	}
	for _, s := range []*models.Store{w.Store, other} {
		if got := signs(s); got != next.Kid {
			t.Errorf("%s signs, want %s", got, next.Kid)
		}
		if got := validate(t, s, q).Code; got != models.CodeFingerprintUnknown {
			t.Errorf("the old key is %s", got)
		}
	}
	if again := licenseRow(t, w, l.ID); again.Key != l.Key || again.Kid != l.Kid {
		t.Error("the rotation changed a licence key")
	}
	rows, err := w.SigningKeys(t.Context(), models.System)
	if err != nil || len(rows) != 2 || rows[0].State(w.Clock.Now()) != "published, has signed" || rows[1].State(w.Clock.Now()) != "signs" || rows[0].Licenses != 1 || rows[1].Licenses != 1 || !rows[0].IsOurs || !rows[1].IsOurs {
		t.Errorf("%+v, %v", rows, err)
	}
	for _, overlap := range []time.Duration{9 * time.Minute, 91 * 24 * time.Hour} {
		if _, err := w.RotateKey(t.Context(), models.System, overlap); models.KindOf(err) != models.Invalid {
			t.Errorf("%s: %v", overlap, err)
		}
	}
	if _, err := w.RotateKey(t.Context(), modelstest.VendorFinance, time.Hour); models.KindOf(err) != models.Forbidden {
		t.Errorf("finance: %v", err)
	}
}

// headerOf is how the header of an answer signed by kid begins, whatever its alignment.
func headerOf(kid string) string {
	signer := base64url(`{"alg":"EdDSA","kid":"` + kid + `","`)
	return signer[:len(signer)-2]
}

// A withdrawn key is dead at once on every process: what it signed is refused, and
// it signs nothing, even if it was the one that signs.
func TestWithdrawingAKey(t *testing.T) {
	w := modelstest.New(t)
	l, other := paidLicense(t, w, 1), w.Replica(t)
	q := question(l, machine(1))
	activate(t, w.Store, q)
	if got := validate(t, other, q).Code; got != models.CodeValid { // verified, and remembered
		t.Fatal(got)
	}
	if _, err := w.ReissueKeys(t.Context(), models.System, l.Kid); models.KindOf(err) != models.Conflict {
		t.Errorf("a good key is reissued: %v", err)
	}
	if _, err := w.WithdrawKey(t.Context(), models.System, l.Kid, ""); models.KindOf(err) != models.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	row, err := w.WithdrawKey(t.Context(), models.System, l.Kid, "A laptop was stolen")
	if err != nil || row.Licenses != 1 || row.WithdrawnReason != "A laptop was stolen" || !row.WithdrawnAt.Equal(modelstest.Now) {
		t.Fatalf("%+v, %v", row, err)
	}
	if _, err := w.WithdrawKey(t.Context(), models.System, l.Kid, "Again"); models.KindOf(err) != models.Conflict {
		t.Errorf("twice: %v", err)
	}
	if _, err := w.WithdrawKey(t.Context(), models.System, "nothing", "Again"); models.KindOf(err) != models.NotFound {
		t.Errorf("an unknown one: %v", err)
	}
	for _, s := range []*models.Store{w.Store, other} {
		if ring := published(t, s); len(ring) != 1 || ring[l.Kid] != nil {
			t.Errorf("published: %v", ring)
		}
		if got := validate(t, s, q).Code; got != models.CodeNotFound { // validate verifies by what is published
			t.Errorf("a withdrawn key is %s", got)
		}
	}
	if n := w.Count(t, "events", "action IN ('signing_key.withdrawn') AND subject_id = ?", l.Kid); n != 1 {
		t.Errorf("%d events", n)
	}
	if note := checkup(w, "signing keys"); !strings.Contains(note.Risk, "1 licences have keys that were withdrawn") || !strings.Contains(note.Risk, "reissue "+l.Kid) {
		t.Errorf("the doctor says %+v", note)
	}

	n, err := w.ReissueKeys(t.Context(), models.System, l.Kid)
	if err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	fresh := licenseRow(t, w, l.ID)
	if fresh.Key == l.Key || fresh.Kid == l.Kid {
		t.Error("the licence has its old key")
	}
	if got := validate(t, other, question(fresh, machine(1))).Code; got != models.CodeValid {
		t.Errorf("the new key is %s on the machine that was activated", got)
	}
	if got := validate(t, other, q).Code; got != models.CodeNotFound {
		t.Errorf("the old key is %s", got)
	}
	if jobs := w.Jobs(t, "key_replaced_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], l.ID) || strings.Contains(jobs[0], "user_id") {
		t.Errorf("%v", jobs)
	}
	letter, ok, err := w.KeyReplacedForMail(t.Context(), models.System, models.KeyReplacedMail{LicenseID: l.ID, Kid: fresh.Kid})
	if err != nil || !ok || letter.To != "ingrid@initrode.example" || !letter.ForClient || letter.Product != "Studio Pro" || letter.Company != "Initrode" || letter.AccountName != "Acme" ||
		!strings.Contains(letter.Link, "/l/") || letter.ContactEmail != modelstest.AcmeSeller.Email {
		t.Errorf("%+v, %t, %v", letter, ok, err)
	}
	if _, ok, _ := w.KeyReplacedForMail(t.Context(), models.System, models.KeyReplacedMail{LicenseID: l.ID, Kid: "older"}); ok {
		t.Error("a mail about a key that was replaced again is sent")
	}
	if note := checkup(w, "signing keys"); note.Risk != "" || !strings.Contains(note.Note, "(generation 2) signs") {
		t.Errorf("the doctor says %+v", note)
	}
	if n, err := w.ReissueKeys(t.Context(), models.System, l.Kid); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
}

// Where the client's page is switched off, whoever looks after the client brings the key.
func TestReissuingBehindAClosedPage(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	if err := w.RevokeLicensePage(t.Context(), modelstest.AcmeSeller, l.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WithdrawKey(t.Context(), models.System, l.Kid, "A test"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ReissueKeys(t.Context(), models.System, l.Kid); err != nil {
		t.Fatal(err)
	}
	if jobs := w.Jobs(t, "key_replaced_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], modelstest.AcmeSeller.UserID) {
		t.Fatalf("%v", jobs)
	}
	letter, ok, err := w.KeyReplacedForMail(t.Context(), models.System, models.KeyReplacedMail{LicenseID: l.ID, Kid: licenseRow(t, w, l.ID).Kid, UserID: modelstest.AcmeSeller.UserID})
	if err != nil || !ok || letter.ForClient || letter.To != modelstest.AcmeSeller.Email || !strings.HasSuffix(letter.Link, "/licenses/"+l.ID) {
		t.Errorf("%+v, %t, %v", letter, ok, err)
	}
}

// Another secret signs with another key, which is published, and what the old one signed stays valid.
func TestAnotherSecret(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	o := w.Options()
	o.Secret = []byte("another secret key of tests, 32+ bytes long")
	s, err := models.Open(w.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := validate(t, s, question(l, machine(1))).Code; got != models.CodeFingerprintUnknown {
		t.Error(got)
	}
	if ring := published(t, s); len(ring) != 2 {
		t.Errorf("published: %v", ring)
	}
}

func checkup(w *modelstest.World, part string) models.Checkup {
	for _, c := range w.Examine(context.Background(), models.System) {
		if c.Part == part {
			return c
		}
	}
	return models.Checkup{}
}

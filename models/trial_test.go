package models_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"reselling/models"
	"reselling/models/modelstest"
)

// trialFor asks for a trial of Studio Pro for a new client of its own.
func trialFor(n int) models.TrialRequest {
	return models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: fmt.Sprintf("Company %c%d", 'A'+n%26, n), Email: fmt.Sprintf("boss@company%d.example", n)}}
}

func issue(t *testing.T, w *modelstest.World, who models.Actor, r models.TrialRequest) models.IssuedTrial {
	t.Helper()
	issued, err := w.IssueTrial(t.Context(), who, r)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func TestIssueTrial(t *testing.T) {
	w := modelstest.New(t)
	r := models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient, RequestKey: "k1"}
	issued := issue(t, w, modelstest.AcmeSeller, r)

	var trial models.Trial
	if err := w.DB.Take(&trial).Error; err != nil {
		t.Fatal(err)
	}
	ends := modelstest.Now.Add(14 * 24 * time.Hour)
	want := models.Trial{
		ID: issued.Trial.ID, AccountID: modelstest.Acme, ClientID: modelstest.AcmeClient, ProductID: modelstest.Orchestrator, LicenseID: issued.Trial.LicenseID,
		Plan: models.Silver, TermsID: "01920000-0000-7000-8000-000000000002", Month: "2026-03", Days: 14,
		IssuedAt: modelstest.Now, IssuedBy: modelstest.AcmeSeller.UserID, EndsAt: ends, MailCount: 1,
		ResponsibleID: modelstest.AcmeSeller.UserID,
	}
	trial.IssuedAt, trial.EndsAt = trial.IssuedAt.UTC(), trial.EndsAt.UTC()
	if trial != want {
		t.Errorf("trial = %+v\nwant    %+v", trial, want)
	}

	var l models.License
	if err := w.DB.Take(&l).Error; err != nil {
		t.Fatal(err)
	}
	if l.ID != trial.LicenseID || l.AccountID != modelstest.Acme || l.ClientID != modelstest.AcmeClient || l.ProductID != modelstest.Orchestrator || l.Seats != 5 ||
		!l.StartsAt.Equal(modelstest.Now) || !l.EndsAt.Equal(ends) || l.RevokedAt != nil || l.RevokedBy != "" || l.SuspendedAt != nil || l.SuspendedBy != "" ||
		l.PageGeneration != 1 || l.PageTokenHash == "" || l.PageRevokedAt != nil || !l.CreatedAt.Equal(modelstest.Now) || l.Kid == "" {
		t.Errorf("licence = %+v", l)
	}
	keys, err := w.PublicKeys(t.Context(), modelstest.Visitor)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := keys.Verify(l.Key, "orchestrator-saas"); err != nil || id != l.ID {
		t.Errorf("key verifies as %q, %v", id, err)
	}
	if n := w.Count(t, "signing_keys", "kid = ?", l.Kid); n != 1 {
		t.Errorf("%d published keys named %s", n, l.Kid)
	}
	if got := w.Jobs(t, "trial_mail"); len(got) != 1 || !strings.Contains(got[0], trial.ID) {
		t.Errorf("jobs = %v", got)
	}
	if got := w.Events(t, trial.ID); !slices.Equal(got, []string{"trial.issued"}) {
		t.Errorf("events = %v", got)
	}
	if got := w.Events(t, l.ID); !slices.Equal(got, []string{"license.created"}) {
		t.Errorf("licence's events = %v", got)
	}
}

func TestIssueTrialForANewClient(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeOwner, trialFor(1))
	if issued.Client.Company != "Company B1" || w.Count(t, "clients", "id = ? AND account_id = ?", issued.Trial.ClientID, modelstest.Acme) != 1 {
		t.Errorf("client = %+v", issued.Client)
	}
	// Another address of the same company's domain is only worth a hint.
	r := trialFor(2)
	r.NewClient.Email = "other@company1.example"
	if next := issue(t, w, modelstest.AcmeOwner, r); len(next.SameDomain) != 1 || next.SameDomain[0].ID != issued.Client.ID {
		t.Errorf("hint = %+v", next.SameDomain)
	}
}

func TestIssueTrialRefusals(t *testing.T) {
	existing := func(product string) models.TrialRequest {
		return models.TrialRequest{Product: product, ClientID: modelstest.AcmeClient}
	}
	tests := map[string]struct {
		actor models.Actor
		scene func(*modelstest.World)
		r     models.TrialRequest
		kind  models.Kind
		code  string
		say   string
	}{
		"viewer":               {actor: modelstest.AcmeViewer, r: existing("studio-pro"), kind: models.Forbidden, say: "Olivia Owner, the Owner of Acme, can add you on Team → Reselling"},
		"outside the team":     {actor: modelstest.AcmeAdmin, r: existing("studio-pro"), kind: models.Forbidden, say: "You can't issue trials"},
		"staff":                {actor: modelstest.VendorAdministrator, r: existing("studio-pro"), kind: models.Forbidden, say: "staff never act as a customer"},
		"no product":           {actor: modelstest.AcmeSeller, r: models.TrialRequest{ClientID: modelstest.AcmeClient}, kind: models.Invalid, say: "Choose a product"},
		"unknown product":      {actor: modelstest.AcmeSeller, r: existing("nothing"), kind: models.Invalid, say: "Choose one of the products"},
		"no client":            {actor: modelstest.AcmeSeller, r: models.TrialRequest{Product: "studio-pro"}, kind: models.Invalid, say: "correct the marked"},
		"foreign client":       {actor: modelstest.GlobexSeller, r: existing("studio-pro"), kind: models.Invalid, say: "Choose one of your clients"},
		"suspended":            {modelstest.AcmeSeller, func(w *modelstest.World) { w.DB.Exec("UPDATE accounts SET suspended_at = ?", modelstest.Now) }, existing("studio-pro"), models.Conflict, "suspended", "Acme is suspended"},
		"no plan":              {modelstest.InitechOwner, nil, trialFor(1), models.Conflict, "no_plan", "Initech has no plan"},
		"product not on trial": {modelstest.AcmeSeller, func(w *modelstest.World) { w.DB.Exec("UPDATE products SET on_trial = ?", false) }, existing("studio-pro"), models.Conflict, "not_on_trial", "no trials of Studio Pro"},
		"archived product":     {modelstest.AcmeSeller, func(w *modelstest.World) { w.DB.Exec("UPDATE products SET archived_at = ?", modelstest.Now) }, existing("studio-pro"), models.Invalid, "", "Choose one of the products"},
		"archived client":      {modelstest.AcmeSeller, func(w *modelstest.World) { w.DB.Exec("UPDATE clients SET archived_at = ?", modelstest.Now) }, existing("studio-pro"), models.Conflict, "archived", "Initrode is archived"},
		"plan without trials":  {modelstest.AcmeSeller, func(w *modelstest.World) { w.DB.Exec("UPDATE plan_terms SET trials_per_month = 0") }, existing("studio-pro"), models.Conflict, "no_trials", "The Silver plan has no free trials"},
		"plan without days":    {modelstest.AcmeSeller, func(w *modelstest.World) { w.DB.Exec("UPDATE plan_terms SET trial_days = 0") }, existing("studio-pro"), models.Conflict, "no_trials", "The Silver plan has no free trials"},
		"same client again":    {modelstest.AcmeSeller, firstTrial, existing("studio-pro"), models.Conflict, "licensed", "Initrode already has Studio Pro, until 16 March 2026"},
		"same client, ended":   {modelstest.AcmeSeller, endedTrial, existing("studio-pro"), models.Conflict, "repeated", "Initrode has already had a trial of Studio Pro, on 2 March 2026"},
		"same mail address": {modelstest.AcmeSeller, endedTrial, models.TrialRequest{Product: "studio-pro", AcceptDuplicate: true, NewClient: models.ClientFields{Company: "Another", Email: "Ingrid@Initrode.example"}},
			models.Conflict, "repeated", "Initrode, with the same mail address, has already had"},
		"same company": {modelstest.AcmeSeller, endedTrial, models.TrialRequest{Product: "studio-pro", AcceptDuplicate: true, NewClient: models.ClientFields{Company: "INITRODE GmbH", Email: "new@elsewhere.example"}},
			models.Conflict, "repeated", "Initrode, with the same company name, has already had"},
		"same tax id": {modelstest.AcmeSeller, func(w *modelstest.World) {
			w.DB.Exec("UPDATE clients SET tax_id_key = 'DE123456789' WHERE id = ?", modelstest.AcmeClient)
			endedTrial(w)
		}, models.TrialRequest{Product: "studio-pro", AcceptDuplicate: true, NewClient: models.ClientFields{Company: "Another", Email: "new@elsewhere.example", TaxID: "de 123.456-789"}},
			models.Conflict, "repeated", "Initrode, with the same tax id, has already had"},
		"looks like a known client": {modelstest.AcmeSeller, nil, models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: "Initrode", Email: "new@elsewhere.example"}},
			models.Conflict, models.DuplicateClient, "You may already have this client: Initrode (same company name)"},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			if tt.scene != nil {
				tt.scene(w)
			}
			trials, clients, events := w.Count(t, "trials", "1 = 1"), w.Count(t, "clients", "1 = 1"), w.Count(t, "events", "1 = 1")
			tt.r.RequestKey = "key"
			_, err := w.IssueTrial(t.Context(), tt.actor, tt.r)
			if models.KindOf(err) != tt.kind || codeOf(err) != tt.code || !strings.Contains(fmt.Sprint(err), tt.say) {
				t.Errorf("got %v (kind %v, code %q), want kind %v, code %q saying %q", err, models.KindOf(err), codeOf(err), tt.kind, tt.code, tt.say)
			}
			if w.Count(t, "trials", "1 = 1") != trials || w.Count(t, "clients", "1 = 1") != clients || w.Count(t, "events", "1 = 1") != events {
				t.Error("a refused trial left something behind")
			}
			if n := w.Count(t, "request_keys", "key = ?", "key"); n != 0 {
				t.Error("a refusal used the request key up")
			}
		})
	}
}

func codeOf(err error) string {
	if e, ok := err.(*models.Error); ok { //nolint:errorlint // use cases return it unwrapped
		return e.Code
	}
	return ""
}

func firstTrial(w *modelstest.World) {
	if _, err := w.IssueTrial(context.Background(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient}); err != nil {
		panic(err)
	}
}

func endedTrial(w *modelstest.World) {
	firstTrial(w)
	w.Clock.Advance(14 * 24 * time.Hour)
}

func TestQuotaIsRefusedUntilTheReset(t *testing.T) {
	w := modelstest.New(t)
	for n := range 5 {
		issue(t, w, modelstest.AcmeSeller, trialFor(n))
	}
	_, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, trialFor(5))
	const say = "All 5 trials of March are used. New ones from 1 April, 00:00 (Madrid). If you need an extra trial sooner, ask Customer Success at ElectroNeek: customer-success@vendor.example."
	if codeOf(err) != "quota" || err.Error() != say {
		t.Errorf("got %v", err)
	}
	w.Clock.Set(time.Date(2026, 3, 31, 21, 59, 59, 999_999_000, time.UTC))
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, trialFor(6)); codeOf(err) != "quota" {
		t.Errorf("a microsecond before the reset: %v", err)
	}
	w.Clock.Set(time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC))
	if got := issue(t, w, modelstest.AcmeSeller, trialFor(7)); got.Trial.Month != "2026-04" {
		t.Errorf("at the reset: month %s", got.Trial.Month)
	}
}

func TestRevokingGivesNoQuotaBack(t *testing.T) {
	w := modelstest.New(t)
	first := issue(t, w, modelstest.GlobexSeller, trialFor(1))
	issue(t, w, modelstest.GlobexSeller, trialFor(2))
	if err := w.RevokeTrial(t.Context(), modelstest.GlobexSeller, first.Trial.ID, "No longer needed"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.IssueTrial(t.Context(), modelstest.GlobexSeller, trialFor(3)); codeOf(err) != "quota" {
		t.Errorf("after revoking: %v", err)
	}
	w.Clock.Advance(8 * 24 * time.Hour)
	if _, err := w.IssueTrial(t.Context(), modelstest.GlobexSeller, trialFor(3)); codeOf(err) != "quota" {
		t.Errorf("after expiry: %v", err)
	}
}

func TestASmallerPlanLeavesNothingNegative(t *testing.T) {
	w := modelstest.New(t)
	for n := range 4 {
		issue(t, w, modelstest.AcmeSeller, trialFor(n))
	}
	w.Exec(t, "UPDATE accounts SET plan = 'bronze' WHERE id = ?", modelstest.Acme)
	q, err := w.Quota(t.Context(), modelstest.AcmeSeller)
	if err != nil || q.Limit != 2 || q.Used != 4 || q.Left() != 0 {
		t.Errorf("quota = %+v, %v", q, err)
	}
}

// TestTheLastTrialGoesToOne: 50 at once on two processes, one free trial.
func TestTheLastTrialGoesToOne(t *testing.T) {
	w := modelstest.New(t)
	issue(t, w, modelstest.GlobexSeller, trialFor(100))
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, refused, other := w.RaceBehind(t, modelstest.Globex, 50, func(i int) error {
		_, err := stores[i%2].IssueTrial(context.Background(), modelstest.GlobexSeller, trialFor(i))
		if err != nil && codeOf(err) != "quota" {
			return fmt.Errorf("not the quota's refusal: %s", err.Error())
		}
		return err
	})
	if ok != 1 || refused != 49 || len(other) > 0 {
		t.Errorf("issued %d, refused %d, other %v", ok, refused, other)
	}
	if n := w.Count(t, "trials", "account_id = ?", modelstest.Globex); n != 2 {
		t.Errorf("%d trials, the plan allows 2", n)
	}
	if n := w.Count(t, "clients", "account_id = ?", modelstest.Globex); n != 2 {
		t.Errorf("%d clients: refused trials left theirs behind", n)
	}
}

// TestTheLastTrialGoesToManyWithoutTheLock shows that the race above can fail:
// the same count and insert, without a transaction around them, oversell.
func TestTheLastTrialGoesToManyWithoutTheLock(t *testing.T) {
	w := modelstest.New(t)
	first := issue(t, w, modelstest.GlobexSeller, trialFor(100))
	var counted sync.WaitGroup
	counted.Add(10)
	ok, _, other := modelstest.Race(10, func(i int) error {
		var n int64
		if err := w.DB.Table("trials").Where("account_id = ? AND month = ?", modelstest.Globex, "2026-03").Count(&n).Error; err != nil {
			counted.Done()
			return err
		}
		counted.Done()
		counted.Wait() // everybody has counted before anybody inserts
		if n >= 2 {
			return models.Errorf(models.Conflict, "used up")
		}
		return insertTrial(w.DB, first, i)
	})
	if len(other) > 0 {
		t.Fatal(other)
	}
	if ok <= 1 {
		t.Errorf("%d issued without the lock: this harness can't see the race", ok)
	}
}

func insertTrial(db *gorm.DB, like models.IssuedTrial, n int) error {
	var l models.License
	if err := db.Where("id = ?", like.Trial.LicenseID).Take(&l).Error; err != nil {
		return err
	}
	l.ID, l.Key, l.PageTokenHash = fmt.Sprint("l", n), fmt.Sprint("key", n), fmt.Sprint("hash", n)
	if err := db.Create(&l).Error; err != nil {
		return err
	}
	trial := like.Trial
	trial.ID, trial.LicenseID = fmt.Sprint("t", n), l.ID
	return db.Create(&trial).Error
}

// TestOneFormIssuesOneTrial: one request key, sent 50 times at once to two processes.
func TestOneFormIssuesOneTrial(t *testing.T) {
	w := modelstest.New(t)
	stores := []*models.Store{w.Store, w.Replica(t)}
	r := trialFor(1)
	r.RequestKey = "one form"
	var mu sync.Mutex
	ids := map[string]int{}
	ok, _, other := modelstest.Race(50, func(i int) error {
		issued, err := stores[i%2].IssueTrial(context.Background(), modelstest.AcmeSeller, r)
		mu.Lock()
		ids[issued.Trial.ID]++
		mu.Unlock()
		return err
	})
	if ok != 50 || len(other) > 0 || len(ids) != 1 {
		t.Errorf("%d answers, %d different trials, errors %v", ok, len(ids), other)
	}
	for table, want := range map[string]int{"trials": 1, "licenses": 1, "clients": 2} {
		if n := w.Count(t, table, "account_id = ?", modelstest.Acme); n != want {
			t.Errorf("%d %s, want %d", n, table, want)
		}
	}
	if n := len(w.Jobs(t, "trial_mail")); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// TestOneFormIssuesManyWithoutTheClaim shows that the race above can fail: a key
// that is looked up first and noted at the end lets everybody through.
func TestOneFormIssuesManyWithoutTheClaim(t *testing.T) {
	w := modelstest.New(t)
	first := issue(t, w, modelstest.AcmeSeller, trialFor(100))
	var looked sync.WaitGroup
	looked.Add(10)
	ok, _, other := modelstest.Race(10, func(i int) error {
		var used int64
		err := w.DB.Table("request_keys").Where("user_id = ? AND kind = 'trial' AND key = 'one form'", modelstest.AcmeSeller.UserID).Count(&used).Error
		looked.Done()
		looked.Wait() // everybody has looked before anybody notes the key
		if err != nil || used > 0 {
			return models.Errorf(models.Conflict, "sent before: %v", err)
		}
		if err := insertTrial(w.DB, first, i); err != nil {
			return err
		}
		return w.DB.Exec("INSERT INTO request_keys (user_id, kind, key, subject_id, created_at) VALUES (?, 'trial', 'one form', ?, ?) ON CONFLICT DO NOTHING",
			modelstest.AcmeSeller.UserID, fmt.Sprint("t", i), modelstest.Now).Error
	})
	if ok != 10 || len(other) > 0 || w.Count(t, "trials", "account_id = ?", modelstest.Acme) != 11 {
		t.Errorf("%d issued with one key, errors %v: this harness can't see the race", ok, other)
	}
}

// TestFormsWithoutAKeyAreDifferentForms: each counts, up to the quota.
func TestFormsWithoutAKeyAreDifferentForms(t *testing.T) {
	w := modelstest.New(t)
	ok, refused, other := modelstest.Race(50, func(i int) error {
		_, err := w.IssueTrial(context.Background(), modelstest.AcmeSeller, trialFor(i))
		return err
	})
	if ok != 5 || refused != 45 || len(other) > 0 {
		t.Errorf("issued %d, refused %d, errors %v", ok, refused, other)
	}
}

func TestRevokeTrial(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, trialFor(1))
	id := issued.Trial.ID
	if err := w.RevokeTrial(t.Context(), modelstest.GlobexOwner, id, ""); models.KindOf(err) != models.NotFound {
		t.Errorf("from another account: %v", err)
	}
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeViewer, id, ""); models.KindOf(err) != models.Forbidden {
		t.Errorf("by a Viewer: %v", err)
	}
	w.Clock.Advance(time.Hour)
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeOwner, id, " Wrong\r\nclient "); err != nil {
		t.Fatal(err)
	}
	v, err := w.Trial(t.Context(), modelstest.AcmeViewer, id)
	if err != nil {
		t.Fatal(err)
	}
	at := modelstest.Now.Add(time.Hour)
	if !v.Trial.RevokedAt.Equal(at) || v.Trial.RevokedBy != modelstest.AcmeOwner.UserID || v.Trial.RevokeReason != "Wrong client" || v.Trial.Status(at) != models.TrialRevoked ||
		!v.License.RevokedAt.Equal(at) || v.License.RevokedBy != modelstest.AcmeOwner.UserID || v.License.Status(at) != models.LicenseRevoked {
		t.Errorf("trial = %+v, licence = %+v", v.Trial, v.License)
	}
	if v.PageURL != "" {
		t.Error("a Viewer sees the client's link")
	}
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeOwner, id, ""); codeOf(err) != "revoked" {
		t.Errorf("twice: %v", err)
	}
	if got := w.Events(t, id); !slices.Equal(got, []string{"trial.issued", "trial.revoked"}) {
		t.Errorf("events = %v", got)
	}
}

func TestCorrectTrialAddress(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, trialFor(1))
	other := issue(t, w, modelstest.AcmeSeller, trialFor(2))
	id := issued.Trial.ID
	for email, want := range map[string]string{"": "mail address", "nonsense": "mail address", "boss@company1.example": "already"} {
		if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, id, email, false); models.KindOf(err) != models.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", email, err)
		}
	}
	if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, id, other.Client.Email, true); codeOf(err) != "repeated" {
		t.Errorf("to the address of a client who had a trial: %v", err)
	}
	if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, id, "ingrid@initrode.example", false); codeOf(err) != models.DuplicateClient {
		t.Errorf("to the address of another client: %v", err)
	}
	before, err := w.Trial(t.Context(), modelstest.AcmeSeller, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, id, "Right@company1.example", false); err != nil {
		t.Fatal(err)
	}
	v, err := w.Trial(t.Context(), modelstest.AcmeSeller, id)
	if err != nil {
		t.Fatal(err)
	}
	if v.License.PageGeneration != 2 || v.License.Key != before.License.Key {
		t.Errorf("licence = %+v", v.License)
	}
	if _, err := w.ClientPage(t.Context(), modelstest.Visitor, strings.TrimPrefix(before.PageURL, modelstest.BaseURL+"/l/")); codeOf(err) != "replaced" {
		t.Errorf("whoever owns the mistyped address keeps the page: %v", err)
	}
	if got := w.Events(t, id); !slices.Equal(got, []string{"trial.issued", "trial.mailed"}) {
		t.Errorf("events = %v", got)
	}
	if got := w.Events(t, v.Client.ID); !slices.Equal(got, []string{"client.created", "client.changed"}) {
		t.Errorf("client's events = %v", got)
	}
	for who, want := range map[string]models.Kind{"other": models.NotFound, "viewer": models.Forbidden, "success": models.Forbidden} {
		if err := w.CorrectTrialAddress(t.Context(), modelstest.Cast[who], id, "x@y.example", true); models.KindOf(err) != want {
			t.Errorf("by %s: %v", who, err)
		}
		if err := w.ResendTrialMail(t.Context(), modelstest.Cast[who], id); models.KindOf(err) != want {
			t.Errorf("resent by %s: %v", who, err)
		}
	}
	if !strings.EqualFold(v.Client.Email, "right@company1.example") || v.Trial.MailCount != 2 {
		t.Errorf("address %s, %d mails", v.Client.Email, v.Trial.MailCount)
	}
	q, err := w.Quota(t.Context(), modelstest.AcmeSeller)
	if err != nil || q.Used != 2 {
		t.Errorf("used %d, %v: a correction uses no quota", q.Used, err)
	}
	if jobs := w.Jobs(t, "trial_mail"); len(jobs) != 3 || !strings.Contains(jobs[2], `"number":2`) {
		t.Errorf("jobs = %v", jobs)
	}
}

func TestTrialMailsAreLimited(t *testing.T) {
	w := modelstest.New(t)
	id := issue(t, w, modelstest.AcmeSeller, trialFor(1)).Trial.ID
	for range 5 {
		if err := w.ResendTrialMail(t.Context(), modelstest.AcmeSeller, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.ResendTrialMail(t.Context(), modelstest.AcmeSeller, id); models.KindOf(err) != models.TooMany {
		t.Errorf("the sixth: %v", err)
	}
	w.Clock.Advance(24 * time.Hour)
	if err := w.ResendTrialMail(t.Context(), modelstest.AcmeSeller, id); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

func TestTrialStatus(t *testing.T) {
	now := modelstest.Now
	past, later := now.Add(-time.Hour), now.Add(time.Hour)
	for name, tt := range map[string]struct {
		trial models.Trial
		want  models.TrialStatus
	}{
		"running":                 {models.Trial{EndsAt: later}, models.TrialActive},
		"at its end":              {models.Trial{EndsAt: now}, models.TrialExpired},
		"converted while it ran":  {models.Trial{EndsAt: later, ConvertedAt: &past}, models.TrialConverted},
		"converted after its end": {models.Trial{EndsAt: past, ConvertedAt: &past}, models.TrialConverted},
		"revoked":                 {models.Trial{EndsAt: past, RevokedAt: &past}, models.TrialRevoked},
	} {
		if got := tt.trial.Status(now); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestTrialsFilters(t *testing.T) {
	w := modelstest.New(t)
	a := issue(t, w, modelstest.AcmeSeller, trialFor(1))
	b := issue(t, w, modelstest.AcmeOwner, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	issue(t, w, modelstest.GlobexSeller, trialFor(3))
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeOwner, b.Trial.ID, ""); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		f    models.TrialFilter
		want []string
	}{
		"all":            {models.TrialFilter{}, []string{b.Trial.ID, a.Trial.ID}},
		"active":         {models.TrialFilter{State: models.TrialActive}, []string{a.Trial.ID}},
		"revoked":        {models.TrialFilter{State: models.TrialRevoked}, []string{b.Trial.ID}},
		"no such state":  {models.TrialFilter{State: "x' OR 1=1"}, nil},
		"by product":     {models.TrialFilter{Product: "studio-pro"}, []string{a.Trial.ID}},
		"by month":       {models.TrialFilter{Month: "2026-03"}, []string{b.Trial.ID, a.Trial.ID}},
		"by other month": {models.TrialFilter{Month: "2026-02"}, nil},
		"mine":           {models.TrialFilter{Mine: true}, []string{a.Trial.ID}},
		"by client":      {models.TrialFilter{ClientID: modelstest.AcmeClient}, []string{b.Trial.ID}},
		"search company": {models.TrialFilter{Query: "INITRODE"}, []string{b.Trial.ID}},
		"search product": {models.TrialFilter{Query: "studio"}, []string{a.Trial.ID}},
		"search %":       {models.TrialFilter{Query: "%"}, nil},
	} {
		page, err := w.Trials(t.Context(), modelstest.AcmeSeller, tt.f, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range page.Items {
			got = append(got, l.ID)
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestClientPage(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	token := func() string {
		v, err := w.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(v.PageURL, modelstest.BaseURL+"/l/")
	}
	first := token()
	p, err := w.ClientPage(t.Context(), modelstest.Visitor, first)
	if err != nil || p.License.ID != issued.Trial.LicenseID || p.Company != "Initrode" || p.Account.Name != "Acme" || !p.IsTrial || p.Interested ||
		p.ContactName != "Sam Seller" || p.ContactEmail != "sam@acme.example" || p.Zone.String() != "Europe/Madrid" || p.Product.Code != "studio-pro" || p.Vendor.Name != "ElectroNeek" {
		t.Errorf("page = %+v, %v", p, err)
	}
	for n, want := range []bool{true, false} {
		if told, err := w.WantToBuy(t.Context(), modelstest.Visitor, first); err != nil || told != want {
			t.Errorf("%d: told %v, %v", n, told, err)
		}
	}
	if jobs := w.Jobs(t, "interest_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], modelstest.AcmeSeller.UserID) {
		t.Errorf("mails = %v, want one to the Seller", jobs)
	}
	w.Clock.Advance(24 * time.Hour)
	if told, err := w.WantToBuy(t.Context(), modelstest.Visitor, first); err != nil || !told {
		t.Errorf("a day later: told %v, %v", told, err)
	}

	if err := w.RenewLicensePage(t.Context(), modelstest.AcmeSeller, issued.Trial.LicenseID); err != nil {
		t.Fatal(err)
	}
	second := token()
	if _, err := w.ClientPage(t.Context(), modelstest.Visitor, second); err != nil || first == second {
		t.Errorf("new link: %v", err)
	}
	if err := w.RevokeLicensePage(t.Context(), modelstest.AcmeSeller, issued.Trial.LicenseID); err != nil {
		t.Fatal(err)
	}
	for link, code := range map[string]string{first: "replaced", second: "revoked", "nonsense": "unknown", "": "unknown"} {
		p, err := w.ClientPage(t.Context(), modelstest.Visitor, link)
		if codeOf(err) != code || models.KindOf(err) != models.NotFound {
			t.Errorf("want %s: %v", code, err)
		}
		if known := code != "unknown"; (p.ContactEmail == "sam@acme.example" && p.Account.Name == "Acme") != known || p.License.Key != "" || p.Company != "" {
			t.Errorf("a link that is %s shows %+v", code, p)
		}
		if _, err := w.WantToBuy(t.Context(), modelstest.Visitor, link); codeOf(err) != code {
			t.Errorf("buying, want %s: %v", code, err)
		}
	}
}

func TestWithoutSellersTheOwnerIsTold(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.GlobexOwner, trialFor(1))
	w.Exec(t, "UPDATE memberships SET reselling_role = '', reselling_since = NULL WHERE user_id = ?", modelstest.GlobexSeller.UserID)
	v, err := w.Trial(t.Context(), modelstest.GlobexOwner, issued.Trial.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WantToBuy(t.Context(), modelstest.Visitor, strings.TrimPrefix(v.PageURL, modelstest.BaseURL+"/l/")); err != nil {
		t.Fatal(err)
	}
	if jobs := w.Jobs(t, "interest_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], modelstest.GlobexOwner.UserID) {
		t.Errorf("mails = %v, want one to the Owner", jobs)
	}
}

// TestTheFirstWishIsTheOnlyOne: 20 presses of "I want to buy" at once tell once.
func TestTheFirstWishIsTheOnlyOne(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, trialFor(1))
	v, err := w.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimPrefix(v.PageURL, modelstest.BaseURL+"/l/")
	_, _, other := modelstest.Race(20, func(int) error {
		_, err := w.WantToBuy(context.Background(), modelstest.Visitor, token)
		return err
	})
	if len(other) > 0 {
		t.Fatal(other)
	}
	if jobs := w.Jobs(t, "interest_mail"); len(jobs) != 1 {
		t.Errorf("%d mails", len(jobs))
	}
}

// TestWhatIsNotForSale: who has bought, or whose trial was revoked, can't say "I want to buy".
func TestWhatIsNotForSale(t *testing.T) {
	for name, scene := range map[string]string{
		"converted": "UPDATE trials SET converted_at = issued_at",
		"revoked":   "UPDATE licenses SET revoked_at = created_at",
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			issued := issue(t, w, modelstest.AcmeSeller, trialFor(1))
			v, err := w.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID)
			if err != nil {
				t.Fatal(err)
			}
			w.Exec(t, scene)
			token := strings.TrimPrefix(v.PageURL, modelstest.BaseURL+"/l/")
			if p, err := w.ClientPage(t.Context(), modelstest.Visitor, token); err != nil || p.MayBuy(modelstest.Now) {
				t.Errorf("offered: %v", err)
			}
			if told, err := w.WantToBuy(t.Context(), modelstest.Visitor, token); told || codeOf(err) != "not_for_sale" {
				t.Errorf("told %v, %v", told, err)
			}
			if n := len(w.Jobs(t, "interest_mail")); n != 0 {
				t.Errorf("%d mails", n)
			}
		})
	}
}

func TestPublicKeys(t *testing.T) {
	w := modelstest.New(t)
	unused, err := w.PublicKeys(t.Context(), modelstest.Visitor)
	if err != nil || len(unused) != 1 {
		t.Fatalf("before the first licence: %v, %v", unused, err)
	}
	issue(t, w, modelstest.AcmeSeller, trialFor(1))
	w.Exec(t, "INSERT INTO signing_keys (kid, public_key, created_at) VALUES ('old', ?, ?)", strings.Repeat("A", 43), modelstest.Now)
	if keys, err := w.PublicKeys(t.Context(), modelstest.Visitor); err != nil || len(keys) != 2 {
		t.Errorf("two keys: %v, %v", keys, err)
	}
	w.Exec(t, "UPDATE signing_keys SET withdrawn_at = ?", modelstest.Now)
	if keys, err := w.PublicKeys(t.Context(), modelstest.Visitor); err != nil || len(keys) != 0 {
		t.Errorf("withdrawn keys are published: %v, %v", keys, err)
	}
}

func TestLicenses(t *testing.T) {
	w := modelstest.New(t)
	a := issue(t, w, modelstest.AcmeSeller, trialFor(1))
	b := issue(t, w, modelstest.AcmeOwner, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	issue(t, w, modelstest.GlobexSeller, trialFor(3))
	w.Exec(t, "UPDATE licenses SET suspended_at = ?, suspended_by = 'x' WHERE id = ?", modelstest.Now, a.Trial.LicenseID)
	for name, tt := range map[string]struct {
		f    models.LicenseFilter
		want []string
	}{
		"all":           {models.LicenseFilter{}, []string{a.Trial.LicenseID, b.Trial.LicenseID}},
		"active":        {models.LicenseFilter{State: models.LicenseActive}, []string{b.Trial.LicenseID}},
		"suspended":     {models.LicenseFilter{State: models.LicenseSuspended}, []string{a.Trial.LicenseID}},
		"expired":       {models.LicenseFilter{State: models.LicenseExpired}, nil},
		"revoked":       {models.LicenseFilter{State: models.LicenseRevoked}, nil},
		"not started":   {models.LicenseFilter{State: models.LicenseNotStarted}, nil},
		"no such state": {models.LicenseFilter{State: "x"}, nil},
		"by product":    {models.LicenseFilter{Product: "studio-pro"}, []string{a.Trial.LicenseID}},
		"by client":     {models.LicenseFilter{ClientID: modelstest.AcmeClient}, []string{b.Trial.LicenseID}},
		"search":        {models.LicenseFilter{Query: "INITRODE"}, []string{b.Trial.LicenseID}},
	} {
		page, err := w.Licenses(t.Context(), modelstest.AcmeViewer, tt.f, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range page.Items {
			got = append(got, l.ID)
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	for who, want := range map[string]models.Kind{"other": models.NotFound, "member": models.Forbidden, "support": models.Forbidden} {
		if _, err := w.License(t.Context(), modelstest.Cast[who], a.Trial.LicenseID); models.KindOf(err) != want {
			t.Errorf("by %s: %v", who, err)
		}
	}
	v, err := w.License(t.Context(), modelstest.AcmeBilling, a.Trial.LicenseID)
	if err != nil || v.Client.Company != "Company B1" || v.Product.Code != "studio-pro" || len(v.Trials) != 1 || v.Trials[0].ID != a.Trial.ID || v.PageURL != "" || len(v.Events) != 2 || v.License.Status(modelstest.Now) != models.LicenseSuspended {
		t.Errorf("licence = %+v, %v", v, err)
	}
}

func TestLicenseStatus(t *testing.T) {
	now := modelstest.Now
	past, later := now.Add(-time.Hour), now.Add(time.Hour)
	for want, l := range map[models.LicenseStatus]models.License{
		models.LicenseActive:     {StartsAt: now, EndsAt: later},
		models.LicenseExpired:    {StartsAt: past, EndsAt: now},
		models.LicenseNotStarted: {StartsAt: later, EndsAt: later.Add(time.Hour)},
		models.LicenseSuspended:  {StartsAt: past, EndsAt: past, SuspendedAt: &past},
		models.LicenseRevoked:    {StartsAt: past, EndsAt: later, SuspendedAt: &past, RevokedAt: &past},
	} {
		if got := l.Status(now); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

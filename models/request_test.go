package models_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func extra(reason string) models.RequestEntry {
	return models.RequestEntry{Kind: models.ExtraTrial, Reason: reason}
}

func more(trialID, days string) models.RequestEntry {
	return models.RequestEntry{Kind: models.Extension, TrialID: trialID, Days: days, Reason: "They were on holiday"}
}

func again(clientID string) models.RequestEntry {
	return models.RequestEntry{Kind: models.AnotherTrial, ClientID: clientID, Product: "studio-pro", Reason: "A new team wants to see it"}
}

func ask(t *testing.T, w *modelstest.World, e models.RequestEntry) models.Request {
	t.Helper()
	r, err := w.MakeRequest(t.Context(), modelstest.AcmeSeller, e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func decide(t *testing.T, w *modelstest.World, id string, d models.Decision) models.Request {
	t.Helper()
	r, err := w.DecideRequest(t.Context(), modelstest.VendorSuccess, id, d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var yes, no = models.Decision{Verdict: models.Grant, Answer: "A good reason"}, models.Decision{Verdict: models.Decline, Answer: "No reason"}

func stored(t *testing.T, w *modelstest.World, id string) models.Request {
	t.Helper()
	var r models.Request
	if err := w.DB.Where("id = ?", id).Take(&r).Error; err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMakeRequest(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	r := stored(t, w, ask(t, w, more(issued.Trial.ID, "7")).ID)
	if r.AccountID != modelstest.Acme || r.Kind != models.Extension || r.About != issued.Trial.ID || r.Month != "2026-03" || *r.TrialID != issued.Trial.ID ||
		*r.ClientID != modelstest.AcmeClient || *r.ProductID != modelstest.StudioPro || r.Days != 7 || r.Reason != "They were on holiday" || !r.RequestedAt.Equal(modelstest.Now) ||
		r.RequestedBy != modelstest.AcmeSeller.UserID || r.DecidedAt != nil || r.DecidedBy != "" || r.Granted || r.GrantedDays != 0 || r.Answer != "" ||
		r.WithdrawnAt != nil || r.WithdrawnBy != "" || r.Search != "initrode ingrid@initrode.example studio pro they were on holiday" {
		t.Errorf("extension = %+v", r)
	}
	r = stored(t, w, ask(t, w, extra(" A fair \r\n next week ")).ID)
	if r.About != "2026-03" || r.TrialID != nil || r.ClientID != nil || r.ProductID != nil || r.Days != 0 || r.Reason != "A fair\nnext week" {
		t.Errorf("extra = %+v", r)
	}
	w.Clock.Set(issued.Trial.EndsAt)
	r = stored(t, w, ask(t, w, again(modelstest.AcmeClient)).ID)
	if r.About != modelstest.AcmeClient+" "+modelstest.StudioPro || r.TrialID != nil || *r.ClientID != modelstest.AcmeClient || *r.ProductID != modelstest.StudioPro || r.Days != 0 {
		t.Errorf("another = %+v", r)
	}
	if got := w.Events(t, r.ID); !slices.Equal(got, []string{"request.made"}) {
		t.Errorf("events = %v", got)
	}
}

func TestMakeRequestRefusals(t *testing.T) {
	trialID := func(w *modelstest.World) string {
		var id string
		w.DB.Raw("SELECT id FROM trials LIMIT 1").Scan(&id)
		return id
	}
	decided := func(d models.Decision) func(*testing.T, *modelstest.World) {
		return func(t *testing.T, w *modelstest.World) {
			endedTrial(w)
			decide(t, w, ask(t, w, again(modelstest.AcmeClient)).ID, d)
		}
	}
	for name, tt := range map[string]struct {
		actor models.Actor
		scene func(*testing.T, *modelstest.World)
		entry func(*modelstest.World) models.RequestEntry
		kind  models.Kind
		code  string
	}{
		"viewer":       {actor: modelstest.AcmeViewer, kind: models.Forbidden},
		"staff":        {actor: modelstest.VendorSuccess, kind: models.Forbidden},
		"no reason":    {entry: func(*modelstest.World) models.RequestEntry { return extra(" ") }, kind: models.Invalid},
		"unknown kind": {entry: func(*modelstest.World) models.RequestEntry { return models.RequestEntry{Kind: "more", Reason: "x"} }, kind: models.NotFound},
		"suspended": {scene: func(_ *testing.T, w *modelstest.World) {
			w.DB.Exec("UPDATE accounts SET suspended_at = ?", modelstest.Now)
		}, kind: models.Conflict, code: "suspended"},
		"no plan":       {actor: modelstest.InitechOwner, kind: models.Conflict, code: "no_plan"},
		"plan, no days": {scene: func(_ *testing.T, w *modelstest.World) { w.DB.Exec("UPDATE plan_terms SET trial_days = 0") }, kind: models.Conflict, code: "no_trials"},
		"asked twice":   {scene: func(t *testing.T, w *modelstest.World) { ask(t, w, extra("x")) }, kind: models.Conflict, code: "waiting"},
		"no such trial": {entry: func(*modelstest.World) models.RequestEntry { return more("nothing", "7") }, kind: models.NotFound},
		"foreign trial": {actor: modelstest.GlobexSeller, scene: func(_ *testing.T, w *modelstest.World) { firstTrial(w) }, entry: func(w *modelstest.World) models.RequestEntry { return more(trialID(w), "7") }, kind: models.NotFound},
		"no days":       {scene: func(_ *testing.T, w *modelstest.World) { firstTrial(w) }, entry: func(w *modelstest.World) models.RequestEntry { return more(trialID(w), "0") }, kind: models.Invalid},
		"too many days": {scene: func(_ *testing.T, w *modelstest.World) { firstTrial(w) }, entry: func(w *modelstest.World) models.RequestEntry { return more(trialID(w), "366") }, kind: models.Invalid},
		"ended trial":   {scene: func(_ *testing.T, w *modelstest.World) { endedTrial(w) }, entry: func(w *modelstest.World) models.RequestEntry { return more(trialID(w), "7") }, kind: models.Conflict, code: "ended"},
		"revoked trial": {scene: func(_ *testing.T, w *modelstest.World) {
			firstTrial(w)
			w.DB.Exec("UPDATE trials SET revoked_at = ?", modelstest.Now)
		}, entry: func(w *modelstest.World) models.RequestEntry { return more(trialID(w), "7") }, kind: models.Conflict, code: "ended"},
		"converted trial": {scene: func(_ *testing.T, w *modelstest.World) {
			firstTrial(w)
			w.DB.Exec("UPDATE trials SET converted_at = ?", modelstest.Now)
		}, entry: func(w *modelstest.World) models.RequestEntry { return more(trialID(w), "7") }, kind: models.Conflict, code: "ended"},
		"no trial yet":   {entry: func(*modelstest.World) models.RequestEntry { return again(modelstest.AcmeClient) }, kind: models.Conflict, code: "needless"},
		"trial runs":     {scene: func(_ *testing.T, w *modelstest.World) { firstTrial(w) }, entry: func(*modelstest.World) models.RequestEntry { return again(modelstest.AcmeClient) }, kind: models.Conflict, code: "licensed"},
		"foreign client": {actor: modelstest.GlobexSeller, entry: func(*modelstest.World) models.RequestEntry { return again(modelstest.AcmeClient) }, kind: models.NotFound},
		"no product": {entry: func(*modelstest.World) models.RequestEntry {
			e := again(modelstest.AcmeClient)
			e.Product = "nothing"
			return e
		}, kind: models.Invalid},
		"archived client": {scene: func(_ *testing.T, w *modelstest.World) {
			endedTrial(w)
			w.DB.Exec("UPDATE clients SET archived_at = ?", modelstest.Now)
		}, entry: func(*modelstest.World) models.RequestEntry { return again(modelstest.AcmeClient) }, kind: models.Conflict, code: "archived"},
		"allowed, unused": {scene: decided(yes), entry: func(*modelstest.World) models.RequestEntry { return again(modelstest.AcmeClient) }, kind: models.Conflict, code: "allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			if tt.scene != nil {
				tt.scene(t, w)
			}
			if tt.actor.UserID == "" {
				tt.actor = modelstest.AcmeSeller
			}
			entry := extra("A reason")
			if tt.entry != nil {
				entry = tt.entry(w)
			}
			before, events := w.Count(t, "requests", "1 = 1"), w.Count(t, "events", "1 = 1")
			entry.RequestKey = "key"
			_, err := w.MakeRequest(t.Context(), tt.actor, entry)
			if models.KindOf(err) != tt.kind || codeOf(err) != tt.code {
				t.Errorf("got %v (kind %v, code %q), want kind %v, code %q", err, models.KindOf(err), codeOf(err), tt.kind, tt.code)
			}
			if w.Count(t, "requests", "1 = 1") != before || w.Count(t, "events", "1 = 1") != events || w.Count(t, "request_keys", "key = 'key'") != 0 {
				t.Error("a refused request left something behind")
			}
		})
	}
	// What was declined or withdrawn can be asked again.
	w := modelstest.New(t)
	endedTrial(w)
	decide(t, w, ask(t, w, again(modelstest.AcmeClient)).ID, no)
	r := ask(t, w, again(modelstest.AcmeClient))
	if err := w.WithdrawRequest(t.Context(), modelstest.AcmeOwner, r.ID); err != nil {
		t.Fatal(err)
	}
	if r = stored(t, w, r.ID); r.Status() != models.RequestWithdrawn || r.WithdrawnBy != modelstest.AcmeOwner.UserID || !r.WithdrawnAt.Equal(w.Now()) {
		t.Errorf("withdrawn = %+v", r)
	}
	ask(t, w, again(modelstest.AcmeClient))
}

func TestAnExtraTrialRaisesTheLimitOfItsMonth(t *testing.T) {
	w := modelstest.New(t)
	for n := range 5 {
		issue(t, w, modelstest.AcmeSeller, trialFor(n))
	}
	r := ask(t, w, extra("A fair"))
	decided := decide(t, w, r.ID, yes)
	if decided.Status() != models.RequestGranted || !decided.DecidedAt.Equal(w.Now()) || decided.DecidedBy != modelstest.VendorSuccess.UserID || decided.Answer != "A good reason" || decided.GrantedDays != 0 {
		t.Errorf("decided = %+v", decided)
	}
	q, err := w.Quota(t.Context(), modelstest.AcmeSeller)
	if err != nil || q.Limit != 6 || q.Granted != 1 || q.Used != 5 || q.Left() != 1 {
		t.Errorf("quota = %+v, %v", q, err)
	}
	issue(t, w, modelstest.AcmeSeller, trialFor(5))
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, trialFor(6)); codeOf(err) != "quota" || !strings.HasPrefix(err.Error(), "All 6 trials of March are used") {
		t.Errorf("a second extra one: %v", err)
	}
	if q, err = w.Quota(t.Context(), modelstest.GlobexSeller); err != nil || q.Granted != 0 {
		t.Errorf("another account's: %+v, %v", q, err)
	}
	w.Clock.Set(time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC))
	if q, err = w.Quota(t.Context(), modelstest.AcmeSeller); err != nil || q.Limit != 5 || q.Granted != 0 {
		t.Errorf("next month: %+v, %v", q, err)
	}
	if got := w.Events(t, r.ID); !slices.Equal(got, []string{"request.made", "request.granted"}) {
		t.Errorf("events = %v", got)
	}
	if got := w.Jobs(t, "request_decided_mail"); len(got) != 1 || !strings.Contains(got[0], r.ID) {
		t.Errorf("jobs = %v", got)
	}
}

func TestAMonthThatIsOverGetsNoExtraTrial(t *testing.T) {
	w := modelstest.New(t)
	r := ask(t, w, extra("A fair"))
	w.Clock.Set(time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)) // April in Madrid
	if _, err := w.DecideRequest(t.Context(), modelstest.VendorSuccess, r.ID, yes); codeOf(err) != "over" {
		t.Errorf("granted after the month: %v", err)
	}
	if stored(t, w, r.ID).Status() != models.RequestWaiting || w.Count(t, "trial_grants", "1 = 1") != 0 || len(w.Jobs(t, "request_decided_mail")) != 0 {
		t.Error("the refusal left something behind")
	}
	decide(t, w, r.ID, no)
}

func TestAnExtensionMovesTheEndAndKeepsTheKey(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	before, err := w.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID)
	if err != nil {
		t.Fatal(err)
	}
	r := ask(t, w, more(issued.Trial.ID, "7"))
	if got := decide(t, w, r.ID, models.Decision{Verdict: models.Grant, Days: "5", Answer: "Once"}); got.GrantedDays != 5 || got.Days != 7 {
		t.Errorf("decided = %+v", got)
	}
	after, err := w.Trial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID)
	if err != nil {
		t.Fatal(err)
	}
	end := modelstest.Now.Add(19 * 24 * time.Hour)
	if !after.Trial.EndsAt.Equal(end) || !after.License.EndsAt.Equal(end) || after.License.Key != before.License.Key || after.PageURL != before.PageURL || after.Trial.Days != 14 {
		t.Errorf("trial until %v, licence until %v, want %v", after.Trial.EndsAt, after.License.EndsAt, end)
	}
	if len(after.Requests) != 1 || after.Requests[0].Answer != "Once" || after.Requests[0].DecidedName != "Cleo Success" {
		t.Errorf("on the trial's page: %+v", after.Requests)
	}
	l, ok, err := w.TrialExtendedForMail(t.Context(), models.System, models.TrialExtendedMail{RequestID: r.ID})
	if err != nil || !ok || l.To != "ingrid@initrode.example" || !l.EndsAt.Equal(end) || l.Days != 19 || l.Link != after.PageURL || l.IsAgain {
		t.Errorf("letter = %+v, %v, %v", l, ok, err)
	}
	if got := w.Events(t, issued.Trial.ID); !slices.Equal(got, []string{"trial.issued", "trial.extended"}) {
		t.Errorf("events = %v", got)
	}
	if got := w.Events(t, issued.Trial.LicenseID); !slices.Equal(got, []string{"license.created", "license.extended"}) {
		t.Errorf("licence's events = %v", got)
	}
	if q, err := w.Quota(t.Context(), modelstest.AcmeSeller); err != nil || q.Used != 1 || q.Granted != 0 {
		t.Errorf("an extension used quota: %+v, %v", q, err)
	}
	if got := w.Jobs(t, "trial_extended_mail"); len(got) != 1 {
		t.Errorf("jobs = %v", got)
	}
	w.Exec(t, "UPDATE licenses SET page_revoked_at = ?", modelstest.Now)
	if _, ok, err := w.TrialExtendedForMail(t.Context(), models.System, models.TrialExtendedMail{RequestID: r.ID}); ok || err != nil {
		t.Errorf("with the page switched off: %v, %v", ok, err)
	}
}

func TestAnExtensionDecidedLate(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	first, second := ask(t, w, more(issued.Trial.ID, "7")), ""
	w.Clock.Set(issued.Trial.EndsAt.Add(48 * time.Hour))
	view, err := w.RequestToDecide(t.Context(), modelstest.VendorSupport, first.ID)
	if end := w.Now().Add(7 * 24 * time.Hour); err != nil || view.Refusal != nil || !view.WouldEnd.Equal(end) || len(view.Earlier) != 1 || view.Account.ID != modelstest.Acme {
		t.Errorf("view = %+v, %v", view, err)
	}
	decide(t, w, first.ID, models.Decision{Verdict: models.Grant, Days: "7", Answer: "Sorry for the wait"})
	var trial models.Trial
	if err := w.DB.Where("id = ?", issued.Trial.ID).Take(&trial).Error; err != nil || !trial.EndsAt.Equal(view.WouldEnd) || trial.Status(w.Now()) != models.TrialActive {
		t.Errorf("ends %v, previewed %v, %v", trial.EndsAt, view.WouldEnd, err)
	}
	// A trial that was revoked while the request waited stays so, and the page says it before.
	second = ask(t, w, more(issued.Trial.ID, "3")).ID
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeSeller, issued.Trial.ID, ""); err != nil {
		t.Fatal(err)
	}
	if view, err = w.RequestToDecide(t.Context(), modelstest.VendorSuccess, second); err != nil || view.Refusal == nil || view.Refusal.Code != "ended" {
		t.Errorf("refusal = %+v, %v", view.Refusal, err)
	}
	if _, err := w.DecideRequest(t.Context(), modelstest.VendorSuccess, second, models.Decision{Verdict: models.Grant, Days: "3", Answer: "x"}); codeOf(err) != "ended" {
		t.Errorf("granted: %v", err)
	}
}

func TestAnotherTrialIsAllowedOnce(t *testing.T) {
	w := modelstest.New(t)
	endedTrial(w)
	r := ask(t, w, again(modelstest.AcmeClient))
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient}); codeOf(err) != "repeated" {
		t.Errorf("while it waits: %v", err)
	}
	decide(t, w, r.ID, yes)
	if _, err := w.IssueTrial(t.Context(), modelstest.GlobexSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient}); models.KindOf(err) != models.Invalid {
		t.Errorf("another account: %v", err)
	}
	// 20 at once on two processes: one trial.
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, refused, other := w.RaceBehind(t, modelstest.Acme, 20, func(i int) error {
		_, err := stores[i%2].IssueTrial(context.Background(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
		return err
	})
	if ok != 1 || refused != 19 || len(other) > 0 {
		t.Errorf("issued %d, refused %d, %v", ok, refused, other)
	}
	if n := w.Count(t, "trial_allowances", "trial_id IS NOT NULL AND client_id = ? AND product_id = ? AND request_id = ?", modelstest.AcmeClient, modelstest.StudioPro, r.ID); n != 1 {
		t.Errorf("%d used allowances", n)
	}
	v, err := w.Request(t.Context(), modelstest.AcmeViewer, r.ID)
	if err != nil || w.Count(t, "trials", "id = ?", v.TrialID) != 1 {
		t.Errorf("the request leads to trial %q, %v", v.TrialID, err)
	}
	w.Clock.Advance(15 * 24 * time.Hour)
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient}); codeOf(err) != "repeated" {
		t.Errorf("a third one: %v", err)
	}
}

func TestDecideRefusals(t *testing.T) {
	w := modelstest.New(t)
	r := ask(t, w, extra("A fair"))
	for name, a := range map[string]models.Actor{"finance": modelstest.VendorFinance, "support": modelstest.VendorSupport, "owner": modelstest.AcmeOwner} {
		if _, err := w.DecideRequest(t.Context(), a, r.ID, yes); models.KindOf(err) != models.Forbidden {
			t.Errorf("by %s: %v", name, err)
		}
	}
	for name, d := range map[string]models.Decision{"no verdict": {Answer: "x"}, "no reason": {Verdict: models.Grant}} {
		if _, err := w.DecideRequest(t.Context(), modelstest.VendorSuccess, r.ID, d); models.KindOf(err) != models.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.DecideRequest(t.Context(), modelstest.VendorSuccess, "nothing", yes); models.KindOf(err) != models.NotFound {
		t.Errorf("unknown: %v", err)
	}
	if err := w.WithdrawRequest(t.Context(), modelstest.GlobexOwner, r.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("withdrawn by another account: %v", err)
	}
	if err := w.WithdrawRequest(t.Context(), modelstest.AcmeViewer, r.ID); models.KindOf(err) != models.Forbidden {
		t.Errorf("withdrawn by a Viewer: %v", err)
	}
	if err := w.WithdrawRequest(t.Context(), modelstest.AcmeSeller, r.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DecideRequest(t.Context(), modelstest.VendorSuccess, r.ID, yes); codeOf(err) != "settled" || err.Error() != "Sam Seller has withdrawn this request already." {
		t.Errorf("after the withdrawal: %v", err)
	}
	if w.Count(t, "trial_grants", "1 = 1") != 0 {
		t.Error("something was granted")
	}
}

// TestOneDecision: many staff and the Seller at once, on two processes; one settles it.
func TestOneDecision(t *testing.T) {
	w := modelstest.New(t)
	r := ask(t, w, extra("A fair"))
	stores := []*models.Store{w.Store, w.Replica(t)}
	staff := []models.Actor{modelstest.VendorSuccess, modelstest.VendorAdministrator}
	ok, refused, other := w.RaceBehind(t, modelstest.Acme, 15, func(i int) error {
		if i == 14 {
			return w.WithdrawRequest(context.Background(), modelstest.AcmeSeller, r.ID)
		}
		_, err := stores[i%2].DecideRequest(context.Background(), staff[i%2], r.ID, []models.Decision{yes, no, yes}[i%3])
		return err
	})
	if ok != 1 || refused != 14 || len(other) > 0 {
		t.Errorf("decided %d times, refused %d, %v", ok, refused, other)
	}
	granted, mails := w.Count(t, "trial_grants", "1 = 1"), 1
	settled := stored(t, w, r.ID)
	if settled.Status() == models.RequestWithdrawn {
		mails = 0
	}
	if settled.Granted != (granted == 1) || len(w.Jobs(t, "request_decided_mail")) != mails || len(w.Events(t, r.ID)) != 2 {
		t.Errorf("%+v, %d grants, events %v", settled, granted, w.Events(t, r.ID))
	}
}

// TestOneWaitingRequest: many ask for the same at once, on two processes.
func TestOneWaitingRequest(t *testing.T) {
	w := modelstest.New(t)
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, refused, other := w.RaceBehind(t, modelstest.Acme, 15, func(i int) error {
		_, err := stores[i%2].MakeRequest(context.Background(), modelstest.AcmeSeller, extra(fmt.Sprint("Reason ", i)))
		return err
	})
	if ok != 1 || refused != 14 || len(other) > 0 {
		t.Errorf("made %d, refused %d, %v", ok, refused, other)
	}
	// Without the lock, the index holds.
	var r models.Request
	if err := w.DB.Take(&r).Error; err != nil {
		t.Fatal(err)
	}
	r.ID = "another"
	if err := w.DB.Create(&r).Error; err == nil {
		t.Error("the database takes a second waiting request")
	}
}

func TestOneFormMakesOneRequest(t *testing.T) {
	w := modelstest.New(t)
	e := extra("A fair")
	e.RequestKey = "one form"
	first, second := ask(t, w, e), ask(t, w, e)
	if first.ID != second.ID || w.Count(t, "requests", "1 = 1") != 1 {
		t.Errorf("%s, then %s", first.ID, second.ID)
	}
}

func TestRequestDecidedForMail(t *testing.T) {
	w := modelstest.New(t)
	r := ask(t, w, extra("A fair"))
	job := models.RequestDecidedMail{RequestID: r.ID}
	if _, ok, err := w.RequestDecidedForMail(t.Context(), models.System, job); ok || err != nil {
		t.Errorf("before the decision: %v, %v", ok, err)
	}
	decide(t, w, r.ID, yes)
	want := models.RequestDecidedLetter{
		RequestID: r.ID, AccountID: modelstest.Acme, To: "sam@acme.example", Name: "Sam Seller", Kind: models.ExtraTrial, Granted: true, Answer: "A good reason", Month: "2026-03",
		Zone: "Europe/Madrid", RequestedBy: "Sam Seller", IsRequester: true, AccountName: "Acme", Link: modelstest.BaseURL + "/trials/requests/" + r.ID,
	}
	if l, ok, err := w.RequestDecidedForMail(t.Context(), models.System, job); err != nil || !ok || l != want {
		t.Errorf("letter = %+v, %v, %v\nwant     %+v", l, ok, err, want)
	}
	w.Exec(t, "UPDATE memberships SET reselling_role = '' WHERE user_id = ?", modelstest.AcmeSeller.UserID)
	want.To, want.Name, want.IsRequester = "olivia@acme.example", "Olivia Owner", false
	if l, ok, err := w.RequestDecidedForMail(t.Context(), models.System, job); err != nil || !ok || l != want {
		t.Errorf("when the Seller has left: %+v, %v, %v", l, ok, err)
	}
	if _, _, err := w.RequestDecidedForMail(t.Context(), modelstest.VendorSuccess, job); models.KindOf(err) != models.Forbidden {
		t.Errorf("for a user: %v", err)
	}
}

func TestRequestLists(t *testing.T) {
	w := modelstest.New(t)
	firstTrial(w)
	var trial models.Trial
	if err := w.DB.Take(&trial).Error; err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	ids["withdrawn"] = ask(t, w, extra("First")).ID
	if err := w.WithdrawRequest(t.Context(), modelstest.AcmeSeller, ids["withdrawn"]); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(time.Minute)
	ids["declined"] = ask(t, w, extra("Second")).ID
	decide(t, w, ids["declined"], no)
	w.Clock.Advance(time.Minute)
	ids["granted"] = ask(t, w, extra("Third 100%")).ID
	decide(t, w, ids["granted"], yes)
	w.Clock.Advance(time.Minute)
	ids["waiting"] = ask(t, w, more(trial.ID, "7")).ID
	foreign, err := w.MakeRequest(t.Context(), modelstest.GlobexSeller, extra("Of another account"))
	if err != nil {
		t.Fatal(err)
	}
	all := []string{ids["waiting"], ids["granted"], ids["declined"], ids["withdrawn"]}
	for name, tt := range map[string]struct {
		f    models.RequestFilter
		want []string
	}{
		"all":           {models.RequestFilter{}, all},
		"oldest first":  {models.RequestFilter{Sort: "requested"}, []string{all[3], all[2], all[1], all[0]}},
		"waiting":       {models.RequestFilter{State: models.RequestWaiting}, all[:1]},
		"granted":       {models.RequestFilter{State: models.RequestGranted}, all[1:2]},
		"declined":      {models.RequestFilter{State: models.RequestDeclined}, all[2:3]},
		"withdrawn":     {models.RequestFilter{State: models.RequestWithdrawn}, all[3:]},
		"unknown state": {models.RequestFilter{State: "lost"}, nil},
		"kind":          {models.RequestFilter{Kind: models.Extension}, all[:1]},
		"by client":     {models.RequestFilter{Query: "INITRODE"}, all[:1]},
		"by a wildcard": {models.RequestFilter{Query: "%"}, all[1:2]},
		"of Globex":     {models.RequestFilter{Account: modelstest.Globex}, all},
	} {
		page, err := w.Requests(t.Context(), modelstest.AcmeViewer, tt.f, models.Paging{})
		var got, exported []string
		for _, r := range page.Items {
			got = append(got, r.ID)
		}
		if err == nil {
			err = w.EachRequest(t.Context(), modelstest.AcmeViewer, tt.f, func(r models.RequestRow) error { exported = append(exported, r.ID); return nil })
		}
		if err != nil || !slices.Equal(got, tt.want) || !slices.Equal(exported, tt.want) {
			t.Errorf("%s: %v and %v, want %v (%v)", name, got, exported, tt.want, err)
		}
	}
	first, err := w.Requests(t.Context(), modelstest.AcmeViewer, models.RequestFilter{}, models.Paging{Size: 2})
	if err != nil || len(first.Items) != 2 || first.Next == "" {
		t.Fatalf("first page %+v, %v", first, err)
	}
	if second, err := w.Requests(t.Context(), modelstest.AcmeViewer, models.RequestFilter{}, models.Paging{Size: 2, After: first.Next}); err != nil || len(second.Items) != 2 || second.Items[0].ID != all[2] || second.Next != "" {
		t.Errorf("second page %+v, %v", second, err)
	}
	row := first.Items[0]
	if row.AccountName != "Acme" || row.Company != "Initrode" || row.ClientEmail != "ingrid@initrode.example" || row.ProductName != "Studio Pro" || row.RequestedName != "Sam Seller" || row.DecidedName != "" {
		t.Errorf("row = %+v", row)
	}
	for query, want := range map[string]int{"": 5, "globex": 1, "acme": 4, "holiday": 1} {
		page, err := w.AllRequests(t.Context(), modelstest.VendorFinance, models.RequestFilter{Query: query}, models.Paging{})
		n := 0
		if err == nil {
			err = w.EachRequestOfAll(t.Context(), modelstest.VendorFinance, models.RequestFilter{Query: query}, func(models.RequestRow) error { n++; return nil })
		}
		if err != nil || len(page.Items) != want || n != want {
			t.Errorf("staff: %q finds %d, exports %d, want %d (%v)", query, len(page.Items), n, want, err)
		}
	}
	month, err := w.MonthRequests(t.Context(), modelstest.AcmeViewer, "2026-03")
	if err != nil || len(month) != 3 || month[0].ID != ids["granted"] {
		t.Errorf("of the month: %+v, %v", month, err)
	}
	queue, err := w.WorkQueue(t.Context(), modelstest.VendorSupport)
	if err != nil || len(queue.Requests) != 2 || queue.Requests[0].ID != ids["waiting"] || queue.Requests[1].ID != foreign.ID {
		t.Errorf("queue = %+v, %v", queue.Requests, err)
	}
	account, err := w.Account(t.Context(), modelstest.VendorSupport, modelstest.Acme)
	if err != nil || len(account.Requests) != 1 || account.Requests[0].ID != ids["waiting"] {
		t.Errorf("on the account's page: %+v, %v", account.Requests, err)
	}
	for _, a := range []models.Actor{modelstest.AcmeAdmin, modelstest.VendorSuccess} {
		if _, err := w.Requests(t.Context(), a, models.RequestFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", a.Name, err)
		}
	}
	if _, err := w.AllRequests(t.Context(), modelstest.AcmeOwner, models.RequestFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
		t.Errorf("an Owner sees all: %v", err)
	}
	if _, err := w.Request(t.Context(), modelstest.GlobexOwner, ids["waiting"]); models.KindOf(err) != models.NotFound {
		t.Errorf("another account's: %v", err)
	}
}

func TestGrantTrials(t *testing.T) {
	w := modelstest.New(t)
	e := models.GrantEntry{Number: "3", Month: "2026-03", Reason: " They sell well ", RequestKey: "k"}
	for range 2 { // one form
		q, err := w.GrantTrials(t.Context(), modelstest.VendorSuccess, modelstest.Acme, e)
		if err != nil || q.Limit != 8 || q.Granted != 3 {
			t.Fatalf("quota = %+v, %v", q, err)
		}
	}
	if n := w.Count(t, "trial_grants", "account_id = ? AND month = '2026-03' AND number = 3 AND reason = 'They sell well' AND request_id IS NULL AND granted_by = ? AND granted_at = ?", modelstest.Acme, modelstest.VendorSuccess.UserID, modelstest.Now); n != 1 {
		t.Errorf("%d grants", n)
	}
	if got := w.Events(t, modelstest.Acme); !slices.Equal(got, []string{"account.trials_granted"}) {
		t.Errorf("events = %v", got)
	}
	if q, err := w.GrantTrials(t.Context(), modelstest.VendorAdministrator, modelstest.Acme, models.GrantEntry{Number: "1", Month: "2027-03", Reason: "A fair"}); err != nil || q.Limit != 8 {
		t.Errorf("for next year: %+v, %v", q, err)
	}
	refusals := map[string]struct {
		actor   models.Actor
		account string
		e       models.GrantEntry
		kind    models.Kind
		field   string
	}{
		"owner":       {modelstest.AcmeOwner, modelstest.Acme, e, models.Forbidden, ""},
		"support":     {modelstest.VendorSupport, modelstest.Acme, e, models.Forbidden, ""},
		"no account":  {modelstest.VendorSuccess, "nothing", e, models.NotFound, ""},
		"none":        {modelstest.VendorSuccess, modelstest.Acme, models.GrantEntry{Number: "0", Month: "2026-03", Reason: "x"}, models.Invalid, "number"},
		"no number":   {modelstest.VendorSuccess, modelstest.Acme, models.GrantEntry{Number: "two", Month: "2026-03", Reason: "x"}, models.Invalid, "number"},
		"no reason":   {modelstest.VendorSuccess, modelstest.Acme, models.GrantEntry{Number: "1", Month: "2026-03"}, models.Invalid, "reason"},
		"past month":  {modelstest.VendorSuccess, modelstest.Acme, models.GrantEntry{Number: "1", Month: "2026-02", Reason: "x"}, models.Invalid, "month"},
		"far month":   {modelstest.VendorSuccess, modelstest.Acme, models.GrantEntry{Number: "1", Month: "2027-04", Reason: "x"}, models.Invalid, "month"},
		"not a month": {modelstest.VendorSuccess, modelstest.Acme, models.GrantEntry{Number: "1", Month: "soon", Reason: "x"}, models.Invalid, "month"},
	}
	for _, name := range slices.Sorted(maps.Keys(refusals)) {
		tt := refusals[name]
		tt.e.RequestKey = ""
		_, err := w.GrantTrials(t.Context(), tt.actor, tt.account, tt.e)
		e, _ := models.Shown(err)
		if models.KindOf(err) != tt.kind || tt.field != "" && e.Fields[tt.field] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.Count(t, "trial_grants", "1 = 1"); n != 2 {
		t.Errorf("%d grants", n)
	}
	// Without a plan there is nothing to add to; the grant counts once there is one.
	if q, err := w.GrantTrials(t.Context(), modelstest.VendorSuccess, modelstest.Initech, models.GrantEntry{Number: "2", Month: "2026-03", Reason: "x"}); err != nil || q.Limit != 0 || q.HasTrials() {
		t.Errorf("without a plan: %+v, %v", q, err)
	}
	w.Exec(t, "UPDATE accounts SET plan = 'bronze' WHERE id = ?", modelstest.Initech)
	if q, err := w.Quota(t.Context(), modelstest.InitechOwner); err != nil || q.Limit != 4 || q.Granted != 2 {
		t.Errorf("with a plan: %+v, %v", q, err)
	}
}

// A form that is sent again with another reason is told what waits; once that was
// withdrawn, that it was sent before.
func TestRequestSentAgainWithAnotherReason(t *testing.T) {
	w := modelstest.New(t)
	e := extra("A fair")
	e.RequestKey = "k"
	r, err := w.MakeRequest(t.Context(), modelstest.AcmeSeller, e)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.MakeRequest(t.Context(), modelstest.AcmeSeller, e); err != nil || again.ID != r.ID {
		t.Errorf("%+v, %v", again, err)
	}
	e.Reason = "Another fair"
	_, err = w.MakeRequest(t.Context(), modelstest.AcmeSeller, e)
	if refused := refusedWith(t, err, models.Conflict, "waiting"); refused.Subject != r.ID {
		t.Errorf("%q", refused.Subject)
	}
	if err := w.WithdrawRequest(t.Context(), modelstest.AcmeSeller, r.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.MakeRequest(t.Context(), modelstest.AcmeSeller, e)
	refusedWith(t, err, models.Conflict, models.UsedKey)
}

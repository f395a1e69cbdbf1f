package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func agreement(t *testing.T, w *modelstest.World, who models.Actor) models.Agreement {
	t.Helper()
	v, err := w.Agreement(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fresh is who with a password that was just given.
func fresh(w *modelstest.World, who models.Actor) models.Actor {
	who.Reauthed = w.Clock.Now()
	return who
}

func sign(w *modelstest.World, t *testing.T, sha256 string) (models.Annex, error) {
	return w.Store.SignAnnex(t.Context(), fresh(w, modelstest.AcmeOwner), models.Signature{Name: " Olivia Owner ", Consent: true, SHA256: sha256})
}

func countersign(w *modelstest.World, t *testing.T, a models.Annex) (models.Annex, error) {
	return w.CountersignAnnex(t.Context(), fresh(w, modelstest.VendorSuccess), a.ID, models.Signature{Name: "Sue Success", Consent: true, SHA256: a.TextSHA256})
}

func TestAnnexIsSignedByBothSides(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE accounts SET address = '{{percentage}}' WHERE id = ?", modelstest.Acme)
	for _, who := range []models.Actor{modelstest.AcmeSeller, modelstest.AcmeViewer} {
		if v := agreement(t, w, who); v.Text == nil || v.Viewed || v.Refusal.Code != "annex_missing" {
			t.Errorf("%s sees %+v", who.Name, v)
		}
	}
	if n := w.Count(t, "annex_views", "1 = 1"); n != 0 {
		t.Errorf("%d views of those who can't sign", n)
	}
	v := agreement(t, w, modelstest.AcmeOwner)
	if !v.Viewed || !strings.Contains(v.Text.Text, "keeps 50 %") && !strings.Contains(v.Text.Text, "keeps 50\u00a0%") || !strings.Contains(v.Text.Text, "Acme Services S.L.") || strings.Count(v.Text.Text, "{{") != 1 {
		t.Fatalf("%+v", v)
	}
	seen := w.Clock.Now()
	w.Clock.Advance(10 * time.Minute)
	agreement(t, w, modelstest.AcmeOwner)
	w.Clock.Advance(time.Minute)
	for _, c := range []struct {
		change func(*models.Signature, *models.Actor)
		kind   models.Kind
		field  string
		code   string
	}{
		{func(_ *models.Signature, a *models.Actor) { *a = fresh(w, modelstest.AcmeSeller) }, models.Forbidden, "", ""},
		{func(_ *models.Signature, a *models.Actor) { *a = fresh(w, modelstest.AcmeAdmin) }, models.Forbidden, "", ""},
		{func(_ *models.Signature, a *models.Actor) { a.Reauthed = w.Clock.Now().Add(-16 * time.Minute) }, models.Invalid, "password", "reauthentication"},
		{func(e *models.Signature, _ *models.Actor) { e.Name = " " }, models.Invalid, "name", ""},
		{func(e *models.Signature, _ *models.Actor) { e.Consent = false }, models.Invalid, "consent", ""},
		{func(e *models.Signature, _ *models.Actor) { e.SHA256 = strings.Repeat("0", 64) }, models.Conflict, "", "changed"},
	} {
		e, who := models.Signature{Name: "Olivia", Consent: true, SHA256: v.Text.SHA256}, fresh(w, modelstest.AcmeOwner)
		c.change(&e, &who)
		_, err := w.Store.SignAnnex(t.Context(), who, e)
		if models.KindOf(err) != c.kind {
			t.Errorf("%+v by %s: %v", e, who.Name, err)
			continue
		}
		if c.kind != models.Forbidden {
			if got := refusedWith(t, err, c.kind, c.code); c.field != "" && got.Fields[c.field] == "" {
				t.Errorf("%+v", got)
			}
		}
	}
	a, err := sign(w, t, v.Text.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	now := w.Clock.Now()
	if a.Version != 1 || a.SignedName != "Olivia Owner" || a.SignedBy != modelstest.AcmeOwner.UserID || a.SignedEmail != modelstest.AcmeOwner.Email || a.SignedAddress != modelstest.AcmeOwner.Address ||
		a.SignedDevice != modelstest.AcmeOwner.Device || !a.SignedAt.Equal(now) || !a.ViewedAt.Equal(seen) || a.Text != v.Text.Text || a.TextSHA256 != v.Text.SHA256 || a.Percentage != 5000 || a.Plan != models.Silver {
		t.Errorf("%+v", a)
	}
	if _, err := sign(w, t, v.Text.SHA256); true {
		refusedWith(t, err, models.Conflict, "signed")
	}
	if v := agreement(t, w, modelstest.AcmeOwner); v.Refusal.Code != "annex_waiting" || v.Text != nil || v.Annex.ID != a.ID {
		t.Errorf("%+v", v)
	}
	queue, err := w.WorkQueue(t.Context(), modelstest.VendorSuccess)
	if err != nil || len(queue.Annexes) != 1 || queue.Annexes[0].ID != a.ID {
		t.Errorf("%+v, %v", queue.Annexes, err)
	}
	for _, who := range []models.Actor{modelstest.VendorFinance, modelstest.VendorSupport, modelstest.AcmeOwner} {
		if _, err := w.CountersignAnnex(t.Context(), fresh(w, who), a.ID, models.Signature{Name: "X", Consent: true, SHA256: a.TextSHA256}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s countersigns: %v", who.Name, err)
		}
	}
	other := a
	other.TextSHA256 = "other"
	if _, err := countersign(w, t, other); true {
		refusedWith(t, err, models.Conflict, "changed")
	}
	if _, err := countersign(w, t, a); err != nil {
		t.Fatal(err)
	}
	if _, err := countersign(w, t, a); true {
		refusedWith(t, err, models.Conflict, "settled")
	}
	if v := agreement(t, w, modelstest.AcmeViewer); v.Refusal != nil || v.Annex.CountersignedName != "Sue Success" {
		t.Errorf("%+v", v)
	}
	if _, err := sign(w, t, v.Text.SHA256); true {
		refusedWith(t, err, models.Conflict, "in_force")
	}
	if got := strings.Join(w.Events(t, a.ID), " "); got != "annex.signed annex.countersigned" {
		t.Errorf("events: %s", got)
	}
	placed(t, w, quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10"))
}

// What the vendor sends back can be signed again, and what goes stale must be.
func TestAnnexSentBackAndStale(t *testing.T) {
	w := modelstest.New(t)
	a, err := sign(w, t, agreement(t, w, modelstest.AcmeOwner).Text.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.DeclineAnnex(t.Context(), modelstest.VendorSuccess, a.ID, " "); true {
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields["reason"] == "" {
			t.Errorf("%+v", e)
		}
	}
	if _, err := w.DeclineAnnex(t.Context(), modelstest.VendorSuccess, a.ID, "Wrong name"); err != nil {
		t.Fatal(err)
	}
	if _, err := countersign(w, t, a); true {
		refusedWith(t, err, models.Conflict, "settled")
	}
	v := agreement(t, w, modelstest.AcmeOwner)
	if v.Declined == nil || v.Declined.DeclineReason != "Wrong name" || v.Text == nil || !v.Viewed {
		t.Fatalf("%+v", v)
	}
	if a, err = sign(w, t, v.Text.SHA256); err != nil || a.Version != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	// The percentage changes before the vendor signs: that Annex would be stale at once.
	w.Exec(t, "UPDATE accounts SET plan = 'gold' WHERE id = ?", modelstest.Acme)
	if _, err := countersign(w, t, a); true {
		refusedWith(t, err, models.Conflict, "stale")
	}
	w.Exec(t, "UPDATE accounts SET plan = 'silver' WHERE id = ?", modelstest.Acme)
	if _, err := countersign(w, t, a); err != nil {
		t.Fatal(err)
	}
	w.Exec(t, "UPDATE accounts SET plan = 'gold' WHERE id = ?", modelstest.Acme)
	v = agreement(t, w, modelstest.AcmeOwner)
	var added, removed string
	for _, l := range v.Changes {
		switch l.Kind {
		case models.Added:
			added += l.Text
		case models.Removed:
			removed += l.Text
		case models.Kept:
		}
	}
	if v.Refusal.Code != "annex_stale" || !strings.Contains(added, "keeps 75") || !strings.Contains(removed, "keeps 50") {
		t.Errorf("%+v: added %q, removed %q", v.Refusal, added, removed)
	}
	w.Exec(t, "UPDATE accounts SET plan = '' WHERE id = ?", modelstest.Acme)
	if v := agreement(t, w, modelstest.AcmeOwner); v.Refusal == nil || v.Refusal.Code != "no_plan" || v.Text != nil {
		t.Errorf("%+v", v)
	}
	w.Exec(t, "UPDATE accounts SET plan = 'silver' WHERE id = ?", modelstest.Acme)
	if v := agreement(t, w, modelstest.AcmeOwner); v.Refusal != nil {
		t.Errorf("%+v", v.Refusal)
	}
	text, err := w.AddAnnexTemplate(t.Context(), modelstest.VendorSuccess, models.TemplateEntry{Body: "A small change for {{account}}.", Version: "1"})
	if err != nil || text.Version != 2 {
		t.Fatalf("%+v, %v", text, err)
	}
	if v := agreement(t, w, modelstest.AcmeOwner); v.Refusal != nil {
		t.Errorf("a text that need not be signed again: %+v", v.Refusal)
	}
	if _, err := w.AddAnnexTemplate(t.Context(), modelstest.VendorSuccess, models.TemplateEntry{Body: "A large change for {{account}}.", Version: "2", SignAgain: true}); err != nil {
		t.Fatal(err)
	}
	v = agreement(t, w, modelstest.AcmeOwner)
	if v.Refusal == nil || v.Refusal.Code != "annex_stale" || v.Text.Text != "A large change for Acme." {
		t.Errorf("%+v", v)
	}
	if a, err = sign(w, t, v.Text.SHA256); err != nil || a.Version != 3 {
		t.Fatalf("%+v, %v", a, err)
	}
	if _, err := countersign(w, t, a); err != nil {
		t.Fatal(err)
	}
	if v := agreement(t, w, modelstest.AcmeOwner); v.Refusal != nil || len(v.History) != 3 {
		t.Errorf("%+v", v)
	}
}

func TestAnnexTemplates(t *testing.T) {
	w := modelstest.New(t)
	entry := models.TemplateEntry{Body: "For {{account}}.", Version: "1"}
	for _, who := range []models.Actor{modelstest.VendorFinance, modelstest.VendorSupport, modelstest.AcmeOwner} {
		if _, err := w.AddAnnexTemplate(t.Context(), who, entry); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s writes the text: %v", who.Name, err)
		}
	}
	for _, body := range []string{" ", "{{unknown}}", "{{ account }}", strings.Repeat("x", 50_001)} {
		_, err := w.AddAnnexTemplate(t.Context(), modelstest.VendorSuccess, models.TemplateEntry{Body: body, Version: "1"})
		if e := refusedWith(t, err, models.Invalid, ""); e.Fields["body"] == "" {
			t.Errorf("%.20q: %+v", body, e)
		}
	}
	text, changes, err := w.PreviewAnnex(t.Context(), modelstest.VendorSuccess, entry)
	if err != nil || text.Text != "For Example IT." || len(changes) < 5 {
		t.Errorf("%+v, %d changes, %v", text, len(changes), err)
	}
	if _, err := w.AddAnnexTemplate(t.Context(), modelstest.VendorSuccess, entry); err != nil {
		t.Fatal(err)
	}
	_, err = w.AddAnnexTemplate(t.Context(), modelstest.VendorAdministrator, entry)
	refusedWith(t, err, models.Conflict, "changed")
	entry.Version = "2"
	_, err = w.AddAnnexTemplate(t.Context(), modelstest.VendorAdministrator, entry)
	refusedWith(t, err, models.Conflict, "same")
	all, err := w.AnnexTemplates(t.Context(), modelstest.VendorSupport)
	if err != nil || len(all) != 2 || all[0].Body != "For {{account}}." || all[1].Version != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// Signed, countersigned and rewritten by many at once: each happens once.
func TestAnnexRaces(t *testing.T) {
	w := modelstest.New(t)
	sha := agreement(t, w, modelstest.AcmeOwner).Text.SHA256
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 20, func(int) error { _, err := sign(w, t, sha); return err })
	if ok != 1 || conflict != 19 || len(other) > 0 || w.Count(t, "annexes", "1 = 1") != 1 {
		t.Errorf("signed %d times, refused %d times, %v", ok, conflict, other)
	}
	var a models.Annex
	if err := w.DB.Take(&a).Error; err != nil {
		t.Fatal(err)
	}
	ok, conflict, other = w.RaceBehind(t, modelstest.Acme, 20, func(i int) error {
		var err error
		if i%2 == 0 {
			_, err = countersign(w, t, a)
		} else {
			_, err = w.DeclineAnnex(t.Context(), modelstest.VendorAdministrator, a.ID, "No")
		}
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 || w.Count(t, "events", "action IN ('annex.countersigned', 'annex.declined')") != 1 {
		t.Errorf("settled %d times, refused %d times, %v", ok, conflict, other)
	}
}

func TestAnnexLetters(t *testing.T) {
	w := modelstest.New(t)
	a, err := sign(w, t, agreement(t, w, modelstest.AcmeOwner).Text.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	letter := func(news models.AnnexNews) (models.AnnexLetter, bool) {
		t.Helper()
		l, ok, err := w.AnnexForMail(t.Context(), models.System, models.AnnexMail{AnnexID: a.ID, News: news})
		if err != nil {
			t.Fatal(err)
		}
		return l, ok
	}
	if l, ok := letter(models.AnnexWasSigned); !ok || !strings.HasSuffix(l.Link, "/admin/annexes/"+a.ID) || l.SignedName != "Olivia Owner" || l.AccountName != "Acme" || l.Percentage == "" {
		t.Errorf("%+v, %v", l, ok)
	}
	if _, ok := letter(models.AnnexInForceNow); ok {
		t.Error("in force before the vendor has signed")
	}
	if _, err := countersign(w, t, a); err != nil {
		t.Fatal(err)
	}
	if _, ok := letter(models.AnnexWasSigned); ok {
		t.Error("still waits")
	}
	if l, ok := letter(models.AnnexInForceNow); !ok || l.To != modelstest.AcmeOwner.Email || l.Link != modelstest.BaseURL+"/agreement" {
		t.Errorf("%+v, %v", l, ok)
	}
	if jobs := w.Jobs(t, "annex_mail"); len(jobs) != 2 {
		t.Errorf("%v", jobs)
	}
}

func TestAnnexList(t *testing.T) {
	w := modelstest.New(t)
	for range 3 {
		w.SignAnnex(t, modelstest.Acme)
		w.Clock.Advance(time.Hour)
	}
	w.Exec(t, "UPDATE annexes SET countersigned_at = NULL, countersigned_by = NULL WHERE version = 3")
	for _, c := range []struct {
		f    models.AnnexFilter
		want string
	}{
		{models.AnnexFilter{}, "[3 2 1]"}, {models.AnnexFilter{Sort: "signed"}, "[1 2 3]"}, {models.AnnexFilter{State: models.AnnexWaiting}, "[3]"}, {models.AnnexFilter{State: models.AnnexSigned}, "[2 1]"},
		{models.AnnexFilter{State: "x"}, "[]"}, {models.AnnexFilter{Query: "acme"}, "[3 2 1]"}, {models.AnnexFilter{AccountID: modelstest.Globex}, "[]"},
	} {
		page, err := w.Annexes(t.Context(), modelstest.VendorSupport, c.f, models.Paging{})
		var got []int
		for _, a := range page.Items {
			got = append(got, a.Version)
		}
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, %v", c.f, got, err)
		}
	}
}

package models_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestAllowTrial(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	_, err := w.AllowTrial(t.Context(), modelstest.VendorSuccess, issued.Trial.ID, "A favour", "")
	refusedWith(t, err, models.Conflict, "licensed")
	if v, err := w.TrialToAllow(t.Context(), modelstest.VendorSuccess, issued.Trial.ID); err != nil || v.Refusal == nil || v.Refusal.Code != "licensed" || v.Row.Company != "Initrode" || v.Row.AccountName != "Acme" || v.Row.ProductName != "Studio Pro" {
		t.Errorf("%+v, %v", v, err)
	}
	w.Clock.Advance(20 * 24 * time.Hour)
	asked := ask(t, w, again(modelstest.AcmeClient))
	_, err = w.AllowTrial(t.Context(), modelstest.VendorSuccess, issued.Trial.ID, "A favour", "")
	if e := refusedWith(t, err, models.Conflict, "waiting"); e.Subject != asked.ID {
		t.Errorf("%+v", e)
	}
	decide(t, w, asked.ID, no)
	if v, err := w.TrialToAllow(t.Context(), modelstest.VendorSuccess, issued.Trial.ID); err != nil || v.Refusal != nil {
		t.Errorf("%+v, %v", v, err)
	}
	for name, tt := range map[string]struct {
		actor      models.Actor
		id, reason string
		kind       models.Kind
	}{
		"support":   {modelstest.VendorSupport, issued.Trial.ID, "x", models.Forbidden},
		"an Owner":  {modelstest.AcmeOwner, issued.Trial.ID, "x", models.Forbidden},
		"no reason": {modelstest.VendorSuccess, issued.Trial.ID, " ", models.Invalid},
		"no trial":  {modelstest.VendorSuccess, "x", "x", models.NotFound},
	} {
		if _, err := w.AllowTrial(t.Context(), tt.actor, tt.id, tt.reason, ""); models.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Sent twice at once, on two processes, it is allowed once.
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, _, other := modelstest.Race(4, func(i int) error {
		_, err := stores[i%2].AllowTrial(context.Background(), modelstest.VendorSuccess, issued.Trial.ID, "A favour", "key")
		return err
	})
	if ok != 4 || len(other) > 0 || w.Count(t, "trial_allowances", "1 = 1") != 1 {
		t.Errorf("%d, %v, %d allowances", ok, other, w.Count(t, "trial_allowances", "1 = 1"))
	}
	var r models.Request
	if err := w.DB.Where("granted").Take(&r).Error; err != nil || r.AccountID != modelstest.Acme || r.Kind != models.AnotherTrial || r.About != modelstest.AcmeClient+" "+modelstest.StudioPro || r.Month != "2026-03" ||
		*r.ClientID != modelstest.AcmeClient || *r.ProductID != modelstest.StudioPro || r.TrialID != nil || r.Days != 0 || r.Reason != "A favour" || r.Answer != "A favour" ||
		r.RequestedBy != modelstest.VendorSuccess.UserID || r.DecidedBy != modelstest.VendorSuccess.UserID || !r.RequestedAt.Equal(w.Now()) || !r.DecidedAt.Equal(w.Now()) || r.Status() != models.RequestGranted || r.Search == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if got := w.Events(t, modelstest.AcmeClient); !slices.Equal(got, []string{"client.trial_allowed"}) {
		t.Errorf("events %v", got)
	}
	// Whoever looks after the client is told, as of what nobody asked for.
	l, told, err := w.RequestDecidedForMail(t.Context(), models.System, models.RequestDecidedMail{RequestID: r.ID})
	if err != nil || !told || l.To != modelstest.AcmeSeller.Email || !l.Unasked || l.IsRequester || l.Answer != "A favour" {
		t.Errorf("%+v, %v, %v", l, told, err)
	}
	_, err = w.AllowTrial(t.Context(), modelstest.VendorSuccess, issued.Trial.ID, "Again", "other")
	refusedWith(t, err, models.Conflict, "allowed")
	issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
}

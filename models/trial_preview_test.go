package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestPreviewTrial(t *testing.T) {
	w := modelstest.New(t)
	p, err := w.PreviewTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{})
	if models.KindOf(err) != models.Invalid || p.Quota.Left() != 5 || !p.EndsAt.Equal(modelstest.Now.Add(14*24*time.Hour)) || p.Product.ID != "" || p.Client.Company != "" {
		t.Errorf("empty form: %+v, %v", p, err)
	}
	p, err = w.PreviewTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro"})
	if models.KindOf(err) != models.Invalid || p.Product.ID != modelstest.StudioPro {
		t.Errorf("only a product: %+v, %v", p, err)
	}
	p, err = w.PreviewTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{ClientID: modelstest.AcmeClient})
	if models.KindOf(err) != models.Invalid || p.Client.Email != "ingrid@initrode.example" {
		t.Errorf("only a client: %+v, %v", p, err)
	}
	whole := models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: " Hooli ", Email: "gavin@hooli.example", ContactName: "Gavin"}}
	p, err = w.PreviewTrial(t.Context(), modelstest.AcmeSeller, whole)
	if err != nil || p.Client.Company != "Hooli" || p.Client.Email != "gavin@hooli.example" || p.Client.ContactName != "Gavin" || p.Client.ID != "" || p.Product.Seats != 1 {
		t.Errorf("whole form: %+v, %v", p, err)
	}
	for table, want := range map[string]int{"trials": 0, "licenses": 0, "clients": 1, "request_keys": 0} {
		if n := w.Count(t, table, "1 = 1"); n != want {
			t.Errorf("a preview left %d %s", n, table)
		}
	}
	if _, err := w.PreviewTrial(t.Context(), modelstest.AcmeViewer, whole); models.KindOf(err) != models.Forbidden {
		t.Errorf("by a Viewer: %v", err)
	}
	if _, err := w.PreviewTrial(t.Context(), modelstest.InitechOwner, models.TrialRequest{}); codeOf(err) != "no_plan" {
		t.Errorf("without a plan: %v", err)
	}
	for n := range 5 {
		issue(t, w, modelstest.AcmeSeller, trialFor(n))
	}
	if _, err := w.PreviewTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{}); codeOf(err) != "quota" {
		t.Errorf("used up: %v", err)
	}
}

func TestTrialClients(t *testing.T) {
	w := modelstest.New(t)
	issue(t, w, modelstest.GlobexSeller, trialFor(1))
	for query, want := range map[string]int{"": 1, "INGRID": 1, "%": 0, "company": 0, "a\x00b": 0} {
		if found, err := w.TrialClients(t.Context(), modelstest.AcmeSeller, query, ""); err != nil || len(found) != want {
			t.Errorf("%q finds %v, %v", query, found, err)
		}
	}
	if found, err := w.TrialClients(t.Context(), modelstest.AcmeSeller, "nobody", modelstest.AcmeClient); err != nil || len(found) != 1 {
		t.Errorf("the chosen one is not offered: %v, %v", found, err)
	}
	w.Exec(t, "UPDATE clients SET archived_at = ?", modelstest.Now)
	if found, err := w.TrialClients(t.Context(), modelstest.AcmeSeller, "", ""); err != nil || len(found) != 0 {
		t.Errorf("archived ones are offered: %v, %v", found, err)
	}
	if _, err := w.TrialClients(t.Context(), modelstest.AcmeBilling, "", ""); models.KindOf(err) != models.Forbidden {
		t.Errorf("by Billing: %v", err)
	}
}

func TestQuotaTrials(t *testing.T) {
	w := modelstest.New(t)
	first := issue(t, w, modelstest.AcmeSeller, trialFor(1))
	w.Clock.Set(time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC))
	second := issue(t, w, modelstest.AcmeSeller, trialFor(2))
	for month, want := range map[models.Month]string{"2026-03": first.Trial.ID, "2026-04": second.Trial.ID} {
		if used, err := w.QuotaTrials(t.Context(), modelstest.AcmeViewer, month); err != nil || len(used) != 1 || used[0].ID != want {
			t.Errorf("%s: %v, %v", month, used, err)
		}
	}
}

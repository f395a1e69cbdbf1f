package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestQuota(t *testing.T) {
	w := modelstest.New(t)
	q, err := w.Quota(t.Context(), modelstest.AcmeSeller)
	if err != nil {
		t.Fatal(err)
	}
	if q.Month != "2026-03" || q.Limit != 5 || q.Used != 0 || q.Left() != 5 || q.Plan != models.Silver || q.Terms.TrialDays != 14 || q.Terms.Percentage != 5000 || q.Zone.String() != "Europe/Madrid" {
		t.Errorf("quota = %+v", q)
	}
	if want := time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC); !q.ResetsAt.Equal(want) {
		t.Errorf("resets at %v, want %v: Madrid is on summer time by then", q.ResetsAt, want)
	}
	if q, err := w.Quota(t.Context(), modelstest.InitechOwner); err != nil || q.Limit != 0 || q.Left() != 0 || q.Plan != "" {
		t.Errorf("without a plan: %+v, %v", q, err)
	}
	if _, err := w.Quota(t.Context(), modelstest.AcmeMember); models.KindOf(err) != models.Forbidden {
		t.Errorf("outside the team: %v", err)
	}
}

func TestQuotaOverAChangeOfZone(t *testing.T) {
	end := time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC) // of March in Madrid
	for name, tt := range map[string]struct {
		zone   string
		resets time.Time
		after  models.Month // right after the change
	}{
		"west": {"America/New_York", time.Date(2026, 4, 1, 4, 0, 0, 0, time.UTC), "2026-03"},
		"east": {"Asia/Tokyo", end, "2026-04"},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			w.Exec(t, "INSERT INTO account_zones (account_id, holds_from, zone) VALUES (?, ?, ?)", modelstest.Acme, end, tt.zone)
			q, err := w.Quota(t.Context(), modelstest.AcmeSeller)
			if err != nil {
				t.Fatal(err)
			}
			if q.Zone.String() != "Europe/Madrid" || !q.ResetsAt.Equal(tt.resets) {
				t.Errorf("before: zone %s, resets at %v, want %v", q.Zone, q.ResetsAt, tt.resets)
			}
			w.Clock.Set(end)
			if q, err = w.Quota(t.Context(), modelstest.AcmeSeller); err != nil || q.Month != tt.after || q.Zone.String() != tt.zone {
				t.Errorf("after: %s in %s, want %s in %s (%v)", q.Month, q.Zone, tt.after, tt.zone, err)
			}
		})
	}
}

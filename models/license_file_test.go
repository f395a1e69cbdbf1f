package models_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func base64url(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// A file is bound to the machine, ends after 30 days or with the licence, and its machine takes a seat.
func TestLicenseFile(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 2)
	for _, tt := range []struct {
		licence, file time.Time
	}{
		{modelstest.Now.AddDate(1, 0, 0), modelstest.Now.AddDate(0, 0, 30)},
		{modelstest.Now.AddDate(0, 0, 5), modelstest.Now.AddDate(0, 0, 5)},
	} {
		w.Exec(t, "UPDATE licenses SET ends_at = ?", tt.licence)
		f, err := w.MakeLicenseFile(t.Context(), modelstest.AcmeSeller, l.ID, models.FileEntry{Fingerprint: machine(1), Name: "Robot 1"})
		if err != nil {
			t.Fatal(err)
		}
		ring := published(t, w.Store)
		got, err := ring.VerifyFile(f.Text, "studio-pro", machine(1), modelstest.Now)
		if err != nil {
			t.Fatal(err)
		}
		if got != f.Claims || got.License != l.ID || got.Product != "studio-pro" || got.Fingerprint != machine(1) || got.Seats != 2 || got.ValidFrom != modelstest.Now.Unix() ||
			got.ValidUntil != tt.licence.Unix() || got.IssuedAt != modelstest.Now.Unix() || got.ExpiresAt != tt.file.Unix() || f.Name != "studio-pro.license" {
			t.Errorf("%+v", got)
		}
		for why, verify := range map[string]func() error{
			"another product": func() error {
				_, err := ring.VerifyFile(f.Text, "orchestrator-saas", machine(1), modelstest.Now)
				return err
			},
			"another machine": func() error { _, err := ring.VerifyFile(f.Text, "studio-pro", machine(2), modelstest.Now); return err },
			"its end":         func() error { _, err := ring.VerifyFile(f.Text, "studio-pro", machine(1), tt.file); return err },
			"before": func() error {
				_, err := ring.VerifyFile(f.Text, "studio-pro", machine(1), modelstest.Now.Add(-time.Second))
				return err
			},
		} {
			if verify() == nil {
				t.Errorf("%s: it holds", why)
			}
		}
		if n := w.Count(t, "activations", "fingerprint = ? AND name = 'Robot 1' AND file_ends_at = ?", machine(1), tt.file); n != 1 {
			t.Error("the machine does not know until when its file holds")
		}
	}
	if n := w.Count(t, "activations", "1 = 1"); n != 1 {
		t.Errorf("%d machines", n)
	}
	if got := w.Events(t, l.ID); strings.Join(got, " ") != "license.created license.machine_activated license.file_made license.file_made" {
		t.Error(got)
	}
}

func TestLicenseFilesRefused(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 1)
	entry := models.FileEntry{Fingerprint: machine(1)}
	make := func(actor models.Actor, e models.FileEntry) error {
		_, err := w.MakeLicenseFile(t.Context(), actor, l.ID, e)
		return err
	}
	for name, want := range map[string]models.Kind{"viewer": models.Forbidden, "visitor": models.Forbidden, "support": models.Forbidden, "other": models.NotFound} {
		if err := make(modelstest.Cast[name], entry); models.KindOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e, _ := models.Shown(make(modelstest.AcmeSeller, models.FileEntry{Fingerprint: "ü"})); e == nil || e.Kind != models.Invalid || e.Fields["fingerprint"] == "" {
		t.Errorf("%+v", e)
	}
	activate(t, w.Store, question(l, machine(2)))
	if e, _ := models.Shown(make(modelstest.AcmeSeller, entry)); e == nil || e.Kind != models.Conflict || e.Code != "TOO_MANY_ACTIVATIONS" || e.Fields["fingerprint"] == "" {
		t.Errorf("%+v", e)
	}
	for code, change := range map[string]string{"SUSPENDED": "suspended_at = starts_at", "REVOKED": "suspended_at = NULL, revoked_at = starts_at"} {
		w.Exec(t, "UPDATE licenses SET "+change)
		if e, _ := models.Shown(make(modelstest.AcmeSeller, entry)); e == nil || e.Code != code {
			t.Errorf("%s: %+v", code, e)
		}
		w.Exec(t, "UPDATE licenses SET suspended_at = NULL, revoked_at = NULL")
	}
	for n := range 10 {
		if err := make(modelstest.AcmeSeller, models.FileEntry{Fingerprint: machine(2)}); err != nil {
			t.Fatalf("%d: %v", n, err)
		}
	}
	if err := make(modelstest.AcmeSeller, models.FileEntry{Fingerprint: machine(2)}); models.KindOf(err) != models.TooMany {
		t.Errorf("an eleventh: %v", err)
	}
}

// The client makes a file with the link of its page, a product with the key.
func TestLicenseFilesWithoutSigningIn(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 2)
	v, err := w.License(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	token := v.PageURL[strings.LastIndex(v.PageURL, "/")+1:]
	f, err := w.ClientLicenseFile(t.Context(), modelstest.Visitor, token, models.FileEntry{Fingerprint: machine(1)})
	if err != nil || f.Claims.Fingerprint != machine(1) {
		t.Errorf("%+v, %v", f, err)
	}
	p, err := w.ClientPage(t.Context(), modelstest.Visitor, token)
	if err != nil || p.Machines.Count != 1 || p.Machines.Seats != 2 {
		t.Errorf("%+v, %v", p.Machines, err)
	}
	if _, err := w.ClientLicenseFile(t.Context(), modelstest.Visitor, "nothing", models.FileEntry{Fingerprint: machine(1)}); models.KindOf(err) != models.NotFound {
		t.Error(err)
	}
	f, err = w.ProductLicenseFile(t.Context(), product, question(l, machine(2)), models.MachineEntry{Name: "Robot 2"})
	if err != nil || f.Answer.Code != models.CodeValid || f.Claims.Fingerprint != machine(2) || f.Text == "" {
		t.Errorf("%+v, %v", f, err)
	}
	f, err = w.ProductLicenseFile(t.Context(), product, question(l, machine(3)), models.MachineEntry{})
	if err != nil || f.Answer.Code != models.CodeTooManyActivations || f.Text != "" {
		t.Errorf("%+v, %v", f, err)
	}
	verifyAnswer(t, w.Store, question(l, machine(3)), "activate", f.Answer)
}

func TestAllLicenses(t *testing.T) {
	w := modelstest.New(t)
	l := paidLicense(t, w, 3)
	activate(t, w.Store, question(l, machine(1)))
	for name, tt := range map[string]struct {
		filter models.StaffLicenseFilter
		want   int
	}{
		"all":           {models.StaffLicenseFilter{}, 1},
		"client":        {models.StaffLicenseFilter{Query: "initrode"}, 1},
		"account":       {models.StaffLicenseFilter{Query: "acme"}, 1},
		"key":           {models.StaffLicenseFilter{Query: l.Key}, 1},
		"nothing":       {models.StaffLicenseFilter{Query: "nothing"}, 0},
		"active":        {models.StaffLicenseFilter{State: models.LicenseActive, Product: "studio-pro", Account: modelstest.Acme, Kid: l.Kid}, 1},
		"revoked":       {models.StaffLicenseFilter{State: models.LicenseRevoked}, 0},
		"unknown":       {models.StaffLicenseFilter{State: "odd"}, 0},
		"other product": {models.StaffLicenseFilter{Product: "orchestrator-saas"}, 0},
		"other account": {models.StaffLicenseFilter{Account: modelstest.Globex}, 0},
	} {
		page, err := w.AllLicenses(t.Context(), modelstest.VendorSupport, tt.filter, models.Paging{})
		if err != nil || len(page.Items) != tt.want {
			t.Errorf("%s: %+v, %v", name, page.Items, err)
		}
		if tt.want == 1 && len(page.Items) == 1 {
			if r := page.Items[0]; r.ID != l.ID || r.AccountID != modelstest.Acme || r.AccountName != "Acme" || r.Company != "Initrode" || r.Product != "Studio Pro" || r.Seats != 3 || r.Machines != 1 || r.ClientID != modelstest.AcmeClient {
				t.Errorf("%+v", r)
			}
		}
	}
	if _, err := w.AllLicenses(t.Context(), modelstest.AcmeOwner, models.StaffLicenseFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
		t.Error(err)
	}
	v, err := w.StaffLicense(t.Context(), modelstest.VendorSupport, l.ID)
	if err != nil || v.License.ID != l.ID || v.Account.Name != "Acme" || v.KeyGone || len(v.Machines.Live) != 1 || v.PageURL != "" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := w.StaffLicense(t.Context(), modelstest.VendorSupport, modelstest.AcmeClient); models.KindOf(err) != models.NotFound {
		t.Error(err)
	}
}

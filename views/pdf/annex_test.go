package pdf

import (
	"strings"
	"testing"
	"time"

	"reselling/models"
)

func annexView() models.AnnexView {
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	return models.AnnexView{
		Annex: models.Annex{
			Version: 2, Plan: models.Silver, Percentage: 5000, Text: "1. Parties\nAcme and ElectroNeek.\n\n2. Share\nOf the full price Acme keeps 50 %.", TextSHA256: strings.Repeat("ab", 32),
			ViewedAt: at, SignedAt: at.Add(time.Minute), SignedName: "Olivia Owner", SignedEmail: "olivia@acme.example", SignedAddress: "192.0.2.7", SignedDevice: "Firefox on Linux",
			CountersignedAt: new(at.Add(time.Hour)), CountersignedName: "Sue Success", CountersignedEmail: "sue@vendor.example", CountersignedAddress: "192.0.2.8", CountersignedDevice: "Safari",
		},
		Account: models.Account{Name: "Acme", LegalName: "Acme GmbH"}, Template: models.AnnexTemplate{Version: 3}, Vendor: models.Vendor{Name: "ElectroNeek", LegalName: "ElectroNeek Robotics Inc."},
	}
}

func TestAnnex(t *testing.T) {
	content, err := Annex(annexView(), models.A4Paper)
	if err != nil {
		t.Fatal(err)
	}
	text := checkPDF(t, content)
	for _, want := range []string{
		"Acme keeps 50 %", "Evidence", strings.Repeat("ab", 32), "Olivia Owner", "2026-11-23 10:00:00", "2026-11-23 10:01:00", "192.0.2.7", "Firefox on Linux", "Sue Success", "2026-11-23 11:00:00", "192.0.2.8", "Page 2 of 2",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the Annex does not say %q:\n%s", want, text)
		}
	}
}

func TestHostileAnnex(t *testing.T) {
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			v := annexView()
			a := &v.Annex
			a.Text, a.SignedName, a.SignedEmail, a.SignedAddress, a.SignedDevice, a.CountersignedName, a.CountersignedDevice, v.Account.Name, v.Account.LegalName, v.Vendor.LegalName = s, s, s, s, s, s, s, s, s, s
			content, err := Annex(v, models.LetterPaper)
			if err != nil {
				t.Fatal(err)
			}
			if text := checkPDF(t, content); !strings.Contains(text, "2026-11-23 11:00:00") {
				t.Errorf("the evidence is missing:\n%s", text)
			}
		})
	}
}

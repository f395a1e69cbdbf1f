package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestTrialForMail(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	id := issued.Trial.ID
	v, err := w.Trial(t.Context(), modelstest.AcmeSeller, id)
	if err != nil {
		t.Fatal(err)
	}
	want := models.TrialLetter{
		TrialID: id, AccountID: modelstest.Acme, To: "ingrid@initrode.example", Name: "Ingrid Rode", Company: "Initrode", Product: "Orchestrator SaaS", Days: 14, Seats: 5,
		EndsAt: modelstest.Now.Add(14 * 24 * time.Hour), Zone: "Europe/Madrid", Link: v.PageURL, AccountName: "Acme",
		ContactName: "Sam Seller", ContactEmail: "sam@acme.example", VendorName: "ElectroNeek",
	}
	l, ok, err := w.TrialForMail(t.Context(), models.System, models.TrialMail{TrialID: id, Number: 1})
	l.EndsAt = l.EndsAt.UTC()
	if err != nil || !ok || l != want {
		t.Errorf("letter = %+v, %v, %v\nwant     %+v", l, ok, err, want)
	}
	if err := w.CorrectTrialAddress(t.Context(), modelstest.AcmeSeller, id, "right@initrode.example", false); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.TrialForMail(t.Context(), models.System, models.TrialMail{TrialID: id, Number: 1}); ok || err != nil {
		t.Errorf("the mail to the old address is still sent: %v", err)
	}
	l, ok, err = w.TrialForMail(t.Context(), models.System, models.TrialMail{TrialID: id, Number: 2})
	if err != nil || !ok || l.To != "right@initrode.example" || !l.IsAgain || l.Link == want.Link {
		t.Errorf("corrected: %+v, %v, %v", l, ok, err)
	}
	if err := w.RevokeTrial(t.Context(), modelstest.AcmeSeller, id, ""); err != nil {
		t.Fatal(err)
	}
	for name, job := range map[string]models.TrialMail{"revoked": {TrialID: id, Number: 2}, "unknown": {TrialID: "nothing", Number: 1}} {
		if _, ok, err := w.TrialForMail(t.Context(), models.System, job); ok || err != nil {
			t.Errorf("%s: sent %v, %v", name, ok, err)
		}
	}
	if _, _, err := w.TrialForMail(t.Context(), modelstest.AcmeOwner, models.TrialMail{TrialID: id, Number: 2}); models.KindOf(err) != models.Forbidden {
		t.Errorf("a letter holds a secret: %v", err)
	}
}

func TestInterestForMail(t *testing.T) {
	w := modelstest.New(t)
	issued := issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	job := models.InterestMail{LicenseID: issued.Trial.LicenseID, Day: "2026-03-02", UserID: modelstest.AcmeSeller.UserID}
	want := models.InterestLetter{
		LicenseID: issued.Trial.LicenseID, TrialID: issued.Trial.ID, AccountID: modelstest.Acme, UserID: modelstest.AcmeSeller.UserID,
		To: "sam@acme.example", Name: "Sam Seller", Company: "Initrode", ClientName: "Ingrid Rode", ClientEmail: "ingrid@initrode.example",
		Product: "Studio Pro", Seats: 1, EndsAt: issued.Trial.EndsAt, Zone: "Europe/Madrid", Link: modelstest.BaseURL + "/trials/" + issued.Trial.ID,
		AccountName: "Acme", VendorName: "ElectroNeek",
	}
	l, ok, err := w.InterestForMail(t.Context(), models.System, job)
	l.EndsAt = l.EndsAt.UTC()
	if err != nil || !ok || l != want {
		t.Errorf("letter = %+v, %v, %v\nwant     %+v", l, ok, err, want)
	}
	w.Clock.Set(issued.Trial.EndsAt)
	if l, ok, err = w.InterestForMail(t.Context(), models.System, job); err != nil || !ok || !l.HasEnded {
		t.Errorf("after the end: %+v, %v, %v", l, ok, err)
	}
	w.Exec(t, "UPDATE memberships SET reselling_role = 'viewer' WHERE user_id = ?", modelstest.AcmeSeller.UserID)
	for name, job := range map[string]models.InterestMail{
		"no Seller any more": job,
		"another account's":  {LicenseID: job.LicenseID, Day: job.Day, UserID: modelstest.GlobexOwner.UserID},
		"unknown":            {LicenseID: "nothing", Day: job.Day, UserID: job.UserID},
	} {
		if _, ok, err := w.InterestForMail(t.Context(), models.System, job); ok || err != nil {
			t.Errorf("%s: sent %v, %v", name, ok, err)
		}
	}
	if _, _, err := w.InterestForMail(t.Context(), modelstest.AcmeSeller, job); models.KindOf(err) != models.Forbidden {
		t.Errorf("for a user: %v", err)
	}
}

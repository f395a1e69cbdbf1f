package models_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// What the pages list is what the whole rows say, with the same keys and filters;
// the rest is left out.
func TestListsShowWhatTheRowsSay(t *testing.T) {
	w := modelstest.New(t)
	for i := range 3 {
		if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{
			Company: fmt.Sprint("Listed ", i), ContactName: "Lou", Email: fmt.Sprintf("it@listed%d.example", i), Country: "ES", Reference: "R-7", TaxID: fmt.Sprint("ES", i), Notes: "Not shown"}}); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
	}
	for _, filter := range []models.ClientFilter{{}, {Sort: "company"}, {Query: "listed 1"}, {Trials: "running"}, {Country: "ES", Responsible: "mine"}} {
		for _, p := range []models.Paging{{}, {Size: 2}} {
			whole, err := w.Clients(t.Context(), modelstest.AcmeSeller, filter, p)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range whole.Items {
				whole.Items[i] = models.ClientRow{Trials: c.Trials, Running: c.Running, ResponsibleName: c.ResponsibleName, Client: models.Client{
					ID: c.ID, Company: c.Company, Email: c.Email, Reference: c.Reference, ContactName: c.ContactName, Country: c.Country, ArchivedAt: c.ArchivedAt, CreatedAt: c.CreatedAt, CompanyKey: c.CompanyKey}}
			}
			listed, err := w.ListedClients(t.Context(), modelstest.AcmeSeller, filter, p)
			if err != nil || len(listed.Items) == 0 || !reflect.DeepEqual(listed, whole) {
				t.Errorf("%+v %+v: %v\n%+v\n%+v", filter, p, err, listed, whole)
			}
		}
	}
	for _, filter := range []models.TrialFilter{{}, {Sort: "ends"}, {Query: "listed 1"}, {State: models.TrialActive, Product: "studio-pro"}, {Month: "2026-03", Mine: true}} {
		for _, p := range []models.Paging{{}, {Size: 2}} {
			whole, err := w.Trials(t.Context(), modelstest.AcmeSeller, filter, p)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range whole.Items {
				whole.Items[i] = models.TrialLine{ID: l.ID, Company: l.Company, Email: l.Email, Product: l.Product, IssuedAt: l.IssuedAt, IssuedBy: l.IssuedBy, EndsAt: l.EndsAt, RevokedAt: l.RevokedAt, ConvertedAt: l.ConvertedAt}
			}
			listed, err := w.ListedTrials(t.Context(), modelstest.AcmeSeller, filter, p)
			if err != nil || len(listed.Items) == 0 || !reflect.DeepEqual(listed, whole) {
				t.Errorf("%+v %+v: %v\n%+v\n%+v", filter, p, err, listed, whole)
			}
		}
	}
	for _, a := range []models.Actor{modelstest.AcmeMember, modelstest.VendorSupport, modelstest.Visitor} {
		if _, err := w.ListedClients(t.Context(), a, models.ClientFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s lists clients: %v", a.Name, err)
		}
		if _, err := w.ListedTrials(t.Context(), a, models.TrialFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s lists trials: %v", a.Name, err)
		}
	}
	if page, err := w.ListedClients(t.Context(), modelstest.GlobexSeller, models.ClientFilter{Archived: models.ClientsAll}, models.Paging{}); err != nil || len(page.Items) != 0 {
		t.Errorf("Globex lists %+v, %v", page.Items, err)
	}
	if page, err := w.ListedTrials(t.Context(), modelstest.GlobexSeller, models.TrialFilter{}, models.Paging{}); err != nil || len(page.Items) != 0 {
		t.Errorf("Globex lists %+v, %v", page.Items, err)
	}
}

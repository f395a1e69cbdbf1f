package models_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// eventsScene lets a client, a trial and an invitation come to be, a day apart each.
func eventsScene(t *testing.T) (w *modelstest.World, clientID string) {
	t.Helper()
	w = modelstest.New(t)
	c, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: models.ClientFields{Company: "Höoli", Email: "gavin@hooli.example"}})
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(24 * time.Hour)
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeOwner, models.TrialRequest{Product: "studio-pro", ClientID: c.ID}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(24 * time.Hour)
	if err := w.DB.Create(&models.Event{ID: "00000000-0000-7000-8000-0000000000e1", At: w.Clock.Now(), AccountID: modelstest.Acme, ActorKind: "user", ActorID: modelstest.AcmeAdmin.UserID, ActorName: "Adam Admin", Action: "invitation.sent", SubjectType: "invitation", SubjectID: "i", SubjectName: "new@acme.example", Search: "adam admin new@acme.example"}).Error; err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateClient(t.Context(), modelstest.GlobexOwner, models.NewClient{ClientFields: models.ClientFields{Company: "Secret", Email: "info@secret.example"}}); err != nil {
		t.Fatal(err)
	}
	return w, c.ID
}

func actions(page models.Page[models.EventRow]) string {
	var all []string
	for _, e := range page.Items {
		all = append(all, e.Action)
	}
	return strings.Join(all, " ")
}

func TestActivity(t *testing.T) {
	w, _ := eventsScene(t)
	all := "invitation.sent trial.issued license.created client.created"
	for _, tt := range []struct {
		who    models.Actor
		filter models.EventFilter
		want   string
	}{
		{modelstest.AcmeOwner, models.EventFilter{}, all},
		{modelstest.AcmeAdmin, models.EventFilter{}, "invitation.sent"},
		{modelstest.AcmeAdmin, models.EventFilter{Kind: models.ClientEvents}, ""},
		{modelstest.AcmeOwner, models.EventFilter{AccountID: modelstest.Globex}, all}, // reach is the actor's, not the filter's
		{modelstest.AcmeOwner, models.EventFilter{Kind: models.TrialEvents}, "trial.issued license.created"},
		{modelstest.AcmeOwner, models.EventFilter{Kind: models.TeamEvents}, "invitation.sent"},
		{modelstest.AcmeOwner, models.EventFilter{ActorID: modelstest.AcmeSeller.UserID}, "client.created"},
		{modelstest.AcmeOwner, models.EventFilter{Query: "hooli"}, "trial.issued license.created client.created"},
		{modelstest.AcmeOwner, models.EventFilter{Query: "SAM"}, "client.created"},
		{modelstest.AcmeOwner, models.EventFilter{Query: "%"}, ""},
		{modelstest.AcmeOwner, models.EventFilter{From: "2026-03-03"}, "invitation.sent trial.issued license.created"},
		{modelstest.AcmeOwner, models.EventFilter{From: "2026-03-03", To: "2026-03-03"}, "trial.issued license.created"},
		{modelstest.AcmeOwner, models.EventFilter{To: "2026-03-01"}, ""},
		{modelstest.GlobexOwner, models.EventFilter{}, "client.created"},
	} {
		page, err := w.Activity(t.Context(), tt.who, tt.filter, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Fields(actions(page))
		want := strings.Fields(tt.want)
		// The trial and its licence come to be in one instant.
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s, %+v: %v, want %v", tt.who.Name, tt.filter, got, want)
		}
		exported := 0
		if err := w.EachActivity(t.Context(), tt.who, tt.filter, func(models.EventRow) error { exported++; return nil }); err != nil || exported != len(want) {
			t.Errorf("%s, %+v: %d are exported, %v", tt.who.Name, tt.filter, exported, err)
		}
	}
	page, err := w.Activity(t.Context(), modelstest.AcmeOwner, models.EventFilter{Kind: models.ClientEvents}, models.Paging{})
	if err != nil || len(page.Items) != 1 || page.Items[0].AccountName != "Acme" || page.Items[0].SubjectName != "Höoli" || !page.Items[0].At.Equal(modelstest.Now) {
		t.Errorf("%+v, %v", page.Items, err)
	}
	for _, who := range []models.Actor{modelstest.AcmeMember, modelstest.AcmeSeller, modelstest.AcmeBilling, modelstest.AcmeViewer, modelstest.AcmeContact, modelstest.VendorSupport, modelstest.Visitor} {
		_, err := w.Activity(t.Context(), who, models.EventFilter{}, models.Paging{})
		wantsKind(t, err, models.Forbidden)
		_, err = w.ActivityPeople(t.Context(), who)
		wantsKind(t, err, models.Forbidden)
		wantsKind(t, w.EachActivity(t.Context(), who, models.EventFilter{}, func(models.EventRow) error { return nil }), models.Forbidden)
	}
	people, err := w.ActivityPeople(t.Context(), modelstest.AcmeOwner)
	if want := []models.EventPerson{{ID: modelstest.AcmeAdmin.UserID, Name: "Adam Admin"}, {ID: modelstest.AcmeOwner.UserID, Name: "Olivia Owner"}, {ID: modelstest.AcmeSeller.UserID, Name: "Sam Seller"}}; err != nil || !reflect.DeepEqual(people, want) {
		t.Errorf("people %+v, %v", people, err)
	}
	if people, err := w.ActivityPeople(t.Context(), modelstest.AcmeAdmin); err != nil || len(people) != 1 {
		t.Errorf("an Admin learns from the filter who sells: %+v, %v", people, err)
	}
}

func TestEventsForStaff(t *testing.T) {
	w, _ := eventsScene(t)
	for _, tt := range []struct {
		filter models.EventFilter
		want   int
	}{
		{models.EventFilter{}, 5},
		{models.EventFilter{AccountID: modelstest.Globex}, 1},
		{models.EventFilter{AccountID: modelstest.Acme, Kind: models.ClientEvents}, 1},
		{models.EventFilter{Kind: models.ClientEvents}, 2},
		{models.EventFilter{Query: "secret"}, 1},
		{models.EventFilter{ActorID: modelstest.GlobexOwner.UserID}, 1},
	} {
		page, err := w.Store.Events(t.Context(), modelstest.VendorSupport, tt.filter, models.Paging{})
		if err != nil || len(page.Items) != tt.want {
			t.Errorf("%+v: %s, %v", tt.filter, actions(page), err)
		}
	}
	if accounts, err := w.EventAccounts(t.Context(), modelstest.VendorSupport); err != nil || len(accounts) != 3 || accounts[0].Name != "Acme" {
		t.Errorf("accounts %+v, %v", accounts, err)
	}
	if people, err := w.EventPeople(t.Context(), modelstest.VendorSupport, modelstest.Acme); err != nil || len(people) != 3 {
		t.Errorf("people %+v, %v", people, err)
	}
	if people, err := w.EventPeople(t.Context(), modelstest.VendorSupport, ""); err != nil || len(people) != 0 {
		t.Errorf("staff %+v, %v", people, err)
	}
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeSeller, modelstest.Visitor} {
		_, err := w.Store.Events(t.Context(), who, models.EventFilter{}, models.Paging{})
		wantsKind(t, err, models.Forbidden)
		_, err = w.EventPeople(t.Context(), who, "")
		wantsKind(t, err, models.Forbidden)
		_, err = w.EventAccounts(t.Context(), who)
		wantsKind(t, err, models.Forbidden)
		wantsKind(t, w.EachEvent(t.Context(), who, models.EventFilter{}, func(models.EventRow) error { return nil }), models.Forbidden)
	}
}

func TestClientsPageHasTheHistoryOfItsTrials(t *testing.T) {
	w, id := eventsScene(t)
	record, err := w.Client(t.Context(), modelstest.AcmeViewer, id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range record.Events {
		got = append(got, e.Action)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"client.created", "license.created", "trial.issued"}) || record.HasMoreEvents {
		t.Errorf("history %v", got)
	}
	if len(record.Trials) != 1 || record.Trials[0].Product != "Studio Pro" || record.Trials[0].IssuedByName != "Olivia Owner" || record.RunningTrials(w.Clock.Now()) != 1 {
		t.Errorf("trials %+v", record.Trials)
	}
	if len(record.Licenses) != 1 || record.Licenses[0].Product != "Studio Pro" || record.Licenses[0].TrialID != record.Trials[0].ID {
		t.Errorf("licences %+v", record.Licenses)
	}
	if record.CreatedByName != "Sam Seller" || len(record.Similar) != 0 {
		t.Errorf("created by %q, like %+v", record.CreatedByName, record.Similar)
	}
}

func TestFacts(t *testing.T) {
	e := models.Event{Before: `{"a":"x","c":1}`, After: `{"b":true,"a":null}`}
	want := []models.Fact{{Name: "a", Before: "x"}, {Name: "b", After: true}, {Name: "c", Before: 1.0}}
	if got := e.Facts(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := (models.Event{Before: "not JSON", After: "[1]"}).Facts(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

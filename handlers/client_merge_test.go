package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestTwoClientsBecomeOne(t *testing.T) {
	s := newSite(t)
	other, err := s.CreateClient(t.Context(), modelstest.AcmeOwner, models.NewClient{ClientFields: models.ClientFields{Company: "Initrode GmbH", Email: "ingo@rode.example", TaxID: "DE 1", Notes: "From the fair"}, AcceptDuplicate: true})
	fine(t, err)
	issued, err := s.IssueTrial(t.Context(), modelstest.AcmeOwner, models.TrialRequest{Product: "studio-pro", ClientID: other.ID})
	fine(t, err)
	b := s.as(t, modelstest.AcmeSeller)
	merging := "/clients/" + modelstest.AcmeClient + "/merging"
	page := b.get("/clients/" + modelstest.AcmeClient)
	for _, href := range []string{merging, merging + "?with=" + other.ID} {
		if page.Find(`a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no way to %s from the client's page", href)
		}
	}
	if page = b.get(merging+"?q=rode").wants(200, merging); page.Find(`#results a[href="`+merging+"?with="+other.ID+`"]`).Length() != 1 || page.Find(`.card a[href="`+merging+"?with="+other.ID+`"]`).Length() != 1 {
		t.Errorf("the other one is not offered: %s", page.Find("main").Text())
	}
	for with, want := range map[string]string{modelstest.AcmeClient: "Choose another client", "x": "Choose one of your clients"} {
		if p := b.get(merging + "?with=" + with); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.problem(), want) {
			t.Errorf("with %s: %d %q", with, p.status, p.problem())
		}
	}
	both := b.get(merging+"?with="+other.ID).wants(200, merging)
	if text := strings.Join(strings.Fields(both.Find("main").Text()), " "); !strings.Contains(text, "1 trial and 1 licence move to Initrode") || both.Find(`a[href="/clients/`+other.ID+`/merging?with=`+modelstest.AcmeClient+`"]`).Length() != 1 {
		t.Errorf("what moves: %s", text)
	}
	// While it is looked at, somebody changes one of the two: the choices stay.
	fields := other.Fields()
	fields.Reference = "R-1"
	_, err = s.ChangeClient(t.Context(), modelstest.AcmeOwner, other.ID, models.ClientChange{ClientFields: fields, Version: 1, AcceptDuplicate: true})
	fine(t, err)
	refused := b.submitTo(both, merging, url.Values{"keep_email": {"other"}, "keep_company": {"other"}, "responsible": {modelstest.AcmeOwner.UserID}})
	refused.wants(http.StatusConflict, merging)
	if refused.Find(`input[name=keep_email][checked]`).AttrOr("value", "") != "other" || !strings.Contains(refused.problem(), "Nothing was merged") || refused.Find(`input[name=keep_reference]`).Length() != 2 {
		t.Errorf("after a refusal: %q", refused.problem())
	}
	merged := b.submitTo(refused, merging, nil)
	merged.wants(200, "/clients/"+modelstest.AcmeClient)
	if merged.heading() != "Initrode GmbH" || !strings.Contains(merged.flash(), "are one now") || !strings.Contains(merged.Find("aside").Text(), "ingo@rode.example") || merged.Find(`a[href="/trials/`+issued.Trial.ID+`"]`).Length() == 0 {
		t.Errorf("%q, %q", merged.heading(), merged.flash())
	}
	if text := merged.Find(".timeline").Text(); !strings.Contains(text, "Sam Seller merged Initrode GmbH into the client Initrode") {
		t.Errorf("history: %s", text)
	}
	// The other one's addresses lead to the kept one.
	for path, want := range map[string]string{"": "", "/edit": "/edit", "/merging": "", "/merging?with=" + modelstest.AcmeClient: ""} {
		if p := b.get("/clients/" + other.ID + path); p.status != 200 || p.path != "/clients/"+modelstest.AcmeClient+want {
			t.Errorf("%s leads to %d %s", path, p.status, p.path)
		}
	}
	// Somebody who was editing the other one goes on with the kept one, nothing typed is lost.
	late := b.submitTo(b.get("/clients/"+modelstest.AcmeClient+"/edit"), "/clients/"+modelstest.AcmeClient, nil) // the form as such works
	late.wants(200, "/clients/"+modelstest.AcmeClient)
	form := b.get("/clients/" + modelstest.AcmeClient + "/edit")
	form.Find("main form").SetAttr("action", "/clients/"+other.ID)
	again := b.submit(form, url.Values{"notes": {"Typed late"}})
	if again.status != http.StatusConflict || again.value("notes") != "Typed late" || again.Find(`main form[action="/clients/`+modelstest.AcmeClient+`"]`).Length() != 1 || !strings.Contains(again.problem(), "was merged into Initrode GmbH") {
		t.Errorf("%d %q %q", again.status, again.problem(), again.value("notes"))
	}
	if p := b.submit(again, nil); p.status != 200 || !strings.Contains(p.Find("aside").Text(), "Typed late") {
		t.Errorf("%d %s", p.status, p.path)
	}
	// A trial form that names the other one is offered the kept one.
	trial := b.post("/trials", url.Values{"csrf": {form.Find("input[name=csrf]").AttrOr("value", "")}, "product": {"orchestrator-saas"}, "who": {"existing"}, "client_id": {other.ID}})
	if trial.status != http.StatusConflict || trial.value("client_id") != modelstest.AcmeClient {
		t.Errorf("%d %q: %q", trial.status, trial.problem(), trial.value("client_id"))
	}
	if p := s.as(t, modelstest.AcmeViewer).get("/clients/" + modelstest.AcmeClient); p.Find(`a[href="`+merging+`"]`).Length() != 0 {
		t.Error("a Viewer is offered to merge")
	}
}

func TestABlockedMergeSaysWhatToDo(t *testing.T) {
	s := newSite(t)
	other, err := s.CreateClient(t.Context(), modelstest.AcmeOwner, models.NewClient{ClientFields: models.ClientFields{Company: "Rode", Email: "ingo@rode.example"}})
	fine(t, err)
	var trial string
	for _, id := range []string{modelstest.AcmeClient, other.ID} {
		issued, err := s.IssueTrial(t.Context(), modelstest.AcmeOwner, models.TrialRequest{Product: "studio-pro", ClientID: id})
		fine(t, err)
		trial = issued.Trial.ID
	}
	b := s.as(t, modelstest.AcmeSeller)
	path := "/clients/" + modelstest.AcmeClient + "/merging"
	p := b.get(path+"?with="+other.ID).wants(200, path)
	if p.Find(`.alert a[href="/trials/`+trial+`"]`).Length() != 1 || p.Find("main form button[type=submit]").Length() != 0 {
		t.Errorf("%s", p.Find("main").Text())
	}
	refused := b.submitTo(p, path, nil)
	refused.wants(http.StatusConflict, path)
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"reselling/models/modelstest"
)

// link is where the first link with these words leads.
func (p *page) link(words string) string {
	href := ""
	for _, a := range p.Find("a").EachIter() {
		if strings.Contains(a.Text(), words) && href == "" {
			href = a.AttrOr("href", "")
		}
	}
	return href
}

func TestRequestAnExtraTrial(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.GlobexSeller)
	for _, company := range []string{"One", "Two"} {
		b.submitTo(b.get("/trials/new"), "/trials", url.Values{"product": {"studio-pro"}, "who": {"new"}, "company": {company}, "email": {"boss@" + strings.ToLower(company) + ".example"}})
	}
	refused := b.submitTo(b.get("/trials/new"), "/trials", newTrial).wants(409, "/trials")
	form := b.get(refused.link("Request an extra trial")).wants(200, "/trials/requests/new")
	bad := b.submitTo(form, "/trials/requests", url.Values{"reason": {" "}}).wants(422, "/trials/requests")
	if bad.fieldError("reason") == "" {
		t.Error("no error at the reason")
	}
	made := b.submitTo(bad, "/trials/requests", url.Values{"reason": {"A fair <next> week"}})
	if made.status != 200 || !strings.HasPrefix(made.path, "/trials/requests/") || !strings.Contains(made.flash(), "sent") || !strings.Contains(made.Text(), "A fair <next> week") {
		t.Fatalf("%d at %s: %q", made.status, made.path, made.flash())
	}
	if p := b.submitTo(form, "/trials/requests", url.Values{"reason": {"A fair <next> week"}}); p.path != made.path {
		t.Errorf("the same form again leads to %s", p.path)
	}
	if p := b.submitTo(form, "/trials/requests", url.Values{"reason": {"Once more"}}).wants(409, "/trials/requests"); !strings.Contains(p.problem(), "asked already") || p.link("See the request") != made.path {
		t.Errorf("%q", p.problem())
	}
	if p := b.get("/trials/requests/new?kind=extra"); p.Find("textarea").Length() != 0 || p.link("See the request") != made.path {
		t.Error("a second one can be asked for while the first waits")
	}
	if p := b.get("/trials"); p.link("Request an extra trial") != "" || p.link("The request for an extra trial") != made.path || !strings.Contains(p.Text(), "Waiting") {
		t.Error("the quota does not show the request")
	}

	staff := s.as(t, modelstest.VendorSuccess)
	detail := staff.get(staff.get("/admin").link("Extra trial"))
	if detail.status != 200 || !strings.Contains(detail.Text(), "A fair <next> week") || !strings.Contains(detail.Text(), "2 of 2") {
		t.Fatalf("staff see %d, %s", detail.status, detail.Text())
	}
	decision := detail.path + "/decision"
	wrong := staff.submitTo(detail, decision, url.Values{"answer": {"Fine"}}).wants(422, decision)
	if wrong.fieldError("decision") == "" || wrong.value("answer") != "Fine" {
		t.Errorf("error %q, answer %q", wrong.fieldError("decision"), wrong.value("answer"))
	}
	if p := staff.submitTo(wrong, decision, url.Values{"decision": {"grant"}}); !strings.Contains(p.flash(), "granted") || p.Find("form[action$=decision]").Length() != 0 {
		t.Errorf("decided: %q", p.flash())
	}
	late := staff.submitTo(detail, decision, url.Values{"decision": {"decline"}, "answer": {"No"}}).wants(409, decision)
	if !strings.Contains(late.problem(), "Cleo Success has granted this request already") {
		t.Errorf("second decision: %q", late.problem())
	}
	if p := b.get(made.path); !strings.Contains(p.Text(), "Granted by Cleo Success") || !strings.Contains(p.Text(), "Fine") {
		t.Error("the account does not read the answer")
	}
	if p := b.get("/trials"); !strings.Contains(p.Text(), "2 of 2 + 1 granted") {
		t.Error("the meter does not show the grant")
	}
	if p := b.submitTo(b.get("/trials/new"), "/trials", newTrial); p.status != 200 {
		t.Errorf("the extra trial: %d %s", p.status, p.problem())
	}
}

func TestRequestAnExtension(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	trial := b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	form := b.get(trial.link("Ask for an extension")).wants(200, "/trials/requests/new")
	if p := b.submitTo(form, "/trials/requests", url.Values{"days": {"lots"}, "reason": {"Holidays"}}); p.status != 422 || p.value("days") != "lots" || p.value("reason") != "Holidays" {
		t.Errorf("%d, days %q, reason %q", p.status, p.value("days"), p.value("reason"))
	}
	made := b.submitTo(form, "/trials/requests", url.Values{"days": {"10"}, "reason": {"Holidays"}})
	if p := b.get(trial.path); p.link("Ask for an extension") != "" || p.link("Extension") != made.path {
		t.Error("the trial's page does not show the request")
	}
	staff := s.as(t, modelstest.VendorAdministrator)
	detail := staff.get("/admin" + strings.TrimPrefix(made.path, "/trials"))
	if detail.value("days") != "10" || !strings.Contains(detail.Text(), "26 March, 11:00 (Madrid)") {
		t.Errorf("days %q in %s", detail.value("days"), detail.Text())
	}
	staff.submitTo(detail, detail.path+"/decision", url.Values{"decision": {"grant"}, "days": {"5"}, "answer": {"Five will do"}})
	p := b.get(trial.path)
	if !strings.Contains(p.Text(), "5 days granted") || !strings.Contains(p.Text(), "Five will do") || !strings.Contains(p.Text(), "Cleo") && !strings.Contains(p.Text(), "Ada Administrator extended the trial") {
		t.Errorf("the trial's page: %s", p.Text())
	}
}

func TestRequestAnotherTrialAndWithdraw(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	existing := url.Values{"product": {"studio-pro"}, "who": {"existing"}, "client_id": {modelstest.AcmeClient}}
	b.submitTo(b.get("/trials/new"), "/trials", existing)
	s.Clock.Advance(14 * 24 * time.Hour)
	b = s.as(t, modelstest.AcmeSeller)
	refused := b.submitTo(b.get("/trials/new"), "/trials", existing).wants(409, "/trials")
	form := b.get(refused.link("Ask for another trial")).wants(200, "/trials/requests/new")
	if !strings.Contains(form.Text(), "Initrode") || !strings.Contains(form.Text(), "Studio Pro") {
		t.Error("the form does not say what is asked for")
	}
	made := b.submitTo(form, "/trials/requests", url.Values{"reason": {"A new team"}})
	if p := b.submitTo(made, made.path+"/withdrawal", nil); !strings.Contains(p.flash(), "withdrawn") || p.Find("form[action$=withdrawal]").Length() != 0 {
		t.Errorf("withdrawn: %q", p.flash())
	}
	list := b.get("/trials/requests?state=withdrawn").wants(200, "/trials/requests")
	if list.link("Another trial") != made.path || !strings.Contains(b.get(list.Find(`a[href*="format=csv"]`).AttrOr("href", "")).body, "another,withdrawn,2026-03,Initrode") {
		t.Error("the list or its file does not have it")
	}
}

func TestGrantTrialsUnasked(t *testing.T) {
	s := newSite(t)
	staff := s.as(t, modelstest.VendorSuccess)
	account := "/admin/accounts/" + modelstest.Acme
	bad := staff.submitTo(staff.get(account), account+"/trial-grants", url.Values{"number": {"0"}, "reason": {"Good sellers"}}).wants(422, account+"/trial-grants")
	if bad.fieldError("number") == "" || bad.value("reason") != "Good sellers" {
		t.Errorf("error %q, reason %q", bad.fieldError("number"), bad.value("reason"))
	}
	if p := staff.submitTo(bad, account+"/trial-grants", url.Values{"number": {"2"}}); !strings.Contains(p.flash(), "granted") || !strings.Contains(p.Text(), "0 of 5 + 2 granted") {
		t.Errorf("granted: %q", p.flash())
	}
	if p := s.as(t, modelstest.VendorSupport).get(account); p.Find("form[action$=trial-grants]").Length() != 0 {
		t.Error("Support can grant trials")
	}
	activity := s.as(t, modelstest.AcmeOwner).get("/activity")
	if !strings.Contains(activity.Text(), "Cleo Success granted Acme 2 extra in March 2026") {
		t.Error("the account's activity does not tell")
	}
}

func TestTermsAreShownBeforeTheyAreAdded(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.VendorAdministrator)
	page := b.get("/admin/plans/silver")
	form := page.Find(`form[action="/admin/plans/silver/terms"]`).SetAttr("action", "/admin/plans/silver/terms/draft")
	terms := url.Values{"holds_from": {"2026-03-02"}, "trial_days": {"10"}, "trials_per_month": {"0"}, "percentage": {"50"}}
	draft := b.send(form, terms).wants(200, "/admin/plans/silver/terms/draft")
	if !strings.Contains(draft.Text(), "1 account is on the plan; the terms hold for all of them at once.") || !strings.Contains(draft.Text(), "Accounts with no trial left this month") || s.Count(t, "plan_terms", "plan = 'silver'") != 1 {
		t.Errorf("draft: %s", draft.Text())
	}
	if p := b.submitTo(draft, "/admin/plans/silver/terms", nil); !strings.Contains(p.flash(), "The new terms of Silver hold from 2 Mar 2026") {
		t.Errorf("added: %q %q", p.flash(), p.problem())
	}
	if p := b.send(form, url.Values{"holds_from": {"soon"}, "trial_days": {"10"}}); p.status != 422 || p.value("trial_days") != "10" {
		t.Errorf("a draft that can't be: %d, %q", p.status, p.value("trial_days"))
	}
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"reselling/models/modelstest"
)

func TestSettleAConflict(t *testing.T) {
	s := newSite(t)
	for _, b := range []*browser{s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.GlobexSeller)} {
		if p := b.submitTo(b.get("/trials/new"), "/trials", newTrial); p.status != 200 || strings.Contains(p.Text(), "conflict") {
			t.Fatalf("%d: %s", p.status, p.Text())
		}
	}
	staff := s.as(t, modelstest.VendorSuccess)
	detail := staff.get(staff.get("/admin").link("Hooli"))
	if detail.status != 200 || !strings.Contains(detail.Text(), "First: Acme") || !strings.Contains(detail.Text(), "Then: Globex") || !strings.Contains(detail.Text(), "Gus Globex") {
		t.Fatalf("%d: %s", detail.status, detail.Text())
	}
	if p := s.as(t, modelstest.VendorSupport).get(detail.path); p.Find("form[action$=settlement]").Length() != 0 {
		t.Error("Support can settle it")
	}
	bad := staff.submitTo(detail, detail.path+"/settlement", url.Values{"note": {""}}).wants(422, detail.path+"/settlement")
	if bad.fieldError("note") == "" {
		t.Error("no error at the note")
	}
	if p := staff.submitTo(bad, detail.path+"/settlement", url.Values{"note": {"Acme keeps them"}}); !strings.Contains(p.flash(), "settled") || !strings.Contains(p.Text(), "Acme keeps them") {
		t.Errorf("settled: %q", p.flash())
	}
	late := staff.submitTo(detail, detail.path+"/settlement", url.Values{"note": {"Globex keeps them"}}).wants(409, detail.path+"/settlement")
	if !strings.Contains(late.problem(), "settled this conflict already") {
		t.Errorf("second: %q", late.problem())
	}
	list := staff.get("/admin/conflicts?state=settled&q=hooli").wants(200, "/admin/conflicts")
	if list.link("Hooli") != detail.path || !strings.Contains(staff.get(list.Find(`a[href*="format=csv"]`).AttrOr("href", "")).body, "settled,mail address,2026-03-02T10:00:00Z,Acme,Hooli") {
		t.Error("the list or its file does not have it")
	}
	if p := staff.get("/admin"); p.link("Hooli") != "" {
		t.Error("the work queue still shows it")
	}
}

package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"reselling/models/modelstest"
)

// The machines of a licence stand on its page, with what may be done, and on the
// client's page as a number; a file is made on both.
func TestMachinesOnThePages(t *testing.T) {
	s := newSite(t)
	sc := newScenes(s)
	ids := sc.machine(t)
	seller, viewer, visitor := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeViewer), s.visit(t)
	page := "/licenses/" + ids[0]
	deactivation := `form[action="` + page + "/machines/" + ids[1] + `/deactivation"]`
	if p := viewer.get(page).wants(200, page); !strings.Contains(words(p), "Robot") || p.Find(deactivation).Length()+p.Find(`form[action$="/file"]`).Length() != 0 {
		t.Error("a viewer sees no machine, or may deactivate it")
	}
	form := seller.get(page).wants(200, page)
	for _, want := range []string{"In use on 1 of 1 seat", "Has a seat", "3 of 3 deactivations of this month are left", "New ones from 1 Apr 2026, 00:00 (Madrid)"} {
		if !strings.Contains(words(form), want) {
			t.Errorf("%q is not on the page: %s", want, words(form))
		}
	}
	refused := seller.submitTo(form, page+"/file", url.Values{"fingerprint": {"another-machine"}, "name": {"Robot 2"}}).wants(409, page+"/file")
	if !strings.Contains(refused.problem(), "All seats of this licence are taken") || refused.Find("#fingerprint").AttrOr("value", "") != "another-machine" || refused.Find("#name").AttrOr("value", "") != "Robot 2" || refused.Find("#fingerprint[aria-invalid]").Length() != 1 {
		t.Errorf("%q", refused.problem())
	}
	seller.submitTo(form, page+"/file", url.Values{"fingerprint": {"no"}}).wants(422, page+"/file")
	done := seller.submitTo(form, page+"/machines/"+ids[1]+"/deactivation", nil).wants(200, page)
	if !strings.Contains(words(done), "In use on no machine yet") || !strings.Contains(words(done), "deactivated the machine Robot") {
		t.Error(words(done))
	}
	again := seller.submitTo(form, page+"/machines/"+ids[1]+"/deactivation", nil).wants(200, page)
	if !strings.Contains(words(again), "This machine was deactivated already.") {
		t.Error(words(again))
	}

	link := form.Find("#page-link").AttrOr("value", "")
	client := link[strings.LastIndex(link, "/l/"):]
	file := visitor.submitTo(visitor.get(client).wants(200, client), client+"/file", url.Values{"fingerprint": {"another-machine"}})
	if file.status != 200 || file.header.Get("Content-Disposition") != `attachment; filename="studio-pro.license"` || file.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d, %v", file.status, file.header)
	}
	keys, err := s.PublicKeys(t.Context(), modelstest.Visitor)
	fine(t, err)
	if f, err := keys.VerifyFile(file.body, "studio-pro", "another-machine", modelstest.Now.Add(time.Hour)); err != nil || f.License != ids[0] {
		t.Errorf("%+v, %v", f, err)
	}
	taken := visitor.submitTo(visitor.get(client), client+"/file", url.Values{"fingerprint": {"third-machine"}}).wants(409, client+"/file")
	if !strings.Contains(taken.problem(), "All seats") || !strings.Contains(words(taken), "In use on 1 of 1 seat") {
		t.Errorf("%q", taken.problem())
	}
}

// Staff find a licence by its key, stop it with a reason and let it go on.
func TestLicensesOfStaff(t *testing.T) {
	s := newSite(t)
	ids := newScenes(s).machine(t)
	success, support := s.as(t, modelstest.VendorSuccess), s.as(t, modelstest.VendorSupport)
	var key string
	fine(t, s.DB.Raw("SELECT key FROM licenses WHERE id = ?", ids[0]).Scan(&key).Error)
	page := "/admin/licenses/" + ids[0]
	if success.get("/admin/licenses?q="+url.QueryEscape(key)).wants(200, "/admin/licenses").Find(`a[href="`+page+`"]`).Length() != 1 {
		t.Error("the licence is not found by its key")
	}
	if csv := success.get("/admin/licenses?format=csv"); csv.status != http.StatusOK || !strings.Contains(csv.body, ids[0]+",Acme,Client 1,Studio Pro,active,1,1,") {
		t.Error(csv.body)
	}
	if p := support.get(page).wants(200, page); p.Find(`main form[method="post"]`).Length() != 0 {
		t.Error("support can change a licence")
	}
	form := success.get(page).wants(200, page)
	if p := success.submitTo(form, page+"/suspension", url.Values{"reason": {""}}).wants(422, page+"/suspension"); p.Find("#suspend[open]").Length() != 1 || p.Find("#suspend-reason[aria-invalid]").Length() != 1 {
		t.Error("the refusal does not show the form")
	}
	if p := success.submitTo(form, page+"/suspension", url.Values{"reason": {"A chargeback"}}).wants(200, page); !strings.Contains(words(p), "Suspended") || !strings.Contains(words(p), "A chargeback") {
		t.Error(words(p))
	}
	if p := success.submitTo(form, page+"/suspension", url.Values{"reason": {"A chargeback"}}).wants(409, page+"/suspension"); !strings.Contains(words(p), "suspended already") {
		t.Error(words(p))
	}
	success.submitTo(success.get(page), page+"/resumption", url.Values{"reason": {"Paid"}}).wants(200, page)
	success.submitTo(success.get(page), page+"/machines/"+ids[1]+"/deactivation", nil).wants(200, page)
	success.submitTo(success.get(page), page+"/deactivations-reset", url.Values{"reason": {"New laptops"}}).wants(200, page)
	if p := success.submitTo(success.get(page), page+"/revocation", url.Values{"reason": {"Fraud"}}).wants(200, page); !strings.Contains(words(p), "Revoked") || p.Find("#revoke").Length() != 0 {
		t.Error(words(p))
	}
}

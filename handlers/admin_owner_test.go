package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestStaffReplaceALostOwner(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.VendorSuccess)
	account := "/admin/accounts/" + modelstest.Acme
	path := account + "/owner"
	if b.get(account).Find(`a[href="`+path+`"]`).Length() != 1 {
		t.Error("no way to it from the account's page")
	}
	form := b.get(path).wants(200, path)
	if text := form.Find("main").Text(); !strings.Contains(text, "Olivia Owner") || form.Find("select[name=membership_id] option").Length() != 7 || form.Find("input[name=password]").Length() != 0 {
		t.Errorf("the form: %s", text)
	}
	bad := b.submitTo(form, path, url.Values{"successor": {"invitation"}, "owner_email": {"nora"}, "former": {"leaves"}}).wants(http.StatusUnprocessableEntity, path)
	if bad.fieldError("owner_email") == "" || bad.fieldError("reason") == "" || bad.value("owner_email") != "nora" || bad.Find("input[name=former][checked]").AttrOr("value", "") != "leaves" {
		t.Errorf("the input is lost: %q", bad.problem())
	}
	done := b.submitTo(bad, path, url.Values{"owner_email": {"nora@acme.example"}, "reason": {"Has left"}}).wants(200, account)
	if text := done.Find(".alert").Text(); !strings.Contains(text, "nora@acme.example") || !strings.Contains(text, "Olivia Owner stays the Owner") || !strings.Contains(text, "Has left") || !strings.Contains(done.flash(), "nora@acme.example") {
		t.Errorf("%q, %q", done.flash(), text)
	}
	if p := b.submitTo(done, account+"/owner-invitation/resending", nil).wants(200, account); !strings.Contains(p.flash(), "A new link") {
		t.Errorf("sent again: %q", p.flash())
	}
	// A colleague with an older page is told, and decides upon what holds now.
	stale := b.submitTo(form, path, url.Values{"successor": {"invitation"}, "owner_email": {"nils@acme.example"}, "reason": {"The same"}}).wants(http.StatusConflict, path)
	if !strings.Contains(stale.problem(), "another replacement") || !strings.Contains(stale.Find(".alert").Text(), "nora@acme.example") || stale.value("owner_email") != "nils@acme.example" {
		t.Errorf("%q", stale.problem())
	}
	var id string
	fine(t, s.DB.Raw("SELECT id FROM owner_replacements").Scan(&id).Error)
	off := b.submitTo(done, account+"/owner/"+id+"/withdrawal", nil).wants(200, account)
	if !strings.Contains(off.flash(), "called off") || strings.Contains(off.Find("main").Text(), "has not accepted yet") {
		t.Errorf("%q, %q", off.flash(), off.Find(".alert").Text())
	}
	if p := b.submitTo(done, account+"/owner/"+id+"/withdrawal", nil).wants(200, account); !strings.Contains(p.flash(), "already") {
		t.Errorf("%q", p.flash())
	}
	// By a member, after the password was asked for again.
	s.Clock.Advance(time.Hour)
	form = b.get(path)
	var m models.Membership
	fine(t, s.DB.Where("user_id = ?", modelstest.AcmeAdmin.UserID).Take(&m).Error)
	member := url.Values{"successor": {"member"}, "membership_id": {m.ID}, "reason": {"Can't be reached"}, "password": {"wrong"}}
	if p := b.submitTo(form, path, member); p.status != http.StatusUnprocessableEntity || p.fieldError("password") == "" || p.value("membership_id") != m.ID {
		t.Errorf("%d %q", p.status, p.problem())
	}
	member.Set("password", modelstest.Password)
	if p := b.submitTo(form, path, member).wants(200, account); !strings.Contains(p.flash(), "another Owner") {
		t.Errorf("%q", p.flash())
	}
	if n := s.Count(t, "memberships", "account_id = ? AND role = 'owner' AND user_id = ?", modelstest.Acme, modelstest.AcmeAdmin.UserID); n != 1 {
		t.Error("the Admin is not the Owner")
	}
	if p := s.as(t, modelstest.AcmeAdmin).get("/activity"); !strings.Contains(p.Find("main").Text(), "Cleo Success made Adam Admin the Owner of Acme in the place of Olivia Owner: Can't be reached") {
		t.Errorf("activity: %s", p.Find("main").Text())
	}
}

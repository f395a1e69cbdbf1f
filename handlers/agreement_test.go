package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"reselling/models/modelstest"
)

// Both sides sign on their pages; only then can an order be placed.
func TestSigningThroughThePages(t *testing.T) {
	s := newSite(t)
	owner, success := s.as(t, modelstest.AcmeOwner), s.as(t, modelstest.VendorSuccess)
	seller := s.as(t, modelstest.AcmeSeller).get("/agreement").wants(200, "/agreement")
	if seller.says(t, "The text to sign", "the Owner of Acme begins"); seller.Find(`form[action="/agreement"]`).Length() != 0 {
		t.Error("a Seller may sign")
	}
	page := owner.get("/agreement").wants(200, "/agreement")
	page.says(t, "It is your turn", "Acme Services S.L.")
	bad := owner.submitTo(page, "/agreement", url.Values{"name": {""}}).wants(422, "/agreement")
	if bad.fieldError("name") == "" || bad.fieldError("consent") == "" {
		t.Errorf("%q, %q", bad.fieldError("name"), bad.fieldError("consent"))
	}
	signed := owner.submitTo(bad, "/agreement", url.Values{"name": {"Olivia Owner"}, "consent": {"yes"}}).wants(200, "/agreement")
	if !strings.Contains(signed.flash(), "is signed") || signed.Find(`form[action="/agreement"]`).Length() != 0 {
		t.Errorf("%q", signed.flash())
	}
	signed.says(t, "Waits for ElectroNeek", "waits for the vendor's signature", "Olivia Owner")
	if twice := owner.submitTo(page, "/agreement", url.Values{"name": {"Olivia"}, "consent": {"yes"}}); twice.status != 409 {
		t.Errorf("signed twice: %d", twice.status)
	}

	link := success.get("/admin").Find(`table a[href^="/admin/annexes/"]`).AttrOr("href", "")
	waiting := success.get(link).wants(200, link)
	waiting.says(t, "Olivia Owner", "Version 1", "Sign for ElectroNeek")
	if file := success.get(link + "/pdf"); file.status != 409 {
		t.Errorf("a document before both have signed: %d", file.status)
	}
	empty := success.submitTo(waiting, link+"/refusal", nil).wants(422, link+"/refusal")
	if empty.fieldError("reason") == "" {
		t.Error("sent back without a reason")
	}
	success.submitTo(empty, link+"/refusal", url.Values{"reason": {"Use your full name"}}).wants(200, link).says(t, "Sent back by", "Use your full name")
	again := owner.get("/agreement")
	again.says(t, "has sent version 1 back", "Use your full name")
	owner.submitTo(again, "/agreement", url.Values{"name": {"Olivia Maria Owner"}, "consent": {"yes"}}).wants(200, "/agreement")
	link = success.get("/admin").Find(`table a[href^="/admin/annexes/"]`).AttrOr("href", "")
	form := success.get(link)
	if unticked := success.submitTo(form, link+"/countersignature", url.Values{"name": {"Sue"}}).wants(422, link+"/countersignature"); unticked.fieldError("consent") == "" || unticked.value("name") != "Sue" {
		t.Errorf("%q", unticked.fieldError("consent"))
	}
	success.submitTo(form, link+"/countersignature", url.Values{"name": {"Sue Success"}, "consent": {"yes"}}).wants(200, link).says(t, "Signed by both", "Sue Success")
	done := owner.get("/agreement")
	done.says(t, "The Annex is in force", "Sue Success", "Version 2")
	file := owner.get(done.Find(`a[href$="/pdf"]`).AttrOr("href", ""))
	if file.status != 200 || file.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d %v", file.status, file.header)
	}
	wholePDF(t, file)
	order := s.quote(t, "100")
	if placeable := s.as(t, modelstest.AcmeSeller).get(order); placeable.Find(`form[action="`+order+`/placement"]`).Length() != 1 {
		t.Error("the order can't be placed")
	}
}

// Two who rewrite the text at once: the second sees both versions, and nothing typed is lost.
func TestRewritingTheAnnex(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	success, boss := s.as(t, modelstest.VendorSuccess), s.as(t, modelstest.VendorAdministrator)
	const path = "/admin/annexes/text"
	mine, theirs := success.get(path).wants(200, path), boss.get(path)
	if wrong := success.submitTo(mine, path, url.Values{"body": {"For {{nobody}}"}}).wants(422, path); !strings.Contains(wrong.fieldError("body"), "{{nobody}}") || wrong.value("body") != "For {{nobody}}" {
		t.Errorf("%q", wrong.fieldError("body"))
	}
	preview := success.submitTo(mine, path, url.Values{"body": {"Mine, for {{account}}."}, "preview": {"yes"}}).wants(200, path)
	preview.says(t, "As an account reads it", "Mine, for Example IT.", "What changes")
	if preview.value("body") != "Mine, for {{account}}." || s.Count(t, "annex_templates", "1 = 1") != 1 {
		t.Error("a preview saves, or loses what was typed")
	}
	boss.submitTo(theirs, path, url.Values{"body": {"Theirs, for {{account}}."}}).wants(200, path)
	late := success.submitTo(preview, path, url.Values{"body": {"Mine, for {{account}}."}, "sign_again": {"yes"}}).wants(409, path)
	late.says(t, "What was saved in the meantime", "Theirs, for {{account}}.")
	if late.value("body") != "Mine, for {{account}}." {
		t.Errorf("%q", late.value("body"))
	}
	success.submitTo(late, path, nil).wants(200, path).says(t, "Version 3 is in use", "to be signed again")
	s.as(t, modelstest.AcmeOwner).get("/agreement").says(t, "To be signed again", "What has changed since you signed", "Mine, for Acme.")
	if support := s.as(t, modelstest.VendorSupport).get(path).wants(200, path); support.Find(`form[action="`+path+`"]`).Length() != 0 {
		t.Error("Support may rewrite the text")
	}
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"reselling/models"
	"reselling/models/modelstest"
)

func checkedNotices(p *page) (names []string) {
	p.Find(`input[name="notice"][checked]`).Each(func(_ int, box *goquery.Selection) { names = append(names, box.AttrOr("value", "")) })
	return names
}

func TestNotificationsPage(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	p := b.get("/me/notifications").wants(200, "/me/notifications")
	if p.heading() != "Your mails" || len(checkedNotices(p)) != len(models.Notices) || !strings.Contains(p.Find("main").Text(), "sam@acme.example") {
		t.Errorf("%q, checked %q", p.heading(), checkedNotices(p))
	}
	if text := p.Find("main").Text(); !strings.Contains(text, "can't be switched off") || !strings.Contains(text, "Your role was changed") || !strings.Contains(text, "sign-in from a new browser") {
		t.Error("the page does not show what always comes")
	}
	if link := b.get("/me").Find(`a[href="/me/notifications"]`); link.Length() == 0 {
		t.Error("the profile does not lead there")
	}
	token := url.Values{"csrf": {p.value("csrf")}}
	token["notice"] = []string{"trial_ended", "client_interest"}
	p = b.post("/me/notifications", token).wants(200, "/me/notifications")
	if got := strings.Join(checkedNotices(p), " "); got != "trial_ended client_interest" || !strings.Contains(p.flash(), "saved") {
		t.Errorf("checked %q, %q", got, p.flash())
	}
	delete(token, "notice")
	if p = b.post("/me/notifications", token).wants(200, "/me/notifications"); len(checkedNotices(p)) != 0 {
		t.Errorf("checked %q, want none", checkedNotices(p))
	}
	token["notice"] = []string{"password_changed"}
	if p = b.post("/me/notifications", token).wants(422, "/me/notifications"); p.problem() == "" {
		t.Error("a mail that can't be chosen is taken")
	}
	owner := s.as(t, modelstest.AcmeOwner).get("/activity").wants(200, "/activity")
	if text := owner.Find("main").Text(); !strings.Contains(text, "Sam Seller changed the mails they get of their profile") {
		t.Errorf("the event reads %q", text)
	}
	staff := s.as(t, modelstest.VendorFinance).get("/me/notifications").wants(200, "/me/notifications")
	if staff.Find(`input[name="notice"]`).Length() != 0 || !strings.Contains(staff.Find("main").Text(), "can't be switched off") {
		t.Error("staff are offered mails that never come")
	}
}

func TestUndeliveredMailOnThePages(t *testing.T) {
	s := newSite(t)
	issued, err := s.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	fine(t, err)
	m, _, err := s.KeepMail(t.Context(), models.System, models.Mail{
		DedupeKey: "trial_mail 1", Kind: "trial_mail", AccountID: modelstest.Acme, SubjectID: issued.Trial.ID, Recipient: "ingrid@initrode.example",
		Subject: "Your free trial", MessageID: "1@portal.example", HTML: "<p>Scene</p>", Body: "Scene",
	})
	fine(t, err)
	seller, viewer, staff := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeViewer), s.as(t, modelstest.VendorAdministrator)
	if p := seller.get("/"); strings.Contains(p.body, "could not be delivered") {
		t.Error("the dashboard complains of a mail that waits")
	}
	fine(t, s.MarkMailFailed(t.Context(), models.System, m.ID, "550 5.1.1 <script>no</script> such mailbox"))

	trial := "/trials/" + issued.Trial.ID
	p := seller.get(trial).wants(200, trial)
	if text := p.Find("main").Text(); !strings.Contains(text, "Mail to ingrid@initrode.example could not be delivered") || !strings.Contains(text, "550 5.1.1 <script>no</script> such mailbox") ||
		!strings.Contains(text, "The mail of the trial of Studio Pro for Initrode to ingrid@initrode.example could not be delivered") {
		t.Errorf("the trial reads %q", text)
	}
	if p.Find(`main .alert a[href="#email"]`).Length() != 1 || p.Find("#email").Length() != 1 || p.Find("main script").Length() != 0 {
		t.Error("the alert does not lead to the form")
	}
	if p := viewer.get(trial).wants(200, trial); !strings.Contains(p.body, "could not be delivered") || p.Find(`a[href="#email"]`).Length() != 0 {
		t.Error("who only reads sees no reason, or a form that is not there")
	}
	if p := seller.get("/").wants(200, "/"); !strings.Contains(p.Find("main .alert").Text(), "1 mail to a client could not be delivered") || p.Find(`main .alert a[href="`+trial+`"]`).Length() != 1 {
		t.Errorf("the dashboard reads %q", p.Find("main .alert").Text())
	}
	if p := seller.get("/trials?mail=failed").wants(200, "/trials"); p.Find("main tbody tr").Length() != 1 {
		t.Error("the list does not have the trial")
	}
	if p := staff.get("/admin/mail?state=failed").wants(200, "/admin/mail"); p.Find("main tbody tr").Length() != 1 || !strings.Contains(p.Find("main tbody").Text(), "such mailbox") {
		t.Error("the mail box does not say why")
	}
	if p := staff.get("/admin/mail/"+m.ID).wants(200, "/admin/mail/"+m.ID); !strings.Contains(p.Find("main").Text(), "Could not be delivered") {
		t.Error("the mail does not say that it failed")
	}
	if p := staff.get("/admin/mail?format=csv"); !strings.Contains(p.body, "550 5.1.1") {
		t.Error("the file does not say why")
	}
	p = seller.submitTo(seller.get(trial), trial+"/address", url.Values{"email": {"right@initrode.example"}}).wants(200, trial)
	if text := p.Find("main .alert").Text(); strings.Contains(text, "could not be delivered") {
		t.Errorf("corrected, and still %q", text)
	}
	if p := seller.get("/trials?mail=failed").wants(200, "/trials"); p.Find("main tbody tr").Length() != 0 || !strings.Contains(p.Find("main").Text(), "No trial fits") {
		t.Error("corrected, and still in the list")
	}
	if p := seller.get("/"); strings.Contains(p.Find("main .alert").Text(), "could not be delivered") {
		t.Error("corrected, and still on the dashboard")
	}
}

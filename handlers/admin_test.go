package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"reselling/models"
	"reselling/models/modelstest"
)

const hostileName = `<script>alert(1)</script> "=1+1" 🧪`

func keptMail(t *testing.T, s *site) models.Mail {
	t.Helper()
	link := s.Store.URL("/invitations/abc")
	m, _, err := s.KeepMail(context.Background(), models.System, models.Mail{
		DedupeKey: "d", Kind: "invitation_mail", Recipient: "uma@umbrella.example", Subject: hostileName, MessageID: "<1@portal.example>",
		HTML: "<!doctype html><html><head><title>x</title></head><body><script>alert(1)</script></body></html>",
		Body: "Open " + link + ".\nNot https://evil.example/x.",
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestStaffOpenTheirPages(t *testing.T) {
	s := newSite(t)
	mail := keptMail(t, s)
	account := "/admin/accounts/" + modelstest.Acme
	all := []string{"administrator", "success", "finance", "support"}
	managers := []string{"administrator", "success"}
	administrator := []string{"administrator"}
	pages := map[string]struct {
		heading string
		roles   []string
	}{
		"/admin": {"Work queue", all}, "/admin/accounts": {"Accounts", all}, "/admin/accounts/new": {"Add an account", managers}, account: {"Acme", all},
		account + "/edit": {"Edit Acme", managers}, account + "/plan": {"Change plan", managers}, account + "/plan?plan=gold": {"Change plan", managers}, account + "/plan?plan=none": {"Change plan", managers},
		account + "/suspension": {"Suspend Acme", managers}, "/admin/trials": {"Trials", all}, "/admin/trials?account=" + modelstest.Acme + "&month=2026-03&sort=-ends": {"Trials", all},
		"/admin/plans": {"Plans", all}, "/admin/plans/silver": {"Silver", all}, "/admin/products": {"Products", all}, "/admin/products/new": {"Add a product", administrator},
		"/admin/products/" + modelstest.StudioPro: {"Studio Pro", all}, "/admin/staff": {"Staff", all}, "/admin/mail": {"Mail box", administrator},
		"/admin/mail/" + mail.ID: {strings.TrimSpace(hostileName), administrator}, "/admin/jobs": {"Jobs", administrator}, "/admin/settings": {"Vendor", all},
		"/admin/accounts?q=zzz&sort=name": {"Accounts", all}, "/admin/jobs?state=failed": {"Jobs", administrator},
	}
	for _, role := range append(all, "owner") {
		b := s.as(t, modelstest.Cast[role])
		for path, want := range pages {
			may := false
			for _, r := range want.roles {
				may = may || r == role
			}
			p := b.get(path)
			switch {
			case may && (p.status != 200 || p.heading() != want.heading):
				t.Errorf("%s opens %s: %d %q, want %q", role, path, p.status, p.heading(), want.heading)
			case !may && p.status != 403:
				t.Errorf("%s opens %s: %d, want 403", role, path, p.status)
			}
			if p.Find("main script, main [style], main [onclick]").Length() > 0 {
				t.Errorf("%s has scripts or styles inside", path)
			}
		}
	}
	b := s.as(t, modelstest.VendorAdministrator)
	for _, path := range []string{"/admin/accounts/" + modelstest.StudioPro, "/admin/accounts/x", "/admin/plans/platinum", "/admin/products/" + modelstest.Acme, "/admin/mail/" + modelstest.Acme, "/admin/trials?account=" + modelstest.StudioPro, "/admin/accounts?after=x"} {
		if p := b.get(path); p.status != 404 {
			t.Errorf("%s: %d, want 404", path, p.status)
		}
	}
	for _, list := range []string{"accounts", "trials", "products", "staff", "mail", "jobs"} {
		if p := b.get("/admin/" + list + "?format=csv"); p.status != 200 || !strings.HasPrefix(p.header.Get("Content-Type"), "text/csv") {
			t.Errorf("%s as CSV: %d %s", list, p.status, p.header.Get("Content-Type"))
		}
	}
}

func TestStaffCreateAnAccountAndChangeIt(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.VendorSuccess)
	form := b.get("/admin/accounts/new")
	bad := b.submit(form, url.Values{"name": {hostileName}, "legal_name": {""}, "owner_email": {"uma@"}, "tax_rate": {"21,5"}}).wants(422, "/admin/accounts")
	if bad.fieldError("legal_name") == "" || bad.fieldError("owner_email") == "" || bad.value("name") != hostileName || bad.value("tax_rate") != "21,5" {
		t.Errorf("problem %q, name %q", bad.problem(), bad.value("name"))
	}
	page := b.submit(bad, url.Values{"legal_name": {"Umbrella"}, "owner_email": {"uma@umbrella.example"}})
	if page.status != 200 || page.heading() != hostileName || !strings.Contains(page.flash(), "uma@umbrella.example") || !strings.Contains(page.Find("main").Text(), "has not accepted yet") {
		t.Fatalf("%d at %s: %q %q", page.status, page.path, page.heading(), page.flash())
	}
	account := page.path
	if p := b.submitTo(page, account+"/owner-invitation/resending", nil).wants(200, account); !strings.Contains(p.flash(), "A new link") {
		t.Errorf("flash = %q", p.flash())
	}
	if p := b.submitTo(page, account+"/owner-invitation", url.Values{"owner_email": {"x"}}).wants(422, account+"/owner-invitation"); p.fieldError("owner_email") == "" || p.value("owner_email") != "x" {
		t.Errorf("no address is taken: %q", p.problem())
	}

	first, second := b.get(account+"/edit"), b.get(account+"/edit")
	b.submit(first, url.Values{"name": {"Umbrella One"}}).wants(200, account)
	conflict := b.submit(second, url.Values{"name": {"Umbrella Two"}}).wants(409, account+"/edit")
	if text := conflict.Find("caption").Parent().Text(); !strings.Contains(text, "Umbrella One") || !strings.Contains(text, "Umbrella Two") || conflict.value("name") != "Umbrella Two" {
		t.Errorf("both versions are not shown: %q", text)
	}
	if p := b.submit(conflict, nil).wants(200, account); p.heading() != "Umbrella Two" {
		t.Errorf("heading = %q", p.heading())
	}

	preview := b.get(account + "/plan?plan=gold")
	if text := preview.Find("table").Text(); !strings.Contains(text, "75 %") || !strings.Contains(text, "45") {
		t.Errorf("preview = %q", text)
	}
	changed := b.submit(preview, nil).wants(200, account)
	if !strings.Contains(changed.Find("aside").Text(), "Gold") {
		t.Error("the account is not on Gold")
	}
	b.submit(preview, nil).wants(409, account+"/plan")

	suspension := b.get(account + "/suspension")
	b.submit(suspension, url.Values{"reason": {" "}}).wants(422, account+"/suspension")
	if p := b.submit(suspension, url.Values{"reason": {"Unpaid."}}).wants(200, account); !strings.Contains(p.Find("main").Text(), "Unpaid.") {
		t.Error("the reason is not shown")
	}
	b.submit(b.get(account+"/resumption"), url.Values{"reason": {"Paid."}}).wants(200, account)
}

func TestPlansProductsStaffAndVendorByForm(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.VendorAdministrator)
	plan := b.get("/admin/plans/gold")
	b.submit(plan, url.Values{"holds_from": {"2020-01-01"}}).wants(422, "/admin/plans/gold/terms")
	added := b.submit(plan, url.Values{"holds_from": {"2026-05-01"}, "percentage": {"80"}}).wants(200, "/admin/plans/gold")
	if !strings.Contains(added.Find("main").Text(), "80 %") {
		t.Error("the new terms are not listed")
	}
	withdrawal := added.Find(`form[action$="/withdrawal"]`).AttrOr("action", "")
	b.submitTo(added, withdrawal, nil).wants(200, "/admin/plans/gold")

	product := b.submit(b.get("/admin/products/new"), url.Values{"code": {"flow"}, "name": {hostileName}})
	if product.status != 200 || product.heading() != hostileName {
		t.Fatalf("%d at %s %s", product.status, product.path, product.problem())
	}
	b.submit(b.get("/admin/products/new"), url.Values{"code": {"flow"}, "name": {"Other"}}).wants(409, "/admin/products")
	stale := b.get(product.path)
	b.submitTo(product, product.path, url.Values{"name": {"Flow"}}).wants(200, product.path)
	b.submitTo(stale, product.path, url.Values{"name": {"Flux"}}).wants(409, product.path)
	b.submitTo(b.get(product.path), product.path+"/archival", nil).wants(200, product.path)
	b.submitTo(b.get(product.path), product.path+"/restoration", nil).wants(200, product.path)

	staff := b.get("/admin/staff")
	invited := b.submitTo(staff, "/admin/staff/invitations", url.Values{"email": {"new@vendor.example"}, "role": {"finance"}}).wants(200, "/admin/staff")
	if !strings.Contains(invited.Find("main").Text(), "new@vendor.example") {
		t.Error("the invitation is not listed")
	}
	b.submitTo(staff, "/admin/staff/invitations", url.Values{"email": {"x"}}).wants(422, "/admin/staff/invitations")
	b.submitTo(staff, "/admin/staff/"+modelstest.VendorSupport.UserID+"/role", url.Values{"role": {"finance"}}).wants(200, "/admin/staff")
	support := s.as(t, modelstest.VendorSupport)
	b.submitTo(staff, "/admin/staff/"+modelstest.VendorSupport.UserID+"/removal", nil).wants(200, "/admin/staff")
	support.get("/admin").wants(200, "/login")

	b.submit(b.get("/admin/settings"), url.Values{"country": {"US"}, "customer_success_phone": {"+1 555"}}).wants(200, "/admin/settings")
	b.submit(b.get("/admin/settings"), url.Values{"website": {"javascript:1"}}).wants(422, "/admin/settings")
}

func TestMailIsShownWithoutPower(t *testing.T) {
	s := newSite(t)
	m := keptMail(t, s)
	b := s.as(t, modelstest.VendorAdministrator)
	p := b.get("/admin/mail/"+m.ID).wants(200, "/admin/mail/"+m.ID)
	if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-src 'self'") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("policy = %s", csp)
	}
	if other := b.get("/admin/mail"); strings.Contains(other.header.Get("Content-Security-Policy"), "frame-src") {
		t.Error("other pages may frame too")
	}
	var links []string
	p.Find("main p a").Each(func(_ int, a *goquery.Selection) { links = append(links, a.AttrOr("href", "")) })
	if len(links) != 1 || links[0] != s.Store.URL("/invitations/abc") {
		t.Errorf("links = %v", links)
	}
	if frame := p.Find("iframe"); frame.AttrOr("src", "") != "/admin/mail/"+m.ID+"/html" || strings.Contains(frame.AttrOr("sandbox", "allow-scripts"), "allow-scripts") {
		t.Error("the frame is not powerless")
	}
	html := b.get("/admin/mail/" + m.ID + "/html")
	csp := html.header.Get("Content-Security-Policy")
	if html.status != http.StatusOK || !strings.HasPrefix(csp, "sandbox") || strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "script-src") || !strings.Contains(csp, "frame-ancestors 'self'") ||
		html.header.Get("X-Frame-Options") != "SAMEORIGIN" || html.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d, policy %s, %v", html.status, csp, html.header)
	}
	if p := s.as(t, modelstest.VendorSuccess).get("/admin/mail/" + m.ID + "/html"); p.status != 403 {
		t.Errorf("Customer Success reads mail: %d", p.status)
	}
}

package handlers_test

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"

	"reselling/models/modelstest"
)

func TestActivityTellsWhatHappened(t *testing.T) {
	s := newSite(t)
	seller, owner := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeOwner)
	path := "/clients/" + modelstest.AcmeClient
	seller.submit(seller.get(path+"/edit"), url.Values{"contact_name": {"=cmd|' /C calc'!A0"}}).wants(200, path)

	page := owner.get("/activity?kind=clients").wants(200, "/activity")
	if page.heading() != "Activity" {
		t.Errorf("heading %q", page.heading())
	}
	row := page.Find("tbody tr").First()
	text := strings.Join(strings.Fields(row.Text()), " ")
	for _, want := range []string{"Sam Seller changed the contact of the client Initrode", "2 Mar 2026, 11:00 (Madrid)", "Ingrid Rode", "→", "=cmd|' /C calc'!A0"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %s", want, text)
		}
	}
	if row.Find("details dd del").Length() == 0 || row.Find(`a[href="`+path+`"]`).Length() == 0 {
		t.Error("no disclosure of what was before, or no way to the client")
	}

	file := owner.get("/activity?kind=clients&format=csv")
	if file.header.Get("Content-Type") != "text/csv; charset=utf-8" || file.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", file.header)
	}
	table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\ufeff"))).ReadAll()
	if err != nil || len(table) != 2 || table[1][2] != "Sam Seller changed the contact of the client Initrode" || table[1][6] != "Contact: Ingrid Rode" {
		t.Errorf("%q, %v", table, err)
	}

	for query, want := range map[string]string{"?q=nobody": "Nothing fits", "?person=00000000-0000-7000-8000-000000000000": "Nothing fits", "?to=2020-01-01": "Nothing fits"} {
		if got := owner.get("/activity" + query).Find(".empty h2").Text(); got != want {
			t.Errorf("%s: %q", query, got)
		}
	}
	if p := owner.get("/activity?person=%27&kind=x&from=yesterday&after=nonsense"); p.status != 404 {
		t.Errorf("a broken page key: %d", p.status)
	}
}

func TestAdminSeesTheTeamsActivityOnly(t *testing.T) {
	s := newSite(t)
	seller := s.as(t, modelstest.AcmeSeller)
	path := "/clients/" + modelstest.AcmeClient
	seller.submit(seller.get(path+"/edit"), url.Values{"notes": {"secret"}}).wants(200, path)
	admin := s.as(t, modelstest.AcmeAdmin)
	for _, query := range []string{"", "?kind=clients", "?format=csv", "?q=initrode", "?account=" + modelstest.Globex} {
		if p := admin.get("/activity" + query); p.status != 200 || strings.Contains(p.Find("#results").Text()+p.Find("p").Text(), "Initrode") {
			t.Errorf("%s shows an Admin the clients: %d", query, p.status)
		}
	}
	if p := seller.get("/activity"); p.status != 403 || !strings.Contains(p.body, "Olivia Owner") {
		t.Errorf("a Seller: %d", p.status)
	}
}

func TestStaffSeeAllEvents(t *testing.T) {
	s := newSite(t)
	acme, globex := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.GlobexOwner)
	acme.submit(acme.get("/clients/new"), url.Values{"company": {"Hooli"}, "email": {"a@hooli.example"}})
	globex.submit(globex.get("/clients/new"), url.Values{"company": {"Piper"}, "email": {"a@piper.example"}})
	staff := s.as(t, modelstest.VendorSupport)
	page := staff.get("/admin/events?kind=clients").wants(200, "/admin/events")
	if text := page.Find("tbody").Text(); !strings.Contains(text, "added the client Hooli") || !strings.Contains(text, "added the client Piper") || !strings.Contains(text, "(New York)") {
		t.Errorf("events: %s", text)
	}
	page = staff.get("/admin/events?kind=clients&account=" + modelstest.Globex)
	if text := page.Find("tbody").Text(); strings.Contains(text, "Hooli") || !strings.Contains(text, "Piper") || !strings.Contains(text, "Globex") {
		t.Errorf("events of Globex: %s", text)
	}
	if file := staff.get("/admin/events?kind=clients&format=csv&account=" + modelstest.Globex); strings.Contains(file.body, "Hooli") || !strings.Contains(file.body, ",Globex,") {
		t.Errorf("export: %s", file.body)
	}
	if p := acme.get("/admin/events"); p.status != 403 {
		t.Errorf("a Seller: %d", p.status)
	}
}

func TestExportOfClientsOpensWithoutFormulas(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	hostile := "=HYPERLINK(\"http://evil.example\",\"x\")"
	b.submit(b.get("/clients/new"), url.Values{"company": {hostile}, "contact_name": {"@x"}, "email": {"a@hooli.example"}, "tax_id": {"+1"}, "reference": {"-1+1"}, "notes": {"a\r\n=b"}, "address": {"=1+1"}})
	file := b.get("/clients?format=csv&q=hyperlink")
	table, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\ufeff"))).ReadAll()
	if err != nil || len(table) != 2 {
		t.Fatalf("%q, %v", table, err)
	}
	row := map[string]string{}
	for i, name := range table[0] {
		row[name] = table[1][i]
	}
	for name, want := range map[string]string{
		"Company": "'" + hostile, "Contact": "'@x", "Mail address": "a@hooli.example", "Country": "", "Tax id": "'+1", "Website": "", "Address": "'=1+1", "Reference": "'-1+1",
		"Notes": "a\n=b", "Trials": "0", "Running trials": "0", "Added (UTC)": "2026-03-02T10:00:00Z", "Archived (UTC)": "",
	} {
		if row[name] != want {
			t.Errorf("%s: %q, want %q", name, row[name], want)
		}
	}
	if name := file.header.Get("Content-Disposition"); name != `attachment; filename="clients.csv"` {
		t.Errorf("Content-Disposition %q", name)
	}
	if p := s.as(t, modelstest.AcmeMember).get("/clients?format=csv"); p.status != 403 || !strings.Contains(p.header.Get("Content-Type"), "html") {
		t.Errorf("outside the team: %d %s", p.status, p.header.Get("Content-Type"))
	}
}

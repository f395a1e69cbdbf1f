package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"reselling/models"
	"reselling/models/modelstest"
)

func TestSellerAddsAClient(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	list := b.get("/clients").wants(200, "/clients")
	if got := list.heading(); got != "Clients" {
		t.Errorf("heading %q", got)
	}
	if list.Find(`td.main a[href="/clients/`+modelstest.AcmeClient+`"]`).Text() != "Initrode" {
		t.Errorf("the list does not lead to Initrode: %s", list.Find("tbody").Text())
	}
	form := b.get("/clients/new").wants(200, "/clients/new")
	page := b.submit(form, url.Values{
		"company": {"Hooli, Inc."}, "contact_name": {"Gavin B"}, "email": {"gavin@hooli.example"}, "country": {"US"}, "tax_id": {"12-345"},
		"website": {"hooli.example"}, "address": {"1 Hooli Way\r\nSilicon Valley"}, "reference": {"CRM-7"}, "notes": {"Big.\r\nImpatient."},
	})
	page.wants(200, page.path)
	if !strings.HasPrefix(page.path, "/clients/") || page.heading() != "Hooli, Inc." || page.flash() != "Hooli, Inc. is added to your clients." {
		t.Fatalf("after creating: %s, %q, %q", page.path, page.heading(), page.flash())
	}
	text := strings.Join(strings.Fields(page.Find("aside .dl").Text()), " ")
	for _, want := range []string{"gavin@hooli.example", "Gavin B", "United States", "https://hooli.example", "12-345", "CRM-7", "Silicon Valley", "Impatient.", "by Sam Seller"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q: %s", want, text)
		}
	}
	if website := page.Find(`a[href="https://hooli.example"]`); website.AttrOr("rel", "") != "noopener noreferrer nofollow" {
		t.Errorf("website link: rel %q", website.AttrOr("rel", ""))
	}
	if page.Find(`a[href="mailto:gavin@hooli.example"]`).Length() != 1 {
		t.Error("no mail link")
	}
	if history := page.Find(".timeline").Text(); !strings.Contains(history, "Sam Seller added the client Hooli, Inc.") || !strings.Contains(history, "(Madrid)") {
		t.Errorf("history: %s", history)
	}
	id := strings.TrimPrefix(page.path, "/clients/")
	for _, href := range []string{"/trials/new?client=" + id, "/clients/" + id + "/edit"} {
		if page.Find(`a[href="`+href+`"]`).Length() == 0 {
			t.Errorf("no way to %s", href)
		}
	}
}

func TestRefusedClientFormKeepsItsInput(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	page := b.submit(b.get("/clients/new"), url.Values{"company": {""}, "email": {"nobody"}, "website": {"javascript:alert(1)"}, "country": {"XX"}, "notes": {"<b>kept</b>"}})
	page.wants(422, "/clients")
	for field, want := range map[string]string{
		"company": "Enter the client's company name.", "email": "This is not a complete mail address.", "website": "A website begins with https://", "country": "Choose a country",
	} {
		if got := page.fieldError(field); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", field, got)
		}
	}
	if page.value("email") != "nobody" || page.value("notes") != "<b>kept</b>" || page.value("website") != "javascript:alert(1)" {
		t.Errorf("the input is lost: %q, %q", page.value("email"), page.value("notes"))
	}
	if page.Find("[data-summary]").Length() != 1 {
		t.Error("no summary of what is wrong")
	}
	// The refusal has not used up the request key.
	page = b.submit(page, url.Values{"company": {"Hooli"}, "email": {"info@hooli.example"}, "website": {""}, "country": {""}})
	page.wants(200, page.path)
	if page.heading() != "Hooli" {
		t.Errorf("heading %q", page.heading())
	}
	if n := s.Count(t, "clients", "company = ?", "Hooli"); n != 1 {
		t.Errorf("%d clients", n)
	}
}

func TestSecondClientOfTheSameKindIsOfferedTheFirst(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	page := b.submit(b.get("/clients/new"), url.Values{"company": {"Another name"}, "email": {"Ingrid@Initrode.example"}, "notes": {"kept"}})
	page.wants(409, "/clients")
	if link := page.Find(`main form a[href="/clients/` + modelstest.AcmeClient + `"]`); link.Text() != "Initrode" {
		t.Errorf("no link to Initrode: %s", page.problem())
	}
	if text := strings.Join(strings.Fields(page.Find("form .alert li").Text()), " "); !strings.Contains(text, "same mail address") {
		t.Errorf("it does not say why: %s", text)
	}
	if page.value("notes") != "kept" || page.value("company") != "Another name" {
		t.Error("the input is lost")
	}
	if again := b.submit(page, nil); again.status != 409 {
		t.Errorf("unconfirmed: %d", again.status)
	}
	created := b.submit(page, url.Values{"duplicate": {"accept"}})
	if created.status != 200 || created.heading() != "Another name" {
		t.Fatalf("confirmed: %d %s", created.status, created.problem())
	}
	if text := created.Find(".alert").Text(); !strings.Contains(text, "same mail address") {
		t.Errorf("the new client's page does not warn: %s", text)
	}
}

func TestSameDomainOnlyWarns(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	page := b.submit(b.get("/clients/new"), url.Values{"company": {"Initrode Nordic"}, "email": {"olaf@initrode.example"}})
	page.wants(200, page.path)
	if text := strings.Join(strings.Fields(page.Find(".alert").Text()), " "); !strings.Contains(text, "Initrode (ingrid@initrode.example): same domain") {
		t.Errorf("no warning: %s", text)
	}
}

func TestTwoPeopleEditOneClient(t *testing.T) {
	s := newSite(t)
	path := "/clients/" + modelstest.AcmeClient
	first, second := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeOwner)
	one, two := first.get(path+"/edit").wants(200, path+"/edit"), second.get(path+"/edit")
	first.submit(one, url.Values{"contact_name": {"Irene Rode"}, "notes": {"By Sam"}}).wants(200, path)
	refused := second.submit(two, url.Values{"contact_name": {"Ingmar Rode"}, "reference": {"R-1"}}).wants(409, path)
	versions := map[string][]string{}
	refused.Find("main form table tbody tr").Each(func(_ int, row *goquery.Selection) {
		cells := row.Find("td")
		versions[cells.Eq(0).Text()] = []string{strings.TrimSpace(cells.Eq(1).Text()), strings.TrimSpace(cells.Eq(2).Text())}
	})
	for label, want := range map[string][2]string{"Contact": {"Irene Rode", "Ingmar Rode"}, "Notes": {"By Sam", "–"}, "Your reference": {"–", "R-1"}} {
		if got := versions[label]; len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: %q, want %q", label, got, want)
		}
	}
	if len(versions) != 3 {
		t.Errorf("the versions differ in %v", versions)
	}
	saved := second.submit(refused, nil).wants(200, path)
	if text := saved.Find("aside").Text(); !strings.Contains(text, "Ingmar Rode") || strings.Contains(text, "By Sam") {
		t.Errorf("saved: %s", text)
	}
}

func TestArchiveAndRestore(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	path := "/clients/" + modelstest.AcmeClient
	page := b.get(path)
	if text := page.Find("#archive .lead").Text(); !strings.Contains(text, "gets no new trials") {
		t.Errorf("the question does not say what happens: %q", text)
	}
	page = b.submitTo(page, path+"/archival", nil).wants(200, path)
	if page.Find(".page-badge").Text() != "Archived" || page.Find(`a[href^="/trials/new"]`).Length() > 0 {
		t.Error("the archived client's page offers a trial, or does not say that it is archived")
	}
	if list := b.get("/clients"); strings.Contains(list.Find("main").Text(), "ingrid@") || list.Find(".empty h2").Text() != "No clients yet" {
		t.Errorf("the list: %s", list.Find("main").Text())
	}
	if list := b.get("/clients?show=archived"); list.Find(`tbody a[href="`+path+`"]`).Length() == 0 {
		t.Error("the archived client is not found")
	}
	b.submitTo(page, path+"/restoration", nil).wants(200, path)
	if list := b.get("/clients"); list.Find(`tbody a[href="`+path+`"]`).Length() == 0 {
		t.Error("the restored client is not listed")
	}
}

func TestClientsOfOthersAreNotThere(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.GlobexOwner)
	path := "/clients/" + modelstest.AcmeClient
	token := url.Values{"csrf": {b.get("/clients").Find("input[name=csrf]").First().AttrOr("value", "")}, "company": {"Mine"}, "email": {"a@b.example"}, "version": {"1"}}
	for _, get := range []string{path, path + "/edit", "/clients/nonsense"} {
		if p := b.get(get); p.status != 404 {
			t.Errorf("GET %s: %d", get, p.status)
		}
	}
	for _, post := range []string{path, path + "/archival", path + "/restoration"} {
		if p := b.post(post, token); p.status != 404 {
			t.Errorf("POST %s: %d", post, p.status)
		}
	}
	if n := s.Count(t, "clients", "id = ? AND company = ? AND version = 1 AND archived_at IS NULL", modelstest.AcmeClient, "Initrode"); n != 1 {
		t.Error("another account's client was changed")
	}
}

func TestSearchWhileTypingGetsThePartOnly(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeViewer)
	req, err := http.NewRequest(http.MethodGet, b.base+"/clients?q=INITRÓDE", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	part := b.do(req)
	if part.Find("h1").Length() > 0 || part.Find("#results tbody tr").Length() != 1 {
		t.Errorf("the part: %s", part.body)
	}
	if export := part.Find("#filter-end a[download]").AttrOr("href", ""); export != "/clients?format=csv&q=INITR%C3%93DE" {
		t.Errorf("the export of what is found is at %q", export)
	}
	if whole := b.get("/clients?q=nobody"); whole.Find(".empty h2").Text() != "No client fits" || whole.heading() != "Clients" {
		t.Error("the page without scripts differs")
	}
	if b.get("/clients").Find(`a[href="/clients/new"]`).Length() > 0 {
		t.Error("a Viewer is offered to add clients")
	}
}

// The client's page leads to its orders and invoices, and to no other client's.
func TestClientPageShowsOrdersAndInvoices(t *testing.T) {
	s := newSite(t)
	page, other := "/clients/"+modelstest.AcmeClient, "/clients/"+newScenes(s).client(t)
	order := s.billableOrder(t)
	seller, viewer := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeViewer)
	early := seller.get(page).wants(200, page)
	early.says(t, "Orders", "Placed", "800.00 EUR")
	if strings.Contains(words(early), "Invoices to this client") || early.Find(`a[href="/orders?client=`+modelstest.AcmeClient+`"]`).Length() != 0 {
		t.Error("the page shows what is not there")
	}
	i, err := s.IssueClientInvoice(t.Context(), modelstest.AcmeSeller, models.ClientInvoiceEntry{OrderID: order, TaxRate: "21", DueOn: "2026-03-20"})
	fine(t, err)
	for _, b := range []*browser{seller, viewer} {
		p := b.get(page).wants(200, page)
		p.says(t, "Invoices to this client", i.Number)
		if p.Find(`a[href="/orders/`+order+`"]`).Length() == 0 || p.Find(`a[href="/client-invoices/`+i.ID+`"]`).Length() != 1 {
			t.Error("the page leads to neither order nor invoice")
		}
	}
	if p := seller.get(other).wants(200, other); strings.Contains(p.body, order) || strings.Contains(p.body, i.Number) {
		t.Error("another client's page shows them, too")
	}
	for range models.PageSize {
		s.quote(t, "1")
	}
	full := seller.get(page).wants(200, page)
	all := full.Find(`a[href="/orders?client=`+modelstest.AcmeClient+`"]`).AttrOr("href", "")
	if all == "" || full.Find(`table a[href^="/orders/"]`).Length() != models.PageSize {
		t.Fatalf("%q leads to all orders", all)
	}
	seller.get(all).wants(200, "/orders").says(t, "Initrode")
}

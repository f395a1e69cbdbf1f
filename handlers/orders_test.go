package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// The price request's way through the pages: the Seller asks, Customer Success
// quotes, the Seller sees the net settlement and withdraws, then asks again.
func TestPriceRequestThroughThePages(t *testing.T) {
	s := newSite(t)
	seller, success := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.VendorSuccess)

	form := seller.get("/orders/new?client="+modelstest.AcmeClient).wants(200, "/orders/new")
	if form.Find("#product_0").Length() != 1 || form.Find("#product_2").Length() != 1 || form.Find("#client_id option[selected]").AttrOr("value", "") != modelstest.AcmeClient {
		t.Error("the form does not begin with three rows and the client")
	}
	bad := seller.submitTo(form, "/orders", url.Values{"product": {"studio-pro", "", ""}, "seats": {"10", "3", ""}, "quarters": {"13", "", ""}, "note": {"Soon"}}).wants(422, "/orders")
	if bad.fieldError("quarters_0") == "" || bad.fieldError("product_1") == "" || bad.fieldError("product_2") != "" || bad.value("note") != "Soon" || bad.Find("#seats_0").AttrOr("value", "") != "10" {
		t.Errorf("errors %q, %q, note %q", bad.fieldError("quarters_0"), bad.fieldError("product_1"), bad.value("note"))
	}
	for _, link := range bad.Find("[data-summary] a").EachIter() {
		if bad.Find(link.AttrOr("href", "none")).Length() != 1 {
			t.Errorf("the summary leads to %s, which is not there", link.AttrOr("href", ""))
		}
	}
	asked := seller.submitTo(bad, "/orders", url.Values{"product": {"studio-pro", "orchestrator-saas"}, "seats": {"1", "3"}, "quarters": {"1", "4"}})
	if asked.status != 200 || !strings.HasPrefix(asked.path, "/orders/") || !strings.Contains(asked.flash(), "Customer Success has a mail") || asked.heading() != "Initrode" || !strings.Contains(asked.Text(), "Customer Success quotes next") {
		t.Fatalf("%d at %s: %q", asked.status, asked.path, asked.flash())
	}
	order := strings.TrimPrefix(asked.path, "/orders/")
	if strings.Contains(asked.Text(), "Net settlement") {
		t.Error("a settlement without a price")
	}

	if queue := success.get("/admin"); queue.Find(`a[href="/admin/orders/`+order+`"]`).Length() != 1 {
		t.Error("the work queue does not show it")
	}
	page := success.get("/admin/orders/"+order).wants(200, "/admin/orders/"+order)
	if page.value("valid_until") != "2026-03-31" {
		t.Errorf("valid until %q", page.value("valid_until"))
	}
	action := "/admin/orders/" + order + "/quote"
	wrong := success.submitTo(page, action, url.Values{"unit_price": {"99,999", "0.05"}, "note": {"Ours"}}).wants(422, action)
	if wrong.fieldError("unit_price_0") == "" || wrong.fieldError("unit_price_1") != "" || wrong.Find("#unit_price_0").AttrOr("value", "") != "99,999" || wrong.value("note") != "Ours" {
		t.Errorf("error %q, note %q", wrong.fieldError("unit_price_0"), wrong.value("note"))
	}
	if done := success.submitTo(wrong, action, url.Values{"unit_price": {"99,99", "0.05"}}); done.status != 200 || !strings.Contains(done.flash(), "on its way") {
		t.Fatalf("%d %q %q", done.status, done.flash(), done.problem())
	}
	late := success.submitTo(page, action, url.Values{"unit_price": {"1", "1"}, "request_key": {"another"}}).wants(409, action)
	if !strings.Contains(late.problem(), "Somebody else has quoted") || late.Find("#unit_price_0").AttrOr("value", "") != "1" || !strings.Contains(late.Text(), "99.99 EUR") {
		t.Errorf("%q", late.problem())
	}

	for _, who := range []models.Actor{modelstest.AcmeSeller, modelstest.AcmeViewer} {
		text := strings.Join(strings.Fields(s.as(t, who).get("/orders/"+order).Text()), " ")
		for _, want := range []string{"Quoted, valid through 31 Mar 2026 (Madrid)", "100.59 EUR", "Silver (this plan)", "50.30 EUR", "50.29 EUR", "10.06 EUR", "90.53 EUR", "75.44 EUR", "25.15 EUR", "Ours"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not read %q", who.Name, want)
			}
		}
	}
	list := seller.get("/orders?state=quoted")
	if !strings.Contains(list.Text(), "100.59 EUR") || !strings.Contains(seller.get("/orders?state=quoted&format=csv").body, ",100.59") {
		t.Error("the list has no full price")
	}
	if empty := seller.get("/orders?state=lapsed"); !strings.Contains(empty.Text(), "No order fits") {
		t.Error("the filter finds it")
	}

	withdrawn := seller.submitTo(seller.get("/orders/"+order), "/orders/"+order+"/cancellation", url.Values{"reason": {"Too dear"}})
	if !strings.Contains(withdrawn.flash(), "withdrawn") || !strings.Contains(withdrawn.Text(), "Too dear") {
		t.Errorf("%q", withdrawn.flash())
	}
	again := seller.get("/orders/new?again="+order).wants(200, "/orders/new")
	if again.Find("#seats_1").AttrOr("value", "") != "3" || again.Find("#quarters_1").AttrOr("value", "") != "4" || again.Find("#product_1 option[selected]").AttrOr("value", "") != "orchestrator-saas" {
		t.Error("asking again begins with an empty form")
	}
	next := seller.submitTo(again, "/orders", nil)
	if next.path == withdrawn.path || next.Find(`a[href="/orders/`+order+`"]`).Length() != 1 {
		t.Errorf("asked again: %s", next.path)
	}
	declined := success.submitTo(success.get("/admin"+next.path), "/admin"+next.path+"/refusal", url.Values{"reason": {"Not sold there"}})
	if !strings.Contains(declined.flash(), "declined") || !strings.Contains(seller.get(next.path).Text(), "Not sold there") {
		t.Errorf("%q", declined.flash())
	}
}

// Where the price list has the price, the form shows the settlement before
// anything is sent, and the quote is there at once.
func TestPriceListOnThePages(t *testing.T) {
	s := newSite(t)
	seller, success := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.VendorSuccess)
	form := success.get("/admin/prices/new?account="+modelstest.Acme).wants(200, "/admin/prices/new")
	bad := success.submitTo(form, "/admin/prices", url.Values{"product": {"studio-pro"}, "unit_price": {"a lot"}}).wants(422, "/admin/prices")
	if bad.fieldError("unit_price") == "" || bad.value("unit_price") != "a lot" {
		t.Errorf("error %q", bad.fieldError("unit_price"))
	}
	listed := success.submitTo(bad, "/admin/prices", url.Values{"unit_price": {"100"}})
	if listed.path != "/admin/prices" || !strings.Contains(listed.Text(), "100.00 EUR") || !strings.Contains(listed.Text(), "In force") {
		t.Fatalf("%s %q %q", listed.path, listed.flash(), listed.problem())
	}
	if twice := success.submitTo(success.get("/admin/prices/new?account="+modelstest.Acme), "/admin/prices", url.Values{"product": {"studio-pro"}, "unit_price": {"90"}}); twice.status != 409 {
		t.Errorf("two prices for the same days: %d", twice.status)
	}

	draft := seller.get("/orders/new?client=" + modelstest.AcmeClient)
	draft.Find(`form[action="/orders"]`).SetAttr("action", "/orders/new")
	preview := seller.submitTo(draft, "/orders/new", url.Values{"product": {"studio-pro", "", ""}, "seats": {"2", "", ""}, "quarters": {"4", "", ""}}).wants(200, "/orders/new")
	text := strings.Join(strings.Fields(preview.Find("#preview").Text()), " ")
	for _, want := range []string{"answers this at once", "31 Mar 2026 (Madrid)", "800.00 EUR", "Silver (this plan)", "400.00 EUR", "Bronze", "720.00 EUR", "Gold", "600.00 EUR"} {
		if !strings.Contains(text, want) {
			t.Errorf("the preview does not say %q: %s", want, text)
		}
	}
	if s.Count(t, "orders", "1 = 1") != 0 {
		t.Error("a preview has sent it")
	}
	half := seller.submitTo(draft, "/orders/new", url.Values{"product": {"studio-pro", "orchestrator-saas"}, "seats": {"2", "1"}, "quarters": {"4", "1"}})
	if !strings.Contains(half.Find("#preview").Text(), "only a part of this") {
		t.Error("half an answer looks like one")
	}
	quoted := seller.submitTo(preview, "/orders", nil)
	if !strings.Contains(quoted.flash(), "The price list has the answer") || !strings.Contains(quoted.Text(), "Quoted, valid through 31 Mar 2026") {
		t.Errorf("%s: %q %q", quoted.path, quoted.flash(), quoted.problem())
	}
	ended := success.submitTo(listed, listed.Find(`form[action$="/ending"]`).AttrOr("action", ""), nil)
	if !strings.Contains(ended.Text(), "Ended") || ended.Find(`form[action$="/ending"]`).Length() != 0 {
		t.Errorf("%q", ended.flash())
	}
	if csv := success.get("/admin/prices?format=csv&state=ended").body; !strings.Contains(csv, "Studio Pro,Acme,EUR,100.00,Ended") {
		t.Errorf("%q", csv)
	}
}

func TestPriceFromATrial(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeSeller)
	trial := b.submitTo(b.get("/trials/new"), "/trials", newTrial)
	link := trial.Find(`a[href^="/orders/new?trial="]`).AttrOr("href", "")
	form := b.get(link).wants(200, "/orders/new")
	if !strings.Contains(form.Text(), "Going on with a trial") || form.Find("#product_0 option[selected]").AttrOr("value", "") != "studio-pro" {
		t.Error("the form does not begin with the trial")
	}
	order := b.submitTo(form, "/orders", nil)
	if order.Find(`a[href="`+trial.path+`"]`).Length() != 1 {
		t.Errorf("%s does not lead to the trial: %q", order.path, order.problem())
	}
	twice := b.submitTo(b.get(link), "/orders", nil).wants(409, "/orders")
	if twice.Find(`a[href="`+order.path+`"]`).Length() == 0 {
		t.Error("no way to the order that asks already")
	}
	if client := b.get("/clients/" + modelstest.AcmeClient); client.Find(`a[href="/orders/new?client=`+modelstest.AcmeClient+`"]`).Length() == 0 {
		t.Error("the client's page leads to no price request")
	}
	if billing := s.as(t, modelstest.AcmeBilling).get(trial.path); billing.Find(`a[href^="/orders/new"]`).Length() != 0 {
		t.Error("Billing is offered a price request")
	}
}

// The margin can be tried with a discount, by a plain form; what is chosen goes
// into the proposal and into the client's invoice.
func TestMarginOfAnOrder(t *testing.T) {
	s := newSite(t)
	sc := newScenes(s)
	order := "/orders/" + sc.quotedOrder(t)
	seller := s.as(t, modelstest.AcmeSeller)
	page := seller.get(order).wants(200, order)
	most := page.Find("#discount").AttrOr("max", "")
	if most == "" || page.Find("#discount").AttrOr("value", "") != "0.00" || page.Find("input[type=range]").AttrOr("data-most", "") != most || page.Find("input[type=range][name]").Length() != 0 {
		t.Fatalf("%s", words(page))
	}
	page = seller.get(order+"?discount=1.50").wants(200, order)
	if got := words(page); page.Find("#discount").AttrOr("value", "") != "1.50" || !strings.Contains(got, "− 1.50 EUR") || !strings.Contains(got, "Your margin") {
		t.Errorf("%s", got)
	}
	link := page.Find(`a[href*="/proposal/pdf?discount=1.50"]`).AttrOr("href", "")
	if file := seller.get(link); file.status != 200 || !strings.HasPrefix(file.body, "%PDF-") {
		t.Errorf("%d", file.status)
	}
	for _, typed := range []string{"9999999", "-1", "x"} {
		wrong := seller.get(order+"?discount="+typed).wants(200, order)
		if wrong.Find("#discount[aria-invalid]").AttrOr("value", "") != typed || !strings.Contains(words(wrong), "not possible") || wrong.Find(`a[href*="pdf?discount"]`).Length() != 0 {
			t.Errorf("%s: %s", typed, words(wrong))
		}
		if p := seller.get(order + "/proposal/pdf?discount=" + typed); p.path != order || p.query.Get("discount") != typed {
			t.Errorf("%s: a proposal at %s", typed, p.path)
		}
	}
	placed := "/orders/" + sc.placedOrder(t)
	bill := seller.get(placed+"?discount=1.50").Find(`a[href*="/client-invoices/new?"][href*="discount=1.50"]`).AttrOr("href", "")
	if form := seller.get(bill); form.Find("[name=discount]").First().AttrOr("value", "") == "0" || form.status != 200 {
		t.Errorf("%d: the form begins with %s", form.status, words(form))
	}
}

package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// quote asks for a price as the Seller and quotes it; it returns the order's path.
func (s *site) quote(t *testing.T, unit string) string {
	t.Helper()
	o, err := s.RequestPrices(t.Context(), modelstest.AcmeSeller, models.PriceRequest{ClientID: modelstest.AcmeClient, Lines: []models.LineEntry{{Product: "studio-pro", Seats: "2", Quarters: "4"}}})
	fine(t, err)
	_, err = s.QuoteOrder(t.Context(), modelstest.VendorSuccess, o.ID, models.QuoteEntry{UnitPrices: []string{unit}, ValidUntil: "2026-03-31", Version: 1})
	fine(t, err)
	return "/orders/" + o.ID
}

func words(p *page) string { return strings.Join(strings.Fields(p.Text()), " ") }

func (p *page) says(t *testing.T, want ...string) {
	t.Helper()
	text := words(p)
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q", p.path, w)
		}
	}
}

// From the quote to the invoice that is said to be paid, through the pages.
func TestPlacingThroughThePages(t *testing.T) {
	s := newSite(t)
	seller, billing, finance := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeBilling), s.as(t, modelstest.VendorFinance)
	order := s.quote(t, "100")
	early := seller.get(order).wants(200, order)
	early.says(t, "The order can't be placed yet", "the Owner of Acme begins", "The Owner waits since")
	if early.Find(`form[action="`+order+`/placement"]`).Length() != 0 {
		t.Error("an order can be placed without an Annex")
	}
	s.SignAnnex(t, modelstest.Acme)
	owner := s.as(t, modelstest.AcmeOwner)
	seen := owner.get(order)
	page := seller.get(order).wants(200, order)
	page.says(t, "Place the order for 484.00 EUR", "400.00 EUR", "Tax 21 %", "84.00 EUR", "within 14 days of the invoice", "A Seller or the Owner waits since")
	for _, who := range []models.Actor{modelstest.AcmeViewer, modelstest.AcmeBilling} {
		if s.as(t, who).get(order).Find(`form[action="`+order+`/placement"]`).Length() != 0 {
			t.Errorf("%s may place", who.Name)
		}
	}
	bad := seller.submitTo(page, order+"/placement", url.Values{"po_number": {strings.Repeat("7", 101)}}).wants(422, order+"/placement")
	if bad.fieldError("po_number") == "" || bad.value("po_number") != strings.Repeat("7", 101) {
		t.Errorf("%q, %q", bad.fieldError("po_number"), bad.value("po_number"))
	}
	done := seller.submitTo(bad, order+"/placement", url.Values{"po_number": {"PO 7"}}).wants(200, order)
	done.says(t, "Placed, and waits for its payment", "The Owner or Billing waits since", "PO 7", "Settled at placing, on the Silver plan", "800.00 EUR", "400.00 EUR")
	if !strings.Contains(done.flash(), "placed") || done.Find(`a[href^="/invoices/"]`).Length() != 0 {
		t.Errorf("%q; a Seller is led to the invoice", done.flash())
	}
	late := owner.submitTo(seen, order+"/placement", nil).wants(409, order+"/placement")
	if !strings.Contains(late.problem(), "placed already") {
		t.Errorf("%q", late.problem())
	}
	if list := seller.get("/orders?next=pay"); !strings.Contains(list.Text(), "Pay the invoice") {
		t.Error("the list does not name the next step")
	}

	dashboard := billing.get("/")
	dashboard.says(t, "484.00 EUR")
	list := billing.get("/invoices").wants(200, "/invoices")
	list.says(t, "V-2026-00001", "To pay in EUR 484.00 EUR", "the next is due on 16 Mar 2026", "PO PO 7")
	link := list.Find(`table a[href^="/invoices/"]`).AttrOr("href", "")
	invoice := billing.get(link).wants(200, link)
	invoice.says(t, "484.00 EUR", "share = full price × 50 %", "version 1 of the Annex")
	if reference := invoice.Find("#reference").AttrOr("value", ""); !strings.HasPrefix(reference, "RF") || !strings.HasSuffix(reference, "V202600001") {
		t.Errorf("reference %q", reference)
	}
	if csv := billing.get("/invoices?format=csv").body; !strings.Contains(csv, "V-2026-00001") || !strings.Contains(csv, ",400.00,84.00,484.00,0.00,0.00,484.00,") {
		t.Errorf("%s", csv)
	}
	if viewer := s.as(t, modelstest.AcmeViewer).get(link).wants(200, link); viewer.Find(`form[action$="/claim"]`).Length() != 0 {
		t.Error("a Viewer may say that it is paid")
	}
	long := billing.submitTo(invoice, link+"/claim", url.Values{"note": {strings.Repeat("x", 201)}}).wants(422, link+"/claim")
	if long.fieldError("note") == "" || long.value("note") != strings.Repeat("x", 201) {
		t.Errorf("%q", long.fieldError("note"))
	}
	claimed := billing.submitTo(long, link+"/claim", url.Values{"note": {"Wired today"}}).wants(200, link)
	claimed.says(t, "Said to be paid", "Wired today")
	for _, query := range []string{"", "?paper=a4", "?paper=letter", "?paper=x"} {
		file := billing.get(link + "/pdf" + query)
		if file.status != 200 || file.header.Get("Content-Type") != "application/pdf" || file.header.Get("Content-Disposition") != `inline; filename="V-2026-00001.pdf"` || !strings.HasPrefix(file.body, "%PDF-") {
			t.Errorf("%s: %d %v", query, file.status, file.header)
		}
		if again := s.as(t, modelstest.AcmeOwner).get(link + "/pdf" + query); again.body != file.body {
			t.Error("the document has changed")
		}
	}
	if n := s.Count(t, "documents", "1 = 1"); n != 2 {
		t.Errorf("%d documents are kept", n)
	}

	queue := finance.get("/admin").wants(200, "/admin")
	queue.says(t, "Invoices that accounts say they have paid")
	admin := finance.get("/admin/invoices?claimed=yes").Find(`table a[href^="/admin/invoices/"]`).AttrOr("href", "")
	form := finance.get(admin).wants(200, admin)
	form.says(t, "Wired today", "Void the invoice")
	empty := finance.submitTo(form, admin+"/voiding", nil).wants(422, admin+"/voiding")
	if empty.fieldError("reason") == "" {
		t.Error("void without a reason")
	}
	void := finance.submitTo(empty, admin+"/voiding", url.Values{"reason": {"Ordered twice"}}).wants(200, admin)
	void.says(t, "Void: nothing is to be paid", "Ordered twice")
	if void.Find(`form[action$="/voiding"]`).Length() != 0 {
		t.Error("void can be voided again")
	}
	seller.get(order).says(t, "Cancelled before payment", "Ordered twice")
	if success := s.as(t, modelstest.VendorSuccess).get(admin).wants(200, admin); success.Find(`form[action$="/voiding"]`).Length() != 0 {
		t.Error("Customer Success may void")
	}
}

// Whoever saw the quote doesn't cancel what a colleague has placed meanwhile.
func TestCancellingWhatWasPlacedMeanwhile(t *testing.T) {
	s := newSite(t)
	s.SignAnnex(t, modelstest.Acme)
	order := s.quote(t, "100")
	seller, owner := s.as(t, modelstest.AcmeSeller), s.as(t, modelstest.AcmeOwner)
	seen := seller.get(order)
	owner.submitTo(owner.get(order), order+"/placement", nil).wants(200, order)
	refused := seller.submitTo(seen, order+"/cancellation", url.Values{"reason": {"Too dear"}}).wants(409, order+"/cancellation")
	if !strings.Contains(refused.problem(), "Somebody has changed this order") || refused.value("reason") != "Too dear" {
		t.Errorf("%q", refused.problem())
	}
	refused.says(t, "Cancel this order?", "Its invoice becomes void")
	seller.submitTo(refused, order+"/cancellation", nil).wants(200, order).says(t, "Cancelled before payment")
}

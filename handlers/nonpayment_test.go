package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// Staff see who has not paid, preview a suspension and do it; the account's credit
// notes are listed, and each is a document that says what it corrects.
func TestOverdueAccountsAndCreditNotes(t *testing.T) {
	s := newSite(t)
	s.Exec(t, "UPDATE vendor SET credit_note_limit = 100000000")
	s.SignAnnex(t, modelstest.Acme)
	id := s.invoiceFor(t, "100")
	finance, billing := s.as(t, modelstest.VendorFinance), s.as(t, modelstest.AcmeBilling)
	billing.get("/invoices/credit-notes").wants(200, "/invoices/credit-notes").says(t, "No credit notes yet")
	link := "/admin/invoices/" + id
	finance.submitTo(finance.get(link), link+"/credit-note", url.Values{"net": {"10"}, "credit_reason": {"A discount"}}).wants(200, link)
	list := billing.get("/invoices/credit-notes").wants(200, "/invoices/credit-notes")
	list.says(t, "C-2026-00001", "V-2026-00001", "A discount", "12.10 EUR")
	for _, from := range []*page{list, billing.get("/invoices/" + id)} {
		paper := billing.get(from.Find(`a[href$="/pdf"][href*="credit-notes"]`).First().AttrOr("href", "none"))
		if paper.status != 200 || paper.header.Get("Content-Type") != "application/pdf" || !strings.Contains(paper.header.Get("Content-Disposition"), "C-2026-00001.pdf") {
			t.Errorf("%d %v", paper.status, paper.header)
		}
		wholePDF(t, paper)
	}
	if csv := finance.get("/admin/invoices/credit-notes?format=csv&q=discount").body; !strings.Contains(csv, "C-2026-00001") || !strings.Contains(csv, "12.10") {
		t.Errorf("%s", csv)
	}
	finance.get("/admin/invoices/overdue").wants(200, "/admin/invoices/overdue").says(t, "Nothing is overdue")

	s.Clock.Advance(20 * 24 * time.Hour)
	finance, success := s.as(t, modelstest.VendorFinance), s.as(t, modelstest.VendorSuccess)
	overdue := success.get("/admin/invoices/overdue").wants(200, "/admin/invoices/overdue")
	overdue.says(t, "Acme", "6 days", "471.90 EUR", "Preview a suspension")
	if finance.get("/admin/invoices/overdue").Find(`a[href$="/suspension"]`).Length() != 0 {
		t.Error("Finance may suspend")
	}
	path := "/admin/accounts/" + modelstest.Acme + "/suspension"
	form := success.get(path).wants(200, path)
	form.says(t, "What is overdue", "V-2026-00001", "471.90 EUR", "The Owner and those who pay get a mail")
	success.submitTo(form, path, url.Values{"reason": {"Overdue for weeks."}}).wants(200, "/admin/accounts/"+modelstest.Acme).says(t, "Overdue for weeks.")
	if n := len(s.Jobs(t, "account_standing_mail")); n != 3 {
		t.Errorf("%d mails", n)
	}
	pay, err := s.RecordPayment(t.Context(), models.Actor{UserID: modelstest.VendorFinance.UserID, StaffRole: models.Finance, Reauthed: s.Clock.Now()}, models.PaymentEntry{
		AccountID: modelstest.Acme, Amount: "471.90", Method: models.BankTransfer, Reference: "R", ReceivedOn: "2026-03-20", Allocations: []models.AllocationEntry{{InvoiceID: id, Amount: "471.90"}},
	})
	fine(t, err)
	success.get("/admin/accounts/"+modelstest.Acme).says(t, "Nothing is overdue: resume the account")
	success.get("/admin").says(t, "Nothing is overdue any more.")
	if pay.ID == "" {
		t.Error("no payment")
	}
}

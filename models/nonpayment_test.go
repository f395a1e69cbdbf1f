package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// An account with overdue invoices is listed, its suspension previewed; what runs
// unpaid is suspended with it and goes on by itself once it is paid.
func TestSuspensionForNonPayment(t *testing.T) {
	w := modelstest.New(t)
	w.SignAnnex(t, modelstest.Acme)
	w.Exec(t, "UPDATE vendor SET grace_days = 14")
	trial, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	conversion := asked(orchestrator("1", "1"), studio("1", "1"))
	conversion.TrialID = trial.Trial.ID
	o := placed(t, w, quoted(t, w, request(t, w, conversion), "2026-03-31", "10", "10"))
	grace, _ := invoiceOf(t, w, o.ID) // 12.10, due on 16 March
	reversed, paid := ordered(t, w, "20"), ordered(t, w, "30")
	p := received(t, w, "R-1", "12.10", reversed.ID, "12.10")
	received(t, w, "R-2", "18.15", paid.ID, "18.15")
	if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, "Called back"); err != nil {
		t.Fatal(err)
	}
	list := func() []models.OverdueAccount {
		t.Helper()
		page, err := w.OverdueAccounts(t.Context(), modelstest.VendorSupport, models.OverdueFilter{Query: "acme"}, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
	if len(list()) != 0 {
		t.Error("overdue too early")
	}
	w.Clock.Set(time.Date(2026, 3, 19, 12, 0, 0, 0, time.UTC)) // the trial has ended on the 16th
	if err := w.ClaimPaid(t.Context(), modelstest.AcmeOwner, grace.ID, ""); err != nil {
		t.Fatal(err)
	}
	o1 := list()
	if len(o1) != 1 || o1[0].AccountID != modelstest.Acme || o1[0].Name != "Acme" || o1[0].Invoices != 2 || o1[0].Overdue().String() != "24.20 EUR" || o1[0].OldestDueOn != "2026-03-16" || o1[0].Days(w.Clock.Now()) != 3 || o1[0].Claimed != 1 || o1[0].SuspendedAt != nil || o1[0].Zone != "Europe/Madrid" {
		t.Fatalf("%+v", o1)
	}
	v, err := w.NonPayment(t.Context(), modelstest.VendorSuccess, modelstest.Acme)
	if err != nil || len(v.Overdue) != 2 || len(v.Licenses) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	inGrace, back := v.Licenses[0], v.Licenses[1]
	if inGrace.LicenseID != trial.Trial.LicenseID || inGrace.InvoiceNumber != grace.Number || !inGrace.IsInGrace() || inGrace.ProductName != "Studio Pro" || inGrace.Company != "Initrode" || back.UnpaidSince == nil || back.IsInGrace() {
		t.Errorf("%+v", v.Licenses)
	}
	license := func() (l models.License) {
		t.Helper()
		if err := w.DB.Where("id = ?", trial.Trial.LicenseID).Take(&l).Error; err != nil {
			t.Fatal(err)
		}
		return l
	}
	if _, err := w.SuspendAccountWith(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "Two invoices are overdue.", []string{inGrace.LicenseID, back.LicenseID, "none"}); err != nil {
		t.Fatal(err)
	}
	if l := license(); l.Status(w.Clock.Now()) != models.LicenseSuspended || *l.UnpaidInvoiceID != grace.ID || l.SuspendedBy != modelstest.VendorSuccess.UserID {
		t.Errorf("%+v", l)
	}
	if n := w.Count(t, "licenses", "suspended_at IS NOT NULL"); n != 1 {
		t.Errorf("%d licences are suspended", n)
	}
	mails := w.Jobs(t, "account_standing_mail")
	if len(mails) != 3 { // the Owner, the Billing contact and Billing
		t.Fatalf("%v", mails)
	}
	job := models.AccountStandingMail{AccountID: modelstest.Acme, UserID: modelstest.AcmeOwner.UserID, IsSuspended: true, At: w.Clock.Now().UnixMicro()}
	letter, ok, err := w.AccountStandingForMail(t.Context(), models.System, job)
	if err != nil || !ok || letter.To != modelstest.AcmeOwner.Email || letter.Reason != "Two invoices are overdue." || len(letter.Overdue) != 2 || !strings.HasPrefix(letter.Overdue[0], grace.Number+": 12.10 EUR") || !letter.IsSuspended || letter.AccountName != "Acme" || !strings.HasSuffix(letter.Link, "/invoices?state=overdue") {
		t.Errorf("%+v, %v, %v", letter, ok, err)
	}
	queue, err := w.WorkQueue(t.Context(), modelstest.VendorSuccess)
	if err != nil || !queue.Owing[modelstest.Acme] {
		t.Errorf("%+v, %v", queue.Owing, err)
	}

	received(t, w, "R-3", "24.20", grace.ID, "12.10", reversed.ID, "12.10")
	if l := license(); l.Status(w.Clock.Now()) != models.LicenseActive || l.UnpaidInvoiceID != nil || l.SuspendedBy != "" {
		t.Errorf("paid, but %+v", l)
	}
	if queue, err = w.WorkQueue(t.Context(), modelstest.VendorSuccess); err != nil || queue.Owing[modelstest.Acme] || len(queue.Suspended) != 1 {
		t.Errorf("the end of the suspension is not offered: %+v, %v", queue.Owing, err)
	}
	if page, err := w.Account(t.Context(), modelstest.VendorSuccess, modelstest.Acme); err != nil || !page.IsSuspended() || len(page.NonPayment.Overdue) != 0 {
		t.Errorf("the account works again by itself: %+v, %v", page.NonPayment, err)
	}
	if _, err := w.ResumeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "Paid."); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.AccountStandingForMail(t.Context(), models.System, job); ok || err != nil {
		t.Errorf("a suspension that is over is told: %v", err)
	}
	job.IsSuspended = false
	if letter, ok, err = w.AccountStandingForMail(t.Context(), models.System, job); err != nil || !ok || letter.IsSuspended {
		t.Errorf("%+v, %v, %v", letter, ok, err)
	}
	if got := strings.Join(w.Events(t, trial.Trial.LicenseID), " "); !strings.Contains(got, "license.suspended license.resumed") {
		t.Error(got)
	}
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.Visitor} {
		if _, err := w.OverdueAccounts(t.Context(), who, models.OverdueFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
}

// A suspension for an invoice ends with the invoice, and with the account's own if
// staff say so.
func TestSuspendedLicencesGoOn(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *modelstest.World, models.Invoice, string) error{
		"voided": func(t *testing.T, w *modelstest.World, i models.Invoice, _ string) error {
			return w.VoidInvoice(t.Context(), modelstest.VendorFinance, i.ID, "Wrong")
		},
		"credited": func(t *testing.T, w *modelstest.World, i models.Invoice, _ string) error {
			_, err := w.CreditInvoice(t.Context(), fresh(w, modelstest.VendorFinance), i.ID, models.CreditEntry{Reason: "Wrong"})
			return err
		},
		"resumed by hand": func(t *testing.T, w *modelstest.World, _ models.Invoice, license string) error {
			_, err := w.ResumeAccountWith(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "Agreed.", []string{license})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			w.SignAnnex(t, modelstest.Acme)
			w.Exec(t, "UPDATE vendor SET grace_days = 14, credit_note_limit = 100000")
			trial, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
			if err != nil {
				t.Fatal(err)
			}
			r := asked(studio("1", "1"))
			r.TrialID = trial.Trial.ID
			o := placed(t, w, quoted(t, w, request(t, w, r), "2026-03-31", "10"))
			i, _ := invoiceOf(t, w, o.ID)
			w.Clock.Set(time.Date(2026, 3, 19, 12, 0, 0, 0, time.UTC))
			if _, err := w.SuspendAccountWith(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "Unpaid", []string{trial.Trial.LicenseID}); err != nil {
				t.Fatal(err)
			}
			if err := end(t, w, i, trial.Trial.LicenseID); err != nil {
				t.Fatal(err)
			}
			if n := w.Count(t, "licenses", "suspended_at IS NOT NULL OR unpaid_invoice_id IS NOT NULL"); n != 0 {
				t.Errorf("%d licences are suspended still", n)
			}
		})
	}
}

// The Owner is told once of each text that waits for their signature: when a quote
// needs it, and when what they signed no longer holds.
func TestOwnersAreToldOfTheAnnex(t *testing.T) {
	w := modelstest.New(t)
	told := func() int {
		t.Helper()
		n, err := w.RemindOwners(t.Context(), models.System)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if told() != 0 {
		t.Error("told before anybody needs it")
	}
	quoted(t, w, request(t, w, asked(studio("1", "1"))), "2026-03-31", "10")
	stores := []*models.Store{w.Store, w.Replica(t)}
	if _, _, other := modelstest.Race(10, func(n int) error { _, err := stores[n%2].RemindOwners(t.Context(), models.System); return err }); len(other) > 0 {
		t.Fatal(other)
	}
	jobs := w.Jobs(t, "annex_needed_mail")
	if len(jobs) != 1 || told() != 0 {
		t.Fatalf("%v", jobs)
	}
	job := models.AnnexNeededMail{AccountID: modelstest.Acme}
	l, ok, err := w.AnnexNeededForMail(t.Context(), models.System, job)
	if err != nil || !ok || l.To != modelstest.AcmeOwner.Email || l.Name != modelstest.AcmeOwner.Name || l.AccountName != "Acme" || l.IsStale || l.Quotes != 1 || l.Percentage != "50 %" || !strings.HasSuffix(l.Link, "/agreement") {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	w.SignAnnex(t, modelstest.Acme)
	if _, ok, err := w.AnnexNeededForMail(t.Context(), models.System, job); ok || err != nil || told() != 0 {
		t.Errorf("told of one that is in force: %v", err)
	}
	for n, plan := range []string{"gold", "silver", "gold"} {
		w.Exec(t, "UPDATE accounts SET plan = ? WHERE id = ?", plan, modelstest.Acme)
		want := 1
		if plan == "silver" { // as signed
			want = 0
		}
		if got := told(); n < 2 && got != want || n == 2 && got != 0 {
			t.Errorf("%s: told %d times", plan, got)
		}
	}
	if l, ok, err = w.AnnexNeededForMail(t.Context(), models.System, job); err != nil || !ok || !l.IsStale || l.Percentage != "75 %" {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	w.SignAnnex(t, modelstest.Acme)
	w.Exec(t, "UPDATE accounts SET plan = 'silver' WHERE id = ?", modelstest.Acme)
	if told() != 1 {
		t.Error("not told again after another signature")
	}
	if _, err := w.RemindOwners(t.Context(), modelstest.AcmeOwner); models.KindOf(err) != models.Forbidden {
		t.Error(err)
	}
}

// Credit notes are listed with what they correct, mailed to those who pay, and
// drafts stay with staff.
func TestCreditNoteLists(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE vendor SET credit_note_limit = 1000")
	first, second := ordered(t, w, "10"), ordered(t, w, "100")
	n := credit(t, w, first.ID, models.CreditEntry{Nets: []string{"2.00"}, Reason: "A Discount"})
	w.Clock.Advance(time.Hour)
	credit(t, w, second.ID, models.CreditEntry{Reason: "Above the limit"})
	own, err := w.CreditNotes(t.Context(), modelstest.AcmeBilling, models.CreditNoteFilter{}, models.Paging{})
	if err != nil || len(own.Items) != 1 || own.Items[0].ID != n.ID || own.Items[0].InvoiceNumber != first.Number || own.Items[0].ClientName != first.ClientName || own.Items[0].State() != models.CreditNoteIssued {
		t.Fatalf("%+v, %v", own.Items, err)
	}
	for query, want := range map[string]int{"c-2026": 1, "discount": 1, first.Number: 1, second.Number: 1, "acme": 2, "nothing": 0} {
		all, err := w.AccountCreditNotes(t.Context(), modelstest.VendorSupport, models.CreditNoteFilter{Query: query}, models.Paging{})
		if err != nil || len(all.Items) != want {
			t.Errorf("%s: %d, %v", query, len(all.Items), err)
		}
	}
	for state, want := range map[models.CreditNoteState]int{models.CreditNoteIssued: 1, models.CreditNoteWaits: 1, models.CreditNoteDropped: 0, "x": 0} {
		all, err := w.AccountCreditNotes(t.Context(), modelstest.VendorSupport, models.CreditNoteFilter{State: state, AccountID: modelstest.Acme}, models.Paging{})
		if err != nil || len(all.Items) != want {
			t.Errorf("%s: %d, %v", state, len(all.Items), err)
		}
	}
	if none, err := w.CreditNotes(t.Context(), modelstest.AcmeOwner, models.CreditNoteFilter{From: "2026-03-03"}, models.Paging{}); err != nil || len(none.Items) != 0 {
		t.Errorf("%+v, %v", none.Items, err)
	}
	if other, err := w.CreditNotes(t.Context(), modelstest.GlobexOwner, models.CreditNoteFilter{AccountID: modelstest.Acme}, models.Paging{}); err != nil || len(other.Items) != 0 {
		t.Errorf("another account reads %+v, %v", other.Items, err)
	}
	if jobs := w.Jobs(t, "credit_note_mail"); len(jobs) != 3 {
		t.Errorf("%v", jobs)
	}
	l, ok, err := w.CreditNoteForMail(t.Context(), models.System, models.CreditNoteMail{CreditNoteID: n.ID, UserID: modelstest.AcmeBilling.UserID})
	if err != nil || !ok || l.To != modelstest.AcmeBilling.Email || l.Number != *n.Number || l.InvoiceNumber != first.Number || l.Total != "2.42 EUR" || l.Open != "3.63 EUR" || l.IsSettled || l.Reason != "A Discount" || l.Company != first.ClientName || l.EndsLicense {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
	if _, ok, err := w.CreditNoteForMail(t.Context(), models.System, models.CreditNoteMail{CreditNoteID: n.ID, UserID: modelstest.AcmeSeller.UserID}); ok || err != nil {
		t.Errorf("a Seller gets the mail: %v", err)
	}
	drawn := 0
	draw := func(v models.CreditNoteView, _ models.Paper) ([]byte, error) {
		drawn++
		return []byte(fmt.Sprint("paper ", *v.Note.Number, v.Invoice.Number, len(v.Lines))), nil
	}
	for range 2 {
		if _, content, err := w.CreditNotePaper(t.Context(), modelstest.AcmeOwner, n.ID, "", draw); err != nil || string(content) != "paper C-2026-00001"+first.Number+"1" {
			t.Errorf("%s, %v", content, err)
		}
	}
	if _, _, err := w.CreditNotePaper(t.Context(), modelstest.GlobexOwner, n.ID, "", draw); models.KindOf(err) != models.NotFound || drawn != 1 {
		t.Errorf("%v, drawn %d times", err, drawn)
	}
	var draft models.CreditNote
	if err := w.DB.Where("issued_at IS NULL").Take(&draft).Error; err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.AccountCreditNotePaper(t.Context(), modelstest.VendorFinance, draft.ID, "", draw); models.KindOf(err) != models.NotFound {
		t.Errorf("a draft has a paper: %v", err)
	}
}

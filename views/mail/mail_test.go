package mail_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"reselling/models"
	"reselling/views/mail"
)

var update = flag.Bool("update", false, "write the golden files again")

type message interface{ Message() mail.Message }

var (
	madrid   = zone("Europe/Madrid")
	at       = time.Date(2026, 3, 2, 11, 0, 0, 0, madrid)
	later    = at.Add(7 * 24 * time.Hour)
	portal   = mail.Portal{Vendor: "ElectroNeek", URL: "https://portal.example"}
	link     = "https://portal.example/x/TOKEN"
	messages = map[string]message{
		"invitation": mail.Invitation{
			Portal: portal, To: "new@acme.example", InvitedBy: "Olivia Owner", Account: "Acme", Role: "Member", ResellingRole: "Seller", Link: link, ExpiresAt: later,
		},
		"invitation_user": mail.Invitation{
			Portal: portal, To: "ada@globex.example", Name: "Ada", InvitedBy: "Olivia Owner", Account: "Acme", Role: "Billing contact", HasUser: true, Link: link, ExpiresAt: later,
		},
		"staff_invitation": mail.StaffInvitation{
			Portal: portal, To: "sue@vendor.example", Name: "Sue", InvitedBy: "Ann Administrator", Role: "Customer Success", Link: link, ExpiresAt: later,
		},
		"staff_invitation_first": mail.StaffInvitation{
			Portal: portal, To: "ann@vendor.example", Role: "Administrator", Link: link, ExpiresAt: later.In(time.UTC),
		},
		"owner_replacement_ordered": mail.OwnerReplaced{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", Step: "ordered", IsFormer: true, Former: "Olivia Owner", Successor: "new@acme.example", Leaves: true, Reason: "She has left the company.", Link: link,
		},
		"owner_replacement_withdrawn": mail.OwnerReplaced{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", Step: "withdrawn", IsFormer: true, Former: "Olivia Owner", Successor: "new@acme.example", Reason: "She can't be reached.", Link: link,
		},
		"owner_replaced_stays": mail.OwnerReplaced{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", Step: "done", IsFormer: true, Former: "Olivia Owner", Successor: "Adam Admin", Reason: "She can't be reached.", Link: link,
		},
		"owner_replaced_leaves": mail.OwnerReplaced{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", Step: "done", IsFormer: true, Former: "Olivia Owner", Successor: "Adam Admin", Leaves: true, Reason: "She has left the company.", Link: link,
		},
		"trial_allowed_unasked": mail.RequestDecided{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Kind: models.AnotherTrial, Product: "Studio Pro", Client: "Initrode", Unasked: true, Granted: true, Answer: "A favour.", Link: link,
		},
		"owner_new": mail.OwnerReplaced{
			Portal: portal, To: "adam@acme.example", Name: "Adam Admin", Account: "Acme", Step: "done", Former: "Olivia Owner", Successor: "Adam Admin", Leaves: true, Reason: "She has left the company.", Link: link,
		},
		"password_reset": mail.PasswordReset{Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Link: link, ExpiresAt: at.Add(30 * time.Minute)},
		"password_changed": mail.PasswordChanged{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", At: at, Device: "Firefox on Linux", Address: "192.0.2.7", ForgottenLink: link,
		},
		"password_changed_by_link": mail.PasswordChanged{Portal: portal, To: "sam@acme.example", Name: "Sam Seller", At: at, ForgottenLink: link},
		"email_change_confirm": mail.EmailChangeConfirm{
			Portal: portal, To: "sam@new.example", Name: "Sam Seller", OldEmail: "sam@acme.example", Link: link, ExpiresAt: at.Add(24 * time.Hour),
		},
		"email_change_taken": mail.EmailChangeTaken{Portal: portal, To: "new@acme.example", Link: link},
		"email_change_announced": mail.EmailChangeAnnounced{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", NewEmail: "sam@new.example", At: at, SecurityLink: link,
		},
		"trial_issued": mail.TrialIssued{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid", Company: "Initrode", Account: "Acme", ContactName: "Sam Seller", ContactEmail: "sam@acme.example",
			Product: "Studio Pro", Days: 14, EndsAt: at.Add(14 * 24 * time.Hour), Link: link,
		},
		"price_requested": mail.PriceRequested{
			Portal: portal, To: "success@vendor.example", Name: "Customer Success", Account: "Acme", Client: "Initrode", By: "Sam Seller",
			Lines: []mail.PriceLine{{What: "10 × Studio Pro for 4 quarters"}, {What: "1 × Orchestrator SaaS for 4 quarters"}}, Note: "They start in May.", Link: link,
		},
		"quoted": mail.Quoted{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Client: "Initrode", Lines: []mail.PriceLine{{What: "10 × Studio Pro for 4 quarters", Unit: "99.99 EUR"}}, Full: "3,999.60 EUR",
			ValidUntil: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), Zone: "America/New_York", Note: "Our best price.", Link: link,
		},
		"quote_changed": mail.Quoted{
			Portal: portal, To: "sam@acme.example", Client: "Initrode", Lines: []mail.PriceLine{{What: "1 × Studio Pro for 1 quarter", Unit: "90.00 EUR"}}, Full: "90.00 EUR",
			ValidUntil: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), Zone: "Europe/Madrid", Link: link, IsChanged: true,
		},
		"quote_lapsing": mail.Quoted{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Client: "Initrode", Lines: []mail.PriceLine{{What: "1 × Studio Pro for 1 quarter", Unit: "90.00 EUR"}}, Full: "90.00 EUR",
			ValidUntil: time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), Zone: "Europe/Madrid", Link: link, IsLapsing: true,
		},
		"price_declined": mail.PriceDeclined{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Client: "Initrode", Lines: []mail.PriceLine{{What: "10 × Studio Pro for 4 quarters"}}, Reason: "Not sold there",
			ContactName: "Customer Success", ContactEmail: "success@vendor.example", Link: link,
		},
		"annex_signed": mail.Annex{
			Portal: portal, To: "success@vendor.example", Name: "Customer Success", News: models.AnnexWasSigned, Account: "Acme", SignedName: "Olivia Owner", Percentage: "50 %", Link: link,
		},
		"annex_in_force": mail.Annex{Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", News: models.AnnexInForceNow, Account: "Acme", SignedName: "Olivia Owner", Percentage: "50 %", Link: link},
		"annex_declined": mail.Annex{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", News: models.AnnexWasDeclined, Account: "Acme", SignedName: "Olivia Owner", Percentage: "50 %", Reason: "Wrong company.", Link: link,
		},
		"order_placed": mail.OrderPlaced{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Account: "Acme", Client: "Initrode", By: "Olivia Owner",
			Lines: []mail.PriceLine{{What: "10 × Studio Pro for 4 quarters", Unit: "99.99 EUR"}}, Full: "3,999.60 EUR", Link: link,
		},
		"order_placed_vendor": mail.OrderPlaced{
			Portal: portal, To: "success@vendor.example", Name: "Customer Success", Account: "Acme", Client: "Initrode", By: "Olivia Owner",
			Lines: []mail.PriceLine{{What: "10 × Studio Pro for 4 quarters", Unit: "99.99 EUR"}}, Full: "3,999.60 EUR", Link: link, ForVendor: true,
		},
		"client_invoice": mail.ClientInvoice{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid", Account: "Acme", ContactName: "Sam Seller", ContactEmail: "sam@acme.example", Number: "ACME-2026-00007",
			Total: "1,089.00 EUR", DueOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), BankDetails: "First Bank\nIBAN ES91 2100", Link: link,
		},
		"client_invoice_paid": mail.ClientInvoice{Portal: portal, To: "ingrid@initrode.example", Account: "Acme", Number: "ACME-2026-00007", Total: "0.00 EUR", IsPaid: true, Link: link},
		"client_credit_note": mail.ClientInvoice{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid", Account: "Acme", ContactName: "Sam Seller", ContactEmail: "sam@acme.example", Number: "ACME-2026-00007",
			CreditNote: "ACME-CN-2026-00001", Total: "1,089.00 EUR", DueOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Link: link,
		},
		"invoice": mail.Invoice{
			Portal: portal, To: "ben@acme.example", Name: "Ben Billing", Account: "Acme", Client: "Initrode", News: models.InvoiceIssued, Number: "V-2026-00007", Total: "1,999.80 EUR", Open: "1,999.80 EUR",
			DueOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Reference: "RF18V202600007", BankDetails: "First Bank\nIBAN DE02 1203 0000 0000 2020 51", Link: link, PDFLink: link + "/pdf",
		},
		"invoice_of_nothing": mail.Invoice{
			Portal: portal, To: "ben@acme.example", Account: "Acme", Client: "Initrode", News: models.InvoiceIssued, Number: "V-2026-00008", Total: "0.00 EUR", Open: "0.00 EUR",
			DueOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), IsPaid: true, Link: link, PDFLink: link + "/pdf",
		},
		"invoice_overdue": mail.Invoice{
			Portal: portal, To: "ben@acme.example", Name: "Ben Billing", Account: "Acme", Client: "Initrode", News: models.InvoiceIsOverdue, Number: "V-2026-00007", Total: "1,999.80 EUR", Open: "999.80 EUR",
			DueOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), OverdueDays: 8, Reference: "RF18V202600007", BankDetails: "First Bank", Link: link, PDFLink: link + "/pdf",
		},
		"invoice_void": mail.Invoice{
			Portal: portal, To: "ben@acme.example", Name: "Ben Billing", Account: "Acme", Client: "Initrode", News: models.InvoiceVoided, Number: "V-2026-00007", Total: "1,999.80 EUR", Open: "0.00 EUR",
			DueOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Reason: "Ordered twice", Link: link, PDFLink: link + "/pdf",
		},
		"credit_note": mail.CreditNote{
			Portal: portal, To: "ben@acme.example", Name: "Ben Billing", Account: "Acme", Client: "Initrode", Number: "C-2026-00003", Invoice: "V-2026-00007", Total: "199.98 EUR", Open: "1,799.82 EUR",
			Reason: "10 % less, as agreed", IssuedOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Link: link, PDFLink: link + "/pdf",
		},
		"credit_note_whole": mail.CreditNote{
			Portal: portal, To: "ben@acme.example", Account: "Acme", Client: "Initrode", Number: "C-2026-00003", Invoice: "V-2026-00007", Total: "1,999.80 EUR", Open: "0.00 EUR", IsSettled: true,
			Reason: "Ordered twice", EndsLicense: true, IssuedOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Link: link, PDFLink: link + "/pdf",
		},
		"account_suspended": mail.AccountStanding{
			Portal: portal, To: "ben@acme.example", Name: "Ben Billing", Account: "Acme", IsSuspended: true, Reason: "Two invoices are overdue.", Overdue: []string{"V-2026-00007: 1,999.80 EUR, due on 1 March 2026"},
			ContactName: "Cleo Success", ContactEmail: "cleo@vendor.example", Link: link,
		},
		"account_resumed": mail.AccountStanding{Portal: portal, To: "ben@acme.example", Account: "Acme", ContactName: "Cleo Success", Link: link},
		"annex_needed":    mail.AnnexNeeded{Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", Quotes: 1, Percentage: "50 %", Link: link},
		"annex_stale":     mail.AnnexNeeded{Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", IsStale: true, Percentage: "75 %", Link: link},
		"payment": mail.Payment{
			Portal: portal, To: "ben@acme.example", Name: "Ben Billing", Account: "Acme", Amount: "1,999.80 EUR", Reference: "Transfer 7", ReceivedOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
			Invoices: []string{"V-2026-00007: 1,900.00 EUR"}, Credit: "99.80 EUR", Link: link,
		},
		"payment_reversed": mail.Payment{
			Portal: portal, To: "ben@acme.example", Account: "Acme", Amount: "1,999.80 EUR", Reference: "Transfer 7", ReceivedOn: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), IsReversed: true, Reason: "Called back by the bank", Link: link,
		},
		"order_active": mail.OrderActive{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Account: "Acme", Client: "Initrode", Link: link,
			Licenses: []mail.ActiveLicense{{Product: "Studio Pro", Key: "KEY.OF.STUDIO", Seats: 10, EndsAt: at}, {Product: "Orchestrator SaaS", Key: "KEY.OF.ORCHESTRATOR", Seats: 1, EndsAt: at}},
		},
		"order_seats_added": mail.OrderActive{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Account: "Acme", Client: "Initrode", Link: link, AddsSeats: true,
			Licenses: []mail.ActiveLicense{{Product: "Studio Pro", Key: "KEY.OF.STUDIO", Seats: 12, EndsAt: at}},
		},
		"client_license": mail.ClientLicense{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid Rode", Company: "Initrode", Account: "Acme", ContactName: "Olivia Owner", ContactEmail: "olivia@acme.example", OrderedBy: "Sam Seller", Product: "Studio Pro", Seats: 10, EndsAt: at, Link: link,
		},
		"client_license_known": mail.ClientLicense{
			Portal: portal, To: "ingrid@initrode.example", Account: "Acme", Product: "Studio Pro", Seats: 1, EndsAt: at, Link: link, IsKnown: true,
		},
		"license_ending": mail.LicenseEnding{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Client: "Initrode", Account: "Acme", Product: "Studio Pro", Seats: 10, DaysLeft: 30, EndsAt: at, Link: link, ChoiceLink: link,
		},
		"license_ending_renewed": mail.LicenseEnding{
			Portal: portal, To: "sam@acme.example", Client: "Initrode", Account: "Acme", Product: "Studio Pro", Seats: 10, DaysLeft: 3, EndsAt: at, Link: link, RenewalLink: link,
		},
		"license_ending_client": mail.LicenseEnding{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid Rode", ForClient: true, Client: "Initrode", Account: "Acme", ContactName: "Sam Seller", ContactEmail: "sam@acme.example", Product: "Studio Pro", Seats: 10, DaysLeft: 14, EndsAt: at, Link: link,
		},
		"trial_issued_bare": mail.TrialIssued{
			Portal: portal, To: "ingrid@initrode.example", Account: "Acme", Product: "Studio Pro", Days: 1, EndsAt: at.Add(24 * time.Hour), Link: link,
		},
		"client_interest": mail.ClientInterest{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Client: "Initrode", ContactName: "Ingrid", ContactEmail: "ingrid@initrode.example",
			Product: "Studio Pro", EndsAt: at.Add(24 * time.Hour), Link: link,
		},
		"request_granted": mail.RequestDecided{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Kind: models.Extension, Product: "Studio Pro", Client: "Initrode", Granted: true,
			Answer: "They were on holiday.", Days: 7, EndsAt: later, Link: link,
		},
		"request_declined": mail.RequestDecided{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Kind: models.ExtraTrial, Month: "March 2026", AskedBy: "Sam Seller", Answer: "Two were granted already.", Link: link,
		},
		"trial_extended": mail.TrialExtended{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid", Account: "Acme", ContactName: "Sam Seller", ContactEmail: "sam@acme.example",
			Product: "Studio Pro", EndsAt: later, Link: link,
		},
		"client_reminder": mail.ClientReminder{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid", Account: "Acme", ContactName: "Sam Seller", ContactEmail: "sam@acme.example",
			Product: "Studio Pro", DaysLeft: 3, EndsAt: at.Add(3 * 24 * time.Hour), Link: link,
		},
		"client_reminder_ended": mail.ClientReminder{
			Portal: portal, To: "ingrid@initrode.example", Account: "Acme", Product: "Studio Pro", EndsAt: at, Link: link,
		},
		"trial_reminder": mail.TrialReminder{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Account: "Acme", Client: "Initrode", ContactName: "Ingrid", ContactEmail: "ingrid@initrode.example",
			Product: "Studio Pro", DaysLeft: 1, EndsAt: at.Add(24 * time.Hour), ClientTold: true, Link: link, ChoiceLink: "https://portal.example/me/notifications",
		},
		"trial_reminder_ended": mail.TrialReminder{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", Client: "Initrode", ContactEmail: "ingrid@initrode.example",
			Product: "Studio Pro", EndsAt: at, IssuedBy: "Sam Seller", Undelivered: "550 5.1.1 no such mailbox", Link: link, ChoiceLink: "https://portal.example/me/notifications",
		},
		"undelivered": mail.Undelivered{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Client: "Initrode", Product: "Studio Pro", Email: "ingird@initrode.example",
			Subject: "Your free trial of Studio Pro from Acme", Failure: "550 5.1.1 no such mailbox", At: at, Link: link, ChoiceLink: "https://portal.example/me/notifications",
		},
		"role_changed": mail.RoleChanged{
			Portal: portal, To: "mia@acme.example", Name: "Mia Member", Account: "Acme", By: "Olivia Owner", RoleBefore: "Member", RoleAfter: "Admin", At: at, Link: link,
		},
		"role_changed_reselling": mail.RoleChanged{
			Portal: portal, To: "mia@acme.example", Name: "Mia Member", Account: "Acme", By: "Olivia Owner", ResellingAfter: "Seller", At: at, Link: link,
		},
		"removed_from_team": mail.RemovedFromTeam{Portal: portal, To: "mia@acme.example", Name: "Mia Member", Account: "Acme", By: "Olivia Owner", At: at},
		"removed_from_reselling": mail.RemovedFromTeam{
			Portal: portal, To: "mia@acme.example", Name: "Mia Member", Account: "Acme", By: "Olivia Owner", FromReselling: true, At: at,
		},
		"ownership_offered":     mail.OwnershipOffered{Portal: portal, To: "mia@acme.example", Name: "Mia Member", Owner: "Olivia Owner", Account: "Acme", Link: link},
		"ownership_transferred": mail.OwnershipTransferred{Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", NewOwner: "Mia Member", Account: "Acme", Link: link},
		"ownership_declined":    mail.OwnershipDeclined{Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Member: "Mia Member", Account: "Acme", Link: link},
		"ownership_withdrawn":   mail.OwnershipWithdrawn{Portal: portal, To: "mia@acme.example", Name: "Mia Member", Owner: "Olivia Owner", Account: "Acme"},
		"handover": mail.Handover{
			Portal: portal, To: "vic@acme.example", Name: "Vic Viewer", From: "Sam Seller", By: "Olivia Owner", Account: "Acme",
			Clients: []string{"Attic (archived)", "Initrode"}, MoreClients: 3, Trials: []mail.HandedTrial{{Product: "Studio Pro", Client: "Initrode", EndsAt: at}}, Link: link,
		},
		"new_device": mail.NewDevice{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Device: "Firefox on Linux", Address: "192.0.2.7", At: at, Link: link,
		},
		"key_replaced_client": mail.KeyReplaced{
			Portal: portal, To: "ingrid@initrode.example", Name: "Ingrid", ForClient: true, Client: "Initrode", Product: "Studio Pro", Account: "Acme",
			ContactName: "Sam Seller", ContactEmail: "sam@acme.example", Link: link,
		},
		"key_replaced": mail.KeyReplaced{
			Portal: portal, To: "sam@acme.example", Name: "Sam Seller", Client: "Initrode", Product: "Studio Pro", Account: "Acme",
			ContactName: "Sam Seller", ContactEmail: "sam@acme.example", Link: link,
		},
		"webhook_gone": mail.WebhookEnded{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", URL: "https://hooks.acme.example/reselling", Gone: true,
			Since: at, Result: "answered 410", Link: link,
		},
		"webhook_failing": mail.WebhookEnded{
			Portal: portal, To: "olivia@acme.example", Name: "Olivia Owner", Account: "Acme", URL: "https://hooks.acme.example/reselling", Description: "Ticket system",
			Since: at.Add(-5 * 24 * time.Hour), Result: "no answer within 15 seconds", Link: link,
		},
		"webhook_failing_vendor": mail.WebhookEnded{
			Portal: portal, To: "ann@vendor.example", Name: "Ann Administrator", URL: "https://hooks.vendor.example/reselling",
			Since: at.Add(-5 * 24 * time.Hour), Result: "answered 500", Link: link,
		},
	}
)

func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

func TestGolden(t *testing.T) {
	for name, m := range messages {
		t.Run(name, func(t *testing.T) {
			got := m.Message()
			golden(t, name+".txt", "To: "+got.To+"\nSubject: "+got.Subject+"\n\n"+got.Text)
			golden(t, name+".html", got.HTML)
		})
	}
	files, err := filepath.Glob("testdata/*")
	if err != nil || len(files) != 2*len(messages) {
		t.Errorf("%d golden files of %d mails, %v", len(files), len(messages), err)
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is written now (if that is right: go test ./views/mail -update):\n%s", file, got)
	}
}

// HTML and text say the same, and both have what a mail must have.
func TestBothPartsSayTheSame(t *testing.T) {
	for name, m := range messages {
		t.Run(name, func(t *testing.T) {
			got := m.Message()
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(got.HTML))
			if err != nil {
				t.Fatal(err)
			}
			if title := doc.Find("title").Text(); title != got.Subject {
				t.Errorf("title %q, subject %q", title, got.Subject)
			}
			text := strings.Join(strings.Fields(got.Text), " ")
			doc.Find("p:not(.muted), td.card td.ink").Each(func(_ int, s *goquery.Selection) {
				if said := strings.Join(strings.Fields(s.Text()), " "); !strings.Contains(text, said) {
					t.Errorf("only HTML says %q", said)
				}
			})
			doc.Find("a").Each(func(_ int, s *goquery.Selection) {
				if href := s.AttrOr("href", ""); !strings.Contains(got.Text, href) {
					t.Errorf("only HTML links to %q", href)
				}
			})
			if n := doc.Find("h1").Length(); n != 1 {
				t.Errorf("%d headings", n)
			}
			if !strings.Contains(got.Text, "You get this mail because ") {
				t.Error("nothing says why it came")
			}
			if strings.Contains(got.Text, "\n\n\n") || strings.HasPrefix(got.Text, "\n") {
				t.Errorf("holes in the text:\n%s", got.Text)
			}
			if n := doc.Find("script, link, img, form, iframe, [onclick]").Length(); n != 0 {
				t.Errorf("%d elements that load or do something", n)
			}
		})
	}
}

// What the mails must say, each by its words.
func TestWhatMailsSay(t *testing.T) {
	for name, words := range map[string][]string{
		"invitation":               {"Olivia Owner invites you to join Acme", "as Member", "in the Reselling team, as Seller", "choose a password", "only and works once, until Monday 9 March 2026, 11:00 (Madrid)", "new@acme.example"},
		"invitation_user":          {"Hello Ada,", "as Billing contact", "You have a sign-in already"},
		"staff_invitation":         {"Ann Administrator invites you", "in the role Customer Success"},
		"staff_invitation_first":   {"You are invited to the staff", "Hello,", "until Monday 9 March 2026, 10:00 (UTC)"},
		"password_reset":           {"until Monday 2 March 2026, 11:30 (Madrid)", "your password stays as it is"},
		"password_changed":         {"Firefox on Linux", "192.0.2.7", "Monday 2 March 2026, 11:00 (Madrid)", "every other session has ended"},
		"password_changed_by_link": {"with a link sent to this address"},
		"email_change_confirm":     {"with sam@new.example instead of sam@acme.example", "until Tuesday 3 March 2026, 11:00 (Madrid)"},
		"email_change_announced":   {"sam@new.example", "If not, change your password at once"},
		"trial_issued":             {"Your free trial of Studio Pro from Acme", "for Initrode", "14 days", "Monday 16 March 2026, 11:00 (Madrid)", "Sam Seller of Acme is happy to help", "Write to sam@acme.example"},
		"price_requested":          {"Acme requests a price for Initrode", "Sam Seller of Acme asks", "10 × Studio Pro for 4 quarters: no price yet", "They start in May."},
		"quoted":                   {"Your quote for Initrode", "through Tuesday 31 March 2026 (New York)", "per licence and quarter: 99.99 EUR", "Full price: 3,999.60 EUR", "From Customer Success: Our best price."},
		"quote_changed":            {"has changed", "takes the place of the one that you have", "through Tuesday 31 March 2026 (Madrid)"},
		"quote_lapsing":            {"about to lapse", "through Tuesday 31 March 2026", "ask for the price again"},
		"price_declined":           {"No price for Initrode", "The reason: Not sold there.", "Write to success@vendor.example"},
		"annex_signed":             {"waits for your signature", "Olivia Owner has signed the Annex of Acme"},
		"credit_note":              {"C-2026-00003", "takes back 199.98 EUR of invoice V-2026-00007", "The reason: 10 % less, as agreed"},
		"credit_note_whole":        {"Nothing", "The licences that it takes back have ended."},
		"account_suspended":        {"Acme is suspended", "Two invoices are overdue.", "V-2026-00007", "cleo@vendor.example"},
		"account_resumed":          {"works again", "Write to Cleo Success."},
		"annex_needed":             {"waits for your signature", "1 quote"},
		"annex_stale":              {"no longer holds", "75 %"},
		"annex_in_force":           {"is in force", "can place orders now"},
		"annex_declined":           {"was sent back", "The reason: Wrong company."},
		"order_placed":             {"The order for Initrode is placed", "Olivia Owner placed the order", "Full price: 3,999.60 EUR"},
		"payment":                  {"has received 1,999.80 EUR", "Pays: V-2026-00007: 1,900.00 EUR", "Your credit: 99.80 EUR", "Reference: Transfer 7", "Wednesday 1 April 2026"},
		"payment_reversed":         {"payment of 1,999.80 EUR was reversed", "suspended until they are paid", "The reason: Called back by the bank"},
		"order_active":             {"The licences for Initrode are active", "Studio Pro: 10 seats until", "Key of Studio Pro: KEY.OF.STUDIO", "Orchestrator SaaS: 1 seat until"},
		"client_license":           {"Your licence of Studio Pro is active", "Seats: 10", "Write to Olivia Owner: olivia@acme.example", "because Sam Seller ordered the licence for you", "sent it for Acme"},
		"license_ending":           {"Initrode: the licence of Studio Pro ends in 30 days", "Nothing is renewed by itself", "Choose which mails"},
		"license_ending_renewed":   {"Its renewal is under way", "Open the renewal"},
		"license_ending_client":    {"Your licence of Studio Pro ends in 14 days", "write to Sam Seller in time: sam@acme.example", "keeps its key"},
		"client_license_known":     {"The key stays the same"},
		"order_placed_vendor":      {"Acme ordered for Initrode", "one of Customer Success"},
		"client_invoice":           {"Invoice ACME-2026-00007 from Acme, due on 1 April 2026", "To pay: 1,089.00 EUR", "First Bank, IBAN ES91 2100", "Write to sam@acme.example", "Sam Seller of Acme sent you"},
		"client_invoice_paid":      {"Nothing is to be paid"},
		"client_credit_note":       {"Credit note ACME-CN-2026-00001 from Acme", "take back our invoice ACME-2026-00007", "Credited: 1,089.00 EUR"},
		"invoice":                  {"due on 1 April 2026", "To pay: 1,999.80 EUR", "Payment reference: RF18V202600007", "First Bank, IBAN DE02 1203", "TOKEN/pdf"},
		"invoice_of_nothing":       {"Nothing is to be paid"},
		"invoice_overdue":          {"is overdue", "8 days ago", "To pay: 999.80 EUR", "say so on the page"},
		"invoice_void":             {"is void", "The reason: Ordered twice", "Nothing is to be paid"},
		"trial_issued_bare":        {"lasts 1 day and"},
		"client_interest":          {"Initrode wants to buy Studio Pro", "Ingrid", "ingrid@initrode.example", "once a day"},
		"client_reminder":          {"Your free trial of Studio Pro ends in 3 days", "press “I want to buy”", "write to Sam Seller at sam@acme.example", "Ends: Thursday 5 March 2026, 11:00 (Madrid)", "costs nothing"},
		"client_reminder_ended":    {"Your free trial of Studio Pro has ended", "Ended: Monday 2 March 2026, 11:00 (Madrid)", "no longer works", "Acme is happy to help"},
		"trial_reminder":           {"Initrode: the trial of Studio Pro ends within a day", "Does the client want to buy?", "ingrid@initrode.example", "The client gets a reminder, too", "because you issued the trial", "https://portal.example/me/notifications"},
		"trial_reminder_ended":     {"Initrode: the trial of Studio Pro has ended", "because you look after the trial at Acme, which Sam Seller has issued", "can't be delivered (550 5.1.1 no such mailbox)", "was not reminded"},
		"undelivered":              {"Our mail to Initrode could not be delivered", "ingird@initrode.example", "550 5.1.1 no such mailbox", "Correct the address", "uses no trial of the month"},
		"role_changed":             {"Role: Admin (before: Member)", "Olivia Owner changed"},
		"role_changed_reselling":   {"Reselling team: Seller (before: not in it)"},
		"removed_from_team":        {"You are no longer in Acme"},
		"removed_from_reselling":   {"no longer in the Reselling team of Acme", "You stay in the account"},
		"ownership_offered":        {"Olivia Owner offers you the ownership of Acme", "Until you answer, nothing changes"},
		"ownership_transferred":    {"Mia Member is now the Owner of Acme", "You are Admin now"},
		"ownership_declined":       {"Mia Member declined", "You remain the Owner"},
		"ownership_withdrawn":      {"Olivia Owner withdrew"},
		"handover":                 {"You look after the clients of Sam Seller now", "Client: Attic (archived)", "More clients: 3", "Studio Pro for Initrode, until"},
		"new_device":               {"Firefox on Linux", "192.0.2.7", "end that session and change your password"},
		"key_replaced_client":      {"Your licence key of Studio Pro has changed", "no longer accepts the old one", "Open the licence page", "Sam Seller at Acme helps you: sam@acme.example"},
		"key_replaced":             {"The licence key of Initrode has changed", "they were not told", "Open the licence:"},
		"webhook_gone":             {"A webhook of Acme was switched off", "410 Gone", "If that was a mistake", "Address: hooks.acme.example/reselling\n"},
		"webhook_failing":          {"For five days", "not sent later", "Description: Ticket system", "Failing since: Wednesday 25 February 2026, 11:00 (Madrid)", "Last attempt: no answer within 15 seconds"},
		"webhook_failing_vendor":   {"A webhook of ElectroNeek was switched off", "Last attempt: answered 500"},
	} {
		got := messages[name].Message()
		for _, word := range words {
			if !strings.Contains(got.Subject+"\n"+got.Text, word) {
				t.Errorf("%s does not say %q", name, word)
			}
		}
	}
}

var hostile = map[string]string{
	"script":        `<script>alert(1)</script>"'><img src=x onerror=alert(1)>&amp;`,
	"headers":       "Anna\r\nBcc: eve@evil.example\r\n\r\n<b>body</b>\x00\x1b[31m",
	"separators":    "a\u2028b\u2029c\u0085d\v\f\te",
	"right to left": "שלום עולם",
	"reversed":      "Anna \u202egnp.exe\u202c \u2066x\u2069 \u2067y",
	"isolates":      "\u2069\u2069 מה \u2068",
	"emoji":         strings.Repeat("👩🏽\u200d🚀", 60),
	"combining":     "Z" + strings.Repeat("\u0351\u0324\u032b", 3000),
	"long":          strings.Repeat("Long name ", 1000),
	"one word":      strings.Repeat("x", 10000),
	"invisible":     "\u200b\u2060\ufeff\u00ad",
	"broken":        "a\xff\xfe\xc0b",
	"formula":       `=HYPERLINK("https://evil.example","x")`,
	"link":          "See https://evil.example/win and javascript:alert(1)",
	"template":      "{{.}} ${x} %s %d {% raw %}",
	"empty":         "",
}

func TestHostileWords(t *testing.T) {
	for kind, words := range hostile {
		for name, m := range messages {
			t.Run(kind+" in "+name, func(t *testing.T) {
				checkMessage(t, fill(m, words).Message(), words)
			})
		}
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.String().Draw(t, "words")
		for _, name := range []string{"invitation", "trial_issued", "role_changed"} {
			checkMessage(t, fill(messages[name], words).Message(), words)
		}
	})
}

type reporter interface {
	Errorf(format string, args ...any)
}

func checkMessage(t reporter, got mail.Message, words string) {
	if n := utf8.RuneCountInString(got.Subject); n == 0 || n > 150 {
		t.Errorf("a subject of %d characters", n)
	}
	for part, s := range map[string]string{"subject": got.Subject, "text": strings.ReplaceAll(got.Text, "\n", "")} {
		if strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar || r >= '\u202a' && r <= '\u202e' || r == '\u2066' || r == '\u2067' || r == '\u200b'
		}) {
			t.Errorf("%s: %q", part, s)
		}
		if open, closed := strings.Count(s, "\u2068"), strings.Count(s, "\u2069"); open != closed {
			t.Errorf("%s: %d isolates begin, %d end: %q", part, open, closed, s)
		}
	}
	if strings.Contains(got.Text, "://evil") {
		t.Errorf("the text links to a stranger's page:\n%s", got.Text)
	}
	if len(got.HTML) > 40_000 || len(got.Text) > 10_000 {
		t.Errorf("%d bytes of HTML, %d of text", len(got.HTML), len(got.Text))
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(got.HTML))
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	if n := doc.Find("script, img, b, iframe, form, svg, input").Length(); n != 0 {
		t.Errorf("%d foreign elements in\n%s", n, got.HTML)
	}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if strings.HasPrefix(strings.ToLower(a.Key), "on") {
				t.Errorf("attribute %s", a.Key)
			}
		}
	})
	doc.Find("a").Each(func(_ int, s *goquery.Selection) {
		if href := s.AttrOr("href", ""); !strings.HasPrefix(href, "https://portal.example") {
			t.Errorf("a link to %q", href)
		}
	})
}

// fill returns m with words in every text but the addresses that a mail goes to and links to.
func fill(m message, words string) message {
	v := reflect.New(reflect.TypeOf(m)).Elem()
	v.Set(reflect.ValueOf(m))
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		if field.Kind() == reflect.String && name != "To" && !strings.HasSuffix(name, "Link") && !strings.HasSuffix(name, "Email") {
			field.SetString(words)
		}
	}
	p := portal
	p.Vendor = words
	v.FieldByName("Portal").Set(reflect.ValueOf(p))
	return v.Interface().(message)
}

// A link that is none must not become one.
func TestOnlyWebLinks(t *testing.T) {
	m := mail.PasswordReset{Portal: portal, To: "a@b.example", Link: "javascript:alert(1)", ExpiresAt: at}
	if got := m.Message(); strings.Contains(got.HTML, `href="javascript:`) {
		t.Errorf("the button runs a script:\n%s", got.HTML)
	}
}

func TestLongNamesAreCut(t *testing.T) {
	long := strings.Repeat("Müller & Söhne ", 30)
	got := mail.Invitation{Portal: portal, To: "a@b.example", InvitedBy: long, Account: long, Role: "Member", Link: link, ExpiresAt: at}.Message()
	if want := "Müller & Söhne Müller & Söhne Müller & Söhne Müller & Söhne Müller & Söhne Müll… invites you to join Müller & Söhne Müller & Söhne Müller & Söhne Mül…"; got.Subject != want {
		t.Errorf("subject %q (%d)", got.Subject, utf8.RuneCountInString(got.Subject))
	}
	rtl := mail.Invitation{Portal: portal, To: "a@b.example", InvitedBy: "שלום", Account: "Acme", Role: "Member", Link: link, ExpiresAt: at}.Message()
	if want := "\u2068שלום\u2069 invites you to join Acme"; rtl.Subject != want {
		t.Errorf("subject %q", rtl.Subject)
	}
}

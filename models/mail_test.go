package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// Where the mail box is all the delivery that there is, a job that runs again
// changes nothing, and one that was kept to be sent counts as sent.
func TestMailIsBoxedOnce(t *testing.T) {
	w := modelstest.New(t)
	m := models.Mail{DedupeKey: "trial_mail 1", Kind: "trial_mail", AccountID: modelstest.Acme, SubjectID: "s", Recipient: "ingrid@initrode.example", Subject: "Yours", Body: "Hello", MessageID: "<1@portal.example>"}
	kept := m
	kept.DedupeKey, kept.MessageID = "trial_mail 2", "<2@portal.example>"
	if _, _, err := w.KeepMail(t.Context(), models.System, kept); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, m := range []models.Mail{m, kept} {
			if err := w.BoxMail(t.Context(), models.System, m); err != nil {
				t.Fatal(err)
			}
		}
		w.Clock.Advance(time.Minute)
	}
	page, err := w.MailBox(t.Context(), modelstest.VendorAdministrator, models.MailFilter{State: "sent"}, models.Paging{})
	if err != nil || len(page.Items) != 2 || w.Count(t, "mails", "1 = 1") != 2 {
		t.Fatalf("%+v, %v", page.Items, err)
	}
	for _, got := range page.Items {
		if !got.CreatedAt.Equal(modelstest.Now) || got.SentAt == nil || !got.SentAt.Equal(modelstest.Now) || got.Recipient != m.Recipient || got.Subject != "Yours" {
			t.Errorf("%+v", got)
		}
	}
}

func TestMailIsKeptOnce(t *testing.T) {
	w := modelstest.New(t)
	m := models.Mail{
		DedupeKey: "trial_mail 1", Kind: "trial_mail", AccountID: modelstest.Acme, SubjectID: "s", Recipient: "ingrid@initrode.example",
		Subject: "Your trial\r\nBcc: x@y.example", HTML: "<p>Hello</p>", Body: "Hello", MessageID: "<1@portal.example>",
	}
	isNew := 0
	ok, _, other := modelstest.Race(8, func(int) error {
		kept, first, err := w.KeepMail(t.Context(), models.System, m)
		if err == nil && first {
			isNew++ // SQLite and PostgreSQL let one of them in: no two write this
		}
		if err == nil && kept.Subject != "Your trial Bcc: x@y.example" {
			t.Errorf("subject = %q", kept.Subject)
		}
		return err
	})
	if ok != 8 || isNew != 1 || len(other) != 0 || w.Count(t, "mails", "1 = 1") != 1 {
		t.Fatalf("ok %d, new %d, other %v", ok, isNew, other)
	}
	page, err := w.MailBox(t.Context(), modelstest.VendorAdministrator, models.MailFilter{Query: "INGRID@", Kind: "trial_mail", State: "waiting"}, models.Paging{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%d mails, %v", len(page.Items), err)
	}
	id := page.Items[0].ID
	w.Clock.Advance(time.Minute)
	for range 2 {
		if err := w.MarkMailSent(t.Context(), models.System, id); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Minute)
	}
	kept, err := w.KeptMail(t.Context(), modelstest.VendorAdministrator, id)
	if err != nil || kept.SentAt == nil || !kept.SentAt.Equal(modelstest.Now.Add(time.Minute)) || !kept.CreatedAt.Equal(modelstest.Now) ||
		kept.HTML != "<p>Hello</p>" || kept.Body != "Hello" || kept.MessageID != m.MessageID || kept.AccountID != modelstest.Acme || kept.SubjectID != "s" || kept.Kind != "trial_mail" {
		t.Errorf("kept %+v, %v", kept, err)
	}
	for _, f := range []models.MailFilter{{Query: "nobody"}, {Kind: "other"}, {State: "waiting"}} {
		if page, err := w.MailBox(t.Context(), modelstest.VendorAdministrator, f, models.Paging{}); err != nil || len(page.Items) != 0 {
			t.Errorf("%+v: %d mails, %v", f, len(page.Items), err)
		}
	}
	if kinds, err := w.MailKinds(t.Context(), modelstest.VendorAdministrator); err != nil || len(kinds) != 1 || kinds[0] != "trial_mail" {
		t.Errorf("kinds = %v, %v", kinds, err)
	}
	_, err = w.KeptMail(t.Context(), modelstest.VendorAdministrator, modelstest.Acme)
	wantProblem(t, "another id", err, models.NotFound, "")
}

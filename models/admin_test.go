package models_test

import (
	"errors"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// long is a text of n runes that are neither letters of English nor one byte.
func long(n int) string { return strings.Repeat("ñ", n) }

// hostile is what every field may be sent.
const hostile = "<script>alert(1)</script> =1+1 \u202eevil\u202c 🧪 \r\nBcc: x@y.example"

// wantProblem fails the test unless err is of a kind and, if field is not
// empty, says something about that field.
func wantProblem(t *testing.T, name string, err error, kind models.Kind, field string) {
	t.Helper()
	problem, ok := errors.AsType[*models.Error](err)
	switch {
	case !ok || problem.Kind != kind:
		t.Errorf("%s: %v (kind %d), want kind %d", name, err, models.KindOf(err), kind)
	case field != "" && problem.Fields[field] == "":
		t.Errorf("%s: fields %v say nothing about %s", name, problem.Fields, field)
	}
}

// onlyFor fails the test if anybody else of the cast may do it.
func onlyFor(t *testing.T, do func(models.Actor) error, roles ...string) {
	t.Helper()
	for role, who := range modelstest.Cast {
		may := false
		for _, r := range roles {
			may = may || r == role
		}
		if refused := models.KindOf(do(who)) == models.Forbidden; refused == may {
			t.Errorf("%s: refused = %t", role, refused)
		}
	}
}

func TestWhoMayDoWhatUnderAdmin(t *testing.T) {
	w := modelstest.New(t)
	staff := []string{"administrator", "success", "finance", "support"}
	onlyFor(t, func(a models.Actor) error {
		_, err := w.AddTerms(t.Context(), a, models.TermsEntry{Plan: models.Gold})
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error {
		_, err := w.WithdrawTerms(t.Context(), a, models.Gold, modelstest.Acme)
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error { _, err := w.PlanHistories(t.Context(), a); return err }, staff...)
	onlyFor(t, func(a models.Actor) error {
		_, err := w.Catalogue(t.Context(), a, models.CatalogueFilter{}, models.Paging{})
		return err
	}, staff...)
	onlyFor(t, func(a models.Actor) error { _, err := w.NewProduct(t.Context(), a); return err }, "administrator")
	onlyFor(t, func(a models.Actor) error {
		_, err := w.CreateProduct(t.Context(), a, models.ProductEntry{})
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error {
		_, err := w.ChangeProduct(t.Context(), a, modelstest.StudioPro, models.ProductEntry{})
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error {
		_, err := w.ArchiveProduct(t.Context(), a, modelstest.StudioPro)
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error {
		_, err := w.RestoreProduct(t.Context(), a, modelstest.StudioPro)
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error {
		_, err := w.MailBox(t.Context(), a, models.MailFilter{}, models.Paging{})
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error { _, err := w.KeptMail(t.Context(), a, modelstest.Acme); return err }, "administrator")
	onlyFor(t, func(a models.Actor) error {
		_, _, err := w.KeepMail(t.Context(), a, models.Mail{})
		return err
	})
	onlyFor(t, func(a models.Actor) error { return w.BoxMail(t.Context(), a, models.Mail{}) })
	onlyFor(t, func(a models.Actor) error { return w.MarkMailSent(t.Context(), a, modelstest.Acme) })
	onlyFor(t, func(a models.Actor) error {
		_, err := w.JobQueue(t.Context(), a, models.JobFilter{}, models.Paging{})
		return err
	}, "administrator")
	onlyFor(t, func(a models.Actor) error { _, err := w.RetryJob(t.Context(), a, 1); return err }, "administrator")
	onlyFor(t, func(a models.Actor) error { _, err := w.DiscardJob(t.Context(), a, 1); return err }, "administrator")
	onlyFor(t, func(a models.Actor) error { _, err := w.ChangeVendor(t.Context(), a, models.VendorEntry{}); return err }, "administrator")
}

package models_test

import (
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// The mails about a receipt and what it activates tell what holds, to those who may read it.
func TestPaymentLetters(t *testing.T) {
	w := modelstest.New(t)
	i := ordered(t, w, "10")
	p := received(t, w, "R-1", "7.00", i.ID, "6.05")
	letter := func(userID string, news models.PaymentNews) (models.PaymentLetter, bool) {
		t.Helper()
		l, ok, err := w.PaymentForMail(t.Context(), models.System, models.PaymentMail{PaymentID: p.ID, UserID: userID, News: news})
		if err != nil {
			t.Fatal(err)
		}
		return l, ok
	}
	l, ok := letter(modelstest.AcmeBilling.UserID, models.PaymentReceived)
	if !ok || l.To != "bea@acme.example" || l.Amount != "7.00 EUR" || l.Credit != "0.95 EUR" || len(l.Invoices) != 1 || l.Invoices[0] != i.Number+": 6.05 EUR" || l.ReceivedOn != "2026-03-02" || l.Link != w.Store.URL("/statement") {
		t.Errorf("%v %+v", ok, l)
	}
	if _, ok := letter(modelstest.AcmeSeller.UserID, models.PaymentReceived); ok {
		t.Error("a Seller reads of payments")
	}
	if _, ok := letter(modelstest.AcmeOwner.UserID, models.PaymentReversed); ok {
		t.Error("nothing was reversed")
	}
	active, ok, err := w.OrderActiveForMail(t.Context(), models.System, models.OrderActiveMail{OrderID: i.OrderID, UserID: modelstest.AcmeSeller.UserID})
	if err != nil || !ok || active.To != "sam@acme.example" || active.Company != "Initrode" || len(active.Licenses) != 1 || active.Licenses[0].Key == "" || active.Licenses[0].Seats != 1 {
		t.Errorf("%v %v %+v", ok, err, active)
	}
	if _, ok, err := w.OrderActiveForMail(t.Context(), models.System, models.OrderActiveMail{OrderID: i.OrderID, UserID: modelstest.AcmeMember.UserID}); ok || err != nil {
		t.Errorf("a member without a role gets the keys: %v", err)
	}
	var term models.LicenseTerm
	if err := w.DB.Take(&term).Error; err != nil {
		t.Fatal(err)
	}
	client := func() (models.ClientLicenseLetter, bool) {
		t.Helper()
		l, ok, err := w.ClientLicenseForMail(t.Context(), models.System, models.ClientLicenseMail{TermID: term.ID})
		if err != nil {
			t.Fatal(err)
		}
		return l, ok
	}
	// Somebody else looks after the client than who has placed the order.
	w.Exec(t, "UPDATE clients SET responsible_id = ?", modelstest.AcmeOwner.UserID)
	if l, ok := client(); !ok || l.OrderedBy != "Sam Seller" || l.ContactName != "Olivia Owner" || l.ContactEmail != "olivia@acme.example" || l.To != "ingrid@initrode.example" || l.Product != "Studio Pro" || l.Link == "" || l.IsKnown || !l.EndsAt.Equal(term.EndsAt) {
		t.Errorf("%v %+v", ok, l)
	}
	if _, err := w.ReversePayment(t.Context(), fresh(w, modelstest.VendorFinance), p.ID, "Called back"); err != nil {
		t.Fatal(err)
	}
	if l, ok := letter(modelstest.AcmeOwner.UserID, models.PaymentReversed); !ok || l.Reason != "Called back" || len(l.Invoices) != 0 || l.Credit != "" {
		t.Errorf("%v %+v", ok, l)
	}
	if _, ok := client(); ok {
		t.Error("a suspended licence is sent to the client")
	}
}

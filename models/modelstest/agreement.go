package modelstest

import (
	"fmt"
	"testing"

	"reselling/models"
)

// SignAnnex puts an Annex into force, by the terms that the account has now. It
// goes around the use cases.
func (w *World) SignAnnex(t testing.TB, accountID string) models.Annex {
	t.Helper()
	var account models.Account
	must(t, w.DB.Where("id = ?", accountID).Take(&account).Error)
	var terms models.PlanTerms
	must(t, w.DB.Where("plan = ? AND holds_from <= ?", account.Plan, models.DateIn(w.Clock.Now(), madrid)).Order("holds_from DESC").Take(&terms).Error)
	var templates []models.AnnexTemplate
	must(t, w.DB.Order("version DESC").Limit(1).Find(&templates).Error)
	if len(templates) == 0 {
		templates = []models.AnnexTemplate{{ID: id("0a", 1), Version: 1, Body: "Both sides agree.", CreatedAt: w.Clock.Now()}}
		must(t, w.DB.Create(&templates[0]).Error)
	}
	n := w.Count(t, "annexes", "1 = 1")
	annex := models.Annex{
		ID: id("0b", n+1), AccountID: accountID, Version: w.Count(t, "annexes", "account_id = ?", accountID) + 1, TemplateID: templates[0].ID,
		Plan: account.Plan, TermsID: terms.ID, Percentage: terms.Percentage, Text: "Both sides agree.", TextSHA256: fmt.Sprintf("%064d", n),
		ViewedAt: w.Clock.Now(), SignedAt: w.Clock.Now(), SignedBy: AcmeOwner.UserID, SignedName: AcmeOwner.Name, SignedEmail: AcmeOwner.Email,
		SignedAddress: AcmeOwner.Address, SignedDevice: AcmeOwner.Device, CountersignedAt: new(w.Clock.Now()), CountersignedBy: &VendorSuccess.UserID,
		CountersignedName: VendorSuccess.Name, CountersignedEmail: VendorSuccess.Email, CountersignedAddress: VendorSuccess.Address, CountersignedDevice: VendorSuccess.Device,
	}
	must(t, w.DB.Create(&annex).Error)
	return annex
}

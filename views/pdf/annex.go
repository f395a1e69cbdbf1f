package pdf

import (
	"strconv"
	"time"

	"reselling/models"
	"reselling/models/money"
)

// Annex is an Annex that both sides have signed, with a page of evidence.
func Annex(v models.AnnexView, paper models.Paper) ([]byte, error) {
	a := v.Annex
	s := sheet{title: "Annex of " + v.Account.Name + ", version " + strconv.Itoa(a.Version), foot: v.Vendor.LegalName + " · Annex of " + v.Account.Name + " · version " + strconv.Itoa(a.Version), paper: paper, issued: *a.CountersignedAt, author: v.Vendor.LegalName}
	return draw(s, func(d *document) {
		d.head("Annex", "version "+strconv.Itoa(a.Version)+" of "+v.Account.Name, nil)
		d.text(a.Text)
		d.page()
		d.head("Evidence", "of both signatures", nil)
		d.facts([][2]string{
			{"Account", v.Account.Name}, {"Plan", a.Plan.Name()}, {"Reselling percentage", money.Percentage(a.Percentage).String()},
			{"Version of the text", strconv.Itoa(v.Template.Version)}, {"SHA-256 of the text", a.TextSHA256},
		})
		d.heading("Signed for " + v.Account.LegalName)
		d.facts([][2]string{
			{"Name as typed", a.SignedName}, {"Mail address", a.SignedEmail}, {"Text on the screen (UTC)", instant(a.ViewedAt)}, {"Signed (UTC)", instant(a.SignedAt)},
			{"Internet address", a.SignedAddress}, {"Browser", a.SignedDevice},
		})
		d.heading("Signed for " + v.Vendor.LegalName)
		d.facts([][2]string{
			{"Name as typed", a.CountersignedName}, {"Mail address", a.CountersignedEmail}, {"Signed (UTC)", instant(*a.CountersignedAt)},
			{"Internet address", a.CountersignedAddress}, {"Browser", a.CountersignedDevice},
		})
		d.skip(3)
		d.note("Each side was signed in with its own password, given again for this signature, typed its name and gave its consent. The SHA-256 is of the exact text above as it was shown and signed, in UTF-8.")
	})
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

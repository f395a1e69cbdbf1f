package models

import "time"

// annexes signs the Annex of an account: one is in force, one waits for the
// vendor, one was sent back and signed again, one is stale.
func (d demo) annexes(account Account, a demoAccount) error {
	if account.Plan == "" {
		return nil
	}
	owner := Actor{UserID: d.id("user", a.team[0].email), Name: a.team[0].name, Email: a.team[0].email, AccountID: account.ID, Role: Owner, Address: "198.51.100.17", Device: "Firefox on Windows"}
	terms, err := termsOn(d.ctx, d.DB, account.Plan, DateIn(d.now, time.UTC))
	if err != nil {
		return err
	}
	switch {
	case a.suspended: // signed under an earlier percentage
		terms.Percentage /= 2
		return d.annex(account, owner, terms, 1, d.days(300), "")
	case account.Plan == Bronze:
		return d.annex(account, owner, terms, 1, d.days(2), "waiting")
	case account.Plan == Silver:
		if err := d.annex(account, owner, terms, 1, d.days(402), "Please sign with your full name."); err != nil {
			return err
		}
		return d.annex(account, owner, terms, 2, d.days(400), "")
	}
	return d.annex(account, owner, terms, 1, d.days(380), "")
}

// annex signs one version; answer is empty where the vendor has signed, too,
// "waiting" where it has not, else why it was sent back.
func (d demo) annex(account Account, owner Actor, terms PlanTerms, version int, at time.Time, answer string) error {
	template, err := currentTemplate(d.ctx, d.DB)
	if err != nil {
		return err
	}
	vendor, err := rowsOf[Vendor](d.DB).Where("id = ?", 1).Take(d.ctx)
	if err != nil {
		return err
	}
	success := Actor{UserID: d.id("user", demoStaff[1].email), Name: demoStaff[1].name, Email: demoStaff[1].email, StaffRole: CustomerSuccess}
	text, answered := annexText(template, account, terms, vendor), at.Add(26*time.Hour)
	x := Annex{
		ID: d.id("annex", account.ID, version), AccountID: account.ID, Version: version, TemplateID: template.ID, Plan: account.Plan, TermsID: terms.ID, Percentage: terms.Percentage,
		Text: text.Text, TextSHA256: text.SHA256, ViewedAt: at.Add(-7 * time.Minute), SignedAt: at, SignedBy: owner.UserID, SignedName: owner.Name, SignedEmail: owner.Email,
		SignedAddress: owner.Address, SignedDevice: owner.Device,
	}
	action, facts := "", map[string]any{"version": version}
	switch answer {
	case "":
		x.CountersignedAt, x.CountersignedBy, x.CountersignedName, x.CountersignedEmail = &answered, &success.UserID, success.Name, success.Email
		x.CountersignedAddress, x.CountersignedDevice = "203.0.113.5", "Chrome on macOS"
		action, facts["signed_as"] = "annex.countersigned", success.Name
	case "waiting":
	default:
		x.DeclinedAt, x.DeclinedBy, x.DeclineReason = &answered, &success.UserID, answer
		action, facts["reason"] = "annex.declined", answer
	}
	if err := rowsOf[Annex](d.DB).Create(d.ctx, &x); err != nil {
		return err
	}
	if err := d.event(at, owner, "annex.signed", x.subject(account), map[string]any{"version": version, "signed_as": owner.Name}); err != nil || action == "" {
		return err
	}
	return d.event(answered, success, action, x.subject(account), facts)
}

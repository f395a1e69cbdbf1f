package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func accountEntry() models.AccountEntry {
	return models.AccountEntry{
		Name: "Umbrella IT", LegalName: "Umbrella IT GmbH", Address: "Weg 1\nBerlin", TaxID: "DE1", Country: "DE", Currency: "EUR", TimeZone: "Europe/Berlin",
		PaymentDays: "30", TaxRate: "19,5", Plan: models.Gold, OwnerEmail: "Uma@umbrella.example", RequestKey: "k",
	}
}

func TestAccountIsCreatedOnceWithItsOwnersInvitation(t *testing.T) {
	w := modelstest.New(t)
	ok, _, other := modelstest.Race(6, func(int) error {
		_, err := w.CreateAccount(t.Context(), modelstest.VendorSuccess, accountEntry())
		return err
	})
	if ok != 6 || len(other) != 0 || w.Count(t, "accounts", "name = 'Umbrella IT'") != 1 {
		t.Fatalf("ok %d, other %v", ok, other)
	}
	page, err := w.AllAccounts(t.Context(), modelstest.VendorSupport, models.AccountFilter{Query: "umbrélla"}, models.Paging{})
	if err != nil || len(page.Items) != 1 || page.Items[0].InvitedEmail != "Uma@umbrella.example" {
		t.Fatalf("list %+v, %v", page.Items, err)
	}
	a := page.Items[0]
	if a.LegalName != "Umbrella IT GmbH" || a.Address != "Weg 1\nBerlin" || a.TaxID != "DE1" || a.Country != "DE" || a.Currency != "EUR" || a.Plan != models.Gold ||
		a.PaymentDays != 30 || a.TaxRate != 1950 || a.CreatedBy != modelstest.VendorSuccess.UserID || !a.CreatedAt.Equal(modelstest.Now) || a.OwnerName != "" || a.Version != 1 {
		t.Errorf("account = %+v", a)
	}
	p := show(t, w, a.ID)
	if p.Zones.InForce != "Europe/Berlin" || p.PendingOwner == nil || p.PendingOwner.Role != models.Owner || p.Owner() != nil || p.Quota.Limit != 10 || len(p.Events) != 2 {
		t.Errorf("page = %+v", p)
	}
	if n := len(w.Jobs(t, "invitation_mail")); n != 1 {
		t.Errorf("%d invitation mails", n)
	}
}

func show(t *testing.T, w *modelstest.World, id string) models.AccountPage {
	t.Helper()
	p, err := w.Account(t.Context(), modelstest.VendorSupport, id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAccountIsRefused(t *testing.T) {
	w := modelstest.New(t)
	for field, change := range map[string]func(*models.AccountEntry){
		"name":         func(e *models.AccountEntry) { e.Name = "\u200e\t" + long(201) },
		"legal_name":   func(e *models.AccountEntry) { e.LegalName = "" },
		"address":      func(e *models.AccountEntry) { e.Address = long(1001) },
		"tax_id":       func(e *models.AccountEntry) { e.TaxID = long(101) },
		"country":      func(e *models.AccountEntry) { e.Country = "XX" },
		"currency":     func(e *models.AccountEntry) { e.Currency = "EURO" },
		"time_zone":    func(e *models.AccountEntry) { e.TimeZone = "" },
		"payment_days": func(e *models.AccountEntry) { e.PaymentDays = "366" },
		"tax_rate":     func(e *models.AccountEntry) { e.TaxRate = "-1" },
		"plan":         func(e *models.AccountEntry) { e.Plan = "platinum" },
		"owner_email":  func(e *models.AccountEntry) { e.OwnerEmail = "uma@" },
	} {
		e := accountEntry()
		change(&e)
		_, err := w.CreateAccount(t.Context(), modelstest.VendorSuccess, e)
		wantProblem(t, field, err, models.Invalid, field)
	}
	e := accountEntry()
	e.OwnerEmail = modelstest.VendorFinance.Email
	_, err := w.CreateAccount(t.Context(), modelstest.VendorSuccess, e)
	wantProblem(t, "staff as Owner", err, models.Conflict, "owner_email")
	if n := w.Count(t, "accounts", "1 = 1"); n != 3 {
		t.Errorf("%d accounts, want 3: a refused one was kept", n)
	}
	e = accountEntry()
	e.Name, e.LegalName, e.Address, e.TaxID = hostile, hostile, hostile, hostile
	if _, err := w.CreateAccount(t.Context(), modelstest.VendorSuccess, e); err != nil {
		t.Errorf("a refusal has used up the form, or hostile strings are refused: %v", err)
	}
}

func acmeEntry() models.AccountEntry {
	return models.AccountEntry{Name: "Acme 2", LegalName: "Acme 2 S.L.", Address: "New", TaxID: "T2", Country: "PT", Currency: "EUR", TimeZone: "Europe/Madrid", PaymentDays: "7", TaxRate: "0", Version: 1}
}

func TestAccountChangesForTheFirstEditorOnly(t *testing.T) {
	w := modelstest.New(t)
	if _, err := w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, acmeEntry()); err != nil {
		t.Fatal(err)
	}
	a := show(t, w, modelstest.Acme)
	if a.Name != "Acme 2" || a.LegalName != "Acme 2 S.L." || a.Address != "New" || a.TaxID != "T2" || a.Country != "PT" || a.PaymentDays != 7 || a.TaxRate != 0 ||
		a.Version != 2 || a.Search != "acme 2 acme 2 s.l. t2" || a.Plan != models.Silver || a.Zones.Upcoming != "" {
		t.Errorf("account = %+v", a)
	}
	// The same again, as from a second click, changes and tells nothing.
	if again, err := w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, acmeEntry()); err != nil || again.Version != 2 || len(w.Events(t, modelstest.Acme)) != 1 {
		t.Errorf("sent twice: version %d, %v, events %v", again.Version, err, w.Events(t, modelstest.Acme))
	}
	other := acmeEntry()
	other.TimeZone = "Europe/Lisbon"
	_, err := w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, other)
	wantProblem(t, "the second editor", err, models.Conflict, "")
	if a := show(t, w, modelstest.Acme); a.Zones.Upcoming != "" {
		t.Errorf("a refused change left the zone %s", a.Zones.Upcoming)
	}
	_, err = w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.StudioPro, acmeEntry())
	wantProblem(t, "another id", err, models.NotFound, "")
}

func TestCurrencyIsFixedWithTheFirstTrial(t *testing.T) {
	w := modelstest.New(t)
	e := acmeEntry()
	e.Currency = "USD"
	if _, err := w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, e); err != nil {
		t.Fatal(err)
	}
	acmeTrial(t, w, "1", modelstest.Now)
	e.Currency, e.Version = "EUR", 2
	_, err := w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, e)
	wantProblem(t, "after a trial", err, models.Invalid, "currency")
}

// acmeTrial writes a trial of Acme, around the use case that issues one.
func acmeTrial(t *testing.T, w *modelstest.World, n string, issued time.Time) {
	t.Helper()
	id := "00000000-0000-7000-8000-0000000000e" + n
	w.Exec(t, "INSERT INTO signing_keys (kid, public_key, created_at) VALUES ('k', 'p', ?) ON CONFLICT DO NOTHING", issued)
	w.Exec(t, `INSERT INTO licenses (id, account_id, client_id, product_id, key, kid, seats, starts_at, ends_at, page_token_hash, created_at) VALUES (?, ?, ?, ?, ?, 'k', 1, ?, ?, ?, ?)`,
		id, modelstest.Acme, modelstest.AcmeClient, modelstest.StudioPro, id, issued, issued.AddDate(0, 0, 14), id, issued)
	w.Exec(t, `INSERT INTO trials (id, account_id, client_id, product_id, license_id, plan, terms_id, month, days, issued_at, issued_by, responsible_id, ends_at) VALUES (?, ?, ?, ?, ?, 'silver', '01920000-0000-7000-8000-000000000002', ?, 14, ?, ?, ?, ?)`,
		id, modelstest.Acme, modelstest.AcmeClient, modelstest.StudioPro, id, issued.Format("2006-01"), issued, modelstest.AcmeSeller.UserID, modelstest.AcmeSeller.UserID, issued.AddDate(0, 0, 14))
}

func TestZoneHoldsFromTheNextMonth(t *testing.T) {
	w := modelstest.New(t)
	change := func(version int, zone string) models.AccountZones {
		e := acmeEntry()
		e.Version, e.TimeZone = version, zone
		if _, err := w.ChangeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, e); err != nil {
			t.Fatal(err)
		}
		return show(t, w, modelstest.Acme).Zones
	}
	// East of Madrid, where summer time has begun by April: when March ends in Madrid.
	if z := change(1, "Asia/Tokyo"); z.InForce != "Europe/Madrid" || z.Upcoming != "Asia/Tokyo" || !z.HoldsFrom.Equal(time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC)) {
		t.Errorf("Tokyo: %+v", z)
	}
	// West of it: when March has ended there too.
	if z := change(2, "America/New_York"); z.Upcoming != "America/New_York" || !z.HoldsFrom.Equal(time.Date(2026, 4, 1, 4, 0, 0, 0, time.UTC)) || w.Count(t, "account_zones", "account_id = ?", modelstest.Acme) != 2 {
		t.Errorf("New York: %+v", z)
	}
	if z := change(3, "Europe/Madrid"); z.Upcoming != "" || z.InForce != "Europe/Madrid" {
		t.Errorf("called off: %+v", z)
	}
	change(4, "America/New_York")
	w.Clock.Set(time.Date(2026, 4, 1, 4, 0, 0, 0, time.UTC))
	if z := show(t, w, modelstest.Acme).Zones; z.InForce != "America/New_York" || z.Upcoming != "" {
		t.Errorf("in April: %+v", z)
	}
}

func TestPlanChangeDoesWhatWasPreviewed(t *testing.T) {
	w := modelstest.New(t)
	for i := range 4 {
		acmeTrial(t, w, string(rune('1'+i)), modelstest.Now.Add(-time.Hour))
	}
	for _, plan := range []models.Plan{models.Bronze, models.Gold, ""} {
		before, err := w.PreviewPlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, plan)
		if err != nil {
			t.Fatal(err)
		}
		if left := map[models.Plan]int{models.Bronze: 0, models.Gold: 6, "": 0}[plan]; before.After.Left() != left || before.Running != 4 || before.After.Used != 4 {
			t.Errorf("%s: preview %+v", plan, before)
		}
		_, err = w.ChangePlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, plan, "other terms", before.Account.Version)
		if plan != "" || err == nil {
			wantProblem(t, "other terms", err, models.Conflict, "")
		}
		_, err = w.ChangePlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, plan, before.After.Terms.ID, before.Account.Version-1)
		wantProblem(t, "another version", err, models.Conflict, "")
		if _, err := w.ChangePlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, plan, before.After.Terms.ID, before.Account.Version); err != nil {
			t.Fatal(err)
		}
		after := show(t, w, modelstest.Acme)
		if after.Plan != plan || after.Quota.Limit != before.After.Limit || after.Quota.Used != before.After.Used || after.Quota.Left() != before.After.Left() ||
			after.Quota.Terms != before.After.Terms || !after.Quota.ResetsAt.Equal(before.After.ResetsAt) || after.Running != before.Running {
			t.Errorf("%s: got %+v, previewed %+v", plan, after.Quota, before.After)
		}
		if w.Count(t, "trials", "days = 14") != 4 {
			t.Error("running trials have changed their length")
		}
	}
	p := show(t, w, modelstest.Acme)
	_, err := w.ChangePlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "", "", p.Version)
	wantProblem(t, "the same plan", err, models.Conflict, "")
	_, err = w.PreviewPlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "platinum")
	wantProblem(t, "no such plan", err, models.Invalid, "plan")
}

func TestSuspensionAndResumption(t *testing.T) {
	w := modelstest.New(t)
	_, err := w.SuspendAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, " ")
	wantProblem(t, "without a reason", err, models.Invalid, "reason")
	if _, err := w.SuspendAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "Unpaid."); err != nil {
		t.Fatal(err)
	}
	p := show(t, w, modelstest.Acme)
	if !p.IsSuspended() || !p.SuspendedAt.Equal(modelstest.Now) || p.SuspensionReason != "Unpaid." || p.SuspendedName != modelstest.VendorSuccess.Name || p.Version != 2 {
		t.Errorf("suspended: %+v", p.Account)
	}
	_, err = w.SuspendAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "Again.")
	wantProblem(t, "twice", err, models.Conflict, "")
	if _, err := w.ResumeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "Paid."); err != nil {
		t.Fatal(err)
	}
	if p := show(t, w, modelstest.Acme); p.IsSuspended() || p.SuspendedBy != "" || p.SuspensionReason != "" {
		t.Errorf("resumed: %+v", p.Account)
	}
	if got := w.Events(t, modelstest.Acme); len(got) != 2 || got[0] != "account.suspended" || got[1] != "account.resumed" {
		t.Errorf("events = %v", got)
	}
}

func TestOwnerInvitationIsReplacedUntilAccepted(t *testing.T) {
	w := modelstest.New(t)
	a, err := w.CreateAccount(t.Context(), modelstest.VendorSuccess, accountEntry())
	if err != nil {
		t.Fatal(err)
	}
	if in, err := w.ResendOwnerInvitation(t.Context(), modelstest.VendorSuccess, a.ID); err != nil || in.Generation != 2 {
		t.Fatalf("resent %+v, %v", in, err)
	}
	if _, err := w.InviteOwner(t.Context(), modelstest.VendorSuccess, a.ID, "other@umbrella.example"); err != nil {
		t.Fatal(err)
	}
	if p := show(t, w, a.ID); p.PendingOwner == nil || p.PendingOwner.Email != "other@umbrella.example" || len(p.Invitations) != 1 {
		t.Errorf("pending = %+v", p.Invitations)
	}
	_, err = w.InviteOwner(t.Context(), modelstest.VendorSuccess, a.ID, "nobody")
	wantProblem(t, "no address", err, models.Invalid, "owner_email")
	if p := show(t, w, a.ID); p.PendingOwner == nil {
		t.Error("a refusal has revoked the pending invitation")
	}
	_, err = w.InviteOwner(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "other@umbrella.example")
	wantProblem(t, "once there is an Owner", err, models.Conflict, "")
}

func TestAccountsAreFiltered(t *testing.T) {
	w := modelstest.New(t)
	if _, err := w.CreateAccount(t.Context(), modelstest.VendorSuccess, accountEntry()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SuspendAccount(t.Context(), modelstest.VendorSuccess, modelstest.Globex, "Unpaid."); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		f    models.AccountFilter
		want []string
	}{
		"newest":    {models.AccountFilter{}, []string{"Umbrella IT", "Initech", "Globex", "Acme"}},
		"by name":   {models.AccountFilter{Sort: "name"}, []string{"Acme", "Globex", "Initech", "Umbrella IT"}},
		"plan":      {models.AccountFilter{Plan: "silver"}, []string{"Acme"}},
		"no plan":   {models.AccountFilter{Plan: "none"}, []string{"Initech"}},
		"suspended": {models.AccountFilter{State: "suspended"}, []string{"Globex"}},
		"no Owner":  {models.AccountFilter{Owner: "missing"}, []string{"Umbrella IT"}},
		"search":    {models.AccountFilter{Query: "ESB123"}, []string{"Acme"}},
		"wildcard":  {models.AccountFilter{Query: "%"}, nil},
	} {
		var got []string
		if err := w.EachAccount(t.Context(), modelstest.VendorSupport, c.f, func(a models.AccountRow) error { got = append(got, a.Name); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	}
}

func TestTrialsOfAllAccounts(t *testing.T) {
	w := modelstest.New(t)
	acmeTrial(t, w, "1", modelstest.Now.Add(-time.Hour))
	acmeTrial(t, w, "2", modelstest.Now.AddDate(0, 0, -20))
	for name, c := range map[string]struct {
		f    models.StaffTrialFilter
		want int
	}{
		"all": {models.StaffTrialFilter{}, 2}, "active": {models.StaffTrialFilter{State: models.TrialActive}, 1}, "expired": {models.StaffTrialFilter{State: models.TrialExpired}, 1},
		"revoked": {models.StaffTrialFilter{State: models.TrialRevoked}, 0}, "converted": {models.StaffTrialFilter{State: models.TrialConverted}, 0},
		"month": {models.StaffTrialFilter{Month: "2026-03"}, 1}, "client": {models.StaffTrialFilter{Query: "INITRODE"}, 2}, "account": {models.StaffTrialFilter{Account: modelstest.Globex}, 0},
		"account's name": {models.StaffTrialFilter{Query: "acme"}, 2}, "product": {models.StaffTrialFilter{Product: "orchestrator-saas"}, 0},
	} {
		page, err := w.AllTrials(t.Context(), modelstest.VendorSupport, c.f, models.Paging{})
		if err != nil || len(page.Items) != c.want {
			t.Errorf("%s: %d trials, %v", name, len(page.Items), err)
		}
	}
	page, err := w.AllTrials(t.Context(), modelstest.VendorSupport, models.StaffTrialFilter{Sort: "ends"}, models.Paging{Size: 1})
	if err != nil || page.Next == "" || !page.Items[0].IssuedAt.Equal(modelstest.Now.AddDate(0, 0, -20)) || page.Items[0].AccountName != "Acme" ||
		page.Items[0].Company != "Initrode" || page.Items[0].ProductName != "Studio Pro" || page.Items[0].IssuedName != modelstest.AcmeSeller.Name {
		t.Errorf("by end: %+v, %v", page, err)
	}
}

func TestWorkQueue(t *testing.T) {
	w := modelstest.New(t)
	a, err := w.CreateAccount(t.Context(), modelstest.VendorSuccess, accountEntry())
	if err != nil {
		t.Fatal(err)
	}
	acmeTrial(t, w, "1", modelstest.Now.AddDate(0, 0, 3))
	queue := func() models.WorkQueue {
		q, err := w.WorkQueue(t.Context(), modelstest.VendorSupport)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	if q := queue(); len(q.Owners) != 0 || len(q.WithoutPlan) != 1 || q.WithoutPlan[0].ID != modelstest.Initech || len(q.Suspended) != 0 || q.Accounts != 4 {
		t.Errorf("at first: %+v", q)
	}
	w.Clock.Advance(3 * 24 * time.Hour)
	if q := queue(); len(q.Owners) != 1 || q.Owners[0].AccountID != a.ID || q.Owners[0].Email != "Uma@umbrella.example" || q.Owners[0].IsExpired(w.Now()) || q.Today != 1 || q.Week != 1 || q.Running != 1 {
		t.Errorf("after 3 days: %+v", q)
	}
	w.Clock.Advance(5 * 24 * time.Hour)
	if q := queue(); len(q.Owners) != 1 || !q.Owners[0].IsExpired(w.Now()) || q.Today != 0 || q.Week != 1 {
		t.Errorf("after 8 days: %+v", q)
	}
}

func TestTwoAdministratorsDemotingEachOtherLeaveOne(t *testing.T) {
	w := modelstest.New(t)
	second := modelstest.VendorSuccess
	if _, err := w.ChangeStaffRole(t.Context(), modelstest.VendorAdministrator, second.UserID, models.Administrator); err != nil {
		t.Fatal(err)
	}
	second.StaffRole = models.Administrator
	both := []models.Actor{modelstest.VendorAdministrator, second}
	ok, conflict, other := modelstest.Race(2, func(i int) error {
		if i == 0 {
			_, err := w.ChangeStaffRole(t.Context(), both[0], both[1].UserID, models.Support)
			return err
		}
		_, err := w.RemoveStaff(t.Context(), both[1], both[0].UserID)
		return err
	})
	if ok != 1 || conflict != 1 || len(other) != 0 {
		t.Errorf("ok %d, conflict %d, other %v", ok, conflict, other)
	}
	if n := w.Count(t, "users", "staff_role = 'administrator' AND removed_at IS NULL"); n != 1 {
		t.Errorf("%d administrators are left", n)
	}
}

func TestStaffAreChangedAndRemoved(t *testing.T) {
	w := modelstest.New(t)
	ada := modelstest.VendorAdministrator
	_, err := w.ChangeStaffRole(t.Context(), ada, ada.UserID, models.Support)
	wantProblem(t, "one's own role", err, models.Conflict, "")
	_, err = w.RemoveStaff(t.Context(), ada, ada.UserID)
	wantProblem(t, "oneself", err, models.Conflict, "")
	_, err = w.ChangeStaffRole(t.Context(), ada, modelstest.VendorFinance.UserID, "boss")
	wantProblem(t, "no such role", err, models.Invalid, "role")
	_, err = w.RemoveStaff(t.Context(), ada, modelstest.AcmeOwner.UserID)
	wantProblem(t, "an account's user", err, models.NotFound, "")
	if _, err := w.ChangeStaffRole(t.Context(), ada, modelstest.VendorFinance.UserID, models.Support); err != nil {
		t.Fatal(err)
	}
	if _, err := w.RemoveStaff(t.Context(), ada, modelstest.VendorFinance.UserID); err != nil {
		t.Fatal(err)
	}
	if w.Count(t, "sessions", "user_id = ? AND ended_at IS NULL", modelstest.VendorFinance.UserID) != 0 {
		t.Error("a session goes on")
	}
	if got := w.Events(t, modelstest.VendorFinance.UserID); len(got) != 2 || got[0] != "staff.role_changed" || got[1] != "staff.removed" {
		t.Errorf("events = %v", got)
	}
	if n := len(w.Jobs(t, "role_changed_mail")); n != 2 {
		t.Errorf("%d mails tell them, want 2", n)
	}
	for f, want := range map[models.StaffFilter]int{{}: 3, {Query: "ADA"}: 1, {Role: models.Support}: 1, {Query: "finn"}: 0} {
		if page, err := w.Staff(t.Context(), modelstest.VendorSupport, f, models.Paging{}); err != nil || len(page.Items) != want {
			t.Errorf("%+v: %d, %v", f, len(page.Items), err)
		}
	}
}

func TestWhoMayChangeAccountsAndStaff(t *testing.T) {
	w := modelstest.New(t)
	for name, do := range map[string]func(models.Actor) error{
		"create": func(a models.Actor) error {
			_, err := w.CreateAccount(t.Context(), a, models.AccountEntry{})
			return err
		},
		"new": func(a models.Actor) error { _, err := w.NewAccount(t.Context(), a); return err },
		"change": func(a models.Actor) error {
			_, err := w.ChangeAccount(t.Context(), a, modelstest.Acme, models.AccountEntry{})
			return err
		},
		"form": func(a models.Actor) error { _, err := w.ChangeableAccount(t.Context(), a, modelstest.Acme); return err },
		"preview": func(a models.Actor) error {
			_, err := w.PreviewPlan(t.Context(), a, modelstest.Acme, models.Gold)
			return err
		},
		"plan": func(a models.Actor) error {
			_, err := w.ChangePlan(t.Context(), a, modelstest.Acme, models.Gold, "", 0)
			return err
		},
		"suspend": func(a models.Actor) error {
			_, err := w.SuspendAccount(t.Context(), a, modelstest.Acme, "")
			return err
		},
		"resume": func(a models.Actor) error { _, err := w.ResumeAccount(t.Context(), a, modelstest.Acme, ""); return err },
		"owner":  func(a models.Actor) error { _, err := w.InviteOwner(t.Context(), a, modelstest.Acme, ""); return err },
		"resend": func(a models.Actor) error {
			_, err := w.ResendOwnerInvitation(t.Context(), a, modelstest.Acme)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { onlyFor(t, do, "administrator", "success") })
	}
	for name, do := range map[string]func(models.Actor) error{
		"role": func(a models.Actor) error {
			_, err := w.ChangeStaffRole(t.Context(), a, modelstest.Acme, "")
			return err
		},
		"remove": func(a models.Actor) error { _, err := w.RemoveStaff(t.Context(), a, modelstest.Acme); return err },
	} {
		t.Run(name, func(t *testing.T) { onlyFor(t, do, "administrator") })
	}
	for name, do := range map[string]func(models.Actor) error{
		"accounts": func(a models.Actor) error {
			_, err := w.AllAccounts(t.Context(), a, models.AccountFilter{}, models.Paging{})
			return err
		},
		"account": func(a models.Actor) error { _, err := w.Account(t.Context(), a, modelstest.Acme); return err },
		"trials": func(a models.Actor) error {
			_, err := w.AllTrials(t.Context(), a, models.StaffTrialFilter{}, models.Paging{})
			return err
		},
		"staff": func(a models.Actor) error {
			_, err := w.Staff(t.Context(), a, models.StaffFilter{}, models.Paging{})
			return err
		},
		"invitations": func(a models.Actor) error { _, err := w.StaffInvitations(t.Context(), a); return err },
		"queue":       func(a models.Actor) error { _, err := w.WorkQueue(t.Context(), a); return err },
	} {
		t.Run(name, func(t *testing.T) { onlyFor(t, do, "administrator", "success", "finance", "support") })
	}
}

package models_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reselling/models"
	"reselling/models/modelstest"
)

// reckoning is what DOMAIN says of one account's quota, kept beside the store
// by other means: lists and sums.
type reckoning struct {
	plan      models.Plan
	suspended bool
	zone      *time.Location
	terms     []models.TermsEntry // in the order in which they were added
	granted   map[string]int      // by month
	used      map[string]int
	ends      map[string]time.Time // of trials, by id: nothing but their own end may end them
}

func (k *reckoning) month(now time.Time) string { return now.In(k.zone).Format("2006-01") }

// limits are what plan gives at now.
func (k *reckoning) limits(plan models.Plan, now time.Time) (days, perMonth int) {
	day, from := now.In(k.zone).Format("2006-01-02"), ""
	for _, t := range k.terms {
		if t.Plan == plan && t.HoldsFrom <= day && t.HoldsFrom >= from {
			from = t.HoldsFrom
			_, _ = fmt.Sscan(t.TrialDays, &days)
			_, _ = fmt.Sscan(t.TrialsPerMonth, &perMonth)
		}
	}
	return days, perMonth
}

func (k *reckoning) check(r *rapid.T, what string, q models.Quota, plan models.Plan, now time.Time) {
	days, perMonth := k.limits(plan, now)
	limit, granted := 0, 0
	if plan != "" {
		granted = k.granted[k.month(now)]
		limit = perMonth + granted
	}
	used := k.used[k.month(now)]
	left := max(0, limit-used)
	if q.Plan != plan || string(q.Month) != k.month(now) || q.Limit != limit || q.Granted != granted || q.Used != used || q.Left() != left || q.Terms.TrialDays != days || q.Terms.TrialsPerMonth != perMonth {
		r.Fatalf("%s: %+v; should be %s with %d days, %d + %d in %s, %d used, %d left", what, q, plan.Name(), days, perMonth, granted, k.month(now), used, left)
	}
}

// checkTerms compares the preview of terms that were added with what the accounts find now.
func (k *reckoning) checkTerms(t *testing.T, r *rapid.T, w *modelstest.World, preview models.TermsPreview, added models.PlanTerms) {
	accounts, atOnce, full, running := 0, 0, 0, 0
	for _, id := range []string{modelstest.Acme, modelstest.Globex, modelstest.Initech} {
		account, err := w.Account(t.Context(), modelstest.VendorSuccess, id)
		if err != nil {
			r.Fatal(err)
		}
		if account.Plan != added.Plan {
			continue
		}
		accounts++
		running += account.Running
		if account.Quota.Terms.ID == added.ID {
			atOnce++
			if account.Quota.Left() == 0 {
				full++
			}
		}
	}
	if preview.Accounts != accounts || preview.AtOnce != atOnce || preview.Full != full || preview.Running != running ||
		preview.After.TrialDays != added.TrialDays || preview.After.TrialsPerMonth != added.TrialsPerMonth || preview.After.HoldsFrom != added.HoldsFrom {
		r.Fatalf("preview of terms: %+v; became %d accounts, %d at once, %d full, %d running", preview, accounts, atOnce, full, running)
	}
}

// running counts the trials that run at now.
func (k *reckoning) running(now time.Time) (n int) {
	for _, end := range k.ends {
		if end.After(now) {
			n++
		}
	}
	return n
}

// TestThePreviewIsWhatHappens changes plan, terms, grants and suspension in the
// middle of months, as it comes. Each time staff are shown beforehand what the
// account then finds, and it can issue exactly what is left: no more and no less.
func TestThePreviewIsWhatHappens(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE plan_terms SET holds_from = '2000-01-01'")
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		for _, table := range []string{"trial_conflicts", "trial_grants", "trial_allowances", "requests", "entitlement_changes", "trials", "licenses"} {
			w.Exec(t, "DELETE FROM "+table)
		}
		w.Exec(t, "DELETE FROM plan_terms WHERE holds_from > '2000-01-01'")
		w.Exec(t, "UPDATE accounts SET plan = 'silver', suspended_at = NULL, suspended_by = '' WHERE id = ?", modelstest.Acme)
		zone, err := time.LoadLocation("Europe/Madrid")
		if err != nil {
			r.Fatal(err)
		}
		k := &reckoning{plan: models.Silver, zone: zone, granted: map[string]int{}, used: map[string]int{}, ends: map[string]time.Time{}, terms: []models.TermsEntry{
			{Plan: models.Bronze, HoldsFrom: "2000-01-01", TrialDays: "7", TrialsPerMonth: "2"}, {Plan: models.Silver, HoldsFrom: "2000-01-01", TrialDays: "14", TrialsPerMonth: "5"},
			{Plan: models.Gold, HoldsFrom: "2000-01-01", TrialDays: "45", TrialsPerMonth: "10"},
		}}
		w.Clock.Set(modelstest.Now.Add(time.Duration(rapid.IntRange(0, 28*24).Draw(r, "start, hours")) * time.Hour))
		issueOne := func() {
			n++
			issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: fmt.Sprintf("No. %d", n), Email: fmt.Sprintf("n%d@n%d.example", n, n)}})
			now := w.Now()
			days, perMonth := k.limits(k.plan, now)
			may := !k.suspended && k.plan != "" && k.used[k.month(now)] < perMonth+k.granted[k.month(now)]
			if may != (err == nil) {
				r.Fatalf("issued: %v, should be allowed: %v, by %+v", err, may, k)
			}
			if err == nil {
				k.used[k.month(now)]++
				k.ends[issued.Trial.ID] = now.Add(time.Duration(days) * 24 * time.Hour)
			}
		}
		plans := []models.Plan{"", models.Bronze, models.Silver, models.Gold}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			now := w.Now()
			account, err := w.Account(t.Context(), modelstest.VendorSuccess, modelstest.Acme)
			if err != nil {
				r.Fatal(err)
			}
			k.check(r, "the account's page", account.Quota, k.plan, now)
			switch rapid.SampledFrom([]string{"plan", "terms", "grant", "request", "suspension", "issue", "wait"}).Draw(r, "step") {
			case "plan":
				plan := rapid.SampledFrom(plans).Draw(r, "plan")
				preview, err := w.PreviewPlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, plan)
				if err != nil {
					r.Fatal(err)
				}
				k.check(r, "the preview's present", preview.Before, k.plan, now)
				k.check(r, "the preview's future", preview.After, plan, now)
				if preview.Running != k.running(now) {
					r.Fatalf("%d trials run, should be %d", preview.Running, k.running(now))
				}
				_, err = w.ChangePlan(t.Context(), modelstest.VendorSuccess, modelstest.Acme, plan, preview.After.Terms.ID, preview.Account.Version)
				if (err == nil) != (plan != k.plan) {
					r.Fatalf("from %s to %s: %v", k.plan.Name(), plan.Name(), err)
				}
				k.plan = plan
			case "terms":
				e := models.TermsEntry{
					Plan: rapid.SampledFrom(models.Plans).Draw(r, "plan"), HoldsFrom: now.In(zone).AddDate(0, 0, rapid.IntRange(0, 3).Draw(r, "in days")).Format("2006-01-02"),
					TrialDays: fmt.Sprint(rapid.IntRange(1, 60).Draw(r, "days")), TrialsPerMonth: fmt.Sprint(rapid.IntRange(0, 6).Draw(r, "per month")), Percentage: "10",
				}
				preview, refused := w.PreviewTerms(t.Context(), modelstest.VendorAdministrator, e)
				added, err := w.AddTerms(t.Context(), modelstest.VendorAdministrator, e)
				if (err == nil) != (refused == nil) || err != nil && (models.KindOf(err) != models.Conflict || err.Error() != refused.Error()) {
					r.Fatalf("previewed as %v, then %v", refused, err)
				}
				if err == nil {
					k.terms = append(k.terms, e)
					k.checkTerms(t, r, w, preview, added)
				}
			case "grant":
				number := rapid.IntRange(1, 3).Draw(r, "number")
				month := account.Quota.Month.AddMonths(rapid.IntRange(0, 1).Draw(r, "months ahead"))
				if _, err := w.GrantTrials(t.Context(), modelstest.VendorSuccess, modelstest.Acme, models.GrantEntry{Number: fmt.Sprint(number), Month: string(month), Reason: "A test"}); err != nil {
					r.Fatal(err)
				}
				k.granted[string(month)] += number
			case "request":
				asked, err := w.MakeRequest(t.Context(), modelstest.AcmeSeller, extra("A test"))
				if (err == nil) != (!k.suspended && k.plan != "") {
					r.Fatalf("asked: %v", err)
				}
				if err == nil {
					if _, err := w.DecideRequest(t.Context(), modelstest.VendorSuccess, asked.ID, yes); err != nil {
						r.Fatal(err)
					}
					k.granted[k.month(now)]++
				}
			case "suspension":
				if account.Running != k.running(now) {
					r.Fatalf("%d trials are said to go on, should be %d", account.Running, k.running(now))
				}
				set := w.SuspendAccount
				if k.suspended {
					set = w.ResumeAccount
				}
				if _, err := set(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "A test"); err != nil {
					r.Fatal(err)
				}
				k.suspended = !k.suspended
			case "issue":
				issueOne()
			case "wait":
				w.Clock.Advance(time.Duration(rapid.IntRange(1, 20*24).Draw(r, "hours")) * time.Hour)
			}
			own, err := w.Quota(t.Context(), modelstest.AcmeViewer)
			if err != nil {
				r.Fatal(err)
			}
			k.check(r, "what the account finds", own, k.plan, w.Now())
		}
		// What is said to be left can be issued, and one more can't.
		own, err := w.Quota(t.Context(), modelstest.AcmeViewer)
		if err != nil {
			r.Fatal(err)
		}
		for range own.Left() + 1 {
			issueOne()
		}
		var trials []models.Trial
		if err := w.DB.Find(&trials).Error; err != nil || len(trials) != len(k.ends) {
			r.Fatalf("%d trials, should be %d, %v", len(trials), len(k.ends), err)
		}
		for _, trial := range trials {
			if !trial.EndsAt.Equal(k.ends[trial.ID]) || trial.RevokedAt != nil {
				r.Fatalf("a trial's length was changed: it ends at %v, should at %v", trial.EndsAt, k.ends[trial.ID])
			}
		}
	})
}

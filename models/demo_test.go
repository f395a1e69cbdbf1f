package models_test

import (
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func demoWorld(t *testing.T, now time.Time) (*modelstest.World, []models.DemoUser) {
	t.Helper()
	w := modelstest.Empty(t)
	w.Clock.Set(now)
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	users, err := w.LoadDemo(t.Context(), models.System)
	if err != nil {
		t.Fatal(err)
	}
	return w, users
}

func TestDemo(t *testing.T) {
	for name, now := range map[string]time.Time{
		"mid month":             time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		"an hour into a month":  time.Date(2027, 1, 1, 6, 0, 0, 0, time.UTC),
		"the end of a leap day": time.Date(2028, 2, 29, 22, 59, 59, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			w, users := demoWorld(t, now)
			if n := w.Count(t, "clients", "1 = 1"); n != 200 {
				t.Errorf("%d clients", n)
			}
			roles := map[any]int{}
			for _, u := range users {
				roles[u.Role]++
				roles[u.ResellingRole]++
				roles[u.StaffRole]++
				if _, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: u.Email, Password: u.Password}); err != nil {
					t.Errorf("%s can't sign in: %v", u.Email, err)
				}
			}
			for _, role := range []any{models.Owner, models.Admin, models.Member, models.BillingContact, models.Seller, models.Billing, models.Viewer, models.Administrator, models.CustomerSuccess, models.Finance, models.Support} {
				if roles[role] == 0 {
					t.Errorf("nobody is %v", role)
				}
			}
			left := map[models.Plan]int{}
			for _, u := range users {
				if u.Role == models.Owner && u.Plan != "" && u.Account != "Blue Ridge Networks" {
					left[u.Plan] = demoQuota(t, w, u).Left()
				}
			}
			if left[models.Bronze] != 1 || left[models.Silver] < 2 || left[models.Gold] < 2 {
				t.Errorf("trials left: %v, want one on Bronze and several on Silver and Gold", left)
			}
			for _, condition := range []string{"quoted_at IS NULL AND declined_at IS NULL AND cancelled_at IS NULL", "cancelled_at IS NULL AND lapses_at > ?", "cancelled_at IS NULL AND lapses_at <= ?", "declined_at IS NOT NULL", "cancelled_at IS NOT NULL"} {
				if w.Count(t, "orders", condition, []any{now}[:strings.Count(condition, "?")]...) == 0 {
					t.Errorf("no order where %s", condition)
				}
			}
			day := 24 * time.Hour
			for what, rows := range map[string]int{
				"renewals":                 w.Count(t, "orders", "kind = 'renewal' AND activated_at IS NOT NULL"),
				"licences to renew":        w.Count(t, "licenses l", "l.ends_at > ? AND l.ends_at < ? AND EXISTS (SELECT 1 FROM license_terms t WHERE t.license_id = l.id)", now, now.Add(30*day)),
				"client invoices, paid":    w.Count(t, "client_invoices", "paid_at IS NOT NULL"),
				"client invoices, open":    w.Count(t, "client_invoices", "paid_at IS NULL AND credited_at IS NULL AND overdue_at > ?", now),
				"client invoices, overdue": w.Count(t, "client_invoices", "paid_at IS NULL AND credited_at IS NULL AND overdue_at <= ?", now),
				"client credit notes":      w.Count(t, "client_credit_notes", "1 = 1"),
				"credit notes":             w.Count(t, "credit_notes", "issued_at IS NOT NULL"),
				"part payments":            w.Count(t, "invoices", "paid_at IS NULL AND voided_at IS NULL AND allocated > 0"),
			} {
				if rows == 0 {
					t.Errorf("no %s", what)
				}
			}
			for table, at := range map[string]string{"invoices": "issued_at", "client_invoices": "issued_at", "payments": "recorded_at", "license_terms": "created_at", "events": "at"} {
				if n := w.Count(t, table, at+" > ?", now); n != 0 {
					t.Errorf("%d %s of the future", n, table)
				}
			}
			if told, err := w.RemindLicenses(t.Context(), models.System); err != nil || told != 0 {
				t.Errorf("the demo begins with reminders of %d paid licences: %v", told, err)
			}
			if n := w.Count(t, "brandings", "logo_id IS NOT NULL AND bank_details <> '' AND prefix <> 'INV'"); n < 2 {
				t.Errorf("%d accounts with a look of their own", n)
			}
			if n := w.Count(t, "orders", "requested_at > ? OR quoted_at > ? OR declined_at > ? OR cancelled_at > ?", now, now, now, now); n != 0 {
				t.Errorf("%d orders of the future", n)
			}
			var broken int64
			w.DB.Raw(`SELECT COUNT(*) FROM (SELECT account_id, month FROM trials t JOIN plan_terms p ON p.id = t.terms_id GROUP BY account_id, month HAVING COUNT(*) > MAX(p.trials_per_month)) AS over_quota`).Scan(&broken)
			if broken != 0 {
				t.Errorf("%d months with more trials than the plan allows", broken)
			}
			if n := remind(t, w.Store); n != 0 {
				t.Errorf("the demo begins with %d reminders", n)
			}
			w.Clock.Advance(3 * 24 * time.Hour)
			if remind(t, w.Store) == 0 {
				t.Error("within three days the demo reminds nobody")
			}
			if n := w.Count(t, "trials", "issued_at > ?", now); n != 0 {
				t.Errorf("%d trials of the future", n)
			}
		})
	}
}

func demoQuota(t *testing.T, w *modelstest.World, u models.DemoUser) models.Quota {
	t.Helper()
	in, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: u.Email, Password: u.Password})
	if err != nil {
		t.Fatal(err)
	}
	actor, err := w.Authenticate(t.Context(), modelstest.Visitor, in.Token)
	if err != nil {
		t.Fatal(err)
	}
	q, err := w.Quota(t.Context(), actor)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestDemoHasTrialsInEveryState(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	w, _ := demoWorld(t, now)
	var trials []models.Trial
	if err := w.DB.Find(&trials).Error; err != nil {
		t.Fatal(err)
	}
	states := map[models.TrialStatus]int{}
	for _, trial := range trials {
		states[trial.Status(now)]++
	}
	for _, s := range []models.TrialStatus{models.TrialActive, models.TrialExpired, models.TrialConverted, models.TrialRevoked} {
		if states[s] < 3 {
			t.Errorf("%d trials are %s", states[s], s)
		}
	}
}

func TestDemoIsTheSameOnEveryLoad(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var rows [2][]string
	for i := range rows {
		w, _ := demoWorld(t, now)
		if err := w.DB.Raw("SELECT t.id || c.company || c.email || CAST(t.month AS TEXT) FROM trials t JOIN clients c ON c.id = t.client_id ORDER BY t.id").Scan(&rows[i]).Error; err != nil {
			t.Fatal(err)
		}
	}
	if len(rows[0]) < 100 {
		t.Errorf("%d trials", len(rows[0]))
	}
	for i := range rows[0] {
		if rows[0][i] != rows[1][i] {
			t.Fatalf("row %d: %s, then %s", i, rows[0][i], rows[1][i])
		}
	}
}

func TestDemoOnlyGoesIntoAnEmptyDatabase(t *testing.T) {
	w := modelstest.New(t)
	if _, err := w.LoadDemo(t.Context(), models.System); models.KindOf(err) != models.Conflict {
		t.Errorf("into other data: %v", err)
	}
	if n := w.Count(t, "clients", "1 = 1"); n != 1 {
		t.Errorf("%d clients, the cast has one", n)
	}
}

func TestDemoLoadsOnceForReplicas(t *testing.T) {
	w := modelstest.Empty(t)
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	replica := w.Replica(t)
	_, _, errs := modelstest.Race(4, func(i int) error {
		store := w.Store
		if i%2 == 1 {
			store = replica
		}
		_, err := store.LoadDemo(t.Context(), models.System)
		return err
	})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if n := w.Count(t, "clients", "1 = 1"); n != 200 {
		t.Errorf("%d clients", n)
	}
}

package models_test

import (
	"fmt"
	"sync"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// limits are what there can be only so many of. Each prepares a world in which one
// more is left, and returns what everybody then does at the same time, what is
// counted, how many there can be, and how somebody adds one who only counts first.
var limits = map[string]func(*testing.T, *modelstest.World) limited{
	"webhooks":              lastWebhook(modelstest.AcmeOwner),
	"the vendor's webhooks": lastWebhook(modelstest.VendorAdministrator),
	"API tokens":            lastToken(modelstest.AcmeOwner),
	"the vendor's tokens":   lastToken(modelstest.VendorAdministrator),
	"seats": func(t *testing.T, w *modelstest.World) limited {
		l := paidLicense(t, w, 3)
		for n := range 2 {
			activate(t, w.Store, question(l, machine(100+n)))
		}
		return limited{most: 3, table: "activations", counts: "deactivated_at IS NULL", act: func(s *models.Store, n int) error {
			a, err := s.ActivateMachine(t.Context(), product, question(l, machine(n)), models.MachineEntry{})
			if err == nil && a.Code == models.CodeTooManyActivations {
				return models.Errorf(models.Conflict, "no seat")
			}
			return err
		}, add: func(n int) error { return w.DB.Create(machineRow(l, n, false)).Error }}
	},
	"deactivations of a month": func(t *testing.T, w *modelstest.World) limited {
		l := paidLicense(t, w, 16)
		for n := range 17 { // of 18: 16 seats, and two more
			if err := w.DB.Create(machineRow(l, 100+n, true)).Error; err != nil {
				t.Fatal(err)
			}
		}
		for n := range 16 {
			activate(t, w.Store, question(l, machine(n)))
		}
		return limited{most: 18, table: "activations", counts: "counts AND deactivated_at IS NOT NULL", act: func(s *models.Store, n int) error {
			_, err := s.ReleaseMachine(t.Context(), product, question(l, machine(n)))
			return err
		}, add: func(n int) error {
			return w.DB.Exec("UPDATE activations SET deactivated_at = ? WHERE fingerprint = ?", modelstest.Now, machine(n)).Error
		}}
	},
	"licence files of a day": func(t *testing.T, w *modelstest.World) limited {
		l := paidLicense(t, w, 1)
		for range 9 {
			if _, err := w.ProductLicenseFile(t.Context(), product, question(l, machine(1)), models.MachineEntry{}); err != nil {
				t.Fatal(err)
			}
		}
		return limited{most: 10, table: "attempts", counts: "key LIKE 'license file %'", act: func(s *models.Store, _ int) error {
			_, err := s.ProductLicenseFile(t.Context(), product, question(l, machine(1)), models.MachineEntry{})
			if models.KindOf(err) == models.TooMany {
				return models.Errorf(models.Conflict, "%v", err)
			}
			return err
		}, add: func(n int) error {
			return w.DB.Exec("INSERT INTO attempts (id, key, at) VALUES (?, 'license file x', ?)", fmt.Sprint(n), modelstest.Now).Error
		}}
	},
}

type limited struct {
	most          int
	table, counts string
	act           func(s *models.Store, n int) error
	add           func(n int) error
}

func machineRow(l models.License, n int, isOff bool) *models.Activation {
	a := &models.Activation{
		ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", n), AccountID: l.AccountID, LicenseID: l.ID, Fingerprint: machine(n), Place: 1,
		ActivatedAt: modelstest.Now, LastSeenAt: modelstest.Now, Counts: true,
	}
	if isOff {
		a.DeactivatedAt = new(modelstest.Now)
	}
	return a
}

func lastWebhook(who models.Actor) func(*testing.T, *modelstest.World) limited {
	return func(t *testing.T, w *modelstest.World) limited {
		for range models.MaxWebhooks - 1 {
			addWebhook(t, w, who)
		}
		url := func(n int) string { return fmt.Sprintf("https://hooks%d.acme.example/", n) }
		return limited{most: models.MaxWebhooks, table: "webhooks", counts: "deleted_at IS NULL", act: func(s *models.Store, n int) error {
			_, err := s.CreateWebhook(t.Context(), who, models.WebhookEntry{URL: url(n)})
			return err
		}, add: func(n int) error {
			return w.DB.Create(&models.Webhook{ID: url(n), AccountID: who.AccountID, URL: url(n), Generation: 1, CreatedAt: modelstest.Now, CreatedBy: who.UserID, Version: 1}).Error
		}}
	}
}

func lastToken(who models.Actor) func(*testing.T, *modelstest.World) limited {
	return func(t *testing.T, w *modelstest.World) limited {
		for range 24 {
			newToken(t, w, who, "read")
		}
		return limited{most: 25, table: "api_tokens", counts: "revoked_at IS NULL", act: func(s *models.Store, n int) error {
			_, _, err := s.CreateAPIToken(t.Context(), who, models.APITokenEntry{Name: fmt.Sprint(n), Scopes: []string{"read"}, ExpiresOn: "2027-03-02"})
			return err
		}, add: func(n int) error {
			row := models.APIToken{ID: fmt.Sprint(n), Name: "x", TokenHash: fmt.Sprint(n), Hint: "xxxx", Scopes: "read", CreatedAt: modelstest.Now, CreatedBy: who.UserID, ExpiresAt: modelstest.Now.AddDate(1, 0, 0)}
			if who.AccountID != "" {
				row.AccountID = &who.AccountID
			}
			return w.DB.Create(&row).Error
		}}
	}
}

// Of 16 at once, on two processes, one gets the last and 15 are told why not.
func TestLimitsHold(t *testing.T) {
	for name, prepare := range limits {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			l, stores := prepare(t, w), []*models.Store{w.Store, w.Replica(t)}
			ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 16, func(n int) error { return l.act(stores[n%2], n) })
			if ok != 1 || conflict != 15 || len(other) > 0 {
				t.Errorf("%d got it, %d were refused, %d failed: %v", ok, conflict, len(other), other)
			}
			if n := w.Count(t, l.table, l.counts); n != l.most {
				t.Errorf("there are %d, of %d that there can be", n, l.most)
			}
		})
	}
}

// TestLimitsWithoutTheLock shows that the races above can be lost: what is counted
// and then added, with nothing that makes others wait in between, is too many. No
// constraint of the database stops it.
func TestLimitsWithoutTheLock(t *testing.T) {
	for name, prepare := range limits {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			l := prepare(t, w)
			var counted sync.WaitGroup
			counted.Add(5)
			_, refused, other := modelstest.Race(5, func(n int) error {
				count := w.Count(t, l.table, l.counts)
				counted.Done()
				counted.Wait() // everybody has counted before anybody adds
				if count >= l.most {
					return models.Errorf(models.Conflict, "full")
				}
				return l.add(n)
			})
			if n := w.Count(t, l.table, l.counts); refused > 0 || len(other) > 0 || n != l.most+4 {
				t.Errorf("there are %d, %d were refused, %v: this harness can't see the race", n, refused, other)
			}
		})
	}
}

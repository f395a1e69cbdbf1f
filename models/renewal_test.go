package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// bought is a paid licence of one seat of Studio Pro for one quarter, from 2 March on.
func bought(t *testing.T, w *modelstest.World) (l models.License) {
	t.Helper()
	i := ordered(t, w, "10")
	received(t, w, "first", "6.05", i.ID, "6.05")
	if err := w.DB.Take(&l).Error; err != nil {
		t.Fatal(err)
	}
	return l
}

// renewal asks for, quotes and places the renewal of a licence for one quarter.
func renewal(t *testing.T, w *modelstest.World, id, until string) models.Invoice {
	t.Helper()
	r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, id)
	if err != nil || r.RenewsID != id || r.ClientID != modelstest.AcmeClient || len(r.Lines) != 1 || r.Lines[0] != studio("1", "4") {
		t.Fatalf("%+v, %v", r, err)
	}
	r.Lines = []models.LineEntry{studio("2", "1")}
	o := quoted(t, w, request(t, w, r), until, "10")
	if o.Kind != models.RenewalOrder {
		t.Errorf("%+v", o)
	}
	i, _ := invoiceOf(t, w, placed(t, w, o).ID)
	return i
}

// Paid before the end or within 14 days after it, the licence goes on from its
// end with the same key; paid later, from the payment on.
func TestRenewalTerms(t *testing.T) {
	madrid, _ := time.LoadLocation("Europe/Madrid")
	end := models.Date("2026-06-02").StartIn(madrid)
	late := end.Add(14*24*time.Hour + time.Second)
	for name, c := range map[string]struct {
		paid         time.Time
		received     models.Date // what the receipt says, in New York
		first, until models.Date
		starts       time.Time
		seats        int
	}{
		"before the end":                          {end.AddDate(0, 0, -20), "2026-05-12", "2026-06-02", "2026-09-02", end, 1},
		"at the end":                              {end, "2026-06-01", "2026-06-02", "2026-09-02", end, 2},
		"14 days after":                           {end.Add(14 * 24 * time.Hour), "2026-06-15", "2026-06-02", "2026-09-02", end, 2},
		"later than that":                         {late, "2026-06-15", "2026-06-16", "2026-09-16", late, 2},
		"later, but the money came in time":       {late, "2026-06-14", "2026-06-02", "2026-09-02", end, 2},
		"before it was placed, recorded too late": {late, "2026-03-02", "2026-06-02", "2026-09-02", end, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			before := bought(t, w)
			if !before.EndsAt.Equal(end) {
				t.Fatalf("ends at %v", before.EndsAt)
			}
			w.Clock.Set(end.AddDate(0, 0, -25))
			i := renewal(t, w, before.ID, "2026-12-31")
			w.Clock.Set(c.paid)
			e := receipt("second", i.Amount(i.Total).Typed(), i.ID, i.Amount(i.Total).Typed())
			e.ReceivedOn = string(c.received)
			if _, err := w.RecordPayment(t.Context(), fresh(w, modelstest.VendorFinance), e); err != nil {
				t.Fatal(err)
			}
			var l models.License
			var term models.LicenseTerm
			if err := w.DB.Where("id = ?", before.ID).Take(&l).Error; err != nil {
				t.Fatal(err)
			}
			if err := w.DB.Where("order_id = ?", i.OrderID).Take(&term).Error; err != nil {
				t.Fatal(err)
			}
			if l.Key != before.Key || l.Seats != c.seats || !l.EndsAt.Equal(c.until.StartIn(madrid)) || l.Status(c.paid) != models.LicenseActive || w.Count(t, "licenses", "1 = 1") != 1 {
				t.Errorf("%+v", l)
			}
			if term.LicenseID != l.ID || term.FirstDay != c.first || !term.StartsAt.Equal(c.starts) || !term.EndsAt.Equal(l.EndsAt) || term.Seats != 2 {
				t.Errorf("%+v", term)
			}
			balanced(t, w)
			for _, seen := range []struct {
				at    time.Time
				seats int
			}{{c.paid, c.seats}, {l.EndsAt.Add(-time.Second), 2}, {l.EndsAt, 2}, {l.EndsAt.AddDate(1, 0, 0), 2}} {
				w.Clock.Set(seen.at)
				hasSeats(t, w, l, seen.seats)
			}
		})
	}
}

func TestRenewalRefusals(t *testing.T) {
	w := modelstest.New(t)
	l := bought(t, w)
	r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	wrong := r
	wrong.Lines = []models.LineEntry{orchestrator("1", "1")}
	if _, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, wrong); models.KindOf(err) != models.Invalid {
		t.Errorf("another product renews: %v", err)
	}
	o := request(t, w, r)
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
	if e := refusedWith(t, err, models.Conflict, "asked"); e.Subject != o.ID {
		t.Errorf("%q", e.Subject)
	}
	if _, err := w.PriceForRenewal(t.Context(), modelstest.GlobexSeller, l.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("Globex renews: %v", err)
	}
	if _, err := w.PriceForRenewal(t.Context(), modelstest.AcmeViewer, l.ID); models.KindOf(err) != models.Forbidden {
		t.Errorf("a Viewer renews: %v", err)
	}
	trial, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	r.RenewsID, r.Lines = trial.Trial.LicenseID, []models.LineEntry{orchestrator("1", "1")}
	_, err = w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
	refusedWith(t, err, models.Conflict, "unpaid_for")
}

// hasSeats looks at the seats of a licence wherever they can be read.
func hasSeats(t *testing.T, w *modelstest.World, l models.License, want int) {
	t.Helper()
	v, err := w.License(t.Context(), modelstest.AcmeViewer, l.ID)
	if err != nil || v.License.Seats != want {
		t.Errorf("at %v its page shows %d seats, want %d, %v", w.Now(), v.License.Seats, want, err)
	}
	list, err := w.Licenses(t.Context(), modelstest.AcmeViewer, models.LicenseFilter{ClientID: l.ClientID, Query: "studio"}, models.Paging{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Seats != want {
		t.Errorf("at %v the list shows %+v, want %d seats, %v", w.Now(), list.Items, want, err)
	}
	c, err := w.Client(t.Context(), modelstest.AcmeViewer, l.ClientID)
	if err != nil || len(c.Licenses) != 1 || c.Licenses[0].Seats != want {
		t.Errorf("at %v the client's page shows %+v, want %d seats, %v", w.Now(), c.Licenses, want, err)
	}
}

// Paid ahead, a renewal's mail to the client names the seats of the new term,
// and the next renewal starts from what holds then.
func TestRenewalPaidAheadTellsItsOwnSeats(t *testing.T) {
	w := modelstest.New(t)
	l := bought(t, w)
	w.Clock.Set(l.EndsAt.AddDate(0, 0, -25))
	i := renewal(t, w, l.ID, "2026-12-31")
	received(t, w, "second", i.Amount(i.Total).Typed(), i.ID, i.Amount(i.Total).Typed())
	var term models.LicenseTerm
	if err := w.DB.Where("order_id = ?", i.OrderID).Take(&term).Error; err != nil {
		t.Fatal(err)
	}
	letter, ok, err := w.ClientLicenseForMail(t.Context(), models.System, models.ClientLicenseMail{TermID: term.ID})
	if err != nil || !ok || letter.Seats != 2 {
		t.Errorf("%+v, %v, %v", letter, ok, err)
	}
	hasSeats(t, w, l, 1)
	w.Clock.Set(term.StartsAt)
	hasSeats(t, w, l, 2)
	if r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, l.ID); err != nil || r.Lines[0] != studio("2", "4") {
		t.Errorf("%+v, %v", r, err)
	}
}

// A renewal is due from 30 days before the end to 14 days after it, unless one is
// under way.
func TestRenewalsDue(t *testing.T) {
	w := modelstest.New(t)
	l := bought(t, w)
	due := func(want int) {
		t.Helper()
		page, err := w.Licenses(t.Context(), modelstest.AcmeViewer, models.LicenseFilter{Renewal: true}, models.Paging{})
		if err != nil || len(page.Items) != want || want > 0 && page.Items[0].ID != l.ID {
			t.Errorf("at %v %+v are due, want %d, %v", w.Now(), page.Items, want, err)
		}
		d, err := w.Dashboard(t.Context(), modelstest.AcmeSeller)
		if err != nil || len(d.Renewals) != want {
			t.Errorf("at %v the dashboard has %+v, want %d, %v", w.Now(), d.Renewals, want, err)
		}
	}
	w.Clock.Set(l.EndsAt.AddDate(0, 0, -30).Add(-time.Second))
	due(0)
	w.Clock.Set(l.EndsAt.AddDate(0, 0, -30))
	due(1)
	r, err := w.PriceForRenewal(t.Context(), modelstest.AcmeSeller, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	o := quoted(t, w, request(t, w, r), string(models.DateIn(w.Clock.Now(), time.UTC).AddDays(3)), "10")
	due(0)
	w.Clock.Set(*o.LapsesAt)
	due(1)
	w.Clock.Set(l.EndsAt.Add(14*24*time.Hour - time.Second))
	due(1)
	w.Clock.Set(l.EndsAt.Add(14 * 24 * time.Hour))
	due(0)
	w.Clock.Set(l.EndsAt)
	w.Exec(t, "UPDATE licenses SET revoked_at = ?, revoked_by = 'x'", w.Clock.Now())
	due(0)
}

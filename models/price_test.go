package models_test

import (
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
	"reselling/models/money"
)

func priceOf(product, account, currency, unit string) models.PriceEntry {
	return models.PriceEntry{AccountID: account, Product: product, Currency: currency, UnitPrice: unit, ValidFrom: "2026-03-02"}
}

func addPrice(t *testing.T, w *modelstest.World, e models.PriceEntry) models.Price {
	t.Helper()
	p, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, e)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAddPrice(t *testing.T) {
	w := modelstest.New(t)
	e := priceOf("studio-pro", modelstest.Acme, "EUR", "1234,5")
	e.ValidThrough, e.Note, e.RequestKey = "2026-06-30", " Agreed  in May ", "key"
	p := addPrice(t, w, e)
	if p.Unit() != money.Of(123450, "EUR") || *p.AccountID != modelstest.Acme || p.ProductID != modelstest.StudioPro || p.ValidFrom != "2026-03-02" ||
		p.ValidThrough != "2026-06-30" || p.Note != "Agreed in May" || p.CreatedBy != modelstest.VendorSuccess.UserID || !p.CreatedAt.Equal(modelstest.Now) || p.EndedAt != nil || p.EndedBy != nil {
		t.Errorf("%+v", p)
	}
	if again := addPrice(t, w, e); again.ID != p.ID || w.Count(t, "prices", "1 = 1") != 1 {
		t.Errorf("sent twice: %+v", again)
	}
	if got := w.Events(t, p.ID); len(got) != 1 || got[0] != "price.added" {
		t.Errorf("events: %v", got)
	}
	if n := w.Count(t, "events", "subject_id = ? AND account_id <> ''", p.ID); n != 0 {
		t.Error("the account can read what is among staff")
	}
	page, err := w.Prices(t.Context(), modelstest.VendorSupport, models.PriceFilter{}, models.Paging{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%v, %v", page, err)
	}
	l := page.Items[0]
	if l.ID != p.ID || l.AccountName != "Acme" || l.ProductName != "Studio Pro" || l.CreatedByName != "Cleo Success" || l.Today != "2026-03-02" || l.Unit() != p.Unit() || l.Status(l.Today) != models.PriceInForce {
		t.Errorf("%+v", l)
	}
}

func TestPriceRefusals(t *testing.T) {
	w := modelstest.New(t)
	for field, change := range map[string]func(*models.PriceEntry){
		"product":       func(e *models.PriceEntry) { e.Product = "none" },
		"account_id":    func(e *models.PriceEntry) { e.AccountID = modelstest.AcmeClient },
		"currency":      func(e *models.PriceEntry) { e.Currency = "XXX" },
		"unit_price":    func(e *models.PriceEntry) { e.UnitPrice = "12.345" },
		"valid_from":    func(e *models.PriceEntry) { e.ValidFrom = "2026-03-01" },
		"valid_through": func(e *models.PriceEntry) { e.ValidThrough = "2026-03-01" },
		"note":          func(e *models.PriceEntry) { e.Note = longText(1001) },
	} {
		e := priceOf("studio-pro", modelstest.Acme, "EUR", "100")
		change(&e)
		_, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, e)
		if problem, ok := models.Shown(err); !ok || problem.Kind != models.Invalid || problem.Fields[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	e := priceOf("studio-pro", modelstest.Acme, "USD", "100")
	if _, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, e); models.KindOf(err) != models.Invalid {
		t.Errorf("dollars for an account with euros: %v", err)
	}
	e = priceOf("studio-pro", "", "EUR", "100000000.01")
	if _, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, e); models.KindOf(err) != models.Invalid {
		t.Errorf("too expensive: %v", err)
	}
	for _, who := range []models.Actor{modelstest.VendorFinance, modelstest.VendorSupport, modelstest.AcmeOwner, modelstest.Visitor} {
		if _, err := w.AddPrice(t.Context(), who, priceOf("studio-pro", "", "EUR", "100")); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s adds a price: %v", who.Name, err)
		}
	}
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeSeller, modelstest.Visitor} {
		if _, err := w.Prices(t.Context(), who, models.PriceFilter{}, models.Paging{}); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s reads the price list: %v", who.Name, err)
		}
	}
	if n := w.Count(t, "prices", "1 = 1"); n != 0 {
		t.Errorf("%d prices were added", n)
	}
}

func longText(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

func TestPricesDoNotOverlap(t *testing.T) {
	w := modelstest.New(t)
	e := priceOf("studio-pro", "", "EUR", "100")
	e.ValidFrom, e.ValidThrough = "2026-04-01", "2026-06-30"
	first := addPrice(t, w, e)
	for _, c := range []struct {
		from, through string
		overlaps      bool
	}{
		{"2026-03-02", "2026-03-31", false}, {"2026-03-02", "2026-04-01", true}, {"2026-03-02", "", true}, {"2026-04-01", "2026-06-30", true},
		{"2026-05-01", "2026-05-01", true}, {"2026-06-30", "", true}, {"2026-07-01", "", false},
	} {
		e.ValidFrom, e.ValidThrough = c.from, c.through
		p, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, e)
		problem, _ := models.Shown(err)
		if got := err != nil; got != c.overlaps || got && (problem.Kind != models.Conflict || problem.Code != "overlap" || problem.Subject != first.ID) {
			t.Errorf("%s to %s: %v", c.from, c.through, err)
		}
		if err == nil {
			if _, err := w.EndPrice(t.Context(), modelstest.VendorSuccess, p.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	e.ValidFrom, e.ValidThrough = "2026-04-01", ""
	for _, other := range []models.PriceEntry{priceOf("orchestrator-saas", "", "EUR", "1"), priceOf("studio-pro", "", "USD", "1"), priceOf("studio-pro", modelstest.Acme, "EUR", "1")} {
		other.ValidFrom = "2026-04-01"
		addPrice(t, w, other)
	}
	if _, err := w.EndPrice(t.Context(), modelstest.VendorSuccess, first.ID); err != nil {
		t.Fatal(err)
	}
	addPrice(t, w, e)
}

// Two prices for the same days, added at once, are one price and a Conflict.
func TestPriceRace(t *testing.T) {
	w := modelstest.New(t)
	ok, conflict, other := modelstest.Race(8, func(int) error {
		_, err := w.AddPrice(t.Context(), modelstest.VendorSuccess, priceOf("studio-pro", "", "EUR", "100"))
		return err
	})
	if ok != 1 || conflict != 7 || len(other) > 0 || w.Count(t, "prices", "1 = 1") != 1 {
		t.Errorf("%d were added, %d refused, %v", ok, conflict, other)
	}
}

func TestEndPrice(t *testing.T) {
	w := modelstest.New(t)
	p := addPrice(t, w, priceOf("studio-pro", "", "EUR", "100"))
	for _, who := range []models.Actor{modelstest.VendorFinance, modelstest.AcmeOwner} {
		if _, err := w.EndPrice(t.Context(), who, p.ID); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s ends a price: %v", who.Name, err)
		}
	}
	w.Clock.Advance(time.Hour)
	ok, conflict, other := modelstest.Race(4, func(int) error {
		_, err := w.EndPrice(t.Context(), modelstest.VendorAdministrator, p.ID)
		return err
	})
	if ok != 1 || conflict != 3 || len(other) > 0 {
		t.Errorf("%d ended it, %d were refused, %v", ok, conflict, other)
	}
	page, err := w.Prices(t.Context(), modelstest.VendorFinance, models.PriceFilter{State: models.PriceEnded}, models.Paging{})
	if err != nil || len(page.Items) != 1 || !page.Items[0].EndedAt.Equal(w.Clock.Now()) || *page.Items[0].EndedBy != modelstest.VendorAdministrator.UserID {
		t.Errorf("%+v, %v", page, err)
	}
	if _, err := w.EndPrice(t.Context(), modelstest.VendorAdministrator, modelstest.AcmeClient); models.KindOf(err) != models.NotFound {
		t.Errorf("what is not there: %v", err)
	}
	if got := w.Events(t, p.ID); len(got) != 2 || got[1] != "price.ended" {
		t.Errorf("events: %v", got)
	}
}

func TestPriceList(t *testing.T) {
	w := modelstest.New(t)
	now := addPrice(t, w, priceOf("studio-pro", "", "EUR", "100"))
	e := priceOf("orchestrator-saas", modelstest.Globex, "USD", "5.50")
	e.ValidFrom, e.ValidThrough = "2026-03-03", "2026-03-03"
	soon := addPrice(t, w, e)
	ids := func(f models.PriceFilter) (found []string) {
		t.Helper()
		page, err := w.Prices(t.Context(), modelstest.VendorSupport, f, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		var each []string
		if err := w.EachPrice(t.Context(), modelstest.VendorSupport, f, func(l models.PriceLine) error { each = append(each, l.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		for i, l := range page.Items {
			found = append(found, l.ID)
			if each[i] != l.ID {
				t.Errorf("%+v: the export has %v", f, each)
			}
			if f.State != "" && l.Status(l.Today) != f.State {
				t.Errorf("%+v finds %+v", f, l)
			}
		}
		return found
	}
	check := func(f models.PriceFilter, want ...string) {
		t.Helper()
		if got := ids(f); len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
			t.Errorf("%+v finds %v, want %v", f, got, want)
		}
	}
	check(models.PriceFilter{}, soon.ID, now.ID)
	check(models.PriceFilter{State: models.PriceInForce}, now.ID)
	check(models.PriceFilter{State: models.PriceUpcoming}, soon.ID)
	check(models.PriceFilter{State: "odd"})
	check(models.PriceFilter{Query: "GLOBEX"}, soon.ID)
	check(models.PriceFilter{Query: "studio"}, now.ID)
	check(models.PriceFilter{Product: "orchestrator-saas"}, soon.ID)
	check(models.PriceFilter{AccountID: models.PricesForAll}, now.ID)
	check(models.PriceFilter{AccountID: modelstest.Globex}, soon.ID)
	check(models.PriceFilter{Currency: "EUR"}, now.ID)
	w.Clock.Advance(48 * time.Hour)
	check(models.PriceFilter{State: models.PricePast}, soon.ID)
	check(models.PriceFilter{State: models.PriceInForce}, now.ID)
}

func TestNewPrice(t *testing.T) {
	w := modelstest.New(t)
	if e, err := w.NewPrice(t.Context(), modelstest.VendorSuccess, modelstest.Acme); err != nil || e.Currency != "EUR" || e.ValidFrom != "2026-03-02" || e.AccountID != modelstest.Acme {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := w.NewPrice(t.Context(), modelstest.VendorSuccess, modelstest.AcmeClient); models.KindOf(err) != models.NotFound {
		t.Errorf("for an account that is not there: %v", err)
	}
	if _, err := w.NewPrice(t.Context(), modelstest.VendorSupport, ""); models.KindOf(err) != models.Forbidden {
		t.Errorf("by support: %v", err)
	}
}

package models_test

import (
	"errors"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// A form that is sent again does nothing more; with other content it is told what
// it did, and nothing is done either.
func TestUsedKeyWithOtherContent(t *testing.T) {
	w := modelstest.New(t)
	for name, c := range map[string]struct {
		table string
		send  func(changed bool) (id string, err error)
	}{
		"a client": {"clients", func(changed bool) (string, error) {
			f := hooli()
			if changed {
				f.Notes = "typed later"
			}
			c, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: f, RequestKey: "k"})
			return c.ID, err
		}},
		"a price request": {"orders", func(changed bool) (string, error) {
			r := models.PriceRequest{ClientID: modelstest.AcmeClient, Lines: []models.LineEntry{{Product: "studio-pro", Seats: "2", Quarters: "1"}}, RequestKey: "k"}
			if changed {
				r.Lines[0].Seats = "20"
			}
			o, err := w.RequestPrices(t.Context(), modelstest.AcmeSeller, r)
			return o.ID, err
		}},
		"a product": {"products", func(changed bool) (string, error) {
			e := models.ProductEntry{Name: "Flow", Code: "flow", Seats: "1", Position: "9", RequestKey: "k"}
			if changed {
				e.Name = "Flow Pro"
			}
			p, err := w.CreateProduct(t.Context(), modelstest.VendorAdministrator, e)
			return p.ID, err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.Count(t, c.table, "1 = 1")
			first, err := c.send(false)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := c.send(false); err != nil || again != first {
				t.Errorf("sent twice: %s, %v, want %s", again, err, first)
			}
			var e *models.Error
			if _, err := c.send(true); !errors.As(err, &e) || e.Code != models.UsedKey || e.Kind != models.Conflict {
				t.Errorf("with other content: %v", err)
			}
			if n := w.Count(t, c.table, "1 = 1"); n != before+1 {
				t.Errorf("%d rows in %s, want %d", n, c.table, before+1)
			}
		})
	}
}

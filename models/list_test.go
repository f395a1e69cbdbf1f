package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reselling/models"
	"reselling/models/modelstest"
)

// TestPagingVisitsEveryRowOnce walks lists with many equal keys, forwards and
// backwards, by pages of any size.
func TestPagingVisitsEveryRowOnce(t *testing.T) {
	w := modelstest.New(t)
	serial := 0
	rapid.Check(t, func(rt *rapid.T) {
		w.Exec(t, "DELETE FROM clients")
		n := rapid.IntRange(0, 40).Draw(rt, "clients")
		clients := make([]models.Client, n)
		for i := range clients {
			serial++
			second := rapid.IntRange(0, 3).Draw(rt, "second")
			fraction := rapid.SampledFrom([]time.Duration{0, time.Microsecond, 500 * time.Millisecond, 510 * time.Millisecond}).Draw(rt, "fraction")
			company := rapid.SampledFrom([]string{"acme", "Acme", "ácme", "zeta", `"quoted"`, "a b"}).Draw(rt, "company")
			clients[i] = models.Client{
				ID: fmt.Sprintf("%08x-0000-7000-8000-000000000000", rapid.Uint32().Draw(rt, "id")/2*2+uint32(serial%2)) + fmt.Sprint(serial), AccountID: modelstest.Acme,
				Company: company, Email: "info@acme.example", EmailKey: "info@acme.example", CompanyKey: company, CreatedBy: modelstest.AcmeSeller.UserID, ResponsibleID: modelstest.AcmeSeller.UserID,
				CreatedAt: modelstest.Now.Add(time.Duration(second)*time.Second + fraction), Version: 1,
			}
		}
		if n > 0 {
			if err := w.DB.Create(&clients).Error; err != nil {
				rt.Fatal(err)
			}
		}
		f := models.ClientFilter{Sort: rapid.SampledFrom([]string{models.ClientsNewestFirst, models.ClientsByCompany}).Draw(rt, "sort")}
		size := rapid.IntRange(1, n+2).Draw(rt, "page size")

		forwards, last := walk(t, w, f, models.Paging{Size: size}, func(p models.Page[models.ClientRow]) models.Paging { return models.Paging{After: p.Next, Size: size} })
		wantOrder(rt, clients, forwards, f.Sort)

		// From the last page back to the first: the same rows, page by page.
		backwards, _ := walk(t, w, f, last, func(p models.Page[models.ClientRow]) models.Paging { return models.Paging{Before: p.Prev, Size: size} })
		if seen := map[string]bool{}; true {
			for _, c := range backwards {
				if seen[c.ID] {
					rt.Fatalf("backwards, %s is seen twice", c.ID)
				}
				seen[c.ID] = true
			}
			if len(seen) != n {
				rt.Fatalf("backwards, %d of %d rows are seen", len(seen), n)
			}
		}

		var exported []string
		if err := w.EachClient(t.Context(), modelstest.AcmeSeller, f, func(c models.ClientRow) error { exported = append(exported, c.ID); return nil }); err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(exported, ids(forwards)) {
			rt.Fatalf("the export has %v, the pages have %v", exported, ids(forwards))
		}
	})
}

// walk visits pages from p on until next leads nowhere; last is the last page asked for.
func walk(t *testing.T, w *modelstest.World, f models.ClientFilter, p models.Paging, next func(models.Page[models.ClientRow]) models.Paging) (rows []models.ClientRow, last models.Paging) {
	t.Helper()
	for range 200 {
		page, err := w.Clients(t.Context(), modelstest.AcmeSeller, f, p)
		if err != nil {
			t.Fatal(err)
		}
		rows, last = append(rows, page.Items...), p
		p = next(page)
		if p.After == "" && p.Before == "" {
			return rows, last
		}
	}
	t.Fatal("the pages never end")
	return nil, last
}

func wantOrder(t *rapid.T, clients []models.Client, got []models.ClientRow, sort string) {
	want := slices.Clone(clients)
	slices.SortFunc(want, func(a, b models.Client) int {
		if sort == models.ClientsByCompany {
			return compare(a.CompanyKey, a.ID, b.CompanyKey, b.ID)
		}
		if d := b.CreatedAt.Compare(a.CreatedAt); d != 0 {
			return d
		}
		return compare(b.ID, "", a.ID, "")
	})
	if len(got) != len(want) {
		t.Fatalf("%d of %d rows are seen", len(got), len(want))
	}
	for i := range want {
		if got[i].ID != want[i].ID {
			t.Fatalf("row %d is %s, want %s", i, got[i].ID, want[i].ID)
		}
	}
}

func compare(a1, a2, b1, b2 string) int {
	return slices.Compare([]string{a1, a2}, []string{b1, b2})
}

func ids(rows []models.ClientRow) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.ID)
	}
	return all
}

func TestBrokenPageKeyIsNotFound(t *testing.T) {
	w := modelstest.New(t)
	for _, key := range []string{"x", "!!!", "W10", "WzEsMl0", `WyJ4IiwieSJd`} {
		_, err := w.Clients(t.Context(), modelstest.AcmeSeller, models.ClientFilter{}, models.Paging{After: key})
		wantsKind(t, err, models.NotFound)
	}
}

package models_test

import (
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func productEntry() models.ProductEntry {
	return models.ProductEntry{
		Code: "Flow-Hub", Name: "Flow Hub", Description: "Moves data.", Seats: "3", OnTrial: true,
		InstallSteps: "Open it.\n\n  Paste the key. \r\n", DownloadURL: "https://downloads.example/flow", Position: "7", RequestKey: "k",
	}
}

func TestProductIsCreatedOnce(t *testing.T) {
	w := modelstest.New(t)
	ok, _, other := modelstest.Race(8, func(int) error {
		_, err := w.CreateProduct(t.Context(), modelstest.VendorAdministrator, productEntry())
		return err
	})
	if ok != 8 || len(other) != 0 {
		t.Fatalf("ok %d, other %v", ok, other)
	}
	page, err := w.Catalogue(t.Context(), modelstest.VendorSupport, models.CatalogueFilter{Query: "FLOW"}, models.Paging{})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%d products, %v", len(page.Items), err)
	}
	p := page.Items[0]
	want := models.Product{
		ID: p.ID, Code: "flow-hub", Name: "Flow Hub", Description: "Moves data.", Seats: 3, OnTrial: true, InstallSteps: "Open it.\nPaste the key.",
		DownloadURL: "https://downloads.example/flow", Position: 7, CreatedAt: p.CreatedAt, Version: 1,
	}
	if p != want || !p.CreatedAt.Equal(modelstest.Now) {
		t.Errorf("product = %+v, want %+v", p, want)
	}
	if got := w.Events(t, p.ID); len(got) != 1 || got[0] != "product.created" {
		t.Errorf("events = %v", got)
	}
}

func TestProductIsRefused(t *testing.T) {
	w := modelstest.New(t)
	for name, c := range map[string]struct {
		change func(*models.ProductEntry)
		kind   models.Kind
		field  string
	}{
		"code taken":        {func(e *models.ProductEntry) { e.Code = "studio-pro" }, models.Conflict, "code"},
		"code with a space": {func(e *models.ProductEntry) { e.Code = "studio pro" }, models.Invalid, "code"},
		"no name":           {func(e *models.ProductEntry) { e.Name = "\u202e \t" }, models.Invalid, "name"},
		"long name":         {func(e *models.ProductEntry) { e.Name = long(201) }, models.Invalid, "name"},
		"no seats":          {func(e *models.ProductEntry) { e.Seats = "0" }, models.Invalid, "seats"},
		"half a seat":       {func(e *models.ProductEntry) { e.Seats = "1.5" }, models.Invalid, "seats"},
		"position":          {func(e *models.ProductEntry) { e.Position = "first" }, models.Invalid, "position"},
		"http":              {func(e *models.ProductEntry) { e.DownloadURL = "http://downloads.example" }, models.Invalid, "download_url"},
		"javascript":        {func(e *models.ProductEntry) { e.DownloadURL = "javascript:alert(1)" }, models.Invalid, "download_url"},
		"password in it":    {func(e *models.ProductEntry) { e.DownloadURL = "https://me:secret@downloads.example" }, models.Invalid, "download_url"},
		"long steps":        {func(e *models.ProductEntry) { e.InstallSteps = long(4001) }, models.Invalid, "install_steps"},
		"long description":  {func(e *models.ProductEntry) { e.Description = long(4001) }, models.Invalid, "description"},
	} {
		e := productEntry()
		c.change(&e)
		_, err := w.CreateProduct(t.Context(), modelstest.VendorAdministrator, e)
		wantProblem(t, name, err, c.kind, c.field)
	}
	if _, err := w.CreateProduct(t.Context(), modelstest.VendorAdministrator, productEntry()); err != nil {
		t.Errorf("a refusal has used up the form: %v", err)
	}
}

func TestProductChangesButForItsCode(t *testing.T) {
	w := modelstest.New(t)
	e := productEntry()
	e.Version, e.OnTrial = 1, false
	p, err := w.ChangeProduct(t.Context(), modelstest.VendorAdministrator, modelstest.StudioPro, e)
	if err != nil || p.Code != "studio-pro" || p.Name != "Flow Hub" || p.OnTrial || p.Version != 2 {
		t.Fatalf("product %+v, %v", p, err)
	}
	if again, err := w.ChangeProduct(t.Context(), modelstest.VendorAdministrator, modelstest.StudioPro, e); err != nil || again.Version != 2 || len(w.Events(t, modelstest.StudioPro)) != 1 {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	other := e
	other.Name = "Flow Heart"
	_, err = w.ChangeProduct(t.Context(), modelstest.VendorAdministrator, modelstest.StudioPro, other)
	wantProblem(t, "the second editor", err, models.Conflict, "")
	_, err = w.ChangeProduct(t.Context(), modelstest.VendorAdministrator, modelstest.Acme, e)
	wantProblem(t, "another id", err, models.NotFound, "")
	saved, err := w.CatalogueProduct(t.Context(), modelstest.VendorSupport, modelstest.StudioPro)
	if err != nil || saved.Name != "Flow Hub" || saved.OnTrial || saved.Version != 2 || saved.Seats != 3 || saved.Position != 7 || saved.DownloadURL != e.DownloadURL {
		t.Errorf("saved %+v, %v", saved, err)
	}
}

func TestProductIsArchivedAndRestored(t *testing.T) {
	w := modelstest.New(t)
	in := func(archived bool) int {
		page, err := w.Catalogue(t.Context(), modelstest.VendorSupport, models.CatalogueFilter{Archived: archived}, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	for range 2 {
		if _, err := w.ArchiveProduct(t.Context(), modelstest.VendorAdministrator, modelstest.StudioPro); err != nil {
			t.Fatal(err)
		}
	}
	if in(false) != 1 || in(true) != 1 {
		t.Errorf("%d in use, %d archived", in(false), in(true))
	}
	if _, err := w.RestoreProduct(t.Context(), modelstest.VendorAdministrator, modelstest.StudioPro); err != nil {
		t.Fatal(err)
	}
	if in(false) != 2 || in(true) != 0 {
		t.Errorf("%d in use, %d archived", in(false), in(true))
	}
	if got := w.Events(t, modelstest.StudioPro); len(got) != 2 || got[0] != "product.archived" || got[1] != "product.restored" {
		t.Errorf("events = %v", got)
	}
}

func TestCataloguePagesInOrder(t *testing.T) {
	w := modelstest.New(t)
	for _, position := range []string{"10000", "9", "10", "100"} {
		e := productEntry()
		e.Code, e.Position, e.RequestKey = "p"+position, position, position
		if _, err := w.CreateProduct(t.Context(), modelstest.VendorAdministrator, e); err != nil {
			t.Fatal(err)
		}
	}
	var codes []string
	paging := models.Paging{Size: 2}
	for {
		page, err := w.Catalogue(t.Context(), modelstest.VendorSupport, models.CatalogueFilter{}, paging)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			codes = append(codes, p.Code)
		}
		if paging.After = page.Next; page.Next == "" {
			break
		}
	}
	want := []string{"studio-pro", "orchestrator-saas", "p9", "p10", "p100", "p10000"}
	if len(codes) != len(want) {
		t.Fatalf("codes = %v, want %v", codes, want)
	}
	for i := range want {
		if codes[i] != want[i] {
			t.Fatalf("codes = %v, want %v", codes, want)
		}
	}
}

package models_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// wantsKind fails the test unless err is of the kind.
func wantsKind(t *testing.T, err error, want models.Kind) {
	t.Helper()
	if err == nil || models.KindOf(err) != want {
		t.Errorf("got %v, want an error of kind %d", err, want)
	}
}

func hooli() models.ClientFields {
	return models.ClientFields{
		Company: "  Hooli,   Inc. ", ContactName: "Gavin\r\nBcc: x", Email: "Gavin@Hooli.example", Country: "us", TaxID: "us 12-345/6",
		Website: "www.hooli.example/about", Address: "1 Hooli Way\r\nSilicon Valley", Reference: "CRM\t7", Notes: "Big.\r\nImpatient.",
	}
}

func TestCreateClient(t *testing.T) {
	w := modelstest.New(t)
	c, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: hooli()})
	if err != nil {
		t.Fatal(err)
	}
	var stored models.Client
	if err := w.DB.Where("id = ?", c.ID).Take(&stored).Error; err != nil {
		t.Fatal(err)
	}
	want := models.Client{
		ID: c.ID, AccountID: modelstest.Acme, Company: "Hooli, Inc.", ContactName: "Gavin Bcc: x", Email: stored.Email, Country: "US", TaxID: "us 12-345/6",
		Website: "https://www.hooli.example/about", Address: "1 Hooli Way\nSilicon Valley", Reference: "CRM 7", Notes: "Big.\nImpatient.",
		EmailKey: "gavin@hooli.example", EmailDomain: "hooli.example", TaxIDKey: "US123456", CompanyKey: "hooli",
		Search: "hooli, inc. gavin bcc: x gavin@hooli.example us 12-345/6 us123456 crm 7", CreatedAt: stored.CreatedAt, CreatedBy: modelstest.AcmeSeller.UserID, Version: 1,
		ResponsibleID: modelstest.AcmeSeller.UserID,
	}
	if !strings.EqualFold(stored.Email, "Gavin@Hooli.example") || !stored.CreatedAt.Equal(modelstest.Now) || !reflect.DeepEqual(stored, want) {
		t.Errorf("stored\n%+v, want\n%+v", stored, want)
	}
	var e models.Event
	if err := w.DB.Where("subject_id = ?", c.ID).Take(&e).Error; err != nil {
		t.Fatal(err)
	}
	if e.Action != "client.created" || e.AccountID != modelstest.Acme || e.ActorID != modelstest.AcmeSeller.UserID || e.SubjectType != "client" || e.SubjectName != "Hooli, Inc." ||
		e.Before != "" || !strings.Contains(e.After, `"company":"Hooli, Inc."`) || e.Search != "sam seller hooli, inc." {
		t.Errorf("event %+v", e)
	}
}

func TestClientFieldsAreChecked(t *testing.T) {
	w := modelstest.New(t)
	long := strings.Repeat("ü", 10_000)
	for name, tt := range map[string]struct {
		change func(*models.ClientFields)
		field  string
		words  string
	}{
		"no company":      {func(f *models.ClientFields) { f.Company = " \u202e" }, "company", "Enter the client's company name"},
		"no address":      {func(f *models.ClientFields) { f.Email = "" }, "email", "Enter the client's mail address"},
		"half an address": {func(f *models.ClientFields) { f.Email = "gavin@" }, "email", "not a complete mail address"},
		"two addresses":   {func(f *models.ClientFields) { f.Email = "a@b.example,c@d.example" }, "email", "not a complete mail address"},
		"a second line":   {func(f *models.ClientFields) { f.Email = "a@b.example\r\nBcc: c@d.example" }, "email", "not a complete mail address"},
		"no country":      {func(f *models.ClientFields) { f.Country = "XX" }, "country", "Choose a country"},
		"script":          {func(f *models.ClientFields) { f.Website = "javascript://x/%0aalert(1)" }, "website", "begins with https"},
		"data":            {func(f *models.ClientFields) { f.Website = "data:text/html,x" }, "website", "begins with https"},
		"password in it":  {func(f *models.ClientFields) { f.Website = "https://bank.example@evil.example" }, "website", "begins with https"},
		"no host":         {func(f *models.ClientFields) { f.Website = "https:///x" }, "website", "begins with https"},
		"long company":    {func(f *models.ClientFields) { f.Company = long }, "company", "200"},
		"long contact":    {func(f *models.ClientFields) { f.ContactName = long }, "contact_name", "200"},
		"long tax id":     {func(f *models.ClientFields) { f.TaxID = long }, "tax_id", "50"},
		"long website":    {func(f *models.ClientFields) { f.Website = "https://a.example/" + strings.Repeat("x", 10_000) }, "website", "500"},
		"long address":    {func(f *models.ClientFields) { f.Address = long }, "address", "1000"},
		"long reference":  {func(f *models.ClientFields) { f.Reference = long }, "reference", "100"},
		"long notes":      {func(f *models.ClientFields) { f.Notes = long }, "notes", "4000"},
		"long mail":       {func(f *models.ClientFields) { f.Email = strings.Repeat("a", 10_000) + "@b.example" }, "email", ""},
	} {
		f := hooli()
		tt.change(&f)
		_, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: f})
		e, ok := errors.AsType[*models.Error](err)
		if !ok || e.Kind != models.Invalid || e.Fields[tt.field] == "" || !strings.Contains(e.Fields[tt.field], tt.words) || len(e.Fields) != 1 {
			t.Errorf("%s: %v %v", name, err, e)
		}
	}
	if n := w.Count(t, "clients", "account_id = ?", modelstest.Acme); n != 1 {
		t.Errorf("%d clients are stored", n)
	}
	for _, typed := range []string{`<script>alert("x")</script>`, "=HYPERLINK(1)", "🚀🚀", "שלום", "' OR 1=1 --", strings.Repeat("ü", 200)} {
		f := models.ClientFields{Company: typed, Email: "info@" + modelstest.Acme + ".example"}
		c, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: f, AcceptDuplicate: true})
		if err != nil || c.Company != typed {
			t.Errorf("%.20q: %v, %q", typed, err, c.Company)
		}
	}
}

func TestTheSameClientTwice(t *testing.T) {
	w := modelstest.New(t)
	first, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: hooli()})
	if err != nil {
		t.Fatal(err)
	}
	other := func(change func(*models.ClientFields)) models.ClientFields {
		f := models.ClientFields{Company: "Pied Piper", Email: "richard@piper.example"}
		change(&f)
		return f
	}
	for name, tt := range map[string]struct {
		fields models.ClientFields
		by     string // empty: no match
	}{
		"mail address":    {other(func(f *models.ClientFields) { f.Email = "GAVIN@hooli.EXAMPLE" }), "mail address"},
		"tax id":          {other(func(f *models.ClientFields) { f.TaxID = "US-123456" }), "tax id"},
		"company":         {other(func(f *models.ClientFields) { f.Company = "HOOLI GmbH & Co. KG" }), "company name"},
		"spaced form":     {other(func(f *models.ClientFields) { f.Company = "Hooli S. L." }), "company name"},
		"accents":         {other(func(f *models.ClientFields) { f.Company = "Hóoli L.L.C." }), "company name"},
		"another company": {other(func(f *models.ClientFields) { f.Company = "Hooli Nordic" }), ""},
		"only a form":     {other(func(f *models.ClientFields) { f.Company = "Inc." }), ""},
		"no tax id":       {other(func(f *models.ClientFields) { f.TaxID = "--" }), ""},
	} {
		_, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: tt.fields})
		if tt.by == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			w.Exec(t, "DELETE FROM clients WHERE id NOT IN (?, ?)", first.ID, modelstest.AcmeClient)
			continue
		}
		e, ok := errors.AsType[*models.Error](err)
		if !ok || e.Kind != models.Conflict || e.Code != models.DuplicateClient || e.Subject != first.ID || !strings.Contains(e.Message, "Hooli, Inc. has the same "+tt.by) {
			t.Errorf("%s: %v", name, err)
		}
		matches, err := w.SimilarClients(t.Context(), modelstest.AcmeSeller, tt.fields, "")
		if err != nil || len(matches) != 1 || matches[0].By != tt.by || matches[0].Client.ID != first.ID || !matches[0].IsExact() {
			t.Errorf("%s: matches %+v, %v", name, matches, err)
		}
	}
	domain := other(func(f *models.ClientFields) { f.Email = "somebody@hooli.example" })
	if matches, err := w.SimilarClients(t.Context(), modelstest.AcmeSeller, domain, ""); err != nil || len(matches) != 1 || matches[0].By != "domain" || matches[0].IsExact() {
		t.Errorf("domain: %+v, %v", matches, err)
	}
	if _, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: domain}); err != nil {
		t.Errorf("the same domain is refused: %v", err)
	}
	if _, err := w.CreateClient(t.Context(), modelstest.GlobexOwner, models.NewClient{ClientFields: hooli()}); err != nil {
		t.Errorf("another account's client is in the way: %v", err)
	}
	if _, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: hooli(), AcceptDuplicate: true}); err != nil {
		t.Errorf("confirmed: %v", err)
	}
	free := models.ClientFields{Company: "One", Email: "one@gmail.com"}
	if _, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: free}); err != nil {
		t.Fatal(err)
	}
	if matches, err := w.SimilarClients(t.Context(), modelstest.AcmeSeller, models.ClientFields{Company: "Two", Email: "two@gmail.com"}, ""); err != nil || len(matches) != 0 {
		t.Errorf("free mail counts as a company's domain: %+v, %v", matches, err)
	}
}

func TestOneFormSentFiftyTimesCreatesOneClient(t *testing.T) {
	w := modelstest.New(t)
	got := make([]string, 50)
	ok, conflict, other := modelstest.Race(len(got), func(i int) error {
		c, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: hooli(), RequestKey: "one form"})
		got[i] = c.ID
		return err
	})
	if ok != 50 || conflict != 0 || len(other) > 0 {
		t.Fatalf("%d succeeded, %d were refused, others: %v", ok, conflict, other)
	}
	for _, id := range got {
		if id != got[0] {
			t.Errorf("two answers: %s and %s", id, got[0])
		}
	}
	if n := w.Count(t, "clients", "company_key = 'hooli'"); n != 1 {
		t.Errorf("%d clients", n)
	}
	if events := w.Events(t, got[0]); len(events) != 1 {
		t.Errorf("events %v", events)
	}
}

// Twenty people add the same client at once, to two processes: the lock on the
// account lets one of them find none of the others.
func TestTheSameClientFromManyFormsAtOnce(t *testing.T) {
	w := modelstest.New(t)
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 20, func(i int) error {
		_, err := stores[i%2].CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: hooli()})
		return err
	})
	if ok != 1 || conflict != 19 || len(other) > 0 {
		t.Errorf("%d succeeded, %d were refused, others: %v", ok, conflict, other)
	}
	if n := w.Count(t, "clients", "company_key = 'hooli'"); n != 1 {
		t.Errorf("%d clients", n)
	}
}

// TestTheSameClientTwiceWithoutTheLock shows that the race above can fail: both
// look before either writes, and the schema alone does not keep the second out.
func TestTheSameClientTwiceWithoutTheLock(t *testing.T) {
	w := modelstest.New(t)
	var looked sync.WaitGroup
	looked.Add(2)
	ok, _, other := modelstest.Race(2, func(i int) error {
		known, err := w.SimilarClients(t.Context(), modelstest.AcmeSeller, hooli(), "")
		looked.Done()
		looked.Wait()
		if err != nil || len(known) > 0 {
			return models.Errorf(models.Conflict, "known already: %v", err)
		}
		return w.DB.Create(&models.Client{
			ID: fmt.Sprintf("00000000-0000-7000-8000-0000000000c%d", 8+i), AccountID: modelstest.Acme, Company: "Hooli", Email: "gavin@hooli.example",
			EmailKey: "gavin@hooli.example", CompanyKey: "hooli", CreatedAt: modelstest.Now, Version: 1, ResponsibleID: modelstest.AcmeSeller.UserID,
		}).Error
	})
	if ok != 2 || len(other) > 0 {
		t.Errorf("%d clients, %v: this harness can't see the race", ok, other)
	}
}

func TestChangeClient(t *testing.T) {
	w := modelstest.New(t)
	f := hooli()
	f.Email = "ingrid@initrode.example"
	c, err := w.ChangeClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient, models.ClientChange{ClientFields: f, Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	var stored models.Client
	if err := w.DB.Where("id = ?", modelstest.AcmeClient).Take(&stored).Error; err != nil {
		t.Fatal(err)
	}
	if stored.Version != 2 || c.Version != 2 || stored.Company != "Hooli, Inc." || stored.ContactName != "Gavin Bcc: x" || stored.Country != "US" || stored.TaxIDKey != "US123456" ||
		stored.CompanyKey != "hooli" || stored.Website != "https://www.hooli.example/about" || !strings.HasPrefix(stored.Search, "hooli") || stored.Notes != "Big.\nImpatient." ||
		stored.Reference != "CRM 7" || stored.Address != "1 Hooli Way\nSilicon Valley" || stored.AccountID != modelstest.Acme || stored.CreatedBy != modelstest.AcmeSeller.UserID {
		t.Errorf("stored %+v", stored)
	}
	var e models.Event
	if err := w.DB.Where("subject_id = ? AND action = ?", modelstest.AcmeClient, "client.changed").Take(&e).Error; err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(e.Before, `"company":"Initrode"`) || !strings.Contains(e.After, `"company":"Hooli, Inc."`) || strings.Contains(e.After, `"email"`) {
		t.Errorf("event %s → %s", e.Before, e.After)
	}
	// The same again, as from a second click, changes and tells nothing.
	if _, err := w.ChangeClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient, models.ClientChange{ClientFields: f, Version: 1}); err != nil {
		t.Errorf("sent twice: %v", err)
	}
	if events := w.Events(t, modelstest.AcmeClient); len(events) != 1 {
		t.Errorf("events %v", events)
	}
}

func TestTwoEditsAtOnce(t *testing.T) {
	w := modelstest.New(t)
	ok, conflict, other := modelstest.Race(10, func(i int) error {
		f := hooli()
		f.Reference = strings.Repeat("x", i+1)
		_, err := w.ChangeClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient, models.ClientChange{ClientFields: f, Version: 1})
		return err
	})
	if ok != 1 || conflict != 9 || len(other) > 0 {
		t.Errorf("%d succeeded, %d were refused, others: %v", ok, conflict, other)
	}
	if n := w.Count(t, "clients", "id = ? AND version = 2", modelstest.AcmeClient); n != 1 {
		t.Error("more than one edit was saved")
	}
	f := hooli()
	f.Company = "Mine"
	_, err := w.ChangeClient(t.Context(), modelstest.AcmeOwner, modelstest.AcmeClient, models.ClientChange{ClientFields: f, Version: 1})
	if e, ok := errors.AsType[*models.Error](err); !ok || e.Code != models.ClientChanged {
		t.Errorf("an edit of an old version: %v", err)
	}
}

func TestArchiveClient(t *testing.T) {
	w := modelstest.New(t)
	for range 2 { // the second time changes nothing
		c, err := w.ArchiveClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient)
		if err != nil || !c.IsArchived() || !c.ArchivedAt.Equal(modelstest.Now) || c.ArchivedBy != modelstest.AcmeSeller.UserID {
			t.Fatalf("%+v, %v", c, err)
		}
		w.Clock.Advance(0)
	}
	_, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	wantsKind(t, err, models.Conflict)
	for range 2 {
		if c, err := w.RestoreClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient); err != nil || c.IsArchived() || c.ArchivedBy != "" {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	if events := w.Events(t, modelstest.AcmeClient); !reflect.DeepEqual(events, []string{"client.archived", "client.restored"}) {
		t.Errorf("events %v", events)
	}
	if n := w.Count(t, "clients", "id = ? AND archived_at IS NULL AND archived_by = ''", modelstest.AcmeClient); n != 1 {
		t.Error("the client is not restored")
	}
}

// Whichever comes first, no trial begins after the client was archived.
func TestArchivingAgainstATrial(t *testing.T) {
	w := modelstest.New(t)
	_, _, other := modelstest.Race(2, func(i int) error {
		if i == 0 {
			_, err := w.ArchiveClient(t.Context(), modelstest.AcmeOwner, modelstest.AcmeClient)
			return err
		}
		_, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
		return err
	})
	if len(other) > 0 {
		t.Fatal(other)
	}
	record, err := w.Client(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient)
	if err != nil {
		t.Fatal(err)
	}
	if !record.IsArchived() {
		t.Error("the client is not archived")
	}
	var actions []string
	for _, e := range record.Events {
		actions = append(actions, e.Action)
	}
	if len(record.Trials) == 1 && actions[0] != "client.archived" {
		t.Errorf("a trial was issued after the archiving: %v", actions)
	}
}

func TestWhoMayDoWhatWithClients(t *testing.T) {
	w := modelstest.New(t)
	reads := map[string]bool{"owner": true, "seller": true, "billing": true, "viewer": true}
	changes := map[string]bool{"owner": true, "seller": true}
	for name, a := range modelstest.Cast {
		expect := func(what string, err error, allowed map[string]bool) {
			want := models.Forbidden
			if name == "other" { // may, but has no such client
				want = models.NotFound
			}
			if allowed[name] != (err == nil) || err != nil && models.KindOf(err) != want {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
		_, err := w.Client(t.Context(), a, modelstest.AcmeClient)
		expect("opens the client", err, reads)
		_, err = w.ClientToChange(t.Context(), a, modelstest.AcmeClient)
		expect("edits it", err, changes)
		_, err = w.ChangeClient(t.Context(), a, modelstest.AcmeClient, models.ClientChange{ClientFields: models.ClientFields{Company: "Initrode", Email: "ingrid@initrode.example"}, Version: 1})
		expect("saves it", err, changes)
		_, err = w.ArchiveClient(t.Context(), a, modelstest.AcmeClient)
		expect("archives it", err, changes)
		_, err = w.RestoreClient(t.Context(), a, modelstest.AcmeClient)
		expect("restores it", err, changes)
		if name == "other" {
			continue
		}
		_, err = w.NewClient(t.Context(), a)
		expect("begins a new one", err, changes)
		_, err = w.CreateClient(t.Context(), a, models.NewClient{ClientFields: models.ClientFields{Company: "For " + name, Email: name + "@for.example"}})
		expect("creates one", err, changes)
		_, err = w.Clients(t.Context(), a, models.ClientFilter{}, models.Paging{})
		expect("lists them", err, reads)
		_, err = w.ClientCountries(t.Context(), a)
		expect("lists their countries", err, reads)
		_, err = w.SimilarClients(t.Context(), a, models.ClientFields{}, "")
		expect("compares them", err, reads)
		err = w.EachClient(t.Context(), a, models.ClientFilter{}, func(models.ClientRow) error { return nil })
		expect("exports them", err, reads)
	}
}

func TestClientFilters(t *testing.T) {
	w := modelstest.New(t)
	add := func(company, email, country, taxID, reference string) string {
		c, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: models.ClientFields{Company: company, ContactName: "Contact of " + company, Email: email, Country: country, TaxID: taxID, Reference: reference}})
		if err != nil {
			t.Fatal(err)
		}
		return c.ID
	}
	trial := add("Ácme Norte", "a@norte.example", "ES", "ESB-1", "100%_sure")
	archived := add("Zeta", "z@zeta.example", "US", "", "")
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: trial}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ArchiveClient(t.Context(), modelstest.AcmeSeller, archived); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{trial: "trial", archived: "archived", modelstest.AcmeClient: "initrode"}
	for _, tt := range []struct {
		filter models.ClientFilter
		want   string
	}{
		{models.ClientFilter{}, "trial initrode"},
		{models.ClientFilter{Archived: models.ClientsArchived}, "archived"},
		{models.ClientFilter{Archived: models.ClientsAll, Sort: models.ClientsByCompany}, "trial initrode archived"},
		{models.ClientFilter{Query: "acme NORTE"}, "trial"},
		{models.ClientFilter{Query: "ingrid"}, "initrode"},
		{models.ClientFilter{Query: "@norte.example"}, "trial"},
		{models.ClientFilter{Query: "ESB1"}, "trial"},
		{models.ClientFilter{Query: "100%_"}, "trial"},
		{models.ClientFilter{Query: "1%s"}, ""},
		{models.ClientFilter{Query: `\`}, ""},
		{models.ClientFilter{Query: "' OR 1=1 --"}, ""},
		{models.ClientFilter{Country: "DE"}, "initrode"},
		{models.ClientFilter{Trials: models.WithRunningTrial}, "trial"},
		{models.ClientFilter{Trials: models.WithoutTrial}, "initrode"},
	} {
		page, err := w.Clients(t.Context(), modelstest.AcmeSeller, tt.filter, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range page.Items {
			got = append(got, names[c.ID])
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v finds %v, want %q", tt.filter, got, tt.want)
		}
	}
	page, err := w.Clients(t.Context(), modelstest.AcmeSeller, models.ClientFilter{Trials: models.WithRunningTrial}, models.Paging{})
	if err != nil || page.Items[0].Trials != 1 || page.Items[0].Running != 1 || page.Items[0].EndsAt == nil || !page.Items[0].EndsAt.Equal(modelstest.Now.AddDate(0, 0, 14)) {
		t.Errorf("the row of a running trial: %+v, %v", page.Items, err)
	}
	w.Clock.Advance(14 * 24 * 60 * 60 * 1e9)
	if page, err := w.Clients(t.Context(), modelstest.AcmeSeller, models.ClientFilter{Trials: models.WithRunningTrial}, models.Paging{}); err != nil || len(page.Items) > 0 {
		t.Errorf("the trial runs past its end: %+v, %v", page.Items, err)
	}
	if codes, err := w.ClientCountries(t.Context(), modelstest.AcmeSeller); err != nil || strings.Join(codes, " ") != "DE ES US" {
		t.Errorf("countries %v, %v", codes, err)
	}
}

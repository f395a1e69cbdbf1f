package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// secondSeller makes Vic, the Viewer, a Seller and returns them as an actor.
func secondSeller(t *testing.T, w *modelstest.World) models.Actor {
	t.Helper()
	w.Exec(t, "UPDATE memberships SET reselling_role = 'seller' WHERE user_id = ?", modelstest.AcmeViewer.UserID)
	vic := modelstest.AcmeViewer
	vic.ResellingRole = models.Seller
	return vic
}

// carers are who look after the clients and the trials of Acme, by company.
func carers(t *testing.T, w *modelstest.World) (clients, trials string) {
	t.Helper()
	read := func(statement string) string {
		var all []string
		if err := w.DB.Raw(statement, modelstest.Acme).Scan(&all).Error; err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, ", ")
	}
	return read("SELECT c.company || ': ' || u.name FROM clients c JOIN users u ON u.id = c.responsible_id WHERE c.account_id = ? ORDER BY c.company"),
		read("SELECT c.company || ': ' || u.name FROM trials t JOIN clients c ON c.id = t.client_id JOIN users u ON u.id = t.responsible_id WHERE t.account_id = ? ORDER BY c.company, t.issued_at")
}

// orphans counts the clients whose responsible person may not sell.
func orphans(t *testing.T, w *modelstest.World) (n int) {
	t.Helper()
	if err := w.DB.Raw(`SELECT COUNT(*) FROM clients c LEFT JOIN memberships m ON m.account_id = c.account_id AND m.user_id = c.responsible_id
		AND (m.role = 'owner' OR m.reselling_role = 'seller') WHERE m.id IS NULL`).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhoCanBeResponsible(t *testing.T) {
	w := modelstest.New(t)
	all, err := w.Colleagues(t.Context(), modelstest.AcmeViewer)
	if err != nil {
		t.Fatal(err)
	}
	for name, who := range modelstest.Cast {
		is := slices.ContainsFunc(all, func(c models.Colleague) bool { return c.ID == who.UserID && c.Name == who.Name })
		if may := who.AccountID == modelstest.Acme && who.Can(models.IssueTrials) && who.Can(models.ManageClients); is != may {
			t.Errorf("%s can be responsible: %v, want %v", name, is, may)
		}
		_, err := w.EntrustClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient, who.UserID)
		if e, ok := errors.AsType[*models.Error](err); is != (err == nil) || !is && (!ok || e.Fields["responsible"] == "") {
			t.Errorf("entrusted to %s: %v", name, err)
		}
	}
	for name, who := range modelstest.Cast {
		_, err := w.EntrustClient(t.Context(), who, modelstest.AcmeClient, modelstest.AcmeOwner.UserID)
		if may := who.Can(models.ManageClients); !may {
			wantsKind(t, err, models.Forbidden)
		} else if who.AccountID != modelstest.Acme {
			wantsKind(t, err, models.NotFound)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheCreatorIsResponsible(t *testing.T) {
	w := modelstest.New(t)
	add := func(n int, actor models.Actor, responsible string) models.Client {
		t.Helper()
		c, err := w.CreateClient(t.Context(), actor, models.NewClient{ClientFields: models.ClientFields{Company: fmt.Sprint("New ", n), Email: fmt.Sprintf("a@new%d.example", n)}, Responsible: responsible})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := add(1, modelstest.AcmeSeller, ""); c.ResponsibleID != modelstest.AcmeSeller.UserID {
		t.Errorf("%+v", c)
	}
	if c := add(2, modelstest.AcmeSeller, modelstest.AcmeOwner.UserID); c.ResponsibleID != modelstest.AcmeOwner.UserID {
		t.Errorf("%+v", c)
	}
	// Sam's request began while they were a Seller still.
	w.Exec(t, "UPDATE clients SET responsible_id = ?", modelstest.AcmeOwner.UserID)
	w.Exec(t, "UPDATE memberships SET reselling_role = 'viewer' WHERE user_id = ?", modelstest.AcmeSeller.UserID)
	if c := add(3, modelstest.AcmeSeller, ""); c.ResponsibleID != modelstest.AcmeOwner.UserID {
		t.Errorf("a client of who may not sell any more: %+v", c)
	}
	issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil || issued.Trial.ResponsibleID != modelstest.AcmeOwner.UserID || issued.Trial.IssuedBy != modelstest.AcmeSeller.UserID {
		t.Errorf("%+v, %v", issued.Trial, err)
	}
}

func TestEntrustClient(t *testing.T) {
	w := modelstest.New(t)
	vic := secondSeller(t, w)
	issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	w.Clock.Advance(20 * 24 * time.Hour) // the first is over
	issue(t, w, modelstest.AcmeOwner, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	w.Exec(t, "UPDATE trials SET responsible_id = ? WHERE issued_by = ?", modelstest.AcmeSeller.UserID, modelstest.AcmeOwner.UserID)
	for range 2 { // the second time changes nothing
		if c, err := w.EntrustClient(t.Context(), modelstest.AcmeOwner, modelstest.AcmeClient, vic.UserID); err != nil || c.ResponsibleID != vic.UserID || c.Version != 2 {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	clients, trials := carers(t, w)
	if clients != "Initrode: Vic Viewer" || trials != "Initrode: Sam Seller, Initrode: Vic Viewer" {
		t.Errorf("%s; %s: the ended trial stays, the running one follows", clients, trials)
	}
	wantEvent(t, w, modelstest.AcmeClient, "client.entrusted", modelstest.AcmeOwner, `{"responsible":"Sam Seller"}`, `{"responsible":"Vic Viewer"}`)
	// An edit that began before is told, also if it changes nothing else.
	was := models.Client{Company: "Initrode", ContactName: "Ingrid Rode", Email: "ingrid@initrode.example", Country: "DE"}
	_, err := w.ChangeClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient, models.ClientChange{ClientFields: was.Fields(), Version: 1, Responsible: modelstest.AcmeSeller.UserID})
	if e, ok := errors.AsType[*models.Error](err); !ok || e.Code != models.ClientChanged {
		t.Errorf("an old form takes the client back: %v", err)
	}
	c, err := w.ChangeClient(t.Context(), modelstest.AcmeSeller, modelstest.AcmeClient, models.ClientChange{ClientFields: was.Fields(), Version: 2, Responsible: modelstest.AcmeSeller.UserID})
	if err != nil || c.ResponsibleID != modelstest.AcmeSeller.UserID {
		t.Errorf("%+v, %v", c, err)
	}
	for filter, want := range map[string]int{"": 1, models.ResponsibleMine: 1, modelstest.AcmeSeller.UserID: 1, vic.UserID: 0} {
		page, err := w.Clients(t.Context(), modelstest.AcmeSeller, models.ClientFilter{Responsible: filter}, models.Paging{})
		if err != nil || len(page.Items) != want || want > 0 && page.Items[0].ResponsibleName != "Sam Seller" {
			t.Errorf("%q: %+v, %v", filter, page.Items, err)
		}
	}
}

// handoverScene gives Sam two clients, one archived, with a running and an ended trial.
func handoverScene(t *testing.T) (w *modelstest.World, membershipID string) {
	t.Helper()
	w = modelstest.New(t)
	issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	w.Clock.Advance(20 * 24 * time.Hour)
	issue(t, w, modelstest.AcmeSeller, models.TrialRequest{Product: "orchestrator-saas", ClientID: modelstest.AcmeClient})
	c, err := w.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: models.ClientFields{Company: "Attic", Email: "a@attic.example"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ArchiveClient(t.Context(), modelstest.AcmeSeller, c.ID); err != nil {
		t.Fatal(err)
	}
	return w, memberID(t, w, modelstest.AcmeSeller)
}

func TestEveryWayOutHandsOver(t *testing.T) {
	for name, leave := range map[string]func(*modelstest.World, models.Actor, string, string) error{
		"the account": func(w *modelstest.World, a models.Actor, id, heir string) error {
			return w.RemoveMember(t.Context(), a, id, heir)
		},
		"the Reselling team": func(w *modelstest.World, a models.Actor, id, heir string) error {
			return w.RemoveFromReselling(t.Context(), a, id, heir)
		},
		"the role": func(w *modelstest.World, a models.Actor, id, heir string) error {
			return w.ChangeResellingRole(t.Context(), a, id, models.Billing, heir)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := handoverScene(t)
			vic := secondSeller(t, w)
			h, err := w.Handover(t.Context(), modelstest.AcmeOwner, id)
			if err != nil || h.Clients != 2 || h.Trials != 1 || !h.IsNeeded() || !h.MayChoose() || h.Owner.Name != "Olivia Owner" || h.Member.Name != "Sam Seller" ||
				len(h.Colleagues) != 2 || h.Colleagues[0].Name != "Olivia Owner" || h.Colleagues[1].Name != "Vic Viewer" ||
				len(h.Some.Clients) != 2 || h.Some.Clients[0].Company != "Attic" || h.Some.Clients[0].ArchivedAt == nil || len(h.Some.Trials) != 1 || h.Some.Trials[0].Product != "Orchestrator SaaS" {
				t.Errorf("%+v, %v", h, err)
			}
			for heir, kind := range map[string]models.Kind{"": models.Invalid, modelstest.AcmeSeller.UserID: models.Conflict, modelstest.AcmeBilling.UserID: models.Conflict, modelstest.GlobexOwner.UserID: models.Conflict} {
				err := leave(w, modelstest.AcmeOwner, id, heir)
				if e, ok := errors.AsType[*models.Error](err); !ok || e.Kind != kind || e.Code != models.HandoverNeeded || e.Fields["colleague"] == "" {
					t.Errorf("to %q: %v", heir, err)
				}
			}
			if m := membership(t, w, modelstest.AcmeSeller); m.ResellingRole != models.Seller || len(w.Events(t, id)) != 0 {
				t.Errorf("half of a refusal was done: %+v, %v", m, w.Events(t, id))
			}
			if err := leave(w, modelstest.AcmeOwner, id, vic.UserID); err != nil {
				t.Fatal(err)
			}
			clients, trials := carers(t, w)
			if clients != "Attic: Vic Viewer, Initrode: Vic Viewer" || trials != "Initrode: Sam Seller, Initrode: Vic Viewer" || orphans(t, w) != 0 {
				t.Errorf("%s; %s", clients, trials)
			}
			var e models.Event
			if err := w.DB.Where("action = 'client.handed_over'").Take(&e).Error; err != nil {
				t.Fatal(err)
			}
			if e.SubjectID != id || e.SubjectName != "Sam Seller" || e.ActorName != "Olivia Owner" || e.After != `{"clients":2,"colleague":"Vic Viewer","trials":1}` {
				t.Errorf("event %+v", e)
			}
			event := e.ID
			jobs := w.Jobs(t, models.HandoverMail{}.Kind())
			if len(jobs) != 1 || !strings.Contains(jobs[0], vic.UserID) || !strings.Contains(jobs[0], event) {
				t.Errorf("mails %v", jobs)
			}
			l, ok, err := w.HandoverForMail(t.Context(), models.System, models.HandoverMail{EventID: event, UserID: vic.UserID})
			if err != nil || !ok || l.To != "vic@acme.example" || l.FromName != "Sam Seller" || l.ByName != "Olivia Owner" || l.AccountName != "Acme" || l.Clients != 2 || l.Trials != 1 ||
				len(l.Some.Clients) != 2 || len(l.Some.Trials) != 1 || l.Some.Trials[0].Company != "Initrode" || l.Link != modelstest.BaseURL+"/clients?responsible=mine" || l.Zone != "Europe/Madrid" {
				t.Errorf("%+v, %v, %v", l, ok, err)
			}
			record, err := w.Client(t.Context(), vic, modelstest.AcmeClient)
			if err != nil || record.ResponsibleName != "Vic Viewer" || record.Events[0].Action != "client.handed_over" {
				t.Errorf("the client's page: %+v, %v", record.Events, err)
			}
			// Once Vic can't act on it, nobody is mailed.
			w.Exec(t, "UPDATE memberships SET reselling_role = '' WHERE user_id = ?", vic.UserID)
			if _, ok, err := w.HandoverForMail(t.Context(), models.System, models.HandoverMail{EventID: event, UserID: vic.UserID}); ok || err != nil {
				t.Errorf("mailed to who has left: %v", err)
			}
		})
	}
}

// An Admin outside the Reselling team sees nothing of it: the Owner takes over.
func TestAnAdminHandsOverToTheOwner(t *testing.T) {
	w, id := handoverScene(t)
	h, err := w.Handover(t.Context(), modelstest.AcmeAdmin, id)
	if err != nil || h.MayChoose() || h.Clients+h.Trials+len(h.Some.Clients)+len(h.Some.Trials) != 0 || h.Owner.Name != "Olivia Owner" || h.Member.ResellingRole != "" {
		t.Errorf("%+v, %v", h, err)
	}
	if err := w.RemoveMember(t.Context(), modelstest.AcmeAdmin, id, modelstest.AcmeSeller.UserID); err != nil {
		t.Fatal(err)
	}
	clients, trials := carers(t, w)
	if clients != "Attic: Olivia Owner, Initrode: Olivia Owner" || trials != "Initrode: Sam Seller, Initrode: Olivia Owner" {
		t.Errorf("%s; %s", clients, trials)
	}
	page, err := w.Activity(t.Context(), modelstest.AcmeAdmin, models.EventFilter{}, models.Paging{})
	if err != nil || strings.Contains(actions(page), "handed_over") || !strings.Contains(actions(page), "membership.removed") {
		t.Errorf("the Admin reads %s, %v", actions(page), err)
	}
}

func TestNothingToHandOver(t *testing.T) {
	w := modelstest.New(t)
	vic := secondSeller(t, w)
	id := memberID(t, w, vic)
	if h, err := w.Handover(t.Context(), modelstest.AcmeOwner, id); err != nil || h.IsNeeded() {
		t.Errorf("%+v, %v", h, err)
	}
	if err := w.RemoveMember(t.Context(), modelstest.AcmeOwner, id, ""); err != nil {
		t.Fatal(err)
	}
	if len(w.Jobs(t, models.HandoverMail{}.Kind())) != 0 || !slices.Equal(w.Events(t, id), []string{"membership.removed"}) {
		t.Errorf("%v, %v", w.Jobs(t, models.HandoverMail{}.Kind()), w.Events(t, id))
	}
	for _, who := range []models.Actor{modelstest.AcmeMember, modelstest.AcmeSeller, modelstest.Visitor, modelstest.VendorSupport} {
		_, err := w.Handover(t.Context(), who, id)
		wantsKind(t, err, models.Forbidden)
	}
	_, err := w.Handover(t.Context(), modelstest.GlobexOwner, memberID(t, w, modelstest.AcmeSeller))
	wantsKind(t, err, models.NotFound)
}

// Reminders and the licence page follow the trial to who looks after it.
func TestTheReaderOfAHandedTrial(t *testing.T) {
	w, id := handoverScene(t)
	vic := secondSeller(t, w)
	if err := w.RemoveMember(t.Context(), modelstest.AcmeOwner, id, vic.UserID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(12 * 24 * time.Hour)
	if n, err := w.Remind(t.Context(), models.System); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	var trial models.Trial
	if err := w.DB.Where("responsible_id = ?", vic.UserID).Take(&trial).Error; err != nil {
		t.Fatal(err)
	}
	l, ok, err := w.TrialReminderForMail(t.Context(), models.System, models.TrialReminderMail{TrialID: trial.ID, EndsAt: trial.EndsAt.UnixMicro(), Days: 3})
	if err != nil || !ok || l.To != "vic@acme.example" || l.IssuedBy != "Sam Seller" || l.ContactName != "Vic Viewer" {
		t.Errorf("%+v, %v, %v", l, ok, err)
	}
}

// Two removals that hand over to each other leave no client without a Seller.
func TestTwoHandoversToEachOther(t *testing.T) {
	for _, out := range []string{"account", "team"} {
		t.Run(out, func(t *testing.T) {
			w := modelstest.New(t)
			stores := []*models.Store{w.Store, w.Replica(t)}
			vic := secondSeller(t, w)
			c, err := w.CreateClient(t.Context(), vic, models.NewClient{ClientFields: models.ClientFields{Company: "Vics", Email: "a@vics.example"}})
			if err != nil || c.ResponsibleID != vic.UserID {
				t.Fatal(c, err)
			}
			two := []models.Actor{modelstest.AcmeSeller, vic}
			ids := []string{memberID(t, w, two[0]), memberID(t, w, two[1])}
			ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 2, func(i int) error {
				if out == "account" {
					return stores[i].RemoveMember(t.Context(), modelstest.AcmeOwner, ids[i], two[1-i].UserID)
				}
				return stores[i].RemoveFromReselling(t.Context(), modelstest.AcmeOwner, ids[i], two[1-i].UserID)
			})
			if ok != 1 || conflict != 1 || len(other) != 0 || orphans(t, w) != 0 {
				t.Errorf("%d removed, %d refused, %v; %d clients without a Seller", ok, conflict, other, orphans(t, w))
			}
		})
	}
}

// TestTwoHandoversWithoutTheLock shows that the test above can fail: both look
// whether the other sells before either stops.
func TestTwoHandoversWithoutTheLock(t *testing.T) {
	w := modelstest.New(t)
	vic := secondSeller(t, w)
	two := []models.Actor{modelstest.AcmeSeller, vic}
	var looked sync.WaitGroup
	looked.Add(2)
	ok, _, other := modelstest.Race(2, func(i int) error {
		all, err := w.Colleagues(t.Context(), modelstest.AcmeOwner)
		looked.Done()
		looked.Wait()
		if err != nil || models.NameOf(all, two[1-i].UserID) == "" {
			return models.Errorf(models.Conflict, "sells no more: %v", err)
		}
		if err := w.DB.Exec("UPDATE clients SET responsible_id = ? WHERE responsible_id = ?", two[1-i].UserID, two[i].UserID).Error; err != nil {
			return err
		}
		return w.DB.Exec("UPDATE memberships SET reselling_role = '' WHERE user_id = ?", two[i].UserID).Error
	})
	if ok != 2 || len(other) != 0 || orphans(t, w) == 0 {
		t.Errorf("%d removed, %v, %d orphans: this harness can't see the race", ok, other, orphans(t, w))
	}
}

// A client that is added while its creator is removed gets a Seller who stays.
func TestAddingAClientAgainstARemoval(t *testing.T) {
	w := modelstest.New(t)
	replica := w.Replica(t)
	id := memberID(t, w, modelstest.AcmeSeller)
	ok, _, other := w.RaceBehind(t, modelstest.Acme, 6, func(i int) error {
		if i == 0 {
			return w.RemoveMember(t.Context(), modelstest.AcmeOwner, id, modelstest.AcmeOwner.UserID)
		}
		_, err := replica.CreateClient(t.Context(), modelstest.AcmeSeller, models.NewClient{ClientFields: models.ClientFields{Company: fmt.Sprint("Race ", i), Email: fmt.Sprintf("a@race%d.example", i)}})
		return err
	})
	if ok != 6 || orphans(t, w) != 0 {
		t.Errorf("%d succeeded, %v, %d clients without a Seller", ok, other, orphans(t, w))
	}
}

// A handover costs a few statements, however much there is.
func TestHandoverOfMany(t *testing.T) {
	w := modelstest.New(t)
	const n = 5000
	clients := make([]models.Client, n)
	for i := range clients {
		clients[i] = models.Client{
			ID: fmt.Sprintf("00000000-0000-7000-8001-%012d", i), AccountID: modelstest.Acme, Company: fmt.Sprint("C", i), Email: "x@y.example", EmailKey: "x@y.example",
			CompanyKey: fmt.Sprint("c", i), CreatedBy: modelstest.AcmeSeller.UserID, ResponsibleID: modelstest.AcmeSeller.UserID, CreatedAt: modelstest.Now, Version: 1,
		}
	}
	if err := w.DB.CreateInBatches(&clients, 500).Error; err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := w.RemoveMember(t.Context(), modelstest.AcmeOwner, memberID(t, w, modelstest.AcmeSeller), modelstest.AcmeOwner.UserID); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d clients in %v", n, time.Since(began))
	if got := w.Count(t, "handover_items", "kind = 'client'"); got != n+1 || orphans(t, w) != 0 {
		t.Errorf("%d handed over", got)
	}
}

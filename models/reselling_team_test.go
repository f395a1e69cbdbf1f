package models_test

import (
	"slices"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func add(t *testing.T, w *modelstest.World, r models.ResellingAddition) models.ResellingAdded {
	t.Helper()
	added, err := w.AddToReselling(t.Context(), modelstest.AcmeOwner, r)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestAddToReselling(t *testing.T) {
	w := modelstest.New(t)
	mia, carl := modelstest.AcmeMember, modelstest.AcmeContact
	if mia.Can(models.IssueTrials) {
		t.Fatal("the scene is wrong")
	}
	added := add(t, w, models.ResellingAddition{UserIDs: []string{mia.UserID, carl.UserID, mia.UserID}})
	if added.Members != 2 || len(added.Invited) != 0 {
		t.Errorf("%+v", added)
	}
	for _, who := range []models.Actor{mia, carl} {
		m := membership(t, w, who)
		if m.ResellingRole != models.Seller || !m.ResellingSince.Equal(modelstest.Now) || m.Role != who.Role {
			t.Errorf("%s: %+v", who.Name, m)
		}
		e := wantEvent(t, w, m.ID, "membership.reselling_added", modelstest.AcmeOwner, "", `{"reselling_role":"seller"}`)
		if jobs := w.Jobs(t, "role_changed_mail"); !slices.ContainsFunc(jobs, func(j string) bool { return strings.Contains(j, who.UserID) && strings.Contains(j, e.ID) }) {
			t.Errorf("%s is not told: %v", who.Name, jobs)
		}
	}
}

// Adding somebody again, or the Owner, changes nothing: not even another role.
func TestAddToResellingTwice(t *testing.T) {
	w := modelstest.New(t)
	ids := []string{modelstest.AcmeSeller.UserID, modelstest.AcmeOwner.UserID}
	before := membership(t, w, modelstest.AcmeSeller)
	if added := add(t, w, models.ResellingAddition{UserIDs: ids, ResellingRole: models.Viewer}); added.Members != 0 {
		t.Errorf("%+v", added)
	}
	if m := membership(t, w, modelstest.AcmeSeller); m.ResellingRole != models.Seller || !m.ResellingSince.Equal(*before.ResellingSince) {
		t.Errorf("%+v", m)
	}
	if m := membership(t, w, modelstest.AcmeOwner); m.ResellingRole != "" || m.Role != models.Owner {
		t.Errorf("%+v", m)
	}
	replica := w.Replica(t)
	news := make(chan int, 10)
	ok, _, other := modelstest.Race(10, func(i int) error {
		store := w.Store
		if i%2 == 1 {
			store = replica
		}
		added, err := store.AddToReselling(t.Context(), modelstest.AcmeOwner, models.ResellingAddition{UserIDs: []string{modelstest.AcmeMember.UserID}})
		news <- added.Members
		return err
	})
	close(news)
	sum := 0
	for n := range news {
		sum += n
	}
	if events := w.Events(t, memberID(t, w, modelstest.AcmeMember)); ok != 10 || sum != 1 || len(events) != 1 {
		t.Errorf("%d ok, %d added, events %v, %v", ok, sum, events, other)
	}
}

func TestInviteIntoReselling(t *testing.T) {
	w := modelstest.New(t)
	added := add(t, w, models.ResellingAddition{UserIDs: []string{modelstest.AcmeMember.UserID}, Emails: "new@example.com", ResellingRole: models.Billing, RequestKey: "k"})
	if added.Members != 1 || len(added.Invited) != 1 {
		t.Fatalf("%+v", added)
	}
	in := added.Invited[0]
	if in.Role != models.Member || in.ResellingRole != models.Billing || in.Email != "new@example.com" {
		t.Errorf("%+v", in)
	}
	if _, err := w.AcceptInvitation(t.Context(), modelstest.Visitor, models.Acceptance{Token: w.InvitationToken(t.Context(), modelstest.Visitor, in), Name: "New", Password: "a long enough pass phrase"}); err != nil {
		t.Fatal(err)
	}
	page, err := w.ResellingTeam(t.Context(), modelstest.AcmeOwner, models.MemberFilter{ResellingRole: models.Billing}, models.Paging{})
	if err != nil || names(page.Items) != "Bea Mia New" {
		t.Errorf("%q, %v", names(page.Items), err)
	}
}

func TestAddToResellingRefuses(t *testing.T) {
	w := modelstest.New(t)
	mia := modelstest.AcmeMember.UserID
	for name, c := range map[string]struct {
		actor models.Actor
		r     models.ResellingAddition
		kind  models.Kind
		field string
	}{
		"nobody":             {modelstest.AcmeOwner, models.ResellingAddition{}, models.Invalid, "user_id"},
		"a strange role":     {modelstest.AcmeOwner, models.ResellingAddition{UserIDs: []string{mia}, ResellingRole: "boss"}, models.Invalid, "reselling_role"},
		"as Owner":           {modelstest.AcmeOwner, models.ResellingAddition{Emails: "x@example.com", Role: models.Owner}, models.Invalid, "role"},
		"a foreigner":        {modelstest.AcmeOwner, models.ResellingAddition{UserIDs: []string{mia, modelstest.GlobexSeller.UserID}}, models.Invalid, "user_id"},
		"nonsense":           {modelstest.AcmeOwner, models.ResellingAddition{UserIDs: []string{"' OR 1=1 --"}}, models.Invalid, "user_id"},
		"staff":              {modelstest.AcmeOwner, models.ResellingAddition{UserIDs: []string{modelstest.VendorSupport.UserID}}, models.Invalid, "user_id"},
		"a wrong address":    {modelstest.AcmeOwner, models.ResellingAddition{UserIDs: []string{mia}, Emails: "nobody"}, models.Invalid, "emails"},
		"a member's address": {modelstest.AcmeOwner, models.ResellingAddition{UserIDs: []string{mia}, Emails: "vic@acme.example"}, models.Conflict, "emails"},
		"by an Admin":        {modelstest.AcmeAdmin, models.ResellingAddition{UserIDs: []string{mia}}, models.Forbidden, ""},
		"by a Seller":        {modelstest.AcmeSeller, models.ResellingAddition{UserIDs: []string{mia}}, models.Forbidden, ""},
		"by another Owner":   {modelstest.GlobexOwner, models.ResellingAddition{UserIDs: []string{mia}}, models.Invalid, "user_id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.AddToReselling(t.Context(), c.actor, c.r)
			if e := wantRefusal(t, err, c.kind, ""); c.field != "" && e.Fields[c.field] == "" {
				t.Errorf("fields %v", e.Fields)
			}
		})
	}
	if m := membership(t, w, modelstest.AcmeMember); m.ResellingRole != "" {
		t.Errorf("half of a refusal was done: %+v", m)
	}
}

func TestChangeResellingRole(t *testing.T) {
	w := modelstest.New(t)
	m := membership(t, w, modelstest.AcmeSeller)
	if err := w.ChangeResellingRole(t.Context(), modelstest.AcmeOwner, m.ID, models.Viewer, modelstest.AcmeOwner.UserID); err != nil {
		t.Fatal(err)
	}
	after := membership(t, w, modelstest.AcmeSeller)
	if after.ResellingRole != models.Viewer || !after.ResellingSince.Equal(*m.ResellingSince) {
		t.Errorf("%+v", after)
	}
	wantTold(t, w, modelstest.AcmeSeller, wantEvent(t, w, m.ID, "membership.reselling_role_changed", modelstest.AcmeOwner, `{"reselling_role":"seller"}`, `{"reselling_role":"viewer"}`))
	if err := w.ChangeResellingRole(t.Context(), modelstest.AcmeOwner, m.ID, models.Viewer, modelstest.AcmeOwner.UserID); err != nil || len(w.Events(t, m.ID)) != 2 {
		t.Errorf("the same again: %v, %v", err, w.Events(t, m.ID))
	}
}

func TestRemoveFromReselling(t *testing.T) {
	w := modelstest.New(t)
	seller := modelstest.AcmeSeller
	in, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: seller.Email, Password: modelstest.Password})
	if err != nil {
		t.Fatal(err)
	}
	id := memberID(t, w, seller)
	if err := w.RemoveFromReselling(t.Context(), modelstest.AcmeOwner, id, modelstest.AcmeOwner.UserID); err != nil {
		t.Fatal(err)
	}
	if m := membership(t, w, seller); m.ResellingRole != "" || m.ResellingSince != nil || m.Role != models.Member {
		t.Errorf("%+v", m)
	}
	// Their very next request: still signed in, no longer reselling.
	a, err := w.Authenticate(t.Context(), modelstest.Visitor, in.Token)
	if err != nil || !a.SignedIn() || a.Can(models.ReadReselling) || a.Can(models.IssueTrials) || !a.Can(models.SeeUsers) {
		t.Errorf("%+v, %v", a, err)
	}
	wantTold(t, w, seller, wantEvent(t, w, id, "membership.reselling_removed", modelstest.AcmeOwner, `{"reselling_role":"seller"}`, ""))
	wantRefusal(t, w.RemoveFromReselling(t.Context(), modelstest.AcmeOwner, id, ""), models.Conflict, "does not belong to the Reselling team any more")
}

func TestResellersOfOthers(t *testing.T) {
	w := modelstest.New(t)
	seller, owner := memberID(t, w, modelstest.AcmeSeller), memberID(t, w, modelstest.AcmeOwner)
	for name, c := range map[string]struct {
		actor models.Actor
		id    string
		kind  models.Kind
		words string
	}{
		"the Owner":           {modelstest.AcmeOwner, owner, models.Forbidden, "always belongs"},
		"an Admin":            {modelstest.AcmeAdmin, seller, models.Forbidden, "Only Olivia Owner, the Owner of Acme, can"},
		"themselves":          {modelstest.AcmeSeller, seller, models.Forbidden, "Only Olivia Owner"},
		"another account":     {modelstest.GlobexOwner, seller, models.NotFound, "Member not found"},
		"staff":               {modelstest.VendorAdministrator, seller, models.Forbidden, "staff never act as a customer"},
		"who is not in there": {modelstest.AcmeOwner, memberID(t, w, modelstest.AcmeMember), models.Conflict, "any more"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, w.ChangeResellingRole(t.Context(), c.actor, c.id, models.Billing, ""), c.kind, c.words)
			wantRefusal(t, w.RemoveFromReselling(t.Context(), c.actor, c.id, ""), c.kind, c.words)
		})
	}
	for _, role := range []models.ResellingRole{"", "boss"} {
		wantRefusal(t, w.ChangeResellingRole(t.Context(), modelstest.AcmeOwner, seller, role, ""), models.Invalid, "one of the reselling roles")
	}
}

func TestResellingTeamListed(t *testing.T) {
	w := modelstest.New(t)
	for _, c := range []struct {
		filter models.MemberFilter
		want   string
	}{
		{models.MemberFilter{}, "Olivia Bea Sam Vic"},
		{models.MemberFilter{Sort: "-name"}, "Vic Sam Olivia Bea"},
		{models.MemberFilter{Sort: "role"}, "Olivia Bea Sam Vic"},
		{models.MemberFilter{ResellingRole: models.Viewer}, "Vic"},
		{models.MemberFilter{Query: "sam"}, "Sam"},
		{models.MemberFilter{Query: "mia"}, ""},
	} {
		var paged, exported []models.TeamMember
		for p := (models.Paging{Size: 1}); ; {
			page, err := w.ResellingTeam(t.Context(), modelstest.AcmeOwner, c.filter, p)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, page.Items...)
			if p.After = page.Next; page.Next == "" {
				break
			}
		}
		err := w.EachReseller(t.Context(), modelstest.AcmeOwner, c.filter, func(m models.TeamMember) error { exported = append(exported, m); return nil })
		if err != nil || names(paged) != c.want || names(exported) != c.want {
			t.Errorf("%+v: paged %q, exported %q, want %q (%v)", c.filter, names(paged), names(exported), c.want, err)
		}
	}
	candidates, err := w.ResellingCandidates(t.Context(), modelstest.AcmeOwner)
	if err != nil || names(candidates) != "Adam Carl Mia" {
		t.Errorf("candidates %q, %v", names(candidates), err)
	}
}

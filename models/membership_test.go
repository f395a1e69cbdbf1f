package models_test

import (
	"slices"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// membership is the row of somebody in their account.
func membership(t *testing.T, w *modelstest.World, who models.Actor) models.Membership {
	t.Helper()
	var rows []models.Membership
	if err := w.DB.Where("account_id = ? AND user_id = ?", who.AccountID, who.UserID).Find(&rows).Error; err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return models.Membership{}
	}
	return rows[0]
}

func memberID(t *testing.T, w *modelstest.World, who models.Actor) string {
	t.Helper()
	return membership(t, w, who).ID
}

// lastEvent is the latest event about a subject.
func lastEvent(t *testing.T, w *modelstest.World, subjectID string) models.Event {
	t.Helper()
	var e models.Event
	if err := w.DB.Where("subject_id = ?", subjectID).Order("at DESC, id DESC").Take(&e).Error; err != nil {
		t.Fatalf("no event about %s: %v", subjectID, err)
	}
	return e
}

func wantEvent(t *testing.T, w *modelstest.World, subjectID, action string, by models.Actor, before, after string) models.Event {
	t.Helper()
	e := lastEvent(t, w, subjectID)
	if e.Action != action || e.ActorID != by.UserID || e.ActorName != by.Name || e.AccountID != by.AccountID || e.Before != before || e.After != after || !e.At.Equal(w.Clock.Now()) || e.Address != by.Address {
		t.Errorf("event %+v, want %s by %s, before %s, after %s", e, action, by.Name, before, after)
	}
	return e
}

// wantTold fails unless the last mail of a change of roles is to who and about e.
func wantTold(t *testing.T, w *modelstest.World, who models.Actor, e models.Event) {
	t.Helper()
	jobs := w.Jobs(t, "role_changed_mail")
	if len(jobs) == 0 || !strings.Contains(jobs[len(jobs)-1], who.UserID) || !strings.Contains(jobs[len(jobs)-1], e.ID) {
		t.Errorf("jobs %v, want one to %s about %s", jobs, who.UserID, e.ID)
	}
}

func TestChangeRole(t *testing.T) {
	w := modelstest.New(t)
	id := memberID(t, w, modelstest.AcmeMember)
	if err := w.ChangeRole(t.Context(), modelstest.AcmeAdmin, id, models.BillingContact); err != nil {
		t.Fatal(err)
	}
	if m := membership(t, w, modelstest.AcmeMember); m.Role != models.BillingContact {
		t.Errorf("role %s", m.Role)
	}
	e := wantEvent(t, w, id, "membership.role_changed", modelstest.AcmeAdmin, `{"role":"member"}`, `{"role":"billing_contact"}`)
	if e.SubjectName != "Mia Member" || e.SubjectType != "membership" {
		t.Errorf("about %s %s", e.SubjectType, e.SubjectName)
	}
	wantTold(t, w, modelstest.AcmeMember, e)
	if err := w.ChangeRole(t.Context(), modelstest.AcmeAdmin, id, models.BillingContact); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Events(t, id)); n != 1 {
		t.Errorf("%d events: the same role again is no change", n)
	}
}

func TestChangeRoleKeepsTheResellingRole(t *testing.T) {
	w := modelstest.New(t)
	if err := w.ChangeRole(t.Context(), modelstest.AcmeAdmin, memberID(t, w, modelstest.AcmeSeller), models.Admin); err != nil {
		t.Fatal(err)
	}
	if m := membership(t, w, modelstest.AcmeSeller); m.Role != models.Admin || m.ResellingRole != models.Seller || m.ResellingSince == nil {
		t.Errorf("%+v", m)
	}
}

// secondAdmin makes Carl Contact an Admin.
func secondAdmin(t *testing.T, w *modelstest.World) models.Actor {
	t.Helper()
	w.Exec(t, "UPDATE memberships SET role = 'admin' WHERE user_id = ?", modelstest.AcmeContact.UserID)
	a := modelstest.AcmeContact
	a.Role = models.Admin
	return a
}

// TestManagingMembers is the row "invite, remove, change roles" of the table in
// DOMAIN.md: for everybody whom they may change and remove.
func TestManagingMembers(t *testing.T) {
	everybody := map[string]models.Actor{
		"owner": modelstest.AcmeOwner, "admin": modelstest.AcmeAdmin, "second admin": modelstest.AcmeContact,
		"member": modelstest.AcmeMember, "seller": modelstest.AcmeSeller, "foreigner": modelstest.GlobexSeller,
	}
	const yes, no, missing = models.Kind(-1), models.Forbidden, models.NotFound
	for who, c := range map[string]struct {
		actor models.Actor
		over  map[string]models.Kind
	}{
		"owner":         {modelstest.AcmeOwner, map[string]models.Kind{"owner": no, "admin": yes, "second admin": yes, "member": yes, "seller": yes, "foreigner": missing}},
		"admin":         {modelstest.AcmeAdmin, map[string]models.Kind{"owner": no, "admin": no, "second admin": yes, "member": yes, "seller": yes, "foreigner": missing}},
		"member":        {modelstest.AcmeMember, map[string]models.Kind{"owner": no, "admin": no, "second admin": no, "member": no, "seller": no, "foreigner": no}},
		"seller":        {modelstest.AcmeSeller, map[string]models.Kind{"owner": no, "admin": no, "second admin": no, "member": no, "seller": no, "foreigner": no}},
		"viewer":        {modelstest.AcmeViewer, map[string]models.Kind{"owner": no, "member": no}},
		"billing":       {modelstest.AcmeBilling, map[string]models.Kind{"owner": no, "member": no}},
		"administrator": {modelstest.VendorAdministrator, map[string]models.Kind{"owner": no, "member": no, "foreigner": no}},
		"visitor":       {modelstest.Visitor, map[string]models.Kind{"owner": no, "member": no}},
		"globex":        {modelstest.GlobexOwner, map[string]models.Kind{"owner": missing, "admin": missing, "member": missing, "foreigner": yes}},
	} {
		for whom, want := range c.over {
			for act, do := range map[string]func(*modelstest.World, string) error{
				"change the role": func(w *modelstest.World, id string) error {
					return w.ChangeRole(t.Context(), c.actor, id, models.BillingContact)
				},
				"remove": func(w *modelstest.World, id string) error {
					return w.RemoveMember(t.Context(), c.actor, id, modelstest.AcmeOwner.UserID)
				},
			} {
				t.Run(who+" "+act+" "+whom, func(t *testing.T) {
					t.Parallel()
					w := modelstest.New(t)
					secondAdmin(t, w)
					id := memberID(t, w, everybody[whom])
					err := do(w, id)
					if want == yes && err != nil || want != yes && (err == nil || models.KindOf(err) != want) {
						t.Errorf("got %v, want kind %d", err, want)
					}
					if untouched := len(w.Events(t, id)) == 0; untouched != (want != yes) {
						t.Errorf("events: %v", w.Events(t, id))
					}
				})
			}
		}
	}
}

func TestRefusedRoles(t *testing.T) {
	w := modelstest.New(t)
	id := memberID(t, w, modelstest.AcmeMember)
	for _, role := range []models.Role{models.Owner, "", "king", "admin\x00", models.Role(strings.Repeat("x", 10000))} {
		err := w.ChangeRole(t.Context(), modelstest.AcmeOwner, id, role)
		if e := wantRefusal(t, err, models.Invalid, ""); e.Fields["role"] == "" {
			t.Errorf("%.20q: fields %v", role, e.Fields)
		}
	}
	for _, id := range []string{"", "1", "' OR 1=1 --", "00000000-0000-7000-8000-000000000000"} {
		wantRefusal(t, w.ChangeRole(t.Context(), modelstest.AcmeOwner, id, models.Admin), models.NotFound, "Member not found")
		wantRefusal(t, w.RemoveMember(t.Context(), modelstest.AcmeOwner, id, ""), models.NotFound, "Member not found")
	}
}

func TestRemoveMember(t *testing.T) {
	w := modelstest.New(t)
	seller := modelstest.AcmeSeller
	id := memberID(t, w, seller)
	in, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: seller.Email, Password: modelstest.Password})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := w.Authenticate(t.Context(), modelstest.Visitor, in.Token); err != nil || a.ResellingRole != models.Seller {
		t.Fatalf("before: %+v, %v", a, err)
	}
	if err := w.RemoveMember(t.Context(), modelstest.AcmeAdmin, id, ""); err != nil {
		t.Fatal(err)
	}
	if a, err := w.Authenticate(t.Context(), modelstest.Visitor, in.Token); err != nil || a.SignedIn() {
		t.Errorf("the removed are still signed in: %+v, %v", a, err)
	}
	if m := membership(t, w, seller); m.ID != "" {
		t.Errorf("still a member: %+v", m)
	}
	if n := w.Count(t, "users", "id = ? AND removed_at IS NULL", seller.UserID); n != 1 {
		t.Error("the user is gone too")
	}
	e := wantEvent(t, w, id, "membership.removed", modelstest.AcmeAdmin, `{"reselling_role":"seller","role":"member"}`, "")
	wantTold(t, w, seller, e)
	wantRefusal(t, w.RemoveMember(t.Context(), modelstest.AcmeAdmin, id, ""), models.NotFound, "Member not found")
}

func TestRemovalLeavesOtherAccountsAlone(t *testing.T) {
	w := modelstest.New(t)
	gus := modelstest.GlobexSeller
	w.Exec(t, "INSERT INTO memberships (id, account_id, user_id, role, joined_at) VALUES ('00000000-0000-7000-8000-0000000000ff', ?, ?, 'member', ?)", modelstest.Acme, gus.UserID, modelstest.Now)
	if err := w.RemoveMember(t.Context(), modelstest.AcmeOwner, "00000000-0000-7000-8000-0000000000ff", ""); err != nil {
		t.Fatal(err)
	}
	if m := membership(t, w, gus); m.Role != models.Member {
		t.Errorf("Globex lost its Seller: %+v", m)
	}
	if n := w.Count(t, "sessions", "id = ? AND ended_at IS NULL", gus.SessionID); n != 1 {
		t.Error("the session at Globex was ended")
	}
}

func TestTwoAdminsRemoveEachOther(t *testing.T) {
	w := modelstest.New(t)
	carl := secondAdmin(t, w)
	replica := w.Replica(t)
	adam := modelstest.AcmeAdmin
	ids := []string{memberID(t, w, adam), memberID(t, w, carl)}
	ok, _, other := modelstest.Race(2, func(i int) error {
		if i == 0 {
			return w.RemoveMember(t.Context(), adam, ids[1], "")
		}
		return replica.RemoveMember(t.Context(), carl, ids[0], "")
	})
	if ok != 1 || len(other) != 1 || models.KindOf(other[0]) != models.Forbidden {
		t.Errorf("%d removed, others %v: one must win, and the loser may do nothing more", ok, other)
	}
	if n := w.Count(t, "memberships", "id IN ?", ids); n != 1 {
		t.Errorf("%d of the two are left", n)
	}
}

func TestDemotedAdminMayNotGoOn(t *testing.T) {
	w := modelstest.New(t)
	if err := w.ChangeRole(t.Context(), modelstest.AcmeOwner, memberID(t, w, modelstest.AcmeAdmin), models.Member); err != nil {
		t.Fatal(err)
	}
	// The actor still says Admin, as in a request that began before.
	err := w.RemoveMember(t.Context(), modelstest.AcmeAdmin, memberID(t, w, modelstest.AcmeMember), "")
	wantRefusal(t, err, models.Forbidden, "Olivia Owner, the Owner of Acme, can give you another role")
	_, _, err = w.InviteUsers(t.Context(), modelstest.AcmeAdmin, models.TeamInvitation{Emails: "x@example.com", Role: models.Member})
	wantRefusal(t, err, models.Forbidden, "another role")
}

func names(members []models.TeamMember) string {
	var all []string
	for _, m := range members {
		first, _, _ := strings.Cut(m.Name, " ")
		all = append(all, first)
	}
	return strings.Join(all, " ")
}

func TestMembersSortedFilteredPaged(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE users SET last_sign_in_at = ? WHERE id = ?", modelstest.Now.Add(-60e9), modelstest.AcmeViewer.UserID)
	w.Exec(t, "UPDATE users SET last_sign_in_at = ? WHERE id = ?", modelstest.Now, modelstest.AcmeBilling.UserID)
	for _, c := range []struct {
		filter models.MemberFilter
		want   string
	}{
		{models.MemberFilter{}, "Adam Bea Carl Mia Olivia Sam Vic"},
		{models.MemberFilter{Sort: "-name"}, "Vic Sam Olivia Mia Carl Bea Adam"},
		{models.MemberFilter{Sort: "role"}, "Olivia Adam Bea Mia Sam Vic Carl"},
		{models.MemberFilter{Sort: "joined"}, "Olivia Adam Mia Carl Sam Bea Vic"},
		{models.MemberFilter{Sort: "-sign-in"}, "Bea Vic Sam Carl Mia Adam Olivia"},
		{models.MemberFilter{Sort: "'; DROP TABLE users"}, "Adam Bea Carl Mia Olivia Sam Vic"},
		{models.MemberFilter{Role: models.Member}, "Bea Mia Sam Vic"},
		{models.MemberFilter{Role: "nonsense"}, ""},
		{models.MemberFilter{Query: "MIA"}, "Mia"},
		{models.MemberFilter{Query: "acme.example"}, "Adam Bea Carl Mia Olivia Sam Vic"},
		{models.MemberFilter{Query: "%"}, ""},
		{models.MemberFilter{Query: "gus"}, ""},
	} {
		page, err := w.Members(t.Context(), modelstest.AcmeMember, c.filter, models.Paging{})
		if err != nil || names(page.Items) != c.want {
			t.Errorf("%+v: %q, %v, want %q", c.filter, names(page.Items), err, c.want)
		}
		var paged, exported []models.TeamMember
		for p := (models.Paging{Size: 2}); ; {
			page, err := w.Members(t.Context(), modelstest.AcmeMember, c.filter, p)
			if err != nil {
				t.Fatal(err)
			}
			paged = append(paged, page.Items...)
			if p.After = page.Next; page.Next == "" {
				break
			}
		}
		err = w.EachMember(t.Context(), modelstest.AcmeMember, c.filter, func(m models.TeamMember) error { exported = append(exported, m); return nil })
		if err != nil || names(paged) != c.want || names(exported) != c.want {
			t.Errorf("%+v: paged %q, exported %q, want %q (%v)", c.filter, names(paged), names(exported), c.want, err)
		}
	}
}

func TestTeamMemberHasEveryColumn(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE users SET last_sign_in_at = ? WHERE id = ?", modelstest.Now, modelstest.AcmeSeller.UserID)
	m := membership(t, w, modelstest.AcmeSeller)
	got, err := w.TeamMember(t.Context(), modelstest.AcmeOwner, m.ID)
	if err != nil || got.ID != m.ID || got.UserID != m.UserID || got.Name != "Sam Seller" || got.Email != "sam@acme.example" || got.Role != models.Member ||
		got.ResellingRole != models.Seller || !got.ResellingSince.Equal(*m.ResellingSince) || !got.JoinedAt.Equal(m.JoinedAt) || !got.LastSignInAt.Equal(modelstest.Now) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = w.TeamMember(t.Context(), modelstest.GlobexOwner, m.ID)
	wantRefusal(t, err, models.NotFound, "Member not found")
}

func TestOnlyTheOwnerSeesResellingRoles(t *testing.T) {
	w := modelstest.New(t)
	for who, want := range map[string][]string{
		"owner": {"Bea", "Sam", "Vic"}, "admin": nil, "member": nil, "seller": {"Sam"},
	} {
		page, err := w.Members(t.Context(), modelstest.Cast[who], models.MemberFilter{}, models.Paging{})
		if err != nil {
			t.Fatal(err)
		}
		shown := slices.DeleteFunc(page.Items, func(m models.TeamMember) bool { return m.ResellingRole == "" })
		if names(shown) != strings.Join(want, " ") {
			t.Errorf("%s sees the roles of %q, want %v", who, names(shown), want)
		}
	}
}

// TestTeamPermissions is the rows about Team of the table in DOMAIN.md, by what
// the use cases answer.
func TestTeamPermissions(t *testing.T) {
	w := modelstest.New(t)
	acts := map[string]func(models.Actor) error{
		"see all users": func(a models.Actor) error {
			_, err := w.Members(t.Context(), a, models.MemberFilter{}, models.Paging{})
			return err
		},
		"export all users": func(a models.Actor) error {
			return w.EachMember(t.Context(), a, models.MemberFilter{}, func(models.TeamMember) error { return nil })
		},
		"see pending invitations": func(a models.Actor) error { _, err := w.PendingInvitations(t.Context(), a); return err },
		"invite": func(a models.Actor) error {
			_, _, err := w.InviteUsers(t.Context(), a, models.TeamInvitation{Emails: a.UserID + "@example.com", Role: models.Member})
			return err
		},
		"invite into reselling": func(a models.Actor) error {
			_, _, err := w.InviteUsers(t.Context(), a, models.TeamInvitation{Emails: a.UserID + "r@example.com", Role: models.Member, ResellingRole: models.Seller})
			return err
		},
		"see reselling": func(a models.Actor) error {
			_, err := w.ResellingTeam(t.Context(), a, models.MemberFilter{}, models.Paging{})
			return err
		},
		"export reselling": func(a models.Actor) error {
			return w.EachReseller(t.Context(), a, models.MemberFilter{}, func(models.TeamMember) error { return nil })
		},
		"add to reselling": func(a models.Actor) error {
			_, err := w.AddToReselling(t.Context(), a, models.ResellingAddition{Emails: a.UserID + "a@example.com"})
			return err
		},
		"see candidates":           func(a models.Actor) error { _, err := w.ResellingCandidates(t.Context(), a); return err },
		"see ownership candidates": func(a models.Actor) error { _, err := w.OwnershipCandidates(t.Context(), a); return err },
	}
	owner, managers, all := []string{"owner", "other"}, []string{"owner", "admin", "other"}, []string{"owner", "admin", "member", "contact", "seller", "billing", "viewer", "other"}
	for act, may := range map[string][]string{
		"see all users": all, "export all users": all, "see pending invitations": managers, "invite": managers, "invite into reselling": owner,
		"see reselling": owner, "export reselling": owner, "add to reselling": owner, "see candidates": owner, "see ownership candidates": owner,
	} {
		for who, actor := range modelstest.Cast {
			err := acts[act](actor)
			if want := slices.Contains(may, who); want && err != nil || !want && models.KindOf(err) != models.Forbidden {
				t.Errorf("%s by %s: %v, want allowed = %t", act, who, err, want)
			}
		}
	}
}

package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func inviteUsers(t *testing.T, w *modelstest.World, actor models.Actor, emails string) []models.Invitation {
	t.Helper()
	sent, refused, err := w.InviteUsers(t.Context(), actor, models.TeamInvitation{Emails: emails, Role: models.Member})
	if err != nil || len(refused) > 0 {
		t.Fatalf("%v, refused %v", err, refused)
	}
	return sent
}

func emailsOf(sent []models.Invitation) string {
	var all []string
	for _, in := range sent {
		all = append(all, in.Email)
	}
	return strings.Join(all, " ")
}

func TestInviteUsersReadsEverySeparator(t *testing.T) {
	for typed, want := range map[string]string{
		"a@example.com":                                        "a@example.com",
		"b@example.com, a@example.com":                         "a@example.com b@example.com",
		"a@example.com b@example.com":                          "a@example.com b@example.com",
		"a@example.com;b@example.com":                          "a@example.com b@example.com",
		"a@example.com\r\nb@example.com\n\n":                   "a@example.com b@example.com",
		",; a@example.com,,\tb@example.com ;":                  "a@example.com b@example.com",
		"Ann Other <a@example.com>, Bo <b@example.com>":        "a@example.com b@example.com",
		`"Other, Ann" <a@example.com>; b@example.com`:          "a@example.com b@example.com",
		"c@example.com Ann <a@example.com> Bo <b@example.com>": "a@example.com b@example.com c@example.com",
		"A@Example.com a@example.com":                          "A@Example.com",
	} {
		t.Run(typed, func(t *testing.T) {
			w := modelstest.New(t)
			if sent := inviteUsers(t, w, modelstest.AcmeAdmin, typed); emailsOf(sent) != want {
				t.Errorf("invited %q, want %q", emailsOf(sent), want)
			}
			if n := len(w.Jobs(t, "invitation_mail")); n != len(strings.Fields(want)) {
				t.Errorf("%d mails", n)
			}
		})
	}
}

func TestInviteUsersWritesEveryColumn(t *testing.T) {
	w := modelstest.New(t)
	sent, _, err := w.InviteUsers(t.Context(), modelstest.AcmeOwner, models.TeamInvitation{Emails: "a@example.com", Role: models.Admin, ResellingRole: models.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	var row models.Invitation
	w.DB.Where("id = ?", sent[0].ID).Take(&row)
	if *row.AccountID != modelstest.Acme || row.Email != "a@example.com" || row.Role != models.Admin || row.ResellingRole != models.Viewer || row.InvitedBy != modelstest.AcmeOwner.UserID {
		t.Errorf("%+v", row)
	}
}

// TestInviteUsersIsAllOrNothing names every address that is wrong, and why.
func TestInviteUsersIsAllOrNothing(t *testing.T) {
	w := modelstest.New(t)
	open := inviteUsers(t, w, modelstest.AcmeOwner, "open@example.com")[0]
	_, refused, err := w.InviteUsers(t.Context(), modelstest.AcmeAdmin, models.TeamInvitation{
		Emails: "new@example.com open@example.com mia@acme.example sue@vendor.example", Role: models.Member,
	})
	e := wantRefusal(t, err, models.Conflict, "Nobody was invited, since 3 addresses can't be.")
	for i, want := range []struct{ email, reason, invitation string }{
		{"mia@acme.example", "mia@acme.example already belongs to Acme", ""},
		{"open@example.com", "open@example.com already has an open invitation", open.ID},
		{"sue@vendor.example", "sue@vendor.example belongs to the vendor's staff", ""},
	} {
		if i >= len(refused) || refused[i].Email != want.email || !strings.Contains(refused[i].Reason, want.reason) || refused[i].InvitationID != want.invitation {
			t.Fatalf("refused %+v, want %+v as number %d", refused, want, i)
		}
		if !strings.Contains(e.Fields["emails"], want.reason) {
			t.Errorf("the field says %q", e.Fields["emails"])
		}
	}
	_, refused, err = w.InviteUsers(t.Context(), modelstest.AcmeAdmin, models.TeamInvitation{Emails: "new@example.com nobody x@ @y a<b>c", Role: models.Member})
	wantRefusal(t, err, models.Invalid, "is not a mail address")
	if len(refused) != 5 { // nobody, x@, @y, and b and c of a<b>c
		t.Errorf("refused %+v", refused)
	}
	if n := w.Count(t, "invitations", "1 = 1"); n != 1 {
		t.Errorf("%d invitations", n)
	}
}

func TestInviteUsersRefuses(t *testing.T) {
	w := modelstest.New(t)
	var many, tooMany []string
	for i := range 51 {
		tooMany = append(tooMany, fmt.Sprintf("p%02d@example.com", i))
	}
	many = tooMany[:50]
	for name, c := range map[string]struct {
		actor models.Actor
		r     models.TeamInvitation
		kind  models.Kind
		field string
		words string
	}{
		"nobody":         {modelstest.AcmeOwner, models.TeamInvitation{Role: models.Member}, models.Invalid, "emails", "at least one mail address"},
		"only commas":    {modelstest.AcmeOwner, models.TeamInvitation{Emails: " ,;\n", Role: models.Member}, models.Invalid, "emails", "at least one mail address"},
		"51":             {modelstest.AcmeOwner, models.TeamInvitation{Emails: strings.Join(tooMany, " "), Role: models.Member}, models.Invalid, "emails", "at most 50"},
		"an Owner":       {modelstest.AcmeOwner, models.TeamInvitation{Emails: "x@example.com", Role: models.Owner}, models.Invalid, "role", "transfers the ownership"},
		"no role":        {modelstest.AcmeOwner, models.TeamInvitation{Emails: "x@example.com"}, models.Invalid, "role", "one of the roles"},
		"a strange role": {modelstest.AcmeOwner, models.TeamInvitation{Emails: "x@example.com", Role: models.Member, ResellingRole: "boss"}, models.Invalid, "reselling_role", "one of the reselling roles"},
		"Reselling by an Admin": {modelstest.AcmeAdmin, models.TeamInvitation{Emails: "x@example.com", Role: models.Member, ResellingRole: models.Seller},
			models.Forbidden, "", "Only Olivia Owner, the Owner of Acme, can"},
		"a second recipient": {modelstest.AcmeOwner, models.TeamInvitation{Emails: "a@example.com%0d%0aBcc:b@example.com", Role: models.Member}, models.Invalid, "emails", "not a mail address"},
		"10,000 characters":  {modelstest.AcmeOwner, models.TeamInvitation{Emails: strings.Repeat("x", 10000), Role: models.Member}, models.Invalid, "emails", "not a mail address"},
		"markup":             {modelstest.AcmeOwner, models.TeamInvitation{Emails: "<script>alert(1)</script>", Role: models.Member}, models.Invalid, "emails", "not a mail address"},
		"right to left":      {modelstest.AcmeOwner, models.TeamInvitation{Emails: "\u202ea b\u0000c", Role: models.Member}, models.Invalid, "emails", "not a mail address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := w.InviteUsers(t.Context(), c.actor, c.r)
			if e := wantRefusal(t, err, c.kind, c.words); c.field != "" && e.Fields[c.field] == "" || len(e.Message)+len(e.Fields["emails"]) > 2000 {
				t.Errorf("fields %v", e.Fields)
			}
		})
	}
	if n := w.Count(t, "invitations", "1 = 1") + len(w.Jobs(t, "invitation_mail")); n != 0 {
		t.Errorf("%d invitations and mails", n)
	}
	if sent := inviteUsers(t, w, modelstest.AcmeOwner, strings.Join(many, ",")); len(sent) != 50 {
		t.Errorf("%d of 50 invited", len(sent))
	}
}

func TestInviteUsersTwiceWithOneForm(t *testing.T) {
	w := modelstest.New(t)
	replica := w.Replica(t)
	r := models.TeamInvitation{Emails: "a@example.com b@example.com", Role: models.Member, RequestKey: "key"}
	ok, conflict, other := modelstest.Race(10, func(i int) error {
		store := w.Store
		if i%2 == 1 {
			store = replica
		}
		sent, _, err := store.InviteUsers(t.Context(), modelstest.AcmeAdmin, r)
		if err == nil && emailsOf(sent) != "a@example.com b@example.com" {
			err = fmt.Errorf("sent %v", sent)
		}
		return err
	})
	if ok != 10 {
		t.Errorf("%d of 10 were answered, %d conflicts, %v", ok, conflict, other)
	}
	if n, m := w.Count(t, "invitations", "1 = 1"), len(w.Jobs(t, "invitation_mail")); n != 2 || m != 2 {
		t.Errorf("%d invitations, %d mails", n, m)
	}
}

func TestARefusalKeepsTheRequestKey(t *testing.T) {
	w := modelstest.New(t)
	r := models.TeamInvitation{Emails: "a@example.com mia@acme.example", Role: models.Member, RequestKey: "key"}
	if _, _, err := w.InviteUsers(t.Context(), modelstest.AcmeAdmin, r); err == nil {
		t.Fatal("a member was invited")
	}
	r.Emails = "a@example.com"
	sent, _, err := w.InviteUsers(t.Context(), modelstest.AcmeAdmin, r)
	if err != nil || len(sent) != 1 {
		t.Errorf("%v, %v", sent, err)
	}
}

func TestPendingInvitations(t *testing.T) {
	w := modelstest.New(t)
	first := inviteUsers(t, w, modelstest.AcmeAdmin, "first@example.com")[0]
	w.Clock.Advance(60e9)
	second, _, err := w.InviteUsers(t.Context(), modelstest.AcmeOwner, models.TeamInvitation{Emails: "second@example.com", Role: models.Admin, ResellingRole: models.Seller})
	if err != nil {
		t.Fatal(err)
	}
	inviteUsers(t, w, modelstest.GlobexOwner, "third@example.com")
	pending, err := w.PendingInvitations(t.Context(), modelstest.AcmeOwner)
	if err != nil || len(pending) != 2 || pending[0].ID != second[0].ID || pending[0].ResellingRole != models.Seller || pending[0].Role != models.Admin ||
		pending[0].InvitedByName != "Olivia Owner" || pending[1].Email != "first@example.com" || pending[1].InvitedByName != "Adam Admin" {
		t.Fatalf("%+v, %v", pending, err)
	}
	if pending, err = w.PendingInvitations(t.Context(), modelstest.AcmeAdmin); err != nil || pending[0].ResellingRole != "" {
		t.Errorf("an Admin sees the reselling role: %+v, %v", pending, err)
	}
	if _, err := w.RevokeTeamInvitation(t.Context(), modelstest.AcmeAdmin, first.ID); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(8 * 24 * 60 * 60e9)
	pending, err = w.PendingInvitations(t.Context(), modelstest.AcmeAdmin)
	if err != nil || len(pending) != 1 || pending[0].Status(w.Clock.Now()) != models.InvitationExpired {
		t.Errorf("%+v, %v", pending, err)
	}
	resent, err := w.ResendTeamInvitation(t.Context(), modelstest.AcmeAdmin, second[0].ID)
	if err != nil || resent.Generation != 2 || !resent.ExpiresAt.Equal(w.Clock.Now().AddDate(0, 0, 7)) {
		t.Errorf("%+v, %v", resent, err)
	}
	if events := w.Events(t, first.ID); !slices.Equal(events, []string{"invitation.sent", "invitation.revoked"}) {
		t.Errorf("events %v", events)
	}
}

func TestInvitationsOfOthers(t *testing.T) {
	w := modelstest.New(t)
	in := inviteUsers(t, w, modelstest.AcmeAdmin, "a@example.com")[0]
	for name, c := range map[string]struct {
		actor models.Actor
		kind  models.Kind
	}{
		"another account": {modelstest.GlobexOwner, models.NotFound}, "member": {modelstest.AcmeMember, models.Forbidden},
		"seller": {modelstest.AcmeSeller, models.Forbidden}, "staff": {modelstest.VendorAdministrator, models.Forbidden}, "visitor": {modelstest.Visitor, models.Forbidden},
	} {
		_, err := w.ResendTeamInvitation(t.Context(), c.actor, in.ID)
		if models.KindOf(err) != c.kind {
			t.Errorf("%s resends: %v", name, err)
		}
		_, err = w.RevokeTeamInvitation(t.Context(), c.actor, in.ID)
		if models.KindOf(err) != c.kind {
			t.Errorf("%s revokes: %v", name, err)
		}
	}
	if events := w.Events(t, in.ID); len(events) != 1 {
		t.Errorf("events %v", events)
	}
}

// The Owner's own invitation is the staff's: an Admin left behind may not touch it.
func TestAnAdminCannotTouchTheOwnersInvitation(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "DELETE FROM memberships WHERE user_id = ?", modelstest.AcmeOwner.UserID)
	in, err := w.Invite(t.Context(), modelstest.VendorSuccess, models.Invitation{AccountID: account(modelstest.Acme), Email: "boss@example.com", Role: models.Owner})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.RevokeTeamInvitation(t.Context(), modelstest.AcmeAdmin, in.ID)
	wantRefusal(t, err, models.NotFound, "Invitation not found")
	if pending, err := w.PendingInvitations(t.Context(), modelstest.AcmeAdmin); err != nil || len(pending) != 0 {
		t.Errorf("%+v, %v", pending, err)
	}
	_, refused, err := w.InviteUsers(t.Context(), modelstest.AcmeAdmin, models.TeamInvitation{Emails: "boss@example.com", Role: models.Member})
	if models.KindOf(err) != models.Conflict || len(refused) != 1 || refused[0].InvitationID != "" {
		t.Errorf("%v, %+v", err, refused)
	}
}

func TestNewUsersAreFound(t *testing.T) {
	w := modelstest.New(t)
	in := inviteUsers(t, w, modelstest.AcmeAdmin, "zoe@example.com")[0]
	_, err := w.AcceptInvitation(t.Context(), modelstest.Visitor, models.Acceptance{Token: w.InvitationToken(t.Context(), modelstest.Visitor, in), Name: "Zoë Ñandú", Password: "a long enough pass phrase"})
	if err != nil {
		t.Fatal(err)
	}
	finds := func(q, want string) {
		t.Helper()
		page, err := w.Members(t.Context(), modelstest.AcmeMember, models.MemberFilter{Query: q}, models.Paging{})
		if err != nil || names(page.Items) != want {
			t.Errorf("%q finds %q, %v, want %q", q, names(page.Items), err, want)
		}
	}
	for _, q := range []string{"zoe", "NANDU", "ñandú", "zoe@example"} {
		finds(q, "Zoë")
	}
	mia := modelstest.AcmeMember
	if err := w.ChangeProfile(t.Context(), mia, "Ámbar Nueva", ""); err != nil {
		t.Fatal(err)
	}
	finds("ambar", "Ámbar")
	finds("mia@acme", "Ámbar")
	finds("mia member", "")
}

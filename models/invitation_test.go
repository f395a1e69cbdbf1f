package models_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func account(id string) *string { return &id }

// asMember is an invitation of email to Acme.
func asMember(email string) models.Invitation {
	return models.Invitation{AccountID: account(modelstest.Acme), Email: email, Role: models.Member}
}

func invite(t *testing.T, w *modelstest.World, in models.Invitation) models.Invitation {
	t.Helper()
	in, err := w.Invite(t.Context(), modelstest.AcmeOwner, in)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func wantRefusal(t *testing.T, err error, kind models.Kind, words string) *models.Error {
	t.Helper()
	e, ok := errors.AsType[*models.Error](err)
	if !ok || e.Kind != kind || !strings.Contains(e.Message, words) {
		t.Fatalf("got %v, want a refusal of kind %d with %q", err, kind, words)
	}
	return e
}

func TestInviteWritesEveryColumn(t *testing.T) {
	w := modelstest.New(t)
	in := invite(t, w, models.Invitation{
		AccountID: account(modelstest.Acme), Email: " New.Person@Example.com ", Name: "New  Person", Role: models.Admin, ResellingRole: models.Seller,
	})
	var row models.Invitation
	w.DB.Where("id = ?", in.ID).Take(&row)
	week := 7 * 24 * time.Hour
	switch {
	case *row.AccountID != modelstest.Acme, row.Email != "New.Person@Example.com", row.EmailKey != "new.person@example.com", row.Name != "New Person",
		row.Role != models.Admin, row.ResellingRole != models.Seller, row.StaffRole != "", row.Generation != 1, len(row.TokenHash) != 43,
		row.InvitedBy != modelstest.AcmeOwner.UserID, !row.CreatedAt.Equal(modelstest.Now), !row.SentAt.Equal(modelstest.Now),
		!row.ExpiresAt.Equal(modelstest.Now.Add(week)), row.AcceptedAt != nil, row.AcceptedBy != "", row.RevokedAt != nil, row.RevokedBy != "":
		t.Errorf("row: %+v", row)
	}
	if jobs := w.Jobs(t, "invitation_mail"); len(jobs) != 1 || !strings.Contains(jobs[0], in.ID) || !strings.Contains(jobs[0], `"generation":1`) {
		t.Errorf("jobs: %v", jobs)
	}
	if events := w.Events(t, in.ID); len(events) != 1 || events[0] != "invitation.sent" {
		t.Errorf("events: %v", events)
	}
}

func TestInviteRefuses(t *testing.T) {
	w := modelstest.New(t)
	open := invite(t, w, asMember("open@example.com"))
	for name, c := range map[string]struct {
		in      models.Invitation
		kind    models.Kind
		words   string
		subject string
	}{
		"an open invitation": {asMember("OPEN@example.com"), models.Conflict, "already has an open invitation to Acme", open.ID},
		"a member":           {asMember("mia@acme.example"), models.Conflict, "already belongs to Acme", modelstest.AcmeMember.UserID},
		"staff":              {asMember("sue@vendor.example"), models.Conflict, "Nobody is both", ""},
		"an account's user":  {models.Invitation{Email: "mia@acme.example", StaffRole: models.Support}, models.Conflict, "Nobody is both", ""},
		"staff already":      {models.Invitation{Email: "sue@vendor.example", StaffRole: models.Support}, models.Conflict, "already belongs to the vendor's staff", modelstest.VendorSupport.UserID},
		"a second Owner":     {models.Invitation{AccountID: account(modelstest.Acme), Email: "x@example.com", Role: models.Owner}, models.Conflict, "already has an Owner", ""},
		"no address":         {asMember("nobody"), models.Invalid, "not a mail address", ""},
		"a second recipient": {asMember("a@example.com\r\nBcc: b@example.com"), models.Invalid, "not a mail address", ""},
		"10,000 characters":  {asMember(strings.Repeat("x", 10000) + "@example.com"), models.Invalid, "not a mail address", ""},
		"no role":            {models.Invitation{AccountID: account(modelstest.Acme), Email: "x@example.com"}, models.Invalid, "Choose one of the roles", ""},
		"staff of an account": {models.Invitation{AccountID: account(modelstest.Acme), Email: "x@example.com", Role: models.Member, StaffRole: models.Support},
			models.Invalid, "Choose one of the roles", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Invite(t.Context(), modelstest.AcmeOwner, c.in)
			if e := wantRefusal(t, err, c.kind, c.words); e.Subject != c.subject || len(e.Fields) == 0 {
				t.Errorf("subject %q, fields %v", e.Subject, e.Fields)
			}
		})
	}
	if n := w.Count(t, "invitations", "1 = 1"); n != 1 {
		t.Errorf("%d invitations", n)
	}
}

func TestInviteIsPerAccount(t *testing.T) {
	w := modelstest.New(t)
	invite(t, w, asMember("both@example.com"))
	invite(t, w, models.Invitation{AccountID: account(modelstest.Globex), Email: "both@example.com", Role: models.Member})
	invite(t, w, asMember("gus@globex.example"))
}

func TestExpiredInvitationMakesWay(t *testing.T) {
	w := modelstest.New(t)
	old := invite(t, w, asMember("late@example.com"))
	w.Clock.Advance(7 * 24 * time.Hour)
	invite(t, w, asMember("late@example.com"))
	var row models.Invitation
	w.DB.Where("id = ?", old.ID).Take(&row)
	if row.RevokedAt == nil || row.Status(w.Clock.Now()) != models.InvitationExpired {
		t.Errorf("the old one: revoked %v, %s", row.RevokedAt, row.Status(w.Clock.Now()))
	}
}

func TestOnePendingOwnerInvitation(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "DELETE FROM memberships WHERE account_id = ?", modelstest.Initech)
	asOwner := func(email string) models.Invitation {
		return models.Invitation{AccountID: account(modelstest.Initech), Email: email, Role: models.Owner}
	}
	first := invite(t, w, asOwner("a@example.com"))
	_, err := w.Invite(t.Context(), modelstest.VendorSuccess, asOwner("b@example.com"))
	if e := wantRefusal(t, err, models.Conflict, "a@example.com is already invited as the Owner"); e.Subject != first.ID {
		t.Errorf("subject %q", e.Subject)
	}
	if err := w.RevokeInvitation(t.Context(), modelstest.VendorSuccess, first); err != nil {
		t.Fatal(err)
	}
	invite(t, w, asOwner("b@example.com"))
}

func TestInvitationRace(t *testing.T) {
	w := modelstest.New(t)
	replica := w.Replica(t)
	ok, conflict, other := modelstest.Race(20, func(i int) error {
		store := w.Store
		if i%2 == 1 {
			store = replica
		}
		in := asMember("race@example.com")
		if i%4 >= 2 {
			in = models.Invitation{Email: "race@example.com", StaffRole: models.Support}
		}
		_, err := store.Invite(t.Context(), modelstest.AcmeOwner, in)
		return err
	})
	// The address may be invited once to Acme and once to the staff: which of
	// them it becomes is decided when the first is accepted.
	if ok != 2 || conflict != 18 || len(other) > 0 {
		t.Errorf("%d invited, %d refused, %v", ok, conflict, other)
	}
}

func TestResendReplacesTheLink(t *testing.T) {
	w := modelstest.New(t)
	in := invite(t, w, asMember("x@example.com"))
	w.Clock.Advance(8 * 24 * time.Hour)
	again, err := w.ResendInvitation(t.Context(), modelstest.AcmeOwner, in)
	if err != nil {
		t.Fatal(err)
	}
	var row models.Invitation
	w.DB.Where("id = ?", in.ID).Take(&row)
	if row.Generation != 2 || row.TokenHash == in.TokenHash || row.TokenHash != again.TokenHash || !row.SentAt.Equal(w.Clock.Now()) ||
		!row.CreatedAt.Equal(modelstest.Now) || row.Status(w.Clock.Now()) != models.InvitationPending || !row.ExpiresAt.Equal(w.Clock.Now().AddDate(0, 0, 7)) {
		t.Errorf("row: %+v", row)
	}
	if w.Count(t, "dead_tokens", "token_hash = ? AND kind = 'invitation' AND subject_id = ? AND died_at = ?", in.TokenHash, in.ID, w.Clock.Now()) != 1 {
		t.Error("the earlier link is forgotten")
	}
	if jobs := w.Jobs(t, "invitation_mail"); len(jobs) != 2 || !strings.Contains(jobs[1], `"generation":2`) {
		t.Errorf("jobs: %v", jobs)
	}
	_, err = w.ResendInvitation(t.Context(), modelstest.AcmeOwner, in)
	wantRefusal(t, err, models.Conflict, "Somebody else changed this")
	if events := w.Events(t, in.ID); len(events) != 2 || events[1] != "invitation.resent" {
		t.Errorf("events: %v", events)
	}
}

func TestRevokedInvitationStaysRevoked(t *testing.T) {
	w := modelstest.New(t)
	in := invite(t, w, asMember("x@example.com"))
	if err := w.RevokeInvitation(t.Context(), modelstest.AcmeAdmin, in); err != nil {
		t.Fatal(err)
	}
	var row models.Invitation
	w.DB.Where("id = ?", in.ID).Take(&row)
	if row.Status(w.Clock.Now()) != models.InvitationRevoked || row.RevokedBy != modelstest.AcmeAdmin.UserID || !row.RevokedAt.Equal(modelstest.Now) {
		t.Errorf("row: %+v", row)
	}
	wantRefusal(t, w.RevokeInvitation(t.Context(), modelstest.AcmeOwner, row), models.Conflict, "revoked already")
	_, err := w.ResendInvitation(t.Context(), modelstest.AcmeOwner, row)
	wantRefusal(t, err, models.Conflict, "revoked already")
	if events := w.Events(t, in.ID); len(events) != 2 || events[1] != "invitation.revoked" {
		t.Errorf("events: %v", events)
	}
}

func TestInviteStaff(t *testing.T) {
	w := modelstest.New(t)
	r := models.StaffInvitation{Email: "new@vendor.example", Name: "Nia New", Role: models.Finance}
	for name, who := range modelstest.Cast {
		if who.StaffRole == models.Administrator {
			continue
		}
		_, _, err := w.InviteStaff(t.Context(), who, r)
		if models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := w.InviteStaff(t.Context(), models.Actor{}, r)
	wantRefusal(t, err, models.Forbidden, "")
	in, link, err := w.InviteStaff(t.Context(), modelstest.VendorAdministrator, r)
	if err != nil || link != "" || in.StaffRole != models.Finance || in.AccountID != nil || in.Name != "Nia New" {
		t.Fatalf("%+v, link %q, %v", in, link, err)
	}
	again, err := w.ResendStaffInvitation(t.Context(), modelstest.VendorAdministrator, in.ID)
	if err != nil || again.Generation != 2 {
		t.Fatalf("%+v, %v", again, err)
	}
	_, err = w.ResendStaffInvitation(t.Context(), modelstest.VendorFinance, in.ID)
	wantRefusal(t, err, models.Forbidden, "")
	_, err = w.RevokeStaffInvitation(t.Context(), modelstest.VendorSupport, in.ID)
	wantRefusal(t, err, models.Forbidden, "")
	if _, err = w.RevokeStaffInvitation(t.Context(), modelstest.VendorAdministrator, in.ID); err != nil {
		t.Fatal(err)
	}
	ours := invite(t, w, asMember("x@example.com"))
	_, err = w.RevokeStaffInvitation(t.Context(), modelstest.VendorAdministrator, ours.ID)
	wantRefusal(t, err, models.NotFound, "")
}

func TestInviteStaffFromTheCommandLine(t *testing.T) {
	w := modelstest.New(t)
	r := models.StaffInvitation{Email: "first@vendor.example", Role: models.Administrator}
	in, link, err := w.InviteStaff(t.Context(), models.System, r)
	if err != nil || link != modelstest.BaseURL+"/invitations/"+w.InvitationToken(t.Context(), models.System, in) {
		t.Fatalf("link %q, %v", link, err)
	}
	_, second, err := w.InviteStaff(t.Context(), models.System, r)
	if err != nil || second == link {
		t.Errorf("again: link %q, %v", second, err)
	}
	if n := w.Count(t, "invitations", "revoked_at IS NULL"); n != 1 {
		t.Errorf("%d open invitations", n)
	}
}

func TestNobodyIsFloodedWithInvitations(t *testing.T) {
	w := modelstest.New(t)
	in := invite(t, w, asMember("new@example.com"))
	for range 2 {
		var err error
		if in, err = w.ResendTeamInvitation(t.Context(), modelstest.AcmeOwner, in.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.RevokeInvitation(t.Context(), modelstest.AcmeOwner, in); err != nil {
			t.Fatal(err)
		}
		in = invite(t, w, asMember("New@example.com"))
	}
	_, err := w.ResendTeamInvitation(t.Context(), modelstest.AcmeOwner, in.ID)
	wantRefusal(t, err, models.TooMany, "New@example.com was mailed five invitations within a day")
	if n := len(w.Jobs(t, "invitation_mail")); n != 5 {
		t.Errorf("%d mails", n)
	}
	if err := w.RevokeInvitation(t.Context(), modelstest.AcmeOwner, in); err != nil {
		t.Fatal(err)
	}
	_, refused, err := w.InviteUsers(t.Context(), modelstest.AcmeOwner, models.TeamInvitation{Emails: "other@example.com new@example.com", Role: models.Member})
	wantRefusal(t, err, models.Conflict, "Nobody was invited, since one address can't be")
	if len(refused) != 1 || !strings.Contains(refused[0].Reason, "five invitations within a day") {
		t.Errorf("%+v", refused)
	}
	w.Clock.Advance(24 * time.Hour)
	invite(t, w, asMember("new@example.com"))
}

package models_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"reselling/models"
	"reselling/models/modelstest"
)

const goodPassword = "seven green bottles of ink"

func tokenOf(w *modelstest.World, in models.Invitation) string {
	return w.InvitationToken(context.Background(), models.System, in)
}

// accept answers in as a visitor who creates a user.
func accept(t *testing.T, s *models.Store, token string) (models.SignedIn, error) {
	t.Helper()
	return s.AcceptInvitation(t.Context(), modelstest.Visitor, models.Acceptance{Token: token, Name: "Nina New", Password: goodPassword})
}

func actorOf(t *testing.T, w *modelstest.World, in models.SignedIn) models.Actor {
	t.Helper()
	a, err := w.Authenticate(t.Context(), modelstest.Visitor, in.Token)
	if err != nil || !a.SignedIn() {
		t.Fatalf("not signed in: %v", err)
	}
	return a
}

func TestAcceptAsNewUser(t *testing.T) {
	w := modelstest.New(t)
	inv := invite(t, w, models.Invitation{AccountID: account(modelstest.Acme), Email: "Nina@Example.com", Role: models.Admin, ResellingRole: models.Viewer})
	w.Clock.Advance(time.Hour)
	in, err := accept(t, w.Store, tokenOf(w, inv))
	if err != nil {
		t.Fatal(err)
	}
	a := actorOf(t, w, in)
	if a.Name != "Nina New" || a.Email != "Nina@Example.com" || a.AccountID != modelstest.Acme || a.Role != models.Admin || a.ResellingRole != models.Viewer || a.IsStaff() {
		t.Errorf("actor: %+v", a)
	}
	now := w.Clock.Now()
	var u models.User
	w.DB.Where("id = ?", a.UserID).Take(&u)
	if u.EmailKey != "nina@example.com" || u.PasswordHash == "" || u.StaffRole != "" || u.TimeZone != "" || !u.CreatedAt.Equal(now) || !u.PasswordChangedAt.Equal(now) ||
		u.LastSignInAt == nil || u.RemovedAt != nil || u.Version != 1 {
		t.Errorf("user: %+v", u)
	}
	var m models.Membership
	w.DB.Where("user_id = ?", a.UserID).Take(&m)
	if m.AccountID != modelstest.Acme || m.ResellingSince == nil || !m.ResellingSince.Equal(now) || !m.JoinedAt.Equal(now) {
		t.Errorf("membership: %+v", m)
	}
	var row models.Invitation
	w.DB.Where("id = ?", inv.ID).Take(&row)
	if row.AcceptedAt == nil || !row.AcceptedAt.Equal(now) || row.AcceptedBy != a.UserID || row.Status(now) != models.InvitationAccepted {
		t.Errorf("invitation: %+v", row)
	}
	if events := w.Events(t, inv.ID); strings.Join(events, " ") != "invitation.sent invitation.accepted" {
		t.Errorf("events of the invitation: %v", events)
	}
	if events := w.Events(t, a.UserID); strings.Join(events, " ") != "user.created" {
		t.Errorf("events of the user: %v", events)
	}
	if events := w.Events(t, m.ID); strings.Join(events, " ") != "membership.created" {
		t.Errorf("events of the membership: %v", events)
	}
	if len(w.Jobs(t, "new_device_mail")) != 0 {
		t.Error("a new user's first browser is announced")
	}
}

func TestAcceptRefusesBadInput(t *testing.T) {
	w := modelstest.New(t)
	token := tokenOf(w, invite(t, w, asMember("x@example.com")))
	for name, a := range map[string]models.Acceptance{
		"password": {Name: "Nina", Password: "short"},
		"name":     {Name: " \u202e\r\n", Password: goodPassword},
	} {
		a.Token = token
		_, err := w.AcceptInvitation(t.Context(), modelstest.Visitor, a)
		if e := wantRefusal(t, err, models.Invalid, ""); e.Fields[name] == "" {
			t.Errorf("%s: %v", name, e.Fields)
		}
	}
	_, err := w.AcceptInvitation(t.Context(), modelstest.Visitor, models.Acceptance{Token: token, Name: strings.Repeat("🎈", 10000), Password: goodPassword})
	if e := wantRefusal(t, err, models.Invalid, "at most 200"); e.Fields["name"] == "" {
		t.Error(e.Fields)
	}
	if w.Count(t, "users", "email_key = 'x@example.com'") != 0 {
		t.Error("a refused form made a user")
	}
}

func TestAcceptAsExistingUser(t *testing.T) {
	w := modelstest.New(t)
	inGlobex := models.Invitation{AccountID: account(modelstest.Globex), Email: modelstest.AcmeMember.Email, Role: models.BillingContact}
	token := tokenOf(w, invite(t, w, inGlobex))
	link, err := w.InvitationByToken(t.Context(), modelstest.Visitor, token)
	if err != nil || !link.HasUser || link.AccountName != "Globex" || link.InviterName != modelstest.AcmeOwner.Name || link.State != models.InvitationPending || link.Zone.String() != "America/New_York" {
		t.Fatalf("link: %+v, %v", link, err)
	}

	t.Run("signed out with a wrong password", func(t *testing.T) {
		_, err := w.AcceptInvitation(t.Context(), modelstest.Visitor, models.Acceptance{Token: token, Name: "Impostor", Password: goodPassword})
		wantRefusal(t, err, models.Invalid, "not the password of mia@acme.example")
		if w.Count(t, "attempts", "key = 'sign-in as mia@acme.example'") != 1 {
			t.Error("the attempt does not count")
		}
	})
	t.Run("the wrong user", func(t *testing.T) {
		_, err := w.AcceptInvitation(t.Context(), modelstest.AcmeViewer, models.Acceptance{Token: token})
		wantRefusal(t, err, models.Forbidden, "for mia@acme.example")
	})
	t.Run("signed out with the password", func(t *testing.T) {
		in, err := w.AcceptInvitation(t.Context(), modelstest.Visitor, models.Acceptance{Token: token, Password: modelstest.Password})
		if err != nil {
			t.Fatal(err)
		}
		if a := actorOf(t, w, in); a.UserID != modelstest.AcmeMember.UserID || a.AccountID != modelstest.Globex || a.Role != models.BillingContact {
			t.Errorf("actor: %+v", a)
		}
	})
	t.Run("signed in", func(t *testing.T) {
		inv := models.Invitation{AccountID: account(modelstest.Initech), Email: modelstest.AcmeMember.Email, Role: models.Member}
		in, err := w.AcceptInvitation(t.Context(), modelstest.AcmeMember, models.Acceptance{Token: tokenOf(w, invite(t, w, inv))})
		if err != nil || in.Token != "" {
			t.Fatalf("%+v, %v", in, err)
		}
		if w.Count(t, "sessions", "id = ? AND account_id = ?", modelstest.AcmeMember.SessionID, modelstest.Initech) != 1 {
			t.Error("the session still acts for Acme")
		}
		if w.Count(t, "memberships", "user_id = ?", modelstest.AcmeMember.UserID) != 3 {
			t.Error("not a member of three accounts")
		}
	})
}

func TestAcceptAsStaff(t *testing.T) {
	w := modelstest.New(t)
	inv, _, err := w.InviteStaff(t.Context(), modelstest.VendorAdministrator, models.StaffInvitation{Email: "nia@vendor.example", Role: models.Finance})
	if err != nil {
		t.Fatal(err)
	}
	in, err := accept(t, w.Store, tokenOf(w, inv))
	if err != nil || !in.Staff {
		t.Fatalf("%+v, %v", in, err)
	}
	a := actorOf(t, w, in)
	if a.StaffRole != models.Finance || a.AccountID != "" {
		t.Errorf("actor: %+v", a)
	}
	if events := w.Events(t, a.UserID); strings.Join(events, " ") != "user.created staff.joined" {
		t.Errorf("events: %v", events)
	}
}

func TestFormerStaffComesBackWithANewPassword(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE users SET removed_at = ? WHERE id = ?", modelstest.Now, modelstest.VendorSupport.UserID)
	inv := invite(t, w, asMember(modelstest.VendorSupport.Email))
	link, err := w.InvitationByToken(t.Context(), modelstest.Visitor, tokenOf(w, inv))
	if err != nil || link.HasUser {
		t.Fatalf("has a user: %v, %v", link.HasUser, err)
	}
	in, err := accept(t, w.Store, tokenOf(w, inv))
	if err != nil {
		t.Fatal(err)
	}
	if a := actorOf(t, w, in); a.UserID != modelstest.VendorSupport.UserID || a.IsStaff() || a.Role != models.Member || a.Name != "Nina New" {
		t.Errorf("actor: %+v", a)
	}
	if _, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: modelstest.VendorSupport.Email, Password: modelstest.Password}); models.KindOf(err) != models.Invalid {
		t.Errorf("the old password still works: %v", err)
	}
}

func TestDeadInvitationLinksSayWhy(t *testing.T) {
	w := modelstest.New(t)
	for state, c := range map[models.InvitationStatus]struct {
		end   func(models.Invitation)
		words string
	}{
		models.InvitationExpired: {func(models.Invitation) { w.Clock.Advance(7 * 24 * time.Hour) }, "has expired"},
		models.InvitationRevoked: {func(in models.Invitation) {
			if err := w.RevokeInvitation(t.Context(), modelstest.AcmeOwner, in); err != nil {
				t.Fatal(err)
			}
		}, "was revoked"},
		models.InvitationAccepted: {func(in models.Invitation) {
			if _, err := accept(t, w.Store, tokenOf(w, in)); err != nil {
				t.Fatal(err)
			}
		}, "accepted already"},
		models.InvitationReplaced: {func(in models.Invitation) {
			if _, err := w.ResendInvitation(t.Context(), modelstest.AcmeOwner, in); err != nil {
				t.Fatal(err)
			}
		}, "newer mail"},
	} {
		t.Run(string(state), func(t *testing.T) {
			inv := invite(t, w, asMember(string(state)+"@example.com"))
			c.end(inv)
			link, err := w.InvitationByToken(t.Context(), modelstest.Visitor, tokenOf(w, inv))
			if err != nil || link.State != state {
				t.Errorf("state %q, %v", link.State, err)
			}
			_, err = accept(t, w.Store, tokenOf(w, inv))
			wantRefusal(t, err, models.Conflict, c.words)
		})
	}
	_, err := w.InvitationByToken(t.Context(), modelstest.Visitor, "unknown")
	wantRefusal(t, err, models.NotFound, "does not exist")
	_, err = accept(t, w.Store, "unknown")
	wantRefusal(t, err, models.NotFound, "does not exist")
}

func TestAcceptanceChecksAgain(t *testing.T) {
	w := modelstest.New(t)
	staff, _, err := w.InviteStaff(t.Context(), modelstest.VendorAdministrator, models.StaffInvitation{Email: "both@example.com", Role: models.Finance})
	if err != nil {
		t.Fatal(err)
	}
	user := invite(t, w, asMember("both@example.com"))
	in, err := accept(t, w.Store, tokenOf(w, user))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.AcceptInvitation(t.Context(), actorOf(t, w, in), models.Acceptance{Token: tokenOf(w, staff)})
	wantRefusal(t, err, models.Conflict, "Nobody is both staff and an account's user")

	owner := models.Invitation{AccountID: account(modelstest.Initech), Email: "late@example.com", Role: models.Owner}
	w.Exec(t, "UPDATE memberships SET role = 'admin' WHERE account_id = ?", modelstest.Initech)
	owner = invite(t, w, owner)
	w.Exec(t, "UPDATE memberships SET role = 'owner' WHERE account_id = ?", modelstest.Initech)
	_, err = accept(t, w.Store, tokenOf(w, owner))
	wantRefusal(t, err, models.Conflict, "Initech already has an Owner")
}

func TestBothStaffAndUserRace(t *testing.T) {
	w := modelstest.New(t)
	staff, _, err := w.InviteStaff(t.Context(), modelstest.VendorAdministrator, models.StaffInvitation{Email: "both@example.com", Role: models.Finance})
	if err != nil {
		t.Fatal(err)
	}
	user := invite(t, w, asMember("both@example.com"))
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, conflict, other := modelstest.Race(2, func(i int) error {
		_, err := accept(t, stores[i], tokenOf(w, []models.Invitation{staff, user}[i]))
		return err
	})
	if ok != 1 || conflict != 1 || len(other) > 0 {
		t.Errorf("%d joined, %d refused, %v", ok, conflict, other)
	}
	if n := w.Count(t, "users", "email_key = 'both@example.com'"); n != 1 {
		t.Errorf("%d users", n)
	}
}

// ownerless takes the Owner of Initech away and returns an open Owner invitation.
func ownerless(t *testing.T, w *modelstest.World) models.Invitation {
	t.Helper()
	w.Exec(t, "DELETE FROM memberships WHERE account_id = ?", modelstest.Initech)
	return invite(t, w, models.Invitation{AccountID: account(modelstest.Initech), Email: "owner@example.com", Role: models.Owner})
}

func TestTwoAcceptancesOfOneInvitationLeaveOneOwner(t *testing.T) {
	w := modelstest.New(t)
	token := tokenOf(w, ownerless(t, w))
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, conflict, other := modelstest.Race(8, func(i int) error {
		_, err := accept(t, stores[i%2], token)
		return err
	})
	if ok != 1 || conflict != 7 || len(other) > 0 {
		t.Errorf("%d accepted, %d refused, %v", ok, conflict, other)
	}
	if n := w.Count(t, "memberships", "account_id = ? AND role = 'owner' AND reselling_role = '' AND reselling_since = ?", modelstest.Initech, modelstest.Now); n != 1 {
		t.Errorf("%d Owners", n)
	}
}

// secondOwnerInvitation is one that the schema would refuse: it is taken away
// so that the lock alone has to hold the rule.
func secondOwnerInvitation(t *testing.T, w *modelstest.World, first models.Invitation) models.Invitation {
	t.Helper()
	w.Exec(t, "DROP INDEX invitations_one_pending_owner")
	w.Exec(t, "DROP INDEX memberships_one_owner")
	second := first
	second.ID, second.Email, second.EmailKey, second.TokenHash = "00000000-0000-7000-8000-0000000000e2", "second@example.com", "second@example.com", "second"
	if err := w.DB.Create(&second).Error; err != nil {
		t.Fatal(err)
	}
	second, err := w.ResendInvitation(t.Context(), modelstest.VendorSuccess, second)
	if err != nil {
		t.Fatal(err)
	}
	return second
}

func TestTwoOwnerInvitationsLeaveOneOwner(t *testing.T) {
	w := modelstest.New(t)
	first := ownerless(t, w)
	tokens := []string{tokenOf(w, first), tokenOf(w, secondOwnerInvitation(t, w, first))}
	stores := []*models.Store{w.Store, w.Replica(t)}
	ok, conflict, other := w.RaceBehind(t, modelstest.Initech, 2, func(i int) error {
		_, err := accept(t, stores[i], tokens[i])
		return err
	})
	if ok != 1 || conflict != 1 || len(other) > 0 {
		t.Errorf("%d accepted, %d refused, %v", ok, conflict, other)
	}
	if n := w.Count(t, "memberships", "account_id = ? AND role = 'owner'", modelstest.Initech); n != 1 {
		t.Errorf("%d Owners", n)
	}
}

// TestTwoOwnersHappenWithoutTheLock shows that the test above can fail: the
// same check and insert, not held together by a lock, leave two Owners.
func TestTwoOwnersHappenWithoutTheLock(t *testing.T) {
	w := modelstest.New(t)
	secondOwnerInvitation(t, w, ownerless(t, w))
	var looked sync.WaitGroup
	looked.Add(2)
	ok, _, other := modelstest.Race(2, func(i int) error {
		user := []models.Actor{modelstest.InitechOwner, modelstest.GlobexSeller}[i].UserID
		var owners int64
		err := w.DB.Model(&models.Membership{}).Where("account_id = ? AND role = 'owner'", modelstest.Initech).Count(&owners).Error
		looked.Done()
		looked.Wait()
		if err != nil || owners > 0 {
			return models.Errorf(models.Conflict, "there is an Owner")
		}
		return w.DB.Session(&gorm.Session{}).Create(&models.Membership{ID: user, AccountID: modelstest.Initech, UserID: user, Role: models.Owner, JoinedAt: modelstest.Now}).Error
	})
	if n := w.Count(t, "memberships", "account_id = ? AND role = 'owner'", modelstest.Initech); ok != 2 || n != 2 {
		t.Errorf("no race to lose: %d accepted, %d Owners, %v", ok, n, other)
	}
}

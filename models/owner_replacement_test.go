package models_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// byMember is the replacement of Acme's Owner by a member.
func byMember(t *testing.T, w *modelstest.World, who models.Actor) models.ReplacementEntry {
	t.Helper()
	return models.ReplacementEntry{OwnerID: memberID(t, w, modelstest.AcmeOwner), MembershipID: memberID(t, w, who), Reason: "Can't be reached"}
}

// byInvitation is the replacement of Acme's Owner by somebody new.
func byInvitation(t *testing.T, w *modelstest.World) models.ReplacementEntry {
	t.Helper()
	return models.ReplacementEntry{OwnerID: memberID(t, w, modelstest.AcmeOwner), Email: "nora@acme.example", Leaves: true, Reason: "Has left"}
}

func replace(t *testing.T, w *modelstest.World, e models.ReplacementEntry) models.OwnerReplacement {
	t.Helper()
	r, err := w.ReplaceOwner(t.Context(), fresh(w, modelstest.VendorSuccess), modelstest.Acme, e)
	if err != nil {
		t.Fatal(err)
	}
	return replacementNow(t, w, r.ID)
}

func replacementNow(t *testing.T, w *modelstest.World, id string) (r models.OwnerReplacement) {
	t.Helper()
	if err := w.DB.Where("id = ?", id).Take(&r).Error; err != nil {
		t.Fatal(err)
	}
	return r
}

// wantAccountEvent checks the latest event of Acme.
func wantAccountEvent(t *testing.T, w *modelstest.World, action, before, after string) {
	t.Helper()
	e := lastEvent(t, w, modelstest.Acme)
	if e.Action != action || !e.At.Equal(w.Now()) || e.AccountID != modelstest.Acme || e.ActorKind != "staff" || e.ActorName != "Cleo Success" || e.SubjectType != "account" || e.SubjectName != "Acme" || e.Before != before || e.After != after {
		t.Errorf("event %+v, want %s from %s to %s", e, action, before, after)
	}
}

// ownerMails are who is told which step of replacements, in order.
func ownerMails(t *testing.T, w *modelstest.World) (all []string) {
	t.Helper()
	for _, args := range w.Jobs(t, "owner_replaced_mail") {
		step, _, _ := strings.Cut(args[strings.Index(args, `"step":"`)+8:], `"`)
		for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeAdmin} {
			if strings.Contains(args, who.UserID) {
				step += " to " + who.Name
			}
		}
		all = append(all, step)
	}
	return all
}

func TestReplaceOwnerByMember(t *testing.T) {
	for _, leaves := range []bool{false, true} {
		w := modelstest.New(t)
		token := signIn(t, w, modelstest.AcmeOwner)
		w.Exec(t, "UPDATE clients SET responsible_id = ?", modelstest.AcmeOwner.UserID)
		o := offer(t, w, modelstest.AcmeMember)
		ownerID, adminID := memberID(t, w, modelstest.AcmeOwner), memberID(t, w, modelstest.AcmeAdmin)
		e := byMember(t, w, modelstest.AcmeAdmin)
		e.Leaves = leaves
		w.Clock.Advance(time.Minute)
		r := replace(t, w, e)
		if r.AccountID != modelstest.Acme || r.FormerID != modelstest.AcmeOwner.UserID || *r.SuccessorID != modelstest.AcmeAdmin.UserID || r.InvitationID != nil || r.Leaves != leaves ||
			r.Reason != "Can't be reached" || !r.OrderedAt.Equal(w.Now()) || r.OrderedBy != modelstest.VendorSuccess.UserID || !r.DoneAt.Equal(w.Now()) || r.WithdrawnAt != nil {
			t.Errorf("%+v", r)
		}
		if got := owners(t, w); got != "Adam Admin" {
			t.Errorf("the Owner is %s", got)
		}
		var former []models.Membership
		if err := w.DB.Where("id = ?", ownerID).Find(&former).Error; err != nil {
			t.Fatal(err)
		}
		carer := clientNow(t, w, modelstest.AcmeClient).ResponsibleID
		if leaves {
			if len(former) != 0 || isSignedIn(t, w.Store, token) || carer != modelstest.AcmeAdmin.UserID || len(w.Jobs(t, "handover_mail")) != 1 {
				t.Errorf("who left: %+v, client of %s, handed over by %v", former, carer, w.Jobs(t, "handover_mail"))
			}
		} else if len(former) != 1 || former[0].Role != models.Admin || former[0].ResellingRole != models.Seller || former[0].ResellingSince == nil || !isSignedIn(t, w.Store, token) || carer != modelstest.AcmeOwner.UserID {
			t.Errorf("who stays: %+v, client of %s", former, carer)
		}
		if got := offerRow(t, w, o.ID); got.WithdrawnAt == nil || got.AcceptedAt != nil {
			t.Errorf("the Owner's own offer: %+v", got)
		}
		want := []string{"membership.role_changed"}
		if leaves {
			want = append(want, "client.handed_over", "membership.removed")
		}
		if got := w.Events(t, ownerID); !slices.Equal(got, want) {
			t.Errorf("events of the former Owner: %v, want %v", got, want)
		}
		if got := w.Events(t, adminID); !slices.Equal(got, []string{"membership.role_changed"}) {
			t.Errorf("events of the new Owner: %v", got)
		}
		standing := map[bool]string{false: "Admin and Seller", true: "no longer in the account"}[leaves]
		wantAccountEvent(t, w, "account.owner_replaced", `{"owner":"Olivia Owner"}`, fmt.Sprintf(`{"former_owner":%q,"owner":"Adam Admin","reason":"Can't be reached"}`, standing))
		if got := ownerMails(t, w); !slices.Equal(got, []string{"done to Olivia Owner", "done to Adam Admin"}) {
			t.Errorf("told: %v", got)
		}
		for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeAdmin} {
			l, ok, err := w.OwnerReplacedForMail(t.Context(), models.System, models.OwnerReplacedMail{ReplacementID: r.ID, Step: "done", UserID: who.UserID})
			if err != nil || !ok || l.To != who.Email || l.Name != who.Name || l.AccountName != "Acme" || l.AccountID != modelstest.Acme || l.IsFormer != (who.UserID == modelstest.AcmeOwner.UserID) ||
				l.FormerName != "Olivia Owner" || l.SuccessorName != "Adam Admin" || l.Leaves != leaves || l.Reason != "Can't be reached" || l.Step != "done" || l.Link == "" {
				t.Errorf("%+v, %v, %v", l, ok, err)
			}
		}
		if n := w.Count(t, "owner_replacements", "1 = 1"); n != 1 {
			t.Errorf("%d replacements", n)
		}
	}
}

func TestReplaceOwnerByInvitation(t *testing.T) {
	w := modelstest.New(t)
	token := signIn(t, w, modelstest.AcmeOwner)
	w.Exec(t, "UPDATE clients SET responsible_id = ?", modelstest.AcmeOwner.UserID)
	r := replace(t, w, byInvitation(t, w))
	if r.DoneAt != nil || r.SuccessorID != nil || r.InvitationID == nil || !r.Leaves || r.WithdrawnAt != nil || owners(t, w) != "Olivia Owner" || !isSignedIn(t, w.Store, token) {
		t.Fatalf("%+v, the Owner is %s", r, owners(t, w))
	}
	wantAccountEvent(t, w, "account.owner_replacement_ordered", `{"owner":"Olivia Owner"}`, `{"invited":"nora@acme.example","reason":"Has left"}`)
	page := show(t, w, modelstest.Acme)
	if page.Replacement == nil || page.Replacement.ID != r.ID || page.Replacement.Email != "nora@acme.example" || page.Replacement.FormerName != "Olivia Owner" || page.Replacement.ByName != "Cleo Success" || page.PendingOwner == nil {
		t.Errorf("the account's page: %+v", page.Replacement)
	}
	v, err := w.OwnerToReplace(t.Context(), modelstest.VendorSuccess, modelstest.Acme)
	if err != nil || v.Owner.Name != "Olivia Owner" || v.Clients != 1 || v.Trials != 0 || len(v.Candidates) != 6 || v.Open == nil || v.Open.ID != r.ID || v.Offer != nil {
		t.Errorf("%+v, %v", v, err)
	}
	// The link is sent again; the earlier one dies.
	if _, err := w.ResendOwnerInvitation(t.Context(), modelstest.VendorSuccess, modelstest.Acme); err != nil {
		t.Fatal(err)
	}
	var in models.Invitation
	if err := w.DB.Where("id = ?", *r.InvitationID).Take(&in).Error; err != nil || in.Role != models.Owner || in.Generation != 2 {
		t.Fatalf("%+v, %v", in, err)
	}
	w.Clock.Advance(time.Hour)
	signed, err := accept(t, w.Store, tokenOf(w, in))
	if err != nil {
		t.Fatal(err)
	}
	nora := actorOf(t, w, signed)
	if nora.Role != models.Owner || owners(t, w) != nora.Name || isSignedIn(t, w.Store, token) {
		t.Errorf("%+v, the Owner is %s", nora, owners(t, w))
	}
	if n := w.Count(t, "memberships", "account_id = ? AND user_id = ?", modelstest.Acme, modelstest.AcmeOwner.UserID); n != 0 {
		t.Error("the former Owner has not left")
	}
	if c := clientNow(t, w, modelstest.AcmeClient); c.ResponsibleID != nora.UserID {
		t.Errorf("the client is looked after by %s", c.ResponsibleID)
	}
	if r = replacementNow(t, w, r.ID); *r.SuccessorID != nora.UserID || !r.DoneAt.Equal(w.Now()) {
		t.Errorf("%+v", r)
	}
	if got := ownerMails(t, w); !slices.Equal(got, []string{"ordered to Olivia Owner", "done to Olivia Owner", "done"}) {
		t.Errorf("told: %v", got)
	}
	// The mail that it is ordered is no longer true.
	if _, ok, err := w.OwnerReplacedForMail(t.Context(), models.System, models.OwnerReplacedMail{ReplacementID: r.ID, Step: "ordered", UserID: modelstest.AcmeOwner.UserID}); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if got := lastEvent(t, w, modelstest.Acme); got.Action != "account.owner_replaced" || got.ActorID != nora.UserID {
		t.Errorf("%+v", got)
	}
}

// Who is invited may be a user of another account, whose role there counts for nothing here.
func TestReplaceOwnerByAUserOfAnotherAccount(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE clients SET responsible_id = ?", modelstest.AcmeOwner.UserID)
	e := byInvitation(t, w)
	e.Email = modelstest.GlobexOwner.Email
	r := replace(t, w, e)
	var in models.Invitation
	if err := w.DB.Where("id = ?", *r.InvitationID).Take(&in).Error; err != nil {
		t.Fatal(err)
	}
	if _, err := w.AcceptInvitation(t.Context(), modelstest.GlobexOwner, models.Acceptance{Token: tokenOf(w, in)}); err != nil {
		t.Fatal(err)
	}
	if c := clientNow(t, w, modelstest.AcmeClient); owners(t, w) != "Greta Globex" || c.ResponsibleID != modelstest.GlobexOwner.UserID {
		t.Errorf("the Owner is %s, the client of %s", owners(t, w), c.ResponsibleID)
	}
}

func TestReplaceOwnerIsRefused(t *testing.T) {
	w := modelstest.New(t)
	good := byMember(t, w, modelstest.AcmeAdmin)
	for name, tt := range map[string]struct {
		change func(*models.ReplacementEntry)
		kind   models.Kind
		field  string
		code   string
	}{
		"no reason":          {func(e *models.ReplacementEntry) { e.Reason = " " }, models.Invalid, "reason", ""},
		"nobody":             {func(e *models.ReplacementEntry) { e.MembershipID = "" }, models.Invalid, "owner_email", ""},
		"no address":         {func(e *models.ReplacementEntry) { e.MembershipID, e.Email = "", "nora" }, models.Invalid, "owner_email", ""},
		"the Owner":          {func(e *models.ReplacementEntry) { e.MembershipID = e.OwnerID }, models.Invalid, "membership_id", ""},
		"another account's":  {func(e *models.ReplacementEntry) { e.MembershipID = memberID(t, w, modelstest.GlobexOwner) }, models.Invalid, "membership_id", ""},
		"a member's address": {func(e *models.ReplacementEntry) { e.MembershipID, e.Email = "", modelstest.AcmeAdmin.Email }, models.Conflict, "owner_email", ""},
		"staff":              {func(e *models.ReplacementEntry) { e.MembershipID, e.Email = "", modelstest.VendorSupport.Email }, models.Conflict, "owner_email", ""},
		"another Owner":      {func(e *models.ReplacementEntry) { e.OwnerID = memberID(t, w, modelstest.AcmeMember) }, models.Conflict, "", "changed"},
		"none under way":     {func(e *models.ReplacementEntry) { e.ReplacementID = "x" }, models.Conflict, "", "changed"},
	} {
		e := good
		tt.change(&e)
		_, err := w.ReplaceOwner(t.Context(), fresh(w, modelstest.VendorSuccess), modelstest.Acme, e)
		shown, ok := models.Shown(err)
		if !ok || shown.Kind != tt.kind || shown.Code != tt.code || tt.field != "" && shown.Fields[tt.field] == "" {
			t.Errorf("%s: %v, %+v", name, err, shown)
		}
	}
	stale := fresh(w, modelstest.VendorSuccess)
	stale.Reauthed = w.Now().Add(-time.Hour)
	_, err := w.ReplaceOwner(t.Context(), stale, modelstest.Acme, good)
	refusedWith(t, err, models.Invalid, "reauthentication")
	onlyFor(t, func(a models.Actor) error {
		_, err := w.OwnerToReplace(t.Context(), a, modelstest.Acme)
		return err
	}, "administrator", "success")
	for name, who := range modelstest.Cast {
		if who.Can(models.ManageAccounts) {
			continue
		}
		if _, err := w.ReplaceOwner(t.Context(), who, modelstest.Acme, good); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.WithdrawReplacement(t.Context(), who, modelstest.Acme, "x"); models.KindOf(err) != models.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if owners(t, w) != "Olivia Owner" || w.Count(t, "owner_replacements", "1 = 1") != 0 || w.Count(t, "invitations", "1 = 1") != 0 {
		t.Error("a refusal has left something")
	}
	w.Exec(t, "DELETE FROM memberships WHERE account_id = ?", modelstest.Initech)
	_, err = w.OwnerToReplace(t.Context(), modelstest.VendorSuccess, modelstest.Initech)
	wantsKind(t, err, models.Conflict)
}

func TestReplacementIsCalledOffOrReplaced(t *testing.T) {
	w := modelstest.New(t)
	staff := fresh(w, modelstest.VendorSuccess)
	first := replace(t, w, byInvitation(t, w))
	firstIn := func() (in models.Invitation) {
		if err := w.DB.Where("id = ?", *first.InvitationID).Take(&in).Error; err != nil {
			t.Fatal(err)
		}
		return in
	}
	// Whoever did not see that one is under way is told.
	_, err := w.ReplaceOwner(t.Context(), staff, modelstest.Acme, byMember(t, w, modelstest.AcmeAdmin))
	refusedWith(t, err, models.Conflict, "changed")
	e := byInvitation(t, w)
	e.Email, e.ReplacementID = "nils@acme.example", first.ID
	second := replace(t, w, e)
	if firstIn().RevokedAt == nil || replacementNow(t, w, first.ID).WithdrawnAt == nil || second.DoneAt != nil {
		t.Error("the first goes on")
	}
	if _, err := accept(t, w.Store, tokenOf(w, firstIn())); models.KindOf(err) != models.Conflict {
		t.Errorf("the first link: %v", err)
	}
	if err := w.WithdrawReplacement(t.Context(), staff, modelstest.Globex, second.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("by another account: %v", err)
	}
	if err := w.WithdrawReplacement(t.Context(), staff, modelstest.Acme, second.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.WithdrawReplacement(t.Context(), staff, modelstest.Acme, second.ID); models.KindOf(err) != models.Conflict {
		t.Errorf("twice: %v", err)
	}
	if r := replacementNow(t, w, second.ID); r.WithdrawnAt == nil || owners(t, w) != "Olivia Owner" || show(t, w, modelstest.Acme).PendingOwner != nil {
		t.Errorf("%+v", r)
	}
	wantAccountEvent(t, w, "account.owner_replacement_withdrawn", "", `{"invited":"nils@acme.example"}`)
	if got := ownerMails(t, w); !slices.Equal(got, []string{"ordered to Olivia Owner", "withdrawn to Olivia Owner", "ordered to Olivia Owner", "withdrawn to Olivia Owner"}) {
		t.Errorf("told: %v", got)
	}
	// An Owner who finds a successor themselves ends it, too.
	third := replace(t, w, byInvitation(t, w))
	o := offer(t, w, modelstest.AcmeAdmin)
	if err := w.AcceptOwnership(t.Context(), fresh(w, modelstest.AcmeAdmin), o.ID); err != nil {
		t.Fatal(err)
	}
	if r := replacementNow(t, w, third.ID); r.WithdrawnAt == nil || owners(t, w) != "Adam Admin" {
		t.Errorf("%+v, the Owner is %s", r, owners(t, w))
	}
}

// The Owner's offer is accepted while two of the staff replace the Owner by
// others and somebody accepts an earlier invitation: one of the four happens.
func TestReplacementRacesOwnership(t *testing.T) {
	for range 3 {
		w := modelstest.New(t)
		stores := []*models.Store{w.Store, w.Replica(t)}
		r := replace(t, w, byInvitation(t, w))
		o := offer(t, w, modelstest.AcmeMember)
		var in models.Invitation
		if err := w.DB.Where("id = ?", *r.InvitationID).Take(&in).Error; err != nil {
			t.Fatal(err)
		}
		entries := []models.ReplacementEntry{byMember(t, w, modelstest.AcmeAdmin), byMember(t, w, modelstest.AcmeSeller)}
		token, staff := tokenOf(w, in), fresh(w, modelstest.VendorSuccess)
		ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 4, func(i int) error {
			switch i {
			case 0:
				return stores[0].AcceptOwnership(context.Background(), fresh(w, modelstest.AcmeMember), o.ID)
			case 1:
				return second(accept(t, stores[1], token))
			}
			e := entries[i-2]
			e.ReplacementID = r.ID
			return second(stores[i%2].ReplaceOwner(context.Background(), staff, modelstest.Acme, e))
		})
		if ok != 1 || conflict != 3 || len(other) > 0 {
			t.Errorf("%d won, %d were refused, %v", ok, conflict, other)
		}
		if n := w.Count(t, "memberships", "account_id = ? AND role = 'owner'", modelstest.Acme); n != 1 || orphans(t, w) != 0 || w.Count(t, "owner_replacements", "done_at IS NULL AND withdrawn_at IS NULL") != 0 ||
			w.Count(t, "ownership_offers", "accepted_at IS NULL AND declined_at IS NULL AND withdrawn_at IS NULL") != 0 {
			t.Errorf("%d Owners, %d orphans", n, orphans(t, w))
		}
	}
}

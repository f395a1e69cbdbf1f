package models_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

func offer(t *testing.T, w *modelstest.World, to models.Actor) models.OwnershipOffer {
	t.Helper()
	o, err := w.OfferOwnership(t.Context(), modelstest.AcmeOwner, memberID(t, w, to))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func offerRow(t *testing.T, w *modelstest.World, id string) models.OwnershipOffer {
	t.Helper()
	var o models.OwnershipOffer
	if err := w.DB.Where("id = ?", id).Take(&o).Error; err != nil {
		t.Fatal(err)
	}
	return o
}

// owners are the names of Acme's Owners.
func owners(t *testing.T, w *modelstest.World) string {
	t.Helper()
	var all []string
	if err := w.DB.Raw("SELECT u.name FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.account_id = ? AND m.role = 'owner' ORDER BY u.name", modelstest.Acme).Scan(&all).Error; err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ", ")
}

func TestOwnershipIsOfferedAndAccepted(t *testing.T) {
	w := modelstest.New(t)
	mia, olivia := modelstest.AcmeMember, modelstest.AcmeOwner
	o := offer(t, w, mia)
	row := offerRow(t, w, o.ID)
	if row.AccountID != modelstest.Acme || row.FromUserID != olivia.UserID || row.ToUserID != mia.UserID || !row.OfferedAt.Equal(modelstest.Now) || row.AcceptedAt != nil || row.DeclinedAt != nil || row.WithdrawnAt != nil {
		t.Errorf("offered: %+v", row)
	}
	wantEvent(t, w, o.ID, "ownership.offered", olivia, "", `{"to":"Mia Member"}`)
	if owners(t, w) != "Olivia Owner" {
		t.Errorf("an offer alone made %s the Owner", owners(t, w))
	}
	w.Clock.Advance(60e9)
	if err := w.AcceptOwnership(t.Context(), mia, o.ID); err != nil {
		t.Fatal(err)
	}
	up, down := membership(t, w, mia), membership(t, w, olivia)
	if up.Role != models.Owner || up.ResellingRole != "" || !up.ResellingSince.Equal(w.Clock.Now()) {
		t.Errorf("the new Owner: %+v", up)
	}
	if down.Role != models.Admin || down.ResellingRole != models.Seller || down.ResellingSince == nil {
		t.Errorf("the former Owner: %+v", down)
	}
	if row := offerRow(t, w, o.ID); row.AcceptedAt == nil || !row.AcceptedAt.Equal(w.Clock.Now()) || row.DeclinedAt != nil || row.WithdrawnAt != nil {
		t.Errorf("accepted: %+v", row)
	}
	wantEvent(t, w, o.ID, "ownership.accepted", mia, `{"owner":"Olivia Owner"}`, `{"owner":"Mia Member"}`)
	wantEvent(t, w, up.ID, "membership.role_changed", mia, `{"role":"member"}`, `{"role":"owner"}`)
	wantEvent(t, w, down.ID, "membership.role_changed", mia, `{"role":"owner"}`, `{"reselling_role":"seller","role":"admin"}`)
	if jobs := w.Jobs(t, "ownership_mail"); len(jobs) != 2 || !strings.Contains(jobs[0], `"step":"offered"`) || !strings.Contains(jobs[1], `"step":"accepted"`) || !strings.Contains(jobs[1], o.ID) {
		t.Errorf("jobs %v", jobs)
	}
	wantRefusal(t, w.AcceptOwnership(t.Context(), mia, o.ID), models.Conflict, "accepted already")
	// The former Owner's request that began before finds that they no longer may.
	_, err := w.OfferOwnership(t.Context(), olivia, up.ID)
	wantRefusal(t, err, models.Forbidden, "transfer the ownership")
}

func TestOwnershipIsDeclinedOrWithdrawn(t *testing.T) {
	w := modelstest.New(t)
	first := offer(t, w, modelstest.AcmeMember)
	wantRefusal(t, w.DeclineOwnership(t.Context(), modelstest.AcmeAdmin, first.ID), models.NotFound, "Offer not found")
	wantRefusal(t, w.DeclineOwnership(t.Context(), modelstest.AcmeOwner, first.ID), models.NotFound, "Offer not found")
	if err := w.DeclineOwnership(t.Context(), modelstest.AcmeMember, first.ID); err != nil {
		t.Fatal(err)
	}
	wantEvent(t, w, first.ID, "ownership.declined", modelstest.AcmeMember, "", "")
	if row := offerRow(t, w, first.ID); row.DeclinedAt == nil || row.AcceptedAt != nil || row.WithdrawnAt != nil {
		t.Errorf("%+v", row)
	}
	wantRefusal(t, w.AcceptOwnership(t.Context(), modelstest.AcmeMember, first.ID), models.Conflict, "declined")
	second := offer(t, w, modelstest.AcmeMember)
	if err := w.WithdrawOwnership(t.Context(), modelstest.AcmeOwner, second.ID); err != nil {
		t.Fatal(err)
	}
	wantEvent(t, w, second.ID, "ownership.withdrawn", modelstest.AcmeOwner, "", "")
	if row := offerRow(t, w, second.ID); row.WithdrawnAt == nil || row.DeclinedAt != nil || row.AcceptedAt != nil {
		t.Errorf("%+v", row)
	}
	wantRefusal(t, w.AcceptOwnership(t.Context(), modelstest.AcmeMember, second.ID), models.Conflict, "withdrawn")
	wantRefusal(t, w.WithdrawOwnership(t.Context(), modelstest.AcmeOwner, second.ID), models.Conflict, "withdrawn")
	if owners(t, w) != "Olivia Owner" {
		t.Errorf("the Owner is %s", owners(t, w))
	}
}

func TestOwnershipWantsTheRightPeople(t *testing.T) {
	w := modelstest.New(t)
	mia := memberID(t, w, modelstest.AcmeMember)
	for name, c := range map[string]struct {
		actor models.Actor
		to    string
		kind  models.Kind
		words string
	}{
		"an Admin offers":     {modelstest.AcmeAdmin, mia, models.Forbidden, "Only Olivia Owner, the Owner of Acme, can"},
		"staff offer":         {modelstest.VendorAdministrator, mia, models.Forbidden, "staff never act"},
		"a foreigner":         {modelstest.AcmeOwner, memberID(t, w, modelstest.GlobexSeller), models.Invalid, "no longer belongs"},
		"by a foreign Owner":  {modelstest.GlobexOwner, mia, models.Invalid, "no longer belongs"},
		"to themselves":       {modelstest.AcmeOwner, memberID(t, w, modelstest.AcmeOwner), models.Invalid, "the Owner already"},
		"to nobody":           {modelstest.AcmeOwner, "", models.Invalid, "Choose the member"},
		"to a hostile string": {modelstest.AcmeOwner, strings.Repeat("'", 10000), models.Invalid, "no longer belongs"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.OfferOwnership(t.Context(), c.actor, c.to)
			wantRefusal(t, err, c.kind, c.words)
		})
	}
	o := offer(t, w, modelstest.AcmeMember)
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeAdmin, modelstest.GlobexOwner} {
		wantRefusal(t, w.AcceptOwnership(t.Context(), who, o.ID), models.NotFound, "Offer not found")
	}
	for _, who := range []models.Actor{modelstest.VendorAdministrator, modelstest.Visitor} {
		wantRefusal(t, w.AcceptOwnership(t.Context(), who, o.ID), models.Forbidden, "")
		wantRefusal(t, w.DeclineOwnership(t.Context(), who, o.ID), models.Forbidden, "")
	}
	wantRefusal(t, w.WithdrawOwnership(t.Context(), modelstest.AcmeMember, o.ID), models.Forbidden, "")
	_, err := w.OfferOwnership(t.Context(), modelstest.AcmeOwner, memberID(t, w, modelstest.AcmeAdmin))
	if e := wantRefusal(t, err, models.Conflict, "Withdraw that offer first"); e.Subject != o.ID {
		t.Errorf("subject %q", e.Subject)
	}
}

func TestOwnershipWantsAFreshPassword(t *testing.T) {
	w := modelstest.New(t)
	mia, olivia := modelstest.AcmeMember, modelstest.AcmeOwner
	id := memberID(t, w, mia)
	w.Clock.Advance(15*60e9 + 1e6)
	_, err := w.OfferOwnership(t.Context(), olivia, id)
	if e := wantRefusal(t, err, models.Invalid, "Enter your password again"); e.Code != "reauthentication" || e.Fields["password"] == "" || !olivia.NeedsPassword(w.Clock.Now()) {
		t.Errorf("%+v", e)
	}
	if olivia, err = w.Reauthenticate(t.Context(), olivia, modelstest.Password); err != nil {
		t.Fatal(err)
	}
	o, err := w.OfferOwnership(t.Context(), olivia, id)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, w.AcceptOwnership(t.Context(), mia, o.ID), models.Invalid, "Enter your password again")
	if mia, err = w.Reauthenticate(t.Context(), mia, modelstest.Password); err != nil {
		t.Fatal(err)
	}
	if err := w.AcceptOwnership(t.Context(), mia, o.ID); err != nil {
		t.Fatal(err)
	}
}

func TestRemovingTheOfferedMemberEndsTheOffer(t *testing.T) {
	w := modelstest.New(t)
	o := offer(t, w, modelstest.AcmeMember)
	if err := w.RemoveMember(t.Context(), modelstest.AcmeAdmin, memberID(t, w, modelstest.AcmeSeller), ""); err != nil {
		t.Fatal(err)
	}
	if row := offerRow(t, w, o.ID); row.WithdrawnAt != nil {
		t.Error("somebody else's removal ended the offer")
	}
	if err := w.RemoveMember(t.Context(), modelstest.AcmeAdmin, memberID(t, w, modelstest.AcmeMember), ""); err != nil {
		t.Fatal(err)
	}
	wantEvent(t, w, o.ID, "ownership.withdrawn", modelstest.AcmeAdmin, "", "")
	wantRefusal(t, w.AcceptOwnership(t.Context(), modelstest.AcmeMember, o.ID), models.Forbidden, "no longer belong")
	offer(t, w, modelstest.AcmeAdmin) // the way is free again
}

func TestOpenOfferIsForItsTwoSides(t *testing.T) {
	w := modelstest.New(t)
	o := offer(t, w, modelstest.AcmeMember)
	for who, actor := range modelstest.Cast {
		got, ok, err := w.OpenOffer(t.Context(), actor)
		if !actor.Can(models.SeeUsers) {
			wantRefusal(t, err, models.Forbidden, "see all users")
			continue
		}
		if want := who == "owner" || who == "member"; err != nil || ok != want {
			t.Errorf("%s: %t, %v", who, ok, err)
		}
		if ok && (got.ID != o.ID || got.FromName != "Olivia Owner" || got.ToName != "Mia Member" || got.FromUserID != o.FromUserID || got.ToUserID != o.ToUserID || !got.OfferedAt.Equal(o.OfferedAt)) {
			t.Errorf("%s sees %+v", who, got)
		}
	}
	if err := w.DeclineOwnership(t.Context(), modelstest.AcmeMember, o.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.OpenOffer(t.Context(), modelstest.AcmeOwner); ok || err != nil {
		t.Errorf("still open: %v", err)
	}
	candidates, err := w.OwnershipCandidates(t.Context(), modelstest.AcmeOwner)
	if err != nil || names(candidates) != "Adam Bea Carl Mia Sam Vic" {
		t.Errorf("%q, %v", names(candidates), err)
	}
}

func TestOwnershipLetters(t *testing.T) {
	w := modelstest.New(t)
	o := offer(t, w, modelstest.AcmeMember)
	letter := func(step string) models.OwnershipLetter {
		t.Helper()
		l, err := w.OwnershipLetter(t.Context(), models.System, models.OwnershipMail{OfferID: o.ID, Step: step})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	want := models.OwnershipLetter{Step: "offered", AccountID: modelstest.Acme, AccountName: "Acme", ToName: "Mia Member", ToEmail: "mia@acme.example", OwnerName: "Olivia Owner", MemberName: "Mia Member"}
	if l := letter("offered"); l != want {
		t.Errorf("%+v", l)
	}
	if err := w.AcceptOwnership(t.Context(), modelstest.AcmeMember, o.ID); err != nil {
		t.Fatal(err)
	}
	if l := letter("offered"); !l.Superseded {
		t.Error("the offer is still to be mailed after its acceptance")
	}
	want.Step, want.ToName, want.ToEmail = "accepted", "Olivia Owner", "olivia@acme.example"
	if l := letter("accepted"); l != want {
		t.Errorf("%+v", l)
	}
	_, err := w.OwnershipLetter(t.Context(), modelstest.AcmeOwner, models.OwnershipMail{OfferID: o.ID})
	wantRefusal(t, err, models.Forbidden, "")
	_, err = w.OwnershipLetter(t.Context(), models.System, models.OwnershipMail{OfferID: "nothing"})
	wantRefusal(t, err, models.NotFound, "")
}

func TestOneOfferAtOnce(t *testing.T) {
	w := modelstest.New(t)
	replica := w.Replica(t)
	ids := []string{memberID(t, w, modelstest.AcmeMember), memberID(t, w, modelstest.AcmeAdmin)}
	ok, conflict, other := modelstest.Race(10, func(i int) error {
		store := w.Store
		if i%2 == 1 {
			store = replica
		}
		_, err := store.OfferOwnership(t.Context(), modelstest.AcmeOwner, ids[i%2])
		return err
	})
	if ok != 1 || conflict != 9 {
		t.Errorf("%d offered, %d conflicts, %v", ok, conflict, other)
	}
}

func TestOneOfferIsAcceptedOnce(t *testing.T) {
	w := modelstest.New(t)
	replica := w.Replica(t)
	o := offer(t, w, modelstest.AcmeMember)
	ok, conflict, other := modelstest.Race(10, func(i int) error {
		store := w.Store
		if i%2 == 1 {
			store = replica
		}
		return store.AcceptOwnership(t.Context(), modelstest.AcmeMember, o.ID)
	})
	if ok != 1 || conflict != 9 || owners(t, w) != "Mia Member" {
		t.Errorf("%d accepted, %d conflicts, %v; the Owner is %s", ok, conflict, other, owners(t, w))
	}
	if events := w.Events(t, o.ID); !slices.Equal(events, []string{"ownership.offered", "ownership.accepted"}) {
		t.Errorf("events %v", events)
	}
}

// twoOffers is a scene that can't be: two open offers of one Owner, in a schema
// without the indexes that forbid a second offer and a second Owner.
func twoOffers(t *testing.T, w *modelstest.World) (offers [2]models.OwnershipOffer, to [2]models.Actor) {
	t.Helper()
	w.Exec(t, "DROP INDEX memberships_one_owner")
	w.Exec(t, "DROP INDEX ownership_offers_one_open")
	to = [2]models.Actor{modelstest.AcmeMember, modelstest.AcmeAdmin}
	for i, id := range []string{"00000000-0000-7000-8000-0000000000e1", "00000000-0000-7000-8000-0000000000e2"} {
		offers[i] = models.OwnershipOffer{ID: id, AccountID: modelstest.Acme, FromUserID: modelstest.AcmeOwner.UserID, ToUserID: to[i].UserID, OfferedAt: modelstest.Now}
		if err := w.DB.Create(&offers[i]).Error; err != nil {
			t.Fatal(err)
		}
	}
	return offers, to
}

// Two simultaneous acceptances leave one Owner: by the lock alone, since the
// indexes that would help are gone.
func TestTwoAcceptancesLeaveOneOwner(t *testing.T) {
	w := modelstest.New(t)
	stores := []*models.Store{w.Store, w.Replica(t)}
	offers, to := twoOffers(t, w)
	ok, conflict, other := modelstest.Race(2, func(i int) error { return stores[i].AcceptOwnership(t.Context(), to[i], offers[i].ID) })
	if ok != 1 || conflict != 1 || strings.Contains(owners(t, w), ",") || owners(t, w) == "" {
		t.Errorf("%d accepted, %d conflicts, %v; Owners: %s", ok, conflict, other, owners(t, w))
	}
}

// TestTwoAcceptancesWithoutTheLock shows that the test above can fail: the same
// steps, with both looking before either writes, make two Owners.
func TestTwoAcceptancesWithoutTheLock(t *testing.T) {
	w := modelstest.New(t)
	_, to := twoOffers(t, w)
	var looked sync.WaitGroup
	looked.Add(2)
	ok, _, other := modelstest.Race(2, func(i int) error {
		var stillOwner int64
		err := w.DB.Table("memberships").Where("account_id = ? AND user_id = ? AND role = 'owner'", modelstest.Acme, modelstest.AcmeOwner.UserID).Count(&stillOwner).Error
		looked.Done()
		looked.Wait()
		if err != nil || stillOwner == 0 {
			return models.Errorf(models.Conflict, "no longer the Owner: %v", err)
		}
		for userID, role := range map[string]models.Role{modelstest.AcmeOwner.UserID: models.Admin, to[i].UserID: models.Owner} {
			if err := w.DB.Exec("UPDATE memberships SET role = ? WHERE account_id = ? AND user_id = ?", role, modelstest.Acme, userID).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if ok != 2 || owners(t, w) != "Adam Admin, Mia Member" {
		t.Errorf("%d accepted, %v; Owners: %s: the harness can't show the race", ok, other, owners(t, w))
	}
}

// Whatever an Admin does to the member who is just accepting, one Owner is left.
func TestAcceptanceAgainstRoleChangeAndRemoval(t *testing.T) {
	for name, act := range map[string]func(*models.Store, string) error{
		"role change": func(s *models.Store, id string) error {
			return s.ChangeRole(t.Context(), modelstest.AcmeAdmin, id, models.BillingContact)
		},
		"removal": func(s *models.Store, id string) error {
			return s.RemoveMember(t.Context(), modelstest.AcmeAdmin, id, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := modelstest.New(t)
			replica := w.Replica(t)
			o := offer(t, w, modelstest.AcmeMember)
			id := memberID(t, w, modelstest.AcmeMember)
			var accepted, acted error
			_, _, _ = modelstest.Race(2, func(i int) error {
				if i == 0 {
					accepted = w.AcceptOwnership(t.Context(), modelstest.AcmeMember, o.ID)
					return accepted
				}
				acted = act(replica, id)
				return acted
			})
			m := membership(t, w, modelstest.AcmeMember)
			switch {
			case accepted == nil:
				if owners(t, w) != "Mia Member" || m.Role != models.Owner || name == "removal" && models.KindOf(acted) != models.Forbidden {
					t.Errorf("accepted; Owners %s, %v", owners(t, w), acted)
				}
			case models.KindOf(accepted) != models.Forbidden || acted != nil || owners(t, w) != "Olivia Owner":
				t.Errorf("%v, %v; Owners %s", accepted, acted, owners(t, w))
			}
		})
	}
}

package models_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

// TestEveryUseCaseTakesAnActor makes forgetting authorization hard: a new
// method of Store either says who is asking or is listed here.
func TestEveryUseCaseTakesAnActor(t *testing.T) {
	exempt := []string{"Migrate", "CheckSchema", "Ready", "Close", "Dialect", "Now", "URL", "NewJobClient"}
	store, actor := reflect.TypeFor[*models.Store](), reflect.TypeFor[models.Actor]()
	for m := range store.Methods() {
		if slices.Contains(exempt, m.Name) {
			continue
		}
		if m.Type.NumIn() < 3 || m.Type.In(2) != actor {
			t.Errorf("Store.%s must take (context.Context, Actor, …)", m.Name)
		}
	}
}

// TestPolicyMatrix is DOMAIN's table of who may do what, written out by hand.
func TestPolicyMatrix(t *testing.T) {
	const (
		everyone = "owner admin member contact seller billing viewer other"
		staff    = "administrator success finance support"
	)
	want := map[models.Permission]string{
		models.SeeUsers:          everyone,
		models.ManageTeam:        "owner admin other",
		models.ManageReselling:   "owner other",
		models.TransferOwnership: "owner other",
		models.ReadReselling:     "owner seller billing viewer other",
		models.ManageClients:     "owner seller other",
		models.IssueTrials:       "owner seller other",
		models.ReadActivity:      "owner other",
		models.ReadTeamActivity:  "owner admin other",
		models.ReadAccounts:      staff,
		models.ManageAccounts:    "administrator success",
		models.ManagePlans:       "administrator",
		models.ManageProducts:    "administrator",
		models.ManageStaff:       "administrator",
		models.ReadMail:          "administrator",
		models.ManageJobs:        "administrator",
		models.ManageVendor:      "administrator",
		models.DecideRequests:    "administrator success",
		models.ManagePrices:      "administrator success",
		models.QuotePrices:       "administrator success",
		models.RequestPrices:     "owner seller other",
		models.PlaceOrders:       "owner seller other",
		models.ReadInvoices:      "owner contact billing viewer other",
		models.PayInvoices:       "owner contact billing other",
		models.ManageInvoices:    "administrator finance",

		models.ManageVendorWebhooks: "administrator",

		models.ReadClientInvoices:  "owner seller billing viewer other",
		models.IssueClientInvoices: "owner seller billing other",
		models.ChangeBranding:      "owner other",
		models.ManageWebhooks:      "owner other",
		models.ReadLedger:          "owner billing viewer other",

		models.SeeAmounts: "owner contact seller billing viewer other",
	}
	for p, names := range want {
		for name, a := range modelstest.Cast {
			if may := slices.Contains(strings.Fields(names), name); a.Can(p) != may {
				t.Errorf("%s may %s: %v, want %v", name, p, a.Can(p), may)
			}
		}
	}
	for _, p := range slices.Sorted(maps.Keys(want)) {
		t.Logf("%-32s %s", p, want[p])
	}
}

func TestNobodyCanDoWhatIsNotInTheMatrix(t *testing.T) {
	for name, a := range modelstest.Cast {
		if a.Can("fly") {
			t.Errorf("%s can fly", name)
		}
	}
}

func TestActorWithoutUserCanNothing(t *testing.T) {
	a := models.Actor{AccountID: modelstest.Acme, Role: models.Owner, Zone: time.UTC}
	if a.Can(models.SeeUsers) {
		t.Error("an actor without a user sees users")
	}
}

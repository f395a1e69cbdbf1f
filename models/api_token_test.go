package models_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func newToken(t *testing.T, w *modelstest.World, who models.Actor, scopes ...string) (models.APIToken, string) {
	t.Helper()
	token, secret, err := w.CreateAPIToken(t.Context(), who, models.APITokenEntry{Name: "Ticket system", Scopes: scopes, ExpiresOn: "2027-03-02"})
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

func bearerOf(t *testing.T, w *modelstest.World, secret string) models.Actor {
	t.Helper()
	a, err := w.AuthenticateToken(t.Context(), modelstest.Visitor, secret)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnAPITokenIsShownOnceAndKeptHashed(t *testing.T) {
	w := modelstest.New(t)
	e := models.APITokenEntry{Name: " Ticket  system ", Scopes: []string{"trials", "read"}, ExpiresOn: "2027-03-02", RequestKey: "k"}
	token, secret, err := w.CreateAPIToken(t.Context(), modelstest.AcmeOwner, e)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "rsla_") || len(secret) != 5+43 || !strings.HasSuffix(secret, token.Hint) || token.Scopes != "read trials" || token.Name != "Ticket system" {
		t.Errorf("the token is %+v, its secret %q", token, secret)
	}
	if want := time.Date(2027, 3, 2, 23, 0, 0, 0, time.UTC); !token.ExpiresAt.Equal(want) { // midnight in Madrid
		t.Errorf("it ends at %s, want %s", token.ExpiresAt, want)
	}
	if n := w.Count(t, "api_tokens", "token_hash = ? OR name = ? OR hint = ?", secret, secret, secret); n != 0 {
		t.Error("the secret is in the database")
	}
	again, none, err := w.CreateAPIToken(t.Context(), modelstest.AcmeOwner, e)
	if err != nil || again.ID != token.ID || none != "" {
		t.Errorf("sent twice: %v, %q, %v", again.ID, none, err)
	}
	if got := w.Events(t, token.ID); fmt.Sprint(got) != "[api_token.created]" {
		t.Errorf("events %v", got)
	}
	live, dead, err := w.APITokens(t.Context(), modelstest.AcmeOwner)
	if err != nil || len(live) != 1 || len(dead) != 0 || live[0].CreatedName != "Olivia Owner" {
		t.Errorf("the list is %+v, %+v, %v", live, dead, err)
	}
}

func TestWhatAnAPITokenNeeds(t *testing.T) {
	w := modelstest.New(t)
	good := models.APITokenEntry{Name: "A", Scopes: []string{"read"}, ExpiresOn: "2027-03-02"}
	for name, c := range map[string]struct {
		change func(*models.APITokenEntry)
		field  string
	}{
		"a name":                  {func(e *models.APITokenEntry) { e.Name = " " }, "name"},
		"a short name":            {func(e *models.APITokenEntry) { e.Name = strings.Repeat("x", 101) }, "name"},
		"a scope":                 {func(e *models.APITokenEntry) { e.Scopes = nil }, "scopes"},
		"none of the vendor":      {func(e *models.APITokenEntry) { e.Scopes = []string{"read", "receipts"} }, "scopes"},
		"a day":                   {func(e *models.APITokenEntry) { e.ExpiresOn = "soon" }, "expires_on"},
		"a day not gone":          {func(e *models.APITokenEntry) { e.ExpiresOn = "2026-03-01" }, "expires_on"},
		"a day within two years":  {func(e *models.APITokenEntry) { e.ExpiresOn = "2028-03-03" }, "expires_on"},
		"a day that is not empty": {func(e *models.APITokenEntry) { e.ExpiresOn = "" }, "expires_on"},
	} {
		e := good
		c.change(&e)
		_, _, err := w.CreateAPIToken(t.Context(), modelstest.AcmeOwner, e)
		if problem, ok := models.Shown(err); !ok || problem.Kind != models.Invalid || len(problem.Fields) != 1 || problem.Fields[c.field] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := w.CreateAPIToken(t.Context(), modelstest.AcmeOwner, models.APITokenEntry{Name: "A", Scopes: []string{"read"}, ExpiresOn: "2028-03-02"}); err != nil {
		t.Errorf("two years: %v", err)
	}
	stale := modelstest.AcmeOwner
	stale.Reauthed = modelstest.Now.Add(-16 * time.Minute)
	if _, _, err := w.CreateAPIToken(t.Context(), stale, good); models.KindOf(err) != models.Invalid {
		t.Errorf("without a fresh password: %v", err)
	}
	for name, who := range modelstest.Cast {
		_, _, err := w.CreateAPIToken(t.Context(), who, models.APITokenEntry{Name: "A", Scopes: []string{"read"}, ExpiresOn: "2027-03-02"})
		if may := name == "owner" || name == "other" || name == "administrator"; (err == nil) != may {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAPITokensAreLimited: 25 live ones, however many are asked for at once.
func TestAPITokensAreLimited(t *testing.T) {
	w := modelstest.New(t)
	for range 23 {
		newToken(t, w, modelstest.AcmeOwner, "read")
	}
	ok, conflict, other := w.RaceBehind(t, modelstest.Acme, 10, func(i int) error {
		_, _, err := w.CreateAPIToken(t.Context(), modelstest.AcmeOwner, models.APITokenEntry{Name: fmt.Sprint(i), Scopes: []string{"read"}, ExpiresOn: "2027-03-02"})
		return err
	})
	if ok != 2 || conflict != 8 || len(other) > 0 {
		t.Errorf("%d made, %d refused, %v", ok, conflict, other)
	}
	live, _, err := w.APITokens(t.Context(), modelstest.AcmeOwner)
	if err != nil || len(live) != 25 {
		t.Fatalf("%d live, %v", len(live), err)
	}
	if _, err := w.RevokeAPIToken(t.Context(), modelstest.AcmeOwner, live[0].ID); err != nil {
		t.Fatal(err)
	}
	newToken(t, w, modelstest.AcmeOwner, "read")
	for range 25 {
		newToken(t, w, modelstest.VendorAdministrator, "read")
	}
	if _, _, err := w.CreateAPIToken(t.Context(), modelstest.VendorAdministrator, models.APITokenEntry{Name: "One more", Scopes: []string{"read"}, ExpiresOn: "2027-03-02"}); models.KindOf(err) != models.Conflict {
		t.Errorf("the vendor's 26th: %v", err)
	}
}

func TestAnAPITokenDiesAtOnce(t *testing.T) {
	w := modelstest.New(t)
	token, secret := newToken(t, w, modelstest.AcmeOwner, "read")
	wants := func(why string, kind models.Kind, code string) {
		t.Helper()
		_, err := w.AuthenticateToken(t.Context(), modelstest.Visitor, secret)
		if problem, ok := models.Shown(err); !ok || problem.Kind != kind || problem.Code != code {
			t.Errorf("%s: %v", why, err)
		}
	}
	for _, wrong := range []string{"", "rsla_", "Bearer", secret + "x", secret[:len(secret)-1], strings.Replace(secret, "rsla_", "rslv_", 1), strings.TrimPrefix(secret, "rsla_")} {
		if _, err := w.AuthenticateToken(t.Context(), modelstest.Visitor, wrong); models.KindOf(err) != models.Unauthorized {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := w.SuspendAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "A test"); err != nil {
		t.Fatal(err)
	}
	wants("its account is suspended", models.Forbidden, "account_suspended")
	if _, err := w.ResumeAccount(t.Context(), modelstest.VendorSuccess, modelstest.Acme, "A test"); err != nil {
		t.Fatal(err)
	}
	bearerOf(t, w, secret)
	w.Clock.Set(token.ExpiresAt.Add(-time.Microsecond))
	bearerOf(t, w, secret)
	w.Clock.Set(token.ExpiresAt)
	wants("it has expired", models.Unauthorized, "token_expired")
	w.Clock.Set(modelstest.Now)
	if _, err := w.RevokeAPIToken(t.Context(), modelstest.GlobexOwner, token.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("another account revokes it: %v", err)
	}
	if _, err := w.RevokeAPIToken(t.Context(), modelstest.VendorAdministrator, token.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("the vendor revokes it: %v", err)
	}
	bearerOf(t, w, secret)
	if _, err := w.RevokeAPIToken(t.Context(), modelstest.AcmeOwner, token.ID); err != nil {
		t.Fatal(err)
	}
	wants("it was revoked", models.Unauthorized, "token_revoked")
	if _, err := w.RevokeAPIToken(t.Context(), modelstest.AcmeOwner, token.ID); models.KindOf(err) != models.Conflict {
		t.Errorf("revoked twice: %v", err)
	}
}

// TestTheLastUseOfAnAPIToken is written once a minute at most.
func TestTheLastUseOfAnAPIToken(t *testing.T) {
	w := modelstest.New(t)
	token, secret := newToken(t, w, modelstest.AcmeOwner, "read")
	used := func() models.APIToken {
		t.Helper()
		bearerOf(t, w, secret)
		var row models.APIToken
		if err := w.DB.Where("id = ?", token.ID).Take(&row).Error; err != nil {
			t.Fatal(err)
		}
		return row
	}
	if row := used(); row.LastUsedAt == nil || !row.LastUsedAt.Equal(modelstest.Now) || row.LastUsedFrom != modelstest.Visitor.Address {
		t.Errorf("after the first use: %+v", row)
	}
	w.Clock.Advance(59 * time.Second)
	if row := used(); !row.LastUsedAt.Equal(modelstest.Now) {
		t.Errorf("within the minute: %v", row.LastUsedAt)
	}
	w.Clock.Advance(time.Second)
	if row := used(); !row.LastUsedAt.Equal(modelstest.Now.Add(time.Minute)) {
		t.Errorf("after a minute: %v", row.LastUsedAt)
	}
}

// TestAnAPITokenOutlivesItsMaker: it belongs to the account, and acts for
// whoever is its Owner.
func TestAnAPITokenOutlivesItsMaker(t *testing.T) {
	w := modelstest.New(t)
	_, secret := newToken(t, w, modelstest.AcmeOwner, "read", "trials")
	if a := bearerOf(t, w, secret); a.UserID != modelstest.AcmeOwner.UserID || a.AccountID != modelstest.Acme || a.Name != "Ticket system (API token)" || a.Role != "" {
		t.Errorf("the actor is %+v", a)
	}
	w.Exec(t, "UPDATE memberships SET role = 'admin' WHERE account_id = ? AND user_id = ?", modelstest.Acme, modelstest.AcmeOwner.UserID)
	w.Exec(t, "UPDATE memberships SET role = 'owner', reselling_since = ? WHERE account_id = ? AND user_id = ?", modelstest.Now, modelstest.Acme, modelstest.AcmeMember.UserID)
	a := bearerOf(t, w, secret)
	if a.UserID != modelstest.AcmeMember.UserID {
		t.Errorf("after a change of the Owner it acts for %s", a.UserID)
	}
	issued, err := w.IssueTrial(t.Context(), a, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient})
	if err != nil {
		t.Fatal(err)
	}
	var e models.Event
	if err := w.DB.Where("subject_id = ? AND action = 'trial.issued'", issued.Trial.ID).Take(&e).Error; err != nil {
		t.Fatal(err)
	}
	if e.ActorID != a.TokenID || e.ActorName != "Ticket system (API token)" || e.ActorKind != "user" {
		t.Errorf("the event names %+v", e)
	}
}

// TestWhatScopesAllow: a token may what its scopes say, and never more than a Seller.
func TestWhatScopesAllow(t *testing.T) {
	base := []models.Permission{models.ReadReselling, models.SeeAmounts, models.ReadClientInvoices}
	for scope, more := range map[models.TokenScope][]models.Permission{
		models.ScopeRead: nil, models.ScopeClients: {models.ManageClients}, models.ScopeTrials: {models.IssueTrials}, models.ScopeOrders: {models.RequestPrices, models.PlaceOrders},
		models.ScopeClientInvoices: {models.IssueClientInvoices},
		models.ScopeAccounts:       nil, models.ScopeReceipts: nil, "everything": nil, // none of an account
	} {
		token := models.Actor{UserID: "u", AccountID: "a", TokenID: "t", ResellingRole: models.Seller, Scopes: models.Scopes(scope)}
		for _, p := range models.Permissions() {
			want := contains(base, p) || contains(more, p)
			if token.Can(p) != want {
				t.Errorf("%s: may %q is %v", scope, p, !want)
			}
			if want && !(models.Actor{UserID: "u", ResellingRole: models.Seller}).Can(p) {
				t.Errorf("%s: a token may %q and a Seller may not", scope, p)
			}
		}
	}
	for scope, more := range map[models.TokenScope][]models.Permission{
		models.ScopeRead: nil, models.ScopeAccounts: {models.ManageAccounts}, models.ScopeReceipts: {models.ManageInvoices}, models.ScopeTrials: nil,
	} {
		token := models.Actor{UserID: "u", TokenID: "t", StaffRole: models.Administrator, Scopes: models.Scopes(scope)}
		for _, p := range models.Permissions() {
			if want := p == models.ReadAccounts || contains(more, p); token.Can(p) != want {
				t.Errorf("vendor's %s: may %q is %v", scope, p, !want)
			}
		}
	}
}

func contains(all []models.Permission, p models.Permission) bool {
	for _, one := range all {
		if one == p {
			return true
		}
	}
	return false
}

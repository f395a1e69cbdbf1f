package models_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func addWebhook(t *testing.T, w *modelstest.World, actor models.Actor, types ...string) models.Webhook {
	t.Helper()
	hook, err := w.CreateWebhook(t.Context(), actor, models.WebhookEntry{URL: "https://hooks.acme.example/in", Description: "Ticket system", Chosen: len(types) > 0, Types: types})
	if err != nil {
		t.Fatal(err)
	}
	return hook
}

func TestCreateWebhook(t *testing.T) {
	w := modelstest.New(t)
	entry := models.WebhookEntry{URL: " https://Hooks.Acme.example:8443/in?x=1 ", Description: "Ticket\tsystem", Chosen: true, Types: []string{"trial.issued", "product.created", "nonsense", "invoice.paid"}, RequestKey: "k"}
	hook, err := w.CreateWebhook(t.Context(), modelstest.AcmeOwner, entry)
	if err != nil {
		t.Fatal(err)
	}
	want := models.Webhook{ID: hook.ID, AccountID: modelstest.Acme, URL: "https://hooks.acme.example:8443/in?x=1", Description: "Ticket system", Types: " trial.issued invoice.paid ", Generation: 1, CreatedAt: modelstest.Now, CreatedBy: modelstest.AcmeOwner.UserID, Version: 1}
	if hook != want {
		t.Errorf("got %+v\nwant %+v", hook, want)
	}
	if again, err := w.CreateWebhook(t.Context(), modelstest.AcmeOwner, entry); err != nil || again.ID != hook.ID || w.Count(t, "webhooks", "1 = 1") != 1 {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	if w.Count(t, "events", "action = 'webhook.created' AND account_id = ? AND subject_name = 'Ticket system'", modelstest.Acme) != 1 {
		t.Error("no event")
	}
	if _, err := w.Webhook(t.Context(), modelstest.GlobexOwner, hook.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("another account: %v", err)
	}
	if _, err := w.Webhook(t.Context(), modelstest.VendorAdministrator, hook.ID); models.KindOf(err) != models.NotFound {
		t.Errorf("the vendor: %v", err)
	}
	stale := modelstest.AcmeOwner
	stale.Reauthed = modelstest.Now.Add(-time.Hour)
	if _, err := w.CreateWebhook(t.Context(), stale, entry); err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("a stale password: %v", err)
	}
	for name, a := range modelstest.Cast {
		_, err := w.Webhooks(t.Context(), a)
		if may := name == "owner" || name == "other" || name == "administrator"; may != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWebhookURLs(t *testing.T) {
	w := modelstest.New(t)
	for url, refused := range map[string]string{
		"":                                  "Enter the address",
		"hooks.acme.example":                "whole address",
		"http://hooks.acme.example/":        "must not be read on the way",
		"ftp://hooks.acme.example/":         "begins with https://",
		"file:///etc/passwd":                "whole address",
		"gopher://hooks.acme.example/":      "begins with https://",
		"unix:///run/docker.sock":           "whole address",
		"http+unix://%2Frun%2Fdocker.sock/": "whole address",
		"https:hooks.acme.example":          "whole address",
		"https://user@hooks.acme.example/":  "Leave out the name",
		"https://acme.example@127.0.0.1/":   "Leave out the name",
		"https://hooks.acme.example/#x":     "never sent",
		"https://hooks.acme.example:25/":    "port 443",
		"https://hooks.acme.example:0/":     "port 443",
		"https://hooks.acme.example:99999/": "port 443",
		"https://127.0.0.1/":                "not public",
		"https://10.1.2.3/":                 "not public",
		"https://169.254.169.254/latest/":   "not public",
		"https://[::1]/":                    "not public",
		"https://[::]/":                     "not public",
		"https://[::ffff:10.0.0.1]/":        "not public",
		"https://[64:ff9b::7f00:1]/":        "not public",
		"https://[fe80::1%25eth0]/":         "not public",
		"https://0.0.0.0/":                  "not public",
		"https://localhost/":                "not public",
		"https://LOCALHOST./":               "not public",
		"https://db.internal/":              "not public",
		"https://intranet/":                 "not public",
		"https://2130706433/":               "four numbers",
		"https://0x7f.1/":                   "four numbers",
		"https://0177.0.0.1/":               "four numbers",
		"https://127.1/":                    "four numbers",
		"https://１２７.０.０.１/":                "not public",
		"https://hooks..example/":           "does not exist",
		"https://-.example/":                "does not exist",
		"https://hooks.acme.example/" + strings.Repeat("a", 1000): "whole address",
		"https://203.0.114.7/":               "",
		"https://hooks.acme.example":         "",
		"https://hooks.acme.example.:443/a":  "",
		"https://bücher.example/":            "",
		"https://[2a00:1450:4001::1]:8443/x": "",
	} {
		_, err := w.CreateWebhook(t.Context(), modelstest.AcmeOwner, models.WebhookEntry{URL: url})
		if refused == "" && err != nil || refused != "" && (err == nil || !strings.Contains(err.Error(), refused)) {
			t.Errorf("%.60s: %v, want %q", url, err, refused)
		}
	}
	if w.Count(t, "webhooks", "url = 'https://xn--bcher-kva.example/'") != 1 {
		t.Error("the name of another script is not kept as it is asked for")
	}
	dev, err := models.Open(w.URL, models.Options{Now: w.Clock.Now, Secret: modelstest.Secret, BaseURL: modelstest.BaseURL, WebhookNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	for url, ok := range map[string]bool{"http://127.0.0.1:8080/": true, "http://localhost:8080/": true, "https://10.0.0.1/": false} {
		if _, err := dev.CreateWebhook(t.Context(), modelstest.AcmeOwner, models.WebhookEntry{URL: url}); (err == nil) != ok {
			t.Errorf("for development, %s: %v", url, err)
		}
	}
}

func TestTenWebhooksAtMost(t *testing.T) {
	w := modelstest.New(t)
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.VendorAdministrator} {
		results := atOnce(15, func(n int) error {
			_, err := w.CreateWebhook(t.Context(), who, models.WebhookEntry{URL: fmt.Sprintf("https://hooks%d.acme.example/", n)})
			return err
		})
		made := 0
		for _, err := range results {
			switch {
			case err == nil:
				made++
			case models.KindOf(err) != models.Conflict:
				t.Error(err)
			}
		}
		if made != models.MaxWebhooks || w.Count(t, "webhooks", "account_id = ?", who.AccountID) != models.MaxWebhooks {
			t.Errorf("%s: %d made", who.Name, made)
		}
	}
}

func TestWebhookSecrets(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner)
	first, err := w.WebhookSecret(t.Context(), modelstest.AcmeOwner, hook.ID)
	if err != nil || first.Previous != "" {
		t.Fatalf("%+v, %v", first, err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(first.Secret, "whsec_"))
	if err != nil || len(key) != 32 || !strings.HasPrefix(first.Secret, "whsec_") {
		t.Errorf("%d bytes in %q, %v", len(key), first.Secret, err)
	}
	if _, err := w.RotateWebhookSecret(t.Context(), modelstest.AcmeOwner, hook.ID); err != nil {
		t.Fatal(err)
	}
	second, err := w.WebhookSecret(t.Context(), modelstest.AcmeOwner, hook.ID)
	if err != nil || second.Secret == first.Secret || second.Previous != first.Secret {
		t.Errorf("rotated: %+v, %v", second, err)
	}
	if _, err := w.RotateWebhookSecret(t.Context(), modelstest.AcmeOwner, hook.ID); models.KindOf(err) != models.Conflict {
		t.Errorf("rotated twice: %v", err)
	}
	signed := func() int {
		t.Helper()
		w.Exec(t, "DELETE FROM webhook_attempts")
		w.Exec(t, "DELETE FROM webhook_deliveries")
		if _, err := w.SendWebhookTest(t.Context(), modelstest.AcmeOwner, hook.ID, ""); err != nil {
			t.Fatal(err)
		}
		m, err := w.DueWebhookMessages(t.Context(), models.System, hook.ID, 5)
		if err != nil || len(m) != 1 {
			t.Fatalf("%d messages, %v", len(m), err)
		}
		return len(strings.Fields(m[0].Signature(w.Clock.Now())))
	}
	if n := signed(); n != 2 {
		t.Errorf("%d signatures after a rotation", n)
	}
	w.Clock.Advance(models.WebhookOverlap)
	if n := signed(); n != 1 {
		t.Errorf("%d signatures a day later", n)
	}
	owner := modelstest.AcmeOwner
	owner.Reauthed = w.Clock.Now()
	if _, err := w.RotateWebhookSecret(t.Context(), owner, hook.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.EndWebhookSecret(t.Context(), owner, hook.ID); err != nil {
		t.Fatal(err)
	}
	if n := signed(); n != 1 {
		t.Errorf("%d signatures after the old secret was ended", n)
	}
	if _, err := w.WebhookSecret(t.Context(), modelstest.AcmeOwner, hook.ID); err == nil {
		t.Error("a day-old password shows the secret")
	}
	var texts []string
	if err := w.DB.Raw("SELECT CAST(url AS TEXT) || description FROM webhooks").Scan(&texts).Error; err != nil || strings.Contains(strings.Join(texts, ""), "whsec") {
		t.Error(err)
	}
}

func TestChangeWebhook(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner, "trial.issued")
	e := hook.Entry()
	e.URL, e.Description, e.Chosen = "https://other.acme.example/", "Other", false
	changed, err := w.ChangeWebhook(t.Context(), modelstest.AcmeOwner, hook.ID, e)
	want := hook
	want.URL, want.Description, want.Types, want.Version = e.URL, "Other", "", 2
	is := func(got models.Webhook) bool {
		same := got.CreatedAt.Equal(want.CreatedAt)
		got.CreatedAt = want.CreatedAt // databases name the same zone differently
		return same && got == want
	}
	if err != nil || !is(changed) {
		t.Fatalf("%+v, %v", changed, err)
	}
	if again, err := w.ChangeWebhook(t.Context(), modelstest.AcmeOwner, hook.ID, e); err != nil || !is(again) {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	e.Description = "Late"
	if _, err := w.ChangeWebhook(t.Context(), modelstest.AcmeOwner, hook.ID, e); models.KindOf(err) != models.Conflict {
		t.Errorf("an old version: %v", err)
	}
	e.Version, e.Chosen, e.Types = 2, true, nil
	if _, err := w.ChangeWebhook(t.Context(), modelstest.AcmeOwner, hook.ID, e); models.KindOf(err) != models.Invalid {
		t.Errorf("no types: %v", err)
	}
	if w.Count(t, "events", "action = 'webhook.changed' AND before LIKE '%hooks.acme.example%' AND after LIKE '%other.acme.example%'") != 1 {
		t.Error("the event does not tell what changed")
	}
}

// happen makes Acme's Seller issue a trial to a new client: three events.
func happen(t *testing.T, w *modelstest.World, n int) models.IssuedTrial {
	t.Helper()
	w.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000")
	issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: fmt.Sprint("Company ", n), Email: fmt.Sprintf("boss@company%d.example", n)}})
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func typesSentTo(t *testing.T, w *modelstest.World, webhookID string) []string {
	t.Helper()
	var all []string
	if err := w.DB.Raw("SELECT type FROM webhook_deliveries WHERE webhook_id = ? ORDER BY type", webhookID).Scan(&all).Error; err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFanOut(t *testing.T) {
	w := modelstest.New(t)
	happen(t, w, 1) // before there is a webhook
	if n := w.Count(t, "river_job", "kind = 'webhook_delivery'"); n != 0 {
		t.Errorf("%d jobs without a webhook", n)
	}
	everything := addWebhook(t, w, modelstest.AcmeOwner)
	trials := addWebhook(t, w, modelstest.AcmeOwner, "trial.issued", "trial.revoked")
	vendors := addWebhook(t, w, modelstest.VendorAdministrator)
	theirs := addWebhook(t, w, modelstest.GlobexOwner)
	off := addWebhook(t, w, modelstest.AcmeOwner)
	if _, err := w.DisableWebhook(t.Context(), modelstest.AcmeOwner, off.ID); err != nil {
		t.Fatal(err)
	}
	gone := addWebhook(t, w, modelstest.AcmeOwner)
	if err := w.DeleteWebhook(t.Context(), modelstest.AcmeOwner, gone.ID); err != nil {
		t.Fatal(err)
	}
	happen(t, w, 2)
	if _, err := w.ArchiveProduct(t.Context(), modelstest.VendorAdministrator, modelstest.Orchestrator); err != nil {
		t.Fatal(err)
	}
	all := []string{"client.created", "license.created", "trial.issued"}
	for id, want := range map[string][]string{everything.ID: all, trials.ID: {"trial.issued"}, vendors.ID: append(slices.Clone(all[:2]), "product.archived", "trial.issued"), theirs.ID: nil, off.ID: nil, gone.ID: nil} {
		if got := typesSentTo(t, w, id); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if n := w.Count(t, "river_job", "kind = 'webhook_delivery' AND queue = 'webhooks'"); n != 8 {
		t.Errorf("%d jobs, want 8", n)
	}
	// A refusal takes back what it had queued.
	if _, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "nonsense", ClientID: modelstest.AcmeClient}); err == nil || w.Count(t, "webhook_deliveries", "1 = 1") != 8 {
		t.Errorf("refused: %v", err)
	}
}

func TestWebhookBody(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner)
	vendors := addWebhook(t, w, modelstest.VendorAdministrator)
	if _, err := w.SuspendAccount(t.Context(), modelstest.VendorAdministrator, modelstest.Acme, "They owe us a lot."); err != nil {
		t.Fatal(err)
	}
	body := func(id string) (string, models.WebhookEvent) {
		t.Helper()
		m, err := w.DueWebhookMessages(t.Context(), models.System, id, 5)
		if err != nil || len(m) != 1 {
			t.Fatalf("%d messages, %v", len(m), err)
		}
		again, err := w.DueWebhookMessages(t.Context(), models.System, id, 5)
		if err != nil || string(again[0].Body) != string(m[0].Body) || again[0].MessageID != m[0].MessageID {
			t.Errorf("another body: %s, %v", again[0].Body, err)
		}
		var e models.WebhookEvent
		if err := json.Unmarshal(m[0].Body, &e); err != nil || e.ID != m[0].MessageID {
			t.Errorf("%s: %v", m[0].Body, err)
		}
		return string(m[0].Body), e
	}
	text, e := body(hook.ID)
	if e.Type != "account.suspended" || e.Account == nil || e.Account.ID != modelstest.Acme || !e.Timestamp.Equal(modelstest.Now) || e.Subject != (models.WebhookSubject{Type: "account", ID: modelstest.Acme, Name: "Acme"}) {
		t.Errorf("%s", text)
	}
	if strings.Contains(text, "owe") || e.Actor.ID != "" || strings.Contains(text, "192.0.2.1") {
		t.Errorf("the account reads what is the vendor's: %s", text)
	}
	if text, e := body(vendors.ID); !strings.Contains(text, "They owe us a lot.") || e.Actor.ID != modelstest.VendorAdministrator.UserID {
		t.Errorf("the vendor's own: %s", text)
	}
}

func noteAttempt(t *testing.T, w *modelstest.World, deliveryID string, status int, problem string) {
	t.Helper()
	err := w.NoteWebhookAttempt(t.Context(), models.System, deliveryID, models.WebhookAttempt{At: w.Clock.Now(), URL: "https://hooks.acme.example/in", Micros: 1200, Status: status, Answer: "no\x00\xff", Problem: problem})
	if err != nil {
		t.Fatal(err)
	}
}

func lastDelivery(t *testing.T, w *modelstest.World, webhookID string) models.WebhookDelivery {
	t.Helper()
	var d models.WebhookDelivery
	if err := w.DB.Where("webhook_id = ?", webhookID).Order("created_at DESC, id DESC").Take(&d).Error; err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRetriesOverThreeDays walks through the schedule by a clock that the test moves.
func TestRetriesOverThreeDays(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner, "trial.issued")
	happen(t, w, 1)
	began, tries := w.Clock.Now(), 0
	for {
		m, err := w.DueWebhookMessages(t.Context(), models.System, hook.ID, 5)
		if err != nil || len(m) != 1 {
			t.Fatalf("after %d attempts: %d messages, %v", tries, len(m), err)
		}
		noteAttempt(t, w, m[0].DeliveryID, 503, "The receiver answered 503.")
		d := lastDelivery(t, w, hook.ID)
		tries++
		if d.Attempts != tries || d.Result != "The receiver answered 503." {
			t.Fatalf("%+v", d)
		}
		if d.NextAt == nil {
			if d.State() != models.DeliveryFailed || tries != len(models.WebhookWaits)+1 {
				t.Errorf("given up after %d attempts: %+v", tries, d)
			}
			break
		}
		if wait := d.NextAt.Sub(w.Clock.Now()); wait != models.WebhookWaits[tries-1] || d.State() != models.DeliveryRetrying {
			t.Errorf("attempt %d: waits %s, want %s", tries, wait, models.WebhookWaits[tries-1])
		}
		if w.Count(t, "river_job", "kind = 'webhook_delivery' AND state = 'scheduled'") != tries {
			t.Errorf("attempt %d: no job for the next one", tries)
		}
		w.Clock.Set(d.NextAt.Add(-3 * time.Second))
		if m, err := w.DueWebhookMessages(t.Context(), models.System, hook.ID, 5); err != nil || len(m) != 0 {
			t.Errorf("attempt %d is made too early: %v", tries+1, err)
		}
		w.Clock.Set(*d.NextAt)
	}
	if days := w.Clock.Now().Sub(began).Hours() / 24; days < 2.9 || days > 3 {
		t.Errorf("the schedule takes %.2f days", days)
	}
	var attempts []models.WebhookAttempt
	if err := w.DB.Order("number").Find(&attempts).Error; err != nil || len(attempts) != tries {
		t.Fatalf("%d attempts, %v", len(attempts), err)
	}
	d := lastDelivery(t, w, hook.ID)
	last := attempts[tries-1]
	if want := (models.WebhookAttempt{ID: last.ID, DeliveryID: d.ID, Number: tries, At: w.Clock.Now(), URL: "https://hooks.acme.example/in", Micros: 1200, Status: 503, Answer: "no\ufffd\ufffd", Problem: "The receiver answered 503."}); last != want {
		t.Errorf("%+v", last)
	}
	// By hand, it is sent again with the same id, and by the same schedule.
	if _, err := w.ResendWebhook(t.Context(), modelstest.AcmeOwner, hook.ID, d.ID); err != nil {
		t.Fatal(err)
	}
	m, err := w.DueWebhookMessages(t.Context(), models.System, hook.ID, 5)
	if err != nil || len(m) != 1 || m[0].MessageID != *d.EventID {
		t.Fatalf("%+v, %v", m, err)
	}
	noteAttempt(t, w, d.ID, 204, "")
	if d = lastDelivery(t, w, hook.ID); d.State() != models.DeliverySent || d.Result != "Answered 204." || d.Attempts != tries+1 || d.NextAt != nil || d.GivenUpAt != nil {
		t.Errorf("%+v", d)
	}
	if got, err := w.Webhook(t.Context(), modelstest.AcmeOwner, hook.ID); err != nil || got.FailingSince != nil || got.SucceededAt == nil || got.Version != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestGoneEndsAWebhook(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner)
	happen(t, w, 1)
	d := lastDelivery(t, w, hook.ID)
	noteAttempt(t, w, d.ID, 410, "Gone.")
	got, err := w.Webhook(t.Context(), modelstest.AcmeOwner, hook.ID)
	if err != nil || got.DisabledWhy != models.WebhookGone || got.IsOn() {
		t.Errorf("%+v, %v", got, err)
	}
	if n := w.Count(t, "webhook_deliveries", "next_at IS NOT NULL"); n != 0 {
		t.Errorf("%d still wait", n)
	}
	job := models.WebhookEndedMail{WebhookID: hook.ID, UserID: modelstest.AcmeOwner.UserID, At: got.DisabledAt.UnixMicro()}
	if w.Count(t, "river_job", "kind = 'webhook_ended_mail'") != 1 || w.Count(t, "events", "action = 'webhook.disabled' AND actor_kind = 'system'") != 1 {
		t.Error("the Owner is not told")
	}
	l, ok, err := w.WebhookEndedForMail(t.Context(), models.System, job)
	if want := (models.WebhookEndedLetter{WebhookID: hook.ID, AccountID: modelstest.Acme, To: "olivia@acme.example", Name: "Olivia Owner", AccountName: "Acme", URL: hook.URL, Description: "Ticket system", Why: models.WebhookGone, FailingSince: l.FailingSince, Result: "Gone.", Link: modelstest.BaseURL + "/settings/webhooks/" + hook.ID}); err != nil || !ok || l != want || !l.FailingSince.Equal(w.Clock.Now()) {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := w.ResendWebhook(t.Context(), modelstest.AcmeOwner, hook.ID, d.ID); models.KindOf(err) != models.Conflict {
		t.Errorf("sent to a webhook that is off: %v", err)
	}
	if _, err := w.EnableWebhook(t.Context(), modelstest.AcmeOwner, hook.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := w.WebhookEndedForMail(t.Context(), models.System, job); ok || err != nil {
		t.Errorf("a mail of what is on again: %v", err)
	}
}

func TestFiveDaysOfFailuresEndAWebhook(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.VendorAdministrator, "trial.issued")
	fail := func(n int) models.Webhook {
		t.Helper()
		happen(t, w, n)
		noteAttempt(t, w, lastDelivery(t, w, hook.ID).ID, 0, "No answer.")
		var got models.Webhook
		if err := w.DB.Where("id = ?", hook.ID).Take(&got).Error; err != nil {
			t.Fatal(err)
		}
		return got
	}
	// One failure a month is no failure for a month.
	fail(1)
	w.Clock.Advance(30 * 24 * time.Hour)
	began := w.Clock.Now()
	for day := range 5 {
		if got := fail(10 + day); !got.IsOn() || !got.FailingSince.Equal(began) {
			t.Fatalf("day %d: %+v", day, got)
		}
		w.Clock.Advance(24 * time.Hour)
	}
	if got := fail(20); got.IsOn() || got.DisabledWhy != models.WebhookFailing {
		t.Errorf("after five days: %+v", got)
	}
	if w.Count(t, "river_job", "kind = 'webhook_ended_mail'") != 1 {
		t.Error("the administrator is not told")
	}
	// A test says nothing about the days.
	if _, err := w.EnableWebhook(t.Context(), modelstest.VendorAdministrator, hook.ID); err != nil {
		t.Fatal(err)
	}
	d, err := w.SendWebhookTest(t.Context(), modelstest.VendorAdministrator, hook.ID, "key")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.SendWebhookTest(t.Context(), modelstest.VendorAdministrator, hook.ID, "key"); err != nil || again.ID != d.ID {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	noteAttempt(t, w, d.ID, 500, "No.")
	var got models.Webhook
	if err := w.DB.Where("id = ?", hook.ID).Take(&got).Error; err != nil || got.FailingSince != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if v, err := w.WebhookDelivery(t.Context(), modelstest.VendorAdministrator, hook.ID, d.ID); err != nil || v.State() != models.DeliveryFailed || v.Type != models.WebhookTest || v.Event != nil || len(v.Tries) != 1 || !strings.Contains(v.Body, "This is a test.") {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestOneJobAtATimeSends(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner, "trial.issued")
	lease := func(job int64) bool {
		t.Helper()
		ok, err := w.LeaseWebhook(t.Context(), models.System, hook.ID, job, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if lease(1) {
		t.Error("a lease for nothing")
	}
	happen(t, w, 1)
	if !lease(1) || lease(2) || !lease(1) {
		t.Error("two jobs send at once, or the first one can't go on")
	}
	w.Clock.Advance(time.Minute)
	if !lease(2) {
		t.Error("a dead job holds the webhook for ever")
	}
	if err := w.ReleaseWebhook(t.Context(), models.System, hook.ID, 1); err != nil || lease(3) {
		t.Errorf("released by somebody else: %v", err)
	}
	if err := w.ReleaseWebhook(t.Context(), models.System, hook.ID, 2); err != nil || !lease(3) {
		t.Errorf("not released: %v", err)
	}
	if taken := atOnce(20, func(n int) error {
		ok, err := w.LeaseWebhook(t.Context(), models.System, hook.ID, int64(100+n), time.Minute)
		if err == nil && ok {
			err = models.Errorf(models.Conflict, "taken")
		}
		return err
	}); slices.ContainsFunc(taken, func(err error) bool { return err != nil }) {
		t.Errorf("taken while it is held: %v", taken)
	}
}

func TestDeliveriesAreKeptForAMonth(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner, "trial.issued")
	happen(t, w, 1)
	noteAttempt(t, w, lastDelivery(t, w, hook.ID).ID, 200, "")
	w.Clock.Advance(20 * 24 * time.Hour)
	happen(t, w, 2)
	w.Exec(t, "DELETE FROM river_job")
	if err := w.SweepWebhooks(t.Context(), models.System); err != nil || w.Count(t, "webhook_deliveries", "1 = 1") != 2 || w.Count(t, "river_job", "kind = 'webhook_delivery'") != 1 {
		t.Errorf("what waits without a job gets one: %v", err)
	}
	w.Clock.Advance(10*24*time.Hour + time.Second)
	if err := w.SweepWebhooks(t.Context(), models.System); err != nil || w.Count(t, "webhook_deliveries", "1 = 1") != 1 || w.Count(t, "webhook_attempts", "1 = 1") != 0 {
		t.Errorf("after a month: %v", err)
	}
}

func TestWebhookDeliveries(t *testing.T) {
	w := modelstest.New(t)
	hook := addWebhook(t, w, modelstest.AcmeOwner, "trial.issued", "client.created")
	for n := range 30 {
		happen(t, w, n)
		w.Clock.Advance(time.Second)
	}
	noteAttempt(t, w, lastDelivery(t, w, hook.ID).ID, 500, "No.")
	f := models.DeliveryFilter{WebhookID: hook.ID}
	page, err := w.WebhookDeliveries(t.Context(), modelstest.AcmeOwner, f, models.Paging{})
	if err != nil || len(page.Items) != models.PageSize || page.Next == "" {
		t.Fatalf("%d, %v", len(page.Items), err)
	}
	count := func(f models.DeliveryFilter) (n int) {
		t.Helper()
		f.WebhookID = hook.ID
		if err := w.EachWebhookDelivery(t.Context(), modelstest.AcmeOwner, f, func(models.DeliveryRow) error { n++; return nil }); err != nil {
			t.Error(err)
		}
		return n
	}
	for want, f := range map[int]models.DeliveryFilter{60: {}, 30: {Type: "trial.issued"}, 1: {State: models.DeliveryRetrying}, 59: {State: models.DeliveryWaiting}, 0: {State: models.DeliverySent}, 2: {Query: "Company 17"}} {
		if got := count(f); got != want {
			t.Errorf("%+v: %d, want %d", f, got, want)
		}
	}
	if _, err := w.WebhookDeliveries(t.Context(), modelstest.GlobexOwner, f, models.Paging{}); models.KindOf(err) != models.NotFound {
		t.Errorf("another account: %v", err)
	}
	if list, err := w.Webhooks(t.Context(), modelstest.AcmeOwner); err != nil || len(list) != 1 || list[0].Waiting != 60 || list[0].Delivered != 0 || list[0].Failed != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// atOnce runs fn n times at the same time.
func atOnce(n int, fn func(int) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = fn(i) })
	}
	group.Wait()
	return errs
}

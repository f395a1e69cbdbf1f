package models_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// withheld are facts that an account's webhooks do not get, by action.
var withheld = map[string]string{
	"annex.signed": "sha256", "annex.countersigned": "sha256", "account.suspended": "reason", "account.resumed": "reason", "account.trials_granted": "reason",
	"license.machine_activated": "fingerprint", "license.machine_deactivated": "fingerprint", "license.file_made": "fingerprint",
}

func TestCatalogueOfWebhooks(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range models.WebhookTypes(true) {
		if seen[e.Name] || e.Says == "" || !strings.HasSuffix(e.Says, ".") || e.Subject == "" || e.About == "" || e.Kind() == "" {
			t.Errorf("%+v", e)
		}
		seen[e.Name] = true
		for _, example := range []string{e.Before, e.After} {
			var facts map[string]any
			if example != "" && (json.Unmarshal([]byte(example), &facts) != nil || len(facts) == 0) {
				t.Errorf("%s: %s is no JSON object", e.Name, example)
			}
		}
		body, err := e.Example().JSON()
		var back models.WebhookEvent
		if err != nil || json.Unmarshal(body, &back) != nil || back.Type != e.Name {
			t.Errorf("%s: %s, %v", e.Name, body, err)
		}
	}
	for _, e := range models.WebhookTypes(false) {
		if e.ForVendor {
			t.Errorf("an account can choose %s", e.Name)
		}
	}
}

// TestFactsOfEventsAreInTheCatalogue: what the demo's year has recorded is told by
// webhooks, or withheld on purpose.
func TestFactsOfEventsAreInTheCatalogue(t *testing.T) {
	w := modelstest.Empty(t)
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.LoadDemo(t.Context(), models.System); err != nil {
		t.Fatal(err)
	}
	var events []models.Event
	if err := w.DB.Where("account_id <> ''").Order("id").Find(&events).Error; err != nil {
		t.Fatal(err)
	}
	examples := map[string]models.EventType{}
	for _, e := range models.WebhookTypes(true) {
		examples[e.Name] = e
	}
	told := map[string]bool{}
	for _, e := range events {
		example, known := examples[e.Action]
		if !known {
			continue
		}
		told[e.Action] = true
		for _, fact := range e.Facts() {
			name := fmt.Sprintf("%q:", fact.Name)
			if !strings.Contains(example.Before+example.After, name) && !strings.Contains(withheld[e.Action], fact.Name) {
				t.Errorf("%s: the fact %s is neither in the catalogue nor withheld", e.Action, fact.Name)
			}
		}
		if example.Subject != e.SubjectType {
			t.Errorf("%s is about %s, the catalogue says %s", e.Action, e.SubjectType, example.Subject)
		}
	}
	if len(told) < 25 {
		t.Errorf("the demo tells of %d types only", len(told))
	}
}

var update = flag.Bool("update-docs", false, "write the catalogue into docs/webhooks.md")

// TestDocsHaveTheCatalogue: go test ./models -run TestDocsHaveTheCatalogue -update-docs writes it.
func TestDocsHaveTheCatalogue(t *testing.T) {
	const path, begin = "../docs/webhooks.md", "<!-- The rest is written by TestDocsHaveTheCatalogue. -->\n"
	docs, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	hand, _, found := strings.Cut(string(docs), begin)
	if !found {
		t.Fatal("docs/webhooks.md has no place for the catalogue")
	}
	var out strings.Builder
	out.WriteString(hand + begin)
	write := func(title string, vendor bool) {
		fmt.Fprintf(&out, "\n## %s\n", title)
		for _, e := range models.WebhookTypes(true) {
			if e.ForVendor == vendor {
				data, err := json.Marshal(e.Example().Data)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&out, "\n### %s\n\n%s It is about a `%s`, such as “%s”.\n\n```json\n{\"data\":%s}\n```\n", e.Name, e.Says, e.Subject, e.About, data)
			}
		}
	}
	fmt.Fprintf(&out, "\n## A whole body\n\n```json\n%s\n```\n", models.WebhookTypes(false)[9].Example().Indented())
	write("Events", false)
	write("Events of the vendor's webhooks only", true)
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if out.String() != string(docs) {
		t.Error("docs/webhooks.md has an old catalogue: go test ./models -run TestDocsHaveTheCatalogue -update-docs")
	}
}

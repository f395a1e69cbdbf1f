package views

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"reselling/models"
)

var actionName = regexp.MustCompile(`^[a-z_]+\.[a-z_]*$`)

// recordedActions returns the actions that models record, by where. A call of
// record with a literal names its action; where the action is handed on, every
// literal of models that looks like an action of a known noun counts.
func recordedActions(t *testing.T) map[string]string {
	t.Helper()
	actions := map[string]string{}
	files := token.NewFileSet()
	names, err := filepath.Glob("../models/*.go")
	if err != nil {
		t.Fatal(err)
	}
	note := func(n ast.Node, known bool) {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return
		}
		if action, err := strconv.Unquote(literal.Value); err == nil && actionName.MatchString(action) && (!known || models.KindOfAction(action) != "") {
			actions[action] = files.Position(n.Pos()).String()
		}
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "webhook_catalogue.go") { // which names them and records none
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			note(n, true)
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "record" && len(call.Args) > 2 {
				note(call.Args[2], false)
			}
			return true
		})
	}
	return actions
}

func TestEveryRecordedActionHasASentence(t *testing.T) {
	actions := recordedActions(t)
	if len(actions) < 30 {
		t.Fatalf("only %d actions are found: %v", len(actions), actions)
	}
	for action, where := range actions {
		if models.KindOfAction(action) == "" {
			t.Errorf("%s: %s belongs to no kind of events: add its noun to models/event_list.go", where, action)
		}
		// A noun with its dot is completed at run time; its sentences begin with it.
		found := false
		for known := range sentences {
			found = found || known == action || strings.HasSuffix(action, ".") && strings.HasPrefix(known, action)
		}
		if !found {
			t.Errorf("%s: %s has no sentence in views/event.go", where, action)
		}
	}
}

func TestEventText(t *testing.T) {
	for name, tt := range map[string]struct {
		event models.Event
		want  string
	}{
		"facts":            {models.Event{Action: "trial.issued", ActorName: "Sam Seller", SubjectName: "Studio Pro for Initrode", After: `{"client":"Initrode","product":"Studio Pro","days":14}`}, "Sam Seller issued a trial of Studio Pro to Initrode"},
		"fewer facts":      {models.Event{Action: "trial.issued", ActorName: "Sam Seller", SubjectName: "Studio Pro for Initrode"}, "Sam Seller issued a trial of Studio Pro for Initrode"},
		"before and after": {models.Event{Action: "membership.role_changed", ActorName: "Olivia", SubjectName: "Mia", Before: `{"role":"member"}`, After: `{"role":"admin"}`}, "Olivia changed the role of Mia from Member to Admin"},
		"changes":          {models.Event{Action: "client.changed", ActorName: "Sam", SubjectName: "Initrode", Before: `{"email":"a@b.example","notes":""}`, After: `{"email":"c@d.example","notes":"x"}`}, "Sam changed the mail address and the notes of the client Initrode"},
		"many changes":     {models.Event{Action: "client.changed", ActorName: "Sam", SubjectName: "Initrode", After: `{"a":1,"b":2,"c":3,"d":4,"e":5}`}, "Sam changed 5 fields of the client Initrode"},
		"placeholders of a hostile name stay words": {models.Event{Action: "client.created", ActorName: "{what}", SubjectName: "{who} {now.x}"}, "{what} added the client {who} {now.x}"},
		"broken facts": {models.Event{Action: "client.changed", ActorName: "Sam", SubjectName: "Initrode", After: `[`}, "Sam changed the client Initrode"},
		"nobody":       {models.Event{Action: "session.started", ActorKind: "visitor"}, "Somebody who was not signed in signed in"},
		"the system":   {models.Event{Action: "trial.converted", ActorKind: "system", SubjectName: "Studio Pro for Initrode"}, "The trial of Studio Pro for Initrode became a paid licence"},
		"unknown":      {models.Event{Action: "order.placed_late", ActorName: "Sam", SubjectName: "No 1"}, "Sam: order placed late (No 1)"},
	} {
		if got := EventText(tt.event, ""); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	e := models.Event{Action: "license.renewed", SubjectName: "Studio Pro for Initrode", After: `{"ends_at":"2027-11-21T23:00:00Z"}`}
	for zone, want := range map[string]string{
		"":              "The licence of Studio Pro for Initrode runs until 21 Nov 2027, 23:00 (UTC)",
		"Europe/Madrid": "The licence of Studio Pro for Initrode runs until 22 Nov 2027, 00:00 (Madrid)",
	} {
		if got := EventText(e, zone); got != want {
			t.Errorf("in %q: %q, want %q", zone, got, want)
		}
	}
}

func TestFactsShowBeforeAndAfter(t *testing.T) {
	e := models.Event{Action: "client.changed", Before: `{"email":"old@a.example","country":"DE","at":null}`, After: `{"email":"<script>","country":"ES","on_trial":true}`, Address: "192.0.2.1"}
	var out bytes.Buffer
	if err := eventFacts(e, false).Render(WithChrome(context.Background(), Chrome{Zone: "Europe/Madrid"}), &out); err != nil {
		t.Fatal(err)
	}
	html := out.String()
	for _, want := range []string{"Mail address", "old@a.example", "&lt;script&gt;", "Germany", "Spain", "On trial", "yes", "192.0.2.1"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is missing in %s", want, html)
		}
	}
	if strings.Contains(html, "<script>") {
		t.Error("a fact is read as HTML")
	}
	out.Reset()
	e.ActorKind = "staff"
	if err := eventFacts(e, false).Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "192.0.2.1") {
		t.Error("an account sees from where the vendor's staff work")
	}
}

// TestEveryRecordedActionIsForSomebody: webhooks tell of an action, or it stays in
// the portal on purpose.
func TestEveryRecordedActionIsForSomebody(t *testing.T) {
	known := map[string]bool{}
	for action, where := range recordedActions(t) {
		if strings.HasSuffix(action, ".") { // completed at run time
			for sentence := range sentences {
				if strings.HasPrefix(sentence, action) && models.WebhookAudience(sentence) == "" {
					t.Errorf("%s: %s is in no catalogue of webhooks: add it to models/webhook_catalogue.go", where, sentence)
				}
			}
			continue
		}
		known[action] = true
		if models.WebhookAudience(action) == "" {
			t.Errorf("%s: %s is in no catalogue of webhooks: add it to models/webhook_catalogue.go, or to isInternal", where, action)
		}
	}
	for action := range sentences {
		known[action] = true
	}
	for _, e := range models.WebhookTypes(true) {
		if !known[e.Name] {
			t.Logf("%s is in the catalogue and nobody records it yet", e.Name)
		}
	}
}

func TestVerifySamplesAreThoseOfTheDocs(t *testing.T) {
	docs, err := os.ReadFile("../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range verifySamples() {
		if !strings.Contains(string(docs), s.Text) {
			t.Errorf("docs/webhooks.md has another way to verify in %s", s.Language)
		}
	}
}

// Days inside sentences are written as elsewhere on pages.
func TestDaysInSentences(t *testing.T) {
	for action, e := range map[string]models.Event{
		"Sam billed 10.00 EUR to Initrode, due on 16 Mar 2026: invoice INV-1": {Action: "client_invoice.issued", ActorName: "Sam", SubjectName: "INV-1", After: `{"total":"10.00 EUR","client":"Initrode","due_on":"2026-03-16"}`},
		"Sam noted that the client paid invoice INV-1 on 2 Mar 2026":          {Action: "client_invoice.paid", ActorName: "Sam", SubjectName: "INV-1", After: `{"paid_on":"2026-03-02"}`},
		"Invoice V-1 of 10.00 EUR was issued, due on 16 Mar 2026":             {Action: "invoice.issued", SubjectName: "V-1", After: `{"total":"10.00 EUR","due_on":"2026-03-16"}`},
	} {
		if got := EventText(e, ""); got != action {
			t.Errorf("%q, want %q", got, action)
		}
	}
}

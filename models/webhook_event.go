package models

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// EventType is a type of event that webhooks can get, as receivers read of it.
type EventType struct {
	Name      string // as recorded: "trial.issued"
	Says      string // when it happens, in a sentence
	Subject   string // the kind of what it is about
	About     string // the name of what the example is about
	Before    string // an example, as a JSON object, or empty
	After     string
	ForVendor bool // an account gets none: it is not an account's business
}

// WebhookTypes are the types that an account, or the vendor, can choose from.
func WebhookTypes(vendor bool) []EventType {
	return slices.DeleteFunc(slices.Clone(eventTypes), func(t EventType) bool { return t.ForVendor && !vendor })
}

// Kind is the group of t in menus.
func (t EventType) Kind() EventKind { return KindOfAction(t.Name) }

var eventTypeByName = func() map[string]EventType {
	all := make(map[string]EventType, len(eventTypes))
	for _, t := range eventTypes {
		all[t.Name] = t
	}
	return all
}()

func webhookType(action string) (EventType, bool) {
	t, ok := eventTypeByName[action]
	return t, ok
}

// WebhookEvent is the body of what a webhook gets.
type WebhookEvent struct {
	ID        string          `json:"id" doc:"Of the event, and the webhook-id: the same at each attempt"`
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp" doc:"When it happened"`
	Account   *WebhookAccount `json:"account" doc:"Whose event it is; null for what concerns the vendor alone"`
	Actor     WebhookActor    `json:"actor"`
	Subject   WebhookSubject  `json:"subject"`
	Data      WebhookData     `json:"data"`
}

// WebhookAccount says whose event it is.
type WebhookAccount struct {
	ID string `json:"id"`
}

// WebhookActor says who did it.
type WebhookActor struct {
	Kind string `json:"kind" enum:"user,staff,visitor,system" doc:"user: of the account; staff: of the vendor; visitor: not signed in, such as a client; system: the portal by itself"`
	ID   string `json:"id,omitempty" doc:"Of the account's user; the vendor's webhooks also get that of staff"`
	Name string `json:"name"`
}

// WebhookSubject says what it is about.
type WebhookSubject struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// WebhookData holds the facts that changed.
type WebhookData struct {
	Before map[string]any `json:"before" doc:"What held before of what changed"`
	After  map[string]any `json:"after" doc:"What holds since"`
}

// webhookEvent is an event as w may see it: the facts in the example of its type,
// to the vendor all of them.
func (t EventType) webhookEvent(e Event, vendor bool) WebhookEvent {
	v := WebhookEvent{
		ID: e.ID, Type: e.Action, Timestamp: e.At.UTC(), Actor: WebhookActor{Kind: e.ActorKind, Name: e.ActorName},
		Subject: WebhookSubject{Type: e.SubjectType, ID: e.SubjectID, Name: e.SubjectName},
		Data:    WebhookData{Before: readFacts(e.Before), After: readFacts(e.After)},
	}
	if e.AccountID != "" {
		v.Account = &WebhookAccount{ID: e.AccountID}
	}
	if e.ActorKind == "user" || vendor {
		v.Actor.ID = e.ActorID
	}
	if e.ActorKind == "system" {
		v.Actor.Name = System.Name
	}
	if vendor {
		return v
	}
	known := t.facts()
	for name := range v.Data.Before {
		if !known[name] {
			delete(v.Data.Before, name)
		}
	}
	for name := range v.Data.After {
		if !known[name] {
			delete(v.Data.After, name)
		}
	}
	return v
}

// facts are the names of what an account may read of t.
func (t EventType) facts() map[string]bool {
	names := map[string]bool{}
	for _, example := range []string{t.Before, t.After} {
		for name := range readFacts(example) {
			names[name] = true
		}
	}
	return names
}

// Example is what a webhook gets of t, for somebody who writes a receiver.
func (t EventType) Example() WebhookEvent {
	e := Event{
		ID: "0192f1c4-5e1a-7c3b-9a41-6d0f8e2b7a15", At: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC), AccountID: "0192f1c4-0000-7000-8000-000000000001",
		ActorKind: "user", ActorID: "0192f1c4-0000-7000-8000-000000000002", ActorName: "Sam Seller",
		Action: t.Name, SubjectType: t.Subject, SubjectID: "0192f1c4-0000-7000-8000-000000000003", SubjectName: t.About, Before: t.Before, After: t.After,
	}
	if t.ForVendor {
		e.ActorKind, e.ActorName = "staff", "Dana Whitfield"
		if !slices.Contains([]EventKind{MoneyEvents, TeamEvents, AccountEvents}, t.Kind()) {
			e.AccountID = ""
		}
	}
	return t.webhookEvent(e, t.ForVendor)
}

// JSON is v as it is sent.
func (v WebhookEvent) JSON() ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("write an event for webhooks: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Indented is v to be read by people.
func (v WebhookEvent) Indented() string {
	body, err := v.JSON()
	if err != nil {
		return ""
	}
	return indentJSON(string(body))
}

func indentJSON(body string) string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(body), "", "  ") != nil {
		return body
	}
	return out.String()
}

// BodyText is the body of v, for people.
func (v DeliveryView) BodyText() string { return indentJSON(v.Body) }

// webhookBody writes what d brings to w: the same each time, since an event never changes.
func (s *Store) webhookBody(ctx context.Context, w Webhook, d WebhookDelivery) ([]byte, error) {
	if d.EventID == nil {
		return testEvent(w, d).JSON()
	}
	e, err := rowsOf[Event](s.reader).Where("id = ?", *d.EventID).Take(ctx)
	if err != nil {
		return nil, err
	}
	t, known := webhookType(e.Action)
	if !known { // of a program that knew it
		t = EventType{Name: e.Action}
	}
	return t.webhookEvent(e, w.IsVendors()).JSON()
}

func testEvent(w Webhook, d WebhookDelivery) WebhookEvent {
	v := WebhookEvent{
		ID: d.MessageID(), Type: d.Type, Timestamp: d.CreatedAt.UTC(), Actor: WebhookActor{Kind: "system", Name: System.Name},
		Subject: WebhookSubject{Type: "webhook", ID: w.ID, Name: w.Host()},
		Data:    WebhookData{Before: map[string]any{}, After: map[string]any{"message": "This is a test. Nothing has happened."}},
	}
	if w.AccountID != "" {
		v.Account = &WebhookAccount{ID: w.AccountID}
	}
	return v
}

// WebhookTestExample is what a webhook gets by "Send a test".
func WebhookTestExample() WebhookEvent {
	w := Webhook{ID: "0192f1c4-0000-7000-8000-000000000003", AccountID: "0192f1c4-0000-7000-8000-000000000001", URL: "https://hooks.example.com/reselling"}
	return testEvent(w, WebhookDelivery{ID: "0192f1c4-5e1a-7c3b-9a41-6d0f8e2b7a15", Type: WebhookTest, CreatedAt: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)})
}

// isInternal reports whether an action is deliberately none for webhooks: what
// concerns one person's way in, the portal's own running, or webhooks themselves.
func isInternal(action string) bool {
	noun, _, _ := strings.Cut(action, ".")
	return slices.Contains([]string{"user", "session", "sessions", "password", "email", "job", "mail", "installation", "signing_key", "webhook", "conflict", "api_token", "vendor_token", "bank_import"}, noun)
}

// WebhookAudience says who gets events of an action: "account", "vendor", or
// "internal" for those that stay in the portal; empty for one that was forgotten.
func WebhookAudience(action string) string {
	t, known := webhookType(action)
	switch {
	case known && t.ForVendor:
		return "vendor"
	case known:
		return "account"
	case isInternal(action):
		return "internal"
	}
	return ""
}

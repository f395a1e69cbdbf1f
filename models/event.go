package models

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Event is one line of the audit log. Nobody can edit or delete one.
type Event struct {
	ID          string
	At          time.Time
	AccountID   string // empty for what concerns the vendor alone
	ActorKind   string // user, staff, visitor or system
	ActorID     string // of the user, or of the API token
	ActorName   string
	Action      string // noun.verb, past tense: "trial.issued"
	SubjectType string
	SubjectID   string
	SubjectName string
	Address     string
	Before      string // JSON object of what changed, or empty
	After       string
	Search      string // folded: who, about what
}

// subject is what an event is about.
type subject struct {
	kind, id, name, accountID string
}

// record writes one event in the transaction of its cause. before and after are
// the changed facts only, never secrets; nil for none.
func (tx *tx) record(ctx context.Context, actor Actor, action string, about subject, before, after map[string]any) error {
	_, err := tx.recordEvent(ctx, actor, action, about, before, after)
	return err
}

// recordEvent is record for a cause whose mail tells what the event, by its id,
// has changed. It is written before the commit: a row that refers to it comes
// after tx.writeEvents.
func (tx *tx) recordEvent(ctx context.Context, actor Actor, action string, about subject, before, after map[string]any) (id string, err error) {
	e := Event{
		ID: newID(), At: tx.now, AccountID: about.accountID,
		ActorKind: actor.kind(), ActorID: cmp.Or(actor.TokenID, actor.UserID), ActorName: actor.Name,
		Action: action, SubjectType: about.kind, SubjectID: about.id, SubjectName: about.name, Address: actor.Address,
		Search: fold(actor.Name + " " + about.name),
	}
	if e.Before, err = facts(before); err != nil {
		return "", err
	}
	if e.After, err = facts(after); err != nil {
		return "", err
	}
	tx.ending.events = append(tx.ending.events, e)
	if !tx.quiet {
		tx.ending.news = append(tx.ending.news, e)
	}
	if len(tx.ending.events) < mostEvents {
		return e.ID, nil
	}
	return e.ID, tx.writeEvents(ctx)
}

func (a Actor) kind() string {
	switch {
	case a.IsStaff():
		return "staff"
	case a.SignedIn():
		return "user"
	case a.Address != "" || a.Device != "":
		return "visitor"
	}
	return "system"
}

func facts(f map[string]any) (string, error) {
	if len(f) == 0 {
		return "", nil
	}
	b, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("write an event's facts: %w", err)
	}
	return string(b), nil
}

// difference returns the facts of before and after whose values differ.
func difference(before, after map[string]any) (b, a map[string]any) {
	b, a = map[string]any{}, map[string]any{}
	for k, v := range after {
		if before[k] != v {
			b[k], a[k] = before[k], v
		}
	}
	return b, a
}

package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Trial is free access to one product for one client for the plan's days.
type Trial struct {
	ID           string
	AccountID    string
	ClientID     string
	ProductID    string
	LicenseID    string
	Plan         Plan
	TermsID      string
	Month        Month // whose quota it counts against
	Days         int   // fixed at issue
	IssuedAt     time.Time
	IssuedBy     string
	EndsAt       time.Time // exclusive: IssuedAt plus Days × 24 h, unless a request has moved it
	RevokedAt    *time.Time
	RevokedBy    string
	RevokeReason string
	ConvertedAt  *time.Time
	MailCount    int        // how often the client was mailed
	ExtendedAt   *time.Time // when the end was last moved

	ResponsibleID string // who looks after it: its issuer, until it is handed over
}

// TrialStatus is derived from times; no job has to run for it to change.
type TrialStatus string

// The states of a trial.
const (
	TrialActive    TrialStatus = "active"
	TrialExpired   TrialStatus = "expired"
	TrialConverted TrialStatus = "converted"
	TrialRevoked   TrialStatus = "revoked"
)

// TrialStatuses lists the states in the order of a trial's life.
var TrialStatuses = []TrialStatus{TrialActive, TrialExpired, TrialConverted, TrialRevoked}

// Status is the state of t at now: revoked, else converted, else expired, else active.
func (t Trial) Status(now time.Time) TrialStatus {
	return trialStatus(t.RevokedAt, t.ConvertedAt, t.EndsAt, now)
}

// length is the days from issue to end, with those of extensions.
func (t Trial) length() int {
	return int(t.EndsAt.Sub(t.IssuedAt).Round(24*time.Hour) / (24 * time.Hour))
}

func trialStatus(revokedAt, convertedAt *time.Time, endsAt, now time.Time) TrialStatus {
	switch {
	case revokedAt != nil:
		return TrialRevoked
	case convertedAt != nil:
		return TrialConverted
	case !now.Before(endsAt):
		return TrialExpired
	}
	return TrialActive
}

// trialStates are the conditions of TrialStatus on trials t; active and expired take now.
var trialStates = map[TrialStatus]string{
	TrialActive:    "t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at > ?",
	TrialExpired:   "t.revoked_at IS NULL AND t.converted_at IS NULL AND t.ends_at <= ?",
	TrialConverted: "t.revoked_at IS NULL AND t.converted_at IS NOT NULL",
	TrialRevoked:   "t.revoked_at IS NOT NULL",
}

// inState narrows a listing of trials t to those in a state at now; an unknown state finds none.
func (l *listing) inState(state TrialStatus, now time.Time) {
	switch condition := trialStates[state]; {
	case condition == "":
		l.and("1 = 0")
	case state == TrialActive || state == TrialExpired:
		l.and(condition, now)
	default:
		l.and(condition)
	}
}

func trialSubject(t Trial, product Product, client Client) subject {
	return subject{kind: "trial", id: t.ID, name: product.Name + " for " + client.Company, accountID: t.AccountID}
}

// trialOf is a trial with what it is of.
type trialOf struct {
	trial   Trial
	client  Client
	product Product
	license License
}

func (o trialOf) subject() subject { return trialSubject(o.trial, o.product, o.client) }

// trial returns a trial of an account with its client, product and licence;
// another account's is not found.
func (s *Store) trial(ctx context.Context, db *gorm.DB, accountID, id string) (trialOf, error) {
	var o trialOf
	var err error
	if o.trial, err = rowsOf[Trial](db).Where("account_id = ? AND id = ?", accountID, id).Take(ctx); err != nil {
		return o, orNotFound(err, "Trial")
	}
	return s.around(ctx, db, o.trial)
}

// around returns what a trial is of.
func (s *Store) around(ctx context.Context, db *gorm.DB, trial Trial) (trialOf, error) {
	o := trialOf{trial: trial}
	var err error
	if o.client, err = client(ctx, db, trial.AccountID, o.trial.ClientID); err != nil {
		return o, err
	}
	if o.product, err = rowsOf[Product](db).Where("id = ?", o.trial.ProductID).Take(ctx); err != nil {
		return o, err
	}
	if o.license, err = rowsOf[License](db).Where("account_id = ? AND id = ?", trial.AccountID, o.trial.LicenseID).Take(ctx); err != nil {
		return o, err
	}
	return o, countSeats(ctx, db, s.Now(), &o.license)
}

package models

import "time"

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
	Days         int
	IssuedAt     time.Time
	IssuedBy     string
	EndsAt       time.Time // exclusive: IssuedAt plus Days × 24 h
	RevokedAt    *time.Time
	RevokedBy    string
	RevokeReason string
	ConvertedAt  *time.Time
	MailCount    int
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

// Status is the state of t at now: revoked, else converted, else expired, else active.
func (t Trial) Status(now time.Time) TrialStatus {
	switch {
	case t.RevokedAt != nil:
		return TrialRevoked
	case t.ConvertedAt != nil:
		return TrialConverted
	case !now.Before(t.EndsAt):
		return TrialExpired
	}
	return TrialActive
}

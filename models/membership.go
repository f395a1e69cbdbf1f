package models

import "time"

// Membership is a user's place in one account.
type Membership struct {
	ID             string
	AccountID      string
	UserID         string
	Role           Role
	ResellingRole  ResellingRole // empty outside the Reselling team; the Owner always belongs to it
	ResellingSince *time.Time
	JoinedAt       time.Time
}

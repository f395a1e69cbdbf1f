package models

import "time"

// invitationDays is how long an invitation is valid.
const invitationDays = 7

// Invitation asks one address to join an account, or the vendor's staff.
type Invitation struct {
	ID            string
	AccountID     *string // nil: staff
	Email         string
	EmailKey      string
	Role          Role
	ResellingRole ResellingRole
	StaffRole     StaffRole
	Generation    int // rises when it is resent, which ends the earlier link
	TokenHash     string
	InvitedBy     string
	CreatedAt     time.Time
	SentAt        time.Time
	ExpiresAt     time.Time
	AcceptedAt    *time.Time
	AcceptedBy    string
	RevokedAt     *time.Time
	RevokedBy     string
}

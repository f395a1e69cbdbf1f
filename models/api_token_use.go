package models

import (
	"context"
	"strings"
	"time"
)

// bearer is the row behind a token: the token, whose it is, and as whom it acts.
type bearer struct {
	APIToken                            `gorm:"embedded"`
	AccountName, OwnerID, OwnerName     string
	OwnerEmail, AccountZone, VendorZone string
	VendorName                          string
	SuspendedAt, CopiedAt               *time.Time
}

const callerQuery = `SELECT t.*, COALESCE(a.name, '') AS account_name, a.suspended_at, COALESCE(o.id, '') AS owner_id, COALESCE(o.name, '') AS owner_name, COALESCE(o.email, '') AS owner_email,
	COALESCE((SELECT z.zone FROM account_zones z WHERE z.account_id = a.id AND z.holds_from <= ? ORDER BY z.holds_from DESC LIMIT 1), '') AS account_zone,
	v.time_zone AS vendor_zone, v.name AS vendor_name, i.copied_at
FROM api_tokens t
JOIN vendor v ON v.id = 1
LEFT JOIN installation i ON i.id = 1
LEFT JOIN accounts a ON a.id = t.account_id
LEFT JOIN memberships m ON m.account_id = a.id AND m.role = 'owner'
LEFT JOIN users o ON o.id = m.user_id
WHERE t.token_hash = ?`

// AuthenticateToken returns the actor of an API token. Unauthorized, with a code
// (token_unknown, token_revoked, token_expired), for one that is none; Forbidden
// (account_suspended) while its account is suspended. What it returns holds for
// this request only.
//
// An account's token acts for the account's present Owner, who answers for it,
// but may no more than its scopes and no more than a Seller; the events name the
// token. The vendor's acts for whoever made it.
func (s *Store) AuthenticateToken(ctx context.Context, visitor Actor, token string) (Actor, error) {
	unknown := &Error{Kind: Unauthorized, Code: "token_unknown", Message: "There is no such API token. Check that it was copied as a whole."}
	if !strings.HasPrefix(token, accountTokenTag) && !strings.HasPrefix(token, vendorTokenTag) {
		return visitor, unknown
	}
	now := s.Now()
	found, err := rowsOf[bearer](s.reader).Raw(callerQuery, now, tokenHash(token)).Find(ctx)
	if err != nil {
		return visitor, err
	}
	if len(found) == 0 {
		return visitor, unknown
	}
	b := found[0]
	switch b.Status(now) {
	case TokenRevoked:
		return visitor, &Error{Kind: Unauthorized, Code: "token_revoked", Message: "This API token was revoked. Use another one."}
	case TokenExpired:
		return visitor, &Error{Kind: Unauthorized, Code: "token_expired", Message: "This API token has expired. Make a new one."}
	case TokenLive:
	}
	if b.SuspendedAt != nil {
		return visitor, &Error{Kind: Forbidden, Code: "account_suspended", Message: b.AccountName + " is suspended: its API tokens do nothing until it is resumed. Ask Customer Success what to do."}
	}
	if b.LastUsedAt == nil || now.Sub(*b.LastUsedAt) >= tokenTouch {
		if err := s.touchToken(ctx, b.ID, visitor); err != nil && KindOf(err) != Unavailable {
			return visitor, err
		}
	}
	return b.actor(visitor, now), nil
}

func (b bearer) actor(visitor Actor, now time.Time) Actor {
	a := Actor{
		TokenID: b.ID, Scopes: b.Scopes, Name: b.Name + " (API token)", VendorName: b.VendorName, OnCopy: b.CopiedAt != nil,
		Address: visitor.Address, Device: visitor.Device,
		Reauthed: now, // the token is what it would be asked for
	}
	zone := b.VendorZone
	if b.AccountID == nil {
		a.UserID, a.StaffRole = b.CreatedBy, Administrator
	} else {
		a.UserID, a.AccountID, a.AccountName, a.OwnerName, a.ResellingRole = b.OwnerID, *b.AccountID, b.AccountName, b.OwnerName, Seller
		zone = b.AccountZone
	}
	a.Zone, _ = LoadZone(zone) // it was checked when it was stored
	return a
}

func (s *Store) touchToken(ctx context.Context, id string, visitor Actor) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[APIToken](tx.DB).Where("id = ? AND (last_used_at IS NULL OR last_used_at <= ?)", id, tx.now.Add(-tokenTouch)).
			Select("last_used_at", "last_used_from").Updates(ctx, APIToken{LastUsedAt: &tx.now, LastUsedFrom: visitor.Address})
		return err
	})
}

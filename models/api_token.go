package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// TokenScope is one thing that an API token may be allowed.
type TokenScope string

// The scopes of an account's tokens.
const (
	ScopeRead           TokenScope = "read"
	ScopeClients        TokenScope = "clients"
	ScopeTrials         TokenScope = "trials"
	ScopeOrders         TokenScope = "orders"
	ScopeClientInvoices TokenScope = "client_invoices"
)

// The scopes of the vendor's tokens, which can have ScopeRead too.
const (
	ScopeAccounts TokenScope = "accounts"
	ScopeReceipts TokenScope = "receipts"
)

// The scopes that can be chosen, in the order of the form.
var (
	AccountScopes = []TokenScope{ScopeRead, ScopeClients, ScopeTrials, ScopeOrders, ScopeClientInvoices}
	VendorScopes  = []TokenScope{ScopeRead, ScopeAccounts, ScopeReceipts}
)

// Scopes are what a token may, separated by spaces.
type Scopes string

// Has reports whether scope is one of s.
func (s Scopes) Has(scope TokenScope) bool { return slices.Contains(s.List(), scope) }

// List returns the scopes one by one.
func (s Scopes) List() []TokenScope {
	var all []TokenScope
	for _, scope := range strings.Fields(string(s)) {
		all = append(all, TokenScope(scope))
	}
	return all
}

// Limits of API tokens.
const (
	mostTokens      = 25 // live ones of an account, or of the vendor
	tokenTouch      = time.Minute
	accountTokenTag = "rsla_" // so that scanners for secrets know them
	vendorTokenTag  = "rslv_"
)

// APIToken is what a program shows instead of signing in. It belongs to the
// account, or to the vendor, not to who has made it.
type APIToken struct {
	ID           string
	AccountID    *string // nil: of the vendor
	Name         string
	TokenHash    string
	Hint         string // its last characters
	Scopes       Scopes
	CreatedAt    time.Time
	CreatedBy    string
	ExpiresAt    time.Time
	LastUsedAt   *time.Time // exact to a minute
	LastUsedFrom string     // the address
	RevokedAt    *time.Time
	RevokedBy    *string
}

// TableName is the plural.
func (APIToken) TableName() string { return "api_tokens" }

// TokenStatus is derived from facts and the clock.
type TokenStatus string

// The states of a token.
const (
	TokenRevoked TokenStatus = "revoked"
	TokenExpired TokenStatus = "expired"
	TokenLive    TokenStatus = "live"
)

// Status is the state of t at now: revoked, else expired, else live.
func (t APIToken) Status(now time.Time) TokenStatus {
	switch {
	case t.RevokedAt != nil:
		return TokenRevoked
	case !now.Before(t.ExpiresAt):
		return TokenExpired
	}
	return TokenLive
}

func (t APIToken) subject() subject {
	about := subject{kind: "api_token", id: t.ID, name: t.Name}
	if t.AccountID != nil {
		about.accountID = *t.AccountID
	}
	return about
}

// action is an event's: those of the vendor's tokens are none of an account.
func (t APIToken) action(verb string) string {
	if t.AccountID == nil {
		return "vendor_token." + verb
	}
	return "api_token." + verb
}

// APITokenRow is a token in the list.
type APITokenRow struct {
	APIToken    `gorm:"embedded"`
	CreatedName string
	RevokedName string
}

// APITokenEntry is what is filled in to make a token.
type APITokenEntry struct {
	Name       string
	Scopes     []string
	ExpiresOn  string // its last day
	RequestKey string
}

// tokenOwner is whose tokens an actor manages: the account's id, or nil for the vendor.
func (s *Store) tokenOwner(actor Actor) (*string, error) {
	if actor.IsStaff() {
		return nil, actor.require(ManageVendorTokens)
	}
	return &actor.AccountID, actor.require(ManageAPITokens)
}

// ofOwner is the condition on the tokens of an account, or of the vendor.
func ofOwner(accountID *string) (condition string, args []any) {
	if accountID == nil {
		return "account_id IS NULL", nil
	}
	return "account_id = ?", []any{*accountID}
}

// APITokens returns the tokens of the actor's account, or of the vendor: the live
// ones, and the last hundred that are not, the newest first.
func (s *Store) APITokens(ctx context.Context, actor Actor) (live, dead []APITokenRow, err error) {
	owner, err := s.tokenOwner(actor)
	if err != nil {
		return nil, nil, err
	}
	condition, args := ofOwner(owner)
	now := s.Now()
	query := `SELECT t.*, u.name AS created_name, COALESCE(r.name, '') AS revoked_name FROM api_tokens t
		JOIN users u ON u.id = t.created_by LEFT JOIN users r ON r.id = t.revoked_by WHERE t.` + condition
	if live, err = rowsOf[APITokenRow](s.reader).Raw(query+" AND t.revoked_at IS NULL AND t.expires_at > ? ORDER BY t.created_at DESC, t.id DESC LIMIT 100", append(slices.Clone(args), now)...).Find(ctx); err != nil {
		return nil, nil, err
	}
	dead, err = rowsOf[APITokenRow](s.reader).Raw(query+" AND (t.revoked_at IS NOT NULL OR t.expires_at <= ?) ORDER BY t.created_at DESC, t.id DESC LIMIT 100", append(slices.Clone(args), now)...).Find(ctx)
	return live, dead, err
}

// DraftAPIToken begins the form of a token: read only, for a year.
func (s *Store) DraftAPIToken(_ context.Context, actor Actor) (APITokenEntry, error) {
	if _, err := s.tokenOwner(actor); err != nil {
		return APITokenEntry{}, err
	}
	today := DateIn(s.Now(), actor.zone())
	return APITokenEntry{Scopes: []string{string(ScopeRead)}, ExpiresOn: string(dateOf(today.Time().AddDate(1, 0, 0)))}, nil
}

// zone is that of a, or UTC where nobody has one.
func (a Actor) zone() *time.Location {
	if a.Zone == nil {
		return time.UTC
	}
	return a.Zone
}

// CreateAPIToken makes a token of the actor's account, or of the vendor, and
// returns it. Its secret is in the second answer, this once; sent again with the
// same request key, it is empty. It wants a fresh password. Conflict beyond 25
// live ones (too_many_tokens).
func (s *Store) CreateAPIToken(ctx context.Context, actor Actor, e APITokenEntry) (t APIToken, secret string, err error) {
	owner, err := s.tokenOwner(actor)
	if err != nil {
		return t, "", err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return t, "", err
	}
	p := Problems{}
	t = APIToken{AccountID: owner, Name: clean(e.Name), Scopes: scopesOf(p, owner, e.Scopes)}
	p.fill("name", t.Name, "Enter a name that says which program uses the token.", 100)
	t.ExpiresAt = s.tokenEnd(p, actor, e.ExpiresOn)
	if err := p.Err(); err != nil {
		return t, "", err
	}
	err = s.write(ctx, func(tx *tx) error {
		if err := tx.lockTokens(ctx, owner); err != nil {
			return err
		}
		t.ID = newID()
		earlier, err := tx.claim(ctx, actor, "api_token", e.RequestKey, t.ID, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			secret = ""
			t, err = apiToken(ctx, tx.DB, owner, earlier.id)
			return earlier.told(err, "the token %s was made", t.Name)
		}
		if err := tx.refuseMoreTokens(ctx, owner); err != nil {
			return err
		}
		secret = accountTokenTag + newSecret()
		if owner == nil {
			secret = vendorTokenTag + newSecret()
		}
		t.TokenHash, t.Hint, t.CreatedAt, t.CreatedBy = tokenHash(secret), secret[len(secret)-4:], tx.now, actor.UserID
		if err := rowsOf[APIToken](tx.DB).Create(ctx, &t); err != nil {
			return fmt.Errorf("create API token: %w", err)
		}
		return tx.record(ctx, actor, t.action("created"), t.subject(), nil, map[string]any{"scopes": strings.Join(strings.Fields(string(t.Scopes)), ", "), "expires_at": t.ExpiresAt})
	})
	return t, secret, err
}

// scopesOf reads the scopes that were chosen, in the order of the form.
func scopesOf(p Problems, owner *string, chosen []string) Scopes {
	may := AccountScopes
	if owner == nil {
		may = VendorScopes
	}
	var all []string
	for _, scope := range may {
		if slices.Contains(chosen, string(scope)) {
			all = append(all, string(scope))
		}
	}
	for _, c := range chosen {
		if !slices.Contains(may, TokenScope(c)) {
			p.Add("scopes", "Choose from the list what the token may do.")
		}
	}
	if len(all) == 0 {
		p.Add("scopes", "Choose at least one thing that the token may do.")
	}
	return Scopes(strings.Join(all, " "))
}

// tokenEnd is the instant at which a token's last day is over.
func (s *Store) tokenEnd(p Problems, actor Actor, typed string) time.Time {
	const message = "Choose the token's last day: from today on, at most two years away."
	day, today := p.day("expires_on", typed, message), DateIn(s.Now(), actor.zone())
	if day != "" && (day < today || day > dateOf(today.Time().AddDate(2, 0, 0))) {
		p.Add("expires_on", message)
	}
	if day == "" {
		return time.Time{}
	}
	return day.AddDays(1).StartIn(actor.zone())
}

// lockTokens makes others who make tokens for the same owner wait. The vendor
// has one row to lock.
func (tx *tx) lockTokens(ctx context.Context, owner *string) error {
	if owner != nil {
		_, err := tx.lockAccount(ctx, *owner)
		return err
	}
	return tx.WithContext(ctx).Exec("UPDATE vendor SET version = version WHERE id = 1").Error
}

func (tx *tx) refuseMoreTokens(ctx context.Context, owner *string) error {
	condition, args := ofOwner(owner)
	n, err := rowsOf[APIToken](tx.DB).Where(condition+" AND revoked_at IS NULL AND expires_at > ?", append(args, tx.now)...).Count(ctx, "id")
	if err == nil && n >= mostTokens {
		return refusal("too_many_tokens", "There are %d API tokens already, which is the most. Revoke one that no program needs any more.", n)
	}
	return err
}

func apiToken(ctx context.Context, db *gorm.DB, owner *string, id string) (APIToken, error) {
	condition, args := ofOwner(owner)
	t, err := rowsOf[APIToken](db).Where(condition+" AND id = ?", append(args, id)...).Take(ctx)
	return t, orNotFound(err, "API token")
}

// RevokeAPIToken ends a token of the actor's account, or of the vendor, at once.
func (s *Store) RevokeAPIToken(ctx context.Context, actor Actor, id string) (t APIToken, err error) {
	owner, err := s.tokenOwner(actor)
	if err != nil {
		return t, err
	}
	err = s.write(ctx, func(tx *tx) error {
		if t, err = apiToken(ctx, tx.DB, owner, id); err != nil {
			return err
		}
		if t.RevokedAt != nil {
			return refusal("revoked", "This token was revoked already.")
		}
		t.RevokedAt, t.RevokedBy = &tx.now, &actor.UserID
		if err := changed(rowsOf[APIToken](tx.DB).Where("id = ? AND revoked_at IS NULL", id).Select("revoked_at", "revoked_by").Updates(ctx, t)); err != nil {
			return err
		}
		return tx.record(ctx, actor, t.action("revoked"), t.subject(), nil, nil)
	})
	return t, err
}

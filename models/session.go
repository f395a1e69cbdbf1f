package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Limits of a session (DOMAIN.md "Team").
const (
	sessionIdle      = 24 * time.Hour
	sessionAge       = 14 * 24 * time.Hour
	staffSessionIdle = 2 * time.Hour
	staffSessionAge  = 12 * time.Hour
	sessionTouch     = 5 * time.Minute // how often its last use is written
)

// Limits of signing in.
const (
	signInWindow     = 15 * time.Minute
	signInPerEmail   = 10
	signInPerAddress = 50
)

// Session is one signed-in browser.
type Session struct {
	ID                string
	TokenHash         string
	UserID            string
	AccountID         *string // the account acted for
	Device            string
	Address           string
	CreatedAt         time.Time
	LastUsedAt        time.Time // exact to 5 minutes
	ReauthenticatedAt time.Time
	EndedAt           *time.Time
}

// Credentials are what somebody signs in with.
type Credentials struct {
	Email       string
	Password    string
	DeviceToken string // of the browser's device cookie, or empty
	Former      Actor  // who is signed in in the browser until now: that session ends
}

// SignedIn is a new session.
type SignedIn struct {
	Token       string // for the cookie; only its hash is stored
	DeviceToken string // for the device cookie
	Staff       bool
}

// SignIn starts a session. It returns Invalid for a wrong address or password,
// without telling which, and TooMany after 10 failed attempts for one address
// or 50 from one client within 15 minutes.
func (s *Store) SignIn(ctx context.Context, visitor Actor, c Credentials) (SignedIn, error) {
	v, err := s.checkPassword(ctx, visitor, emailKey(c.Email), c.Password)
	if err != nil {
		return SignedIn{}, err
	}
	if !v.ok {
		return SignedIn{}, &Error{Kind: Invalid, Message: "That mail address and password don't match. Check both, or choose a new password.", Fields: map[string]string{"password": "Check the address and the password."}}
	}
	var in SignedIn
	err = s.write(ctx, func(tx *tx) error {
		if err := tx.settle(ctx, v); err != nil {
			return err
		}
		if in, err = tx.startSession(ctx, visitor, v.user, c.DeviceToken, nil); err != nil {
			return err
		}
		return tx.signOut(ctx, c.Former)
	})
	return in, err
}

// checked is the outcome of one counted attempt to give a user's password.
type checked struct {
	ok       bool
	user     User
	rehashed string // by the parameters in force, where the stored hash has others
	attempts []string
}

// checkPassword counts an attempt from visitor to sign in as the user of an
// address, and checks the password. It costs the same for an unknown address.
func (s *Store) checkPassword(ctx context.Context, visitor Actor, emailKey, password string) (v checked, err error) {
	err = s.write(ctx, func(tx *tx) (err error) {
		v.attempts, err = tx.attempt(ctx, "Too many attempts to sign in. Wait a few minutes, or choose a new password with “Forgotten password”.",
			limit{"sign-in from " + Network(visitor.Address), signInPerAddress, signInWindow},
			limit{"sign-in as " + emailKey, signInPerEmail, signInWindow})
		return err
	})
	if err != nil {
		return v, err
	}
	v.user, err = rowsOf[User](s.db).Where("email_key = ? AND removed_at IS NULL", emailKey).Take(ctx)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return v, err
	}
	// An unknown user has no hash: the hasher then checks a dummy one, which takes as long.
	ok, stale, err := s.hasher.verify(ctx, v.user.PasswordHash, password)
	if err != nil {
		return v, err
	}
	if v.ok = ok && v.user.ID != ""; v.ok && stale {
		v.rehashed, err = s.hasher.hash(ctx, password)
	}
	return v, err
}

// settle makes a right password count: it is no attempt to guess and gives its
// place back, and its hash is renewed where that is due. It refuses a password
// that was changed since it was checked.
func (tx *tx) settle(ctx context.Context, v checked) error {
	user, err := rowsOf[User](tx.DB).Where("id = ? AND removed_at IS NULL", v.user.ID).Take(ctx)
	if err != nil || user.PasswordHash != v.user.PasswordHash {
		return Errorf(Conflict, "The password was changed a moment ago. Try again with the new one.")
	}
	if _, err := rowsOf[attempt](tx.DB).Where("id IN ?", v.attempts).Delete(ctx); err != nil {
		return err
	}
	if v.rehashed == "" {
		return nil
	}
	_, err = rowsOf[User](tx.DB).Where("id = ?", v.user.ID).Update(ctx, "password_hash", v.rehashed)
	return err
}

// startSession opens a session for user in the browser of visitor, for an
// account or, if nil, for the last one. A browser that this user has not used
// before is announced by mail.
func (tx *tx) startSession(ctx context.Context, visitor Actor, user User, deviceToken string, account *string) (SignedIn, error) {
	in := SignedIn{Token: newSecret(), DeviceToken: deviceToken, Staff: user.StaffRole != ""}
	session := Session{
		ID: newID(), TokenHash: tokenHash(in.Token), UserID: user.ID, Device: visitor.Device, Address: visitor.Address,
		CreatedAt: tx.now, LastUsedAt: tx.now, ReauthenticatedAt: tx.now, AccountID: account,
	}
	var err error
	if account == nil {
		if session.AccountID, err = tx.lastAccount(ctx, user.ID); err != nil {
			return in, err
		}
	}
	if err := rowsOf[Session](tx.DB).Create(ctx, &session); err != nil {
		return in, err
	}
	if _, err := rowsOf[User](tx.DB).Where("id = ?", user.ID).Update(ctx, "last_sign_in_at", tx.now); err != nil {
		return in, err
	}
	known, err := tx.knowDevice(ctx, user, &in.DeviceToken)
	if err != nil {
		return in, err
	}
	if !known {
		if err := tx.enqueue(ctx, NewDeviceMail{SessionID: session.ID}); err != nil {
			return in, err
		}
	}
	by := visitor
	by.UserID, by.Name, by.StaffRole = user.ID, user.Name, user.StaffRole
	about := subject{kind: "session", id: session.ID, name: user.Name}
	if session.AccountID != nil {
		about.accountID = *session.AccountID
	}
	return in, tx.record(ctx, by, "session.started", about, nil, map[string]any{"device": session.Device})
}

type knownDevice struct {
	UserID      string
	DeviceHash  string
	FirstUsedAt time.Time
}

// knowDevice remembers the browser of token, giving it one if it has none, and
// reports whether user has been there before. A user's first browser counts as known.
func (tx *tx) knowDevice(ctx context.Context, user User, token *string) (known bool, err error) {
	devices := rowsOf[knownDevice](tx.DB)
	if *token != "" {
		n, err := devices.Where("user_id = ? AND device_hash = ?", user.ID, tokenHash(*token)).Count(ctx, "*")
		if err != nil || n > 0 {
			return n > 0, err
		}
	} else {
		*token = newSecret()
	}
	others, err := devices.Where("user_id = ?", user.ID).Count(ctx, "*")
	if err != nil {
		return false, err
	}
	return others == 0, devices.Create(ctx, &knownDevice{UserID: user.ID, DeviceHash: tokenHash(*token), FirstUsedAt: tx.now})
}

// lastAccount is the account that a user last acted for, or else the one they joined first; nil for none.
func (tx *tx) lastAccount(ctx context.Context, userID string) (*string, error) {
	m, err := rowsOf[Membership](tx.DB).Raw(`SELECT m.* FROM memberships m
		LEFT JOIN sessions s ON s.user_id = m.user_id AND s.account_id = m.account_id
		WHERE m.user_id = ? GROUP BY m.id ORDER BY CASE WHEN MAX(s.last_used_at) IS NULL THEN 1 ELSE 0 END, MAX(s.last_used_at) DESC, m.joined_at, m.id LIMIT 1`, userID).Find(ctx)
	if err != nil || len(m) == 0 {
		return nil, err
	}
	return &m[0].AccountID, nil
}

// present is the row behind a request: session, user, membership, account.
type present struct {
	SessionID, UserID, Name, Email, UserZone string
	StaffRole                                StaffRole
	AccountID, AccountName, OwnerName        string
	Role                                     Role
	ResellingRole                            ResellingRole
	AccountZone, VendorZone, VendorName      string
	Accounts                                 int
	CopiedAt                                 *time.Time
	CreatedAt, LastUsedAt, ReauthenticatedAt time.Time
}

const presentQuery = `SELECT s.id AS session_id, u.id AS user_id, u.name, u.email, u.time_zone AS user_zone, u.staff_role,
	COALESCE(a.id, '') AS account_id, COALESCE(a.name, '') AS account_name, COALESCE(m.role, '') AS role, COALESCE(m.reselling_role, '') AS reselling_role,
	COALESCE(o.name, '') AS owner_name,
	COALESCE((SELECT z.zone FROM account_zones z WHERE z.account_id = a.id AND z.holds_from <= ? ORDER BY z.holds_from DESC LIMIT 1), '') AS account_zone,
	v.time_zone AS vendor_zone, v.name AS vendor_name, (SELECT COUNT(*) FROM memberships x WHERE x.user_id = u.id) AS accounts, i.copied_at, s.created_at, s.last_used_at, s.reauthenticated_at
FROM sessions s
JOIN users u ON u.id = s.user_id AND u.removed_at IS NULL
JOIN vendor v ON v.id = 1
LEFT JOIN installation i ON i.id = 1
LEFT JOIN memberships m ON m.user_id = u.id AND m.account_id = s.account_id
LEFT JOIN accounts a ON a.id = m.account_id
LEFT JOIN memberships om ON om.account_id = a.id AND om.role = 'owner'
LEFT JOIN users o ON o.id = om.user_id
WHERE s.token_hash = ? AND s.ended_at IS NULL`

// Authenticate returns the actor of a session's token; the visitor itself if the
// session does not exist or is over. What it returns holds for this request only.
func (s *Store) Authenticate(ctx context.Context, visitor Actor, token string) (Actor, error) {
	if token == "" {
		return visitor, nil
	}
	now := s.Now()
	rows, err := rowsOf[present](s.reader).Raw(presentQuery, now, tokenHash(token)).Find(ctx)
	if err != nil {
		return visitor, err
	}
	if len(rows) == 0 || rows[0].isOver(now) {
		return visitor, nil
	}
	p := rows[0]
	if now.Sub(p.LastUsedAt) >= sessionTouch {
		if err := s.touchSession(ctx, p.SessionID, visitor); err != nil && KindOf(err) != Unavailable {
			return visitor, err
		}
	}
	a := Actor{
		UserID: p.UserID, SessionID: p.SessionID, Name: p.Name, Email: p.Email, StaffRole: p.StaffRole,
		AccountID: p.AccountID, AccountName: p.AccountName, Role: p.Role, ResellingRole: p.ResellingRole, OwnerName: p.OwnerName, Accounts: p.Accounts, VendorName: p.VendorName, OnCopy: p.CopiedAt != nil,
		Address: visitor.Address, Device: visitor.Device, Reauthed: p.ReauthenticatedAt,
	}
	for _, name := range []string{p.UserZone, p.AccountZone, p.VendorZone, "UTC"} {
		if a.Zone, err = LoadZone(name); err == nil {
			break
		}
	}
	return a, nil
}

func (p present) isOver(now time.Time) bool {
	idle, age := Actor{StaffRole: p.StaffRole}.sessionLimits()
	return now.Sub(p.LastUsedAt) >= idle || now.Sub(p.CreatedAt) >= age
}

func (s *Store) touchSession(ctx context.Context, id string, visitor Actor) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[Session](tx.DB).Where("id = ? AND ended_at IS NULL", id).
			Select("last_used_at", "address").Updates(ctx, Session{LastUsedAt: tx.now, Address: visitor.Address})
		return err
	})
}

// SignOut ends the actor's session. It does nothing for a visitor.
func (s *Store) SignOut(ctx context.Context, actor Actor) error {
	if !actor.SignedIn() {
		return nil
	}
	return s.write(ctx, func(tx *tx) error { return tx.signOut(ctx, actor) })
}

// signOut ends the actor's session, if there is one that is open still.
func (tx *tx) signOut(ctx context.Context, actor Actor) error {
	if !actor.SignedIn() {
		return nil
	}
	n, err := rowsOf[Session](tx.DB).Where("id = ? AND ended_at IS NULL", actor.SessionID).Update(ctx, "ended_at", tx.now)
	if err != nil || n == 0 {
		return err
	}
	return tx.record(ctx, actor, "session.ended", subject{kind: "session", id: actor.SessionID, name: actor.Name, accountID: actor.AccountID}, nil, nil)
}

// Reauthenticate confirms the actor's password, which opens sensitive acts for
// 15 minutes. A wrong one counts as an attempt to sign in.
func (s *Store) Reauthenticate(ctx context.Context, actor Actor, password string) (Actor, error) {
	if !actor.SignedIn() {
		return actor, Errorf(Forbidden, "Sign in first.")
	}
	v, err := s.checkOwnPassword(ctx, actor, "password", password)
	if err != nil {
		if problem, ok := errors.AsType[*Error](err); ok && problem.Kind == Invalid {
			problem.Code = "reauthentication"
		}
		return actor, err
	}
	err = s.write(ctx, func(tx *tx) error {
		if err := tx.settle(ctx, v); err != nil {
			return err
		}
		actor.Reauthed = tx.now
		_, err := rowsOf[Session](tx.DB).Where("id = ? AND ended_at IS NULL", actor.SessionID).Update(ctx, "reauthenticated_at", tx.now)
		return err
	})
	return actor, err
}

// endSessions ends the sessions of a user, but for the one called except, and
// returns how many.
func (tx *tx) endSessions(ctx context.Context, by Actor, user User, except string) (int, error) {
	n, err := rowsOf[Session](tx.DB).Where("user_id = ? AND id <> ? AND ended_at IS NULL", user.ID, except).Update(ctx, "ended_at", tx.now)
	if err != nil || n == 0 {
		return n, err
	}
	return n, tx.record(ctx, by, "sessions.ended", user.subject(by.AccountID), nil, map[string]any{"sessions": n})
}

// SwitchAccount makes the actor's session act for another of their accounts.
func (s *Store) SwitchAccount(ctx context.Context, actor Actor, accountID string) error {
	if !actor.SignedIn() || actor.IsStaff() {
		return Errorf(Forbidden, "Only an account's users can switch between accounts.")
	}
	return s.write(ctx, func(tx *tx) error {
		if _, err := rowsOf[Membership](tx.DB).Where("user_id = ? AND account_id = ?", actor.UserID, accountID).Take(ctx); err != nil {
			return orNotFound(err, "Account")
		}
		_, err := rowsOf[Session](tx.DB).Where("id = ? AND ended_at IS NULL", actor.SessionID).Update(ctx, "account_id", accountID)
		return err
	})
}

// AccountChoice is one account that a user can act for.
type AccountChoice struct {
	ID, Name string
	Role     Role
}

// Accounts returns the accounts of the actor by name.
func (s *Store) Accounts(ctx context.Context, actor Actor) ([]AccountChoice, error) {
	if !actor.SignedIn() || actor.IsStaff() {
		return nil, nil
	}
	return rowsOf[AccountChoice](s.reader).Raw(`SELECT a.id, a.name, m.role FROM memberships m JOIN accounts a ON a.id = m.account_id WHERE m.user_id = ? ORDER BY a.name, a.id`, actor.UserID).Find(ctx)
}

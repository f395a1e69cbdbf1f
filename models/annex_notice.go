package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm/clause"

	"reselling/models/money"
)

// RemindOwners looks for accounts whose Annex waits for the Owner.
type RemindOwners struct{}

// Kind names the job in the queue.
func (RemindOwners) Kind() string { return "annex_reminders" }

// AnnexNeededMail tells the Owner that the Annex waits for their signature.
type AnnexNeededMail struct {
	AccountID string `json:"account_id"`
	TextKey   string `json:"text_key"` // Annex before, text that has to be signed, percentage
}

// Kind names the job in the queue.
func (AnnexNeededMail) Kind() string { return "annex_needed_mail" }

// annexNotice is the fact that the Owner was told of a text.
type annexNotice struct {
	AccountID string
	TextKey   string
	At        time.Time
}

// TableName names the table.
func (annexNotice) TableName() string { return "annex_notices" }

// annexCase is how an account stands with its Annex.
type annexCase struct {
	AccountID  string
	Plan       Plan
	Percentage *int // of the last Annex that both sides signed; nil without one
	Version    *int // of its text
	Signed     int  // how many times the account has signed until then
	Quotes     int  // that could be placed
}

// RemindOwners tells the Owner, once for each text, that the Annex waits for their
// signature: because what they signed no longer holds, or because a quote can't be
// placed without it. Several at once tell it once. It returns how many were told.
// It is for jobs.
func (s *Store) RemindOwners(ctx context.Context, actor Actor) (told int, err error) {
	if err := actor.requireSystem(); err != nil {
		return 0, err
	}
	if isCopy, err := s.IsCopy(ctx, actor); err != nil || isCopy {
		return 0, err
	}
	now := s.Now()
	cases, err := rowsOf[annexCase](s.reader).Raw(`SELECT a.id AS account_id, a.plan, x.percentage, t.version, COALESCE(x.version, 0) AS signed,
		(SELECT COUNT(*) FROM orders o WHERE o.account_id = a.id AND o.quoted_at IS NOT NULL AND o.placed_at IS NULL AND o.declined_at IS NULL AND o.cancelled_at IS NULL AND o.lapses_at > ?) AS quotes
		FROM accounts a LEFT JOIN annexes x ON x.account_id = a.id AND x.declined_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM annexes y WHERE y.account_id = a.id AND y.declined_at IS NULL AND y.version > x.version)
		LEFT JOIN annex_templates t ON t.id = x.template_id
		WHERE a.plan <> '' AND a.suspended_at IS NULL AND (x.id IS NULL OR x.countersigned_at IS NOT NULL) ORDER BY a.id`, now).Find(ctx)
	if err != nil || len(cases) == 0 {
		return 0, err
	}
	var again int // the last text that has to be signed by everybody
	if err := s.reader.WithContext(ctx).Raw("SELECT COALESCE(MAX(version), 0) FROM annex_templates WHERE sign_again").Scan(&again).Error; err != nil {
		return 0, err
	}
	for _, c := range cases {
		zone, err := zoneAt(ctx, s.reader, c.AccountID, now)
		if err != nil {
			return told, err
		}
		terms, err := termsOn(ctx, s.reader, c.Plan, DateIn(now, zone))
		if err != nil {
			return told, err
		}
		isStale := c.Percentage != nil && (*c.Percentage != terms.Percentage || *c.Version < again)
		if !isStale && (c.Percentage != nil || c.Quotes == 0) {
			continue
		}
		n, err := s.tellOwner(ctx, c.AccountID, fmt.Sprintf("%d:%d:%d", c.Signed, again, terms.Percentage))
		if err != nil {
			return told, err
		}
		told += n
	}
	return told, nil
}

func (s *Store) tellOwner(ctx context.Context, accountID, key string) (told int, err error) {
	known, err := rowsOf[annexNotice](s.reader).Where("account_id = ? AND text_key = ?", accountID, key).Count(ctx, "*")
	if err != nil || known > 0 {
		return 0, err
	}
	err = s.write(ctx, func(tx *tx) error {
		result := tx.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&annexNotice{AccountID: accountID, TextKey: key, At: tx.now})
		if result.Error != nil || result.RowsAffected == 0 {
			return result.Error
		}
		told = 1
		return tx.enqueue(ctx, AnnexNeededMail{AccountID: accountID, TextKey: key})
	})
	return told, err
}

// AnnexNeededLetter tells the Owner that the Annex waits for them.
type AnnexNeededLetter struct {
	AccountID   string
	To, Name    string
	AccountName string
	IsStale     bool // they have signed before, and it no longer holds
	Quotes      int  // that wait for it
	Percentage  string
	Link        string
}

// AnnexNeededForMail returns the mail, unless the Annex waits for the vendor or is
// in force by now.
func (s *Store) AnnexNeededForMail(ctx context.Context, actor Actor, job AnnexNeededMail) (AnnexNeededLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return AnnexNeededLetter{}, false, err
	}
	a, err := rowsOf[Account](s.reader).Where("id = ?", job.AccountID).Take(ctx)
	if err != nil {
		return AnnexNeededLetter{}, false, noLetter(err)
	}
	now := s.Now()
	_, err = annexInForce(ctx, s.reader, a, now)
	refused, ok := Shown(err)
	if err == nil || ok && refused.Code == "annex_waiting" || a.Plan == "" || a.IsSuspended() {
		return AnnexNeededLetter{}, false, nil
	}
	if !ok || refused.Kind != Conflict {
		return AnnexNeededLetter{}, false, err
	}
	owners, err := rowsOf[User](s.reader).Raw("SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.account_id = ? AND m.role = 'owner' AND u.removed_at IS NULL", a.ID).Find(ctx)
	if err != nil || len(owners) == 0 {
		return AnnexNeededLetter{}, false, err
	}
	zone, err := zoneAt(ctx, s.reader, a.ID, now)
	if err != nil {
		return AnnexNeededLetter{}, false, err
	}
	terms, err := termsOn(ctx, s.reader, a.Plan, DateIn(now, zone))
	if err != nil {
		return AnnexNeededLetter{}, false, err
	}
	l := AnnexNeededLetter{AccountID: a.ID, To: owners[0].Email, Name: owners[0].Name, AccountName: a.Name, IsStale: refused.Code == "annex_stale", Percentage: money.Percentage(terms.Percentage).String(), Link: s.URL("/agreement")}
	quotes, err := rowsOf[Order](s.reader).Where("account_id = ? AND quoted_at IS NOT NULL AND placed_at IS NULL AND declined_at IS NULL AND cancelled_at IS NULL AND lapses_at > ?", a.ID, now).Count(ctx, "id")
	l.Quotes = int(quotes)
	return l, err == nil, err
}

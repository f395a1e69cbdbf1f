package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Annex is the addition to an account's agreement that both sides sign before
// the first resale [S]. It is in force once the vendor has countersigned, until
// it goes stale: by another reselling percentage, or by a template that asks to
// sign again.
type Annex struct {
	ID                   string
	AccountID            string
	Version              int // of this account, from 1 on
	TemplateID           string
	Plan                 Plan
	TermsID              string
	Percentage           int // hundredths of a percent
	Text                 string
	TextSHA256           string `gorm:"column:text_sha256"`
	ViewedAt             time.Time
	SignedAt             time.Time
	SignedBy             string
	SignedName           string // as typed
	SignedEmail          string
	SignedAddress        string
	SignedDevice         string
	CountersignedAt      *time.Time
	CountersignedBy      *string
	CountersignedName    string
	CountersignedEmail   string
	CountersignedAddress string
	CountersignedDevice  string
	DeclinedAt           *time.Time
	DeclinedBy           *string
	DeclineReason        string
}

// AnnexTemplate is what the Annex says, in versions.
type AnnexTemplate struct {
	ID        string
	Version   int
	Body      string
	SignAgain bool
	Note      string
	CreatedAt time.Time
	CreatedBy *string
}

// annexInForce returns the Annex by which an account may place orders, or
// Conflict, saying what to do and who must.
func (tx *tx) annexInForce(ctx context.Context, account Account) (Annex, error) {
	return annexInForce(ctx, tx.DB, account, tx.now)
}

// annexInForce is the same at an instant, for pages.
func annexInForce(ctx context.Context, db *gorm.DB, account Account, now time.Time) (Annex, error) {
	all, err := rowsOf[Annex](db).Where("account_id = ? AND declined_at IS NULL", account.ID).Order("version DESC").Limit(1).Find(ctx)
	if err != nil {
		return Annex{}, err
	}
	if len(all) == 0 {
		return Annex{}, refusal("annex_missing", "Both sides sign the Annex before the first order: the Owner of %s begins, on Agreement.", account.Name)
	}
	annex := all[0]
	if annex.CountersignedAt == nil {
		return annex, refusal("annex_waiting", "The Annex waits for the vendor's signature. Orders can be placed as soon as Customer Success has countersigned.")
	}
	stale, err := isStale(ctx, db, account, annex, now)
	if err != nil {
		return annex, err
	}
	if stale {
		return annex, refusal("annex_stale", "The Annex has changed since it was signed: the Owner of %s reads what changed and signs again, on Agreement.", account.Name)
	}
	return annex, nil
}

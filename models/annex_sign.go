package models

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// annexView is when an Owner had the exact text on the screen.
type annexView struct {
	AccountID  string
	UserID     string
	TextSHA256 string `gorm:"column:text_sha256"`
	ViewedAt   time.Time
}

// TableName names the table.
func (annexView) TableName() string { return "annex_views" }

// AnnexStatus is derived from facts; whether a signed one is still in force is
// for annexInForce to say.
type AnnexStatus string

// The states of an Annex.
const (
	AnnexWaiting  AnnexStatus = "waiting"  // for the vendor's signature
	AnnexSigned   AnnexStatus = "signed"   // by both sides
	AnnexDeclined AnnexStatus = "declined" // by the vendor
)

// AnnexStatuses lists the states in the order of a menu.
var AnnexStatuses = []AnnexStatus{AnnexWaiting, AnnexSigned, AnnexDeclined}

// Status is the state of a.
func (a Annex) Status() AnnexStatus {
	switch {
	case a.DeclinedAt != nil:
		return AnnexDeclined
	case a.CountersignedAt != nil:
		return AnnexSigned
	}
	return AnnexWaiting
}

func (a Annex) subject(account Account) subject {
	return subject{kind: "annex", id: a.ID, name: account.Name, accountID: a.AccountID}
}

// Signature is what somebody fills in to sign.
type Signature struct {
	Name    string // as typed
	Consent bool
	SHA256  string // of the text that was on the screen
}

func (e *Signature) check() error {
	p := Problems{}
	e.Name = clean(e.Name)
	p.fill("name", e.Name, "Type your full name: it is your signature.", maxName)
	if !e.Consent {
		p.Add("consent", "Tick the box: without your consent nothing is signed.")
	}
	return p.Err()
}

// SignAnnex signs the Annex for the account, for its Owner. The text must be the
// one that they have had on the screen. It wants a fresh password, and refuses
// with Conflict when the text has changed since, one waits for the vendor, or
// one is in force.
func (s *Store) SignAnnex(ctx context.Context, actor Actor, e Signature) (Annex, error) {
	if err := actor.require(SignAgreement); err != nil {
		return Annex{}, err
	}
	if err := e.check(); err != nil {
		return Annex{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Annex{}, err
	}
	var signed Annex
	err := s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, actor.AccountID)
		if err != nil {
			return err
		}
		if err := tx.signable(ctx, account); err != nil {
			return err
		}
		text, viewed, err := tx.viewedText(ctx, account, actor.UserID)
		if err != nil {
			return err
		}
		if text.SHA256 != e.SHA256 || viewed.IsZero() {
			return refusal("changed", "The text has changed since you read it. Read it again, then sign.")
		}
		count, err := rowsOf[Annex](tx.DB).Where("account_id = ?", account.ID).Count(ctx, "id")
		if err != nil {
			return err
		}
		signed = Annex{
			ID: newID(), AccountID: account.ID, Version: int(count) + 1, TemplateID: text.Template.ID, Plan: account.Plan, TermsID: text.Terms.ID, Percentage: text.Terms.Percentage,
			Text: text.Text, TextSHA256: text.SHA256, ViewedAt: viewed,
			SignedAt: tx.now, SignedBy: actor.UserID, SignedName: e.Name, SignedEmail: actor.Email, SignedAddress: actor.Address, SignedDevice: actor.Device,
		}
		if err := rowsOf[Annex](tx.DB).Create(ctx, &signed); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "annex.signed", signed.subject(account), nil, map[string]any{"version": signed.Version, "signed_as": signed.SignedName, "sha256": signed.TextSHA256}); err != nil {
			return err
		}
		return tx.enqueue(ctx, AnnexMail{AnnexID: signed.ID, News: AnnexWasSigned})
	})
	return signed, err
}

// signable returns why an account's Annex can't be signed now, if it can't.
func (tx *tx) signable(ctx context.Context, account Account) error {
	annex, err := tx.annexInForce(ctx, account)
	if err == nil {
		return refusal("in_force", "Version %d of the Annex is in force: there is nothing to sign.", annex.Version)
	}
	if refused, ok := Shown(err); ok && refused.Code == "annex_waiting" {
		return refusal("signed", "The Annex is signed already, and waits for the vendor's signature.")
	}
	if KindOf(err) == Conflict {
		return nil
	}
	return err
}

// viewedText is the text that an account would sign now, and when a user has read it.
func (tx *tx) viewedText(ctx context.Context, account Account, userID string) (AnnexText, time.Time, error) {
	zone, err := zoneAt(ctx, tx.DB, account.ID, tx.now)
	if err != nil {
		return AnnexText{}, time.Time{}, err
	}
	text, err := tx.store.annexTextFor(ctx, tx.DB, account, DateIn(tx.now, zone))
	if err != nil {
		return text, time.Time{}, err
	}
	views, err := rowsOf[annexView](tx.DB).Where("account_id = ? AND user_id = ? AND text_sha256 = ?", account.ID, userID, text.SHA256).Find(ctx)
	if err != nil || len(views) == 0 {
		return text, time.Time{}, err
	}
	return text, views[0].ViewedAt, nil
}

// noteView keeps that an Owner has had a text on the screen, the first time.
func (s *Store) noteView(ctx context.Context, actor Actor, sha256 string) error {
	seen, err := rowsOf[annexView](s.reader).Where("account_id = ? AND user_id = ? AND text_sha256 = ?", actor.AccountID, actor.UserID, sha256).Count(ctx, "text_sha256")
	if err != nil || seen > 0 {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		return rowsOf[annexView](tx.DB, clause.OnConflict{DoNothing: true}).Create(ctx, &annexView{AccountID: actor.AccountID, UserID: actor.UserID, TextSHA256: sha256, ViewedAt: tx.now})
	})
}

// CountersignAnnex signs an Annex for the vendor, who signs last: from then on
// it is in force. It wants a fresh password, and refuses what would be stale.
func (s *Store) CountersignAnnex(ctx context.Context, actor Actor, id string, e Signature) (Annex, error) {
	if err := actor.require(ManageAnnexes); err != nil {
		return Annex{}, err
	}
	if err := e.check(); err != nil {
		return Annex{}, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return Annex{}, err
	}
	return s.settleAnnex(ctx, id, func(tx *tx, account Account, a *Annex) error {
		if a.TextSHA256 != e.SHA256 {
			return refusal("changed", "This is not the text that you have read. Read it again, then sign.")
		}
		if err := tx.notStale(ctx, account, *a); err != nil {
			return err
		}
		a.CountersignedAt, a.CountersignedBy, a.CountersignedName = &tx.now, &actor.UserID, e.Name
		a.CountersignedEmail, a.CountersignedAddress, a.CountersignedDevice = actor.Email, actor.Address, actor.Device
		if err := changed(rowsOf[Annex](tx.DB).Where("id = ? AND countersigned_at IS NULL AND declined_at IS NULL", a.ID).
			Select("countersigned_at", "countersigned_by", "countersigned_name", "countersigned_email", "countersigned_address", "countersigned_device").Updates(ctx, *a)); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "annex.countersigned", a.subject(account), nil, map[string]any{"version": a.Version, "signed_as": e.Name, "sha256": a.TextSHA256}); err != nil {
			return err
		}
		return tx.enqueue(ctx, AnnexMail{AnnexID: a.ID, News: AnnexInForceNow})
	})
}

// DeclineAnnex sends an Annex back with a reason; the Owner can sign again.
func (s *Store) DeclineAnnex(ctx context.Context, actor Actor, id, reason string) (Annex, error) {
	if err := actor.require(ManageAnnexes); err != nil {
		return Annex{}, err
	}
	p := Problems{}
	reason = cleanText(reason)
	p.fill("reason", reason, "Say why: the Owner reads it in a mail.", 1000)
	if err := p.Err(); err != nil {
		return Annex{}, err
	}
	return s.settleAnnex(ctx, id, func(tx *tx, account Account, a *Annex) error {
		a.DeclinedAt, a.DeclinedBy, a.DeclineReason = &tx.now, &actor.UserID, reason
		if err := changed(rowsOf[Annex](tx.DB).Where("id = ? AND countersigned_at IS NULL AND declined_at IS NULL", a.ID).
			Select("declined_at", "declined_by", "decline_reason").Updates(ctx, *a)); err != nil {
			return err
		}
		if err := tx.record(ctx, actor, "annex.declined", a.subject(account), nil, map[string]any{"version": a.Version, "reason": reason}); err != nil {
			return err
		}
		return tx.enqueue(ctx, AnnexMail{AnnexID: a.ID, News: AnnexWasDeclined})
	})
}

// settleAnnex runs fn for an Annex that waits for the vendor. Its account is locked.
func (s *Store) settleAnnex(ctx context.Context, id string, fn func(*tx, Account, *Annex) error) (Annex, error) {
	var settled Annex
	err := s.write(ctx, func(tx *tx) error {
		found, err := rowsOf[Annex](tx.DB).Where("id = ?", id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Annex")
		}
		account, err := tx.lockAccount(ctx, found.AccountID)
		if err != nil {
			return err
		}
		if settled, err = rowsOf[Annex](tx.DB).Where("id = ?", id).Take(ctx); err != nil {
			return err
		}
		switch settled.Status() {
		case AnnexSigned:
			return refusal("settled", "Somebody has countersigned this Annex already.")
		case AnnexDeclined:
			return refusal("settled", "Somebody has declined this Annex already.")
		case AnnexWaiting:
		}
		return fn(tx, account, &settled)
	})
	return settled, err
}

// notStale refuses an Annex whose percentage or template no longer holds.
func (tx *tx) notStale(ctx context.Context, account Account, a Annex) error {
	stale, err := isStale(ctx, tx.DB, account, a, tx.now)
	if err != nil {
		return err
	}
	if stale {
		return refusal("stale", "The terms or the text have changed since the Owner signed. Decline this Annex, so that they sign the new one.")
	}
	return nil
}

// isStale reports whether an account must sign again at now: its percentage is
// another one, or a later template asks for it.
func isStale(ctx context.Context, db *gorm.DB, account Account, a Annex, now time.Time) (bool, error) {
	if account.Plan == "" {
		return true, nil
	}
	zone, err := zoneAt(ctx, db, account.ID, now)
	if err != nil {
		return false, err
	}
	terms, err := termsOn(ctx, db, account.Plan, DateIn(now, zone))
	if err != nil {
		return false, err
	}
	newer, err := rowsOf[AnnexTemplate](db).Where("sign_again AND version > (SELECT version FROM annex_templates WHERE id = ?)", a.TemplateID).Count(ctx, "id")
	return terms.Percentage != a.Percentage || newer > 0, err
}

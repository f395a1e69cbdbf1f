package models

import (
	"context"
	"time"
)

// Limits of mailing a trial's client again.
const (
	trialMailsPerDay = 5
	trialMailWindow  = 24 * time.Hour
)

// changeTrial runs change on an active trial of the actor's account, with the account locked.
func (s *Store) changeTrial(ctx context.Context, actor Actor, id string, change func(*tx, trialOf) error) error {
	if err := actor.require(IssueTrials); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		o, err := s.trial(ctx, tx.DB, actor.AccountID, id)
		if err != nil {
			return err
		}
		switch o.trial.Status(tx.now) {
		case TrialRevoked:
			return refusal("revoked", "This trial was revoked already.")
		case TrialConverted:
			return refusal("converted", "This trial has become a paid licence. It can't be changed here any more.")
		case TrialExpired:
			return refusal("expired", "This trial has ended already.")
		case TrialActive:
		}
		return change(tx, o)
	})
}

// RevokeTrial ends an active trial and its licence now. It gives no quota back.
func (s *Store) RevokeTrial(ctx context.Context, actor Actor, id, reason string) error {
	if err := actor.require(IssueTrials); err != nil {
		return err
	}
	reason = clean(reason)
	if tooLong(reason, maxName) {
		return Problems{"reason": "A reason has at most 200 characters. Shorten it."}.Err()
	}
	return s.changeTrial(ctx, actor, id, func(tx *tx, o trialOf) error {
		revoked := Trial{RevokedAt: &tx.now, RevokedBy: actor.UserID, RevokeReason: reason}
		rows, err := rowsOf[Trial](tx.DB).Where("account_id = ? AND id = ? AND revoked_at IS NULL", o.trial.AccountID, o.trial.ID).
			Select("revoked_at", "revoked_by", "revoke_reason").Updates(ctx, revoked)
		if err := changed(rows, err); err != nil {
			return err
		}
		rows, err = rowsOf[License](tx.DB).Where("account_id = ? AND id = ? AND revoked_at IS NULL", o.license.AccountID, o.license.ID).
			Select("revoked_at", "revoked_by").Updates(ctx, License{RevokedAt: &tx.now, RevokedBy: actor.UserID})
		if err := changed(rows, err); err != nil {
			return err
		}
		facts := map[string]any{}
		if reason != "" {
			facts["reason"] = reason
		}
		if err := tx.record(ctx, actor, "trial.revoked", o.subject(), nil, facts); err != nil {
			return err
		}
		return tx.record(ctx, actor, "license.revoked", licenseSubject(o.license, o.product, o.client), nil, facts)
	})
}

// ResendTrialMail mails the client the licence page again, at most five times a day.
func (s *Store) ResendTrialMail(ctx context.Context, actor Actor, id string) error {
	return s.changeTrial(ctx, actor, id, func(tx *tx, o trialOf) error { return tx.mailTrial(ctx, actor, o) })
}

// CorrectTrialAddress gives the trial's client another mail address and mails
// the licence page there, with a new link: whoever owns the mistyped address
// shall not keep the page. It uses no quota. It refuses an address whose owner
// had a trial of the product, and one of another client unless accepted.
func (s *Store) CorrectTrialAddress(ctx context.Context, actor Actor, id, email string, acceptDuplicate bool) error {
	return s.changeTrial(ctx, actor, id, func(tx *tx, o trialOf) error {
		fields := o.client.Fields()
		fields.Email = email
		cleaned, problems := fields.clean()
		if message := problems["email"]; message != "" {
			return Problems{"email": message}.Err()
		}
		if emailKey(cleaned.Email) == o.client.EmailKey {
			return Problems{"email": "This is the address that the client has already. Use “Send again” instead."}.Err()
		}
		known, err := similarClients(ctx, tx.DB, o.client.AccountID, ClientFields{Email: cleaned.Email}, o.client.ID)
		if err != nil {
			return err
		}
		if err := tx.refuseOthersTrial(ctx, o, known); err != nil {
			return err
		}
		if err := refuseDuplicate(known, acceptDuplicate); err != nil {
			return err
		}
		if o.client, err = tx.changeClient(ctx, actor, o.client, fields); err != nil {
			return err
		}
		if err := tx.changePage(ctx, actor, &o, "license.page_renewed", tx.renewPage); err != nil {
			return err
		}
		return tx.mailTrial(ctx, actor, o)
	})
}

// refuseOthersTrial refuses an address under which another client had the product.
func (tx *tx) refuseOthersTrial(ctx context.Context, o trialOf, known []ClientMatch) error {
	for _, m := range known {
		if !m.IsExact() {
			continue
		}
		n, err := rowsOf[Trial](tx.DB).Where("account_id = ? AND client_id = ? AND product_id = ?", o.client.AccountID, m.Client.ID, o.product.ID).Count(ctx, "id")
		if err != nil {
			return err
		}
		if n > 0 {
			e := refusal("repeated", "%s, with the same %s, has already had a trial of %s.", m.Client.Company, m.By, o.product.Name)
			e.Subject, e.Fields = m.Client.ID, map[string]string{"email": "Another client with this address had a trial of the product."}
			return e
		}
	}
	return nil
}

// mailTrial queues the next mail of a trial.
func (tx *tx) mailTrial(ctx context.Context, actor Actor, o trialOf) error {
	if o.license.PageRevokedAt != nil {
		return refusal("page_revoked", "The client's page is switched off. Give it a new link first.")
	}
	if _, err := tx.attempt(ctx, "This client was mailed five times within a day. Try again tomorrow, or give them the link of the licence page yourself.",
		limit{"trial mail " + o.trial.ID, trialMailsPerDay, trialMailWindow}); err != nil {
		return err
	}
	number := o.trial.MailCount + 1
	rows, err := rowsOf[Trial](tx.DB).Where("account_id = ? AND id = ? AND mail_count = ?", o.trial.AccountID, o.trial.ID, o.trial.MailCount).Update(ctx, "mail_count", number)
	if err := changed(rows, err); err != nil {
		return err
	}
	if err := tx.record(ctx, actor, "trial.mailed", o.subject(), nil, map[string]any{"email": o.client.Email}); err != nil {
		return err
	}
	return tx.enqueue(ctx, TrialMail{TrialID: o.trial.ID, Number: number})
}

// RenewLicensePage gives the client's page of a licence a new link; the old one
// dies. A page that was switched off works again.
func (s *Store) RenewLicensePage(ctx context.Context, actor Actor, licenseID string) error {
	return s.changeLicensePage(ctx, actor, licenseID, "license.page_renewed", (*tx).renewPage)
}

func (tx *tx) renewPage(ctx context.Context, l *License) error {
	dead := deadToken{TokenHash: l.PageTokenHash, Kind: licensePageToken, SubjectID: l.ID, DiedAt: tx.now}
	if err := rowsOf[deadToken](tx.DB).Create(ctx, &dead); err != nil {
		return err
	}
	l.PageGeneration++
	l.PageTokenHash, l.PageRevokedAt = tokenHash(tx.store.linkToken(licensePageToken, l.ID, l.PageGeneration)), nil
	return nil
}

// RevokeLicensePage switches the client's page of a licence off. The licence itself goes on.
func (s *Store) RevokeLicensePage(ctx context.Context, actor Actor, licenseID string) error {
	return s.changeLicensePage(ctx, actor, licenseID, "license.page_revoked", func(tx *tx, _ context.Context, l *License) error {
		if l.PageRevokedAt != nil {
			return refusal("page_revoked", "The client's page is switched off already.")
		}
		l.PageRevokedAt = &tx.now
		return nil
	})
}

func (s *Store) changeLicensePage(ctx context.Context, actor Actor, licenseID, action string, change func(*tx, context.Context, *License) error) error {
	if err := actor.require(IssueTrials); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if _, err := tx.lockAccount(ctx, actor.AccountID); err != nil {
			return err
		}
		o, err := s.license(ctx, tx.DB, actor.AccountID, licenseID)
		if err != nil {
			return err
		}
		return tx.changePage(ctx, actor, &o, action, func(ctx context.Context, l *License) error { return change(tx, ctx, l) })
	})
}

func (tx *tx) changePage(ctx context.Context, actor Actor, o *trialOf, action string, change func(context.Context, *License) error) error {
	before := o.license.PageGeneration
	if err := change(ctx, &o.license); err != nil {
		return err
	}
	rows, err := rowsOf[License](tx.DB).Where("account_id = ? AND id = ? AND page_generation = ?", actor.AccountID, o.license.ID, before).
		Select("page_generation", "page_token_hash", "page_revoked_at").Updates(ctx, o.license)
	if err := changed(rows, err); err != nil {
		return err
	}
	return tx.record(ctx, actor, action, licenseSubject(o.license, o.product, o.client), nil, nil)
}

package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// TrialPreview is what issuing a trial would do now. What is not known yet,
// because the form is not complete or is refused before, is zero.
type TrialPreview struct {
	Quota      Quota
	EndsAt     time.Time
	Product    Product
	Client     Client // without an id: a new one
	SameDomain []Client
	allowance  *trialAllowance // that issuing would use up, or nil
}

// PreviewTrial says what IssueTrial would do with r now, or why it would refuse.
// Invalid means that r is not complete. It changes nothing.
func (s *Store) PreviewTrial(ctx context.Context, actor Actor, r TrialRequest) (TrialPreview, error) {
	if err := actor.require(IssueTrials); err != nil {
		return TrialPreview{}, err
	}
	account, err := s.OwnAccount(ctx, actor)
	if err != nil {
		return TrialPreview{}, err
	}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	r, incomplete := r.clean()
	if incomplete == nil {
		return reading.assessTrial(ctx, account, r)
	}
	p, err := reading.assessAccount(ctx, account)
	if err != nil {
		return p, err
	}
	if p.Quota.Left() == 0 {
		return p, reading.quotaUsed(ctx, p.Quota)
	}
	if r.Product != "" {
		if p.Product, err = reading.productOnTrial(ctx, r.Product); err != nil {
			return p, err
		}
	}
	if r.ClientID != "" {
		if p.Client, _, err = reading.trialClient(ctx, account, r); err != nil {
			return p, err
		}
	}
	return p, incomplete
}

// TrialClients returns the clients of the actor's account that can get a trial
// and whose name, address or reference holds query: the newest first, at most
// 50. The one called chosen is among them whatever the query.
func (s *Store) TrialClients(ctx context.Context, actor Actor, query, chosen string) ([]Client, error) {
	if err := actor.require(IssueTrials); err != nil {
		return nil, err
	}
	return clientsToChoose(ctx, s.reader, actor.AccountID, query, chosen)
}

func clientsToChoose(ctx context.Context, db *gorm.DB, accountID, query, chosen string) ([]Client, error) {
	return rowsOf[Client](db).Raw(`SELECT * FROM clients WHERE account_id = ? AND archived_at IS NULL AND (search LIKE ? ESCAPE '\' OR id = ?)
		ORDER BY CASE WHEN id = ? THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT 50`, accountID, like(query), chosen, chosen).Find(ctx)
}

// QuotaTrials returns the trials that used the actor's quota of a month, the newest first.
func (s *Store) QuotaTrials(ctx context.Context, actor Actor, month Month) ([]TrialLine, error) {
	page, err := s.Trials(ctx, actor, TrialFilter{Month: month}, Paging{Size: 100})
	return page.Items, err
}

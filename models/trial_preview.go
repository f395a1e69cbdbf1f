package models

import (
	"context"
	"time"
)

// TrialPreview is what issuing a trial would do.
type TrialPreview struct {
	Product    Product
	Client     Client // without an id: a new one
	Quota      Quota
	EndsAt     time.Time
	SameDomain []Client
}

// PreviewTrial says what IssueTrial would do with r now, or why it would refuse. It changes nothing.
func (s *Store) PreviewTrial(ctx context.Context, actor Actor, r TrialRequest) (TrialPreview, error) {
	if err := actor.require(IssueTrials); err != nil {
		return TrialPreview{}, err
	}
	if err := r.validate(); err != nil {
		return TrialPreview{}, err
	}
	account, err := s.OwnAccount(ctx, actor)
	if err != nil {
		return TrialPreview{}, err
	}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	return reading.assessTrial(ctx, account, r)
}

// TrialClients returns the clients of the actor's account that can get a trial
// and whose name, address or reference holds query: the newest first, at most
// 50. The one called chosen is among them whatever the query.
func (s *Store) TrialClients(ctx context.Context, actor Actor, query, chosen string) ([]Client, error) {
	if err := actor.require(IssueTrials); err != nil {
		return nil, err
	}
	return rowsOf[Client](s.reader).Raw(`SELECT * FROM clients WHERE account_id = ? AND archived_at IS NULL AND (search LIKE ? ESCAPE '\' OR id = ?)
		ORDER BY CASE WHEN id = ? THEN 0 ELSE 1 END, created_at DESC, id DESC LIMIT 50`, actor.AccountID, like(query), chosen, chosen).Find(ctx)
}

// QuotaTrials returns the trials that used the actor's quota of this month, the newest first.
func (s *Store) QuotaTrials(ctx context.Context, actor Actor, month Month) ([]TrialLine, error) {
	page, err := s.Trials(ctx, actor, TrialFilter{Month: month}, Paging{Size: 100})
	return page.Items, err
}

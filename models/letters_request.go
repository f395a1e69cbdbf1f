package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// RequestDecidedLetter tells somebody what was decided about a request.
type RequestDecidedLetter struct {
	RequestID, AccountID string
	To, Name             string // who asked or, when they may no longer act, the Owner
	Kind                 RequestKind
	Granted              bool
	Answer               string
	Month                Month
	Company, Product     string    // empty for an extra trial
	Days                 int       // that an extension was granted
	EndsAt               time.Time // of the trial that was extended
	Zone                 string    // the account's
	RequestedBy          string
	IsRequester          bool // To asked
	Unasked              bool // staff granted it by themselves
	AccountName          string
	Link                 string // to the request
}

// RequestDecidedForMail returns the mail about a request that was decided.
func (s *Store) RequestDecidedForMail(ctx context.Context, actor Actor, job RequestDecidedMail) (l RequestDecidedLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	r, err := rowsOf[Request](s.reader).Where("id = ? AND decided_at IS NOT NULL", job.RequestID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	v, err := s.requestView(ctx, r.AccountID, r.ID)
	if err != nil {
		return l, false, err
	}
	asker, err := rowsOf[User](s.reader).Where("id = ?", r.RequestedBy).Take(ctx)
	if err != nil {
		return l, false, err
	}
	reader, err := rowsOf[User](s.reader).Raw(`SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id
		WHERE m.account_id = ? AND u.removed_at IS NULL AND (m.role = 'owner' OR u.id = ? AND m.reselling_role <> '')
		ORDER BY CASE u.id WHEN ? THEN 0 ELSE 1 END LIMIT 1`, r.AccountID, r.RequestedBy, r.RequestedBy).Find(ctx)
	if err != nil || len(reader) == 0 {
		return l, false, err
	}
	if asker.StaffRole != "" {
		if reader[0], ok, err = readerFor(ctx, s.reader, r.AccountID, "", v.Client.ID); err != nil || !ok {
			return l, false, err
		}
	}
	if ok, err := wants(ctx, s.reader, reader[0].ID, RequestDecided); err != nil || !ok {
		return l, false, err
	}
	l = RequestDecidedLetter{
		RequestID: r.ID, AccountID: r.AccountID, To: reader[0].Email, Name: reader[0].Name, Kind: r.Kind, Granted: r.Granted, Answer: r.Answer, Month: r.Month,
		Company: v.Client.Company, Product: v.Product.Name, Days: r.GrantedDays, Zone: v.Zone, RequestedBy: v.RequestedName, IsRequester: reader[0].ID == r.RequestedBy, AccountName: v.AccountName,
		Link: s.URL("/trials/requests/" + r.ID), Unasked: asker.StaffRole != "",
	}
	if v.Trial != nil && r.Granted {
		l.EndsAt = v.Trial.EndsAt.UTC()
	}
	return l, true, nil
}

// TrialExtendedForMail returns the letter to a client whose trial has a new end;
// none while their page is switched off.
func (s *Store) TrialExtendedForMail(ctx context.Context, actor Actor, job TrialExtendedMail) (l TrialLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	r, err := rowsOf[Request](s.reader).Where("id = ? AND kind = ? AND granted", job.RequestID, Extension).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	o, err := s.trial(ctx, s.reader, r.AccountID, *r.TrialID)
	if err != nil || o.trial.Status(s.Now()) != TrialActive || o.license.PageRevokedAt != nil {
		return l, false, err
	}
	l, err = s.trialLetter(ctx, o)
	return l, err == nil, err
}

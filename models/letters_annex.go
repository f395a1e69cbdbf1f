package models

import (
	"context"

	"reselling/models/money"
)

// AnnexLetter tells of an Annex.
type AnnexLetter struct {
	AnnexID, AccountID string
	To, Name           string
	AccountName        string
	SignedName         string // for the account
	Version            int
	Percentage         string
	Reason             string // why it was declined
	Vendor             string
	Link               string
}

// AnnexForMail returns the mail about an Annex, if what it tells still holds.
func (s *Store) AnnexForMail(ctx context.Context, actor Actor, job AnnexMail) (AnnexLetter, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return AnnexLetter{}, false, err
	}
	a, err := rowsOf[Annex](s.reader).Where("id = ?", job.AnnexID).Take(ctx)
	if err != nil {
		return AnnexLetter{}, false, noLetter(err)
	}
	if want := map[AnnexNews]AnnexStatus{AnnexWasSigned: AnnexWaiting, AnnexInForceNow: AnnexSigned, AnnexWasDeclined: AnnexDeclined}[job.News]; a.Status() != want {
		return AnnexLetter{}, false, nil
	}
	v, err := s.annexView(ctx, a)
	if err != nil {
		return AnnexLetter{}, false, err
	}
	l := AnnexLetter{
		AnnexID: a.ID, AccountID: a.AccountID, AccountName: v.Account.Name, SignedName: a.SignedName, Version: a.Version, Percentage: money.Percentage(a.Percentage).String(), Reason: a.DeclineReason, Vendor: v.Vendor.Name,
	}
	if job.News == AnnexWasSigned {
		l.To, l.Name, l.Link = v.Vendor.CustomerSuccessEmail, v.Vendor.CustomerSuccessName, s.URL("/admin/annexes/"+a.ID)
		return l, l.To != "", nil
	}
	owners, err := rowsOf[User](s.reader).Raw("SELECT u.* FROM users u JOIN memberships m ON m.user_id = u.id WHERE m.account_id = ? AND m.role = 'owner' AND u.removed_at IS NULL", a.AccountID).Find(ctx)
	if err != nil || len(owners) == 0 {
		return l, false, err
	}
	l.To, l.Name, l.Link = owners[0].Email, owners[0].Name, s.URL("/agreement")
	return l, true, nil
}

package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// OwnerReplacedMail tells one of two people that staff replace the Owner of
// their account: that it is ordered, done or called off.
type OwnerReplacedMail struct {
	ReplacementID string `json:"replacement_id"`
	Step          string `json:"step"` // ordered, done, withdrawn
	UserID        string `json:"user_id"`
}

// Kind names the job in the queue.
func (OwnerReplacedMail) Kind() string { return "owner_replaced_mail" }

// OwnerReplacedLetter is what the mail about one step of a replacement says.
type OwnerReplacedLetter struct {
	Step          string
	AccountID     string
	AccountName   string
	To, Name      string
	IsFormer      bool   // the reader is who was the Owner; else who is it now
	FormerName    string // who was the Owner
	SuccessorName string // who is the Owner, or the address that is invited
	Leaves        bool   // the former Owner leaves the account
	Reason        string
	Link          string
}

// OwnerReplacedForMail returns the letter of a job; ok is false where its step is over.
func (s *Store) OwnerReplacedForMail(ctx context.Context, actor Actor, job OwnerReplacedMail) (l OwnerReplacedLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	r, err := rowsOf[OwnerReplacement](s.reader).Where("id = ?", job.ReplacementID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && r.step() != job.Step {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	user, _, ok, err := s.addressee(ctx, job.UserID)
	if err != nil || !ok {
		return l, false, err
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", r.AccountID).Take(ctx)
	if err != nil {
		return l, false, err
	}
	l = OwnerReplacedLetter{
		Step: job.Step, AccountID: account.ID, AccountName: account.Name, To: user.Email, Name: user.Name, IsFormer: user.ID == r.FormerID,
		Leaves: r.Leaves, Reason: r.Reason, Link: s.URL("/team/users"),
	}
	reading := &tx{DB: s.reader.WithContext(ctx), now: s.Now(), store: s}
	if l.FormerName, err = reading.userName(ctx, r.FormerID); err != nil {
		return l, false, err
	}
	if r.SuccessorID != nil {
		l.SuccessorName, err = reading.userName(ctx, *r.SuccessorID)
		return l, err == nil, err
	}
	in, err := rowsOf[Invitation](s.reader).Where("id = ?", *r.InvitationID).Take(ctx)
	l.SuccessorName = in.Email
	return l, err == nil, err
}

package models

import (
	"context"
)

// OwnershipLetter is what the mail about one step of an offer says.
type OwnershipLetter struct {
	Step        string // offered, accepted, declined, withdrawn
	AccountID   string
	AccountName string
	ToName      string // of the recipient
	ToEmail     string
	OwnerName   string // who made the offer
	MemberName  string // to whom it was made
	Superseded  bool   // an offer that is no longer open: its mail says nothing true any more
}

// OwnershipLetter returns the letter of a job. What was offered goes to the
// member, like a withdrawal; the answer goes to whoever made the offer.
func (s *Store) OwnershipLetter(ctx context.Context, actor Actor, job OwnershipMail) (OwnershipLetter, error) {
	if !actor.isSystem() {
		return OwnershipLetter{}, Errorf(Forbidden, "Only the portal itself writes letters.")
	}
	offer, err := rowsOf[OwnershipOffer](s.reader).Where("id = ?", job.OfferID).Take(ctx)
	if err != nil {
		return OwnershipLetter{}, orNotFound(err, "Offer")
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", offer.AccountID).Take(ctx)
	if err != nil {
		return OwnershipLetter{}, orNotFound(err, "Account")
	}
	from, err := rowsOf[User](s.reader).Where("id = ?", offer.FromUserID).Take(ctx)
	if err != nil {
		return OwnershipLetter{}, orNotFound(err, "User")
	}
	to, err := rowsOf[User](s.reader).Where("id = ?", offer.ToUserID).Take(ctx)
	if err != nil {
		return OwnershipLetter{}, orNotFound(err, "User")
	}
	recipient := to
	if job.Step == offerAccepted || job.Step == offerDeclined {
		recipient = from
	}
	return OwnershipLetter{
		Step: job.Step, AccountID: account.ID, AccountName: account.Name, ToName: recipient.Name, ToEmail: recipient.Email,
		OwnerName: from.Name, MemberName: to.Name, Superseded: offer.step() != job.Step,
	}, nil
}

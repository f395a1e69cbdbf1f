package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// ReminderLetter reminds somebody of a trial's end: its client, or a member of the account.
type ReminderLetter struct {
	TrialID, AccountID, UserID string // UserID is the member's; empty for the client
	To, Name                   string
	Company                    string
	ClientName, ClientEmail    string // the client's contact
	Product                    string
	EndsAt                     time.Time
	DaysLeft                   int    // begun ones; 0 when the trial has ended
	Zone                       string // the reader's
	Link                       string // to the client's licence page, or to the trial in the portal
	AccountName                string
	ContactName, ContactEmail  string // whom the client can ask
	IssuedBy                   string // for a member who did not issue it
	ClientTold                 bool   // for a member: the client gets the same reminder
	Undelivered                string // why mail to the client can't be delivered
	VendorName                 string
}

// ClientReminderForMail returns a reminder to the client of a trial.
func (s *Store) ClientReminderForMail(ctx context.Context, actor Actor, job ClientReminderMail) (l ReminderLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	o, ok, err := s.reminded(ctx, remindClient, job.TrialID, job.EndsAt, job.Days)
	if err != nil || !ok || o.license.PageRevokedAt != nil {
		return l, false, err
	}
	l, err = s.reminderLetter(ctx, o)
	l.To, l.Name, l.Link = o.client.Email, o.client.ContactName, s.pageURL(o.license)
	return l, err == nil, err
}

// TrialReminderForMail returns a reminder to the member who looks after a trial.
func (s *Store) TrialReminderForMail(ctx context.Context, actor Actor, job TrialReminderMail) (l ReminderLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	o, ok, err := s.reminded(ctx, remindMember, job.TrialID, job.EndsAt, job.Days)
	if err != nil || !ok {
		return l, false, err
	}
	reader, ok, err := trialReader(ctx, s.reader, o.trial)
	if err != nil || !ok {
		return l, false, err
	}
	if ok, err = wants(ctx, s.reader, reader.ID, reminderNotices[job.Days]); err != nil || !ok {
		return l, false, err
	}
	if l, err = s.reminderLetter(ctx, o); err != nil {
		return l, false, err
	}
	l.UserID, l.To, l.Name, l.Link = reader.ID, reader.Email, reader.Name, s.URL("/trials/"+o.trial.ID)
	if reader.TimeZone != "" {
		l.Zone = reader.TimeZone
	}
	if reader.ID != o.trial.IssuedBy {
		issuer, err := rowsOf[User](s.reader).Where("id = ?", o.trial.IssuedBy).Take(ctx)
		if err != nil {
			return l, false, err
		}
		l.IssuedBy = issuer.Name
	}
	told, err := rowsOf[trialReminder](s.reader).Where("trial_id = ? AND reader = ? AND ends_at = ? AND days = ? AND outcome = ?",
		o.trial.ID, remindClient, o.trial.EndsAt.UTC(), job.Days, reminderQueued).Count(ctx, "*")
	if err != nil {
		return l, false, err
	}
	failure, err := undelivered(ctx, s.reader, o.trial.ID, o.client.Email)
	if failure != nil {
		l.Undelivered = failure.Failure
	}
	l.ClientTold = told > 0
	return l, err == nil, err
}

// reminded returns the trial of a reminder that still says something true: the
// trial has that end, and neither it nor a later reminder has come meanwhile.
func (s *Store) reminded(ctx context.Context, reader, trialID string, endsAt int64, step int) (o trialOf, ok bool, err error) {
	trial, err := rowsOf[Trial](s.reader).Where("id = ?", trialID).Take(ctx)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return o, false, nil
	}
	if err != nil || trial.EndsAt.UnixMicro() != endsAt || step > 0 && !s.Now().Before(trial.EndsAt) {
		return o, false, err
	}
	later, err := rowsOf[trialReminder](s.reader).Where("trial_id = ? AND reader = ? AND ends_at = ? AND days < ?", trial.ID, reader, trial.EndsAt.UTC(), step).Count(ctx, "*")
	if err != nil || later > 0 {
		return o, false, err
	}
	o, err = s.trial(ctx, s.reader, trial.AccountID, trial.ID)
	return o, err == nil && o.mayBeReminded(), err
}

// reminderLetter is what both readers are told.
func (s *Store) reminderLetter(ctx context.Context, o trialOf) (ReminderLetter, error) {
	account, err := rowsOf[Account](s.reader).Where("id = ?", o.trial.AccountID).Take(ctx)
	if err != nil {
		return ReminderLetter{}, err
	}
	zone, err := zoneAt(ctx, s.reader, account.ID, s.Now())
	if err != nil {
		return ReminderLetter{}, err
	}
	vendor, err := s.Vendor(ctx, System)
	if err != nil {
		return ReminderLetter{}, err
	}
	contact := ClientPage{Account: account}
	if err := contact.addContact(ctx, s.reader, o.trial.ResponsibleID, o.client.ID); err != nil {
		return ReminderLetter{}, err
	}
	return ReminderLetter{
		TrialID: o.trial.ID, AccountID: account.ID, Company: o.client.Company, ClientName: o.client.ContactName, ClientEmail: o.client.Email,
		Product: o.product.Name, EndsAt: o.trial.EndsAt.UTC(), DaysLeft: o.trial.daysLeft(s.Now()), Zone: zone.String(),
		AccountName: account.Name, ContactName: contact.ContactName, ContactEmail: contact.ContactEmail, VendorName: vendor.Name,
	}, nil
}

// daysLeft counts the days until the end, one that has begun as a whole one.
func (t Trial) daysLeft(now time.Time) int {
	return max(0, int((t.EndsAt.Sub(now)+oneDay-1)/oneDay))
}

// UndeliveredLetter tells a member that a mail to a client could not be delivered.
type UndeliveredLetter struct {
	TrialID, AccountID, UserID string
	To, Name                   string
	Company, Product           string
	Email                      string // of the client
	Subject                    string // of the mail
	Failure                    string
	At                         time.Time
	Zone                       string
	Link                       string // to the trial
	AccountName                string
}

// UndeliveredForMail returns the notice about a mail that could not be delivered:
// none once it has gone out after all, the address is another one, a later
// mail has gone out, or the trial is over.
func (s *Store) UndeliveredForMail(ctx context.Context, actor Actor, job UndeliverableMail) (l UndeliveredLetter, ok bool, err error) {
	if err := actor.requireSystem(); err != nil {
		return l, false, err
	}
	m, err := rowsOf[Mail](s.reader).Where("id = ?", job.MailID).Take(ctx)
	if err != nil || m.FailedAt == nil {
		return l, false, err
	}
	o, err := s.trial(ctx, s.reader, m.AccountID, m.SubjectID)
	if err != nil || o.trial.Status(s.Now()) != TrialActive || o.client.Email != m.Recipient {
		return l, false, err
	}
	if failure, err := undelivered(ctx, s.reader, o.trial.ID, o.client.Email); err != nil || failure == nil {
		return l, false, err
	}
	reader, ok, err := trialReader(ctx, s.reader, o.trial)
	if err != nil || !ok {
		return l, false, err
	}
	zone, err := s.zoneOf(ctx, reader)
	if err != nil {
		return l, false, err
	}
	account, err := rowsOf[Account](s.reader).Where("id = ?", o.trial.AccountID).Take(ctx)
	return UndeliveredLetter{
		TrialID: o.trial.ID, AccountID: account.ID, UserID: reader.ID, To: reader.Email, Name: reader.Name, Company: o.client.Company, Product: o.product.Name,
		Email: m.Recipient, Subject: m.Subject, Failure: m.Failure, At: m.FailedAt.UTC(), Zone: zone, Link: s.URL("/trials/" + o.trial.ID), AccountName: account.Name,
	}, err == nil, err
}

package worker

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"reselling/models"
	"reselling/views/mail"
)

// post writes mails and delivers them.
type post struct {
	store  *models.Store
	mailer Mailer
}

// envelope is a mail together with what it is about.
type envelope struct {
	mail.Message
	accountID string
	subjectID string
	hasKey    bool // it holds a link that lets in whoever has it
}

// deliver puts a mail into the mail box once, and sends it where SMTP is set:
// then nobody needs to read it there, and what holds a key is kept without its text.
// A job that died between sending and noting it sends again, under the same
// Message-ID. What can't be delivered is noted on the mail: for good when the
// server refuses it or this is the last try.
func (p *post) deliver(ctx context.Context, job *rivertype.JobRow, e envelope) error {
	key := models.MailKey(job.Kind, job.ID)
	m := models.Mail{
		DedupeKey: key, Kind: job.Kind, AccountID: e.accountID, SubjectID: e.subjectID,
		Recipient: e.To, Subject: e.Subject, HTML: e.HTML, Body: e.Text, MessageID: messageID(key, p.store.URL("")),
	}
	if p.mailer != nil && e.hasKey {
		m.HTML, m.Body = "", ""
	}
	if p.mailer == nil {
		return p.store.BoxMail(ctx, models.System, m)
	}
	kept, _, err := p.store.KeepMail(ctx, models.System, m)
	if err != nil || kept.SentAt != nil {
		return err
	}
	if err := p.mailer.Send(ctx, Outgoing{Message: e.Message, MessageID: kept.MessageID, Date: kept.CreatedAt}); err != nil {
		return p.note(ctx, job, kept, err)
	}
	return p.store.MarkMailSent(ctx, models.System, kept.ID)
}

// note keeps why a mail did not leave, and tells River whether to try again.
func (p *post) note(ctx context.Context, job *rivertype.JobRow, m models.Mail, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout) // the job's own time may be over
	defer cancel()
	where := fmt.Errorf("mail to %s: %w", domain(m.Recipient), err)
	if _, refused := errors.AsType[*Refused](err); refused {
		return errors.Join(river.JobCancel(where), p.store.MarkMailFailed(ctx, models.System, m.ID, Failure(err)))
	}
	if job.Attempt >= job.MaxAttempts {
		return errors.Join(where, p.store.MarkMailFailed(ctx, models.System, m.ID, Failure(err)))
	}
	return errors.Join(where, p.store.NoteMailTry(ctx, models.System, m.ID, Failure(err)))
}

// noteTimeout is how long it may take to note why a mail did not leave.
const noteTimeout = 10 * time.Second

// messageID is the same each time the same mail is tried.
func messageID(key, portal string) string {
	sum := sha256.Sum256([]byte(portal + "\x00" + key))
	_, host, _ := strings.Cut(portal, "://")
	host, _, _ = strings.Cut(host, ":")
	return hex.EncodeToString(sum[:16]) + "@" + host
}

// domain is all that errors and logs say of an address.
func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// copyWaits is after how long a mail of a copy looks again whether it is the real one now.
const copyWaits = 30 * time.Second

// add registers a kind of mail. compose returns nothing when the mail is no
// longer wanted: an invitation revoked, a trial whose client has another address.
func add[A river.JobArgs](registry *river.Workers, p *post, compose func(context.Context, A) (*envelope, error)) {
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, job *river.Job[A]) error {
		// What is read is bounded, and a context that can end costs SQLite a third more.
		reading := context.WithoutCancel(ctx)
		if isCopy, err := p.store.IsCopy(reading, models.System); err != nil || isCopy {
			return cmp.Or(err, river.JobSnooze(copyWaits))
		}
		e, err := compose(reading, job.Args)
		if err != nil {
			return err
		}
		if e == nil {
			return p.store.DropMail(ctx, models.System, models.MailKey(job.Kind, job.ID))
		}
		return p.deliver(ctx, job.JobRow, *e)
	}))
}

// portal is who writes.
func (p *post) portal(ctx context.Context) (mail.Portal, error) {
	vendor, err := p.store.Vendor(ctx, models.System)
	return mail.Portal{Vendor: vendor.Name, URL: p.store.URL("/")}, err
}

// in is t in a zone that was stored; in UTC if that zone has gone.
func in(t time.Time, zone string) time.Time {
	if location, err := models.LoadZone(zone); err == nil {
		return t.In(location)
	}
	return t.UTC()
}

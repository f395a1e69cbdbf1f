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
// A job that died between sending and noting it sends again, under the same Message-ID.
func (p *post) deliver(ctx context.Context, kind string, jobID int64, e envelope) error {
	key := fmt.Sprintf("%s %d", kind, jobID)
	m := models.Mail{
		DedupeKey: key, Kind: kind, AccountID: e.accountID, SubjectID: e.subjectID,
		Recipient: e.To, Subject: e.Subject, HTML: e.HTML, Body: e.Text, MessageID: messageID(key, p.store.URL("")),
	}
	if p.mailer != nil && e.hasKey {
		m.HTML, m.Body = "", ""
	}
	kept, _, err := p.store.KeepMail(ctx, models.System, m)
	if err != nil || kept.SentAt != nil {
		return err
	}
	if p.mailer != nil {
		if err := p.mailer.Send(ctx, Outgoing{Message: e.Message, MessageID: kept.MessageID, Date: kept.CreatedAt}); err != nil {
			if refused, ok := errors.AsType[*Refused](err); ok {
				return river.JobCancel(fmt.Errorf("mail to %s: %w", domain(e.To), refused))
			}
			return fmt.Errorf("mail to %s: %w", domain(e.To), err)
		}
	}
	return p.store.MarkMailSent(ctx, models.System, kept.ID)
}

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
		if isCopy, err := p.store.IsCopy(ctx, models.System); err != nil || isCopy {
			return cmp.Or(err, river.JobSnooze(copyWaits))
		}
		e, err := compose(ctx, job.Args)
		if err != nil || e == nil {
			return err
		}
		return p.deliver(ctx, job.Args.Kind(), job.ID, *e)
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

package models

import (
	"context"
	"time"
)

// Mail is one mail, to one recipient.
type Mail struct {
	ID        string
	DedupeKey string // the job and what it is about: the same mail is kept once
	Kind      string
	AccountID string
	SubjectID string // what it is about: a trial, an invitation
	Recipient string
	Subject   string
	HTML      string
	Body      string // the plain text
	MessageID string
	CreatedAt time.Time
	SentAt    *time.Time
	FailedAt  *time.Time // when it was given up
	Failure   string     // why it could not be delivered, also at a try that was not the last
	DroppedAt *time.Time // when what it says had become wrong before it could leave
	Search    string
}

// MailFilter narrows the mail box.
type MailFilter struct {
	Query string // in recipient and subject
	Kind  string
	State MailState
}

// KeepMail puts a mail into the mail box, once for each DedupeKey, and reports
// whether it is new. It is for jobs: what was kept before comes back as it was
// kept, so that a job that runs again sends the same mail.
func (s *Store) KeepMail(ctx context.Context, actor Actor, m Mail) (Mail, bool, error) {
	if err := actor.requireSystem(); err != nil {
		return m, false, err
	}
	isNew := false
	err := s.write(ctx, func(tx *tx) (err error) {
		m = m.written(tx.now)
		if isNew, err = rowsOf[Mail](tx.DB).CreateOnce(ctx, &m); err != nil || isNew {
			return err
		}
		m, err = rowsOf[Mail](tx.DB).Where("dedupe_key = ?", m.DedupeKey).Take(ctx)
		return err
	})
	return m, isNew, err
}

// written is m as it is kept from an instant on, waiting to be sent.
func (m Mail) written(at time.Time) Mail {
	m.ID, m.CreatedAt, m.SentAt, m.FailedAt, m.Failure, m.DroppedAt = newID(), at, nil, nil, "", nil
	m.Recipient, m.Subject = clean(m.Recipient), clean(m.Subject)
	m.Search = fold(m.Recipient + " " + m.Subject)
	return m
}

// BoxMail puts a mail into the mail box, once for each DedupeKey, and takes it as
// sent: it is for jobs where the mail box is all the delivery that there is.
func (s *Store) BoxMail(ctx context.Context, actor Actor, m Mail) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		m := m.written(tx.now)
		m.SentAt = &tx.now
		isNew, err := rowsOf[Mail](tx.DB).CreateOnce(ctx, &m)
		if err != nil || isNew {
			return err
		}
		return tx.markSent(ctx, "dedupe_key = ?", m.DedupeKey)
	})
}

// MarkMailSent notes that a mail has left, for the first time only. It is for jobs.
func (s *Store) MarkMailSent(ctx context.Context, actor Actor, id string) error {
	if err := actor.requireSystem(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error { return tx.markSent(ctx, "id = ?", id) })
}

func (tx *tx) markSent(ctx context.Context, which string, value any) error {
	_, err := rowsOf[Mail](tx.DB).Where(which+" AND sent_at IS NULL", value).Select("sent_at", "failed_at", "failure", "dropped_at").Updates(ctx, Mail{SentAt: &tx.now})
	return err
}

const mailColumns = "SELECT mails.id, mails.kind, mails.account_id, mails.subject_id, mails.recipient, mails.subject, mails.message_id, mails.created_at, mails.sent_at, mails.failed_at, mails.failure, mails.dropped_at FROM mails"

// MailBox returns the mails, without their bodies, the newest first.
func (s *Store) MailBox(ctx context.Context, actor Actor, f MailFilter, p Paging) (Page[Mail], error) {
	if err := actor.require(ReadMail); err != nil {
		return Page[Mail]{}, err
	}
	return list(ctx, s.reader, f.listing(), p, mailKey)
}

// EachMail runs fn for every mail of the filtered list, without their bodies.
func (s *Store) EachMail(ctx context.Context, actor Actor, f MailFilter, fn func(Mail) error) error {
	if err := actor.require(ReadMail); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(), mailKey, fn)
}

func mailKey(m Mail) (any, string) { return m.CreatedAt, m.ID }

func (f MailFilter) listing() listing {
	l := listing{selects: mailColumns, order: order{column: "mails.created_at", id: "mails.id", desc: true, isTime: true}}
	if f.Query != "" {
		l.and(`mails.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if f.Kind != "" {
		l.and("mails.kind = ?", f.Kind)
	}
	switch f.State {
	case MailSent:
		l.and("mails.sent_at IS NOT NULL")
	case MailWaiting:
		l.and("mails.sent_at IS NULL AND mails.failed_at IS NULL AND mails.dropped_at IS NULL")
	case MailFailed:
		l.and("mails.failed_at IS NOT NULL")
	case MailDropped:
		l.and("mails.dropped_at IS NOT NULL AND mails.failed_at IS NULL")
	}
	return l
}

// MailKinds returns the kinds of mail that the mail box holds.
func (s *Store) MailKinds(ctx context.Context, actor Actor) ([]string, error) {
	if err := actor.require(ReadMail); err != nil {
		return nil, err
	}
	var kinds []string
	err := s.reader.WithContext(ctx).Raw("SELECT DISTINCT kind FROM mails ORDER BY kind").Scan(&kinds).Error
	return kinds, err
}

// KeptMail returns one mail with its bodies.
func (s *Store) KeptMail(ctx context.Context, actor Actor, id string) (Mail, error) {
	if err := actor.require(ReadMail); err != nil {
		return Mail{}, err
	}
	m, err := rowsOf[Mail](s.reader).Where("id = ?", id).Take(ctx)
	return m, orNotFound(err, "Mail")
}

// requireSystem refuses everybody but the program itself.
func (a Actor) requireSystem() error {
	if a.isSystem() {
		return nil
	}
	return Errorf(Forbidden, "Only the portal itself does this.")
}

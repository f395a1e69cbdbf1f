package models

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"
)

// Jobs carry ids, never data: the worker reads what holds when it runs, and
// derives links again. Kind is stored, so it must never change.

// InvitationMail sends one generation of an invitation.
type InvitationMail struct {
	InvitationID string `json:"invitation_id"`
	Generation   int    `json:"generation"`
}

// PasswordResetMail sends a link to choose a new password.
type PasswordResetMail struct {
	ResetID string `json:"reset_id"`
}

// PasswordChangedMail tells a user that their password was changed.
type PasswordChangedMail struct {
	UserID    string `json:"user_id"`
	SessionID string `json:"session_id"`
	At        int64  `json:"at"` // Unix microseconds: tells two changes apart
}

// EmailChangeMail asks the new address to confirm, or announces the change to the old one.
type EmailChangeMail struct {
	ChangeID string `json:"change_id"`
	Announce bool   `json:"announce"`
}

// NewDeviceMail tells a user of a sign-in from a device not seen before.
type NewDeviceMail struct {
	SessionID string `json:"session_id"`
}

// RoleChangedMail tells a user what an event has changed about their roles.
type RoleChangedMail struct {
	UserID  string `json:"user_id"`
	EventID string `json:"event_id"`
}

// OwnershipMail tells the other side of an offer that it was made, accepted, declined or withdrawn.
type OwnershipMail struct {
	OfferID string `json:"offer_id"`
	Step    string `json:"step"` // offered, accepted, declined, withdrawn
}

// TrialMail sends a client the licence page of a trial.
type TrialMail struct {
	TrialID string `json:"trial_id"`
	Number  int    `json:"number"` // 1, or higher when it is sent again
}

// InterestMail tells the account's Sellers that a client wants to buy.
type InterestMail struct {
	LicenseID string `json:"license_id"`
	Day       string `json:"day"`
	UserID    string `json:"user_id"`
}

// RequestDecidedMail tells who made a request what was decided.
type RequestDecidedMail struct {
	RequestID string `json:"request_id"`
}

// TrialExtendedMail tells a client of the new end of a trial that a request has moved.
type TrialExtendedMail struct {
	RequestID string `json:"request_id"`
}

// ClientReminderMail reminds a client of the end of a trial.
type ClientReminderMail struct {
	TrialID string `json:"trial_id"`
	EndsAt  int64  `json:"ends_at"` // Unix microseconds: the end it is about
	Days    int    `json:"days"`    // before the end; 0 at the end
}

// TrialReminderMail reminds the member who issued a trial of its end.
type TrialReminderMail struct {
	TrialID string `json:"trial_id"`
	EndsAt  int64  `json:"ends_at"` // Unix microseconds: the end it is about
	Days    int    `json:"days"`    // before the end; 0 at the end
}

// UndeliverableMail tells the member who issued a trial that a mail to its client could not be delivered.
type UndeliverableMail struct {
	MailID string `json:"mail_id"`
}

// PriceRequestMail tells Customer Success that a price request waits for them.
type PriceRequestMail struct {
	OrderID string `json:"order_id"`
}

// QuoteMail brings the account one version of a quote.
type QuoteMail struct {
	OrderID string `json:"order_id"`
	Version int    `json:"version"`
}

// QuoteLapsingMail tells the account that this version of a quote is about to lapse.
type QuoteLapsingMail struct {
	OrderID string `json:"order_id"`
	Version int    `json:"version"`
}

// PriceDeclinedMail tells the account why there is no price.
type PriceDeclinedMail struct {
	OrderID string `json:"order_id"`
}

// AnnexMail tells Customer Success that an Annex waits for them, or the Owner
// what has become of it.
type AnnexMail struct {
	AnnexID string    `json:"annex_id"`
	News    AnnexNews `json:"news"`
}

// AnnexNews is what a mail tells about an Annex.
type AnnexNews string

// What there is to tell.
const (
	AnnexWasSigned   AnnexNews = "signed"   // to Customer Success
	AnnexInForceNow  AnnexNews = "in_force" // to the Owner, like the next
	AnnexWasDeclined AnnexNews = "declined"
)

// Kind names the job in the queue.
func (AnnexMail) Kind() string { return "annex_mail" }

// OrderPlacedMail tells that an order was placed: Customer Success, or whoever
// asked for the price if somebody else placed it.
type OrderPlacedMail struct {
	OrderID string `json:"order_id"`
	UserID  string `json:"user_id,omitempty"` // empty: Customer Success
}

// InvoiceMail brings somebody who pays for an account one of the vendor's
// invoices, or tells that it is overdue or void.
type InvoiceMail struct {
	InvoiceID string      `json:"invoice_id"`
	UserID    string      `json:"user_id"`
	News      InvoiceNews `json:"news"`
	At        int64       `json:"at,omitempty"` // Unix microseconds: the reminder of being overdue
}

// ClientInvoiceMail brings a client an invoice of an account, or its credit note.
type ClientInvoiceMail struct {
	ClientInvoiceID string `json:"client_invoice_id"`
	Number          int    `json:"number"` // 1, or higher when it is sent again
}

// Kind names the job in the queue.
func (ClientInvoiceMail) Kind() string { return "client_invoice_mail" }

// InvoiceNews is what a mail tells about an invoice.
type InvoiceNews string

// What there is to tell.
const (
	InvoiceIssued    InvoiceNews = "issued"
	InvoiceIsOverdue InvoiceNews = "overdue"
	InvoiceVoided    InvoiceNews = "voided"
)

// PaymentMail tells somebody who pays for an account that a receipt was recorded
// or reversed.
type PaymentMail struct {
	PaymentID string      `json:"payment_id"`
	UserID    string      `json:"user_id"`
	News      PaymentNews `json:"news"`
}

// PaymentNews is what a mail tells about a receipt.
type PaymentNews string

// What there is to tell.
const (
	PaymentReceived PaymentNews = "received"
	PaymentReversed PaymentNews = "reversed"
)

// OrderActiveMail brings a member the keys of an order's licences.
type OrderActiveMail struct {
	OrderID string `json:"order_id"`
	UserID  string `json:"user_id"`
}

// ClientLicenseMail brings a client a paid licence, or tells until when it now runs.
type ClientLicenseMail struct {
	TermID string `json:"term_id"`
}

// KeyReplacedMail brings a client a licence's new key or, where the client's page
// is switched off, tells the member named to bring it.
type KeyReplacedMail struct {
	LicenseID string `json:"license_id"`
	Kid       string `json:"kid"` // of the key that signed the new one
	UserID    string `json:"user_id,omitempty"`
}

// Kind names the job in the queue.
func (KeyReplacedMail) Kind() string { return "key_replaced_mail" }

// LicenseEndingMail tells a client, or the member named, that a paid licence ends soon.
type LicenseEndingMail struct {
	LicenseID string `json:"license_id"`
	UserID    string `json:"user_id,omitempty"` // empty for the client
	EndsAt    int64  `json:"ends_at"`           // Unix microseconds: after a renewal it is another end
	Days      int    `json:"days"`              // the step: 30, 14 or 3
}

// Kind names the job in the queue.
func (LicenseEndingMail) Kind() string { return "license_ending_mail" }

// Kind names the job in the queue.
func (PaymentMail) Kind() string { return "payment_mail" }

// Kind names the job in the queue.
func (OrderActiveMail) Kind() string { return "order_active_mail" }

// Kind names the job in the queue.
func (ClientLicenseMail) Kind() string { return "client_license_mail" }

// Kind names the job in the queue.
func (OrderPlacedMail) Kind() string { return "order_placed_mail" }

// Kind names the job in the queue.
func (InvoiceMail) Kind() string { return "invoice_mail" }

// Kind names the job in the queue.
func (PriceRequestMail) Kind() string { return "price_request_mail" }

// Kind names the job in the queue.
func (QuoteMail) Kind() string { return "quote_mail" }

// Kind names the job in the queue.
func (QuoteLapsingMail) Kind() string { return "quote_lapsing_mail" }

// Kind names the job in the queue.
func (PriceDeclinedMail) Kind() string { return "price_declined_mail" }

// Kind names the job in the queue.
func (InvitationMail) Kind() string { return "invitation_mail" }

// Kind names the job in the queue.
func (PasswordResetMail) Kind() string { return "password_reset_mail" }

// Kind names the job in the queue.
func (PasswordChangedMail) Kind() string { return "password_changed_mail" }

// Kind names the job in the queue.
func (EmailChangeMail) Kind() string { return "email_change_mail" }

// Kind names the job in the queue.
func (NewDeviceMail) Kind() string { return "new_device_mail" }

// Kind names the job in the queue.
func (RoleChangedMail) Kind() string { return "role_changed_mail" }

// Kind names the job in the queue.
func (OwnershipMail) Kind() string { return "ownership_mail" }

// Kind names the job in the queue.
func (TrialMail) Kind() string { return "trial_mail" }

// Kind names the job in the queue.
func (InterestMail) Kind() string { return "interest_mail" }

// Kind names the job in the queue.
func (RequestDecidedMail) Kind() string { return "request_decided_mail" }

// Kind names the job in the queue.
func (TrialExtendedMail) Kind() string { return "trial_extended_mail" }

// trialReminderKind names TrialReminderMail in the queue.
const trialReminderKind = "trial_reminder_mail"

// Kind names the job in the queue.
func (ClientReminderMail) Kind() string { return "client_reminder_mail" }

// Kind names the job in the queue.
func (TrialReminderMail) Kind() string { return trialReminderKind }

// Kind names the job in the queue.
func (UndeliverableMail) Kind() string { return "undeliverable_mail" }

// jobTries is how often a job is tried before it is given up: over four to five
// days, by River's waits.
const jobTries = 18

// enqueue queues a job that runs once the transaction has committed, and never without it.
func (tx *tx) enqueue(ctx context.Context, args river.JobArgs) error {
	return tx.enqueueFor(ctx, args, &river.InsertOpts{MaxAttempts: jobTries})
}

// enqueueAt queues a job that runs at an instant, or as soon after it as it can.
func (tx *tx) enqueueAt(ctx context.Context, at time.Time, args river.JobArgs) error {
	return tx.enqueueFor(ctx, args, &river.InsertOpts{MaxAttempts: jobTries, ScheduledAt: at})
}

func (tx *tx) enqueueFor(_ context.Context, args river.JobArgs, options *river.InsertOpts) error {
	if !tx.quiet {
		tx.ending.jobs = append(tx.ending.jobs, river.InsertManyParams{Args: args, InsertOpts: options})
	}
	return nil
}

func sqlTx(db *gorm.DB) (*sql.Tx, error) {
	switch pool := db.Statement.ConnPool.(type) {
	case *sql.Tx:
		return pool, nil
	case steady:
		return pool.Tx, nil
	}
	return nil, fmt.Errorf("not in a transaction: %T", db.Statement.ConnPool)
}

// NewJobClient returns a River client on the database of s; with workers in its
// configuration it runs jobs.
func (s *Store) NewJobClient(config *river.Config) (*river.Client[*sql.Tx], error) {
	client, err := river.NewClient(s.jobDriver(), config)
	if err != nil {
		return nil, fmt.Errorf("job client: %w", err)
	}
	return client, nil
}

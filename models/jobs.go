package models

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"
)

// Job is a job in the queue, as staff see it.
type Job struct {
	ID          int64
	Kind        string
	Args        string // JSON: ids, never data
	State       JobState
	Attempts    int
	MaxAttempts int
	CreatedAt   time.Time
	NextAt      time.Time // of what waits: when it is tried
	EndedAt     *time.Time
	LastError   string
}

// JobState is what a job does, in people's words.
type JobState string

// The states of a job.
const (
	JobWaiting JobState = "waiting"
	JobRunning JobState = "running"
	JobFailing JobState = "failing" // has failed and is tried again
	JobFailed  JobState = "failed"  // has failed for good: somebody has to act
	JobDone    JobState = "done"
)

// JobStates are all states, in the order in which they need attention.
var JobStates = []JobState{JobFailed, JobFailing, JobRunning, JobWaiting, JobDone}

var riverStates = map[JobState][]rivertype.JobState{
	JobWaiting: {rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateScheduled},
	JobRunning: {rivertype.JobStateRunning},
	JobFailing: {rivertype.JobStateRetryable},
	JobFailed:  {rivertype.JobStateDiscarded, rivertype.JobStateCancelled},
	JobDone:    {rivertype.JobStateCompleted},
}

// CanRetry reports whether j can be tried at once.
func (j Job) CanRetry() bool { return j.State == JobFailing || j.State == JobFailed }

// CanDiscard reports whether j can be taken out of the queue.
func (j Job) CanDiscard() bool { return j.State != JobRunning && j.State != JobDone }

func (j Job) subject() subject {
	return subject{kind: "job", id: strconv.FormatInt(j.ID, 10), name: j.Kind}
}

func (j Job) facts() map[string]any {
	return map[string]any{"kind": j.Kind, "args": j.Args, "state": string(j.State), "attempts": j.Attempts, "last_error": j.LastError}
}

// JobFilter narrows the list of jobs.
type JobFilter struct {
	Query string // in the kind
	State JobState
}

// JobKinds are the kinds of all jobs, sorted.
var JobKinds = jobKinds(InvitationMail{}, PasswordResetMail{}, PasswordChangedMail{}, EmailChangeMail{}, NewDeviceMail{}, RoleChangedMail{}, OwnershipMail{}, OwnerReplacedMail{}, TrialMail{}, InterestMail{},
	RequestDecidedMail{}, TrialExtendedMail{}, ClientReminderMail{}, TrialReminderMail{}, UndeliverableMail{}, HandoverMail{}, RemindTrials{}, Sweep{},
	PriceRequestMail{}, QuoteMail{}, QuoteLapsingMail{}, PriceDeclinedMail{},
	OrderPlacedMail{}, InvoiceMail{}, RemindInvoices{}, AnnexMail{}, PaymentMail{}, OrderActiveMail{}, ClientLicenseMail{}, ClientInvoiceMail{}, RemindLicenses{}, LicenseEndingMail{},
	DeliverWebhook{}, SweepWebhooks{}, WebhookEndedMail{}, KeyReplacedMail{})

func jobKinds(all ...river.JobArgs) []string {
	var kinds []string
	for _, args := range all {
		kinds = append(kinds, args.Kind())
	}
	slices.Sort(kinds)
	return kinds
}

// JobQueue returns the jobs in the queue, the newest first.
func (s *Store) JobQueue(ctx context.Context, actor Actor, f JobFilter, p Paging) (Page[Job], error) {
	if err := actor.require(ManageJobs); err != nil {
		return Page[Job]{}, err
	}
	size, backwards := p.Size, p.Before != ""
	if size == 0 {
		size = PageSize
	}
	params := river.NewJobListParams().First(size+1).OrderBy(river.JobListOrderByID, map[bool]river.SortOrder{true: river.SortOrderAsc, false: river.SortOrderDesc}[backwards])
	if states, ok := riverStates[f.State]; ok {
		params = params.States(states...)
	}
	if f.State == "" && f.Query == "" { // what the portal does for itself every few minutes would hide the rest
		params = params.Where("NOT (state = 'completed' AND kind IN ('trial_reminders', 'sweep', 'webhooks', 'webhook_delivery'))")
	}
	if f.Query != "" {
		kinds := slices.DeleteFunc(slices.Clone(JobKinds), func(kind string) bool {
			return !strings.Contains(strings.ReplaceAll(kind, "_", " "), strings.ReplaceAll(fold(f.Query), "_", " "))
		})
		if len(kinds) == 0 {
			return Page[Job]{}, nil
		}
		params = params.Kinds(kinds...)
	}
	if cursor := p.After + p.Before; cursor != "" {
		id, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil {
			return Page[Job]{}, Errorf(NotFound, "This page of the list does not exist. Start again from the first page.")
		}
		params = params.After(river.JobListCursorFromJob(&rivertype.JobRow{ID: id}))
	}
	result, err := s.jobs.JobList(ctx, params)
	if err != nil {
		return Page[Job]{}, err
	}
	rows := result.Jobs
	more := len(rows) > size
	rows = rows[:min(len(rows), size)]
	if backwards {
		slices.Reverse(rows)
	}
	var page Page[Job]
	for _, row := range rows {
		page.Items = append(page.Items, jobOf(row))
	}
	if len(rows) == 0 {
		return page, nil
	}
	if more || backwards {
		page.Next = strconv.FormatInt(rows[len(rows)-1].ID, 10)
	}
	if p.After != "" || backwards && more {
		page.Prev = strconv.FormatInt(rows[0].ID, 10)
	}
	return page, nil
}

// EachJob runs fn for every job of the filtered list.
func (s *Store) EachJob(ctx context.Context, actor Actor, f JobFilter, fn func(Job) error) error {
	p := Paging{Size: 500}
	for {
		page, err := s.JobQueue(ctx, actor, f, p)
		if err != nil {
			return err
		}
		for _, job := range page.Items {
			if err := fn(job); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		p.After = page.Next
	}
}

// RetryJob makes a failed job run at once.
func (s *Store) RetryJob(ctx context.Context, actor Actor, id int64) (Job, error) {
	return s.settleJob(ctx, actor, id, func(tx *tx, job Job) error {
		if !job.CanRetry() {
			return Errorf(Conflict, "This job is %s: only one that has failed can be retried.", job.State)
		}
		sqlTx, err := sqlTx(tx.DB)
		if err != nil {
			return err
		}
		if _, err := s.jobs.JobRetryTx(ctx, sqlTx, id); err != nil {
			return err
		}
		return tx.record(ctx, actor, "job.retried", job.subject(), job.facts(), nil)
	})
}

// DiscardJob takes a job out of the queue for good; the event keeps what it was.
func (s *Store) DiscardJob(ctx context.Context, actor Actor, id int64) (Job, error) {
	return s.settleJob(ctx, actor, id, func(tx *tx, job Job) error {
		if !job.CanDiscard() {
			return Errorf(Conflict, "This job is %s and can't be discarded any more.", job.State)
		}
		sqlTx, err := sqlTx(tx.DB)
		if err != nil {
			return err
		}
		if _, err := s.jobs.JobDeleteTx(ctx, sqlTx, id); errors.Is(err, rivertype.ErrJobRunning) {
			return Errorf(Conflict, "This job is running just now and can't be discarded any more.")
		} else if err != nil {
			return err
		}
		if err := tx.failMailOf(ctx, actor, job, "Staff took it out of the queue."); err != nil {
			return err
		}
		return tx.record(ctx, actor, "job.discarded", job.subject(), job.facts(), nil)
	})
}

// failMailOf marks the mail that a job has written and not sent, if there is one.
func (tx *tx) failMailOf(ctx context.Context, actor Actor, job Job, reason string) error {
	mails, err := rowsOf[Mail](tx.DB).Where("dedupe_key = ?", MailKey(job.Kind, job.ID)).Find(ctx)
	for _, m := range mails {
		if err := tx.failMail(ctx, actor, m, reason); err != nil {
			return err
		}
	}
	return err
}

func (s *Store) settleJob(ctx context.Context, actor Actor, id int64, act func(*tx, Job) error) (Job, error) {
	if err := actor.require(ManageJobs); err != nil {
		return Job{}, err
	}
	ctx = context.WithoutCancel(ctx) // its end would undo what others do in the same commit
	var job Job
	err := s.write(ctx, func(tx *tx) error {
		sqlTx, err := sqlTx(tx.DB)
		if err != nil {
			return err
		}
		row, err := s.jobs.JobGetTx(ctx, sqlTx, id)
		if errors.Is(err, rivertype.ErrNotFound) {
			return Errorf(NotFound, "This job is no longer in the queue.")
		}
		if err != nil {
			return err
		}
		job = jobOf(row)
		return act(tx, job)
	})
	return job, err
}

func jobOf(row *rivertype.JobRow) Job {
	job := Job{
		ID: row.ID, Kind: row.Kind, Args: string(row.EncodedArgs), Attempts: row.Attempt, MaxAttempts: row.MaxAttempts,
		CreatedAt: row.CreatedAt, NextAt: row.ScheduledAt, EndedAt: row.FinalizedAt,
	}
	for state, states := range riverStates {
		if slices.Contains(states, row.State) {
			job.State = state
		}
	}
	if n := len(row.Errors); n > 0 {
		job.LastError = row.Errors[n-1].Error
	}
	return job
}

// Subject is the id in a job's arguments of what the job is about, or empty.
func (j Job) Subject() string {
	var args map[string]any
	if json.Unmarshal([]byte(j.Args), &args) != nil {
		return ""
	}
	for _, name := range []string{"trial_id", "order_id", "invoice_id", "annex_id", "client_invoice_id", "mail_id", "invitation_id", "license_id", "offer_id", "user_id", "session_id", "reset_id", "change_id", "request_id", "webhook_id"} {
		if id, ok := args[name].(string); ok {
			return id
		}
	}
	return ""
}

// countFailedJobs counts the jobs that have failed for good.
func countFailedJobs(ctx context.Context, db *gorm.DB) (int, error) {
	var n int
	err := db.WithContext(ctx).Raw("SELECT COUNT(*) FROM river_job WHERE state IN ('discarded', 'cancelled', 'retryable')").Scan(&n).Error
	return n, err
}

// Package worker runs the jobs that came due: it reads what holds now, writes
// the mail and delivers it. Every job can run twice without harm.
package worker

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/riverqueue/river"

	"reselling/models"
)

// Options say how jobs are run.
type Options struct {
	Mailer Mailer // nil: mail stays in the built-in mail box
	Log    *slog.Logger
	Drain  time.Duration // how long jobs that run get to finish
	Rescue time.Duration // after which a job whose process died is run again; 0: 3 minutes

	WebhookNetworks []netip.Prefix // that are not public and that webhooks may reach all the same

	resolver *net.Resolver   // of webhooks' names; nil: the system's
	stopping <-chan struct{} // closed when the worker is to end
}

const (
	pollInterval = 200 * time.Millisecond
	jobTimeout   = time.Minute
	rescueAfter  = 3 * time.Minute
	workers      = 8
	remindEvery  = 5 * time.Minute
)

// Run works off jobs until ctx ends, then lets those that run finish.
func Run(ctx context.Context, store *models.Store, o Options) error {
	o.stopping = ctx.Done()
	client, err := newClient(store, o, pollInterval)
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	<-ctx.Done()
	return stop(context.WithoutCancel(ctx), client, o.Drain)
}

// stop waits for running jobs, and cancels them when they take too long: they run again later.
func stop(ctx context.Context, client *river.Client[*sql.Tx], drain time.Duration) error {
	late, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	err := client.Stop(late)
	if errors.Is(err, context.DeadlineExceeded) {
		hard, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		err = client.StopAndCancel(hard)
	}
	if err != nil {
		return fmt.Errorf("stop the worker: %w", err)
	}
	return nil
}

func newClient(store *models.Store, o Options, poll time.Duration) (*river.Client[*sql.Tx], error) {
	registry := river.NewWorkers()
	post := &post{store: store, mailer: o.Mailer}
	post.register(registry)
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[models.Sweep]) error {
		return store.Sweep(ctx, models.System)
	}))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[models.RemindTrials]) error {
		_, err := store.Remind(ctx, models.System)
		return err
	}))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[models.RemindInvoices]) error {
		_, err := store.RemindOverdue(ctx, models.System)
		return err
	}))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[models.RemindLicenses]) error {
		_, err := store.RemindLicenses(ctx, models.System)
		return err
	}))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[models.RemindOwners]) error {
		_, err := store.RemindOwners(ctx, models.System)
		return err
	}))
	rescue := cmp.Or(o.Rescue, rescueAfter)
	timeout := min(jobTimeout, rescue) // never one that may still run is taken for dead
	newCourier(store, o, timeout).register(registry)
	return store.NewJobClient(&river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}, models.WebhookQueue: {MaxWorkers: webhookWorkers}}, Workers: registry,
		PollOnly: true, FetchPollInterval: poll, FetchCooldown: min(poll, 50*time.Millisecond),
		JobTimeout: timeout, RescueStuckJobsAfter: rescue,
		CompletedJobRetentionPeriod: 7 * 24 * time.Hour, DiscardedJobRetentionPeriod: 90 * 24 * time.Hour,
		Logger:       o.Log,
		PeriodicJobs: []*river.PeriodicJob{periodic(time.Hour, models.Sweep{}), periodic(remindEvery, models.RemindTrials{}), periodic(remindEvery, models.RemindInvoices{}), periodic(remindEvery, models.RemindLicenses{}), periodic(remindEvery, models.RemindOwners{}), periodic(sweepWebhooks, models.SweepWebhooks{})},
	})
}

// periodic is a job that runs when the worker starts and then again and again.
// One that fails is left to the next one.
func periodic(every time.Duration, job river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) {
		return job, &river.InsertOpts{MaxAttempts: 3}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

package worker

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"reselling/models"
)

const (
	webhookWorkers = 100 // webhooks that are served at the same time by one process
	webhookAtOnce  = 4   // requests to one webhook at the same time
	sweepWebhooks  = 5 * time.Minute
)

// courier sends what waits for webhooks.
type courier struct {
	store    *models.Store
	sender   *sender
	timeout  time.Duration   // of a request
	shift    time.Duration   // after which a job makes room for others
	lease    time.Duration   // how long a job keeps others from its webhook, should it die
	stopping <-chan struct{} // closed when the worker is to end
}

// newCourier returns one whose jobs are over before they could be taken for dead.
func newCourier(store *models.Store, o Options, jobTimeout time.Duration) *courier {
	timeout := min(webhookTimeout, jobTimeout/3)
	return &courier{
		store: store, sender: newSender(store.Now, o.WebhookNetworks, o.resolver), timeout: timeout,
		shift: jobTimeout/2 - timeout/2, lease: jobTimeout + webhookTimeout, stopping: o.stopping,
	}
}

func (c *courier) register(registry *river.Workers) {
	river.AddWorker(registry, river.WorkFunc(c.work))
	river.AddWorker(registry, river.WorkFunc(func(ctx context.Context, _ *river.Job[models.SweepWebhooks]) error {
		return c.store.SweepWebhooks(ctx, models.System)
	}))
}

// work sends what is due to one webhook. Another job of it that comes meanwhile
// has nothing to do: this one looks again after it has let go. So a receiver that
// hangs holds up itself and nobody else.
func (c *courier) work(ctx context.Context, job *river.Job[models.DeliverWebhook]) error {
	if isCopy, err := c.store.IsCopy(ctx, models.System); err != nil || isCopy {
		return cmp.Or(err, river.JobSnooze(copyWaits))
	}
	shift, cancel := context.WithTimeout(ctx, c.shift)
	defer cancel()
	for {
		mine, err := c.store.LeaseWebhook(ctx, models.System, job.Args.WebhookID, job.ID, c.lease)
		if err != nil || !mine {
			return err
		}
		err = c.sendDue(ctx, shift, job.Args.WebhookID)
		after, done := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
		err = errors.Join(err, c.store.ReleaseWebhook(after, models.System, job.Args.WebhookID, job.ID))
		done()
		if err != nil {
			return err
		}
		if c.isOver(shift) {
			return river.JobSnooze(0) // others first
		}
	}
}

// sendDue sends until nothing is due or the shift is over.
func (c *courier) sendDue(ctx, shift context.Context, webhookID string) error {
	for !c.isOver(shift) {
		due, err := c.store.DueWebhookMessages(ctx, models.System, webhookID, webhookAtOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		group := new(errgroup.Group)
		for _, m := range due {
			group.Go(func() error { return c.attempt(ctx, m) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// attempt sends a message and notes what came of it; nothing if it was broken off
// here, for then the receiver did nothing wrong.
func (c *courier) attempt(ctx context.Context, m models.WebhookMessage) error {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	a := c.sender.send(limited, m)
	if err := ctx.Err(); err != nil && !a.Succeeded() {
		return err
	}
	note, done := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer done()
	return c.store.NoteWebhookAttempt(note, models.System, m.DeliveryID, a)
}

func (c *courier) isOver(shift context.Context) bool {
	select {
	case <-c.stopping:
		return true
	case <-shift.Done():
		return true
	default:
		return false
	}
}

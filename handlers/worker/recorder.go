package worker

import (
	"context"
	"slices"
	"sync"
)

// Recorder is a Mailer that keeps what it is given. It is for tests.
type Recorder struct {
	mu   sync.Mutex
	sent []Outgoing
	err  error
}

// Send keeps m, or returns the error set by Fail.
func (r *Recorder) Send(_ context.Context, m Outgoing) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.sent = append(r.sent, m)
	return nil
}

// Sent are the mails kept so far, in their order.
func (r *Recorder) Sent() []Outgoing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}

// Fail makes Send return err from now on; nil lets mails through again.
func (r *Recorder) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

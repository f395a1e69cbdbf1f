package models

import (
	"context"
	"fmt"

	"github.com/riverqueue/river"
)

// ending is what a use case leaves for its end, to be written in a few statements
// instead of one for each: on PostgreSQL every statement is a way to the server
// and back while the account is locked. Nothing of it is read in between.
type ending struct {
	events []Event
	news   []Event // those of them that webhooks may get
	jobs   []river.InsertManyParams
}

// mostEvents is how many events are kept before they are written.
const mostEvents = 50

// end writes what is left to write before the commit.
func (tx *tx) end(ctx context.Context) error {
	if err := tx.writeEvents(ctx); err != nil {
		return err
	}
	if len(tx.ending.jobs) == 0 {
		return nil
	}
	sqlTx, err := sqlTx(tx.DB)
	if err != nil {
		return err
	}
	// What was begun is finished: on SQLite the end of ctx would undo what others do.
	if _, err := tx.store.jobs.InsertManyFastTx(context.WithoutCancel(ctx), sqlTx, tx.ending.jobs); err != nil {
		return fmt.Errorf("queue %s: %w", tx.ending.jobs[0].Args.Kind(), err)
	}
	return nil
}

// writeEvents writes the events so far and puts them on their way to webhooks.
func (tx *tx) writeEvents(ctx context.Context) error {
	events, news := tx.ending.events, tx.ending.news
	tx.ending.events, tx.ending.news = nil, nil
	if err := rowsOf[Event](tx.DB).CreateAll(ctx, events); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	for _, e := range news {
		if err := tx.fanOut(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

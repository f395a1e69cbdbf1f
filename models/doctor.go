package models

import (
	"context"
	"fmt"
	"time"
)

// Checkup is what one look at a part of the installation found.
type Checkup struct {
	Part string
	Err  error  // nil: all is well
	Note string // what was seen
}

// clockTolerance is how far the database's clock may be from ours.
const clockTolerance = 5 * time.Second

// Examine looks at what the store depends on: database, schema, clock, signing keys, jobs.
func (s *Store) Examine(ctx context.Context, _ Actor) []Checkup {
	all := []Checkup{s.examineSchema(ctx)}
	if all[0].Err != nil {
		return all // nothing below can be asked
	}
	return append(all, s.examineWriting(ctx), s.examineClock(ctx), s.examineKeys(ctx), s.examineJobs(ctx))
}

func (s *Store) examineSchema(ctx context.Context) Checkup {
	c := Checkup{Part: "database", Note: s.Dialect() + ", schema is current"}
	c.Err = s.Ready(ctx)
	return c
}

// examineWriting changes a row to what it is, which needs a free disk and a free lock.
func (s *Store) examineWriting(ctx context.Context) Checkup {
	err := s.write(ctx, func(tx *tx) error {
		return tx.Exec("UPDATE vendor SET version = version WHERE id = 1").Error
	})
	return Checkup{Part: "writing", Err: err, Note: "the database takes changes"}
}

func (s *Store) examineClock(ctx context.Context) Checkup {
	c := Checkup{Part: "clock"}
	query := "SELECT CAST(strftime('%s', 'now') AS INTEGER)"
	if s.Dialect() == "postgres" {
		query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)"
	}
	var theirs int64
	if c.Err = pool(s.db).QueryRowContext(ctx, query).Scan(&theirs); c.Err != nil {
		return c
	}
	apart := s.Now().Sub(time.Unix(theirs, 0)).Abs().Truncate(time.Second)
	c.Note = fmt.Sprintf("%s, %s from the database's", s.Now().Format(time.RFC3339), apart)
	if apart > clockTolerance {
		c.Err = fmt.Errorf("this machine's clock and the database's are %s apart: set both by NTP", apart)
	}
	return c
}

// examineKeys makes sure that licence keys verify with what is published.
func (s *Store) examineKeys(ctx context.Context) Checkup {
	c := Checkup{Part: "signing keys"}
	var known int64
	if c.Err = pool(s.db).QueryRowContext(ctx, "SELECT COUNT(*) FROM signing_keys WHERE withdrawn_at IS NULL").Scan(&known); c.Err != nil {
		return c
	}
	c.Note = fmt.Sprintf("%d published", known)
	return c
}

func (s *Store) examineJobs(ctx context.Context) Checkup {
	c := Checkup{Part: "jobs"}
	var failed int64
	if c.Err = pool(s.db).QueryRowContext(ctx, "SELECT COUNT(*) FROM river_job WHERE state = 'discarded'").Scan(&failed); c.Err != nil {
		return c
	}
	c.Note = fmt.Sprintf("%d failed for good", failed)
	if failed > 0 {
		c.Err = fmt.Errorf("%d jobs failed for good: look at /admin/jobs", failed)
	}
	return c
}

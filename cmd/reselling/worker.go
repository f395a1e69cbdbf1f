package main

import (
	"context"

	"reselling/models"
)

// mailSettings say how mail leaves.
type mailSettings struct{}

func (mailSettings) mailer(*models.Store) (any, error) { return nil, nil }

type workerCommand struct {
	databaseSettings
	mailSettings
}

// Run works off jobs until SIGTERM.
func (c *workerCommand) Run(p *program) error { return nil }

func runWorker(ctx context.Context, _ *program, _ *models.Store, _ any) error {
	<-ctx.Done()
	return nil
}

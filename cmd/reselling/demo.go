package main

import (
	"encoding/json"
	"fmt"

	"reselling/models"
	"reselling/views"
)

type demoCommand struct {
	databaseSettings
	JSON bool `name:"json" help:"Print the sign-ins as a JSON array, for scripts."`
}

// Run prints who can sign in to the demo, and loads it first where the database is empty.
func (c *demoCommand) Run(p *program) error {
	c.Demo = true
	store, err := c.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrate(p.ctx); err != nil {
		return err
	}
	users, err := store.LoadDemo(p.ctx, models.System)
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(p.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(users)
	}
	for _, u := range users {
		if _, err := fmt.Fprintf(p.stdout, "%-38s %-30s %s\n", u.Email, u.Password, views.DemoStanding(u)); err != nil {
			return err
		}
	}
	return nil
}

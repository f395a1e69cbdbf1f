package main

import "fmt"

type migrateCommand struct{ databaseSettings }

// Run applies the migrations that the database does not have yet.
func (c *migrateCommand) Run(p *program) error {
	store, err := c.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrate(p.ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, "The schema is up to date.")
	return err
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"reselling/models"
)

type backupCommand struct {
	databaseSettings
	File string `arg:"" help:"The new file to write."`
}

// Run writes a backup of the embedded database, also while the portal serves.
func (c *backupCommand) Run(p *program) error {
	store, err := c.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.CheckSchema(p.ctx); err != nil {
		return err
	}
	if err := store.Backup(p.ctx, models.System, c.File); err != nil {
		return err
	}
	about, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s: %d bytes, checked. It holds everything but RESELLING_SECRET_KEY, which licences and links need: keep that elsewhere.\n", c.File, about.Size())
	return err
}

type restoreCommand struct {
	databaseSettings
	File string `arg:"" type:"existingfile" help:"The backup."`
}

// Run restores a backup where no database is yet.
func (c *restoreCommand) Run(p *program) error {
	path, ok := strings.CutPrefix(c.DatabaseURL, "file:")
	if !ok {
		return fmt.Errorf("RESELLING_DATABASE_URL is not file:PATH: PostgreSQL is restored by its own pg_restore, see docs/operations.md")
	}
	o, err := c.storeOptions(p)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("make the folder of the database: %w", err)
	}
	if err := models.Restore(p.ctx, c.File, path, o); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s is restored, as a copy: everybody has to sign in again, and no mail leaves. When it is to be the real one, run: reselling promote\n", path)
	return err
}

type promoteCommand struct{ databaseSettings }

// Run makes a copy of the database the real one.
func (c *promoteCommand) Run(p *program) error {
	store, err := c.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.CheckSchema(p.ctx); err != nil {
		return err
	}
	if err := store.Promote(p.ctx, models.System); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, "This database is the real one now. Mail that waited leaves within a minute.")
	return err
}

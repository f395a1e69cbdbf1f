package main

import (
	"errors"
	"fmt"

	"reselling/models"
)

type doctorCommand struct {
	databaseSettings
	mailSettings
}

// Run examines settings, database, clock and mail, one line each. It fails when one of them does.
func (c *doctorCommand) Run(p *program) error {
	var all []models.Checkup
	base, err := c.base()
	settings := models.Checkup{Part: "settings", Err: err}
	if err == nil {
		settings.Note = base.String()
	}
	all = append(all, settings)
	store, err := c.open(p)
	if err != nil {
		all = append(all, models.Checkup{Part: "database", Err: err})
	} else {
		defer store.Close()
		all = append(all, store.Examine(p.ctx, models.System)...)
	}
	all = append(all, c.examine(p))
	ill := 0
	for _, checkup := range all {
		state, text := "ok", checkup.Note
		if checkup.Err != nil {
			ill++
			state, text = "FAIL", checkup.Err.Error()
		}
		if _, err := fmt.Fprintf(p.stdout, "%-5s %-13s %s\n", state, checkup.Part, text); err != nil {
			return err
		}
	}
	if ill > 0 {
		return errors.New("not everything is well")
	}
	return nil
}

func (m mailSettings) examine(p *program) models.Checkup {
	c := models.Checkup{Part: "mail", Note: "stays in the built-in mail box"}
	if m.SMTPHost != "" {
		c.Note = fmt.Sprintf("leaves by %s:%d", m.SMTPHost, m.SMTPPort)
		_, c.Err = m.server()
	}
	return c
}

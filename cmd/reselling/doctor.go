package main

import (
	"errors"
	"fmt"

	"reselling/models"
)

type doctorCommand struct {
	databaseSettings
	mailSettings
	Deploy bool `help:"Fail also on what works but is not fit for real business."`
}

// Run examines settings, database, clock and mail, one line each. It fails when
// something does not work; before a deployment, also when something is unsafe.
func (c *doctorCommand) Run(p *program) error {
	all := []models.Checkup{c.examineSettings(), c.examineSecret()}
	if all[0].Err == nil && all[1].Err == nil { // the database can't be opened without them
		all = append(all, c.examineDatabase(p)...)
	}
	all = append(all, c.mailSettings.examine(p))
	ill, risky := 0, 0
	for _, checkup := range all {
		state, text := "ok", checkup.Note
		switch {
		case checkup.Err != nil:
			ill++
			state, text = "FAIL", checkup.Err.Error()
		case checkup.Risk != "":
			risky++
			state, text = "WARN", checkup.Risk
		}
		if _, err := fmt.Fprintf(p.stdout, "%-5s %-13s %s\n", state, checkup.Part, text); err != nil {
			return err
		}
	}
	switch {
	case ill > 0:
		return errors.New("not everything is well")
	case risky > 0 && c.Deploy:
		return errors.New("this is not fit for real business: see the lines that begin with WARN")
	}
	return nil
}

func (d databaseSettings) examineDatabase(p *program) []models.Checkup {
	store, err := d.open(p)
	if err != nil {
		return []models.Checkup{{Part: "database", Err: err}}
	}
	defer store.Close()
	return store.Examine(p.ctx, models.System)
}

func (d databaseSettings) examineSettings() models.Checkup {
	c := models.Checkup{Part: "settings"}
	base, err := d.base()
	if err != nil {
		c.Err = err
		return c
	}
	c.Note = base.String()
	switch {
	case d.Demo:
		c.Risk = "RESELLING_DEMO is set: everybody knows its sign-ins"
	case base.Scheme != "https":
		c.Risk = fmt.Sprintf("RESELLING_BASE_URL is %s: passwords need https", base)
	}
	return c
}

func (d databaseSettings) examineSecret() models.Checkup {
	c := models.Checkup{Part: "secret key", Note: "long enough, and not the demo's"}
	secret, err := d.secret()
	switch {
	case err != nil:
		c.Err = err
	case string(secret) == demoSecret:
		c.Risk = "RESELLING_SECRET_KEY is the demo's, which everybody knows"
	}
	return c
}

// examine connects to the mail server as if to send, and sends nothing.
func (m mailSettings) examine(p *program) models.Checkup {
	c := models.Checkup{Part: "mail"}
	if m.SMTPHost == "" {
		c.Note = "stays in the built-in mail box"
		c.Risk = "RESELLING_SMTP_HOST is missing: mail stays in the built-in mail box"
		return c
	}
	c.Note = fmt.Sprintf("%s:%d answers", m.SMTPHost, m.SMTPPort)
	server, err := m.server()
	if err != nil {
		c.Err = err
		return c
	}
	c.Err = server.Greet(p.ctx)
	return c
}

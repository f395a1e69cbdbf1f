package main

import (
	"fmt"
	"log/slog"
	"time"

	"reselling/handlers/worker"
	"reselling/models"
)

// mailSettings say how mail leaves. Without a host it stays in the built-in mail box.
type mailSettings struct {
	SMTPHost     string `env:"RESELLING_SMTP_HOST" name:"smtp-host" placeholder:"HOST" help:"Mail server; without one, mail stays in the built-in mail box."`
	SMTPPort     int    `env:"RESELLING_SMTP_PORT" name:"smtp-port" default:"587" placeholder:"PORT" help:"Its port (${default})."`
	SMTPUser     string `env:"RESELLING_SMTP_USER" name:"smtp-user" placeholder:"NAME" help:"Who signs in there; nobody if empty."`
	SMTPPassword string `env:"RESELLING_SMTP_PASSWORD" name:"smtp-password" placeholder:"PASSWORD" help:"Their password."`
	SMTPTLS      string `env:"RESELLING_SMTP_TLS" name:"smtp-tls" enum:"starttls,tls,none" default:"starttls" help:"starttls, tls or none (${default}); none is for a server on this machine."`
	MailFrom     string `env:"RESELLING_MAIL_FROM" placeholder:"ADDRESS" help:"The sender of every mail, such as \"Reselling <portal@example.com>\"; needed with a mail server."`
}

func (m mailSettings) options(p *program) (worker.Options, error) {
	// River tells every few seconds how many jobs it ran: only its warnings matter.
	quiet := slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := worker.Options{Log: quiet, Drain: drain - 5*time.Second} // and what then still runs gets 5 s to give up
	if m.SMTPHost == "" {
		return o, nil
	}
	mailer, err := worker.NewSMTP(worker.SMTPSettings{Host: m.SMTPHost, Port: m.SMTPPort, User: m.SMTPUser, Password: m.SMTPPassword, Encryption: worker.Encryption(m.SMTPTLS), From: m.MailFrom})
	if err != nil {
		return o, fmt.Errorf("RESELLING_SMTP_… and RESELLING_MAIL_FROM don't do: %w", err)
	}
	o.Mailer = mailer
	return o, nil
}

func (m mailSettings) examine(p *program) models.Checkup {
	c := models.Checkup{Part: "mail", Note: "stays in the built-in mail box"}
	if m.SMTPHost != "" {
		c.Note = fmt.Sprintf("leaves by %s:%d", m.SMTPHost, m.SMTPPort)
		_, c.Err = m.options(p)
	}
	return c
}

type workerCommand struct {
	databaseSettings
	mailSettings
}

// Run works off jobs until SIGTERM or SIGINT.
func (c *workerCommand) Run(p *program) error {
	options, err := c.options(p)
	if err != nil {
		return err
	}
	store, err := c.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.CheckSchema(p.ctx); err != nil {
		return err
	}
	if err := c.settle(p, store); err != nil {
		return err
	}
	return worker.Run(p.ctx, store, options)
}

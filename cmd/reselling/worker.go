package main

import (
	"fmt"
	"log/slog"
	"time"

	"reselling/handlers/worker"
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

// server is the mail server, which is not asked yet.
func (m mailSettings) server() (*worker.SMTP, error) {
	server, err := worker.NewSMTP(worker.SMTPSettings{Host: m.SMTPHost, Port: m.SMTPPort, User: m.SMTPUser, Password: m.SMTPPassword, Encryption: worker.Encryption(m.SMTPTLS), From: m.MailFrom})
	if err != nil {
		return nil, fmt.Errorf("RESELLING_SMTP_… and RESELLING_MAIL_FROM don't do: %w", err)
	}
	return server, nil
}

// jobSettings say how jobs are run.
type jobSettings struct {
	mailSettings
	RescueAfter time.Duration `env:"RESELLING_RESCUE_AFTER" default:"3m" placeholder:"DURATION" help:"After how long a job whose process died is run again; no job may take longer (${default})."`
}

func (j jobSettings) options(p *program, d databaseSettings) (worker.Options, error) {
	if j.RescueAfter < time.Second {
		return worker.Options{}, fmt.Errorf("RESELLING_RESCUE_AFTER is %s: a job needs a second or more, such as 3m", j.RescueAfter)
	}
	networks, err := d.webhookNetworks()
	if err != nil {
		return worker.Options{}, err
	}
	// River tells every few seconds how many jobs it ran: only its warnings matter.
	quiet := slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := worker.Options{Log: quiet, Drain: drain - 5*time.Second, Rescue: j.RescueAfter, WebhookNetworks: networks} // and what then still runs gets 5 s to give up
	if j.SMTPHost == "" {
		return o, nil
	}
	server, err := j.server()
	o.Mailer = server
	return o, err
}

type workerCommand struct {
	databaseSettings
	jobSettings
}

// Run works off jobs until SIGTERM or SIGINT.
func (c *workerCommand) Run(p *program) error {
	options, err := c.options(p, c.databaseSettings)
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

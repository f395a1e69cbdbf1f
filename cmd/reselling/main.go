// Command reselling runs the reseller portal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// program is what every subcommand gets.
type program struct {
	ctx    context.Context
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
	log    *slog.Logger
}

type commands struct {
	Serve   serveCommand   `cmd:"" help:"Serve the portal, and run its jobs unless told not to."`
	Worker  workerCommand  `cmd:"" help:"Run jobs only: mails and what else comes due."`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema up to date."`
	Demo    demoCommand    `cmd:"" help:"Print the sign-ins of the demo data, loading it into an empty database first."`
	Keys    keyCommands    `cmd:"" help:"Rotate, list and withdraw the keys that sign licences."`
	Staff   staffCommands  `cmd:"" help:"Invite the vendor's staff from the command line."`
	Backup  backupCommand  `cmd:"" help:"Write the embedded database into a new file, also while it is in use."`
	Restore restoreCommand `cmd:"" help:"Make the embedded database from a backup, as a copy that sends no mail."`
	Promote promoteCommand `cmd:"" help:"Make a copy of the database the real one, which sends mail."`
	Doctor  doctorCommand  `cmd:"" help:"Check settings, database and clock."`
}

func main() {
	if err := run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "reselling:", strings.Join(strings.Fields(err.Error()), " ")) // one line, whoever wrote it
		os.Exit(1)
	}
}

// run parses the command line and runs the command until it ends or is told to.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	p := &program{
		ctx: ctx, stdout: os.Stdout, stderr: os.Stderr, now: time.Now,
		log: slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	}
	slog.SetDefault(p.log)
	var c commands
	parser, err := kong.New(&c,
		kong.Name("reselling"),
		kong.Description("The self-managed portal in which a vendor's IT service providers issue free trials, resell and run their reselling team. Every flag can be set by the variable beside it."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(os.Args[1:])
	if err != nil {
		return fmt.Errorf("%w (`reselling --help` lists the commands, `reselling COMMAND --help` their settings)", err)
	}
	return command.Run(p)
}

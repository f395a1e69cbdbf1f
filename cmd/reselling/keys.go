package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"reselling/models"
)

type keyCommands struct {
	List     listKeysCommand    `cmd:"" help:"List the keys that sign licences, and what became of them."`
	Rotate   rotateKeyCommand   `cmd:"" help:"Publish the next key now, and let it sign once everybody knows it."`
	Withdraw withdrawKeyCommand `cmd:"" help:"Take a compromised key back: nothing that it signed is accepted any more."`
	Reissue  reissueKeysCommand `cmd:"" help:"Give the licences of a withdrawn key new licence keys, and mail them."`
}

// with opens the store, whose schema must be this program's, for one command on keys.
func (d databaseSettings) with(p *program, run func(*models.Store, io.Writer) error) error {
	store, err := d.open(p)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.CheckSchema(p.ctx); err != nil {
		return err
	}
	return run(store, p.stdout)
}

type listKeysCommand struct{ databaseSettings }

// Run prints a line for each key.
func (c *listKeysCommand) Run(p *program) error {
	return c.with(p, func(store *models.Store, out io.Writer) error {
		keys, err := store.SigningKeys(p.ctx, models.System)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			_, err := fmt.Fprintln(out, "Nothing was signed yet. The first key begins with the first licence.")
			return err
		}
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "KEY\tGENERATION\tSTATE\tPUBLISHED\tSIGNS FROM\tLICENCES\tNOTE")
		for _, k := range keys {
			from, note := "never", k.WithdrawnReason
			if k.SignsFrom != nil {
				from = k.SignsFrom.UTC().Format(time.RFC3339)
			}
			if !k.IsOurs {
				note = "of another RESELLING_SECRET_KEY " + note
			}
			fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%d\t%s\n", k.Kid, k.Generation, k.State(store.Now()), k.CreatedAt.UTC().Format(time.RFC3339), from, k.Licenses, note)
		}
		return table.Flush()
	})
}

type rotateKeyCommand struct {
	databaseSettings
	Overlap time.Duration `default:"24h" placeholder:"DURATION" help:"How long the new key is published before it signs (${default}): 10m at least."`
}

// Run publishes the next key.
func (c *rotateKeyCommand) Run(p *program) error {
	return c.with(p, func(store *models.Store, out io.Writer) error {
		key, err := store.RotateKey(p.ctx, models.System, c.Overlap)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s is published from now on, and signs from %s on. What was signed before stays valid.\n", key.Kid, key.SignsFrom.UTC().Format(time.RFC3339))
		return err
	})
}

type withdrawKeyCommand struct {
	databaseSettings
	Kid    string `arg:"" help:"The key, as \"reselling keys list\" names it."`
	Reason string `required:"" placeholder:"TEXT" help:"Why; it stands in the events."`
}

// Run withdraws a key.
func (c *withdrawKeyCommand) Run(p *program) error {
	return c.with(p, func(store *models.Store, out io.Writer) error {
		key, err := store.WithdrawKey(p.ctx, models.System, c.Kid, c.Reason)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%s is withdrawn: what it signed is refused from now on. Licences that need new keys: %d. Give them: reselling keys reissue %s\n", key.Kid, key.Licenses, key.Kid)
		return err
	})
}

type reissueKeysCommand struct {
	databaseSettings
	Kid string `arg:"" help:"The withdrawn key."`
}

// Run gives licences new keys.
func (c *reissueKeysCommand) Run(p *program) error {
	return c.with(p, func(store *models.Store, out io.Writer) error {
		n, err := store.ReissueKeys(p.ctx, models.System, c.Kid)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "Licences with new keys: %d. Their clients get a mail, or whoever looks after them where the client's page is switched off.\n", n)
		return err
	})
}

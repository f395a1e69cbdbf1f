package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gorm.io/gorm"
)

// Checkup is what one look at a part of the installation found.
type Checkup struct {
	Part string
	Err  error  // nil: it works
	Risk string // why real business should not be done like this; empty: no reason
	Note string // what was seen
}

const (
	clockTolerance = 5 * time.Second  // how far the database's clock may be from ours
	jobTolerance   = 10 * time.Minute // how long a job may wait for a worker
	diskNeeded     = 64 << 20         // bytes: below it, writing is about to fail
	diskWanted     = 1 << 30          // bytes: below it, or below twice the database, nobody should go to sleep
)

// Examine looks at what the store depends on, one part after the other.
func (s *Store) Examine(ctx context.Context, _ Actor) []Checkup {
	all := []Checkup{s.examineSchema(ctx)}
	if all[0].Err != nil {
		return all // nothing below can be asked
	}
	all = append(all, s.examineWriting(ctx), s.examineDurability(ctx), s.examineClock(ctx))
	if s.Dialect() == "sqlite" {
		all = append(all, s.examineFile(ctx), s.examineDisk(ctx), s.examinePages(ctx))
	} else {
		all = append(all, s.examineTransport(ctx))
	}
	return append(all, s.examineOrigin(ctx), s.examineKeys(ctx), s.examineJobs(ctx), s.examineStaff(ctx), s.examineVendor(ctx), s.examineMoney(ctx))
}

func (s *Store) examineSchema(ctx context.Context) Checkup {
	c := Checkup{Part: "database", Note: s.Dialect() + ", schema is current"}
	c.Err = s.Ready(ctx)
	return c
}

// examineWriting changes a row to what it is, which needs a free disk and a free lock.
func (s *Store) examineWriting(ctx context.Context) Checkup {
	err := s.write(ctx, func(tx *tx) error {
		return tx.Exec("UPDATE vendor SET version = version WHERE id = 1").Error
	})
	return Checkup{Part: "writing", Err: err, Note: "the database takes changes"}
}

// examineDurability makes sure that what was answered outlasts a power cut.
func (s *Store) examineDurability(ctx context.Context) Checkup {
	c := Checkup{Part: "durability", Note: "what is answered is on the disk"}
	switches := map[string]string{"PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2", "PRAGMA foreign_keys": "1"}
	if s.Dialect() == "postgres" {
		switches = map[string]string{"SHOW fsync": "on", "SHOW synchronous_commit": "on", "SHOW full_page_writes": "on"}
	}
	for query, want := range switches {
		var has string
		if c.Err = pool(s.db).QueryRowContext(ctx, query).Scan(&has); c.Err != nil {
			return c
		}
		if has != want {
			c.Risk = fmt.Sprintf("%s is %s and should be %s: what was answered can be lost when the power fails", strings.Fields(query)[1], has, want)
		}
	}
	return c
}

func (s *Store) examineClock(ctx context.Context) Checkup {
	c := Checkup{Part: "clock"}
	query := "SELECT CAST(strftime('%s', 'now') AS INTEGER)"
	if s.Dialect() == "postgres" {
		query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)"
	}
	var theirs int64
	if c.Err = pool(s.db).QueryRowContext(ctx, query).Scan(&theirs); c.Err != nil {
		return c
	}
	apart := s.Now().Sub(time.Unix(theirs, 0)).Abs().Truncate(time.Second)
	c.Note = fmt.Sprintf("%s, %s from the database's", s.Now().Format(time.RFC3339), apart)
	if apart > clockTolerance {
		c.Err = fmt.Errorf("this machine's clock and the database's are %s apart: set both by NTP", apart)
	}
	return c
}

// examineFile makes sure that nobody else on this machine reads the database.
func (s *Store) examineFile(ctx context.Context) Checkup {
	c := Checkup{Part: "permissions", Note: "only its owner and group reach the database file"}
	path, err := s.file(ctx)
	if err != nil {
		c.Err = err
		return c
	}
	file, err := os.Stat(path)
	if err != nil {
		c.Err = err
		return c
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		c.Err = err
		return c
	}
	const read, enter = 0o004, 0o001 // by others
	if file.Mode()&read != 0 && folder.Mode()&enter != 0 {
		c.Risk = fmt.Sprintf("everybody on this machine can read the database: chmod 750 %s", filepath.Dir(path))
	}
	return c
}

// examineDisk looks at the space that is left for the database, its log and a backup.
func (s *Store) examineDisk(ctx context.Context) Checkup {
	c := Checkup{Part: "disk"}
	path, err := s.file(ctx)
	if err != nil {
		c.Err = err
		return c
	}
	file, err := os.Stat(path)
	if err != nil {
		c.Err = err
		return c
	}
	var disk syscall.Statfs_t
	if c.Err = syscall.Statfs(filepath.Dir(path), &disk); c.Err != nil {
		return c
	}
	free := disk.Bavail * uint64(disk.Bsize)
	c.Note = fmt.Sprintf("%d MB free, the database has %d MB", free>>20, file.Size()>>20)
	switch {
	case free < diskNeeded:
		c.Err = fmt.Errorf("only %d MB are free: writing is about to fail", free>>20)
	case free < max(diskWanted, 2*uint64(file.Size())):
		c.Risk = fmt.Sprintf("only %d MB are free: a backup and a month of growth need 1 GB and twice the database (%d MB)", free>>20, file.Size()>>20)
	}
	return c
}

// examinePages reads the whole database, so it takes its time on a large one.
func (s *Store) examinePages(ctx context.Context) Checkup {
	c := Checkup{Part: "pages", Note: "the file is whole, and no row points to none"}
	var said string
	if c.Err = pool(s.reader).QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); c.Err != nil {
		return c
	}
	if said != "ok" {
		c.Err = fmt.Errorf("the database is damaged, restore a backup: %s", said)
		return c
	}
	var table string
	err := pool(s.reader).QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table)
	if err == nil {
		c.Err = fmt.Errorf("a row of %s points to one that is not there: restore a backup", table)
	} else if !errors.Is(err, sql.ErrNoRows) {
		c.Err = err
	}
	return c
}

// examineTransport makes sure that nobody on the way reads along.
func (s *Store) examineTransport(ctx context.Context) Checkup {
	c := Checkup{Part: "transport", Note: "the connection to PostgreSQL stays on this machine or is encrypted"}
	var open bool
	c.Err = pool(s.db).QueryRowContext(ctx, `SELECT NOT s.ssl AND a.client_addr IS NOT NULL AND NOT (a.client_addr << '127.0.0.0/8' OR a.client_addr = '::1')
		FROM pg_stat_ssl s JOIN pg_stat_activity a ON a.pid = s.pid WHERE s.pid = pg_backend_pid()`).Scan(&open)
	if open {
		c.Risk = "the connection to PostgreSQL crosses a network unencrypted: add sslmode=verify-full to RESELLING_DATABASE_URL"
	}
	return c
}

// examineOrigin tells whether the database is a copy, or will become one when it is served.
func (s *Store) examineOrigin(ctx context.Context) Checkup {
	c := Checkup{Part: "origin", Note: "this is the real database, where it was"}
	here, err := s.place(ctx)
	if err != nil {
		c.Err = err
		return c
	}
	was, err := rowsOf[installation](s.reader).Where("id = ?", 1).Take(ctx)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		c.Note = "not served yet"
	case err != nil:
		c.Err = err
	case was.CopiedAt != nil || was.Place != here:
		c.Risk = "this database is a copy, no mail leaves: if it is to be the real one, run `reselling promote` after its first start"
	}
	return c
}

// examineKeys tells with which key this program signs, and what is wrong with the others.
func (s *Store) examineKeys(ctx context.Context) Checkup {
	c := Checkup{Part: "signing keys", Note: "none was needed yet"}
	keys, err := s.SigningKeys(ctx, System)
	if err != nil || len(keys) == 0 {
		c.Err = err
		return c
	}
	published, current, next := 0, "", ""
	for _, k := range keys {
		if k.WithdrawnAt == nil {
			published++
		}
		if k.IsCurrent {
			current = fmt.Sprintf(", %s (generation %d) signs", k.Kid, k.Generation)
		}
		if k.WithdrawnAt == nil && k.SignsFrom != nil && k.SignsFrom.After(s.Now()) {
			next = fmt.Sprintf(", %s from %s on", k.Kid, k.SignsFrom.UTC().Format(time.RFC3339))
		}
	}
	c.Note = fmt.Sprintf("%d published%s%s", published, current, next)
	dead, kids, err := deadKeys(ctx, s.reader)
	switch {
	case err != nil:
		c.Err = err
	case dead > 0:
		c.Risk = fmt.Sprintf("%d licences have keys that were withdrawn and are refused: run `reselling keys reissue %s`", dead, kids[0])
	case current == "":
		c.Risk = "nothing was signed with this RESELLING_SECRET_KEY yet: if it is not a new one on purpose, links in mails and sessions are dead"
	}
	return c
}

func (s *Store) examineJobs(ctx context.Context) Checkup {
	c := Checkup{Part: "jobs"}
	// River writes its instants in UTC with a space between day and time on SQLite.
	since := any(s.Now().Add(-jobTolerance))
	if s.Dialect() == "sqlite" {
		since = s.Now().Add(-jobTolerance).Format(time.DateTime)
	}
	var failed, waiting int64
	c.Err = pool(s.db).QueryRowContext(ctx, `SELECT COUNT(CASE WHEN state = 'discarded' THEN 1 END), COUNT(CASE WHEN state = 'available' AND scheduled_at < $1 THEN 1 END)
		FROM river_job WHERE state IN ('available', 'discarded')`, since).Scan(&failed, &waiting)
	if c.Err != nil {
		return c
	}
	c.Note = fmt.Sprintf("%d failed for good, %d waiting too long", failed, waiting)
	switch {
	case failed > 0:
		c.Err = fmt.Errorf("%d jobs failed for good: look at /admin/jobs", failed)
	case waiting > 0:
		c.Risk = fmt.Sprintf("%d jobs wait for over %d minutes: no worker runs", waiting, int(jobTolerance.Minutes()))
	}
	return c
}

// examineStaff makes sure that somebody can run the installation.
func (s *Store) examineStaff(ctx context.Context) Checkup {
	c := Checkup{Part: "staff"}
	n, err := rowsOf[User](s.reader).Where("staff_role = ? AND removed_at IS NULL", Administrator).Count(ctx, "id")
	c.Err, c.Note = err, fmt.Sprintf("administrators: %d", n)
	if err == nil && n == 0 {
		c.Risk = "there is no administrator: run `reselling staff add ADDRESS` and open the link"
	}
	return c
}

// examineVendor makes sure that invoices tell who issues them and where to pay.
func (s *Store) examineVendor(ctx context.Context) Checkup {
	c := Checkup{Part: "vendor"}
	v, err := s.Vendor(ctx, System)
	if err != nil {
		c.Err = err
		return c
	}
	c.Note = v.Name
	var missing []string
	for _, field := range []struct{ name, value string }{
		{"legal name", v.LegalName}, {"address", v.Address}, {"bank details", v.BankDetails}, {"Customer Success address", v.CustomerSuccessEmail},
	} {
		if field.value == "" {
			missing = append(missing, field.name)
		}
	}
	if len(missing) > 0 {
		c.Risk = "fill in at /admin/settings: " + strings.Join(missing, ", ")
	}
	return c
}

// examineMoney reckons every settled amount again.
func (s *Store) examineMoney(ctx context.Context) Checkup {
	c := Checkup{Part: "money"}
	amounts, wrong, err := s.Reckon(ctx, System)
	c.Err, c.Note = err, fmt.Sprintf("%d settled amounts are what their inputs give", amounts)
	if len(wrong) > 0 {
		w := wrong[0]
		c.Err = fmt.Errorf("%d settled amounts are not what their inputs give, the first: %s of %s is stored as %d and should be %d (in minor units)", len(wrong), w.What, w.Document, w.Stored, w.Reckoned)
	}
	return c
}

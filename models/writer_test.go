package models

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"
)

// ledger is a writer on a SQLite file with one table, whatever the suite runs on.
type ledger struct {
	*writer
	reader *gorm.DB
}

func newLedger(t *testing.T) ledger {
	t.Helper()
	db, reader, err := openDatabase("file:"+filepath.Join(t.TempDir(), "ledger.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool(db).Close(); _ = pool(reader).Close() })
	if err := db.Exec("CREATE TABLE lines (name TEXT NOT NULL)").Error; err != nil {
		t.Fatal(err)
	}
	return ledger{&writer{db: db}, reader}
}

func insert(name string) func(*gorm.DB) error {
	return func(tx *gorm.DB) error { return tx.Exec("INSERT INTO lines VALUES (?)", name).Error }
}

func (l ledger) lines(t *testing.T) string {
	t.Helper()
	var names []string
	if err := l.reader.Raw("SELECT name FROM lines ORDER BY name").Scan(&names).Error; err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// group runs the use cases in one group, in their order, and returns what each
// was answered. While the group waits, meanwhile runs.
func (l ledger) group(t *testing.T, meanwhile func(), fns ...func(*gorm.DB) error) []error {
	t.Helper()
	first, hold := make(chan struct{}), make(chan struct{})
	go func() {
		_ = l.run(context.Background(), func(*gorm.DB) error { close(first); <-hold; return nil })
	}()
	<-first
	answers := make([]chan error, len(fns))
	for i, fn := range fns {
		answers[i] = make(chan error, 1)
		go func() {
			defer func() {
				if v := recover(); v != nil {
					answers[i] <- fmt.Errorf("panic: %v", v)
				}
			}()
			answers[i] <- l.run(context.Background(), fn)
		}()
		l.await(t, i+1)
	}
	if meanwhile != nil {
		meanwhile()
	}
	close(hold)
	errs := make([]error, len(fns))
	for i := range answers {
		errs[i] = <-answers[i]
	}
	return errs
}

// await returns once n use cases wait.
func (l ledger) await(t *testing.T, n int) {
	t.Helper()
	for {
		l.mu.Lock()
		waiting := len(l.waiting)
		l.mu.Unlock()
		if waiting == n {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("nobody came")
		}
		time.Sleep(100 * time.Microsecond)
	}
}

func TestAFailingUseCaseTouchesNoOtherInItsGroup(t *testing.T) {
	l := newLedger(t)
	refused := errors.New("refused")
	errs := l.group(t, nil, insert("a"), func(tx *gorm.DB) error {
		return errors.Join(insert("b")(tx), refused)
	}, func(tx *gorm.DB) error {
		if err := insert("c")(tx); err != nil {
			return err
		}
		panic("broken")
	}, func(tx *gorm.DB) error { return tx.Exec("INSERT INTO nowhere VALUES (1)").Error }, insert("e"))
	if errs[0] != nil || errs[4] != nil {
		t.Errorf("those without fault were answered %v and %v", errs[0], errs[4])
	}
	if !errors.Is(errs[1], refused) {
		t.Errorf("the refused one was answered %v", errs[1])
	}
	if errs[2] == nil || !strings.Contains(errs[2].Error(), "broken") || !strings.Contains(errs[2].Error(), "writer_test.go") {
		t.Errorf("the broken one was answered %v: want its panic with where it was", errs[2])
	}
	if errs[3] == nil || !strings.Contains(errs[3].Error(), "no such table") {
		t.Errorf("the wrong one was answered %v", errs[3])
	}
	if got := l.lines(t); got != "a e" {
		t.Errorf("stored: %q, want a and e", got)
	}
}

func TestNobodyIsAnsweredBeforeTheCommit(t *testing.T) {
	l := newLedger(t)
	var seen string
	early := false
	begun, ready := make(chan struct{}), make(chan struct{})
	a := l.enter(func(*gorm.DB) error { close(begun); <-ready; return nil })
	<-begun
	b := l.enter(insert("b"))
	c := l.enter(func(tx *gorm.DB) error { // in b's group, after b
		seen = l.lines(t)
		select {
		case <-b.done:
			early = true
		default:
		}
		return insert("c")(tx)
	})
	close(ready)
	<-a.done
	<-b.done
	<-c.done
	if a.err != nil || b.err != nil || c.err != nil {
		t.Fatal(a.err, b.err, c.err)
	}
	if seen != "" {
		t.Errorf("another connection saw %q before the commit", seen)
	}
	if early {
		t.Error("b was answered before the commit")
	}
	if got := l.lines(t); got != "b c" {
		t.Errorf("stored: %q", got)
	}
}

func TestTheEndOfARequestBreaksNothingOff(t *testing.T) {
	l := newLedger(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	errs := l.group(t, nil, insert("a"), func(tx *gorm.DB) error {
		return tx.WithContext(ctx).Exec("INSERT INTO lines VALUES ('b')").Error
	}, insert("c"))
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		t.Errorf("use case %d was answered %v", i, errs[i])
	}
	if got := l.lines(t); got != "a b c" {
		t.Errorf("stored: %q", got)
	}
}

func TestWhoLeavesTheQueueIsNotServed(t *testing.T) {
	l := newLedger(t)
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error, 1)
	errs := l.group(t, func() {
		go func() { left <- l.run(ctx, insert("left")) }()
		l.await(t, 3)
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left was answered %v", err)
		}
	}, insert("a"), insert("b"))
	if errs[0] != nil || errs[1] != nil {
		t.Error(errs)
	}
	if got := l.lines(t); got != "a b" {
		t.Errorf("stored: %q", got)
	}
}

// A transaction can end under the feet of its group. What comes later must then
// neither run on its own nor be told that it was saved.
func TestALostTransactionIsLostForTheWholeGroup(t *testing.T) {
	l := newLedger(t)
	later := false
	errs := l.group(t, nil, insert("a"), func(tx *gorm.DB) error {
		return tx.Exec("ROLLBACK").Error
	}, func(tx *gorm.DB) error {
		later = true
		return insert("c")(tx)
	})
	for i, err := range errs {
		if err == nil {
			t.Errorf("use case %d was told that it was saved", i)
		}
	}
	if later {
		t.Error("a use case ran outside of the transaction")
	}
	if got := l.lines(t); got != "" {
		t.Errorf("stored: %q", got)
	}
	if err := l.run(context.Background(), insert("d")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAFullDiskIsAnOutageThatPasses(t *testing.T) {
	l := newLedger(t)
	var pages int
	if err := l.db.Raw("PRAGMA page_count").Scan(&pages).Error; err != nil {
		t.Fatal(err)
	}
	if err := l.db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+1)).Error; err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", 100_000)
	errs := l.group(t, nil, insert("a"), insert(large), insert("c"))
	if !isOutage(errs[1]) || KindOf(unsaved(errs[1])) != Unavailable {
		t.Errorf("with a full disk: %v", errs[1])
	}
	var saved []string
	for i, name := range []string{"a", "", "c"} {
		if errs[i] == nil {
			saved = append(saved, name)
		} else if !isOutage(errs[i]) {
			t.Errorf("use case %d was answered %v", i, errs[i])
		}
	}
	if got := l.lines(t); got != strings.Join(saved, " ") {
		t.Errorf("stored: %q, told to be saved: %q", got, saved)
	}
	if err := l.db.Exec("PRAGMA max_page_count = 100000").Error; err != nil {
		t.Fatal(err)
	}
	if err := l.run(context.Background(), insert(large)); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

func TestALockedDatabaseIsAnOutageThatPasses(t *testing.T) {
	l := newLedger(t)
	if err := l.db.Exec("PRAGMA busy_timeout = 50").Error; err != nil {
		t.Fatal(err)
	}
	other, _, err := openDatabase("file:"+l.file(t), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer pool(other).Close()
	held := other.Begin()
	if held.Error != nil {
		t.Fatal(held.Error)
	}
	if err := l.run(context.Background(), insert("a")); KindOf(unsaved(err)) != Unavailable {
		t.Errorf("while another process writes: %v", err)
	}
	if got := l.lines(t); got != "" {
		t.Errorf("reading while another process writes: %q", got)
	}
	held.Rollback()
	if err := l.run(context.Background(), insert("b")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if got := l.lines(t); got != "b" {
		t.Errorf("stored: %q", got)
	}
}

func (l ledger) file(t *testing.T) (path string) {
	t.Helper()
	if err := l.db.Raw("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path).Error; err != nil {
		t.Fatal(err)
	}
	return path
}

// BenchmarkWrite shows what grouping is worth: durable single rows by 64 at once.
func BenchmarkWrite(b *testing.B) {
	db, reader, err := openDatabase("file:"+filepath.Join(b.TempDir(), "ledger.db"), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer pool(db).Close()
	defer pool(reader).Close()
	if err := db.Exec("CREATE TABLE lines (name TEXT NOT NULL)").Error; err != nil {
		b.Fatal(err)
	}
	w := &writer{db: db}
	for name, run := range map[string]func(fn func(*gorm.DB) error) error{
		"grouped": func(fn func(*gorm.DB) error) error { return w.run(context.Background(), fn) },
		"single":  func(fn func(*gorm.DB) error) error { return db.Transaction(fn) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := run(insert("a")); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// groupSize is how many use cases share one commit at most.
const groupSize = 64

// writer runs use cases on SQLite's only writing connection. Those that wait
// share one transaction, each in a savepoint of its own, and one commit: the
// disk is the slow part, and it works once for all of them. Nobody is answered
// before that commit.
type writer struct {
	db      *gorm.DB
	mu      sync.Mutex
	waiting []*member
	running bool
}

// member is one use case in a group.
type member struct {
	fn    func(*gorm.DB) error
	err   error
	panic *panicked
	done  chan struct{}
}

// panicked is a panic on its way from the writer to whom it belongs.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) String() string { return fmt.Sprintf("%v\n%s", p.value, p.stack) }

// errWaited says that the only connection that writes was busy for too long.
var errWaited = errors.New("waited too long to write")

// run runs fn in the next group and returns after its commit. It returns
// errWaited where fn did not get its turn within lockTimeout. Once fn has begun,
// the end of ctx changes nothing: what was begun is finished and told.
func (w *writer) run(ctx context.Context, fn func(*gorm.DB) error) error {
	m := w.enter(fn)
	patience := time.NewTimer(lockTimeout)
	defer patience.Stop()
	var why error
	select {
	case <-m.done:
	case <-ctx.Done():
		why = ctx.Err()
	case <-patience.C:
		why = errWaited
	}
	if why != nil {
		if w.leave(m) {
			return why
		}
		<-m.done
	}
	if m.panic != nil {
		panic(m.panic)
	}
	return m.err
}

// enter puts fn in the queue. Its member is done after the commit.
func (w *writer) enter(fn func(*gorm.DB) error) *member {
	m := &member{fn: fn, done: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, m)
	if !w.running {
		w.running = true
		go w.drain()
	}
	return m
}

// leave takes m out of the queue unless it has begun.
func (w *writer) leave(m *member) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, other := range w.waiting {
		if other == m {
			w.waiting = append(w.waiting[:i], w.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// drain runs groups until nobody waits.
func (w *writer) drain() {
	for {
		w.mu.Lock()
		n := min(len(w.waiting), groupSize)
		if n == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		group := w.waiting[:n:n]
		w.waiting = w.waiting[n:]
		w.mu.Unlock()
		w.commit(group)
		for _, m := range group {
			close(m.done)
		}
	}
}

// commit runs a group. If the transaction as a whole is lost, so is everybody's work in it.
func (w *writer) commit(group []*member) {
	err := w.transaction(group)
	if err == nil {
		return
	}
	for _, m := range group {
		if m.err == nil && m.panic == nil {
			m.err = err
		}
	}
}

func (w *writer) transaction(group []*member) error {
	ctx := context.Background()                           // a group belongs to nobody's request
	turn, cancel := context.WithTimeout(ctx, lockTimeout) // jobs use this connection too
	defer cancel()
	conn, err := pool(w.db).Conn(turn)
	if err != nil {
		return errors.Join(errWaited, err)
	}
	defer conn.Close()
	sqlTx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	tx := w.db.Session(&gorm.Session{NewDB: true, Context: ctx})
	tx.Statement.ConnPool = steady{sqlTx}
	for _, m := range group {
		if err := m.run(sqlTx, tx); err != nil {
			return errors.Join(err, sqlTx.Rollback())
		}
		// SQLite gives up the whole transaction for some errors, a full disk among
		// them. Whatever follows would then be outside of it.
		if lost, err := autocommits(conn); err != nil || lost {
			return errors.Join(m.err, err, sqlTx.Rollback())
		}
	}
	return sqlTx.Commit()
}

// run runs the use case in a savepoint. It returns an error only if the
// transaction can't be gone on with.
func (m *member) run(sqlTx *sql.Tx, tx *gorm.DB) error {
	ctx := context.Background()
	if _, err := sqlTx.ExecContext(ctx, "SAVEPOINT usecase"); err != nil {
		return err
	}
	m.protect(tx)
	if m.err != nil || m.panic != nil {
		if _, err := sqlTx.ExecContext(ctx, "ROLLBACK TO usecase"); err != nil {
			return errors.Join(m.err, err)
		}
	}
	_, err := sqlTx.ExecContext(ctx, "RELEASE usecase")
	return err
}

// protect keeps a panic of one use case from the others.
func (m *member) protect(tx *gorm.DB) {
	defer func() {
		if v := recover(); v != nil {
			m.panic = &panicked{v, debug.Stack()}
		}
	}()
	m.err = m.fn(tx)
}

// autocommits reports whether conn is outside of any transaction.
func autocommits(conn *sql.Conn) (outside bool, err error) {
	err = conn.Raw(func(driver any) error {
		c, ok := driver.(*sqlite3.SQLiteConn)
		if !ok {
			return fmt.Errorf("not a connection to SQLite: %T", driver)
		}
		outside = c.AutoCommit()
		return nil
	})
	return outside, err
}

// steady is a transaction that the end of a request does not break off: SQLite
// would roll back the whole group.
type steady struct{ *sql.Tx }

// PrepareContext prepares a statement, whatever becomes of ctx.
func (s steady) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return s.Tx.PrepareContext(context.WithoutCancel(ctx), query)
}

// ExecContext runs a statement, whatever becomes of ctx.
func (s steady) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return s.Tx.ExecContext(context.WithoutCancel(ctx), query, args...)
}

// QueryContext asks, whatever becomes of ctx.
func (s steady) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.Tx.QueryContext(context.WithoutCancel(ctx), query, args...)
}

// QueryRowContext asks for one row, whatever becomes of ctx.
func (s steady) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return s.Tx.QueryRowContext(context.WithoutCancel(ctx), query, args...)
}

package models

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// unsaved tells people of an outage that their change was not made.
func unsaved(err error) error {
	if _, ours := errors.AsType[*Error](err); ours || !isOutage(err) {
		return err
	}
	return fmt.Errorf("%w (%w)", &Error{Kind: Unavailable, Message: "The portal can't save anything at the moment. Nothing was changed. Please try again in a few seconds.", Retry: 5 * time.Second}, err)
}

// isOutage reports whether err says that the database could not serve us now,
// rather than that we asked for something wrong.
func isOutage(err error) bool {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return slices.Contains([]sqlite3.ErrNo{
			sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrCantOpen,
			sqlite3.ErrReadonly, sqlite3.ErrNomem, sqlite3.ErrProtocol, sqlite3.ErrCorrupt, sqlite3.ErrNotADB,
		}, e.Code)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return isOutageCode(e.Code)
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return true
	}
	if err != nil && strings.Contains(err.Error(), "sql: database is closed") { // database/sql does not export it; the program is ending
		return true
	}
	if pgconn.SafeToRetry(err) { // nothing was sent: the connection had gone before
		return true
	}
	return errors.Is(err, errWaited) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.ErrUnexpectedEOF)
}

// isOutageCode tells by PostgreSQL's classes of SQLSTATE: lost connection, lack
// of resources, operator intervention, fault of the system; and by single codes:
// read-only (a standby), serialization failure, deadlock, lock not available.
func isOutageCode(code string) bool {
	return slices.Contains([]string{"08", "53", "57", "58"}, code[:2]) ||
		slices.Contains([]string{"25006", "40001", "40P01", "55P03"}, code)
}

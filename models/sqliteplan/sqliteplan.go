// Package sqliteplan sets up SQLite for a program that asks the same questions
// over and over.
//
// Every connection keeps the plan of a prepared statement, whatever values are
// bound to it. Without this, SQLite
// parses and plans nearly every statement again each time it runs: a filter
// "column = ?" makes a plan depend on its value, and clearing the values of a
// statement that the driver keeps counts as a change.
//
// The price: an index with a WHERE clause is used only where the statement says
// that clause in so many words, not where a bound value happens to meet it.
package sqliteplan

/*
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup

// SQLite is compiled by the driver; both are linked into one program.
typedef struct sqlite3 sqlite3;
extern int sqlite3_auto_extension(void (*entry)(void));
extern int sqlite3_db_config(sqlite3*, int option, ...);
extern int sqlite3_config(int option, ...);

#define SQLITE_CONFIG_MEMSTATUS 9
#define SQLITE_DBCONFIG_ENABLE_QPSG 1007

static int keep_plans(sqlite3 *db, char **message, const void *api) {
	(void)message; (void)api;
	return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, (int*)0);
}

static int set_up(void) {
	int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	return code ? code : sqlite3_auto_extension((void (*)(void))keep_plans);
}
*/
import "C"

import (
	"strconv"

	_ "github.com/mattn/go-sqlite3" // brings SQLite
)

func init() {
	if code := C.set_up(); code != 0 {
		panic("SQLite can't be set up: code " + strconv.Itoa(int(code)))
	}
}

// Package sqliteplan makes every connection to SQLite keep the plan of a
// prepared statement, whatever values are bound to it. Without this, SQLite
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

#define SQLITE_DBCONFIG_ENABLE_QPSG 1007

static int keep_plans(sqlite3 *db, char **message, const void *api) {
	(void)message; (void)api;
	return sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, (int*)0);
}

static int keep_plans_of_all(void) {
	return sqlite3_auto_extension((void (*)(void))keep_plans);
}
*/
import "C"

import _ "github.com/mattn/go-sqlite3" // brings SQLite

func init() {
	if code := C.keep_plans_of_all(); code != 0 {
		panic("SQLite refuses to keep plans: code " + string(rune('0'+code)))
	}
}

package models

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// ofRow is the part of a condition that names the row.
var ofRow = regexp.MustCompile(`^(account_id = \? AND )?id = \?`)

// Unprotected makes a store run its use cases without what keeps them apart: on
// PostgreSQL no row is locked before it is looked at, and changed whatever has
// become of it; on SQLite transactions begin as readers, many at a time. Races
// are lost on it.
func (s *Store) Unprotected(_ context.Context, _ Actor, rawURL string) error {
	if s.Dialect() == "sqlite" {
		db, err := gorm.Open(sqlite.Open(rawURL+"?_txlock=deferred&_busy_timeout=5000&_foreign_keys=1"), &gorm.Config{
			Logger: logger.Discard, TranslateError: true, SkipDefaultTransaction: true, NowFunc: s.Now,
		})
		s.db, s.writer = db, nil
		return err
	}
	unlocked := s.db.Callback().Query().Before("gorm:query").Register("unlocked", func(db *gorm.DB) {
		delete(db.Statement.Clauses, "FOR")
	})
	unguarded := s.db.Callback().Update().Before("gorm:update").Register("unguarded", func(db *gorm.DB) {
		where, _ := db.Statement.Clauses["WHERE"].Expression.(clause.Where)
		for i, e := range where.Exprs {
			if e, ok := e.(clause.Expr); ok && ofRow.MatchString(e.SQL) {
				e.SQL = ofRow.FindString(e.SQL)
				e.Vars = e.Vars[:strings.Count(e.SQL, "?")]
				where.Exprs[i] = e
			}
		}
	})
	return errors.Join(unlocked, unguarded)
}

package models

import (
	"context"
	"database/sql"
	"strings"

	"gorm.io/gorm"
)

// Cursor is the key of a page of a list.
func Cursor(value any, id string) string { return encodeCursor(value, id) }

// Watch calls seen with each page of a list that s reads, until the watch ends.
func (s *Store) Watch(_ context.Context, _ Actor, seen func(statement string, args []any)) (end func()) {
	unwatched := s.reader.Statement.ConnPool
	s.reader.Statement.ConnPool = watched{unwatched, seen}
	return func() { s.reader.Statement.ConnPool = unwatched }
}

type watched struct {
	gorm.ConnPool
	seen func(string, []any)
}

// QueryContext tells of what looks like a page of a list.
func (w watched) QueryContext(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	if strings.Contains(statement, " ORDER BY ") && strings.Contains(statement, " LIMIT ") {
		w.seen(statement, args)
	}
	return w.ConnPool.QueryContext(ctx, statement, args...)
}

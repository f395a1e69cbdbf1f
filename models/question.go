package models

import (
	"context"
	"database/sql/driver"
	"reflect"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// question is what a chain asks, in the plain form that needs no GORM to be
// written: GORM costs as much again as SQLite takes to answer.
type question struct {
	text    string // the whole statement, where it is given
	args    []any
	wheres  []string
	columns []string
	sorted  string
	most    int  // 0: all
	locks   bool // the rows
	isOdd   bool // needs GORM
}

func (q question) where(query any, args []any) question {
	text, ok := query.(string)
	q.isOdd = q.isOdd || !ok || q.text != ""
	q.wheres = append(q.wheres[:len(q.wheres):len(q.wheres)], text)
	q.args = append(q.args[:len(q.args):len(q.args)], args...)
	return q
}

func (q question) selecting(query string, args []any) question {
	q.isOdd = q.isOdd || q.text != "" || len(q.columns) > 0
	q.columns = []string{query}
	for _, a := range args {
		column, ok := a.(string)
		q.isOdd = q.isOdd || !ok
		q.columns = append(q.columns, column)
	}
	return q
}

func (q question) with(c clause.Expression) question {
	lock, ok := c.(clause.Locking)
	q.locks = q.locks || ok
	q.isOdd = q.isOdd || !ok || lock != clause.Locking{Strength: "UPDATE"}
	return q
}

// statement writes q for the rows of a table.
func (q question) statement(table string) string {
	if q.text != "" {
		return q.text
	}
	var b strings.Builder
	b.WriteString("SELECT ")
	if len(q.columns) == 0 {
		b.WriteByte('*')
	}
	b.WriteString(strings.Join(q.columns, ", "))
	b.WriteString(` FROM "` + table + `"`)
	for i, where := range q.wheres {
		b.WriteString(map[bool]string{true: " WHERE (", false: " AND ("}[i == 0] + where + ")")
	}
	if q.sorted != "" {
		b.WriteString(" ORDER BY " + q.sorted)
	}
	if q.most > 0 {
		b.WriteString(" LIMIT " + strconv.Itoa(q.most))
	}
	return b.String()
}

// scan asks c for at most most rows (0: all that it asks for), reads each into
// one, a *T, and calls next after it. done is false where GORM has to do it.
func (c chain) scan(ctx context.Context, one any, most int, next func()) (n int, done bool, err error) {
	s, err := shapeOf(c.db, reflect.TypeOf(one).Elem())
	dialect, q := c.db.Name(), c.question
	if err != nil || q.isOdd || q.locks && dialect != "sqlite" { // which has no row locks
		return 0, false, nil // GORM says what is wrong
	}
	if most > 0 {
		q.most = most
	}
	text, args, ok := bound(dialect, q.statement(s.table), q.args)
	if !ok {
		return 0, false, nil
	}
	rows, err := c.db.Statement.ConnPool.QueryContext(ctx, text, args...)
	if err != nil {
		return 0, true, translated(c.db, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, true, err
	}
	into, ok := s.cells(reflect.ValueOf(one).Elem(), columns)
	if !ok {
		return 0, false, nil
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return n, true, err
		}
		next()
		if n++; n == most {
			break
		}
	}
	if err := rows.Err(); err != nil {
		return n, true, translated(c.db, err)
	}
	return n, true, translated(c.db, rows.Close())
}

// insert inserts row, a *T, with what to do on a conflict, and returns how many
// rows that made. done is false where GORM has to do it.
func (c chain) insert(ctx context.Context, row any, onConflict string) (n int64, done bool, err error) {
	value := reflect.ValueOf(row).Elem()
	s, err := shapeOf(c.db, value.Type())
	if err != nil || s.inserts == "" || len(c.ops) > 0 {
		return 0, false, nil //nolint:nilerr // GORM says what is wrong
	}
	args, ok := s.values(ctx, value)
	if !ok {
		return 0, false, nil
	}
	result, err := c.db.Statement.ConnPool.ExecContext(ctx, s.inserts+onConflict, args...)
	if err != nil {
		return 0, true, translated(c.db, err)
	}
	n, err = result.RowsAffected()
	return n, true, err
}

// insertAll inserts the rows of list, a []T, by one statement. done is false
// where GORM has to do it.
func (c chain) insertAll(ctx context.Context, list reflect.Value) (done bool, err error) {
	s, err := shapeOf(c.db, list.Type().Elem())
	if err != nil || s.inserts == "" || len(c.ops) > 0 {
		return false, nil //nolint:nilerr // GORM says what is wrong
	}
	args := make([]any, 0, list.Len()*len(s.stored))
	for i := range list.Len() {
		row, ok := s.values(ctx, list.Index(i))
		if !ok {
			return false, nil
		}
		args = append(args, row...)
	}
	_, err = c.db.Statement.ConnPool.ExecContext(ctx, s.insertsOf(c.db.Name(), list.Len()), args...)
	return true, translated(c.db, err)
}

// translated names an error as GORM does.
func translated(db *gorm.DB, err error) error {
	if t, ok := db.Dialector.(gorm.ErrorTranslator); ok && err != nil {
		return t.Translate(err)
	}
	return err
}

// bound writes a statement's "?" as its database wants them, and one for each
// value of a slice. It is false for values that only GORM knows.
func bound(dialect, statement string, args []any) (string, []any, bool) {
	flat, hasSlice := args, false
	for _, a := range args {
		switch a.(type) {
		case *gorm.DB, clause.Expression:
			return "", nil, false
		}
		hasSlice = hasSlice || isList(a)
	}
	if dialect == "sqlite" && !hasSlice {
		return statement, args, true
	}
	var b strings.Builder
	b.Grow(len(statement) + 2*len(args))
	if hasSlice {
		flat = nil
	}
	written, next, quoted := 0, 0, false
	place := func() {
		if written++; dialect == "sqlite" {
			b.WriteByte('?')
		} else {
			b.WriteString("$" + strconv.Itoa(written))
		}
	}
	for i := range len(statement) {
		c := statement[i]
		quoted = quoted != (c == '\'')
		if c != '?' || quoted || next == len(args) {
			b.WriteByte(c)
			continue
		}
		a := args[next]
		next++
		if !isList(a) {
			if hasSlice {
				flat = append(flat, a)
			}
			place()
			continue
		}
		list := reflect.ValueOf(a)
		if list.Len() == 0 {
			b.WriteString("(NULL)")
			continue
		}
		for j := range list.Len() {
			b.WriteString(map[bool]string{true: "(", false: ", "}[j == 0])
			flat = append(flat, list.Index(j).Interface())
			place()
		}
		b.WriteByte(')')
	}
	return b.String(), flat, next == len(args)
}

// isList reports whether a stands for several values.
func isList(a any) bool {
	switch a.(type) {
	case nil, string, int, bool, []byte, driver.Valuer:
		return false
	}
	t := reflect.TypeOf(a)
	return t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8
}

package models

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// PageSize is how many rows a list shows at once.
const PageSize = 25

// Paging says which page of a list is asked for: the one after or before a key.
type Paging struct {
	After  string // as in Page.Next
	Before string // as in Page.Prev
	Size   int    // 0 means PageSize
}

// Page is one page of a list. Prev and Next are keys for Paging, empty at the ends.
type Page[T any] struct {
	Items      []T
	Prev, Next string
}

// order is a list's sort key; the id after it makes it unique.
type order struct {
	column string // may carry the table's name
	id     string // the id column, likewise
	desc   bool
	isTime bool
}

// listing is a query that can be paged by key. All values go through args.
type listing struct {
	selects string // "SELECT … FROM … LEFT JOIN …", without WHERE; the listed table must lead, or SQLite may sort all of it
	where   []string
	args    []any
	order   order
}

func (l *listing) and(condition string, args ...any) {
	l.where = append(l.where, condition)
	l.args = append(l.args, args...)
}

// list runs q for one page. key returns the values of the order's columns of a row.
func list[T any](ctx context.Context, db *gorm.DB, q listing, p Paging, key func(T) (any, string)) (Page[T], error) {
	size := p.Size
	if size == 0 {
		size = PageSize
	}
	where, args := slices.Clone(q.where), slices.Clone(q.args)
	backwards := p.Before != ""
	desc := q.order.desc != backwards
	if cursor := p.After + p.Before; cursor != "" && (p.After == "" || p.Before == "") {
		value, id, err := decodeCursor(cursor, q.order.isTime)
		if err != nil {
			return Page[T]{}, err
		}
		where = append(where, fmt.Sprintf("(%s, %s) %s (?, ?)", q.order.column, q.order.id, map[bool]string{true: "<", false: ">"}[desc]))
		args = append(args, value, id)
		if strings.Contains(q.order.column, " ") { // an expression: SQLite seeks in its index by one value only
			where = append(where, fmt.Sprintf("%s %s= ?", q.order.column, map[bool]string{true: "<", false: ">"}[desc]))
			args = append(args, value)
		}
	}
	statement := q.selects
	if len(where) > 0 {
		statement += " WHERE " + strings.Join(where, " AND ")
	}
	direction := map[bool]string{true: "DESC", false: "ASC"}[desc]
	statement += fmt.Sprintf(" ORDER BY %s %s, %s %s LIMIT ?", q.order.column, direction, q.order.id, direction)
	items, err := rowsOf[T](db).Raw(statement, append(args, size+1)...).Find(ctx)
	if err != nil {
		return Page[T]{}, err
	}
	more := len(items) > size
	items = items[:min(len(items), size)]
	if backwards {
		slices.Reverse(items)
	}
	page := Page[T]{Items: items}
	if len(items) == 0 {
		return page, nil
	}
	if more || backwards {
		page.Next = encodeCursor(key(items[len(items)-1]))
	}
	if p.After != "" || backwards && more {
		page.Prev = encodeCursor(key(items[0]))
	}
	return page, nil
}

// each runs fn for every row of q, in pages, so that an export never holds all of them.
func each[T any](ctx context.Context, db *gorm.DB, q listing, key func(T) (any, string), fn func(T) error) error {
	p := Paging{Size: 500}
	for {
		page, err := list(ctx, db, q, p, key)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := fn(item); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		p.After = page.Next
	}
}

func encodeCursor(value any, id string) string {
	if t, ok := value.(time.Time); ok {
		value = t.UTC().Format(time.RFC3339Nano)
	}
	b, err := json.Marshal([]any{value, id})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func decodeCursor(cursor string, isTime bool) (value any, id string, err error) {
	broken := Errorf(NotFound, "This page of the list does not exist. Start again from the first page.")
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, "", broken
	}
	var pair [2]string
	if json.Unmarshal(b, &pair) != nil || strings.ContainsRune(pair[0]+pair[1], 0) {
		return nil, "", broken
	}
	if !isTime {
		return pair[0], pair[1], nil
	}
	t, err := time.Parse(time.RFC3339Nano, pair[0])
	if err != nil {
		return nil, "", broken
	}
	return t.UTC(), pair[1], nil
}

// distinct returns the values of a column of an account's rows, each once and
// none that is empty, from the first or the last on. It hops over an index on
// (account_id, column) and costs as much as there are values, not rows.
func distinct[T ~string](ctx context.Context, db *gorm.DB, table, column, accountID string, last bool) ([]T, error) {
	beyond, order := ">", "ASC"
	if last {
		beyond, order = "<", "DESC"
	}
	q := strings.NewReplacer("{table}", table, "{column}", column, "{beyond}", beyond, "{order}", order).Replace(`WITH RECURSIVE hops (value) AS (
	SELECT * FROM (SELECT {column} FROM {table} WHERE account_id = ? AND {column} > '' ORDER BY {column} {order} LIMIT 1) AS first
	UNION ALL
	SELECT (SELECT {column} FROM {table} WHERE account_id = ? AND {column} {beyond} hops.value ORDER BY {column} {order} LIMIT 1) FROM hops WHERE hops.value <> ''
) SELECT value FROM hops WHERE value <> ''`)
	found, err := rowsOf[struct{ Value string }](db).Raw(q, accountID, accountID).Find(ctx)
	values := make([]T, len(found))
	for i, f := range found {
		values[i] = T(f.Value)
	}
	return values, err
}

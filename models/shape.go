package models

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// shape is how the columns of a table, or of a statement, fill a struct.
type shape struct {
	table   string
	fields  map[string]*schema.Field // by column
	stored  []*schema.Field          // in the order of inserts
	inserts string                   // the statement that inserts one; empty where GORM has to

	into, row string // its parts
}

// insertsOf is the statement that inserts n.
func (s *shape) insertsOf(dialect string, n int) string {
	text, _, _ := bound(dialect, s.into+s.row+strings.Repeat(", "+s.row, n-1), make([]any, n*len(s.stored)))
	return text
}

type shapeKey struct {
	dialect string
	of      reflect.Type
}

var (
	shapes  sync.Map // shapeKey to *shape
	schemas sync.Map // GORM's
)

func shapeOf(db *gorm.DB, t reflect.Type) (*shape, error) {
	key := shapeKey{db.Name(), t}
	if s, ok := shapes.Load(key); ok {
		return s.(*shape), nil
	}
	parsed, err := schema.Parse(reflect.New(t).Interface(), &schemas, db.NamingStrategy)
	if err != nil {
		return nil, err
	}
	s := &shape{table: parsed.Table, fields: parsed.FieldsByDBName}
	columns, places := []string{}, []string{}
	for _, name := range parsed.DBNames {
		s.stored = append(s.stored, parsed.FieldsByDBName[name])
		columns, places = append(columns, `"`+name+`"`), append(places, "?")
	}
	if len(parsed.FieldsWithDefaultDBValue) == 0 {
		s.into = fmt.Sprintf(`INSERT INTO "%s" (%s) VALUES `, parsed.Table, strings.Join(columns, ", "))
		s.row = "(" + strings.Join(places, ", ") + ")"
		s.inserts = s.insertsOf(key.dialect, 1)
	}
	shapes.Store(key, s)
	return s, nil
}

// values are what a row is inserted with. It is false where GORM would fill in a time.
func (s *shape) values(ctx context.Context, row reflect.Value) ([]any, bool) {
	all := make([]any, len(s.stored))
	for i, f := range s.stored {
		value, isZero := f.ValueOf(ctx, row)
		if isZero && (f.AutoCreateTime > 0 || f.AutoUpdateTime > 0) || f.DefaultValueInterface != nil {
			return nil, false
		}
		all[i] = value
	}
	return all, true
}

// cells are where a row's columns go in value, a struct. It is false where only
// GORM knows: for a column that is there twice, or a field of an unusual kind.
func (s *shape) cells(value reflect.Value, columns []string) ([]any, bool) {
	all, into := make([]cell, len(columns)), make([]any, len(columns))
	for i, column := range columns {
		into[i] = &all[i]
		for _, earlier := range columns[:i] {
			if earlier == column {
				return nil, false
			}
		}
		f := s.fields[column]
		if f == nil {
			into[i] = new(any) // nobody asks for it
			continue
		}
		if f.Serializer != nil || slices.Min(f.StructField.Index) < 0 || !all[i].fill(value.FieldByIndex(f.StructField.Index)) {
			return nil, false
		}
	}
	return into, true
}

// cell takes the value of a column into a field. NULL is the field's zero value.
type cell struct {
	field   reflect.Value
	kind    cellKind
	scanner sql.Scanner // of cellOwn
	time    *time.Time  // of cellTime
}

type cellKind int

const (
	cellOwn   cellKind = iota + 1 // its type knows how
	cellText                      // strings
	cellWhole                     // integers
	cellFlag                      // true or false
	cellTime
	cellBytes
	cellMaybe // a pointer to one of the above, nil for NULL
)

// fill makes c the cell of a field. It is false for a field of another kind.
func (c *cell) fill(field reflect.Value) bool {
	c.field = field
	address := field.Addr().Interface()
	if t, ok := address.(*time.Time); ok {
		c.kind, c.time = cellTime, t
		return true
	}
	if s, ok := address.(sql.Scanner); ok {
		c.kind, c.scanner = cellOwn, s
		return true
	}
	switch field.Kind() {
	case reflect.String:
		c.kind = cellText
	case reflect.Int, reflect.Int64:
		c.kind = cellWhole
	case reflect.Bool:
		c.kind = cellFlag
	case reflect.Slice:
		c.kind = cellBytes
		return field.Type().Elem().Kind() == reflect.Uint8
	case reflect.Pointer:
		c.kind = cellMaybe
		var inner cell
		return field.Type().Elem().Kind() != reflect.Pointer && inner.fill(reflect.New(field.Type().Elem()).Elem())
	default:
		return false
	}
	return true
}

// Scan takes what the driver read.
func (c *cell) Scan(value any) error {
	if value == nil {
		c.field.SetZero()
		return nil
	}
	switch c.kind {
	case cellOwn:
		return c.scanner.Scan(value)
	case cellTime:
		if t, ok := value.(time.Time); ok {
			*c.time = t
			return nil
		}
	case cellText:
		switch v := value.(type) {
		case string:
			c.field.SetString(v)
			return nil
		case []byte:
			c.field.SetString(string(v))
			return nil
		}
	case cellWhole:
		return c.whole(value)
	case cellFlag:
		switch v := value.(type) {
		case bool:
			c.field.SetBool(v)
			return nil
		case int64:
			c.field.SetBool(v != 0)
			return nil
		}
	case cellBytes:
		switch v := value.(type) {
		case []byte:
			c.field.SetBytes(bytes.Clone(v))
			return nil
		case string:
			c.field.SetBytes([]byte(v))
			return nil
		}
	case cellMaybe:
		var inner cell
		target := reflect.New(c.field.Type().Elem())
		inner.fill(target.Elem())
		if err := inner.Scan(value); err != nil {
			return err
		}
		c.field.Set(target)
		return nil
	}
	return fmt.Errorf("a %T is no %s", value, c.field.Type())
}

func (c *cell) whole(value any) error {
	switch v := value.(type) {
	case int64:
		c.field.SetInt(v)
		return nil
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		c.field.SetInt(n)
		return err
	case []byte:
		return c.whole(string(v))
	}
	return fmt.Errorf("a %T is no %s", value, c.field.Type())
}

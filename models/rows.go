package models

import (
	"context"
	"reflect"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// rows are those of the table of T that meet some conditions. It is the part of
// gorm.G that this package needs: each method call makes a new value, nothing
// reaches the database before a context is given. gorm.G itself, for forty
// tables, made the compiler work for a minute (docs/decisions).
//
// Reading and inserting, which is most of what is asked, do without GORM where
// the question is as plain as here (question.go); the rest is GORM's.
type rows[T any] struct{ chain }

// chain collects what is asked for without knowing of what type.
type chain struct {
	db  *gorm.DB
	ops []func(*gorm.DB) *gorm.DB
	question
}

func (c chain) with(op func(*gorm.DB) *gorm.DB) chain {
	c.ops = append(slices.Clip(c.ops), op)
	return c
}

func (c chain) on(ctx context.Context) *gorm.DB {
	db := c.db.Session(&gorm.Session{NewDB: true, Context: ctx})
	for _, op := range c.ops {
		db = op(db)
	}
	return db
}

func (c chain) where(query any, args []any) chain {
	c.question = c.question.where(query, args)
	return c.with(func(db *gorm.DB) *gorm.DB { return db.Where(query, args...) })
}

func (c chain) selecting(query string, args []any) chain {
	c.question = c.question.selecting(query, args)
	return c.with(func(db *gorm.DB) *gorm.DB { return db.Select(query, args...) })
}

func (c chain) order(by string) chain {
	c.question.isOdd = c.question.isOdd || c.question.sorted != ""
	c.question.sorted = by
	return c.with(func(db *gorm.DB) *gorm.DB { return db.Order(by) })
}

func (c chain) limit(n int) chain {
	c.question.most = n
	return c.with(func(db *gorm.DB) *gorm.DB { return db.Limit(n) })
}

func (c chain) raw(query string, args []any) chain {
	c.question.isOdd = c.question.isOdd || len(c.ops) > 0
	c.question.text, c.question.args = query, args
	return c.with(func(db *gorm.DB) *gorm.DB { return db.Raw(query, args...) })
}

func (c chain) count(ctx context.Context, model any, column string) (n int64, err error) {
	err = c.on(ctx).Model(model).Select(column).Count(&n).Error
	return n, err
}

func (c chain) update(ctx context.Context, model any, column string, value any) (int, error) {
	result := c.on(ctx).Model(model).Update(column, value)
	return int(result.RowsAffected), result.Error
}

func (c chain) updates(ctx context.Context, values any) (int, error) {
	result := c.on(ctx).Updates(values)
	return int(result.RowsAffected), result.Error
}

func (c chain) remove(ctx context.Context, model any) (int, error) {
	result := c.on(ctx).Delete(model)
	return int(result.RowsAffected), result.Error
}

// rowsOf begins with all rows of the table of T in db; clauses are locks and what
// to do on a conflict.
func rowsOf[T any](db *gorm.DB, clauses ...clause.Expression) rows[T] {
	c := chain{db: db}
	for _, clause := range clauses {
		c.question = c.question.with(clause)
	}
	if len(clauses) > 0 {
		c = c.with(func(db *gorm.DB) *gorm.DB { return db.Clauses(clauses...) })
	}
	return rows[T]{c}
}

// Where narrows r; values go through args.
func (r rows[T]) Where(query any, args ...any) rows[T] { return rows[T]{r.where(query, args)} }

// Select names the columns to read or to write.
func (r rows[T]) Select(query string, args ...any) rows[T] {
	return rows[T]{r.selecting(query, args)}
}

// Order sorts r.
func (r rows[T]) Order(by string) rows[T] { return rows[T]{r.order(by)} }

// Limit takes the first n of r.
func (r rows[T]) Limit(n int) rows[T] { return rows[T]{r.limit(n)} }

// Raw takes the rows of a statement instead; its columns fill T by name.
func (r rows[T]) Raw(query string, args ...any) rows[T] { return rows[T]{r.raw(query, args)} }

// Take returns one of r, or gorm.ErrRecordNotFound.
func (r rows[T]) Take(ctx context.Context) (one T, err error) {
	n, done, err := r.scan(ctx, &one, 1, func() {})
	if !done {
		err = r.on(ctx).Take(&one).Error
	} else if err == nil && n == 0 {
		err = gorm.ErrRecordNotFound
	}
	return one, err
}

// Find returns all of r.
func (r rows[T]) Find(ctx context.Context) ([]T, error) {
	var one T
	all := []T{}
	_, done, err := r.scan(ctx, &one, 0, func() { all = append(all, one) })
	if !done {
		err = r.on(ctx).Find(&all).Error
	}
	return all, err
}

// Count returns how many r are.
func (r rows[T]) Count(ctx context.Context, column string) (int64, error) {
	return r.count(ctx, new(T), column)
}

// Create inserts a row.
func (r rows[T]) Create(ctx context.Context, row *T) error {
	if _, done, err := r.insert(ctx, row, ""); done {
		return err
	}
	return r.on(ctx).Create(row).Error
}

// CreateAll inserts rows by one statement. They keep what they are: what the
// database would fill in is not read back.
func (r rows[T]) CreateAll(ctx context.Context, all []T) error {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return r.Create(ctx, &all[0])
	}
	if done, err := r.insertAll(ctx, reflect.ValueOf(all)); done {
		return err
	}
	return r.on(ctx).Create(&all).Error
}

// CreateOnce inserts a row unless it is there: then isNew is false, and nothing
// has changed.
func (r rows[T]) CreateOnce(ctx context.Context, row *T) (isNew bool, err error) {
	n, done, err := r.insert(ctx, row, " ON CONFLICT DO NOTHING")
	if !done {
		result := r.on(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(row)
		n, err = result.RowsAffected, result.Error
	}
	return n == 1, err
}

// Update sets one column of r and returns how many rows it changed.
func (r rows[T]) Update(ctx context.Context, column string, value any) (int, error) {
	return r.update(ctx, new(T), column, value)
}

// Updates sets the selected columns of r and returns how many rows it changed.
func (r rows[T]) Updates(ctx context.Context, values T) (int, error) { return r.updates(ctx, values) }

// Delete removes r and returns how many there were.
func (r rows[T]) Delete(ctx context.Context) (int, error) { return r.remove(ctx, new(T)) }

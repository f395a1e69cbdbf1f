package api

import (
	"context"
	"strings"
	"time"

	"reselling/models"
	"reselling/models/money"
)

// Money is an amount in the minor units of its currency.
type Money struct {
	Amount   int64  `json:"amount" doc:"In minor units: 9999 is 99.99 EUR." example:"9999"`
	Currency string `json:"currency" doc:"ISO 4217." minLength:"3" maxLength:"3" example:"EUR"`
}

func moneyOf(a money.Amount) Money { return Money{a.Minor, a.Currency} }

func minorOf(minor *int64, currency string) *Money {
	if minor == nil {
		return nil
	}
	return &Money{*minor, currency}
}

// Paging is the input of every list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"1000" doc:"The next of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"25" doc:"How many items at most."`
}

func (p Paging) page() models.Paging { return models.Paging{After: p.Cursor, Size: p.Limit} }

// List is a page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Send it as cursor for the next page. It is missing on the last one." example:"WyIyMDI2LTExLTIzVDA5OjAwOjAwWiIsIjAxOTkiXQ"`
}

// listOf turns a page of models into one of the API.
func listOf[M, T any](page models.Page[M], item func(M) T) *found[List[T]] {
	l := List[T]{Items: make([]T, 0, len(page.Items)), Next: page.Next}
	for _, m := range page.Items {
		l.Items = append(l.Items, item(m))
	}
	return &found[List[T]]{l}
}

// ByID is the input of an operation on one thing.
type ByID struct {
	ID string `path:"id" doc:"Its id." example:"0198b0c4-6f4e-7cc1-a7a4-6a9c2f5c0d11"`
}

// found is an answer with a body.
type found[T any] struct{ Body T }

// created is an answer about something new.
type created[T any] struct {
	Location string `header:"Location" doc:"The path of what was created."`
	Body     T
}

func createdAt[T any](path, id string, body T) *created[T] {
	return &created[T]{Prefix + path + "/" + id, body}
}

// show makes the answer about one thing of models, unless there was an error.
func show[M, T any](item func(M) T) func(M, error) (*found[T], error) {
	return func(m M, err error) (*found[T], error) {
		if err != nil {
			return nil, err
		}
		return &found[T]{item(m)}, nil
	}
}

type requestKeyKey struct{}

// requestKey is the key under which a use case finds what an earlier try of the
// same request has done; empty without an Idempotency-Key.
func requestKey(ctx context.Context) string {
	key, _ := ctx.Value(requestKeyKey{}).(string)
	return key
}

// utc is when something happened; nil for never.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// word is a state as the API writes it: "not_started".
func word[S ~string](s S) string { return strings.ReplaceAll(string(s), " ", "_") }

func given[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

package models

import (
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Kind classifies an error by what its receiver can do about it.
type Kind int

// The kinds, each with the HTTP status that handlers answer.
const (
	Internal     Kind = iota // 500: nothing; it is logged
	Invalid                  // 422: correct the input and try again
	Conflict                 // 409: the input is fine, the state of the world is not
	Forbidden                // 403: ask somebody with more rights
	NotFound                 // 404: it is not there, or not yours
	TooMany                  // 429: wait
	Unavailable              // 503: try again in a moment
	Unauthorized             // 401: say who you are; of the API alone, pages ask people to sign in
)

// Error is the only error type whose text may be shown to people.
type Error struct {
	Kind    Kind
	Message string            // a sentence that says what to do next
	Fields  map[string]string // Invalid and Conflict: one message per form input
	Retry   time.Duration     // TooMany and Unavailable: when trying again makes sense
	Subject string            // Conflict: the id of what stands in the way, or empty
	Code    string            // a stable word for what was refused, or empty
}

func (e *Error) Error() string { return e.Message }

// Errorf returns an Error of kind k with a message fit for people.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// KindOf returns the kind of err; any error that may not be shown is Internal.
func KindOf(err error) Kind {
	if e, ok := Shown(err); ok {
		return e.Kind
	}
	return Internal
}

// Shown returns what people may be told of err: itself if it is an Error, that
// the portal is unavailable if the database is; nothing of any other.
func Shown(err error) (*Error, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e, true
	}
	if isOutage(err) {
		return &Error{Kind: Unavailable, Message: "The portal can't reach its data at the moment. Please try again in a few seconds.", Retry: 5 * time.Second}, true
	}
	return nil, false
}

// Problems collects one message per form input.
type Problems map[string]string

// Add keeps the first message of a field.
func (p Problems) Add(field, message string) {
	if _, ok := p[field]; !ok {
		p[field] = message
	}
}

// Err returns an Invalid error with the fields, or nil if there are none.
func (p Problems) Err() error {
	switch len(p) {
	case 0:
		return nil
	case 1:
		for _, message := range p {
			return &Error{Kind: Invalid, Message: message, Fields: p}
		}
	}
	return &Error{Kind: Invalid, Message: "Please correct the marked fields.", Fields: p}
}

// orNotFound turns GORM's missing-row error into one that may be shown.
func orNotFound(err error, what string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Errorf(NotFound, "%s not found.", what)
	}
	return err
}

// isDuplicate reports whether err says that a unique index refused a row.
func isDuplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

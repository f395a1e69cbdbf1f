package models

// These stand in until password.go and email.go land, which replace them.

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"unicode/utf8"
)

func emailKey(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// parseEmail returns the address in a field; ok is false for anything else.
func parseEmail(s string) (email string, ok bool) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	return s, err == nil && a.Address == s && len(s) <= 254
}

func validatePassword(password string, words ...string) error {
	if utf8.RuneCountInString(password) < 15 || len(password) > 1024 {
		return errors.New("Use at least 15 characters.")
	}
	return nil
}

type hasher struct{}

func newHasher() *hasher { return nil }
func (h *hasher) verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	return hash == password, false, nil
}
func (h *hasher) hash(ctx context.Context, password string) (string, error) { return password, nil }

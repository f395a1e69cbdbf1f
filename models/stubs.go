package models

// These stand in until email.go lands, which replaces them.

import (
	"net/mail"
	"strings"
)

func emailKey(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// parseEmail returns the address in a field; ok is false for anything else.
func parseEmail(s string) (email string, ok bool) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	return s, err == nil && a.Address == s && len(s) <= 254
}

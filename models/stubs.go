package models

// These stand in until password.go and email.go land, which replace them.

import (
	"context"
	"strings"
)

func emailKey(s string) string                  { return strings.ToLower(strings.TrimSpace(s)) }

type hasher struct{}

func newHasher() *hasher { return nil }
func (h *hasher) verify(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	return hash == password, false, nil
}
func (h *hasher) hash(ctx context.Context, password string) (string, error) { return password, nil }

package models_test

import (
	"testing"

	"reselling/models"
)

// wantsKind fails the test unless err is of the kind.
func wantsKind(t *testing.T, err error, want models.Kind) {
	t.Helper()
	if err == nil && want != models.Internal || err != nil && models.KindOf(err) != want {
		t.Errorf("got %v, want an error of kind %d", err, want)
	}
}

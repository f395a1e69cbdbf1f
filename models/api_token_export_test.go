package models

import (
	"maps"
	"slices"
)

// Permissions are all that there are.
func Permissions() []Permission { return slices.Sorted(maps.Keys(matrix)) }

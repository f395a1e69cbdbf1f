package api

import "slices"

// domainCodes are the refusals of use cases, beside those of every status. A
// test compares them with what models can answer.
var domainCodes = []Code{
	{"deactivation_limit", 409, "As many machines were taken off the licence this month as are allowed. Customer Success can help."},
}

// Codes lists every stable word that a Problem can carry, by status.
func Codes() []Code {
	all := slices.Clone(domainCodes)
	for _, code := range generalCodes {
		all = append(all, code)
	}
	slices.SortFunc(all, func(a, b Code) int {
		if a.Status != b.Status {
			return a.Status - b.Status
		}
		if a.Code < b.Code {
			return -1
		}
		return 1
	})
	return all
}

package models

import (
	_ "embed"
	"slices"
	"strings"
)

// Country is a country or territory of ISO 3166-1.
type Country struct {
	Code string // two capitals
	Name string // in English
}

// Countries are all countries and territories, sorted by name.
func Countries() []Country { return slices.Clone(countries) }

// CountryName is the name of the country with code, or "" if there is none.
func CountryName(code string) string { return countryNames[code] }

//go:embed lists/countries.txt
var countriesFile string

var countries = readCountries(countriesFile)

var countryNames = func() map[string]string {
	names := make(map[string]string, len(countries))
	for _, c := range countries {
		names[c.Code] = c.Name
	}
	return names
}()

func readCountries(file string) []Country {
	var list []Country
	for line := range strings.Lines(file) {
		code, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		list = append(list, Country{Code: code, Name: name})
	}
	return list
}

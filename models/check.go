package models

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// fill adds a problem when a field that is needed is empty or too long.
func (p Problems) fill(field, value, message string, most int) {
	if value == "" {
		p.Add(field, message)
	}
	p.fit(field, value, most)
}

// fit adds a problem when a field is longer than most runes.
func (p Problems) fit(field, value string, most int) {
	if tooLong(value, most) {
		p.Add(field, fmt.Sprintf("Shorten this to %d characters at most.", most))
	}
}

// whole reads a whole number as typed, from least to most.
func (p Problems) whole(field, typed string, least, most int) int {
	n, err := strconv.Atoi(strings.TrimSpace(typed))
	if err != nil || n < least || n > most {
		p.Add(field, fmt.Sprintf("Enter a whole number from %d to %d.", least, most))
		return least
	}
	return n
}

var typedRate = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]+)?$`)

// rate reads a percentage as typed, "21", "21.5" or "21,5 %", in hundredths of a percent.
func (p Problems) rate(field, typed string) int {
	const message = "Enter a percentage from 0 to 100 with at most two decimals, such as 21 or 21.5."
	s := strings.ReplaceAll(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(typed), "%")), ",", ".")
	if !typedRate.MatchString(s) {
		p.Add(field, message)
		return 0
	}
	percent, err := decimal.Parse(s)
	if err != nil {
		p.Add(field, message)
		return 0
	}
	hundredths, err := percent.Mul(decimal.Hundred)
	whole, _, ok := hundredths.Int64(0)
	if err != nil || !ok || !hundredths.IsInt() || whole > 10000 {
		p.Add(field, message)
		return 0
	}
	return int(whole)
}

// web reads the address of a page as typed, which must be https; empty for none.
func (p Problems) web(field, typed string) string {
	s := clean(typed)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(s, " \"<>\\") || len(s) > 1000 {
		p.Add(field, "Enter an address that begins with https://.")
	}
	return s
}

// zone adds a problem unless value is the name of a time zone.
func (p Problems) zone(field, value string) {
	if _, err := LoadZone(value); err != nil || value == "" {
		p.Add(field, "Choose a time zone from the list.")
	}
}

// country adds a problem unless value is empty or a country's code.
func (p Problems) country(field, value string) {
	if value != "" && CountryName(value) == "" {
		p.Add(field, "Choose a country from the list.")
	}
}

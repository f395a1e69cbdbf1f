package models

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// The most runes a field holds.
const (
	maxName = 200
	maxText = 4000
)

// maxQuery is how many runes of a search are looked for: more than a list shows
// of anything, and far less than what SQLite refuses as a pattern.
const maxQuery = 1000

// clean makes one line of what a person typed: no control characters, no
// direction overrides, single spaces.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "�")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), isDirectionOverride(r):
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// cleanText is clean for text of several lines.
func cleanText(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = clean(line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// isDirectionOverride reports whether r is one of the characters that make text
// read in another order than it is stored.
func isDirectionOverride(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff'
}

// tooLong reports whether s has more than n runes.
func tooLong(s string, n int) bool { return utf8.RuneCountInString(s) > n }

// fold is the form in which names are compared and searched: without case,
// accents or width, single spaces.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(s)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// like returns the pattern that finds s anywhere in a folded column, for LIKE … ESCAPE '\'.
func like(s string) string {
	if tooLong(s, maxQuery) {
		s = string([]rune(s)[:maxQuery])
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(fold(clean(s))) + "%"
}

func capitalized(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

package mail

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// The most characters of a subject, and of something that a person typed within one.
const (
	maxSubject = 150
	maxName    = 80
	maxAnswer  = 1000
)

// oneLine makes one line of s: no line breaks, no control characters, no
// characters that reverse what follows them, single spaces.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar, isInvisible(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// name prepares the name of a person, a company or a product for a sentence: one
// line, not endless, no link that a mail program would underline, and kept apart
// from the sentence's own direction if it is written from right to left.
func name(s string) string { return quoted(s, maxName) }

// quoted is name for what may be longer.
func quoted(s string, most int) string {
	s = cut(oneLine(strings.NewReplacer("://", " ", "\u2068", "", "\u2069", "").Replace(s)), most)
	for _, r := range s {
		if p, _ := bidi.LookupRune(r); p.Class() == bidi.R || p.Class() == bidi.AL {
			return "\u2068" + s + "\u2069"
		}
	}
	return s
}

// or is name for what may be unknown.
func or(s, unknown string) string {
	if s = name(s); s != "" {
		return s
	}
	return unknown
}

// cut shortens s to n characters, the last of them "…", and never leaves half
// of a combined one behind.
func cut(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	end := n - 1
	for end > 0 && (isJoined(runes[end]) || isJoiner(runes[end-1])) {
		end--
	}
	cut := strings.TrimRight(string(runes[:end]), " ")
	if open, closed := strings.Count(cut, "\u2068"), strings.Count(cut, "\u2069"); open > closed {
		cut += "\u2069"
	}
	return cut + "…"
}

// isInvisible reports whether r is a format character: one that reverses text,
// or that nobody sees. Joiners belong to emoji and to Persian; isolates are ours.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) && !isJoiner(r) && r != '\u2068' && r != '\u2069'
}

// isJoined reports whether r belongs to the character before it.
func isJoined(r rune) bool {
	return unicode.Is(unicode.M, r) || isJoiner(r) || r >= '\U0001f3fb' && r <= '\U0001f3ff'
}

func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

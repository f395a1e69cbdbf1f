package bankcsv

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ReferenceKey is the form in which references of receipts are compared: letters
// and digits alone, without case, accents and width. Letters of Greek and Cyrillic
// that look like Latin ones are those. Where there is neither letter nor digit, it
// is everything that is written; it is empty only for nothing.
func ReferenceKey(s string) string {
	var b strings.Builder
	for _, r := range folded(folded(s)) { // of some letters only what is left has another case
		if latin, ok := lookAlikes[r]; ok {
			r = latin
		}
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return strings.Join(strings.Fields(folded(s)), " ")
	}
	return b.String()
}

func folded(s string) string { return norm.NFKD.String(cases.Fold().String(s)) }

// IsKey reports whether a key has letters or digits.
func IsKey(key string) bool {
	return strings.ContainsFunc(key, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// lookAlikes are the small letters of Greek and Cyrillic which, small or large, look
// like Latin ones.
var lookAlikes = map[rune]rune{
	'а': 'a', 'в': 'b', 'е': 'e', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p', 'с': 'c', 'т': 't', 'у': 'y', 'х': 'x',
	'і': 'i', 'ј': 'j', 'ѕ': 's', 'һ': 'h', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'ү': 'y', 'ӏ': 'i', 'ѵ': 'v',
	'α': 'a', 'β': 'b', 'ε': 'e', 'ζ': 'z', 'η': 'h', 'ι': 'i', 'κ': 'k', 'μ': 'm', 'ν': 'n', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'y', 'χ': 'x', 'ϳ': 'j',
}

// twins are further scripts with letters that look like Latin ones.
var twins = []*unicode.RangeTable{unicode.Armenian, unicode.Carian, unicode.Cherokee, unicode.Coptic, unicode.Deseret, unicode.Lisu, unicode.Lycian, unicode.Lydian, unicode.Old_Italic, unicode.Osage, unicode.Warang_Citi}

// IsMixed reports whether s has letters that can be taken for others and that
// ReferenceKey does not know: Latin ones beside those of a script with twins of them.
func IsMixed(s string) bool {
	s = norm.NFKC.String(s)
	isLatin := func(r rune) bool { return unicode.Is(unicode.Latin, r) }
	return strings.ContainsFunc(s, isLatin) && strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, twins...) })
}

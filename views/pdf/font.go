package pdf

import (
	_ "embed" // the fonts
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
)

// The fonts have Latin, Greek and Cyrillic letters.
var (
	//go:embed fonts/LiberationSans-Regular.ttf
	regular []byte
	//go:embed fonts/LiberationSans-Bold.ttf
	bold []byte
	//go:embed fonts/LiberationMono-Regular.ttf
	mono []byte
)

// sans knows which runes the fonts have; the bold one has the same as the regular.
var sans = sync.OnceValues(func() (*sfnt.Font, error) { return sfnt.Parse(regular) })

// printable writes s with what the fonts have. A letter that they lack is replaced
// by its nearest in Latin, a sign without any by a question mark; what does not
// print is left out. Lines end in "\n".
func printable(s string) (string, error) {
	font, err := sans()
	if err != nil {
		return "", fmt.Errorf("font: %w", err)
	}
	var b strings.Builder
	var buf sfnt.Buffer
	has := func(r rune) bool {
		if r > 0xFFFF { // beyond what the writer of PDFs takes
			return false
		}
		i, err := font.GlyphIndex(&buf, r)
		return err == nil && i != 0
	}
	for _, r := range norm.NFC.String(strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), "?")) {
		switch {
		case r == '\n' || r == '\r':
			b.WriteByte('\n')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case !unicode.IsGraphic(r): // controls, directions, joiners
		case has(r):
			b.WriteRune(r)
		case unicode.IsMark(r): // an accent that no letter has taken
		default:
			near := strings.TrimSpace(unidecode.Unidecode(string(r)))
			if near == "" || near == "[?]" {
				near = "?"
			}
			b.WriteString(near)
		}
	}
	return b.String(), nil
}

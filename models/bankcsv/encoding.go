package bankcsv

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how letters are written as bytes.
type Encoding string

// The encodings.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
)

// Encodings lists them in the order of a menu.
var Encodings = []Encoding{UTF8, Windows1252, UTF16LE, UTF16BE}

// encodingOf tells by the mark at the beginning, by zeros between the letters of
// UTF-16, or by whether it is UTF-8; whatever is none of these was written on
// Windows.
func encodingOf(content []byte) Encoding {
	switch {
	case bytes.HasPrefix(content, []byte{0xff, 0xfe}):
		return UTF16LE
	case bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		return UTF16BE
	}
	even, odd, head := 0, 0, content[:min(len(content), 400)]
	for i, b := range head {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	switch {
	case odd > len(head)/4:
		return UTF16LE
	case even > len(head)/4:
		return UTF16BE
	case utf8.Valid(content):
		return UTF8
	}
	return Windows1252
}

// decode returns a text without the mark at its beginning.
func decode(content []byte, e Encoding) (string, error) {
	if len(content) > MaxBytes {
		return "", ErrTooLarge
	}
	encodings := map[Encoding]encoding.Encoding{
		UTF8: unicode.UTF8BOM, Windows1252: charmap.Windows1252,
		UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), UTF16BE: unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	}
	known, ok := encodings[e]
	if !ok {
		return "", errors.New("no such encoding: " + string(e))
	}
	text, err := known.NewDecoder().Bytes(content)
	if err != nil {
		return "", ErrNoTable
	}
	return string(bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))), nil
}

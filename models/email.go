package models

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const (
	maxEmail     = 254 // bytes; RFC 5321 allows no more between < and >
	maxLocalPart = 64
	maxDomain    = 253
	maxLabel     = 63
)

// parseEmail returns the address that s is, ready to be mailed to: as it was
// typed, but a domain with other letters than ASCII's in Punycode. It takes one bare
// address as people have them; no display name, no quotes, no IP address, nothing
// that could end a line of a mail.
func parseEmail(s string) (email string, ok bool) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 0 || len(s) > 4*maxEmail || !isLocalPart(s[:at]) {
		return "", false
	}
	domain, ok := asciiDomain(s[at+1:])
	if email = s[:at] + "@" + domain; !ok || len(email) > maxEmail {
		return "", false
	}
	return email, true
}

// emailKey is the form in which addresses are compared. What is no address has
// one too, which no address has.
func emailKey(s string) string {
	if email, ok := parseEmail(s); ok {
		return strings.ToLower(email)
	}
	key := strings.ToLower(clean(s))
	for len(key) > maxEmail {
		_, size := utf8.DecodeLastRuneInString(key)
		key = key[:len(key)-size]
	}
	return key
}

// companyDomain is the domain of an address if it is likely to be its company's
// own; empty for a free-mail provider's.
func companyDomain(email string) string {
	key := emailKey(email)
	at := strings.LastIndexByte(key, '@')
	if at < 0 || freeMail[key[at+1:]] {
		return ""
	}
	return key[at+1:]
}

// splitEmails takes apart what somebody typed or pasted into a field for several
// addresses: separated by commas, semicolons, spaces or new lines, bare or as mail
// programs write them ("Anna Smith" <anna@example.com>). Both lists are in the order
// of the text; each address, and each piece that is none, comes once.
func splitEmails(text string) (addresses, invalid []string) {
	seen := map[string]bool{}
	add := func(word string) {
		word = strings.Trim(word, " \t\"'()[]<>.:")
		word = strings.TrimPrefix(word, "mailto:")
		if word == "" || seen[emailKey(word)] {
			return
		}
		seen[emailKey(word)] = true
		if email, ok := parseEmail(word); ok {
			addresses = append(addresses, email)
		} else {
			invalid = append(invalid, word)
		}
	}
	// Normal form first: it turns the Greek question mark into a semicolon.
	for line := range strings.FieldsFuncSeq(norm.NFC.String(text), func(r rune) bool { return r == ';' || r == '\n' || r == '\r' }) {
		// Words without @ may be the name of the address in brackets that follows,
		// even over a comma: Smith, Anna <anna@example.com>.
		var name []string
		for _, piece := range emailPieces(line) {
			switch {
			case strings.HasPrefix(piece, "<"):
				name = nil
				addAll([]string{piece}, add)
			case !strings.HasPrefix(piece, `"`) && strings.Contains(piece, "@"):
				addAll(name, add)
				name = nil
				add(piece)
			default:
				name = append(name, piece)
			}
		}
		addAll(name, add)
	}
	return addresses, invalid
}

// addAll adds the words between commas together: a name that is no address is one piece.
func addAll(words []string, add func(string)) {
	for group := range strings.SplitSeq(strings.Join(words, " "), ",") {
		add(group)
	}
}

// emailPieces cuts a line into words, commas, and what stands between < and > or
// between quotes, each of these with its first mark.
func emailPieces(line string) (pieces []string) {
	closing := map[byte]string{'<': ">", '"': `"`}
	for line = clean(line); line != ""; line = strings.TrimLeft(line, " ") {
		end, skip := strings.IndexAny(line, " ,<\""), 0
		if end < 0 {
			end = len(line)
		}
		if end == 0 { // at a mark
			end = 1
			if mark, ok := closing[line[0]]; ok {
				if n := strings.Index(line[1:], mark); n >= 0 {
					end, skip = n+1, 1
				}
			}
		}
		pieces = append(pieces, line[:end])
		line = line[end+skip:]
	}
	return pieces
}

func isLocalPart(s string) bool {
	if s == "" || len(s) > maxLocalPart || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", r))
	})
}

// asciiDomain returns a host name of two labels or more, in Punycode if it must
// be; ok is false for what can be none.
func asciiDomain(s string) (domain string, ok bool) {
	domain = s
	isForeign := func(r rune) bool { return r > unicode.MaxASCII }
	if strings.ContainsFunc(s, isForeign) || strings.Contains(strings.ToLower(s), "xn--") {
		// IDNA would drop characters that nobody sees, and read on.
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) {
			return "", false
		}
		var err error
		if domain, err = idna.Lookup.ToASCII(s); err != nil {
			return "", false
		}
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 || len(domain) > maxDomain {
		return "", false
	}
	for _, label := range labels {
		if !isLabel(label) {
			return "", false
		}
	}
	return domain, !isDigits(labels[len(labels)-1])
}

func isLabel(s string) bool {
	if s == "" || len(s) > maxLabel || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
	})
}

//go:embed lists/freemail.txt
var freeMailFile string

// freeMail are the domains where anybody gets an address, so that sharing one
// says nothing about the company.
var freeMail = func() map[string]bool {
	domains := map[string]bool{}
	for _, domain := range strings.Fields(freeMailFile) {
		domains[domain] = true
	}
	return domains
}()

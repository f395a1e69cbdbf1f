package models

import (
	"net/mail"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestParseEmail(t *testing.T) {
	for typed, want := range map[string]string{
		"anna@example.com":                       "anna@example.com",
		"  anna@example.com\n":                   "anna@example.com",
		"Anna.Smith+trial@Example.COM":           "Anna.Smith+trial@Example.COM",
		"o'brien@example.ie":                     "o'brien@example.ie",
		"a_b-c!#$%&*/=?^`{|}~@sub.a-b.co.uk":     "a_b-c!#$%&*/=?^`{|}~@sub.a-b.co.uk",
		"1@2.example":                            "1@2.example",
		"info@müller.de":                         "info@xn--mller-kva.de",
		"info@MÜLLER.de":                         "info@xn--mller-kva.de",
		"info@xn--mller-kva.de":                  "info@xn--mller-kva.de",
		"info@straße.de":                         "info@xn--strae-oqa.de",
		"info@пример.рф":                         "info@xn--e1afmkfd.xn--p1ai",
		"info@例え.テスト":                            "info@xn--r8jz45g.xn--zckzah",
		"x@r3---sn-4g5e.example.com":             "x@r3---sn-4g5e.example.com",
		strings.Repeat("a", 64) + "@example.com": strings.Repeat("a", 64) + "@example.com",
		"a@" + strings.Repeat("b", 63) + ".com":  "a@" + strings.Repeat("b", 63) + ".com",
	} {
		if got, ok := parseEmail(typed); !ok || got != want {
			t.Errorf("parseEmail(%q) = %q, %v; want %q", typed, got, ok, want)
		}
	}
	for _, bad := range []string{
		"", " ", "anna", "@", "@example.com", "anna@", "anna@example", "anna@localhost", "anna@@example.com", "a@b@example.com",
		"anna@example.com,bob@example.com", "anna@example.com bob@example.com", "anna@example.com;", "Anna <anna@example.com>", "<anna@example.com>", "mailto:anna@example.com",
		"anna@example.com\r\nBcc: bob@example.com", "anna\n@example.com", "anna@exam\rple.com", "an\x00na@example.com", "anna@example.com\x00", "an na@example.com", "anna@exa mple.com", "anna\t@example.com",
		`"anna"@example.com`, `"a b"@example.com`, "anna(comment)@example.com", "anna@[127.0.0.1]", "anna@127.0.0.1", "anna@2130706433", "anna@example.123",
		".anna@example.com", "anna.@example.com", "an..na@example.com", "anna@.example.com", "anna@example.com.", "anna@example..com", "anna@-example.com", "anna@example-.com", "anna@exa_mple.com",
		"änna@example.com", "анна@пример.рф", "anna@exa\u202emple.com", "anna@example.com\u200b", "anna@exam\u00adple.com", "anna@m\u200düller.de", "anna@müller\u3000.de", "anna@exa%mple.com", "anna@xn--zzzzzz-.com", "anna@xn--a.com", "\xff@example.com", "anna@\xff.com",
		strings.Repeat("a", 65) + "@example.com", "a@" + strings.Repeat("b", 64) + ".com", "a@" + strings.Repeat(strings.Repeat("b", 60)+".", 5) + "com",
		"a@" + strings.Repeat("ü", 5000) + ".de", strings.Repeat("a@", 10000) + "example.com",
		"=cmd|'/C calc'!A0", "<script>@example.com",
	} {
		if got, ok := parseEmail(bad); ok || got != "" {
			t.Errorf("parseEmail(%q) = %q, %v", bad, got, ok)
		}
	}
}

func TestParseEmailProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`[a-zA-Z0-9.!+'_-]{1,20}@[a-zA-Z0-9.-]{1,20}\.[a-z]{2,6}`),
			rapid.StringMatching(`[a-z]{1,3}[@.<>\r\n ,"]{1,3}[a-zäπ例.-]{1,9}\.[a-z]{2}`),
		).Draw(t, "typed")
		email, ok := parseEmail(s)
		if !ok {
			return
		}
		if again, ok := parseEmail(email); !ok || again != email {
			t.Fatalf("%q became %q, that became %q", s, email, again)
		}
		if a, err := mail.ParseAddress(email); err != nil || a.Address != email || a.Name != "" {
			t.Fatalf("%q became %q, which net/mail reads as %v, %v", s, email, a, err)
		}
		if strings.ContainsFunc(email, func(r rune) bool { return r <= ' ' || r >= 0x7f }) || len(email) > maxEmail {
			t.Fatalf("%q became %q", s, email)
		}
		if key := emailKey(s); key != strings.ToLower(email) || emailKey(key) != key {
			t.Fatalf("%q became %q, its key is %q", s, email, key)
		}
	})
}

func TestEmailKey(t *testing.T) {
	for _, same := range [][]string{
		{"anna@example.com", "Anna@Example.com", " ANNA@EXAMPLE.COM "},
		{"info@müller.de", "Info@MÜLLER.DE", "info@xn--mller-kva.de"},
	} {
		for _, s := range same {
			if got, want := emailKey(s), emailKey(same[0]); got != want {
				t.Errorf("emailKey(%q) = %q, of %q it is %q", s, got, same[0], want)
			}
		}
	}
	if emailKey("anna+a@example.com") == emailKey("anna+b@example.com") {
		t.Error("tags are other addresses")
	}
	// Whatever is typed into the sign-in form becomes part of a row.
	for _, s := range []string{"", "nonsense", "a\x00b", "\xff\xfe", strings.Repeat("ü", 100000), strings.Repeat("a", 300) + "@example.com", "a\r\nb"} {
		key := emailKey(s)
		if len(key) > maxEmail || !utf8.ValidString(key) || strings.ContainsAny(key, "\x00\r\n") {
			t.Errorf("emailKey(%.20q…) = %.40q, %d bytes", s, key, len(key))
		}
		if _, ok := parseEmail(key); ok {
			t.Errorf("emailKey(%.20q…) = %.40q, an address", s, key)
		}
	}
}

func TestCompanyDomain(t *testing.T) {
	for email, want := range map[string]string{
		"anna@Acme.example":        "acme.example",
		"anna@sub.acme.example":    "sub.acme.example",
		"info@müller.de":           "xn--mller-kva.de",
		"anna@gmail.com":           "",
		"anna@GoogleMail.com":      "",
		"anna@hotmail.co.uk":       "",
		"anna@yandex.ru":           "",
		"anna@163.com":             "",
		"anna@notgmail.com":        "notgmail.com",
		"anna@gmail.com.evil.test": "gmail.com.evil.test",
		"no address":               "",
		"":                         "",
	} {
		if got := companyDomain(email); got != want {
			t.Errorf("companyDomain(%q) = %q, want %q", email, got, want)
		}
	}
}

func TestFreeMailList(t *testing.T) {
	if len(freeMail) < 100 {
		t.Errorf("%d domains", len(freeMail))
	}
	for domain := range freeMail {
		if got, ok := asciiDomain(domain); !ok || got != domain {
			t.Errorf("%q can't be found", domain)
		}
	}
}

func TestSplitEmails(t *testing.T) {
	tests := []struct {
		name      string
		text      string
		addresses string // joined by spaces
		invalid   string // joined by |
	}{
		{"nothing", " \r\n ,;, \t\n", "", ""},
		{"one", "anna@example.com", "anna@example.com", ""},
		{"every separator", "a@x.example,b@x.example;c@x.example d@x.example\ne@x.example\r\nf@x.example\tg@x.example, ; h@x.example", "a@x.example b@x.example c@x.example d@x.example e@x.example f@x.example g@x.example h@x.example", ""},
		{"twice, in other letters", "anna@example.com, ANNA@example.com, <Anna@Example.com>", "anna@example.com", ""},
		{"names", `Anna Smith <anna@example.com>, "Bob B. Jones" <bob@example.com>; Zoë Müller <zoe@example.com>`, "anna@example.com bob@example.com zoe@example.com", ""},
		{"a comma in a name", `"Smith, Anna" <anna@example.com>, Jones, Bob <bob@example.com>`, "anna@example.com bob@example.com", ""},
		{"a semicolon after each", "Smith, Anna <anna@example.com>; Jones, Bob <bob@example.com>;", "anna@example.com bob@example.com", ""},
		{"one per line", "Anna <anna@example.com>\nBob <bob@example.com>\n", "anna@example.com bob@example.com", ""},
		{"no separator but brackets", "Anna <anna@example.com> Bob <bob@example.com>", "anna@example.com bob@example.com", ""},
		{"the address as name", `"anna@example.com" <anna@example.com>, 'bob@example.com' <bob@example.com>, carl@example.com <carl@example.com>`, "anna@example.com bob@example.com carl@example.com", ""},
		{"another's address as name", `"eve@example.com" <anna@example.com>`, "anna@example.com", ""},
		{"quoted", `"anna@example.com", 'bob@example.com'`, "anna@example.com bob@example.com", ""},
		{"links", "mailto:anna@example.com <mailto:bob@example.com>", "anna@example.com bob@example.com", ""},
		{"a sentence's end", "anna@example.com and (bob@example.com).", "anna@example.com bob@example.com", "and"},
		{"wrong ones among right ones", "anna@example.com, bob@example, carl, @x, d@x.example", "anna@example.com d@x.example", "bob@example|carl|@x"},
		{"only a name", "Anna Smith, bob@example.com", "bob@example.com", "Anna Smith"},
		{"a wrong line does not become the next one's name", "anna.example.com\nBob <bob@example.com>", "bob@example.com", "anna.example.com"},
		{"the same wrong one twice", "carl, carl", "", "carl"},
		{"brackets that don't close", "Anna <anna@example.com, bob@example.com", "anna@example.com bob@example.com", ""},
		{"quotes that don't close", `"Anna <anna@example.com>`, "anna@example.com", ""},
		{"wrong in brackets", "Anna <anna at example.com>", "", "anna at example.com"},
		{"several in brackets", "Team <anna@example.com, bob@example.com>, <,>", "anna@example.com bob@example.com", ""},
		{"empty brackets", "Anna <>", "", ""},
		{"an international domain", "info@müller.de", "info@xn--mller-kva.de", ""},
		{"directions pasted along", "\u202aanna@example.com\u202c", "anna@example.com", ""},
		{"line breaks make no headers", "anna@example.com\r\nBcc: bob@example.com", "anna@example.com bob@example.com", "Bcc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addresses, invalid := splitEmails(tt.text)
			if got := strings.Join(addresses, " "); got != tt.addresses {
				t.Errorf("addresses %s, want %s", got, tt.addresses)
			}
			if got := strings.Join(invalid, "|"); got != tt.invalid {
				t.Errorf("invalid %s, want %s", got, tt.invalid)
			}
		})
	}
}

// U+037E looks like a semicolon and becomes one in normal form.
func TestSplitEmailsAtTheGreekQuestionMark(t *testing.T) {
	addresses, invalid := splitEmails("a@one.example\u037eb@two.example \u037e nobody")
	if !slices.Equal(addresses, []string{"a@one.example", "b@two.example"}) || !slices.Equal(invalid, []string{"nobody"}) {
		t.Errorf("%q, %q", addresses, invalid)
	}
}

func TestSplitEmailsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9]{1,8}@[a-z]{1,8}\.example`), 1, 8, rapid.ID).Draw(t, "addresses")
		var text strings.Builder
		for _, email := range want {
			name := rapid.SampledFrom([]string{"", "Anna ", "Anna B. ", `"Smith, Anna" `, `"a@b.example" `, "Smith, Anna "}).Draw(t, "name")
			if name == "" && rapid.Bool().Draw(t, "bare") {
				text.WriteString(email)
			} else {
				text.WriteString(name + "<" + email + ">")
			}
			text.WriteString(rapid.SampledFrom([]string{",", ";", "\n", "\r\n", " ", ", ", " ; \n"}).Draw(t, "separator"))
		}
		addresses, invalid := splitEmails(text.String())
		if !slices.Equal(addresses, want) || len(invalid) > 0 {
			t.Fatalf("%q: %q, %q; want %q", text.String(), addresses, invalid, want)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z]{1,3}|[@<>",; \n.'()]){0,30}`)).Draw(t, "text")
		addresses, invalid := splitEmails(text)
		for _, email := range addresses {
			if again, ok := parseEmail(email); !ok || again != email {
				t.Fatalf("%q gave %q", text, email)
			}
		}
		for _, word := range invalid {
			if word == "" || strings.ContainsAny(word, "\r\n,;") {
				t.Fatalf("%q gave the wrong piece %q", text, word)
			}
		}
	})
}

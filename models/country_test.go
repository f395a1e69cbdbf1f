package models

import (
	"slices"
	"testing"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

func TestCountries(t *testing.T) {
	list := Countries()
	if len(list) != 249 {
		t.Errorf("%d countries, ISO 3166-1 has 249", len(list))
	}
	// What CLDR calls otherwise than people there, or than it did since.
	renamed := map[string]string{"MK": "North Macedonia", "SZ": "Eswatini", "TR": "Türkiye", "HK": "Hong Kong", "MO": "Macao", "PS": "Palestine"}
	seen := map[string]bool{}
	for _, c := range list {
		region, err := language.ParseRegion(c.Code)
		if err != nil || !region.IsCountry() || region.String() != c.Code || region.Canonicalize() != region {
			t.Errorf("%q is no country", c.Code)
		}
		if seen[c.Code] {
			t.Errorf("%s is there twice", c.Code)
		}
		seen[c.Code] = true
		want := renamed[c.Code]
		if want == "" {
			want = display.English.Regions().Name(region)
		}
		if c.Name != want {
			t.Errorf("%s is called %q, want %q", c.Code, c.Name, want)
		}
		if CountryName(c.Code) != c.Name {
			t.Errorf("CountryName(%s) = %q", c.Code, CountryName(c.Code))
		}
	}
	for _, code := range []string{"ES", "US", "AX", "TW", "GB", "CI"} {
		if !seen[code] {
			t.Errorf("%s is missing", code)
		}
	}
	for _, code := range []string{"", "es", "ESP", "UK", "EU", "XK", "AN", "SU", "ZZ", "AA", "001", "E", "ES\n"} {
		if name := CountryName(code); name != "" {
			t.Errorf("CountryName(%q) = %q", code, name)
		}
	}
	english := collate.New(language.English)
	if !slices.IsSortedFunc(list, func(a, b Country) int { return english.CompareString(a.Name, b.Name) }) {
		t.Error("the countries are not in the order in which people look for them")
	}
	list[0].Name = "changed"
	if Countries()[0].Name != "Afghanistan" {
		t.Error("a caller can change the list")
	}
}

package views

import (
	"strings"
	"testing"
	"time"
)

// TestLeanEscapesTexts: the second, fourth, … part is text.
func TestLeanEscapesTexts(t *testing.T) {
	var b strings.Builder
	if err := lean(`<b title="`, `"><script>`, `">`, "a & b", `</b>`).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if want := `<b title="&#34;&gt;&lt;script&gt;">a &amp; b</b>`; b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
}

// TestMenuLinkLeadsNowhereBad: what a person typed can't become a script.
func TestMenuLinkLeadsNowhereBad(t *testing.T) {
	var b strings.Builder
	if err := MenuLink("javascript:alert(1)", "Open", "eye").Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "javascript") {
		t.Error(b.String())
	}
}

// TestDatesByHand compares them with the package time's, over leap days, changes
// of daylight saving and years of other lengths.
func TestDatesByHand(t *testing.T) {
	for at := time.Date(900, 1, 1, 0, 7, 0, 0, time.UTC); at.Year() < 10_200; at = at.Add(5_003 * time.Hour) {
		for _, zone := range []string{"UTC", "Europe/Madrid", "Asia/Kathmandu"} {
			local := at.In(location(zone))
			if got, want := DateText(at, zone), local.Format("2 Jan 2006"); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
			if got, want := TimeText(at, zone), local.Format("2 Jan 2006, 15:04")+" ("+ZoneText(zone)+")"; got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
	}
}

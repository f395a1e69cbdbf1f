package views

import (
	"testing"
	"time"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestInstantsNameTheirZone(t *testing.T) {
	for _, c := range []struct{ at, zone, instant, time, date string }{
		{"2026-11-30T23:00:00Z", "Europe/Madrid", "1 December, 00:00 (Madrid)", "1 Dec 2026, 00:00 (Madrid)", "1 Dec 2026"},
		{"2026-07-31T22:00:00Z", "Europe/Madrid", "1 August, 00:00 (Madrid)", "1 Aug 2026, 00:00 (Madrid)", "1 Aug 2026"},
		{"2026-11-23T13:05:00Z", "America/Argentina/Buenos_Aires", "23 November, 10:05 (Buenos Aires)", "23 Nov 2026, 10:05 (Buenos Aires)", "23 Nov 2026"},
		{"2026-11-23T20:05:00Z", "Asia/Kolkata", "24 November, 01:35 (Kolkata)", "24 Nov 2026, 01:35 (Kolkata)", "24 Nov 2026"},
		{"2026-11-23T13:05:00Z", "", "23 November, 13:05 (UTC)", "23 Nov 2026, 13:05 (UTC)", "23 Nov 2026"},
		{"2026-11-23T13:05:00Z", "UTC", "23 November, 13:05 (UTC)", "23 Nov 2026, 13:05 (UTC)", "23 Nov 2026"},
	} {
		at := instant(t, c.at)
		if got := InstantText(at, c.zone); got != c.instant {
			t.Errorf("InstantText(%s, %s) = %q, want %q", c.at, c.zone, got, c.instant)
		}
		if got := TimeText(at, c.zone); got != c.time {
			t.Errorf("TimeText(%s, %s) = %q, want %q", c.at, c.zone, got, c.time)
		}
		if got := DateText(at, c.zone); got != c.date {
			t.Errorf("DateText(%s, %s) = %q, want %q", c.at, c.zone, got, c.date)
		}
	}
}

func TestRelativeText(t *testing.T) {
	from := instant(t, "2026-11-23T13:05:00Z") // 14:05 in Madrid
	for _, c := range []struct{ at, want string }{
		{"2026-11-23T13:05:30Z", "now"},
		{"2026-11-23T13:04:30Z", "now"},
		{"2026-11-23T13:06:00Z", "in 1 minute"},
		{"2026-11-23T13:25:00Z", "in 20 minutes"},
		{"2026-11-23T14:05:00Z", "in 1 hour"},
		{"2026-11-23T08:00:00Z", "5 hours ago"},
		{"2026-11-24T00:00:00Z", "in 10 hours"},
		{"2026-11-24T02:00:00Z", "tomorrow"},
		{"2026-11-24T22:59:00Z", "tomorrow"},
		{"2026-11-24T23:00:00Z", "in 2 days"},
		{"2026-11-22T13:05:00Z", "yesterday"},
		{"2026-11-21T13:05:00Z", "2 days ago"},
		{"2027-11-23T13:05:00Z", "in 365 days"},
	} {
		if got := RelativeText(instant(t, c.at), from, "Europe/Madrid"); got != c.want {
			t.Errorf("RelativeText(%s) = %q, want %q", c.at, got, c.want)
		}
	}
}

// TestRelativeDaysOverDaylightSaving: the day of the change has 25 hours.
func TestRelativeDaysOverDaylightSaving(t *testing.T) {
	from := instant(t, "2026-10-24T22:30:00Z") // 25 October, 00:30 in Madrid
	if got := RelativeText(instant(t, "2026-10-25T23:30:00Z"), from, "Europe/Madrid"); got != "tomorrow" {
		t.Errorf("25 hours later, on 26 October, is %q, want tomorrow", got)
	}
}

func TestDaysAndMonthsKeptAsText(t *testing.T) {
	for got, want := range map[string]string{
		DayText("2026-11-03"): "3 Nov 2026", DayText("soon"): "soon", DayText(""): "",
		MonthText("2026-11"): "November 2026", MonthText("2026-13"): "2026-13",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCounts(t *testing.T) {
	for got, want := range map[string]string{
		Plural(0, "trial", "trials"): "0 trials", Plural(1, "trial", "trials"): "1 trial", Plural(2000, "trial", "trials"): "2,000 trials",
		Number(999): "999", Number(1000): "1,000", Number(-1234567): "-1,234,567", Number(-100): "-100",
		Join(nil): "", Join([]string{"a"}): "a", Join([]string{"a", "b"}): "a and b", Join([]string{"a", "b", "c"}): "a, b and c",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Marta Ruiz": "MR", "ana": "A", "Jean-Luc de la Tour": "JT", "": "?", "🙂 …": "?", "Ñandú ąbc": "ÑĄ", "3M Company": "3C"} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

package models

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2026-11-23", "2024-02-29", "1900-01-01", "9999-12-31"} {
		if d, err := ParseDate(s); err != nil || string(d) != s {
			t.Errorf("ParseDate(%q) = %q, %v", s, d, err)
		}
	}
	for _, s := range []string{"", " 2026-11-23", "2026-11-23 ", "2026-11-23\n", "2026-1-2", "26-11-23", "2026-02-29", "2026-13-01", "2026-00-10", "2026-11-00", "2026-11-31", "23.11.2026", "2026/11/23", "20261123", "0026-11-23", "1899-12-31", "10000-01-01", "+2026-11-23", "2026-11", "2026-11-23T00:00:00Z", "٢٠٢٦-١١-٢٣"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %q", s, d)
		}
	}
}

func TestParseMonth(t *testing.T) {
	for _, s := range []string{"2026-11", "1900-01", "9999-12"} {
		if m, err := ParseMonth(s); err != nil || string(m) != s {
			t.Errorf("ParseMonth(%q) = %q, %v", s, m, err)
		}
	}
	for _, s := range []string{"", "2026-13", "2026-00", "2026-1", "2026", "2026-11-23", "11/2026", "0026-11", "1899-12", " 2026-11", "2026-11 "} {
		if m, err := ParseMonth(s); err == nil {
			t.Errorf("ParseMonth(%q) = %q", s, m)
		}
	}
}

func TestAddQuarters(t *testing.T) {
	tests := []struct {
		from Date
		n    int
		want Date
	}{
		{"2026-11-30", 1, "2027-02-28"},
		{"2027-11-30", 1, "2028-02-29"},
		{"2026-11-30", 2, "2027-05-30"},
		{"2026-11-29", 1, "2027-02-28"},
		{"2026-11-28", 1, "2027-02-28"},
		{"2026-11-27", 1, "2027-02-27"},
		{"2027-11-29", 1, "2028-02-29"},
		{"2026-01-31", 1, "2026-04-30"},
		{"2026-01-31", 2, "2026-07-31"},
		{"2026-01-31", 3, "2026-10-31"},
		{"2026-01-31", 4, "2027-01-31"},
		{"2028-02-29", 4, "2029-02-28"},
		{"2028-02-29", 16, "2032-02-29"},
		{"2026-12-01", 12, "2029-12-01"},
		{"2026-10-15", 1, "2027-01-15"},
		{"2026-03-31", 0, "2026-03-31"},
		{"2027-05-31", -1, "2027-02-28"},
		{"2027-01-31", -1, "2026-10-31"},
		{"", 1, ""},
		{"nonsense", 1, ""},
	}
	for _, tt := range tests {
		if got := tt.from.AddQuarters(tt.n); got != tt.want {
			t.Errorf("%s + %d quarters = %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestAddQuartersProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := dates().Draw(t, "date")
		n := rapid.IntRange(-12, 48).Draw(t, "quarters")
		got := d.AddQuarters(n)
		if want := d.Month().AddMonths(3 * n); got.Month() != want {
			t.Fatalf("%s + %d quarters = %s, not in %s", d, n, got, want)
		}
		day, gotDay := d.Time().Day(), got.Time().Day()
		if gotDay > day || gotDay < day && got.AddDays(1).Month() == got.Month() {
			t.Fatalf("%s + %d quarters = %s, neither the same day nor the month's last", d, n, got)
		}
		if next := d.AddQuarters(n + 1); next <= got {
			t.Fatalf("quarter %d of %s begins on %s, the one before on %s", n+1, d, next, got)
		}
	})
}

func TestAddDaysAndMonths(t *testing.T) {
	for _, tt := range []struct {
		from Date
		n    int
		want Date
	}{{"2026-11-23", 1, "2026-11-24"}, {"2026-12-31", 1, "2027-01-01"}, {"2028-02-28", 1, "2028-02-29"}, {"2027-02-28", 1, "2027-03-01"}, {"2027-01-01", -1, "2026-12-31"}, {"", 1, ""}} {
		if got := tt.from.AddDays(tt.n); got != tt.want {
			t.Errorf("%s + %d days = %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
	for _, tt := range []struct {
		from Month
		n    int
		want Month
	}{{"2026-11", 1, "2026-12"}, {"2026-12", 1, "2027-01"}, {"2026-01", -1, "2025-12"}, {"2026-03", -15, "2024-12"}, {"", 1, ""}, {"x", 1, ""}} {
		if got := tt.from.AddMonths(tt.n); got != tt.want {
			t.Errorf("%s + %d months = %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
	if got := Month("2026-12").Next(); got != "2027-01" {
		t.Errorf("after December comes %s", got)
	}
	if got := Date("2026-11-23").Month(); got != "2026-11" {
		t.Errorf("Month = %s", got)
	}
	if got := Month("2026-11").First(); got != "2026-11-01" {
		t.Errorf("First = %s", got)
	}
	if d, m := Date("").Month(), Month("").First(); d != "" || m != "" {
		t.Errorf("of none: %q, %q", d, m)
	}
	if got := Month("2026-11").Time(); !got.Equal(instant(t, "2026-11-01T00:00:00Z")) {
		t.Errorf("Time = %s", got)
	}
}

// TestMonthStart holds the cases that have happened, found in the tz database.
func TestMonthStart(t *testing.T) {
	tests := []struct {
		name  string
		zone  string
		month Month
		want  string
	}{
		{"plain", "Europe/Madrid", "2026-12", "2026-11-30T23:00:00Z"},
		{"in summer time", "Europe/Madrid", "2026-07", "2026-06-30T22:00:00Z"},
		{"west of Greenwich", "America/New_York", "2026-12", "2026-12-01T05:00:00Z"},
		{"UTC", "UTC", "2026-12", "2026-12-01T00:00:00Z"},
		{"half an hour", "Asia/Kolkata", "2026-12", "2026-11-30T18:30:00Z"},
		{"45 minutes", "Asia/Kathmandu", "2026-12", "2026-11-30T18:15:00Z"},
		{"the first to begin it", "Pacific/Kiritimati", "2026-12", "2026-11-30T10:00:00Z"},
		{"the last to begin it", "Pacific/Pago_Pago", "2026-12", "2026-12-01T11:00:00Z"},
		{"midnight skipped: 1 April 2005 began at 01:00", "Asia/Damascus", "2005-04", "2005-03-31T22:00:00Z"},
		{"midnight put off: at the end of 30 September 2004 clocks went back to 23:00", "Asia/Damascus", "2004-10", "2004-09-30T22:00:00Z"},
		{"midnight twice: on 1 November 2009 at 00:01 clocks went back to 23:01", "America/St_Johns", "2009-11", "2009-11-01T02:30:00Z"},
		{"the day before the last left out", "Pacific/Apia", "2012-01", "2011-12-31T10:00:00Z"},
		{"the last day of the month before left out", "Pacific/Kiritimati", "1995-01", "1994-12-31T10:00:00Z"},
		{"a leap year's end, far ahead", "Europe/Madrid", "2041-01", "2040-12-31T23:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			loc := zone(t, tt.zone)
			start := tt.month.StartIn(loc)
			if !start.Equal(instant(t, tt.want)) || start.Location() != time.UTC {
				t.Errorf("%s begins in %s at %s, want %s", tt.month, tt.zone, start, tt.want)
			}
			if got := MonthIn(start, loc); got != tt.month {
				t.Errorf("its first instant is in %s", got)
			}
			if got := MonthIn(start.Add(-1), loc); got != tt.month.AddMonths(-1) {
				t.Errorf("the instant before is in %s", got)
			}
		})
	}
}

// In St. John's the last 59 minutes of October 2009 came again after November
// had begun. They are November's: what has begun does not end early.
func TestMonthDoesNotGoBack(t *testing.T) {
	loc := zone(t, "America/St_Johns")
	for at, want := range map[string]Month{
		"2009-11-01T02:29:59.999999999Z": "2009-10", // 23:59:59, summer time
		"2009-11-01T02:30:00Z":           "2009-11", // 00:00, summer time
		"2009-11-01T02:31:00Z":           "2009-11", // 23:01 of 31 October again
		"2009-11-01T03:29:59Z":           "2009-11",
		"2009-11-01T03:30:00Z":           "2009-11", // 00:00 again
	} {
		if got := MonthIn(instant(t, at), loc); got != want {
			t.Errorf("%s is in %s, want %s", at, got, want)
		}
	}
	if got := DateIn(instant(t, "2009-11-01T03:00:00Z"), loc); got != "2009-11-01" {
		t.Errorf("the repeated half hour belongs to %s", got)
	}
}

func TestDateStart(t *testing.T) {
	apia := zone(t, "Pacific/Apia")
	left, after := Date("2011-12-30"), Date("2011-12-31")
	if !left.StartIn(apia).Equal(after.StartIn(apia)) {
		t.Errorf("the day that was left out begins at %s and is over at %s", left.StartIn(apia), after.StartIn(apia))
	}
	madrid := zone(t, "Europe/Madrid")
	for day, hours := range map[Date]float64{"2026-03-29": 23, "2026-10-25": 25, "2026-11-23": 24} {
		if got := day.AddDays(1).StartIn(madrid).Sub(day.StartIn(madrid)).Hours(); got != hours {
			t.Errorf("%s has %v hours, want %v", day, got, hours)
		}
	}
	if got := Date("").StartIn(madrid); !got.IsZero() {
		t.Errorf("no date begins at %s", got)
	}
	for _, at := range []time.Time{{}, time.Date(9999, 12, 31, 23, 0, 0, 0, time.UTC), time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		DateIn(at, madrid) // must return
	}
}

// TestMonthsOfAllZones walks through every month of 1970 to 2060 in every zone
// that is offered; the others are their older names and fixed offsets.
func TestMonthsOfAllZones(t *testing.T) {
	t.Parallel()
	skipped, repeated := 0, 0 // the oddities met
	for _, name := range Zones() {
		loc := zone(t, name)
		start := Month("1970-01").StartIn(loc)
		for m := Month("1970-01"); m <= "2060-12"; m = m.Next() {
			end := m.Next().StartIn(loc)
			if days := end.Sub(start).Hours() / 24; days < 26.9 || days > 32.1 {
				t.Errorf("%s of %s has %.2f days", m, name, days)
			}
			if first, last := MonthIn(start, loc), MonthIn(end.Add(-1), loc); first != m || last != m {
				t.Errorf("%s of %s: its first instant is in %s, its last in %s", m, name, first, last)
			}
			// The first instant: there the calendar shows the month, right before it does not.
			wall, before := start.In(loc), start.Add(-1).In(loc)
			if wall.Format(monthLayout) != string(m) || before.Format(monthLayout) >= string(m) {
				t.Errorf("%s of %s begins at %s, the instant before is %s", m, name, wall, before)
			}
			if wall.Hour() != 0 || wall.Minute() != 0 || wall.Second() != 0 {
				skipped++
			}
			// Nor at any time before, which only a change of clocks could bring about.
			if changed, _ := before.ZoneBounds(); start.Sub(changed) < 26*time.Hour {
				for back := time.Minute; back <= 26*time.Hour; back += time.Minute {
					if shown := start.Add(-back).In(loc).Format(monthLayout); shown >= string(m) {
						t.Errorf("%s of %s begins at %s, but was shown %s before", m, name, wall, back)
					}
				}
			}
			if _, change := wall.ZoneBounds(); change.After(start) && change.In(loc).Format(monthLayout) < string(m) {
				repeated++
			}
			start = end
		}
	}
	if skipped == 0 || repeated == 0 {
		t.Errorf("%d months whose midnight was skipped, %d that were followed by the month before", skipped, repeated)
	}
}

func TestCalendarProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc, err := LoadZone(rapid.SampledFrom(zoneNames.known).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		list := rapid.SliceOfN(instants(loc), 50, 50).Draw(t, "instants")
		slices.SortFunc(list, time.Time.Compare)
		var last Date
		for _, at := range list {
			d, m := DateIn(at, loc), MonthIn(at, loc)
			if from, to := m.StartIn(loc), m.Next().StartIn(loc); at.Before(from) || !at.Before(to) {
				t.Fatalf("%s is said to be in %s, which is [%s, %s)", at, m, from, to)
			}
			if from, to := d.StartIn(loc), d.AddDays(1).StartIn(loc); at.Before(from) || !at.Before(to) {
				t.Fatalf("%s is said to be on %s, which is [%s, %s)", at, d, from, to)
			}
			if d.Month() != m {
				t.Fatalf("%s is in %s and on %s", at, m, d)
			}
			if d < last {
				t.Fatalf("%s is on %s, and something earlier on %s", at, d, last)
			}
			last = d
			// The wall calendar is never ahead, and behind only after clocks were set back.
			wall := dateOf(at.In(loc))
			if wall > d || wall < d && offsetAt(d.StartIn(loc), loc) <= offsetAt(at, loc) {
				t.Fatalf("the calendar shows %s at %s, DateIn says %s", wall, at, d)
			}
		}
	})
}

func offsetAt(t time.Time, loc *time.Location) int {
	_, offset := t.In(loc).Zone()
	return offset
}

func dates() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		return dateOf(time.Unix(rapid.Int64Range(0, 2871763199).Draw(t, "seconds"), 0).UTC()) // 1970 to 2060
	})
}

// instants draws from 1970 to 2060, half of them within a day of where loc changes its clocks or a month begins.
func instants(loc *time.Location) *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		at := time.Unix(rapid.Int64Range(0, 2871763199).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds")).UTC()
		near := time.Duration(rapid.Int64Range(int64(-25*time.Hour), int64(25*time.Hour)).Draw(t, "near"))
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			if _, end := at.In(loc).ZoneBounds(); !end.IsZero() {
				return end.Add(near).UTC()
			}
		case 1:
			return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, loc).Add(near).UTC()
		}
		return at
	})
}

func TestDateAndMonthColumns(t *testing.T) {
	for _, src := range []any{"2026-11-23", []byte("2026-11-23")} {
		d := Date("before")
		if err := d.Scan(src); err != nil || d != "2026-11-23" {
			t.Errorf("Scan(%v) = %q, %v", src, d, err)
		}
	}
	for _, src := range []any{"2026-11", []byte("2026-11")} {
		m := Month("before")
		if err := m.Scan(src); err != nil || m != "2026-11" {
			t.Errorf("Scan(%v) = %q, %v", src, m, err)
		}
	}
	for _, src := range []any{nil, "", []byte{}} {
		d, m := Date("2026-11-23"), Month("2026-11")
		if err := d.Scan(src); err != nil || d != "" {
			t.Errorf("Scan(%v) = %q, %v", src, d, err)
		}
		if err := m.Scan(src); err != nil || m != "" {
			t.Errorf("Scan(%v) = %q, %v", src, m, err)
		}
	}
	for _, src := range []any{"2026-02-30", "x", 5, time.Now, time.Time{}} {
		d, m := Date("2026-11-23"), Month("2026-11")
		if err := d.Scan(src); err == nil || d != "2026-11-23" {
			t.Errorf("Scan(%v) = %q, %v", src, d, err)
		}
		if err := m.Scan(src); err == nil || m != "2026-11" {
			t.Errorf("Scan(%v) = %q, %v", src, m, err)
		}
	}
	if v, err := Date("2026-11-23").Value(); err != nil || v != "2026-11-23" {
		t.Errorf("Value = %v, %v", v, err)
	}
	if v, err := Month("2026-11").Value(); err != nil || v != "2026-11" {
		t.Errorf("Value = %v, %v", v, err)
	}
	if v, err := Date("").Value(); err != nil || v != nil {
		t.Errorf("Value of none = %v, %v", v, err)
	}
	if v, err := Date("2026-02-30").Value(); err == nil {
		t.Errorf("Value of nonsense = %v", v)
	}
	if v, err := Month("2026-13").Value(); err == nil {
		t.Errorf("Value of nonsense = %v", v)
	}
}

func TestDateAndMonthJSON(t *testing.T) {
	type both struct {
		On Date  `json:"on"`
		In Month `json:"in"`
	}
	const text = `{"on":"2026-11-23","in":"2026-11"}`
	var v both
	if err := json.Unmarshal([]byte(text), &v); err != nil || v != (both{"2026-11-23", "2026-11"}) {
		t.Errorf("read %+v, %v", v, err)
	}
	if b, err := json.Marshal(v); err != nil || string(b) != text {
		t.Errorf("wrote %s, %v", b, err)
	}
	if err := json.Unmarshal([]byte(`{"on":"","in":""}`), &v); err != nil || v != (both{}) {
		t.Errorf("read %+v, %v", v, err)
	}
	for _, bad := range []string{`{"on":"2026-02-30"}`, `{"in":"2026-13"}`, `{"on":5}`, `{"in":{}}`} {
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("read %s as %+v", bad, v)
		}
	}
}

func TestDatesCompareAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(dates()).Draw(t, "dates")
		byText, byTime := slices.Clone(list), slices.Clone(list)
		slices.Sort(byText)
		slices.SortFunc(byTime, func(a, b Date) int { return a.Time().Compare(b.Time()) })
		if !slices.Equal(byText, byTime) {
			t.Fatalf("%v by text, %v by time", byText, byTime)
		}
	})
}

package views

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"reselling/models"
	"reselling/models/money"
)

// InstantText writes t in the zone called zone and names the zone:
// "1 December, 00:00 (Madrid)". The year is left out; where it matters use TimeText.
func InstantText(t time.Time, zone string) string {
	return in(t, zone).Format("2 January, 15:04") + " (" + ZoneText(zone) + ")"
}

// TimeText writes t in full: "23 Nov 2026, 14:05 (Madrid)".
func TimeText(t time.Time, zone string) string { return timeText(in(t, zone), zone) }

// timeText is TimeText of an instant that is in the zone already.
func timeText(local time.Time, zone string) string {
	b := appendDate(make([]byte, 0, 64), local)
	hour, minute, _ := local.Clock()
	b = append(b, ',', ' ', byte('0'+hour/10), byte('0'+hour%10), ':', byte('0'+minute/10), byte('0'+minute%10), ' ', '(')
	return string(append(append(b, ZoneText(zone)...), ')'))
}

// DateText writes the day of t in the zone: "23 Nov 2026".
func DateText(t time.Time, zone string) string { return dateText(in(t, zone)) }

func dateText(local time.Time) string { return string(appendDate(make([]byte, 0, 16), local)) }

// appendDate is Format("2 Jan 2006"), several times as fast: a list shows a hundred.
func appendDate(b []byte, local time.Time) []byte {
	year, month, day := local.Date()
	if year < 1000 || year > 9999 {
		return local.AppendFormat(b, "2 Jan 2006")
	}
	b = append(strconv.AppendInt(b, int64(day), 10), ' ')
	b = append(append(b, month.String()[:3]...), ' ')
	return strconv.AppendInt(b, int64(year), 10)
}

// DayText writes a date that is kept as text, "2026-11-23", as "23 Nov 2026".
// Anything else is returned as it is.
func DayText(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 Jan 2006")
}

// firstOfMany adds to the hint of a choice that it does not list everybody, where that is so.
func firstOfMany(listed int, hint string) string {
	if listed < models.MostChoices {
		return hint
	}
	return strings.TrimSpace(hint + " These are the first " + Number(models.MostChoices) + " people by name.")
}

// MonthText writes a month that is kept as text, "2026-11", as "November 2026".
// Anything else is returned as it is.
func MonthText(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return t.Format("January 2006")
}

// ZoneText is how a zone is named to a person: "Madrid" for "Europe/Madrid".
func ZoneText(zone string) string {
	if zone == "" {
		return "UTC"
	}
	return strings.ReplaceAll(zone[strings.LastIndexByte(zone, '/')+1:], "_", " ")
}

// RelativeText says how far t is from now, by calendar days of the zone from a
// day on: "in 3 days", "yesterday", "in 20 minutes", "5 hours ago".
func RelativeText(t, now time.Time, zone string) string {
	d := t.Sub(now)
	if day := days(now, t, zone); day != 0 && d.Abs() >= 12*time.Hour {
		switch {
		case day == 1:
			return "tomorrow"
		case day == -1:
			return "yesterday"
		case day > 0:
			return "in " + Plural(day, "day", "days")
		}
		return Plural(-day, "day", "days") + " ago"
	}
	unit := Plural(int(d.Abs()/time.Minute), "minute", "minutes")
	if d.Abs() >= time.Hour {
		unit = Plural(int(d.Abs()/time.Hour), "hour", "hours")
	}
	switch {
	case d.Abs() < time.Minute:
		return "now"
	case d > 0:
		return "in " + unit
	}
	return unit + " ago"
}

// Plural writes n with the right form of its noun: "1 trial", "2,000 trials".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Number writes n with separators: "12,345".
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Join writes a list as a person would: "a, b and c".
func Join(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// days counts the midnights of the zone between from and to.
func days(from, to time.Time, zone string) int {
	return int(midnight(to, zone).Sub(midnight(from, zone)) / (24 * time.Hour))
}

// midnight names the day of t in the zone by an instant in UTC, where days are even.
func midnight(t time.Time, zone string) time.Time {
	y, m, d := in(t, zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func in(t time.Time, zone string) time.Time { return t.In(location(zone)) }

var locations sync.Map

// location loads a zone once; reading it for every cell of a list is slow.
func location(zone string) *time.Location {
	if l, ok := locations.Load(zone); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(zone)
	if err != nil {
		l = time.UTC
	}
	locations.Store(zone, l)
	return l
}

// Percent writes hundredths of a percent: 5000 is "50 %", 1250 "12.5 %".
func Percent(hundredths int) string {
	return money.Percentage(hundredths).String()
}

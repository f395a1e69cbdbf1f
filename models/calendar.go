package models

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Date is a day of the calendar, "2026-11-23"; which zone's is said where it
// stands. Dates compare with == and <. The zero Date is none, NULL in a column.
type Date string

// Month is a month of the calendar, "2026-11". Months compare with == and <. The
// zero Month is none, NULL in a column.
type Month string

const (
	dateLayout  = "2006-01-02"
	monthLayout = "2006-01"
	firstYear   = 1900
)

// ParseDate returns the date that s writes, four digits, two and two; from 1900
// on, because an earlier one is a typing error.
func ParseDate(s string) (Date, error) {
	if t, err := time.Parse(dateLayout, s); err != nil || t.Year() < firstYear {
		return "", fmt.Errorf("%.20q is no date", s)
	}
	return Date(s), nil
}

// ParseMonth returns the month that s writes, four digits and two; from 1900 on.
func ParseMonth(s string) (Month, error) {
	if t, err := time.Parse(monthLayout, s); err != nil || t.Year() < firstYear {
		return "", fmt.Errorf("%.20q is no month", s)
	}
	return Month(s), nil
}

// DateIn is the date at t in loc: the latest that has begun there, so that
// d.StartIn ≤ t < d.AddDays(1).StartIn for exactly one d.
//
// It is what the wall calendar shows, but for the hour after clocks were set
// back across midnight: a day that has begun stays begun.
func DateIn(t time.Time, loc *time.Location) Date {
	d := dateOf(t.In(loc))
	for {
		next := d.AddDays(1)
		if start := next.StartIn(loc); start.After(t) || start.IsZero() {
			return d
		}
		d = next
	}
}

// MonthIn is the month at t in loc: m.StartIn ≤ t < m.Next().StartIn for exactly
// one m. See DateIn for clocks that are set back.
func MonthIn(t time.Time, loc *time.Location) Month { return DateIn(t, loc).Month() }

// StartIn is the first instant at which the calendar in loc shows d or, where
// that day is left out altogether, a later one. That is midnight, except where
// clocks skip midnight; where they strike it twice, it is the first time.
func (d Date) StartIn(loc *time.Location) time.Time {
	midnight := d.Time()
	if midnight.IsZero() {
		return midnight
	}
	// No clock has ever been as much as 24 hours ahead of UTC, so at t the day has
	// not begun. From there on look at each stretch of constant offset in turn.
	t := midnight.Add(-24 * time.Hour)
	for {
		_, offset := t.In(loc).Zone()
		start := midnight.Add(-time.Duration(offset) * time.Second)
		if start.Before(t) {
			start = t
		}
		_, end := t.In(loc).ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			end = t.Add(time.Hour) // golang/go#81583: it ends leap years a day early
		}
		if end.IsZero() || start.Before(end) {
			return start.UTC()
		}
		t = end
	}
}

// StartIn is the first instant of m in loc.
func (m Month) StartIn(loc *time.Location) time.Time { return m.First().StartIn(loc) }

// AddDays is the date n days after d, or before it.
func (d Date) AddDays(n int) Date { return d.from(d.Time().AddDate(0, 0, n)) }

// daysUntil is how many days end is after d; below 0 before it.
func (d Date) daysUntil(end Date) int { return int(end.Time().Sub(d.Time()) / oneDay) }

// AddQuarters is the date n quarters of three calendar months after d, clamped
// to the month's end. Count from a term's first day, never from a clamped one:
// two quarters after 30 November are 30 May, though one is 28 February.
func (d Date) AddQuarters(n int) Date {
	year, month, day := d.Time().Date()
	first := time.Date(year, month+time.Month(3*n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return d.from(first.AddDate(0, 0, min(day, last.Day())-1))
}

// Month is the month in which d lies.
func (d Date) Month() Month {
	if d.Time().IsZero() {
		return ""
	}
	return Month(d[:len(monthLayout)])
}

// Next is the month after m.
func (m Month) Next() Month { return m.AddMonths(1) }

// AddMonths is the month n months after m, or before it.
func (m Month) AddMonths(n int) Month {
	first := m.Time()
	if first.IsZero() {
		return ""
	}
	return Month(first.AddDate(0, n, 0).Format(monthLayout))
}

// First is the first day of m.
func (m Month) First() Date {
	if m.Time().IsZero() {
		return ""
	}
	return Date(m) + "-01"
}

// Time is midnight UTC of d, for formatting and arithmetic; it says nothing about
// when d begins anywhere. It is the zero Time for the zero Date.
func (d Date) Time() time.Time {
	t, err := time.Parse(dateLayout, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Time is midnight UTC of m's first day, for formatting. It is the zero Time for
// the zero Month.
func (m Month) Time() time.Time {
	t, err := time.Parse(monthLayout, string(m))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Scan reads a text column.
func (d *Date) Scan(src any) error { return scanText(d, src) }

// Scan reads a text column.
func (m *Month) Scan(src any) error { return scanText(m, src) }

// Value writes a text column; it refuses what is no date.
func (d Date) Value() (driver.Value, error) { return textValue(d, ParseDate) }

// Value writes a text column; it refuses what is no month.
func (m Month) Value() (driver.Value, error) { return textValue(m, ParseMonth) }

// UnmarshalText reads JSON and forms; empty is the zero Date.
func (d *Date) UnmarshalText(b []byte) error { return unmarshalText(d, b, ParseDate) }

// UnmarshalText reads JSON and forms; empty is the zero Month.
func (m *Month) UnmarshalText(b []byte) error { return unmarshalText(m, b, ParseMonth) }

func dateOf(t time.Time) Date { return Date(t.Format(dateLayout)) }

// from is t's date, or none if d is none.
func (d Date) from(t time.Time) Date {
	if d.Time().IsZero() {
		return ""
	}
	return dateOf(t)
}

func scanText(dst interface{ UnmarshalText([]byte) error }, src any) error {
	switch src := src.(type) {
	case nil:
		return dst.UnmarshalText(nil)
	case string:
		return dst.UnmarshalText([]byte(src))
	case []byte:
		return dst.UnmarshalText(src)
	}
	return fmt.Errorf("a %T in a column of text", src)
}

func textValue[T ~string](v T, parse func(string) (T, error)) (driver.Value, error) {
	if v == "" {
		return nil, nil
	}
	if _, err := parse(string(v)); err != nil {
		return nil, err
	}
	return string(v), nil
}

func unmarshalText[T ~string](dst *T, b []byte, parse func(string) (T, error)) error {
	if len(b) == 0 {
		*dst = ""
		return nil
	}
	v, err := parse(string(b))
	if err != nil {
		return err
	}
	*dst = v
	return nil
}

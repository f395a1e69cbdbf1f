package views

import (
	"testing"
	"time"
)

func TestDaysLeftCountsStartedDays(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for left, want := range map[time.Duration]string{
		7 * 24 * time.Hour:               "7 days left",
		7*24*time.Hour - time.Nanosecond: "7 days left",
		6*24*time.Hour + time.Nanosecond: "7 days left",
		6 * 24 * time.Hour:               "6 days left",
		24 * time.Hour:                   "1 day left",
		24*time.Hour - time.Nanosecond:   "less than a day left",
		0:                                "ended",
	} {
		if got := daysLeft(now.Add(left), now); got != want {
			t.Errorf("%v before the end: %q, want %q", left, got, want)
		}
	}
}

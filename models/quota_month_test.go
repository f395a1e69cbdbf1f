package models_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reselling/models"
	"reselling/models/modelstest"
)

// TestNoTrialIsCountedInTheWrongMonth issues trials around the turns of months,
// over all zones, their daylight saving and changes of zone, and reckons each
// month again from what a clock on the wall showed.
func TestNoTrialIsCountedInTheWrongMonth(t *testing.T) {
	w := modelstest.New(t)
	w.Exec(t, "UPDATE plan_terms SET trials_per_month = 100000")
	zones, n := models.Zones(), 0
	rapid.Check(t, func(r *rapid.T) {
		before := wallClock(r, rapid.SampledFrom(zones).Draw(r, "zone"))
		after := wallClock(r, rapid.SampledFrom(zones).Draw(r, "next zone"))
		turn := time.Date(rapid.IntRange(2021, 2040).Draw(r, "year"), time.Month(rapid.IntRange(1, 12).Draw(r, "month")), 1, 0, 0, 0, 0, time.UTC)
		moves := turn.Add(time.Duration(rapid.IntRange(-14, 14).Draw(r, "change of zone, hours from the turn in UTC")) * time.Hour)
		wall := func(at time.Time) string {
			if at.Before(moves) {
				return at.In(before).Format("2006-01")
			}
			return at.In(after).Format("2006-01")
		}
		w.Exec(t, "DELETE FROM account_zones WHERE account_id = ?", modelstest.Acme)
		w.Exec(t, "INSERT INTO account_zones (account_id, holds_from, zone) VALUES (?, ?, ?), (?, ?, ?)",
			modelstest.Acme, turn.AddDate(-1, 0, 0), before.String(), modelstest.Acme, moves, after.String())
		w.Exec(t, "DELETE FROM trials")

		at := turn.Add(time.Duration(rapid.Int64Range(-int64(3*24*time.Hour), int64(3*24*time.Hour)).Draw(r, "first trial, from the turn"))).Truncate(time.Microsecond)
		counted := map[string]int{}
		for range rapid.IntRange(1, 4).Draw(r, "trials") {
			w.Clock.Set(at)
			q, err := w.Quota(t.Context(), modelstest.AcmeSeller)
			if err != nil {
				r.Fatal(err)
			}
			if month := wall(at); string(q.Month) != month || q.Used != counted[month] {
				r.Fatalf("at %v, wall clock in %s: quota %d of %s", at, month, q.Used, q.Month)
			}
			if !q.ResetsAt.After(at) || wall(q.ResetsAt) == wall(at) {
				r.Fatalf("at %v, wall clock in %s, the reset is said to be at %v", at, wall(at), q.ResetsAt)
			}
			for hour := at; hour.Before(q.ResetsAt); hour = hour.Add(15 * time.Minute) {
				if wall(hour) != wall(at) {
					r.Fatalf("at %v the reset is said to be at %v, but the month turns by %v", at, q.ResetsAt, hour)
				}
			}
			n++
			request := models.TrialRequest{Product: "studio-pro", NewClient: models.ClientFields{Company: fmt.Sprintf("No. %d", n), Email: fmt.Sprintf("n%d@n%d.example", n, n)}}
			issued, err := w.IssueTrial(t.Context(), modelstest.AcmeSeller, request)
			if err != nil {
				r.Fatal(err)
			}
			if string(issued.Trial.Month) != wall(at) {
				r.Fatalf("issued at %v, wall clock in %s, counted in %s", at, wall(at), issued.Trial.Month)
			}
			counted[wall(at)]++
			at = at.Add(time.Duration(rapid.Int64Range(1, int64(2*24*time.Hour)).Draw(r, "until the next"))).Truncate(time.Microsecond)
		}
	})
}

func wallClock(r *rapid.T, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		r.Fatal(err)
	}
	return zone
}

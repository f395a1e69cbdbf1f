package views

import (
	"time"

	"reselling/models"
)

// chapter is a part of a licence's history: its trial, a term, or added seats.
type chapter struct {
	what, detail string
	seats        string // "2", of added ones "+3"
	from, until  time.Time
	state        string
	tone         Tone
	added        bool   // seats to a term that ran
	number       int    // of seats
	orderID      string // else trialID
	trialID      string
}

// licenseChapters tells the history of a licence, the first chapter first.
func licenseChapters(l models.License, trials []models.Trial, terms []models.LicenseTerm, now time.Time) (all []chapter) {
	for _, t := range trials {
		all = append(all, trialChapter(l, t, len(terms) == 0, now))
	}
	paid := 0
	for _, t := range terms {
		c := chapter{seats: Number(t.Seats), number: t.Seats, added: t.AddsToID != nil, from: t.StartsAt, until: t.EndsAt, orderID: t.OrderID}
		switch {
		case t.AddsToID != nil:
			c.what, c.detail, c.seats = Plural(t.Seats, "seat", "seats")+" added", "to the end of the running term", "+"+Number(t.Seats)
		case paid > 0:
			c.what, c.detail = "Renewed", "for "+Plural(t.Quarters, "quarter", "quarters")
		case len(trials) > 0:
			c.what, c.detail = "Bought after the trial", "for "+Plural(t.Quarters, "quarter", "quarters")
		default:
			c.what, c.detail = "Bought", "for "+Plural(t.Quarters, "quarter", "quarters")
		}
		if t.AddsToID == nil {
			paid++
		}
		c.state, c.tone = termState(t, now)
		if t.EndedAt != nil {
			c.until = *t.EndedAt
			if c.until.Before(c.from) {
				c.until = c.from
			}
		}
		all = append(all, c)
	}
	return all
}

// clientChapter is a chapter in the client's words: no prices, no orders.
func clientChapter(c chapter) string {
	switch {
	case c.trialID != "":
		return c.what + " " + c.detail
	case c.added:
		return c.what + " " + c.detail
	}
	return c.what + " " + c.detail + ", with " + Plural(c.number, "seat", "seats")
}

func termState(t models.LicenseTerm, now time.Time) (string, Tone) {
	switch {
	case t.EndedAt != nil:
		return "Taken back", Neutral
	case !now.Before(t.EndsAt):
		return "Over", Neutral
	case t.UnpaidSince != nil:
		return "Suspended until paid", Warning
	case now.Before(t.StartsAt):
		return "To come", Info
	}
	return "Running", Success
}

func trialChapter(l models.License, t models.Trial, unpaid bool, now time.Time) chapter {
	c := chapter{what: "Free trial", detail: "of " + Plural(t.Days, "day", "days"), seats: "–", from: t.IssuedAt, until: t.EndsAt, trialID: t.ID}
	if unpaid {
		c.seats = Number(l.Seats)
	}
	switch t.Status(now) {
	case models.TrialActive:
		c.state, c.tone = "Running", Success
	case models.TrialConverted:
		c.state, c.tone = "Became a paid licence", Success
		if t.ConvertedAt.Before(c.until) {
			c.until = *t.ConvertedAt
		}
	case models.TrialRevoked:
		c.state, c.tone = "Revoked", Danger
		if t.RevokedAt.Before(c.until) {
			c.until = *t.RevokedAt
		}
	case models.TrialExpired:
		c.state, c.tone = "Over", Neutral
	}
	return c
}

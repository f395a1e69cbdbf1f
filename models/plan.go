package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Plan is what an account has bought from the vendor.
type Plan string

// The plans whose accounts resell [S].
const (
	Bronze Plan = "bronze"
	Silver Plan = "silver"
	Gold   Plan = "gold"
)

// Plans lists the plans from the smallest up.
var Plans = []Plan{Bronze, Silver, Gold}

// Name is the plan as people write it.
func (p Plan) Name() string {
	if p == "" {
		return "No plan"
	}
	return capitalized(string(p))
}

// PlanTerms are the terms of a plan from a date on, until later terms begin.
type PlanTerms struct {
	ID             string
	Plan           Plan
	HoldsFrom      Date // in each account's own zone
	TrialDays      int
	TrialsPerMonth int
	Percentage     int // the reselling percentage, in hundredths of a percent
	Note           string
	CreatedAt      time.Time
	CreatedBy      string
}

// TableName is the plural of terms.
func (PlanTerms) TableName() string { return "plan_terms" }

// termsOn returns the terms of a plan in force on a day.
func termsOn(ctx context.Context, db *gorm.DB, plan Plan, day Date) (PlanTerms, error) {
	t, err := gorm.G[PlanTerms](db).Where("plan = ? AND holds_from <= ?", plan, day).Order("holds_from DESC").Take(ctx)
	if err != nil {
		return t, fmt.Errorf("terms of plan %s on %s: %w", plan, day, err)
	}
	return t, nil
}

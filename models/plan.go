package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
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
	t, err := rowsOf[PlanTerms](db).Where("plan = ? AND holds_from <= ?", plan, day).Order("holds_from DESC").Take(ctx)
	if err != nil {
		return t, fmt.Errorf("terms of plan %s on %s: %w", plan, day, err)
	}
	return t, nil
}

// PlanHistory is a plan with all its terms.
type PlanHistory struct {
	Plan     Plan
	InForce  PlanTerms
	Upcoming []PlanTerms // the next first; they can still be withdrawn
	Past     []PlanTerms // the latest first
	Accounts int         // how many are on the plan
}

// TermsEntry is what staff type of new terms.
type TermsEntry struct {
	Plan           Plan
	HoldsFrom      string
	TrialDays      string
	TrialsPerMonth string
	Percentage     string // percent
	Note           string
	RequestKey     string
}

// PlanHistories returns the plans with their terms in force today, upcoming and past.
func (s *Store) PlanHistories(ctx context.Context, actor Actor) ([]PlanHistory, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return nil, err
	}
	var histories []PlanHistory
	for _, plan := range Plans {
		h, err := planHistory(ctx, s.reader, plan, s.Now())
		if err != nil {
			return nil, err
		}
		histories = append(histories, h)
	}
	return histories, nil
}

// PlanHistory returns one plan with its terms; NotFound for any other name.
func (s *Store) PlanHistory(ctx context.Context, actor Actor, plan Plan) (PlanHistory, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return PlanHistory{}, err
	}
	if !slices.Contains(Plans, plan) {
		return PlanHistory{}, Errorf(NotFound, "Plan not found.")
	}
	return planHistory(ctx, s.reader, plan, s.Now())
}

func planHistory(ctx context.Context, db *gorm.DB, plan Plan, now time.Time) (PlanHistory, error) {
	h := PlanHistory{Plan: plan}
	zone, err := vendorZone(ctx, db)
	if err != nil {
		return h, err
	}
	if h.InForce, err = termsOn(ctx, db, plan, DateIn(now, zone)); err != nil {
		return h, err
	}
	if h.Upcoming, err = rowsOf[PlanTerms](db).Where("plan = ? AND holds_from > ?", plan, h.InForce.HoldsFrom).Order("holds_from").Find(ctx); err != nil {
		return h, err
	}
	if h.Past, err = rowsOf[PlanTerms](db).Where("plan = ? AND holds_from < ?", plan, h.InForce.HoldsFrom).Order("holds_from DESC").Find(ctx); err != nil {
		return h, err
	}
	accounts, err := rowsOf[Account](db).Where("plan = ?", plan).Count(ctx, "id")
	h.Accounts = int(accounts)
	return h, err
}

// AddTerms gives a plan terms from a day on, today in the vendor's zone or
// later. Earlier terms stay as they are; running trials keep their length.
func (s *Store) AddTerms(ctx context.Context, actor Actor, e TermsEntry) (PlanTerms, error) {
	if err := actor.require(ManagePlans); err != nil {
		return PlanTerms{}, err
	}
	if !slices.Contains(Plans, e.Plan) {
		return PlanTerms{}, Errorf(NotFound, "Plan not found.")
	}
	terms, p := e.terms()
	terms.CreatedBy = actor.UserID
	err := s.write(ctx, func(tx *tx) error {
		// The vendor's row is the lock: two terms of one plan are added one after the other.
		vendor, err := rowsOf[Vendor](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx)
		if err != nil {
			return err
		}
		terms.ID, terms.CreatedAt = newID(), tx.now
		existing, err := tx.claim(ctx, actor, "terms", e.RequestKey, terms.ID, e)
		if err != nil {
			return err
		}
		if existing.id != "" {
			terms, err = rowsOf[PlanTerms](tx.DB).Where("id = ?", existing.id).Take(ctx)
			return existing.told(orNotFound(err, "What this form added"), "terms from %s on were added", terms.HoldsFrom)
		}
		before, err := tx.assessTerms(ctx, vendor, terms, p)
		if err != nil {
			return err
		}
		if err := rowsOf[PlanTerms](tx.DB).Create(ctx, &terms); err != nil {
			return err
		}
		return tx.record(ctx, actor, "terms.added", terms.subject(), before.facts(), terms.facts())
	})
	return terms, err
}

// terms reads what was typed.
func (e TermsEntry) terms() (PlanTerms, Problems) {
	p := Problems{}
	terms := PlanTerms{
		Plan: e.Plan, TrialDays: p.whole("trial_days", e.TrialDays, 1, 365), TrialsPerMonth: p.whole("trials_per_month", e.TrialsPerMonth, 0, 10000),
		Percentage: p.rate("percentage", e.Percentage), Note: cleanText(e.Note),
	}
	p.fit("note", terms.Note, 1000)
	var err error
	if terms.HoldsFrom, err = ParseDate(clean(e.HoldsFrom)); err != nil {
		p.Add("holds_from", "Choose the day from which the terms hold.")
	}
	return terms, p
}

// assessTerms returns the terms in whose place others come, or why those can't
// be added; p is what was wrong with them so far.
func (tx *tx) assessTerms(ctx context.Context, vendor Vendor, terms PlanTerms, p Problems) (before PlanTerms, err error) {
	zone, err := vendor.zone()
	if err != nil {
		return before, err
	}
	if today := DateIn(tx.now, zone); terms.HoldsFrom != "" && terms.HoldsFrom < today {
		p.Add("holds_from", "Choose today or a later day: what has been in force stays as it was.")
	}
	if terms.HoldsFrom > "2199" {
		p.Add("holds_from", "Choose a day before the year 2199.")
	}
	if err := p.Err(); err != nil {
		return before, err
	}
	taken, err := rowsOf[PlanTerms](tx.DB).Where("plan = ? AND holds_from = ?", terms.Plan, terms.HoldsFrom).Count(ctx, "id")
	if err != nil {
		return before, err
	}
	if taken > 0 {
		return before, &Error{Kind: Conflict, Message: terms.Plan.Name() + " already has terms that hold from this day. Choose another day, or withdraw those first if they are upcoming.", Fields: Problems{"holds_from": "Another day, please."}}
	}
	return termsOn(ctx, tx.DB, terms.Plan, terms.HoldsFrom)
}

// WithdrawTerms removes upcoming terms; Conflict once they hold for the first account.
func (s *Store) WithdrawTerms(ctx context.Context, actor Actor, plan Plan, id string) (PlanTerms, error) {
	if err := actor.require(ManagePlans); err != nil {
		return PlanTerms{}, err
	}
	var terms PlanTerms
	err := s.write(ctx, func(tx *tx) (err error) {
		if terms, err = rowsOf[PlanTerms](tx.DB).Where("plan = ? AND id = ?", plan, id).Take(ctx); err != nil {
			return orNotFound(err, "Terms")
		}
		if !terms.CanWithdraw(tx.now) {
			return Errorf(Conflict, "These terms already hold, at least for accounts east of here. Add new terms from a later day instead.")
		}
		if err := changed(rowsOf[PlanTerms](tx.DB).Where("plan = ? AND id = ?", plan, id).Delete(ctx)); err != nil {
			return err
		}
		return tx.record(ctx, actor, "terms.withdrawn", terms.subject(), terms.facts(), nil)
	})
	return terms, err
}

// earliestZone is where each day begins first.
var earliestZone = time.FixedZone("UTC+14", 14*60*60)

// CanWithdraw reports whether t holds for no account yet.
func (t PlanTerms) CanWithdraw(now time.Time) bool { return t.HoldsFrom > DateIn(now, earliestZone) }

func (t PlanTerms) subject() subject {
	return subject{kind: "terms", id: t.ID, name: t.Plan.Name() + " from " + string(t.HoldsFrom)}
}

func (t PlanTerms) facts() map[string]any {
	return map[string]any{
		"plan": t.Plan, "holds_from": t.HoldsFrom, "trial_days": t.TrialDays, "trials_per_month": t.TrialsPerMonth,
		"percentage": t.Percentage, "note": t.Note,
	}
}

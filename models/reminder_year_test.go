package models_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"reselling/models"
	"reselling/models/modelstest"
)

func reminderArgs(t *testing.T, args string) (job models.ClientReminderMail) {
	t.Helper()
	if err := json.Unmarshal([]byte(args), &job); err != nil {
		t.Fatal(err)
	}
	return job
}

// simulated is a trial as the simulation knows it, without asking the portal.
type simulated struct {
	models.Trial
	since    time.Time      // when its end was set
	isOver   bool           // revoked or converted
	archived bool           // its client
	done     map[string]int // by end: the last step that was dealt with
}

// year is a simulation of some accounts, told by a portal of two workers.
type year struct {
	t      *testing.T
	w      *modelstest.World
	stores [2]*models.Store
	random *rand.Rand

	trials   []*simulated
	seller   map[string]bool // by account: whether who issues is a Seller now
	muted    map[string]map[int]bool
	expected map[string]int
	told     map[string]int
	lastJob  int64
	clients  int
	happened map[string]int
}

var (
	simulatedSeller = map[string]models.Actor{modelstest.Acme: modelstest.AcmeSeller, modelstest.Globex: modelstest.GlobexSeller}
	simulatedOwner  = map[string]models.Actor{modelstest.Acme: modelstest.AcmeOwner, modelstest.Globex: modelstest.GlobexOwner}
	noticeOf        = map[int]models.Notice{7: models.TrialEndsIn7, 3: models.TrialEndsIn3, 1: models.TrialEndsIn1, 0: models.TrialHasEnded}
)

// TestRemindersOver400Days holds the portal against a second, simpler reckoning
// of who must be reminded of what, over 400 days in which plans, zones, people,
// clients and trials change, nothing runs for hours or weeks, and two workers
// look for what is due at the same time.
func TestRemindersOver400Days(t *testing.T) {
	w := modelstest.New(t)
	y := &year{
		t: t, w: w, stores: [2]*models.Store{w.Store, w.Replica(t)}, random: rand.New(rand.NewPCG(3, 400)),
		seller: map[string]bool{modelstest.Acme: true, modelstest.Globex: true}, muted: map[string]map[int]bool{},
		expected: map[string]int{}, told: map[string]int{}, happened: map[string]int{},
	}
	end := modelstest.Now.Add(400 * reminderDay)
	next := modelstest.Now // when something happens in the world
	for w.Now().Before(end) {
		pause := time.Hour + time.Duration(y.random.Int64N(int64(7*time.Hour)))
		switch y.random.IntN(150) {
		case 0:
			pause = time.Duration(y.random.Int64N(int64(20 * reminderDay)))
			y.happened["weeks of downtime"]++
		case 1, 2, 3, 4:
			pause = time.Duration(y.random.Int64N(int64(4 * reminderDay)))
			y.happened["days of downtime"]++
		}
		until := w.Now().Add(pause).Truncate(time.Microsecond)
		for next.Before(until) { // the world goes on, also while no worker runs
			if next.After(w.Now()) {
				w.Clock.Set(next)
			}
			y.happen()
			next = next.Add(time.Duration(y.random.Int64N(int64(16 * time.Hour))))
		}
		w.Clock.Set(until)
		y.work()
	}
	for what, n := range y.told {
		if n != 1 || y.expected[what] != 1 {
			t.Errorf("%s: told %d times, expected %d", what, n, y.expected[what])
		}
	}
	t.Logf("%d trials, %d reminders; %v", len(y.trials), len(y.told), y.happened)
	for _, what := range []string{"plan", "zone", "revoked", "converted", "extended", "archived", "restored", "left", "came back", "choice", "days of downtime", "weeks of downtime"} {
		if y.happened[what] == 0 {
			t.Errorf("the year has no %s: it shows less than it says", what)
		}
	}
	if len(y.trials) < 100 || len(y.told) < 400 {
		t.Errorf("%d trials and %d reminders are too few to show anything", len(y.trials), len(y.told))
	}
}

// happen lets one thing happen in the world.
func (y *year) happen() {
	account := []string{modelstest.Acme, modelstest.Globex}[y.random.IntN(2)]
	switch y.random.IntN(20) {
	case 0:
		y.changePlan(account)
	case 1:
		y.changeZone(account)
	case 2:
		y.changeSeller(account)
	case 3:
		y.choose(account)
	case 4, 5, 6, 7, 8:
		y.changeTrial()
	default:
		y.issue(account)
	}
}

func (y *year) fine(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatal(err)
	}
}

func (y *year) issue(account string) {
	who := simulatedSeller[account]
	if !y.seller[account] {
		who = simulatedOwner[account]
	}
	y.clients++
	issued, err := y.w.IssueTrial(y.t.Context(), who, trialFor(y.clients))
	if models.KindOf(err) == models.Conflict { // the month's trials are used
		return
	}
	y.fine(err)
	y.trials = append(y.trials, &simulated{Trial: issued.Trial, since: issued.Trial.IssuedAt, done: map[string]int{}})
}

func (y *year) changePlan(account string) {
	plan := models.Plans[y.random.IntN(len(models.Plans))]
	p, err := y.w.PreviewPlan(y.t.Context(), modelstest.VendorSuccess, account, plan)
	y.fine(err)
	if p.Account.Plan == plan {
		return
	}
	_, err = y.w.ChangePlan(y.t.Context(), modelstest.VendorSuccess, account, plan, p.After.Terms.ID, p.Account.Version)
	y.fine(err)
	y.happened["plan"]++
}

// changeZone gives an account another zone from some instant on.
func (y *year) changeZone(account string) {
	zones := []string{"Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Madrid", "America/New_York", "Asia/Kathmandu"}
	from := y.w.Now().Add(time.Duration(y.random.Int64N(int64(31 * reminderDay)))).Truncate(time.Microsecond)
	y.w.Exec(y.t, "INSERT INTO account_zones (account_id, holds_from, zone) VALUES (?, ?, ?)", account, from, zones[y.random.IntN(len(zones))])
	y.happened["zone"]++
}

// changeSeller takes the Seller out of the Reselling team, or back into it.
func (y *year) changeSeller(account string) {
	role, what := "", "left"
	if !y.seller[account] {
		role, what = "seller", "came back"
	}
	y.w.Exec(y.t, "UPDATE memberships SET reselling_role = ? WHERE account_id = ? AND user_id = ?", role, account, simulatedSeller[account].UserID)
	y.seller[account] = !y.seller[account]
	y.happened[what]++
}

// choose lets somebody choose which reminders they get.
func (y *year) choose(account string) {
	who := simulatedSeller[account]
	if y.random.IntN(3) == 0 {
		who = simulatedOwner[account]
	}
	chosen, muted := []models.Notice{}, map[int]bool{}
	for step, notice := range noticeOf {
		if y.random.IntN(5) == 0 {
			muted[step] = true
		} else {
			chosen = append(chosen, notice)
		}
	}
	y.fine(y.w.ChangeNotifications(y.t.Context(), who, chosen))
	y.muted[who.UserID] = muted
	y.happened["choice"]++
}

// changeTrial changes one of the latest trials.
func (y *year) changeTrial() {
	if len(y.trials) == 0 {
		return
	}
	trial := y.trials[len(y.trials)-1-y.random.IntN(min(12, len(y.trials)))]
	owner, now := simulatedOwner[trial.AccountID], y.w.Now()
	running := !trial.isOver && now.Before(trial.EndsAt)
	switch n := y.random.IntN(10); {
	case trial.archived:
		_, err := y.w.RestoreClient(y.t.Context(), owner, trial.ClientID)
		y.fine(err)
		trial.archived = false
		y.happened["restored"]++
	case n < 2:
		_, err := y.w.ArchiveClient(y.t.Context(), owner, trial.ClientID)
		y.fine(err)
		trial.archived = true
		y.happened["archived"]++
	case n < 4 && running:
		y.fine(y.w.RevokeTrial(y.t.Context(), owner, trial.ID, ""))
		trial.isOver = true
		y.happened["revoked"]++
	case n < 5 && !trial.isOver:
		y.w.Exec(y.t, "UPDATE trials SET converted_at = ? WHERE id = ?", now, trial.ID)
		trial.isOver = true
		y.happened["converted"]++
	case running:
		trial.Trial = extend(y.t, y.w, owner, trial.Trial, 1+y.random.IntN(20))
		trial.since = now
		y.happened["extended"]++
	}
}

// work lets both workers look for what is due, at the same instant, and compares
// what they have queued with the simulation's own reckoning.
func (y *year) work() {
	now := y.w.Now()
	due := map[string]int{}
	for _, trial := range y.trials {
		for _, what := range y.due(trial, now) {
			due[what]++
			y.expected[what]++
		}
	}
	start := make(chan struct{})
	var group sync.WaitGroup
	for _, store := range y.stores {
		group.Go(func() {
			<-start
			if _, err := store.Remind(y.t.Context(), models.System); err != nil {
				y.t.Error(err)
			}
		})
	}
	close(start)
	group.Wait()
	told := y.newJobs()
	if !maps.Equal(due, told) {
		y.t.Fatalf("at %s due %v, told %v", now.Format(time.RFC3339), slices.Sorted(maps.Keys(due)), slices.Sorted(maps.Keys(told)))
	}
}

// due is who must be told something of a trial now.
func (y *year) due(trial *simulated, now time.Time) (all []string) {
	left := trial.EndsAt.Sub(now)
	if trial.isOver || trial.archived || left > 7*reminderDay || left <= -14*reminderDay {
		return nil
	}
	step := 7
	switch {
	case left <= 0:
		step = 0
	case left <= reminderDay:
		step = 1
	case left <= 3*reminderDay:
		step = 3
	}
	end := trial.EndsAt.UTC().String()
	if last, ok := trial.done[end]; ok && last == step {
		return nil
	}
	trial.done[end] = step
	if at := trial.EndsAt.Add(-time.Duration(step) * reminderDay); !at.After(trial.since) {
		return nil
	}
	all = append(all, fmt.Sprintf("client of %s, %d before %s", trial.ID, step, end))
	reader := trial.IssuedBy
	if owner := simulatedOwner[trial.AccountID].UserID; reader != owner && !y.seller[trial.AccountID] {
		reader = owner
	}
	if !y.muted[reader][step] {
		all = append(all, fmt.Sprintf("%s of %s, %d before %s", reader, trial.ID, step, end))
	}
	return all
}

// newJobs are the reminders queued since the last time, each with whom its mail goes to.
func (y *year) newJobs() map[string]int {
	var rows []struct {
		ID         int64
		Kind, Args string
	}
	y.fine(y.w.DB.Raw("SELECT id, kind, CAST(args AS TEXT) AS args FROM river_job WHERE id > ? AND kind IN ('client_reminder_mail', 'trial_reminder_mail') ORDER BY id", y.lastJob).Scan(&rows).Error)
	told := map[string]int{}
	for _, r := range rows {
		y.lastJob = r.ID
		job := reminderArgs(y.t, r.Args)
		who := "client"
		letter, ok, err := y.w.ClientReminderForMail(y.t.Context(), models.System, job)
		if r.Kind == "trial_reminder_mail" {
			letter, ok, err = y.w.TrialReminderForMail(y.t.Context(), models.System, models.TrialReminderMail(job))
			who = letter.UserID
		}
		if y.fine(err); !ok {
			y.t.Fatalf("nothing is sent for %s %s", r.Kind, r.Args)
		}
		what := fmt.Sprintf("%s of %s, %d before %s", who, job.TrialID, job.Days, time.UnixMicro(job.EndsAt).UTC())
		told[what]++
		y.told[what]++
	}
	return told
}

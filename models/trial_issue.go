package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

// TrialRequest is what a Seller fills in to issue a trial.
type TrialRequest struct {
	Product         string // its code
	ClientID        string // empty: for a new client
	NewClient       ClientFields
	AcceptDuplicate bool // the new client is another one than those that look the same
	RequestKey      string
}

// IssuedTrial is a trial that was issued, and what the Seller should know about it.
type IssuedTrial struct {
	Trial      Trial
	Client     Client
	Product    Product
	SameDomain []Client // clients of the account with the same mail domain; only a hint
}

// clean returns r as it is understood, or why it is not.
func (r TrialRequest) clean() (TrialRequest, error) {
	problems := Problems{}
	r.Product, r.ClientID = clean(r.Product), clean(r.ClientID)
	if r.ClientID == "" {
		r.NewClient, problems = r.NewClient.clean()
	}
	if r.Product == "" {
		problems.Add("product", "Choose a product.")
	}
	return r, problems.Err()
}

// IssueTrial gives a client a free trial: the licence, its mail and, for a new
// client, the client. It returns Conflict, with a code for the cause, when the
// account may not (suspended, no_plan, no_trials), the product is not on trial
// (not_on_trial), the client is archived, the month's trials are used (quota),
// or the client has the product, had a trial of it, or may be known already
// (licensed, repeated, DuplicateClient).
// Sent twice with one request key it returns the first trial; UsedKey if that is
// of another product or client.
func (s *Store) IssueTrial(ctx context.Context, actor Actor, r TrialRequest) (IssuedTrial, error) {
	var issued IssuedTrial
	if err := actor.require(IssueTrials); err != nil {
		return issued, err
	}
	r, err := r.clean()
	if err != nil {
		return issued, err
	}
	err = s.write(ctx, func(tx *tx) error {
		account, err := tx.lockAccount(ctx, actor.AccountID)
		if err != nil {
			return err
		}
		id := newID()
		earlier, err := tx.claim(ctx, actor, "trial", r.RequestKey, id, r)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			o, err := s.trial(ctx, tx.DB, account.ID, earlier.id)
			issued = IssuedTrial{Trial: o.trial, Client: o.client, Product: o.product}
			return earlier.told(err, "a trial of %s was issued for %s", o.product.Name, o.client.Company)
		}
		issued, err = tx.issueTrial(ctx, actor, account, id, r)
		return err
	})
	return issued, err
}

func (tx *tx) issueTrial(ctx context.Context, actor Actor, account Account, id string, r TrialRequest) (IssuedTrial, error) {
	p, err := tx.assessTrial(ctx, account, r)
	if err != nil {
		return IssuedTrial{}, err
	}
	issued := IssuedTrial{Client: p.Client, Product: p.Product, SameDomain: p.SameDomain}
	if issued.Client.ID == "" {
		if issued.Client, err = tx.createClient(ctx, actor, r.NewClient); err != nil {
			return issued, err
		}
	}
	responsible := issued.Client.ResponsibleID // who looks after a new client
	if p.Client.ID != "" {
		carer, err := tx.carer(ctx, actor, "")
		if err != nil {
			return issued, err
		}
		responsible = carer.ID
	}
	license, err := tx.createLicense(ctx, actor, issued.Client, p.Product, p.EndsAt)
	if err != nil {
		return issued, err
	}
	issued.Trial = Trial{
		ID: id, AccountID: account.ID, ClientID: issued.Client.ID, ProductID: p.Product.ID, LicenseID: license.ID,
		Plan: p.Quota.Plan, TermsID: p.Quota.Terms.ID, Month: p.Quota.Month, Days: p.Quota.Terms.TrialDays,
		IssuedAt: tx.now, IssuedBy: actor.UserID, EndsAt: license.EndsAt, MailCount: 1,
		ResponsibleID: responsible,
	}
	if err := rowsOf[Trial](tx.DB).Create(ctx, &issued.Trial); err != nil {
		return issued, fmt.Errorf("create trial: %w", err)
	}
	if err := tx.useAllowance(ctx, p.allowance, id); err != nil {
		return issued, err
	}
	if err := tx.findConflicts(ctx, issued.Client, id, p.Product.Name); err != nil {
		return issued, err
	}
	facts := map[string]any{"product": p.Product.Name, "client": issued.Client.Company, "days": issued.Trial.Days, "ends_at": issued.Trial.EndsAt}
	if err := tx.record(ctx, actor, "trial.issued", trialSubject(issued.Trial, p.Product, issued.Client), nil, facts); err != nil {
		return issued, err
	}
	return issued, tx.enqueue(ctx, TrialMail{TrialID: id, Number: 1})
}

// assessTrial finds out what issuing r would do, or why it is refused. Its
// answer holds until commit only in a tx that locked the account.
func (tx *tx) assessTrial(ctx context.Context, account Account, r TrialRequest) (TrialPreview, error) {
	p, err := tx.assessAccount(ctx, account)
	if err != nil {
		return p, err
	}
	if p.Product, err = tx.productOnTrial(ctx, r.Product); err != nil {
		return p, err
	}
	var known []ClientMatch
	if p.Client, known, err = tx.trialClient(ctx, account, r); err != nil {
		return p, err
	}
	if p.Quota.Left() == 0 {
		return p, tx.quotaUsed(ctx, p.Quota)
	}
	if p.allowance, err = tx.refuseRepeat(ctx, account, p.Product, p.Client, known); err != nil {
		return p, err
	}
	if p.Client.ID == "" {
		if err := refuseDuplicate(known, r.AcceptDuplicate); err != nil {
			return p, err
		}
	}
	for _, m := range known {
		if !m.IsExact() && !m.Client.IsArchived() {
			p.SameDomain = append(p.SameDomain, m.Client)
		}
	}
	return p, nil
}

// assessAccount finds out what a trial of the account would be like today, or
// why it issues none, whoever asks and for whom.
func (tx *tx) assessAccount(ctx context.Context, account Account) (TrialPreview, error) {
	var p TrialPreview
	var err error
	if p.Quota, err = quotaOf(ctx, tx.DB, account, tx.now); err != nil {
		return p, err
	}
	switch {
	case account.IsSuspended():
		return p, refusal("suspended", "%s is suspended and can't issue trials. Running licences continue. Ask Customer Success what to do.", account.Name)
	case account.Plan == "":
		return p, refusal("no_plan", "%s has no plan. Only Bronze, Silver and Gold accounts issue trials: ask Customer Success for a plan.", account.Name)
	case !p.Quota.HasTrials():
		return p, refusal("no_trials", "The %s plan has no free trials at present. Ask Customer Success about it.", p.Quota.Plan.Name())
	}
	p.EndsAt = tx.now.Add(time.Duration(p.Quota.Terms.TrialDays) * 24 * time.Hour)
	return p, nil
}

// refusal is a Conflict with a stable code.
func refusal(code, format string, args ...any) *Error {
	e := Errorf(Conflict, format, args...)
	e.Code = code
	return e
}

func (tx *tx) productOnTrial(ctx context.Context, code string) (Product, error) {
	p, err := rowsOf[Product](tx.DB).Where("code = ?", code).Take(ctx)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound), err == nil && p.ArchivedAt != nil:
		return p, &Error{Kind: Invalid, Message: "Choose one of the products.", Fields: map[string]string{"product": "Choose one of the products."}}
	case err == nil && !p.OnTrial:
		e := refusal("not_on_trial", "There are no trials of %s at the moment. Choose another product.", p.Name)
		e.Fields = map[string]string{"product": "This product is not on trial."}
		return p, e
	}
	return p, err
}

// trialClient returns the client that r names, or a new one without an id, and
// those of the account's clients that look the same.
func (tx *tx) trialClient(ctx context.Context, account Account, r TrialRequest) (Client, []ClientMatch, error) {
	fields, c := r.NewClient, Client{}
	if r.ClientID != "" {
		var err error
		if c, err = client(ctx, tx.DB, account.ID, r.ClientID); err != nil {
			if KindOf(err) == NotFound {
				err = &Error{Kind: Invalid, Message: "Choose one of your clients, or enter a new one.", Fields: map[string]string{"client_id": "Choose one of your clients."}}
			}
			return c, nil, err
		}
		if err := tx.refuseMerged(ctx, c); err != nil {
			return c, nil, err
		}
		if c.IsArchived() {
			e := refusal("archived", "%s is archived. Restore the client first, then issue the trial.", c.Company)
			e.Subject, e.Fields = c.ID, map[string]string{"client_id": "This client is archived."}
			return c, nil, e
		}
		fields = c.Fields()
	} else {
		c.Company, c.Email, c.ContactName = fields.Company, fields.Email, fields.ContactName
	}
	known, err := similarClients(ctx, tx.DB, account.ID, fields, c.ID)
	return c, known, err
}

// quotaUsed says until when, and the way out.
func (tx *tx) quotaUsed(ctx context.Context, q Quota) error {
	vendor, err := rowsOf[Vendor](tx.DB).Where("id = ?", 1).Take(ctx)
	if err != nil {
		return err
	}
	return refusal("quota", "%s. New ones from %s. If you need an extra trial sooner, ask %s at %s: %s.",
		q.AllUsed(), instantText(q.ResetsAt, q.Zone), vendor.CustomerSuccessName, vendor.Name, vendor.CustomerSuccessEmail)
}

// AllUsed says that no trial of the month is left: "All 5 trials of November are used".
func (q Quota) AllUsed() string {
	month := q.Month.Time().Format("January")
	if q.Limit == 1 {
		return "The one trial of " + month + " is used"
	}
	return fmt.Sprintf("All %d trials of %s are used", q.Limit, month)
}

// instantText is an instant with its zone: "1 December, 00:00 (Madrid)".
func instantText(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2 January, 15:04") + " (" + ZoneCity(zone.String()) + ")"
}

// refuseRepeat refuses a client who has the product now, or has had a trial of
// it: also under another entry with the same mail address, tax id or company name.
// Where staff have allowed another, it returns what to use up.
func (tx *tx) refuseRepeat(ctx context.Context, account Account, p Product, c Client, known []ClientMatch) (*trialAllowance, error) {
	same := map[string]string{}
	var ids []string
	if c.ID != "" {
		ids = append(ids, c.ID)
	}
	for _, m := range known {
		if m.IsExact() {
			ids = append(ids, m.Client.ID)
			same[m.Client.ID] = m.Client.Company + ", with the same " + m.By + ","
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	who := func(id string) string {
		if id == c.ID {
			return c.Company
		}
		return same[id]
	}
	current, err := rowsOf[License](tx.DB).Where("account_id = ? AND client_id IN ? AND product_id = ? AND revoked_at IS NULL AND ends_at > ?", account.ID, ids, p.ID, tx.now).Order("ends_at DESC").Limit(1).Find(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := zoneAt(ctx, tx.DB, account.ID, tx.now)
	if err != nil {
		return nil, err
	}
	if len(current) > 0 {
		e := refusal("licensed", "%s already has %s, until %s. A trial is for clients who don't have it yet.", who(current[0].ClientID), p.Name, current[0].EndsAt.In(zone).Format("2 January 2006"))
		e.Subject = current[0].ClientID
		return nil, e
	}
	earlier, err := rowsOf[Trial](tx.DB).Where("account_id = ? AND client_id IN ? AND product_id = ?", account.ID, ids, p.ID).Order("issued_at DESC").Limit(1).Find(ctx)
	if err != nil || len(earlier) == 0 {
		return nil, err
	}
	if allowed, err := tx.allowance(ctx, account.ID, ids, p.ID); err != nil || allowed != nil {
		return allowed, err
	}
	e := refusal("repeated", "%s has already had a trial of %s, on %s. Each client can try a product once; Customer Success can allow another.", who(earlier[0].ClientID), p.Name, earlier[0].IssuedAt.In(zone).Format("2 January 2006"))
	e.Subject = earlier[0].ClientID
	return nil, e
}

// refuseDuplicate offers the existing client instead of a new one that looks the same.
func refuseDuplicate(known []ClientMatch, accepted bool) error {
	var words []string
	first := ""
	for _, m := range known {
		if m.IsExact() {
			words = append(words, m.Client.Company+" (same "+m.By+")")
			if first == "" {
				first = m.Client.ID
			}
		}
	}
	if accepted || len(words) == 0 {
		return nil
	}
	e := refusal(DuplicateClient, "You may already have this client: %s. Choose the existing one, or confirm that this is another.", strings.Join(words, ", "))
	e.Subject = first
	return e
}

package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
)

// AccountEntry is what staff type of an account.
type AccountEntry struct {
	Name        string
	LegalName   string
	Address     string
	TaxID       string
	Country     string
	Currency    string
	TimeZone    string
	PaymentDays string
	TaxRate     string // percent
	Plan        Plan   // at creation only; see ChangePlan
	OwnerEmail  string // at creation only; see InviteOwner
	RequestKey  string // at creation
	Version     int    // at a change: the version that was edited
}

// CreateAccount creates an account, its zone and the invitation of its Owner, or nothing.
func (s *Store) CreateAccount(ctx context.Context, actor Actor, e AccountEntry) (Account, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return Account{}, err
	}
	p := Problems{}
	account := e.account(p)
	account.Plan = e.Plan
	if e.Plan != "" && !slices.Contains(Plans, e.Plan) {
		p.Add("plan", "Choose a plan from the list.")
	}
	owner := p.email("owner_email", e.OwnerEmail)
	if err := p.Err(); err != nil {
		return account, err
	}
	err := s.write(ctx, func(tx *tx) error {
		account.ID, account.CreatedAt, account.CreatedBy, account.Version = newID(), tx.now, actor.UserID, 1
		existing, err := tx.claim(ctx, actor, "account", e.RequestKey, account.ID, e)
		if err != nil {
			return err
		}
		if existing.id != "" {
			account, err = rowsOf[Account](tx.DB).Where("id = ?", existing.id).Take(ctx)
			return existing.told(err, "the account %s was created", account.Name)
		}
		if err := rowsOf[Account](tx.DB).Create(ctx, &account); err != nil {
			return err
		}
		if err := rowsOf[accountZone](tx.DB).Create(ctx, &accountZone{account.ID, tx.now, e.TimeZone}); err != nil {
			return err
		}
		facts := account.facts()
		facts["time_zone"], facts["plan"] = e.TimeZone, string(e.Plan)
		if err := tx.record(ctx, actor, "account.created", account.subject(), nil, facts); err != nil {
			return err
		}
		_, err = tx.invite(ctx, actor, Invitation{AccountID: &account.ID, Email: owner, Role: Owner})
		return ownerEmailProblem(err)
	})
	return account, err
}

// ownerEmailProblem names the field as the forms of staff do.
func ownerEmailProblem(err error) error {
	problem, ok := errors.AsType[*Error](err)
	if !ok || problem.Fields["email"] == "" {
		return err
	}
	renamed := *problem
	renamed.Fields = Problems{"owner_email": problem.Fields["email"]}
	return &renamed
}

// ChangeAccount changes the profile of an account. Another time zone holds from
// the account's next month on, and takes the place of an upcoming one. The
// currency is fixed once the account has issued a trial or asked for a price.
func (s *Store) ChangeAccount(ctx context.Context, actor Actor, id string, e AccountEntry) (Account, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return Account{}, err
	}
	p := Problems{}
	account := e.account(p)
	err := s.write(ctx, func(tx *tx) error {
		before, err := tx.lockAccount(ctx, id)
		if err != nil {
			return err
		}
		if account.Currency != before.Currency {
			if fixed, err := hasFixedCurrency(ctx, tx.DB, id); err != nil {
				return err
			} else if fixed {
				p.Add("currency", "The account has issued trials or asked for prices, so its currency stays "+before.Currency+".")
			}
		}
		if err := p.Err(); err != nil {
			return err
		}
		after := before
		after.Name, after.LegalName, after.Address, after.TaxID, after.Country = account.Name, account.LegalName, account.Address, account.TaxID, account.Country
		after.Currency, after.PaymentDays, after.TaxRate, after.Search, after.Version = account.Currency, account.PaymentDays, account.TaxRate, account.Search, e.Version+1
		b, a := difference(before.facts(), after.facts())
		if err := tx.changeZone(ctx, id, e.TimeZone, b, a); err != nil {
			return err
		}
		if len(a) == 0 { // sent twice
			account = before
			return nil
		}
		err = changed(rowsOf[Account](tx.DB).Where("id = ? AND version = ?", id, e.Version).
			Select("name", "legal_name", "address", "tax_id", "country", "currency", "payment_days", "tax_rate", "search", "version").Updates(ctx, after))
		if err != nil {
			return err
		}
		account = after
		return tx.record(ctx, actor, "account.changed", after.subject(), b, a)
	})
	return account, err
}

// hasFixedCurrency reports whether an account has done anything that a later
// price, order or invoice would continue in its currency.
func hasFixedCurrency(ctx context.Context, db *gorm.DB, accountID string) (bool, error) {
	n, err := rowsOf[Trial](db).Where("account_id = ?", accountID).Limit(1).Count(ctx, "id")
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = rowsOf[Order](db).Where("account_id = ?", accountID).Limit(1).Count(ctx, "id")
	return n > 0, err
}

// changeZone lets a zone hold from the account's next month on and adds what it
// did to an event's facts. Choosing the zone in force calls off an upcoming one.
func (tx *tx) changeZone(ctx context.Context, accountID, name string, before, after map[string]any) error {
	zones, err := zonesOf(ctx, tx.DB, accountID, tx.now)
	if err != nil {
		return err
	}
	wanted := zones.Upcoming
	if wanted == "" {
		wanted = zones.InForce
	}
	if name == wanted {
		return nil
	}
	if _, err := rowsOf[accountZone](tx.DB).Where("account_id = ? AND holds_from > ?", accountID, tx.now).Delete(ctx); err != nil {
		return err
	}
	before["time_zone"], after["time_zone"] = wanted, name
	if name == zones.InForce {
		return nil
	}
	row := accountZone{AccountID: accountID, Zone: name}
	if row.HoldsFrom, err = nextMonthIn(tx.now, zones.InForce, name); err != nil {
		return err
	}
	after["holds_from"] = row.HoldsFrom.Format(time.RFC3339)
	return rowsOf[accountZone](tx.DB).Create(ctx, &row)
}

// nextMonthIn is when the next month has begun in both zones: a change any
// earlier would bring back a month that is over, or begin one twice.
func nextMonthIn(now time.Time, from, to string) (time.Time, error) {
	old, err := LoadZone(from)
	if err != nil {
		return now, err
	}
	wanted, err := LoadZone(to)
	if err != nil {
		return now, err
	}
	next := MonthIn(now, old).Next()
	at := next.StartIn(old)
	if there := next.StartIn(wanted); there.After(at) {
		at = there
	}
	return at, nil
}

// AccountZones are the zones of an account: Upcoming is empty unless another one holds from HoldsFrom on.
type AccountZones struct {
	InForce   string
	Upcoming  string
	HoldsFrom time.Time
}

func zonesOf(ctx context.Context, db *gorm.DB, accountID string, now time.Time) (AccountZones, error) {
	rows, err := rowsOf[accountZone](db).Where("account_id = ?", accountID).Order("holds_from").Find(ctx)
	if err != nil {
		return AccountZones{}, err
	}
	var z AccountZones
	for i, row := range rows {
		if i == 0 || !row.HoldsFrom.After(now) {
			z.InForce = row.Zone
		} else {
			z.Upcoming, z.HoldsFrom = row.Zone, row.HoldsFrom
		}
	}
	return z, nil
}

func (e AccountEntry) account(p Problems) Account {
	a := Account{
		Name: clean(e.Name), LegalName: clean(e.LegalName), Address: cleanText(e.Address), TaxID: clean(e.TaxID), Country: clean(e.Country), Currency: clean(e.Currency),
		PaymentDays: p.whole("payment_days", e.PaymentDays, 0, 365), TaxRate: p.rate("tax_rate", e.TaxRate),
	}
	p.fill("name", a.Name, "Enter the name by which the account is known.", maxName)
	p.fill("legal_name", a.LegalName, "Enter the name as it stands in contracts.", maxName)
	p.fit("address", a.Address, 1000)
	p.fit("tax_id", a.TaxID, 100)
	p.country("country", a.Country)
	if _, ok := CurrencyOf(a.Currency); !ok {
		p.Add("currency", "Choose a currency from the list.")
	}
	p.zone("time_zone", e.TimeZone)
	a.Search = fold(a.Name + " " + a.LegalName + " " + a.TaxID)
	return a
}

func (a Account) facts() map[string]any {
	return map[string]any{
		"name": a.Name, "legal_name": a.LegalName, "address": a.Address, "tax_id": a.TaxID, "country": a.Country, "currency": a.Currency,
		"payment_days": a.PaymentDays, "tax_rate": a.TaxRate,
	}
}

// NewAccount is where an entry for a new account starts from: the vendor's own
// country and zone.
func (s *Store) NewAccount(ctx context.Context, actor Actor) (AccountEntry, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return AccountEntry{}, err
	}
	v, err := s.Vendor(ctx, actor)
	return AccountEntry{Plan: Bronze, Country: v.Country, TimeZone: v.TimeZone, Currency: "USD", PaymentDays: "14", TaxRate: "0"}, err
}

// ChangeableAccount is Account for those who may change it.
func (s *Store) ChangeableAccount(ctx context.Context, actor Actor, id string) (AccountPage, error) {
	if err := actor.require(ManageAccounts); err != nil {
		return AccountPage{}, err
	}
	return s.Account(ctx, actor, id)
}

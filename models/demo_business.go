package models

import (
	"fmt"
	"strings"
	"time"
)

// business writes the clients of an account and a year of its trials: never more
// in a month than the plan allows, never the same product twice for a client.
func (d demo) business(account Account, a demoAccount, sellers []Actor) error {
	zone, err := LoadZone(a.zone)
	if err != nil {
		return err
	}
	terms, err := termsOn(d.ctx, d.DB, account.Plan, DateIn(d.now, zone))
	if err != nil {
		return err
	}
	products, err := rowsOf[Product](d.DB).Where("archived_at IS NULL").Order("position, id").Find(d.ctx)
	if err != nil {
		return err
	}
	issues := d.calendar(zone, terms.TrialsPerMonth, a)
	for i := range a.clients {
		seller := sellers[i%len(sellers)]
		var issued []time.Time
		if i < len(issues) {
			issued = issues[i : i+1]
		}
		created := d.days(2 + d.random.IntN(400))
		if len(issued) > 0 && !created.Before(issued[0]) {
			created = issued[0].Add(-time.Duration(10+d.random.IntN(5000)) * time.Minute)
		}
		client, err := d.client(account, seller, a.country, i, created)
		if err != nil {
			return err
		}
		for _, at := range issued {
			if err := d.trial(account, terms, seller, client, products[d.random.IntN(len(products))], at, zone); err != nil {
				return err
			}
		}
	}
	if account.IsSuspended() {
		return nil
	}
	if err := d.branding(account, Actor{UserID: d.id("user", a.team[0].email), Name: a.team[0].name, AccountID: account.ID, Role: Owner}); err != nil {
		return err
	}
	return d.orders(account, sellers[0], zone)
}

// calendar lists when trials were issued, the newest first. This month's number
// is fixed; a month that has just begun holds them in what there is of it.
func (d demo) calendar(zone *time.Location, limit int, a demoAccount) []time.Time {
	var issues []time.Time
	month := MonthIn(d.now, zone)
	from, to := month.StartIn(zone), d.now
	n := a.usedThisMonth
	for len(issues)+n < a.clients*9/10 {
		step := to.Sub(from) / time.Duration(n+1)
		for i := range n {
			jitter := time.Duration(d.random.Int64N(int64(step)/3 + 1))
			issues = append(issues, to.Add(-step*time.Duration(i+1)).Add(jitter).Truncate(time.Microsecond))
		}
		month = month.AddMonths(-1)
		from, to = month.StartIn(zone), from
		n = 1 + d.random.IntN(limit)
		if d.now.Sub(from) > 366*24*time.Hour {
			break
		}
	}
	return issues
}

var (
	demoFirst     = []string{"Anna", "Björn", "Chiara", "David", "Eva", "Félix", "Greta", "Hassan", "Inés", "Jonas", "Karin", "Liam", "Mónica", "Noah", "Olga", "Peter", "Rana", "Søren", "Teresa", "Yusuf"}
	demoLast      = []string{"Andersen", "Becker", "Castillo", "Dubois", "Eriksen", "Fischer", "García", "Hansen", "Ivanova", "Jensen", "Keller", "López", "Moreau", "Novak", "Olsen", "Petrov", "Rossi", "Schmidt", "Torres", "Weber"}
	demoWord      = []string{"Alder", "Birch", "Cobalt", "Delta", "Ember", "Falcon", "Granite", "Harvest", "Iris", "Juniper", "Kestrel", "Lumen", "Maple", "North", "Onyx", "Pioneer", "Quartz", "River", "Summit", "Tidal"}
	demoTrade     = []string{"Logistics", "Dental", "Foods", "Insurance", "Energy", "Retail", "Clinics", "Legal", "Freight", "Textiles"}
	demoForm      = map[string]string{"US": "Inc.", "DK": "ApS", "ES": "S.L."}
	demoReference = []string{"", "", "CRM-%04d", "", "Q-%04d"}
)

func (d demo) client(account Account, seller Actor, country string, n int, created time.Time) (Client, error) {
	name := demoWord[n%len(demoWord)] + " " + demoTrade[(n/len(demoWord)+n)%len(demoTrade)]
	domain := fmt.Sprintf("%s-%s.example", strings.ReplaceAll(fold(name), " ", "-"), strings.ToLower(country))
	contact := demoFirst[d.random.IntN(len(demoFirst))] + " " + demoLast[d.random.IntN(len(demoLast))]
	email := ascii(contact) + "@" + domain
	c := Client{
		ID: d.id("client", account.Name, n), AccountID: account.ID, Company: name + " " + demoForm[country], ContactName: contact, Email: email, Country: country,
		Website: "https://" + domain, EmailKey: email, EmailDomain: domain, CreatedAt: created, CreatedBy: seller.UserID, Version: 1, ResponsibleID: seller.UserID,
	}
	if pattern := demoReference[n%len(demoReference)]; pattern != "" {
		c.Reference = fmt.Sprintf(pattern, 1000+n)
	}
	if n%4 == 0 {
		c.Notes = "Asked for a call after the first week."
	}
	c.CompanyKey = fold(name)
	c.Search = fold(strings.Join([]string{c.Company, c.ContactName, c.Email, c.TaxID, c.Reference}, " "))
	if at := created.AddDate(0, 0, 20); n%23 == 22 && at.Before(d.now) {
		c.ArchivedAt, c.ArchivedBy, c.Notes = &at, seller.UserID, "Closed down."
	}
	if err := rowsOf[Client](d.DB).Create(d.ctx, &c); err != nil {
		return c, err
	}
	return c, d.event(created, seller, "client.created", c.subject(), map[string]any{"company": c.Company, "email": c.Email})
}

func (d demo) trial(account Account, terms PlanTerms, seller Actor, client Client, product Product, at time.Time, zone *time.Location) error {
	ends := at.Add(time.Duration(terms.TrialDays) * 24 * time.Hour)
	license := License{
		ID: d.id("license", client.ID), AccountID: account.ID, ClientID: client.ID, ProductID: product.ID,
		Seats: product.Seats, StartsAt: at, EndsAt: ends, PageGeneration: 1, CreatedAt: at,
	}
	license.PageTokenHash = tokenHash(d.store.linkToken(licensePageToken, license.ID, 1))
	signer, err := d.signer(d.ctx)
	if err != nil {
		return err
	}
	license.Kid = signer.Kid
	if license.Key, err = signer.Sign(license.ID, product.Code); err != nil {
		return err
	}
	t := Trial{
		ID: d.id("trial", client.ID), AccountID: account.ID, ClientID: client.ID, ProductID: product.ID, LicenseID: license.ID,
		Plan: account.Plan, TermsID: terms.ID, Month: MonthIn(at, zone), Days: terms.TrialDays, IssuedAt: at, IssuedBy: seller.UserID, EndsAt: ends, MailCount: 1, ResponsibleID: seller.UserID,
	}
	fate := d.random.IntN(10)
	later := at.Add(ends.Sub(at) / 2)
	happened := later.Before(d.now)
	switch {
	case happened && fate == 0:
		t.RevokedAt, t.RevokedBy, t.RevokeReason = &later, seller.UserID, "The client chose another product."
		license.RevokedAt, license.RevokedBy = &later, seller.UserID
	case happened && fate <= 3 && account.Plan != Bronze: // whose Annex waits for the vendor
		d.at(later.Add(-4*oneDay), demoSale{account: account, seller: seller, client: client, product: product, trial: &t}.request)
	}
	if err := rowsOf[License](d.DB).Create(d.ctx, &license); err != nil {
		return err
	}
	if err := rowsOf[Trial](d.DB).Create(d.ctx, &t); err != nil {
		return err
	}
	if err := d.reminded(t); err != nil {
		return err
	}
	about := subject{kind: "trial", id: t.ID, name: product.Name + " for " + client.Company, accountID: account.ID}
	if err := d.event(at, seller, "trial.issued", about, map[string]any{"product": product.Name, "client": client.Company, "days": t.Days}); err != nil {
		return err
	}
	if t.RevokedAt != nil {
		return d.event(later, seller, "trial.revoked", about, map[string]any{"reason": t.RevokeReason})
	}
	return nil
}

// reminded notes the reminders of a trial's past, which nobody wants to get today.
func (d demo) reminded(t Trial) error {
	step, ok := t.dueStep(d.now)
	for _, s := range reminderSteps {
		for _, reader := range []string{remindClient, remindMember} {
			if !ok || s < step {
				continue
			}
			row := trialReminder{TrialID: t.ID, Reader: reader, EndsAt: t.EndsAt.UTC(), Days: s, At: t.stepAt(s), Outcome: reminderPassedOver}
			if err := rowsOf[trialReminder](d.DB).Create(d.ctx, &row); err != nil {
				return err
			}
		}
	}
	return nil
}

// ascii is a name as the local part of a mail address.
func ascii(name string) string {
	return strings.NewReplacer(" ", ".", "ø", "o", "æ", "ae").Replace(fold(name))
}

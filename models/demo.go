package models

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm/clause"
)

// DemoUser is one sign-in of the demo data.
type DemoUser struct {
	Account       string        `json:"account"`
	Plan          Plan          `json:"plan"`
	Role          Role          `json:"role"`
	ResellingRole ResellingRole `json:"reselling_role"`
	StaffRole     StaffRole     `json:"staff_role"`
	Email         string        `json:"email"`
	Password      string        `json:"password"`
}

// demoPassword is everybody's in the demo.
const demoPassword = "try reselling today"

// LoadDemo loads the demo data into an empty database and returns its sign-ins.
// Loaded before, it only returns them; a database with anybody else's data is
// refused as Conflict. The data is the same on every load, dated back from now.
func (s *Store) LoadDemo(ctx context.Context, _ Actor) ([]DemoUser, error) {
	hash, err := s.hasher.hash(ctx, demoPassword)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(tx *tx) error {
		// The vendor's row is the lock: of two replicas that start at once, one loads.
		if _, err := rowsOf[Vendor](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx); err != nil {
			return err
		}
		users, err := rowsOf[User](tx.DB).Count(ctx, "id")
		if err != nil {
			return err
		}
		loaded, err := rowsOf[User](tx.DB).Where("email_key = ?", demoStaff[0].email).Count(ctx, "id")
		switch {
		case err != nil || loaded > 0:
			return err
		case users > 0:
			return Errorf(Conflict, "This database has data of its own: the demo only goes into an empty one. Choose another database, or leave out --demo.")
		}
		d := demo{tx: tx, ctx: ctx, hash: hash, random: rand.New(rand.NewPCG(2, 7)), past: &demoPast{until: tx.now}} // #nosec G404 -- the same data on every load
		return d.load()
	})
	if err != nil {
		return nil, err
	}
	return demoUsers(), nil
}

func demoUsers() []DemoUser {
	var all []DemoUser
	for _, p := range demoStaff {
		all = append(all, DemoUser{StaffRole: p.staff, Email: p.email, Password: demoPassword})
	}
	for _, a := range demoAccounts {
		for _, p := range a.team {
			all = append(all, DemoUser{Account: a.name, Plan: a.plan, Role: p.role, ResellingRole: p.reselling, Email: p.email, Password: demoPassword})
		}
	}
	return all
}

type demoPerson struct {
	name, email string
	role        Role
	reselling   ResellingRole
	staff       StaffRole
}

type demoAccount struct {
	name, legal, address, taxID, country, currency, zone string
	plan                                                 Plan
	team                                                 []demoPerson
	clients                                              int
	usedThisMonth                                        int
	suspended                                            bool
}

var demoStaff = []demoPerson{
	{name: "Dana Whitfield", email: "dana.whitfield@electroneek.example", staff: Administrator},
	{name: "Marcus Lindqvist", email: "marcus.lindqvist@electroneek.example", staff: CustomerSuccess},
	{name: "Priya Raman", email: "priya.raman@electroneek.example", staff: Finance},
	{name: "Tom Okafor", email: "tom.okafor@electroneek.example", staff: Support},
}

func demoTeam(domain string, names ...string) []demoPerson {
	standing := []demoPerson{
		{role: Owner}, {role: Admin}, {role: Member, reselling: Seller}, {role: Member, reselling: Billing},
		{role: Member, reselling: Viewer}, {role: Member}, {role: BillingContact},
	}
	for i := range standing {
		standing[i].name = names[i]
		standing[i].email = ascii(names[i]) + "@" + domain
	}
	return standing
}

var demoAccounts = []demoAccount{
	{
		name: "Harbor IT", legal: "Harbor IT Services LLC", address: "88 Long Wharf\nBoston, MA 02110", taxID: "04-3317766", country: "US", currency: "USD", zone: "America/New_York",
		plan: Bronze, clients: 20, usedThisMonth: 1,
		team: demoTeam("harbor-it.example", "Grace Holloway", "Ben Carter", "Nina Alvarez", "Walter Pike", "Joan Rivers", "Eli Summers", "Ruth Bowen"),
	},
	{
		name: "Nordlys Systems", legal: "Nordlys Systems ApS", address: "Havnegade 12\n1058 København K", taxID: "DK31415926", country: "DK", currency: "DKK", zone: "Europe/Copenhagen",
		plan: Silver, clients: 60, usedThisMonth: 2,
		team: demoTeam("nordlys.example", "Astrid Kjær", "Emil Holm", "Freja Lund", "Oskar Dahl", "Ida Krogh", "Mads Bech", "Lone Friis"),
	},
	{
		name: "Meridian Automation", legal: "Meridian Automatización S.L.", address: "Paseo de la Castellana 140\n28046 Madrid", taxID: "ESB86420975", country: "ES", currency: "EUR", zone: "Europe/Madrid",
		plan: Gold, clients: 120, usedThisMonth: 4,
		team: demoTeam("meridian.example", "Lucía Ferrer", "Diego Santos", "Carmen Vidal", "Pablo Ortega", "Marta Roca", "Javier Soler", "Elena Prieto"),
	},
	{
		name: "Blue Ridge Networks", legal: "Blue Ridge Networks Inc.", address: "410 Patton Avenue\nAsheville, NC 28806", taxID: "56-2098311", country: "US", currency: "USD", zone: "America/New_York",
		plan: Bronze, suspended: true,
		team: []demoPerson{{name: "Hank Dobson", email: "hank.dobson@blueridge.example", role: Owner}},
	},
	{
		name: "Quayside Computing", legal: "Quayside Computing Ltd", address: "3 Dock Street\nLeeds LS10 1NB", taxID: "GB293847561", country: "GB", currency: "GBP", zone: "Europe/London",
		team: []demoPerson{{name: "Imogen Shaw", email: "imogen.shaw@quayside.example", role: Owner}},
	},
}

// demo writes the rows of the demo data. They go around the use cases, which
// can't act in the past.
type demo struct {
	*tx
	ctx    context.Context
	hash   string
	random *rand.Rand
	past   *demoPast
}

// id is the same on every load.
func (d demo) id(kind string, parts ...any) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, fmt.Append(nil, kind, parts)).String()
}

func (d demo) days(n int) time.Time { return d.now.AddDate(0, 0, -n) }

func (d demo) load() error {
	for i, p := range demoStaff {
		if _, err := d.user(p, d.days(700-i)); err != nil {
			return err
		}
	}
	if _, _, err := d.publishKey(d.ctx, d.days(700)); err != nil {
		return err
	}
	if _, err := rowsOf[Vendor](d.DB).Where("id = ?", 1).Select("bank_details", "address", "tax_id").Updates(d.ctx, Vendor{
		BankDetails: "First Example Bank\nIBAN DE02 1203 0000 0000 2020 51\nBIC BYLADEM1001", Address: "11 Example Plaza\nAustin, TX 78701", TaxID: "98-7654321",
	}); err != nil {
		return err
	}
	if err := d.prices(); err != nil {
		return fmt.Errorf("demo prices: %w", err)
	}
	for i, a := range demoAccounts {
		if err := d.account(i, a); err != nil {
			return fmt.Errorf("demo account %s: %w", a.name, err)
		}
	}
	if err := d.live(); err != nil {
		return fmt.Errorf("demo orders: %w", err)
	}
	if err := d.machinesSeen(); err != nil {
		return err
	}
	if err := d.renewalsKnown(); err != nil {
		return err
	}
	if err := d.bankStatement(); err != nil {
		return fmt.Errorf("demo bank statement: %w", err)
	}
	if err := d.webhooksOfAll(); err != nil {
		return err
	}
	return d.guest()
}

func (d demo) user(p demoPerson, since time.Time) (Actor, error) {
	signedIn := d.now.Add(-time.Duration(d.random.IntN(9*24)+1) * time.Hour)
	u := User{ID: d.id("user", p.email), Email: p.email, EmailKey: p.email, Name: p.name, PasswordHash: d.hash, StaffRole: p.staff, CreatedAt: since, PasswordChangedAt: since, LastSignInAt: &signedIn, Version: 1}
	u.Search = u.searchable()
	a := Actor{UserID: u.ID, Name: u.Name, Email: u.Email, StaffRole: p.staff, Role: p.role, ResellingRole: p.reselling}
	return a, rowsOf[User](d.DB).Create(d.ctx, &u)
}

// event records what happened at a time gone by.
func (d demo) event(at time.Time, actor Actor, action string, about subject, after map[string]any) error {
	past := *d.tx
	past.now = at
	return past.record(d.ctx, actor, action, about, nil, after)
}

func (d demo) account(n int, a demoAccount) error {
	staff := Actor{UserID: d.id("user", demoStaff[1].email), Name: demoStaff[1].name, StaffRole: CustomerSuccess}
	created := d.days(520 - 20*n)
	row := Account{
		ID: d.id("account", a.name), Name: a.name, LegalName: a.legal, Address: a.address, TaxID: a.taxID, Country: a.country, Currency: a.currency,
		Plan: a.plan, PaymentDays: 14, Search: fold(a.name + " " + a.legal + " " + a.taxID), CreatedAt: created, CreatedBy: staff.UserID, Version: 1,
	}
	if a.suspended {
		at := d.days(12)
		row.SuspendedAt, row.SuspendedBy, row.SuspensionReason = &at, staff.UserID, "Two vendor invoices are more than 60 days overdue."
	}
	if err := rowsOf[Account](d.DB).Create(d.ctx, &row); err != nil {
		return err
	}
	if err := rowsOf[accountZone](d.DB).Create(d.ctx, &accountZone{AccountID: row.ID, HoldsFrom: created, Zone: a.zone}); err != nil {
		return err
	}
	if err := d.event(created, staff, "account.created", row.subject(), map[string]any{"name": a.name, "plan": a.plan, "time_zone": a.zone}); err != nil {
		return err
	}
	if a.suspended {
		if err := d.event(*row.SuspendedAt, staff, "account.suspended", row.subject(), map[string]any{"reason": row.SuspensionReason}); err != nil {
			return err
		}
	}
	sellers, err := d.team(row, a.team)
	if err != nil {
		return err
	}
	if err := d.annexes(row, a); err != nil || a.clients == 0 {
		return err
	}
	return d.business(row, a, sellers)
}

// team returns those who may issue trials.
func (d demo) team(account Account, team []demoPerson) (sellers []Actor, err error) {
	for i, p := range team {
		joined := account.CreatedAt.AddDate(0, 0, 1+9*i)
		user, err := d.user(p, joined)
		if err != nil {
			return nil, err
		}
		user.AccountID = account.ID
		if err := d.join(account, user, joined); err != nil {
			return nil, err
		}
		if user.Can(IssueTrials) {
			sellers = append(sellers, user)
		}
	}
	return sellers, nil
}

func (d demo) join(account Account, user Actor, at time.Time) error {
	m := Membership{ID: d.id("membership", account.ID, user.UserID), AccountID: account.ID, UserID: user.UserID, Role: user.Role, ResellingRole: user.ResellingRole, JoinedAt: at}
	if user.InResellingTeam() {
		m.ResellingSince = &at
	}
	if err := rowsOf[Membership](d.DB).Create(d.ctx, &m); err != nil {
		return err
	}
	return d.event(at, user, "membership.created", subject{kind: "membership", id: m.ID, name: user.Name, accountID: account.ID}, map[string]any{"role": user.Role, "reselling_role": user.ResellingRole})
}

// guest makes the Seller of the Silver account a Viewer at the Gold one too, so
// that somebody can switch accounts, and leaves invitations open.
func (d demo) guest() error {
	silver, gold := demoAccounts[1], demoAccounts[2]
	seller := silver.team[2]
	account, err := rowsOf[Account](d.DB).Where("id = ?", d.id("account", gold.name)).Take(d.ctx)
	if err != nil {
		return err
	}
	user := Actor{UserID: d.id("user", seller.email), Name: seller.name, Email: seller.email, Role: Member, ResellingRole: Viewer}
	if err := d.join(account, user, d.days(40)); err != nil {
		return err
	}
	owner := Actor{UserID: d.id("user", gold.team[0].email), Name: gold.team[0].name, AccountID: account.ID, Role: Owner}
	for i, open := range []Invitation{
		{Email: "rosa.campos@meridian.example", Role: Member, ResellingRole: Seller, SentAt: d.days(2)},
		{Email: "hugo.leal@meridian.example", Role: BillingContact, SentAt: d.days(19)},
	} {
		open.ID, open.AccountID, open.EmailKey, open.Generation, open.InvitedBy = d.id("invitation", i), &account.ID, open.Email, 1, owner.UserID
		open.CreatedAt, open.ExpiresAt = open.SentAt, open.SentAt.AddDate(0, 0, invitationDays)
		open.TokenHash = tokenHash(d.store.linkToken(invitationToken, open.ID, open.Generation))
		if err := rowsOf[Invitation](d.DB).Create(d.ctx, &open); err != nil {
			return err
		}
		if err := d.event(open.SentAt, owner, "invitation.sent", subject{kind: "invitation", id: open.ID, name: open.Email, accountID: account.ID}, map[string]any{"role": open.Role, "reselling_role": open.ResellingRole}); err != nil {
			return err
		}
	}
	return nil
}

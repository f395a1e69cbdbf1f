package modelstest

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"reselling/models"
)

// Password is everybody's.
const Password = "violet tractor hums at noon"

// passwordHash is Password by argon2id with the parameters in force.
const passwordHash = "$argon2id$v=19$m=19456,t=2,p=1$4cVvPZZ56V/iqNUtnc0m8Q$5gr04ReXwNa4dxKOLpluyM522nfLLzgMM93ee/ANAt0"

// The ids of the accounts. Acme is a Silver account in Madrid, Globex a Bronze
// one in New York, Initech has no plan.
const (
	Acme    = "00000000-0000-7000-8000-0000000000a1"
	Globex  = "00000000-0000-7000-8000-0000000000a2"
	Initech = "00000000-0000-7000-8000-0000000000a3"
)

// The default profile's products and their ids.
const (
	StudioPro    = "01920000-0000-7000-8000-000000000011"
	Orchestrator = "01920000-0000-7000-8000-000000000012"
)

var (
	madrid  = mustZone("Europe/Madrid")
	newYork = mustZone("America/New_York")
)

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// The users of Acme.
var (
	AcmeOwner   = member(1, "Olivia Owner", "olivia@acme.example", Acme, models.Owner, "")
	AcmeAdmin   = member(2, "Adam Admin", "adam@acme.example", Acme, models.Admin, "")
	AcmeMember  = member(3, "Mia Member", "mia@acme.example", Acme, models.Member, "")
	AcmeContact = member(4, "Carl Contact", "carl@acme.example", Acme, models.BillingContact, "")
	AcmeSeller  = member(5, "Sam Seller", "sam@acme.example", Acme, models.Member, models.Seller)
	AcmeBilling = member(6, "Bea Billing", "bea@acme.example", Acme, models.Member, models.Billing)
	AcmeViewer  = member(7, "Vic Viewer", "vic@acme.example", Acme, models.Member, models.Viewer)
)

// The users of Globex and Initech.
var (
	GlobexOwner  = member(11, "Greta Globex", "greta@globex.example", Globex, models.Owner, "")
	GlobexSeller = member(12, "Gus Globex", "gus@globex.example", Globex, models.Member, models.Seller)
	InitechOwner = member(21, "Ines Initech", "ines@initech.example", Initech, models.Owner, "")
)

// The vendor's staff.
var (
	VendorAdministrator = employee(31, "Ada Administrator", "ada@vendor.example", models.Administrator)
	VendorSuccess       = employee(32, "Cleo Success", "cleo@vendor.example", models.CustomerSuccess)
	VendorFinance       = employee(33, "Finn Finance", "finn@vendor.example", models.Finance)
	VendorSupport       = employee(34, "Sue Support", "sue@vendor.example", models.Support)
)

// Visitor is somebody who is not signed in.
var Visitor = models.Actor{Address: "192.0.2.1", Device: "Test browser"}

// Cast is everybody by the name of their role.
var Cast = map[string]models.Actor{
	"owner": AcmeOwner, "admin": AcmeAdmin, "member": AcmeMember, "contact": AcmeContact,
	"seller": AcmeSeller, "billing": AcmeBilling, "viewer": AcmeViewer, "other": GlobexOwner,
	"administrator": VendorAdministrator, "success": VendorSuccess, "finance": VendorFinance, "support": VendorSupport,
	"visitor": Visitor,
}

// AcmeClient is Acme's client Initrode, which has had no trial.
const AcmeClient = "00000000-0000-7000-8000-0000000000c1"

func id(kind string, n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%s%010d", kind, n) }

func member(n int, name, email, account string, role models.Role, reselling models.ResellingRole) models.Actor {
	a := models.Actor{
		UserID: id("01", n), SessionID: id("02", n), Name: name, Email: email, AccountID: account,
		Role: role, ResellingRole: reselling, Address: "192.0.2.1", Device: "Test browser", Reauthed: Now,
	}
	switch account {
	case Acme:
		a.AccountName, a.OwnerName, a.Zone = "Acme", "Olivia Owner", madrid
	case Globex:
		a.AccountName, a.OwnerName, a.Zone = "Globex", "Greta Globex", newYork
	case Initech:
		a.AccountName, a.OwnerName, a.Zone = "Initech", "Ines Initech", time.UTC
	}
	return a
}

func employee(n int, name, email string, role models.StaffRole) models.Actor {
	return models.Actor{
		UserID: id("01", n), SessionID: id("02", n), Name: name, Email: email, StaffRole: role,
		Zone: newYork, Address: "192.0.2.1", Device: "Test browser", Reauthed: Now,
	}
}

// populate writes the cast. It goes around the use cases so that a broken one
// fails its own test and no other.
func populate(db *gorm.DB) error {
	created := Now.AddDate(-1, 0, 0)
	accounts := []models.Account{
		{ID: Acme, Name: "Acme", LegalName: "Acme Services S.L.", Address: "Calle Mayor 1\n28013 Madrid", TaxID: "ESB12345678", Country: "ES", Currency: "EUR", Plan: models.Silver, PaymentDays: 14, TaxRate: 2100, Search: "acme acme services s.l. esb12345678", CreatedAt: created, Version: 1},
		{ID: Globex, Name: "Globex", LegalName: "Globex Corporation", Address: "1 Main Street\nSpringfield", TaxID: "12-3456789", Country: "US", Currency: "USD", Plan: models.Bronze, PaymentDays: 30, Search: "globex globex corporation 12-3456789", CreatedAt: created, Version: 1},
		{ID: Initech, Name: "Initech", LegalName: "Initech Ltd", Country: "GB", Currency: "GBP", PaymentDays: 14, Search: "initech initech ltd", CreatedAt: created, Version: 1},
	}
	if err := db.Create(&accounts).Error; err != nil {
		return err
	}
	for account, zone := range map[string]string{Acme: "Europe/Madrid", Globex: "America/New_York", Initech: "UTC"} {
		if err := db.Exec("INSERT INTO account_zones (account_id, holds_from, zone) VALUES (?, ?, ?)", account, created, zone).Error; err != nil {
			return err
		}
	}
	for n, a := range everybody() {
		user := models.User{ID: a.UserID, Email: a.Email, EmailKey: a.Email, Name: a.Name, Search: strings.ToLower(a.Name + " " + a.Email), PasswordHash: passwordHash, StaffRole: a.StaffRole, CreatedAt: created, PasswordChangedAt: created, Version: 1}
		if err := db.Create(&user).Error; err != nil {
			return err
		}
		session := models.Session{ID: a.SessionID, TokenHash: "none-" + a.UserID, UserID: a.UserID, Device: a.Device, Address: a.Address, CreatedAt: Now, LastUsedAt: Now, ReauthenticatedAt: Now}
		if a.AccountID != "" {
			m := models.Membership{ID: id("03", n+1), AccountID: a.AccountID, UserID: a.UserID, Role: a.Role, ResellingRole: a.ResellingRole, JoinedAt: created.Add(time.Duration(n) * time.Minute)}
			if a.InResellingTeam() {
				m.ResellingSince = &created
			}
			if err := db.Create(&m).Error; err != nil {
				return err
			}
			session.AccountID = &a.AccountID
		}
		if err := db.Create(&session).Error; err != nil {
			return err
		}
	}
	client := models.Client{
		ID: AcmeClient, AccountID: Acme, Company: "Initrode", ContactName: "Ingrid Rode", Email: "ingrid@initrode.example", Country: "DE",
		EmailKey: "ingrid@initrode.example", EmailDomain: "initrode.example", CompanyKey: "initrode",
		Search: "initrode ingrid rode ingrid@initrode.example", CreatedAt: created, CreatedBy: AcmeSeller.UserID, Version: 1,
		ResponsibleID: AcmeSeller.UserID,
	}
	return db.Create(&client).Error
}

func everybody() []models.Actor {
	return []models.Actor{
		AcmeOwner, AcmeAdmin, AcmeMember, AcmeContact, AcmeSeller, AcmeBilling, AcmeViewer,
		GlobexOwner, GlobexSeller, InitechOwner,
		VendorAdministrator, VendorSuccess, VendorFinance, VendorSupport,
	}
}

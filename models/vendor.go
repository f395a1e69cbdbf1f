package models

import (
	"context"
	"time"

	"gorm.io/gorm"

	"reselling/models/money"
)

// Vendor is the software company that runs this installation.
type Vendor struct {
	ID                   int
	Name                 string
	LegalName            string
	Address              string
	TaxID                string
	Country              string
	Website              string
	CustomerSuccessName  string
	CustomerSuccessEmail string
	CustomerSuccessPhone string
	CustomerSuccessHours string
	BankDetails          string // printed on invoices
	CreditNoteLimit      int64  // in minor units of a currency with two digits; above it a second staff member approves
	GraceDays            int    // how long a placed conversion lets a trial run on
	ExtraDeactivations   int    // of machines a month and licence, beyond its seats
	TimeZone             string
	Version              int
	UpdatedAt            time.Time
}

// TableName is singular: there is one vendor.
func (Vendor) TableName() string { return "vendor" }

// Vendor returns the vendor's profile. Everybody may know it.
func (s *Store) Vendor(ctx context.Context, _ Actor) (Vendor, error) {
	return rowsOf[Vendor](s.reader).Where("id = ?", 1).Take(ctx)
}

// VendorEntry is the vendor's profile as filled in. Its figures are typed.
type VendorEntry struct {
	Vendor
	CreditNoteLimit    string
	GraceDays          string
	ExtraDeactivations string
}

// limitCurrency has the two digits in which CreditNoteLimit is kept.
const limitCurrency = "EUR"

// LimitTyped writes the limit as a form has it: "1000.00".
func (v Vendor) LimitTyped() string { return money.Of(v.CreditNoteLimit, limitCurrency).Typed() }

// ChangeVendor changes the vendor's profile. e.Version is the version that was
// edited: Conflict if somebody has changed it since.
func (s *Store) ChangeVendor(ctx context.Context, actor Actor, e VendorEntry) (Vendor, error) {
	if err := actor.require(ManageVendor); err != nil {
		return Vendor{}, err
	}
	v, err := e.check()
	if err != nil {
		return v, err
	}
	err = s.write(ctx, func(tx *tx) error {
		before, err := rowsOf[Vendor](tx.DB).Where("id = ?", 1).Take(ctx)
		if err != nil {
			return err
		}
		b, a := difference(before.facts(), v.facts())
		if len(a) == 0 { // sent twice
			v = before
			return nil
		}
		edited := v.Version
		v.ID, v.Version, v.UpdatedAt = 1, edited+1, tx.now
		err = changed(rowsOf[Vendor](tx.DB).Where("id = 1 AND version = ?", edited).
			Select("name", "legal_name", "address", "tax_id", "country", "website", "customer_success_name", "customer_success_email",
				"customer_success_phone", "customer_success_hours", "time_zone", "bank_details", "credit_note_limit", "grace_days", "extra_deactivations", "version", "updated_at").Updates(ctx, v))
		if err != nil {
			return err
		}
		return tx.record(ctx, actor, "vendor.changed", subject{kind: "vendor", id: "vendor", name: v.Name}, b, a)
	})
	return v, err
}

func (e VendorEntry) check() (Vendor, error) {
	p, v := Problems{}, e.Vendor
	v.Name, v.LegalName, v.TaxID, v.Country = clean(v.Name), clean(v.LegalName), clean(v.TaxID), clean(v.Country)
	v.Address, v.BankDetails = cleanText(v.Address), cleanText(v.BankDetails)
	v.CustomerSuccessName, v.CustomerSuccessEmail = clean(v.CustomerSuccessName), clean(v.CustomerSuccessEmail)
	v.CustomerSuccessPhone, v.CustomerSuccessHours = clean(v.CustomerSuccessPhone), clean(v.CustomerSuccessHours)
	p.fill("name", v.Name, "Enter the vendor's name.", maxName)
	p.fill("legal_name", v.LegalName, "Enter the name as it stands in contracts.", maxName)
	p.fit("address", v.Address, 1000)
	p.fit("tax_id", v.TaxID, 100)
	p.country("country", v.Country)
	v.Website = p.web("website", v.Website)
	p.fill("customer_success_name", v.CustomerSuccessName, "Enter how the team or person is called.", maxName)
	v.CustomerSuccessEmail = p.email("customer_success_email", v.CustomerSuccessEmail)
	p.fit("customer_success_phone", v.CustomerSuccessPhone, 100)
	p.fit("customer_success_hours", v.CustomerSuccessHours, maxName)
	p.zone("time_zone", v.TimeZone)
	p.fit("bank_details", v.BankDetails, 1000)
	v.CreditNoteLimit = p.amount("credit_note_limit", e.CreditNoteLimit, limitCurrency)
	v.GraceDays = p.whole("grace_days", e.GraceDays, 0, maxGrace)
	v.ExtraDeactivations = p.whole("extra_deactivations", e.ExtraDeactivations, 0, maxExtraDeactivations)
	return v, p.Err()
}

func (v Vendor) facts() map[string]any {
	return map[string]any{
		"name": v.Name, "legal_name": v.LegalName, "address": v.Address, "tax_id": v.TaxID, "country": v.Country, "website": v.Website,
		"customer_success_name": v.CustomerSuccessName, "customer_success_email": v.CustomerSuccessEmail,
		"customer_success_phone": v.CustomerSuccessPhone, "customer_success_hours": v.CustomerSuccessHours, "time_zone": v.TimeZone,
		"bank_details": v.BankDetails, "credit_note_limit": v.CreditNoteLimit, "grace_days": v.GraceDays, "extra_deactivations": v.ExtraDeactivations,
	}
}

// zone is where the vendor's staff reckon.
func (v Vendor) zone() (*time.Location, error) { return LoadZone(v.TimeZone) }

// vendorZone is the zone in which the vendor's staff reckon.
func vendorZone(ctx context.Context, db *gorm.DB) (*time.Location, error) {
	v, err := rowsOf[Vendor](db).Where("id = ?", 1).Take(ctx)
	if err != nil {
		return nil, err
	}
	return v.zone()
}

package models

import (
	"context"
	"time"

	"gorm.io/gorm"
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
	TimeZone             string
	Version              int
	UpdatedAt            time.Time
}

// TableName is singular: there is one vendor.
func (Vendor) TableName() string { return "vendor" }

// Vendor returns the vendor's profile. Everybody may know it.
func (s *Store) Vendor(ctx context.Context, _ Actor) (Vendor, error) {
	return gorm.G[Vendor](s.reader).Where("id = ?", 1).Take(ctx)
}

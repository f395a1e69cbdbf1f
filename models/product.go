package models

import "time"

// Product is what is resold.
type Product struct {
	ID           string
	Code         string // in addresses, forms and licence keys; never changes
	Name         string
	Description  string
	Seats        int // of a trial licence
	OnTrial      bool
	InstallSteps string // one per line
	DownloadURL  string
	Position     int
	ArchivedAt   *time.Time
	CreatedAt    time.Time
	Version      int
}

package views

import "reselling/models"

// RoleName is an account role as people read it.
func RoleName(r models.Role) string { return r.Name() }

// ResellingRoleName is a reselling role as people read it.
func ResellingRoleName(r models.ResellingRole) string { return r.Name() }

// StaffRoleName is a staff role as people read it.
func StaffRoleName(r models.StaffRole) string { return r.Name() }

// DemoStanding says what somebody is in the demo: "Harbor IT (Bronze), Member · Seller".
func DemoStanding(u models.DemoUser) string {
	if u.StaffRole != "" {
		return "Staff, " + StaffRoleName(u.StaffRole)
	}
	words := u.Account + " (" + u.Plan.Name() + "), " + RoleName(u.Role)
	if u.ResellingRole != "" {
		words += " · " + ResellingRoleName(u.ResellingRole)
	}
	return words
}

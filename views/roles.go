package views

import "reselling/models"

// RoleName is an account role as people read it.
func RoleName(r models.Role) string {
	switch r {
	case models.Owner:
		return "Owner"
	case models.Admin:
		return "Admin"
	case models.Member:
		return "Member"
	case models.BillingContact:
		return "Billing contact"
	}
	return ""
}

// ResellingRoleName is a reselling role as people read it.
func ResellingRoleName(r models.ResellingRole) string {
	switch r {
	case models.Seller:
		return "Seller"
	case models.Billing:
		return "Billing"
	case models.Viewer:
		return "Viewer"
	}
	return ""
}

// StaffRoleName is a staff role as people read it.
func StaffRoleName(r models.StaffRole) string {
	switch r {
	case models.Administrator:
		return "Administrator"
	case models.CustomerSuccess:
		return "Customer Success"
	case models.Finance:
		return "Finance"
	case models.Support:
		return "Support"
	}
	return ""
}

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

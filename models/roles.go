package models

// Name is the role as people read it; empty for none.
func (r Role) Name() string {
	switch r {
	case Owner:
		return "Owner"
	case Admin:
		return "Admin"
	case Member:
		return "Member"
	case BillingContact:
		return "Billing contact"
	}
	return ""
}

// Name is the role as people read it; empty for none.
func (r ResellingRole) Name() string {
	switch r {
	case Seller:
		return "Seller"
	case Billing:
		return "Billing"
	case Viewer:
		return "Viewer"
	}
	return ""
}

// Name is the role as people read it; empty for none.
func (r StaffRole) Name() string {
	switch r {
	case Administrator:
		return "Administrator"
	case CustomerSuccess:
		return "Customer Success"
	case Finance:
		return "Finance"
	case Support:
		return "Support"
	}
	return ""
}

package models

import (
	"slices"
	"time"
)

// Role is a user's standing in an account; exactly one Owner each.
type Role string

// The account roles.
const (
	Owner          Role = "owner"
	Admin          Role = "admin"
	Member         Role = "member"
	BillingContact Role = "billing_contact"
)

// ResellingRole is what a member of the Reselling team does there; empty outside it.
type ResellingRole string

// The reselling roles.
const (
	Seller  ResellingRole = "seller"
	Billing ResellingRole = "billing"
	Viewer  ResellingRole = "viewer"
)

// StaffRole is the role of an employee of the vendor; empty for everybody else.
type StaffRole string

// The staff roles.
const (
	Administrator   StaffRole = "administrator"
	CustomerSuccess StaffRole = "customer_success"
	Finance         StaffRole = "finance"
	Support         StaffRole = "support"
)

// Permission is one thing an actor may be allowed to do, as a phrase after "You can't".
type Permission string

// The permissions of an account's users.
const (
	SeeUsers          Permission = "see all users"
	ManageTeam        Permission = "invite and manage users"
	ManageReselling   Permission = "manage the Reselling team"
	TransferOwnership Permission = "transfer the ownership"
	ReadReselling     Permission = "see clients and trials"
	ManageClients     Permission = "change clients"
	IssueTrials       Permission = "issue trials"
	ReadActivity      Permission = "see the account's activity"
	ReadTeamActivity  Permission = "see the team's activity"
	RequestPrices     Permission = "request prices"
	PlaceOrders       Permission = "place orders"
	SeeAmounts        Permission = "see amounts"
	SignAgreement     Permission = "sign the Annex"
	ReadInvoices      Permission = "see the vendor's invoices"
	PayInvoices       Permission = "pay the vendor's invoices"

	ReadClientInvoices  Permission = "see invoices to clients"
	IssueClientInvoices Permission = "issue invoices to clients"
	ChangeBranding      Permission = "change the branding"
	ManageWebhooks      Permission = "set up webhooks"
	ReadLedger          Permission = "see the ledger of orders"

	ManageAPITokens Permission = "manage API tokens"
)

// The permissions of staff.
const (
	ReadAccounts   Permission = "see accounts"
	ManageAccounts Permission = "change accounts"
	ManagePlans    Permission = "change plans"
	ManageProducts Permission = "change products"
	ManageStaff    Permission = "manage staff"
	ReadMail       Permission = "read the mail box"
	ManageJobs     Permission = "manage jobs"
	ManageVendor   Permission = "change the vendor's settings"
	DecideRequests Permission = "decide on exceptions for trials"
	ManagePrices   Permission = "change the price list"
	QuotePrices    Permission = "quote prices"
	ManageAnnexes  Permission = "change and countersign Annexes"
	ManageInvoices Permission = "change invoices and payments"
	ManageLicenses Permission = "revoke and suspend licences"

	ManageVendorWebhooks Permission = "set up the vendor's webhooks"

	ManageVendorTokens Permission = "manage the vendor's API tokens"
)

// matrix is who may do what (DOMAIN.md "Team"). TestPolicyMatrix prints it.
var matrix = map[Permission]struct {
	roles     []Role
	reselling []ResellingRole
	staff     []StaffRole
}{
	SeeUsers:          {roles: []Role{Owner, Admin, Member, BillingContact}},
	ManageTeam:        {roles: []Role{Owner, Admin}},
	ManageReselling:   {roles: []Role{Owner}},
	TransferOwnership: {roles: []Role{Owner}},
	ReadReselling:     {roles: []Role{Owner}, reselling: []ResellingRole{Seller, Billing, Viewer}},
	ManageClients:     {roles: []Role{Owner}, reselling: []ResellingRole{Seller}},
	IssueTrials:       {roles: []Role{Owner}, reselling: []ResellingRole{Seller}},
	ReadActivity:      {roles: []Role{Owner}},
	ReadTeamActivity:  {roles: []Role{Owner, Admin}},
	RequestPrices:     {roles: []Role{Owner}, reselling: []ResellingRole{Seller}},
	PlaceOrders:       {roles: []Role{Owner}, reselling: []ResellingRole{Seller}},
	SeeAmounts:        {roles: []Role{Owner, BillingContact}, reselling: []ResellingRole{Seller, Billing, Viewer}},
	SignAgreement:     {roles: []Role{Owner}},
	ReadInvoices:      {roles: []Role{Owner, BillingContact}, reselling: []ResellingRole{Billing, Viewer}},
	PayInvoices:       {roles: []Role{Owner, BillingContact}, reselling: []ResellingRole{Billing}},

	ReadClientInvoices:  {roles: []Role{Owner}, reselling: []ResellingRole{Seller, Billing, Viewer}},
	IssueClientInvoices: {roles: []Role{Owner}, reselling: []ResellingRole{Seller, Billing}},
	ChangeBranding:      {roles: []Role{Owner}},
	ManageWebhooks:      {roles: []Role{Owner}},
	ReadLedger:          {roles: []Role{Owner}, reselling: []ResellingRole{Billing, Viewer}},

	ManageAPITokens: {roles: []Role{Owner}},

	ReadAccounts:   {staff: []StaffRole{Administrator, CustomerSuccess, Finance, Support}},
	ManageAccounts: {staff: []StaffRole{Administrator, CustomerSuccess}},
	ManagePlans:    {staff: []StaffRole{Administrator}},
	ManageProducts: {staff: []StaffRole{Administrator}},
	ManageStaff:    {staff: []StaffRole{Administrator}},
	ReadMail:       {staff: []StaffRole{Administrator}},
	ManageJobs:     {staff: []StaffRole{Administrator}},
	ManageVendor:   {staff: []StaffRole{Administrator}},
	DecideRequests: {staff: []StaffRole{Administrator, CustomerSuccess}},
	ManagePrices:   {staff: []StaffRole{Administrator, CustomerSuccess}},
	QuotePrices:    {staff: []StaffRole{Administrator, CustomerSuccess}},
	ManageAnnexes:  {staff: []StaffRole{Administrator, CustomerSuccess}},
	ManageInvoices: {staff: []StaffRole{Administrator, Finance}},
	ManageLicenses: {staff: []StaffRole{Administrator, CustomerSuccess}},

	ManageVendorWebhooks: {staff: []StaffRole{Administrator}},

	ManageVendorTokens: {staff: []StaffRole{Administrator}},
}

// Every API token may read what the answers to its own acts tell; whether it may
// list things is up to ScopeRead, which handlers/api asks for.
var (
	accountTokens = []Permission{ReadReselling, SeeAmounts, ReadClientInvoices}
	vendorTokens  = []Permission{ReadAccounts}
)

// scopes is what each scope adds to that. A token of an account never may more
// than a Seller, whatever its scopes; of the vendor, no more than an administrator.
var scopes = map[TokenScope][]Permission{
	ScopeClients:        {ManageClients},
	ScopeTrials:         {IssueTrials},
	ScopeOrders:         {RequestPrices, PlaceOrders},
	ScopeClientInvoices: {IssueClientInvoices},
	ScopeAccounts:       {ManageAccounts},
	ScopeReceipts:       {ManageInvoices},
}

// Actor is whoever is asking. Every use case takes one; there is no default.
type Actor struct {
	UserID        string // empty for a visitor and for the system
	SessionID     string
	Name          string
	Email         string
	StaffRole     StaffRole
	AccountID     string // the account acted for; empty for staff
	AccountName   string
	Role          Role
	ResellingRole ResellingRole
	OwnerName     string // who can grant what is missing; empty until the first Owner has accepted
	Accounts      int    // how many accounts the user can act for
	VendorName    string // empty for a visitor
	OnCopy        bool   // the portal runs on a copy of its database, which sends no mail
	Zone          *time.Location
	Address       string // of the client, from the configured proxies only
	Device        string // the user agent
	Reauthed      time.Time
	TokenID       string // of the API token that acts; empty for a person
	Scopes        Scopes // what that token may
}

// System is the actor of jobs.
var System = Actor{Name: "Reselling"}

// SignedIn reports whether a is a user.
func (a Actor) SignedIn() bool { return a.UserID != "" }

// IsStaff reports whether a works for the vendor.
func (a Actor) IsStaff() bool { return a.StaffRole != "" }

// InResellingTeam reports whether a belongs to the Reselling team of the account.
func (a Actor) InResellingTeam() bool { return a.Role == Owner || a.ResellingRole != "" }

// Can reports whether a has permission p. Views use it to hide what would fail.
func (a Actor) Can(p Permission) bool {
	grant := matrix[p]
	switch {
	case !a.SignedIn(), a.TokenID != "" && !a.hasScopeFor(p):
		return false
	case a.IsStaff():
		return slices.Contains(grant.staff, a.StaffRole)
	}
	return slices.Contains(grant.roles, a.Role) || slices.Contains(grant.reselling, a.ResellingRole)
}

// hasScopeFor reports whether a token may p as far as its scopes go.
func (a Actor) hasScopeFor(p Permission) bool {
	all := accountTokens
	if a.IsStaff() {
		all = vendorTokens
	}
	for _, scope := range a.Scopes.List() {
		all = append(slices.Clip(all), scopes[scope]...)
	}
	return slices.Contains(all, p)
}

// require is Can for use cases. Its error says who can grant what is missing.
func (a Actor) require(p Permission) error {
	if a.Can(p) {
		return nil
	}
	if a.TokenID != "" {
		return Errorf(Forbidden, "This API token can't %s.", p)
	}
	return Errorf(Forbidden, "You can't %s. %s", p, a.whoGrants(p))
}

func (a Actor) whoGrants(p Permission) string {
	grant := matrix[p]
	owner := "the Owner of your account"
	if a.OwnerName != "" {
		owner = a.OwnerName + ", the Owner of " + a.AccountName + ","
	}
	switch {
	case a.IsStaff() && len(grant.staff) > 0:
		return "An administrator can give you a role that may, under Staff."
	case a.IsStaff():
		return "Only the account's own users can; staff never act as a customer."
	case len(grant.staff) > 0:
		return "Only the vendor's staff can."
	case len(grant.reselling) > 0:
		return capitalized(owner) + " can add you on Team → Reselling."
	case slices.Equal(grant.roles, []Role{Owner}):
		return "Only " + owner + " can."
	}
	return capitalized(owner) + " can give you another role on Team → All users."
}

// reauthWindow is how long a password or second factor counts for sensitive acts.
const reauthWindow = 15 * time.Minute

// requireFresh refuses a sensitive act when the password was given over 15 minutes ago.
func (a Actor) requireFresh(now time.Time) error {
	if now.Sub(a.Reauthed) > reauthWindow {
		return &Error{Kind: Invalid, Message: "Enter your password again to confirm that it is you.", Fields: map[string]string{"password": "Enter your password."}, Code: "reauthentication"}
	}
	return nil
}

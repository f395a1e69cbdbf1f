// Package paths names the URLs of the portal, one function a page or resource.
// An act that is not create, read, update or delete is a resource of its own.
package paths

import "net/url"

// With appends a query of key, value pairs to path, leaving out empty values.
func With(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func under(base, id string, rest ...string) string {
	p := base + "/" + url.PathEscape(id)
	for _, r := range rest {
		p += "/" + r
	}
	return p
}

// For machines.

func Health() string      { return "/healthz" }
func Ready() string       { return "/readyz" }
func Metrics() string     { return "/metrics" }
func JWKS() string        { return "/.well-known/jwks.json" }
func SecurityTxt() string { return "/.well-known/security.txt" }

// Signed out.

func Login() string                     { return "/login" }
func Logout() string                    { return "/logout" }
func ForgotPassword() string            { return "/password/forgot" }
func PasswordReset(token string) string { return under("/password/reset", token) }
func Invitation(token string) string    { return under("/invitations", token) }

// LicensePage is the client's page; the token in it is the only key to it.
func LicensePage(token string) string { return under("/l", token) }

// LicensePageFile is where the client gets a licence file.
func LicensePageFile(token string) string { return under("/l", token, "file") }

// LicenseInterest is where the client says "I want to buy".
func LicenseInterest(token string) string { return under("/l", token, "interest") }

// Team.

func Home() string                          { return "/" }
func Team() string                          { return "/team" }
func TeamUsers() string                     { return "/team/users" }
func Membership(id string) string           { return under("/team/users", id) }
func MembershipRole(id string) string       { return under("/team/users", id, "role") }
func MembershipRemoval(id string) string    { return under("/team/users", id, "removal") }
func TeamInvitations() string               { return "/team/invitations" }
func NewTeamInvitation() string             { return "/team/invitations/new" }
func InvitationResending(id string) string  { return under("/team/invitations", id, "resending") }
func InvitationRevocation(id string) string { return under("/team/invitations", id, "revocation") }
func TeamReselling() string                 { return "/team/reselling" }
func NewResellingMember() string            { return "/team/reselling/new" }
func ResellingRole(id string) string        { return under("/team/reselling", id, "role") }
func ResellingRemoval(id string) string     { return under("/team/reselling", id, "removal") }
func OwnershipOffers() string               { return "/team/ownership-offers" }
func NewOwnershipOffer() string             { return "/team/ownership-offers/new" }
func OwnershipOffer(id string) string       { return under("/team/ownership-offers", id) }
func OwnershipAcceptance(id string) string  { return under("/team/ownership-offers", id, "acceptance") }
func OwnershipRefusal(id string) string     { return under("/team/ownership-offers", id, "refusal") }
func OwnershipWithdrawal(id string) string  { return under("/team/ownership-offers", id, "withdrawal") }

// Clients.

func Clients() string                       { return "/clients" }
func NewClient() string                     { return "/clients/new" }
func Client(id string) string               { return under("/clients", id) }
func EditClient(id string) string           { return under("/clients", id, "edit") }
func ClientArchival(id string) string       { return under("/clients", id, "archival") }
func ClientResponsibility(id string) string { return under("/clients", id, "responsibility") }
func ClientMerging(id string) string        { return under("/clients", id, "merging") }
func ClientRestoration(id string) string    { return under("/clients", id, "restoration") }

// Trials and licences.

func Trials() string                   { return "/trials" }
func NewTrial() string                 { return "/trials/new" }
func Trial(id string) string           { return under("/trials", id) }
func TrialRevocation(id string) string { return under("/trials", id, "revocation") }

// TrialDraft is where a trial's form is posted to be looked at, not issued.
func TrialDraft() string { return "/trials/new" }

// TrialAddress corrects the client's mail address and sends the trial's mail again.
func TrialAddress(id string) string { return under("/trials", id, "address") }

func TrialResending(id string) string        { return under("/trials", id, "resending") }
func Licenses() string                       { return "/licenses" }
func License(id string) string               { return under("/licenses", id) }
func LicensePageRevocation(id string) string { return under("/licenses", id, "page-revocation") }
func LicensePageRenewal(id string) string    { return under("/licenses", id, "page-renewal") }
func LicenseFile(id string) string           { return under("/licenses", id, "file") }

// MachineEnd is where a machine of a licence is deactivated.
func MachineEnd(license, id string) string {
	return under("/licenses", license, "machines", id, "deactivation")
}

// Requests of the account to the vendor. NewRequest takes ?kind=, and ?trial= or ?client= and ?product=.

func Requests() string                   { return "/trials/requests" }
func NewRequest() string                 { return "/trials/requests/new" }
func Request(id string) string           { return under("/trials/requests", id) }
func RequestWithdrawal(id string) string { return under("/trials/requests", id, "withdrawal") }

// Orders, from the price request on.

func Orders() string   { return "/orders" }
func NewOrder() string { return "/orders/new" }

// OrderDraft is where a price request is posted to be looked at, not sent.
func OrderDraft() string                 { return "/orders/new" }
func Order(id string) string             { return under("/orders", id) }
func OrderCancellation(id string) string { return under("/orders", id, "cancellation") }
func OrderPlacement(id string) string    { return under("/orders", id, "placement") }

func Statement() string { return "/statement" }

// The Annex. AgreementPDF is of one that was signed.

func Agreement() string             { return "/agreement" }
func AgreementPDF(id string) string { return under("/agreement", id, "pdf") }

// Invoices of the vendor to the account. InvoicePDF takes ?paper=a4 or letter.

func Invoices() string              { return "/invoices" }
func Invoice(id string) string      { return under("/invoices", id) }
func InvoicePDF(id string) string   { return under("/invoices", id, "pdf") }
func InvoiceClaim(id string) string { return under("/invoices", id, "claim") }

// Invoices of the account to its clients. NewClientInvoice takes ?order=; a form
// is posted there to be looked at, not issued. The PDFs take ?paper=a4 or letter.

func ClientInvoices() string                  { return "/client-invoices" }
func NewClientInvoice() string                { return "/client-invoices/new" }
func ClientInvoice(id string) string          { return under("/client-invoices", id) }
func ClientInvoicePDF(id string) string       { return under("/client-invoices", id, "pdf") }
func ClientInvoicePayment(id string) string   { return under("/client-invoices", id, "payment") }
func ClientInvoiceReopening(id string) string { return under("/client-invoices", id, "reopening") }
func ClientInvoiceSending(id string) string   { return under("/client-invoices", id, "sending") }
func ClientInvoiceLink(id string) string      { return under("/client-invoices", id, "link") }
func ClientInvoiceCredit(id string) string    { return under("/client-invoices", id, "credit-note") }
func ClientCreditNotePDF(id string) string {
	return under("/client-invoices", id, "credit-note", "pdf")
}

// Proposal is what the client is shown of a quoted order, as PDF.
func Proposal(id string) string { return under("/orders", id, "proposal", "pdf") }

// Ledger has both sides of each order.
func Ledger() string { return "/ledger" }

// Branding of the account's documents.

func Branding() string            { return "/settings/branding" }
func BrandingLogo() string        { return "/settings/branding/logo" }
func BrandingLogoRemoval() string { return "/settings/branding/logo-removal" }
func BrandingPreview() string     { return "/settings/branding/pdf" }

// The person signed in.

func Me() string                            { return "/me" }
func MyEmail() string                       { return "/me/email" }
func EmailConfirmation(token string) string { return under("/me/email", token) }
func EmailChangeCancellation() string       { return "/me/email/cancellation" }
func MyPassword() string                    { return "/me/password" }
func MyNotifications() string               { return "/me/notifications" }
func MySecurity() string                    { return "/me/security" }
func SessionEnding(id string) string        { return under("/me/sessions", id, "ending") }
func OtherSessionsEnding() string           { return "/me/sessions/ending" }

// CurrentAccount is where the choice among a person's accounts is posted (account_id).
func CurrentAccount() string { return "/me/account" }

// Reauthentication asks for the password again before a sensitive act.
func Reauthentication() string { return "/me/reauthentication" }

func Help() string     { return "/help" }
func Activity() string { return "/activity" }

// APIDocs is the reference of the JSON API, for whoever writes a program.

func APIDocs() string { return "/api/docs" }

// API tokens of the account, and of the vendor.

func APITokens() string                        { return "/settings/api-tokens" }
func NewAPIToken() string                      { return "/settings/api-tokens/new" }
func APITokenRevocation(id string) string      { return under("/settings/api-tokens", id, "revocation") }
func AdminAPITokens() string                   { return "/admin/api-tokens" }
func AdminNewAPIToken() string                 { return "/admin/api-tokens/new" }
func AdminAPITokenRevocation(id string) string { return under("/admin/api-tokens", id, "revocation") }

// Staff.

func Admin() string                           { return "/admin" }
func AdminAccounts() string                   { return "/admin/accounts" }
func AdminNewAccount() string                 { return "/admin/accounts/new" }
func AdminAccount(id string) string           { return under("/admin/accounts", id) }
func AdminEditAccount(id string) string       { return under("/admin/accounts", id, "edit") }
func AdminAccountPlan(id string) string       { return under("/admin/accounts", id, "plan") }
func AdminAccountSuspension(id string) string { return under("/admin/accounts", id, "suspension") }
func AdminAccountResumption(id string) string { return under("/admin/accounts", id, "resumption") }
func AdminAccountOwnerInvitation(id string) string {
	return under("/admin/accounts", id, "owner-invitation")
}

// AdminAccountOwner replaces the Owner of an account.
func AdminAccountOwner(id string) string { return under("/admin/accounts", id, "owner") }

// AdminAccountOwnerWithdrawal calls the replacement of an Owner off.
func AdminAccountOwnerWithdrawal(id, replacement string) string {
	return under("/admin/accounts", id, "owner", replacement, "withdrawal")
}

// AdminAccountOwnerResending sends the pending Owner invitation again.
func AdminAccountOwnerResending(id string) string {
	return under("/admin/accounts", id, "owner-invitation", "resending")
}

// AdminAccountGrants grants an account extra trials of a month.
func AdminAccountGrants(id string) string { return under("/admin/accounts", id, "trial-grants") }

func AdminRequests() string                    { return "/admin/requests" }
func AdminRequest(id string) string            { return under("/admin/requests", id) }
func AdminRequestDecision(id string) string    { return under("/admin/requests", id, "decision") }
func AdminConflicts() string                   { return "/admin/conflicts" }
func AdminConflict(id string) string           { return under("/admin/conflicts", id) }
func AdminConflictSettlement(id string) string { return under("/admin/conflicts", id, "settlement") }

// AdminTermsWithdrawal takes back terms that do not hold yet.
func AdminTermsWithdrawal(plan, id string) string {
	return under("/admin/plans", plan, "terms", url.PathEscape(id), "withdrawal")
}
func AdminProductArchival(id string) string    { return under("/admin/products", id, "archival") }
func AdminProductRestoration(id string) string { return under("/admin/products", id, "restoration") }

// AdminMailHTML is the HTML part of a mail, alone and powerless.
func AdminMailHTML(id string) string { return under("/admin/mail", id, "html") }
func AdminTrials() string            { return "/admin/trials" }

// AdminTrialAllowance allows the client of a trial another one.
func AdminTrialAllowance(id string) string { return under("/admin/trials", id, "allowance") }
func AdminProducts() string                { return "/admin/products" }
func AdminNewProduct() string              { return "/admin/products/new" }
func AdminProduct(id string) string        { return under("/admin/products", id) }
func AdminPlans() string                   { return "/admin/plans" }
func AdminPlan(id string) string           { return under("/admin/plans", id) }
func AdminPlanTerms(id string) string      { return under("/admin/plans", id, "terms") }

// AdminPlanTermsDraft is where new terms are posted to be looked at, not added.
func AdminPlanTermsDraft(id string) string { return under("/admin/plans", id, "terms", "draft") }
func AdminStaff() string                   { return "/admin/staff" }
func AdminStaffInvitations() string        { return "/admin/staff/invitations" }
func AdminStaffInvitationResending(id string) string {
	return under("/admin/staff/invitations", id, "resending")
}
func AdminStaffInvitationRevocation(id string) string {
	return under("/admin/staff/invitations", id, "revocation")
}
func AdminStaffRole(id string) string     { return under("/admin/staff", id, "role") }
func AdminStaffRemoval(id string) string  { return under("/admin/staff", id, "removal") }
func AdminEvents() string                 { return "/admin/events" }
func AdminMail() string                   { return "/admin/mail" }
func AdminMailMessage(id string) string   { return under("/admin/mail", id) }
func AdminSigningKeys() string            { return "/admin/signing-keys" }
func AdminJobs() string                   { return "/admin/jobs" }
func AdminJobRetry(id string) string      { return under("/admin/jobs", id, "retry") }
func AdminJobDiscarding(id string) string { return under("/admin/jobs", id, "discarding") }
func AdminSettings() string               { return "/admin/settings" }
func AdminOrders() string                 { return "/admin/orders" }
func AdminOrder(id string) string         { return under("/admin/orders", id) }
func AdminOrderQuote(id string) string    { return under("/admin/orders", id, "quote") }
func AdminOrderRefusal(id string) string  { return under("/admin/orders", id, "refusal") }
func AdminAnnexes() string                { return "/admin/annexes" }
func AdminAnnex(id string) string         { return under("/admin/annexes", id) }
func AdminAnnexPDF(id string) string      { return under("/admin/annexes", id, "pdf") }
func AdminAnnexCountersignature(id string) string {
	return under("/admin/annexes", id, "countersignature")
}
func AdminAnnexRefusal(id string) string  { return under("/admin/annexes", id, "refusal") }
func AdminAnnexText() string              { return "/admin/annexes/text" }
func AdminInvoiceCredit(id string) string { return under("/admin/invoices", id, "credit-note") }
func AdminCreditApproval(id string) string {
	return under("/admin/invoices", id, "credit-note", "approval")
}
func AdminCreditRefusal(id string) string {
	return under("/admin/invoices", id, "credit-note", "refusal")
}
func AdminPayments() string                    { return "/admin/payments" }
func AdminNewPayment() string                  { return "/admin/payments/new" }
func AdminPayment(id string) string            { return under("/admin/payments", id) }
func AdminPaymentAllocations(id string) string { return under("/admin/payments", id, "allocations") }
func AdminPaymentReversal(id string) string    { return under("/admin/payments", id, "reversal") }
func AdminInvoicePayments(id string) string    { return under("/admin/invoices", id, "payments") }
func AdminStatement(id string) string          { return under("/admin/accounts", id, "statement") }
func AdminInvoices() string                    { return "/admin/invoices" }
func AdminInvoice(id string) string            { return under("/admin/invoices", id) }
func AdminInvoicePDF(id string) string         { return under("/admin/invoices", id, "pdf") }
func AdminInvoiceVoiding(id string) string     { return under("/admin/invoices", id, "voiding") }
func AdminPrices() string                      { return "/admin/prices" }
func AdminNewPrice() string                    { return "/admin/prices/new" }
func AdminPriceEnding(id string) string        { return under("/admin/prices", id, "ending") }

// CreditNotes are the vendor's to the account.
func CreditNotes() string                 { return "/invoices/credit-notes" }
func CreditNotePDF(id string) string      { return under("/invoices/credit-notes", id, "pdf") }
func AdminCreditNotes() string            { return "/admin/invoices/credit-notes" }
func AdminCreditNotePDF(id string) string { return under("/admin/invoices/credit-notes", id, "pdf") }

// AdminOverdue lists the accounts with overdue invoices.
func AdminOverdue() string { return "/admin/invoices/overdue" }

// AdminBankImports are the statements of the vendor's bank.
func AdminBankImports() string                { return "/admin/payments/imports" }
func AdminNewBankImport() string              { return "/admin/payments/imports/new" }
func AdminBankImport(id string) string        { return under("/admin/payments/imports", id) }
func AdminBankImportColumns(id string) string { return under("/admin/payments/imports", id, "columns") }
func AdminBankImportChoices(id string) string { return under("/admin/payments/imports", id, "choices") }

// AdminBankImportReceipts is where the ticked lines of a statement become receipts.
func AdminBankImportReceipts(id string) string {
	return under("/admin/payments/imports", id, "receipts")
}

// Webhooks of the account, or of the vendor.

func Webhooks(vendor bool) string {
	if vendor {
		return "/admin/webhooks"
	}
	return "/settings/webhooks"
}
func NewWebhook(vendor bool) string                { return Webhooks(vendor) + "/new" }
func WebhookEvents(vendor bool) string             { return Webhooks(vendor) + "/events" }
func Webhook(vendor bool, id string) string        { return under(Webhooks(vendor), id) }
func WebhookEdit(vendor bool, id string) string    { return under(Webhooks(vendor), id, "edit") }
func WebhookSecret(vendor bool, id string) string  { return under(Webhooks(vendor), id, "secret") }
func WebhookTests(vendor bool, id string) string   { return under(Webhooks(vendor), id, "tests") }
func WebhookOn(vendor bool, id string) string      { return under(Webhooks(vendor), id, "enabling") }
func WebhookOff(vendor bool, id string) string     { return under(Webhooks(vendor), id, "disabling") }
func WebhookRemoval(vendor bool, id string) string { return under(Webhooks(vendor), id, "deletion") }

// WebhookRotation gives the webhook a new secret.
func WebhookRotation(vendor bool, id string) string { return under(Webhooks(vendor), id, "rotation") }

// WebhookRotationEnd lets only the new secret sign.
func WebhookRotationEnd(vendor bool, id string) string {
	return under(Webhooks(vendor), id, "rotation-end")
}
func WebhookDelivery(vendor bool, webhook, id string) string {
	return under(under(Webhooks(vendor), webhook, "deliveries"), id)
}
func WebhookResending(vendor bool, webhook, id string) string {
	return under(under(Webhooks(vendor), webhook, "deliveries"), id, "resending")
}

package handlers

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
	"reselling/views/paths"
)

const portalName = "Reselling"

// chrome returns the context of a page: who is there, what they may open, and
// what happened just now. It never fails a page: an error page needs it too.
func (h *handlers) chrome(c echo.Context) (context.Context, error) {
	a := actor(c)
	nonce, _ := c.Get(nonceKey).(string)
	around := views.Chrome{
		Signed: a.SignedIn(), Name: a.Name, Email: a.Email, Account: a.AccountName, Standing: standing(a),
		Nonce: nonce, RequestID: requestID(c), PortalName: portalName, Path: c.Request().URL.Path,
		CSRF: h.formToken(c), Flash: h.takeFlashes(c), Now: h.store.Now(), Home: home(a), Zone: "UTC",
	}
	if a.Zone != nil {
		around.Zone = a.Zone.String()
	}
	if !a.SignedIn() {
		if vendor, err := h.store.Vendor(ctx(c), a); err == nil {
			around.Vendor = vendor.Name
		}
		return views.WithChrome(ctx(c), around), nil
	}
	around.Vendor = a.VendorName
	if a.OnCopy {
		around.Banner = "This is a copy of the portal, for trying things out. What you do here stays here, and no mail leaves."
	}
	if a.IsStaff() {
		around.Account = a.VendorName
	}
	around.Nav = navigation(a, c.Request().URL.Path)
	if a.Accounts > 1 {
		if choices, err := h.store.Accounts(ctx(c), a); err == nil {
			for _, choice := range choices {
				around.Accounts = append(around.Accounts, views.AccountChoice{ID: choice.ID, Name: choice.Name, Current: choice.ID == a.AccountID})
			}
		}
	}
	return views.WithChrome(ctx(c), around), nil
}

// standing is what somebody is here, in words.
func standing(a models.Actor) string {
	if a.IsStaff() {
		return views.StaffRoleName(a.StaffRole)
	}
	if a.ResellingRole != "" && a.Role != models.Owner {
		return views.RoleName(a.Role) + " · " + views.ResellingRoleName(a.ResellingRole)
	}
	return views.RoleName(a.Role)
}

// navigation lists what an actor can open.
func navigation(a models.Actor, path string) []views.NavGroup {
	item := func(label, href, icon string) views.NavItem {
		current := path == href || href != paths.Home() && href != paths.Admin() && strings.HasPrefix(path+"/", href+"/")
		return views.NavItem{Label: label, Href: href, Icon: icon, Current: current}
	}
	if a.IsStaff() {
		return staffNavigation(a, item)
	}
	main := views.NavGroup{Items: []views.NavItem{item("Dashboard", paths.Home(), "home")}}
	if a.Can(models.ReadReselling) {
		main.Items = append(main.Items, item("Clients", paths.Clients(), "clients"), item("Trials", paths.Trials(), "trials"), item("Orders", paths.Orders(), "orders"), item("Licences", paths.Licenses(), "licence"))
	}
	if a.Can(models.ReadInvoices) {
		main.Items = append(main.Items, item("Invoices", paths.Invoices(), "invoice"), item("Statement", paths.Statement(), "list"))
	}
	if a.Can(models.ReadClientInvoices) {
		main.Items = append(main.Items, item("Client invoices", paths.ClientInvoices(), "tag"))
	}
	if a.Can(models.ReadLedger) {
		main.Items = append(main.Items, item("Ledger", paths.Ledger(), "list"))
	}
	account := views.NavGroup{Label: "Account"}
	if a.Can(models.SeeUsers) {
		account.Items = append(account.Items, item("Team", paths.Team(), "team"))
	}
	if a.Can(models.ReadTeamActivity) {
		account.Items = append(account.Items, item("Activity", paths.Activity(), "activity"))
	}
	if a.Can(models.ReadReselling) {
		account.Items = append(account.Items, item("Agreement", paths.Agreement(), "edit"))
	}
	if a.Can(models.ChangeBranding) {
		account.Items = append(account.Items, item("Branding", paths.Branding(), "settings"))
	}
	if a.CanWebhooks() {
		account.Items = append(account.Items, item("Webhooks", paths.Webhooks(false), "send"))
	}
	if a.Can(models.ManageAPITokens) {
		account.Items = append(account.Items, item("API tokens", paths.APITokens(), "key"))
	}
	account.Items = append(account.Items, item("Help", paths.Help(), "help"))
	return []views.NavGroup{main, account}
}

func staffNavigation(a models.Actor, item func(label, href, icon string) views.NavItem) []views.NavGroup {
	work := views.NavGroup{Items: []views.NavItem{
		item("Work queue", paths.Admin(), "home"), item("Accounts", paths.AdminAccounts(), "building"),
		item("Orders", paths.AdminOrders(), "orders"), item("Invoices", paths.AdminInvoices(), "invoice"), item("Payments", paths.AdminPayments(), "list"), item("Annexes", paths.AdminAnnexes(), "edit"), item("Trials", paths.AdminTrials(), "trials"), item("Licences", paths.AdminLicenses(), "licence"), item("Requests", paths.AdminRequests(), "send"), item("Conflicts", paths.AdminConflicts(), "swap"), item("Events", paths.AdminEvents(), "activity"),
	}}
	catalogue := views.NavGroup{Label: "Catalogue", Items: []views.NavItem{item("Products", paths.AdminProducts(), "box"), item("Prices", paths.AdminPrices(), "tag"), item("Plans", paths.AdminPlans(), "list")}}
	system := views.NavGroup{Label: "Installation", Items: []views.NavItem{item("Staff", paths.AdminStaff(), "team")}}
	if a.Can(models.ReadMail) {
		system.Items = append(system.Items, item("Mail box", paths.AdminMail(), "mail"))
	}
	if a.Can(models.ManageJobs) {
		system.Items = append(system.Items, item("Jobs", paths.AdminJobs(), "clock"))
	}
	if a.Can(models.ManageVendor) {
		system.Items = append(system.Items, item("Signing keys", paths.AdminSigningKeys(), "key"))
	}
	if a.CanWebhooks() {
		system.Items = append(system.Items, item("Webhooks", paths.Webhooks(true), "send"))
	}
	if a.Can(models.ManageVendorTokens) {
		system.Items = append(system.Items, item("API tokens", paths.AdminAPITokens(), "key"))
	}
	system.Items = append(system.Items, item("Vendor", paths.AdminSettings(), "settings"))
	return []views.NavGroup{work, catalogue, system}
}

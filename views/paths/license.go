package paths

// AdminLicenses lists the licences of all accounts.
func AdminLicenses() string { return "/admin/licenses" }

// AdminLicense is the page of one of them.
func AdminLicense(id string) string { return under("/admin/licenses", id) }

// AdminLicenseDeed is where staff do something to a licence: revocation,
// suspension, resumption, deactivations-reset.
func AdminLicenseDeed(id, deed string) string { return under("/admin/licenses", id, deed) }

// AdminMachineEnd is where staff deactivate a machine of a licence.
func AdminMachineEnd(license, id string) string {
	return under("/admin/licenses", license, "machines", id, "deactivation")
}

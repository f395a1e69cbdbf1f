package handlers

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
)

// adminRoutes is the map of the pages of the vendor's staff.
func (h *handlers) adminRoutes(adm *echo.Group) {
	h.eventRoutes(adm)
	h.adminRequestRoutes(adm)
	h.adminTokenRoutes(adm)

	adm.GET("", h.workQueue)

	adm.GET("/accounts", h.adminAccounts)
	adm.GET("/accounts/new", h.newAccount)
	adm.POST("/accounts", h.createAccount)
	adm.GET("/accounts/:id", h.adminAccount)
	adm.GET("/accounts/:id/edit", h.editAccount)
	adm.POST("/accounts/:id/edit", h.changeAccount)
	adm.GET("/accounts/:id/plan", h.previewPlan)
	adm.POST("/accounts/:id/plan", h.changePlan)
	adm.GET("/accounts/:id/suspension", h.suspensionForm)
	adm.POST("/accounts/:id/suspension", h.suspendAccount)
	adm.GET("/accounts/:id/resumption", h.suspensionForm)
	adm.POST("/accounts/:id/resumption", h.resumeAccount)
	adm.GET("/accounts/:id/owner", h.askOwnerReplacement)
	adm.POST("/accounts/:id/owner", h.replaceOwner)
	adm.POST("/accounts/:id/owner/:replacement/withdrawal", h.withdrawOwnerReplacement)
	adm.POST("/accounts/:id/owner-invitation", h.inviteOwner)
	adm.POST("/accounts/:id/owner-invitation/resending", h.resendOwnerInvitation)

	adm.GET("/trials", h.adminTrials)
	adm.GET("/trials/:id/allowance", h.askAllowance)
	adm.POST("/trials/:id/allowance", h.allowTrial)
	h.adminLicenseRoutes(adm)

	adm.GET("/staff", h.adminStaff)
	adm.POST("/staff/invitations", h.inviteStaff)
	adm.POST("/staff/invitations/:id/resending", h.resendStaffInvitation)
	adm.POST("/staff/invitations/:id/revocation", h.revokeStaffInvitation)
	adm.POST("/staff/:id/role", h.changeStaffRole)
	adm.POST("/staff/:id/removal", h.removeStaff)

	adm.GET("/plans", h.adminPlans)
	adm.GET("/plans/:id", h.adminPlan)
	adm.POST("/plans/:id/terms", h.addTerms)
	adm.POST("/plans/:id/terms/draft", h.draftTerms)
	adm.POST("/plans/:id/terms/:terms/withdrawal", h.withdrawTerms)

	adm.GET("/products", h.adminProducts)
	adm.GET("/products/new", h.newProduct)
	adm.POST("/products", h.createProduct)
	adm.GET("/products/:id", h.adminProduct)
	adm.POST("/products/:id", h.changeProduct)
	adm.POST("/products/:id/archival", h.archiveProduct)
	adm.POST("/products/:id/restoration", h.restoreProduct)

	h.adminOrderRoutes(adm)
	h.adminInvoiceRoutes(adm)
	h.annexRoutes(adm)
	h.paymentRoutes(adm)
	h.creditNoteRoutes(adm)
	h.priceRoutes(adm)

	adm.GET("/mail", h.mailBox)
	adm.GET("/mail/:id", h.showMail)
	adm.GET("/mail/:id/html", h.showMailHTML)

	adm.GET("/jobs", h.adminJobs)
	adm.POST("/jobs/:id/retry", h.retryJob)
	adm.POST("/jobs/:id/discarding", h.discardJob)

	adm.GET("/signing-keys", h.signingKeys)

	h.webhookRoutes(adm)

	adm.GET("/settings", h.adminVendor)
	adm.POST("/settings", h.changeVendor)
}

// listNav is how a list was asked for: the named filters and the sort.
func listNav[T any](c echo.Context, page models.Page[T], filters ...string) views.ListNav {
	nav := views.ListNav{Path: c.Request().URL.Path, Query: url.Values{}, Prev: page.Prev, Next: page.Next}
	for _, name := range append(filters, "sort") {
		if v := c.QueryParam(name); v != "" {
			nav.Query.Set(name, v)
		}
	}
	return nav
}

// wantsCSV reports whether the whole list is asked for as a file.
func wantsCSV(c echo.Context) bool { return c.QueryParam("format") == "csv" }

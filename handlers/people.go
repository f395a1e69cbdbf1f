package handlers

import "github.com/labstack/echo/v4"

// peopleRoutes is the map of the pages about one's own person, signed out
// (portal) and signed in (in).
func (h *handlers) peopleRoutes(portal, in *echo.Group) {
	portal.GET("/invitations/:token", h.showInvitation)
	portal.POST("/invitations/:token", h.acceptInvitation)
	portal.GET("/password/forgot", h.newPasswordReset)
	portal.POST("/password/forgot", h.createPasswordReset)
	portal.GET("/password/reset/:token", h.showPasswordReset)
	portal.POST("/password/reset/:token", h.usePasswordReset)

	in.GET("/me", h.showProfile)
	in.POST("/me", h.changeProfile)
	in.GET("/me/email", h.newEmailChange)
	in.POST("/me/email", h.createEmailChange)
	in.POST("/me/email/cancellation", h.cancelEmailChange)
	in.GET("/me/email/:token", h.showEmailChange)
	in.POST("/me/email/:token", h.confirmEmailChange)
	in.GET("/me/password", h.editPassword)
	in.POST("/me/password", h.changePassword)
	in.GET("/me/security", h.showSecurity)
	in.GET("/me/notifications", h.showNotifications)
	in.POST("/me/notifications", h.changeNotifications)
	in.POST("/me/sessions/ending", h.endOtherSessions)
	in.POST("/me/sessions/:id/ending", h.endOneSession)
	in.GET("/me/reauthentication", h.newReauthentication)
	in.POST("/me/reauthentication", h.createReauthentication)
}

package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"reselling/views/paths"
)

// securityTxtAge is how far ahead the file expires. RFC 9116 wants less than a year.
const securityTxtAge = 180 * 24 * time.Hour

// securityTxt tells whoever has found a weakness whom to write to (RFC 9116).
func (h *handlers) securityTxt(c echo.Context) error {
	vendor, err := h.store.Vendor(ctx(c), visitor(c))
	if err != nil {
		return err
	}
	expires := h.store.Now().Add(securityTxtAge).Truncate(24 * time.Hour)
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=3600")
	return c.String(http.StatusOK, fmt.Sprintf("Contact: mailto:%s\nExpires: %s\nPreferred-Languages: en\nCanonical: %s\n",
		url.PathEscape(vendor.CustomerSuccessEmail), expires.Format(time.RFC3339), h.store.URL(paths.SecurityTxt())))
}

package handlers

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
)

func (h *handlers) mailBox(c echo.Context) error {
	f := models.MailFilter{Query: c.QueryParam("q"), Kind: c.QueryParam("kind"), State: models.MailState(c.QueryParam("state"))}
	if wantsCSV(c) {
		return h.exportMail(c, f)
	}
	page, err := h.store.MailBox(ctx(c), actor(c), f, paging(c))
	if err != nil {
		return err
	}
	kinds, err := h.store.MailKinds(ctx(c), actor(c))
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.AdminMail(page, listNav(c, page, "q", "kind", "state"), kinds))
}

func (h *handlers) showMail(c echo.Context) error {
	m, err := h.keptMail(c)
	if err != nil {
		return err
	}
	// The mail itself is shown in a frame, from the next route alone.
	header := c.Response().Header()
	header.Set("Content-Security-Policy", header.Get("Content-Security-Policy")+"; frame-src 'self'")
	return h.render(c, http.StatusOK, views.AdminMailMessage(m, linked(m.Body, h.store.URL(""))))
}

// showMailHTML answers with the HTML part as it was sent, in a policy that lets
// it do nothing but be read: no scripts, no forms, no other hosts.
func (h *handlers) showMailHTML(c echo.Context) error {
	m, err := h.keptMail(c)
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'")
	header.Set("X-Frame-Options", "SAMEORIGIN")
	header.Set("Referrer-Policy", "no-referrer")
	// A link opens beside the mail: the portal does not let itself be framed.
	html := strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)
	return send(c, http.StatusOK, echo.MIMETextHTMLCharsetUTF8, bytes.NewBufferString(html))
}

func (h *handlers) keptMail(c echo.Context) (models.Mail, error) {
	mailID, err := id(c, "id")
	if err != nil {
		return models.Mail{}, err
	}
	return h.store.KeptMail(ctx(c), actor(c), mailID)
}

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// linked makes links of the addresses of this portal in text; what somebody
// else has put into a mail stays text.
func linked(text, base string) []views.TextPart {
	var parts []views.TextPart
	from := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		found := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)")
		if base == "" || found != base && !strings.HasPrefix(found, base+"/") {
			continue
		}
		parts = append(parts, views.TextPart{Text: text[from:at[0]]}, views.TextPart{Text: found, Href: found})
		from = at[0] + len(found)
	}
	return append(parts, views.TextPart{Text: text[from:]})
}

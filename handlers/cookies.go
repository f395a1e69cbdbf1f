package handlers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"reselling/models"
	"reselling/views"
)

const deviceAge = 400 * 24 * 60 * 60 // the longest that browsers keep a cookie, in seconds

// prepareCookies sets up the one cookie that carries the session's token, the
// flash messages and, signed out, what form tokens are bound to.
func (h *handlers) prepareCookies() error {
	if len(h.config.Secret) < 32 {
		return fmt.Errorf("the secret key has %d bytes, at least 32 are needed", len(h.config.Secret))
	}
	h.sessions = sessions.NewCookieStore(derive(h.config.Secret, "cookie hash"), derive(h.config.Secret, "cookie block"))
	h.sessions.Options = &sessions.Options{Path: "/", HttpOnly: true, Secure: h.config.isSecure(), SameSite: http.SameSiteLaxMode}
	h.sessions.MaxAge(14 * 24 * 60 * 60)
	for _, codec := range h.sessions.Codecs {
		if c, ok := codec.(*securecookie.SecureCookie); ok {
			c.SetSerializer(cookieText{})
		}
	}
	h.formKey = derive(h.config.Secret, "form token")
	return nil
}

// cookieText writes the values of the cookie, which are texts and lists of texts,
// as JSON. Gorilla's own way, gob, took a twentieth of a page to read; cookies
// from before are still read so.
type cookieText struct{}

// Serialize writes the values of a cookie.
func (cookieText) Serialize(src any) ([]byte, error) {
	values, ok := src.(map[any]any)
	if !ok {
		return nil, fmt.Errorf("a cookie of %T", src)
	}
	texts := make(map[string]any, len(values))
	for name, value := range values {
		text, ok := name.(string)
		if !ok {
			return nil, fmt.Errorf("a cookie's value is named by a %T", name)
		}
		texts[text] = value
	}
	return json.Marshal(texts)
}

// Deserialize reads the values of a cookie.
func (cookieText) Deserialize(src []byte, dst any) error {
	values, ok := dst.(*map[any]any)
	if !ok || len(src) == 0 || src[0] != '{' {
		return securecookie.GobEncoder{}.Deserialize(src, dst)
	}
	var texts map[string]any
	if err := json.Unmarshal(src, &texts); err != nil {
		return err
	}
	*values = make(map[any]any, len(texts))
	for name, text := range texts {
		(*values)[name] = text
	}
	return nil
}

// cookieName prefixes a name with __Host- on https, so that no other host can set it.
func (h *handlers) cookieName(name string) string {
	if h.config.isSecure() {
		return "__Host-" + name
	}
	return name
}

// cookie returns the portal's cookie; an unreadable one counts as none.
func (h *handlers) cookie(c echo.Context) *sessions.Session {
	s, err := h.sessions.Get(c.Request(), h.cookieName("reselling"))
	if err != nil && s == nil {
		s = sessions.NewSession(h.sessions, h.cookieName("reselling"))
	}
	return s
}

func (h *handlers) saveCookie(c echo.Context, s *sessions.Session) {
	// Saved twice in one response, only the last counts: older ones would sign
	// out a browser that reads the first.
	header, prefix := c.Response().Header(), s.Name()+"="
	kept := slices.DeleteFunc(slices.Clone(header.Values(echo.HeaderSetCookie)), func(v string) bool { return strings.HasPrefix(v, prefix) })
	header.Del(echo.HeaderSetCookie)
	for _, v := range kept {
		header.Add(echo.HeaderSetCookie, v)
	}
	if err := s.Save(c.Request(), c.Response()); err != nil {
		h.config.Log.ErrorContext(c.Request().Context(), "save cookie", "request_id", requestID(c), "error", err)
	}
}

func (h *handlers) sessionToken(c echo.Context) string {
	token, _ := h.cookie(c).Values["token"].(string)
	return token
}

// signIn puts a new session into the browser.
func (h *handlers) signIn(c echo.Context, in models.SignedIn) {
	s := h.cookie(c)
	s.Values["token"] = in.Token
	delete(s.Values, "visitor")
	h.saveCookie(c, s)
	c.SetCookie(&http.Cookie{
		Name: h.cookieName("device"), Value: in.DeviceToken, Path: "/", MaxAge: deviceAge,
		HttpOnly: true, Secure: h.config.isSecure(), SameSite: http.SameSiteLaxMode,
	})
}

// signOut forgets everything that the browser holds but the device.
func (h *handlers) signOut(c echo.Context) {
	s := h.cookie(c)
	clear(s.Values)
	h.saveCookie(c, s)
}

func (h *handlers) deviceToken(c echo.Context) string {
	cookie, err := c.Cookie(h.cookieName("device"))
	if err != nil || len(cookie.Value) > 100 {
		return ""
	}
	return cookie.Value
}

// The most messages that wait for a page, and the bytes of each: a cookie that
// grows beyond 4096 is not kept at all, and the sign-in with it.
const (
	maxFlashes = 2
	maxFlash   = 600
)

// flash keeps a message for the next page.
func (h *handlers) flash(c echo.Context, kind views.Tone, message string) {
	s := h.cookie(c)
	waiting := append(s.Flashes(), string(kind)+"\x00"+truncated(message, maxFlash))
	for _, f := range waiting[max(0, len(waiting)-maxFlashes):] {
		s.AddFlash(f)
	}
	h.saveCookie(c, s)
}

func (h *handlers) takeFlashes(c echo.Context) []views.Flash {
	s := h.cookie(c)
	kept := s.Flashes()
	if len(kept) == 0 {
		return nil
	}
	h.saveCookie(c, s)
	var flashes []views.Flash
	for _, f := range kept {
		if text, ok := f.(string); ok {
			kind, message := cutFlash(text)
			flashes = append(flashes, views.Flash{Kind: kind, Text: message})
		}
	}
	return flashes
}

func cutFlash(s string) (kind views.Tone, message string) {
	before, after, _ := strings.Cut(s, "\x00")
	return views.Tone(before), after
}

// formToken returns the token of this request's forms. It is bound to the
// session, or to the visitor's cookie, and masked anew each time, so that a
// compressed page does not give it away.
func (h *handlers) formToken(c echo.Context) string {
	seed := h.sessionToken(c)
	if seed == "" {
		s := h.cookie(c)
		seed, _ = s.Values["visitor"].(string)
		if seed == "" {
			seed = rand.Text()
			s.Values["visitor"] = seed
			h.saveCookie(c, s)
		}
	}
	mask := make([]byte, sha256.Size)
	_, _ = rand.Read(mask) // never fails since Go 1.24
	token := slices.Concat(mask, h.formMAC(seed))
	subtle.XORBytes(token[sha256.Size:], token[sha256.Size:], mask)
	return base64.RawURLEncoding.EncodeToString(token)
}

// isFormToken reports whether token belongs to this browser's forms.
func (h *handlers) isFormToken(c echo.Context, token string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 2*sha256.Size {
		return false
	}
	seed := h.sessionToken(c)
	if seed == "" {
		seed, _ = h.cookie(c).Values["visitor"].(string)
	}
	if seed == "" {
		return false
	}
	subtle.XORBytes(b[sha256.Size:], b[sha256.Size:], b[:sha256.Size])
	return hmac.Equal(b[sha256.Size:], h.formMAC(seed))
}

func (h *handlers) formMAC(seed string) []byte {
	mac := hmac.New(sha256.New, h.formKey)
	mac.Write([]byte(seed))
	return mac.Sum(nil)
}

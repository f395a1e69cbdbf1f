package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"reselling/views"
)

func (h *handlers) signingKeys(c echo.Context) error {
	all, err := h.store.SigningKeys(ctx(c), actor(c))
	if err != nil {
		return err
	}
	if !wantsCSV(c) {
		return h.render(c, http.StatusOK, views.SigningKeys(all))
	}
	header := []string{"key", "public_key", "generation", "state", "published_at", "signs_from", "withdrawn_at", "withdrawn_reason", "licenses"}
	return writeCSV(c, "signing-keys", header, func(write func(...string) error) error {
		for _, k := range all {
			if err := write(k.Kid, k.PublicKey, strconv.Itoa(k.Generation), k.State(h.store.Now()), instant(k.CreatedAt), moment(k.SignsFrom), moment(k.WithdrawnAt), k.WithdrawnReason, strconv.Itoa(k.Licenses)); err != nil {
				return err
			}
		}
		return nil
	})
}

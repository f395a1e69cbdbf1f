package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"reselling/models"
	"reselling/models/modelstest"
)

// Administrators see each key, what it does and its public half to copy.
func TestSigningKeysPage(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.VendorAdministrator)
	if page := b.get("/admin/signing-keys").wants(http.StatusOK, "/admin/signing-keys"); !strings.Contains(page.Find("main").Text(), "Nothing was signed yet") {
		t.Error(page.Find("main").Text())
	}
	newScenes(s).trial(t)
	first, err := s.SigningKeys(t.Context(), modelstest.VendorAdministrator)
	fine(t, err)
	_, err = s.RotateKey(t.Context(), models.System, time.Hour)
	fine(t, err)
	_, err = s.WithdrawKey(t.Context(), models.System, first[0].Kid, "A laptop was stolen")
	fine(t, err)
	all, err := s.SigningKeys(t.Context(), modelstest.VendorAdministrator)
	fine(t, err)
	page := b.get("/admin/signing-keys")
	cards := page.Find("main .card")
	if cards.Length() != 3 || len(all) != 3 {
		t.Fatalf("%d cards of %d keys", cards.Length(), len(all))
	}
	for i, want := range []string{"Withdrawn", "Published, signs later", "Signs"} {
		k, card := all[i], page.Find("main .card").FilterFunction(func(_ int, c *goquery.Selection) bool { return strings.Contains(c.Text(), all[i].Kid) })
		licences := strings.Join(strings.Fields(card.Find("dl").Text()), " ")
		if card.Find(".badge").Text() != want || card.Find("input[readonly]").AttrOr("value", "") != k.PublicKey || !strings.Contains(licences, "Licences"+map[bool]string{true: "1", false: "0"}[i == 0]) {
			t.Errorf("%s: %q, %s", k.Kid, card.Find(".badge").Text(), licences)
		}
	}
	if !strings.Contains(page.Find("main").Text(), "A laptop was stolen") || page.Find(`a[href="/.well-known/jwks.json"]`).Length() != 1 {
		t.Error("the reason or the way to the published keys is missing")
	}
	csv := b.get("/admin/signing-keys?format=csv")
	if lines := strings.Split(strings.TrimSpace(csv.body), "\n"); len(lines) != 4 || !strings.Contains(lines[1], all[0].PublicKey) || !strings.Contains(lines[1], "withdrawn") {
		t.Errorf("%s", csv.body)
	}
}

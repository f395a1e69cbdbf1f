package models_test

import (
	"strings"
	"testing"

	"reselling/models"
	"reselling/models/modelstest"
)

// What is answered to an unknown address must cost and say the same as a wrong password.
func TestSignInOfAnUnknownAddressChecksTheDummy(t *testing.T) {
	w := modelstest.New(t)
	signIn := func(email, password string) error {
		t.Helper()
		_, err := w.SignIn(t.Context(), modelstest.Visitor, models.Credentials{Email: email, Password: password})
		return err
	}
	wrong := signIn(modelstest.AcmeSeller.Email, "not the password of Acme's Seller")
	if n := models.DummyChecks(w.Store); models.KindOf(wrong) != models.Invalid || n != 0 {
		t.Fatalf("a wrong password: %v, the dummy was checked %d times", wrong, n)
	}
	for i, email := range []string{"nobody@acme.example", "not an address", ""} {
		unknown := signIn(email, "not the password of Acme's Seller")
		if unknown == nil || unknown.Error() != wrong.Error() || models.KindOf(unknown) != models.Invalid {
			t.Errorf("%q: %v; a wrong password: %v", email, unknown, wrong)
		}
		if n := models.DummyChecks(w.Store); n != int64(i+1) {
			t.Errorf("%q: the dummy was checked %d times, want %d", email, n, i+1)
		}
	}
}

func TestSignInRenewsAStaleHash(t *testing.T) {
	w := modelstest.New(t)
	// Password with half the memory and one pass.
	const stale = "$argon2id$v=19$m=9728,t=1,p=1$sMQzJYpI8hS1RjdjraAf1Q$FPvMaRL2yPFsCUIHzPe72jM/4K20EjVujtkCZZNBBwI"
	hash := func() (h string) {
		t.Helper()
		if err := w.DB.Raw("SELECT password_hash FROM users WHERE id = ?", modelstest.AcmeSeller.UserID).Scan(&h).Error; err != nil {
			t.Fatal(err)
		}
		return h
	}
	if err := w.DB.Exec("UPDATE users SET password_hash = ? WHERE id = ?", stale, modelstest.AcmeSeller.UserID).Error; err != nil {
		t.Fatal(err)
	}
	c := models.Credentials{Email: modelstest.AcmeSeller.Email, Password: "wrong"}
	if _, err := w.SignIn(t.Context(), modelstest.Visitor, c); models.KindOf(err) != models.Invalid || hash() != stale {
		t.Errorf("a wrong password: %v, hash %s", err, hash())
	}
	c.Password = modelstest.Password
	for range 2 {
		if _, err := w.SignIn(t.Context(), modelstest.Visitor, c); err != nil {
			t.Fatal(err)
		}
	}
	if renewed := hash(); !strings.HasPrefix(renewed, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", renewed)
	}
}

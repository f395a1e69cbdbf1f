package licensekey_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"

	"reselling/models/licensekey"
)

const (
	license = "019333f0-5c00-7000-8000-000000000001"
	product = "studio-pro"
)

var (
	secret = []byte("a secret of the installation, 32+")
	key    = licensekey.DeriveKey(secret, 1)
	signer = licensekey.NewSigner(key)
	ring   = licensekey.NewKeyring(signer.Public())
)

func TestSign(t *testing.T) {
	token := sign(t, signer, license, product)
	if again := sign(t, licensekey.NewSigner(licensekey.DeriveKey(secret, 1)), license, product); again != token {
		t.Errorf("the same licence has two keys:\n%s\n%s", token, again)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts in %s", len(parts), token)
	}
	if got, want := decode(t, parts[0]), `{"alg":"EdDSA","kid":"`+signer.Kid+`"}`; got != want {
		t.Errorf("header %s, want %s", got, want)
	}
	if got, want := decode(t, parts[1]), `{"sub":"`+license+`","aud":"`+product+`"}`; got != want {
		t.Errorf("claims %s, want %s", got, want)
	}
	if got, err := ring.Verify(token, product); err != nil || got != license {
		t.Errorf("Verify = %q, %v", got, err)
	}
}

func TestSignRefusesWhatIsNoName(t *testing.T) {
	for _, bad := range []string{"", " ", "a b", "a\nb", `a"b`, "é", "a\x00", "a/b", strings.Repeat("a", 129), "\xff"} {
		if token, err := signer.Sign(bad, product); err == nil {
			t.Errorf("signed licence id %q: %s", bad, token)
		}
		if token, err := signer.Sign(license, bad); err == nil {
			t.Errorf("signed product %q: %s", bad, token)
		}
	}
	longest := strings.Repeat("a", 128)
	if got, err := ring.Verify(sign(t, signer, longest, longest), longest); err != nil || got != longest {
		t.Errorf("the longest names: %q, %v", got, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	good := sign(t, signer, license, product)
	stranger := licensekey.NewSigner(licensekey.DeriveKey(secret, 2))
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	claims := jwt.MapClaims{"sub": license, "aud": product}
	header := func(alg string) map[string]any { return map[string]any{"alg": alg, "kid": signer.Kid} }
	parts := strings.Split(good, ".")

	tests := []struct {
		name  string
		token string
		want  error
	}{
		{"empty", "", licensekey.ErrMalformed},
		{"words", "not a key", licensekey.ErrMalformed},
		{"dots", "..", licensekey.ErrMalformed},
		{"two parts", parts[0] + "." + parts[1], licensekey.ErrMalformed},
		{"four parts", good + "." + parts[2], licensekey.ErrMalformed},
		{"very long", good + strings.Repeat("A", 1<<20), licensekey.ErrMalformed},
		{"a space before", " " + good, licensekey.ErrMalformed},
		{"a line break after", good + "\n", licensekey.ErrMalformed},
		{"a line break within", parts[0] + "." + parts[1] + "." + parts[2][:40] + "\r\n" + parts[2][40:], licensekey.ErrMalformed},
		{"padded", good + "==", licensekey.ErrMalformed},
		{"no signature", parts[0] + "." + parts[1] + ".", licensekey.ErrSignature},
		{"another's signature", parts[0] + "." + parts[1] + "." + signature(t, sign(t, signer, "other", product)), licensekey.ErrSignature},
		{"signed by a stranger as us", forge(t, jwt.SigningMethodEdDSA, licensekey.DeriveKey(secret, 2), header("EdDSA"), claims), licensekey.ErrMalformed},
		{"signed by a stranger as us, in our spelling", parts[0] + "." + parts[1] + "." + resign(licensekey.DeriveKey(secret, 2), parts), licensekey.ErrSignature},
		{"unknown kid", sign(t, stranger, license, product), licensekey.ErrUnknownKey},
		{"no kid", forge(t, jwt.SigningMethodEdDSA, key, map[string]any{"alg": "EdDSA"}, claims), licensekey.ErrMalformed},
		{"empty kid", forge(t, jwt.SigningMethodEdDSA, key, map[string]any{"alg": "EdDSA", "kid": ""}, claims), licensekey.ErrMalformed},
		{"kid is a number", forge(t, jwt.SigningMethodEdDSA, key, map[string]any{"alg": "EdDSA", "kid": 1}, claims), licensekey.ErrMalformed},
		{"alg none", forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, header("none"), claims), licensekey.ErrMalformed},
		{"alg none with our signature", encode(`{"alg":"none","kid":"`+signer.Kid+`"}`) + "." + parts[1] + "." + parts[2], licensekey.ErrMalformed},
		{"no alg", encode(`{"kid":"`+signer.Kid+`"}`) + "." + parts[1] + "." + parts[2], licensekey.ErrMalformed},
		{"alg in small letters", encode(`{"alg":"eddsa","kid":"`+signer.Kid+`"}`) + "." + parts[1] + "." + parts[2], licensekey.ErrMalformed},
		{"HS256 with the public key's bytes", forge(t, jwt.SigningMethodHS256, []byte(signer.Public()), header("HS256"), claims), licensekey.ErrMalformed},
		{"HS256 with the public key's PEM", forge(t, jwt.SigningMethodHS256, asPEM, header("HS256"), claims), licensekey.ErrMalformed},
		{"HS512 with the public key's bytes", forge(t, jwt.SigningMethodHS512, []byte(signer.Public()), header("HS512"), claims), licensekey.ErrMalformed},
		{"a header more", forge(t, jwt.SigningMethodEdDSA, key, map[string]any{"alg": "EdDSA", "kid": signer.Kid, "typ": "JWT"}, claims), licensekey.ErrMalformed},
		{"a critical header", forge(t, jwt.SigningMethodEdDSA, key, map[string]any{"alg": "EdDSA", "kid": signer.Kid, "crit": []string{"exp"}}, claims), licensekey.ErrMalformed},
		{"its own key", forge(t, jwt.SigningMethodEdDSA, key, map[string]any{"alg": "EdDSA", "kid": signer.Kid, "jwk": map[string]any{"kty": "OKP"}}, claims), licensekey.ErrMalformed},
		{"a claim more", forge(t, jwt.SigningMethodEdDSA, key, header("EdDSA"), jwt.MapClaims{"sub": license, "aud": product, "seats": 5}), licensekey.ErrMalformed},
		{"a validity", forge(t, jwt.SigningMethodEdDSA, key, header("EdDSA"), jwt.MapClaims{"sub": license, "aud": product, "exp": 4102444800}), licensekey.ErrMalformed},
		{"no licence", forge(t, jwt.SigningMethodEdDSA, key, header("EdDSA"), jwt.MapClaims{"aud": product}), licensekey.ErrMalformed},
		{"no product", forge(t, jwt.SigningMethodEdDSA, key, header("EdDSA"), jwt.MapClaims{"sub": license}), licensekey.ErrMalformed},
		{"several products", forge(t, jwt.SigningMethodEdDSA, key, header("EdDSA"), jwt.MapClaims{"sub": license, "aud": []string{product, "other"}}), licensekey.ErrMalformed},
		{"claims in another order", rawSign(parts[0], `{"aud":"`+product+`","sub":"`+license+`"}`), licensekey.ErrMalformed},
		{"a claim twice", rawSign(parts[0], `{"sub":"other","sub":"`+license+`","aud":"`+product+`"}`), licensekey.ErrMalformed},
		{"a claim in capitals", rawSign(parts[0], `{"SUB":"`+license+`","aud":"`+product+`"}`), licensekey.ErrMalformed},
		{"claims are null", rawSign(parts[0], `null`), licensekey.ErrMalformed},
		{"claims are a list", rawSign(parts[0], `[]`), licensekey.ErrMalformed},
		{"a licence id that is none", rawSign(parts[0], `{"sub":"a b","aud":"`+product+`"}`), licensekey.ErrMalformed},
		{"another product", sign(t, signer, license, "orchestrator-saas"), licensekey.ErrProduct},
		{"the product in capitals", sign(t, signer, license, "Studio-Pro"), licensekey.ErrProduct},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ring.Verify(tt.token, product)
			if !errors.Is(err, tt.want) || got != "" {
				t.Errorf("Verify = %q, %v; want %v", got, err, tt.want)
			}
		})
	}
	for _, asked := range []string{"", "orchestrator-saas", product + " "} {
		if got, err := ring.Verify(good, asked); !errors.Is(err, licensekey.ErrProduct) || got != "" {
			t.Errorf("for product %q: %q, %v", asked, got, err)
		}
	}
	for name, empty := range map[string]licensekey.Keyring{"nil": nil, "empty": {}} {
		if got, err := empty.Verify(good, product); !errors.Is(err, licensekey.ErrUnknownKey) || got != "" {
			t.Errorf("%s ring: %q, %v", name, got, err)
		}
	}
}

// A kid must not lead to a key that is not its own.
func TestVerifyRefusesARingWithSwappedKeys(t *testing.T) {
	other := licensekey.NewSigner(licensekey.DeriveKey(secret, 2))
	swapped := licensekey.Keyring{signer.Kid: other.Public(), other.Kid: signer.Public()}
	if got, err := swapped.Verify(sign(t, signer, license, product), product); !errors.Is(err, licensekey.ErrSignature) || got != "" {
		t.Errorf("Verify = %q, %v", got, err)
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	good := []byte(sign(t, signer, license, product))
	for i := range good {
		for bit := range 8 {
			bad := append([]byte(nil), good...)
			bad[i] ^= 1 << bit
			if got, err := ring.Verify(string(bad), product); err == nil || got != "" {
				t.Fatalf("bit %d of byte %d flipped: %q accepted for %q", bit, i, bad, got)
			}
		}
	}
}

func TestProperties(t *testing.T) {
	name := rapid.StringMatching(`[A-Za-z0-9._-]{1,128}`)
	rapid.Check(t, func(t *rapid.T) {
		id, prod, generation := name.Draw(t, "id"), name.Draw(t, "product"), rapid.IntRange(1, 9).Draw(t, "generation")
		s := licensekey.NewSigner(licensekey.DeriveKey(secret, generation))
		token, err := s.Sign(id, prod)
		if err != nil {
			t.Fatal(err)
		}
		// Keys of earlier generations stay valid beside later ones.
		all := licensekey.NewKeyring(s.Public(), signer.Public())
		if got, err := all.Verify(token, prod); err != nil || got != id {
			t.Fatalf("Verify = %q, %v", got, err)
		}
		if other := name.Draw(t, "other product"); other != prod {
			if got, err := all.Verify(token, other); !errors.Is(err, licensekey.ErrProduct) || got != "" {
				t.Fatalf("for %q: %q, %v", other, got, err)
			}
		}
		if other := name.Draw(t, "other id"); other != id {
			token2, err := s.Sign(other, prod)
			if err != nil || token2 == token {
				t.Fatalf("two licences, one key: %v", err)
			}
		}
		b := []byte(token)
		i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			b[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "with"))
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			b = append(b[:i], append([]byte{rapid.Byte().Draw(t, "more")}, b[i:]...)...)
		}
		if got, err := all.Verify(string(b), prod); string(b) != token && (err == nil || got != "") {
			t.Fatalf("accepted %q for %q", b, got)
		}
	})
}

func TestThumbprint(t *testing.T) {
	// RFC 8037, appendix A.3.
	x, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := licensekey.Thumbprint(ed25519.PublicKey(x)), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
		t.Errorf("Thumbprint = %s, want %s", got, want)
	}
}

func TestJWKS(t *testing.T) {
	if got := string(licensekey.Keyring(nil).JWKS()); got != `{"keys":[]}` {
		t.Errorf("an empty ring: %s", got)
	}
	second := licensekey.NewSigner(licensekey.DeriveKey(secret, 2))
	both := licensekey.NewKeyring(second.Public(), signer.Public())
	if again := licensekey.NewKeyring(signer.Public(), second.Public()).JWKS(); string(again) != string(both.JWKS()) {
		t.Error("the order of the keys depends on the order in which they were given")
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(both.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 2 || set.Keys[0]["kid"] >= set.Keys[1]["kid"] {
		t.Fatalf("keys: %v", set.Keys)
	}
	for _, jwk := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(jwk["x"])
		if err != nil || licensekey.Thumbprint(x) != jwk["kid"] {
			t.Errorf("x and kid do not belong together: %v, %v", jwk, err)
		}
		if !ed25519.PublicKey(x).Equal(both[jwk["kid"]]) {
			t.Errorf("another key under %s", jwk["kid"])
		}
		delete(jwk, "x")
		delete(jwk, "kid")
		if len(jwk) != 4 || jwk["kty"] != "OKP" || jwk["crv"] != "Ed25519" || jwk["use"] != "sig" || jwk["alg"] != "EdDSA" {
			t.Errorf("members: %v", jwk)
		}
	}
}

func TestDeriveKey(t *testing.T) {
	// Keys in the field depend on the derivation: this value never changes.
	if got, want := signer.Kid, "6bBzgFqLXpUBhSTfNsJ54HVIyz4BxnPbmShVLocfFbk"; got != want {
		t.Errorf("kid of generation 1 = %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for _, s := range [][]byte{secret, append([]byte("b"), secret[1:]...)} {
		for generation := 1; generation <= 3; generation++ {
			seen[licensekey.NewSigner(licensekey.DeriveKey(s, generation)).Kid] = true
		}
	}
	if len(seen) != 6 {
		t.Errorf("%d different keys of 2 secrets and 3 generations", len(seen))
	}
	for name, derive := range map[string]func(){
		"a short secret": func() { licensekey.DeriveKey(make([]byte, 31), 1) },
		"no secret":      func() { licensekey.DeriveKey(nil, 1) },
		"generation 0":   func() { licensekey.DeriveKey(secret, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a key was derived", name)
				}
			}()
			derive()
		}()
	}
}

func sign(t *testing.T, s *licensekey.Signer, id, product string) string {
	t.Helper()
	token, err := s.Sign(id, product)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func forge(t *testing.T, method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	token.Header = header
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func rawSign(header, claims string) string {
	s := header + "." + encode(claims)
	return s + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(s)))
}

func resign(key ed25519.PrivateKey, parts []string) string {
	return base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(parts[0]+"."+parts[1])))
}

func signature(t *testing.T, token string) string {
	t.Helper()
	return strings.Split(token, ".")[2]
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func decode(t *testing.T, s string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Peek reads what Sign writes, and only names out of anything else.
func TestPeek(t *testing.T) {
	good := sign(t, signer, license, product)
	if got, ok := licensekey.Peek(good); !ok || got != (licensekey.Named{License: license, Product: product}) {
		t.Errorf("%+v, %t", got, ok)
	}
	parts := strings.Split(good, ".")
	for _, bad := range []string{
		"", "..", "a.b", parts[1], parts[0] + "." + parts[1], good + ".x", strings.Repeat("A", 2000),
		"." + encode(`{}`) + ".", "." + encode(`{"aud":"a","sub":"b"}`) + ".", "." + encode(`{"sub":"a b","aud":"c"}`) + ".", "." + encode(`{"sub":"a","aud":"c\u0000"}`) + ".",
		"." + encode("{\"sub\":\"a\x00\",\"aud\":\"c\"}") + ".", "." + encode(`{"sub":"","aud":"c"}`) + ".", "." + encode(`{"sub":"a","aud":"c"} `) + ".", "." + encode(`{"sub":"a","aud":"c","x":"d"}`) + ".",
	} {
		if got, ok := licensekey.Peek(bad); ok || got != (licensekey.Named{}) {
			t.Errorf("%q: %+v, %t", bad, got, ok)
		}
	}
}

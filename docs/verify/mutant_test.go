package verify_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"

	"reselling/models/licensekey"
)

// forge makes something of a genuine token that no verifier may accept.
type forge struct {
	*rand.Rand
	w *world
}

// mutations change a compact token or, from "armour" on, the lines around the one
// of a file or what is asked about it.
var mutations = []struct {
	how    string
	mutate func(f forge, d *document, token string) string
}{
	{"a bit of the text", func(f forge, _ *document, token string) string { return flip(f, token) }},
	{"a bit of the header", func(f forge, _ *document, token string) string { return f.part(token, 0, f.flipBit) }},
	{"a bit of the payload", func(f forge, _ *document, token string) string { return f.part(token, 1, f.flipBit) }},
	{"a bit of the signature", func(f forge, _ *document, token string) string { return f.part(token, 2, f.flipBit) }},
	{"several bits", func(f forge, _ *document, token string) string { return flip(f, flip(f, flip(f, token))) }},
	{"two characters swapped", func(f forge, _ *document, token string) string {
		b := []byte(token)
		i, j := f.IntN(len(b)), f.IntN(len(b))
		b[i], b[j] = b[j], b[i]
		return string(b)
	}},
	{"neighbours swapped", func(f forge, _ *document, token string) string {
		b := []byte(token)
		i := f.IntN(len(b) - 1)
		b[i], b[i+1] = b[i+1], b[i]
		return string(b)
	}},
	{"a part of another", func(f forge, d *document, token string) string {
		p, q := strings.Split(token, "."), strings.Split(f.other(d.Kind, token), ".")
		i := f.IntN(3)
		p[i] = q[i]
		return strings.Join(p, ".")
	}},
	{"parts in another order", func(f forge, _ *document, token string) string {
		p := strings.Split(token, ".")
		f.Shuffle(3, func(i, j int) { p[i], p[j] = p[j], p[i] })
		return strings.Join(p, ".")
	}},
	{"another key id", func(f forge, _ *document, token string) string {
		return f.header(token, func(h map[string]any) {
			h["kid"] = f.pick(f.kids(h["kid"].(string), "", "0", "../jwks", licensekey.Thumbprint(f.attacker().Public().(ed25519.PublicKey))))
		})
	}},
	{"another algorithm", func(f forge, _ *document, token string) string {
		return f.header(token, func(h map[string]any) {
			h["alg"] = f.pick([]string{"none", "None", "NONE", "nOnE", "HS256", "HS512", "ES256", "RS256", "Ed25519", "eddsa", "EDDSA", "EdDSA ", ""})
		})
	}},
	{"no signature", func(f forge, _ *document, token string) string {
		p := strings.Split(f.header(token, func(h map[string]any) { h["alg"] = f.pick([]string{"none", "None", "EdDSA"}) }), ".")
		return p[0] + "." + f.changed(p[1]) + "." + f.pick([]string{"", "AA", strings.Repeat("A", 86)})
	}},
	{"HS256 with the public key", func(f forge, _ *document, token string) string {
		p := strings.Split(f.header(token, func(h map[string]any) { h["alg"] = "HS256" }), ".")
		p[1] = f.changed(p[1])
		mac := hmac.New(sha256.New, []byte(f.pick(f.secrets())))
		mac.Write([]byte(p[0] + "." + p[1]))
		return p[0] + "." + p[1] + "." + b64(mac.Sum(nil))
	}},
	{"signed by somebody else", func(f forge, _ *document, token string) string {
		p := strings.Split(token, ".")
		return f.signed(p[0], f.changed(p[1]))
	}},
	{"signed by somebody else, who names a key", func(f forge, _ *document, token string) string {
		public := f.attacker().Public().(ed25519.PublicKey)
		p := strings.Split(f.header(token, func(h map[string]any) {
			switch f.IntN(4) {
			case 0:
				h["kid"] = licensekey.Thumbprint(public)
			case 1:
				h["jwk"] = map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(public)}
			case 2:
				h["jku"] = "https://evil.example/jwks.json"
			case 3:
				h["x5c"] = []string{b64(public)}
			}
		}), ".")
		return f.signed(p[0], f.changed(p[1]))
	}},
	{"a member more in the header", func(f forge, _ *document, token string) string {
		return f.header(token, func(h map[string]any) { h[f.pick([]string{"crit", "b64", "typ", "cty", "zip", "Kid", "ALG"})] = "JWT" })
	}},
	{"another product", func(f forge, _ *document, token string) string { return f.claim(token, "aud", otherCode) }},
	{"another licence", func(f forge, _ *document, token string) string {
		return f.claim(token, "sub", f.pick([]string{"", "x", "00000000-0000-7000-8000-000000000001"}))
	}},
	{"a claim more", func(f forge, _ *document, token string) string {
		return f.claim(token, f.pick([]string{"exp", "seats", "admin", "Aud", "code"}), 9_999_999_999)
	}},
	{"a member twice", func(f forge, _ *document, token string) string {
		return f.part(token, f.IntN(2), func(b []byte) []byte {
			extra := f.pick([]string{`"alg":"none",`, `"kid":"x",`, `"aud":"` + otherCode + `",`, `"aud":"` + productCode + `",`, `"sub":"x",`, `"exp":9999999999,`})
			if f.IntN(2) == 0 {
				return append([]byte("{"+extra), b[1:]...)
			}
			return append(b[:len(b)-1:len(b)-1], []byte(","+strings.TrimSuffix(extra, ",")+"}")...)
		})
	}},
	{"other spelling of the JSON", func(f forge, _ *document, token string) string {
		return f.part(token, f.IntN(2), func(b []byte) []byte {
			s := string(b)
			return []byte(f.pick([]string{" " + s, s + " ", s + "\n", strings.Replace(s, ":", ": ", 1), strings.Replace(s, `"a`, `"\u0061`, 1), strings.Replace(s, ",", " ,", 1), "\ufeff" + s, s + "{}"}))
		})
	}},
	{"truncated", func(f forge, _ *document, token string) string { return token[:f.IntN(len(token))] }},
	{"its beginning lost", func(f forge, _ *document, token string) string { return token[1+f.IntN(len(token)-1):] }},
	{"a piece lost", func(f forge, _ *document, token string) string {
		i := f.IntN(len(token) - 1)
		return token[:i] + token[min(len(token), i+1+f.IntN(8)):]
	}},
	{"a piece twice", func(f forge, _ *document, token string) string {
		i := f.IntN(len(token) - 1)
		j := min(len(token), i+1+f.IntN(8))
		return token[:j] + token[i:]
	}},
	{"something in between", func(f forge, _ *document, token string) string {
		i := f.IntN(len(token) + 1)
		return token[:i] + f.pick([]string{" ", "\n", "\r\n", "\r", "\t", "\v", "\f", "\x00", "\u00a0", "\u200b", "\u2028", "\ufeff", "=", "+", "/", "%20", ".", "é", "А"}) + token[i:]
	}},
	{"padded", func(f forge, _ *document, token string) string {
		p := strings.Split(token, ".")
		i := f.IntN(3)
		p[i] += strings.Repeat("=", 1+f.IntN(3))
		return strings.Join(p, ".")
	}},
	{"standard base64", func(f forge, _ *document, token string) string {
		return strings.NewReplacer("-", "+", "_", "/").Replace(token)
	}},
	{"trailing bits", func(f forge, _ *document, token string) string { // of the same bytes
		p := strings.Split(token, ".")
		i := f.IntN(3)
		p[i] = f.sameBytes(p[i])
		return strings.Join(p, ".")
	}},
	{"more or fewer parts", func(f forge, _ *document, token string) string {
		p := strings.Split(token, ".")
		return f.pick([]string{token + ".", token + "." + p[2], "." + token, p[0] + "." + p[1], p[0] + ".." + p[2], p[0] + p[1] + "." + p[2], token + "." + token, p[0] + "..." + p[2], token + token})
	}},
	{"as JSON", func(f forge, _ *document, token string) string {
		p := strings.Split(token, ".")
		return f.pick([]string{`{"protected":"` + p[0] + `","payload":"` + p[1] + `","signature":"` + p[2] + `"}`, `"` + token + `"`, "[" + token + "]", "Bearer " + token})
	}},
	{"another letter case", func(f forge, _ *document, token string) string {
		b := []byte(token)
		for range 1 + f.IntN(3) {
			i := f.IntN(len(b))
			if b[i] >= 'A' && b[i] <= 'Z' || b[i] >= 'a' && b[i] <= 'z' {
				b[i] ^= 0x20
			}
		}
		return string(b)
	}},
	{"the signature's other form", func(f forge, _ *document, token string) string { // S + L, which a lax verifier takes
		return f.part(token, 2, func(b []byte) []byte { return append(b[:32:32], plusOrder(b[32:], 1+int64(f.IntN(7)))...) })
	}},
	{"a signature of points that prove nothing", func(f forge, _ *document, token string) string {
		return f.part(token, 2, func(b []byte) []byte {
			point := make([]byte, 32)
			point[0] = f.pickByte([]byte{0, 1, 0xec, 0xed, 0xee, 0x26, 0xc7})
			if f.IntN(2) == 0 {
				point[31] = 0x80
			}
			return append(point, append(make([]byte, 31), byte(f.IntN(2)))...)
		})
	}},
	{"another type", func(f forge, d *document, token string) string { // a genuine one, taken for another
		kinds := slices.DeleteFunc([]string{"key", "file", "answer"}, func(kind string) bool { return kind == d.Kind })
		return f.other(f.pick(kinds), token)
	}},
	{"asked for another product", func(f forge, d *document, token string) string {
		d.Product = f.pick([]string{otherCode, "", "Studio-Pro", "studio-pro ", "studio", "studio-pro2"})
		return token
	}},
	{"asked for another machine", func(f forge, d *document, token string) string {
		d.Fingerprint = f.pick([]string{"machine-2", "", "Machine-1", "machine-1 ", "machine-11"})
		return token
	}},
	{"asked at another time", func(f forge, d *document, token string) string {
		d.Now += f.pickInt([]int64{-1_000_000, 31 * 86_400, 400 * 86_400, 1 << 40})
		return token
	}},
	{"asked something else", func(f forge, d *document, token string) string {
		switch f.IntN(3) {
		case 0:
			d.Act = f.pick([]string{"activate", "heartbeat", "deactivate", ""})
		case 1:
			d.Nonce = f.pick([]string{"nonce-2-of-a-test", "", "nonce-1-of-a-tes"})
		case 2:
			d.Key = f.other("key", d.Key)
		}
		return token
	}},
	{"armour", func(f forge, d *document, token string) string {
		genuine := d.Text
		d.Text = f.pick([]string{
			strings.ReplaceAll(genuine, "\n", "\r\n"), strings.TrimSuffix(genuine, "\n"), genuine + "\n", "\n" + genuine, " " + genuine, "\ufeff" + genuine, genuine + genuine,
			strings.ReplaceAll(genuine, "LICENSE", "license"), strings.ReplaceAll(genuine, "-----", "----"), strings.ReplaceAll(genuine, "LICENSE FILE", "LICENSE KEY"),
			strings.Replace(genuine, "\n", "\n\n", 1), strings.Replace(genuine, "\n", "\nComment: x\n", 1), token, token + "\n", "-----BEGIN LICENSE FILE-----\n" + token,
			genuine[:1+f.IntN(len(genuine)-1)], genuine[1+f.IntN(len(genuine)-1):], wrapped(genuine, token, 16+f.IntN(80)), flip(f, genuine),
		})
		return ""
	}},
}

// mutants are at least n different keys and files, and answers beside them.
func mutants(w *world, n int) []document {
	f := forge{rand.New(rand.NewPCG(1, 2)), w}
	known := map[document]bool{}
	for _, d := range w.genuine {
		d.how = ""
		known[d] = true
	}
	var all []document
	for keysAndFiles := 0; keysAndFiles < n; {
		d := w.genuine[f.IntN(len(w.genuine))]
		m := mutations[f.IntN(len(mutations))]
		if !concerns(m.how, d.Kind) {
			continue
		}
		token := d.Text
		if d.Kind == "file" {
			token = strings.Split(d.Text, "\n")[1]
		}
		if mutated := m.mutate(f, &d, token); d.Kind != "file" {
			d.Text = mutated
		} else if m.how != "armour" {
			d.Text = "-----BEGIN LICENSE FILE-----\n" + mutated + "\n-----END LICENSE FILE-----\n"
		}
		d.how = ""
		if known[d] {
			continue
		}
		known[d] = true
		d.how = m.how
		all = append(all, d)
		if d.Kind != "answer" {
			keysAndFiles++
		}
	}
	return all
}

// concerns tells which kinds a mutation means something for: a key says nothing of machines and times.
func concerns(how, kind string) bool {
	switch how {
	case "asked for another machine":
		return kind != "key"
	case "asked at another time", "armour":
		return kind == "file"
	case "asked something else":
		return kind == "answer"
	}
	return true
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// flip changes a bit of the text, so that it stays text.
func flip(f forge, s string) string {
	b := []byte(s)
	b[f.IntN(len(b))] ^= 1 << f.IntN(7)
	return string(b)
}

func (f forge) flipBit(b []byte) []byte {
	b[f.IntN(len(b))] ^= 1 << f.IntN(8)
	return b
}

func (f forge) pick(all []string) string  { return all[f.IntN(len(all))] }
func (f forge) pickByte(all []byte) byte  { return all[f.IntN(len(all))] }
func (f forge) pickInt(all []int64) int64 { return all[f.IntN(len(all))] }
func (f forge) attacker() ed25519.PrivateKey {
	return licensekey.DeriveKey([]byte(strings.Repeat("evil", 10)), 1)
}
func (f forge) signed(header, p string) string {
	return header + "." + p + "." + b64(ed25519.Sign(f.attacker(), []byte(header+"."+p)))
}

// part changes the bytes of one part of a token.
func (f forge) part(token string, i int, change func([]byte) []byte) string {
	p := strings.Split(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(p[i])
	if err != nil {
		panic(err)
	}
	p[i] = b64(change(b))
	return strings.Join(p, ".")
}

func (f forge) members(token string, i int, change func(map[string]any)) string {
	return f.part(token, i, func(b []byte) []byte {
		members := map[string]any{}
		if err := json.Unmarshal(b, &members); err != nil {
			panic(err)
		}
		change(members)
		b, err := json.Marshal(members)
		if err != nil {
			panic(err)
		}
		return b
	})
}

func (f forge) header(token string, change func(map[string]any)) string {
	return f.members(token, 0, change)
}

func (f forge) claim(token, name string, value any) string {
	return f.members(token, 1, func(claims map[string]any) { claims[name] = value })
}

// changed is a payload that says something else.
func (f forge) changed(payload string) string {
	token := f.claim("e30."+payload+".e30", f.pick([]string{"sub", "seats", "x"}), f.IntN(1_000_000))
	return strings.Split(token, ".")[1]
}

// other is a genuine token of a kind that is not this one.
func (f forge) other(kind, token string) string {
	for {
		d := f.w.genuine[f.IntN(len(f.w.genuine))]
		text := d.Text
		if d.Kind == "file" {
			text = strings.Split(text, "\n")[1]
		}
		if d.Kind == kind && text != token {
			return text
		}
	}
}

// kids are the published key ids but one, and some others.
func (f forge) kids(but string, others ...string) []string {
	for kid := range f.w.ring {
		if kid != but {
			others = append(others, kid)
		}
	}
	slices.Sort(others)
	return others
}

// secrets are what somebody who knows the public keys could take for an HMAC's.
func (f forge) secrets() (all []string) {
	for _, key := range f.w.ring {
		all = append(all, string(key), b64(key), base64.StdEncoding.EncodeToString(key))
	}
	slices.Sort(all)
	return append(all, "", string(f.w.ring.JWKS()))
}

// sameBytes spells the same bytes in another way, by the bits that decoding drops.
func (f forge) sameBytes(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	free := map[int]int{2: 16, 3: 4}[len(s)%4] // how many spellings the last character has
	if free == 0 {
		return s
	}
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + string(alphabet[last-last%free+f.IntN(free)])
}

// plusOrder adds n times the order of the group to a little-endian number.
func plusOrder(s []byte, n int64) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	big := new(big.Int).SetBytes(reversed(s))
	sum := big.Add(big, order.Mul(order, bigInt(n))).Bytes()
	if len(sum) > 32 {
		sum = sum[len(sum)-32:]
	}
	out := reversed(sum)
	return append(out, make([]byte, 32-len(out))...)
}

func bigInt(n int64) *big.Int { return big.NewInt(n) }

func reversed(b []byte) []byte {
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}

// wrapped breaks the token of a file into lines.
func wrapped(genuine, token string, width int) string {
	var lines []string
	for part := range slices.Chunk([]byte(token), width) {
		lines = append(lines, string(part))
	}
	return strings.Replace(genuine, token, strings.Join(lines, "\n"), 1)
}

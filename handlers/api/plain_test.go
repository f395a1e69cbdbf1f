package api

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const plainOne = `{"key":"k.k.k","product":"studio-pro","fingerprint":"machine-1","nonce":"12345678"}`

func TestPlainQuestion(t *testing.T) {
	want := KeyQuestion{Key: "k.k.k", Product: "studio-pro", Fingerprint: "machine-1", Nonce: "12345678"}
	for _, body := range []string{plainOne, " \t\r\n" + strings.NewReplacer(`:`, " :\n ", `,`, "\t,\r", "{", "{ ", "}", " } ").Replace(plainOne) + "\n", `{"nonce":"12345678","fingerprint":"machine-1","product":"studio-pro","key":"k.k.k"}`} {
		if got, ok := plainQuestion(body); !ok || got != want {
			t.Errorf("%s: %+v, %t", body, got, ok)
		}
	}
	for _, body := range []string{
		"", "{}", "null", "[" + plainOne + "]", plainOne + plainOne, plainOne[1:], plainOne[:len(plainOne)-1], "\ufeff" + plainOne, plainOne + "\x00",
		strings.Replace(plainOne, `"key"`, `"Key"`, 1), strings.Replace(plainOne, `"k.k.k"`, `""`, 1), strings.Replace(plainOne, `"k.k.k"`, `1`, 1), strings.Replace(plainOne, `"k.k.k"`, `null`, 1),
		strings.Replace(plainOne, `{`, `{"key":"other",`, 1), strings.Replace(plainOne, `}`, `,"seats":5}`, 1), strings.Replace(plainOne, `}`, `,}`, 1), strings.Replace(plainOne, `,`, `,,`, 1),
		strings.Replace(plainOne, `"nonce"`, `"key"`, 1), strings.Replace(plainOne, `k.k.k`, `k\u002ek.k`, 1), strings.Replace(plainOne, `k.k.k`, "k\nk.k", 1), strings.Replace(plainOne, `k.k.k`, "ké", 1),
		strings.Replace(plainOne, `machine-1`, `short`, 1), strings.Replace(plainOne, `12345678`, `1234567`, 1), strings.Replace(plainOne, `k.k.k`, strings.Repeat("k", 1025), 1),
		strings.Replace(plainOne, `studio-pro`, strings.Repeat("p", 129), 1),
	} {
		if got, ok := plainQuestion(body); ok {
			t.Errorf("%s is plain: %+v", body, got)
		}
	}
}

// What is plain, JSON's own reader reads in the same way.
func TestPlainQuestionsAreJSON(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"{", "}", ",", ":", `"`, `\`, " ", "\n", "k", "é", "1", "null", "[", "]", `"key"`, `"nonce":"12345678"`, `"fingerprint":"machine-1"`, `"product":"p"`, `"key":"k"`})
	rapid.Check(t, func(t *rapid.T) {
		body := plainOne
		if rapid.Bool().Draw(t, "made") {
			body = "{" + strings.Join(rapid.SliceOfN(pieces, 0, 9).Draw(t, "pieces"), "")
		} else {
			at := rapid.IntRange(0, len(body)).Draw(t, "at")
			body = body[:at] + pieces.Draw(t, "piece") + body[min(len(body), at+rapid.IntRange(0, 3).Draw(t, "less")):]
		}
		got, ok := plainQuestion(body)
		if !ok {
			return
		}
		var want KeyQuestion
		d := json.NewDecoder(strings.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&want); err != nil || d.More() || got != want {
			t.Fatalf("%q is %+v, JSON has %+v, %v", body, got, want, err)
		}
	})
}

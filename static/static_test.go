package static_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"reselling/static"
)

var names = []string{"app.css", "app.js", "htmx.min.js", "favicon.svg", "logo.svg"}

func ask(t *testing.T, method, path, encoding string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestURLNamesTheContent(t *testing.T) {
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		base, ext, _ := strings.Cut(name, ".")
		if name == "htmx.min.js" {
			base, ext = "htmx.min", "js"
		}
		if want := "/static/" + base + "." + hex.EncodeToString(sum[:6]) + "." + ext; static.URL(name) != want {
			t.Errorf("URL(%s) = %s, want %s", name, static.URL(name), want)
		}
	}
}

func TestURLPanicsOnAnUnknownName(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an unknown name did not panic")
		}
	}()
	static.URL("app.css.map")
}

func TestHandlerServesForGood(t *testing.T) {
	kinds := map[string]string{"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "htmx.min.js": "text/javascript; charset=utf-8", "favicon.svg": "image/svg+xml", "logo.svg": "image/svg+xml"}
	for _, name := range names {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for encoding, zipped := range map[string]bool{"": false, "br": false, "gzip;q=0": false, "gzip; q=0.0, *": false, "gzip": true, "br, GZIP;q=0.5": true, "*": true} {
			res := ask(t, http.MethodGet, static.URL(name), encoding)
			var body io.Reader = res.Body
			if got := res.Header.Get("Content-Encoding") == "gzip"; got != zipped {
				t.Errorf("%s with %q: gzip is %t, want %t", name, encoding, got, zipped)
			} else if zipped {
				if body, err = gzip.NewReader(res.Body); err != nil {
					t.Fatal(err)
				}
			}
			got, err := io.ReadAll(body)
			if err != nil || string(got) != string(want) {
				t.Errorf("%s with %q: %d bytes (%v), want the file's %d", name, encoding, len(got), err, len(want))
			}
			for header, value := range map[string]string{
				"Content-Type": kinds[name], "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff",
			} {
				if res.Header.Get(header) != value {
					t.Errorf("%s: %s is %q, want %q", name, header, res.Header.Get(header), value)
				}
			}
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	for _, path := range []string{"/static/", "/static/app.css", "/static/app.000000000000.css", "/static/../go.mod", "/static/src/app.css", "/static/static.go"} {
		if res := ask(t, http.MethodGet, path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", path, res.StatusCode)
		}
	}
	res := ask(t, http.MethodPost, static.URL("app.css"), "")
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q; want 405 and GET, HEAD", res.StatusCode, res.Header.Get("Allow"))
	}
}

func TestHeadHasNoBody(t *testing.T) {
	res := ask(t, http.MethodHead, static.URL("app.css"), "gzip")
	if b, _ := io.ReadAll(res.Body); len(b) != 0 || res.ContentLength < 1000 {
		t.Errorf("HEAD: %d bytes of body, Content-Length %d", len(b), res.ContentLength)
	}
}

// TestFirstLoadIsSmall leaves 20 KB of the 60 KB of a first load to the page itself.
func TestFirstLoadIsSmall(t *testing.T) {
	total := int64(0)
	for name, most := range map[string]int64{"app.css": 14_000, "app.js": 6_000, "htmx.min.js": 18_000, "favicon.svg": 1_000} {
		size := ask(t, http.MethodGet, static.URL(name), "gzip").ContentLength
		if size > most {
			t.Errorf("%s is %d bytes on the wire, at most %d", name, size, most)
		}
		total += size
	}
	if total > 40_000 {
		t.Errorf("the assets of a first load are %d bytes on the wire, at most 40,000", total)
	}
}

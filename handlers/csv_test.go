package handlers

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

func exported(t *testing.T, rows func(write func(...string) error) error) (*httptest.ResponseRecorder, error) {
	t.Helper()
	recorder := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/clients?format=csv", nil), recorder)
	return recorder, writeCSV(c, "clients of \"Acme\"\r\n.csv", []string{"Company", "Notes"}, rows)
}

func TestHostileCellsDoNotOpenAsFormulas(t *testing.T) {
	hostile := map[string]string{
		`=HYPERLINK("http://evil.example")`: `'=HYPERLINK("http://evil.example")`,
		"+1":                                "'+1",
		"-1+1":                              "'-1+1",
		"-1050.00":                          "-1050.00",
		"+1050.00":                          "'+1050.00",
		"-7":                                "-7",
		"-":                                 "'-",
		"--1":                               "'--1",
		"-1.0.0":                            "'-1.0.0",
		"-1e5":                              "'-1e5",
		"-1,5":                              "'-1,5",
		"-1\t":                              "'-1\t",
		"-1\n":                              "'-1\n",
		"-.5":                               "'-.5",
		" -1":                               "' -1",
		"-١":                                "'-١",
		"@SUM(A1)":                          "'@SUM(A1)",
		"\tx":                               "'\tx",
		"\rx":                               "'\rx",
		"  =1+1":                            "'  =1+1",
		"\u00a0=1+1":                        "'\u00a0=1+1",
		"\n=1+1":                            "'\n=1+1",
		"\x00=1+1":                          "'\x00=1+1",
		"＝1+1":                              "'＝1+1",
		`a,"b";c`:                           `a,"b";c`,
		"two\nlines":                        "two\nlines",
		"Ünïcödé 🚀 \u202e":                  "Ünïcödé 🚀 \u202e",
		"'quoted":                           "'quoted",
		"":                                  "",
		"1 = 1":                             "1 = 1",
		"info@acme.example":                 "info@acme.example",
		strings.Repeat("x", 10_000):         strings.Repeat("x", 10_000),
	}
	for cell, want := range hostile {
		recorder, err := exported(t, func(write func(...string) error) error { return write(cell, "last") })
		if err != nil {
			t.Fatal(err)
		}
		body, ok := bytes.CutPrefix(recorder.Body.Bytes(), []byte("\xef\xbb\xbf"))
		if !ok {
			t.Error("the file does not say that it is UTF-8")
		}
		table, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		want = strings.ReplaceAll(want, "\r", "") // the reader and spreadsheets drop it at a line's end
		if len(table) != 2 || !slices.Equal(table[0], []string{"Company", "Notes"}) || strings.ReplaceAll(table[1][0], "\r", "") != want || table[1][1] != "last" {
			t.Errorf("%q opens as %q, want %q", cell, table[1:], want)
		}
	}
}

func TestExportIsAFileThatNobodyKeeps(t *testing.T) {
	recorder, err := exported(t, func(func(...string) error) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Content-Type":        "text/csv; charset=utf-8",
		"Content-Disposition": `attachment; filename="clients-of-Acme-.csv"`,
		"Cache-Control":       "no-store",
	} {
		if got := recorder.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestFailedExportIsNeverHalfAFile(t *testing.T) {
	broken := errors.New("the database has gone")
	recorder, err := exported(t, func(func(...string) error) error { return broken })
	if !errors.Is(err, broken) || recorder.Body.Len() > 0 || recorder.Header().Get("Content-Disposition") != "" {
		t.Errorf("failing at once: %v, %d bytes, %v", err, recorder.Body.Len(), recorder.Header())
	}

	defer func() {
		if e, ok := recover().(error); !ok || !errors.Is(e, http.ErrAbortHandler) || !errors.Is(e, broken) {
			t.Errorf("failing half way, the connection is not cut: %v", e)
		}
	}()
	_, _ = exported(t, func(write func(...string) error) error {
		for range 10_000 {
			if err := write("Initrode", "a row"); err != nil {
				return err
			}
		}
		return broken
	})
	t.Error("failing half way looks like a whole file")
}

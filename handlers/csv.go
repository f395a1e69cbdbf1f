package handlers

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
)

var (
	notInFileName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)
	// Spreadsheets skip blanks before a formula, and some read the full-width signs too.
	opensFormula = regexp.MustCompile(`^[\t\r]|^[\s\p{Z}\x00-\x1f]*[=+\-@＝＋－＠]`)
	// An amount below zero is a number everywhere, and nothing to be computed.
	plainNumber = regexp.MustCompile(`\A-[0-9]+(\.[0-9]+)?\z`)
)

// writeCSV sends a table as the file name.csv, row by row as rows writes them.
// It begins with a byte order mark, by which spreadsheets know UTF-8, and no cell
// opens as a formula. An error before the first rows are out becomes an error
// page; a later one cuts the connection, so that no half file looks whole.
func writeCSV(c echo.Context, name string, header []string, rows func(write func(...string) error) error) error {
	out := bufio.NewWriterSize(&csvBody{c: c, name: notInFileName.ReplaceAllString(strings.TrimSuffix(name, ".csv"), "-")}, 32<<10)
	if _, err := out.WriteString("\ufeff"); err != nil {
		return err
	}
	table := csv.NewWriter(out)
	table.UseCRLF = true
	write := func(cells ...string) error {
		plain := make([]string, len(cells))
		for i, cell := range cells {
			plain[i] = withoutFormula(cell)
		}
		return table.Write(plain)
	}
	err := write(header...)
	if err == nil {
		err = rows(write)
	}
	if err == nil {
		table.Flush()
		err = table.Error()
	}
	if err == nil {
		err = out.Flush()
	}
	switch {
	case err == nil || !c.Response().Committed:
		return err
	case c.Request().Context().Err() != nil: // nobody is left to read it
		panic(http.ErrAbortHandler)
	}
	panic(fmt.Errorf("export %s: %w: %w", name, err, http.ErrAbortHandler))
}

// csvBody writes the headers of a file once there is something to send.
type csvBody struct {
	c    echo.Context
	name string
}

func (b *csvBody) Write(p []byte) (int, error) {
	response := b.c.Response()
	if !response.Committed {
		h := response.Header()
		h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
		h.Set(echo.HeaderContentDisposition, `attachment; filename="`+b.name+`.csv"`)
		h.Set(echo.HeaderCacheControl, "no-store")
		response.WriteHeader(http.StatusOK)
	}
	return response.Write(p)
}

// withoutFormula returns cell so that no spreadsheet takes it for a formula. A plain
// number stays one, so that it can be summed up.
func withoutFormula(cell string) string {
	if opensFormula.MatchString(cell) && !plainNumber.MatchString(cell) {
		return "'" + cell
	}
	return cell
}

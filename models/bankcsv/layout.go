// Package bankcsv reads the statements that banks give as CSV: it finds out how
// a file is written, and returns its lines. It is pure.
package bankcsv

import (
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The limits of a statement.
const (
	MaxBytes   = 512 << 10
	MaxRows    = 5000
	maxColumns = 60
	maxCell    = 500 // runes; what is more is cut
)

// Layout is how a statement is written. Columns count from 1; 0 is none.
type Layout struct {
	Encoding  Encoding `json:"encoding"`
	Delimiter string   `json:"delimiter"`
	Header    int      `json:"header"` // the row with the names of the columns; what is above it is no line
	Day       int      `json:"day"`
	Amount    int      `json:"amount"` // with a sign; or In and Out
	In        int      `json:"in"`
	Out       int      `json:"out"`
	Currency  int      `json:"currency"`
	Payer     int      `json:"payer"`
	Text      int      `json:"text"`
	More      int      `json:"more"` // a second column of text
	Reference int      `json:"reference"`
	Days      DayOrder `json:"days"`
	Decimal   string   `json:"decimal"`         // "," or "."
	InOne     string   `json:"currency_of_all"` // the currency of lines that name none
}

// DayOrder is how days are written; empty where it can't be told.
type DayOrder string

// The orders.
const (
	YearFirst  DayOrder = "ymd"
	DayFirst   DayOrder = "dmy"
	MonthFirst DayOrder = "mdy"
)

// DayOrders lists the orders in the order of a menu.
var DayOrders = []DayOrder{YearFirst, DayFirst, MonthFirst}

// Delimiters are those that are known.
var Delimiters = []string{",", ";", "\t", "|"}

// Errors of a text that is no statement.
var (
	ErrTooLarge = errors.New("the statement is too large")
	ErrNoTable  = errors.New("no table with several columns")
	ErrNoLine   = errors.New("no line with a day and an amount")
)

// Detect finds out how a statement is written. Days is empty where 03/04/2026
// could be either.
func Detect(content []byte) (Layout, error) {
	if len(content) > MaxBytes {
		return Layout{}, ErrTooLarge
	}
	l := Layout{Encoding: encodingOf(content)}
	text, err := decode(content, l.Encoding)
	if err != nil {
		return l, err
	}
	rows, err := l.detectRows(text)
	if err != nil {
		return l, err
	}
	l.detectHeader(rows)
	data := rows[l.Header:]
	l.byContent(data)
	if l.Header > 0 && l.Currency == 0 {
		l.InOne = currencyIn(rows[l.Header-1])
	}
	l.Days = dayOrder(data, l.Day)
	l.Decimal = decimalOf(data, l.Amount, l.In, l.Out)
	if !slices.ContainsFunc(rows, func(row []string) bool {
		return slices.ContainsFunc(row, looksLikeDay) && slices.ContainsFunc(row, looksLikeAmount)
	}) {
		return l, ErrNoLine
	}
	return l, nil
}

// Table is a statement as it is written.
type Table struct {
	Names []string   // of the columns, or "Column 1", …
	Rows  [][]string // below the names
	First int        // the number of the first of Rows
}

// Table returns the rows of a statement by its layout.
func (l Layout) Table(content []byte) (Table, error) {
	text, err := decode(content, l.Encoding)
	if err != nil {
		return Table{}, err
	}
	rows, err := rowsOf(text, l.Delimiter)
	if err != nil {
		return Table{}, err
	}
	header := min(max(l.Header, 0), len(rows))
	t := Table{Rows: rows[header:], First: header + 1}
	widest := 0
	for _, r := range rows {
		widest = max(widest, len(r))
	}
	t.Names = make([]string, widest)
	if header > 0 {
		copy(t.Names, rows[header-1])
	}
	return t, nil
}

// Signature tells statements of one kind from others, by the names of the columns.
func (t Table) Signature() string {
	var names []string
	for _, n := range t.Names {
		names = append(names, fold(n))
	}
	return strings.Join(names, "|")
}

// detectRows chooses the delimiter by which most rows have the same number of
// columns, more than one.
func (l *Layout) detectRows(text string) ([][]string, error) {
	var best [][]string
	most := 0
	for _, d := range Delimiters {
		rows, err := rowsOf(text, d)
		if err != nil {
			return nil, err
		}
		widths := map[int]int{}
		for _, r := range rows {
			widths[len(r)]++
		}
		score := 0
		for width, n := range widths {
			if width > 1 {
				score = max(score, n*min(width, 6))
			}
		}
		if score > most {
			most, best, l.Delimiter = score, rows, d
		}
	}
	if most == 0 {
		return nil, ErrNoTable
	}
	return best, nil
}

func rowsOf(text, delimiter string) ([][]string, error) {
	if !slices.Contains(Delimiters, delimiter) {
		delimiter = ","
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.TrimLeadingSpace = rune(delimiter[0]), true, -1, delimiter != "\t"
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, ErrNoTable
		}
		if len(rows) == MaxRows || len(row) > maxColumns {
			return nil, ErrTooLarge
		}
		for i, cell := range row {
			row[i] = clean(cell)
		}
		rows = append(rows, row)
	}
}

// clean makes one line of a cell, without what does not print.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxCell {
		s = string(runes[:maxCell])
	}
	return norm.NFC.String(s)
}

// fold is how names of columns are compared.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case !unicode.IsMark(r):
			b.WriteByte(' ')
		}
	}
	return strings.NewReplacer("ø", "o", "æ", "ae", "ß", "ss").Replace(strings.Join(strings.Fields(b.String()), " "))
}

// role is what a column is.
type role int

const (
	dayRole role = iota
	amountRole
	inRole
	outRole
	currencyRole
	payerRole
	textRole
	moreRole
	referenceRole
)

// names are what banks call their columns, the better ones first.
var names = map[role][]string{
	dayRole:       {"booking date", "buchungstag", "buchungsdatum", "transaction date", "posting date", "bogforingsdato", "bogfort", "fecha operacion", "date operation", "completed date", "datum", "date", "fecha", "dato", "day", "value date", "valutadatum", "wertstellung", "valuta"},
	amountRole:    {"amount", "betrag", "umsatz", "importe", "belob", "montant", "importo", "bedrag", "transaction amount"},
	inRole:        {"credit", "credit amount", "paid in", "money in", "deposit", "haben", "gutschrift", "eingang", "abono", "haber", "ingreso", "indbetaling"},
	outRole:       {"debit", "debit amount", "paid out", "money out", "withdrawal", "soll", "belastung", "ausgang", "cargo", "debe", "udbetaling"},
	currencyRole:  {"currency", "wahrung", "waehrung", "divisa", "moneda", "devise", "ccy"},
	payerRole:     {"payer", "sender", "remitter", "debtor", "counterparty", "beguenstigter zahlungspflichtiger", "begunstigter zahlungspflichtiger", "zahlungspflichtiger", "zahlungspflichtige r", "auftraggeber", "auftraggeber empfanger", "ordenante", "afsender", "counterparty name", "partner name", "name", "nombre", "navn", "from"},
	textRole:      {"verwendungszweck", "remittance information", "purpose", "payment details", "details", "description", "concepto", "narrative", "text", "tekst", "libelle", "message", "memo", "buchungstext"},
	moreRole:      {"payment reference", "reference", "referenz", "referencia", "kundenreferenz", "customer reference", "ref"},
	referenceRole: {"transaction id", "bank reference", "transaction reference", "transaction number", "unique id", "fitid", "id"},
}

// detectHeader finds the row that names the columns, if one does.
func (l *Layout) detectHeader(rows [][]string) {
	best := 1 // one known name may be chance
	for n, row := range rows[:min(len(rows), 40)] {
		if slices.ContainsFunc(row, looksLikeDay) {
			continue
		}
		found := Layout{}
		if score := found.name(row); score > best {
			best, l.Header = score, n+1
		}
	}
	if l.Header > 0 {
		l.name(rows[l.Header-1])
	}
}

// name takes columns by their names and returns how many it knew.
func (l *Layout) name(row []string) (known int) {
	taken := map[int]bool{}
	for r := dayRole; r <= referenceRole; r++ {
		into := l.column(r)
		*into = 0
		for _, exact := range []bool{true, false} {
			for _, name := range names[r] {
				for i, cell := range row {
					got := fold(cell)
					if *into == 0 && !taken[i] && (got == name || !exact && len(name) > 3 && strings.HasPrefix(got, name+" ")) {
						*into, taken[i] = i+1, true
						known++
					}
				}
			}
		}
	}
	return known
}

func (l *Layout) column(r role) *int {
	return map[role]*int{
		dayRole: &l.Day, amountRole: &l.Amount, inRole: &l.In, outRole: &l.Out, currencyRole: &l.Currency, payerRole: &l.Payer, textRole: &l.Text, moreRole: &l.More, referenceRole: &l.Reference,
	}[r]
}

var (
	currencyCode  = regexp.MustCompile(`^[A-Z]{3}$`)
	currencyOfAll = regexp.MustCompile(`[^A-Za-z]([A-Z]{3})\)?$`)
)

// byContent finds by their content the columns that no name has told: day, amount
// and text. A reference is one only if every line has its own.
func (l *Layout) byContent(data [][]string) {
	widest := 0
	for _, r := range data {
		widest = max(widest, len(r))
	}
	count := func(column int, is func(string) bool) (n int) {
		for _, r := range data {
			if column < len(r) && is(r[column]) {
				n++
			}
		}
		return n
	}
	most := func(is func(string) bool) int {
		best, at := 0, 0
		for c := range widest {
			if n := count(c, is); n > best && !l.has(c+1) {
				best, at = n, c+1
			}
		}
		return at
	}
	if l.Day == 0 {
		l.Day = most(looksLikeDay)
	}
	if l.Amount == 0 && l.In == 0 {
		l.Amount = most(func(s string) bool { return looksLikeAmount(s) && strings.ContainsAny(s, ".,") })
	}
	if l.Amount == 0 && l.In == 0 {
		l.Amount = most(looksLikeAmount)
	}
	if l.Amount > 0 {
		l.In, l.Out = 0, 0
	}
	if l.Currency == 0 {
		l.Currency = most(currencyCode.MatchString)
	}
	if l.Text == 0 {
		l.Text = most(func(s string) bool { return len(s) > 12 && strings.ContainsFunc(s, unicode.IsLetter) })
	}
	if l.Reference > 0 && !everyOneIsDifferent(data, l.Reference) {
		if l.More == 0 {
			l.More = l.Reference
		}
		l.Reference = 0
	}
}

// currencyIn is what a name such as "Amount (EUR)" says of all lines.
func currencyIn(names []string) string {
	for _, n := range names {
		if m := currencyOfAll.FindStringSubmatch(n); m != nil {
			return m[1]
		}
	}
	return ""
}

func (l *Layout) has(column int) bool {
	for r := dayRole; r <= referenceRole; r++ {
		if *l.column(r) == column {
			return true
		}
	}
	return false
}

func everyOneIsDifferent(data [][]string, column int) bool {
	seen := map[string]bool{}
	for _, r := range data {
		if column > len(r) { // a last row with a sum, say
			continue
		}
		if cell := r[column-1]; cell == "" || seen[cell] {
			return false
		}
		seen[r[column-1]] = true
	}
	return len(seen) > 0
}

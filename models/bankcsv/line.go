package bankcsv

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"reselling/models/money"
)

// Line is a line of a statement. Below zero money went out.
type Line struct {
	Row       int    // in the file
	Day       string // 2026-03-02
	Amount    money.Amount
	Payer     string
	Text      string
	Reference string // by which the bank, or what the line says, tells it from every other
	Problem   string // why it can't be read; then it has neither day nor amount
}

// maxReference is how many runes a reference has at most.
const maxReference = 180

// Lines reads the lines of a statement. Empty rows are none.
func (l Layout) Lines(content []byte) ([]Line, error) {
	t, err := l.Table(content)
	if err != nil {
		return nil, err
	}
	var lines []Line
	seen := map[string]bool{}
	for n, row := range t.Rows {
		if strings.Join(row, "") == "" {
			continue
		}
		line := l.line(row)
		line.Row = t.First + n
		if line.Problem == "" {
			if line.Reference == "" {
				line.Reference = line.derived()
			}
			first := line.Reference
			for times := 2; seen[ReferenceKey(line.Reference)]; times++ { // twice the same on one day: two payments
				line.Reference = fmt.Sprintf("%s (%d)", first, times)
			}
			seen[ReferenceKey(line.Reference)] = true
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// derived is a reference made of what the line says.
func (l Line) derived() string {
	s := l.Day + " " + l.Amount.Typed() + " " + l.Amount.Currency
	if l.Payer != "" {
		s += " " + l.Payer
	}
	if l.Text != "" {
		s += ": " + l.Text
	}
	if runes := []rune(s); len(runes) > maxReference {
		sum := sha256.Sum256([]byte(s))
		s = string(runes[:maxReference-10]) + "… " + hex.EncodeToString(sum[:4])
	}
	return s
}

func (l Layout) line(row []string) Line {
	cell := func(column int) string {
		if column < 1 || column > len(row) {
			return ""
		}
		return row[column-1]
	}
	line := Line{Payer: cell(l.Payer), Text: strings.TrimSpace(cell(l.Text) + " " + cell(l.More)), Reference: cell(l.Reference)}
	if runes := []rune(line.Reference); len(runes) > maxReference {
		line.Reference = string(runes[:maxReference])
	}
	currency := strings.ToUpper(cell(l.Currency))
	if !currencyCode.MatchString(currency) {
		currency = l.InOne
	}
	var err error
	if line.Day, err = parseDay(cell(l.Day), l.Days); err != nil {
		line.Problem = err.Error()
		return line
	}
	if line.Amount, err = l.amount(cell(l.Amount), cell(l.In), cell(l.Out), currency); err != nil {
		line.Problem, line.Day = err.Error(), ""
	}
	return line
}

func (l Layout) amount(both, in, out, currency string) (money.Amount, error) {
	if l.Amount > 0 {
		return parseAmount(both, l.Decimal, currency)
	}
	if in != "" {
		a, err := parseAmount(in, l.Decimal, currency)
		if err != nil || a.Minor != 0 || out == "" {
			return a, err
		}
	}
	a, err := parseAmount(out, l.Decimal, currency)
	if a.Minor > 0 {
		a.Minor = -a.Minor
	}
	return a, err
}

var (
	grouped   = map[string]*regexp.Regexp{".": regexp.MustCompile(`^([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?$`), ",": regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?$`)}
	anyAmount = regexp.MustCompile(`^[0-9][0-9.,]*$`)
)

// A currency stands at either end of an amount, as its code, its sign, or as people
// of the country write it.
const currencyWritten = `(?i:[a-z]{0,3}\p{Sc}|[a-z]{3}|kr\.?|zł|kč|ft|s?fr\.?|rs\.?|rm|r)`

var (
	framed       = regexp.MustCompile(`^([-+]?)(` + currencyWritten + `)?([-+]?)([0-9][0-9.,]*)([-+]?)(` + currencyWritten + `)?([-+]?)$`)
	writtenShort = []string{"SFR"} // of three letters, and no code
)

// bare is an amount without blanks, its one sign and its one currency; code is the
// currency's, where it stands there. What is more than that stays, and is no amount.
func bare(s string) (digits, code string, negative bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '−' || r == '–':
			return '-'
		case unicode.IsSpace(r), r == '\'', r == '’':
			return -1
		}
		return r
	}, s)
	inner, isNegative := strings.CutPrefix(s, "(")
	if isNegative {
		if inner, isNegative = strings.CutSuffix(inner, ")"); !isNegative {
			return s, "", false
		}
	}
	m := framed.FindStringSubmatch(inner)
	if m == nil || m[2] != "" && m[6] != "" {
		return s, "", false
	}
	sign := m[1] + m[3] + m[5] + m[7]
	if len(sign) > 1 || isNegative && sign != "" {
		return s, "", false
	}
	if code = strings.ToUpper(m[2] + m[6]); !currencyCode.MatchString(code) || slices.Contains(writtenShort, code) {
		code = ""
	}
	return m[4], code, isNegative || sign == "-"
}

func parseAmount(s, decimal, currency string) (money.Amount, error) {
	digits, code, negative := bare(s)
	pattern, ok := grouped[decimal]
	if !ok {
		pattern = grouped["."]
	}
	parts := pattern.FindStringSubmatch(digits)
	if parts == nil || len(s) > 60 {
		return money.Amount{}, fmt.Errorf("“%s” is no amount", shortened(s))
	}
	if code != "" && code != currency {
		return money.Amount{}, fmt.Errorf("“%s” is no amount in %s", shortened(s), currency)
	}
	whole, rest := strings.NewReplacer(",", "", ".", "").Replace(parts[1]), parts[2]
	for len(rest) > money.Digits(currency) && strings.HasSuffix(rest, "0") {
		rest = strings.TrimSuffix(rest, "0")
	}
	if rest != "" {
		whole += "." + rest
	}
	a, err := money.Parse(whole, currency)
	if err != nil {
		return money.Amount{}, fmt.Errorf("“%s” is no amount in %s", shortened(s), currency)
	}
	if negative {
		a.Minor = -a.Minor
	}
	return a, nil
}

func shortened(s string) string {
	if runes := []rune(s); len(runes) > 30 {
		return string(runes[:30]) + "…"
	}
	return s
}

func looksLikeAmount(s string) bool {
	digits, _, _ := bare(s)
	return len(s) < 40 && anyAmount.MatchString(digits) && !looksLikeDay(s)
}

// decimalOf tells the decimal comma from the point by what amounts end in.
func decimalOf(data [][]string, columns ...int) string {
	commas, points := 0, 0
	for _, row := range data {
		for _, c := range columns {
			if c < 1 || c > len(row) {
				continue
			}
			digits, _, _ := bare(row[c-1])
			at := strings.LastIndexAny(digits, ".,")
			switch {
			case at < 0:
			case strings.Count(digits, digits[at:at+1]) > 1 || len(digits)-at == 4 && strings.IndexAny(digits, ".,") == at: // 1.234 may be either
			case digits[at] == ',':
				commas++
			default:
				points++
			}
		}
	}
	if commas > points {
		return ","
	}
	return "."
}

var (
	yearFirst  = regexp.MustCompile(`^([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})$`)
	yearLast   = regexp.MustCompile(`^([0-9]{1,2})([-/.])([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})$`)
	withMonths = []string{"2 Jan 2006", "02-Jan-2006", "2-Jan-06", "Jan 2, 2006", "2 January 2006", "January 2, 2006"}
)

// dayPart is a day without the time that may follow.
func dayPart(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "T")
	if first, _, ok := strings.Cut(s, " "); ok && strings.ContainsAny(first, "-/.") && !strings.ContainsFunc(first, unicode.IsLetter) {
		return first
	}
	return s
}

func looksLikeDay(s string) bool {
	_, err := parseDay(s, DayFirst)
	if err != nil {
		_, err = parseDay(s, MonthFirst)
	}
	return err == nil
}

func parseDay(s string, order DayOrder) (string, error) {
	part := dayPart(s)
	wrong := fmt.Errorf("“%s” is no day", shortened(s))
	if m := yearFirst.FindStringSubmatch(part); m != nil {
		return dayOf(m[1], m[2], m[3], wrong)
	}
	if m := yearLast.FindStringSubmatch(part); m != nil {
		year := m[4]
		if len(year) == 2 {
			year = "20" + year
		}
		if m[2] == "." { // nobody writes months first with points
			order = DayFirst
		}
		switch order {
		case DayFirst:
			return dayOf(year, m[3], m[1], wrong)
		case MonthFirst:
			return dayOf(year, m[1], m[3], wrong)
		case YearFirst:
		}
		return "", fmt.Errorf("is “%s” written with the day or the month first?", shortened(part))
	}
	for _, layout := range withMonths {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", wrong
}

func dayOf(year, month, day string, wrong error) (string, error) {
	y, _ := strconv.Atoi(year)
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if y < 1990 || y > 2200 || t.Day() != d || int(t.Month()) != m {
		return "", wrong
	}
	return t.Format(time.DateOnly), nil
}

// dayOrder tells whether days or months stand first: points mean days, a number
// above 12 tells; else it stays open.
func dayOrder(data [][]string, column int) DayOrder {
	order, dayed, monthed, open := YearFirst, 0, 0, false
	for _, row := range data {
		if column < 1 || column > len(row) {
			continue
		}
		m := yearLast.FindStringSubmatch(dayPart(row[column-1]))
		if m == nil {
			continue
		}
		first, _ := strconv.Atoi(m[1])
		second, _ := strconv.Atoi(m[3])
		switch {
		case m[2] == "." || first > 12:
			dayed++
		case second > 12:
			monthed++
		default:
			open = true
		}
	}
	switch {
	case dayed > monthed:
		order = DayFirst
	case monthed > dayed:
		order = MonthFirst
	case open || dayed > 0:
		order = ""
	}
	return order
}

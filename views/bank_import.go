package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"reselling/models"
	"reselling/models/bankcsv"
	"reselling/views/paths"
)

// BankUploadForm is a statement of the bank as pasted; a file comes beside it.
type BankUploadForm struct {
	Statement  string `form:"statement"`
	Currency   string `form:"currency"`
	RequestKey string `form:"request_key"`
}

// BankLinesForm is what was chosen for the lines of a page, side by side.
type BankLinesForm struct {
	Line     []string `form:"line"`
	Version  []string `form:"version"`
	Account  []string `form:"account"`
	Invoices []string `form:"invoices"`
	Take     []string `form:"take"` // the ids of the ticked ones
}

// Choices are what was chosen for each line.
func (f BankLinesForm) Choices() []models.BankChoice {
	at := func(all []string, n int) string {
		if n < len(all) {
			return all[n]
		}
		return ""
	}
	ticked := map[string]bool{}
	for _, id := range f.Take {
		ticked[id] = true
	}
	var all []models.BankChoice
	for n, id := range f.Line {
		version, err := strconv.Atoi(at(f.Version, n))
		if err != nil {
			version = -1 // no line has it
		}
		all = append(all, models.BankChoice{LineID: id, Account: at(f.Account, n), Invoices: at(f.Invoices, n), Take: ticked[id], Version: version})
	}
	return all
}

// BankLayoutForm is how a statement is read, as typed.
type BankLayoutForm struct {
	Encoding       string `form:"encoding"`
	Delimiter      string `form:"delimiter"`
	Header         string `form:"header"`
	Day            string `form:"day"`
	Amount         string `form:"amount_column"`
	In             string `form:"in"`
	Out            string `form:"out"`
	CurrencyColumn string `form:"currency_column"`
	Payer          string `form:"payer"`
	Text           string `form:"text"`
	More           string `form:"more"`
	Reference      string `form:"reference_column"`
	Days           string `form:"day_order"`
	Decimal        string `form:"decimal"`
	Currency       string `form:"currency"`
	Version        string `form:"version"`
}

// BankLayoutFormOf shows l.
func BankLayoutFormOf(l bankcsv.Layout, version int) BankLayoutForm {
	n := func(column int) string {
		if column == 0 {
			return ""
		}
		return strconv.Itoa(column)
	}
	return BankLayoutForm{
		Encoding: string(l.Encoding), Delimiter: delimiterNames[l.Delimiter], Header: strconv.Itoa(l.Header), Day: n(l.Day), Amount: n(l.Amount), In: n(l.In), Out: n(l.Out), CurrencyColumn: n(l.Currency),
		Payer: n(l.Payer), Text: n(l.Text), More: n(l.More), Reference: n(l.Reference), Days: string(l.Days), Decimal: l.Decimal, Currency: l.InOne, Version: strconv.Itoa(version),
	}
}

// delimiterNames stand in forms for what a browser would trim.
var delimiterNames = map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

// Layout is the layout as typed; what is no number is none.
func (f BankLayoutForm) Layout() models.BankLayout {
	n := func(s string) int {
		i, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil && s != "" {
			return -1
		}
		return i
	}
	l := models.BankLayout{Version: n(f.Version)}
	l.Layout = bankcsv.Layout{
		Encoding: bankcsv.Encoding(f.Encoding), Header: n(f.Header), Day: n(f.Day), Amount: n(f.Amount), In: n(f.In), Out: n(f.Out), Currency: n(f.CurrencyColumn),
		Payer: n(f.Payer), Text: n(f.Text), More: n(f.More), Reference: n(f.Reference), Days: bankcsv.DayOrder(f.Days), Decimal: f.Decimal, InOne: f.Currency,
	}
	for sign, name := range delimiterNames {
		if f.Delimiter == name {
			l.Delimiter = sign
		}
	}
	return l
}

// BankImportsPage is the list of the uploaded statements.
type BankImportsPage struct {
	Page models.Page[models.BankImportRow]
	Nav  ListNav
}

// BankImportPage is one statement with a page of its lines.
type BankImportPage struct {
	models.BankImportView
	Nav         ListNav
	AskPassword bool
	Form        *BankLinesForm // that was refused
	Problem     *models.Error
}

// line is a line with what was typed for it, if the form was refused; where
// somebody else has chosen meanwhile, theirs stays and yours is told beside it.
func (p BankImportPage) line(l models.BankLineOf) (line models.BankLineOf, yours string) {
	if p.Form == nil {
		return l, ""
	}
	for _, c := range p.Form.Choices() {
		switch {
		case c.LineID != l.ID:
		case c.Version != l.Version:
			return l, c.Account + ", " + c.Invoices
		default:
			l.Account, l.Invoices, l.Taken = c.Account, c.Invoices, c.Take
			if m := fieldMessage(p.Problem, "account"); m != "" && len(c.Account) > 200 {
				l.Problem = m
			}
			if m := fieldMessage(p.Problem, "invoices"); m != "" && len(c.Invoices) > 4000 {
				l.Failure = m
			}
		}
	}
	return l, ""
}

func (p BankImportPage) tabs() []Tab {
	var all []Tab
	for _, s := range models.BankLineStates {
		n := map[models.BankLineState]int{models.BankLinesOpen: p.Open, models.BankLinesRecorded: p.Recorded, models.BankLinesLeftOut: p.LeftOut}[s]
		all = append(all, Tab{Label: bankStateNames[s], Href: paths.With(paths.AdminBankImport(p.ID), "state", string(s)), Current: p.State == s, Count: n})
	}
	return all
}

var bankStateNames = map[models.BankLineState]string{models.BankLinesOpen: "To decide", models.BankLinesRecorded: "Recorded", models.BankLinesLeftOut: "Left out"}

// BankColumnsPage corrects how a statement is read.
type BankColumnsPage struct {
	models.BankImportView
	Form    BankLayoutForm
	Problem *models.Error
}

func (p BankColumnsPage) columns(none string) []Option {
	options := []Option{{"", none, ""}}
	for n, name := range p.Columns {
		label := "Column " + strconv.Itoa(n+1)
		if name != "" {
			label += ": " + shortened(name, 40)
		}
		if len(p.Sample) > 0 && n < len(p.Sample[0]) && p.Sample[0][n] != "" {
			label += " (" + shortened(p.Sample[0][n], 30) + ")"
		}
		options = append(options, Option{strconv.Itoa(n + 1), label, ""})
	}
	return options
}

var encodingOptions = []Option{
	{string(bankcsv.UTF8), "UTF-8", ""}, {string(bankcsv.Windows1252), "Windows (Western Europe)", ""}, {string(bankcsv.UTF16LE), "UTF-16", ""}, {string(bankcsv.UTF16BE), "UTF-16, big-endian", ""},
}

var delimiterOptions = []Option{{"comma", "Comma", ""}, {"semicolon", "Semicolon", ""}, {"tab", "Tab", ""}, {"bar", "Vertical bar", ""}}

var dayOrderNames = map[bankcsv.DayOrder]string{bankcsv.DayFirst: "Day first: 31.12.2026 or 31/12/2026", bankcsv.MonthFirst: "Month first: 12/31/2026", bankcsv.YearFirst: "Year first: 2026-12-31"}

func dayOrderOptions() []Option {
	var options []Option
	for _, o := range []bankcsv.DayOrder{bankcsv.DayFirst, bankcsv.MonthFirst, bankcsv.YearFirst} {
		options = append(options, Option{string(o), dayOrderNames[o], ""})
	}
	return options
}

var decimalOptions = []Option{{".", "Point: 1,234.50", ""}, {",", "Comma: 1.234,50", ""}}

// layoutText says how a statement is read.
func layoutText(l bankcsv.Layout) string {
	form := BankLayoutFormOf(l, 0)
	return optionLabel(encodingOptions, form.Encoding) + ", " + strings.ToLower(optionLabel(delimiterOptions, form.Delimiter)) + " between the columns, " + map[string]string{",": "decimal comma", ".": "decimal point"}[l.Decimal] +
		", " + map[bankcsv.DayOrder]string{bankcsv.DayFirst: "days first", bankcsv.MonthFirst: "months first", bankcsv.YearFirst: "years first", "": "days or months first is open"}[l.Days]
}

func optionLabel(options []Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// BankConfidenceName is how sure a suggestion is, in a word.
func BankConfidenceName(c models.BankConfidence) string {
	return map[models.BankConfidence]string{models.BankCertain: "Certain", models.BankLikely: "Likely", models.BankPossible: "Possible", models.BankUnknown: "Unknown"}[c]
}

func confidenceTone(c models.BankConfidence) Tone {
	switch c {
	case models.BankCertain:
		return Success
	case models.BankLikely:
		return Info
	case models.BankPossible:
		return Warning
	case models.BankUnknown:
	}
	return Neutral
}

var bankImportStates = []Option{{"", "All statements", ""}, {"open", "With lines to decide", ""}, {"done", "Done", ""}}

// paymentTabs lead to the bank's statements, for those who may record payments.
func paymentTabs(mayChange, onStatements bool) []Tab {
	if !mayChange {
		return nil
	}
	return []Tab{{Label: "Payments", Href: paths.AdminPayments(), Current: !onStatements}, {Label: "Bank statements", Href: paths.AdminBankImports(), Current: onStatements}}
}

func payerOf(l models.BankLineOf) string {
	if l.Payer == "" {
		return "Without a name"
	}
	return l.Payer
}

func rowText(l models.BankLineOf) string {
	if l.Day == "" {
		return "row " + Number(l.Position)
	}
	return DayText(string(l.Day)) + ", row " + Number(l.Position)
}

// markedWrong says to a screen reader that a box is wrong, and where why stands.
func markedWrong(problem, id string) templ.Attributes {
	if problem == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": id}
}

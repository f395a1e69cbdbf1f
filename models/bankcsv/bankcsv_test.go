package bankcsv

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"reselling/models/money"
)

const german = "Kontonummer;123456\n\nBuchungstag;Wertstellung;Begünstigter/Zahlungspflichtiger;Verwendungszweck;Betrag;Währung\n" +
	"02.03.2026;02.03.2026;Müller & Söhne;Rechnung V-2026-00001;1.484,00;EUR\n" +
	"03.03.2026;03.03.2026;Stadtwerke;Strom;-84,5;EUR\n"

func utf16(t testing.TB, s string, e unicode.Endianness, bom unicode.BOMPolicy) []byte {
	t.Helper()
	out, err := unicode.UTF16(e, bom).NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func windows(t testing.TB, s string) []byte {
	t.Helper()
	out, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func said(l Line) string {
	if l.Problem != "" {
		return fmt.Sprintf("%d: %s", l.Row, l.Problem)
	}
	return fmt.Sprintf("%d: %s %s|%s|%s|%s", l.Row, l.Day, l.Amount, l.Payer, l.Text, l.Reference)
}

func TestStatements(t *testing.T) {
	eur := []string{
		"4: 2026-03-02 1,484.00 EUR|Müller & Söhne|Rechnung V-2026-00001|2026-03-02 1484.00 EUR Müller & Söhne: Rechnung V-2026-00001",
		"5: 2026-03-03 -84.50 EUR|Stadtwerke|Strom|2026-03-03 -84.50 EUR Stadtwerke: Strom",
	}
	eur[0], eur[1] = strings.Replace(eur[0], "4:", "3:", 1), strings.Replace(eur[1], "5:", "4:", 1) // empty rows are not counted
	for name, tt := range map[string]struct {
		content []byte
		layout  Layout
		want    []string
	}{
		"German, UTF-8":           {[]byte(german), Layout{Encoding: UTF8, Delimiter: ";", Header: 2, Day: 1, Amount: 5, Currency: 6, Payer: 3, Text: 4, Days: DayFirst, Decimal: ","}, eur},
		"German, UTF-8 with BOM":  {[]byte("\ufeff" + german), Layout{Encoding: UTF8, Delimiter: ";", Header: 2, Day: 1, Amount: 5, Currency: 6, Payer: 3, Text: 4, Days: DayFirst, Decimal: ","}, eur},
		"German, Windows-1252":    {windows(t, strings.ReplaceAll(german, "\n", "\r\n")), Layout{Encoding: Windows1252, Delimiter: ";", Header: 2, Day: 1, Amount: 5, Currency: 6, Payer: 3, Text: 4, Days: DayFirst, Decimal: ","}, eur},
		"German, UTF-16":          {utf16(t, german, unicode.LittleEndian, unicode.UseBOM), Layout{Encoding: UTF16LE, Delimiter: ";", Header: 2, Day: 1, Amount: 5, Currency: 6, Payer: 3, Text: 4, Days: DayFirst, Decimal: ","}, eur},
		"German, UTF-16BE":        {utf16(t, german, unicode.BigEndian, unicode.UseBOM), Layout{Encoding: UTF16BE, Delimiter: ";", Header: 2, Day: 1, Amount: 5, Currency: 6, Payer: 3, Text: 4, Days: DayFirst, Decimal: ","}, eur},
		"German, UTF-16 unmarked": {utf16(t, german, unicode.LittleEndian, unicode.IgnoreBOM), Layout{Encoding: UTF16LE, Delimiter: ";", Header: 2, Day: 1, Amount: 5, Currency: 6, Payer: 3, Text: 4, Days: DayFirst, Decimal: ","}, eur},
		"English, in and out": {
			[]byte("Date,Description,Paid in,Paid out,Balance,Transaction ID\n28/02/2026,\"ACME, V-2026-00002\",\"1,484.00\",,2000.00,A1\n01/03/2026,Rent,,\"£ 84.50\",1915.50,A2\n"),
			Layout{Encoding: UTF8, Delimiter: ",", Header: 1, Day: 1, In: 3, Out: 4, Text: 2, Reference: 6, Days: DayFirst, Decimal: "."},
			[]string{"2: 2026-02-28 1,484.00 EUR||ACME, V-2026-00002|A1", "3: 2026-03-01 -84.50 EUR||Rent|A2"},
		},
		"American, tabs": {
			[]byte("Posting Date\tDescription\tAmount (USD)\n03/14/2026\tACH ACME\t1484.00\n3/2/26\tFEE\t(84.5)\n"),
			Layout{Encoding: UTF8, Delimiter: "\t", Header: 1, Day: 1, Amount: 3, Text: 2, Days: MonthFirst, Decimal: ".", InOne: "USD"},
			[]string{"2: 2026-03-14 1,484.00 USD||ACH ACME|2026-03-14 1484.00 USD: ACH ACME", "3: 2026-03-02 -84.50 USD||FEE|2026-03-02 -84.50 USD: FEE"},
		},
		"no names, the same twice": {
			[]byte("2026-03-02,484.00,Acme pays its invoice\n2026-03-02,484.00,Acme pays its invoice\n"),
			Layout{Encoding: UTF8, Delimiter: ",", Day: 1, Amount: 2, Text: 3, Days: YearFirst, Decimal: "."},
			[]string{"1: 2026-03-02 484.00 EUR||Acme pays its invoice|2026-03-02 484.00 EUR: Acme pays its invoice", "2: 2026-03-02 484.00 EUR||Acme pays its invoice|2026-03-02 484.00 EUR: Acme pays its invoice (2)"},
		},
		"days that may be either": {
			[]byte("Date;Amount;Text\n03/04/2026;10,00;A\n05/06/2026;1.234,00;B\n"),
			Layout{Encoding: UTF8, Delimiter: ";", Header: 1, Day: 1, Amount: 2, Text: 3, Decimal: ","},
			[]string{"2: is “03/04/2026” written with the day or the month first?", "3: is “05/06/2026” written with the day or the month first?"},
		},
		"broken lines": {
			[]byte("Date;Amount;Text\n2026-03-04;10.00;A\n2026-02-30;10.00;B\n2026-03-04;ten;C\n2026-03-04;1.00.0;D\nBalance\n"),
			Layout{Encoding: UTF8, Delimiter: ";", Header: 1, Day: 1, Amount: 2, Text: 3, Days: YearFirst, Decimal: "."},
			[]string{"2: 2026-03-04 10.00 EUR||A|2026-03-04 10.00 EUR: A", "3: “2026-02-30” is no day", "4: “ten” is no amount", "5: “1.00.0” is no amount", "6: “Balance” is no day"},
		},
		"a reference that is not every line's own": {
			[]byte("Date,Amount,Name,Transaction id\n2026-03-04,10.00,A,1\n2026-03-05,11.00,B,1\n"),
			Layout{Encoding: UTF8, Delimiter: ",", Header: 1, Day: 1, Amount: 2, Payer: 3, More: 4, Days: YearFirst, Decimal: "."},
			[]string{"2: 2026-03-04 10.00 EUR|A|1|2026-03-04 10.00 EUR A: 1", "3: 2026-03-05 11.00 EUR|B|1|2026-03-05 11.00 EUR B: 1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Detect(tt.content)
			if err != nil || l != tt.layout {
				t.Fatalf("%+v, %v, want %+v", l, err, tt.layout)
			}
			if l.InOne == "" {
				l.InOne = "EUR"
			}
			lines, err := l.Lines(tt.content)
			if err != nil || len(lines) != len(tt.want) {
				t.Fatalf("%d lines, %v: %+v", len(lines), err, lines)
			}
			for i, line := range lines {
				if got := said(line); got != tt.want[i] {
					t.Errorf("%s\nwant %s", got, tt.want[i])
				}
			}
		})
	}
}

func TestNoStatement(t *testing.T) {
	for name, tt := range map[string]struct {
		content string
		want    error
	}{
		"nothing":    {"", ErrNoTable},
		"prose":      {"Hello there", ErrNoTable},
		"no amounts": {"a,b\nc,d\n", ErrNoLine},
		"too many":   {strings.Repeat("2026-03-02,1.00\n", MaxRows+1), ErrTooLarge},
		"too wide":   {strings.Repeat("2026-03-02,", 61) + "\n", ErrTooLarge},
		"too large":  {strings.Repeat("x", MaxBytes+1), ErrTooLarge},
	} {
		if _, err := Detect([]byte(tt.content)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestAmounts(t *testing.T) {
	for _, tt := range []struct{ in, decimal, currency, want string }{
		{"1,234.50", ".", "EUR", "1234.50"}, {"1.234,50", ",", "EUR", "1234.50"}, {"1'234.50", ".", "CHF", "1234.50"}, {"1 234,50 €", ",", "EUR", "1234.50"},
		{"-10", ".", "EUR", "-10.00"}, {"10.00-", ".", "EUR", "-10.00"}, {"(10.00)", ".", "USD", "-10.00"}, {"+10.00", ".", "USD", "10.00"}, {"−5,5", ",", "EUR", "-5.50"},
		{"USD 5", ".", "USD", "5.00"}, {"1,234", ".", "JPY", "1234"}, {"12.3400", ".", "EUR", "12.34"}, {"1.234,50", ".", "EUR", ""}, {"1.23", ",", "EUR", ""}, {"12,34,56", ".", "EUR", ""},
		{"5 USD", ".", "USD", "5.00"}, {"US$ 5.00", ".", "USD", "5.00"}, {"-€5", ".", "EUR", "-5.00"}, {"€ -5", ".", "EUR", "-5.00"}, {"EUR 5,00-", ",", "EUR", "-5.00"}, {"5.00 kr", ".", "SEK", "5.00"}, {"kr. 5", ".", "DKK", "5.00"}, {"(USD 5.00)", ".", "USD", "-5.00"},
		{"1e5", ".", "EUR", ""}, {"1E5", ".", "EUR", ""}, {"1.5e3", ".", "EUR", ""}, {"0x15", ".", "EUR", ""}, {"1O0", ".", "EUR", ""}, {"1€5", ".", "EUR", ""}, {"12 EUR 50", ".", "EUR", ""}, {"EUR", ".", "EUR", ""}, {"5 thousand", ".", "EUR", ""}, {"5k", ".", "EUR", ""}, {"5 Mio", ".", "EUR", ""}, {"--5", ".", "EUR", ""}, {"-5-", ".", "EUR", ""}, {"5)", ".", "EUR", ""}, {"5.00 USD", ".", "EUR", ""},
		{"", ".", "EUR", ""}, {"1.005", ".", "EUR", ""}, {"9999999999999999", ".", "EUR", ""},
	} {
		a, err := parseAmount(tt.in, tt.decimal, tt.currency)
		if got := a.Typed(); err == nil && got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q: %s, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestDays(t *testing.T) {
	for _, tt := range []struct {
		in    string
		order DayOrder
		want  string
	}{
		{"2026-03-02", "", "2026-03-02"}, {"2026-03-02T10:00:00Z", "", "2026-03-02"}, {"2026-03-02 10:00", "", "2026-03-02"}, {"20260302", "", "2026-03-02"}, {"2026/03/02", "", "2026-03-02"},
		{"02.03.2026", MonthFirst, "2026-03-02"}, {"2.3.26", "", "2026-03-02"}, {"02/03/2026", DayFirst, "2026-03-02"}, {"02/03/2026", MonthFirst, "2026-02-03"}, {"02/03/2026", "", ""},
		{"2 Mar 2026", "", "2026-03-02"}, {"Mar 2, 2026", "", "2026-03-02"}, {"31/02/2026", DayFirst, ""}, {"yesterday", DayFirst, ""}, {"", DayFirst, ""},
	} {
		if got, err := parseDay(tt.in, tt.order); got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q: %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

// Whatever a file holds, reading it ends in lines or an error, within its limits.
func TestAnythingIsRead(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, "content")
		if rapid.Bool().Draw(r, "as text") {
			content = []byte(rapid.StringOfN(rapid.SampledFrom([]rune("2026-0302./,;\t\"\n€ü-1\x00 Date")), 0, 300, -1).Draw(r, "text"))
		}
		l, err := Detect(content)
		if err != nil {
			return
		}
		lines, err := l.Lines(content)
		if err != nil {
			r.Fatal(err)
		}
		references := map[string]bool{}
		for _, line := range lines {
			switch {
			case line.Problem != "" && (line.Day != "" || line.Amount.Minor != 0):
				r.Fatalf("%+v", line)
			case line.Problem == "" && (line.Reference == "" || references[line.Reference] || len([]rune(line.Reference)) > 200 || line.Day == ""):
				r.Fatalf("%+v", line)
			}
			references[line.Reference] = line.Problem == ""
		}
	})
}

// Amounts as banks write them come back as they were.
func TestAmountsComeBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a := money.Of(rapid.Int64Range(-1e12, 1e12).Draw(r, "minor"), "EUR")
		for _, decimal := range []string{".", ","} {
			s := strings.TrimSuffix(a.String(), " EUR")
			if decimal == "," {
				s = strings.NewReplacer(",", ".", ".", ",").Replace(s)
			}
			if got, err := parseAmount(s, decimal, "EUR"); err != nil || got != a {
				r.Fatalf("%s: %v, %v", s, got, err)
			}
		}
	})
}

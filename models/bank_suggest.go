package models

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"reselling/models/money"
)

// BankConfidence is how sure a suggestion is.
type BankConfidence string

// The degrees: Certain and Likely are ticked by themselves.
const (
	BankCertain  BankConfidence = "certain"
	BankLikely   BankConfidence = "likely"
	BankPossible BankConfidence = "possible"
	BankUnknown  BankConfidence = "unknown"
)

// BankSuggestion is what a line of a statement probably pays, and why.
type BankSuggestion struct {
	Account    string // its name
	Invoices   []string
	Confidence BankConfidence
	Why        string
}

// openInvoice is an invoice as far as lines of statements are matched to it.
type openInvoice struct {
	ID, AccountID, Number, Currency string
	Open                            int64
	IsOpen                          bool
	IsLate                          bool // its added seats can't be paid any more
	OverdueAt                       time.Time
}

// bankMatcher knows what lines of statements may pay.
type bankMatcher struct {
	accounts bankAccounts
	byID     map[string]bankAccount
	names    []accountName
	named    map[string]openInvoice // by number, also such as are not open
	byAmount map[money.Amount][]openInvoice
	byOwner  map[string][]openInvoice // what is due first
}

// accountName is a name by which an account pays, folded.
type accountName struct{ accountID, name string }

// matcher reads what the lines of one page may pay.
func (s *Store) matcher(ctx context.Context, lines []BankLine) (*bankMatcher, error) {
	m := &bankMatcher{byID: map[string]bankAccount{}, named: map[string]openInvoice{}, byAmount: map[money.Amount][]openInvoice{}, byOwner: map[string][]openInvoice{}}
	var err error
	if m.accounts, err = s.bankAccounts(ctx); err != nil {
		return nil, err
	}
	for _, a := range m.accounts {
		m.byID[a.ID] = a
		for _, name := range []string{companyKey(a.Name), companyKey(a.LegalName)} {
			if len(name) >= 4 && !slices.Contains(m.names, accountName{a.ID, name}) {
				m.names = append(m.names, accountName{a.ID, name})
			}
		}
	}
	var numbers []string
	for _, l := range lines {
		numbers = append(numbers, numbersIn(l.said())...)
	}
	const columns = `SELECT id, account_id, number, currency, total - credited - allocated AS open, overdue_at, (paid_at IS NULL AND voided_at IS NULL) AS is_open FROM invoices `
	late, err := s.lateInvoices(ctx)
	if err != nil {
		return nil, err
	}
	if len(numbers) > 0 {
		found, err := rowsOf[openInvoice](s.reader).Raw(columns+"WHERE number IN ?", numbers).Find(ctx)
		if err != nil {
			return nil, err
		}
		for _, i := range found {
			i.IsLate = slices.Contains(late, i.ID)
			m.named[i.Number] = i
		}
	}
	open, err := rowsOf[openInvoice](s.reader).Raw(columns + "WHERE paid_at IS NULL AND voided_at IS NULL ORDER BY overdue_at, id LIMIT 20000").Find(ctx)
	for _, i := range open {
		if slices.Contains(late, i.ID) {
			continue
		}
		amount := money.Of(i.Open, i.Currency)
		m.byAmount[amount], m.byOwner[i.AccountID] = append(m.byAmount[amount], i), append(m.byOwner[i.AccountID], i)
	}
	return m, err
}

// lateInvoices are the ids of the open invoices for seats of a term that is over;
// see late.
func (s *Store) lateInvoices(ctx context.Context) (ids []string, err error) {
	err = s.reader.WithContext(ctx).Raw(`SELECT DISTINCT i.id FROM invoices i JOIN orders o ON o.id = i.order_id JOIN order_lines l ON l.order_id = o.id
			JOIN license_terms t ON t.id = l.term_id JOIN licenses c ON c.id = t.license_id
		WHERE i.paid_at IS NULL AND i.voided_at IS NULL AND o.activated_at IS NULL AND o.cancelled_at IS NULL
			AND (t.ends_at <= ? OR t.ended_at IS NOT NULL OR c.revoked_at IS NOT NULL)`, s.Now()).Scan(&ids).Error
	return ids, err
}

// said is everything that a line says.
func (l BankLine) said() string { return l.Payer + " " + l.Details + " " + l.Reference }

// invoiceNumber is the number of an invoice as people type it, or in its payment
// reference; banks put blanks into long words.
var invoiceNumber = regexp.MustCompile(`(?i)V[-–./ ]?(20[0-9]{2})[-–./ ]?([0-9]{5,7})(?:[^0-9]|$)`)

var broken = regexp.MustCompile(`(?i)V(20[0-9]{2})([0-9]{5})(?:[^0-9]|$)`)

// numbersIn are the numbers of invoices that a text names, each once.
func numbersIn(text string) []string {
	var all []string
	for _, found := range [][][]string{invoiceNumber.FindAllStringSubmatch(text, 20), broken.FindAllStringSubmatch(strings.NewReplacer(" ", "", "-", "").Replace(text), 20)} {
		for _, m := range found {
			if number := "V-" + m[1] + "-" + m[2]; !slices.Contains(all, number) {
				all = append(all, number)
			}
		}
	}
	return all
}

// suggest says what a line probably pays: the invoices that it names, else the one
// of exactly its amount of the account whose name it bears, else either of both.
func (m *bankMatcher) suggest(l BankLine) BankSuggestion {
	if s, ok := m.byNumber(l); ok {
		return s
	}
	account, isNamed := m.payer(l)
	fitting := m.byAmount[l.Sum()]
	if !isNamed {
		switch len(fitting) {
		case 0:
			return BankSuggestion{Confidence: BankUnknown, Why: "It names no invoice and no account, and no open invoice has this amount."}
		case 1:
			i := fitting[0]
			return BankSuggestion{Account: m.byID[i.AccountID].Name, Invoices: []string{i.Number}, Confidence: BankPossible, Why: "It is exactly what is open of " + i.Number + "."}
		}
		return BankSuggestion{Confidence: BankUnknown, Why: fmt.Sprintf("It names nobody, and is exactly what is open of %d invoices.", len(fitting))}
	}
	s := BankSuggestion{Account: account.Name, Confidence: BankPossible}
	own := slices.DeleteFunc(slices.Clone(fitting), func(i openInvoice) bool { return i.AccountID != account.ID })
	open := m.byOwner[account.ID]
	switch {
	case len(own) == 1:
		s.Invoices, s.Confidence, s.Why = []string{own[0].Number}, BankLikely, "It bears the account's name, and is exactly what is open of "+own[0].Number+"."
	case len(own) > 1:
		s.Invoices, s.Why = []string{own[0].Number}, fmt.Sprintf("It bears the account's name; %d of its invoices have this amount, %s is due first.", len(own), own[0].Number)
	case len(open) == 1 && open[0].Currency == l.Currency:
		s.Invoices, s.Why = []string{open[0].Number}, "It bears the account's name, whose only open invoice is of another amount: "+money.Of(open[0].Open, open[0].Currency).String()+"."
	case len(open) == 0:
		s.Why = "It bears the account's name, of which no invoice is open: it becomes credit."
	default:
		s.Why = "It bears the account's name, and fits none of its open invoices: choose which, or it becomes credit."
	}
	return s
}

// byNumber suggests the invoices that a line names.
func (m *bankMatcher) byNumber(l BankLine) (BankSuggestion, bool) {
	var s BankSuggestion
	var owner, currency string
	var sum int64
	var closed, late []string
	for _, number := range numbersIn(l.said()) {
		i, ok := m.named[number]
		switch {
		case !ok:
			continue
		case owner == "":
			owner, currency = i.AccountID, i.Currency
		case owner != i.AccountID:
			return BankSuggestion{Confidence: BankUnknown, Why: "It names invoices of several accounts: record it by hand."}, true
		}
		switch {
		case !i.IsOpen || i.Open == 0:
			closed = append(closed, number)
			continue
		case i.IsLate:
			late = append(late, number)
			continue
		}
		s.Invoices, sum = append(s.Invoices, number), sum+i.Open
	}
	if owner == "" {
		return s, false
	}
	s.Account, s.Confidence = m.byID[owner].Name, BankLikely
	open := money.Of(sum, currency)
	switch all := strings.Join(s.Invoices, ", "); {
	case len(s.Invoices) > 0 && currency != l.Currency:
		return BankSuggestion{Account: s.Account, Confidence: BankPossible, Why: "It names " + all + ", of which " + open.String() + " are open, and is in " + l.Currency + " itself: record what it is worth by hand."}, true
	case len(s.Invoices) == 0 && len(late) > 0:
		s.Confidence, s.Why = BankPossible, "It names "+strings.Join(late, ", ")+", which is for seats of a term that is over and can't be paid any more: it becomes credit."
	case len(late) > 0:
		s.Confidence, s.Why = BankPossible, "It names "+all+", and "+strings.Join(late, ", ")+", which is for seats of a term that is over and can't be paid any more."
	case len(s.Invoices) == 0:
		s.Confidence, s.Why = BankPossible, "It names "+strings.Join(closed, ", ")+", of which nothing is open: it becomes credit."
	case len(closed) > 0:
		s.Confidence, s.Why = BankPossible, "It names "+all+", and "+strings.Join(closed, ", ")+", of which nothing is open."
	case sum == l.Amount:
		s.Confidence, s.Why = BankCertain, "It names "+all+", and is exactly what is open."
	case sum > l.Amount:
		s.Why = "It names " + all + ", of which " + open.String() + " are open: it is a part."
	default:
		s.Why = "It names " + all + ", of which " + open.String() + " are open: the rest becomes credit."
	}
	return s, true
}

// payer is the account whose name a line bears: the longest one, if only one has it.
func (m *bankMatcher) payer(l BankLine) (found bankAccount, ok bool) {
	text := " " + companyKey(l.Payer) + " " + companyKey(l.Details) + " "
	longest := 0
	for _, n := range m.names {
		switch {
		case len(n.name) < longest || !strings.Contains(text, " "+n.name+" "):
		case len(n.name) == longest && n.accountID != found.ID:
			ok = false
		default:
			found, longest, ok = m.byID[n.accountID], len(n.name), true
		}
	}
	return found, ok
}

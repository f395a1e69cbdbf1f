package models

import (
	"cmp"
	"context"
	"slices"

	"reselling/models/bankcsv"
)

// BankImportRow is an uploaded statement in a list.
type BankImportRow struct {
	BankImport   `gorm:"embedded"`
	UploadedName string
	Open         int // lines that bring money in and are no receipts yet, as far as is known
	Recorded     int
	LeftOut      int
}

// BankImportFilter narrows the list of statements; zero fields don't.
type BankImportFilter struct {
	Query string // in file name and who uploaded it
	State string // "open": lines wait; "done": none does
}

const bankImportColumns = "i.id, i.file_name, i.sha256, i.layout, i.uploaded_at, i.uploaded_by, i.version"

func (f BankImportFilter) listing() listing {
	q := listing{
		selects: "SELECT " + bankImportColumns + `, u.name AS uploaded_name,
			(SELECT COUNT(*) FROM bank_lines l WHERE l.import_id = i.id AND l.kind = 'in' AND l.payment_id IS NULL) AS open,
			(SELECT COUNT(*) FROM bank_lines l WHERE l.import_id = i.id AND l.kind = 'in' AND l.payment_id IS NOT NULL) AS recorded,
			(SELECT COUNT(*) FROM bank_lines l WHERE l.import_id = i.id AND l.kind <> 'in') AS left_out
			FROM bank_imports i LEFT JOIN users u ON u.id = i.uploaded_by`,
		order: order{column: "i.uploaded_at", id: "i.id", desc: true, isTime: true},
	}
	if f.Query != "" {
		q.and(`i.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	const waits = "EXISTS (SELECT 1 FROM bank_lines l WHERE l.import_id = i.id AND l.kind = 'in' AND l.payment_id IS NULL)"
	switch f.State {
	case "":
	case "open":
		q.and(waits)
	case "done":
		q.and("NOT " + waits)
	default:
		q.and("1 = 0")
	}
	return q
}

func bankImportKey(r BankImportRow) (any, string) { return r.UploadedAt, r.ID }

// BankImports returns one page of the uploaded statements, the newest first.
func (s *Store) BankImports(ctx context.Context, actor Actor, f BankImportFilter, p Paging) (Page[BankImportRow], error) {
	if err := actor.require(ManageInvoices); err != nil {
		return Page[BankImportRow]{}, err
	}
	return list(ctx, s.reader, f.listing(), p, bankImportKey)
}

// EachBankImport runs fn for every statement that BankImports would list.
func (s *Store) EachBankImport(ctx context.Context, actor Actor, f BankImportFilter, fn func(BankImportRow) error) error {
	if err := actor.require(ManageInvoices); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(), bankImportKey, fn)
}

// BankLineState is what the lines of a statement are narrowed to.
type BankLineState string

// The states of a line.
const (
	BankLinesOpen     BankLineState = "open"
	BankLinesRecorded BankLineState = "recorded"
	BankLinesLeftOut  BankLineState = "left_out" // no money that came in, or unreadable
)

// BankLineStates lists them in the order of the tabs.
var BankLineStates = []BankLineState{BankLinesOpen, BankLinesRecorded, BankLinesLeftOut}

var bankLineStates = map[BankLineState]string{
	BankLinesOpen: "l.kind = 'in' AND l.payment_id IS NULL", BankLinesRecorded: "l.payment_id IS NOT NULL", BankLinesLeftOut: "l.kind <> 'in'",
}

// BankLineFilter narrows the lines of a statement.
type BankLineFilter struct {
	ImportID string
	State    BankLineState // any other than those above is all
}

// BankImportView is a statement with a page of its lines.
type BankImportView struct {
	BankImportRow
	Layout     bankcsv.Layout
	Columns    []string // the names of the statement's, as far as it has any
	Sample     [][]string
	Unreadable int
	AsksDays   bool // whether days or months stand first has to be chosen
	State      BankLineState
	Page       Page[BankLineOf]
	Accounts   []string // to choose from
}

// BankLineOf is a line with what is suggested, or chosen, for it.
type BankLineOf struct {
	BankLine  `gorm:"embedded"`
	Suggested BankSuggestion
	Problem   string   // of the account that was chosen
	Known     *Payment // the receipt that was recorded for it, from here or elsewhere
	Similar   *Payment // one of the account that may be the same, recorded by hand
	PaidName  string   // whose receipt Known is
}

// bankPageSize is how many lines of a statement a page shows.
const bankPageSize = 50

// BankImport returns one statement, with a page of its lines.
func (s *Store) BankImport(ctx context.Context, actor Actor, f BankLineFilter, p Paging) (v BankImportView, err error) {
	if err := actor.require(ManageInvoices); err != nil {
		return v, err
	}
	q := BankImportFilter{}.listing()
	q.and("i.id = ?", f.ImportID)
	found, err := list(ctx, s.reader, q, Paging{Size: 1}, bankImportKey)
	if err != nil || len(found.Items) == 0 {
		return v, cmp.Or(err, error(Errorf(NotFound, "Bank statement not found.")))
	}
	v.BankImportRow, v.State = found.Items[0], f.State
	if v.Layout, err = v.layout(); err != nil {
		return v, err
	}
	unreadable, err := rowsOf[BankLine](s.reader).Where("import_id = ? AND kind = ?", f.ImportID, BankUnreadable).Count(ctx, "id")
	if err != nil {
		return v, err
	}
	v.Unreadable, v.AsksDays = int(unreadable), v.Layout.Days == "" && unreadable > 0
	page, err := s.bankLines(ctx, f, p)
	if err != nil {
		return v, err
	}
	v.Page = Page[BankLineOf]{Prev: page.Prev, Next: page.Next}
	v.Page.Items, v.Accounts, err = s.matched(ctx, page.Items)
	return v, err
}

// BankColumns returns one statement with the names of its columns and its first rows.
func (s *Store) BankColumns(ctx context.Context, actor Actor, id string, l *bankcsv.Layout) (BankImportView, error) {
	v, err := s.BankImport(ctx, actor, BankLineFilter{ImportID: id, State: BankLinesRecorded}, Paging{Size: 1})
	if err != nil {
		return v, err
	}
	i, err := rowsOf[BankImport](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return v, err
	}
	table, err := v.Layout.Table(i.Content)
	if l != nil {
		if other, e := l.Table(i.Content); e == nil {
			table = other
		}
	}
	if err != nil {
		return v, err
	}
	v.Columns = table.Names
	v.Sample = table.Rows[:min(len(table.Rows), 5)]
	return v, nil
}

func (s *Store) bankLines(ctx context.Context, f BankLineFilter, p Paging) (Page[BankLine], error) {
	q := listing{selects: "SELECT l.* FROM bank_lines l", order: order{column: "l.id", id: "l.id"}} // ids are in the order of the file
	q.and("l.import_id = ?", f.ImportID)
	if condition, ok := bankLineStates[f.State]; ok {
		q.and(condition)
	}
	if p.Size == 0 {
		p.Size = bankPageSize
	}
	return list(ctx, s.reader, q, p, func(l BankLine) (any, string) { return l.ID, l.ID })
}

// EachBankLine runs fn for every line of a statement, in the order of the file.
func (s *Store) EachBankLine(ctx context.Context, actor Actor, f BankLineFilter, fn func(BankLineOf) error) error {
	if err := actor.require(ManageInvoices); err != nil {
		return err
	}
	for p := (Paging{Size: 500}); ; {
		page, err := s.bankLines(ctx, f, p)
		if err != nil {
			return err
		}
		lines, _, err := s.matched(ctx, page.Items)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := fn(l); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		p.After = page.Next
	}
}

// matched adds to lines what they probably pay, and what is known of them.
func (s *Store) matched(ctx context.Context, lines []BankLine) ([]BankLineOf, []string, error) {
	m, err := s.matcher(ctx, lines)
	if err != nil {
		return nil, nil, err
	}
	all := make([]BankLineOf, len(lines))
	for n, l := range lines {
		all[n] = BankLineOf{BankLine: l}
		if l.Kind != BankIn || l.PaymentID != nil {
			continue
		}
		o := &all[n]
		o.Suggested = m.suggest(l)
		if o.ChosenAt == nil {
			o.Account, o.Invoices = o.Suggested.Account, joined(o.Suggested.Invoices)
		}
		account, problem := m.accounts.named(o.Account)
		switch {
		case problem != "" && o.Account != "":
			o.Problem = problem
		case problem == "" && account.Currency != l.Currency:
			o.Problem = account.Name + " pays in " + account.Currency + ", and this line is in " + l.Currency + ": record what it is worth by hand."
		}
	}
	if err := s.knownReceipts(ctx, m, all); err != nil {
		return nil, nil, err
	}
	for n := range all {
		o := &all[n]
		if o.ChosenAt == nil {
			sure := o.Suggested.Confidence == BankCertain || o.Suggested.Confidence == BankLikely
			o.Taken = sure && o.Problem == "" && o.Known == nil && o.Similar == nil
		}
	}
	names := make([]string, len(m.accounts))
	for i, a := range m.accounts {
		names[i] = a.Name
	}
	return all, names, nil
}

func joined(numbers []string) (s string) {
	for i, n := range numbers {
		if i > 0 {
			s += ", "
		}
		s += n
	}
	return s
}

// similarDays is how far apart the day of the bank and the day that somebody typed
// may be.
const similarDays = 5

// knownReceipts finds the receipts of lines: those of the account by reference, those
// of the same line in another statement, or such as may be the same by account,
// amount and day.
func (s *Store) knownReceipts(ctx context.Context, m *bankMatcher, all []BankLineOf) error {
	var keys, ids []string
	var amounts []int64
	for _, l := range all {
		switch {
		case l.PaymentID != nil:
			ids = append(ids, *l.PaymentID)
		case l.Kind == BankIn:
			keys, amounts = append(keys, l.ReferenceKey), append(amounts, l.Amount)
		}
	}
	if len(keys)+len(ids) == 0 {
		return nil
	}
	known, err := rowsOf[Payment](s.reader).Where("id IN ? OR method = ? AND reference_key IN ?", ids, BankTransfer, keys).Order("recorded_at, id").Find(ctx)
	if err != nil {
		return err
	}
	taken, err := rowsOf[BankLine](s.reader).Where("payment_id IS NOT NULL AND reference_key IN ?", keys).Find(ctx)
	if err != nil {
		return err
	}
	similar, err := rowsOf[Payment](s.reader).Where("reversed_at IS NULL AND amount IN ?", amounts).Order("recorded_at DESC, id DESC").Limit(2000).Find(ctx)
	if err != nil {
		return err
	}
	for n := range all {
		l := &all[n]
		account, problem := m.accounts.named(l.Account)
		isKnown := func(p Payment) bool {
			if l.PaymentID != nil || l.Kind != BankIn {
				return l.PaymentID != nil && p.ID == *l.PaymentID
			}
			return p.Method == BankTransfer && p.ReferenceKey == l.ReferenceKey && problem == "" && p.AccountID == account.ID ||
				slices.ContainsFunc(taken, func(t BankLine) bool { return *t.PaymentID == p.ID && t.isSame(l.BankLine) })
		}
		if i := slices.IndexFunc(known, isKnown); i >= 0 {
			l.Known, l.PaidName = &known[i], m.byID[known[i].AccountID].Name
			continue
		}
		if l.Kind != BankIn || problem != "" {
			continue
		}
		if i := slices.IndexFunc(similar, func(p Payment) bool {
			return p.AccountID == account.ID && p.Amount == l.Amount && p.Currency == l.Currency && p.ReceivedOn >= l.Day.AddDays(-similarDays) && p.ReceivedOn <= l.Day.AddDays(similarDays)
		}); i >= 0 {
			l.Similar = &similar[i]
		}
	}
	return nil
}

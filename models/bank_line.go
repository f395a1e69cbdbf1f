package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm/clause"

	"reselling/models/money"
)

// BankLine is a line of a bank statement. Until finance chooses, account,
// invoices and tick are suggested.
type BankLine struct {
	ID           string
	ImportID     string
	Position     int // the row of the file
	Kind         BankLineKind
	Problem      string // why it is unreadable
	Day          Date
	Amount       int64
	Currency     string
	Payer        string
	Details      string
	Reference    string
	ReferenceKey string // see bankcsv.ReferenceKey
	Account      string // as typed, like the next
	Invoices     string
	Taken        bool // ticked to be recorded
	ChosenAt     *time.Time
	ChosenBy     *string
	Failure      string // why it could not be recorded the last time
	PaymentID    *string
	Version      int
}

// BankLineKind is what a line is.
type BankLineKind string

// The kinds of lines.
const (
	BankIn         BankLineKind = "in"
	BankOut        BankLineKind = "out" // nothing for us, like the next
	BankUnreadable BankLineKind = "unreadable"
)

// Sum is the amount with its currency.
func (l BankLine) Sum() money.Amount { return money.Of(l.Amount, l.Currency) }

// maxBankInvoices is how many invoices one line pays at most.
const maxBankInvoices = 50

// BankChoice is what finance chooses for a line.
type BankChoice struct {
	LineID   string
	Account  string // its name
	Invoices string // their numbers
	Take     bool
	Version  int // of the line that was looked at
}

// ChooseBankLines keeps what finance has chosen for lines of a statement. Conflict
// if somebody else has changed one of them since.
func (s *Store) ChooseBankLines(ctx context.Context, actor Actor, importID string, choices []BankChoice) error {
	if err := actor.require(ManageInvoices); err != nil {
		return err
	}
	if _, err := rowsOf[BankImport](s.reader).Where("id = ?", importID).Select("id").Take(ctx); err != nil {
		return orNotFound(err, "Bank statement")
	}
	return s.write(ctx, func(tx *tx) error {
		for _, c := range choices {
			if err := tx.chooseBankLine(ctx, actor, importID, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (tx *tx) chooseBankLine(ctx context.Context, actor Actor, importID string, c BankChoice) error {
	l, err := rowsOf[BankLine](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("import_id = ? AND id = ?", importID, c.LineID).Take(ctx)
	if err != nil {
		return orNotFound(err, "Line")
	}
	if l.PaymentID != nil || l.Kind != BankIn {
		return nil // there is nothing to choose any more
	}
	account, invoices := clean(c.Account), clean(c.Invoices)
	p := Problems{}
	p.fit("account", account, maxName)
	p.fit("invoices", invoices, maxText)
	if err := p.Err(); err != nil {
		return err
	}
	if l.ChosenAt != nil && l.Account == account && l.Invoices == invoices && l.Taken == c.Take {
		return nil
	}
	if l.Version != c.Version {
		return refusal("changed", "Somebody else has changed row %d in the meantime: look at the lines as they are now.", l.Position)
	}
	l.Account, l.Invoices, l.Taken, l.ChosenAt, l.ChosenBy, l.Failure, l.Version = account, invoices, c.Take, &tx.now, &actor.UserID, "", l.Version+1
	return changed(rowsOf[BankLine](tx.DB).Where("id = ? AND version = ?", l.ID, c.Version).
		Select("account", "invoices", "taken", "chosen_at", "chosen_by", "failure", "version").Updates(ctx, l))
}

// cut is the beginning of s, of n runes at most.
func cut(s string, n int) string {
	if tooLong(s, n) {
		return string([]rune(s)[:n])
	}
	return s
}

// BankResult is what has become of a line that was to be recorded.
type BankResult struct {
	Position  int
	PaymentID string // empty if it was refused
	Refusal   string
}

// TakeBankLines keeps the choices, and records each ticked line as a receipt in a
// transaction of its own, as RecordPayment does: what is paid in full is active
// at once. A line counts once, whoever records it, and however often its file was
// uploaded. It wants a fresh password.
func (s *Store) TakeBankLines(ctx context.Context, actor Actor, importID string, choices []BankChoice) ([]BankResult, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return nil, err
	}
	if err := actor.requireFresh(s.Now()); err != nil {
		return nil, err
	}
	if err := s.ChooseBankLines(ctx, actor, importID, choices); err != nil {
		return nil, err
	}
	i, err := rowsOf[BankImport](s.reader).Where("id = ?", importID).Select("id, file_name, learnt_at").Take(ctx)
	if err != nil {
		return nil, orNotFound(err, "Bank statement")
	}
	accounts, err := s.bankAccounts(ctx)
	if err != nil {
		return nil, err
	}
	var results []BankResult
	for _, c := range choices {
		if !c.Take {
			continue
		}
		line, err := rowsOf[BankLine](s.db.WithContext(ctx)).Where("import_id = ? AND id = ?", importID, c.LineID).Take(ctx)
		if err != nil {
			return results, orNotFound(err, "Line")
		}
		pay, err := s.takeBankLine(ctx, actor, i, line, accounts)
		refused, ok := errors.AsType[*Error](err)
		switch {
		case err == nil:
			results = append(results, BankResult{Position: line.Position, PaymentID: pay.ID})
		case ok && (refused.Kind == Invalid || refused.Kind == Conflict):
			results = append(results, BankResult{Position: line.Position, Refusal: whyRefused(refused)})
			if err := s.noteBankRefusal(ctx, line, whyRefused(refused)); err != nil {
				return results, err
			}
		default:
			return results, err
		}
	}
	return results, s.learnBankLayout(ctx, i, results)
}

// takeBankLine records one line.
func (s *Store) takeBankLine(ctx context.Context, actor Actor, i BankImport, line BankLine, accounts bankAccounts) (Payment, error) {
	if line.Kind != BankIn {
		return Payment{}, refusal("left_out", "Line %d brings no money in.", line.Position)
	}
	account, problem := accounts.named(line.Account)
	if problem != "" {
		return Payment{}, Problems{"account": problem}.Err()
	}
	if account.Currency != line.Currency {
		return Payment{}, refusal("currency", "%s pays in %s, and the line is in %s. Record what it is worth by hand.", account.Name, account.Currency, line.Currency)
	}
	numbers := invoiceNumbers(line.Invoices)
	if len(numbers) > maxBankInvoices {
		return Payment{}, Problems{"invoices": fmt.Sprintf("A line pays %d invoices at most.", maxBankInvoices)}.Err()
	}
	return s.RecordPayment(ctx, actor, PaymentEntry{
		AccountID: account.ID, Amount: line.Sum().Typed(), Method: BankTransfer, Reference: line.Reference, ReceivedOn: string(line.Day),
		Note: fmt.Sprintf("Row %d of the bank statement %s.", line.Position, i.FileName), numbers: numbers, line: line.ID,
	})
}

// isSame reports whether l and other are one line of the bank, of whichever
// statements. The index bank_lines_once keeps it from being two receipts.
func (l BankLine) isSame(other BankLine) bool {
	return l.ReferenceKey == other.ReferenceKey && l.Day == other.Day && l.Amount == other.Amount && l.Currency == other.Currency && cut(l.Payer, maxPayerKey) == cut(other.Payer, maxPayerKey)
}

// maxPayerKey is by how many runes of a payer lines differ.
const maxPayerKey = 100

// holdLine refuses a line of a statement that is a receipt already: of the account
// by its reference, or the same line for another one. Nobody else can take it until
// the transaction ends.
func (tx *tx) holdLine(ctx context.Context, id, accountID string) error {
	l, err := rowsOf[BankLine](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(ctx)
	if err != nil {
		return orNotFound(err, "Line")
	}
	var first []Payment
	if l.PaymentID != nil {
		first, err = rowsOf[Payment](tx.DB).Where("id = ?", *l.PaymentID).Find(ctx)
	} else {
		first, err = rowsOf[Payment](tx.DB).Raw(`SELECT p.* FROM payments p LEFT JOIN bank_lines l ON l.payment_id = p.id
			WHERE p.method = ? AND p.reference_key = ? AND (p.account_id = ? OR l.day = ? AND l.amount = ? AND l.currency = ? AND substr(l.payer, 1, 100) = ?) LIMIT 1`,
			BankTransfer, l.ReferenceKey, accountID, l.Day, l.Amount, l.Currency, cut(l.Payer, maxPayerKey)).Find(ctx)
	}
	if err != nil || len(first) == 0 {
		return err
	}
	return recordedAlready(first[0])
}

// markLine notes that a line of a statement is a receipt now.
func (tx *tx) markLine(ctx context.Context, id string, pay Payment) error {
	err := changed(rowsOf[BankLine](tx.DB).Where("id = ? AND payment_id IS NULL", id).Select("payment_id", "failure").Updates(ctx, BankLine{PaymentID: &pay.ID}))
	if isDuplicate(err) { // the same line of another statement, for another account
		return refusal("recorded", "This line was recorded already, from another statement.")
	}
	return err
}

// noteBankRefusal keeps why a line could not be recorded.
func (s *Store) noteBankRefusal(ctx context.Context, line BankLine, why string) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[BankLine](tx.DB).Where("id = ? AND payment_id IS NULL", line.ID).Select("failure").Updates(ctx, BankLine{Failure: cut(why, maxText)})
		return err
	})
}

// learnBankLayout lets the next statement with the same columns be read like i,
// of which something was recorded.
func (s *Store) learnBankLayout(ctx context.Context, i BankImport, results []BankResult) error {
	if i.LearntAt != nil || !slices.ContainsFunc(results, func(r BankResult) bool { return r.PaymentID != "" }) {
		return nil
	}
	return s.write(ctx, func(tx *tx) error {
		_, err := rowsOf[BankImport](tx.DB).Where("id = ? AND learnt_at IS NULL", i.ID).Update(ctx, "learnt_at", tx.now)
		return err
	})
}

// whyRefused is all that an error says of what is wrong.
func whyRefused(e *Error) string {
	if len(e.Fields) < 2 {
		return e.Message
	}
	var all []string
	for _, message := range e.Fields {
		all = append(all, message)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// invoiceNumbers are those in a text, each once, as typed: "V-2026-00001, V-2026-00002".
func invoiceNumbers(typed string) []string {
	var all []string
	for _, n := range strings.FieldsFunc(strings.ToUpper(typed), func(r rune) bool { return strings.ContainsRune(" ,;+", r) }) {
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// bankAccount is an account as far as lines of statements are matched to it.
type bankAccount struct {
	ID, Name, LegalName, Currency string
}

type bankAccounts []bankAccount

func (s *Store) bankAccounts(ctx context.Context) (bankAccounts, error) {
	return rowsOf[bankAccount](s.reader).Raw("SELECT id, name, legal_name, currency FROM accounts ORDER BY name, id").Find(ctx)
}

// named is the account that somebody means by a name, or why none is.
func (all bankAccounts) named(typed string) (found bankAccount, problem string) {
	key := fold(typed)
	if key == "" {
		return found, "Choose the account that has paid."
	}
	n := 0
	for _, a := range all {
		if fold(a.Name) == key || fold(a.LegalName) == key {
			found, n = a, n+1
		}
	}
	switch n {
	case 0:
		return bankAccount{}, "No account is called “" + cut(typed, 60) + "”. Choose one from the list."
	case 1:
		return found, ""
	}
	return bankAccount{}, "Several accounts are called “" + cut(typed, 60) + "”. Record this line by hand."
}

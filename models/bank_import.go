package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"reselling/models/bankcsv"
)

// BankImport is a statement of the vendor's bank that finance has uploaded, as it
// was. How it is read can be corrected until a line of it is a receipt.
type BankImport struct {
	ID         string
	FileName   string
	SHA256     string `gorm:"column:sha256"`
	Content    []byte
	Layout     string // JSON of a bankcsv.Layout
	Signature  string // of the names of its columns
	LearntAt   *time.Time
	UploadedAt time.Time
	UploadedBy string
	Search     string
	Version    int
}

func (i BankImport) subject() subject {
	return subject{kind: "bank_import", id: i.ID, name: i.FileName}
}

// layout is how the statement is read.
func (i BankImport) layout() (l bankcsv.Layout, err error) {
	if err = json.Unmarshal([]byte(i.Layout), &l); err != nil {
		err = fmt.Errorf("layout of bank statement %s: %w", i.ID, err)
	}
	return l, err
}

// BankUpload is a statement to be looked at.
type BankUpload struct {
	FileName   string
	Content    []byte
	Currency   string // of lines that name none; empty: as the statement says
	RequestKey string
}

// UploadBankStatement keeps a statement and its lines; nothing is recorded by
// that. It is read as the last one with the same columns was, if somebody has
// used that. Conflict with the first one's id for a file that is there already.
func (s *Store) UploadBankStatement(ctx context.Context, actor Actor, e BankUpload) (BankImport, error) {
	if err := actor.require(ManageInvoices); err != nil {
		return BankImport{}, err
	}
	e.FileName = clean(e.FileName)
	if e.FileName == "" || tooLong(e.FileName, maxName) {
		e.FileName = "Statement"
	}
	layout, err := bankcsv.Detect(e.Content)
	if err != nil {
		return BankImport{}, statementProblem(err)
	}
	if e.Currency != "" {
		if _, ok := CurrencyOf(e.Currency); !ok {
			return BankImport{}, Problems{"currency": "Choose a currency from the list."}.Err()
		}
	}
	i := BankImport{ID: newID(), FileName: e.FileName, SHA256: sha256Hex(e.Content), Content: e.Content, UploadedBy: actor.UserID, Search: fold(e.FileName + " " + actor.Name), Version: 1}
	err = s.write(ctx, func(tx *tx) error {
		earlier, err := tx.claim(ctx, actor, "bank_import", e.RequestKey, i.ID, e)
		if err != nil {
			return err
		}
		if earlier.id != "" {
			i, err = rowsOf[BankImport](tx.DB).Where("id = ?", earlier.id).Take(ctx)
			return earlier.told(orNotFound(err, "Bank statement"), "%s was uploaded", i.FileName)
		}
		i.UploadedAt = tx.now
		return tx.keepStatement(ctx, actor, &i, layout, e.Currency)
	})
	if isDuplicate(err) { // by somebody else, at the same moment
		err = s.refuseStatement(ctx, s.reader, i)
	}
	return i, err
}

func sha256Hex(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// keepStatement writes a statement and its lines.
func (tx *tx) keepStatement(ctx context.Context, actor Actor, i *BankImport, layout bankcsv.Layout, currency string) error {
	if err := tx.store.refuseStatement(ctx, tx.DB, *i); err != nil {
		return err
	}
	table, err := layout.Table(i.Content)
	if err != nil {
		return statementProblem(err)
	}
	i.Signature = table.Signature()
	if layout, err = tx.learntLayout(ctx, *i, layout, currency); err != nil {
		return err
	}
	lines, err := layout.Lines(i.Content)
	if err != nil {
		return statementProblem(err)
	}
	written, err := json.Marshal(layout)
	if err != nil {
		return err
	}
	i.Layout = string(written)
	if err := rowsOf[BankImport](tx.DB).Create(ctx, i); err != nil {
		return err
	}
	n, err := tx.keepLines(ctx, i.ID, lines)
	if err != nil {
		return err
	}
	return tx.record(ctx, actor, "bank_import.uploaded", i.subject(), nil, map[string]any{"lines": n, "sha256": i.SHA256})
}

// refuseStatement refuses a file that was uploaded before.
func (s *Store) refuseStatement(ctx context.Context, db *gorm.DB, i BankImport) error {
	first, err := rowsOf[BankImport](db).Where("sha256 = ?", i.SHA256).Select("id, file_name, uploaded_at, uploaded_by").Limit(1).Find(ctx)
	if err != nil || len(first) == 0 {
		return err
	}
	by, err := userName(ctx, db, &first[0].UploadedBy)
	if err != nil {
		return err
	}
	zone, err := vendorZone(ctx, db)
	if err != nil {
		return err
	}
	e := refusal("uploaded", "%s uploaded this very file on %s, as %s. Each line of it counts once: go on with that one.", by, dayText(DateIn(first[0].UploadedAt, zone)), first[0].FileName)
	e.Subject = first[0].ID
	return e
}

// learntLayout is the layout that was used last for statements with the same
// columns, unless it reads less of this one than what was detected.
func (tx *tx) learntLayout(ctx context.Context, i BankImport, detected bankcsv.Layout, currency string) (bankcsv.Layout, error) {
	if detected.InOne == "" {
		var err error
		if detected.InOne, err = usualCurrency(ctx, tx.DB); err != nil {
			return detected, err
		}
	}
	learnt, err := rowsOf[BankImport](tx.DB).Where("signature = ? AND learnt_at IS NOT NULL", i.Signature).Order("learnt_at DESC, id DESC").Limit(1).Find(ctx)
	if err != nil {
		return detected, err
	}
	if len(learnt) > 0 {
		l, err := learnt[0].layout()
		if err != nil {
			return detected, err
		}
		l.Encoding, l.Delimiter, l.Header = detected.Encoding, detected.Delimiter, detected.Header
		if readable(l, i.Content) >= readable(detected, i.Content) {
			detected = l
		}
	}
	if currency != "" {
		detected.InOne = currency
	}
	return detected, nil
}

// readable counts the lines that a layout can read.
func readable(l bankcsv.Layout, content []byte) (n int) {
	lines, err := l.Lines(content)
	if err != nil {
		return -1
	}
	for _, line := range lines {
		if line.Problem == "" {
			n++
		}
	}
	return n
}

// usualCurrency is the one of most accounts.
func usualCurrency(ctx context.Context, db *gorm.DB) (currency string, err error) {
	err = db.WithContext(ctx).Raw("SELECT currency FROM accounts GROUP BY currency ORDER BY COUNT(*) DESC, currency LIMIT 1").Scan(&currency).Error
	if currency == "" {
		currency = "USD"
	}
	return currency, err
}

// statementProblem says what is wrong with a file.
func statementProblem(err error) error {
	switch {
	case errors.Is(err, bankcsv.ErrTooLarge):
		return Problems{"statement": fmt.Sprintf("The statement is too large: at most %d KB, %d lines and 60 columns. Take fewer days at a time.", bankcsv.MaxBytes>>10, bankcsv.MaxRows)}.Err()
	case errors.Is(err, bankcsv.ErrNoTable):
		return Problems{"statement": "This is no statement in CSV: its lines have no columns. Export it from your bank as CSV, with commas, semicolons or tabs."}.Err()
	case errors.Is(err, bankcsv.ErrNoLine):
		return Problems{"statement": "No line of it has a day and an amount. Export the list of transactions from your bank as CSV."}.Err()
	}
	return err
}

// keepLines writes the lines of a statement and returns how many there are.
func (tx *tx) keepLines(ctx context.Context, importID string, lines []bankcsv.Line) (int, error) {
	rows := make([]BankLine, 0, len(lines))
	for _, l := range lines {
		row := BankLine{ID: newID(), ImportID: importID, Position: l.Row, Kind: BankIn, Problem: l.Problem, Payer: clean(l.Payer), Details: clean(l.Text), Version: 1}
		if row.Problem == "" {
			if _, ok := CurrencyOf(l.Amount.Currency); !ok {
				row.Problem = "“" + l.Amount.Currency + "” is no currency"
			}
		}
		switch {
		case row.Problem != "":
			row.Kind = BankUnreadable
		case l.Amount.Minor <= 0:
			row.Kind = BankOut
		}
		if row.Kind != BankUnreadable {
			row.Day, row.Amount, row.Currency, row.Reference = Date(l.Day), l.Amount.Minor, l.Amount.Currency, clean(l.Reference)
			row.ReferenceKey = bankcsv.ReferenceKey(row.Reference)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return 0, Problems{"statement": "There is no line in it."}.Err()
	}
	return len(rows), tx.WithContext(ctx).CreateInBatches(&rows, 200).Error
}

// BankLayout is how a statement is read, as chosen by finance.
type BankLayout struct {
	bankcsv.Layout
	Version int // of the statement that was looked at
}

// ChangeBankLayout reads a statement anew, in another way. What was chosen for its
// lines is lost. Conflict once a line of it is a receipt, or if somebody else was
// faster.
func (s *Store) ChangeBankLayout(ctx context.Context, actor Actor, id string, e BankLayout) error {
	if err := actor.require(ManageInvoices); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		i, err := rowsOf[BankImport](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", id).Take(ctx)
		if err != nil {
			return orNotFound(err, "Bank statement")
		}
		lines, err := e.check(i.Content)
		if err != nil {
			return err
		}
		if i.Version != e.Version {
			return changed(0, nil)
		}
		if _, err := rowsOf[BankLine](tx.DB).Where("import_id = ? AND payment_id IS NULL", id).Delete(ctx); err != nil {
			return err
		}
		left, err := rowsOf[BankLine](tx.DB).Where("import_id = ?", id).Count(ctx, "id")
		if err != nil {
			return err
		}
		if left > 0 {
			return refusal("recorded", "Lines of this statement are recorded already, so it stays as it was read.")
		}
		before, err := i.layout()
		if err != nil {
			return err
		}
		written, err := json.Marshal(e.Layout)
		if err != nil {
			return err
		}
		i.Layout, i.LearntAt, i.Version = string(written), &tx.now, i.Version+1
		if err := changed(rowsOf[BankImport](tx.DB).Where("id = ? AND version = ?", id, e.Version).Select("layout", "learnt_at", "version").Updates(ctx, i)); err != nil {
			return err
		}
		if _, err := tx.keepLines(ctx, id, lines); err != nil {
			return err
		}
		b, a := difference(layoutFacts(before), layoutFacts(e.Layout))
		return tx.record(ctx, actor, "bank_import.columns_changed", i.subject(), b, a)
	})
}

func layoutFacts(l bankcsv.Layout) map[string]any {
	return map[string]any{
		"encoding": string(l.Encoding), "delimiter": l.Delimiter, "header_row": l.Header, "day_column": l.Day, "amount_column": l.Amount, "in_column": l.In, "out_column": l.Out, "currency_column": l.Currency,
		"payer_column": l.Payer, "text_column": l.Text, "more_column": l.More, "reference_column": l.Reference, "days": string(l.Days), "decimal": l.Decimal, "currency": l.InOne,
	}
}

// check reads a statement by the layout, which must make sense.
func (e BankLayout) check(content []byte) ([]bankcsv.Line, error) {
	p := Problems{}
	table, err := e.Table(content)
	if err != nil {
		return nil, Problems{"encoding": "The statement can't be read with these letters and this separator."}.Err()
	}
	columns := len(table.Names)
	for field, column := range map[string]int{"day": e.Day, "amount_column": e.Amount, "in": e.In, "out": e.Out, "currency_column": e.Currency, "payer": e.Payer, "text": e.Text, "more": e.More, "reference_column": e.Reference} {
		if column < 0 || column > columns {
			p.Add(field, "Choose one of the columns.")
		}
	}
	if e.Day == 0 {
		p.Add("day", "Choose the column with the day.")
	}
	if e.Amount == 0 && e.In == 0 {
		p.Add("amount_column", "Choose the column with the amount, or the one with what came in.")
	}
	if e.Days != "" && !slices.Contains(bankcsv.DayOrders, e.Days) {
		p.Add("day_order", "Choose how days are written.")
	}
	if e.Decimal != "." && e.Decimal != "," {
		p.Add("decimal", "Choose how amounts are written.")
	}
	if e.Header < 0 || e.Header > bankcsv.MaxRows {
		p.Add("header", "Enter the number of the row with the names, 0 for none.")
	}
	if _, ok := CurrencyOf(e.InOne); !ok {
		p.Add("currency", "Choose a currency from the list.")
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	lines, err := e.Lines(content)
	if err != nil {
		return nil, statementProblem(err)
	}
	for _, l := range lines {
		if l.Problem == "" {
			return lines, nil
		}
	}
	problem := "No line can be read like this."
	if len(lines) > 0 {
		problem += " The first one: " + strings.TrimSuffix(lines[0].Problem, "?") + "."
	}
	return nil, Problems{"day": problem}.Err()
}

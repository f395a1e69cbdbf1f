package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Paper is the size of the sheets of a document.
type Paper string

// The sizes of paper.
const (
	A4Paper     Paper = "a4"
	LetterPaper Paper = "letter"
)

// letterCountries print on US Letter.
var letterCountries = map[string]bool{"US": true, "CA": true, "MX": true, "CL": true, "CO": true, "CR": true, "GT": true, "PA": true, "PH": true, "PR": true, "SV": true, "DO": true, "VE": true, "NI": true}

// PaperIn is what a country prints on.
func PaperIn(country string) Paper {
	if letterCountries[country] {
		return LetterPaper
	}
	return A4Paper
}

// ParsePaper returns the paper that was asked for, or what the country prints on.
func ParsePaper(s, country string) Paper {
	switch p := Paper(s); p {
	case A4Paper, LetterPaper:
		return p
	}
	return PaperIn(country)
}

// Document is an issued document on paper, with the bytes that were given out first.
type Document struct {
	ID        string
	AccountID string
	Kind      documentKind
	SubjectID string // the invoice, credit note or Annex
	Format    Paper
	SHA256    string `gorm:"column:sha256"`
	Bytes     []byte
	CreatedAt time.Time
}

// documentKind is what a document is of.
type documentKind string

const (
	invoiceDocument          documentKind = "invoice"
	clientInvoiceDocument    documentKind = "client_invoice"
	clientCreditNoteDocument documentKind = "client_credit_note"
)

// document returns the bytes of an issued document. They are rendered once: who
// comes later, or second, gets the bytes that were kept. May they? is asked before.
func (s *Store) document(ctx context.Context, accountID string, kind documentKind, subjectID string, paper Paper, render func() ([]byte, error)) ([]byte, error) {
	kept := func(db *gorm.DB) (Document, error) {
		return rowsOf[Document](db).Where("kind = ? AND subject_id = ? AND format = ?", kind, subjectID, paper).Take(ctx)
	}
	d, err := kept(s.reader)
	if err == nil || !errors.Is(err, gorm.ErrRecordNotFound) {
		return d.Bytes, err
	}
	content, err := render()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	err = s.write(ctx, func(tx *tx) error {
		d = Document{ID: newID(), AccountID: accountID, Kind: kind, SubjectID: subjectID, Format: paper, SHA256: hex.EncodeToString(sum[:]), Bytes: content, CreatedAt: tx.now}
		if err := rowsOf[Document](tx.DB, clause.OnConflict{DoNothing: true}).Create(ctx, &d); err != nil {
			return err
		}
		d, err = kept(tx.DB)
		return err
	})
	return d.Bytes, err
}

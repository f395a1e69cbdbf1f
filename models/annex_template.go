package models

import (
	"context"
	"strconv"

	"gorm.io/gorm/clause"
)

// maxAnnexBody is the most characters of the Annex's text.
const maxAnnexBody = 50_000

// AnnexTemplates returns the versions of the Annex's text, the newest first, for
// the vendor's staff.
func (s *Store) AnnexTemplates(ctx context.Context, actor Actor) ([]AnnexTemplate, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return nil, err
	}
	return rowsOf[AnnexTemplate](s.reader).Order("version DESC").Limit(200).Find(ctx)
}

// TemplateEntry is what is typed of a new version of the Annex's text.
type TemplateEntry struct {
	Body      string
	SignAgain bool   // whoever signed an earlier version signs again before the next order
	Note      string // what has changed
	Version   string // the one that was edited
}

// PreviewAnnex returns e as the account would read it, and what it changes
// against the text in use. Any account will do.
func (s *Store) PreviewAnnex(ctx context.Context, actor Actor, e TemplateEntry) (text AnnexText, changes []DiffLine, err error) {
	if err := actor.require(ManageAnnexes); err != nil {
		return text, nil, err
	}
	e, p := e.clean()
	if err := p.Err(); err != nil {
		return text, nil, err
	}
	current, err := currentTemplate(ctx, s.reader)
	if err != nil {
		return text, nil, err
	}
	if changes, err = textChanges(current.Body, e.Body); err != nil {
		return text, nil, err
	}
	vendor, err := rowsOf[Vendor](s.reader).Where("id = ?", 1).Take(ctx)
	if err != nil {
		return text, nil, err
	}
	zone, err := vendor.zone()
	if err != nil {
		return text, nil, err
	}
	terms, err := termsOn(ctx, s.reader, Silver, DateIn(s.Now(), zone))
	if err != nil {
		return text, nil, err
	}
	sample := Account{Name: "Example IT", LegalName: "Example IT Services Ltd", Address: "1 Example Street\nExampletown", Country: "GB", TaxID: "GB000000000", Currency: "GBP", PaymentDays: 14, Plan: Silver}
	return annexText(AnnexTemplate{Body: e.Body}, sample, terms, vendor), changes, nil
}

func (e TemplateEntry) clean() (TemplateEntry, Problems) {
	p := Problems{}
	e.Body, e.Note = cleanText(e.Body), clean(e.Note)
	p.fill("body", e.Body, "Write the text that both sides sign.", maxAnnexBody)
	if word := unknownAnnexWord(e.Body); word != "" && p["body"] == "" {
		p.Add("body", "“"+word+"” stands for nothing. Choose one of those listed, or write it out.")
	}
	p.fit("note", e.Note, maxName)
	return e, p
}

// AddAnnexTemplate makes a new version of the Annex's text; earlier ones stay as
// they are. Conflict if somebody has made one since the edited version, or if
// nothing has changed.
func (s *Store) AddAnnexTemplate(ctx context.Context, actor Actor, e TemplateEntry) (AnnexTemplate, error) {
	if err := actor.require(ManageAnnexes); err != nil {
		return AnnexTemplate{}, err
	}
	e, p := e.clean()
	if err := p.Err(); err != nil {
		return AnnexTemplate{}, err
	}
	var added AnnexTemplate
	err := s.write(ctx, func(tx *tx) error {
		// The vendor's row is the lock: of two who save at once, one learns of the other.
		if _, err := rowsOf[Vendor](tx.DB, clause.Locking{Strength: "UPDATE"}).Where("id = ?", 1).Take(ctx); err != nil {
			return err
		}
		current, err := currentTemplate(ctx, tx.DB)
		if err != nil {
			return err
		}
		switch {
		case strconv.Itoa(current.Version) != e.Version:
			return refusal("changed", "Somebody has written version %d in the meantime. Look at both, put in what you need, then save again.", current.Version)
		case current.Body == e.Body && current.SignAgain == e.SignAgain:
			return refusal("same", "Nothing has changed.")
		}
		added = AnnexTemplate{ID: newID(), Version: current.Version + 1, Body: e.Body, SignAgain: e.SignAgain, Note: e.Note, CreatedAt: tx.now, CreatedBy: &actor.UserID}
		if err := rowsOf[AnnexTemplate](tx.DB).Create(ctx, &added); err != nil {
			return err
		}
		facts := map[string]any{"version": added.Version, "sign_again": added.SignAgain}
		if e.Note != "" {
			facts["note"] = e.Note
		}
		return tx.record(ctx, actor, "annex.text_changed", subject{kind: "annex_text", id: added.ID, name: "version " + strconv.Itoa(added.Version)}, nil, facts)
	})
	return added, err
}

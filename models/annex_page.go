package models

import (
	"context"
	"time"
)

// Agreement is what an account's page about the Annex shows.
type Agreement struct {
	Account  Account
	Annex    *Annex     // the last that was signed and not declined
	Refusal  *Error     // why no Annex is in force; nil if one is
	Text     *AnnexText // what the Owner would sign now; nil while one is in force or waits
	Declined *Annex     // the last one, if the vendor declined it
	Changes  []DiffLine // of Text, against the last one that both sides signed
	Viewed   bool       // the actor has Text on the screen, which is on record
	History  []Annex    // the newest first
	Zone     *time.Location
}

// Agreement returns the account's Annex: the one in force, or the text to sign.
// That its Owner has the text on the screen is put on record; while that can't
// be written, Viewed is false and the page can still be read.
func (s *Store) Agreement(ctx context.Context, actor Actor) (Agreement, error) {
	var v Agreement
	if err := actor.require(ReadReselling); err != nil {
		return v, err
	}
	now, db := s.Now(), s.reader
	var err error
	if v.Account, err = rowsOf[Account](db).Where("id = ?", actor.AccountID).Take(ctx); err != nil {
		return v, err
	}
	if v.Zone, err = zoneAt(ctx, db, v.Account.ID, now); err != nil {
		return v, err
	}
	if v.History, err = rowsOf[Annex](db).Where("account_id = ?", v.Account.ID).Order("version DESC").Find(ctx); err != nil {
		return v, err
	}
	if len(v.History) > 0 && v.History[0].Status() == AnnexDeclined {
		v.Declined = &v.History[0]
	}
	annex, err := annexInForce(ctx, db, v.Account, now)
	if annex.ID != "" {
		v.Annex = &annex
	}
	if err == nil {
		return v, nil
	}
	refused, ok := Shown(err)
	if !ok || refused.Kind != Conflict {
		return v, err
	}
	v.Refusal = refused
	if refused.Code == "annex_waiting" {
		return v, nil
	}
	text, err := s.annexTextFor(ctx, db, v.Account, DateIn(now, v.Zone))
	if refused, ok := Shown(err); ok && refused.Code == "no_plan" {
		v.Refusal = refused
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Text = &text
	if v.Annex != nil {
		if v.Changes, err = textChanges(v.Annex.Text, text.Text); err != nil {
			return v, err
		}
	}
	if !actor.Can(SignAgreement) {
		return v, nil
	}
	err = s.noteView(ctx, actor, text.SHA256)
	if KindOf(err) == Unavailable {
		return v, nil
	}
	v.Viewed = err == nil
	return v, err
}

// AnnexRow is an Annex in a list.
type AnnexRow struct {
	Annex       `gorm:"embedded"`
	AccountName string
}

// AnnexFilter narrows the list of Annexes; zero fields don't.
type AnnexFilter struct {
	Query     string // in the account
	State     AnnexStatus
	AccountID string
	Sort      string // "signed": the one that waits longest first; else the newest first
}

var annexStates = map[AnnexStatus]string{
	AnnexWaiting:  "x.countersigned_at IS NULL AND x.declined_at IS NULL",
	AnnexSigned:   "x.countersigned_at IS NOT NULL",
	AnnexDeclined: "x.declined_at IS NOT NULL",
}

func annexKey(r AnnexRow) (any, string) { return r.SignedAt, r.ID }

func (f AnnexFilter) listing() listing {
	q := listing{selects: "SELECT x.*, a.name AS account_name FROM annexes x LEFT JOIN accounts a ON a.id = x.account_id", order: order{column: "x.signed_at", id: "x.id", desc: f.Sort != "signed", isTime: true}}
	if f.Query != "" {
		q.and(`a.search LIKE ? ESCAPE '\'`, like(f.Query))
	}
	if condition, ok := annexStates[f.State]; ok {
		q.and(condition)
	} else if f.State != "" {
		q.and("1 = 0")
	}
	if f.AccountID != "" {
		q.and("x.account_id = ?", f.AccountID)
	}
	return q
}

// Annexes returns one page of the Annexes of all accounts, for the vendor's staff.
func (s *Store) Annexes(ctx context.Context, actor Actor, f AnnexFilter, p Paging) (Page[AnnexRow], error) {
	if err := actor.require(ReadAccounts); err != nil {
		return Page[AnnexRow]{}, err
	}
	return list(ctx, s.reader, f.listing(), p, annexKey)
}

// EachAnnex runs fn for every Annex that Annexes would list.
func (s *Store) EachAnnex(ctx context.Context, actor Actor, f AnnexFilter, fn func(AnnexRow) error) error {
	if err := actor.require(ReadAccounts); err != nil {
		return err
	}
	return each(ctx, s.reader, f.listing(), annexKey, fn)
}

// AnnexView is a signed Annex with everything that its page and its paper show.
type AnnexView struct {
	Annex        Annex
	Account      Account
	Template     AnnexTemplate
	DeclinedName string
	IsStale      bool // what the account would sign now is another text
	Zone         *time.Location
	Vendor       Vendor
	Events       []Event
}

// AccountAnnex returns one Annex of any account, for the vendor's staff.
func (s *Store) AccountAnnex(ctx context.Context, actor Actor, id string) (AnnexView, error) {
	if err := actor.require(ReadAccounts); err != nil {
		return AnnexView{}, err
	}
	found, err := rowsOf[Annex](s.reader).Where("id = ?", id).Take(ctx)
	if err != nil {
		return AnnexView{}, orNotFound(err, "Annex")
	}
	return s.annexView(ctx, found)
}

// Annex returns one Annex of the actor's account.
func (s *Store) Annex(ctx context.Context, actor Actor, id string) (AnnexView, error) {
	if err := actor.require(ReadReselling); err != nil {
		return AnnexView{}, err
	}
	found, err := rowsOf[Annex](s.reader).Where("account_id = ? AND id = ?", actor.AccountID, id).Take(ctx)
	if err != nil {
		return AnnexView{}, orNotFound(err, "Annex")
	}
	return s.annexView(ctx, found)
}

func (s *Store) annexView(ctx context.Context, found Annex) (AnnexView, error) {
	v := AnnexView{Annex: found}
	now, db := s.Now(), s.reader
	var err error
	if v.Account, err = rowsOf[Account](db).Where("id = ?", found.AccountID).Take(ctx); err != nil {
		return v, err
	}
	if v.Template, err = rowsOf[AnnexTemplate](db).Where("id = ?", found.TemplateID).Take(ctx); err != nil {
		return v, err
	}
	if v.Vendor, err = rowsOf[Vendor](db).Where("id = ?", 1).Take(ctx); err != nil {
		return v, err
	}
	if v.Zone, err = zoneAt(ctx, db, found.AccountID, now); err != nil {
		return v, err
	}
	if v.IsStale, err = isStale(ctx, db, v.Account, found, now); err != nil {
		return v, err
	}
	if v.DeclinedName, err = userName(ctx, db, found.DeclinedBy); err != nil {
		return v, err
	}
	v.Events, err = rowsOf[Event](db).Where("account_id = ? AND subject_id = ?", found.AccountID, found.ID).Order("at DESC, id DESC").Limit(100).Find(ctx)
	return v, err
}

const annexDocument documentKind = "annex"

// AnnexPaper returns an Annex of the actor's account as render first put it on
// paper after both sides had signed. Conflict before.
func (s *Store) AnnexPaper(ctx context.Context, actor Actor, id, size string, render func(AnnexView, Paper) ([]byte, error)) (AnnexView, []byte, error) {
	v, err := s.Annex(ctx, actor, id)
	if err != nil {
		return v, nil, err
	}
	return s.annexPaper(ctx, v, size, render)
}

// AccountAnnexPaper is AnnexPaper for any account, for the vendor's staff.
func (s *Store) AccountAnnexPaper(ctx context.Context, actor Actor, id, size string, render func(AnnexView, Paper) ([]byte, error)) (AnnexView, []byte, error) {
	v, err := s.AccountAnnex(ctx, actor, id)
	if err != nil {
		return v, nil, err
	}
	return s.annexPaper(ctx, v, size, render)
}

func (s *Store) annexPaper(ctx context.Context, v AnnexView, size string, render func(AnnexView, Paper) ([]byte, error)) (AnnexView, []byte, error) {
	if v.Annex.Status() != AnnexSigned {
		return v, nil, refusal("unsigned", "There is a document once both sides have signed.")
	}
	paper := ParsePaper(size, v.Account.Country)
	content, err := s.document(ctx, v.Account.ID, annexDocument, v.Annex.ID, paper, func() ([]byte, error) { return render(v, paper) })
	return v, content, err
}

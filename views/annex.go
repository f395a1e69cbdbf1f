package views

import (
	"time"

	"reselling/models"
)

// SignatureForm is what is typed to sign an Annex, for the account or the vendor.
type SignatureForm struct {
	Name    string `form:"name"`
	Consent string `form:"consent"`
	SHA256  string `form:"sha256"`
}

// AgreementPage is the account's page about the Annex.
type AgreementPage struct {
	models.Agreement
	MaySign     bool
	AskPassword bool
	Vendor      string
	Form        SignatureForm
	Problem     *models.Error
}

// AnnexesPage is the list of all accounts' Annexes.
type AnnexesPage struct {
	Page      models.Page[models.AnnexRow]
	Nav       ListNav
	Accounts  []models.EventPerson
	MayChange bool
}

// AnnexPage is one Annex for staff.
type AnnexPage struct {
	models.AnnexView
	MayChange   bool
	AskPassword bool
	Form        SignatureForm
	Reason      string // of a refusal that was refused
	Sent        string // "countersignature" or "refusal": the form that Problem is about
	Problem     *models.Error
}

func (p AnnexPage) problemOf(form string) *models.Error {
	if p.Sent == form {
		return p.Problem
	}
	return nil
}

// AnnexTextForm is what is typed of a new version of the Annex's text.
type AnnexTextForm struct {
	Body      string `form:"body"`
	SignAgain string `form:"sign_again"`
	Note      string `form:"note"`
	Version   string `form:"version"`
}

// AnnexTextPage is where staff edit the Annex's text.
type AnnexTextPage struct {
	Versions  []models.AnnexTemplate // the newest first
	Words     []string
	MayChange bool
	Form      AnnexTextForm
	Preview   *models.AnnexText
	Changes   []models.DiffLine
	Theirs    string // what somebody else has saved in the meantime
	Now       time.Time
	Problem   *models.Error
}

// AnnexStateName is an Annex's state in words.
func AnnexStateName(s models.AnnexStatus) string {
	return map[models.AnnexStatus]string{models.AnnexWaiting: "Waits for the vendor", models.AnnexSigned: "Signed by both", models.AnnexDeclined: "Sent back"}[s]
}

func annexTone(s models.AnnexStatus) Tone {
	switch s {
	case models.AnnexWaiting:
		return Warning
	case models.AnnexSigned:
		return Success
	}
	return Neutral
}

func annexStateOptions() []Option {
	options := []Option{{"", "Any state", ""}}
	for _, s := range models.AnnexStatuses {
		options = append(options, Option{Value: string(s), Label: AnnexStateName(s)})
	}
	return options
}

// diffMark says what has become of a line, to those who don't see its colour.
func diffMark(k models.DiffKind) string {
	switch k {
	case models.Added:
		return "+"
	case models.Removed:
		return "−"
	}
	return " "
}

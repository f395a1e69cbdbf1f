package views

import (
	"strconv"
	"strings"

	"reselling/models"
	"reselling/views/paths"
)

// MergeForm is a merge of two clients as chosen; the choices of fields are read beside it.
type MergeForm struct {
	With         string `form:"with"`
	Version      string `form:"version"` // of the client that is kept
	OtherVersion string `form:"other_version"`
	Responsible  string `form:"responsible"`

	Choices map[string]models.MergeChoice `form:"-"` // by the name of the field
}

// MergeField is the input that chooses the value of a client's field.
func MergeField(name string) string { return "keep_" + name }

// Merge is what was chosen. A version that is no number is none that was looked at.
func (f MergeForm) Merge() models.ClientMerge {
	m := models.ClientMerge{OtherID: f.With, Responsible: f.Responsible, Choices: f.Choices}
	m.Version, _ = strconv.Atoi(f.Version)
	m.OtherVersion, _ = strconv.Atoi(f.OtherVersion)
	return m
}

// MergeCandidatesPage asks with whom a client is to be merged.
type MergeCandidatesPage struct {
	models.MergeCandidates
	Query   string
	Problem *models.Error
}

func (p MergeCandidatesPage) crumbs() []Crumb {
	return []Crumb{{"Clients", paths.Clients()}, {p.Client.Company, paths.Client(p.Client.ID)}}
}

func (p MergeCandidatesPage) beside(other string) string {
	return paths.With(paths.ClientMerging(p.Client.ID), "with", other)
}

// MergePage shows two clients side by side before they become one.
type MergePage struct {
	models.MergePreview
	Form    MergeForm
	Problem *models.Error
}

func (p MergePage) crumbs() []Crumb {
	return []Crumb{{"Clients", paths.Clients()}, {p.Kept.Company, paths.Client(p.Kept.ID)}}
}

// mergeRow is a field of two clients.
type mergeRow struct{ name, label, kept, other string }

func (p MergePage) rows() []mergeRow {
	k, o := p.Kept.Fields(), p.Other.Fields()
	return []mergeRow{
		{"company", "Company", k.Company, o.Company}, {"email", "Mail address", k.Email, o.Email}, {"contact_name", "Contact", k.ContactName, o.ContactName},
		{"country", "Country", countryName(k.Country), countryName(o.Country)}, {"tax_id", "Tax id", k.TaxID, o.TaxID}, {"website", "Website", k.Website, o.Website},
		{"address", "Postal address", k.Address, o.Address}, {"reference", "Your reference", k.Reference, o.Reference}, {"notes", "Notes", k.Notes, o.Notes},
	}
}

// same are the fields that both have alike, and different the others.
func (p MergePage) same() (all []mergeRow) {
	for _, r := range p.rows() {
		if r.kept == r.other && r.kept != "" {
			all = append(all, r)
		}
	}
	return all
}

func (p MergePage) different() (all []mergeRow) {
	for _, r := range p.rows() {
		if r.kept != r.other {
			all = append(all, r)
		}
	}
	return all
}

func (p MergePage) field(r mergeRow) Field {
	f := Field{Name: MergeField(r.name), Label: r.label, Value: string(models.OwnValue)}
	switch chosen := p.Form.Choices[r.name]; {
	case chosen != "":
		f.Value = string(chosen)
	case r.kept == "":
		f.Value = string(models.OtherValue)
	case r.name == "notes" && r.other != "":
		f.Value = string(models.BothValues)
	}
	return f
}

func (p MergePage) choices(r mergeRow) []Choice {
	kept, other := p.nameOf(p.Kept, "the client that stays"), p.nameOf(p.Other, "the other one")
	if r.name == "company" {
		kept, other = p.Kept.Email, p.Other.Email
	}
	choices := []Choice{
		{Value: string(models.OwnValue), Label: orNone(r.kept), Note: kept},
		{Value: string(models.OtherValue), Label: orNone(r.other), Note: other},
	}
	if r.name == "notes" && r.kept != "" && r.other != "" {
		choices = append(choices, Choice{Value: string(models.BothValues), Label: "Both", Note: "one below the other"})
	}
	return choices
}

// nameOf tells the two apart, also if they have one name.
func (p MergePage) nameOf(c models.Client, which string) string {
	if p.Kept.Company == p.Other.Company {
		return which
	}
	return c.Company
}

func orNone(s string) string {
	if s == "" {
		return "Nothing"
	}
	return s
}

func (p MergePage) responsible() string {
	if p.Form.Responsible != "" {
		return p.Form.Responsible
	}
	return p.Kept.ResponsibleID
}

func (p MergePage) responsibleOptions() []Option {
	return []Option{{p.Kept.ResponsibleID, p.KeptResponsible, ""}, {p.Other.ResponsibleID, p.OtherResponsible, ""}}
}

var hangingNames = map[string][2]string{
	"trials": {"trial", "trials"}, "licenses": {"licence", "licences"}, "orders": {"order or price request", "orders and price requests"},
	"client_invoices": {"invoice to the client", "invoices to the client"}, "requests": {"request to the vendor", "requests to the vendor"},
	"trial_allowances": {"further trial that was granted", "further trials that were granted"},
}

// moves names what moves to the client that is kept.
func (p MergePage) moves() string {
	var all []string
	for _, m := range p.Moves {
		words := hangingNames[m.Table]
		all = append(all, Plural(m.Number, words[0], words[1]))
	}
	return Join(all)
}

// obstaclePath leads to what must be settled first.
func obstaclePath(e models.Error) Link {
	if strings.Contains(e.Message, "Withdraw") {
		return Link{Label: "To the request", Href: paths.Request(e.Subject)}
	}
	return Link{Label: "To the trial", Href: paths.Trial(e.Subject)}
}

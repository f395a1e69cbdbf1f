package views

import (
	"strings"

	"github.com/a-h/templ"

	"reselling/models"
	"reselling/views/paths"
)

// ClientForm is the form of a client as typed.
type ClientForm struct {
	Company     string `form:"company"`
	ContactName string `form:"contact_name"`
	Email       string `form:"email"`
	Country     string `form:"country"`
	TaxID       string `form:"tax_id"`
	Website     string `form:"website"`
	Address     string `form:"address"`
	Reference   string `form:"reference"`
	Notes       string `form:"notes"`
	Responsible string `form:"responsible"` // a user's id; empty in forms that do not ask
	RequestKey  string `form:"request_key"` // of a new client
	Version     int    `form:"version"`     // of a client being edited
	Duplicate   string `form:"duplicate"`   // "accept": there is one like it, and this is another
}

// ClientFormOf is the form that shows c.
func ClientFormOf(c models.ClientFields) ClientForm {
	return ClientForm{
		Company: c.Company, ContactName: c.ContactName, Email: c.Email, Country: c.Country, TaxID: c.TaxID,
		Website: c.Website, Address: c.Address, Reference: c.Reference, Notes: c.Notes,
	}
}

// Fields are what was typed about the client.
func (f ClientForm) Fields() models.ClientFields {
	return models.ClientFields{
		Company: f.Company, ContactName: f.ContactName, Email: f.Email, Country: f.Country, TaxID: f.TaxID,
		Website: f.Website, Address: f.Address, Reference: f.Reference, Notes: f.Notes,
	}
}

// AcceptsDuplicate reports whether the person has confirmed that this is another client.
func (f ClientForm) AcceptsDuplicate() bool { return f.Duplicate == "accept" }

// ClientFormPage is what the page of the form shows beside it.
type ClientFormPage struct {
	Form    ClientForm
	Problem *models.Error
	Similar []models.ClientMatch // after a refusal as DuplicateClient
	Editing *models.Client       // nil for a new client
	Theirs  *models.Client       // after a refusal as ClientChanged: what is saved now

	Colleagues []models.Colleague // who can be responsible
	Me         string             // whoever fills it in
}

// colleagueOptions are who can look after a client, whoever reads first.
func colleagueOptions(all []models.Colleague, me string) []Option {
	var options []Option
	for _, c := range all {
		if c.ID == me {
			options = append([]Option{{c.ID, c.Name + " (you)", ""}}, options...)
		} else {
			options = append(options, Option{c.ID, c.Name, ""})
		}
	}
	return options
}

func (p ClientFormPage) title() string {
	if p.Editing != nil {
		return "Edit " + p.Editing.Company
	}
	return "Add a client"
}

func (p ClientFormPage) crumbs() []Crumb {
	crumbs := []Crumb{{"Clients", paths.Clients()}}
	if p.Editing != nil {
		crumbs = append(crumbs, Crumb{p.Editing.Company, paths.Client(p.Editing.ID)})
	}
	return crumbs
}

func (p ClientFormPage) action() string {
	if p.Editing != nil {
		return paths.Client(p.Editing.ID)
	}
	return paths.Clients()
}

func (p ClientFormPage) back() string {
	if p.Editing != nil {
		return paths.Client(p.Editing.ID)
	}
	return paths.Clients()
}

func (p ClientFormPage) submit() string {
	switch {
	case p.Theirs != nil:
		return "Save my version"
	case p.Editing != nil:
		return "Save"
	}
	return "Add the client"
}

func (p ClientFormPage) asksDuplicate() bool { return len(p.Similar) > 0 || p.Form.AcceptsDuplicate() }

func (p ClientFormPage) differences() []Difference {
	theirs := ClientFormOf(p.Theirs.Fields())
	return differences(
		Difference{"Company", theirs.Company, p.Form.Company}, Difference{"Contact", theirs.ContactName, p.Form.ContactName},
		Difference{"Mail address", theirs.Email, p.Form.Email}, Difference{"Country", countryName(theirs.Country), countryName(p.Form.Country)},
		Difference{"Tax id", theirs.TaxID, p.Form.TaxID}, Difference{"Website", theirs.Website, p.Form.Website},
		Difference{"Postal address", theirs.Address, oneEnding(p.Form.Address)}, Difference{"Your reference", theirs.Reference, p.Form.Reference},
		Difference{"Notes", theirs.Notes, oneEnding(p.Form.Notes)},
		Difference{"Responsible", models.NameOf(p.Colleagues, p.Theirs.ResponsibleID), models.NameOf(p.Colleagues, p.Form.Responsible)},
	)
}

// oneEnding is text of a form, whose lines end in CR LF, as it is stored.
func oneEnding(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// ClientsPage is a page of the list of clients.
type ClientsPage struct {
	Clients   []models.ClientRow
	Filter    models.ClientFilter
	Countries []string // of the account's clients, by code
	Newer     string   // the address of the page before, or empty
	Older     string
	MayChange bool
	MayIssue  bool

	Colleagues []models.Colleague
	Me         string
}

func (p ClientsPage) isFiltered() bool {
	f := p.Filter
	f.Sort = ""
	return f != models.ClientFilter{}
}

// Address is the address of the list with other pairs of its query.
func (p ClientsPage) Address(pairs ...string) string {
	query := []string{"q", p.Filter.Query, "show", p.Filter.Archived, "country", p.Filter.Country, "trials", p.Filter.Trials, "responsible", p.Filter.Responsible, "sort", p.Filter.Sort}
	return paths.With(paths.Clients(), append(query, pairs...)...)
}

func (p ClientsPage) filter() Filter {
	countries := []Option{{"", "All countries", ""}}
	for _, code := range p.Countries {
		countries = append(countries, Option{code, countryName(code), ""})
	}
	responsible := []Option{{"", "Everybody's", ""}}
	if models.NameOf(p.Colleagues, p.Me) != "" {
		responsible = append(responsible, Option{models.ResponsibleMine, "Mine", ""})
	}
	for _, c := range p.Colleagues {
		if c.ID != p.Me {
			responsible = append(responsible, Option{c.ID, c.Name + "’s", ""})
		}
	}
	return Filter{
		Action: paths.Clients(), Query: p.Filter.Query, Placeholder: "Search clients", Active: p.isFiltered(), Export: p.Address("format", "csv"),
		Hidden: map[string]string{"sort": p.Filter.Sort},
		Selects: []FilterSelect{
			{"show", "Archived or not", p.Filter.Archived, []Option{{models.ClientsCurrent, "Current", ""}, {models.ClientsArchived, "Archived", ""}, {models.ClientsAll, "Current and archived", ""}}},
			{"trials", "Trials", p.Filter.Trials, []Option{{"", "Any trials", ""}, {models.WithRunningTrial, "With a running trial", ""}, {models.WithoutTrial, "Never had a trial", ""}}},
			{"country", "Country", p.Filter.Country, countries},
			{"responsible", "Responsible", p.Filter.Responsible, responsible},
		},
	}
}

func (p ClientsPage) companyColumn() Column {
	if p.Filter.Sort == models.ClientsByCompany {
		return Column{Label: "Client", Href: p.Address(), Sort: "ascending"}
	}
	return Column{Label: "Client", Href: p.Address("sort", models.ClientsByCompany)}
}

func (p ClientsPage) addedColumn() Column {
	f := p
	f.Filter.Sort = models.ClientsNewestFirst
	if p.Filter.Sort == models.ClientsNewestFirst {
		return Column{Label: "Added", Href: f.Address(), Sort: "descending"}
	}
	return Column{Label: "Added", Href: f.Address()}
}

// ClientPage is the page of one client.
type ClientPage struct {
	models.ClientRecord
	MayChange  bool
	MayRequest bool // prices
	MayIssue   bool
	Orders     models.Page[models.OrderRow] // the newest
	SeesAmount bool                         // of the orders
	Invoices   models.Page[models.ClientInvoice]

	Colleagues []models.Colleague // who can be responsible
	Me         string
	Problem    *models.Error // of the form that changes who is
}

func (p ClientPage) archiveText(running int) string {
	text := "It moves out of the list and gets no new trials. Nothing is deleted, and you can restore it at any time."
	switch running {
	case 0:
		return text
	case 1:
		return "Its running trial continues to its end. " + text
	}
	return "Its " + Plural(running, "running trial", "running trials") + " continue to their ends. " + text
}

// trialTone is the state of a trial as a badge says it.
func trialTone(s models.TrialStatus) (Tone, string) {
	switch s {
	case models.TrialActive:
		return Success, "Active"
	case models.TrialConverted:
		return Info, "Converted"
	case models.TrialRevoked:
		return Danger, "Revoked"
	}
	return Neutral, "Expired"
}

func licenseTone(s models.LicenseStatus) (Tone, string) {
	switch s {
	case models.LicenseActive:
		return Success, "Active"
	case models.LicenseNotStarted:
		return Info, "Not started"
	case models.LicenseSuspended:
		return Warning, "Suspended"
	case models.LicenseRevoked:
		return Danger, "Revoked"
	}
	return Neutral, "Expired"
}

// allOf leads to the whole of a list of which a page shows the newest; nothing where that is all.
func allOf(next, href string) templ.Component {
	if next == "" {
		return nil
	}
	return LinkButton(Link{Label: "See all", Href: href})
}

// whichClient is the first cells of a client's row.
func whichClient(c models.ClientRow) templ.Component {
	sub := c.Email
	if c.Reference != "" {
		sub += " · " + c.Reference
	}
	return lean(`<td class="main"><a href="`, paths.Client(c.ID), `">`, c.Company, `</a><span class="sub">`, sub,
		`</span></td><td data-label="Contact">`, orDash(c.ContactName), `</td><td data-label="Country">`, orDash(countryName(c.Country)), `</td>`)
}

// whoseClient is the cell of who looks after a client.
func whoseClient(c models.ClientRow) templ.Component {
	return lean(`<td data-label="Responsible">`, orDash(c.ResponsibleName), `</td>`)
}

// clientMenu is what can be done with a client of a list.
func clientMenu(p ClientsPage, c models.ClientRow) templ.Component {
	parts := []string{menuOpens, "Actions for " + c.Company, menuOpened}
	item := func(href, label, icon string) {
		parts[len(parts)-1] += `<a class="menu-item" href="`
		parts = append(parts, href, `">`+drawn[icon]+label+`</a>`)
	}
	item(paths.Client(c.ID), "Open", "eye")
	if p.MayIssue && !c.IsArchived() {
		item(paths.With(paths.NewTrial(), "client", c.ID), "Issue a trial", "trials")
	}
	if p.MayChange {
		item(paths.EditClient(c.ID), "Edit", "edit")
	}
	parts[len(parts)-1] += menuEnds
	return lean(parts...)
}

package views

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"reselling/models"
	"reselling/views/paths"

	"github.com/a-h/templ"
)

var galleryDir = flag.String("gallery", "", "also write the gallery's pages into this directory, to look at them")

const zone = "Europe/Madrid"

var now = time.Date(2026, 11, 23, 13, 5, 0, 0, time.UTC)

// TestGallery renders every component in pages like the real ones, in the look
// of somebody signed in and of somebody signed out.
func TestGallery(t *testing.T) {
	for name, page := range gallery() {
		html := render(t, page.ctx, page.body)
		if !bytes.Contains(html, []byte("<h1>")) {
			t.Errorf("%s has no h1", name)
		}
		if n := bytes.Count(html, []byte("<h1")); n != 1 {
			t.Errorf("%s has %d h1, want 1", name, n)
		}
		forbidInline(t, name, html)
		if *galleryDir != "" {
			if err := os.WriteFile(filepath.Join(*galleryDir, name+".html"), html, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

type galleryPage struct {
	ctx  context.Context
	body templ.Component
}

func signedIn(change ...func(*Chrome)) context.Context {
	c := Chrome{
		Signed: true, Name: "Marta Ruiz", Email: "marta.ruiz@nordwind.example", Account: "Nordwind IT", Standing: "Owner",
		Accounts: []AccountChoice{{"a1", "Nordwind IT", true}, {"a2", "Cálculo Consulting S.L.", false}},
		Nav: []NavGroup{
			{"", []NavItem{{"Home", paths.Home(), "home", false, 0}, {"Trials", paths.Trials(), "trials", true, 3}, {"Clients", paths.Clients(), "clients", false, 0}, {"Licences", paths.Licenses(), "licence", false, 0}}},
			{"Account", []NavItem{{"Team", paths.Team(), "team", false, 1}, {"Activity", paths.Activity(), "activity", false, 0}}},
			{"Support", []NavItem{{"Help", paths.Help(), "help", false, 0}}},
		},
		CSRF: "token", Nonce: "nonce", RequestID: "0193-7af2", Vendor: "ElectroNeek", PortalName: "User Portal", Zone: zone, Now: now,
	}
	for _, f := range change {
		f(&c)
	}
	return WithChrome(context.Background(), c)
}

func signedOut() context.Context {
	return WithChrome(context.Background(), Chrome{Nonce: "nonce", CSRF: "token", Vendor: "ElectroNeek", PortalName: "User Portal", Zone: zone, Now: now})
}

func gallery() map[string]galleryPage {
	refused := &models.Error{Message: "The trial was not issued. Please correct the marked fields.", Fields: map[string]string{
		"email": "This is not a mail address.", "company": "Tell us the company's name.", "product": "Choose a product.",
	}}
	return map[string]galleryPage{
		"home":   {signedIn(), homePage()},
		"trials": {signedIn(), trialsPage()},
		"empty": {signedIn(), with(Page(PageHead{Title: "Clients"}), with(Results(), with2(
			FilterBar(Filter{Action: paths.Clients(), Placeholder: "Search clients"}),
			EmptyState("clients", "No clients yet", "A client is the company that gets a trial or buys a licence. You can also add one while you issue a trial.", LinkButton(Link{Label: "Add a client", Href: paths.NewClient(), Icon: "plus", Kind: Primary})))))},
		"trial": {signedIn(func(c *Chrome) {
			c.Flash = []Flash{{Success, "The trial is issued. Acme Industrial gets its mail within a minute."}}
		}), trialPage()},
		"form":    {signedIn(), formPage(refused)},
		"team":    {signedIn(), teamPage(true)},
		"team2":   {signedIn(), teamPage(false)},
		"details": {signedIn(func(c *Chrome) { c.Banner = "You are looking at this account as staff. Nothing can be changed." }), alertsPage()},
		"login":   {signedOut(), loginPage(nil)},
		"refused": {signedOut(), loginPage(&models.Error{Message: "This mail address and password don't fit together."})},
		"license": {signedOut(), licensePage()},
		"failure403": {signedIn(), Failure(403, "", "Only the Owner may see Team → Reselling. Yours is Marta Ruiz.", "0193-7af2", []Link{
			{Label: "Go to the home page", Href: "/", Kind: Secondary}})},
		"failure404": {signedOut(), Failure(404, "", "", "0193-7af2", []Link{{Label: "Sign in", Href: paths.Login(), Kind: Primary}})},
		"failure500": {signedIn(), Failure(500, "", "", "0193-7af2", []Link{{Label: "Try again", Href: "", Kind: Secondary}})},
	}
}

func homePage() templ.Component {
	return with(Page(PageHead{Title: "Good afternoon, Marta", Lead: "Nordwind IT is on the Silver plan.", Action: LinkButton(Link{Label: "Issue a trial", Href: paths.NewTrial(), Icon: "plus", Kind: Primary})}),
		raw(`<div class="stack">`),
		with(Stats(),
			Stat(StatValue{"Active trials", "12", "3 end this week", paths.Trials()}),
			Stat(StatValue{"Converted this quarter", "4", "of 17 issued", ""}),
			Stat(StatValue{"Clients", "86", "", paths.Clients()}),
			Stat(StatValue{"Running licences", "1,204", "", paths.Licenses()})),
		raw(`<div class="split"><div class="stack">`),
		with(CardFlush("Ending soon", LinkButton(Link{Label: "All trials", Href: paths.Trials(), Kind: Small})), trialsTable(3)),
		raw(`</div><aside class="stack">`),
		with(Card("Trials of November", nil), Meter(MeterValue{Label: "Trials", Used: 3, Limit: 5, Note: "New ones from 1 December, 00:00 (Madrid)."})),
		with(Card("Team", nil), with(DefinitionList(), with(Definition("Owner"), raw("Marta Ruiz")), with(Definition("Plan"), Badge(Neutral, "Silver")))),
		raw(`</aside></div></div>`))
}

func trialsPage() templ.Component {
	return with(Page(PageHead{Title: "Trials", Lead: "3 of 5 trials of November are used. New ones from 1 December, 00:00 (Madrid).", Action: LinkButton(Link{Label: "Issue a trial", Href: paths.NewTrial(), Icon: "plus", Kind: Primary})}),
		FilterBar(Filter{Action: paths.Trials(), Placeholder: "Search trials", Active: true, Export: paths.With(paths.Trials(), "format", "csv"), Selects: []FilterSelect{
			{"state", "State", "active", []Option{{"", "All states", ""}, {"active", "Active", ""}, {"expired", "Expired", ""}}},
			{"product", "Product", "", []Option{{"", "All products", ""}, {"studio", "Studio Pro", ""}, {"saas", "Orchestrator SaaS", ""}}},
		}, Hidden: map[string]string{"sort": "-ends"}}),
		with(Results(), raw(`<div class="table-wrap">`), trialsTable(9), raw(`</div>`), Pager("?before=x", "?after=y")))
}

func trialsTable(n int) templ.Component {
	rows := []struct {
		client, email, product string
		tone                   Tone
		state                  string
		ends                   time.Duration
	}{
		{"Acme Industrial", "it@acme.example", "Studio Pro", Success, "Active", 3 * 24},
		{"Bäckerei Sonnenschein & Söhne GmbH & Co. KG", "einkauf@sonnenschein.example", "Orchestrator SaaS", Success, "Active", 20},
		{"Cobalt Logistics", "ops@cobalt.example", "Studio Pro", Warning, "Ends today", 5},
		{"Delta Foods", "admin@deltafoods.example", "Studio Pro", Neutral, "Expired", -9 * 24},
		{"Estudio Gráfico Ñandú", "hola@nandu.example", "Orchestrator SaaS", Info, "Converted", -20 * 24},
		{"Fjord Energy", "it@fjord.example", "Studio Pro", Danger, "Revoked", -30 * 24},
		{"Grupo Hotelero del Sur", "sistemas@ghs.example", "Studio Pro", Success, "Active", 8 * 24},
		{"Harbour Clinics", "it@harbour.example", "Orchestrator SaaS", Success, "Active", 12 * 24},
		{"Ivory Textiles", "office@ivory.example", "Studio Pro", Neutral, "Expired", -40 * 24},
	}
	parts := []templ.Component{raw(`<table class="table"><thead><tr>`),
		Th(Column{Label: "Client", Href: "?sort=client"}), Th(Column{Label: "Product"}), Th(Column{Label: "State"}),
		Th(Column{Label: "Ends", Href: "?sort=ends", Sort: "descending"}), Th(Column{Label: "Days left", Number: true}), ThActions(), raw(`</tr></thead><tbody>`)}
	for i, r := range rows[:n] {
		ends := now.Add(r.ends * time.Hour)
		left := "–"
		if r.ends > 0 {
			left = Number(int(r.ends)/24 + 1)
		}
		parts = append(parts,
			raw(`<tr><td class="main"><a href="/trials/1">`+templ.EscapeString(r.client)+`</a><span class="sub">`+r.email+`</span></td><td data-label="Product">`+r.product+`</td><td data-label="State">`),
			Badge(r.tone, r.state), raw(`</td><td data-label="Ends">`), Date(ends, zone), raw(`</td><td class="num" data-label="Days left">`+left+`</td><td class="acts">`),
			with(Menu("Actions for "+r.client), MenuLink("/trials/1", "Open", "eye"), MenuAction("/trials/1/resending", "Send the mail again", "send"),
				Confirm(Question{ID: "revoke-" + string(rune('a'+i)) + string(rune('0'+n)), Label: "Revoke…", Icon: "ban", Kind: CarefulItem, Title: "Revoke the trial of " + r.client + "?", Text: "Studio Pro stops working for them at once. It does not give the trial back to your quota.", Action: "/trials/1/revocation", Submit: "Revoke the trial"})),
			raw(`</td></tr>`))
	}
	return join(append(parts, raw(`</tbody></table>`))...)
}

func trialPage() templ.Component {
	return with(Page(PageHead{Title: "Studio Pro for Acme Industrial", Crumbs: []Crumb{{"Trials", paths.Trials()}}, Badge: Badge(Success, "Active"), Action: join(
		LinkButton(Link{Label: "Send the mail again", Href: "#", Icon: "send"}),
		Confirm(Question{ID: "revoke", Label: "Revoke", Title: "Revoke this trial?", Text: "Studio Pro stops working for Acme Industrial at once, and they are told by mail. It does not give the trial back to your quota of November.", Action: "/trials/1/revocation", Submit: "Revoke the trial"}))}),
		raw(`<div class="split"><div class="stack">`),
		with(Card("Licence", nil), CopyField("key", "Licence key", "eyJhbGciOiJFZERTQSIsImtpZCI6IjIwMjYtMTEifQ.eyJhdWQiOiJzdHVkaW8tcHJvIiwic3ViIjoiMDE5MyJ9.k3pQ")),
		with(Card("History", nil), with(Timeline(),
			with(TimelineItem("mail"), raw(`Licence mail delivered to it@acme.example<small>23 Nov 2026, 14:06 (Madrid)</small>`)),
			with(TimelineItem("edit"), raw(`Address corrected from ti@acme.example<small>Marta Ruiz · `), Time(now, zone), raw(`</small>`)),
			with(TimelineItem("trials"), raw(`Trial issued<small>Marta Ruiz · `), Time(now, zone), raw(`</small>`)))),
		raw(`</div><aside class="stack">`),
		with(Card("Trial", nil), with(DefinitionList(),
			with(Definition("Client"), raw(`<a class="link" href="/clients/1">Acme Industrial</a>`)),
			with(Definition("Ends"), Time(now.AddDate(0, 0, 14), zone), raw(` <span class="muted">`), Relative(now.AddDate(0, 0, 14), zone), raw(`</span>`)),
			with(Definition("Valid from"), Day("2026-11-23")),
			with(Definition("Issued by"), Person("Marta Ruiz", "marta.ruiz@nordwind.example")))),
		raw(`</aside></div>`))
}

func formPage(p *models.Error) templ.Component {
	return with(Page(PageHead{Title: "Issue a trial", Crumbs: []Crumb{{"Trials", paths.Trials()}}}),
		raw(`<div class="split"><div>`),
		with(Form(paths.Trials()), ErrorSummary(p), RequestKey("k"),
			RadioCards(p, Field{Name: "product", Label: "Product", Value: "studio"}, []Choice{
				{Value: "studio", Label: "Studio Pro", Note: "Builds automations on a desktop", Aside: "5 seats"},
				{Value: "saas", Label: "Orchestrator SaaS", Note: "Runs automations in the cloud", Aside: "1 seat"},
				{Value: "old", Label: "Studio Classic", Note: "Not on trial", Disabled: true}}),
			with(FieldGroup("Client"), with(cols(),
				TextField(p, Field{Name: "company", Label: "Company", Autocomplete: "organization"}),
				TextField(p, Field{Name: "contact_name", Label: "Contact", Optional: true}),
				EmailField(p, Field{Name: "email", Label: "Mail address", Value: "it@acme", Hint: "The licence page is sent to this address."}),
				Select(p, Field{Name: "country", Label: "Country", Value: "ES", Placeholder: "Choose a country"}, []Option{{"ES", "Spain", "Often used"}, {"DE", "Germany", "Often used"}, {"FR", "France", "All"}})),
				TextArea(p, Field{Name: "notes", Label: "Notes", Optional: true, Hint: "Only your team sees them."})),
			with(FieldGroup("Terms"), with(cols(), NumberField(p, Field{Name: "seats", Label: "Seats", Value: "5", Min: "1", Max: "500", Short: true}), DateField(p, Field{Name: "from", Label: "From", Value: "2026-11-23"})),
				Checkbox(p, Field{Name: "warn", Label: "Issue it although example.com had a trial before", Hint: "Another client with this company domain had Studio Pro in March 2026.", Optional: true}, true)),
			with(Actions(), SubmitButton("Issue the trial", Primary), LinkButton(Link{Label: "Cancel", Href: paths.Trials()}))),
		raw(`</div><aside class="stack">`),
		with(Card("", nil), Meter(MeterValue{Label: "Trials of November", Used: 5, Limit: 5, Note: "All 5 trials of November are used. New ones from 1 December, 00:00 (Madrid)."})),
		with(Card("What they get", nil), with(Steps(), raw(`<li>A mail with their licence page</li><li>The key and how to install it</li><li>14 days, until 7 Dec 2026, 14:05 (Madrid)</li>`))),
		raw(`</aside></div>`))
}

func cols() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		children := templ.GetChildren(ctx)
		return join(raw(`<div class="cols">`), children, raw(`</div>`)).Render(templ.ClearChildren(ctx), w)
	})
}

func teamPage(open bool) templ.Component {
	p := &models.Error{Message: "2 addresses could not be invited.", Fields: map[string]string{"emails": "“nobody” and “x@” are not mail addresses."}}
	if !open {
		p = nil
	}
	return with(Page(PageHead{Title: "Team", Tabs: []Tab{{"All users", paths.TeamUsers(), true, 0}, {"Reselling", paths.TeamReselling(), false, 4}, {"Invitations", paths.TeamInvitations(), false, 0}}, Action: with(
		Dialog(DialogBox{ID: "invite", Label: "Invite users", Icon: "plus", Kind: Primary, Title: "Invite users", Lead: "Each gets a mail with a link that works once, for 7 days.", Open: open}),
		with(Form(paths.TeamInvitations()), ErrorSummary(p), RequestKey("k"),
			TextArea(p, Field{Name: "emails", Label: "Mail addresses", Value: "", Hint: "Separated by commas, spaces or new lines.", Rows: 3}),
			Select(p, Field{Name: "role", Label: "Role", Value: "member"}, []Option{{"admin", "Admin", ""}, {"member", "Member", ""}}),
			raw(`<div class="picks" id="people"><label><input class="checkbox" type="checkbox" name="user_id" value="1">`), Person("Jonas Weber", "jonas@nordwind.example"), raw(`</label><label><input class="checkbox" type="checkbox" name="user_id" value="2">`), Person("Ana Sá", "ana@nordwind.example"), raw(`</label></div>`),
			with(Actions(), DialogCancel(), SubmitButton("Send the invitations", Primary))))}),
		raw(`<div class="bulkbar" id="chosen" hidden><span><b data-chosen>0</b> selected</span><button class="btn btn-sm">Remove</button></div><div class="table-wrap"><table class="table" data-bulk="chosen"><thead><tr><th><input type="checkbox" class="checkbox" data-all aria-label="All"></th><th scope="col">Person</th><th scope="col">Role</th><th scope="col">Last sign-in</th></tr></thead><tbody><tr><td><input type="checkbox" class="checkbox bulk" aria-label="Jonas"></td><td class="main">`), Person("Jonas Weber", "jonas@nordwind.example"), raw(`</td><td data-label="Role">Admin</td><td data-label="Last sign-in">`), Relative(now.Add(-50*time.Hour), zone), raw(`</td></tr></tbody></table></div>`))
}

func alertsPage() templ.Component {
	alerts := []templ.Component{raw(`<div class="stack">`)}
	for _, tone := range []Tone{Neutral, Info, Success, Warning, Danger} {
		alerts = append(alerts, with(Alert(tone, "A title for "+string(tone)), raw(`<p>One sentence that says what to do, with <a class="link" href="/help">a way to do it</a>.</p>`)))
	}
	for _, tone := range []Tone{Neutral, Info, Success, Warning, Danger} {
		alerts = append(alerts, Badge(tone, string(tone)), raw(" "))
	}
	for _, kind := range []Kind{Primary, Secondary, Ghost, Destructive, Careful, Small} {
		alerts = append(alerts, SubmitButton("Do it", kind), raw(" "))
	}
	alerts = append(alerts, raw(`<div class="tiles">`))
	for _, m := range []MeterValue{{Label: "Trials", Limit: 2}, {Label: "Trials", Used: 7, Limit: 10, Extra: 2, Note: "New ones soon."}, {Label: "Trials", Used: 31, Limit: 40}, {Label: "Trials"}} {
		alerts = append(alerts, with(Card("", nil), Meter(m)))
	}
	alerts = append(alerts, raw(`</div><div class="tiles">`))
	icon := []templ.Component{}
	for name := range icons {
		icon = append(icon, Icon(name), raw(" "))
	}
	alerts = append(alerts, raw(`<div class="flex flex-wrap gap-3">`), join(icon...), raw(`</div></div><div class="prose"><h2>How trials are counted</h2><p>A trial counts in the month in which it is issued.</p><ul><li>One</li><li>Two</li></ul></div></div>`))
	return with(Page(PageHead{Title: "Pieces", Crumbs: []Crumb{{"Help", "/help"}}, Lead: "Everything that does not stand on another page of the gallery."}), alerts...)
}

func loginPage(p *models.Error) templ.Component {
	return with(Plain(PlainHead{Title: "Sign in"}),
		with(Form(paths.Login()), ErrorSummary(p),
			EmailField(p, Field{Name: "email", Label: "Mail address", Autocomplete: "username", Autofocus: true}),
			PasswordField(p, Field{Name: "password", Label: "Password", Autocomplete: "current-password", MaxLength: 1024}),
			with(Actions(), SubmitButton("Sign in", Primary)),
			raw(`<p class="small"><a class="link" href="/password/forgot">Forgot your password?</a></p>`)))
}

func licensePage() templ.Component {
	return with(Plain(PlainHead{Title: "Studio Pro for Acme Industrial", Lead: "Your trial runs until 7 Dec 2026, 14:05 (Madrid).", Wide: true, Brand: "Nordwind IT"}),
		raw(`<div class="stack">`), CopyField("key", "Licence key", "eyJhbGciOiJFZERTQSJ9.eyJhdWQiOiJzdHVkaW8tcHJvIn0.k3pQ"),
		with(Steps(), raw(`<li>Download Studio Pro and start it.</li><li>Choose “Activate” and paste the key.</li><li>Sign in with your mail address.</li>`)),
		with(Form(paths.LicenseInterest("t")), with(Actions(), SubmitButton("I want to buy", Primary))), raw(`</div>`))
}

// with renders c around children.
func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, join(children...)), w)
	})
}

func with2(parts ...templ.Component) templ.Component { return join(parts...) }

func join(parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, p := range parts {
			if err := p.Render(templ.ClearChildren(ctx), w); err != nil {
				return err
			}
		}
		return nil
	})
}

func raw(html string) templ.Component { return templ.Raw(html) }

func render(t *testing.T, ctx context.Context, c templ.Component) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

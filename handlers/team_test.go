package handlers_test

import (
	"encoding/csv"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"reselling/models"
	"reselling/models/modelstest"
)

// membershipOf is the id of somebody's membership in their account.
func (s *site) membershipOf(t *testing.T, who models.Actor) string {
	t.Helper()
	var id string
	if err := s.DB.Raw("SELECT id FROM memberships WHERE account_id = ? AND user_id = ?", who.AccountID, who.UserID).Scan(&id).Error; err != nil || id == "" {
		t.Fatalf("membership of %s: %q, %v", who.Name, id, err)
	}
	return id
}

// words is the text of what a selector finds, its pieces parted by single spaces.
func (p *page) words(selector string) string {
	var all []string
	var read func(s *goquery.Selection)
	read = func(s *goquery.Selection) {
		s.Contents().Each(func(_ int, piece *goquery.Selection) {
			if goquery.NodeName(piece) == "#text" {
				all = append(all, strings.Fields(piece.Text())...)
			} else {
				read(piece)
			}
		})
	}
	read(p.Find(selector))
	return strings.Join(all, " ")
}

func TestTeamListsUsers(t *testing.T) {
	s := newSite(t)
	p := s.as(t, modelstest.AcmeOwner).get("/team").wants(200, "/team/users")
	if p.heading() != "Team" || p.words(".tabs") != "All users Reselling" {
		t.Errorf("%s, tabs %q", p.heading(), p.words(".tabs"))
	}
	rows := p.Find("#results tbody tr")
	if rows.Length() != 7 {
		t.Fatalf("%d rows", rows.Length())
	}
	sam := p.words("#results tbody tr:nth-child(6)")
	for _, want := range []string{"Sam Seller", "sam@acme.example", "Member", "Seller", "Never", "2 Mar 2025"} {
		if !strings.Contains(sam, want) {
			t.Errorf("%q misses %q", sam, want)
		}
	}
	if me := p.words("#results tbody tr:nth-child(5)"); !strings.Contains(me, "Olivia Owner (you)") || strings.Contains(me, "Remove") {
		t.Errorf("the Owner's own row: %q", me)
	}
	if strings.Contains(strings.ToLower(p.words("main")), "second factor") {
		t.Error("the second factor is shown before it exists")
	}
}

func TestTeamAsOthersSeeIt(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		who               models.Actor
		tabs              string
		invites, reseller bool
	}{
		{modelstest.AcmeAdmin, "All users", true, false},
		{modelstest.AcmeMember, "All users", false, false},
		{modelstest.AcmeSeller, "All users", false, false},
	} {
		b := s.as(t, c.who)
		p := b.get("/team/users").wants(200, "/team/users")
		if p.words(".tabs") != c.tabs || (p.Find("#invite").Length() == 1) != c.invites || p.Find("td.acts .menu").Length() > 0 != c.invites {
			t.Errorf("%s: tabs %q, invites %d, acts %d", c.who.Name, p.words(".tabs"), p.Find("#invite").Length(), p.Find("td.acts .menu").Length())
		}
		if strings.Contains(p.words("#results thead"), "Reselling") {
			t.Errorf("%s sees reselling roles", c.who.Name)
		}
		for _, path := range []string{"/team/reselling", "/team/reselling/new", "/team/reselling?format=csv", "/team/ownership-offers/new"} {
			if denied := b.get(path); denied.status != 403 || !strings.Contains(denied.body, "Only Olivia Owner, the Owner of Acme, can.") {
				t.Errorf("%s at %s: %d %s", c.who.Name, path, denied.status, denied.words("main"))
			}
		}
	}
	b := s.as(t, modelstest.AcmeMember)
	if denied := b.get("/team/invitations/new"); denied.status != 403 || !strings.Contains(denied.body, "Olivia Owner, the Owner of Acme, can give you another role") {
		t.Errorf("%d %s", denied.status, denied.words("main"))
	}
	if staff := s.as(t, modelstest.VendorAdministrator).get("/team/users"); staff.status != 403 || !strings.Contains(staff.body, "staff never act as a customer") {
		t.Errorf("staff: %d %s", staff.status, staff.words("main"))
	}
}

func TestTeamSearchSortAndCSV(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeOwner)
	if p := b.get("/team/users?q=SELLER&role=member"); p.Find("#results tbody tr").Length() != 1 || p.value("q") != "SELLER" || p.Find(".filters [name=role] option[selected]").AttrOr("value", "") != "member" {
		t.Errorf("search: %q, %q", p.words("#results"), p.value("q"))
	}
	if p := b.get("/team/users?q=nobody"); !strings.Contains(p.words("#results"), "Nobody fits") {
		t.Errorf("empty: %q", p.words("#results"))
	}
	if p := b.get("/team/users?sort=-name"); !strings.Contains(p.words("#results tbody tr:first-child"), "Vic") || p.Find("th[aria-sort=descending]").Length() != 1 {
		t.Errorf("sorted: %q", p.words("#results tbody tr:first-child"))
	}
	s.Exec(t, "UPDATE users SET name = '=HYPERLINK(1)' WHERE id = ?", modelstest.AcmeSeller.UserID)
	file := b.get("/team/users?format=csv&role=member")
	if !strings.HasPrefix(file.header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%s: %s", file.header.Get("Content-Type"), file.body)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%v, %v", rows, err)
	}
	if got := strings.Join(rows[0], "|"); got != "Name|Mail address|Role|Last sign-in (UTC)|Joined (UTC)|Reselling role" {
		t.Error(got)
	}
	if got := strings.Join(rows[3], "|"); got != "'=HYPERLINK(1)|sam@acme.example|Member||2025-03-02 10:04:00|Seller" {
		t.Error(got)
	}
	if file := s.as(t, modelstest.AcmeViewer).get("/team/users?format=csv"); strings.Contains(file.body, "Reselling") || file.status != 200 {
		t.Errorf("%d %s", file.status, file.body)
	}
	if file := b.get("/team/reselling?format=csv"); !strings.Contains(file.body, "Olivia Owner,olivia@acme.example,Owner,Owner,") || strings.Contains(file.body, "Mia") {
		t.Error(file.body)
	}
}

func TestInviteUsersThroughTheForm(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeAdmin)
	form := b.get("/team/users")
	if form.Find("#invite [name=reselling_role]").Length() != 0 {
		t.Error("an Admin is offered reselling roles")
	}
	p := b.submitTo(form, "/team/invitations", url.Values{"emails": {"a@example.com; Bo <b@example.com>"}, "role": {"admin"}}).wants(200, "/team/users")
	if p.flash() != "2 people are invited." || !strings.Contains(p.words(".card-flush"), "a@example.com Invited by Adam Admin") || !strings.Contains(p.words(".card-flush"), "Admin") {
		t.Errorf("flash %q, pending %q", p.flash(), p.words(".card-flush"))
	}
	typed := "c@example.com, b@example.com, mia@acme.example"
	bad := b.submitTo(p, "/team/invitations", url.Values{"emails": {typed}, "role": {"billing_contact"}}).wants(409, "/team/invitations")
	if bad.heading() != "Invite users" || bad.value("emails") != typed || bad.Find("[name=role][checked]").AttrOr("value", "") != "billing_contact" {
		t.Errorf("%s: %q, %q", bad.heading(), bad.value("emails"), bad.Find("[name=role][checked]").AttrOr("value", ""))
	}
	if why := bad.fieldError("emails"); !strings.Contains(why, "b@example.com already has an open invitation to Acme") || !strings.Contains(why, "mia@acme.example already belongs to Acme") || strings.Contains(why, "c@example.com") {
		t.Errorf("why: %q", why)
	}
	resend := bad.Find("button[name=resend]")
	again := b.post(resend.AttrOr("formaction", ""), url.Values{"csrf": {bad.value("csrf")}, "emails": {typed}, "role": {"billing_contact"}, "resend": {resend.AttrOr("value", "")}})
	again.wants(200, "/team/invitations/new")
	if strings.Contains(again.value("emails"), "b@example.com") || !strings.Contains(again.value("emails"), "c@example.com") || !strings.Contains(again.flash(), "A new link is on its way to b@example.com") {
		t.Errorf("%q, %q", again.value("emails"), again.flash())
	}
	b.post("/team/invitations", url.Values{"csrf": {again.value("csrf")}, "emails": {"x@example.com"}, "role": {"member"}, "reselling_role": {"seller"}}).wants(403, "/team/invitations")
	b.get("/team/invitations").wants(200, "/team/invitations/new")
}

func TestInviteUsersEscapesWhatIsTyped(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeOwner)
	form := b.get("/team/invitations/new")
	for _, hostile := range []string{`<script>alert(1)</script>@example.com`, `"><img src=x>`, "\u202eevil 🎈", strings.Repeat("x", 10000), "=1+1", "a@b\r\nBcc: c@example.com"} {
		p := b.submitTo(form, "/team/invitations", url.Values{"emails": {hostile}})
		if p.status != 422 || p.Find("main script, main img").Length() > 0 || p.fieldError("emails") == "" {
			t.Errorf("%.20q: %d %s", hostile, p.status, p.fieldError("emails"))
		}
	}
	if n := s.Count(t, "invitations", "1 = 1"); n != 0 {
		t.Errorf("%d invitations", n)
	}
}

func TestResendAndRevoke(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeOwner)
	p := b.submitTo(b.get("/team/users"), "/team/invitations", url.Values{"emails": {"a@example.com"}, "reselling_role": {"viewer"}})
	if p.flash() != "a@example.com is invited." || !strings.Contains(p.words(".card-flush"), "Viewer in the Reselling team") {
		t.Errorf("%q, %q", p.flash(), p.words(".card-flush"))
	}
	action := p.Find(".card-flush form[action$=resending]").AttrOr("action", "")
	if p = b.submitTo(p, action, nil); !strings.Contains(p.flash(), "A new link is on its way to a@example.com") {
		t.Error(p.flash())
	}
	s.Clock.Advance(8 * 24 * 60 * 60e9)
	b = s.as(t, modelstest.AcmeOwner)
	if p = b.get("/team/users"); !strings.Contains(p.words(".card-flush"), "Expired") {
		t.Errorf("pending %q", p.words(".card-flush"))
	}
	revoke := p.Find(".card-flush form[action$=revocation]").AttrOr("action", "")
	globex := s.as(t, modelstest.GlobexOwner)
	globex.post(revoke, url.Values{"csrf": {globex.get("/team/users").value("csrf")}}).wants(404, revoke)
	if p = b.submitTo(p, revoke, nil).wants(200, "/team/users"); p.flash() != "The invitation of a@example.com is revoked." || p.Find(".card-flush").Length() > 0 {
		t.Errorf("%q", p.flash())
	}
	b.get(action).wants(405, action)
}

func TestChangeRoleAndRemoveOnPages(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeAdmin)
	id := s.membershipOf(t, modelstest.AcmeMember)
	member := b.get("/team/users/"+id).wants(200, "/team/users/"+id)
	if member.heading() != "Mia Member" || member.Find("[name=role][checked]").AttrOr("value", "") != "member" {
		t.Error(member.heading())
	}
	p := b.submitTo(member, "/team/users/"+id+"/role", url.Values{"role": {"billing_contact"}}).wants(200, "/team/users")
	if p.flash() != "Mia Member is now Billing contact." {
		t.Error(p.flash())
	}
	bad := b.submitTo(member, "/team/users/"+id+"/role", url.Values{"role": {"owner"}}).wants(422, "/team/users/"+id+"/role")
	if !strings.Contains(bad.fieldError("role"), "transfers the ownership") {
		t.Error(bad.fieldError("role"))
	}
	// In the list, one form changes everybody's role, and removing somebody is asked on a page.
	list := p
	make := list.Find(`button[form="change-role"][formaction="/team/users/` + id + `/role"]`)
	if got := make.Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("name", "") + "=" + s.AttrOr("value", "") }); !slices.Equal(got, []string{"role=admin", "role=member"}) {
		t.Errorf("the menu of a Billing contact: %q", got)
	}
	if form := list.Find(`form#change-role[method="post"]`); form.Find(`[name="csrf"]`).AttrOr("value", "") == "" {
		t.Error("the list has no form for roles")
	}
	if p = b.post("/team/users/"+id+"/role", url.Values{"csrf": {list.value("csrf")}, "role": {"member"}}).wants(200, "/team/users"); p.flash() != "Mia Member is now Member." {
		t.Error(p.flash())
	}
	removal := "/team/users/" + id + "/removal"
	if list.Find(`a.menu-item[href="`+removal+`"]`).Length() != 1 {
		t.Error("the list has no way to remove somebody")
	}
	if text := b.get("/team/users/" + id).words("#remove-" + id); !strings.Contains(text, "Remove Mia Member from Acme?") || !strings.Contains(text, "from their very next click") {
		t.Errorf("the question on the member's page: %q", text)
	}
	if p = b.get(removal).wants(200, removal); p.heading() != "Remove Mia Member from Acme" || !strings.Contains(p.words("main"), "from their very next click") {
		t.Errorf("the question: %q", p.words("main"))
	}
	mia := s.as(t, modelstest.AcmeMember)
	mia.get("/team/users").wants(200, "/team/users")
	if p = b.submitTo(p, removal, nil).wants(200, "/team/users"); p.flash() != "Mia Member is removed from Acme." || strings.Contains(p.words("#results"), "Mia") {
		t.Errorf("%q, %q", p.flash(), p.words("#results"))
	}
	mia.get("/team/users").wants(200, "/login")
	for _, who := range []models.Actor{modelstest.AcmeOwner, modelstest.AcmeAdmin} {
		id := s.membershipOf(t, who)
		page := b.get("/team/users/"+id).wants(200, "/team/users/"+id)
		if page.Find("main form[method=post]").Length() != 0 {
			t.Errorf("%s can be changed by the Admin", who.Name)
		}
		b.post("/team/users/"+id+"/removal", url.Values{"csrf": {p.value("csrf")}}).wants(403, "/team/users/"+id+"/removal")
	}
	foreign := s.membershipOf(t, modelstest.GlobexSeller)
	for _, path := range []string{"/team/users/" + foreign, "/team/users/nonsense", "/team/users/00000000-0000-7000-8000-000000000000"} {
		b.get(path).wants(404, path)
		b.post(path+"/role", url.Values{"csrf": {p.value("csrf")}, "role": {"admin"}}).wants(404, path+"/role")
		b.post(path+"/removal", url.Values{"csrf": {p.value("csrf")}}).wants(404, path+"/removal")
	}
}

func TestResellingTab(t *testing.T) {
	s := newSite(t)
	b := s.as(t, modelstest.AcmeOwner)
	p := b.get("/team/reselling").wants(200, "/team/reselling")
	if rows := p.Find("#results tbody tr"); rows.Length() != 4 || !strings.Contains(rows.First().Text(), "Olivia Owner") || rows.First().Find("form").Length() != 0 {
		t.Errorf("%d rows, first %q", rows.Length(), rows.First().Text())
	}
	if boxes := p.Find("#candidates input[name=user_id]"); boxes.Length() != 3 {
		t.Errorf("%d candidates", boxes.Length())
	}
	p = b.submitTo(p, "/team/reselling", url.Values{"user_id": {modelstest.AcmeMember.UserID, modelstest.AcmeContact.UserID}}).wants(200, "/team/reselling")
	if p.flash() != "2 users are added to the Reselling team." || p.Find("#results tbody tr").Length() != 6 {
		t.Errorf("%q", p.flash())
	}
	// The colleague sees reselling on their next click.
	if m := s.as(t, modelstest.AcmeMember).get("/team/users"); !strings.Contains(m.words("#side nav"), "Trials") {
		t.Errorf("Mia's navigation: %q", m.words("#side nav"))
	}
	bad := b.submitTo(p, "/team/reselling", url.Values{"emails": {"nobody"}, "reselling_role": {"billing"}}).wants(422, "/team/reselling")
	if bad.value("emails") != "nobody" || bad.fieldError("emails") == "" || bad.Find("[name=reselling_role][checked]").AttrOr("value", "") != "billing" {
		t.Errorf("%q, %q", bad.value("emails"), bad.fieldError("emails"))
	}
	p = b.submitTo(bad, "/team/reselling", url.Values{"emails": {"new@example.com"}}).wants(200, "/team/reselling")
	if p.flash() != "new@example.com is invited to the Reselling team." {
		t.Error(p.flash())
	}
	if none := b.submitTo(p, "/team/reselling", url.Values{"emails": {""}}).wants(422, "/team/reselling"); !strings.Contains(none.problem(), "Choose who joins") || !strings.Contains(none.fieldError("user_id"), "Choose who joins") {
		t.Error(none.problem())
	}
	sam := s.membershipOf(t, modelstest.AcmeSeller)
	ask := p.Find(`a[href="/team/reselling/` + sam + `/role?reselling_role=viewer"]`)
	if ask.Length() == 0 {
		t.Fatal("no way to make Sam a Viewer")
	}
	p = b.get(ask.AttrOr("href", "")).wants(200, "/team/reselling/"+sam+"/role")
	if p = b.submitTo(p, "/team/reselling/"+sam+"/role", nil); p.flash() != "Sam Seller is now Viewer in the Reselling team." {
		t.Error(p.flash())
	}
	if p = b.submitTo(p, "/team/reselling/"+sam+"/removal", nil).wants(200, "/team/reselling"); p.flash() != "Sam Seller is removed from the Reselling team." {
		t.Error(p.flash())
	}
	owner := s.membershipOf(t, modelstest.AcmeOwner)
	b.post("/team/reselling/"+owner+"/removal", url.Values{"csrf": {p.value("csrf")}}).wants(403, "/team/reselling/"+owner+"/removal")
	b.post("/team/reselling", url.Values{"csrf": {p.value("csrf")}, "user_id": {modelstest.GlobexSeller.UserID}}).wants(422, "/team/reselling")
}

// The page that removes a Seller asks who takes over, also when it was not asked
// before: a form from elsewhere changes nothing.
func TestRemovalAsksWhoTakesOver(t *testing.T) {
	s := newSite(t)
	if _, err := s.IssueTrial(t.Context(), modelstest.AcmeSeller, models.TrialRequest{Product: "studio-pro", ClientID: modelstest.AcmeClient}); err != nil {
		t.Fatal(err)
	}
	b, id := s.as(t, modelstest.AcmeOwner), s.membershipOf(t, modelstest.AcmeSeller)
	s.Exec(t, "UPDATE memberships SET reselling_role = 'seller' WHERE user_id = ?", modelstest.AcmeViewer.UserID)
	p := b.get("/team/users/"+id).wants(200, "/team/users/"+id)
	if p.Find(`a[href="/team/users/`+id+`/removal"]`).Length() == 0 {
		t.Error("the member's page has no way to the question")
	}
	for _, path := range []string{"/team/users/" + id + "/removal", "/team/reselling/" + id + "/removal", "/team/reselling/" + id + "/role"} {
		p := b.get(path).wants(200, path)
		if text := p.words("main"); !strings.Contains(text, "1 client") || !strings.Contains(text, "1 running trial") || !strings.Contains(text, "Studio Pro for Initrode") || !strings.Contains(text, "Olivia Owner, the Owner") {
			t.Errorf("%s: %s", path, text)
		}
		bare := b.post(path, url.Values{"csrf": {p.value("csrf")}, "reselling_role": {"viewer"}}).wants(422, path)
		if bare.fieldError("colleague") == "" {
			t.Errorf("%s: nobody chosen: %s", path, bare.words("main"))
		}
		gone := b.submitTo(bare, path, url.Values{"colleague": {modelstest.AcmeBilling.UserID}}).wants(409, path)
		if gone.fieldError("colleague") == "" {
			t.Errorf("%s: to who may not sell: %s", path, gone.words("main"))
		}
	}
	client := b.get("/clients/" + modelstest.AcmeClient)
	if !strings.Contains(client.words("main"), "Sam Seller") {
		t.Error("the client's page does not name who looks after it")
	}
	p = b.submitTo(b.get("/team/users/"+id+"/removal"), "/team/users/"+id+"/removal", url.Values{"colleague": {modelstest.AcmeViewer.UserID}}).wants(200, "/team/users")
	if p.flash() != "Sam Seller is removed from Acme." {
		t.Error(p.flash())
	}
	vic := s.as(t, modelstest.AcmeViewer)
	if mine := vic.get("/clients?responsible=mine").wants(200, "/clients"); !strings.Contains(mine.words("#results"), "Initrode") {
		t.Error(mine.words("#results"))
	}
	client = b.submitTo(b.get("/clients/"+modelstest.AcmeClient), "/clients/"+modelstest.AcmeClient+"/responsibility", url.Values{"responsible": {modelstest.AcmeOwner.UserID}}).wants(200, "/clients/"+modelstest.AcmeClient)
	if client.flash() != "Somebody else looks after Initrode now." || strings.Contains(vic.get("/clients?responsible=mine").words("#results"), "Initrode") {
		t.Error(client.flash())
	}
	// An Admin outside the Reselling team is not asked, and sees nothing of it.
	admin := s.as(t, modelstest.AcmeAdmin)
	path := "/team/users/" + s.membershipOf(t, modelstest.AcmeViewer) + "/removal"
	if p := admin.get(path).wants(200, path); strings.Contains(p.words("main"), "Initrode") || p.Find("[name=colleague]").Length() != 0 {
		t.Error(p.words("main"))
	}
}

func TestResellingTabOfABeginner(t *testing.T) {
	s := newSite(t)
	p := s.as(t, modelstest.InitechOwner).get("/team/reselling").wants(200, "/team/reselling")
	if !strings.Contains(p.words(".empty"), "So far it is only you") || !strings.Contains(p.words("#add"), "Invite somebody new below") {
		t.Errorf("%q, %q", p.words(".empty"), p.words("#add"))
	}
}

func TestOwnershipChangesHands(t *testing.T) {
	s := newSite(t)
	owner, mia, adam := s.as(t, modelstest.AcmeOwner), s.as(t, modelstest.AcmeMember), s.as(t, modelstest.AcmeAdmin)
	id := s.membershipOf(t, modelstest.AcmeMember)
	s.Clock.Advance(16 * 60e9)
	form := owner.get("/team/ownership-offers/new").wants(200, "/team/ownership-offers/new")
	if form.Find("[name=password]").Length() != 1 {
		t.Error("the password is not asked for after 16 minutes")
	}
	bad := owner.submitTo(form, "/team/ownership-offers", url.Values{"membership_id": {id}, "password": {"wrong"}}).wants(422, "/team/ownership-offers")
	if bad.value("membership_id") != id || bad.fieldError("password") == "" || bad.value("password") != "" {
		t.Errorf("%q, %q", bad.value("membership_id"), bad.fieldError("password"))
	}
	p := owner.submitTo(bad, "/team/ownership-offers", url.Values{"password": {modelstest.Password}}).wants(200, "/team/users")
	if !strings.Contains(p.words("main"), "You have offered the ownership to Mia Member.") {
		t.Error(p.words("main"))
	}
	p = mia.get("/team/users")
	if !strings.Contains(p.words("main"), "Olivia Owner offers you the ownership of Acme.") {
		t.Error(p.words("main"))
	}
	for who, b := range map[string]*browser{"Olivia Owner offers you the ownership of Acme.": mia, "You have offered the ownership to Mia Member.": owner} {
		if home := b.get("/").wants(200, "/"); !strings.Contains(home.words("main"), who) {
			t.Errorf("the dashboard says %q, not %q", home.words("main"), who)
		}
	}
	if strings.Contains(adam.get("/team/users").words("main"), "offer") {
		t.Error("somebody else sees the offer")
	}
	path := p.Find(`a[href^="/team/ownership-offers/"]`).AttrOr("href", "")
	adam.get(path).wants(404, path)
	answer := mia.get(path).wants(200, path)
	stale := mia.submitTo(answer, path+"/acceptance", nil).wants(422, path+"/acceptance")
	p = mia.submitTo(stale, path+"/acceptance", url.Values{"password": {modelstest.Password}}).wants(200, "/team/users")
	if p.flash() != "You are the Owner of Acme now." || p.words(".tabs") != "All users Reselling" {
		t.Errorf("%q, %q", p.flash(), p.words(".tabs"))
	}
	owner.get("/team/reselling").wants(403, "/team/reselling")
	mia.get(path).wants(404, path)
}

func TestOwnershipDeclinedAndWithdrawn(t *testing.T) {
	s := newSite(t)
	owner, mia := s.as(t, modelstest.AcmeOwner), s.as(t, modelstest.AcmeMember)
	offer := func() string {
		form := owner.get("/team/ownership-offers/new")
		if form.Find("[name=password]").Length() != 0 {
			t.Error("the password is asked for right after signing in")
		}
		p := owner.submitTo(form, "/team/ownership-offers", url.Values{"membership_id": {s.membershipOf(t, modelstest.AcmeMember)}}).wants(200, "/team/users")
		return p.Find(`a[href^="/team/ownership-offers/"]`).AttrOr("href", "")
	}
	path := offer()
	if p := mia.submitTo(mia.get(path), path+"/refusal", nil).wants(200, "/team/users"); p.flash() != "You have declined the ownership." {
		t.Error(p.flash())
	}
	path = offer()
	answer := mia.get(path)
	if p := owner.submitTo(owner.get(path), path+"/withdrawal", nil).wants(200, "/team/users"); p.flash() != "The offer is withdrawn. You are still the Owner." {
		t.Error(p.flash())
	}
	late := mia.submitTo(answer, path+"/acceptance", nil).wants(409, path+"/acceptance")
	if !strings.Contains(late.words("main"), "has been withdrawn") {
		t.Error(late.words("main"))
	}
	none := owner.submitTo(owner.get("/team/ownership-offers/new"), "/team/ownership-offers", url.Values{"membership_id": {""}}).wants(422, "/team/ownership-offers")
	if none.fieldError("membership_id") == "" {
		t.Error(none.problem())
	}
}

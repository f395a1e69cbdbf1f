package views

import (
	"github.com/a-h/templ"

	"reselling/models"
	"reselling/views/paths"
)

// TeamPage is what every page of Team shows around its list.
type TeamPage struct {
	Actor models.Actor
	Nav   ListNav
	Offer *models.OpenOffer // of the ownership, if the reader is one of its sides
}

// tabs are the two lists of Team; only the Owner sees the second.
func (p TeamPage) tabs(current string) []Tab {
	tabs := []Tab{{Label: "All users", Href: paths.TeamUsers(), Current: current == paths.TeamUsers()}}
	if p.Actor.Can(models.ManageReselling) {
		tabs = append(tabs, Tab{Label: "Reselling", Href: paths.TeamReselling(), Current: current == paths.TeamReselling()})
	}
	return tabs
}

func (p TeamPage) owns() bool { return p.Actor.Can(models.ManageReselling) }

func (p TeamPage) manages() bool { return p.Actor.Can(models.ManageTeam) }

// hidden keeps the sort of a list when it is filtered.
func (p TeamPage) hidden() map[string]string {
	if s := p.Nav.Value("sort"); s != "" {
		return map[string]string{"sort": s}
	}
	return nil
}

// InviteUsersForm is the form "Invite users" as typed.
type InviteUsersForm struct {
	Emails        string `form:"emails"`
	Role          string `form:"role"`
	ResellingRole string `form:"reselling_role"`
	RequestKey    string `form:"request_key"`
	Refused       []models.RefusedAddress
}

// RoleForm is a change of one role as chosen.
type RoleForm struct {
	Role          string `form:"role"`
	ResellingRole string `form:"reselling_role"`
	Colleague     string `form:"colleague"` // the user who takes over the work
}

// AddUsersForm is the form "Add users" of the Reselling team as typed.
type AddUsersForm struct {
	UserIDs       []string `form:"user_id"`
	Emails        string   `form:"emails"`
	Role          string   `form:"role"`
	ResellingRole string   `form:"reselling_role"`
	RequestKey    string   `form:"request_key"`
	Refused       []models.RefusedAddress
}

// OwnershipForm is the form that offers the ownership; its password is never shown again.
type OwnershipForm struct {
	MembershipID string `form:"membership_id"`
}

// roleNote says what an account role may do.
func roleNote(r models.Role) string {
	switch r {
	case models.Owner:
		return "Everything, the Reselling team among it. Exactly one per account."
	case models.Admin:
		return "Invites and removes users and changes their roles."
	case models.Member:
		return "Sees all users, and whatever a reselling role adds."
	case models.BillingContact:
		return "Sees all users. For whoever deals with the vendor's invoices."
	}
	return ""
}

// resellingNote says what a reselling role may do.
func resellingNote(r models.ResellingRole) string {
	switch r {
	case models.Seller:
		return "Works with clients and issues trials."
	case models.Billing:
		return "Reads clients and trials. For whoever looks after invoices and payments."
	case models.Viewer:
		return "Reads everything of reselling and changes nothing."
	}
	return ""
}

func roleOptions(all string) []Option {
	var options []Option
	if all != "" {
		options = append(options, Option{Value: "", Label: all}, Option{Value: string(models.Owner), Label: RoleName(models.Owner)})
	}
	for _, r := range models.GrantableRoles {
		options = append(options, Option{Value: string(r), Label: RoleName(r)})
	}
	return options
}

func roleChoices() []Choice {
	var choices []Choice
	for _, r := range models.GrantableRoles {
		choices = append(choices, Choice{Value: string(r), Label: RoleName(r), Note: roleNote(r)})
	}
	return choices
}

func resellingOptions(none string) []Option {
	var options []Option
	if none != "" {
		options = append(options, Option{Value: "", Label: none})
	}
	for _, r := range models.ResellingRoles {
		options = append(options, Option{Value: string(r), Label: ResellingRoleName(r)})
	}
	return options
}

func resellingChoices() []Choice {
	var choices []Choice
	for _, r := range models.ResellingRoles {
		choices = append(choices, Choice{Value: string(r), Label: ResellingRoleName(r), Note: resellingNote(r)})
	}
	return choices
}

func roleTone(r models.Role) Tone {
	switch r {
	case models.Owner:
		return Success
	case models.Admin:
		return Info
	}
	return Neutral
}

// memberLink names a member of a list, with the way to their page.
func memberLink(p TeamPage, m models.TeamMember) templ.Component {
	you := ""
	if m.UserID == p.Actor.UserID {
		you = ` <span class="muted">(you)</span>`
	}
	return lean(`<a class="person" href="`, paths.Membership(m.ID), `"><span class="avatar" aria-hidden="true">`, initials(m.Name), `</span><span>`, m.Name, you+` <small>`, m.Email, `</small></span></a>`)
}

// rowMenu is what can be done with a user of a list. Its buttons send the one
// form change-role that stands before the list, to the user's own address.
func rowMenu(m models.TeamMember) templ.Component {
	parts := []string{menuOpens, "Actions for " + m.Name, menuOpened}
	for _, r := range models.GrantableRoles {
		if r != m.Role {
			parts[len(parts)-1] += `<button class="menu-item" form="change-role" formaction="`
			parts = append(parts, paths.MembershipRole(m.ID), `" name="role" value="`+string(r)+`">`+drawn["user"]+`Make `+RoleName(r)+`</button>`)
		}
	}
	parts[len(parts)-1] += `<a class="menu-item" href="`
	parts = append(parts, paths.Membership(m.ID), `">`+drawn["eye"]+`Details</a><a class="`+CarefulItem.class()+`" href="`,
		paths.MembershipRemoval(m.ID), `">`+drawn["ban"]+`Remove…</a>`+menuEnds)
	return lean(parts...)
}

// removalText names what a removal does.
func removalText(m models.TeamMember, reader models.Actor) string {
	text := m.Name + " can no longer open " + reader.AccountName + " from their very next click, and is told by mail."
	switch {
	case m.ResellingRole != "":
		text += " They leave the Reselling team too; the clients and trials that they made stay."
	case reader.Can(models.ManageClients):
		text += " What they made stays."
	default:
		text += " What they made stays; what they look after goes to the Owner."
	}
	return text + " They can be invited again."
}

func resellingRemovalText(m models.TeamMember) string {
	return m.Name + " sees nothing of reselling any more from their very next click, and is told by mail. The clients and trials that they made stay, and so does their place in the account."
}

// whyNot says why the reader can't change a member.
func whyNot(a models.Actor, m models.TeamMember) string {
	switch {
	case m.UserID == a.UserID && m.Role == models.Owner:
		return "You are the Owner. That changes only when a member accepts the ownership from you."
	case m.UserID == a.UserID:
		return "Nobody changes their own role or leaves by themselves. The Owner or another Admin can do that for you."
	case m.Role == models.Owner:
		return "The Owner can be neither removed nor demoted. Only the Owner can transfer the ownership to another member."
	}
	return "Only the Owner and the Admins of the account can change this."
}

// chosen reports whether a member is among the ids of a form.
func (f AddUsersForm) chosen(id string) bool {
	for _, c := range f.UserIDs {
		if c == id {
			return true
		}
	}
	return false
}
